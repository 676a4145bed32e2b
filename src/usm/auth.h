/*
 * Authentication protocols of the User-based Security Model: HMAC-MD5-96 and HMAC-SHA-96 (RFC 3414
 * §6, §7), HMAC-SHA-2 (RFC 7860), the path from a password to a localized key (RFC 3414 §2.6,
 * A.2), and the MAC of a message. Pure functions.
 */
#ifndef SN_USM_AUTH_H
#define SN_USM_AUTH_H

#include "base/err.h"
#include "base/span.h"

enum {
	SN_AUTH_KEY_MAX = 64, /* octets of the longest digest, and so of the longest key */
	SN_AUTH_MAC_MAX = 48  /* octets of the longest MAC in a message */
};

/* X(id, name as snmp_exporter spells it, octets of digest and key, octets of MAC, octets of a hash
 * block) */
#define SN_AUTH_TABLE(X)                                                                           \
	X(NONE, "none", 0, 0, 0)                                                                   \
	X(MD5, "MD5", 16, 12, 64)                                                                  \
	X(SHA1, "SHA", 20, 12, 64)                                                                 \
	X(SHA224, "SHA224", 28, 16, 64)                                                            \
	X(SHA256, "SHA256", 32, 24, 64)                                                            \
	X(SHA384, "SHA384", 48, 32, 128)                                                           \
	X(SHA512, "SHA512", 64, 48, 128)

enum sn_auth_protocol {
#define SN_AUTH_ENUM(id, name, digest, mac, block) SN_AUTH_##id,
	SN_AUTH_TABLE(SN_AUTH_ENUM)
#undef SN_AUTH_ENUM
		SN_AUTH_COUNT
};

struct sn_auth_info {
	const char *name; /* "MD5", "SHA", ... */
	uint8_t digest;	  /* octets of digest and of every key */
	uint8_t mac;	  /* octets of MAC in a message */
	uint8_t block;	  /* octets of a block of the hash */
};

/* proto: any of the enum, NONE too. */
const struct sn_auth_info *sn_auth_info(enum sn_auth_protocol proto);

/*
 * The two halves of an HMAC key: chaining values of the hash after the padded key's inner and outer
 * block. As secret as the key. Layout known to crypto.c only.
 */
struct sn_hmac {
	uint64_t inner[8]; /* state after key xor ipad */
	uint64_t outer[8]; /* state after key xor opad */
};

/* Ku: the hash of 1,048,576 octets of the repeated password (RFC 3414 A.2); info->digest octets at
 * ku. Takes 0.6 to 1.6 ms. SN_EINVAL: empty password or NONE. */
SN_MUST_USE int sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
					uint8_t *ku);

/* Kul = H(Ku || snmpEngineID || Ku) (RFC 3414 §2.6); info->digest octets at both. kul may be ku. */
void sn_auth_localize(enum sn_auth_protocol proto, const uint8_t *ku, struct sn_span engine_id,
		      uint8_t *kul);

/* Both halves for a localized key of info->digest octets. */
void sn_auth_prepare(enum sn_auth_protocol proto, const uint8_t *kul, struct sn_hmac *hmac);

/*
 * The MAC of `whole`, in which the info->mac octets at `mac` (inside whole) count as zero, written
 * there (RFC 3414 §6.3.1, RFC 7860 §4.2.1). The message is not touched elsewhere.
 */
void sn_auth_sign(enum sn_auth_protocol proto, const struct sn_hmac *hmac, struct sn_span whole,
		  uint8_t *mac);

/*
 * Checks the MAC found at `mac` (inside whole) in constant time; whole is not changed. SN_EDIGEST:
 * not of exactly info->mac octets, or wrong (RFC 3414 §6.3.2).
 */
SN_MUST_USE int sn_auth_check(enum sn_auth_protocol proto, const struct sn_hmac *hmac,
			      struct sn_span whole, struct sn_span mac);

#endif
