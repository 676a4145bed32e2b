/*
 * What made-up devices say of themselves: the system group (RFC 3418), entPhysicalTable (RFC 6933),
 * hrStorageTable and hrProcessorTable (RFC 2790). Called through the table of objects on a worker's
 * thread. Names of vendors and products are none that exist; the enterprise number is the one kept
 * for documentation (RFC 5612).
 */
#include "store/synthetic_int.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* 1.3.6.1.4.1.32473, and 1.3.6.1.2.1.25.2.1 */
#define ENTERPRISE "\x2b\x06\x01\x04\x01\x81\xfd\x59"
#define STORAGE_TYPES "\x2b\x06\x01\x02\x01\x19\x02\x01"

/* The first words of a text, then a number with at least so many digits. */
static void put(const struct sn_synthetic_at *at, struct sn_value *v, const char *words, uint32_t n,
		unsigned digits)
{
	struct sn_synthetic_text t = sn_synthetic_text_make(at->room, SN_SYNTHETIC_OCTETS);

	sn_synthetic_text_add(&t, words);
	sn_synthetic_text_number(&t, n, digits);
	sn_synthetic_text_end(&t, v);
}

/* "1.2.3" out of a key. */
static void add_release(struct sn_synthetic_text *t, uint64_t key)
{
	sn_synthetic_text_number(t, (uint32_t)(key & 15) + 1, 1);
	sn_synthetic_text_add(t, ".");
	sn_synthetic_text_number(t, (uint32_t)(key >> 4 & 31), 1);
	sn_synthetic_text_add(t, ".");
	sn_synthetic_text_number(t, (uint32_t)(key >> 9 & 7), 1);
}

static void put_release(const struct sn_synthetic_at *at, uint64_t key, struct sn_value *v)
{
	struct sn_synthetic_text t = sn_synthetic_text_make(at->room, SN_SYNTHETIC_OCTETS);

	add_release(&t, key);
	sn_synthetic_text_end(&t, v);
}

/* One of 16 models. */
static uint32_t model_of(const struct sn_synthetic_at *at)
{
	return (uint32_t)(at->device_key >> 60);
}

/* An OID below the enterprise: of a model, or of a kind of part. */
static void put_product(const struct sn_synthetic_at *at, uint32_t group, uint32_t n,
			struct sn_value *v)
{
	size_t fixed = sizeof(ENTERPRISE) - 1;

	memcpy(at->room, ENTERPRISE, fixed);
	at->room[fixed] = (uint8_t)group;
	at->room[fixed + 1] = (uint8_t)(n + 1);
	v->bytes = sn_span_make(at->room, fixed + 2);
}

static void put_descr(const struct sn_synthetic_at *at, struct sn_value *v)
{
	struct sn_synthetic_text t = sn_synthetic_text_make(at->room, 255);

	sn_synthetic_text_add(&t, "Simulated switch router, model SR-");
	sn_synthetic_text_number(&t, 2400 + model_of(at), 4);
	sn_synthetic_text_add(&t, ", software ");
	add_release(&t, at->device_key >> 32);
	sn_synthetic_text_add(&t, ", device ");
	sn_synthetic_text_number(&t, at->device, 1);
	sn_synthetic_text_end(&t, v);
}

static void put_location(const struct sn_synthetic_at *at, struct sn_value *v)
{
	struct sn_synthetic_text t = sn_synthetic_text_make(at->room, 255);

	sn_synthetic_text_add(&t, "Hall ");
	sn_synthetic_text_number(&t, (uint32_t)(at->device_key & 7) + 1, 1);
	sn_synthetic_text_add(&t, ", row ");
	sn_synthetic_text_number(&t, (uint32_t)(at->device_key >> 3 & 31) + 1, 1);
	sn_synthetic_text_add(&t, ", rack ");
	sn_synthetic_text_number(&t, (uint32_t)(at->device_key >> 8 & 63) + 1, 1);
	sn_synthetic_text_end(&t, v);
}

void sn_synthetic_system_value(const struct sn_synthetic_at *at, unsigned which, struct sn_value *v)
{
	static const char contact[] = "Network Operations <noc@example.net>";

	switch (which) {
	case 1:
		put_descr(at, v);
		break;
	case 2:
		put_product(at, 1, model_of(at), v);
		break;
	case 3:
		v->u = at->ticks & UINT32_MAX; /* wraps after 497 days */
		break;
	case 4:
		sn_synthetic_text_constant(v, contact, sizeof(contact) - 1);
		break;
	case 5:
		put(at, v, "sim", at->device, 6);
		break;
	case 6:
		put_location(at, v);
		break;
	default:
		v->i = 78; /* layers 2, 3, 4 and 7 */
		break;
	}
}

