/*
 * Dynamic filters: only cells of the rows that they allow are got, by name, in every round anew;
 * and rounds with filters and instances that are cut. The device's names are known, so what a round
 * must bring is known too.
 *
 * ctest: one_thread
 */
#include "msg/peek.h"
#include "support/named.h"
#include "support/suite.h"

static const int32_t versions[] = {SN_VERSION_2C, SN_VERSION_1};

/*** Filters ***/

/* Table 0: two walked columns, three others behind the first filter; rows of which every third is
 * allowed. */
static void make_filtered(uint8_t rows)
{
	named_add_table(2, 3);
	named_add_filter(0);
	named_add_target(0, 0, 2);
	named_add_target(0, 0, 3);
	named_add_target(0, 0, 4);
	for (uint8_t row = 1; row <= rows; row++) {
		named_put_row(0, named_arc(row), row % 3 ? "no" : "yes");
	}
}

START_TEST(only_rows_that_the_filter_allows_are_asked_for)
{
	named.spec.version = (uint8_t)versions[_i];
	make_filtered(40);
	named_start();
	named_good_rounds(4);
	ck_assert_uint_eq(named.last_cells, 40 * 2 + 13 * 3);
	ck_assert_uint_eq(named.last_names, 13 * 3);
	if (named.spec.version != SN_VERSION_1) {
		ck_assert_uint_eq(named_counter(SN_C_COURSES_LAID), 1);
		ck_assert_ptr_nonnull(named.c.targets[0]->learned.course);
	}
	named_finish();
}
END_TEST

START_TEST(a_filter_follows_its_column_from_round_to_round)
{
	make_filtered(40);
	named_start();
	for (uint8_t row = 1; row <= 40; row++) {
		named_put_text(0, 0, named_arc(row), row % 2 ? "yes" : "no");
		named_good_rounds(1);
	}
	ck_assert_uint_eq(named.last_cells, 40 * 2 + 20 * 3);
	named_finish();
}
END_TEST

START_TEST(rows_of_the_target_that_the_filters_table_does_not_have_are_not_asked_for)
{
	make_filtered(10);
	named_put_number(0, 2, "\100", 5);
	named_put_number(0, 3, "\3\1", 5);
	named_start();
	named_good_rounds(2);
	named_finish();
}
END_TEST

START_TEST(a_filter_that_allows_nothing_asks_for_nothing)
{
	make_filtered(2);
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 4);
	ck_assert_uint_eq(named.last_gets, 0);
	named_finish();
}
END_TEST

START_TEST(a_filter_on_an_empty_column_asks_for_nothing)
{
	make_filtered(0);
	named_put_number(0, 2, "\3", 5);
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 0);
	named_finish();
}
END_TEST

START_TEST(the_last_arc_of_the_filters_row_is_the_index_of_the_target)
{
	named.spec.version = (uint8_t)versions[_i];
	named_add_table(1, 0);
	named_add_table(2, 1);
	named_add_table(0, 2);
	named_add_filter(0);
	named_add_target(0, 1, 2);
	named_add_target(0, 2, 0);
	named_add_target(0, 2, 1);
	named_put_row(0, "\1\7\5", "yes");
	named_put_row(0, "\2\7\5", "yes"); /* the same once more */
	named_put_row(0, "\2\7\6", "no");
	named_put_row(0, "\3\7\2", "yes");
	named_put_row(0, "\4\1", "yes");
	for (uint8_t row = 1; row < 9; row++) {
		named_put_row(1, named_arc(row), "x");
		named_put_row(2, named_arc(row), "");
	}
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 5 + 16 + 3 + 6);
	ck_assert_uint_eq(named.last_names, 9);
	named_finish();
}
END_TEST

START_TEST(of_two_filters_on_a_column_both_must_allow_a_row)
{
	static const char *const texts[] = {"yes up", "yes down", "no up", "no down"};

	named.spec.version = (uint8_t)versions[_i];
	named_add_table(1, 3);
	named_add_table(1, 0);
	named_add_filter(0);
	named_add_filter(1);
	named_add_target(0, 0, 1);
	named_add_target(0, 0, 2);
	named_add_target(1, 0, 2);
	named_add_target(1, 0, 3);
	for (uint8_t row = 1; row <= 20; row++) {
		named_put_row(0, named_arc(row), texts[row % 4]);
		named_put_row(1, named_arc(row), texts[row % 4]);
	}
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 40 + 10 + 5 + 10);
	named_finish();
}
END_TEST

