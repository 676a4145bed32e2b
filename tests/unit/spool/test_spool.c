/*
 * The spool as its owner uses it, on a disk that is well: order, acknowledgements, limits,
 * accounts. Behaviour of spool/spool.h; what is damaged is in test_damage.c, what fails in
 * test_crash.c.
 */
#include "support/spool_life.h"
#include "support/suite.h"

#include <string.h>

START_TEST(gives_back_in_order_what_was_appended)
{
	life.hist.cfg.max_bytes = 1 << 20;
	life_start();
	for (uint32_t size = 4; size < 200; size++) {
		suite_expect(history_append(&life.hist, life.sp, size % HISTORY_KEYS, size) ==
			     SN_OK);
	}
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 196);
	history_check_complete(&life.hist);
	history_check_stats(life.sp);
	ck_assert_uint_eq(life_stats().in_flight, 196);
	life_stop();
}
END_TEST

START_TEST(nothing_is_given_out_before_it_is_safe)
{
	life_start();
	life_append(3, 100);
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_ENOENT);
	ck_assert_uint_eq(life_stats().uncommitted, 3);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	life_append(1, 100);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 3);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 1);
	life_stop();
}
END_TEST

START_TEST(a_group_costs_one_write_and_one_sync)
{
	uint64_t calls;

	life_start();
	life_append(1, 100);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	calls = life.disk.calls;
	life_append(20, 100);
	ck_assert_uint_eq(life.disk.calls, calls);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(life.disk.calls, calls + 2);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(life.disk.calls, calls + 2);
	life_stop();
}
END_TEST

START_TEST(commits_by_itself_when_its_memory_is_full)
{
	life_start();
	life_append(30, 1000); /* of which four fit */
	ck_assert_uint_le(life_stats().uncommitted, 4);
	ck_assert_uint_ge(life_stats().commits, 6);
	history_drain(&life.hist, life.sp);
	history_check_complete(&life.hist);
	life_stop();
}
END_TEST

START_TEST(survives_being_closed_and_opened)
{
	life_start();
	life_append(20, 500);
	life_stop();
	for (int i = 0; i < 3; i++) {
		life_start();
		ck_assert_uint_eq(life_stats().found, 20);
		ck_assert_uint_eq(history_drain(&life.hist, life.sp), 20);
		history_check_complete(&life.hist);
		life_stop();
	}
}
END_TEST

START_TEST(what_was_acknowledged_never_comes_again)
{
	life_start();
	life_append(20, 500);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	}
	history_ack_all(&life.hist, life.sp);
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK);
	life_stop();
	life_start();
	ck_assert_uint_eq(life_stats().found, 10);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 10);
	life_stop();
}
END_TEST

START_TEST(acknowledgements_come_in_any_order)
{
	life_start();
	life_append(40, 300);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 40);
	while (life.hist.nflight > 10) {
		ck_assert_int_eq(history_ack(&life.hist, life.sp, 7 * life.hist.nflight / 11),
				 SN_OK);
		history_check_stats(life.sp);
	}
	ck_assert_uint_eq(life_stats().acked, 30);
	ck_assert_uint_eq(life_stats().pending, 10);
	ck_assert_uint_eq(life_stats().in_flight, 10);
	history_rewind(&life.hist, life.sp);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 10);
	history_ack_all(&life.hist, life.sp);
	ck_assert_uint_eq(life_stats().pending, 0);
	life_stop();
	ck_assert_uint_eq(model_bytes(&life.disk), 0);
}
END_TEST

START_TEST(only_what_was_given_out_can_be_acknowledged)
{
	life_start();
	life_append(2, 100);
	ck_assert_int_eq(sn_spool_ack(life.sp, 1), SN_EINVAL);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(sn_spool_ack(life.sp, 1), SN_EINVAL);
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(sn_spool_ack(life.sp, 1), SN_OK);
	ck_assert_int_eq(sn_spool_ack(life.sp, 1), SN_ENOENT);
	ck_assert_int_eq(sn_spool_ack(life.sp, 2), SN_EINVAL);
	ck_assert_int_eq(sn_spool_ack(life.sp, 0), SN_ENOENT);
	ck_assert_int_eq(sn_spool_ack(life.sp, UINT64_MAX), SN_EINVAL);
	life_stop();
}
END_TEST

