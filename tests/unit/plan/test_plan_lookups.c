/*
 * Look-ups compiled to plans: which columns they add to which tables, what joins them, which labels
 * of a row they give and take away. Behaviour of plan/plan.h.
 */
#include "plan/plan.h"

#include "support/module_draft.h"
#include "support/suite.h"

static const struct sn_index if_index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
static const struct sn_index queue_index[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE},
					      {.label = "queue", .kind = SN_KIND_GAUGE}};

START_TEST(look_ups_add_their_column_once_and_name_their_label_once)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk[2];
	const struct sn_schema *s;

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_walk("1.3.6.1.2.1.31.1.1");
	lk[0] = draft_lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	lk[1] = draft_lookup("ifDescr", inputs, 1, "1.3.6.1.2.1.2.2.1.2");
	for (int i = 0; i < 3; i++) {
		struct sn_module_metric *mm = draft_metric(
			i == 1 ? "ifDescr" : "x",
			i == 0 ? "1.3.6.1.2.1.2.2.1.10"
			       : (i == 1 ? "1.3.6.1.2.1.2.2.1.2" : "1.3.6.1.2.1.2.2.1.16"),
			&if_index);

		mm->type.kind = i == 1 ? SN_KIND_TEXT : SN_KIND_COUNTER;
		mm->lookups = lk;
		mm->nlookups = 2;
	}
	ck_assert_int_eq(draft_build(), SN_OK);
	s = &draft.plan.tables[0].schema;
	ck_assert_uint_eq(draft.plan.ntables, 1);
	ck_assert_uint_eq(s->nwalked, 4);
	ck_assert(!s->columns[0].is_label);
	ck_assert(s->columns[3].is_label);
	ck_assert_ptr_eq(s->columns[0].series, s->columns[1].series);
	ck_assert_uint_eq(s->columns[0].series->nlookups, 2);
	/* ifDescr is a metric as well: a value, and a label */
	ck_assert_uint_eq(s->ncolumns, 4);
	ck_assert_str_eq(s->columns[0].name, "ifDescr");
	ck_assert(s->columns[0].is_value);
	ck_assert(!s->columns[3].is_value);
	ck_assert_uint_eq(s->nlookups, 2);
	ck_assert_str_eq(s->lookups[0].label, "ifName");
	ck_assert_uint_eq(s->lookups[0].column, 3);
	ck_assert_str_eq(s->lookups[1].label, "ifDescr");
	ck_assert_uint_eq(s->lookups[1].column, 0);
	draft_end();
}
END_TEST

START_TEST(a_look_up_by_a_part_of_the_index_reads_another_table)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk[2];
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	draft_begin();
	draft_walk("1.3.6.1.4.1.9");
	draft_walk("1.3.6.1.2.1.31.1.1");
	lk[0] = draft_lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	lk[1] = draft_lookup("ifAlias", inputs, 1, "1.3.6.1.2.1.31.1.1.1.18");
	mm = draft_metric("drops", "1.3.6.1.4.1.9.1.1.5", queue_index);
	mm->nindexes = 2;
	mm->lookups = lk;
	mm->nlookups = 2;
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ntables, 2);
	t = &draft.plan.tables[0];
	ck_assert(!t->internal);
	ck_assert_uint_eq(t->schema.nwalked, 1);
	ck_assert_uint_eq(t->schema.ncolumns, 3);
	ck_assert_uint_eq(t->njoins, 2);
	ck_assert_uint_eq(t->nneeds, 1);
	ck_assert_uint_eq(t->needs[0], 1);
	ck_assert_uint_eq(t->joins[1].join.table, 1);
	ck_assert_uint_eq(t->joins[1].from, 1);
	ck_assert_uint_eq(t->joins[1].column, t->schema.lookups[1].column);
	ck_assert_uint_eq(t->joins[0].join.nparts, 1);
	ck_assert(t->joins[0].join.parts[0].is_index);
	ck_assert_uint_eq(t->joins[0].join.parts[0].ref, 0);
	t = &draft.plan.tables[1];
	ck_assert(t->internal);
	ck_assert_uint_eq(t->schema.nwalked, 2);
	ck_assert(t->schema.columns[0].is_label);
	draft_end();
}
END_TEST

