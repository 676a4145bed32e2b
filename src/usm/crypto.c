/*
 * The crypto library behind crypto.h: OpenSSL. Called by auth.c and priv.c, on any thread.
 *
 * Hashes go by the low-level interface, which OpenSSL 3 calls deprecated: a MAC from a saved
 * chaining value takes a tenth of what HMAC() takes and half of the fastest EVP way, and needs 16
 * to 64 octets per state instead of some 400. DES goes by it because with EVP it takes the legacy
 * provider, which is not everywhere. AES goes by EVP, the only way to the processor's instructions.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "usm/crypto.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/des.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

enum {
	HASH_BLOCK_MAX = 128, /* SHA-384 and SHA-512 */
	TILE = 4096	      /* octets hashed at a time of a repeated pattern */
};

/* Every member begins with the chaining value. */
union hash {
	MD5_CTX md5;
	SHA_CTX sha1;
	SHA256_CTX sha256; /* SHA-224 as well */
	SHA512_CTX sha512; /* SHA-384 as well */
};

_Static_assert(offsetof(MD5_CTX, D) == 12 && offsetof(SHA_CTX, h4) == 16 &&
		       offsetof(SHA256_CTX, h) == 0 && offsetof(SHA512_CTX, h) == 0,
	       "the chaining value is not where it is saved from");
_Static_assert(sizeof(((struct sn_hmac *)0)->inner) >= SHA512_DIGEST_LENGTH,
	       "a chaining value does not fit");

struct sn_crypto_des {
	unsigned keys;		/* 1 or 3 */
	DES_key_schedule ks[3]; /* `keys` of them */
};

static void hash_init(enum sn_auth_protocol proto, union hash *h)
{
	switch (proto) {
	case SN_AUTH_MD5:
		(void)MD5_Init(&h->md5);
		break;
	case SN_AUTH_SHA1:
		(void)SHA1_Init(&h->sha1);
		break;
	case SN_AUTH_SHA224:
		(void)SHA224_Init(&h->sha256);
		break;
	case SN_AUTH_SHA256:
		(void)SHA256_Init(&h->sha256);
		break;
	case SN_AUTH_SHA384:
		(void)SHA384_Init(&h->sha512);
		break;
	case SN_AUTH_SHA512:
		(void)SHA512_Init(&h->sha512);
		break;
	default:
		abort();
	}
}

static void hash_update(enum sn_auth_protocol proto, union hash *h, const void *p, size_t n)
{
	switch (proto) {
	case SN_AUTH_MD5:
		(void)MD5_Update(&h->md5, p, n);
		break;
	case SN_AUTH_SHA1:
		(void)SHA1_Update(&h->sha1, p, n);
		break;
	case SN_AUTH_SHA224:
	case SN_AUTH_SHA256:
		(void)SHA256_Update(&h->sha256, p, n);
		break;
	case SN_AUTH_SHA384:
	case SN_AUTH_SHA512:
		(void)SHA512_Update(&h->sha512, p, n);
		break;
	default:
		abort();
	}
}

static void hash_final(enum sn_auth_protocol proto, union hash *h, uint8_t *digest)
{
	switch (proto) {
	case SN_AUTH_MD5:
		(void)MD5_Final(digest, &h->md5);
		break;
	case SN_AUTH_SHA1:
		(void)SHA1_Final(digest, &h->sha1);
		break;
	case SN_AUTH_SHA224:
	case SN_AUTH_SHA256:
		(void)SHA256_Final(digest, &h->sha256);
		break;
	case SN_AUTH_SHA384:
	case SN_AUTH_SHA512:
		(void)SHA512_Final(digest, &h->sha512);
		break;
	default:
		abort();
	}
}

/* As if one block had been hashed, with this chaining value as the result. */
static void hash_resume(enum sn_auth_protocol proto, union hash *h, const uint64_t state[8])
{
	switch (proto) {
	case SN_AUTH_MD5:
		memcpy(&h->md5, state, MD5_DIGEST_LENGTH);
		h->md5.Nl = MD5_CBLOCK * 8;
		h->md5.Nh = 0;
		h->md5.num = 0;
		break;
	case SN_AUTH_SHA1:
		memcpy(&h->sha1, state, SHA_DIGEST_LENGTH);
		h->sha1.Nl = SHA_CBLOCK * 8;
		h->sha1.Nh = 0;
		h->sha1.num = 0;
		break;
	case SN_AUTH_SHA224:
	case SN_AUTH_SHA256:
		memcpy(h->sha256.h, state, sizeof(h->sha256.h));
		h->sha256.Nl = SHA256_CBLOCK * 8;
		h->sha256.Nh = 0;
		h->sha256.num = 0;
		h->sha256.md_len =
			proto == SN_AUTH_SHA224 ? SHA224_DIGEST_LENGTH : SHA256_DIGEST_LENGTH;
		break;
	case SN_AUTH_SHA384:
	case SN_AUTH_SHA512:
		memcpy(h->sha512.h, state, sizeof(h->sha512.h));
		h->sha512.Nl = SHA512_CBLOCK * 8;
		h->sha512.Nh = 0;
		h->sha512.num = 0;
		h->sha512.md_len =
			proto == SN_AUTH_SHA384 ? SHA384_DIGEST_LENGTH : SHA512_DIGEST_LENGTH;
		break;
	default:
		abort();
	}
}

