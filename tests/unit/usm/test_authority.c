/*
 * The authoritative side of USM: every verdict, every Report read back as a manager would, the
 * levels, the order of the checks, and what is dropped without a word.
 */
#include "usm/authority.h"

#include "base/clock.h"
#include "support/suite.h"
#include "usm/timeliness.h"

enum { OPEN, AUTH, PRIV, USERS, MSG_ID = 4711, REQUEST_ID = 815, BOOTS = 7, TIME = 1000 };

#define NOW ((uint64_t)TIME * SN_NS_PER_SEC)

static const uint8_t engine_id[] = {0x80, 0, 0x1f, 0x88, 4, 't', 'e', 's', 't'};
static const char *const names[USERS] = {"open", "auth", "priv"};

static struct sn_usm_user user[USERS];
static struct sn_usm_account account[USERS];
static struct sn_usm_keys manager[USERS]; /* the same keys, at the other end */
static struct sn_authority a;
static struct sn_authority_request rq;

/* The message under test, and room for what comes of it. */
static struct sn_usm_outgoing out;
static uint8_t asked_buf[2000];
static uint8_t scratch[2000];
static uint8_t answer_buf[2000];
static uint8_t clear[2000];
static struct sn_span asked;
static struct sn_span answer;

/* An answer as the manager reads it. */
static struct sn_v3_message m;
static struct sn_usm_params params;
static struct sn_scoped_pdu scoped;

static struct sn_span id(void)
{
	return sn_span_make(engine_id, sizeof(engine_id));
}

static void make_user(int i)
{
	struct sn_usm_user *u = &user[i];

	*u = (struct sn_usm_user){.name = sn_span_str(names[i])};
	if (i != OPEN) {
		u->level = SN_V3_AUTH;
		u->auth = SN_AUTH_SHA256;
		u->auth_n = sn_auth_info(SN_AUTH_SHA256)->digest;
		memset(u->auth_key, 0x40 + i, u->auth_n);
	}
	if (i == PRIV) {
		u->level = SN_V3_AUTH | SN_V3_PRIV;
		u->priv = SN_PRIV_AES128;
		u->priv_n = u->auth_n;
		memset(u->priv_key, 0x50, u->priv_n);
	}
}

static void setup(void)
{
	memset(&a, 0, sizeof(a));
	memcpy(a.id, engine_id, sizeof(engine_id));
	a.id_n = sizeof(engine_id);
	a.boots = BOOTS;
	a.max_size = 1472;
	a.salt = 99;
	a.accounts = account;
	a.naccounts = USERS;
	for (int i = 0; i < USERS; i++) {
		make_user(i);
		account[i] = (struct sn_usm_account){.user = &user[i]};
		ck_assert_int_eq(sn_usm_user_localize(&user[i], id(), &manager[i]), SN_OK);
	}
}

static void teardown(void)
{
	sn_authority_fini(&a);
	for (int i = 0; i < USERS; i++) {
		sn_usm_keys_fini(&manager[i]);
	}
}

/* A sound GET of this user; the test then spoils it. */
static void prepare(int i, uint8_t level)
{
	out = (struct sn_usm_outgoing){
		.msg_id = MSG_ID,
		.max_size = 1472,
		.flags = level | SN_V3_REPORTABLE,
		.boots = BOOTS,
		.time = TIME,
		.salt = 5,
		.engine_id = id(),
		.user = sn_span_str(names[i]),
		.keys = &manager[i],
		.scoped = {.engine_id = id(),
			   .context = sn_span_str("ctx"),
			   .pdu = {.type = SN_PDU_GET, .request_id = REQUEST_ID}}};
}

static enum sn_authority_verdict submit(uint64_t now)
{
	ck_assert_int_eq(sn_usm_seal(&out, asked_buf, sizeof(asked_buf), &asked), SN_OK);
	return sn_authority_open(&a, asked, now, scratch, &rq);
}

