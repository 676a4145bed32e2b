/*
 * Whole messages sealed and opened with every protocol, compared with messages made elsewhere, and
 * what is refused. Behaviour of usm/seal.h.
 *
 * ctest: timeout=120 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "usm/seal.h"

#include "base/rng.h"
#include "support/bytes.h"
#include "support/suite.h"

static const uint8_t engine[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};

/* VarBindList of sysUpTime.0 */
static const uint8_t uptime[] = {0x30, 0x0c, 0x06, 0x08, 0x2b, 6, 1, 2, 1, 1, 3, 0, 5, 0};

/* Keys of the password "maplesyrup" at that engine; auth NONE: keys stay zeroed. */
static void make_keys(unsigned auth, unsigned priv, struct sn_usm_keys *keys)
{
	static uint8_t ku[SN_AUTH_COUNT][SN_AUTH_KEY_MAX];
	static bool made[SN_AUTH_COUNT];
	struct sn_usm_user user = {.name = sn_span_str("ada"),
				   .level = priv ? SN_V3_LEVEL : (auth ? SN_V3_AUTH : 0),
				   .auth = (uint8_t)auth,
				   .priv = (uint8_t)priv};

	if (auth && !made[auth]) {
		ck_assert_int_eq(sn_auth_password_to_key(auth, sn_span_str("maplesyrup"), ku[auth]),
				 SN_OK);
		made[auth] = true;
	}
	user.auth_n = user.priv_n = sn_auth_info(auth)->digest;
	memcpy(user.auth_key, ku[auth], SN_AUTH_KEY_MAX);
	memcpy(user.priv_key, ku[auth], SN_AUTH_KEY_MAX);
	ck_assert_int_eq(sn_usm_user_localize(&user, sn_span_make(engine, sizeof(engine)), keys),
			 SN_OK);
}

/* A GetRequest for sysUpTime.0 by "ada". */
static struct sn_usm_outgoing request(const struct sn_usm_keys *keys)
{
	struct sn_usm_outgoing out = {
		.msg_id = 0x12345678,
		.max_size = 65507,
		.flags = SN_V3_REPORTABLE,
		.boots = 7,
		.time = 256,
		.salt = 0x0102030405060708,
		.engine_id = {engine, sizeof(engine)},
		.user = sn_span_str("ada"),
		.keys = keys,
		.scoped = {.engine_id = {engine, sizeof(engine)},
			   .context = sn_span_str("ctx"),
			   .pdu = {.type = SN_PDU_GET,
				   .request_id = 0x23456789,
				   .vbs = {uptime, sizeof(uptime)}}},
	};

	out.flags |= (uint8_t)((keys->auth ? SN_V3_AUTH : 0) | (keys->priv ? SN_V3_PRIV : 0));
	return out;
}

/*
 * The octets of four messages, each made with hashlib and the openssl program from the field values
 * of request(), the RFCs and the RFC 3414 A.3 password.
 */