START_TEST(a_full_window_waits_for_an_acknowledgement)
{
	life.hist.cfg.window = 64;
	life_start();
	life_append(100, 20);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	for (int i = 0; i < 64; i++) {
		ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	}
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_EAGAIN);
	ck_assert_int_eq(history_ack(&life.hist, life.sp, 5), SN_OK); /* not the oldest */
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_EAGAIN);
	ck_assert_int_eq(history_ack(&life.hist, life.sp, 0), SN_OK);
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_EAGAIN);
	history_ack_all(&life.hist, life.sp);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 35);
	history_check_complete(&life.hist);
	life_stop();
}
END_TEST

START_TEST(a_rewind_gives_out_again_and_takes_late_acknowledgements)
{
	uint64_t third;

	life_start();
	life_append(6, 100);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 6);
	third = life.hist.flight[2];
	history_rewind(&life.hist, life.sp);
	ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(sn_spool_ack(life.sp, third), SN_OK); /* was under way all the time */
	life.hist.rec[2].acked = true;
	life.hist.rec[2].ack_now = true;
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 4);
	history_check_stats(life.sp);
	life_stop();
}
END_TEST

START_TEST(a_full_spool_drops_the_oldest_and_says_so)
{
	uint64_t rows = 0;
	unsigned lost = 0;

	life_start();
	for (int i = 0; i < 200; i++) {
		life_append(1, 1000);
		ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
		ck_assert_uint_le(model_bytes(&life.disk), life.hist.cfg.max_bytes);
		ck_assert_uint_eq(model_bytes(&life.disk), life_stats().bytes);
		history_check_stats(life.sp);
	}
	for (uint32_t i = 0; i < life.hist.n; i++) {
		suite_expect(i == 0 || !life.hist.rec[i].lost || life.hist.rec[i - 1].lost);
		lost += life.hist.rec[i].lost;
		rows += life.hist.rec[i].lost ? i % 50 : 0;
	}
	ck_assert_uint_gt(lost, 100);
	ck_assert_uint_lt(lost, 190); /* most of the room is used */
	ck_assert_uint_eq(life.hist.lost_known, lost);
	ck_assert_uint_eq(life.hist.lost_unknown, 0);
	ck_assert_uint_eq(life.hist.lost_rows, rows);
	ck_assert_uint_eq(life_stats().lost_rows[SN_SPOOL_FULL], rows);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 200 - lost);
	history_check_complete(&life.hist);
	life_stop();
}
END_TEST

START_TEST(what_is_in_flight_is_dropped_once)
{
	life_start();
	life_append(20, 1000);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 20);
	life_append(100, 1000);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert(life.hist.rec[19].lost);
	while (life.hist.nflight) {
		ck_assert_int_eq(history_ack(&life.hist, life.sp, 0), SN_ENOENT);
	}
	ck_assert_uint_eq(life_stats().acked, 0);
	history_check_stats(life.sp);
	history_drain(&life.hist, life.sp);
	history_check_complete(&life.hist);
	life_stop();
}
END_TEST

START_TEST(acknowledged_segments_go_before_anything_is_dropped)
{
	life_start();
	for (int i = 0; i < 300; i++) {
		life_append(1, 1000);
		ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
		ck_assert_uint_eq(history_drain(&life.hist, life.sp), 1);
		if (life.hist.nflight > 12) {
			/* the oldest last */
			ck_assert_int_eq(history_ack(&life.hist, life.sp, life.hist.nflight - 1),
					 SN_OK);
			ck_assert_int_eq(history_ack(&life.hist, life.sp, 0), SN_OK);
			history_ack_all(&life.hist, life.sp);
		}
	}
	ck_assert_uint_eq(life.hist.lost_known, 0);
	life_stop();
}
END_TEST

