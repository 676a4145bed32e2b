/*
 * SNMPv3 requests of a session against one engine that does as it should: how many messages an
 * answer takes, what is learnt of the engine and when it is believed, how refusals end. What broken
 * and hostile agents do is in tests/replay. Behaviour of session/requester.h and
 * session/discovery.h with version 3.
 */
#include "session/discovery.h"

#include "base/clock.h"
#include "io/fake.h"
#include "msg/peek.h"
#include "usm/authority.h"
#include "usm/engine.h"

#include "support/suite.h"

enum { WINDOW = 4, REQUESTS = 8, SLOTS = 16, ROOM = 2048 };

#define DELAY SN_NS_PER_MS
#define PASSWORD "maplesyrup"

struct asked {
	struct sn_request rq; /* first: a request is one of these */
	unsigned done;	      /* calls of done */
	int err;	      /* of the last */
};

static struct sn_worker w;
static struct sn_session s;
static struct sn_fake *net;
static struct sn_device dev;
static struct asked q[REQUESTS];
static uint8_t names[64];
static struct sn_span vbs;

/* The engine. */
static struct sn_authority agent;
static struct sn_usm_account account;
static struct sn_usm_user theirs; /* the user as the agent knows it */
static unsigned heard;		  /* messages that reached it */
static size_t largest;		  /* octets of the largest of these */
static bool silent;
static bool deaf_to_sealed; /* answers discovery only */

/* The manager's side. */
static struct sn_usm_user ours;
static struct sn_usm_access access_;

static void peer(void *ctx, struct sn_fake *n, const struct sn_addr *to, const struct sn_addr *from,
		 struct sn_span data, uint64_t now)
{
	uint8_t scratch[ROOM];
	uint8_t buf[ROOM];
	struct sn_authority_request rq;
	struct sn_span out;
	enum sn_authority_verdict verdict;
	int rc;

	(void)ctx;
	heard++;
	largest = data.n > largest ? data.n : largest;
	if (silent) {
		return;
	}
	verdict = sn_authority_open(&agent, data, now, scratch, &rq);
	suite_expect(verdict != SN_AUTHORITY_DROP);
	if (deaf_to_sealed && rq.params.engine_id.n) {
		return;
	}
	if (verdict == SN_AUTHORITY_SERVE) {
		struct sn_pdu pdu = rq.scoped.pdu;

		pdu.type = SN_PDU_RESPONSE;
		rc = sn_authority_respond(&agent, &rq, &pdu, now, buf, sizeof(buf), &out);
	} else {
		rc = sn_authority_report(&agent, &rq, now, buf, sizeof(buf), &out);
	}
	suite_expect(rc == SN_OK);
	sn_fake_reply(n, to, from, out, 0);
}

static void done(struct sn_request *rq, const struct sn_answer *answer)
{
	struct asked *a = (struct asked *)rq;

	suite_expect((answer->err == SN_OK) == (answer->pdu != NULL));
	if (answer->pdu) {
		suite_expect(sn_span_eq(answer->pdu->vbs, rq->vbs));
		suite_expect(answer->rtt_ns == 2 * DELAY);
	}
	a->done++;
	a->err = answer->err;
}

static void set_user(struct sn_usm_user *u, const char *name, uint8_t level, const char *password)
{
	memset(u, 0, sizeof(*u));
	u->name = sn_span_str(name);
	u->level = level;
	if (level & SN_V3_AUTH) {
		u->auth = SN_AUTH_SHA1;
		u->auth_n = u->priv_n = sn_auth_info(SN_AUTH_SHA1)->digest;
		suite_expect(sn_auth_password_to_key(SN_AUTH_SHA1, sn_span_str(password),
						     u->auth_key) == SN_OK);
		memcpy(u->priv_key, u->auth_key, u->auth_n);
	}
	u->priv = level & SN_V3_PRIV ? SN_PRIV_AES128 : SN_PRIV_NONE;
}

static void set_engine(uint8_t mark, uint32_t boots, uint64_t age_s)
{
	sn_authority_fini(&agent);
	memset(&account, 0, sizeof(account));
	account.user = &theirs;
	agent = (struct sn_authority){.id = {0x80, 0, 0, 0, 5, mark},
				      .id_n = 6,
				      .boots = boots,
				      .started = w.now - age_s * SN_NS_PER_SEC,
				      .max_size = ROOM,
				      .salt = mark,
				      .accounts = &account,
				      .naccounts = 1};
}

