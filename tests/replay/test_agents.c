/*
 * Agents that are weak, odd or broken: each loses what it cannot serve and nothing else, in the
 * round record it should, with its partial rows marked and no other.
 *
 * ctest: one_thread timeout=120
 */
#include "support/rig.h"

enum { ROWS = 48, COLUMNS = 10, SCALARS = 4 };

static struct rig r;

static struct rig_config table(int i)
{
	struct rig_config cfg = {.once = true,
				 .rows = ROWS,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .v1 = i == 1,
				 .v3 = i == 2};

	return cfg;
}

/* Cells of a complete round: v1 has no Counter64. */
static uint32_t all_cells(int i)
{
	return ROWS * (COLUMNS - (i == 1 ? 2u : 0u)) + SCALARS;
}

static void open_with(const struct rig_config *cfg, const struct agent *quirks)
{
	struct agent *a;

	rig_open(&r, cfg);
	a = &r.agents.agent[0];
	if (quirks) {
		struct agent sound = *a;

		*a = *quirks;
		a->id = sound.id;
		a->rows = quirks->rows ? quirks->rows : sound.rows;
		a->boot_age = sound.boot_age;
		a->secure = sound.secure;
	}
}

static void ended(enum sn_round_status status, const char *reason)
{
	ck_assert_str_eq(r.target[0].reason, reason);
	ck_assert_uint_eq(r.target[0].last.status, status);
	ck_assert_uint_eq(r.rounds, 1);
}

START_TEST(too_big_answers_are_asked_for_in_smaller_parts)
{
	static const uint32_t limits[] = {100, 200, 484, 800, 1300};

	for (int k = 0; k < 5; k++) {
		struct rig_config cfg = table(_i);

		open_with(&cfg, &(struct agent){.too_big_above = limits[k]});
		rig_round(&r);
		ended(SN_ROUND_OK, "");
		ck_assert_uint_eq(r.target[0].cells, all_cells(_i));
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
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.too_big_above = 10});
	rig_round(&r);
	ended(SN_ROUND_AGENT_ERROR, "tooBig");
	ck_assert_uint_eq(r.target[0].last.rows, 0);
	/* halving gets there fast: 10 columns, 5 names */
	ck_assert_uint_le(r.target[0].last.requests, 80);
	rig_close(&r);
}
END_TEST

START_TEST(one_value_that_is_too_big_costs_its_column_from_there_on)
{
	struct rig_config cfg = table(_i);

	/* tooBig, but really for one instance */
	open_with(&cfg, &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_ALIAS),
					.error_first = 31,
					.error_status = SN_STATUS_TOO_BIG,
					.error_no_index = true});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "tooBig");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - (ROWS - 30));
	ck_assert_uint_eq(r.target[0].rows_partial, ROWS - 30);
	rig_close(&r);
}
END_TEST

START_TEST(gen_err_in_a_column_costs_that_column_from_there_on)
{
	for (int with_index = 0; with_index < 2; with_index++) {
		struct rig_config cfg = table(_i);

		open_with(&cfg, &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_PHYS),
						.error_first = 20,
						.error_status = SN_STATUS_GEN_ERR,
						.error_no_index = !with_index});
		rig_round(&r);
		ended(SN_ROUND_PARTIAL, "genErr");
		ck_assert_uint_ge(r.target[0].cells, all_cells(_i) - ROWS);
		if (!with_index || cfg.v1) {
			/* narrowed down to the very instance */
			ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - (ROWS - 19));
			ck_assert_uint_eq(r.target[0].rows_partial, ROWS - 19);
		}
		ck_assert_uint_ge(rig_counter(&r, SN_C_AGENT_ERRORS), 1);
		rig_close(&r);
	}
}
END_TEST

START_TEST(finding_the_culprit_does_not_slow_down_the_rest_of_a_large_table)
{
	struct rig_config cfg = table(0);
	uint32_t sound;

	cfg.rows = 2000;
	open_with(&cfg, NULL);
	rig_round(&r);
	sound = r.target[0].last.requests;
	rig_close(&r);
	open_with(&cfg, &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_PHYS),
					.error_first = 20,
					.error_status = SN_STATUS_GEN_ERR,
					.error_no_index = true});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "genErr");
	ck_assert_uint_le(r.target[0].last.requests, sound + 60);
	rig_close(&r);
	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_PHYS, 20, AGENT_BROKEN}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "malformed varbind");
	ck_assert_uint_le(r.target[0].last.requests, sound + 60);
	rig_close(&r);
}
END_TEST

