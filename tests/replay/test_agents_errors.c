/*
 * Agents that answer with an error-status, tooBig and genErr, where they should not: what they
 * cannot serve is narrowed down and lost, in the round record it should be, and nothing else.
 *
 * ctest: one_thread timeout=120
 */
#include "support/quirk.h"

static struct rig r;

START_TEST(too_big_answers_are_asked_for_in_smaller_parts)
{
	static const uint32_t limits[] = {100, 200, 484, 800, 1300};

	for (int k = 0; k < 5; k++) {
		struct rig_config cfg = quirk_table(_i);

		quirk_open(&r, &cfg, &(struct agent){.too_big_above = limits[k]});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_OK, "");
		ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i));
		/* v3 leaves room for its own headers, which this agent does not count */
		ck_assert(rig_counter(&r, SN_C_AGENT_TOO_BIG) > 0 || (cfg.v1 && limits[k] > 300) ||
			  (cfg.v3 && limits[k] == 1300));
		/* learned once for each walk, not found out again with each request */
		ck_assert_uint_le(rig_counter(&r, SN_C_AGENT_TOO_BIG), 60);
		rig_close(&r);
	}
}
END_TEST

START_TEST(an_agent_for_which_everything_is_too_big_has_an_agent_error)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.too_big_above = 10});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_AGENT_ERROR, "tooBig");
	ck_assert_uint_eq(r.target[0].last.rows, 0);
	/* halving gets there fast: 10 columns, 5 names */
	ck_assert_uint_le(r.target[0].last.requests, 80);
	rig_close(&r);
}
END_TEST

START_TEST(one_value_that_is_too_big_costs_its_column_from_there_on)
{
	struct rig_config cfg = quirk_table(_i);

	/* tooBig, but really for one instance */
	quirk_open(&r, &cfg,
		   &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_ALIAS),
				   .error_first = 31,
				   .error_status = SN_STATUS_TOO_BIG,
				   .error_no_index = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "tooBig");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - (QUIRK_ROWS - 30));
	ck_assert_uint_eq(r.target[0].rows_partial, QUIRK_ROWS - 30);
	rig_close(&r);
}
END_TEST

START_TEST(gen_err_in_a_column_costs_that_column_from_there_on)
{
	for (int with_index = 0; with_index < 2; with_index++) {
		struct rig_config cfg = quirk_table(_i);

		quirk_open(&r, &cfg,
			   &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_PHYS),
					   .error_first = 20,
					   .error_status = SN_STATUS_GEN_ERR,
					   .error_no_index = !with_index});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_PARTIAL, "genErr");
		ck_assert_uint_ge(r.target[0].cells, quirk_cells(_i) - QUIRK_ROWS);
		if (!with_index || cfg.v1) {
			/* narrowed down to the very instance */
			ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - (QUIRK_ROWS - 19));
			ck_assert_uint_eq(r.target[0].rows_partial, QUIRK_ROWS - 19);
		}
		ck_assert_uint_ge(rig_counter(&r, SN_C_AGENT_ERRORS), 1);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_scalar_the_agent_cannot_give_costs_itself)
{
	struct rig_config cfg = quirk_table(_i);

	for (int with_index = 0; with_index < 2; with_index++) {
		quirk_open(&r, &cfg,
			   &(struct agent){.error_objects = AGENT_BIT(AGENT_SYS_NAME),
					   .error_status = SN_STATUS_GEN_ERR,
					   .error_no_index = !with_index});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_PARTIAL, "genErr");
		ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - 1);
		ck_assert_uint_eq(r.target[0].rows_partial, 1); /* the row of scalars */
		rig_close(&r);
	}
}
END_TEST

START_TEST(errors_for_everything_are_an_agent_error)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg,
		   &(struct agent){.error_objects = UINT32_MAX,
				   .error_status = SN_STATUS_GEN_ERR,
				   .error_no_index = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_AGENT_ERROR, "genErr");
	ck_assert_uint_eq(r.target[0].last.rows, 0);
	rig_close(&r);
}
END_TEST

START_TEST(finding_the_culprit_does_not_slow_down_the_rest_of_a_large_table)
{
	struct rig_config cfg = quirk_table(0);
	uint32_t sound;

	cfg.rows = 2000;
	quirk_open(&r, &cfg, NULL);
	rig_round(&r);
	sound = r.target[0].last.requests;
	rig_close(&r);
	quirk_open(&r, &cfg,
		   &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_PHYS),
				   .error_first = 20,
				   .error_status = SN_STATUS_GEN_ERR,
				   .error_no_index = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "genErr");
	ck_assert_uint_le(r.target[0].last.requests, sound + 60);
	rig_close(&r);
	quirk_open(&r, &cfg, &(struct agent){.spots = {{AGENT_IF_PHYS, 20, AGENT_BROKEN}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "malformed varbind");
	ck_assert_uint_le(r.target[0].last.requests, sound + 60);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {too_big_answers_are_asked_for_in_smaller_parts,
				     an_agent_for_which_everything_is_too_big_has_an_agent_error,
				     one_value_that_is_too_big_costs_its_column_from_there_on,
				     gen_err_in_a_column_costs_that_column_from_there_on,
				     a_scalar_the_agent_cannot_give_costs_itself,
				     errors_for_everything_are_an_agent_error,
				     NULL};
	const TTest *const single[] = {
		finding_the_culprit_does_not_slow_down_the_rest_of_a_large_table, NULL};

	return rig_main("agents_errors", each, single, 30);
}