/* Reads `answer` with these keys, as far as its flags want them. */
static void read_answer(const struct sn_usm_keys *keys, uint32_t boots, uint32_t time)
{
	ck_assert_int_eq(sn_v3_read(answer, &m), SN_OK);
	ck_assert_int_eq(sn_usm_params_read(m.security, &params), SN_OK);
	ck_assert_int_eq(m.model, SN_V3_MODEL_USM);
	ck_assert_int_eq(m.max_size, 1472);
	ck_assert_int_eq(m.msg_id, MSG_ID);
	ck_assert(sn_span_eq(params.engine_id, id()));
	ck_assert_uint_eq(params.boots, boots);
	ck_assert_uint_eq(params.time, time);
	ck_assert(sn_span_eq(params.user, out.user));
	if (m.flags & SN_V3_AUTH) {
		ck_assert_int_eq(sn_auth_check((enum sn_auth_protocol)keys->auth, &keys->hmac,
					       m.whole, params.auth),
				 SN_OK);
	} else {
		ck_assert_uint_eq(params.auth.n, 0);
	}
	ck_assert_int_eq(sn_usm_open(&m, &params, keys, clear, &scoped), SN_OK);
}

/* The whole message is refused with this Report, at this level, under this request-id. */
static void expect_report_at(uint64_t now, enum sn_report report, uint8_t level, int32_t request_id,
			     uint32_t count)
{
	struct sn_cursor cur;
	struct sn_varbind vb;
	uint64_t value;

	ck_assert_int_eq(submit(now), SN_AUTHORITY_REPORT);
	ck_assert_int_eq(rq.report, report);
	ck_assert_uint_eq(a.stats[report], count);
	ck_assert_int_eq(sn_authority_report(&a, &rq, now, answer_buf, sizeof(answer_buf), &answer),
			 SN_OK);
	read_answer(out.keys, a.boots, sn_authority_time(&a, now));
	ck_assert_uint_eq(m.flags, level);
	ck_assert(sn_span_eq(scoped.engine_id, id()));
	ck_assert_uint_eq(scoped.context.n, 0);
	ck_assert_uint_eq(scoped.pdu.type, SN_PDU_REPORT);
	ck_assert_int_eq(scoped.pdu.request_id, request_id);
	ck_assert_int_eq(scoped.pdu.status, 0);
	ck_assert_int_eq(scoped.pdu.index, 0);
	ck_assert_int_eq(sn_report_read(&scoped.pdu), report);
	cur = sn_cursor_make(scoped.pdu.vbs);
	ck_assert(sn_varbind_next(&cur, &vb));
	ck_assert_uint_eq(vb.tag, SN_TAG_COUNTER32);
	ck_assert_int_eq(sn_ber_uint(vb.value, 32, &value), SN_OK);
	ck_assert_uint_eq(value, count);
	ck_assert(!sn_varbind_next(&cur, &vb));
	/* nobody is to be flooded with Reports: engine IDs and one varbind, that is all */
	ck_assert_uint_le(answer.n, asked.n + 64);
}

static void expect_report(enum sn_report report, uint8_t level, int32_t request_id)
{
	expect_report_at(NOW, report, level, request_id, a.stats[report] + 1);
}

START_TEST(discovery_is_answered_with_our_engine_id)
{
	prepare(OPEN, 0);
	out.engine_id = sn_span_make(NULL, 0);
	out.user = sn_span_make(NULL, 0);
	out.boots = 0;
	out.time = 0;
	out.scoped = (struct sn_scoped_pdu){.pdu = {.type = SN_PDU_GET, .request_id = REQUEST_ID}};
	expect_report_at(NOW, SN_REPORT_UNKNOWN_ENGINE_IDS, 0, REQUEST_ID, 1);
	expect_report_at(NOW + 90 * SN_NS_PER_SEC, SN_REPORT_UNKNOWN_ENGINE_IDS, 0, REQUEST_ID, 2);
}
END_TEST

