/*
 * Avro messages: which rows are in which, and where unsigned numbers go. Behaviour of
 * formats/enc_avro.c; what other implementations read in them is tested by
 * tests/interop/encoded_avro.py.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "encode/layouts.h"

#include "support/bodies.h"
#include "support/bytes.h"
#include "support/rows.h"
#include "support/no_memory.h"
#include "support/suite.h"

enum { OUT = 1 << 20, COUNTER = 0, NAME = 1, COLUMNS = 2 };

static const struct sn_column columns[COLUMNS] = {
	[COUNTER] = {.name = "c", .kind = SN_KIND_COUNTER, .is_value = true},
	[NAME] = {.name = "n", .kind = SN_KIND_TEXT, .is_value = true},
};
static const struct sn_index indexes[] = {{.label = "i", .kind = SN_KIND_GAUGE}};
static const struct sn_schema schema = {.module = "m",
					.table = "t",
					.columns = columns,
					.ncolumns = COLUMNS,
					.indexes = indexes,
					.nindexes = 1,
					.discontinuity = -1};
static const struct sn_label labels[] = {{"site", "ams"}};
static const struct sn_origin origin = {.instance = "d", .labels = labels, .nlabels = 1};
static const struct sn_encoder_options with_id = {.schema_id = 258, .round_schema_id = 7};

static uint8_t out[OUT];

static const struct sn_encoder *avro(void)
{
	return sn_encoder_find("avro");
}

static void expect_rows(const struct sn_block *blk, const struct sn_encoder_options *opt,
			const char *hex)
{
	struct sn_span expected = bytes_hex(hex);
	struct sn_encoder_run run = {.next = 0};
	int n = avro()->rows(opt, blk, &run, out, OUT);

	ck_assert_int_eq(n, (int)expected.n);
	ck_assert_mem_eq(out, expected.p, expected.n);
}

START_TEST(a_message_is_the_framing_and_the_datum)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &origin);
	row = rows_row(&r, "5");
	rows_uint(&r, row, COUNTER, SN_TAG_COUNTER32, 300);
	rows_text(&r, row, NAME, "eth");
	row->at = 64000; /* 64 us */
	row->flags = SN_ROW_PARTIAL;
	r.blk.reset = true;
	r.blk.began = 150;
	/* schema, ts, cycle, instance, module, table, labels, no uptime, reset; one row: ts, index,
	 * reset, partial, labels, longs, no doubles, strings; no more rows */
	expect_rows(&r.blk, &with_id,
		    "00 00000102 8001 ac02 02 64 02 6d 02 74 02 08 73697465 06 616d73 00 00 01"
		    "02 8001 02 35 01 01 02 02 69 02 35 00 02 02 63 d804 00 00"
		    "02 02 6e 06 657468 00 00");
	r.blk.reset = false;
	r.blk.has_uptime = true;
	r.blk.uptime = 1;
	row->flags = 0;
	expect_rows(&r.blk, &with_id,
		    "00 00000102 8001 ac02 02 64 02 6d 02 74 02 08 73697465 06 616d73 00 02 02 00"
		    "02 8001 02 35 00 00 02 02 69 02 35 00 02 02 63 d804 00 00"
		    "02 02 6e 06 657468 00 00");
	rows_fini(&r);
}
END_TEST

START_TEST(what_no_long_can_hold_is_a_double_or_wrapped)
{
	const struct sn_encoder_options wrapped = {.schema_id = 258, .wrap_unsigned = true};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &origin);
	row = rows_row(&r, "5");
	rows_uint(&r, row, COUNTER, SN_TAG_COUNTER64, (UINT64_C(1) << 63) + 1024);
	row->at = 0;
	expect_rows(&r.blk, &with_id,
		    "00 00000102 00 00 02 64 02 6d 02 74 02 08 73697465 06 616d73 00 00 00"
		    "02 00 02 35 00 00 02 02 69 02 35 00 00 02 02 63 000000000000e043 00 00 00");
	expect_rows(&r.blk, &wrapped,
		    "00 00000102 00 00 02 64 02 6d 02 74 02 08 73697465 06 616d73 00 00 00"
		    "02 00 02 35 00 00 02 02 69 02 35 00 02 02 63 8010 00 00 00 00");
	rows_fini(&r);
}
END_TEST

START_TEST(rows_with_nothing_to_say_make_no_message)
{
	struct sn_encoder_run run = {.next = 0};
	struct rows r;

	rows_init(&r, &schema, &origin);
	(void)rows_row(&r, "1");
	rows_octets(&r, rows_row(&r, "2"), COUNTER, SN_TAG_OCTETS, "no number", 9);
	ck_assert_int_eq(avro()->rows(&with_id, &r.blk, &run, out, OUT), 0);
	ck_assert_uint_eq(run.next, 2);
	ck_assert_uint_eq(run.records, 0);
	ck_assert_int_eq(avro()->row(&with_id, &r.blk, sn_block_row(&r.blk, 1), out, OUT), 0);
	rows_fini(&r);
}
END_TEST

