/*
 * Rows of a table while they are assembled. Behaviour of record/block.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "record/block.h"

#include "base/rng.h"
#include "support/rows.h"
#include "support/suite.h"

#include <ctype.h>

static const struct sn_column columns[3] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static const struct sn_index by_number[1] = {{.label = "n", .kind = SN_KIND_GAUGE}};
static const struct sn_schema table = {.module = "m",
				       .table = "t",
				       .columns = columns,
				       .ncolumns = 3,
				       .indexes = by_number,
				       .nindexes = 1,
				       .discontinuity = -1};
static const struct sn_schema scalars = {
	.module = "m", .table = "m", .columns = columns, .ncolumns = 3, .discontinuity = -1};
static const struct sn_origin origin = {.instance = "192.0.2.1"};

/* Allocations that still succeed; counts down at each. */
static long mallocs_left = 1L << 40;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
	return mallocs_left-- > 0 ? __real_malloc(n) : NULL;
}

/* Four octets that are a valid index of one arc, different for every i below 2^28. */
static struct sn_span index_of(uint32_t i, uint8_t out[4])
{
	out[0] = (uint8_t)(i >> 21 | 0x80);
	out[1] = (uint8_t)(i >> 14 | 0x80);
	out[2] = (uint8_t)(i >> 7 | 0x80);
	out[3] = i & 0x7f;
	return sn_span_make(out, 4);
}

START_TEST(an_empty_block_has_no_rows)
{
	struct rows r;

	rows_init(&r, &table, &origin);
	ck_assert_uint_eq(r.blk.nrows, 0);
	ck_assert_ptr_null(sn_block_find(&r.blk, rows_index("1")));
	ck_assert_uint_eq(r.pool.held, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_is_made_once_and_found_again)
{
	struct rows r;
	struct sn_row *one;
	struct sn_row *two;

	rows_init(&r, &table, &origin);
	one = rows_row(&r, "1");
	two = rows_row(&r, "1.2");
	ck_assert_ptr_ne(one, two);
	ck_assert_ptr_eq(rows_row(&r, "1"), one);
	ck_assert_ptr_eq(sn_block_find(&r.blk, rows_index("1.2")), two);
	ck_assert_ptr_null(sn_block_find(&r.blk, rows_index("2")));
	ck_assert_ptr_null(sn_block_find(&r.blk, rows_index("")));
	ck_assert_uint_eq(r.blk.nrows, 2);
	ck_assert_uint_eq(one->number, 0);
	ck_assert_uint_eq(two->number, 1);
	rows_fini(&r);
}
END_TEST

START_TEST(an_index_may_be_empty_or_long)
{
	struct rows r;
	uint8_t octets[640];
	struct sn_row *none;
	struct sn_row *most;

	memset(octets, 1, sizeof(octets));
	rows_init(&r, &table, &origin);
	none = rows_row(&r, "");
	most = sn_block_get_row(&r.blk, sn_span_make(octets, sizeof(octets)), 1);
	ck_assert_ptr_nonnull(most);
	ck_assert_uint_eq(none->index->n, 0);
	ck_assert_mem_eq(most->index->octet, octets, sizeof(octets));
	ck_assert_ptr_eq(sn_block_find(&r.blk, sn_span_make(NULL, 0)), none);
	ck_assert_ptr_eq(sn_block_find(&r.blk, sn_span_make(octets, sizeof(octets))), most);
	ck_assert_ptr_null(sn_block_find(&r.blk, sn_span_make(octets, sizeof(octets) - 1)));
	rows_fini(&r);
}
END_TEST

START_TEST(the_hint_is_only_a_hint)
{
	static const uint32_t hints[] = {0, 1, 2, 3, 1000000, UINT32_MAX};
	struct rows r;

	rows_init(&r, &table, &origin);
	rows_row(&r, "7");
	rows_row(&r, "8");
	rows_row(&r, "9");
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		struct sn_row *row = sn_block_get_row(&r.blk, rows_index("8"), hints[i]);

		ck_assert_ptr_nonnull(row);
		ck_assert_uint_eq(row->number, 1);
	}
	ck_assert_uint_eq(r.blk.nrows, 3);
	rows_fini(&r);
}
END_TEST

/* Also the proof that nothing is quadratic: with 300,000 rows the suite would run into its timeout.
 */