/* Octets of the chaining value: half a block with SHA-2, which may truncate it, else the digest's.
 */
static size_t chaining_size(enum sn_auth_protocol proto)
{
	const struct sn_auth_info *info = sn_auth_info(proto);

	return proto >= SN_AUTH_SHA224 ? info->block / 2U : info->digest;
}

void sn_crypto_hash(enum sn_auth_protocol proto, const struct sn_span *parts, unsigned n,
		    uint8_t *digest)
{
	union hash h;

	hash_init(proto, &h);
	for (unsigned i = 0; i < n; i++) {
		hash_update(proto, &h, parts[i].p, parts[i].n);
	}
	hash_final(proto, &h, digest);
	/* the chaining value is the digest, and that is a key here */
	OPENSSL_cleanse(&h, sizeof(h));
}

void sn_crypto_hash_repeated(enum sn_auth_protocol proto, struct sn_span pattern, size_t total,
			     uint8_t *digest)
{
	uint8_t tile[TILE];
	union hash h;
	size_t filled = 0;

	assert(pattern.n > 0);
	hash_init(proto, &h);
	/*
	 * Whole patterns, and whole blocks of the hash where possible: it then hashes from the
	 * tile, without a copy of its own. A long pattern is its own tile.
	 */
	if (pattern.n <= TILE / 2) {
		size_t unit = pattern.n <= TILE / 64 ? pattern.n * 64 : pattern.n;

		while (filled < TILE / unit * unit) {
			memcpy(tile + filled, pattern.p, pattern.n);
			filled += pattern.n;
		}
		pattern = sn_span_make(tile, filled);
	}
	while (total > 0) {
		size_t n = total < pattern.n ? total : pattern.n;

		hash_update(proto, &h, pattern.p, n);
		total -= n;
	}
	hash_final(proto, &h, digest);
	OPENSSL_cleanse(tile, filled);
	OPENSSL_cleanse(&h, sizeof(h));
}

/* The chaining value after the key's block, padded and xored with `pad`. */
static void half(enum sn_auth_protocol proto, struct sn_span key, uint8_t pad, uint64_t state[8])
{
	uint8_t block[HASH_BLOCK_MAX];
	union hash h;

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < key.n; i++) {
		block[i] ^= key.p[i];
	}
	hash_init(proto, &h);
	hash_update(proto, &h, block, sn_auth_info(proto)->block);
	memset(state, 0, 8 * sizeof(*state));
	memcpy(state, &h, chaining_size(proto));
	OPENSSL_cleanse(&h, sizeof(h));
	OPENSSL_cleanse(block, sizeof(block));
}

void sn_crypto_hmac_prepare(enum sn_auth_protocol proto, struct sn_span key, struct sn_hmac *hmac)
{
	assert(key.n <= sn_auth_info(proto)->block);
	half(proto, key, 0x36, hmac->inner);
	half(proto, key, 0x5c, hmac->outer);
}

/*
 * Once per message: the contexts on the stack are not wiped. What the key left in them is gone when
 * the last block is hashed; then they hold digests.
 */
void sn_crypto_hmac(enum sn_auth_protocol proto, const struct sn_hmac *hmac,
		    const struct sn_span *parts, unsigned n, uint8_t *digest)
{
	union hash h;

	hash_resume(proto, &h, hmac->inner);
	for (unsigned i = 0; i < n; i++) {
		hash_update(proto, &h, parts[i].p, parts[i].n);
	}
	hash_final(proto, &h, digest);
	hash_resume(proto, &h, hmac->outer);
	hash_update(proto, &h, digest, sn_auth_info(proto)->digest);
	hash_final(proto, &h, digest);
}