START_TEST(every_engine_id_but_ours_is_unknown)
{
	static const uint8_t other[32] = {0x80, 0, 0x1f, 0x88, 4, 't', 'e', 's', 'u'};
	static const size_t lengths[] = {1, 4, 5, 8, 9, 10, 32};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		prepare(PRIV, SN_V3_AUTH);
		out.engine_id = sn_span_make(other, lengths[i]);
		expect_report(SN_REPORT_UNKNOWN_ENGINE_IDS, 0, REQUEST_ID);
	}
	ck_assert(!account[PRIV].ready);
}
END_TEST

START_TEST(user_names_are_compared_whole)
{
	static const char *const strangers[] = {"", "o", "ope", "opens", "Open", "stranger"};

	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		prepare(OPEN, 0);
		out.user = sn_span_str(strangers[i]);
		expect_report(SN_REPORT_UNKNOWN_USER_NAMES, 0, REQUEST_ID);
	}
}
END_TEST

START_TEST(a_level_above_the_users_is_unsupported)
{
	prepare(OPEN, SN_V3_AUTH);
	out.keys = &manager[AUTH];
	expect_report(SN_REPORT_UNSUPPORTED_SEC_LEVELS, 0, REQUEST_ID);
	prepare(AUTH, SN_V3_AUTH | SN_V3_PRIV);
	out.keys = &manager[PRIV];
	expect_report(SN_REPORT_UNSUPPORTED_SEC_LEVELS, 0, 0); /* encrypted: no request-id */
	prepare(OPEN, SN_V3_AUTH | SN_V3_PRIV);
	out.keys = &manager[PRIV];
	expect_report(SN_REPORT_UNSUPPORTED_SEC_LEVELS, 0, 0);
}
END_TEST

START_TEST(another_key_is_a_wrong_digest)
{
	prepare(AUTH, SN_V3_AUTH);
	out.keys = &manager[PRIV];
	expect_report(SN_REPORT_WRONG_DIGESTS, 0, REQUEST_ID);
	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	manager[PRIV].hmac = manager[AUTH].hmac;
	expect_report(SN_REPORT_WRONG_DIGESTS, 0, 0);
}
END_TEST

/* The message of prepare(AUTH) with a MAC of n octets, the first of which are right. */
static void seal_with_mac_of(size_t n)
{
	struct sn_writer w = sn_writer_make(asked_buf, sizeof(asked_buf));
	struct sn_usm_params p = {.engine_id = out.engine_id,
				  .boots = out.boots,
				  .time = out.time,
				  .user = out.user,
				  .auth = sn_span_make(NULL, n)};
	struct sn_v3_message head = {.msg_id = out.msg_id,
				     .max_size = out.max_size,
				     .model = SN_V3_MODEL_USM,
				     .flags = out.flags};
	uint8_t whole[SN_AUTH_MAC_MAX + 8] = {0};
	uint8_t *mac;

	sn_scoped_write(&w, &out.scoped);
	mac = sn_usm_params_write(&w, &p);
	sn_v3_write_header(&w, &head, w.end);
	ck_assert_int_eq(w.err, SN_OK);
	asked = sn_writer_span(&w);
	/* the real MAC goes in only where all of it fits */
	if (n >= sn_auth_info(SN_AUTH_SHA256)->mac) {
		sn_auth_sign(SN_AUTH_SHA256, &out.keys->hmac, asked, mac);
	} else {
		memcpy(mac, whole, n);
	}
}