START_TEST(a_scalar_the_agent_cannot_give_costs_itself)
{
	struct rig_config cfg = table(_i);

	for (int with_index = 0; with_index < 2; with_index++) {
		open_with(&cfg, &(struct agent){.error_objects = AGENT_BIT(AGENT_SYS_NAME),
						.error_status = SN_STATUS_GEN_ERR,
						.error_no_index = !with_index});
		rig_round(&r);
		ended(SN_ROUND_PARTIAL, "genErr");
		ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - 1);
		ck_assert_uint_eq(r.target[0].rows_partial, 1); /* the row of scalars */
		rig_close(&r);
	}
}
END_TEST

START_TEST(errors_for_everything_are_an_agent_error)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.error_objects = UINT32_MAX,
					.error_status = SN_STATUS_GEN_ERR,
					.error_no_index = true});
	rig_round(&r);
	ended(SN_ROUND_AGENT_ERROR, "genErr");
	ck_assert_uint_eq(r.target[0].last.rows, 0);
	rig_close(&r);
}
END_TEST

START_TEST(scalars_the_agent_does_not_have_are_no_failure)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){
				.missing = AGENT_BIT(AGENT_SYS_NAME) | AGENT_BIT(AGENT_SYS_UPTIME) |
					   AGENT_BIT(AGENT_IF_ALIAS) | AGENT_BIT(AGENT_IF_INDEX)});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - 1 - 2 * ROWS);
	ck_assert(!r.target[0].last.has_uptime);
	rig_close(&r);
}
END_TEST

START_TEST(holes_and_no_such_instance_inside_a_row_are_no_failure)
{
	struct rig_config cfg = table(_i);
	enum agent_fault exception = _i == 1 ? AGENT_NULL : AGENT_NO_SUCH_INSTANCE;

	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_DESCR, 7, AGENT_HOLE},
						  {AGENT_IF_SPEED, 8, exception},
						  {AGENT_IF_INDEX, ROWS, AGENT_HOLE},
						  {AGENT_IF_NAME, 1, AGENT_NULL}}});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - 4);
	ck_assert_uint_eq(r.target[0].rows, ROWS + 1);
	ck_assert_uint_eq(r.target[0].rows_partial, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_row_of_nothing_but_exceptions_is_no_row)
{
	struct rig_config cfg = {.once = true,
				 .rows = 5,
				 .objects = AGENT_BIT(AGENT_IF_DESCR) | AGENT_BIT(AGENT_IF_SPEED),
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_DESCR, 3, AGENT_NULL},
						  {AGENT_IF_SPEED, 3, AGENT_NULL}}});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].last.rows, 4);
	rig_close(&r);
}
END_TEST

START_TEST(a_value_that_cannot_be_decoded_costs_itself_and_marks_its_row)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_SPEED, 9, AGENT_UNDECODABLE},
						  {AGENT_IF_NAME, 10, AGENT_UNDECODABLE}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "undecodable value");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - 2);
	ck_assert_uint_eq(r.target[0].rows_partial, 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 2);
	rig_close(&r);
}
END_TEST

START_TEST(octets_where_a_number_is_meant_cost_themselves_and_mark_their_row)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_OPER, 9, AGENT_WRONG_TYPE},
						  {AGENT_SNMP_IN_PKTS, 0, AGENT_WRONG_TYPE},
						  {AGENT_IF_DESCR, 4, AGENT_WRONG_TYPE}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "value of another type");
	/* text is text: ifDescr is taken */
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - 2);
	ck_assert_uint_eq(r.target[0].rows_partial, 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 2);
	rig_close(&r);
}
END_TEST

START_TEST(a_sys_uptime_that_is_no_time_is_left_out)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.spots = {{AGENT_SYS_UPTIME, 0, AGENT_WRONG_TYPE}}});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert(!r.target[0].last.has_uptime);
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 1);
	rig_close(&r);
}
END_TEST

START_TEST(a_varbind_that_is_no_ber_costs_its_column_from_there_on)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_SPEED, 9, AGENT_BROKEN}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "malformed varbind");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - (ROWS - 8));
	ck_assert_uint_eq(r.target[0].rows_partial, ROWS - 8);
	rig_close(&r);
	open_with(&cfg, &(struct agent){.spots = {{AGENT_SYS_NAME, 0, AGENT_BROKEN}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "malformed varbind");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - 1);
	ck_assert_uint_eq(r.target[0].rows_partial, 1);
	rig_close(&r);
}
END_TEST