START_TEST(what_is_too_old_is_dropped)
{
	life.hist.cfg.max_age_ms = 160000;
	life.hist.cfg.max_bytes = 1 << 20;
	life_start();
	for (int i = 0; i < 200; i++) {
		life_append(1, 100);
		ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
		ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK); /* a second later */
	}
	/* by segments of a sixteenth of that age */
	ck_assert_uint_ge(life.hist.lost_by[SN_SPOOL_AGE], 200 - 160 - 15);
	ck_assert_uint_le(life.hist.lost_by[SN_SPOOL_AGE], 200 - 160);
	ck_assert_uint_eq(life.hist.lost_known, life.hist.lost_by[SN_SPOOL_AGE]);
	life.hist.now += 160000;
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(life.hist.lost_by[SN_SPOOL_AGE], 200);
	ck_assert_uint_eq(life_stats().pending, 0);
	ck_assert_uint_eq(life_stats().segments, 0);
	life_append(1, 100);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 1);
	life_stop();
}
END_TEST

START_TEST(age_counts_across_starts)
{
	life_start();
	life_append(10, 1000);
	life_stop();
	life.hist.now += 100000;
	life.hist.cfg.max_age_ms = 60000;
	life_start();
	life_append(1, 100);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(life.hist.lost_by[SN_SPOOL_AGE], 10);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 1);
	life_stop();
}
END_TEST

START_TEST(a_clock_that_goes_back_drops_nothing)
{
	life.hist.cfg.max_age_ms = 60000;
	life_start();
	life_append(5, 100);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	life.hist.now -= 3600000;
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK);
	life_append(5, 100);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(history_tick(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 10);
	life_stop();
}
END_TEST

START_TEST(the_owner_can_drop_the_oldest)
{
	life_start();
	ck_assert_int_eq(sn_spool_drop_oldest(life.sp), SN_ENOENT);
	life_append(20, 1000);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_int_eq(sn_spool_drop_oldest(life.sp), SN_OK);
	ck_assert(life.hist.rec[0].lost && !life.hist.rec[19].lost);
	while (sn_spool_drop_oldest(life.sp) == SN_OK) {
		history_check_stats(life.sp);
	}
	ck_assert_uint_eq(life.hist.lost_by[SN_SPOOL_FULL], 20);
	life_append(2, 100);
	ck_assert_int_eq(sn_spool_drop_oldest(life.sp), SN_ENOENT); /* not committed */
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 2);
	life_stop();
}
END_TEST

START_TEST(a_smaller_limit_holds_at_the_next_commit)
{
	life_start();
	life_append(50, 1000);
	life_stop();
	life.hist.cfg.max_bytes = 32 << 10;
	life_start();
	life_append(1, 10);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	ck_assert_uint_le(model_bytes(&life.disk), 32 << 10);
	history_drain(&life.hist, life.sp);
	history_check_complete(&life.hist);
	life_stop();
}
END_TEST

START_TEST(keys_and_payloads_may_be_empty_but_not_too_long)
{
	static uint8_t big[(1 << 20) + 1];
	struct sn_spool_entry e = {.rows = 1};
	struct sn_spool_record r;
	uint64_t number = 0;

	life.hist.cfg.max_bytes = 16 << 20;
	life.hist.cfg.segment_bytes = 0;
	life.hist.cfg.batch_bytes = 0;
	life_start();
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, &number), SN_OK);
	ck_assert_uint_eq(number, 1);
	e.key = sn_span_make(big, 4096);
	e.payload = sn_span_make(big, 1 << 20);
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_OK);
	e.payload.n++;
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_EMSGSIZE);
	e.payload.n = 0;
	e.key.n++;
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_EMSGSIZE);
	ck_assert_int_eq(sn_spool_commit(life.sp), SN_OK);
	ck_assert_int_eq(sn_spool_read(life.sp, &r), SN_OK);
	ck_assert(r.key.n == 0 && r.payload.n == 0 && r.number == 1 && r.boot == life.hist.boot);
	ck_assert_int_eq(sn_spool_read(life.sp, &r), SN_OK);
	ck_assert(r.key.n == 4096 && r.payload.n == 1 << 20);
	ck_assert_int_eq(sn_spool_read(life.sp, &r), SN_ENOENT);
	ck_assert_int_eq(sn_spool_close(life.sp), SN_OK);
}
END_TEST

