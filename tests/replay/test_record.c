/*
 * Recording devices in virtual time: every instance once and in order, past what an agent does
 * wrong, and no secret. Behaviour of recorder/walk.h.
 */
#include "recorder/walk.h"

#include "recorder/line.h"
#include "support/agent.h"
#include "support/suite.h"

#define START_MONO (1000 * SN_NS_PER_SEC)
#define START_WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)

enum { ROWS = 40 };

struct bench {
	struct sn_fake *net;
	struct sn_worker w;
	struct sn_record rec;
	struct sn_record_config cfg;
	struct agents agents;
	struct sn_usm_user user;
	struct sn_usm_access access;
	unsigned over;
};

static struct bench b;
static const uint8_t whole_mib[] = {0x2b, 6};

static void on_over(void *ctx, struct sn_record *rec)
{
	struct bench *bench = ctx;

	(void)rec;
	bench->over++;
}

/* version: 0 for v2c, 1 for v1, 2 for v3. */
static void open_bench(int version)
{
	static const uint64_t seed = 11;
	static const int32_t versions[] = {SN_VERSION_2C, SN_VERSION_1, SN_VERSION_3};
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = START_MONO,
				    .start_wall = START_WALL,
				    .link = {.delay_ns = SN_NS_PER_MS},
				    .peer = agents_peer,
				    .peer_ctx = &b.agents,
				    .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = 16, .seed = &seed};

	memset(&b, 0, sizeof(b));
	ck_assert_int_eq(agents_init(&b.agents, 1, ROWS, START_MONO), SN_OK);
	b.user.name = sn_span_str("recorder");
	b.access.user = &b.user;
	if (version == 2) {
		ck_assert_int_eq(agents_secure(&b.agents, &b.user), SN_OK);
	}
	b.agents.agent[0].boot_age = SN_NS_PER_SEC;
	b.cfg = (struct sn_record_config){.device = {.addr = agent_addr(0),
						     .version = versions[version],
						     .community = sn_span_str("public"),
						     .access = version == 2 ? &b.access : NULL,
						     .window = 1},
					  .start = sn_span_make(whole_mib, sizeof(whole_mib)),
					  .repetitions = 25,
					  .timeout_ns = SN_NS_PER_SEC,
					  .attempts = 3,
					  .lines_max = 100000,
					  .ctx = &b,
					  .over = on_over};
	ck_assert_int_eq(sn_fake_open(&fc, &b.net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&b.w, &wc, sn_fake_io(b.net)), SN_OK);
}

static void record(void)
{
	sn_record_init(&b.rec, &b.w, &b.cfg);
	sn_record_begin(&b.rec);
	for (int i = 0; i < 100000 && !b.over; i++) {
		suite_expect(sn_worker_turn(&b.w, SN_TIME_NEVER) == SN_OK);
	}
	ck_assert_uint_eq(b.over, 1);
	ck_assert(!b.rec.running);
	sn_record_sort(&b.rec);
	for (uint32_t i = 1; i < b.rec.nlines; i++) {
		suite_expect(sn_oid_cmp(b.rec.lines[i - 1].name, b.rec.lines[i].name) < 0);
	}
}

static void close_bench(void)
{
	sn_record_fini(&b.rec);
	sn_worker_fini(&b.w);
	agents_secure_fini(&b.agents);
	agents_fini(&b.agents);
}

/* Instances the agent has, in `skipped` fewer; each in its line with its value. */
static void check_lines(uint32_t skipped)
{
	struct agent *a = &b.agents.agent[0];
	struct sn_span name = sn_span_make(whole_mib, sizeof(whole_mib));
	uint32_t found = 0;
	uint32_t there = 0;
	enum agent_object object;
	uint8_t oid[SN_OID_MAX_BER];
	char text[SN_OID_MAX_TEXT + 16];
	uint32_t index;

	while (agent_next(&b.agents, a, name, b.cfg.device.version, b.w.now, &object, &index)) {
		struct sn_span base = agent_oid(object);
		int n;

		memcpy(oid, base.p, base.n);
		name = sn_span_make(oid, base.n + sn_oid_write_arc(oid + base.n, index));
		n = sn_oid_to_text(name, text, SN_OID_MAX_TEXT);
		ck_assert_int_gt(n, 0);
		snprintf(text + n, 16, "|%u", agent_tag(object));
		there++;
		found += found < b.rec.nlines &&
			 strncmp(b.rec.lines[found].text, text, strlen(text)) == 0;
	}
	ck_assert_uint_gt(there, ROWS);
	ck_assert_uint_eq(found, b.rec.nlines);
	ck_assert_uint_eq(b.rec.nlines + skipped, there);
}

START_TEST(every_instance_is_recorded_once)
{
	open_bench(_i);
	record();
	ck_assert_int_eq(b.rec.err, SN_OK);
	ck_assert_str_eq(b.rec.note, "");
	check_lines(0);
	ck_assert_uint_eq(b.rec.bad + b.rec.errors + b.rec.secrets, 0);
	close_bench();
}
END_TEST

