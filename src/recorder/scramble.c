/*
 * Scrambling of recordings, see scramble.h. Called by walk.c.
 */
#include "recorder/scramble.h"

#include "codec/value.h"
#include "usm/keys.h"

#include <stdio.h>

enum { MAC_LEN = 24, TEXT_MAX = 64, ROUNDS = 4 };

/* What an instance's value or a part of its index is. */
enum what { NAME, SERIAL, PHYS, ADDRESS, ENGINE };

/* Columns and scalars whose values tell who and where. */
static const struct {
	const char *oid; /* without instance */
	enum what what;	 /* what the octets are */
} objects[] = {
	{"1.3.6.1.2.1.1.4", NAME},		   /* sysContact */
	{"1.3.6.1.2.1.1.5", NAME},		   /* sysName */
	{"1.3.6.1.2.1.1.6", NAME},		   /* sysLocation */
	{"1.3.6.1.2.1.31.1.1.1.18", NAME},	   /* ifAlias */
	{"1.3.6.1.2.1.47.1.1.1.1.11", SERIAL},	   /* entPhysicalSerialNum */
	{"1.3.6.1.2.1.47.1.1.1.1.14", NAME},	   /* entPhysicalAlias */
	{"1.3.6.1.2.1.47.1.1.1.1.15", SERIAL},	   /* entPhysicalAssetID */
	{"1.3.6.1.2.1.47.1.1.1.1.19", SERIAL},	   /* entPhysicalUUID */
	{"1.3.6.1.2.1.43.5.1.1.17", SERIAL},	   /* prtGeneralSerialNumber */
	{"1.3.6.1.2.1.2.2.1.6", PHYS},		   /* ifPhysAddress */
	{"1.3.6.1.2.1.3.1.1.2", PHYS},		   /* atPhysAddress */
	{"1.3.6.1.2.1.4.22.1.2", PHYS},		   /* ipNetToMediaPhysAddress */
	{"1.3.6.1.2.1.4.35.1.4", PHYS},		   /* ipNetToPhysicalPhysAddress */
	{"1.3.6.1.2.1.17.1.1", PHYS},		   /* dot1dBaseBridgeAddress */
	{"1.3.6.1.2.1.17.4.3.1.1", PHYS},	   /* dot1dTpFdbAddress */
	{"1.0.8802.1.1.2.1.3.2", PHYS},		   /* lldpLocChassisId */
	{"1.0.8802.1.1.2.1.3.3", NAME},		   /* lldpLocSysName */
	{"1.0.8802.1.1.2.1.3.7.1.4", NAME},	   /* lldpLocPortDesc: an ifAlias */
	{"1.0.8802.1.1.2.1.4.1.1.5", PHYS},	   /* lldpRemChassisId */
	{"1.0.8802.1.1.2.1.4.1.1.9", NAME},	   /* lldpRemSysName */
	{"1.3.6.1.4.1.9.9.23.1.2.1.1.4", ADDRESS}, /* cdpCacheAddress */
	{"1.3.6.1.4.1.9.9.23.1.2.1.1.6", NAME},	   /* cdpCacheDeviceId */
	{"1.3.6.1.4.1.9.9.23.1.3.4", NAME},	   /* cdpGlobalDeviceId */
	{"1.3.6.1.4.1.9.3.6.3", SERIAL},	   /* chassisId */
	{"1.3.6.1.6.3.10.2.1.1", ENGINE},	   /* snmpEngineID: often a MAC or IP address */
};

/*
 * Rows whose index holds addresses. The letters are the arcs below the entry, from the column on:
 * i one arc, 4 an IPv4 address, m a MAC address, a an InetAddressType, length and address.
 */
static const struct {
	const char *entry; /* OID of the entry */
	const char *arcs;  /* what follows */
} rows[] = {
	{"1.3.6.1.2.1.3.1.1", "iii4"},	     /* atEntry */
	{"1.3.6.1.2.1.4.20.1", "i4"},	     /* ipAddrEntry */
	{"1.3.6.1.2.1.4.21.1", "i4"},	     /* ipRouteEntry */
	{"1.3.6.1.2.1.4.22.1", "ii4"},	     /* ipNetToMediaEntry */
	{"1.3.6.1.2.1.4.24.4.1", "i44i4"},   /* ipCidrRouteEntry */
	{"1.3.6.1.2.1.4.34.1", "ia"},	     /* ipAddressEntry */
	{"1.3.6.1.2.1.4.35.1", "iia"},	     /* ipNetToPhysicalEntry */
	{"1.3.6.1.2.1.6.13.1", "i4i4i"},     /* tcpConnEntry */
	{"1.3.6.1.2.1.6.19.1", "iaiai"},     /* tcpConnectionEntry */
	{"1.3.6.1.2.1.6.20.1", "iai"},	     /* tcpListenerEntry */
	{"1.3.6.1.2.1.7.5.1", "i4i"},	     /* udpEntry */
	{"1.3.6.1.2.1.7.7.1", "iaiaii"},     /* udpEndpointEntry */
	{"1.3.6.1.2.1.14.10.1", "i4i"},	     /* ospfNbrEntry */
	{"1.3.6.1.2.1.15.3.1", "i4"},	     /* bgpPeerEntry */
	{"1.3.6.1.2.1.17.4.3.1", "im"},	     /* dot1dTpFdbEntry */
	{"1.3.6.1.2.1.17.7.1.2.2.1", "iim"}, /* dot1qTpFdbEntry */
};

