/*
 * Walked scalars that are not at instance 0: found once, then asked by name; what is nowhere is not
 * asked again and again; an agent that answers for instance 0 costs nothing. A device of a few
 * names over io/fake, polled with a plan that is compiled as one of a file is.
 */
#include "base/regex.h"
#include "codec/oid.h"
#include "collect/collector.h"
#include "msg/community.h"
#include "support/capture.h"
#include "support/shelf.h"
#include "support/suite.h"

#define SEC UINT64_C(1000000000)

enum { SCALARS = 60, NAMES = 70, HOUR = 60 /* rounds */ };

static const int32_t versions[] = {SN_VERSION_2C, SN_VERSION_1};

static struct {
	struct shelf shelf;
	struct sn_arena_pool pool;
	struct sn_arena arena;
	struct sn_module_metric metrics[SCALARS];
	struct sn_span walks[SCALARS];
	struct sn_span gets[SCALARS];
	char names[SCALARS][8];
	struct sn_module m;
	struct sn_plan plan;
	const struct sn_plan *plans[1];
	struct sn_target_spec spec;
	struct sn_fake *net;
	struct sn_worker w;
	struct sn_collector c;
	struct sn_outputs out;
	uint8_t octets[1 << 14]; /* of OIDs */
	size_t used;
	uint64_t uptime;

	/* The device. */
	uint8_t odd_type;   /* requests of this type ... */
	int32_t odd_status; /* ... have this error-status; 0: are lost */
	bool odd_named;	    /* with the first name's index */
	uint32_t max_names; /* tooBig for more; 0: any */

	/* The round under way, and the last one. */
	uint32_t heard;
	uint32_t last_heard;
	uint64_t values[SCALARS]; /* by metric */
	bool has[SCALARS];
	uint64_t last_values[SCALARS];
	bool last_has[SCALARS];
	uint32_t rounds;
	uint8_t status;
} d;

static struct sn_span oid(const char *text)
{
	int n = sn_oid_from_text(text, d.octets + d.used, sizeof(d.octets) - d.used);
	struct sn_span s;

	suite_expect(n > 0);
	s = sn_span_make(d.octets + d.used, (size_t)n);
	d.used += (size_t)n;
	return s;
}

static void put(const char *name, uint64_t number)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = number};

	shelf_put(&d.shelf, oid(name), &v);
}

static void drop(const char *name)
{
	shelf_drop(&d.shelf, shelf_find(&d.shelf, oid(name)));
}

static void put_uptime(void)
{
	struct sn_value v = {.tag = SN_TAG_TIMETICKS, .u = d.uptime};

	shelf_put(&d.shelf, oid("1.3.6.1.2.1.1.3.0"), &v);
}

/* A metric, with or without index; its name is its number. */
static void metric(const char *name, const struct sn_index *index)
{
	struct sn_module_metric *mm = &d.metrics[d.m.nmetrics];

	snprintf(d.names[d.m.nmetrics], sizeof(d.names[0]), "%u", d.m.nmetrics);
	*mm = (struct sn_module_metric){.name = d.names[d.m.nmetrics],
					.help = "",
					.oid = oid(name),
					.type.kind = SN_KIND_GAUGE,
					.indexes = index,
					.nindexes = index ? 1 : 0};
	d.m.nmetrics++;
}

static void walk(const char *name)
{
	d.walks[d.m.nwalks++] = oid(name);
}

static void get(const char *name)
{
	d.gets[d.m.ngets++] = oid(name);
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	(void)ctx;
	for (uint32_t c = 0; c < blk->schema->ncolumns; c++) {
		int number = atoi(blk->schema->columns[c].name);
		struct sn_value v;

		if (blk->nrows && sn_block_get(blk, sn_block_row(blk, 0), c, &v)) {
			d.values[number] = v.u;
			d.has[number] = true;
		}
	}
}

static void on_round(void *ctx, const struct sn_round *round)
{
	(void)ctx;
	d.status = round->status;
	d.last_heard = d.heard;
	memcpy(d.last_values, d.values, sizeof(d.values));
	memcpy(d.last_has, d.has, sizeof(d.has));
	memset(d.has, 0, sizeof(d.has));
	d.heard = 0;
	d.rounds++;
}

static uint32_t count_names(const struct sn_message *rq)
{
	struct sn_cursor cur = sn_cursor_make(rq->pdu.vbs);
	struct sn_varbind vb;
	uint32_t n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		n++;
	}
	return n;
}

static void refuse(struct sn_fake *net, const struct sn_addr *to, const struct sn_addr *sender,
		   struct sn_message *rq, int32_t status, int32_t index)
{
	uint8_t out[4096];
	struct sn_writer w = sn_writer_make(out, sizeof(out));