bool sn_crypto_same(const uint8_t *a, const uint8_t *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

/* A struct sn_crypto_aes is an EVP_CIPHER_CTX under another name. */
static EVP_CIPHER_CTX *ctx_of(struct sn_crypto_aes *aes)
{
	return (EVP_CIPHER_CTX *)(void *)aes;
}

static const EVP_CIPHER *ecb(size_t key_n)
{
	switch (key_n) {
	case 16:
		return EVP_aes_128_ecb();
	case 24:
		return EVP_aes_192_ecb();
	default:
		assert(key_n == 32);
		return EVP_aes_256_ecb();
	}
}

struct sn_crypto_aes *sn_crypto_aes_new(const uint8_t *key, size_t key_n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!ctx) {
		return NULL;
	}
	if (EVP_EncryptInit_ex(ctx, ecb(key_n), NULL, key, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return (struct sn_crypto_aes *)(void *)ctx;
}

void sn_crypto_aes_free(struct sn_crypto_aes *aes)
{
	EVP_CIPHER_CTX_free(ctx_of(aes));
}

/* Whole blocks. It can only fail by a fault of ours; going on would send plaintext. */
static void encrypt_blocks(struct sn_crypto_aes *aes, const uint8_t *in, size_t n, uint8_t *out)
{
	int done;

	if (EVP_EncryptUpdate(ctx_of(aes), out, &done, in, (int)n) != 1) {
		abort();
	}
}

static void xor_into(uint8_t *p, const uint8_t *with, size_t n)
{
	for (; n >= 8; n -= 8, p += 8, with += 8) {
		uint64_t a;
		uint64_t b;

		memcpy(&a, p, 8);
		memcpy(&b, with, 8);
		a ^= b;
		memcpy(p, &a, 8);
	}
	for (size_t i = 0; i < n; i++) {
		p[i] ^= with[i];
	}
}

/* Block by block, since each needs the one before: for the 64 octets of a usual request in half the
 * time of a context in CFB mode, which wants its IV set by a call of its own. */
void sn_crypto_cfb_encrypt(struct sn_crypto_aes *aes, const uint8_t iv[SN_CRYPTO_AES_BLOCK],
			   uint8_t *p, size_t n)
{
	uint8_t stream[SN_CRYPTO_AES_BLOCK];
	const uint8_t *before = iv;

	while (n > 0) {
		size_t step = n < sizeof(stream) ? n : sizeof(stream);

		encrypt_blocks(aes, before, sizeof(stream), stream);
		xor_into(p, stream, step);
		before = p;
		p += step;
		n -= step;
	}
}

/*
 * All blocks at once: the key stream is the encryption of the IV and of all ciphertext but the last
 * block, and the processor encrypts eight blocks beside each other.
 */
void sn_crypto_cfb_decrypt(struct sn_crypto_aes *aes, const uint8_t iv[SN_CRYPTO_AES_BLOCK],
			   struct sn_span in, uint8_t *out)
{
	if (in.n == 0) {
		return;
	}
	encrypt_blocks(aes, iv, SN_CRYPTO_AES_BLOCK, out);
	if (in.n > SN_CRYPTO_AES_BLOCK) {
		encrypt_blocks(aes, in.p, (in.n - 1) / SN_CRYPTO_AES_BLOCK * SN_CRYPTO_AES_BLOCK,
			       out + SN_CRYPTO_AES_BLOCK);
	}
	xor_into(out, in.p, in.n);
}

struct sn_crypto_des *sn_crypto_des_new(const uint8_t *key, unsigned keys)
{
	struct sn_crypto_des *des = OPENSSL_zalloc(sizeof(*des));

	assert(keys == 1 || keys == 3);
	if (!des) {
		return NULL;
	}
	des->keys = keys;
	for (unsigned i = 0; i < keys; i++) {
		DES_cblock k;

		memcpy(k, key + 8 * (size_t)i, sizeof(k));
		DES_set_key_unchecked(&k, &des->ks[i]);
		OPENSSL_cleanse(k, sizeof(k));
	}
	return des;
}

void sn_crypto_des_free(struct sn_crypto_des *des)
{
	OPENSSL_clear_free(des, sizeof(*des));
}

void sn_crypto_cbc(struct sn_crypto_des *des, enum sn_crypto_direction direction,
		   const uint8_t iv[SN_CRYPTO_DES_BLOCK], const uint8_t *in, size_t n, uint8_t *out)
{
	int way = direction == SN_CRYPTO_ENCRYPT ? DES_ENCRYPT : DES_DECRYPT;
	DES_cblock chain;

	memcpy(chain, iv, sizeof(chain));
	if (des->keys == 1) {
		DES_ncbc_encrypt(in, out, (long)n, &des->ks[0], &chain, way);
	} else {
		DES_ede3_cbc_encrypt(in, out, (long)n, &des->ks[0], &des->ks[1], &des->ks[2],
				     &chain, way);
	}
}
