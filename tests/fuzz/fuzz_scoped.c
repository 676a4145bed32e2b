/*
 * Fuzz target: what somebody who has the keys, or a wrong key by chance, makes of a ScopedPDU. The
 * first octet chooses a privacy protocol, the rest is encrypted with it and opened: what comes out
 * must be what reading the plaintext gives, and sealed and opened again it must be the same.
 */
#include "usm/seal.h"

#include "support/fuzz.h"

enum { MAX = 65535, ROOM = MAX + 512 };

static struct sn_usm_keys all_keys[SN_PRIV_COUNT];
static const uint8_t salt[SN_PRIV_SALT] = {1, 2, 3, 4, 5, 6, 7, 8};

/* One key for each privacy protocol. */
static void make_keys(void)
{
	static const uint8_t key[SN_AUTH_KEY_MAX] = "thirty-two octets, and some more";

	for (unsigned priv = SN_PRIV_NONE + 1; priv < SN_PRIV_COUNT; priv++) {
		struct sn_usm_keys *keys = &all_keys[priv];

		keys->auth = SN_AUTH_SHA1;
		keys->priv = (uint8_t)priv;
		sn_auth_prepare(keys->auth, key, &keys->hmac);
		fuzz_expect(sn_priv_init(&keys->cipher, priv, key) == SN_OK);
	}
}

static bool same(const struct sn_scoped_pdu *a, const struct sn_scoped_pdu *b)
{
	return sn_span_eq(a->engine_id, b->engine_id) && sn_span_eq(a->context, b->context) &&
	       a->pdu.type == b->pdu.type && a->pdu.request_id == b->pdu.request_id &&
	       a->pdu.status == b->pdu.status && a->pdu.index == b->pdu.index &&
	       sn_span_eq(a->pdu.vbs, b->pdu.vbs);
}

static void expect_inside(struct sn_span part, struct sn_span whole)
{
	fuzz_expect(part.p >= whole.p && part.n <= whole.n);
	fuzz_expect(part.p + part.n <= whole.p + whole.n);
}

/* Sealed as a message of ours and opened as its receiver would. */
static void expect_survives(const struct sn_usm_keys *keys, const struct sn_scoped_pdu *s)
{
	static uint8_t buf[ROOM];
	static uint8_t scratch[ROOM];
	struct sn_usm_outgoing out = {.msg_id = 1,
				      .max_size = MAX,
				      .flags = SN_V3_AUTH | SN_V3_PRIV,
				      .keys = keys,
				      .scoped = *s};
	struct sn_v3_message m;
	struct sn_usm_params p;
	struct sn_scoped_pdu back;
	struct sn_span message;

	fuzz_expect(sn_usm_seal(&out, buf, sizeof(buf), &message) == SN_OK);
	fuzz_expect(sn_v3_read(message, &m) == SN_OK);
	fuzz_expect(sn_usm_params_read(m.security, &p) == SN_OK);
	fuzz_expect(sn_auth_check(keys->auth, &keys->hmac, m.whole, p.auth) == SN_OK);
	fuzz_expect(sn_usm_open(&m, &p, keys, scratch, &back) == SN_OK);
	fuzz_expect(same(s, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t plain[ROOM];
	static uint8_t sealed[ROOM];
	static uint8_t scratch[ROOM];
	const struct sn_usm_keys *keys;
	struct sn_usm_params p = {.priv = {salt, sizeof(salt)}};
	struct sn_v3_message m = {.flags = SN_V3_AUTH | SN_V3_PRIV, .encrypted = true};
	struct sn_scoped_pdu want;
	struct sn_scoped_pdu got;
	size_t padded;
	int rc;

	if (size < 1 || size > MAX) {
		return 0;
	}
	if (all_keys[SN_PRIV_DES].priv == SN_PRIV_NONE) {
		make_keys();
	}
	keys = &all_keys[1 + data[0] % (SN_PRIV_COUNT - 1)];
	padded = sn_priv_size(keys->priv, size - 1);
	/* zeros are what our padding is made of */
	memset(plain + size - 1, 0, SN_PRIV_PAD_MAX);
	memcpy(plain, data + 1, size - 1);
	memcpy(sealed, plain, size - 1);
	sn_priv_encrypt(&keys->cipher, 0, 0, salt, sealed, size - 1);
	m.data = sn_span_make(sealed, padded);
	rc = sn_scoped_read(sn_span_make(plain, padded), &want);
	fuzz_expect(sn_usm_open(&m, &p, keys, scratch, &got) == (rc ? SN_EDECRYPT : SN_OK));
	if (rc) {
		return 0;
	}
	fuzz_expect(same(&want, &got));
	expect_inside(got.engine_id, sn_span_make(scratch, padded));
	expect_inside(got.context, sn_span_make(scratch, padded));
	expect_inside(got.pdu.vbs, sn_span_make(scratch, padded));
	fuzz_expect(sn_pdu_check(&got.pdu) <= (int)got.pdu.vbs.n);
	expect_survives(keys, &got);
	return 0;
}
