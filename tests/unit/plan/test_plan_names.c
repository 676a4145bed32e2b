/*
 * What plans get by name: scalars and where else they may lie, instances, filters and what these
 * take out. Behaviour of plan/plan.h.
 */
#include "plan/plan.h"

#include "support/module_draft.h"
#include "support/suite.h"

enum { MOST = 8 };

static const struct sn_index index_i = {.label = "i", .kind = SN_KIND_GAUGE};
static const struct sn_regex *const any[] = {NULL};

static struct sn_module_filter filters[MOST];
static struct sn_span targets[MOST];

static void setup(void)
{
	draft_begin();
	draft.m.filters = filters;
}

/* A filter with one target. */
static void filter(const char *text, const char *target)
{
	targets[draft.m.nfilters] = draft_oid(target);
	filters[draft.m.nfilters] = (struct sn_module_filter){.oid = draft_oid(text),
							      .targets = &targets[draft.m.nfilters],
							      .values = any,
							      .ntargets = 1,
							      .nvalues = 1};
	draft.m.nfilters++;
}

static void build(void)
{
	ck_assert_msg(draft_build() == SN_OK, "%s", draft.why);
}

/* root "": none. */
static void expect_get(uint32_t i, const char *name, const char *root)
{
	ck_assert_uint_lt(i, draft.plan.ngets);
	ck_assert(sn_span_eq(draft.plan.gets[i].name, draft_oid(name)));
	if (root[0]) {
		ck_assert(sn_span_eq(draft.plan.gets[i].root, draft_oid(root)));
	} else {
		ck_assert_uint_eq(draft.plan.gets[i].root.n, 0);
	}
}

/*** Scalars ***/

START_TEST(a_walked_scalar_may_lie_anywhere_below_its_oid)
{
	draft_walk("1.3.6.1.2.1.1");
	draft_metric("x", "1.3.6.1.2.1.1.5", NULL);
	draft_metric("x", "1.3.6.1.2.1.1.3.0", NULL);
	build();
	ck_assert_uint_eq(draft.plan.ngets, 2);
	expect_get(0, "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.5");
	expect_get(1, "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.3.0");
}
END_TEST

START_TEST(a_walk_below_a_scalar_brings_what_is_below_the_walk)
{
	draft_walk("1.3.6.1.2.1.1.5.4");
	draft_metric("x", "1.3.6.1.2.1.1.5", NULL);
	build();
	ck_assert_uint_eq(draft.plan.ngets, 1);
	expect_get(0, "1.3.6.1.2.1.1.5.4", "1.3.6.1.2.1.1.5.4");
}
END_TEST

START_TEST(a_scalar_that_is_only_got_lies_nowhere_else)
{
	draft_get("1.3.6.1.2.1.1.5.0");
	draft_metric("x", "1.3.6.1.2.1.1.5", NULL);
	build();
	ck_assert_uint_eq(draft.plan.ngets, 1);
	expect_get(0, "1.3.6.1.2.1.1.5.0", "");
}
END_TEST

START_TEST(all_gets_of_a_scalar_are_asked_once_each_and_fill_one_column)
{
	draft_walk("1.3.6.1.2.1.1.5");
	draft_get("1.3.6.1.2.1.1.5.1");
	draft_get("1.3.6.1.2.1.1.4.0");
	draft_get("1.3.6.1.2.1.1.5.2");
	draft_get("1.3.6.1.2.1.1.5.1");
	draft_metric("x", "1.3.6.1.2.1.1.5", NULL);
	draft_metric("x", "1.3.6.1.2.1.1.4", NULL);
	build();
	ck_assert_uint_eq(draft.plan.ngets, 3);
	expect_get(0, "1.3.6.1.2.1.1.5.1", "");
	expect_get(1, "1.3.6.1.2.1.1.5.2", "1.3.6.1.2.1.1.5");
	expect_get(2, "1.3.6.1.2.1.1.4.0", "");
	ck_assert_uint_eq(draft.plan.scalars.ncolumns, 2);
	ck_assert_uint_eq(draft.plan.gets[0].column, draft.plan.gets[1].column);
	ck_assert_uint_ne(draft.plan.gets[0].column, draft.plan.gets[2].column);
}
END_TEST

