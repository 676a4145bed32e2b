/*
 * Agents whose tables are no tables: cycles, columns without an end or order, GETBULK answers that
 * are cut or empty. Walks end, and lose what is behind the fault and nothing else.
 *
 * ctest: one_thread timeout=120
 */
#include "support/quirk.h"

static struct rig r;

START_TEST(oids_that_do_not_increase_cost_their_column_from_there_on)
{
	struct rig_config cfg = quirk_table(_i);

	/* 20 -> 20: the same again; 30 -> 12: back */
	for (uint32_t k = 0; k < 2; k++) {
		uint32_t from = k ? 30 : 20;

		quirk_open(&r, &cfg,
			   &(struct agent){.jumps = {{AGENT_IF_NAME, from, k ? 12 : 20}}});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_PARTIAL, "OID not increasing");
		ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_NOT_INCREASING), 1);
		ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - (QUIRK_ROWS - from));
		ck_assert_uint_eq(r.target[0].rows_partial, QUIRK_ROWS - from);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_hole_that_the_walk_has_passed_is_no_loss)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg,
		   &(struct agent){.spots = {{AGENT_IF_NAME, 5, AGENT_HOLE}},
				   .jumps = {{AGENT_IF_NAME, 20, 20}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "OID not increasing");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - (QUIRK_ROWS - 20) - 1);
	ck_assert_uint_eq(r.target[0].rows_partial, QUIRK_ROWS - 20); /* row 5 is complete */
	rig_close(&r);
}
END_TEST

START_TEST(a_cycle_a_b_c_a_ends)
{
	struct rig_config cfg = quirk_table(_i);

	for (int allow = 0; allow < 2; allow++) {
		cfg.allow_nonincreasing = allow;
		quirk_open(&r, &cfg, &(struct agent){.jumps = {{AGENT_IF_NAME, 3, 1}}});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_PARTIAL, "OID not increasing");
		ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - (QUIRK_ROWS - 3));
		ck_assert_uint_eq(r.target[0].rows_partial, QUIRK_ROWS - 3);
		ck_assert_uint_le(r.target[0].last.requests, 40 + (cfg.v1 ? QUIRK_ROWS : 0));
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_cycle_ends_also_when_rows_were_met_in_another_order)
{
	struct rig_config cfg = {.once = true,
				 .rows = 20,
				 .objects = AGENT_BIT(AGENT_IF_INDEX) | AGENT_BIT(AGENT_IF_DESCR) |
					    AGENT_BIT(AGENT_IF_SPEED),
				 .max_repetitions = 5,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	/* ifIndex begins at 5, so the rows are met as 5 1 6 2 7 3 ...; ifSpeed goes 5 -> 1 */
	quirk_open(&r, &cfg,
		   &(struct agent){.spots = {{AGENT_IF_INDEX, 1, AGENT_HOLE},
					     {AGENT_IF_INDEX, 2, AGENT_HOLE},
					     {AGENT_IF_INDEX, 3, AGENT_HOLE},
					     {AGENT_IF_INDEX, 4, AGENT_HOLE}},
				   .jumps = {{AGENT_IF_SPEED, 5, 1}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "OID not increasing");
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_NOT_INCREASING), 1);
	ck_assert_uint_eq(r.target[0].cells, 16 + 20 + 5);
	ck_assert_uint_le(r.target[0].last.requests, 50);
	rig_close(&r);
}
END_TEST

START_TEST(a_cycle_of_names_without_values_ends_as_well)
{
	struct rig_config cfg = {.once = true,
				 .rows = 3,
				 .objects = AGENT_BIT(AGENT_IF_NAME),
				 .max_rows = 500,
				 .allow_nonincreasing = true,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	quirk_open(&r, &cfg,
		   &(struct agent){.jumps = {{AGENT_IF_NAME, 3, 1}},
				   .spots = {{AGENT_IF_NAME, 1, AGENT_NULL},
					     {AGENT_IF_NAME, 2, AGENT_NULL},
					     {AGENT_IF_NAME, 3, AGENT_NULL}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "max_rows reached");
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_LIMITED), 1);
	rig_close(&r);
}
END_TEST

START_TEST(an_unordered_column_is_walked_where_that_is_allowed)
{
	struct rig_config cfg = quirk_table(_i);

	/* ... 10 30 31 ... 48 11 12 ... 29, then out of the column: all there, in another order */
	cfg.allow_nonincreasing = true;
	quirk_open(&r, &cfg,
		   &(struct agent){.jumps = {{AGENT_IF_NAME, 10, 30},
					     {AGENT_IF_NAME, QUIRK_ROWS, 11},
					     {AGENT_IF_NAME, 29, QUIRK_ROWS + 1}},
				   .spots = {{AGENT_IF_NAME, QUIRK_ROWS + 1, AGENT_NULL}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i));
	rig_close(&r);
}
END_TEST

START_TEST(an_endless_table_ends_at_max_rows)
{
	struct rig_config cfg = quirk_table(_i);
	const uint32_t columns = _i == 1 ? QUIRK_COLUMNS - 2 : QUIRK_COLUMNS;

	cfg.max_rows = 300;
	quirk_open(&r, &cfg, &(struct agent){.endless = AGENT_COLUMNS});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "max_rows reached");
	ck_assert_uint_eq(r.target[0].rows, 300 + 1);
	ck_assert_uint_eq(r.target[0].rows_partial, 0); /* what is there is complete */
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_LIMITED), columns);
	rig_close(&r);
}
END_TEST