START_TEST(many_rows_in_any_order_stay_where_they_are)
{
	enum { N = 300000 };
	struct rows r;
	struct sn_row **rows = calloc(N, sizeof(struct sn_row *));
	struct sn_rng rng;
	uint8_t ber[4];

	suite_expect(rows != NULL);
	sn_rng_init_seed(&rng, 1);
	rows_init(&r, &table, &origin);
	for (uint32_t i = 0; i < N; i++) {
		rows[i] = sn_block_get_row(&r.blk, index_of(i * 7919 % N, ber), i);
		suite_expect(rows[i] && rows[i]->number == i && rows[i]->filled == 0 &&
			     !(rows[i]->flags & ~(unsigned)SN_ROW_ASCENDING));
		suite_expect(!sn_block_tag(&r.blk, rows[i], 0) &&
			     !sn_block_tag(&r.blk, rows[i], 2));
	}
	for (uint32_t k = 0; k < N; k++) {
		uint32_t i = (uint32_t)sn_rng_below(&rng, N);

		suite_expect(sn_block_row(&r.blk, i) == rows[i]);
		suite_expect(sn_block_find(&r.blk, index_of(i * 7919 % N, ber)) == rows[i]);
		suite_expect(sn_block_get_row(&r.blk, index_of(i * 7919 % N, ber), i + 1) ==
			     rows[i]);
	}
	ck_assert_uint_eq(r.blk.nrows, N);
	ck_assert_ptr_null(sn_block_find(&r.blk, index_of(N, ber)));
	rows_fini(&r);
	free(rows);
}
END_TEST

START_TEST(the_next_row_is_given_only_where_rows_ascend)
{
	static const char *const names[] = {"5", "7", "6", "6.1", "200"};
	struct sn_row *rows[5];
	struct rows r;

	rows_init(&r, &table, &origin);
	ck_assert_ptr_null(sn_block_next_row(&r.blk, rows_index("5"), 0));
	for (uint32_t i = 0; i < 5; i++) {
		rows[i] = sn_block_get_row(&r.blk, rows_index(names[i]), i);
	}
	for (uint32_t i = 0; i < 5; i++) {
		/* 6 comes after 7 */
		ck_assert_ptr_eq(sn_block_next_row(&r.blk, rows_index(names[i]), i),
				 i == 2 ? NULL : rows[i]);
	}
	ck_assert_ptr_null(sn_block_next_row(&r.blk, rows_index("7"), 0));
	ck_assert_ptr_null(sn_block_next_row(&r.blk, rows_index("6.1"), 4));
	ck_assert_ptr_null(sn_block_next_row(&r.blk, rows_index("200"), 5));
	rows_fini(&r);
}
END_TEST

START_TEST(every_number_keeps_its_tag_and_value)
{
	static const uint8_t tags[] = {SN_TAG_COUNTER32, SN_TAG_GAUGE32, SN_TAG_TIMETICKS,
				       SN_TAG_COUNTER64, SN_TAG_UINTEGER32};
	struct sn_value v;
	struct rows r;

	rows_init(&r, &table, &origin);
	for (size_t i = 0; i < sizeof(tags); i++) {
		uint8_t ber[4];
		struct sn_row *row =
			sn_block_get_row(&r.blk, index_of((uint32_t)i, ber), (uint32_t)i);

		rows_uint(&r, row, 0, tags[i], UINT64_MAX - i);
		ck_assert(sn_block_get(&r.blk, row, 0, &v));
		ck_assert_uint_eq(v.tag, tags[i]);
		ck_assert(v.u == UINT64_MAX - i);
		ck_assert_uint_eq(sn_block_tag(&r.blk, row, 0), tags[i]);
	}
	rows_int(&r, rows_row(&r, "100"), 1, INT64_MIN);
	ck_assert(sn_block_get(&r.blk, rows_row(&r, "100"), 1, &v));
	ck_assert(v.tag == SN_TAG_INTEGER && v.i == INT64_MIN);
	rows_real(&r, rows_row(&r, "100"), 0, SN_TAG_FLOAT, 0.5);
	rows_real(&r, rows_row(&r, "100"), 2, SN_TAG_DOUBLE, -1.25);
	ck_assert(sn_block_get(&r.blk, rows_row(&r, "100"), 0, &v));
	ck_assert(v.tag == SN_TAG_FLOAT);
	ck_assert_double_eq(v.d, 0.5);
	ck_assert(sn_block_get(&r.blk, rows_row(&r, "100"), 2, &v));
	ck_assert(v.tag == SN_TAG_DOUBLE);
	ck_assert_double_eq(v.d, -1.25);
	ck_assert_uint_eq(rows_row(&r, "100")->filled, 3);
	rows_fini(&r);
}
END_TEST