static const struct {
	unsigned auth;	 /* enum sn_auth_protocol */
	unsigned priv;	 /* enum sn_priv_protocol */
	const char *hex; /* the message */
} elsewhere[] = {
	{SN_AUTH_SHA1, SN_PRIV_NONE,
	 "30 77 02 01 03 30 11 02 04 12 34 56 78 02 03 00 ff e3 04 01 05 02 01 03 04 2c 30 2a"
	 " 04 0c 00 00 00 00 00 00 00 00 00 00 00 02 02 01 07 02 02 01 00 04 03 61 64 61 04 0c"
	 " ef 7f 2c 3b 08 ee 54 8f 2c 63 a4 34 04 00 30 31 04 0c 00 00 00 00 00 00 00 00 00 00"
	 " 00 02 04 03 63 74 78 a0 1c 02 04 23 45 67 89 02 01 00 02 01 00 30 0e 30 0c 06 08 2b"
	 " 06 01 02 01 01 03 00 05 00"},
	{SN_AUTH_SHA512, SN_PRIV_NONE,
	 "30 81 97 02 01 03 30 0e 02 01 01 02 03 00 ff e3 04 01 05 02 01 03 04 52 30 50 04 0c"
	 " 00 00 00 00 00 00 00 00 00 00 00 02 02 01 01 02 04 7f ff ff ff 04 03 61 64 61 04 30"
	 " fd ed 69 dd 2d 99 1a 1e b7 ea 96 67 72 e9 a9 1f d3 83 99 8f 7e 38 c3 e5 09 a0 1a 13"
	 " 2c 4d 45 fc 40 9a 14 ed 10 45 4c 78 ba 07 38 c7 0a a9 c1 fe 04 00 30 2e 04 0c 00 00"
	 " 00 00 00 00 00 00 00 00 00 02 04 03 63 74 78 a0 19 02 01 02 02 01 00 02 01 00 30 0e"
	 " 30 0c 06 08 2b 06 01 02 01 01 03 00 05 00"},
	{SN_AUTH_SHA256, SN_PRIV_AES128,
	 "30 81 8d 02 01 03 30 11 02 04 12 34 56 78 02 03 00 ff e3 04 01 07 02 01 03 04 40 30"
	 " 3e 04 0c 00 00 00 00 00 00 00 00 00 00 00 02 02 01 07 02 02 01 00 04 03 61 64 61 04"
	 " 18 a1 97 28 f1 51 2e 36 07 5a 92 2b 02 ea 47 f7 dd 64 6e e5 ee a9 f0 7f 5c 04 08 01"
	 " 02 03 04 05 06 07 08 04 33 9c a4 b7 80 d0 9b da 4b 7b a4 21 bf 81 cd c4 d1 34 27 d8"
	 " 4f cf 05 6a 4b 4b 98 71 6d 61 09 46 01 f6 df fe 3f 9a fa 9c fe 89 42 ef bf 08 ea 41"
	 " e5 75 90 88"},
	{SN_AUTH_MD5, SN_PRIV_DES,
	 "30 81 86 02 01 03 30 11 02 04 12 34 56 78 02 03 00 ff e3 04 01 07 02 01 03 04 34 30"
	 " 32 04 0c 00 00 00 00 00 00 00 00 00 00 00 02 02 01 07 02 02 01 00 04 03 61 64 61 04"
	 " 0c f6 19 fe 8a 6e de 38 9e 0a 39 95 5c 04 08 00 00 00 07 05 06 07 08 04 38 5e 90 a8"
	 " e0 f1 47 e5 43 62 4e 4a fc da ab 87 a0 a6 cb 5e 3c 5c a1 85 8e 73 7b 4d 05 13 e3 47"
	 " e0 1d 61 a6 45 6c 53 1d 0e b5 dc 83 2c 9d f2 23 c1 8c 5e 1f bd 23 22 0f 02"},
};

START_TEST(equals_messages_made_elsewhere)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		uint8_t buf[300];
		struct sn_usm_keys keys;
		struct sn_usm_outgoing out;
		struct sn_span message;
		struct sn_span want = bytes_hex(elsewhere[i].hex);

		make_keys(elsewhere[i].auth, elsewhere[i].priv, &keys);
		out = request(&keys);
		if (elsewhere[i].auth == SN_AUTH_SHA512) {
			out.msg_id = 1;
			out.boots = 1;
			out.time = 0x7fffffff;
			out.scoped.pdu.request_id = 2;
		}
		ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
		ck_assert_msg(sn_span_eq(message, want), "row %zu", i);
		sn_usm_keys_fini(&keys);
	}
}
END_TEST