static void many_rows(struct rows *r, unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		struct sn_row *row;
		char index[12];

		snprintf(index, sizeof(index), "%u", i);
		row = rows_row(r, index);
		if (i % 7) { /* the others are empty */
			rows_uint(r, row, COUNTER, SN_TAG_COUNTER64, UINT64_C(1) << (i % 64));
			rows_text(r, row, NAME, "of some length");
		}
	}
}

/* Bodies of at most cap octets; 0 when a row did not fit. */
static unsigned count_bodies(const struct sn_block *blk, size_t cap, struct bodies *sum)
{
	unsigned n = bodies_of(avro(), &with_id, blk, cap, body_check_avro, sum);

	suite_expect(n == 0 || (sum->schema_id == 258 && sum->records == sum->rows));
	return n;
}

START_TEST(rows_that_do_not_fit_go_into_further_messages)
{
	struct bodies sum;
	unsigned before = 0;
	struct rows r;

	rows_init(&r, &schema, &origin);
	many_rows(&r, 140);
	for (size_t cap = 0; cap < 8000; cap += 13) {
		unsigned bodies = count_bodies(&r.blk, cap, &sum);

		suite_expect(before == 0 || (bodies && bodies <= before));
		suite_expect(bodies == 0 || (sum.rows == 120 && sum.values == 240));
		before = bodies;
	}
	ck_assert_uint_eq(before, 1);
	rows_fini(&r);
}
END_TEST

START_TEST(a_body_that_fits_exactly_needs_no_octet_more)
{
	struct sn_encoder_run run = {.next = 0};
	struct bodies sum;
	struct rows r;
	int n;

	rows_init(&r, &schema, &origin);
	rows_text(&r, rows_row(&r, "1"), NAME, "x");
	n = avro()->rows(&with_id, &r.blk, &run, out, OUT);
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(count_bodies(&r.blk, (size_t)n, &sum), 1);
	ck_assert_uint_eq(count_bodies(&r.blk, (size_t)n - 1, &sum), 0);
	rows_fini(&r);
}
END_TEST

START_TEST(what_is_kept_of_a_schema_changes_nothing)
{
	struct sn_layouts kept = {.n = 0};
	static uint8_t first[OUT];
	struct rows r;
	int len = 0;

	rows_init(&r, &schema, &origin);
	many_rows(&r, 3);
	for (unsigned turn = 0; turn < 4; turn++) {
		struct sn_encoder_run run = {.kept = turn ? &kept : NULL};
		int n;

		no_memory = turn == 1;
		n = avro()->rows(&with_id, &r.blk, &run, out, OUT);
		no_memory = false;
		ck_assert_int_gt(n, 0);
		if (turn == 0) {
			len = n;
			memcpy(first, out, (size_t)n);
		}
		ck_assert_int_eq(n, len);
		ck_assert_mem_eq(out, first, (size_t)n);
		ck_assert_uint_eq(kept.n, turn > 1);
	}
	sn_layouts_forget(&kept);
	rows_fini(&r);
}
END_TEST

START_TEST(a_round_that_does_not_fit_is_told)
{
	const struct sn_round round = {.origin = &origin,
				       .modules = "m",
				       .began = 7,
				       .reason = "tooBig",
				       .rtt_ns = 1000000};
	struct sn_span expected = bytes_hex(
		"00 00000007 00 0e 02 64 02 6d 02 08 73697465 06 616d73 00 04 6f6b 02 0c "
		"746f6f426967"
		"00 00 00 00 00 00 00 0000000000000000 0000000000000000 02 000000000000f03f 00 00");

	for (size_t cap = 0; cap < expected.n + 40; cap++) {
		uint8_t *heap = malloc(cap ? cap : 1);
		int n;

		suite_expect(heap != NULL);
		n = avro()->round(&with_id, &round, heap, cap);
		suite_expect(n == (cap < expected.n ? SN_ESPACE : (int)expected.n));
		suite_expect(n < 0 || memcmp(heap, expected.p, expected.n) == 0);
		free(heap);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_message_is_the_framing_and_the_datum,
				      what_no_long_can_hold_is_a_double_or_wrapped,
				      rows_with_nothing_to_say_make_no_message,
				      rows_that_do_not_fit_go_into_further_messages,
				      a_body_that_fits_exactly_needs_no_octet_more,
				      what_is_kept_of_a_schema_changes_nothing,
				      a_round_that_does_not_fit_is_told,
				      NULL};

	return suite_run_tests("enc_avro", tests, 60);
}
