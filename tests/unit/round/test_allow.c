/*
 * Rows that a dynamic filter allows, known by the last arc of their index.
 */
#include "round/allow.h"

#include "support/suite.h"

enum { REGEXES = 2 };

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_block blk;
static struct sn_regex *regex[REGEXES];
static const struct sn_regex *values[REGEXES];
static struct sn_plan_filter filter = {.column = 1, .values = values};
static struct sn_allowed allowed;

static void setup(void)
{
	static const struct sn_column columns[] = {{.name = "a"}, {.name = "b"}};
	static const struct sn_schema schema = {.columns = columns, .ncolumns = 2, .nwalked = 2};
	static const struct sn_origin origin = {.instance = "device"};

	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	sn_block_init(&blk, &schema, &origin, &arena);
}

static void teardown(void)
{
	for (int i = 0; i < REGEXES; i++) {
		sn_regex_free(regex[i]);
	}
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

static void add_regex(const char *pattern)
{
	char why[SN_REGEX_WHY_MAX];
	uint32_t i = filter.nvalues++;

	ck_assert_int_eq(sn_regex_compile(pattern, 0, &regex[i], why, sizeof(why)), SN_OK);
	values[i] = regex[i];
}

static void put(const char *index, uint32_t column, const struct sn_value *v)
{
	struct sn_row *row = sn_block_get_row(&blk, sn_span_str(index), UINT32_MAX);

	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(sn_block_set(&blk, row, column, v, 1), 1);
}

static void put_text(const char *index, const char *text)
{
	const struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str(text)};

	put(index, 1, &v);
}

/* The arcs, one behind the other. */
static void are_allowed(const char *arcs)
{
	size_t at = 0;

	ck_assert_int_eq(sn_allow_rows(&filter, &blk, &allowed), SN_OK);
	for (uint32_t i = 0; i < allowed.n; i++) {
		ck_assert_uint_le(at + allowed.arcs[i].n, strlen(arcs));
		ck_assert_mem_eq(allowed.arcs[i].p, arcs + at, allowed.arcs[i].n);
		at += allowed.arcs[i].n;
	}
	ck_assert_uint_eq(at, strlen(arcs));
}

START_TEST(any_of_the_regexes_may_match_anywhere)
{
	add_regex("th1");
	add_regex("^ge");
	put_text("\1", "eth1");
	put_text("\2", "eth2");
	put_text("\3", "ge-0/0");
	put_text("\4", "edge");
	are_allowed("\1\3");
}
END_TEST

START_TEST(numbers_match_as_decimal_text)
{
	const struct sn_value one = {.tag = SN_TAG_INTEGER, .i = 1};
	const struct sn_value seven = {.tag = SN_TAG_INTEGER, .i = 7};

	add_regex("^1$");
	put("\1", 1, &one);
	put("\2", 1, &seven);
	are_allowed("\1");
}
END_TEST

START_TEST(rows_without_the_column_are_not_allowed)
{
	const struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str("yes")};

	add_regex("");
	put("\1", 0, &v);
	put("\2", 1, &v);
	are_allowed("\2");
}
END_TEST

START_TEST(the_last_arc_may_have_several_octets)
{
	add_regex("x");
	put_text("\1\x81\1", "x");
	put_text("\2\x82\x80\1", "x");
	put_text("\x83\1", "x");
	are_allowed("\x81\1\x83\1\x82\x80\1");
}
END_TEST

START_TEST(arcs_are_in_order_and_there_once)
{
	add_regex("x");
	put_text("\1\7", "x");
	put_text("\2\3", "x");
	put_text("\2\7", "x");
	put_text("\3\x81\1", "x");
	put_text("\4\1", "x");
	put_text("\5\3", "y");
	are_allowed("\1\3\7\x81\1");
}
END_TEST

START_TEST(a_filter_without_values_allows_nothing)
{
	put_text("\1", "x");
	are_allowed("");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		any_of_the_regexes_may_match_anywhere,	 numbers_match_as_decimal_text,
		rows_without_the_column_are_not_allowed, the_last_arc_may_have_several_octets,
		arcs_are_in_order_and_there_once,	 a_filter_without_values_allows_nothing};
	Suite *s = suite_create("allow");
	TCase *tc = tcase_create("allow");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