START_TEST(a_discovery_request_needs_no_keys)
{
	uint8_t buf[300];
	struct sn_span message;
	struct sn_usm_outgoing out = {.msg_id = 5,
				      .max_size = 1472,
				      .flags = SN_V3_REPORTABLE,
				      .scoped = {.pdu = {.type = SN_PDU_GET, .request_id = 6}}};

	ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
	ck_assert(sn_span_eq(
		message, bytes_hex("30 37 02 01 03 30 0d 02 01 05 02 02 05 c0 04 01 04 02 01 03"
				   " 04 10 30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00"
				   " 30 11 04 00 04 00 a0 0b 02 01 06 02 01 00 02 01 00 30 00")));
}
END_TEST

/* A message as who receives it sees it: taken apart, checked, opened. */
struct opened {
	struct sn_v3_message m;	     /* header */
	struct sn_usm_params params; /* security parameters */
	struct sn_scoped_pdu scoped; /* what was in it */
};

/* Opens a copy of exactly the message's size into scratch of exactly the size it may use. */
static int open_message(struct sn_span message, const struct sn_usm_keys *keys, struct opened *o)
{
	struct sn_span in = bytes_copy(message.p, message.n);
	struct sn_span scratch;
	int rc = sn_v3_read(in, &o->m);

	rc = rc ? rc : sn_usm_params_read(o->m.security, &o->params);
	if (rc) {
		return rc;
	}
	if (keys->auth) {
		rc = sn_auth_check(keys->auth, &keys->hmac, o->m.whole, o->params.auth);
	}
	if (rc) {
		return rc;
	}
	scratch = bytes_copy(in.p, 0);
	if (o->m.encrypted) {
		static uint8_t zeros[65536];

		scratch = bytes_copy(zeros, o->m.data.n + 16);
	}
	return sn_usm_open(&o->m, &o->params, keys, (uint8_t *)(uintptr_t)scratch.p, &o->scoped);
}

static void expect_same(const struct sn_usm_outgoing *out, const struct opened *o)
{
	suite_expect(o->m.msg_id == out->msg_id && o->m.max_size == out->max_size);
	suite_expect(o->m.flags == out->flags && o->m.model == SN_V3_MODEL_USM);
	suite_expect(o->params.boots == out->boots && o->params.time == out->time);
	suite_expect(sn_span_eq(o->params.engine_id, out->engine_id));
	suite_expect(sn_span_eq(o->params.user, out->user));
	suite_expect(o->params.priv.n == (out->flags & SN_V3_PRIV ? 8 : 0));
	suite_expect(sn_span_eq(o->scoped.engine_id, out->scoped.engine_id));
	suite_expect(sn_span_eq(o->scoped.context, out->scoped.context));
	suite_expect(o->scoped.pdu.type == out->scoped.pdu.type);
	suite_expect(o->scoped.pdu.request_id == out->scoped.pdu.request_id);
	suite_expect(o->scoped.pdu.status == out->scoped.pdu.status);
	suite_expect(o->scoped.pdu.index == out->scoped.pdu.index);
	suite_expect(sn_span_eq(o->scoped.pdu.vbs, out->scoped.pdu.vbs));
}

START_TEST(opens_what_it_seals_with_every_protocol)
{
	static uint8_t octets[2000];
	static uint8_t buf[3000];
	struct sn_rng r;
	unsigned pairs = 0;

	sn_rng_init_seed(&r, 50);
	for (size_t i = 0; i < sizeof(octets); i++) {
		octets[i] = (uint8_t)sn_rng_u64(&r);
	}
	for (unsigned pair = 0; pair < (unsigned)SN_AUTH_COUNT * SN_PRIV_COUNT; pair++) {
		unsigned auth = pair / SN_PRIV_COUNT;
		unsigned priv = pair % SN_PRIV_COUNT;
		struct sn_usm_keys keys;
		struct sn_usm_outgoing out;

		if (auth == SN_AUTH_NONE && priv != SN_PRIV_NONE) {
			continue; /* no such level */
		}
		pairs++;
		make_keys(auth, priv, &keys);
		out = request(&keys);
		/* every length of padding, and long ones */
		for (size_t n = 0; n < 2000; n += n < 40 ? 1 : 1 + sn_rng_below(&r, 300)) {
			struct opened o;
			struct sn_span message;

			out.scoped.pdu.vbs = sn_span_make(octets, n);
			out.salt = sn_rng_u64(&r);
			out.boots = (uint32_t)sn_rng_u64(&r) >> 1;
			out.time = (uint32_t)sn_rng_u64(&r) >> 1;
			suite_expect(sn_usm_seal(&out, buf, sizeof(buf), &message) == SN_OK);
			suite_expect(message.p >= buf &&
				     message.p + message.n <= buf + sizeof(buf));
			suite_expect(open_message(message, &keys, &o) == SN_OK);
			expect_same(&out, &o);
			bytes_free_all();
		}
		sn_usm_keys_fini(&keys);
	}
	ck_assert_uint_eq(pairs, 1 + 6 * 8);
}
END_TEST

