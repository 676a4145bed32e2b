/*
 * The primitives under USM: hashes, HMAC from precomputed states, AES in CFB128 mode, DES and
 * 3DES-EDE in CBC mode. No SNMP in here. The only header of the crypto library's file: what is
 * behind it can be swapped. Called by auth.c and priv.c, on any thread; one thread at a time per
 * object.
 */
#ifndef SN_USM_CRYPTO_H
#define SN_USM_CRYPTO_H

#include "usm/auth.h"

#include <stdbool.h>

enum { SN_CRYPTO_AES_BLOCK = 16, SN_CRYPTO_DES_BLOCK = 8 };

enum sn_crypto_direction { SN_CRYPTO_ENCRYPT, SN_CRYPTO_DECRYPT };

/* Keyed AES; octets in its own memory are the round keys. */
struct sn_crypto_aes;

/* One keyed DES, or three for EDE. */
struct sn_crypto_des;

/* The digest of n parts one after the other. proto is not NONE; digest may be one of the parts. */
void sn_crypto_hash(enum sn_auth_protocol proto, const struct sn_span *parts, unsigned n,
		    uint8_t *digest);

/* The digest of the first `total` octets of an endlessly repeated pattern, which is not empty. */
void sn_crypto_hash_repeated(enum sn_auth_protocol proto, struct sn_span pattern, size_t total,
			     uint8_t *digest);

/* Both states for a key of at most one block of the hash (RFC 2104 §4). proto is not NONE. */
void sn_crypto_hmac_prepare(enum sn_auth_protocol proto, struct sn_span key, struct sn_hmac *hmac);

/* HMAC over n parts one after the other, not truncated. */
void sn_crypto_hmac(enum sn_auth_protocol proto, const struct sn_hmac *hmac,
		    const struct sn_span *parts, unsigned n, uint8_t *digest);

/* Whether n octets are the same, in a time that depends on n only. */
bool sn_crypto_same(const uint8_t *a, const uint8_t *b, size_t n);

/* key_n: 16, 24 or 32 octets at key. NULL: no memory, or the library has no AES. Ended by
 * sn_crypto_aes_free. */
struct sn_crypto_aes *sn_crypto_aes_new(const uint8_t *key, size_t key_n);

/* Wipes and frees; NULL is harmless. */
void sn_crypto_aes_free(struct sn_crypto_aes *aes);

/* CFB128 (NIST SP 800-38A §6.3) in place; n octets, any number. */
void sn_crypto_cfb_encrypt(struct sn_crypto_aes *aes, const uint8_t iv[SN_CRYPTO_AES_BLOCK],
			   uint8_t *p, size_t n);

/* The same backward. out: room for n rounded up to whole blocks, no overlap with in; its first n
 * octets are the plaintext. */
void sn_crypto_cfb_decrypt(struct sn_crypto_aes *aes, const uint8_t iv[SN_CRYPTO_AES_BLOCK],
			   struct sn_span in, uint8_t *out);

/* keys: 1 or 3, of 8 octets each at key; parity bits are not looked at. NULL: no memory. Ended by
 * sn_crypto_des_free. */
struct sn_crypto_des *sn_crypto_des_new(const uint8_t *key, unsigned keys);

/* Wipes and frees; NULL is harmless. */
void sn_crypto_des_free(struct sn_crypto_des *des);

/* CBC, n a multiple of 8; in and out are the same or do not overlap. */
void sn_crypto_cbc(struct sn_crypto_des *des, enum sn_crypto_direction direction,
		   const uint8_t iv[SN_CRYPTO_DES_BLOCK], const uint8_t *in, size_t n,
		   uint8_t *out);

#endif