enum { OBJECTS = sizeof(objects) / sizeof(objects[0]), ROWS = sizeof(rows) / sizeof(rows[0]) };

_Static_assert((int)OBJECTS <= (int)SN_SCRAMBLE_OBJECTS && (int)ROWS <= (int)SN_SCRAMBLE_ROWS,
	       "room in struct sn_scramble");

static int compile(const char *oid, struct sn_scramble_prefix *to)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	int n = sn_oid_from_text(oid, to->ber, sizeof(to->ber));
	int narcs =
		n < 0 ? n : sn_oid_to_arcs(sn_span_make(to->ber, (size_t)n), arcs, SN_OID_MAX_ARCS);

	to->n = (uint8_t)n;
	to->arcs = (uint8_t)narcs;
	return narcs < 0 ? narcs : SN_OK;
}

int sn_scramble_init(struct sn_scramble *s, struct sn_span key)
{
	uint8_t ku[SN_AUTH_KEY_MAX];
	int rc = sn_auth_password_to_key(SN_AUTH_SHA256, key, ku);

	for (unsigned i = 0; i < OBJECTS && rc == SN_OK; i++) {
		rc = compile(objects[i].oid, &s->object[i]);
	}
	for (unsigned i = 0; i < ROWS && rc == SN_OK; i++) {
		rc = compile(rows[i].entry, &s->row[i]);
	}

	if (rc == SN_OK) {
		sn_auth_prepare(SN_AUTH_SHA256, ku, &s->hmac);
	}
	sn_keys_wipe(ku, sizeof(ku));
	return rc;
}

void sn_scramble_fini(struct sn_scramble *s)
{
	sn_keys_wipe(s, sizeof(*s));
}

/* The HMAC of up to TEXT_MAX octets for one use of it. */
static void digest(const struct sn_scramble *s, char use, uint8_t round, struct sn_span text,
		   uint8_t mac[MAC_LEN])
{
	uint8_t whole[MAC_LEN + 2 + TEXT_MAX] = {0};
	size_t n = text.n < TEXT_MAX ? text.n : TEXT_MAX;

	whole[MAC_LEN] = (uint8_t)use;
	whole[MAC_LEN + 1] = round;
	memcpy(whole + MAC_LEN + 2, text.p, n);
	sn_auth_sign(SN_AUTH_SHA256, &s->hmac, sn_span_make(whole, MAC_LEN + 2 + n), whole);
	memcpy(mac, whole, MAC_LEN);
}

/* A Feistel network over two halves of n octets each: a permutation, whatever the digest is. */
static void permute(const struct sn_scramble *s, char use, uint8_t *p, size_t n)
{
	uint8_t mac[MAC_LEN];

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint8_t *from = round % 2 ? p : p + n;
		uint8_t *to = round % 2 ? p + n : p;

		digest(s, use, (uint8_t)round, sn_span_make(from, n), mac);
		for (size_t i = 0; i < n; i++) {
			to[i] ^= mac[i];
		}
	}
}

/* Addresses that mean something by themselves, and netmasks. */
static bool is_special4(const uint8_t ip[4])
{
	uint32_t v = (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];

	return ip[0] == 0 || ip[0] == 127 || ip[0] >= 224 || (~v & (~v + 1)) == 0;
}

void sn_scramble_ip4(const struct sn_scramble *s, uint8_t ip[4])
{
	if (is_special4(ip)) {
		return;
	}
	do { /* until it is an ordinary one again: still a permutation, of the ordinary ones */
		permute(s, '4', ip, 2);
	} while (is_special4(ip));
}

static bool is_special_mac(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return mac[0] & 1 || memcmp(mac, zero, 6) == 0;
}

void sn_scramble_mac(const struct sn_scramble *s, uint8_t mac[6])
{
	if (is_special_mac(mac)) {
		return; /* groups and broadcast */
	}
	do {
		permute(s, 'm', mac, 3);
	} while (is_special_mac(mac));
}

void sn_scramble_ip6(const struct sn_scramble *s, uint8_t ip[16])
{
	static const uint8_t none[15];
	static const uint8_t prefix[4] = {0x20, 0x01, 0x0d, 0xb8};
	uint8_t mac[MAC_LEN];

	if (ip[0] == 0xff || memcmp(ip, none, sizeof(none)) == 0) {
		return; /* multicast; :: and ::1 */
	}
	digest(s, '6', 0, sn_span_make(ip, 16), mac);
	memcpy(ip, prefix, sizeof(prefix));
	memcpy(ip + 4, mac, 12);
}

