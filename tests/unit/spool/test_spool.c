/*
 * The spool as its owner uses it, on a disk that is well: order, acknowledgements, limits,
 * accounts. Behaviour of spool/spool.h; what is damaged is in test_damage.c, what fails in
 * test_crash.c.
 */
#include "support/spool_history.h"
#include "support/suite.h"

#include <string.h>

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
	ck_assert_uint_eq(disk.open, 0);
	for (uint32_t i = hist.life; i < hist.n; i++) {
		hist.rec[i].committed = true;
	}
}

static void fill(unsigned n, uint32_t size)
{
	for (unsigned i = 0; i < n; i++) {
		suite_expect(history_append(&hist, sp, i % HISTORY_KEYS, size) == SN_OK);
	}
}

static struct sn_spool_stats stats(void)
{
	struct sn_spool_stats st;

	sn_spool_stats_get(sp, &st);
	return st;
}

START_TEST(gives_back_in_order_what_was_appended)
{
	hist.cfg.max_bytes = 1 << 20;
	start();
	for (uint32_t size = 4; size < 200; size++) {
		suite_expect(history_append(&hist, sp, size % HISTORY_KEYS, size) == SN_OK);
	}
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 196);
	history_check_complete(&hist);
	history_check_stats(sp);
	ck_assert_uint_eq(stats().in_flight, 196);
	stop();
}
END_TEST

START_TEST(nothing_is_given_out_before_it_is_safe)
{
	start();
	fill(3, 100);
	ck_assert_int_eq(history_read(&hist, sp), SN_ENOENT);
	ck_assert_uint_eq(stats().uncommitted, 3);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	fill(1, 100);
	ck_assert_uint_eq(history_drain(&hist, sp), 3);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 1);
	stop();
}
END_TEST

START_TEST(a_group_costs_one_write_and_one_sync)
{
	uint64_t calls;

	start();
	fill(1, 100);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	calls = disk.calls;
	fill(20, 100);
	ck_assert_uint_eq(disk.calls, calls);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(disk.calls, calls + 2);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(disk.calls, calls + 2);
	stop();
}
END_TEST

START_TEST(commits_by_itself_when_its_memory_is_full)
{
	start();
	fill(30, 1000); /* of which four fit */
	ck_assert_uint_le(stats().uncommitted, 4);
	ck_assert_uint_ge(stats().commits, 6);
	history_drain(&hist, sp);
	history_check_complete(&hist);
	stop();
}
END_TEST

START_TEST(survives_being_closed_and_opened)
{
	start();
	fill(20, 500);
	stop();
	for (int i = 0; i < 3; i++) {
		start();
		ck_assert_uint_eq(stats().found, 20);
		ck_assert_uint_eq(history_drain(&hist, sp), 20);
		history_check_complete(&hist);
		stop();
	}
}
END_TEST

START_TEST(what_was_acknowledged_never_comes_again)
{
	start();
	fill(20, 500);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	}
	history_ack_all(&hist, sp);
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	stop();
	start();
	ck_assert_uint_eq(stats().found, 10);
	ck_assert_uint_eq(history_drain(&hist, sp), 10);
	stop();
}
END_TEST

START_TEST(acknowledgements_come_in_any_order)
{
	start();
	fill(40, 300);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 40);
	while (hist.nflight > 10) {
		ck_assert_int_eq(history_ack(&hist, sp, 7 * hist.nflight / 11), SN_OK);
		history_check_stats(sp);
	}
	ck_assert_uint_eq(stats().acked, 30);
	ck_assert_uint_eq(stats().pending, 10);
	ck_assert_uint_eq(stats().in_flight, 10);
	history_rewind(&hist, sp);
	ck_assert_uint_eq(history_drain(&hist, sp), 10);
	history_ack_all(&hist, sp);
	ck_assert_uint_eq(stats().pending, 0);
	stop();
	ck_assert_uint_eq(model_bytes(&disk), 0);
}
END_TEST

START_TEST(only_what_was_given_out_can_be_acknowledged)
{
	start();
	fill(2, 100);
	ck_assert_int_eq(sn_spool_ack(sp, 1), SN_EINVAL);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_int_eq(sn_spool_ack(sp, 1), SN_EINVAL);
	ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	ck_assert_int_eq(sn_spool_ack(sp, 1), SN_OK);
	ck_assert_int_eq(sn_spool_ack(sp, 1), SN_ENOENT);
	ck_assert_int_eq(sn_spool_ack(sp, 2), SN_EINVAL);
	ck_assert_int_eq(sn_spool_ack(sp, 0), SN_ENOENT);
	ck_assert_int_eq(sn_spool_ack(sp, UINT64_MAX), SN_EINVAL);
	stop();
}
END_TEST

