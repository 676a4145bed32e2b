/*
 * What plans get by name: scalars and where else they may lie, instances, filters and what these
 * take out. Behaviour of plan/plan.h.
 */
#include "codec/oid.h"
#include "plan/plan.h"
#include "support/suite.h"

enum { MOST = 8 };

static const struct sn_index index_i = {.label = "i", .kind = SN_KIND_GAUGE};
static const struct sn_regex *const any[] = {NULL};

static struct sn_module m;
static struct sn_module_metric metrics[MOST];
static struct sn_module_filter filters[MOST];
static struct sn_span walks[MOST];
static struct sn_span gets[MOST];
static struct sn_span targets[MOST];
static uint8_t octets[2048]; /* of OIDs */
static size_t used;
static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_plan plan;

static struct sn_span oid(const char *text)
{
	int n = sn_oid_from_text(text, octets + used, sizeof(octets) - used);

	suite_expect(n > 0);
	used += (size_t)n;
	return sn_span_make(octets + used - n, (size_t)n);
}

static void setup(void)
{
	m = (struct sn_module){.name = "m",
			       .walks = walks,
			       .gets = gets,
			       .metrics = metrics,
			       .filters = filters,
			       .max_repetitions = 25,
			       .retries = -1};
	sn_arena_pool_init(&pool, 1024);
	sn_arena_init(&arena, &pool);
}

