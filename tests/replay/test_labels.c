/*
 * Labels that are kept: not asked again while they hold, read in the same round when the device
 * restarted, ifTableLastChange moved, rows came or went, or their time is over. The device is a
 * list of names that the test changes; every round's labels are compared with it.
 */
#include "base/hash.h"
#include "collect/collector.h"
#include "msg/peek.h"
#include "support/capture.h"
#include "support/shelf.h"
#include "support/suite.h"

#define SEC UINT64_C(1000000000)

enum { ROWS = 48, TTL_ROUNDS = 10 };

/* Columns of ifXTable: ifName and ifAlias are labels only. */
enum { NAME, HC_IN, HC_OUT, ALIAS, COLUMNS };

static const uint8_t arcs[COLUMNS] = {1, 6, 10, 18};

static struct shelf shelf;
static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_fake *net;
static struct sn_worker w;
static struct sn_collector c;
static struct sn_outputs out;
static uint32_t labels_seen;  /* in the round under way, right ones */
static uint32_t labels_wrong; /* in all rounds */
static uint32_t rows_seen;    /* in the round under way */
static uint32_t rounds;
static uint32_t varbinds;    /* of the last round */
static uint32_t last_rows;   /* of the last round */
static uint32_t last_labels; /* of the last round */

static struct sn_span cell(uint8_t column, uint8_t row)
{
	static uint8_t name[] = {0x2b, 6, 1, 2, 1, 31, 1, 1, 1, 0, 0};

	name[9] = column;
	name[10] = row;
	return sn_span_make(name, sizeof(name));
}

static void put_text(uint8_t column, uint8_t row, const char *text)
{
	struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str(text)};

	shelf_put(&shelf, cell(column, row), &v);
}

/* Names of this generation for a row, and counters. */
static void put_row(uint8_t row, unsigned generation)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER64, .u = row * 1000u};
	char text[32];

	snprintf(text, sizeof(text), "name %u of %u", row, generation);
	put_text(arcs[NAME], row, text);
	snprintf(text, sizeof(text), "alias %u of %u", row, generation);
	put_text(arcs[ALIAS], row, text);
	shelf_put(&shelf, cell(arcs[HC_IN], row), &v);
	shelf_put(&shelf, cell(arcs[HC_OUT], row), &v);
}

static void drop_row(uint8_t row)
{
	for (int i = 0; i < COLUMNS; i++) {
		shelf_drop(&shelf, shelf_find(&shelf, cell(arcs[i], row)));
	}
}

static void put_ticks(const uint8_t *oid, size_t n, uint32_t ticks)
{
	struct sn_value v = {.tag = SN_TAG_TIMETICKS, .u = ticks};

	shelf_put(&shelf, sn_span_make(oid, n), &v);
}

static void put_uptime(uint32_t ticks)
{
	static const uint8_t oid[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};

	put_ticks(oid, sizeof(oid), ticks);
}

static void put_last_change(uint32_t ticks)
{
	static const uint8_t oid[] = {0x2b, 6, 1, 2, 1, 31, 1, 5, 0};

	put_ticks(oid, sizeof(oid), ticks);
}

static void check_label(const struct sn_block *blk, const struct sn_row *row, uint32_t column)
{
	uint32_t i = shelf_find(&shelf, cell(arcs[column], row->index->octet[0]));
	struct sn_value v;

	if (i < shelf.n && sn_block_get(blk, row, column, &v) && v.tag == SN_TAG_OCTETS &&
	    sn_span_eq(v.bytes, shelf.v[i].value.bytes)) {
		labels_seen++;
	} else {
		labels_wrong++;
	}
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	(void)ctx;
	for (uint32_t r = 0; blk->schema->nindexes && r < blk->nrows; r++) {
		const struct sn_row *row = sn_block_row(blk, r);

		if (sn_block_tag(blk, row, HC_IN)) {
			rows_seen++;
			check_label(blk, row, NAME);
			check_label(blk, row, ALIAS);
		}
	}
}

static void on_round(void *ctx, const struct sn_round *round)
{
	(void)ctx;
	ck_assert_uint_eq(round->status, SN_ROUND_OK);
	rounds++;
	varbinds = round->varbinds;
	last_rows = rows_seen;
	last_labels = labels_seen;
	rows_seen = 0;
	labels_seen = 0;
}

static const struct sn_target_spec *make_spec(void)
{
	static const struct sn_scalars_want keep = {.keep_labels = true};
	static const struct sn_index index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
	static struct sn_column columns[COLUMNS];
	static uint8_t oids[COLUMNS][10];
	static struct sn_plan_table table;
	static struct sn_plan plan;
	static const struct sn_plan *plans[1] = {&plan};
	static struct sn_target_spec spec;

	for (int i = 0; i < COLUMNS; i++) {
		memcpy(oids[i], cell(arcs[i], 1).p, 10);
		columns[i] = (struct sn_column){.name = "c",
						.oid = sn_span_make(oids[i], 10),
						.kind = i == HC_IN || i == HC_OUT ? SN_KIND_COUNTER
										  : SN_KIND_TEXT,
						.is_value = i == HC_IN || i == HC_OUT,
						.is_label = i == NAME || i == ALIAS};
	}
	table.schema = (struct sn_schema){.module = "labels",
					  .table = "labels",
					  .columns = columns,
					  .ncolumns = COLUMNS,
					  .nwalked = COLUMNS,
					  .indexes = &index,
					  .nindexes = 1,
					  .discontinuity = -1};
	plan = (struct sn_plan){
		.name = "labels",
		.scalars = {.module = "labels", .table = "labels", .discontinuity = -1},
		.tables = &table,
		.ntables = 1,
		.max_repetitions = SN_PLAN_REPETITIONS_ANY,
		.retries = -1};
	spec = (struct sn_target_spec){.origin = {.instance = "device"},
				       .version = SN_VERSION_2C,
				       .community = sn_span_str("public"),
				       .plans = plans,
				       .nplans = 1,
				       .scalars = sn_scalars_build(plans, 1, &keep, &arena),
				       .modules = "labels",
				       .interval_ns = 60 * SEC,
				       .timeout_ns = 2 * SEC,
				       .retries = 3,
				       .max_reply = 1400,
				       .max_rows = 1000,
				       .window = 4,
				       .labels_ttl_s = TTL_ROUNDS * 60,
				       .fingerprint = 1};
	ck_assert_int_eq(sn_addr_parse(&spec.addr, "10.0.0.1", 161), SN_OK);
	return &spec;
}

