/*
 * Makes a recording fit to be shown to others: addresses, serial numbers and the names people gave
 * things become others, the same ones for the same key wherever they occur, so that what refers to
 * one another still does. By an HMAC of the value under the key: nobody without the key can turn it
 * round or try values out. Pure functions.
 *
 * IPv4 addresses and MAC addresses are permuted, so two never become one; netmasks and addresses
 * with a meaning of their own (0.0.0.0, 127/8, multicast, broadcast) stay. Parts of an
 * index are changed only where the MIB says what they are. Whatever stands inside longer texts
 * (sysDescr, interface names) is not found.
 */
#ifndef SN_RECORDER_SCRAMBLE_H
#define SN_RECORDER_SCRAMBLE_H

#include "codec/oid.h"
#include "usm/auth.h"

enum { SN_SCRAMBLE_OBJECTS = 32, SN_SCRAMBLE_ROWS = 20, SN_SCRAMBLE_PREFIX_MAX = 24 };

/* The beginning of names. */
struct sn_scramble_prefix {
	uint8_t n;			     /* octets of ber */
	uint8_t arcs;			     /* arcs of it */
	uint8_t ber[SN_SCRAMBLE_PREFIX_MAX]; /* OID */
};

struct sn_scramble {
	struct sn_hmac hmac;				       /* of the key; as secret as it */
	struct sn_scramble_prefix object[SN_SCRAMBLE_OBJECTS]; /* whose values are changed */
	struct sn_scramble_prefix row[SN_SCRAMBLE_ROWS];       /* whose indexes are changed */
};

/* key: 1 octet or more. SN_EINVAL. */
SN_MUST_USE int sn_scramble_init(struct sn_scramble *s, struct sn_span key);

void sn_scramble_fini(struct sn_scramble *s);

/* Four and six octets in place. */
void sn_scramble_ip4(const struct sn_scramble *s, uint8_t ip[4]);
void sn_scramble_mac(const struct sn_scramble *s, uint8_t mac[6]);

/* Sixteen octets in place: into the documentation prefix 2001:db8::/32. */
void sn_scramble_ip6(const struct sn_scramble *s, uint8_t ip[16]);

/*
 * The name of an instance, its index scrambled: octets at out (SN_OID_MAX_BER of room). Returns
 * their number.
 */
size_t sn_scramble_name(const struct sn_scramble *s, struct sn_span name, uint8_t *out);

/*
 * The value of that instance (name: as it came). Returns content itself, or a span of out
 * (SN_SCRAMBLE_VALUE_MAX octets).
 */
enum { SN_SCRAMBLE_VALUE_MAX = 64 };
struct sn_span sn_scramble_value(const struct sn_scramble *s, struct sn_span name, uint8_t tag,
				 struct sn_span content, uint8_t *out);

#endif