START_TEST(a_filter_whose_column_is_refused_is_ignored_and_its_targets_are_walked)
{
	named.spec.version = (uint8_t)versions[_i];
	make_filtered(20);
	named.ignored[0] = true;
	named.bad = named_oid_of(0, 0);
	named.bad_fate = NAMED_GEN_ERR;
	named_start();
	for (int i = 0; i < 3; i++) {
		named_one_round();
		ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
		ck_assert_uint_eq(named.last_cells, 20 * 4); /* all but the column itself */
		ck_assert_uint_eq(named.last_gets, 0);
		ck_assert_uint_eq(named.last.rows_partial, 20);
	}
	named_finish();
}
END_TEST

START_TEST(the_loss_of_a_filters_column_is_not_the_end_when_nothing_else_is_under_way)
{
	uint32_t learned = (uint32_t)_i % 2;

	named.spec.version = (uint8_t)versions[_i / 2];
	named_add_table(1, 0);
	named_add_table(0, 2);
	named_add_filter(0);
	named_add_target(0, 1, 0);
	named_add_target(0, 1, 1);
	for (uint8_t row = 1; row <= 20; row++) {
		named_put_row(0, named_arc(row), row % 2 ? "yes" : "no");
		named_put_row(1, named_arc(row), "");
	}
	named_start();
	named_good_rounds(3 * learned);
	named.ignored[0] = true;
	named.bad = named_oid_of(0, 0);
	named.bad_fate = NAMED_LOST;
	for (int i = 0; i < 4; i++) {
		named_one_round();
		ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
		ck_assert_uint_eq(named.last_cells, 20 * 2);
	}
	named.ignored[0] = false;
	named.bad.n = 0;
	named_good_rounds(2);
	named_finish();
}
END_TEST

START_TEST(targets_that_the_module_does_not_walk_are_not_walked_without_their_filter)
{
	named.spec.version = (uint8_t)versions[_i];
	make_filtered(20);
	named.targets[0][1].is_walk = false;
	named.ignored[0] = true;
	named.bad = named_oid_of(0, 0);
	named.bad_fate = NAMED_GEN_ERR;
	named_start();
	for (int i = 0; i < 3; i++) {
		named_one_round();
		ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
		ck_assert_uint_eq(named.last_cells, 20 * 3); /* neither it nor the filter's */
	}
	named_finish();
}
END_TEST

/* The first filter takes two instances out, one of its target and one of another column. */
static void add_instances_that_are_taken_out(void)
{
	static const uint32_t first[] = {0};

	make_filtered(20);
	named.filters[0].ntargets = 2;
	named_add_instance(0, 2, "\1"); /* not among the allowed ones */
	named_add_instance(0, 4, "\2");
	named_add_instance(0, 4, "\5");
	for (int i = 0; i < 2; i++) {
		named.instances[i].filters = first;
		named.instances[i].nfilters = 1;
	}
}

START_TEST(gets_below_a_target_are_taken_out)
{
	named.spec.version = (uint8_t)versions[_i];
	add_instances_that_are_taken_out();
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 20 * 2 + 6 * 2 + 1);
	ck_assert_uint_eq(named.last_names, 6 * 2 + 1);
	named_finish();
}
END_TEST

START_TEST(gets_below_a_target_are_asked_when_the_filter_is_ignored)
{
	named.spec.version = (uint8_t)versions[_i];
	add_instances_that_are_taken_out();
	named.targets[0][0].is_walk = false;
	named.targets[0][1].is_walk = false;
	named.ignored[0] = true;
	named.bad = named_oid_of(0, 0);
	named.bad_fate = NAMED_GEN_ERR;
	named_start();
	for (int i = 0; i < 3; i++) {
		named_one_round();
		ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
		ck_assert_uint_eq(named.last_cells, 20 + 3);
		ck_assert_uint_eq(named.last_names, 3);
	}
	named_finish();
}
END_TEST

START_TEST(of_two_filters_the_one_that_can_be_read_decides)
{
	named_add_table(1, 1);
	named_add_table(1, 0);
	named_add_filter(0);
	named_add_filter(1);
	named_add_target(0, 0, 1);
	named_add_target(1, 0, 1);
	for (uint8_t row = 1; row <= 20; row++) {
		named_put_row(0, named_arc(row), row % 2 ? "yes" : "no");
		named_put_row(1, named_arc(row), "down");
	}
	named.ignored[1] = true;
	named.bad = named_oid_of(1, 0);
	named.bad_fate = NAMED_GEN_ERR;
	named_start();
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last_cells, 20 + 10);
	named_finish();
}
END_TEST

