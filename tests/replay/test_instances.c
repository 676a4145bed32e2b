/*
 * Cells got by name: instances that a module lists, and how they are asked for, also by weak and
 * odd agents. The device's names are known, so what a round must bring is known too.
 */
#include "msg/peek.h"
#include "support/named.h"
#include "support/suite.h"

static const int32_t versions[] = {SN_VERSION_2C, SN_VERSION_1};

/*** Instances ***/

START_TEST(instances_of_a_table_that_is_not_walked_are_got_in_one_request)
{
	named.spec.version = (uint8_t)versions[_i];
	named_add_table(0, 3);
	named_put_row(0, "\3", "");
	named_put_row(0, "\5\1", "");
	named_put_row(0, "\7", "");
	named_add_instance(0, 0, "\3");
	named_add_instance(0, 2, "\3");
	named_add_instance(0, 1, "\5\1");
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 3);
	ck_assert_uint_eq(named.last.rows, 2);
	ck_assert_uint_eq(named.last_heard, 2); /* scalars, instances */
	named_finish();
}
END_TEST

START_TEST(instances_that_are_not_there_cost_only_themselves)
{
	named.spec.version = (uint8_t)versions[_i];
	named_add_table(0, 2);
	named_put_row(0, "\3", "");
	named_put_row(0, "\4", "");
	named_add_instance(0, 0, "\1");
	named_add_instance(0, 0, "\3");
	named_add_instance(0, 1, "\2");
	named_add_instance(0, 1, "\4");
	named_add_instance(0, 1, "\5");
	named_start();
	named_good_rounds(2);
	ck_assert_uint_eq(named.last_cells, 2);
	ck_assert_uint_eq(named.last.rows, 2);
	named_finish();
}
END_TEST

START_TEST(instances_of_several_tables_share_requests)
{
	for (uint32_t t = 0; t < NAMED_TABLES; t++) {
		named_add_table(0, 2);
		named_put_row(t, "\1", "");
		named_put_row(t, "\2", "");
		named_add_instance(t, 0, "\1");
		named_add_instance(t, 1, "\2");
	}
	named_start();
	named_good_rounds(2);
	ck_assert_uint_eq(named.last_cells, 6);
	ck_assert_uint_eq(named.last_gets, 1);
	named_finish();
}
END_TEST

START_TEST(instances_fill_rows_of_walked_tables_and_make_rows_of_their_own)
{
	named.spec.version = (uint8_t)versions[_i];
	named_add_table(3, 2);
	for (uint8_t row = 10; row < 60; row++) {
		named_put_row(0, named_arc(row), "x");
	}
	named_put_number(0, 3, "\1", 77);
	named_put_number(0, 4, "\1", 78);
	named_put_number(0, 4, "\100", 79);
	named_add_instance(0, 3, "\1");
	named_add_instance(0, 4, "\1");
	named_add_instance(0, 4, "\20");
	named_add_instance(0, 4, "\100");
	named_start();
	named_good_rounds(5);
	ck_assert_uint_eq(named.last_cells, 50 * 3 + 4);
	ck_assert_uint_eq(named.last.rows, 52);
	ck_assert_uint_le(named.last_names, 4);
	if (named.spec.version != SN_VERSION_1) {
		ck_assert_uint_eq(named_counter(SN_C_COURSES_LAID), 1);
		ck_assert_uint_eq(named_counter(SN_C_COURSES_LEFT), 0);
	}
	named_finish();
}
END_TEST

/* Drops a cell whose index is one arc. */
static void drop(uint32_t table, uint32_t column, uint8_t row)
{
	uint8_t name[NAMED_OID + 1];

	memcpy(name, named.oids[table][column], NAMED_OID);
	name[NAMED_OID] = row;
	shelf_drop(&named.shelf, shelf_find(&named.shelf, sn_span_make(name, sizeof(name))));
}