START_TEST(octets_are_copied)
{
	static const uint8_t tags[] = {SN_TAG_OCTETS, SN_TAG_OID, SN_TAG_IPADDRESS, SN_TAG_OPAQUE,
				       SN_TAG_NSAP};
	struct rows r;

	rows_init(&r, &table, &origin);
	for (size_t i = 0; i < sizeof(tags); i++) {
		uint8_t ber[4];
		uint8_t octets[4] = {1, 0, 255, (uint8_t)i};
		struct sn_row *row =
			sn_block_get_row(&r.blk, index_of((uint32_t)i, ber), (uint32_t)i);
		struct sn_value v;

		rows_octets(&r, row, 0, tags[i], octets, sizeof(octets));
		rows_octets(&r, row, 2, tags[i], NULL, 0);
		memset(octets, 9, sizeof(octets));
		ck_assert(sn_block_get(&r.blk, row, 0, &v));
		ck_assert_uint_eq(v.tag, tags[i]);
		ck_assert_uint_eq(v.bytes.n, 4);
		ck_assert_mem_eq(v.bytes.p, ((uint8_t[4]){1, 0, 255, (uint8_t)i}), 4);
		ck_assert(sn_block_get(&r.blk, row, 2, &v));
		ck_assert_uint_eq(v.bytes.n, 0);
		ck_assert(!sn_block_get(&r.blk, row, 1, &v));
	}
	rows_fini(&r);
}
END_TEST

START_TEST(a_filled_cell_keeps_its_first_value)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = 5};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "1");
	ck_assert_int_eq(sn_block_set(&r.blk, row, 1, &v, 100), 1);
	v.u = 6;
	ck_assert_int_eq(sn_block_set(&r.blk, row, 1, &v, 200), 0);
	ck_assert(sn_block_get(&r.blk, row, 1, &v));
	ck_assert(v.u == 5);
	ck_assert_uint_eq(row->filled, 1);
	ck_assert(row->at == 100);
	rows_fini(&r);
}
END_TEST

START_TEST(null_and_exceptions_leave_the_cell_empty)
{
	static const uint8_t tags[] = {SN_TAG_NULL, SN_TAG_NO_SUCH_OBJECT, SN_TAG_NO_SUCH_INSTANCE,
				       SN_TAG_END_OF_MIB_VIEW};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "1");
	for (size_t i = 0; i < sizeof(tags); i++) {
		struct sn_value v = {.tag = tags[i]};

		ck_assert_int_eq(sn_block_set(&r.blk, row, 0, &v, 5), 0);
		ck_assert(!sn_block_get(&r.blk, row, 0, &v));
	}
	ck_assert_uint_eq(row->filled, 0);
	ck_assert(row->at == 0);
	rows_int(&r, row, 0, 1);
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_is_as_late_as_its_last_answer)
{
	struct sn_value v = {.tag = SN_TAG_INTEGER, .i = 1};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "1");
	ck_assert_int_eq(sn_block_set(&r.blk, row, 0, &v, 300), 1);
	ck_assert_int_eq(sn_block_set(&r.blk, row, 1, &v, 200), 1);
	ck_assert(row->at == 300);
	ck_assert_int_eq(sn_block_set(&r.blk, row, 2, &v, 400), 1);
	ck_assert(row->at == 400);
	rows_fini(&r);
}
END_TEST

START_TEST(one_row_of_scalars_takes_little_memory)
{
	struct rows r;

	rows_init(&r, &scalars, &origin);
	rows_int(&r, rows_row(&r, "0"), 2, 3);
	ck_assert_uint_lt((size_t)(r.arena.p - (r.arena.end - r.pool.chunk_size)), 512);
	rows_fini(&r);
}
END_TEST

START_TEST(the_only_row_is_that_with_the_index_0)
{
	static const uint8_t octet[] = {0};
	const struct sn_span index = sn_span_make(octet, 1);
	struct rows r;
	struct sn_row *row;
	struct sn_value v;

	rows_init(&r, &scalars, &origin);
	row = sn_block_only_row(&r.blk);
	ck_assert_ptr_nonnull(row);
	ck_assert_uint_eq(r.blk.nrows, 1);
	ck_assert_ptr_eq(sn_block_only_row(&r.blk), row);
	ck_assert_ptr_eq(sn_block_get_row(&r.blk, index, UINT32_MAX), row);
	ck_assert_ptr_eq(sn_block_find(&r.blk, index), row);
	ck_assert(sn_span_eq(sn_span_make(row->index->octet, row->index->n), index));
	for (uint32_t c = 0; c < scalars.ncolumns; c++) {
		ck_assert(!sn_block_get(&r.blk, row, c, &v));
	}
	/* and another one finds room behind it */
	ck_assert_ptr_ne(rows_row(&r, "7"), row);
	ck_assert_uint_eq(r.blk.nrows, 2);
	ck_assert_ptr_eq(sn_block_find(&r.blk, index), row);
	rows_fini(&r);
}
END_TEST