START_TEST(a_mac_of_another_length_is_a_wrong_digest)
{
	static const size_t lengths[] = {0, 1, 11, 12, 23, 25, 32};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		prepare(AUTH, SN_V3_AUTH);
		seal_with_mac_of(lengths[i]);
		ck_assert_int_eq(sn_authority_open(&a, asked, NOW, scratch, &rq),
				 SN_AUTHORITY_REPORT);
		ck_assert_int_eq(rq.report, SN_REPORT_WRONG_DIGESTS);
		ck_assert_uint_eq(rq.level, 0);
		ck_assert_uint_eq(a.stats[SN_REPORT_WRONG_DIGESTS], i + 1);
	}
	seal_with_mac_of(24);
	ck_assert_int_eq(sn_authority_open(&a, asked, NOW, scratch, &rq), SN_AUTHORITY_SERVE);
}
END_TEST

START_TEST(no_octet_of_an_authentic_message_may_change)
{
	int served = 0;

	prepare(AUTH, SN_V3_AUTH);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	for (size_t i = 0; i < asked.n; i++) {
		asked_buf[asked.p - asked_buf + (ptrdiff_t)i] ^= 1;
		if (sn_authority_open(&a, asked, NOW, scratch, &rq) == SN_AUTHORITY_SERVE) {
			ck_assert_uint_eq(rq.level, 0); /* msgFlags: claims nothing now */
			served++;
		}
		asked_buf[asked.p - asked_buf + (ptrdiff_t)i] ^= 1;
	}
	ck_assert_int_le(served, 1);
}
END_TEST

START_TEST(the_window_is_150_seconds_each_way)
{
	for (uint32_t t = TIME - 152; t <= TIME + 152; t++) {
		bool in = t >= TIME - 150 && t <= TIME + 150;

		prepare(AUTH, SN_V3_AUTH);
		out.time = t;
		if (in) {
			ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
		} else {
			expect_report(SN_REPORT_NOT_IN_TIME_WINDOWS, SN_V3_AUTH, REQUEST_ID);
		}
	}
	ck_assert_uint_eq(a.stats[SN_REPORT_NOT_IN_TIME_WINDOWS], 4);
}
END_TEST

START_TEST(other_boots_are_outside_the_window)
{
	static const uint32_t boots[] = {0, BOOTS - 1, BOOTS + 1, SN_ENGINE_BOOTS_MAX};

	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++) {
		prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
		out.boots = boots[i];
		/* authNoPriv although the message was encrypted: RFC 3414 §3.2 7a */
		expect_report(SN_REPORT_NOT_IN_TIME_WINDOWS, SN_V3_AUTH, 0);
	}
}
END_TEST

START_TEST(latched_boots_authenticate_nothing)
{
	a.boots = SN_ENGINE_BOOTS_MAX;
	prepare(AUTH, SN_V3_AUTH);
	out.boots = SN_ENGINE_BOOTS_MAX;
	expect_report(SN_REPORT_NOT_IN_TIME_WINDOWS, SN_V3_AUTH, REQUEST_ID);
	ck_assert_uint_eq(params.boots, SN_ENGINE_BOOTS_MAX);
	/* without authentication there is no window */
	prepare(OPEN, 0);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
}
END_TEST

START_TEST(time_runs_over_into_boots)
{
	const uint64_t span = ((uint64_t)SN_ENGINE_TIME_MAX + 1) * SN_NS_PER_SEC;

	a.started = 5 * SN_NS_PER_SEC;
	ck_assert_uint_eq(sn_authority_time(&a, a.started), 0);
	ck_assert_uint_eq(sn_authority_time(&a, a.started + span - 1), SN_ENGINE_TIME_MAX);
	ck_assert_uint_eq(a.boots, BOOTS);
	prepare(AUTH, SN_V3_AUTH);
	out.boots = BOOTS + 1;
	out.time = 0;
	ck_assert_int_eq(submit(a.started + span), SN_AUTHORITY_SERVE);
	ck_assert_uint_eq(a.boots, BOOTS + 1);
	ck_assert_uint_eq(sn_authority_time(&a, a.started + 3 * SN_NS_PER_SEC), 3);
	a.boots = SN_ENGINE_BOOTS_MAX - 1;
	ck_assert_uint_eq(sn_authority_time(&a, a.started + 3 * span), 0);
	ck_assert_uint_eq(a.boots, SN_ENGINE_BOOTS_MAX); /* latched: never beyond, never anew */
}
END_TEST

