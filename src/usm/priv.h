/*
 * Privacy protocols of the User-based Security Model: CBC-DES (RFC 3414 §8), CBC-3DES-EDE
 * (draft-reeder-snmpv3-usm-3desede-00), CFB128-AES-128 (RFC 3826), and AES-192 and AES-256, for
 * which two ways to lengthen a short localized key are in use: Blumenthal's
 * (draft-blumenthal-aes-usm-04) and Reeder's (Cisco). Pure functions, but that init takes memory
 * for the cipher's key schedule.
 */
#ifndef SN_USM_PRIV_H
#define SN_USM_PRIV_H

#include "usm/auth.h"

enum {
	SN_PRIV_KEY_MAX = 32, /* octets of key material, pre-IV of DES and 3DES included */
	SN_PRIV_SALT = 8,     /* octets of msgPrivacyParameters, all protocols */
	SN_PRIV_PAD_MAX = 7   /* octets that encryption may add */
};

/* How a localized key that is too short is lengthened. */
enum sn_priv_extension { SN_EXTEND_NONE, SN_EXTEND_BLUMENTHAL, SN_EXTEND_REEDER };

/* X(id, name as snmp_exporter and Net-SNMP spell it, octets of key material, extension) */
#define SN_PRIV_TABLE(X)                                                                           \
	X(NONE, "none", 0, NONE)                                                                   \
	X(DES, "DES", 16, NONE)                                                                    \
	X(3DES, "3DES", 32, REEDER)                                                                \
	X(AES128, "AES", 16, NONE)                                                                 \
	X(AES192, "AES192", 24, BLUMENTHAL)                                                        \
	X(AES192C, "AES192C", 24, REEDER)                                                          \
	X(AES256, "AES256", 32, BLUMENTHAL)                                                        \
	X(AES256C, "AES256C", 32, REEDER)

enum sn_priv_protocol {
#define SN_PRIV_ENUM(id, name, key, extension) SN_PRIV_##id,
	SN_PRIV_TABLE(SN_PRIV_ENUM)
#undef SN_PRIV_ENUM
		SN_PRIV_COUNT
};

struct sn_priv_info {
	const char *name;  /* "DES", "3DES", "AES", ... */
	uint8_t key;	   /* octets of key material that a localized key must have at least */
	uint8_t extension; /* enum sn_priv_extension */
};

/* proto: any of the enum, NONE too. */
const struct sn_priv_info *sn_priv_info(enum sn_priv_protocol proto);

/* A keyed cipher. As secret as the key. One thread at a time, for const functions as well: the
 * schedule has scratch memory of its own. */
struct sn_cipher {
	void *schedule;	   /* crypto.c's, NULL: none */
	uint8_t pre_iv[8]; /* DES and 3DES: last 8 octets of the key material */
	uint8_t proto;	   /* enum sn_priv_protocol */
};

/*
 * Lengthens a localized key in place to info->key octets, if it is shorter. auth: the hash the key
 * was made with; key: room for SN_AUTH_KEY_MAX octets, *n of them there, new length on return.
 * engine_id: that of the localization. Reeder's way costs a password_to_key per digest's length.
 */
void sn_priv_extend(enum sn_priv_protocol proto, enum sn_auth_protocol auth,
		    struct sn_span engine_id, uint8_t *key, size_t *n);

/* Sets up a cipher for info->key octets at key. SN_ENOMEM. Ended by sn_priv_fini. */
SN_MUST_USE int sn_priv_init(struct sn_cipher *cipher, enum sn_priv_protocol proto,
			     const uint8_t *key);

/* Wipes and frees; harmless on a zeroed cipher. */
void sn_priv_fini(struct sn_cipher *cipher);

/*
 * The octets of msgPrivacyParameters for a message. counter: never the same twice for one key
 * (AES: all 64 bits; DES and 3DES: the lower 32, after boots, RFC 3414 §8.1.1.1).
 */
void sn_priv_salt(enum sn_priv_protocol proto, uint32_t boots, uint64_t counter,
		  uint8_t salt[SN_PRIV_SALT]);

/* Octets that n octets of plaintext become. */
size_t sn_priv_size(enum sn_priv_protocol proto, size_t n);

/*
 * Encrypts n octets at p in place; sn_priv_size octets must be there, what is added is set here.
 * boots and time: as in the message (part of AES's IV).
 */
void sn_priv_encrypt(const struct sn_cipher *cipher, uint32_t boots, uint32_t time,
		     const uint8_t salt[SN_PRIV_SALT], uint8_t *p, size_t n);

/*
 * Decrypts in into out, which has room for in.n + 16 octets and does not overlap it. The plaintext
 * is the first in.n octets. SN_EDECRYPT: salt not of 8 octets, or in is empty or no whole number of
 * blocks (RFC 3414 §8.3.2). A wrong key is not found out here.
 */
SN_MUST_USE int sn_priv_decrypt(const struct sn_cipher *cipher, uint32_t boots, uint32_t time,
				struct sn_span salt, struct sn_span in, uint8_t *out);

#endif
