/*
 * Slow retry: which outcomes, and how many rounds it leaves out. Behaviour of round/outcome.h;
 * the collector's use of it is in test_collector.
 */
#include "round/outcome.h"

#include "base/clock.h"
#include "support/suite.h"

#define MINUTE (60 * SN_NS_PER_SEC)

START_TEST(only_what_a_person_must_change_is_a_refusal)
{
	unsigned n = 0;

	for (int status = 0; status <= SN_ROUND_CANCELLED; status++) {
		n += sn_outcome_is_final((uint8_t)status);
	}
	ck_assert_uint_eq(n, 8);
	ck_assert(sn_outcome_is_final(SN_ROUND_WRONG_DIGEST));
	ck_assert(sn_outcome_is_final(SN_ROUND_UNKNOWN_USER));
	ck_assert(sn_outcome_is_final(SN_ROUND_UNSUPPORTED_LEVEL));
	ck_assert(sn_outcome_is_final(SN_ROUND_DECRYPTION_ERROR));
	ck_assert(sn_outcome_is_final(SN_ROUND_UNKNOWN_ENGINE));
	ck_assert(sn_outcome_is_final(SN_ROUND_UNKNOWN_CONTEXT));
	ck_assert(sn_outcome_is_final(SN_ROUND_REFUSED));
	ck_assert(sn_outcome_is_final(SN_ROUND_IGNORED));
}
END_TEST

START_TEST(distances_double_up_to_an_hour)
{
	static const uint32_t want[] = {0, 1, 3, 7, 15, 31, 59, 59, 59};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert_uint_eq(sn_outcome_rounds_held((uint8_t)i, MINUTE), want[i]);
	}
	ck_assert_uint_eq(sn_outcome_rounds_held(5, 7 * MINUTE), 7); /* 56 minutes */
	ck_assert_uint_eq(sn_outcome_rounds_held(5, 31 * MINUTE), 0);
	ck_assert_uint_eq(sn_outcome_rounds_held(1, 30 * MINUTE), 1);
	ck_assert_uint_eq(sn_outcome_rounds_held(9, 60 * MINUTE), 0);
	ck_assert_uint_eq(sn_outcome_rounds_held(9, 1440 * MINUTE), 0);
	ck_assert_uint_eq(sn_outcome_rounds_held(3, 100 * SN_NS_PER_MS), 7);
}
END_TEST

START_TEST(no_number_of_refusals_and_no_interval_is_too_much)
{
	static const uint64_t steps[] = {1, 3, 1000, SN_NS_PER_MS, SN_NS_PER_SEC, UINT64_MAX};

	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		uint64_t before = 0;

		for (unsigned i = 0; i <= UINT8_MAX; i++) {
			uint64_t held = sn_outcome_rounds_held((uint8_t)i, steps[s]);

			ck_assert_uint_ge(held, before);
			ck_assert(held == 0 || (held + 1) * steps[s] <= 60 * MINUTE);
			before = held;
		}
	}
	ck_assert_uint_eq(sn_outcome_rounds_held(UINT8_MAX, 0), 0);
	ck_assert_uint_eq(sn_outcome_rounds_held(UINT8_MAX, 1), UINT32_MAX - 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {only_what_a_person_must_change_is_a_refusal,
				      distances_double_up_to_an_hour,
				      no_number_of_refusals_and_no_interval_is_too_much, NULL};

	return suite_run_tests("outcome", tests, 0);
}