START_TEST(oids_that_do_not_increase_cost_their_column_from_there_on)
{
	struct rig_config cfg = table(_i);

	/* 20 -> 20: the same again; 30 -> 12: back */
	for (uint32_t k = 0; k < 2; k++) {
		uint32_t from = k ? 30 : 20;

		open_with(&cfg, &(struct agent){.jumps = {{AGENT_IF_NAME, from, k ? 12 : 20}}});
		rig_round(&r);
		ended(SN_ROUND_PARTIAL, "OID not increasing");
		ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_NOT_INCREASING), 1);
		ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - (ROWS - from));
		ck_assert_uint_eq(r.target[0].rows_partial, ROWS - from);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_hole_that_the_walk_has_passed_is_no_loss)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_NAME, 5, AGENT_HOLE}},
					.jumps = {{AGENT_IF_NAME, 20, 20}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "OID not increasing");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - (ROWS - 20) - 1);
	ck_assert_uint_eq(r.target[0].rows_partial, ROWS - 20); /* row 5 is complete */
	rig_close(&r);
}
END_TEST

START_TEST(a_cycle_a_b_c_a_ends)
{
	struct rig_config cfg = table(_i);

	for (int allow = 0; allow < 2; allow++) {
		cfg.allow_nonincreasing = allow;
		open_with(&cfg, &(struct agent){.jumps = {{AGENT_IF_NAME, 3, 1}}});
		rig_round(&r);
		ended(SN_ROUND_PARTIAL, "OID not increasing");
		ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - (ROWS - 3));
		ck_assert_uint_eq(r.target[0].rows_partial, ROWS - 3);
		ck_assert_uint_le(r.target[0].last.requests, 40 + (cfg.v1 ? ROWS : 0));
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
	open_with(&cfg, &(struct agent){.spots = {{AGENT_IF_INDEX, 1, AGENT_HOLE},
						  {AGENT_IF_INDEX, 2, AGENT_HOLE},
						  {AGENT_IF_INDEX, 3, AGENT_HOLE},
						  {AGENT_IF_INDEX, 4, AGENT_HOLE}},
					.jumps = {{AGENT_IF_SPEED, 5, 1}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "OID not increasing");
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

	open_with(&cfg, &(struct agent){.jumps = {{AGENT_IF_NAME, 3, 1}},
					.spots = {{AGENT_IF_NAME, 1, AGENT_NULL},
						  {AGENT_IF_NAME, 2, AGENT_NULL},
						  {AGENT_IF_NAME, 3, AGENT_NULL}}});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "max_rows reached");
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_LIMITED), 1);
	rig_close(&r);
}
END_TEST

START_TEST(an_unordered_column_is_walked_where_that_is_allowed)
{
	struct rig_config cfg = table(_i);

	/* ... 10 30 31 ... 48 11 12 ... 29, then out of the column: all there, in another order */
	cfg.allow_nonincreasing = true;
	open_with(&cfg, &(struct agent){.jumps = {{AGENT_IF_NAME, 10, 30},
						  {AGENT_IF_NAME, ROWS, 11},
						  {AGENT_IF_NAME, 29, ROWS + 1}},
					.spots = {{AGENT_IF_NAME, ROWS + 1, AGENT_NULL}}});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i));
	rig_close(&r);
}
END_TEST

START_TEST(truncated_bulk_answers_cost_requests_and_no_value)
{
	static const uint32_t limits[] = {1, 2, 3, 7, 10, 11};

	for (int k = 0; k < 6; k++) {
		struct rig_config cfg = table(0);

		open_with(&cfg, &(struct agent){.bulk_varbinds = limits[k]});
		rig_round(&r);
		ended(SN_ROUND_OK, "");
		ck_assert_uint_eq(r.target[0].cells, all_cells(0));
		/* every varbind it sent was of use, but those past the ends */
		ck_assert_uint_le(r.target[0].last.requests,
				  (ROWS + 2) * COLUMNS / limits[k] + 3 * COLUMNS);
		rig_close(&r);
	}
}
END_TEST