/*** Filters ***/

/* The table and column that the first filter reads. */
static const struct sn_plan_table *filter_table(void)
{
	ck_assert_uint_eq(draft.plan.nfilters, 1);
	return &draft.plan.tables[draft.plan.filters[0].table];
}

START_TEST(a_filter_that_is_its_own_target_reads_a_column_of_its_own)
{
	draft_walk("1.3.6.1.2.1.2.2.1.8");
	draft_metric("x", "1.3.6.1.2.1.2.2.1.8", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.8");
	build();
	ck_assert_uint_eq(draft.plan.ntables, 2);
	ck_assert_uint_eq(draft.plan.tables[0].schema.nwalked, 0);
	ck_assert_uint_eq(draft.plan.filters[0].targets[0].table, 0);
	ck_assert(draft.plan.filters[0].targets[0].is_walk);
	ck_assert(filter_table()->internal);
	ck_assert_uint_eq(filter_table()->schema.nwalked, 1);
}
END_TEST

START_TEST(a_filter_does_not_make_a_got_column_a_walked_one)
{
	draft_walk("1.3.6.1.2.1.2.2.1.10");
	draft_get("1.3.6.1.2.1.2.2.1.8.3");
	draft_metric("x", "1.3.6.1.2.1.2.2.1.8", &index_i);
	draft_metric("x", "1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(draft.plan.tables[0].schema.nwalked, 0);
	ck_assert_uint_eq(draft.plan.ninstances, 1);
	ck_assert_uint_eq(draft.plan.instances[0].nfilters, 0);
	ck_assert(filter_table()->internal);
}
END_TEST

START_TEST(a_filter_reads_a_column_that_is_walked_anyway)
{
	draft_walk("1.3.6.1.2.1.2.2.1.8");
	draft_walk("1.3.6.1.2.1.2.2.1.10");
	draft_metric("x", "1.3.6.1.2.1.2.2.1.8", &index_i);
	draft_metric("x", "1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(draft.plan.ntables, 1);
	ck_assert_uint_eq(draft.plan.filters[0].table, 0);
	ck_assert_uint_eq(draft.plan.tables[0].schema.nwalked, 1);
}
END_TEST

START_TEST(a_target_that_the_module_does_not_walk_is_only_got)
{
	draft_walk("1.3.6.1.2.1.31");
	draft_metric("x", "1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(draft.plan.nfilters, 1);
	ck_assert_uint_eq(draft.plan.filters[0].ntargets, 1);
	ck_assert(!draft.plan.filters[0].targets[0].is_walk);
}
END_TEST

START_TEST(gets_below_a_target_know_who_takes_them_out)
{
	draft_get("1.3.6.1.2.1.2.2.1.10.4");
	draft_get("1.3.6.1.2.1.2.2.1.16.4");
	draft_metric("x", "1.3.6.1.2.1.2.2.1.10", &index_i);
	draft_metric("x", "1.3.6.1.2.1.2.2.1.16", &index_i);
	filter("1.3.6.1.2.1.2.2.1.7", "1.3.6.1.2.1.99"); /* does nothing */
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.10");
	build();
	ck_assert_uint_eq(draft.plan.nfilters, 1);
	ck_assert_uint_eq(draft.plan.ninstances, 2);
	ck_assert_uint_eq(draft.plan.instances[0].nfilters, 1);
	ck_assert_uint_eq(draft.plan.instances[0].filters[0], 0);
	ck_assert_uint_eq(draft.plan.instances[1].nfilters, 0);
}
END_TEST

START_TEST(a_filter_without_columns_still_takes_gets_out)
{
	draft_get("1.3.6.1.2.1.2.2.1.10.4");
	draft_metric("x", "1.3.6.1.2.1.2.2.1.10", &index_i);
	filter("1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2");
	build();
	ck_assert_uint_eq(draft.plan.nfilters, 1);
	ck_assert_uint_eq(draft.plan.filters[0].ntargets, 0);
	ck_assert_uint_eq(draft.plan.instances[0].nfilters, 1);
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

	tcase_add_checked_fixture(tc, setup, draft_end);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
