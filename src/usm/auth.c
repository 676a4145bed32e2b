/*
 * Authentication protocols, see auth.h. Called by user.c when keys are made and by whoever seals or
 * opens a message, on the thread that owns the keys.
 */
#include "usm/auth.h"
#include "usm/crypto.h"
#include "usm/keys.h"

#include <assert.h>

enum { PASSWORD_OCTETS = 1048576 }; /* RFC 3414 A.2 */

const struct sn_auth_info *sn_auth_info(enum sn_auth_protocol proto)
{
	static const struct sn_auth_info table[SN_AUTH_COUNT] = {
#define ROW(id, name, digest, mac, block) [SN_AUTH_##id] = {name, digest, mac, block},
		SN_AUTH_TABLE(ROW)
#undef ROW
	};

	assert(proto < SN_AUTH_COUNT);
	return &table[proto];
}

int sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password, uint8_t *ku)
{
	if (proto == SN_AUTH_NONE || password.n == 0) {
		return SN_EINVAL;
	}
	sn_crypto_hash_repeated(proto, password, PASSWORD_OCTETS, ku);
	return SN_OK;
}

void sn_auth_localize(enum sn_auth_protocol proto, const uint8_t *ku, struct sn_span engine_id,
		      uint8_t *kul)
{
	struct sn_span key = sn_span_make(ku, sn_auth_info(proto)->digest);
	struct sn_span parts[] = {key, engine_id, key};

	sn_crypto_hash(proto, parts, 3, kul);
}

void sn_auth_prepare(enum sn_auth_protocol proto, const uint8_t *kul, struct sn_hmac *hmac)
{
	sn_crypto_hmac_prepare(proto, sn_span_make(kul, sn_auth_info(proto)->digest), hmac);
}

/* The whole digest over the message with zeros at mac. */
static void compute(enum sn_auth_protocol proto, const struct sn_hmac *hmac, struct sn_span whole,
		    const uint8_t *mac, uint8_t digest[SN_AUTH_KEY_MAX])
{
	static const uint8_t zeros[SN_AUTH_MAC_MAX];
	size_t mac_n = sn_auth_info(proto)->mac;
	size_t before = (size_t)(mac - whole.p);
	struct sn_span parts[3];

	assert(mac >= whole.p && before <= whole.n && mac_n <= whole.n - before);
	parts[0] = sn_span_make(whole.p, before);
	parts[1] = sn_span_make(zeros, mac_n);
	parts[2] = sn_span_from(whole, before + mac_n);
	sn_crypto_hmac(proto, hmac, parts, 3, digest);
}

void sn_auth_sign(enum sn_auth_protocol proto, const struct sn_hmac *hmac, struct sn_span whole,
		  uint8_t *mac)
{
	uint8_t digest[SN_AUTH_KEY_MAX];

	compute(proto, hmac, whole, mac, digest);
	memcpy(mac, digest, sn_auth_info(proto)->mac);
}

int sn_auth_check(enum sn_auth_protocol proto, const struct sn_hmac *hmac, struct sn_span whole,
		  struct sn_span mac)
{
	uint8_t digest[SN_AUTH_KEY_MAX];
	bool same;

	/* No MAC is never a right one, also where the table asks for none. */
	if (proto == SN_AUTH_NONE || mac.n != sn_auth_info(proto)->mac) {
		return SN_EDIGEST;
	}
	compute(proto, hmac, whole, mac.p, digest);
	same = sn_crypto_same(digest, mac.p, mac.n);
	/* What the MAC should have been is nothing to leave on the stack. */
	sn_keys_wipe(digest, sizeof(digest));
	return same ? SN_OK : SN_EDIGEST;
}