START_TEST(instances_that_come_and_go_do_not_change_the_course)
{
	named_add_table(2, 1);
	for (uint8_t row = 10; row < 60; row++) {
		named_put_row(0, named_arc(row), "x");
	}
	named_add_instance(0, 2, "\11");
	named_add_instance(0, 2, "\100");
	named_put_number(0, 2, "\11", 5);
	named_start();
	for (int i = 0; i < 5; i++) {
		named_put_number(0, 2, "\11", 5);
		named_put_number(0, 2, "\100", 5);
		named_good_rounds(2);
		ck_assert_uint_eq(named.last.rows, 52);
		drop(0, 2, 9);
		drop(0, 2, 64);
		named_good_rounds(2);
		ck_assert_uint_eq(named.last.rows, 50);
	}
	ck_assert_uint_eq(named_counter(SN_C_COURSES_LAID), 1);
	named_finish();
}
END_TEST

START_TEST(the_users_max_repetitions_limits_names_in_a_request)
{
	named_add_table(0, 1);
	for (uint8_t row = 1; row <= 30; row++) {
		named_put_row(0, named_arc(row), "");
		named_add_instance(0, 0, named_arc(row));
	}
	named.plan.max_repetitions = 7;
	named_start();
	named_good_rounds(1);
	ck_assert_uint_eq(named.last_gets, 5);
	named_finish();
}
END_TEST

/*** Weak and odd agents ***/

/* A table of 120 rows, all allowed: two targets. */
static void make_long(void)
{
	named_add_table(1, 2);
	named_add_filter(0);
	named_add_target(0, 0, 1);
	named_add_target(0, 0, 2);
	for (uint8_t row = 1; row <= 120; row++) {
		named_put_row(0, named_arc(row), "yes");
	}
}

START_TEST(hundreds_of_cells_take_few_requests_whatever_the_window_is)
{
	static const uint32_t windows[] = {1, 4, 64};

	make_long();
	named.spec.window = windows[_i];
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_names, 240);
	ck_assert_uint_le(named.last_gets, 8);
	named_finish();
}
END_TEST

START_TEST(fewer_names_are_asked_when_an_answer_would_be_too_big_and_that_is_learned)
{
	named.spec.version = (uint8_t)versions[_i];
	make_long();
	named.max_names = 9;
	named_start();
	named_good_rounds(1);
	ck_assert_uint_gt(named_counter(SN_C_AGENT_TOO_BIG), 0);
	ck_assert_uint_gt(named.c.targets[0]->learned.names_most, 0);
	ck_assert_uint_le(named.c.targets[0]->learned.names_most, 9);
	ck_assert_uint_eq(named.last_cells, 360);
	named_good_rounds(1);
	ck_assert_uint_eq(named.last_names, 240); /* none twice */
	named_finish();
}
END_TEST

START_TEST(a_value_that_is_too_big_by_itself_costs_only_itself)
{
	static char text[2000];

	named.spec.version = (uint8_t)versions[_i];
	memset(text, 'x', sizeof(text) - 1);
	named_add_table(1, 2);
	named_add_filter(0);
	named_add_target(0, 0, 1);
	named_add_target(0, 0, 2);
	named.columns[0][1].kind = SN_KIND_TEXT;
	for (uint8_t row = 1; row <= 50; row++) {
		named_put_row(0, named_arc(row), "yes");
		named_put_text(0, 1, named_arc(row), row == 20 ? text : "small");
	}
	named_start();
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last_cells, 149);
	ck_assert_uint_eq(named.last.rows_partial, 1);
	ck_assert_str_eq(named.reason, "tooBig");
	ck_assert_uint_eq(named.c.targets[0]->learned.names_most, 0);
	ck_assert_uint_le(named.last_gets, 20); /* the others go together */
	named_finish();
}
END_TEST

START_TEST(names_that_a_v1_agent_does_not_have_are_dropped_and_the_others_asked_again)
{
	named.spec.version = SN_VERSION_1;
	make_long();
	for (uint8_t row = 1; row <= 120; row += 10) {
		drop(0, 1, row);
	}
	named_start();
	named_good_rounds(2);
	ck_assert_uint_eq(named.last_cells, 348);
	named_finish();
}
END_TEST

