/*
 * Columns of plans that no request asks for, made from those that are walked: converted values,
 * copies read in another way, extracts of texts, rates of counters. Behaviour of plan/plan.h; the
 * making itself: test_derive.c, test_convert.c.
 */
#include "plan/plan.h"

#include "support/module_draft.h"
#include "support/suite.h"

static const struct sn_index if_index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};

START_TEST(what_a_type_converts_is_a_column_of_its_own)
{
	static const struct sn_module_type date = {.kind = SN_KIND_GAUGE,
						   .converted = true,
						   .convert = {.how = SN_CONVERT_DATE_AND_TIME}};
	static const struct sn_module_type inet = {.kind = SN_KIND_TEXT,
						   .converted = true,
						   .beside = true,
						   .convert = {.how = SN_CONVERT_INET}};
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	draft_begin();
	draft_walk("1.3.6.1.2.1.99");
	draft_walk("1.3.6.1.2.1.25");
	mm = draft_metric("address", "1.3.6.1.2.1.99.1.128", &if_index);
	mm->type = inet;
	mm = draft_metric("when", "1.3.6.1.2.1.25.1.2", NULL);
	mm->type = date;
	ck_assert_int_eq(draft_build(), SN_OK);
	t = &draft.plan.tables[0];
	ck_assert_uint_eq(t->schema.nwalked, 2); /* 1.3.6.1.2.1.99.1.127 has the type */
	ck_assert_uint_eq(t->schema.ncolumns, 3);
	ck_assert_uint_eq(t->nlocal, 1);
	ck_assert_int_eq(t->local[0].how, SN_DERIVE_CONVERT);
	ck_assert_uint_eq(t->local[0].from, 1);
	ck_assert_uint_eq(t->local[0].convert.beside, 0);
	ck_assert_uint_eq(t->local[0].column, 2);
	ck_assert(t->schema.columns[2].is_value);
	ck_assert(!t->schema.columns[1].is_value);
	ck_assert(!t->schema.columns[1].is_label);
	ck_assert_str_eq(t->schema.columns[2].name, "address");
	ck_assert_uint_eq(draft.plan.ngets, 1);
	ck_assert_uint_eq(draft.plan.gets[0].column, 0);
	ck_assert_uint_eq(draft.plan.scalars.ncolumns, 2);
	ck_assert_uint_eq(draft.plan.nscalars_local, 1);
	ck_assert(draft.plan.scalars.columns[1].is_value);
	draft_end();
}
END_TEST

START_TEST(a_column_read_in_two_ways_is_asked_for_once)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk;
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	draft_begin();
	draft_walk("1.3.6.1.2.1.2.2");
	lk = draft_lookup("ifPhysAddress", inputs, 1, "1.3.6.1.2.1.2.2.1.6");
	lk.type.kind = SN_KIND_PHYS_ADDRESS48;
	mm = draft_metric("ifPhysAddress", "1.3.6.1.2.1.2.2.1.6", &if_index);
	mm->type.kind = SN_KIND_HEX;
	mm->lookups = &lk;
	mm->nlookups = 1;
	ck_assert_int_eq(draft_build(), SN_OK);
	t = &draft.plan.tables[0];
	ck_assert_uint_eq(t->schema.nwalked, 1);
	ck_assert_uint_eq(t->schema.ncolumns, 2);
	ck_assert_int_eq(t->local[0].how, SN_DERIVE_COPY);
	ck_assert_int_eq(t->schema.columns[0].kind, SN_KIND_HEX);
	ck_assert_int_eq(t->schema.columns[1].kind, SN_KIND_PHYS_ADDRESS48);
	ck_assert_uint_eq(t->schema.lookups[0].column, 1);
	draft_end();
}
END_TEST

