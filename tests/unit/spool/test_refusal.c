/*
 * The spool on a disk that refuses: places that cannot be read, no space, read-only, syncs that
 * fail. What is refused is said, nothing that the disk gives back later is lost. Behaviour of
 * spool/spool.h; every single operation is made to fail in test_crash.c.
 */
#include "spool/format.h"
#include "support/spool_history.h"
#include "support/suite.h"

#include <errno.h>

enum { RECORDS = 6, SIZE = 90 };

#define FIRST "0000000000000001.seg"
#define SECOND "0000000000000002.seg"

static struct model disk;
static struct history hist;
static struct sn_spool *sp;

static void setup(void)
{
	model_init(&disk, 1);
	history_init(&hist);
}

static void teardown(void)
{
	model_fini(&disk);
}

static void start(void)
{
	ck_assert_int_eq(history_open(&hist, model_disk(&disk), &sp), SN_OK);
}

static void stop(void)
{
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}

/* Appends and does not commit. */
static void append(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		suite_expect(history_append(&hist, sp, i % HISTORY_KEYS, SIZE) == SN_OK);
	}
}

/* One life that leaves a segment of six records. */
static void leave_segment(void)
{
	start();
	append(RECORDS);
	stop();
}

static struct sn_spool_stats stats(void)
{
	struct sn_spool_stats st;

	sn_spool_stats_get(sp, &st);
	return st;
}

/* The operations from the nth next one on fail. */
static void break_calls(uint64_t nth, uint64_t count, int error)
{
	disk.fail_from = disk.calls + nth;
	disk.fail_count = count;
	disk.fail_error = error;
}

START_TEST(a_disk_that_cannot_be_read_for_a_while_loses_nothing)
{
	leave_segment();
	start();
	ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	history_rewind(&hist, sp);
	for (int i = 0; i < 9; i++) {
		break_calls(1, 1, EIO);
		ck_assert_int_eq(history_read(&hist, sp), SN_EIO);
	}
	ck_assert_uint_eq(stats().errors, 9);
	ck_assert_int_eq(stats().os_error, EIO);
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS);
	ck_assert_uint_eq(hist.lost_known + hist.lost_unknown, 0);
	stop();
}
END_TEST

START_TEST(a_place_that_can_never_be_read_is_given_up)
{
	int rc = SN_OK;
	unsigned tries = 0;

	leave_segment();
	leave_segment();
	start();
	disk.bad_name = FIRST;
	disk.bad_from = SN_FORMAT_AREA;
	while (rc == SN_OK || rc == SN_EIO) {
		rc = history_read(&hist, sp);
		suite_expect(++tries < 100);
	}
	ck_assert_int_eq(rc, SN_ENOENT);
	ck_assert_uint_eq(hist.lost_unknown, RECORDS);
	ck_assert_uint_eq(hist.nflight, RECORDS);
	history_check_stats(sp);
	history_ack_all(&hist, sp);
	stop();
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
		   {FIRST, 0, RECORDS},
		   {SECOND, 0, RECORDS},
		   {SECOND, SN_FORMAT_AREA, RECORDS}};
	unsigned got = 0;
	int rc = SN_OK;

	leave_segment();
	leave_segment();
	disk.bad_name = bad[_i].name;
	disk.bad_from = bad[_i].from;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(history_open(&hist, model_disk(&disk), &sp), SN_EIO);
	}
	hist.cfg.accept_unreadable = true;
	/* more numbers than there were records: nothing is given twice */
	hist.cfg.lost = NULL;
	start();
	ck_assert_int_eq(history_append(&hist, sp, 1, 100), SN_OK);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	for (unsigned i = 0; (rc == SN_OK || rc == SN_EIO) && i < 100; i++) {
		rc = history_read(&hist, sp);
		got += rc == SN_OK;
	}
	ck_assert_int_eq(rc, SN_ENOENT);
	ck_assert_uint_eq(got, 2 * RECORDS + 1 - bad[_i].lost);
	ck_assert_uint_ge(stats().lost_records[SN_SPOOL_DAMAGED], bad[_i].lost);
	history_check_stats(sp);
	stop();
	/* it recovers: what was not settled by then comes, in its place */
	disk.bad_name = NULL;
	start();
	history_drain(&hist, sp);
	history_check_stats(sp);
	stop();
}
END_TEST

