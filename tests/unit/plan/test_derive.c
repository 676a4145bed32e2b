/*
 * Cells that are made from other cells: copied, converted, extracted, joined. Behaviour of
 * plan/derive.h.
 */
#include "plan/derive.h"

#include "codec/oid.h"

#include "support/suite.h"

enum { COLUMNS = 6 };

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_block blk;
static struct sn_block other;

static struct sn_column columns[COLUMNS];
static const struct sn_index two[] = {{.label = "name", .kind = SN_KIND_TEXT},
				      {.label = "number", .kind = SN_KIND_GAUGE}};
static const struct sn_schema schema = {.columns = columns,
					.ncolumns = COLUMNS,
					.nwalked = 2,
					.indexes = two,
					.nindexes = 2,
					.discontinuity = -1};
static const struct sn_schema bare = {
	.columns = columns, .ncolumns = COLUMNS, .nwalked = 2, .discontinuity = -1};
static const struct sn_origin origin = {.instance = "device"};

static void setup(void)
{
	memset(columns, 0, sizeof(columns));
	columns[0].kind = SN_KIND_TEXT;
	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	sn_block_init(&blk, &schema, &origin, &arena);
	sn_block_init(&other, &bare, &origin, &arena);
}

static void teardown(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

static struct sn_row *add_row(struct sn_block *b, const char *index)
{
	struct sn_row *row = sn_block_get_row(b, sn_span_str(index), b->nrows);

	suite_expect(row != NULL);
	return row;
}

static void set_text(struct sn_block *b, struct sn_row *row, uint32_t column, const char *text)
{
	const struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str(text)};

	suite_expect(sn_block_set(b, row, column, &v, 1000) == 1);
}

static void set_number(struct sn_block *b, struct sn_row *row, uint32_t column, int64_t number)
{
	const struct sn_value v = {.tag = SN_TAG_INTEGER, .i = number};

	suite_expect(sn_block_set(b, row, column, &v, 1000) == 1);
}

static bool text_is(const struct sn_block *b, const struct sn_row *row, uint32_t column,
		    const char *text)
{
	struct sn_value v;

	return sn_block_get(b, row, column, &v) && v.tag == SN_TAG_OCTETS &&
	       sn_span_eq(v.bytes, sn_span_str(text));
}

START_TEST(a_copy_is_the_same_value_and_makes_the_row_no_younger)
{
	static const struct sn_derive ops[] = {{.how = SN_DERIVE_COPY, .column = 2, .from = 0},
					       {.how = SN_DERIVE_COPY, .column = 3, .from = 1}};
	struct sn_row *row = add_row(&blk, "\1a\7");
	struct sn_value v;

	set_text(&blk, row, 0, "eth0");
	ck_assert_int_eq(sn_derive_local(ops, 2, &blk), SN_OK);
	ck_assert(text_is(&blk, row, 2, "eth0"));
	ck_assert(!sn_block_get(&blk, row, 3, &v));
	ck_assert_uint_eq(row->at, 1000);
}
END_TEST

START_TEST(a_conversion_reads_the_column_beside_its_own)
{
	static const struct sn_derive ops[] = {
		{.how = SN_DERIVE_CONVERT,
		 .column = 2,
		 .from = 0,
		 .convert = {.spec = {.how = SN_CONVERT_INET}, .beside = 1}}};
	struct sn_row *known = add_row(&blk, "\1a\1");
	struct sn_row *unknown = add_row(&blk, "\1b\1");

	set_text(&blk, known, 0, "\x7f\1\2\3");
	set_number(&blk, known, 1, 1);
	set_text(&blk, unknown, 0, "\x7f\1\2\3");
	ck_assert_int_eq(sn_derive_local(ops, 1, &blk), SN_OK);
	ck_assert(text_is(&blk, known, 2, "127.1.2.3"));
	ck_assert(text_is(&blk, unknown, 2, "0x7F010203"));
}
END_TEST

START_TEST(what_does_not_convert_is_no_value)
{
	static const struct sn_derive ops[] = {
		{.how = SN_DERIVE_CONVERT,
		 .column = 2,
		 .from = 0,
		 .convert = {.spec = {.how = SN_CONVERT_DATE_AND_TIME},
			     .beside = SN_DERIVE_NO_COLUMN}}};
	struct sn_row *row = add_row(&blk, "\1a\1");
	struct sn_value v;

	set_text(&blk, row, 0, "short");
	ck_assert_int_eq(sn_derive_local(ops, 1, &blk), SN_OK);
	ck_assert(!sn_block_get(&blk, row, 2, &v));
}
END_TEST