START_TEST(a_look_up_reads_a_table_that_is_polled_anyway)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk;
	struct sn_module_metric *mm;

	draft_begin();
	draft_walk("1.3.6.1.4.1.9");
	draft_walk("1.3.6.1.2.1.31.1.1");
	lk = draft_lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	mm = draft_metric("drops", "1.3.6.1.4.1.9.1.1.5", queue_index);
	mm->nindexes = 2;
	mm->lookups = &lk;
	mm->nlookups = 1;
	mm = draft_metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	mm->lookups = &lk;
	mm->nlookups = 1;
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.ntables, 2);
	ck_assert(!draft.plan.tables[1].internal);
	ck_assert_uint_eq(draft.plan.tables[0].needs[0], 1);
	ck_assert_uint_eq(draft.plan.tables[0].joins[0].from, 0);
	ck_assert_uint_eq(draft.plan.tables[1].schema.ncolumns, 2);
	draft_end();
}
END_TEST

START_TEST(look_ups_work_on_what_those_before_have_left)
{
	static const char *const index[] = {"ifIndex"};
	static const char *const chained[] = {"port"};
	struct sn_module_lookup lk[3];
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_walk("1.3.6.1.2.1.47");
	lk[0] = draft_lookup("port", index, 1, "1.3.6.1.2.1.2.2.1.20");
	lk[1] = draft_lookup("portName", chained, 1, "1.3.6.1.2.1.47.1.1.1.1.7");
	lk[2] = (struct sn_module_lookup){.label = "port"};
	mm = draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	mm->lookups = lk;
	mm->nlookups = 3;
	ck_assert_int_eq(draft_build(), SN_OK);
	t = &draft.plan.tables[0];
	ck_assert_uint_eq(t->njoins, 1);
	ck_assert_uint_eq(t->joins[0].join.nparts, 1);
	ck_assert(!t->joins[0].join.parts[0].is_index);
	/* the number that finds the row is that of the walked column */
	ck_assert_uint_eq(t->joins[0].join.parts[0].ref, 1);
	ck_assert_uint_eq(t->schema.columns[0].series->nlookups, 1);
	ck_assert_str_eq(t->schema.lookups[t->schema.columns[0].series->lookups[0]].label,
			 "portName");
	draft_end();
}
END_TEST

START_TEST(a_label_of_the_index_can_be_taken_away_or_overwritten)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup gone = {.label = "ifIndex"};
	struct sn_module_lookup over;
	struct sn_module_metric *mm;
	const struct sn_schema *s;

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	draft_walk("1.3.6.1.2.1.31.1.1");
	over = draft_lookup("ifIndex", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	mm = draft_metric("a", "1.3.6.1.2.1.2.2.1.4", &if_index);
	mm->lookups = &gone;
	mm->nlookups = 1;
	mm = draft_metric("b", "1.3.6.1.2.1.2.2.1.5", &if_index);
	mm->lookups = &over;
	mm->nlookups = 1;
	ck_assert_int_eq(draft_build(), SN_OK);
	s = &draft.plan.tables[0].schema;
	ck_assert_uint_eq(s->columns[0].series->dropped[0], 1);
	ck_assert_uint_eq(s->columns[0].series->nlookups, 0);
	ck_assert_uint_eq(s->columns[1].series->dropped[0], 1);
	ck_assert_uint_eq(s->columns[1].series->nlookups, 1);
	ck_assert_uint_eq(s->dropped[0], 1);
	draft_metric("c", "1.3.6.1.2.1.2.2.1.6", &if_index);
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.tables[0].schema.dropped[0], 0);
	draft_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		look_ups_add_their_column_once_and_name_their_label_once,
		a_look_up_by_a_part_of_the_index_reads_another_table,
		a_look_up_reads_a_table_that_is_polled_anyway,
		look_ups_work_on_what_those_before_have_left,
		a_label_of_the_index_can_be_taken_away_or_overwritten,
		NULL,
	};

	return suite_run_tests("plan_lookups", tests, 0);
}