START_TEST(one_endless_column_does_not_harm_the_others)
{
	struct rig_config cfg = quirk_table(_i);

	cfg.max_rows = 300;
	quirk_open(&r, &cfg, &(struct agent){.endless = AGENT_BIT(AGENT_IF_DESCR)});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "max_rows reached");
	ck_assert_uint_eq(r.target[0].rows, 300 + 1);
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) + 300 - QUIRK_ROWS);
	ck_assert_uint_eq(r.target[0].rows_partial, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_table_of_exactly_max_rows_is_complete)
{
	struct rig_config cfg = quirk_table(_i);

	cfg.max_rows = QUIRK_ROWS;
	quirk_open(&r, &cfg, NULL);
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_LIMITED), 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_table_that_grows_between_rounds_is_read_as_it_is)
{
	struct rig_config cfg = quirk_table(_i);

	cfg.once = false;
	quirk_open(&r, &cfg, &(struct agent){.grow = 7, .grow_ns = 60 * SN_NS_PER_SEC});
	/* the rounds end in good time before the table grows */
	r.agents.began -= 55 * SN_NS_PER_SEC;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 300 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 5);
	ck_assert_uint_ge(r.target[0].rows, 1 + QUIRK_ROWS + 4 * 7);
	ck_assert_uint_eq((r.target[0].rows - 1 - QUIRK_ROWS) % 7, 0);
	rig_close(&r);
}
END_TEST

START_TEST(truncated_bulk_answers_cost_requests_and_no_value)
{
	static const uint32_t limits[] = {1, 2, 3, 7, 10, 11};

	for (int k = 0; k < 6; k++) {
		struct rig_config cfg = quirk_table(0);

		quirk_open(&r, &cfg, &(struct agent){.bulk_varbinds = limits[k]});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_OK, "");
		ck_assert_uint_eq(r.target[0].cells, quirk_cells(0));
		/* every varbind it sent was of use, but those past the ends */
		ck_assert_uint_le(r.target[0].last.requests,
				  (QUIRK_ROWS + 2) * QUIRK_COLUMNS / limits[k] + 3 * QUIRK_COLUMNS);
		rig_close(&r);
	}
}
END_TEST

START_TEST(agents_that_cut_by_size_are_read_completely)
{
	static const uint32_t sizes[] = {150, 300, 484, 1000, 1472, 60000};

	for (int k = 0; k < 6; k++) {
		struct rig_config cfg = quirk_table(0);

		quirk_open(&r, &cfg, &(struct agent){.max_message = sizes[k]});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_OK, "");
		ck_assert_uint_eq(r.target[0].cells, quirk_cells(0));
		rig_close(&r);
	}
}
END_TEST

START_TEST(an_agent_that_answers_bulk_with_nothing_fails_the_table_only)
{
	struct rig_config cfg = quirk_table(0);

	quirk_open(&r, &cfg, &(struct agent){.empty_bulk = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "answer without varbinds");
	ck_assert_uint_eq(r.target[0].cells, QUIRK_SCALARS);
	ck_assert_uint_eq(r.target[0].rows_partial, 0); /* the row of scalars is complete */
	ck_assert_uint_le(r.target[0].last.requests, 80);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {oids_that_do_not_increase_cost_their_column_from_there_on,
				     a_hole_that_the_walk_has_passed_is_no_loss,
				     a_cycle_a_b_c_a_ends,
				     a_cycle_ends_also_when_rows_were_met_in_another_order,
				     a_cycle_of_names_without_values_ends_as_well,
				     an_unordered_column_is_walked_where_that_is_allowed,
				     an_endless_table_ends_at_max_rows,
				     one_endless_column_does_not_harm_the_others,
				     a_table_of_exactly_max_rows_is_complete,
				     a_table_that_grows_between_rounds_is_read_as_it_is,
				     NULL};
	const TTest *const single[] = {truncated_bulk_answers_cost_requests_and_no_value,
				       agents_that_cut_by_size_are_read_completely,
				       an_agent_that_answers_bulk_with_nothing_fails_the_table_only,
				       NULL};

	return rig_main("agents_walks", each, single, 30);
}
