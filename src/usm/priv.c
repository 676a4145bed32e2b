/*
 * Privacy protocols, see priv.h. Called by user.c when keys are made and by whoever seals or opens
 * a message, on the thread that owns the keys.
 */
#include "usm/priv.h"
#include "usm/crypto.h"
#include "usm/keys.h"

#include <assert.h>

enum {
	DES_KEY = 8,	/* octets before the pre-IV */
	DES_KEY_3 = 24, /* the same for 3DES */
	DES_IV = 8,	/* octets of IV, pre-IV and salt */
	AES_IV_SALT = 8 /* where the salt begins in AES's IV */
};

const struct sn_priv_info *sn_priv_info(enum sn_priv_protocol proto)
{
	static const struct sn_priv_info table[SN_PRIV_COUNT] = {
#define ROW(id, name, key, extension) [SN_PRIV_##id] = {name, key, SN_EXTEND_##extension},
		SN_PRIV_TABLE(ROW)
#undef ROW
	};

	assert(proto < SN_PRIV_COUNT);
	return &table[proto];
}

static bool is_des(unsigned proto)
{
	return proto == SN_PRIV_DES || proto == SN_PRIV_3DES;
}

/* One more digest's worth of key, made from what there is (Blumenthal §3.1.2.1, Reeder §2.1). */
static void next_block(enum sn_priv_extension extension, enum sn_auth_protocol auth,
		       struct sn_span engine_id, struct sn_span key, uint8_t *block)
{
	if (extension == SN_EXTEND_BLUMENTHAL) {
		sn_crypto_hash(auth, &key, 1, block);
		return;
	}
	if (sn_auth_password_to_key(auth, key, block) == SN_OK) {
		sn_auth_localize(auth, block, engine_id, block);
	}
}

void sn_priv_extend(enum sn_priv_protocol proto, enum sn_auth_protocol auth,
		    struct sn_span engine_id, uint8_t *key, size_t *n)
{
	const struct sn_priv_info *info = sn_priv_info(proto);
	uint8_t block[SN_AUTH_KEY_MAX];

	assert(*n > 0 && auth != SN_AUTH_NONE);
	if (info->extension == SN_EXTEND_NONE) {
		return;
	}
	while (*n < info->key) {
		size_t more = info->key - *n;

		if (more > sn_auth_info(auth)->digest) {
			more = sn_auth_info(auth)->digest;
		}
		next_block(info->extension, auth, engine_id, sn_span_make(key, *n), block);
		memcpy(key + *n, block, more);
		*n += more;
	}
	sn_keys_wipe(block, sizeof(block));
}

int sn_priv_init(struct sn_cipher *cipher, enum sn_priv_protocol proto, const uint8_t *key)
{
	const struct sn_priv_info *info = sn_priv_info(proto);

	memset(cipher, 0, sizeof(*cipher));
	cipher->proto = (uint8_t)proto;
	switch (proto) {
	case SN_PRIV_NONE:
		return SN_OK;
	case SN_PRIV_DES:
		cipher->schedule = sn_crypto_des_new(key, 1);
		memcpy(cipher->pre_iv, key + DES_KEY, DES_IV);
		break;
	case SN_PRIV_3DES:
		cipher->schedule = sn_crypto_des_new(key, 3);
		memcpy(cipher->pre_iv, key + DES_KEY_3, DES_IV);
		break;
	default:
		cipher->schedule = sn_crypto_aes_new(key, info->key);
		break;
	}
	if (!cipher->schedule) {
		sn_priv_fini(cipher);
		return SN_ENOMEM;
	}
	return SN_OK;
}

void sn_priv_fini(struct sn_cipher *cipher)
{
	if (is_des(cipher->proto)) {
		sn_crypto_des_free(cipher->schedule);
	} else {
		sn_crypto_aes_free(cipher->schedule);
	}
	sn_keys_wipe(cipher, sizeof(*cipher));
}

static void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

void sn_priv_salt(enum sn_priv_protocol proto, uint32_t boots, uint64_t counter,
		  uint8_t salt[SN_PRIV_SALT])
{
	put_be32(salt, is_des(proto) ? boots : (uint32_t)(counter >> 32));
	put_be32(salt + 4, (uint32_t)counter);
}

size_t sn_priv_size(enum sn_priv_protocol proto, size_t n)
{
	return is_des(proto) ? (n + DES_IV - 1) / DES_IV * DES_IV : n;
}

/* RFC 3414 §8.1.1.1: the IV is the pre-IV xor the salt. */
static void des_iv(const struct sn_cipher *cipher, const uint8_t *salt, uint8_t iv[DES_IV])
{
	for (unsigned i = 0; i < DES_IV; i++) {
		iv[i] = cipher->pre_iv[i] ^ salt[i];
	}
}

/* RFC 3826 §3.1.2.1: boots, time and salt, one after the other. */
static void aes_iv(uint32_t boots, uint32_t time, const uint8_t *salt,
		   uint8_t iv[SN_CRYPTO_AES_BLOCK])
{
	put_be32(iv, boots);
	put_be32(iv + 4, time);
	memcpy(iv + AES_IV_SALT, salt, SN_PRIV_SALT);
}

void sn_priv_encrypt(const struct sn_cipher *cipher, uint32_t boots, uint32_t time,
		     const uint8_t salt[SN_PRIV_SALT], uint8_t *p, size_t n)
{
	uint8_t iv[SN_CRYPTO_AES_BLOCK];

	assert(cipher->schedule);
	if (is_des(cipher->proto)) {
		size_t padded = sn_priv_size(cipher->proto, n);

		/* any value will do (RFC 3414 §8.1.1.2), but none that was in memory before */
		memset(p + n, 0, padded - n);
		des_iv(cipher, salt, iv);
		sn_crypto_cbc(cipher->schedule, SN_CRYPTO_ENCRYPT, iv, p, padded, p);
		return;
	}
	aes_iv(boots, time, salt, iv);
	sn_crypto_cfb_encrypt(cipher->schedule, iv, p, n);
}

int sn_priv_decrypt(const struct sn_cipher *cipher, uint32_t boots, uint32_t time,
		    struct sn_span salt, struct sn_span in, uint8_t *out)
{
	uint8_t iv[SN_CRYPTO_AES_BLOCK];

	assert(cipher->schedule);
	if (salt.n != SN_PRIV_SALT || in.n == 0) {
		return SN_EDECRYPT;
	}
	if (is_des(cipher->proto)) {
		if (in.n % SN_CRYPTO_DES_BLOCK != 0) {
			return SN_EDECRYPT;
		}
		des_iv(cipher, salt.p, iv);
		sn_crypto_cbc(cipher->schedule, SN_CRYPTO_DECRYPT, iv, in.p, in.n, out);
		return SN_OK;
	}
	aes_iv(boots, time, salt.p, iv);
	sn_crypto_cfb_decrypt(cipher->schedule, iv, in, out);
	return SN_OK;
}