/* n arcs as octets, scrambled, if they are octets. */
static void scramble_arcs(const struct sn_scramble *s, uint32_t *arcs, size_t n)
{
	uint8_t octets[16];

	for (size_t i = 0; i < n; i++) {
		if (arcs[i] > 255) {
			return;
		}
		octets[i] = (uint8_t)arcs[i];
	}
	if (n == 4) {
		sn_scramble_ip4(s, octets);
	} else if (n == 6) {
		sn_scramble_mac(s, octets);
	} else {
		sn_scramble_ip6(s, octets);
	}
	for (size_t i = 0; i < n; i++) {
		arcs[i] = octets[i];
	}
}

/* Arcs that a letter stands for, 0: they are not there; *head: of these, not address. */
static size_t take(char letter, const uint32_t *arcs, size_t n, size_t *head)
{
	size_t want = letter == 'i' ? 1 : letter == '4' ? 4 : 6;

	*head = 0;
	if (letter == 'a') {
		*head = 2;
		if (n < 2 || (arcs[1] != 4 && arcs[1] != 16 && arcs[1] != 0)) {
			return 0; /* with a zone, or a name: left as it is */
		}
		want = 2 + arcs[1];
	}
	return want <= n ? want : 0;
}

static void scramble_index(const struct sn_scramble *s, const char *letters, uint32_t *arcs,
			   size_t n)
{
	for (; *letters; letters++) {
		size_t head;
		size_t used = take(*letters, arcs, n, &head);

		if (used == 0) {
			return;
		}
		if (*letters != 'i' && used > head) {
			scramble_arcs(s, arcs + head, used - head);
		}
		arcs += used;
		n -= used;
	}
}

static bool is_below(const struct sn_scramble_prefix *p, struct sn_span name)
{
	return sn_span_is_prefix(sn_span_make(p->ber, p->n), name);
}

size_t sn_scramble_name(const struct sn_scramble *s, struct sn_span name, uint8_t *out)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	int n;

	for (unsigned i = 0; i < ROWS; i++) {
		size_t entry = s->row[i].arcs;

		if (!is_below(&s->row[i], name)) {
			continue;
		}
		n = sn_oid_to_arcs(name, arcs, SN_OID_MAX_ARCS);
		if (n > 0) {
			scramble_index(s, rows[i].arcs, arcs + entry, (size_t)n - entry);
			n = sn_oid_from_arcs(arcs, (size_t)n, out, SN_OID_MAX_BER);
		}
		if (n > 0) {
			return (size_t)n;
		}
	}
	memcpy(out, name.p, name.n);
	return name.n;
}

/* A text in place of a text: it says what it was, and which one. */
static struct sn_span scramble_text(const struct sn_scramble *s, enum what what,
				    struct sn_span text, uint8_t *out)
{
	uint8_t mac[MAC_LEN];
	int n;

	digest(s, 't', 0, text, mac);
	n = snprintf((char *)out, SN_SCRAMBLE_VALUE_MAX, "%s-%02x%02x%02x%02x%02x%02x",
		     what == SERIAL ? "SN" : "name", mac[0], mac[1], mac[2], mac[3], mac[4],
		     mac[5]);
	return sn_span_make(out, (size_t)n);
}

/* Octets that are an address if they are as long as one. */
static struct sn_span scramble_octets(const struct sn_scramble *s, enum what what,
				      struct sn_span octets, uint8_t *out)
{
	uint8_t mac[MAC_LEN];

	if (octets.n > 32) {
		return scramble_text(s, what, octets, out);
	}
	memcpy(out, octets.p, octets.n);
	if (what == ENGINE && octets.n > 5) {
		digest(s, 'e', 0, octets, mac);
		memcpy(out + 5, mac, octets.n - 5 < MAC_LEN ? octets.n - 5 : MAC_LEN);
	} else if (octets.n == 6) {
		sn_scramble_mac(s, out);
	} else if (octets.n == 4) {
		sn_scramble_ip4(s, out);
	} else if (octets.n == 16) {
		sn_scramble_ip6(s, out);
	} else if (what != ENGINE) {
		return scramble_text(s, what, octets, out);
	}
	return sn_span_make(out, octets.n);
}

struct sn_span sn_scramble_value(const struct sn_scramble *s, struct sn_span name, uint8_t tag,
				 struct sn_span content, uint8_t *out)
{
	if (tag == SN_TAG_IPADDRESS && content.n == 4) {
		memcpy(out, content.p, 4);
		sn_scramble_ip4(s, out);
		return sn_span_make(out, 4);
	}
	if (tag != SN_TAG_OCTETS || content.n == 0) {
		return content;
	}
	for (unsigned i = 0; i < OBJECTS; i++) {
		if (!is_below(&s->object[i], name)) {
			continue;
		}
		if (objects[i].what == NAME || objects[i].what == SERIAL) {
			return scramble_text(s, objects[i].what, content, out);
		}
		return scramble_octets(s, objects[i].what, content, out);
	}
	return content;
}