START_TEST(agents_that_cut_by_size_are_read_completely)
{
	static const uint32_t sizes[] = {150, 300, 484, 1000, 1472, 60000};

	for (int k = 0; k < 6; k++) {
		struct rig_config cfg = table(0);

		open_with(&cfg, &(struct agent){.max_message = sizes[k]});
		rig_round(&r);
		ended(SN_ROUND_OK, "");
		ck_assert_uint_eq(r.target[0].cells, all_cells(0));
		rig_close(&r);
	}
}
END_TEST

START_TEST(an_agent_that_answers_bulk_with_nothing_fails_the_table_only)
{
	struct rig_config cfg = table(0);

	open_with(&cfg, &(struct agent){.empty_bulk = true});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "answer without varbinds");
	ck_assert_uint_eq(r.target[0].cells, SCALARS);
	ck_assert_uint_eq(r.target[0].rows_partial, 0); /* the row of scalars is complete */
	ck_assert_uint_le(r.target[0].last.requests, 80);
	rig_close(&r);
}
END_TEST

START_TEST(get_answers_in_another_order_are_sorted_out)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.reversed = true});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i));
	ck_assert(r.target[0].last.has_uptime);
	rig_close(&r);
}
END_TEST

START_TEST(get_answers_with_other_names_are_given_up)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.nameless = true});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "answer without the names asked");
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) - SCALARS);
	/* five names: together, then one by one */
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 10);
	rig_close(&r);
}
END_TEST

START_TEST(an_endless_table_ends_at_max_rows)
{
	struct rig_config cfg = table(_i);
	const uint32_t columns = _i == 1 ? COLUMNS - 2 : COLUMNS;

	cfg.max_rows = 300;
	open_with(&cfg, &(struct agent){.endless = AGENT_COLUMNS});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "max_rows reached");
	ck_assert_uint_eq(r.target[0].rows, 300 + 1);
	ck_assert_uint_eq(r.target[0].rows_partial, 0); /* what is there is complete */
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_LIMITED), columns);
	rig_close(&r);
}
END_TEST

START_TEST(one_endless_column_does_not_harm_the_others)
{
	struct rig_config cfg = table(_i);

	cfg.max_rows = 300;
	open_with(&cfg, &(struct agent){.endless = AGENT_BIT(AGENT_IF_DESCR)});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "max_rows reached");
	ck_assert_uint_eq(r.target[0].rows, 300 + 1);
	ck_assert_uint_eq(r.target[0].cells, all_cells(_i) + 300 - ROWS);
	ck_assert_uint_eq(r.target[0].rows_partial, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_table_of_exactly_max_rows_is_complete)
{
	struct rig_config cfg = table(_i);

	cfg.max_rows = ROWS;
	open_with(&cfg, NULL);
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(rig_counter(&r, SN_C_WALK_LIMITED), 0);
	rig_close(&r);
}
END_TEST

START_TEST(an_agent_that_dies_in_mid_walk_leaves_marked_rows)
{
	struct rig_config cfg = table(_i);
	uint32_t most_cells = 0;

	for (uint32_t after = 1; after < 11; after++) {
		open_with(&cfg, &(struct agent){.dies_after = after});
		rig_round(&r);
		ended(SN_ROUND_PARTIAL, "no answer in time");
		ck_assert_uint_ge(r.target[0].cells, most_cells);
		ck_assert_uint_lt(r.target[0].cells, all_cells(_i));
		ck_assert_uint_le(r.target[0].rows_partial, ROWS);
		if (after > 1 && (r.target[0].cells - SCALARS) % COLUMNS && !cfg.v1) {
			ck_assert_uint_ge(r.target[0].rows_partial, 1);
		}
		/* what was on the wire with the first that was lost: nothing more is asked */
		ck_assert_uint_le(r.target[0].last.timeouts, 4);
		ck_assert_uint_le(r.target[0].last.duration_ns, 3100 * SN_NS_PER_MS);
		most_cells = r.target[0].cells;
		rig_close(&r);
	}
}
END_TEST