START_TEST(a_cell_that_makes_the_agent_fail_costs_only_itself)
{
	static const uint8_t name[] = {0x2b, 6, 1, 2, 1, 50, 1, 1, 1, 33};

	named.spec.version = (uint8_t)versions[_i];
	make_long();
	named.bad = sn_span_make(name, sizeof(name));
	named.bad_fate = NAMED_GEN_ERR;
	named.bad_type = SN_PDU_GET;
	named_start();
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last_cells, 359);
	ck_assert_uint_eq(named.last.rows_partial, 1);
	ck_assert_str_eq(named.reason, "genErr");
	named_finish();
}
END_TEST

START_TEST(a_request_that_is_lost_marks_the_rows_it_was_for)
{
	static const uint8_t name[] = {0x2b, 6, 1, 2, 1, 50, 1, 1, 1, 33};

	make_long();
	named.bad = sn_span_make(name, sizeof(name));
	named.bad_fate = NAMED_LOST;
	named.bad_type = SN_PDU_GET;
	named_start();
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last.timeouts, 1);
	ck_assert_uint_lt(named.last_cells, 360);
	ck_assert_uint_gt(named.last_cells, 360 - 80);
	ck_assert_uint_gt(named.last.rows_partial, 0);
	named_finish();
}
END_TEST

START_TEST(a_value_of_another_type_is_left_out)
{
	make_long();
	named_put_text(0, 1, "\12", "no number");
	named_start();
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last_cells, 359);
	ck_assert_uint_eq(named.last.rows_partial, 1);
	named_finish();
}
END_TEST

START_TEST(answers_in_another_order_are_understood)
{
	make_long();
	named.reversed = true;
	named_start();
	named_good_rounds(2);
	ck_assert_uint_eq(named.last_names, 240);
	named_finish();
}
END_TEST

START_TEST(what_an_answer_leaves_out_is_asked_again)
{
	make_long();
	named.answers_first = 5;
	named_start();
	named_good_rounds(2);
	ck_assert_uint_eq(named.last_cells, 360);
	named_finish();
}
END_TEST

START_TEST(no_more_rows_are_made_than_the_user_allows)
{
	named_add_table(0, 1);
	for (uint8_t row = 1; row <= 30; row++) {
		named_put_row(0, named_arc(row), "");
		named_add_instance(0, 0, named_arc(row));
	}
	named.spec.max_rows = 20;
	named_start();
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last.rows, 20);
	ck_assert_str_eq(named.reason, "max_rows reached");
	named_finish();
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		instances_of_a_table_that_is_not_walked_are_got_in_one_request,
		instances_that_are_not_there_cost_only_themselves,
		instances_fill_rows_of_walked_tables_and_make_rows_of_their_own,
		fewer_names_are_asked_when_an_answer_would_be_too_big_and_that_is_learned,
		a_value_that_is_too_big_by_itself_costs_only_itself,
		a_cell_that_makes_the_agent_fail_costs_only_itself,
	};
	const TTest *const single[] = {
		instances_of_several_tables_share_requests,
		instances_that_come_and_go_do_not_change_the_course,
		the_users_max_repetitions_limits_names_in_a_request,
		names_that_a_v1_agent_does_not_have_are_dropped_and_the_others_asked_again,
		a_request_that_is_lost_marks_the_rows_it_was_for,
		a_value_of_another_type_is_left_out,
		answers_in_another_order_are_understood,
		what_an_answer_leaves_out_is_asked_again,
		no_more_rows_are_made_than_the_user_allows,
	};
	Suite *s = suite_create("instances");
	TCase *tc = tcase_create("instances");

	tcase_add_checked_fixture(tc, named_setup, named_teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		tcase_add_loop_test(tc, each[i], 0, 2);
	}
	tcase_add_loop_test(tc, hundreds_of_cells_take_few_requests_whatever_the_window_is, 0, 3);
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		tcase_add_test(tc, single[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
