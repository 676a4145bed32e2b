/*
 * OTLP messages: which rows are in which, and since when counters count. Behaviour of
 * formats/enc_otlp.c; what the official definition reads in them is tested by
 * tests/interop/encoded_otlp.py.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "encode/layouts.h"

#include "support/bodies.h"
#include "support/rows.h"
#include "support/no_memory.h"
#include "support/suite.h"

#include <endian.h>

enum { OUT = 1 << 20, GAUGE = 0, COUNTER = 1, CHANGED = 2, NAME = 3, COLUMNS = 4 };

#define AT UINT64_C(1795377600000000000)
#define HOUR UINT64_C(3600000000000)

static const struct sn_column columns[COLUMNS] = {
	[GAUGE] = {.name = "gauge", .kind = SN_KIND_GAUGE, .is_value = true},
	[COUNTER] = {.name = "counter",
		     .help = "what it counts",
		     .kind = SN_KIND_COUNTER,
		     .is_value = true},
	[CHANGED] = {.name = "changed", .kind = SN_KIND_GAUGE},
	[NAME] = {.name = "name", .kind = SN_KIND_TEXT, .is_value = true},
};
static const struct sn_index indexes[] = {{.label = "i", .kind = SN_KIND_GAUGE}};
static const struct sn_schema schema = {.module = "m",
					.table = "m_i",
					.columns = columns,
					.ncolumns = COLUMNS,
					.indexes = indexes,
					.nindexes = 1,
					.discontinuity = CHANGED};
static const struct sn_origin origin = {.instance = "192.0.2.1"};
static const struct sn_encoder_options plain;

static uint8_t out[OUT];

static const struct sn_encoder *otlp(void)
{
	return sn_encoder_find("otlp");
}

/* The content of field `number`, the nth of them; p NULL: there is none. */
static struct sn_span field(struct sn_span in, unsigned number, unsigned nth)
{
	while (in.n) {
		unsigned tag = in.p[0];
		size_t n = 8;

		in = sn_span_from(in, 1);
		if ((tag & 7) != 1) {
			n = 0;
			for (unsigned shift = 0;; shift += 7) {
				uint8_t octet = in.p[0];

				in = sn_span_from(in, 1);
				n |= (size_t)(octet & 0x7f) << shift;
				if (octet < 0x80) {
					break;
				}
			}
		}
		if ((tag & 7) == 0) {
			continue;
		}
		suite_expect(n <= in.n);
		if (tag >> 3 == number && nth-- == 0) {
			return sn_span_make(in.p, n);
		}
		in = sn_span_from(in, n);
	}
	return sn_span_make(NULL, 0);
}

static uint64_t fixed(struct sn_span in, unsigned number)
{
	struct sn_span s = field(in, number, 0);
	uint64_t v;

	if (!s.p) {
		return 0;
	}
	memcpy(&v, s.p, 8);
	return le64toh(v);
}

/* Metric number nth of a body. */
static struct sn_span metric(struct sn_span body, unsigned nth)
{
	return field(field(field(body, 1, 0), 2, 0), 2, nth);
}

static struct sn_span encode_all(const struct sn_block *blk, const struct sn_encoder_options *opt)
{
	struct sn_encoder_run run = {.next = 0};
	int n = otlp()->rows(opt, blk, &run, out, OUT);

	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(run.next, blk->nrows);
	return sn_span_make(out, (size_t)n);
}

/* A row with a counter, and what is in its discontinuity column. */
static struct sn_row *counter_row(struct rows *r, const char *index, uint64_t changed)
{
	struct sn_row *row = rows_row(r, index);

	rows_uint(r, row, COUNTER, SN_TAG_COUNTER64, 7);
	rows_uint(r, row, CHANGED, SN_TAG_TIMETICKS, changed);
	row->at = AT;
	return row;
}

