/*
 * Modules compiled to plans: which columns make a table, what is asked by GET, what is refused and
 * why. Behaviour of plan/plan.h; look-ups: test_plan_lookups.c; columns made from others:
 * test_plan_derived.c; gets and filters one by one: test_plan_names.c; no memory:
 * test_plan_nomem.c.
 */
#include "plan/plan.h"

#include "support/module_draft.h"
#include "support/suite.h"

static const struct sn_index if_index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
static const struct sn_index disk_index = {.label = "hrDiskIndex", .kind = SN_KIND_GAUGE};

static void refused(const char *text)
{
	ck_assert_int_eq(draft_build(), SN_ECONFIG);
	ck_assert_str_eq(draft.why, text);
	draft_end();
}

START_TEST(columns_with_the_same_index_make_one_table_in_oid_order)
{
	const struct sn_schema *s;

	draft_begin();
	draft_walk("1.3.6.1.2.1.31.1.1");
	draft_walk("1.3.6.1.2.1.2.2");
	draft_metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	draft_metric("disk", "1.3.6.1.2.1.2.2.1.99", &disk_index);
	draft_metric("big", "1.3.6.1.2.1.31.1.1.1.1000", &if_index);
	draft_metric("ifInOctets", "1.3.6.1.2.1.2.2.1.10", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ntables, 2);
	s = &draft.plan.tables[0].schema;
	ck_assert_str_eq(s->module, "m");
	ck_assert_str_eq(s->table, "m_ifIndex");
	ck_assert_uint_eq(s->ncolumns, 4);
	ck_assert_str_eq(s->columns[0].name, "ifMtu");
	ck_assert_str_eq(s->columns[1].name, "ifInOctets");
	ck_assert_str_eq(s->columns[2].name, "ifHCInOctets");
	ck_assert_str_eq(s->columns[3].name, "big"); /* not by octets: 1000 is 87 68 */
	ck_assert_uint_eq(s->nindexes, 1);
	ck_assert_int_eq(s->discontinuity, -1);
	s = &draft.plan.tables[1].schema;
	ck_assert_str_eq(s->table, "m_hrDiskIndex");
	ck_assert_uint_eq(s->ncolumns, 1);
	ck_assert_uint_eq(draft.plan.ngets, 0);
	draft_end();
}
END_TEST

START_TEST(index_definitions_that_differ_in_anything_make_different_tables)
{
	static const struct sn_index like[] = {
		{.label = "ifIndex", .kind = SN_KIND_TEXT},
		{.label = "ifIndex", .kind = SN_KIND_TEXT, .implied = true},
		{.label = "ifIndex", .kind = SN_KIND_TEXT, .fixed_size = 6},
		{.label = "other", .kind = SN_KIND_TEXT},
	};
	struct sn_index two[2] = {if_index, if_index};

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_metric("a", "1.3.6.1.2.1.2.2.1.1", &if_index);
	for (int i = 0; i < 4; i++) {
		char text[40];

		snprintf(text, sizeof(text), "1.3.6.1.2.1.2.2.1.%d", 10 + i);
		draft_metric("b", text, &like[i]);
	}
	draft_metric("c", "1.3.6.1.2.1.2.2.1.2", two)->nindexes = 2;
	draft_metric("d", "1.3.6.1.2.1.2.2.1.3", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ntables, 6);
	ck_assert_uint_eq(draft.plan.tables[0].schema.ncolumns, 2);
	ck_assert_str_eq(draft.plan.tables[5].schema.table, "m_ifIndex_ifIndex");
	draft_end();
}
END_TEST

START_TEST(scalars_are_asked_by_their_instance)
{
	draft_begin();
	draft_walk("1.3.6.1.2.1.1");
	draft_get("1.3.6.1.2.1.25.1.1.0");
	draft_get("1.3.6.1.4.1.9.2.1.58.7");
	draft_metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	draft_metric("hrSystemUptime", "1.3.6.1.2.1.25.1.1", NULL);
	draft_metric("load", "1.3.6.1.4.1.9.2.1.58", NULL);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ngets, 3);
	ck_assert(sn_span_eq(draft.plan.gets[0].name, draft_oid("1.3.6.1.2.1.1.5.0")));
	ck_assert(sn_span_eq(draft.plan.gets[1].name, draft_oid("1.3.6.1.2.1.25.1.1.0")));
	ck_assert(sn_span_eq(draft.plan.gets[2].name, draft_oid("1.3.6.1.4.1.9.2.1.58.7")));
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(draft.plan.gets[i].column, i);
	}
	ck_assert_str_eq(draft.plan.scalars.table, "m");
	ck_assert_uint_eq(draft.plan.scalars.ncolumns, 3);
	ck_assert_str_eq(draft.plan.scalars.columns[2].name, "load");
	ck_assert_uint_eq(draft.plan.ntables, 0);
	draft_end();
}
END_TEST

