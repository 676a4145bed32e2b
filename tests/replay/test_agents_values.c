/*
 * Agents whose values are missing, odd or broken: each value costs itself, or what cannot be read
 * behind it, with its row marked where something is lost, and no other row.
 *
 * ctest: one_thread timeout=120
 */
#include "support/quirk.h"

static struct rig r;

START_TEST(scalars_the_agent_does_not_have_are_no_failure)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg,
		   &(struct agent){.missing =
					   AGENT_BIT(AGENT_SYS_NAME) | AGENT_BIT(AGENT_SYS_UPTIME) |
					   AGENT_BIT(AGENT_IF_ALIAS) | AGENT_BIT(AGENT_IF_INDEX)});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - 1 - 2 * QUIRK_ROWS);
	ck_assert(!r.target[0].last.has_uptime);
	rig_close(&r);
}
END_TEST

START_TEST(holes_and_no_such_instance_inside_a_row_are_no_failure)
{
	struct rig_config cfg = quirk_table(_i);
	enum agent_fault exception = _i == 1 ? AGENT_NULL : AGENT_NO_SUCH_INSTANCE;

	quirk_open(&r, &cfg,
		   &(struct agent){.spots = {{AGENT_IF_DESCR, 7, AGENT_HOLE},
					     {AGENT_IF_SPEED, 8, exception},
					     {AGENT_IF_INDEX, QUIRK_ROWS, AGENT_HOLE},
					     {AGENT_IF_NAME, 1, AGENT_NULL}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - 4);
	ck_assert_uint_eq(r.target[0].rows, QUIRK_ROWS + 1);
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

	quirk_open(&r, &cfg,
		   &(struct agent){.spots = {{AGENT_IF_DESCR, 3, AGENT_NULL},
					     {AGENT_IF_SPEED, 3, AGENT_NULL}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].last.rows, 4);
	rig_close(&r);
}
END_TEST

START_TEST(a_value_that_cannot_be_decoded_costs_itself_and_marks_its_row)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg,
		   &(struct agent){.spots = {{AGENT_IF_SPEED, 9, AGENT_UNDECODABLE},
					     {AGENT_IF_NAME, 10, AGENT_UNDECODABLE}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "undecodable value");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - 2);
	ck_assert_uint_eq(r.target[0].rows_partial, 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 2);
	rig_close(&r);
}
END_TEST

START_TEST(octets_where_a_number_is_meant_cost_themselves_and_mark_their_row)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg,
		   &(struct agent){.spots = {{AGENT_IF_OPER, 9, AGENT_WRONG_TYPE},
					     {AGENT_SNMP_IN_PKTS, 0, AGENT_WRONG_TYPE},
					     {AGENT_IF_DESCR, 4, AGENT_WRONG_TYPE}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "value of another type");
	/* text is text: ifDescr is taken */
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - 2);
	ck_assert_uint_eq(r.target[0].rows_partial, 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 2);
	rig_close(&r);
}
END_TEST

START_TEST(a_sys_uptime_that_is_no_time_is_left_out)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.spots = {{AGENT_SYS_UPTIME, 0, AGENT_WRONG_TYPE}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert(!r.target[0].last.has_uptime);
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 1);
	rig_close(&r);
}
END_TEST

START_TEST(a_varbind_that_is_no_ber_costs_its_column_from_there_on)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.spots = {{AGENT_IF_SPEED, 9, AGENT_BROKEN}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "malformed varbind");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - (QUIRK_ROWS - 8));
	ck_assert_uint_eq(r.target[0].rows_partial, QUIRK_ROWS - 8);
	rig_close(&r);
	quirk_open(&r, &cfg, &(struct agent){.spots = {{AGENT_SYS_NAME, 0, AGENT_BROKEN}}});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "malformed varbind");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - 1);
	ck_assert_uint_eq(r.target[0].rows_partial, 1);
	rig_close(&r);
}
END_TEST

START_TEST(get_answers_in_another_order_are_sorted_out)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.reversed = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i));
	ck_assert(r.target[0].last.has_uptime);
	rig_close(&r);
}
END_TEST

START_TEST(get_answers_with_other_names_are_given_up)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.nameless = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "answer without the names asked");
	ck_assert_uint_eq(r.target[0].cells, quirk_cells(_i) - QUIRK_SCALARS);
	/* five names: together, then one by one */
	ck_assert_uint_eq(rig_counter(&r, SN_C_VALUES_BAD), 10);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		scalars_the_agent_does_not_have_are_no_failure,
		holes_and_no_such_instance_inside_a_row_are_no_failure,
		a_row_of_nothing_but_exceptions_is_no_row,
		a_value_that_cannot_be_decoded_costs_itself_and_marks_its_row,
		octets_where_a_number_is_meant_cost_themselves_and_mark_their_row,
		a_sys_uptime_that_is_no_time_is_left_out,
		a_varbind_that_is_no_ber_costs_its_column_from_there_on,
		get_answers_in_another_order_are_sorted_out,
		get_answers_with_other_names_are_given_up,
		NULL};
	const TTest *const single[] = {NULL};

	return rig_main("agents_values", each, single, 30);
}
