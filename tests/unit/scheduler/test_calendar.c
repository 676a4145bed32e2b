/*
 * When rounds begin: spread over the interval, the same after a restart, whatever the wall clock
 * does. Behaviour of scheduler/calendar.h.
 */
#include "scheduler/calendar.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/rng.h"

#include "support/suite.h"

enum { TARGETS = 20000, PARTS = 100 };

#define MINUTE (60 * SN_NS_PER_SEC)
#define WALL UINT64_C(1795377600123456789)

static uint64_t hash_of(int i)
{
	char name[32];
	int n = snprintf(name, sizeof(name), "192.0.2.%d", i);

	return sn_hash_bytes(name, (size_t)n, 0);
}

START_TEST(first_rounds_are_spread_evenly_over_the_interval)
{
	unsigned part[PARTS] = {0};
	const double expected = (double)TARGETS / PARTS;
	double chi2 = 0;

	for (int i = 0; i < TARGETS; i++) {
		uint64_t at = sn_calendar_first(1000, WALL, MINUTE, hash_of(i));

		suite_expect(at >= 1000 && at < 1000 + MINUTE);
		part[(at - 1000) * PARTS / MINUTE]++;
	}
	for (int i = 0; i < PARTS; i++) {
		double d = part[i] - expected;

		chi2 += d * d / expected;
	}
	/* 99 degrees of freedom: mean 99, below 149 in 99.9 % of all cases */
	ck_assert_double_lt(chi2, 149);
}
END_TEST

START_TEST(a_restart_at_any_time_keeps_every_phase)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 1);
	for (int i = 0; i < TARGETS; i++) {
		uint64_t interval = 1 + sn_rng_below(&rng, 90 * MINUTE);
		uint64_t hash = sn_rng_u64(&rng);
		uint64_t now1 = sn_rng_below(&rng, WALL);
		uint64_t now2 = sn_rng_below(&rng, WALL);
		uint64_t wall2 = WALL + sn_rng_below(&rng, 1000 * MINUTE);
		uint64_t at1 = WALL + (sn_calendar_first(now1, WALL, interval, hash) - now1);
		uint64_t at2 = wall2 + (sn_calendar_first(now2, wall2, interval, hash) - now2);

		suite_expect(at1 % interval == at2 % interval);
		suite_expect(at1 - WALL < interval && at2 - wall2 < interval);
	}
}
END_TEST

START_TEST(rounds_follow_each_other_at_the_interval_exactly)
{
	uint64_t due = 5000;
	uint64_t skipped;

	for (int i = 1; i <= 1000; i++) {
		due = sn_calendar_next(due, due + 100 * SN_NS_PER_MS, MINUTE, &skipped);
		ck_assert_uint_eq(due, 5000 + (uint64_t)i * MINUTE);
		ck_assert_uint_eq(skipped, 0);
	}
}
END_TEST

/* due, now, interval: next, skipped */
static void next_is(uint64_t due, uint64_t now, uint64_t interval, uint64_t want, uint64_t lost)
{
	uint64_t skipped = 99;

	ck_assert_uint_eq(sn_calendar_next(due, now, interval, &skipped), want);
	ck_assert_uint_eq(skipped, lost);
}

START_TEST(intervals_that_passed_meanwhile_are_left_out_and_counted)
{
	next_is(1000, 1000, 100, 1100, 0);
	next_is(1000, 1099, 100, 1100, 0);
	next_is(1000, 1100, 100, 1100, 0); /* just in time */
	next_is(1000, 1101, 100, 1200, 1);
	next_is(1000, 1200, 100, 1200, 1);
	next_is(1000, 1201, 100, 1300, 2);
	next_is(1000, 1999, 100, 2000, 9);
	next_is(0, 86400 * SN_NS_PER_SEC, 10 * SN_NS_PER_SEC, 86400 * SN_NS_PER_SEC, 8639);
}
END_TEST

START_TEST(interval_zero_means_now)
{
	next_is(1000, 1700, 0, 1700, 0);
	ck_assert_uint_eq(sn_calendar_first(1234, WALL, 0, hash_of(1)), 1234);
}
END_TEST

START_TEST(skipped_intervals_and_rounds_add_up_to_the_time_that_passed)
{
	struct sn_rng rng;
	uint64_t first = 777;
	uint64_t due = first;
	uint64_t rounds = 0;
	uint64_t lost = 0;

	sn_rng_init_seed(&rng, 3);
	for (int i = 0; i < 100000; i++) {
		uint64_t took = sn_rng_below(&rng, sn_rng_below(&rng, 4) ? 900 : 5000);
		uint64_t skipped;
		uint64_t next = sn_calendar_next(due, due + took, 1000, &skipped);

		suite_expect(next >= due + took && next > due);
		suite_expect(next < due + took + 1000 || next == due + 1000);
		due = next;
		lost += skipped;
		rounds++;
	}
	ck_assert_uint_eq((due - first) / 1000, rounds + lost);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {first_rounds_are_spread_evenly_over_the_interval,
				      a_restart_at_any_time_keeps_every_phase,
				      rounds_follow_each_other_at_the_interval_exactly,
				      intervals_that_passed_meanwhile_are_left_out_and_counted,
				      interval_zero_means_now,
				      skipped_intervals_and_rounds_add_up_to_the_time_that_passed,
				      NULL};

	return suite_run_tests("calendar", tests, 0);
}