START_TEST(an_instance_is_plain_when_no_format_escapes_any_of_it)
{
	ck_assert_uint_eq(sn_origin_plain("[2001:db8::1]:1161"), 18);
	ck_assert_uint_eq(sn_origin_plain("core-1_a.example.net"), 20);
	ck_assert_uint_eq(sn_origin_plain(""), 0);
	for (int c = 1; c < 256; c++) {
		const char text[] = {'a', (char)c, 'b', '\0'};
		bool plain = (c < 0x80 && isalnum(c)) || strchr(".:-_[]", c);

		ck_assert_uint_eq(sn_origin_plain(text), plain ? 3 : 0);
	}
}
END_TEST

START_TEST(a_row_larger_than_a_segment_works)
{
	enum { WIDE = 3000 };
	struct sn_column *wide = calloc(WIDE, sizeof(*wide));
	struct sn_schema schema = table;
	struct rows r;

	suite_expect(wide != NULL);
	schema.columns = wide;
	schema.ncolumns = WIDE;
	rows_init(&r, &schema, &origin);
	for (uint32_t i = 0; i < 20; i++) {
		uint8_t ber[4];
		struct sn_row *row = sn_block_get_row(&r.blk, index_of(i, ber), i);

		rows_int(&r, row, WIDE - 1, i);
		rows_int(&r, row, 0, i + 1);
	}
	for (uint32_t i = 0; i < 20; i++) {
		struct sn_value v;

		ck_assert(sn_block_get(&r.blk, sn_block_row(&r.blk, i), WIDE - 1, &v));
		ck_assert(v.i == i);
		ck_assert(!sn_block_get(&r.blk, sn_block_row(&r.blk, i), WIDE - 2, &v));
	}
	rows_fini(&r);
	free(wide);
}
END_TEST

/* Fills a block until memory ends; everything it said yes to must be there. */
static uint32_t fill_until_refused(struct rows *r)
{
	struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_make("0123456789", 10)};
	uint32_t stored = 0;
	uint8_t ber[4];

	for (uint32_t i = 0; i < 5000; i++) {
		struct sn_row *row = sn_block_get_row(&r->blk, index_of(i, ber), i);

		if (!row) {
			suite_expect(!sn_block_find(&r->blk, index_of(i, ber)));
			break;
		}
		if (sn_block_set(&r->blk, row, 1, &v, 1) != 1) {
			suite_expect(row->filled == 0 && !sn_block_tag(&r->blk, row, 1));
			break;
		}
		stored++;
	}
	for (uint32_t i = 0; i < stored; i++) {
		const struct sn_row *row = sn_block_find(&r->blk, index_of(i, ber));

		suite_expect(row && row->number == i && sn_block_get(&r->blk, row, 1, &v));
		suite_expect(sn_span_eq(v.bytes, sn_span_str("0123456789")));
	}
	return stored;
}

START_TEST(running_out_of_memory_loses_nothing_that_is_stored)
{
	uint32_t before = 0;

	for (long n = 0; n < 12; n++) {
		struct rows r;
		uint32_t stored;

		rows_init(&r, &table, &origin);
		sn_arena_pool_init(&r.pool, 4096);
		mallocs_left = n;
		stored = fill_until_refused(&r);
		mallocs_left = 1L << 40;
		suite_expect(stored < 5000 && stored >= before);
		before = stored;
		rows_fini(&r);
	}
	ck_assert_uint_gt(before, 100);
}
END_TEST

START_TEST(growing_again_allocates_nothing)
{
	struct rows r;

	rows_init(&r, &table, &origin);
	for (int round = 0; round < 3; round++) {
		uint8_t ber[4];

		if (round) {
			mallocs_left = 0;
		}
		sn_block_init(&r.blk, &table, &origin, &r.arena);
		for (uint32_t i = 0; i < 2000; i++) {
			suite_expect(sn_block_get_row(&r.blk, index_of(i, ber), i));
		}
		sn_arena_reset(&r.arena);
	}
	mallocs_left = 1L << 40;
	rows_fini(&r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_empty_block_has_no_rows,
				      a_row_is_made_once_and_found_again,
				      an_index_may_be_empty_or_long,
				      the_hint_is_only_a_hint,
				      many_rows_in_any_order_stay_where_they_are,
				      the_next_row_is_given_only_where_rows_ascend,
				      every_number_keeps_its_tag_and_value,
				      octets_are_copied,
				      a_filled_cell_keeps_its_first_value,
				      null_and_exceptions_leave_the_cell_empty,
				      a_row_is_as_late_as_its_last_answer,
				      one_row_of_scalars_takes_little_memory,
				      the_only_row_is_that_with_the_index_0,
				      an_instance_is_plain_when_no_format_escapes_any_of_it,
				      a_row_larger_than_a_segment_works,
				      running_out_of_memory_loses_nothing_that_is_stored,
				      growing_again_allocates_nothing,
				      NULL};

	return suite_run_tests("block", tests, 30);
}