START_TEST(a_filter_column_that_is_lost_in_a_learned_round_is_ignored)
{
	make_filtered(100);
	named_start();
	named_good_rounds(2);
	named.ignored[0] = true;
	named.bad = named_oid_of(0, 0);
	named.bad_fate = NAMED_LOST;
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_ge(named.last_cells, 100 * 3);
	ck_assert_uint_eq(named.last_gets, 0);
	ck_assert_uint_eq(named.last.rows_partial, 100);
	named.ignored[0] = false;
	named.bad.n = 0;
	named_good_rounds(2);
	named_finish();
}
END_TEST

START_TEST(another_column_that_is_lost_leaves_the_filter_alone)
{
	make_filtered(100);
	named_start();
	named_good_rounds(2);
	named.bad = named_oid_of(0, 1);
	named.bad_fate = NAMED_LOST;
	named.bad_alone = true;
	named_one_round();
	ck_assert_uint_eq(named.last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(named.last_names, 33 * 3);
	named.bad.n = 0;
	named_good_rounds(1);
	named_finish();
}
END_TEST

START_TEST(instances_and_filters_go_together)
{
	make_filtered(30);
	named_add_table(0, 2);
	named_put_row(1, "\1", "");
	named_add_instance(1, 0, "\1");
	named_add_target(0, 1, 1);
	for (uint8_t row = 2; row < 12; row++) {
		named_put_row(1, named_arc(row), "");
	}
	named_start();
	named_good_rounds(3);
	ck_assert_uint_eq(named.last_cells, 60 + 30 + 1 + 3);
	named_finish();
}
END_TEST

/*** Rounds that are cut ***/

/* Both kinds: a table with a filter, and one that is not walked, with an instance and a target. */
static void make_both(void)
{
	make_filtered(100);
	named_add_table(0, 2);
	named_put_row(1, "\3", "");
	named_add_instance(1, 0, "\3");
	named_add_target(0, 1, 1);
}

/* Rounds in which the device answers only the first n requests, for all n; good ones in between. */
static void cut_everywhere(void)
{
	uint32_t cut = 0;

	named_good_rounds(2);
	for (uint32_t n = 1; n < named.last_heard; n++) {
		named.silent_after = n;
		named_one_round();
		ck_assert(named.last.status == SN_ROUND_PARTIAL || named.last_heard <= n);
		cut += named.last.status == SN_ROUND_PARTIAL;
		named.silent_after = 0;
		named_one_round(); /* it learns anew */
		named_good_rounds(2);
	}
	ck_assert_uint_ge(cut, 4);
}

START_TEST(a_device_that_falls_silent_anywhere_leaves_rows_that_say_so)
{
	make_both();
	named.spec.retries = 0;
	named.spec.window = _i ? 1 : 4;
	named_start();
	cut_everywhere();
	named_finish();
}
END_TEST

START_TEST(a_new_device_that_falls_silent_anywhere_leaves_rows_that_say_so)
{
	bool cut = true;

	for (uint32_t n = 1; cut; n += _i ? 13 : 1) {
		named_teardown();
		named_setup();
		make_both();
		named.spec.retries = 0;
		named.spec.version = (uint8_t)versions[_i];
		named.silent_after = n;
		named_start();
		named_one_round();
		cut = named.last.status != SN_ROUND_OK;
		ck_assert(!cut || named.last.status == SN_ROUND_PARTIAL);
		ck_assert(cut || n > 5);
		named_finish();
	}
}
END_TEST

START_TEST(rounds_may_be_cancelled_at_any_time)
{
	for (uint32_t ms = 1; ms < 30; ms++) {
		uint64_t end;

		named_teardown();
		named_setup();
		make_both();
		named.spec.window = 1;
		named_start();
		if (ms % 2) {
			named_good_rounds(1);
		}
		while (named.c.jobs == 0) {
			suite_expect(sn_worker_turn(&named.w, sn_io_now(named.w.io) + SEC / 1000) ==
				     SN_OK);
		}
		end = sn_io_now(named.w.io) + ms * SEC / 1000;
		while (sn_io_now(named.w.io) < end) {
			suite_expect(sn_worker_turn(&named.w, end) == SN_OK);
		}
		named_finish();
	}
}
END_TEST

/*** With kept labels ***/

START_TEST(filters_read_labels_that_are_kept)
{
	uint32_t reads = 0;

	make_filtered(40);
	named.columns[0][0].is_value = false;
	named.columns[0][0].is_label = true;
	named_add_table(0, 1);
	named_put_row(1, "\3", "");
	named_add_instance(1, 0, "\3");
	named.spec.labels_ttl_s = 600;
	named_start();
	for (int i = 0; i < 30; i++) {
		named_good_rounds(1);
		ck_assert_uint_eq(named.last_cells, 40 * 2 + 13 * 3 + 1);
		reads += named.last.varbinds >= 40 * 2 + 13 * 3 + 1;
	}
	ck_assert_uint_le(reads, 30 / 7 + 1);
	ck_assert_uint_eq(named_counter(SN_C_COURSES_LAID), 1);
	named_finish();
}
END_TEST

START_TEST(a_table_of_nothing_but_labels_is_read_in_every_round)
{
	make_filtered(40);
	for (int c = 0; c < 2; c++) {
		named.columns[0][c].is_value = false;
		named.columns[0][c].is_label = true;
	}
	named_add_table(3, 0); /* its labels are kept */
	named.columns[1][0].is_label = true;
	for (uint8_t row = 1; row < 20; row++) {
		named_put_row(1, named_arc(row), "label");
	}
	named.spec.labels_ttl_s = 600;
	named_start();
	named_good_rounds(5);
	ck_assert_uint_lt(named.last.varbinds, 40 * 2 + 13 * 3 + 19 * 3);
	ck_assert_uint_eq(named_counter(SN_C_COURSES_LAID), 1);
	named_finish();
}
END_TEST

START_TEST(a_round_with_kept_labels_may_be_cut)
{
	make_filtered(100);
	named.columns[0][0].is_value = false;
	named.columns[0][0].is_label = true;
	named.spec.labels_ttl_s = 6000;
	named.spec.max_reply = 500;
	named.spec.retries = 0;
	named.spec.window = 1;
	named_start();
	cut_everywhere();
	named_finish();
}
END_TEST

START_TEST(a_round_with_kept_labels_and_nothing_else_may_be_cut)
{
	named_add_table(4, 0);
	named.columns[0][0].is_value = false;
	named.columns[0][0].is_label = true;
	for (uint8_t row = 1; row <= 100; row++) {
		named_put_row(0, named_arc(row), "label");
	}
	named.spec.labels_ttl_s = 6000;
	named.spec.max_reply = 500;
	named.spec.retries = 0;
	named.spec.window = 1;
	named_start();
	cut_everywhere();
	named_finish();
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		only_rows_that_the_filter_allows_are_asked_for,
		the_last_arc_of_the_filters_row_is_the_index_of_the_target,
		of_two_filters_on_a_column_both_must_allow_a_row,
		targets_that_the_module_does_not_walk_are_not_walked_without_their_filter,
		gets_below_a_target_are_taken_out,
		gets_below_a_target_are_asked_when_the_filter_is_ignored,
		a_filter_whose_column_is_refused_is_ignored_and_its_targets_are_walked,
		a_device_that_falls_silent_anywhere_leaves_rows_that_say_so,
		a_new_device_that_falls_silent_anywhere_leaves_rows_that_say_so,
	};
	const TTest *const single[] = {
		a_filter_follows_its_column_from_round_to_round,
		rows_of_the_target_that_the_filters_table_does_not_have_are_not_asked_for,
		a_filter_that_allows_nothing_asks_for_nothing,
		a_filter_on_an_empty_column_asks_for_nothing,
		of_two_filters_the_one_that_can_be_read_decides,
		a_filter_column_that_is_lost_in_a_learned_round_is_ignored,
		another_column_that_is_lost_leaves_the_filter_alone,
		instances_and_filters_go_together,
		rounds_may_be_cancelled_at_any_time,
		filters_read_labels_that_are_kept,
		a_table_of_nothing_but_labels_is_read_in_every_round,
		a_round_with_kept_labels_may_be_cut,
		a_round_with_kept_labels_and_nothing_else_may_be_cut,
	};
	Suite *s = suite_create("filters");
	TCase *tc = tcase_create("filters");

	tcase_add_checked_fixture(tc, named_setup, named_teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		tcase_add_loop_test(tc, each[i], 0, 2);
	}
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		tcase_add_test(tc, single[i]);
	}
	tcase_add_loop_test(
		tc, the_loss_of_a_filters_column_is_not_the_end_when_nothing_else_is_under_way, 0,
		4);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
