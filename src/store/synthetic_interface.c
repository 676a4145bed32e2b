/*
 * Interfaces of made-up devices: what ifTable and ifXTable say beside their counters (RFC 2863).
 * Called through the table of objects on a worker's thread.
 */
#include "store/synthetic_int.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { ETHERNET = 6, LOOPBACK = 24, VIRTUAL = 53, TUNNEL = 131, BUNDLE = 161 };
enum { UP = 1, DOWN = 2, NOT_PRESENT = 6, LOWER_LAYER_DOWN = 7 };
enum { TRUE = 1, FALSE = 2 };

static const struct sn_synthetic_kind kinds[] = {
	{"FastEthernet", "Fa", 100, ETHERNET, 1500, true, true},
	{"GigabitEthernet", "Gi", 1000, ETHERNET, 1500, true, true},
	{"TenGigabitEthernet", "Te", 10000, ETHERNET, 9216, true, true},
	{"TwentyFiveGigE", "Twe", 25000, ETHERNET, 9216, true, true},
	{"FortyGigabitEthernet", "Fo", 40000, ETHERNET, 9216, true, true},
	{"HundredGigE", "Hu", 100000, ETHERNET, 9216, true, true},
	{"FourHundredGigE", "Fou", 400000, ETHERNET, 9216, true, true},
	{"Port-channel", "Po", 20000, BUNDLE, 9216, false, true},
	{"Vlan", "Vl", 1000, VIRTUAL, 1500, false, true},
	{"Loopback", "Lo", 8000, LOOPBACK, 1514, false, false},
	{"Tunnel", "Tu", 100, TUNNEL, 1476, false, false},
};

/* Of 32 interfaces so many are of each kind; most are what access and aggregation switches have. */
static const uint8_t kind_of[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0,
				    2, 2, 2, 2, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 10};

void sn_synthetic_interface_read(const struct sn_synthetic_at *at,
				 struct sn_synthetic_interface *ifc)
{
	uint64_t key = at->row_key;
	uint32_t fate = (uint32_t)(key >> 5 & 0xff);

	ifc->kind = &kinds[kind_of[key & 31]];
	if (at->cfg->fast_wrap && ifc->kind->mbps < 1000) {
		ifc->kind = &kinds[1]; /* a slower one has no Counter32 wrap within minutes */
	}
	ifc->admin_up = fate >= 24;
	ifc->up = fate >= 48;
}

static int32_t oper_status(const struct sn_synthetic_at *at,
			   const struct sn_synthetic_interface *ifc)
{
	static const uint8_t broken[4] = {DOWN, DOWN, LOWER_LAYER_DOWN, NOT_PRESENT};

	if (ifc->up) {
		return UP;
	}
	return ifc->admin_up ? broken[at->row_key >> 16 & 3] : DOWN;
}

/* When a link that is up came up: within a minute of the start; 0 until then (RFC 2863). */
static uint64_t last_change(const struct sn_synthetic_at *at,
			    const struct sn_synthetic_interface *ifc)
{
	uint64_t when = 1 + sn_synthetic_below(at->row_key >> 24, 6000);

	return ifc->up && when <= at->ticks ? when : 0;
}

static void put_name(const struct sn_synthetic_at *at, const struct sn_synthetic_kind *kind,
		     const char *name, struct sn_value *v)
{
	struct sn_synthetic_text t = sn_synthetic_text_make(at->room, SN_SYNTHETIC_OCTETS);

	sn_synthetic_text_add(&t, name);
	if (kind->slots) {
		sn_synthetic_text_number(&t, at->row / 48 + 1, 1);
		sn_synthetic_text_add(&t, "/0/");
		sn_synthetic_text_number(&t, at->row % 48 + 1, 1);
	} else {
		sn_synthetic_text_number(&t, at->index, 1);
	}
	sn_synthetic_text_end(&t, v);
}

