/*
 * Growth, cuts and undone cuts of a device's window. Behaviour of session/window.h.
 */
#include "session/window.h"

#include "support/suite.h"

/* n answers with a window that is full. */
static void answers(struct sn_window *win, uint32_t cap, unsigned n)
{
	while (n--) {
		sn_window_answered(win, cap, win->size);
	}
}

START_TEST(a_new_window_is_four_or_what_the_user_allows)
{
	struct sn_window win;

	for (uint32_t cap = 1; cap <= 8; cap++) {
		sn_window_init(&win, cap);
		ck_assert_uint_eq(win.size, cap < 4 ? cap : 4);
	}
	sn_window_init(&win, UINT32_MAX);
	ck_assert_uint_eq(win.size, 4);
}
END_TEST

START_TEST(a_new_window_grows_with_every_answer_up_to_the_users)
{
	struct sn_window win;

	sn_window_init(&win, 9);
	answers(&win, 9, 3);
	ck_assert_uint_eq(win.size, 7);
	answers(&win, 9, 100);
	ck_assert_uint_eq(win.size, 9);
	sn_window_init(&win, UINT32_MAX);
	answers(&win, UINT32_MAX, 200000);
	ck_assert_uint_eq(win.size, UINT16_MAX); /* and does not wrap */
}
END_TEST

START_TEST(a_window_that_is_not_used_does_not_grow)
{
	struct sn_window win;

	sn_window_init(&win, 100);
	for (unsigned i = 0; i < 1000; i++) {
		sn_window_answered(&win, 100, 3);
	}
	ck_assert_uint_eq(win.size, 4);
	sn_window_answered(&win, 100, 4);
	ck_assert_uint_eq(win.size, 5);
}
END_TEST

START_TEST(a_loss_halves_it_and_then_it_grows_by_one_per_window)
{
	struct sn_window win;

	sn_window_init(&win, 100);
	answers(&win, 100, 16);
	ck_assert_uint_eq(win.size, 20);
	ck_assert_uint_eq(sn_window_lost(&win, win.epoch), 20);
	ck_assert_uint_eq(win.size, 10);
	answers(&win, 100, 9);
	ck_assert_uint_eq(win.size, 10);
	answers(&win, 100, 1);
	ck_assert_uint_eq(win.size, 11);
	answers(&win, 100, 11);
	ck_assert_uint_eq(win.size, 12);
}
END_TEST

START_TEST(it_never_closes)
{
	struct sn_window win;

	sn_window_init(&win, 7);
	for (int i = 0; i < 10; i++) {
		sn_window_lost(&win, win.epoch);
	}
	ck_assert_uint_eq(win.size, 1);
	ck_assert_uint_eq(sn_window_lost(&win, win.epoch), 0);
	answers(&win, 7, 1);
	ck_assert_uint_eq(win.size, 2);
	sn_window_collapse(&win);
	sn_window_collapse(&win);
	ck_assert_uint_eq(win.size, 1);
}
END_TEST

START_TEST(losses_of_one_round_trip_cut_once)
{
	struct sn_window win;
	uint8_t sent_in;

	sn_window_init(&win, 64);
	answers(&win, 64, 60);
	sent_in = win.epoch;
	ck_assert_uint_eq(sn_window_lost(&win, sent_in), 64);
	for (int i = 0; i < 63; i++) {
		ck_assert_uint_eq(sn_window_lost(&win, sent_in), 0);
	}
	ck_assert_uint_eq(win.size, 32);
	ck_assert_uint_eq(sn_window_lost(&win, win.epoch), 32); /* one sent after the cut */
	ck_assert_uint_eq(win.size, 16);
}
END_TEST

START_TEST(a_cut_for_nothing_is_undone)
{
	struct sn_window win;
	uint16_t from;

	sn_window_init(&win, 64);
	answers(&win, 64, 28);
	from = sn_window_lost(&win, win.epoch);
	ck_assert_uint_eq(from, 32);
	sn_window_lost(&win, win.epoch); /* the same request again: 8 */
	ck_assert_uint_eq(win.size, 8);
	sn_window_undo(&win, 64, from, win.epoch);
	ck_assert_uint_eq(win.size, 32);
	answers(&win, 64, 32);
	ck_assert_uint_eq(win.size, 33);
	sn_window_undo(&win, 64, 0, win.epoch); /* a request that cut nothing */
	ck_assert_uint_eq(win.size, 33);
	sn_window_undo(&win, 20, 64, win.epoch); /* the user's limit is lower now */
	ck_assert_uint_eq(win.size, 33);
	sn_window_limit(&win, 20);
	ck_assert_uint_eq(win.size, 20);
}
END_TEST

START_TEST(a_cut_that_another_one_followed_is_not_undone)
{
	struct sn_window win;
	uint16_t from;
	uint8_t sent_in;

	sn_window_init(&win, 64);
	answers(&win, 64, 28);
	from = sn_window_lost(&win, win.epoch);
	sent_in = win.epoch;		 /* it is sent again */
	sn_window_lost(&win, win.epoch); /* another one is lost */
	sn_window_undo(&win, 64, from, sent_in);
	ck_assert_uint_eq(win.size, 8);
}
END_TEST

START_TEST(a_silent_device_begins_with_one_and_is_soon_where_it_was)
{
	struct sn_window win;

	sn_window_init(&win, 64);
	answers(&win, 64, 28);
	sn_window_collapse(&win);
	ck_assert_uint_eq(win.size, 1);
	answers(&win, 64, 15); /* slow start up to half of what it was */
	ck_assert_uint_eq(win.size, 16);
	answers(&win, 64, 16);
	ck_assert_uint_eq(win.size, 17);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_new_window_is_four_or_what_the_user_allows,
				      a_new_window_grows_with_every_answer_up_to_the_users,
				      a_window_that_is_not_used_does_not_grow,
				      a_loss_halves_it_and_then_it_grows_by_one_per_window,
				      it_never_closes,
				      losses_of_one_round_trip_cut_once,
				      a_cut_for_nothing_is_undone,
				      a_cut_that_another_one_followed_is_not_undone,
				      a_silent_device_begins_with_one_and_is_soon_where_it_was,
				      NULL};

	return suite_run_tests("window", tests, 0);
}