START_TEST(the_room_it_asks_for_is_enough_and_less_never_overruns)
{
	static const unsigned privs[] = {SN_PRIV_NONE, SN_PRIV_DES, SN_PRIV_AES256};
	static const uint8_t fill[600];

	for (unsigned i = 0; i < 6; i++) {
		struct sn_usm_keys keys;
		struct sn_usm_outgoing out;
		size_t room;
		bool enough = false;

		make_keys(SN_AUTH_SHA512, privs[i % 3], &keys);
		out = request(&keys);
		if (i >= 3) {
			/* everything as long as it gets */
			out.msg_id = out.max_size = INT32_MAX;
			out.boots = out.time = UINT32_MAX;
			out.engine_id = out.user = sn_span_make(fill, 32);
			out.scoped.engine_id = out.scoped.context = sn_span_make(fill, 300);
			out.scoped.pdu.request_id = INT32_MIN;
			out.scoped.pdu.status = out.scoped.pdu.index = INT32_MIN;
			out.scoped.pdu.vbs = sn_span_make(fill, sizeof(fill));
		}
		room = sn_usm_seal_room(&out);
		for (size_t cap = 0; cap <= room; cap++) {
			uint8_t *exact = malloc(cap ? cap : 1);
			struct sn_span message;
			int rc;

			ck_assert_ptr_nonnull(exact);
			rc = sn_usm_seal(&out, exact, cap, &message);
			suite_expect(rc == SN_OK || rc == SN_ESPACE);
			suite_expect(rc == SN_OK || !enough);
			enough = rc == SN_OK;
			suite_expect(!enough ||
				     (message.p >= exact && message.p + message.n <= exact + cap));
			suite_expect(!enough || cap - message.n <= room);
			free(exact);
		}
		suite_expect(enough);
		sn_usm_keys_fini(&keys);
	}
}
END_TEST

START_TEST(nothing_of_the_plaintext_stays_in_the_buffer)
{
	static const unsigned privs[] = {SN_PRIV_DES, SN_PRIV_AES128};

	for (size_t i = 0; i < 2; i++) {
		uint8_t buf[500];
		struct sn_usm_keys keys;
		struct sn_usm_outgoing out;
		struct sn_span message;

		memset(buf, 0xee, sizeof(buf));
		make_keys(SN_AUTH_SHA1, privs[i], &keys);
		out = request(&keys);
		ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
		ck_assert_ptr_null(memmem(buf, sizeof(buf), uptime + 2, 8));
		ck_assert_ptr_null(memmem(buf, sizeof(buf), "ctx", 3));
		/* below it nothing was written */
		ck_assert(message.p > buf && message.p[-1] == 0xee);
		sn_usm_keys_fini(&keys);
	}
}
END_TEST