START_TEST(a_full_disk_refuses_and_recovers_without_a_loss)
{
	int rc = SN_OK;
	unsigned taken = 0;

	start();
	break_calls(1, UINT64_MAX, ENOSPC);
	disk.fail_writes_only = true;
	while (rc == SN_OK) {
		rc = history_append(&hist, sp, 1, 500);
		taken += rc == SN_OK;
	}
	ck_assert_int_eq(rc, SN_ENOSPC);
	ck_assert_uint_eq(taken, 7); /* as many as memory holds */
	ck_assert_int_eq(history_commit(&hist, sp), SN_ENOSPC);
	ck_assert_uint_eq(stats().uncommitted, 7);
	ck_assert_uint_ge(stats().errors_nospace, 2);
	ck_assert_int_eq(stats().os_error, ENOSPC);
	disk.fail_from = 0;
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_int_eq(stats().os_error, 0);
	ck_assert_uint_eq(history_drain(&hist, sp), 7);
	stop();
}
END_TEST

START_TEST(what_a_broken_disk_did_not_take_is_told_at_the_end)
{
	start();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(history_append(&hist, sp, 1, 100), SN_OK);
	}
	break_calls(1, UINT64_MAX, EROFS);
	disk.fail_writes_only = true;
	ck_assert_int_eq(sn_spool_close(sp), SN_EPERM);
	ck_assert_uint_eq(hist.lost_by[SN_SPOOL_UNWRITTEN], 3);
	ck_assert_uint_eq(hist.lost_known, 3);
	disk.fail_from = 0;
	start();
	ck_assert_uint_eq(history_drain(&hist, sp), 0);
	stop();
}
END_TEST

START_TEST(a_read_only_disk_still_gives_back)
{
	leave_segment();
	break_calls(2, UINT64_MAX, EROFS); /* the lock can be had */
	disk.fail_writes_only = true;
	start();
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS);
	ck_assert_int_eq(history_append(&hist, sp, 1, 100), SN_OK);
	ck_assert_int_eq(history_commit(&hist, sp), SN_EPERM);
	history_ack_all(&hist, sp);
	ck_assert_int_eq(history_tick(&hist, sp), SN_EPERM);
	disk.fail_from = 0;
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 1);
	stop();
}
END_TEST

START_TEST(what_a_failed_sync_left_behind_counts_for_nothing)
{
	struct model_file *f;

	start();
	append(2);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	append(3);
	break_calls(2, 2, EIO); /* the sync, and cutting off what was written */
	ck_assert_int_eq(history_commit(&hist, sp), SN_EIO);
	ck_assert_uint_eq(stats().uncommitted, 3);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(stats().segments, 2);
	f = model_find(&disk, FIRST);
	ck_assert_uint_gt(f->size, SN_FORMAT_AREA + 4 * SIZE);
	f->now[f->size - 20] ^= 1; /* the write did not arrive as it was */
	ck_assert_uint_eq(history_drain(&hist, sp), 5);
	stop();
	start();
	ck_assert_uint_eq(history_drain(&hist, sp), 5);
	ck_assert_uint_eq(hist.lost_known + hist.lost_unknown, 0);
	stop();
}
END_TEST

START_TEST(a_segment_without_a_commit_goes_when_its_sync_fails)
{
	start();
	append(2);
	break_calls(6, 1, EIO); /* open, head, its two syncs, records, and then their sync */
	ck_assert_int_eq(history_commit(&hist, sp), SN_EIO);
	ck_assert_uint_eq(stats().segments, 0);
	ck_assert_uint_eq(model_bytes(&disk), 0);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 2);
	stop();
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

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	tcase_add_loop_test(tc, a_start_that_cannot_read_says_so_and_may_do_without, 0, 4);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