START_TEST(numbers_are_found_in_texts_and_in_numbers)
{
	struct sn_regex *re;
	char why[SN_REGEX_WHY_MAX];
	struct sn_extract list[1] = {{.value = "$1"}};
	struct sn_derive op = {.how = SN_DERIVE_EXTRACT,
			       .column = 2,
			       .from = 0,
			       .extract = {.list = list, .n = 1}};
	struct sn_row *text = add_row(&blk, "\1a\1");
	struct sn_row *number = add_row(&blk, "\1b\1");
	struct sn_row *neither = add_row(&blk, "\1c\1");
	struct sn_value v;

	ck_assert_int_eq(sn_regex_compile("([0-9.]+)C?", SN_REGEX_ANCHORED, &re, why, sizeof(why)),
			 SN_OK);
	list[0].regex = re;
	set_text(&blk, text, 0, "21.5C");
	set_number(&blk, number, 0, 17);
	set_text(&blk, neither, 0, "warm");
	ck_assert_int_eq(sn_derive_local(&op, 1, &blk), SN_OK);
	ck_assert(sn_block_get(&blk, text, 2, &v));
	ck_assert_uint_eq(v.tag, SN_TAG_DOUBLE);
	ck_assert_double_eq(v.d, 21.5);
	ck_assert(sn_block_get(&blk, number, 2, &v));
	ck_assert_double_eq(v.d, 17);
	ck_assert(!sn_block_get(&blk, neither, 2, &v));
	sn_regex_free(re);
}
END_TEST