START_TEST(no_octet_of_a_signed_message_can_change)
{
	static const unsigned auths[] = {SN_AUTH_MD5,	 SN_AUTH_SHA1,	 SN_AUTH_SHA224,
					 SN_AUTH_SHA256, SN_AUTH_SHA384, SN_AUTH_SHA512};

	for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
		uint8_t buf[500];
		struct sn_usm_keys keys;
		struct sn_usm_outgoing out;
		struct sn_span message;
		uint8_t *p;
		struct opened o;

		make_keys(auths[i], i % 2 ? SN_PRIV_AES128 : SN_PRIV_NONE, &keys);
		out = request(&keys);
		ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
		p = buf + (message.p - buf);
		suite_expect(open_message(message, &keys, &o) == SN_OK);
		for (size_t bit = 0; bit < 8 * message.n; bit++) {
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			suite_expect(open_message(message, &keys, &o) != SN_OK);
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			bytes_free_all();
		}
		for (size_t n = 0; n < message.n; n++) {
			suite_expect(open_message(sn_span_make(p, n), &keys, &o) == SN_ETRUNC);
			bytes_free_all();
		}
		sn_usm_keys_fini(&keys);
	}
}
END_TEST

START_TEST(a_mac_of_another_length_or_key_is_refused)
{
	uint8_t buf[500];
	struct sn_usm_keys keys;
	struct sn_usm_keys others;
	struct sn_usm_outgoing out;
	struct sn_span message;
	struct opened o;

	make_keys(SN_AUTH_SHA1, SN_PRIV_NONE, &keys);
	make_keys(SN_AUTH_MD5, SN_PRIV_NONE, &others);
	out = request(&keys);
	ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
	ck_assert_int_eq(open_message(message, &others, &o), SN_EDIGEST);
	make_keys(SN_AUTH_SHA256, SN_PRIV_NONE, &others);
	ck_assert_int_eq(open_message(message, &others, &o), SN_EDIGEST);
	out.flags = SN_V3_REPORTABLE;
	ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
	ck_assert_int_eq(open_message(message, &keys, &o), SN_EDIGEST);
}
END_TEST

START_TEST(opening_wants_keys_with_privacy)
{
	uint8_t buf[500];
	uint8_t scratch[500];
	struct sn_usm_keys keys;
	struct sn_usm_keys plain;
	struct sn_usm_outgoing out;
	struct sn_span message;
	struct opened o;

	make_keys(SN_AUTH_SHA1, SN_PRIV_AES128, &keys);
	make_keys(SN_AUTH_SHA1, SN_PRIV_NONE, &plain);
	out = request(&keys);
	ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
	ck_assert_int_eq(open_message(message, &plain, &o), SN_ELEVEL);
	ck_assert_int_eq(sn_usm_open(&o.m, &o.params, NULL, scratch, &o.scoped), SN_ELEVEL);
	/* a plaintext needs none */
	out = request(&plain);
	ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
	ck_assert_int_eq(open_message(message, &plain, &o), SN_OK);
	ck_assert_int_eq(sn_usm_open(&o.m, &o.params, NULL, scratch, &o.scoped), SN_OK);
	sn_usm_keys_fini(&keys);
}
END_TEST

START_TEST(what_does_not_decrypt_to_a_scoped_pdu_is_refused)
{
	static const unsigned privs[] = {SN_PRIV_DES, SN_PRIV_3DES, SN_PRIV_AES128, SN_PRIV_AES256};

	for (size_t i = 0; i < sizeof(privs) / sizeof(privs[0]); i++) {
		uint8_t buf[500];
		uint8_t scratch[500];
		struct sn_usm_keys keys;
		struct sn_usm_keys others;
		struct sn_usm_outgoing out;
		struct sn_span message;
		struct sn_scoped_pdu s;
		struct opened o;
		struct opened bad;

		make_keys(SN_AUTH_MD5, privs[i], &keys);
		make_keys(SN_AUTH_SHA1, privs[i], &others);
		out = request(&keys);
		ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
		ck_assert_int_eq(open_message(message, &keys, &o), SN_OK);
		/* another key */
		ck_assert_int_eq(sn_usm_open(&o.m, &o.params, &others, scratch, &s), SN_EDECRYPT);
		/* a salt that is none */
		bad = o;
		bad.params.priv.n = 7;
		ck_assert_int_eq(sn_usm_open(&bad.m, &bad.params, &keys, scratch, &s), SN_EDECRYPT);
		bad.params.priv.n = 0;
		ck_assert_int_eq(sn_usm_open(&bad.m, &bad.params, &keys, scratch, &s), SN_EDECRYPT);
		/* nothing, and a part of it: no whole block, or a ScopedPDU cut short */
		bad = o;
		for (size_t n = 0; n < o.m.data.n - SN_PRIV_PAD_MAX; n++) {
			bad.m.data.n = n;
			ck_assert_int_eq(sn_usm_open(&bad.m, &bad.params, &keys, scratch, &s),
					 SN_EDECRYPT);
		}
		sn_usm_keys_fini(&keys);
		sn_usm_keys_fini(&others);
	}
}
END_TEST