START_TEST(a_record_larger_than_its_memory_is_refused)
{
	struct sn_spool_entry e = {.payload = {.p = (const uint8_t *)&life.disk, .n = 4096 - 56}};

	life_start();
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_OK);
	e.payload.n++;
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_EMSGSIZE);
	ck_assert_int_eq(sn_spool_close(life.sp), SN_OK);
}
END_TEST

START_TEST(a_configuration_that_contradicts_itself_is_refused)
{
	static const struct sn_spool_config bad[] = {
		{.max_bytes = 31 << 10, .segment_bytes = 8 << 10},
		{.max_bytes = 1 << 20, .segment_bytes = 8191},
		{.max_bytes = UINT64_C(8) << 30, .segment_bytes = (UINT64_C(1) << 30) + 1},
		{.max_bytes = 1 << 20, .segment_bytes = 8 << 10, .batch_bytes = 4097},
		{.max_bytes = 100},
	};
	struct sn_spool_config cfg = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sn_spool_open(model_disk(&life.disk), &bad[i], 0, &life.sp),
				 SN_EINVAL);
	}
	ck_assert_int_eq(sn_spool_open(model_disk(&life.disk), &cfg, 0, &life.sp), SN_OK);
	ck_assert_int_eq(sn_spool_close(life.sp), SN_OK);
}
END_TEST

START_TEST(a_directory_has_one_owner)
{
	struct sn_spool *other = NULL;

	life_start();
	ck_assert_int_eq(sn_spool_open(model_disk(&life.disk), &life.hist.cfg, 0, &other),
			 SN_EEXIST);
	life_append(1, 10);
	life_stop();
	life_start();
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), 1);
	life_stop();
}
END_TEST

START_TEST(numbers_go_on_when_all_files_are_gone)
{
	life_start();
	life_append(20, 1000);
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	history_drain(&life.hist, life.sp);
	history_ack_all(&life.hist, life.sp);
	life_stop();
	ck_assert_uint_eq(model_bytes(&life.disk), 0);
	life_start();
	life_append(1, 10);
	ck_assert_uint_eq(life.hist.rec[20].number, 21);
	life_stop();
}
END_TEST

START_TEST(stays_well_through_a_long_life)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, (uint64_t)_i);
	for (int turn = 0; turn < 6; turn++) {
		life_start();
		history_work(&life.hist, life.sp, &rng, 100);
		life_stop();
	}
	life_start();
	history_drain(&life.hist, life.sp);
	history_check_complete(&life.hist);
	history_ack_all(&life.hist, life.sp);
	life_stop();
	ck_assert_uint_eq(life.hist.lost_by[SN_SPOOL_DAMAGED] + life.hist.lost_unknown +
				  life.hist.foreign,
			  0);
	ck_assert_uint_eq(model_bytes(&life.disk), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {gives_back_in_order_what_was_appended,
				      nothing_is_given_out_before_it_is_safe,
				      a_group_costs_one_write_and_one_sync,
				      commits_by_itself_when_its_memory_is_full,
				      survives_being_closed_and_opened,
				      what_was_acknowledged_never_comes_again,
				      acknowledgements_come_in_any_order,
				      only_what_was_given_out_can_be_acknowledged,
				      a_full_window_waits_for_an_acknowledgement,
				      a_rewind_gives_out_again_and_takes_late_acknowledgements,
				      a_full_spool_drops_the_oldest_and_says_so,
				      what_is_in_flight_is_dropped_once,
				      acknowledged_segments_go_before_anything_is_dropped,
				      what_is_too_old_is_dropped,
				      age_counts_across_starts,
				      a_clock_that_goes_back_drops_nothing,
				      the_owner_can_drop_the_oldest,
				      a_smaller_limit_holds_at_the_next_commit,
				      keys_and_payloads_may_be_empty_but_not_too_long,
				      a_record_larger_than_its_memory_is_refused,
				      a_configuration_that_contradicts_itself_is_refused,
				      a_directory_has_one_owner,
				      numbers_go_on_when_all_files_are_gone,
				      NULL};
	Suite *s = suite_create("spool");
	TCase *tc = tcase_create("spool");

	tcase_add_checked_fixture(tc, life_setup, life_teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	tcase_add_loop_test(tc, stays_well_through_a_long_life, 0, 4);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