	rq->pdu.type = SN_PDU_RESPONSE;
	rq->pdu.status = status;
	rq->pdu.index = index;
	sn_community_write(&w, rq);
	sn_fake_reply(net, to, sender, sn_writer_span(&w), 0);
}

static sn_fake_peer_fn device;

static void device(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		   const struct sn_addr *sender, struct sn_span data, uint64_t now)
{
	struct sn_message rq;

	(void)ctx;
	suite_expect(sn_community_read(data, &rq) == SN_OK);
	d.heard++;
	if (d.max_names && count_names(&rq) > d.max_names) {
		refuse(net, to, sender, &rq, SN_STATUS_TOO_BIG, 0);
	} else if (d.odd_type != rq.pdu.type) {
		shelf_peer(&d.shelf, net, to, sender, data, now);
	} else if (d.odd_status) {
		refuse(net, to, sender, &rq, d.odd_status, d.odd_named);
	}
}

static void setup(void)
{
	memset(&d, 0, sizeof(d));
	shelf_init(&d.shelf, NULL);
	sn_arena_pool_init(&d.pool, 8192);
	sn_arena_init(&d.arena, &d.pool);
	d.uptime = 1000000;
	put_uptime();
	put("1.3.6.1.2.1.99.1.0", 1); /* something behind all */
	d.m = (struct sn_module){.name = "m",
				 .walks = d.walks,
				 .gets = d.gets,
				 .metrics = d.metrics,
				 .max_repetitions = 25,
				 .retries = -1};
}

/* All is described: the collector begins. */
static void start(int32_t version)
{
	static const uint64_t seed = 3;
	struct sn_worker_config wc = {.in_flight = 100, .seed = &seed};
	struct sn_collector_config cc = {.outs = &d.out, .max_jobs = 10};
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = 1000 * SEC,
				    .start_wall = 1700000000 * SEC,
				    .link = {.delay_ns = 1000000},
				    .peer = device,
				    .sockets4 = 1};
	static const struct sn_target_spec *specs[] = {&d.spec};
	char why[SN_PLAN_WHY_MAX];

	ck_assert_int_eq(sn_plan_build(&d.m, NULL, &d.arena, &d.plan, why), SN_OK);
	d.plans[0] = &d.plan;
	d.spec = (struct sn_target_spec){.origin = {.instance = "device"},
					 .version = (uint8_t)version,
					 .community = sn_span_str("public"),
					 .plans = d.plans,
					 .nplans = 1,
					 .modules = "m",
					 .interval_ns = 60 * SEC,
					 .timeout_ns = 2 * SEC,
					 .retries = 1,
					 .max_reply = 1400,
					 .max_rows = 1000,
					 .window = 4,
					 .hash = 12345,
					 .fingerprint = 1};
	ck_assert_int_eq(sn_addr_parse(&d.spec.addr, "10.0.0.1", 161), SN_OK);
	d.spec.scalars = sn_scalars_build(d.plans, 1, NULL, &d.arena);
	capture_init(&d.out, NULL, false);
	d.out.on_rows = on_rows;
	d.out.on_round = on_round;
	ck_assert_int_eq(sn_fake_open(&fc, &d.net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&d.w, &wc, sn_fake_io(d.net)), SN_OK);
	sn_collector_init(&d.c, &d.w, &cc);
	ck_assert_int_eq(sn_collector_apply(&d.c, specs, 1), SN_OK);
}

static void one_round(void)
{
	uint32_t n = d.rounds + 1;

	while (d.rounds < n) {
		suite_expect(sn_worker_turn(&d.w, sn_io_now(d.w.io) + SEC) == SN_OK);
	}
	d.uptime += 6000;
	put_uptime();
}

/* A round that is complete, and brings this value of the first metric with so many requests. */
static void good_round(uint64_t value, uint32_t requests)
{
	one_round();
	ck_assert_uint_eq(d.status, SN_ROUND_OK);
	ck_assert(d.last_has[0]);
	ck_assert_uint_eq(d.last_values[0], value);
	ck_assert_uint_eq(d.last_heard, requests);
}

/* A round that is complete without a value of the first metric. */
static void empty_round(uint32_t requests)
{
	one_round();
	ck_assert_uint_eq(d.status, SN_ROUND_OK);
	ck_assert(!d.last_has[0]);
	ck_assert_uint_eq(d.last_heard, requests);
}

static void teardown(void)
{
	sn_collector_cancel(&d.c);
	ck_assert_uint_eq(d.c.jobs, 0);
	ck_assert_uint_eq(d.w.slots.used, 0);
	sn_collector_fini(&d.c);
	sn_worker_fini(&d.w);
	capture_fini(&d.out);
	sn_arena_reset(&d.arena);
	sn_arena_pool_fini(&d.pool);
	shelf_fini(&d.shelf);
}