START_TEST(settings_of_the_module_are_carried_over)
{
	draft_begin();
	draft.m.max_repetitions = 7;
	draft.m.retries = 5;
	draft.m.timeout_ns = 123;
	draft.m.allow_nonincreasing = true;
	draft_walk("1.3.6.1.2.1.1");
	draft_metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_str_eq(draft.plan.name, "m");
	ck_assert_uint_eq(draft.plan.max_repetitions, 7);
	ck_assert_int_eq(draft.plan.retries, 5);
	ck_assert_uint_eq(draft.plan.timeout_ns, 123);
	ck_assert(draft.plan.allow_nonincreasing);
	draft_end();
	draft_begin();
	draft.m.max_repetitions = 0;
	draft_walk("1.3.6.1.2.1.1");
	draft_metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.max_repetitions, SN_PLAN_REPETITIONS_ANY);
	draft_end();
}
END_TEST

START_TEST(columns_keep_what_the_metric_says)
{
	static const struct sn_enum_name names[] = {{1, "up"}, {2, "down"}};
	struct sn_module_metric *mm;
	const struct sn_column *c;

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	mm = draft_metric("ifOperStatus", "1.3.6.1.2.1.2.2.1.8", &if_index);
	mm->type = (struct sn_module_type){.kind = SN_KIND_ENUM, .enums = names, .nenums = 2};
	mm->scale = 0.5;
	mm->offset = 3;
	ck_assert_int_eq(draft_build(), SN_OK);
	c = &draft.plan.tables[0].schema.columns[0];
	ck_assert_int_eq(c->kind, SN_KIND_ENUM);
	ck_assert_ptr_eq(c->enums, names);
	ck_assert_uint_eq(c->nenums, 2);
	ck_assert(c->is_value);
	ck_assert_double_eq(c->scale, 0.5);
	ck_assert_double_eq(c->offset, 3);
	draft_end();
}
END_TEST

START_TEST(the_discontinuity_column_is_found)
{
	draft_begin();
	draft_walk("1.3.6.1.2.1.31.1.1");
	draft_metric("a", "1.3.6.1.2.1.31.1.1.1.1", &if_index);
	draft_metric("when", "1.3.6.1.2.1.31.1.1.1.19", &if_index);
	draft_metric("z", "1.3.6.1.2.1.31.1.1.1.20", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_int_eq(draft.plan.tables[0].schema.discontinuity, 1);
	draft_end();
}
END_TEST

START_TEST(tables_can_be_renamed)
{
	static const char *const renames[] = {"m_ifIndex", "interfaces", "m", "node", NULL};

	draft_begin();
	draft_walk("1.3.6.1.2.1");
	draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	draft_metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	draft_metric("disk", "1.3.6.1.2.1.25.1", &disk_index);
	ck_assert_int_eq(sn_plan_build(&draft.m, renames, &draft.arena, &draft.plan, draft.why),
			 SN_OK);
	ck_assert_str_eq(draft.plan.tables[0].schema.table, "interfaces");
	ck_assert_str_eq(draft.plan.tables[1].schema.table, "m_hrDiskIndex");
	ck_assert_str_eq(draft.plan.scalars.table, "node");
	draft_end();
}
END_TEST

START_TEST(names_of_many_long_labels_are_cut_not_overrun)
{
	struct sn_index many[20];
	char label[40];

	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	for (int i = 0; i < 20; i++) {
		many[i] = (struct sn_index){.label = label, .kind = SN_KIND_GAUGE};
	}
	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_metric("a", "1.3.6.1.2.1.2.2.1.4", many)->nindexes = 20;
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_le(strlen(draft.plan.tables[0].schema.table), 256);
	draft_end();
}
END_TEST

START_TEST(what_no_walk_covers_is_left_out)
{
	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	draft_metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	draft_metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ntables, 1);
	ck_assert_uint_eq(draft.plan.tables[0].schema.ncolumns, 1);
	ck_assert_uint_eq(draft.plan.ngets, 0);
	draft_end();
	draft_begin();
	/* 1.3.6.1.2.1.1.5 is no prefix of 1.3.6.1.2.1.1.50 */
	draft_walk("1.3.6.1.2.1.1.5");
	draft_metric("x", "1.3.6.1.2.1.1.50", NULL);
	refused("module m: no walk or get covers any of its metrics");
	draft_begin();
	refused("module m: no metrics, so there is nothing to poll");
}
END_TEST