START_TEST(a_full_window_waits_for_an_acknowledgement)
{
	hist.cfg.window = 64;
	start();
	fill(100, 20);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	for (int i = 0; i < 64; i++) {
		ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	}
	ck_assert_int_eq(history_read(&hist, sp), SN_EAGAIN);
	ck_assert_int_eq(history_ack(&hist, sp, 5), SN_OK); /* not the oldest */
	ck_assert_int_eq(history_read(&hist, sp), SN_EAGAIN);
	ck_assert_int_eq(history_ack(&hist, sp, 0), SN_OK);
	ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	ck_assert_int_eq(history_read(&hist, sp), SN_EAGAIN);
	history_ack_all(&hist, sp);
	ck_assert_uint_eq(history_drain(&hist, sp), 35);
	history_check_complete(&hist);
	stop();
}
END_TEST

START_TEST(a_rewind_gives_out_again_and_takes_late_acknowledgements)
{
	uint64_t third;

	start();
	fill(6, 100);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 6);
	third = hist.flight[2];
	history_rewind(&hist, sp);
	ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	ck_assert_int_eq(sn_spool_ack(sp, third), SN_OK); /* was under way all the time */
	hist.rec[2].acked = true;
	hist.rec[2].ack_now = true;
	ck_assert_uint_eq(history_drain(&hist, sp), 4);
	history_check_stats(sp);
	stop();
}
END_TEST

START_TEST(a_full_spool_drops_the_oldest_and_says_so)
{
	uint64_t rows = 0;
	unsigned lost = 0;

	start();
	for (int i = 0; i < 200; i++) {
		fill(1, 1000);
		ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
		ck_assert_uint_le(model_bytes(&disk), hist.cfg.max_bytes);
		ck_assert_uint_eq(model_bytes(&disk), stats().bytes);
		history_check_stats(sp);
	}
	for (uint32_t i = 0; i < hist.n; i++) {
		suite_expect(i == 0 || !hist.rec[i].lost || hist.rec[i - 1].lost);
		lost += hist.rec[i].lost;
		rows += hist.rec[i].lost ? i % 50 : 0;
	}
	ck_assert_uint_gt(lost, 100);
	ck_assert_uint_lt(lost, 190); /* most of the room is used */
	ck_assert_uint_eq(hist.lost_known, lost);
	ck_assert_uint_eq(hist.lost_unknown, 0);
	ck_assert_uint_eq(hist.lost_rows, rows);
	ck_assert_uint_eq(stats().lost_rows[SN_SPOOL_FULL], rows);
	ck_assert_uint_eq(history_drain(&hist, sp), 200 - lost);
	history_check_complete(&hist);
	stop();
}
END_TEST

START_TEST(what_is_in_flight_is_dropped_once)
{
	start();
	fill(20, 1000);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 20);
	fill(100, 1000);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert(hist.rec[19].lost);
	while (hist.nflight) {
		ck_assert_int_eq(history_ack(&hist, sp, 0), SN_ENOENT);
	}
	ck_assert_uint_eq(stats().acked, 0);
	history_check_stats(sp);
	history_drain(&hist, sp);
	history_check_complete(&hist);
	stop();
}
END_TEST

START_TEST(acknowledged_segments_go_before_anything_is_dropped)
{
	start();
	for (int i = 0; i < 300; i++) {
		fill(1, 1000);
		ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
		ck_assert_uint_eq(history_drain(&hist, sp), 1);
		if (hist.nflight > 12) {
			/* the oldest last */
			ck_assert_int_eq(history_ack(&hist, sp, hist.nflight - 1), SN_OK);
			ck_assert_int_eq(history_ack(&hist, sp, 0), SN_OK);
			history_ack_all(&hist, sp);
		}
	}
	ck_assert_uint_eq(hist.lost_known, 0);
	stop();
}
END_TEST

START_TEST(what_is_too_old_is_dropped)
{
	hist.cfg.max_age_ms = 160000;
	hist.cfg.max_bytes = 1 << 20;
	start();
	for (int i = 0; i < 200; i++) {
		fill(1, 100);
		ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
		ck_assert_int_eq(history_tick(&hist, sp), SN_OK); /* a second later */
	}
	/* by segments of a sixteenth of that age */
	ck_assert_uint_ge(hist.lost_by[SN_SPOOL_AGE], 200 - 160 - 15);
	ck_assert_uint_le(hist.lost_by[SN_SPOOL_AGE], 200 - 160);
	ck_assert_uint_eq(hist.lost_known, hist.lost_by[SN_SPOOL_AGE]);
	hist.now += 160000;
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	ck_assert_uint_eq(hist.lost_by[SN_SPOOL_AGE], 200);
	ck_assert_uint_eq(stats().pending, 0);
	ck_assert_uint_eq(stats().segments, 0);
	fill(1, 100);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 1);
	stop();
}
END_TEST

START_TEST(age_counts_across_starts)
{
	start();
	fill(10, 1000);
	stop();
	hist.now += 100000;
	hist.cfg.max_age_ms = 60000;
	start();
	fill(1, 100);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	ck_assert_uint_eq(hist.lost_by[SN_SPOOL_AGE], 10);
	ck_assert_uint_eq(history_drain(&hist, sp), 1);
	stop();
}
END_TEST