START_TEST(what_does_not_decrypt_is_reported)
{
	uint8_t key[SN_PRIV_KEY_MAX] = {1};
	struct sn_usm_keys spoilt = manager[PRIV];

	ck_assert_int_eq(sn_priv_init(&spoilt.cipher, SN_PRIV_AES128, key), SN_OK);
	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	out.keys = &spoilt;
	expect_report(SN_REPORT_DECRYPTION_ERRORS, 0, 0);
	sn_priv_fini(&spoilt.cipher);
}
END_TEST

/* All is wrong; one after the other is put right, in the order of RFC 3414 §3.2. */
START_TEST(the_first_error_is_the_one_reported)
{
	uint8_t key[SN_PRIV_KEY_MAX] = {1};
	struct sn_usm_keys spoilt = manager[PRIV];

	ck_assert_int_eq(sn_priv_init(&spoilt.cipher, SN_PRIV_AES128, key), SN_OK);
	spoilt.hmac = manager[AUTH].hmac;
	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	out.keys = &spoilt;
	out.boots = 1;
	out.user = sn_span_str("nobody");
	out.engine_id = sn_span_str("no engine");
	expect_report(SN_REPORT_UNKNOWN_ENGINE_IDS, 0, 0);
	out.engine_id = id();
	expect_report(SN_REPORT_UNKNOWN_USER_NAMES, 0, 0);
	out.user = sn_span_str("open");
	expect_report(SN_REPORT_UNSUPPORTED_SEC_LEVELS, 0, 0);
	out.user = sn_span_str("priv");
	expect_report(SN_REPORT_WRONG_DIGESTS, 0, 0);
	spoilt.hmac = manager[PRIV].hmac;
	expect_report(SN_REPORT_NOT_IN_TIME_WINDOWS, SN_V3_AUTH, 0);
	out.boots = BOOTS;
	expect_report(SN_REPORT_DECRYPTION_ERRORS, 0, 0);
	out.keys = &manager[PRIV];
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	sn_priv_fini(&spoilt.cipher);
}
END_TEST

static void expect_answer(int i, uint8_t level)
{
	static const uint8_t vbs[] = {0x30, 0x07, 0x06, 0x03, 0x2b, 6, 1, 5, 0};
	struct sn_pdu pdu = {.type = SN_PDU_RESPONSE,
			     .request_id = REQUEST_ID,
			     .status = 5,
			     .index = 1,
			     .vbs = sn_span_make(vbs, sizeof(vbs))};

	prepare(i, level);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	ck_assert_ptr_eq(rq.account, &account[i]);
	ck_assert_uint_eq(rq.scoped.pdu.type, SN_PDU_GET);
	ck_assert_int_eq(rq.scoped.pdu.request_id, REQUEST_ID);
	ck_assert(sn_span_eq(rq.scoped.context, sn_span_str("ctx")));
	ck_assert_int_eq(sn_authority_respond(&a, &rq, &pdu, NOW + 60 * SN_NS_PER_SEC, answer_buf,
					      sizeof(answer_buf), &answer),
			 SN_OK);
	read_answer(&manager[i], BOOTS, TIME + 60);
	ck_assert_uint_eq(m.flags, level); /* a Response is never reportable */
	ck_assert(sn_span_eq(scoped.engine_id, id()));
	ck_assert(sn_span_eq(scoped.context, sn_span_str("ctx")));
	ck_assert_uint_eq(scoped.pdu.type, SN_PDU_RESPONSE);
	ck_assert_int_eq(scoped.pdu.status, 5);
	ck_assert(sn_span_eq(scoped.pdu.vbs, pdu.vbs));
}