static void setup(uint8_t level)
{
	static const uint8_t uptime[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};
	const uint64_t seed = 77;
	struct sn_fake_config fc = {.seed = 1,
				    .start_mono = 1000000 * SN_NS_PER_SEC,
				    .link = {.delay_ns = DELAY},
				    .peer = peer,
				    .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = SLOTS, .seed = &seed};
	struct sn_device_config dc = {
		.version = SN_VERSION_3, .access = &access_, .window = WINDOW};
	struct sn_writer wr = sn_writer_make(names, sizeof(names));

	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
	sn_session_init(&s, &w);
	sn_varbind_write_null(&wr, sn_span_make(uptime, sizeof(uptime)));
	vbs = sn_writer_span(&wr);
	set_user(&theirs, "bert", level, PASSWORD);
	set_user(&ours, "bert", level, PASSWORD);
	access_ = (struct sn_usm_access){.user = &ours};
	set_engine(1, 3, 5000);
	ck_assert_int_eq(sn_addr_parse(&dc.addr, "192.0.2.1", 161), SN_OK);
	sn_device_init(&dev, &dc);
	for (int i = 0; i < REQUESTS; i++) {
		sn_request_init(&q[i].rq);
	}
}

static void teardown(void)
{
	sn_discovery_forget(&s, &dev);
	ck_assert_uint_eq(s.engines.used, 0);
	ck_assert_uint_eq(w.slots.used, 0);
	sn_session_fini(&s);
	sn_authority_fini(&agent);
	sn_worker_fini(&w);
}

static void start(struct asked *a)
{
	a->rq.dev = &dev;
	a->rq.done = done;
	a->rq.type = SN_PDU_GET;
	a->rq.vbs = vbs;
	a->rq.timeout_ns = 100 * SN_NS_PER_MS;
	a->rq.attempts_max = 3;
	a->done = 0;
	sn_request_start(&s, &a->rq);
}

static void run(uint64_t ns)
{
	uint64_t end = sn_io_now(w.io) + ns;

	while (sn_io_now(w.io) < end) {
		ck_assert_int_eq(sn_worker_turn(&w, end), SN_OK);
		w.now = sn_io_now(w.io);
	}
}

/* Asks once and gives the messages it took. */
static unsigned ask(int err)
{
	unsigned before = heard;

	start(&q[0]);
	run(SN_NS_PER_SEC);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, err);
	return heard - before;
}

static uint64_t counted(enum sn_counter id)
{
	return sn_counter_get(&w.counters, id);
}

static const uint8_t levels[] = {0, SN_V3_AUTH, SN_V3_AUTH | SN_V3_PRIV};