START_TEST(regexes_look_at_the_text_that_a_label_would_have)
{
	static const struct {
		enum sn_kind kind;
		const char *pattern;
	} rows[] = {{SN_KIND_TEXT, "\\x0a(7)"},
		    {SN_KIND_HEX, "0x0A3(7)"},
		    {SN_KIND_PHYS_ADDRESS48, "0A:3(7):00:00:00:00"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_regex *re;
		char why[SN_REGEX_WHY_MAX];
		struct sn_extract list[1] = {{.value = "$1"}};
		struct sn_derive op = {.how = SN_DERIVE_EXTRACT,
				       .column = 2,
				       .from = 0,
				       .extract = {.list = list, .n = 1}};
		char index[] = {1, (char)('a' + i), 1, '\0'};
		struct sn_row *row = add_row(&blk, index);
		struct sn_value v;

		columns[0].kind = rows[i].kind;
		ck_assert_int_eq(sn_regex_compile(rows[i].pattern, SN_REGEX_ANCHORED, &re, why,
						  sizeof(why)),
				 SN_OK);
		list[0].regex = re;
		set_text(&blk, row, 0, "\n7");
		ck_assert_int_eq(sn_derive_local(&op, 1, &blk), SN_OK);
		ck_assert_msg(sn_block_get(&blk, row, 2, &v), "%s", rows[i].pattern);
		ck_assert_double_eq(v.d, 7);
		sn_regex_free(re);
	}
}
END_TEST

START_TEST(a_join_finds_its_row_by_labels_with_their_lengths)
{
	static const struct sn_derive_part name[] = {{.is_index = true, .ref = 0}};
	static const struct sn_derive_part both[] = {{.is_index = true, .ref = 1},
						     {.is_index = true, .ref = 0}};
	static const struct sn_derive ops[] = {
		{.how = SN_DERIVE_JOIN,
		 .column = 2,
		 .from = 0,
		 .join = {.parts = name, .nparts = 1, .table = 0}},
		{.how = SN_DERIVE_JOIN,
		 .column = 3,
		 .from = 0,
		 .join = {.parts = both, .nparts = 2, .table = 0}},
	};
	const struct sn_block *tables[] = {&other};
	struct sn_row *row = add_row(&blk, "\2ab\7");
	struct sn_row *lonely = add_row(&blk, "\2xy\7");
	struct sn_value v;

	set_number(&blk, row, 1, 1);
	set_number(&blk, lonely, 1, 1);
	set_text(&other, add_row(&other, "\2ab"), 0, "by name");
	set_text(&other, add_row(&other, "\7\2ab"), 0, "by both");
	ck_assert_int_eq(sn_derive_joins(ops, 2, &blk, tables), SN_OK);
	ck_assert(text_is(&blk, row, 2, "by name"));
	ck_assert(text_is(&blk, row, 3, "by both"));
	ck_assert(!sn_block_get(&blk, lonely, 2, &v));
}
END_TEST

START_TEST(a_row_with_nothing_in_it_stays_so)
{
	static const struct sn_derive_part name[] = {{.is_index = true, .ref = 0}};
	static const struct sn_derive ops[] = {
		{.how = SN_DERIVE_JOIN, .column = 2, .join = {.parts = name, .nparts = 1}}};
	const struct sn_block *tables[] = {&other};
	struct sn_row *gone = add_row(&blk, "\2ab\7");

	set_text(&other, add_row(&other, "\2ab"), 0, "by name");
	ck_assert_int_eq(sn_derive_joins(ops, 1, &blk, tables), SN_OK);
	ck_assert_uint_eq(gone->filled, 0);
}
END_TEST

START_TEST(a_join_follows_the_number_in_a_cell)
{
	static const struct sn_derive_part port[] = {{.is_index = false, .ref = 1}};
	static const struct sn_derive ops[] = {{.how = SN_DERIVE_JOIN,
						.column = 2,
						.from = 0,
						.join = {.parts = port, .nparts = 1, .table = 0}}};
	const struct sn_block *tables[] = {&other};
	struct sn_row *row = add_row(&blk, "\1a\1");
	struct sn_row *without = add_row(&blk, "\1b\1");
	struct sn_value v;

	set_number(&blk, row, 1, 300);
	set_number(&blk, without, 0, 300);
	set_text(&other, add_row(&other, "\x82\x2c"), 0, "port 300");
	ck_assert_int_eq(sn_derive_joins(ops, 1, &blk, tables), SN_OK);
	ck_assert(text_is(&blk, row, 2, "port 300"));
	ck_assert(!sn_block_get(&blk, without, 2, &v));
}
END_TEST

START_TEST(a_join_does_not_follow_a_cell_whose_row_has_an_odd_index)
{
	static const struct sn_derive_part port[] = {{.own_row = true, .ref = 1}};
	static const struct sn_derive ops[] = {{.how = SN_DERIVE_JOIN,
						.column = 2,
						.from = 0,
						.join = {.parts = port, .nparts = 1, .table = 0}}};
	const struct sn_block *tables[] = {&other};
	struct sn_row *right = add_row(&blk, "\1a\1");
	struct sn_row *longer = add_row(&blk, "\1a\1\5");
	struct sn_row *shorter = add_row(&blk, "\1a");
	struct sn_value v;

	set_text(&other, add_row(&other, "\7"), 0, "port 7");
	set_number(&blk, right, 1, 7);
	set_number(&blk, longer, 1, 7);
	set_number(&blk, shorter, 1, 7);
	ck_assert_int_eq(sn_derive_joins(ops, 1, &blk, tables), SN_OK);
	ck_assert(text_is(&blk, right, 2, "port 7"));
	ck_assert(!sn_block_get(&blk, longer, 2, &v));
	ck_assert(!sn_block_get(&blk, shorter, 2, &v));
}
END_TEST

START_TEST(a_join_with_many_long_labels_finds_nothing_and_overruns_nothing)
{
	struct sn_derive_part parts[60];
	const struct sn_derive op = {.how = SN_DERIVE_JOIN,
				     .column = 2,
				     .join = {.parts = parts, .nparts = 60, .table = 0}};
	const struct sn_block *tables[] = {&other};
	char index[130];
	struct sn_value v;
	struct sn_row *row;

	memset(index, 'x', sizeof(index));
	index[0] = 120;
	index[121] = 1;
	index[122] = '\0';
	for (int i = 0; i < 60; i++) {
		parts[i] = (struct sn_derive_part){.is_index = true, .ref = 0};
	}
	row = add_row(&blk, index);
	set_number(&blk, row, 1, 1);
	set_text(&other, add_row(&other, "x"), 0, "x");
	ck_assert_int_eq(sn_derive_joins(&op, 1, &blk, tables), SN_OK);
	ck_assert(!sn_block_get(&blk, row, 2, &v));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("derive");
	TCase *tc = tcase_create("derive");
	const TTest *const tests[] = {
		a_copy_is_the_same_value_and_makes_the_row_no_younger,
		a_conversion_reads_the_column_beside_its_own,
		what_does_not_convert_is_no_value,
		numbers_are_found_in_texts_and_in_numbers,
		regexes_look_at_the_text_that_a_label_would_have,
		a_join_finds_its_row_by_labels_with_their_lengths,
		a_row_with_nothing_in_it_stays_so,
		a_join_follows_the_number_in_a_cell,
		a_join_does_not_follow_a_cell_whose_row_has_an_odd_index,
		a_join_with_many_long_labels_finds_nothing_and_overruns_nothing,
	};

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
