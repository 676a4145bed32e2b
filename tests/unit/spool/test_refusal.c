/*
 * The spool on a disk that refuses: places that cannot be read, no space, read-only, syncs that
 * fail. What is refused is said, nothing that the disk gives back later is lost. Behaviour of
 * spool/spool.h; every single operation is made to fail in test_crash.c.
 */
#include "spool/format.h"
#include "support/spool_life.h"
#include "support/suite.h"

#include <errno.h>

/* The operations from the nth next one on fail. */
static void break_calls(uint64_t nth, uint64_t count, int error)
{
	life.disk.fail_from = life.disk.calls + nth;
	life.disk.fail_count = count;
	life.disk.fail_error = error;
}

START_TEST(a_disk_that_cannot_be_read_for_a_while_loses_nothing)
{
	life_leave_segment();
	life_start();
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	history_rewind(&life.hist, life.sp);
	for (int i = 0; i < 9; i++) {
		break_calls(1, 1, EIO);
		ck_assert_int_eq(history_read(&life.hist, life.sp), SN_EIO);
	}
	ck_assert_uint_eq(life_stats().errors, 9);
	ck_assert_int_eq(life_stats().os_error, EIO);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS);
	ck_assert_uint_eq(life.hist.lost_known + life.hist.lost_unknown, 0);
	life_stop();
}
END_TEST

START_TEST(a_place_that_can_never_be_read_is_given_up)
{
	int rc = SN_OK;
	unsigned tries = 0;

	life_leave_segment();
	life_leave_segment();
	life_start();
	life.disk.bad_name = LIFE_FIRST;
	life.disk.bad_from = SN_FORMAT_AREA;
	while (rc == SN_OK || rc == SN_EIO) {
		rc = history_read(&life.hist, life.sp);
		suite_expect(++tries < 100);
	}
	ck_assert_int_eq(rc, SN_ENOENT);
	ck_assert_uint_eq(life.hist.lost_unknown, LIFE_RECORDS);
	ck_assert_uint_eq(life.hist.nflight, LIFE_RECORDS);
	history_check_stats(life.sp);
	history_ack_all(&life.hist, life.sp);
	life_stop();
}
END_TEST

/* The mark, a head, the last segment's records: each is needed to start. */
START_TEST(a_start_that_cannot_read_says_so_and_may_do_without)
{
	static const struct {
		const char *name; /* of the file */
		uint64_t from;	  /* octet from which on it cannot be read */
		unsigned lost;	  /* records */
	} bad[] = {{"mark", 0, 0},
		   {LIFE_FIRST, 0, LIFE_RECORDS},
		   {LIFE_SECOND, 0, LIFE_RECORDS},
		   {LIFE_SECOND, SN_FORMAT_AREA, LIFE_RECORDS}};
	unsigned got = 0;
	int rc = SN_OK;

	life_leave_segment();
	life_leave_segment();
	life.disk.bad_name = bad[_i].name;
	life.disk.bad_from = bad[_i].from;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(history_open(&life.hist, model_disk(&life.disk), &life.sp),
				 SN_EIO);
	}
	life.hist.cfg.accept_unreadable = true;
	/* more numbers than there were records: nothing is given twice */
	life.hist.cfg.lost = NULL;
	life_start();
	ck_assert_int_eq(history_append(&life.hist, life.sp, 1, 100), SN_OK);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	for (unsigned i = 0; (rc == SN_OK || rc == SN_EIO) && i < 100; i++) {
		rc = history_read(&life.hist, life.sp);
		got += rc == SN_OK;
	}
	ck_assert_int_eq(rc, SN_ENOENT);
	ck_assert_uint_eq(got, 2 * LIFE_RECORDS + 1 - bad[_i].lost);
	ck_assert_uint_ge(life_stats().lost_records[SN_SPOOL_DAMAGED], bad[_i].lost);
	history_check_stats(life.sp);
	life_stop();
	/* it recovers: what was not settled by then comes, in its place */
	life.disk.bad_name = NULL;
	life_start();
	history_drain(&life.hist, life.sp);
	history_check_stats(life.sp);
	life_stop();
}
END_TEST