START_TEST(extracts_take_the_place_of_their_text)
{
	static const struct sn_extract entries[] = {{NULL, "$1"}};
	static const struct sn_module_extract extracts[] = {{"tempCelsius", "", entries, 1},
							    {"tempRaw", "", entries, 1}};
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	draft_begin();
	draft_walk("1.3.6.1.4.1.9");
	mm = draft_metric("temp", "1.3.6.1.4.1.9.1", &if_index);
	mm->type.kind = SN_KIND_TEXT;
	mm->extracts = extracts;
	mm->nextracts = 2;
	ck_assert_int_eq(draft_build(), SN_OK);
	t = &draft.plan.tables[0];
	ck_assert_uint_eq(t->schema.nwalked, 1);
	ck_assert_uint_eq(t->schema.ncolumns, 3);
	ck_assert(!t->schema.columns[0].is_value);
	ck_assert_str_eq(t->schema.columns[1].name, "tempCelsius");
	ck_assert_int_eq(t->schema.columns[2].kind, SN_KIND_FLOAT);
	ck_assert_ptr_nonnull(t->schema.columns[1].series);
	ck_assert_int_eq(t->local[1].how, SN_DERIVE_EXTRACT);
	/* a number is no text */
	mm->type.kind = SN_KIND_GAUGE;
	ck_assert_int_eq(draft_build(), SN_OK);
	ck_assert_uint_eq(draft.plan.tables[0].schema.ncolumns, 1);
	draft_end();
}
END_TEST

/* Also with look-ups that give labels: neither their names nor the metrics' are used twice. */
START_TEST(counters_get_a_column_for_their_rate_when_that_is_wanted)
{
	const struct sn_schema *s;
	uint64_t layout = 0;

	for (uint32_t wanted = 0; wanted < 2; wanted++) {
		draft_begin();
		draft.m.rates = wanted > 0;
		draft_walk("1.3.6.1.2.1");
		draft_metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index)->type.kind =
			SN_KIND_COUNTER;
		draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
		draft_metric("in", "1.3.6.1.2.1.2.2.1.10", &if_index)->type.kind = SN_KIND_COUNTER;
		draft_metric("in_rate", "1.3.6.1.2.1.2.2.1.11", &if_index);
		draft_metric("packets", "1.3.6.1.2.1.11.1", NULL)->type.kind = SN_KIND_COUNTER;
		draft.metric[0].help = "Octets in.";
		draft.metric[0].scale = 8;
		draft.metric[0].offset = 5;
		ck_assert_int_eq(draft_build(), SN_OK);
		s = &draft.plan.tables[0].schema;
		ck_assert_uint_eq(s->nwalked, 4);
		ck_assert_uint_eq(s->ncolumns, wanted ? 5 : 4);
		ck_assert_uint_eq(draft.plan.tables[0].rates.n, wanted);
		ck_assert_uint_eq(draft.plan.scalars.ncolumns, wanted ? 2 : 1);
		ck_assert_uint_eq(draft.plan.scalars_rates.n, wanted);
		if (!wanted) {
			ck_assert_str_eq(draft.why, "");
			draft_end();
		}
	}
	ck_assert_str_eq(draft.why,
			 "module m: no rates for the counters whose names with \"_rate\" are "
			 "taken, such as in_rate");
	ck_assert_uint_eq(draft.plan.tables[0].rates.v[0].from, 3);
	ck_assert_uint_eq(draft.plan.tables[0].rates.v[0].column, 4);
	ck_assert_str_eq(s->columns[4].name, "ifHCInOctets_rate");
	ck_assert_str_eq(s->columns[4].help, "Per second: Octets in.");
	ck_assert_int_eq(s->columns[4].kind, SN_KIND_FLOAT);
	ck_assert(s->columns[4].is_value && !s->columns[4].is_label);
	ck_assert_double_eq(s->columns[4].scale, 8);
	ck_assert_double_eq(s->columns[4].offset, 0); /* that of a difference */
	ck_assert_ptr_eq(s->columns[4].series, s->columns[3].series);
	ck_assert_str_eq(draft.plan.scalars.columns[1].name, "packets_rate");
	ck_assert_str_eq(draft.plan.scalars.columns[1].help, "");
	layout = draft.plan.tables[0].rates.layout;
	ck_assert_uint_ne(layout, draft.plan.scalars_rates.layout);
	draft_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_a_type_converts_is_a_column_of_its_own,
		a_column_read_in_two_ways_is_asked_for_once,
		extracts_take_the_place_of_their_text,
		counters_get_a_column_for_their_rate_when_that_is_wanted,
		NULL,
	};

	return suite_run_tests("plan_derived", tests, 0);
}