START_TEST(a_plaintext_keeps_its_readers_errors)
{
	static const struct {
		const char *hex; /* msgData */
		int rc;		 /* expected */
	} rows[] = {
		{"30 11 04 00 04 00 a0 0b 02 01 06 02 01 00 02 01 00 30 00", SN_OK},
		{"30 12 04 00 04 00 a0 0b 02 01 06 02 01 00 02 01 00 30 00", SN_ETRUNC},
		{"30 11 04 00 05 00 a0 0b 02 01 06 02 01 00 02 01 00 30 00", SN_ETAG},
		{"30 11 04 80 04 00 a0 0b 02 01 06 02 01 00 02 01 00 30 00", SN_ELENGTH},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_v3_message m = {.data = bytes_hex(rows[i].hex)};
		struct sn_usm_params p = {.boots = 0};
		struct sn_scoped_pdu s;

		ck_assert_int_eq(sn_usm_open(&m, &p, NULL, NULL, &s), rows[i].rc);
	}
}
END_TEST

/* Allocations of ours, counted; those inside foreign libraries are not seen here. */
static long allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

START_TEST(sealing_and_opening_take_no_memory)
{
	void *volatile counted = malloc(1);

	ck_assert_int_gt(allocations, 0);
	free(counted);
	for (unsigned priv = 0; priv < SN_PRIV_COUNT; priv++) {
		uint8_t buf[500];
		uint8_t scratch[500];
		struct sn_usm_keys keys;
		struct sn_usm_outgoing out;
		struct sn_span message;
		struct opened o;
		long before;

		make_keys(SN_AUTH_SHA1, priv, &keys);
		before = allocations;
		out = request(&keys);
		suite_expect(sn_usm_seal(&out, buf, sizeof(buf), &message) == SN_OK);
		suite_expect(sn_v3_read(message, &o.m) == SN_OK);
		suite_expect(sn_usm_params_read(o.m.security, &o.params) == SN_OK);
		suite_expect(sn_auth_check(keys.auth, &keys.hmac, o.m.whole, o.params.auth) ==
			     SN_OK);
		suite_expect(sn_usm_open(&o.m, &o.params, &keys, scratch, &o.scoped) == SN_OK);
		ck_assert_int_eq(allocations, before);
		sn_usm_keys_fini(&keys);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {equals_messages_made_elsewhere,
				      a_discovery_request_needs_no_keys,
				      opens_what_it_seals_with_every_protocol,
				      the_room_it_asks_for_is_enough_and_less_never_overruns,
				      nothing_of_the_plaintext_stays_in_the_buffer,
				      no_octet_of_a_signed_message_can_change,
				      a_mac_of_another_length_or_key_is_refused,
				      opening_wants_keys_with_privacy,
				      what_does_not_decrypt_to_a_scoped_pdu_is_refused,
				      a_plaintext_keeps_its_readers_errors,
				      sealing_and_opening_take_no_memory,
				      NULL};

	return suite_run_tests("seal", tests, 30);
}