START_TEST(requests_are_served_at_the_level_they_came_with)
{
	expect_answer(OPEN, 0);
	expect_answer(AUTH, SN_V3_AUTH);
	expect_answer(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	/* who may do more may ask for less: what he then sees is access control's business */
	expect_answer(AUTH, 0);
	expect_answer(PRIV, 0);
	expect_answer(PRIV, SN_V3_AUTH);
	for (int i = 0; i < SN_REPORT_COUNT; i++) {
		ck_assert_uint_eq(a.stats[i], 0);
	}
}
END_TEST

START_TEST(all_confirmed_pdus_are_served_and_no_others)
{
	static const uint8_t confirmed[] = {SN_PDU_GET, SN_PDU_GETNEXT, SN_PDU_GETBULK, SN_PDU_SET,
					    SN_PDU_INFORM};
	static const uint8_t others[] = {SN_PDU_RESPONSE, SN_PDU_TRAP_V2, SN_PDU_REPORT};

	for (size_t i = 0; i < sizeof(confirmed); i++) {
		prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
		out.scoped.pdu.type = confirmed[i];
		ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	}
	for (size_t i = 0; i < sizeof(others); i++) {
		prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
		out.scoped.pdu.type = others[i];
		ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
		ck_assert_uint_eq(a.stats[SN_REPORT_UNKNOWN_PDU_HANDLERS], i + 1);
	}
}
END_TEST

START_TEST(a_readable_pdu_decides_whether_there_is_a_report)
{
	prepare(OPEN, 0);
	out.user = sn_span_str("nobody");
	out.flags = 0; /* RFC 3412 §6.4: as though it had been set */
	expect_report(SN_REPORT_UNKNOWN_USER_NAMES, 0, REQUEST_ID);
	out.flags = SN_V3_REPORTABLE; /* and as though it had not */
	out.scoped.pdu.type = SN_PDU_RESPONSE;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
	out.scoped.pdu.type = SN_PDU_REPORT;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
	out.scoped.pdu.type = SN_PDU_TRAP_V2;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
	ck_assert_uint_eq(a.stats[SN_REPORT_UNKNOWN_USER_NAMES], 4);
}
END_TEST

START_TEST(the_flag_decides_where_the_pdu_cannot_be_read)
{
	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	out.boots = 1;
	expect_report(SN_REPORT_NOT_IN_TIME_WINDOWS, SN_V3_AUTH, 0);
	out.flags = SN_V3_AUTH | SN_V3_PRIV;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
	ck_assert_uint_eq(a.stats[SN_REPORT_NOT_IN_TIME_WINDOWS], 2);
}
END_TEST

START_TEST(malformed_messages_are_dropped_in_silence)
{
	prepare(OPEN, 0);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	for (size_t n = 0; n < asked.n; n++) {
		ck_assert_int_eq(sn_authority_open(&a, sn_span_make(asked.p, n), NOW, scratch, &rq),
				 SN_AUTHORITY_DROP);
	}
	/* msgData is what it should be from outside only; nothing else is wrong */
	out.scoped.pdu.type = 0xbf;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
	for (int i = 0; i < SN_REPORT_COUNT; i++) {
		ck_assert_uint_eq(a.stats[i], 0);
	}
}
END_TEST

/* The message of prepare() with another header. */
static enum sn_authority_verdict submit_header(int32_t model, uint8_t flags)
{
	struct sn_writer w = sn_writer_make(asked_buf, sizeof(asked_buf));
	struct sn_usm_params p = {.engine_id = id(), .user = out.user};
	struct sn_v3_message head = {
		.msg_id = MSG_ID, .max_size = 1472, .model = model, .flags = flags};

	sn_scoped_write(&w, &out.scoped);
	sn_usm_params_write(&w, &p);
	sn_v3_write_header(&w, &head, w.end);
	return sn_authority_open(&a, sn_writer_span(&w), NOW, scratch, &rq);
}

START_TEST(other_models_and_impossible_flags_are_counted_and_dropped)
{
	prepare(OPEN, 0);
	ck_assert_int_eq(submit_header(SN_V3_MODEL_USM, SN_V3_REPORTABLE), SN_AUTHORITY_SERVE);
	ck_assert_int_eq(submit_header(4, SN_V3_REPORTABLE), SN_AUTHORITY_DROP);
	ck_assert_int_eq(submit_header(1, SN_V3_PRIV), SN_AUTHORITY_DROP);
	ck_assert_uint_eq(a.stats[SN_REPORT_UNKNOWN_SECURITY_MODELS], 2);
	ck_assert_uint_eq(a.stats[SN_REPORT_INVALID_MSGS], 0);
	ck_assert_int_eq(submit_header(SN_V3_MODEL_USM, SN_V3_PRIV | SN_V3_REPORTABLE),
			 SN_AUTHORITY_DROP);
	ck_assert_int_eq(submit_header(SN_V3_MODEL_USM, SN_V3_LEVEL | SN_V3_REPORTABLE),
			 SN_AUTHORITY_DROP);
	ck_assert_uint_eq(a.stats[SN_REPORT_INVALID_MSGS], 2);
	/* bits that RFC 3412 §6.4 does not know are ignored */
	ck_assert_int_eq(submit_header(SN_V3_MODEL_USM, 0xf8), SN_AUTHORITY_SERVE);
}
END_TEST

START_TEST(an_answer_is_never_larger_than_the_asker_takes)
{
	static uint8_t big[1000];
	struct sn_pdu pdu = {.type = SN_PDU_RESPONSE, .request_id = 1};
	struct sn_writer w = sn_writer_make(big, sizeof(big));
	size_t empty;

	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	out.max_size = 600;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	sn_ber_write_tlv(&w, SN_TAG_OCTETS, sn_span_make(scratch, 300));
	pdu.vbs = sn_writer_span(&w);
	ck_assert_int_eq(sn_authority_respond(&a, &rq, &pdu, NOW, answer_buf, sizeof(answer_buf),
					      &answer),
			 SN_OK);
	empty = answer.n - pdu.vbs.n;
	pdu.vbs = sn_span_make(big, 600 - empty);
	ck_assert_int_eq(sn_authority_respond(&a, &rq, &pdu, NOW, answer_buf, sizeof(answer_buf),
					      &answer),
			 SN_OK);
	ck_assert_uint_eq(answer.n, 600);
	pdu.vbs.n++;
	ck_assert_int_eq(sn_authority_respond(&a, &rq, &pdu, NOW, answer_buf, sizeof(answer_buf),
					      &answer),
			 SN_EMSGSIZE);
	ck_assert_int_eq(sn_authority_respond(&a, &rq, &pdu, NOW, answer_buf, 300, &answer),
			 SN_ESPACE);
}
END_TEST

START_TEST(what_a_dispatcher_refuses_is_reported_at_the_requests_level)
{
	static char context[600];

	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	sn_authority_refuse(&a, &rq, SN_REPORT_UNKNOWN_CONTEXTS);
	ck_assert_int_eq(sn_authority_report(&a, &rq, NOW, answer_buf, sizeof(answer_buf), &answer),
			 SN_OK);
	read_answer(&manager[PRIV], BOOTS, TIME);
	ck_assert_uint_eq(m.flags, SN_V3_AUTH | SN_V3_PRIV);
	ck_assert_int_eq(sn_report_read(&scoped.pdu), SN_REPORT_UNKNOWN_CONTEXTS);
	ck_assert_int_eq(scoped.pdu.request_id, REQUEST_ID);
	ck_assert(sn_span_eq(scoped.context, sn_span_str("ctx")));
	ck_assert_uint_eq(a.stats[SN_REPORT_UNKNOWN_CONTEXTS], 1);
	/* an echo, but not of more than the asker takes */
	memset(context, 'x', sizeof(context));
	out.scoped.context = sn_span_make(context, sizeof(context));
	out.max_size = 500;
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	sn_authority_refuse(&a, &rq, SN_REPORT_UNKNOWN_CONTEXTS);
	ck_assert_int_eq(sn_authority_report(&a, &rq, NOW, answer_buf, sizeof(answer_buf), &answer),
			 SN_EMSGSIZE);
}
END_TEST

START_TEST(keys_are_made_when_they_are_needed_and_wiped_at_the_end)
{
	static const struct sn_usm_keys none;

	prepare(PRIV, 0);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	ck_assert(!account[PRIV].ready);
	prepare(PRIV, SN_V3_AUTH);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	ck_assert(account[PRIV].ready);
	ck_assert(!account[AUTH].ready);
	sn_authority_fini(&a);
	ck_assert(!account[PRIV].ready);
	ck_assert_int_eq(memcmp(&account[PRIV].keys.hmac, &none.hmac, sizeof(none.hmac)), 0);
	ck_assert_ptr_null(account[PRIV].keys.cipher.schedule);
	/* and made again */
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
}
END_TEST

START_TEST(a_user_whose_key_is_no_key_is_not_served)
{
	user[AUTH].auth_kind = SN_KEY_LOCALIZED;
	user[AUTH].auth_n = 3;
	prepare(AUTH, SN_V3_AUTH);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_DROP);
	ck_assert(!account[AUTH].ready);
	prepare(AUTH, 0);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
}
END_TEST