START_TEST(a_full_disk_refuses_and_recovers_without_a_loss)
{
	int rc = SN_OK;
	unsigned taken = 0;

	life_start();
	break_calls(1, UINT64_MAX, ENOSPC);
	life.disk.fail_writes_only = true;
	while (rc == SN_OK) {
		rc = history_append(&life.hist, life.sp, 1, 500);
		taken += rc == SN_OK;
	}
	ck_assert_int_eq(rc, SN_ENOSPC);
	ck_assert_uint_eq(taken, 7); /* as many as memory holds */
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_ENOSPC);
	ck_assert_uint_eq(life_stats().uncommitted, 7);
	ck_assert_uint_ge(life_stats().errors_nospace, 2);
	ck_assert_int_eq(life_stats().os_error, ENOSPC);
	life.disk.fail_from = 0;
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(life_stats().os_error, 0);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 7);
	life_stop();
}
END_TEST

START_TEST(what_a_broken_disk_did_not_take_is_told_at_the_end)
{
	life_start();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(history_append(&life.hist, life.sp, 1, 100), SN_OK);
	}
	break_calls(1, UINT64_MAX, EROFS);
	life.disk.fail_writes_only = true;
	ck_assert_int_eq(sn_spool_close(life.sp), SN_EPERM);
	ck_assert_uint_eq(life.hist.lost_by[SN_SPOOL_UNWRITTEN], 3);
	ck_assert_uint_eq(life.hist.lost_known, 3);
	life.disk.fail_from = 0;
	life_start();
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 0);
	life_stop();
}
END_TEST

START_TEST(a_read_only_disk_still_gives_back)
{
	life_leave_segment();
	break_calls(2, UINT64_MAX, EROFS); /* the lock can be had */
	life.disk.fail_writes_only = true;
	life_start();
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS);
	ck_assert_int_eq(history_append(&life.hist, life.sp, 1, 100), SN_OK);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_EPERM);
	history_ack_all(&life.hist, life.sp);
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_EPERM);
	life.disk.fail_from = 0;
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 1);
	life_stop();
}
END_TEST

START_TEST(what_a_failed_sync_left_behind_counts_for_nothing)
{
	struct model_file *f;

	life_start();
	life_append(2, LIFE_SIZE);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	life_append(3, LIFE_SIZE);
	break_calls(2, 2, EIO); /* the sync, and cutting off what was written */
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_EIO);
	ck_assert_uint_eq(life_stats().uncommitted, 3);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(life_stats().segments, 2);
	f = model_find(&life.disk, LIFE_FIRST);
	ck_assert_uint_gt(f->size, SN_FORMAT_AREA + 4 * LIFE_SIZE);
	f->now[f->size - 20] ^= 1; /* the write did not arrive as it was */
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 5);
	life_stop();
	life_start();
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 5);
	ck_assert_uint_eq(life.hist.lost_known + life.hist.lost_unknown, 0);
	life_stop();
}
END_TEST

START_TEST(a_segment_without_a_commit_goes_when_its_sync_fails)
{
	life_start();
	life_append(2, LIFE_SIZE);
	break_calls(6, 1, EIO); /* open, head, its two syncs, records, and then their sync */
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_EIO);
	ck_assert_uint_eq(life_stats().segments, 0);
	ck_assert_uint_eq(model_bytes(&life.disk), 0);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 2);
	life_stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_disk_that_cannot_be_read_for_a_while_loses_nothing,
				      a_place_that_can_never_be_read_is_given_up,
				      a_full_disk_refuses_and_recovers_without_a_loss,
				      what_a_broken_disk_did_not_take_is_told_at_the_end,
				      a_read_only_disk_still_gives_back,
				      what_a_failed_sync_left_behind_counts_for_nothing,
				      a_segment_without_a_commit_goes_when_its_sync_fails,
				      NULL};
	Suite *s = suite_create("refusal");
	TCase *tc = tcase_create("refusal");

	tcase_add_checked_fixture(tc, life_setup, life_teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	tcase_add_loop_test(tc, a_start_that_cannot_read_says_so_and_may_do_without, 0, 4);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