static void teardown(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

static void walk(const char *text)
{
	walks[m.nwalks++] = oid(text);
}

static void get(const char *text)
{
	gets[m.ngets++] = oid(text);
}

static void metric(const char *text, const struct sn_index *index)
{
	metrics[m.nmetrics++] = (struct sn_module_metric){.name = "x",
							  .help = "",
							  .oid = oid(text),
							  .type.kind = SN_KIND_GAUGE,
							  .indexes = index,
							  .nindexes = index ? 1 : 0};
}

/* A filter with one target. */
static void filter(const char *text, const char *target)
{
	targets[m.nfilters] = oid(target);
	filters[m.nfilters] = (struct sn_module_filter){.oid = oid(text),
							.targets = &targets[m.nfilters],
							.values = any,
							.ntargets = 1,
							.nvalues = 1};
	m.nfilters++;
}

static void build(void)
{
	char why[SN_PLAN_WHY_MAX];

	ck_assert_msg(sn_plan_build(&m, NULL, &arena, &plan, why) == SN_OK, "%s", why);
}

/* root "": none. */
static void expect_get(uint32_t i, const char *name, const char *root)
{
	ck_assert_uint_lt(i, plan.ngets);
	ck_assert(sn_span_eq(plan.gets[i].name, oid(name)));
	if (root[0]) {
		ck_assert(sn_span_eq(plan.gets[i].root, oid(root)));
	} else {
		ck_assert_uint_eq(plan.gets[i].root.n, 0);
	}
}

/*** Scalars ***/

START_TEST(a_walked_scalar_may_lie_anywhere_below_its_oid)
{
	walk("1.3.6.1.2.1.1");
	metric("1.3.6.1.2.1.1.5", NULL);
	metric("1.3.6.1.2.1.1.3.0", NULL);
	build();
	ck_assert_uint_eq(plan.ngets, 2);
	expect_get(0, "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.5");
	expect_get(1, "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.3.0");
}
END_TEST

START_TEST(a_walk_below_a_scalar_brings_what_is_below_the_walk)
{
	walk("1.3.6.1.2.1.1.5.4");
	metric("1.3.6.1.2.1.1.5", NULL);
	build();
	ck_assert_uint_eq(plan.ngets, 1);
	expect_get(0, "1.3.6.1.2.1.1.5.4", "1.3.6.1.2.1.1.5.4");
}
END_TEST

START_TEST(a_scalar_that_is_only_got_lies_nowhere_else)
{
	get("1.3.6.1.2.1.1.5.0");
	metric("1.3.6.1.2.1.1.5", NULL);
	build();
	ck_assert_uint_eq(plan.ngets, 1);
	expect_get(0, "1.3.6.1.2.1.1.5.0", "");
}
END_TEST

START_TEST(all_gets_of_a_scalar_are_asked_once_each_and_fill_one_column)
{
	walk("1.3.6.1.2.1.1.5");
	get("1.3.6.1.2.1.1.5.1");
	get("1.3.6.1.2.1.1.4.0");
	get("1.3.6.1.2.1.1.5.2");
	get("1.3.6.1.2.1.1.5.1");
	metric("1.3.6.1.2.1.1.5", NULL);
	metric("1.3.6.1.2.1.1.4", NULL);
	build();
	ck_assert_uint_eq(plan.ngets, 3);
	expect_get(0, "1.3.6.1.2.1.1.5.1", "");
	expect_get(1, "1.3.6.1.2.1.1.5.2", "1.3.6.1.2.1.1.5");
	expect_get(2, "1.3.6.1.2.1.1.4.0", "");
	ck_assert_uint_eq(plan.scalars.ncolumns, 2);
	ck_assert_uint_eq(plan.gets[0].column, plan.gets[1].column);
	ck_assert_uint_ne(plan.gets[0].column, plan.gets[2].column);
}
END_TEST

/*** Filters ***/

/* The table and column that the first filter reads. */
static const struct sn_plan_table *filter_table(void)
{
	ck_assert_uint_eq(plan.nfilters, 1);
	return &plan.tables[plan.filters[0].table];
}

START_TEST(a_filter_that_is_its_own_target_reads_a_column_of_its_own)
{
	walk("1.3.6.1.2.1.2.2.1.8");
	metric("1.3.6.1.2.1.2.2.1.8", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.8");
	build();
	ck_assert_uint_eq(plan.ntables, 2);
	ck_assert_uint_eq(plan.tables[0].schema.nwalked, 0);
	ck_assert_uint_eq(plan.filters[0].targets[0].table, 0);
	ck_assert(plan.filters[0].targets[0].is_walk);
	ck_assert(filter_table()->internal);
	ck_assert_uint_eq(filter_table()->schema.nwalked, 1);
}
END_TEST

START_TEST(a_filter_does_not_make_a_got_column_a_walked_one)
{
	walk("1.3.6.1.2.1.2.2.1.10");
	get("1.3.6.1.2.1.2.2.1.8.3");
	metric("1.3.6.1.2.1.2.2.1.8", &index_i);
	metric("1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(plan.tables[0].schema.nwalked, 0);
	ck_assert_uint_eq(plan.ninstances, 1);
	ck_assert_uint_eq(plan.instances[0].nfilters, 0);
	ck_assert(filter_table()->internal);
}
END_TEST

START_TEST(a_filter_reads_a_column_that_is_walked_anyway)
{
	walk("1.3.6.1.2.1.2.2.1.8");
	walk("1.3.6.1.2.1.2.2.1.10");
	metric("1.3.6.1.2.1.2.2.1.8", &index_i);
	metric("1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(plan.ntables, 1);
	ck_assert_uint_eq(plan.filters[0].table, 0);
	ck_assert_uint_eq(plan.tables[0].schema.nwalked, 1);
}
END_TEST

START_TEST(a_target_that_the_module_does_not_walk_is_only_got)
{
	walk("1.3.6.1.2.1.31");
	metric("1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(plan.nfilters, 1);
	ck_assert_uint_eq(plan.filters[0].ntargets, 1);
	ck_assert(!plan.filters[0].targets[0].is_walk);
}
END_TEST

START_TEST(gets_below_a_target_know_who_takes_them_out)
{
	get("1.3.6.1.2.1.2.2.1.10.4");
	get("1.3.6.1.2.1.2.2.1.16.4");
	metric("1.3.6.1.2.1.2.2.1.10", &index_i);
	metric("1.3.6.1.2.1.2.2.1.16", &index_i);
	filter("1.3.6.1.2.1.2.2.1.7", "1.3.6.1.2.1.99"); /* does nothing */
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(plan.nfilters, 1);
	ck_assert_uint_eq(plan.ninstances, 2);
	ck_assert_uint_eq(plan.instances[0].nfilters, 1);
	ck_assert_uint_eq(plan.instances[0].filters[0], 0);
	ck_assert_uint_eq(plan.instances[1].nfilters, 0);
}
END_TEST

START_TEST(a_filter_without_columns_still_takes_gets_out)
{
	get("1.3.6.1.2.1.2.2.1.10.4");
	metric("1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2");
	build();
	ck_assert_uint_eq(plan.nfilters, 1);
	ck_assert_uint_eq(plan.filters[0].ntargets, 0);
	ck_assert_uint_eq(plan.instances[0].nfilters, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_walked_scalar_may_lie_anywhere_below_its_oid,
		a_walk_below_a_scalar_brings_what_is_below_the_walk,
		a_scalar_that_is_only_got_lies_nowhere_else,
		all_gets_of_a_scalar_are_asked_once_each_and_fill_one_column,
		a_filter_that_is_its_own_target_reads_a_column_of_its_own,
		a_filter_does_not_make_a_got_column_a_walked_one,
		a_filter_reads_a_column_that_is_walked_anyway,
		a_target_that_the_module_does_not_walk_is_only_got,
		gets_below_a_target_know_who_takes_them_out,
		a_filter_without_columns_still_takes_gets_out,
	};
	Suite *s = suite_create("plan_names");
	TCase *tc = tcase_create("plan_names");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