#define X "1.3.6.1.2.1.60.1"

/* The first metric is X, walked with others; its device has nothing at X.0. */
static void describe(void)
{
	walk("1.3.6.1.2.1.60");
	metric(X, NULL);
	metric("1.3.6.1.2.1.60.2", NULL);
	put("1.3.6.1.2.1.60.2.0", 2);
}

/*** Where they are ***/

START_TEST(an_agent_that_answers_for_instance_0_costs_nothing)
{
	describe();
	put(X ".0", 7);
	put(X ".5", 8);
	start(versions[_i]);
	for (int i = 0; i < 3; i++) {
		good_round(7, 1);
	}
}
END_TEST

START_TEST(another_instance_is_found_once_and_then_asked_by_its_name)
{
	bool v1 = versions[_i] == SN_VERSION_1;

	describe();
	put(X ".5.300", 7);
	put(X ".5.301", 8);
	start(versions[_i]);
	good_round(7, v1 ? 3 : 2); /* names (v1: and without X.0), X's successor */
	for (uint64_t i = 0; i < 5; i++) {
		put(X ".5.300", 70 + i);
		good_round(70 + i, v1 ? 3 : 2);
		ck_assert_uint_eq(d.last_values[1], 2);
	}
	ck_assert_ptr_nonnull(d.c.targets[0]->learned.found);
}
END_TEST

START_TEST(a_scalar_without_any_instance_is_found)
{
	bool v1 = versions[_i] == SN_VERSION_1;

	describe();
	put(X, 7);
	start(versions[_i]);
	good_round(7, v1 ? 4 : 3);
	good_round(7, v1 ? 3 : 2);
	good_round(7, v1 ? 3 : 2);
}
END_TEST

START_TEST(an_instance_that_is_gone_is_looked_for_again)
{
	bool v1 = versions[_i] == SN_VERSION_1;

	describe();
	put(X ".5", 7);
	start(versions[_i]);
	good_round(7, v1 ? 3 : 2);
	good_round(7, v1 ? 3 : 2);
	drop(X ".5");
	put(X ".6", 8);
	good_round(8, v1 ? 4 : 3);
	good_round(8, v1 ? 3 : 2);
	drop(X ".6");
	put(X ".0", 9);
	good_round(9, 1);
}
END_TEST

START_TEST(cells_of_a_table_are_scalars_if_a_module_says_so)
{
	walk("1.3.6.1.2.1.60");
	metric("1.3.6.1.2.1.60.1.4.1", NULL);
	metric("1.3.6.1.2.1.60.1.4.2", NULL);
	metric("1.3.6.1.2.1.60.1.4.3", NULL);
	put("1.3.6.1.2.1.60.1.4.1", 11);
	put("1.3.6.1.2.1.60.1.4.2", 12);
	start(versions[_i]);
	for (int i = 0; i < 3; i++) {
		one_round();
		ck_assert_uint_eq(d.status, SN_ROUND_OK);
		ck_assert_uint_eq(d.last_values[0], 11);
		ck_assert_uint_eq(d.last_values[1], 12);
		ck_assert(!d.last_has[2]);
	}
}
END_TEST

START_TEST(of_several_gets_the_first_that_has_a_value_counts)
{
	get(X ".1");
	get(X ".2");
	get(X ".3");
	metric(X, NULL);
	put(X ".2", 7);
	put(X ".3", 8);
	put(X ".9", 9); /* nobody asks for it */
	start(versions[_i]);
	one_round();
	ck_assert_uint_eq(d.status, SN_ROUND_OK);
	ck_assert_uint_eq(d.last_values[0], 7);
	drop(X ".2");
	drop(X ".3");
	empty_round(versions[_i] == SN_VERSION_1 ? 4 : 1);
}
END_TEST

/*** Nowhere ***/

START_TEST(what_is_nowhere_is_looked_for_once_an_hour)
{
	uint32_t quiet = 0;

	describe();
	start(SN_VERSION_2C);
	empty_round(3); /* names, X's successor, X */
	while (quiet < 2 * HOUR) {
		one_round();
		ck_assert_uint_eq(d.status, SN_ROUND_OK);
		if (d.last_heard != 1) {
			break;
		}
		quiet++;
	}
	ck_assert_uint_eq(d.last_heard, 3);
	ck_assert_uint_ge(quiet, HOUR * 3 / 4 - 1);
	ck_assert_uint_le(quiet, HOUR * 5 / 4);
	empty_round(1);
}
END_TEST

START_TEST(what_is_nowhere_is_looked_for_after_a_restart)
{
	describe();
	start(SN_VERSION_2C);
	empty_round(3);
	put(X ".4", 7);
	empty_round(1);
	d.uptime = 100;
	put_uptime();
	good_round(7, 2);
	good_round(7, 2);
}
END_TEST