/* The start that the only counter of a block has. */
static uint64_t start_of(uint64_t started, uint64_t changed)
{
	struct sn_span point;
	struct rows r;

	rows_init(&r, &schema, &origin);
	(void)counter_row(&r, "1", changed);
	r.blk.started = started;
	point = field(field(metric(encode_all(&r.blk, &plain), 0), 7, 0), 1, 0);
	rows_fini(&r);
	ck_assert_uint_eq(fixed(point, 3), AT);
	ck_assert_uint_eq(fixed(point, 6), 7);
	return fixed(point, 2);
}

START_TEST(a_counter_counts_since_the_device_started)
{
	ck_assert_uint_eq(start_of(AT - HOUR, 0), AT - HOUR);
}
END_TEST

START_TEST(a_counter_counts_since_its_last_discontinuity)
{
	ck_assert_uint_eq(start_of(AT - HOUR, 6000), AT - HOUR + 60 * UINT64_C(1000000000));
}
END_TEST

START_TEST(no_counter_starts_after_its_value)
{
	ck_assert_uint_eq(start_of(AT - HOUR, 400000), AT);
	ck_assert_uint_eq(start_of(AT + HOUR, 0), AT);
}
END_TEST

START_TEST(a_start_that_is_not_known_is_left_out)
{
	ck_assert_uint_eq(start_of(0, 0), 0);
	ck_assert_uint_eq(start_of(0, 6000), 0);
}
END_TEST

START_TEST(a_gauge_has_no_start_and_no_field_of_a_sum)
{
	struct sn_span points;
	struct rows r;

	rows_init(&r, &schema, &origin);
	rows_int(&r, rows_row(&r, "1"), GAUGE, -1);
	r.blk.started = 1;
	points = field(metric(encode_all(&r.blk, &plain), 0), 5, 0);
	ck_assert_ptr_nonnull(points.p);
	ck_assert_uint_eq(fixed(field(points, 1, 0), 2), 0);
	ck_assert_uint_eq(fixed(field(points, 1, 0), 6), UINT64_MAX);
	ck_assert_ptr_null(field(points, 1, 1).p);
	rows_fini(&r);
}
END_TEST

START_TEST(metrics_without_a_point_are_left_out)
{
	struct sn_span body;
	struct rows r;

	rows_init(&r, &schema, &origin);
	rows_int(&r, rows_row(&r, "1"), GAUGE, 1);
	rows_text(&r, rows_row(&r, "2"), NAME, "two");
	body = encode_all(&r.blk, &plain);
	ck_assert(sn_span_eq(field(metric(body, 0), 1, 0), sn_span_str("gauge")));
	ck_assert(sn_span_eq(field(metric(body, 1), 1, 0), sn_span_str("name")));
	ck_assert_ptr_null(metric(body, 2).p);
	rows_fini(&r);
}
END_TEST

START_TEST(descriptions_are_there_when_they_are_wanted)
{
	const struct sn_encoder_options described = {.descriptions = true};
	struct rows r;

	rows_init(&r, &schema, &origin);
	(void)counter_row(&r, "1", 0);
	ck_assert(sn_span_eq(field(metric(encode_all(&r.blk, &described), 0), 2, 0),
			     sn_span_str("what it counts")));
	ck_assert_ptr_null(field(metric(encode_all(&r.blk, &plain), 0), 2, 0).p);
	rows_fini(&r);
}
END_TEST

START_TEST(rows_with_nothing_to_say_make_no_message)
{
	struct sn_encoder_run run = {.next = 0};
	struct rows r;

	rows_init(&r, &schema, &origin);
	(void)rows_row(&r, "1");
	rows_uint(&r, rows_row(&r, "2"), CHANGED, SN_TAG_TIMETICKS, 1); /* no value */
	ck_assert_int_eq(otlp()->rows(&plain, &r.blk, &run, out, OUT), 0);
	ck_assert_uint_eq(run.next, 2);
	ck_assert_uint_eq(run.records, 0);
	ck_assert_int_eq(otlp()->row(&plain, &r.blk, sn_block_row(&r.blk, 1), out, OUT), 0);
	rows_fini(&r);
}
END_TEST