START_TEST(a_clock_that_goes_back_drops_nothing)
{
	hist.cfg.max_age_ms = 60000;
	start();
	fill(5, 100);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	hist.now -= 3600000;
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	fill(5, 100);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 10);
	stop();
}
END_TEST

START_TEST(the_owner_can_drop_the_oldest)
{
	start();
	ck_assert_int_eq(sn_spool_drop_oldest(sp), SN_ENOENT);
	fill(20, 1000);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_int_eq(sn_spool_drop_oldest(sp), SN_OK);
	ck_assert(hist.rec[0].lost && !hist.rec[19].lost);
	while (sn_spool_drop_oldest(sp) == SN_OK) {
		history_check_stats(sp);
	}
	ck_assert_uint_eq(hist.lost_by[SN_SPOOL_FULL], 20);
	fill(2, 100);
	ck_assert_int_eq(sn_spool_drop_oldest(sp), SN_ENOENT); /* not committed */
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 2);
	stop();
}
END_TEST

START_TEST(a_smaller_limit_holds_at_the_next_commit)
{
	start();
	fill(50, 1000);
	stop();
	hist.cfg.max_bytes = 32 << 10;
	start();
	fill(1, 10);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	ck_assert_uint_le(model_bytes(&disk), 32 << 10);
	history_drain(&hist, sp);
	history_check_complete(&hist);
	stop();
}
END_TEST

START_TEST(keys_and_payloads_may_be_empty_but_not_too_long)
{
	static uint8_t big[(1 << 20) + 1];
	struct sn_spool_entry e = {.rows = 1};
	struct sn_spool_record r;
	uint64_t number = 0;

	hist.cfg.max_bytes = 16 << 20;
	hist.cfg.segment_bytes = 0;
	hist.cfg.batch_bytes = 0;
	start();
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, &number), SN_OK);
	ck_assert_uint_eq(number, 1);
	e.key = sn_span_make(big, 4096);
	e.payload = sn_span_make(big, 1 << 20);
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_OK);
	e.payload.n++;
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_EMSGSIZE);
	e.payload.n = 0;
	e.key.n++;
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_EMSGSIZE);
	ck_assert_int_eq(sn_spool_commit(sp), SN_OK);
	ck_assert_int_eq(sn_spool_read(sp, &r), SN_OK);
	ck_assert(r.key.n == 0 && r.payload.n == 0 && r.number == 1 && r.boot == hist.boot);
	ck_assert_int_eq(sn_spool_read(sp, &r), SN_OK);
	ck_assert(r.key.n == 4096 && r.payload.n == 1 << 20);
	ck_assert_int_eq(sn_spool_read(sp, &r), SN_ENOENT);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}
END_TEST

START_TEST(a_record_larger_than_its_memory_is_refused)
{
	struct sn_spool_entry e = {.payload = {.p = (const uint8_t *)&disk, .n = 4096 - 56}};

	start();
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_OK);
	e.payload.n++;
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_EMSGSIZE);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
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
		ck_assert_int_eq(sn_spool_open(model_disk(&disk), &bad[i], 0, &sp), SN_EINVAL);
	}
	ck_assert_int_eq(sn_spool_open(model_disk(&disk), &cfg, 0, &sp), SN_OK);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}
END_TEST

START_TEST(a_directory_has_one_owner)
{
	struct sn_spool *other = NULL;

	start();
	ck_assert_int_eq(sn_spool_open(model_disk(&disk), &hist.cfg, 0, &other), SN_EEXIST);
	fill(1, 10);
	stop();
	start();
	ck_assert_uint_eq(history_drain(&hist, sp), 1);
	stop();
}
END_TEST

START_TEST(numbers_go_on_when_all_files_are_gone)
{
	start();
	fill(20, 1000);
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	history_drain(&hist, sp);
	history_ack_all(&hist, sp);
	stop();
	ck_assert_uint_eq(model_bytes(&disk), 0);
	start();
	fill(1, 10);
	ck_assert_uint_eq(hist.rec[20].number, 21);
	stop();
}
END_TEST

START_TEST(stays_well_through_a_long_life)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, (uint64_t)_i);
	for (int life = 0; life < 6; life++) {
		start();
		history_work(&hist, sp, &rng, 100);
		stop();
	}
	start();
	history_drain(&hist, sp);
	history_check_complete(&hist);
	history_ack_all(&hist, sp);
	stop();
	ck_assert_uint_eq(hist.lost_by[SN_SPOOL_DAMAGED] + hist.lost_unknown + hist.foreign, 0);
	ck_assert_uint_eq(model_bytes(&disk), 0);
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

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	tcase_add_loop_test(tc, stays_well_through_a_long_life, 0, 4);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