START_TEST(a_cold_start_takes_two_round_trips_and_all_later_requests_one)
{
	setup(levels[_i]);
	ck_assert_uint_eq(ask(SN_OK), 2);
	ck_assert_uint_eq(ask(SN_OK), 1);
	run(3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(ask(SN_OK), 1);
	ck_assert_uint_eq(counted(SN_C_DISCOVERIES), 1);
	ck_assert_uint_eq(counted(SN_C_RESYNCS), 1);
	ck_assert_uint_eq(counted(SN_C_RETRIES), 0);
	ck_assert_uint_eq(counted(SN_C_REQUESTS), 3);
	teardown();
}
END_TEST

START_TEST(requests_wait_until_the_engine_has_proved_itself)
{
	setup(levels[_i]);
	for (int i = 0; i < WINDOW; i++) {
		start(&q[i]);
	}
	run(3 * DELAY + DELAY / 2); /* Report taken, sealed request under way */
	ck_assert_uint_eq(heard, 2);
	ck_assert_ptr_null(dev.engine);
	ck_assert_ptr_nonnull(dev.candidate);
	ck_assert_uint_eq(dev.in_flight, 1);
	run(DELAY);
	ck_assert_ptr_nonnull(dev.engine);
	ck_assert_ptr_null(dev.candidate);
	ck_assert_uint_eq(dev.in_flight, WINDOW - 1);
	run(SN_NS_PER_SEC);
	ck_assert_uint_eq(heard, 1 + WINDOW);
	teardown();
}
END_TEST

START_TEST(an_engine_given_beforehand_needs_no_discovery)
{
	setup(SN_V3_AUTH | SN_V3_PRIV);
	ours.engine_id = sn_span_make(agent.id, agent.id_n);
	ck_assert_uint_eq(ask(SN_OK), 2); /* the first one learns the time */
	ck_assert_uint_eq(ask(SN_OK), 1);
	ck_assert_uint_eq(counted(SN_C_DISCOVERIES), 0);
	teardown();
}
END_TEST

START_TEST(an_engine_given_beforehand_is_never_exchanged)
{
	static const uint8_t other[] = {0x80, 0, 0, 0, 5, 99};

	setup(SN_V3_AUTH);
	ours.engine_id = sn_span_make(other, sizeof(other));
	ck_assert_uint_eq(ask(SN_EENGINE), 1);
	teardown();
}
END_TEST

START_TEST(a_wrong_password_ends_at_once_and_without_retries)
{
	setup(SN_V3_AUTH | SN_V3_PRIV);
	set_user(&ours, "bert", SN_V3_AUTH | SN_V3_PRIV, "newsyrup");
	ck_assert_uint_eq(ask(SN_EDIGEST), 2);
	ck_assert_uint_eq(ask(SN_EDIGEST), 1);
	ck_assert_uint_eq(counted(SN_C_REPORT_WRONG_DIGEST), 2);
	ck_assert_uint_eq(counted(SN_C_REFUSED), 2);
	ck_assert_uint_eq(counted(SN_C_TIMEOUTS), 0);
	ck_assert_ptr_null(dev.engine);
	teardown();
}
END_TEST

START_TEST(an_unknown_user_a_level_and_a_privacy_key_have_their_own_ends)
{
	setup(SN_V3_AUTH | SN_V3_PRIV);
	ours.name = sn_span_str("ernie");
	ck_assert_uint_eq(ask(SN_EUSER), 2);
	ours.name = theirs.name;
	ours.priv_key[0] ^= 1;
	sn_discovery_forget(&s, &dev);
	ck_assert_uint_eq(ask(SN_EDECRYPT), 2);
	theirs.level = SN_V3_AUTH;
	theirs.priv = SN_PRIV_NONE;
	set_engine(1, 3, 5000);
	ck_assert_uint_eq(ask(SN_ELEVEL), 1);
	teardown();
}
END_TEST

START_TEST(a_reboot_costs_one_more_message)
{
	setup(SN_V3_AUTH);
	ck_assert_uint_eq(ask(SN_OK), 2);
	set_engine(1, 4, 0);
	ck_assert_uint_eq(ask(SN_OK), 2);
	ck_assert_uint_eq(ask(SN_OK), 1);
	ck_assert_uint_eq(counted(SN_C_DISCOVERIES), 1);
	teardown();
}
END_TEST

START_TEST(a_clock_that_went_back_is_given_up_once_a_minute)
{
	setup(SN_V3_AUTH);
	ck_assert_uint_eq(ask(SN_OK), 2);
	set_engine(1, 3, 4000);
	ck_assert_uint_eq(ask(SN_OK), 3); /* stale; with no time at all; right */
	ck_assert_uint_eq(counted(SN_C_RX_NOT_IN_TIME_WINDOW), 1);
	set_engine(1, 3, 3000);
	ck_assert_uint_eq(ask(SN_ETIMEWINDOW), 1);
	run(60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(ask(SN_OK), 3);
	ck_assert_uint_eq(ask(SN_OK), 1);
	teardown();
}
END_TEST

START_TEST(another_engine_takes_over_once_it_has_proved_itself)
{
	setup(SN_V3_AUTH | SN_V3_PRIV);
	ck_assert_uint_eq(ask(SN_OK), 2);
	set_engine(2, 9, 77);
	ck_assert_uint_eq(ask(SN_OK), 2); /* its Report, then sealed for it */
	ck_assert_uint_eq(ask(SN_OK), 1);
	ck_assert_uint_eq(counted(SN_C_ENGINE_CHANGES), 1);
	set_engine(3, 9, 77);
	ck_assert_uint_eq(ask(SN_EENGINE), 1); /* so soon is not believed */
	run(60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(ask(SN_OK), 2);
	ck_assert_uint_eq(s.engines.used, 1);
	teardown();
}
END_TEST

START_TEST(silence_leads_to_a_discovery_before_anything_else)
{
	setup(SN_V3_AUTH);
	ck_assert_uint_eq(ask(SN_OK), 2);
	silent = true;
	ck_assert_uint_eq(ask(SN_ETIMEDOUT), 3);
	ck_assert(dev.suspect);
	ck_assert_uint_eq(ask(SN_ETIMEDOUT), 3);
	ck_assert_uint_eq(counted(SN_C_DISCOVERIES), 4);
	silent = false;
	ck_assert_uint_eq(ask(SN_OK), 2);
	ck_assert_uint_eq(ask(SN_OK), 1);
	teardown();
}
END_TEST

START_TEST(a_candidate_that_never_answers_is_dropped)
{
	setup(SN_V3_AUTH);
	start(&q[0]);
	run(2 * DELAY + DELAY / 2);
	silent = true;
	run(SN_NS_PER_SEC);
	ck_assert_int_eq(q[0].err, SN_EIGNORED);
	ck_assert_uint_eq(s.engines.used, 0);
	teardown();
}
END_TEST

START_TEST(silence_behind_an_answered_discovery_is_a_refusal)
{
	setup(SN_V3_AUTH | SN_V3_PRIV);
	deaf_to_sealed = true;
	ck_assert_uint_eq(ask(SN_EIGNORED), 4); /* discovery, three attempts */
	ck_assert_uint_eq(counted(SN_C_REFUSED), 1);
	ck_assert_uint_eq(counted(SN_C_TIMEOUTS), 0);
	deaf_to_sealed = false;
	ck_assert_uint_eq(ask(SN_OK), 2);
	teardown();
}
END_TEST

START_TEST(death_behind_a_reboot_is_no_refusal)
{
	setup(SN_V3_AUTH);
	ck_assert_uint_eq(ask(SN_OK), 2);
	set_engine(1, 4, 0);
	start(&q[0]);
	run(2 * DELAY + DELAY / 2); /* its notInTimeWindows is here */
	silent = true;
	run(SN_NS_PER_SEC);
	ck_assert_int_eq(q[0].err, SN_ETIMEDOUT);
	teardown();
}
END_TEST

START_TEST(no_message_exceeds_what_the_engine_takes)
{
	uint8_t many[700];
	struct sn_writer wr = sn_writer_make(many, sizeof(many));

	setup(SN_V3_AUTH | SN_V3_PRIV);
	agent.max_size = SN_V3_SIZE_MIN;
	ck_assert_uint_eq(ask(SN_OK), 2);
	for (int i = 0; i < 40; i++) {
		sn_ber_write_raw(&wr, sn_span_make(names + sizeof(names) - vbs.n, vbs.n));
	}
	vbs = sn_writer_span(&wr);
	ck_assert_uint_eq(ask(SN_EMSGSIZE), 0);
	teardown();
}
END_TEST

START_TEST(every_message_has_its_own_salt)
{
	uint64_t first;

	setup(SN_V3_AUTH | SN_V3_PRIV);
	first = s.salt;
	ck_assert_uint_eq(ask(SN_OK), 2);
	silent = true;
	ask(SN_ETIMEDOUT);
	ck_assert_uint_ge(s.salt - first, 4); /* retransmissions too */
	teardown();
}
END_TEST

struct traced {
	unsigned sent;
	unsigned received;
	unsigned clear; /* of both, with the PDU in clear */
};

static void on_event(void *ctx, const struct sn_trace_event *ev)
{
	struct traced *t = ctx;
	struct sn_scoped_pdu scoped;

	t->sent += ev->sent;
	t->received += !ev->sent;
	if (ev->scoped.n) {
		ck_assert_int_eq(sn_scoped_read(ev->scoped, &scoped), SN_OK);
		ck_assert(sn_span_eq(scoped.pdu.vbs, vbs));
		t->clear++;
	}
}

START_TEST(the_tracer_sees_what_was_encrypted)
{
	struct traced t = {0};

	setup(SN_V3_AUTH | SN_V3_PRIV);
	s.tracer = (struct sn_tracer){.ctx = &t, .event = on_event, .addr = dev.addr};
	ck_assert_uint_eq(ask(SN_OK), 2);
	ck_assert_uint_eq(t.sent, 2);
	ck_assert_uint_eq(t.received, 2);
	ck_assert_uint_eq(t.clear, 2);
	teardown();
}
END_TEST

int main(void)
{
	const TTest *const each_level[] = {
		a_cold_start_takes_two_round_trips_and_all_later_requests_one,
		requests_wait_until_the_engine_has_proved_itself, NULL};
	const TTest *const tests[] = {an_engine_given_beforehand_needs_no_discovery,
				      an_engine_given_beforehand_is_never_exchanged,
				      a_wrong_password_ends_at_once_and_without_retries,
				      an_unknown_user_a_level_and_a_privacy_key_have_their_own_ends,
				      a_reboot_costs_one_more_message,
				      a_clock_that_went_back_is_given_up_once_a_minute,
				      another_engine_takes_over_once_it_has_proved_itself,
				      silence_leads_to_a_discovery_before_anything_else,
				      a_candidate_that_never_answers_is_dropped,
				      silence_behind_an_answered_discovery_is_a_refusal,
				      death_behind_a_reboot_is_no_refusal,
				      no_message_exceeds_what_the_engine_takes,
				      every_message_has_its_own_salt,
				      the_tracer_sees_what_was_encrypted,
				      NULL};
	Suite *suite = suite_create("secure");
	TCase *tc = tcase_create("secure");

	for (const TTest *const *t = each_level; *t; t++) {
		tcase_add_loop_test(tc, *t, 0, 3);
	}
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