START_TEST(on_a_stream_the_length_comes_first)
{
	const struct sn_encoder_options stream = {.stream = true};
	struct sn_encoder_run run = {.next = 0};
	static uint8_t prefixed[OUT];
	struct sn_span body;
	uint32_t length;
	struct rows r;
	int n;

	rows_init(&r, &schema, &origin);
	(void)counter_row(&r, "1", 0);
	n = otlp()->rows(&stream, &r.blk, &run, prefixed, OUT);
	body = encode_all(&r.blk, &plain);
	memcpy(&length, prefixed, 4);
	ck_assert_uint_eq(be32toh(length), body.n);
	ck_assert_int_eq(n, (int)body.n + 4);
	ck_assert_mem_eq(prefixed + 4, body.p, body.n);
	rows_fini(&r);
}
END_TEST

/* So many rows of three values. */
static void many_rows(struct rows *r, unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		struct sn_row *row;
		char index[12];

		snprintf(index, sizeof(index), "%u", i);
		row = counter_row(r, index, 0);
		rows_int(r, row, GAUGE, i);
		rows_text(r, row, NAME, "of some length");
	}
}

/* Bodies of at most cap octets; 0 when a row did not fit. Here every row has values. */
static unsigned count_bodies(const struct sn_block *blk, size_t cap, unsigned *points)
{
	struct bodies sum;
	unsigned n = bodies_of(otlp(), &plain, blk, cap, body_check_otlp, &sum);

	suite_expect(n == 0 || sum.records == blk->nrows);
	*points = sum.values;
	return n;
}

START_TEST(rows_that_do_not_fit_go_into_further_messages)
{
	unsigned before = 0;
	unsigned points;
	struct rows r;

	rows_init(&r, &schema, &origin);
	many_rows(&r, 50);
	for (size_t cap = 0; cap < 20000; cap += 97) {
		unsigned bodies = count_bodies(&r.blk, cap, &points);

		suite_expect(before == 0 || (bodies && bodies <= before));
		suite_expect(bodies == 0 || points == 150);
		before = bodies;
	}
	ck_assert_uint_eq(before, 1);
	rows_fini(&r);
}
END_TEST

START_TEST(more_rows_than_the_stack_has_room_for_go_into_further_messages)
{
	unsigned points;
	struct rows r;

	rows_init(&r, &schema, &origin);
	many_rows(&r, 3000);
	ck_assert_uint_gt(count_bodies(&r.blk, OUT, &points), 1);
	ck_assert_uint_eq(points, 9000);
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_alone_is_a_message)
{
	struct body_check c;
	struct rows r;
	int n;

	rows_init(&r, &schema, &origin);
	many_rows(&r, 3);
	n = otlp()->row(&plain, &r.blk, sn_block_row(&r.blk, 1), out, OUT);
	ck_assert_int_gt(n, 0);
	ck_assert(body_check_otlp(&c, sn_span_make(out, (size_t)n)));
	ck_assert_uint_eq(c.values, 3);
	ck_assert_uint_eq(
		fixed(field(field(metric(sn_span_make(out, (size_t)n), 0), 5, 0), 1, 0), 6), 2);
	rows_fini(&r);
}
END_TEST

START_TEST(what_is_kept_of_a_schema_changes_nothing)
{
	static struct sn_schema copies[SN_LAYOUTS_MAX + 3];
	struct sn_layouts kept = {.n = 0};
	static uint8_t first[OUT];
	struct sn_span body;
	struct rows r;

	rows_init(&r, &schema, &origin);
	many_rows(&r, 3);
	body = encode_all(&r.blk, &plain);
	memcpy(first, body.p, body.n);
	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned i = 0; i < SN_LAYOUTS_MAX + 3; i++) {
			struct sn_encoder_run run = {.kept = &kept};
			struct sn_block blk = r.blk;

			copies[i] = schema;
			blk.schema = &copies[i];
			suite_expect(otlp()->rows(&plain, &blk, &run, out, OUT) == (int)body.n);
			suite_expect(memcmp(out, first, body.n) == 0);
		}
	}
	ck_assert_uint_eq(kept.n, SN_LAYOUTS_MAX);
	sn_layouts_forget(&kept);
	rows_fini(&r);
}
END_TEST