START_TEST(goes_on_past_objects_that_fail)
{
	open_bench(_i);
	b.agents.agent[0].error_status = SN_STATUS_GEN_ERR;
	b.agents.agent[0].error_objects = AGENT_BIT(AGENT_IF_SPEED);
	b.agents.agent[0].error_first = 7;
	record();
	ck_assert_uint_gt(b.rec.errors, 0);
	ck_assert_uint_gt(b.rec.nlines, 4 * ROWS);
	close_bench();
}
END_TEST

START_TEST(asks_for_less_where_answers_would_be_too_big)
{
	open_bench(0);
	b.agents.agent[0].too_big_above = 300;
	b.agents.agent[0].max_message = 65000;
	record();
	ck_assert_int_eq(b.rec.err, SN_OK);
	check_lines(0);
	close_bench();
}
END_TEST

START_TEST(loss_and_doubled_answers_leave_no_trace)
{
	struct sn_fake_link rough = {
		.delay_ns = SN_NS_PER_MS, .loss_ppm = 50000, .dup_ppm = 100000};

	open_bench(_i);
	sn_fake_set_link(b.net, &rough);
	b.cfg.attempts = 8;
	record();
	ck_assert_int_eq(b.rec.err, SN_OK);
	check_lines(0);
	close_bench();
}
END_TEST

START_TEST(ends_with_a_note_where_oids_do_not_increase)
{
	open_bench(_i);
	b.agents.agent[0].jumps[0] =
		(struct agent_jump){.object = AGENT_IF_DESCR, .from = 20, .to = 5};
	record();
	ck_assert_int_eq(b.rec.err, SN_EOID);
	ck_assert_ptr_nonnull(strstr(b.rec.note, "not increasing after 1.3.6.1.2.1.2.2.1.2.20"));
	ck_assert_uint_gt(b.rec.nlines, ROWS);
	close_bench();
}
END_TEST

START_TEST(keeps_what_it_has_of_an_agent_that_dies)
{
	open_bench(_i);
	b.agents.agent[0].dies_after = 6;
	record();
	ck_assert_int_ne(b.rec.err, SN_OK);
	ck_assert_str_ne(b.rec.note, "");
	ck_assert_uint_gt(b.rec.nlines, 0);
	close_bench();
}
END_TEST

START_TEST(begins_and_ends_where_it_is_told)
{
	static const uint8_t start[] = {0x2b, 6, 1, 2, 1, 2, 2, 1, 2};
	static const uint8_t stop[] = {0x2b, 6, 1, 2, 1, 2, 2, 1, 3};

	open_bench(_i);
	b.cfg.start = sn_span_make(start, sizeof(start));
	b.cfg.stop = sn_span_make(stop, sizeof(stop));
	record();
	ck_assert_int_eq(b.rec.err, SN_OK);
	ck_assert_uint_eq(b.rec.nlines, ROWS);
	close_bench();
}
END_TEST

START_TEST(an_endless_agent_ends_at_the_limit)
{
	open_bench(0);
	b.agents.agent[0].endless = AGENT_BIT(AGENT_IF_IN_OCTETS);
	b.cfg.lines_max = 5000;
	record();
	ck_assert_int_eq(b.rec.err, SN_EFULL);
	ck_assert_uint_eq(b.rec.nlines, 5000);
	close_bench();
}
END_TEST

/* The community we ask with is part of the agent's name. */
START_TEST(our_community_is_never_recorded)
{
	struct sn_value v;
	uint8_t buf[64];
	static char name[64];

	open_bench(0);
	agent_value(&b.agents, &b.agents.agent[0], AGENT_SYS_NAME, 0, START_MONO, &v, buf);
	ck_assert_uint_eq(v.tag, SN_TAG_OCTETS);
	ck_assert_uint_gt(v.bytes.n, 2);
	memcpy(name, v.bytes.p + 1, v.bytes.n - 1);
	b.agents.agent[0].community = name;
	b.cfg.device.community = sn_span_str(name);
	record();
	ck_assert_uint_eq(b.rec.secrets, 1);
	for (uint32_t i = 0; i < b.rec.nlines; i++) {
		ck_assert_ptr_null(strstr(b.rec.lines[i].text, name));
	}
	check_lines(1);
	close_bench();
}
END_TEST

int main(void)
{
	const TTest *const each[] = {every_instance_is_recorded_once,
				     goes_on_past_objects_that_fail,
				     loss_and_doubled_answers_leave_no_trace,
				     ends_with_a_note_where_oids_do_not_increase,
				     keeps_what_it_has_of_an_agent_that_dies,
				     begins_and_ends_where_it_is_told,
				     NULL};
	const TTest *const single[] = {asks_for_less_where_answers_would_be_too_big,
				       an_endless_agent_ends_at_the_limit,
				       our_community_is_never_recorded, NULL};
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");

	tcase_set_timeout(tc, 60);
	for (const TTest *const *t = each; *t; t++) {
		tcase_add_loop_test(tc, *t, 0, 3);
	}
	for (const TTest *const *t = single; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