static void setup(void)
{
	static const uint64_t seed = 3;
	struct sn_worker_config wc = {.in_flight = 100, .seed = &seed};
	struct sn_collector_config cc = {.outs = &out, .max_jobs = 10};
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = 1000 * SEC,
				    .start_wall = 1700000000 * SEC,
				    .link = {.delay_ns = 1000000},
				    .peer = shelf_peer,
				    .peer_ctx = &shelf,
				    .sockets4 = 1};
	const struct sn_target_spec *specs[1];

	shelf_init(&shelf, NULL);
	put_uptime(1000000);
	put_last_change(500);
	for (uint8_t row = 1; row <= ROWS; row++) {
		put_row(row, 1);
	}
	sn_arena_pool_init(&pool, 8192);
	sn_arena_init(&arena, &pool);
	capture_init(&out, NULL, false);
	out.on_rows = on_rows;
	out.on_round = on_round;
	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
	sn_collector_init(&c, &w, &cc);
	specs[0] = make_spec();
	ck_assert_int_eq(sn_collector_apply(&c, specs, 1), SN_OK);
}

static void teardown(void)
{
	ck_assert_uint_eq(labels_wrong, 0);
	sn_collector_cancel(&c);
	sn_collector_fini(&c);
	sn_worker_fini(&w);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	capture_fini(&out);
	shelf_fini(&shelf);
}

/* One more round, whose uptime goes on unless the test set it itself. */
static void one_round(void)
{
	uint32_t n = rounds + 1;

	while (rounds < n) {
		suite_expect(sn_worker_turn(&w, sn_io_now(w.io) + SEC) == SN_OK);
	}
	put_uptime(1000000 + 6000 * rounds);
}

/* What the round just over asked: its labels were read, or they were not. */
static bool labels_were_read(void)
{
	return varbinds >= last_rows * COLUMNS;
}

START_TEST(labels_are_asked_once_in_their_time)
{
	uint32_t reads = 0;

	for (int i = 0; i < 40; i++) {
		one_round();
		ck_assert_uint_eq(last_rows, ROWS);
		ck_assert_uint_eq(last_labels, 2 * ROWS);
		reads += labels_were_read();
	}
	/* a TTL of 10 rounds, give or take a quarter */
	ck_assert_uint_ge(reads, 40 / 13);
	ck_assert_uint_le(reads, 40 / 7 + 1);
}
END_TEST

START_TEST(new_names_are_seen_when_ifTableLastChange_moves)
{
	one_round();
	one_round();
	ck_assert(!labels_were_read());
	put_row(7, 2);
	put_last_change(1234567);
	one_round();
	ck_assert_uint_eq(last_labels, 2 * ROWS);
	ck_assert(labels_were_read());
	one_round();
	ck_assert(!labels_were_read());
}
END_TEST

START_TEST(new_names_are_seen_after_a_restart)
{
	one_round();
	one_round();
	for (uint8_t row = 1; row <= ROWS; row++) {
		put_row(row, 2);
	}
	put_uptime(100);
	one_round();
	ck_assert_uint_eq(last_labels, 2 * ROWS);
	ck_assert(labels_were_read());
}
END_TEST

START_TEST(rows_that_come_or_go_have_their_labels_in_the_same_round)
{
	one_round();
	one_round();
	for (uint8_t row = 5; row < 100; row += 9) {
		if (row <= ROWS) {
			drop_row(row);
		} else {
			put_row(row, 3);
		}
		one_round();
		ck_assert(labels_were_read());
		ck_assert_uint_eq(last_labels, 2 * last_rows);
		one_round();
		ck_assert(!labels_were_read());
	}
}
END_TEST

START_TEST(a_device_without_ifTableLastChange_keeps_labels_too)
{
	static const uint8_t oid[] = {0x2b, 6, 1, 2, 1, 31, 1, 5, 0};

	shelf_drop(&shelf, shelf_find(&shelf, sn_span_make(oid, sizeof(oid))));
	one_round();
	one_round();
	ck_assert(!labels_were_read());
	put_last_change(77); /* it learns to say it: that is a change, too */
	one_round();
	ck_assert(labels_were_read());
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		labels_are_asked_once_in_their_time,
		new_names_are_seen_when_ifTableLastChange_moves,
		new_names_are_seen_after_a_restart,
		rows_that_come_or_go_have_their_labels_in_the_same_round,
		a_device_without_ifTableLastChange_keeps_labels_too,
	};
	Suite *s = suite_create("labels");
	TCase *tc = tcase_create("labels");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