/* A row whose label has 70,000 octets. */
static void large_row(struct rows *r)
{
	static const struct sn_lookup lookups[] = {{.label = "l", .column = NAME}};
	static struct sn_schema looked_up;
	static char text[70000];
	struct sn_row *row;

	looked_up = schema;
	looked_up.lookups = lookups;
	looked_up.nlookups = 1;
	memset(text, 'x', sizeof(text));
	rows_init(r, &looked_up, &origin);
	row = rows_row(r, "1");
	rows_int(r, row, GAUGE, 1);
	rows_octets(r, row, NAME, SN_TAG_OCTETS, text, sizeof(text));
}

START_TEST(a_row_of_any_size_is_encoded)
{
	struct sn_span body;
	struct body_check c;
	struct rows r;

	large_row(&r);
	body = encode_all(&r.blk, &plain);
	ck_assert(body_check_otlp(&c, body));
	ck_assert_uint_gt(body.n, 210000); /* label of two points, and a label of its own */
	rows_fini(&r);
}
END_TEST

START_TEST(without_memory_a_large_row_is_refused_and_others_are_not)
{
	struct sn_encoder_run run = {.next = 0};
	struct sn_layouts kept = {.n = 0};
	struct rows r;
	int n;

	large_row(&r);
	no_memory = true;
	n = otlp()->rows(&plain, &r.blk, &run, out, OUT);
	no_memory = false;
	ck_assert_int_eq(n, SN_ENOMEM);
	ck_assert_uint_eq(run.next, 0);
	rows_fini(&r);
	rows_init(&r, &schema, &origin);
	many_rows(&r, 3);
	run = (struct sn_encoder_run){.kept = &kept};
	no_memory = true;
	n = otlp()->rows(&plain, &r.blk, &run, out, OUT);
	no_memory = false;
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(kept.n, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(a_round_that_does_not_fit_is_told)
{
	const struct sn_round round = {.origin = &origin, .modules = "m", .rtt_ns = 1};
	bool fitted = false;

	for (size_t cap = 0; cap < 2000; cap++) {
		uint8_t *heap = malloc(cap ? cap : 1);
		struct body_check c;
		int n;

		suite_expect(heap != NULL);
		n = otlp()->round(&plain, &round, heap, cap);
		suite_expect(n == SN_ESPACE ? !fitted : n > 0);
		if (n > 0) {
			suite_expect(body_check_otlp(&c, sn_span_make(heap, (size_t)n)));
			suite_expect(c.metrics == 12 && c.values == 12);
			fitted = true;
		}
		free(heap);
	}
	ck_assert(fitted);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_counter_counts_since_the_device_started,
		a_counter_counts_since_its_last_discontinuity,
		no_counter_starts_after_its_value,
		a_start_that_is_not_known_is_left_out,
		a_gauge_has_no_start_and_no_field_of_a_sum,
		metrics_without_a_point_are_left_out,
		descriptions_are_there_when_they_are_wanted,
		rows_with_nothing_to_say_make_no_message,
		on_a_stream_the_length_comes_first,
		rows_that_do_not_fit_go_into_further_messages,
		more_rows_than_the_stack_has_room_for_go_into_further_messages,
		a_row_alone_is_a_message,
		what_is_kept_of_a_schema_changes_nothing,
		a_row_of_any_size_is_encoded,
		without_memory_a_large_row_is_refused_and_others_are_not,
		a_round_that_does_not_fit_is_told,
		NULL};

	return suite_run_tests("enc_otlp", tests, 60);
}