/* Octets from none to the 64 there may be; a quarter of the interfaces has none. */
static void put_alias(const struct sn_synthetic_at *at, struct sn_value *v)
{
	static const char *const roles[] = {"uplink to ", "customer ", "backup of ", "transit via ",
					    "peering ",	  "server ",   "camera ",    "to "};
	static const char *const places[] = {"ams", "fra", "lon", "par",
					     "nyc", "sin", "tyo", "sao"};
	static const char *const remarks[] = {"", "", " (do not shut)", " - migrated in the spring",
					      " [decommissioning]"};
	struct sn_synthetic_text t = sn_synthetic_text_make(at->room, 64);
	uint64_t key = sn_synthetic_key(at->row_key, 4);

	if (key & 3) {
		sn_synthetic_text_add(&t, roles[key >> 2 & 7]);
		sn_synthetic_text_add(&t, places[key >> 5 & 7]);
		sn_synthetic_text_number(&t, (uint32_t)(key >> 8 & 0xff), 2);
		if (key >> 16 & 1) {
			sn_synthetic_text_add(&t, ", circuit ");
			sn_synthetic_text_number(&t, (uint32_t)(key >> 17 & 0xfffff), 6);
		}
		sn_synthetic_text_add(&t, remarks[(key >> 40 & 0xff) % COUNT(remarks)]);
	}
	sn_synthetic_text_end(&t, v);
}

/* Six octets, another address for each of 2^20 devices of 2^20 interfaces; locally administered. */
static void put_address(const struct sn_synthetic_at *at, const struct sn_synthetic_kind *kind,
			struct sn_value *v)
{
	uint64_t number =
		((uint64_t)at->device << 20 | at->row) ^ sn_synthetic_key(at->cfg->seed, 5);

	at->room[0] = 0x02;
	for (unsigned i = 1; i < 6; i++) {
		at->room[i] = (uint8_t)(number >> (8 * (5 - i)));
	}
	v->bytes = sn_span_make(at->room, kind->address ? 6 : 0);
}

static int64_t number_of(const struct sn_synthetic_at *at, unsigned which,
			 const struct sn_synthetic_interface *ifc)
{
	switch (which) {
	case SN_IF_NUMBER:
		return at->cfg->interfaces;
	case SN_IF_INDEX:
		return at->index;
	case SN_IF_TYPE:
		return ifc->kind->type;
	case SN_IF_MTU:
		return ifc->kind->mtu;
	case SN_IF_ADMIN_STATUS:
		return ifc->admin_up ? UP : DOWN;
	case SN_IF_OPER_STATUS:
		return oper_status(at, ifc);
	case SN_IF_LINK_TRAP:
	case SN_IF_CONNECTOR:
		return ifc->kind->slots ? TRUE : FALSE;
	default:
		return FALSE;
	}
}

void sn_synthetic_interface_value(const struct sn_synthetic_at *at, unsigned which,
				  struct sn_value *v)
{
	struct sn_synthetic_interface ifc;
	uint64_t speed;

	sn_synthetic_interface_read(at, &ifc);
	switch (which) {
	case SN_IF_DESCR:
		put_name(at, ifc.kind, ifc.kind->name, v);
		break;
	case SN_IF_NAME:
		put_name(at, ifc.kind, ifc.kind->brief, v);
		break;
	case SN_IF_ALIAS:
		put_alias(at, v);
		break;
	case SN_IF_PHYS_ADDRESS:
		put_address(at, ifc.kind, v);
		break;
	case SN_IF_SPECIFIC:
		sn_synthetic_text_constant(v, "", 1); /* 0.0 is one octet, 0 */
		break;
	case SN_IF_SPEED:
		speed = (uint64_t)ifc.kind->mbps * 1000000;
		v->u = speed < UINT32_MAX ? speed : UINT32_MAX;
		break;
	case SN_IF_HIGH_SPEED:
		v->u = ifc.kind->mbps;
		break;
	case SN_IF_OUT_QLEN:
		v->u = ifc.up ? sn_synthetic_wander(at->row_key, at->ticks, 0, 40) : 0;
		break;
	case SN_IF_LAST_CHANGE:
		v->u = last_change(at, &ifc) & UINT32_MAX;
		break;
	case SN_IF_DISCONTINUITY:
		v->u = sn_synthetic_counter_since(at) & UINT32_MAX;
		break;
	default:
		v->i = number_of(at, which, &ifc);
		break;
	}
}