START_TEST(what_one_lacks_does_not_hide_what_another_has)
{
	describe();
	metric("1.3.6.1.2.1.60.3", NULL);
	put("1.3.6.1.2.1.60.3.9", 3);
	put("1.3.6.1.2.1.60.4", 4);
	start(versions[_i]);
	for (int i = 0; i < 3; i++) {
		one_round();
		ck_assert_uint_eq(d.status, SN_ROUND_OK);
		ck_assert(!d.last_has[0]);
		ck_assert_uint_eq(d.last_values[1], 2);
		ck_assert_uint_eq(d.last_values[2], 3);
	}
}
END_TEST

START_TEST(many_are_looked_for_in_few_requests_or_as_the_agent_can)
{
	static const uint32_t most[] = {0, 7};

	for (uint32_t i = 0; i < SCALARS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "1.3.6.1.2.1.60.%u", 2 * i + 1);
		metric(name, NULL);
		if (i % 3) {
			snprintf(name, sizeof(name), "1.3.6.1.2.1.60.%u%s", 2 * i + 1,
				 i % 3 == 1 ? "" : ".77");
			put(name, i);
		}
	}
	walk("1.3.6.1.2.1.60");
	d.max_names = most[_i];
	start(SN_VERSION_2C);
	for (int round = 0; round < 3; round++) {
		one_round();
		ck_assert_uint_eq(d.status, SN_ROUND_OK);
		for (uint32_t i = 0; i < SCALARS; i++) {
			ck_assert_uint_eq(d.last_has[i], i % 3 != 0);
			ck_assert(i % 3 == 0 || d.last_values[i] == i);
		}
		/* 25 names are the module's limit: 61, then 60 successors, then 40 themselves */
		ck_assert(d.max_names || d.last_heard == (round ? 3 + 2 : 3 + 3 + 2));
	}
}
END_TEST

/*** Odd agents ***/

START_TEST(an_agent_that_does_not_answer_a_search_is_not_searched_for_ever)
{
	describe();
	d.odd_type = SN_PDU_GETNEXT;
	start(SN_VERSION_2C);
	for (int i = 0; i < 3; i++) {
		one_round();
		ck_assert_uint_eq(d.status, SN_ROUND_PARTIAL);
		ck_assert_uint_eq(d.last_values[1], 2);
	}
	empty_round(1);
	empty_round(1);
}
END_TEST

START_TEST(an_agent_that_refuses_a_search_is_whole_without_it)
{
	describe();
	d.odd_type = SN_PDU_GETNEXT;
	d.odd_status = SN_STATUS_GEN_ERR;
	d.odd_named = _i;
	start(SN_VERSION_2C);
	empty_round(2);
	empty_round(1);
}
END_TEST

/*** In learned rounds ***/

START_TEST(a_learned_round_brings_the_instance_without_a_request_more)
{
	static const struct sn_index index = {.label = "i", .kind = SN_KIND_GAUGE};
	static const char *const instances[] = {X ".0", X ".5"};

	describe();
	walk("1.3.6.1.2.1.70");
	metric("1.3.6.1.2.1.70.1.1", &index);
	for (uint32_t row = 1; row <= 20; row++) {
		char name[64];

		snprintf(name, sizeof(name), "1.3.6.1.2.1.70.1.1.%u", row);
		put(name, row);
	}
	put(instances[_i], 7);
	start(SN_VERSION_2C);
	one_round();
	ck_assert_uint_eq(d.last_values[0], 7);
	for (int i = 0; i < 3; i++) {
		good_round(7, 1);
		ck_assert_uint_eq(d.last_values[2], 1);
	}
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		an_agent_that_answers_for_instance_0_costs_nothing,
		another_instance_is_found_once_and_then_asked_by_its_name,
		a_scalar_without_any_instance_is_found,
		an_instance_that_is_gone_is_looked_for_again,
		cells_of_a_table_are_scalars_if_a_module_says_so,
		of_several_gets_the_first_that_has_a_value_counts,
		what_one_lacks_does_not_hide_what_another_has,
		many_are_looked_for_in_few_requests_or_as_the_agent_can,
		an_agent_that_refuses_a_search_is_whole_without_it,
		a_learned_round_brings_the_instance_without_a_request_more,
	};
	const TTest *const single[] = {
		what_is_nowhere_is_looked_for_once_an_hour,
		what_is_nowhere_is_looked_for_after_a_restart,
		an_agent_that_does_not_answer_a_search_is_not_searched_for_ever,
	};
	Suite *s = suite_create("search");
	TCase *tc = tcase_create("search");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		tcase_add_loop_test(tc, each[i], 0, 2);
	}
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		tcase_add_test(tc, single[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
