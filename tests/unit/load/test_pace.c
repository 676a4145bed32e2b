/*
 * Due times: rates, ramps, threads that share one plan. Behaviour of load/pace.h.
 */
#include "load/pace.h"

#include "base/clock.h"

#include "support/suite.h"

START_TEST(requests_are_due_evenly)
{
	struct sn_pace p;

	sn_pace_init(&p, 1000, 0, 0, 1);
	ck_assert_uint_eq(sn_pace_due(&p, 0), 0);
	ck_assert_uint_eq(sn_pace_due(&p, 1), SN_NS_PER_MS);
	ck_assert_uint_eq(sn_pace_due(&p, 3600 * 1000), 3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(sn_pace_count(&p, SN_NS_PER_SEC), 1000);
	ck_assert_uint_eq(sn_pace_count(&p, 0), 0);
	ck_assert_uint_eq(sn_pace_count(&p, 1), 1);
}
END_TEST

START_TEST(a_ramp_rises_evenly_to_the_rate)
{
	struct sn_pace p;
	uint64_t t = 10 * SN_NS_PER_SEC;

	sn_pace_init(&p, 1000, t, 0, 1);
	ck_assert_uint_eq(sn_pace_count(&p, t), 5000);
	/* a quarter of them in the first half */
	ck_assert_uint_eq(sn_pace_count(&p, t / 2), 1250);
	ck_assert_uint_eq(sn_pace_count(&p, t + SN_NS_PER_SEC), 6000);
	for (uint64_t k = 1; k < 7000; k++) {
		suite_expect(sn_pace_due(&p, k) > sn_pace_due(&p, k - 1));
	}
}
END_TEST

START_TEST(threads_have_all_requests_between_them_and_none_twice)
{
	struct sn_pace all;
	struct sn_pace part[3];
	uint64_t n[3] = {0};

	sn_pace_init(&all, 777, SN_NS_PER_SEC, 0, 1);
	for (uint32_t i = 0; i < 3; i++) {
		sn_pace_init(&part[i], 777, SN_NS_PER_SEC, i, 3);
	}
	for (uint64_t k = 0; k < 3000; k++) {
		uint32_t i = (uint32_t)(k % 3);

		suite_expect(sn_pace_due(&part[i], n[i]) == sn_pace_due(&all, k));
		n[i]++;
	}
}
END_TEST

/* Whatever the rounding: as many are due before t as have due times before t. */
START_TEST(the_count_agrees_with_the_due_times)
{
	struct sn_pace p;

	sn_pace_init(&p, 12345.678, 100 * SN_NS_PER_MS, 1, 2);
	for (uint64_t t = 0; t < SN_NS_PER_SEC; t += 1234567) {
		uint64_t n = sn_pace_count(&p, t);

		suite_expect(n == 0 || sn_pace_due(&p, n - 1) < t);
		suite_expect(sn_pace_due(&p, n) >= t);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {requests_are_due_evenly, a_ramp_rises_evenly_to_the_rate,
				      threads_have_all_requests_between_them_and_none_twice,
				      the_count_agrees_with_the_due_times, NULL};

	return suite_run_tests("pace", tests, 0);
}
