/* Clocks as values: never back, in nanoseconds. Behaviour of base/clock.h. */
#include "base/clock.h"

#include "support/suite.h"

START_TEST(monotonic_time_never_goes_back)
{
	uint64_t last = sn_clock_mono();

	ck_assert_uint_gt(last, 0);
	for (int i = 0; i < 10000; i++) {
		uint64_t now = sn_clock_mono();

		suite_expect(now >= last);
		last = now;
	}
}
END_TEST

START_TEST(wall_time_is_unix_time_in_nanoseconds)
{
	uint64_t before = (uint64_t)time(NULL);
	uint64_t wall = sn_clock_wall();
	uint64_t after = (uint64_t)time(NULL);

	/* time(2) may lag by a tick of the kernel */
	ck_assert_uint_ge(wall / SN_NS_PER_SEC, before);
	ck_assert_uint_le(wall / SN_NS_PER_SEC, after + 1);
}
END_TEST

START_TEST(units_fit_each_other_and_never_is_last)
{
	ck_assert_uint_eq(SN_NS_PER_SEC, 1000 * SN_NS_PER_MS);
	ck_assert_uint_eq(SN_NS_PER_MS, 1000 * SN_NS_PER_US);
	ck_assert_uint_gt(SN_TIME_NEVER, sn_clock_mono());
	ck_assert_uint_gt(SN_TIME_NEVER, sn_clock_wall());
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {monotonic_time_never_goes_back,
				      wall_time_is_unix_time_in_nanoseconds,
				      units_fit_each_other_and_never_is_last, NULL};

	return suite_run_tests("clock", tests, 0);
}