START_TEST(an_agent_that_dies_between_scalars_and_tables_is_given_up_soon)
{
	struct rig_config cfg = table(_i);

	cfg.window = 1;
	open_with(&cfg, &(struct agent){.dies_after = 1});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "no answer in time");
	ck_assert_uint_eq(r.target[0].cells, SCALARS);
	/* the scalars, the first walk, and a second one when the window opened again */
	ck_assert_uint_le(r.target[0].last.requests, 3);
	ck_assert_uint_eq(r.target[0].last.timeouts, 1);
	ck_assert_uint_le(r.target[0].last.duration_ns, 3100 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

START_TEST(a_request_that_is_never_answered_costs_its_columns)
{
	struct rig_config cfg = table(_i);

	/* it drops requests for one column from row 40 on, instead of an error */
	open_with(&cfg, &(struct agent){.error_objects = AGENT_BIT(AGENT_IF_HC_OUT) |
							 AGENT_BIT(AGENT_IF_DESCR),
					.error_first = 40,
					.error_status = SN_STATUS_GEN_ERR,
					.silent_error = true});
	rig_round(&r);
	ended(SN_ROUND_PARTIAL, "no answer in time");
	ck_assert_uint_ge(r.target[0].cells, all_cells(_i) / 2);
	rig_close(&r);
}
END_TEST

START_TEST(a_slow_agent_is_waited_for)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.delay_ns = 950 * SN_NS_PER_MS});
	rig_round(&r);
	ended(SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].last.retries, 0);
	ck_assert_uint_eq(r.target[0].last.rtt_ns, 952 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

START_TEST(a_v1_agent_does_not_answer_v2c_and_does_answer_v1)
{
	struct rig_config cfg = table(_i);

	open_with(&cfg, &(struct agent){.only_v1 = true});
	rig_round(&r);
	if (cfg.v1) {
		ended(SN_ROUND_OK, "");
		ck_assert_uint_eq(r.agents.agent[0].by_type[SN_PDU_GETBULK & 15], 0);
	} else {
		ended(SN_ROUND_TIMEOUT, "no answer in time");
	}
	rig_close(&r);
}
END_TEST

START_TEST(a_table_that_grows_between_rounds_is_read_as_it_is)
{
	struct rig_config cfg = table(_i);

	cfg.once = false;
	open_with(&cfg, &(struct agent){.grow = 7, .grow_ns = 60 * SN_NS_PER_SEC});
	/* the rounds end in good time before the table grows */
	r.agents.began -= 55 * SN_NS_PER_SEC;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 300 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 5);
	ck_assert_uint_ge(r.target[0].rows, 1 + ROWS + 4 * 7);
	ck_assert_uint_eq((r.target[0].rows - 1 - ROWS) % 7, 0);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		too_big_answers_are_asked_for_in_smaller_parts,
		an_agent_for_which_everything_is_too_big_has_an_agent_error,
		one_value_that_is_too_big_costs_its_column_from_there_on,
		gen_err_in_a_column_costs_that_column_from_there_on,
		a_scalar_the_agent_cannot_give_costs_itself,
		errors_for_everything_are_an_agent_error,
		scalars_the_agent_does_not_have_are_no_failure,
		holes_and_no_such_instance_inside_a_row_are_no_failure,
		a_row_of_nothing_but_exceptions_is_no_row,
		a_value_that_cannot_be_decoded_costs_itself_and_marks_its_row,
		octets_where_a_number_is_meant_cost_themselves_and_mark_their_row,
		a_sys_uptime_that_is_no_time_is_left_out,
		a_varbind_that_is_no_ber_costs_its_column_from_there_on,
		oids_that_do_not_increase_cost_their_column_from_there_on,
		a_hole_that_the_walk_has_passed_is_no_loss,
		a_cycle_a_b_c_a_ends,
		a_cycle_ends_also_when_rows_were_met_in_another_order,
		a_cycle_of_names_without_values_ends_as_well,
		an_unordered_column_is_walked_where_that_is_allowed,
		get_answers_in_another_order_are_sorted_out,
		get_answers_with_other_names_are_given_up,
		an_endless_table_ends_at_max_rows,
		one_endless_column_does_not_harm_the_others,
		a_table_of_exactly_max_rows_is_complete,
		an_agent_that_dies_in_mid_walk_leaves_marked_rows,
		an_agent_that_dies_between_scalars_and_tables_is_given_up_soon,
		a_request_that_is_never_answered_costs_its_columns,
		a_slow_agent_is_waited_for,
		a_v1_agent_does_not_answer_v2c_and_does_answer_v1,
		a_table_that_grows_between_rounds_is_read_as_it_is,
		NULL};
	const TTest *const single[] = {
		finding_the_culprit_does_not_slow_down_the_rest_of_a_large_table,
		truncated_bulk_answers_cost_requests_and_no_value,
		agents_that_cut_by_size_are_read_completely,
		an_agent_that_answers_bulk_with_nothing_fails_the_table_only, NULL};

	return rig_main("agents", both, single, 30);
}
