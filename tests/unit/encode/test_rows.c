/*
 * Rows into a buffer, whole ones only. Behaviour of encode/rows.h.
 */
#include "encode/rows.h"

#include "support/rows.h"
#include "support/suite.h"

enum { LETTERS = 4 }; /* that a row writes */

/* A format for tests: a row is four times the letter of its number. */
struct format {
	uint32_t silent;    /* number of a row that has nothing to say */
	uint32_t exhausted; /* number of the row at which memory ends */
};

static int put(void *format, const struct sn_row *row, struct sn_text *t)
{
	const struct format *f = format;

	if (row->number == f->exhausted) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; row->number != f->silent && i < LETTERS; i++) {
		sn_text_char(t, (char)('a' + (int)row->number));
	}
	return row->number != f->silent;
}

static const struct sn_column columns[] = {{.name = "c", .kind = SN_KIND_GAUGE, .is_value = true}};
static const struct sn_index indexes[] = {{.label = "i"}};
static const struct sn_schema schema = {.module = "m",
					.table = "t",
					.columns = columns,
					.ncolumns = 1,
					.indexes = indexes,
					.nindexes = 1,
					.discontinuity = -1};
static const struct sn_origin origin = {.instance = "d"};
static struct rows r;

static void setup(void)
{
	rows_init(&r, &schema, &origin);
	rows_row(&r, "1");
	rows_row(&r, "2");
	rows_row(&r, "3");
}

/* All from `next` on and below row number `end` into cap bytes, then how far that came. */
static void expect(struct format f, uint32_t next, uint32_t end, size_t cap, int len,
		   const char *text, uint32_t after, uint32_t records)
{
	struct sn_encoder_run run = {.next = next};
	uint8_t out[64];

	ck_assert_int_eq(sn_rows_write(&r.blk, &run, end, put, &f, out, cap), len);
	ck_assert(len < 0 || memcmp(out, text, (size_t)len) == 0);
	ck_assert_uint_eq(run.next, after);
	ck_assert_uint_eq(run.records, records);
}

static const struct format usual = {.silent = UINT32_MAX, .exhausted = UINT32_MAX};

START_TEST(takes_the_rows_that_fit_whole)
{
	setup();
	expect(usual, 0, 3, 64, 12, "aaaabbbbcccc", 3, 3);
	expect(usual, 0, 3, 12, 12, "aaaabbbbcccc", 3, 3);
	expect(usual, 0, 3, 11, 8, "aaaabbbb", 2, 2);
	expect(usual, 2, 3, 11, 4, "cccc", 3, 1);
	expect(usual, 0, 3, 3, SN_ESPACE, "", 0, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(ends_before_the_end)
{
	setup();
	expect(usual, 1, 2, 64, 4, "bbbb", 2, 1);
	expect(usual, 3, 3, 64, 0, "", 3, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_with_nothing_to_say_is_passed_and_is_no_record)
{
	const struct format f = {.silent = 1, .exhausted = UINT32_MAX};

	setup();
	expect(f, 0, 3, 8, 8, "aaaacccc", 3, 2);
	expect(f, 1, 2, 8, 0, "", 2, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(what_was_written_before_memory_ended_counts)
{
	const struct format f = {.silent = UINT32_MAX, .exhausted = 1};

	setup();
	expect(f, 0, 3, 64, 4, "aaaa", 1, 1);
	expect(f, 1, 3, 64, SN_ENOMEM, "", 1, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(one_row_alone_has_the_same_results)
{
	struct format f = {.silent = 1, .exhausted = 2};
	uint8_t out[LETTERS];

	setup();
	ck_assert_int_eq(sn_rows_write_one(sn_block_row(&r.blk, 0), put, &f, out, 4), 4);
	ck_assert_mem_eq(out, "aaaa", 4);
	ck_assert_int_eq(sn_rows_write_one(sn_block_row(&r.blk, 0), put, &f, out, 3), SN_ESPACE);
	ck_assert_int_eq(sn_rows_write_one(sn_block_row(&r.blk, 1), put, &f, out, 4), 0);
	ck_assert_int_eq(sn_rows_write_one(sn_block_row(&r.blk, 2), put, &f, out, 4), SN_ENOMEM);
	rows_fini(&r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {takes_the_rows_that_fit_whole,
				      ends_before_the_end,
				      a_row_with_nothing_to_say_is_passed_and_is_no_record,
				      what_was_written_before_memory_ended_counts,
				      one_row_alone_has_the_same_results,
				      NULL};

	return suite_run_tests("rows", tests, 30);
}