/* A kind of part; entPhysicalClass of RFC 6933. */
struct part {
	const char *descr; /* entPhysicalDescr */
	const char *name;  /* entPhysicalName, before the number */
	const char *model; /* entPhysicalModelName */
	uint8_t class;	   /* IANAPhysicalClass */
	bool replaceable;  /* entPhysicalIsFRU */
};

static const struct part parts[] = {
	{"Chassis", "Chassis ", "SR-CHASSIS", 3, false},
	{"Power supply, 750 W AC", "PSU ", "SR-PSU-750", 6, true},
	{"Fan tray", "Fan ", "SR-FAN", 7, true},
	{"Line card, 48 ports", "Slot ", "SR-LC-48", 9, true},
	{"Temperature sensor", "Sensor ", "", 8, false},
	{"Pluggable optics", "Optics ", "SR-SFP-LR", 10, true},
};

/* The chassis is the first row and contains all others. */
static const struct part *part_of(const struct sn_synthetic_at *at)
{
	return at->row == 0 ? &parts[0] : &parts[1 + at->row_key % (COUNT(parts) - 1)];
}

static void put_words(struct sn_value *v, const char *words)
{
	sn_synthetic_text_constant(v, words, strlen(words));
}

static void put_entity_text(const struct sn_synthetic_at *at, const struct part *part,
			    unsigned which, struct sn_value *v)
{
	switch (which) {
	case 2:
		put_words(v, part->descr);
		break;
	case 7:
		put(at, v, part->name, at->index, 1);
		break;
	case 8:
		put(at, v, "rev ", (uint32_t)(at->row_key >> 8 & 7), 1);
		break;
	case 9:
	case 10:
		put_release(at, at->row_key >> (8 + which), v);
		break;
	case 11:
		put(at, v, "SIM", (uint32_t)(at->row_key >> 32), 10);
		break;
	case 12:
		put_words(v, "Example Networks");
		break;
	case 13:
		put_words(v, part->model);
		break;
	case 15:
		put(at, v, "A-", (uint32_t)(at->row_key >> 40 & 0xffff), 5);
		break;
	default:
		put_words(v, "");
		break;
	}
}

void sn_synthetic_entity_value(const struct sn_synthetic_at *at, unsigned which, struct sn_value *v)
{
	const struct part *part = part_of(at);

	switch (which) {
	case 3:
		put_product(at, 2, part->class, v);
		break;
	case 4:
		v->i = at->row > 0;
		break;
	case 5:
		v->i = part->class;
		break;
	case 6:
		v->i = at->row == 0 ? -1 : (int64_t)at->row;
		break;
	case 16:
		v->i = part->replaceable ? 1 : 2;
		break;
	default:
		put_entity_text(at, part, which, v);
		break;
	}
}

/* A row of hrStorageTable. */
struct storage {
	const char *descr; /* hrStorageDescr */
	uint32_t units;	   /* octets of a unit */
	uint32_t size;	   /* units */
	char type;	   /* last arc of hrStorageType */
};

static const struct storage storages[SN_SYNTHETIC_STORAGES] = {
	{"Physical memory", 1024, 16 << 20, 2},
	{"Swap space", 1024, 4 << 20, 3},
	{"/", 4096, 8 << 20, 4},
	{"/var/log", 4096, 2 << 20, 4},
};

void sn_synthetic_storage_value(const struct sn_synthetic_at *at, unsigned which,
				struct sn_value *v)
{
	const struct storage *sto = &storages[at->row];

	switch (which) {
	case 2:
		memcpy(at->room, STORAGE_TYPES, sizeof(STORAGE_TYPES) - 1);
		at->room[sizeof(STORAGE_TYPES) - 1] = (uint8_t)sto->type;
		v->bytes = sn_span_make(at->room, sizeof(STORAGE_TYPES));
		break;
	case 3:
		put_words(v, sto->descr);
		break;
	case 4:
		v->i = sto->units;
		break;
	case 5:
		v->i = sto->size;
		break;
	case 6:
		v->i = sn_synthetic_wander(at->row_key, at->ticks, sto->size / 8,
					   sto->size - sto->size / 16);
		break;
	case 7:
		v->u = at->ticks / (100000 + (at->row_key & 0xffff)) & UINT32_MAX;
		break;
	default:
		v->i = at->index;
		break;
	}
}

void sn_synthetic_processor_value(const struct sn_synthetic_at *at, unsigned which,
				  struct sn_value *v)
{
	if (which == 1) {
		sn_synthetic_text_constant(v, "", 1); /* 0.0: hrProcessorFrwID is not known */
	} else {
		v->i = sn_synthetic_wander(at->row_key, at->ticks, 1, 100);
	}
}
