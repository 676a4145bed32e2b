/*
 * The arithmetic of rate limits: never more than burst and rate times time, never less than that
 * either, and no gift when the limit changes. Behaviour of session/meter.h.
 */
#include "session/meter.h"

#include "base/clock.h"
#include "base/rng.h"

#include "support/suite.h"

#define MS SN_NS_PER_MS
#define SEC SN_NS_PER_SEC

static unsigned take_all(struct sn_meter *m, uint64_t now)
{
	unsigned n = 0;

	while (sn_meter_conforms(m, now) && n < 100000) {
		sn_meter_take(m, now);
		n++;
	}
	return n;
}

START_TEST(without_a_limit_everything_conforms)
{
	struct sn_meter m = {0};

	sn_meter_set(&m, 0, 4, 5 * SEC);
	ck_assert_uint_eq(take_all(&m, 0), 100000);
	ck_assert_uint_eq(take_all(&m, 5 * SEC), 100000);
}
END_TEST

START_TEST(a_burst_goes_at_once_and_then_one_a_gap)
{
	struct sn_meter m = {0};
	uint64_t t = 1000 * SEC;

	sn_meter_set(&m, 50, 4, t);
	ck_assert_uint_eq(take_all(&m, t), 4);
	ck_assert_uint_eq(sn_meter_at(&m), t + 20 * MS);
	ck_assert_uint_eq(take_all(&m, t + 20 * MS - 1), 0);
	ck_assert_uint_eq(take_all(&m, t + 20 * MS), 1);
	ck_assert_uint_eq(take_all(&m, t + 60 * MS), 2);
	ck_assert_uint_eq(take_all(&m, t + 10 * SEC), 4);
}
END_TEST

START_TEST(random_times_get_neither_more_nor_less_than_the_limit)
{
	static const double rates[] = {0.25, 1, 3, 50, 999, 65535, 10000000};
	static const unsigned bursts[] = {1, 2, 4, 100};
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 9);
	for (unsigned k = 0; k < 7 * 4; k++) {
		double rate = rates[k % 7];
		unsigned which = k / 7;
		double burst = bursts[which];
		struct sn_meter m = {0};
		uint64_t gap = (uint64_t)(1e9 / rate);
		uint64_t start = 77 * SEC;
		uint64_t t = start;
		double low = 0; /* least of what was sent less what the rate allowed */
		unsigned sent = 0;

		sn_meter_set(&m, rate, burst, t);
		for (int i = 0; i < 5000; i++) {
			double allowed;

			t += sn_rng_u64(&rng) % (3 * gap);
			allowed = rate * (double)(t - start) / 1e9;
			if ((double)sent - allowed < low) {
				low = (double)sent - allowed;
			}
			sent += take_all(&m, t);
			/* a bucket that is never asked for long is full, one asked all the time
			 * empty */
			suite_expect((double)sent - allowed <= low + burst + 1e-3);
			suite_expect(sn_meter_at(&m) > t && sn_meter_at(&m) <= t + gap + 1);
		}
	}
}
END_TEST

START_TEST(what_was_used_up_stays_used_up_when_the_limit_changes)
{
	struct sn_meter m = {0};
	uint64_t t = 1000 * SEC;

	sn_meter_set(&m, 1000, 4, t);
	ck_assert_uint_eq(take_all(&m, t), 4);
	sn_meter_set(&m, 1, 4, t);
	ck_assert_uint_eq(take_all(&m, t), 0);
	ck_assert_uint_eq(sn_meter_at(&m), t + SEC);
	ck_assert_uint_eq(take_all(&m, t + 2 * SEC), 2);
	sn_meter_set(&m, 1000, 4, t + 2 * SEC);
	ck_assert_uint_eq(take_all(&m, t + 2 * SEC), 0);
	ck_assert_uint_eq(take_all(&m, t + 2 * SEC + MS), 1);
	/* and what was not used stays there, a larger burst too */
	sn_meter_set(&m, 1000, 10, t + 4 * SEC);
	ck_assert_uint_eq(take_all(&m, t + 4 * SEC), 10);
	sn_meter_set(&m, 1000, 20, t + 4 * SEC);
	ck_assert_uint_eq(take_all(&m, t + 4 * SEC), 10);
	sn_meter_set(&m, 0, 20, t + 4 * SEC);
	ck_assert_uint_eq(take_all(&m, t + 4 * SEC), 100000);
}
END_TEST

START_TEST(the_smallest_of_rates_and_the_largest_of_bursts_do_not_overflow)
{
	struct sn_meter m = {0};
	uint64_t t = UINT64_C(20) * 365 * 86400 * SEC;

	sn_meter_set(&m, 1e-9, 1e9, t);
	ck_assert_uint_eq(take_all(&m, t), 1025); /* what is more would be beyond 36 years */
	ck_assert_uint_gt(sn_meter_at(&m), t);
	sn_meter_set(&m, 1e-9, 0.01, t);
	ck_assert_uint_eq(take_all(&m, t), 0);
	ck_assert_uint_gt(sn_meter_at(&m), t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		without_a_limit_everything_conforms,
		a_burst_goes_at_once_and_then_one_a_gap,
		random_times_get_neither_more_nor_less_than_the_limit,
		what_was_used_up_stays_used_up_when_the_limit_changes,
		the_smallest_of_rates_and_the_largest_of_bursts_do_not_overflow,
		NULL};

	return suite_run_tests("meter", tests, 30);
}