START_TEST(of_two_metrics_with_one_oid_the_last_counts)
{
	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_metric("a", "1.3.6.1.2.1.2.2.1.4", &if_index);
	draft_metric("b", "1.3.6.1.2.1.2.2.1.4", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.tables[0].schema.ncolumns, 1);
	ck_assert_str_eq(draft.plan.tables[0].schema.columns[0].name, "b");
	draft_end();
}
END_TEST

START_TEST(cells_of_tables_are_got_by_their_names)
{
	draft_begin();
	draft_walk("1.3.6.1.2.1.31.1.1");
	draft_get("1.3.6.1.2.1.2.2.1.4.7");
	draft_get("1.3.6.1.2.1.2.2.1.4.300");
	draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	draft_metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ntables, 1);
	ck_assert_uint_eq(draft.plan.tables[0].schema.nwalked, 1);
	ck_assert_uint_eq(draft.plan.ninstances, 2);
	ck_assert_uint_eq(draft.plan.instances[1].table, 0);
	ck_assert_uint_eq(draft.plan.instances[1].column, 1);
	ck_assert_uint_eq(draft.plan.instances[1].index.n, 2);
	ck_assert_str_eq(draft.plan.tables[0].schema.columns[1].name, "ifMtu");
	draft_end();
}
END_TEST

START_TEST(a_filter_turns_a_walk_into_gets)
{
	static const struct sn_regex *const any[] = {NULL};
	struct sn_module_filter filter;
	struct sn_span target;

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2.1.10");
	draft_walk("1.3.6.1.2.1.2.2.1.16");
	target = draft_oid("1.3.6.1.2.1.2.2.1.10");
	filter = (struct sn_module_filter){.oid = draft_oid("1.3.6.1.2.1.2.2.1.8"),
					   .targets = &target,
					   .values = any,
					   .ntargets = 1,
					   .nvalues = 1};
	draft.m.filters = &filter;
	draft.m.nfilters = 1;
	draft_metric("ifInOctets", "1.3.6.1.2.1.2.2.1.10", &if_index);
	draft_metric("ifOutOctets", "1.3.6.1.2.1.2.2.1.16", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.nfilters, 1);
	ck_assert_uint_eq(draft.plan.filters[0].ntargets, 1);
	ck_assert_uint_eq(draft.plan.filters[0].targets[0].table, 0);
	ck_assert_uint_eq(draft.plan.tables[0].schema.nwalked, 1);
	ck_assert_str_eq(
		draft.plan.tables[0].schema.columns[draft.plan.filters[0].targets[0].column].name,
		"ifInOctets");
	ck_assert_uint_eq(draft.plan.filters[0].table, 1);
	ck_assert(draft.plan.tables[1].internal);
	ck_assert_uint_eq(draft.plan.tables[1].schema.nwalked, 1);
	ck_assert(!draft.plan.tables[1].schema.columns[0].is_label);
	draft_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		columns_with_the_same_index_make_one_table_in_oid_order,
		index_definitions_that_differ_in_anything_make_different_tables,
		scalars_are_asked_by_their_instance,
		settings_of_the_module_are_carried_over,
		columns_keep_what_the_metric_says,
		the_discontinuity_column_is_found,
		tables_can_be_renamed,
		names_of_many_long_labels_are_cut_not_overrun,
		what_no_walk_covers_is_left_out,
		of_two_metrics_with_one_oid_the_last_counts,
		cells_of_tables_are_got_by_their_names,
		a_filter_turns_a_walk_into_gets,
		NULL,
	};

	return suite_run_tests("plan", tests, 0);
}