START_TEST(no_salt_comes_twice)
{
	struct sn_pdu pdu = {.type = SN_PDU_RESPONSE, .request_id = REQUEST_ID};
	uint8_t first[SN_PRIV_SALT];

	prepare(PRIV, SN_V3_AUTH | SN_V3_PRIV);
	ck_assert_int_eq(submit(NOW), SN_AUTHORITY_SERVE);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sn_authority_respond(&a, &rq, &pdu, NOW, answer_buf,
						      sizeof(answer_buf), &answer),
				 SN_OK);
		read_answer(&manager[PRIV], BOOTS, TIME);
		ck_assert_uint_eq(params.priv.n, SN_PRIV_SALT);
		if (i == 0) {
			memcpy(first, params.priv.p, SN_PRIV_SALT);
		}
	}
	ck_assert_int_ne(memcmp(first, params.priv.p, SN_PRIV_SALT), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {discovery_is_answered_with_our_engine_id,
				      every_engine_id_but_ours_is_unknown,
				      user_names_are_compared_whole,
				      a_level_above_the_users_is_unsupported,
				      another_key_is_a_wrong_digest,
				      a_mac_of_another_length_is_a_wrong_digest,
				      no_octet_of_an_authentic_message_may_change,
				      the_window_is_150_seconds_each_way,
				      other_boots_are_outside_the_window,
				      latched_boots_authenticate_nothing,
				      time_runs_over_into_boots,
				      what_does_not_decrypt_is_reported,
				      the_first_error_is_the_one_reported,
				      requests_are_served_at_the_level_they_came_with,
				      all_confirmed_pdus_are_served_and_no_others,
				      a_readable_pdu_decides_whether_there_is_a_report,
				      the_flag_decides_where_the_pdu_cannot_be_read,
				      malformed_messages_are_dropped_in_silence,
				      other_models_and_impossible_flags_are_counted_and_dropped,
				      an_answer_is_never_larger_than_the_asker_takes,
				      what_a_dispatcher_refuses_is_reported_at_the_requests_level,
				      keys_are_made_when_they_are_needed_and_wiped_at_the_end,
				      a_user_whose_key_is_no_key_is_not_served,
				      no_salt_comes_twice};
	Suite *s = suite_create("authority");
	TCase *tc = tcase_create("authority");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
