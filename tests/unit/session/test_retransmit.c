/*
 * The arithmetic of the retransmission timer against values worked out by hand from RFC 6298.
 * Behaviour of session/retransmit.h.
 */
#include "session/retransmit.h"

#include "base/clock.h"
#include "base/rng.h"

#include "support/suite.h"

#define MS SN_NS_PER_MS
#define SEC SN_NS_PER_SEC

START_TEST(round_trips_are_smoothed_as_rfc_6298_says)
{
	struct sn_retransmit rt = {0};

	/* first: SRTT = R, RTTVAR = R / 2 */
	sn_retransmit_sample(&rt, 160 * MS);
	ck_assert_uint_eq(rt.srtt_us, 160000);
	ck_assert_uint_eq(rt.rttvar_us, 80000);
	/* RTTVAR = 3/4 * 80 + 1/4 * |160 - 320|, then SRTT = 7/8 * 160 + 1/8 * 320 */
	sn_retransmit_sample(&rt, 320 * MS);
	ck_assert_uint_eq(rt.rttvar_us, 100000);
	ck_assert_uint_eq(rt.srtt_us, 180000);
	/* RTTVAR = 3/4 * 100 + 1/4 * |180 - 20|, SRTT = 7/8 * 180 + 1/8 * 20 */
	sn_retransmit_sample(&rt, 20 * MS);
	ck_assert_uint_eq(rt.rttvar_us, 115000);
	ck_assert_uint_eq(rt.srtt_us, 160000);
}
END_TEST

START_TEST(the_timer_is_srtt_and_four_variations)
{
	struct sn_retransmit rt = {0};

	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 2 * SEC); /* nothing known */
	sn_retransmit_sample(&rt, 160 * MS);
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 480 * MS); /* 160 + 4 * 80 */
	sn_retransmit_sample(&rt, 320 * MS);
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 580 * MS); /* 180 + 4 * 100 */
	sn_retransmit_sample(&rt, 20 * MS);
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 620 * MS);  /* 160 + 4 * 115 */
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 300 * MS), 300 * MS); /* the user's limit */
}
END_TEST

START_TEST(without_variation_the_least_is_added)
{
	struct sn_retransmit rt = {.srtt_us = 50000, .rttvar_us = 0};

	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 50 * MS + SN_RETRANSMIT_MIN_NS);
	rt.rttvar_us = SN_RETRANSMIT_MIN_NS / SN_NS_PER_US / 4;
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 50 * MS + SN_RETRANSMIT_MIN_NS);
	rt.rttvar_us++;
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC),
			  50 * MS + SN_RETRANSMIT_MIN_NS + 4 * SN_NS_PER_US);
}
END_TEST

START_TEST(no_timer_is_shorter_than_the_least)
{
	struct sn_retransmit rt = {0};

	/* one small answer says little: 50 ms of variation */
	sn_retransmit_sample(&rt, 200 * SN_NS_PER_US);
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC), 200 * MS + 200 * SN_NS_PER_US);
	for (int i = 0; i < 12; i++) {
		sn_retransmit_sample(&rt, 200 * SN_NS_PER_US);
	}
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 2 * SEC),
			  SN_RETRANSMIT_MIN_NS + 200 * SN_NS_PER_US);
	ck_assert_uint_eq(sn_retransmit_rto(&rt, 7 * MS), 7 * MS); /* but for the user's limit */
}
END_TEST

START_TEST(an_answer_without_delay_is_a_sample_too)
{
	struct sn_retransmit rt = {0};

	sn_retransmit_sample(&rt, 0);
	ck_assert_uint_eq(rt.srtt_us, 1); /* 0 would mean none */
	for (int i = 0; i < 100; i++) {
		sn_retransmit_sample(&rt, 0);
	}
	ck_assert_uint_eq(rt.srtt_us, 1);
	ck_assert_uint_le(rt.rttvar_us, 1);
}
END_TEST

START_TEST(hours_do_not_overflow)
{
	struct sn_retransmit rt = {0};

	for (int i = 0; i < 100; i++) {
		sn_retransmit_sample(&rt, 28800 * SEC);
		ck_assert_uint_ge(rt.srtt_us, 1u << 28);
		ck_assert_uint_eq(sn_retransmit_rto(&rt, 60 * SEC), 60 * SEC);
	}
	sn_retransmit_sample(&rt, UINT64_MAX - SN_NS_PER_US);
	ck_assert_uint_ge(rt.srtt_us, 1u << 28);
}
END_TEST

START_TEST(the_estimate_follows_the_network)
{
	struct sn_retransmit rt = {0};
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 3);
	sn_retransmit_sample(&rt, SEC);
	for (int i = 0; i < 1000; i++) {
		sn_retransmit_sample(&rt, 10 * MS + sn_rng_below(&rng, MS));
	}
	ck_assert_uint_ge(rt.srtt_us, 10000);
	ck_assert_uint_le(rt.srtt_us, 11000);
	ck_assert_uint_le(rt.rttvar_us, 1000);
	for (int i = 0; i < 1000; i++) {
		sn_retransmit_sample(&rt, 300 * MS);
	}
	ck_assert_uint_ge(rt.srtt_us, 299000);
	ck_assert_uint_le(rt.srtt_us, 300000);
}
END_TEST

/* Attempt `number` of `max`, sent at 10 s, of a request sent then; timeout 2 s. */
static uint64_t after(const struct sn_retransmit *rt, unsigned number, unsigned max, uint32_t noise)
{
	struct sn_attempt at = {.sent_at = 10 * SEC,
				.timeout_ns = 2 * SEC,
				.give_up_at = 10 * SEC + 2 * SEC * max,
				.noise = noise,
				.number = number,
				.max = max};

	return sn_retransmit_deadline(rt, &at) - at.sent_at;
}

START_TEST(every_attempt_waits_twice_as_long_as_the_one_before)
{
	const struct sn_retransmit rt = {.srtt_us = 50000, .rttvar_us = 12500}; /* RTO 100 ms */

	ck_assert_uint_eq(after(&rt, 1, 8, 0), 100 * MS);
	ck_assert_uint_eq(after(&rt, 2, 8, 0), 200 * MS);
	ck_assert_uint_eq(after(&rt, 3, 8, 0), 400 * MS);
	ck_assert_uint_eq(after(&rt, 5, 8, 0), 1600 * MS);
	ck_assert_uint_eq(after(&rt, 6, 8, 0), 2 * SEC); /* 3.2 s, but for the user's limit */
}
END_TEST

START_TEST(the_last_attempt_waits_until_the_users_patience_ends)
{
	const struct sn_retransmit rt = {.srtt_us = 50000, .rttvar_us = 12500};
	struct sn_attempt at = {.sent_at = 17 * SEC,
				.timeout_ns = 2 * SEC,
				.give_up_at = 18 * SEC,
				.number = 4,
				.max = 4};

	ck_assert_uint_eq(after(&rt, 1, 1, 0), 2 * SEC);
	ck_assert_uint_eq(after(&rt, 2, 2, 0), 4 * SEC);
	ck_assert_uint_eq(after(&rt, 4, 4, 0), 8 * SEC);
	/* one that was sent late has its timeout nevertheless */
	ck_assert_uint_eq(sn_retransmit_deadline(&rt, &at), 19 * SEC);
	ck_assert_uint_eq(sn_retransmit_deadline(NULL, &at), 19 * SEC);
}
END_TEST

START_TEST(the_last_of_three_or_more_is_not_sent_before_the_fixed_timers_would)
{
	const struct sn_retransmit rt = {.srtt_us = 50000, .rttvar_us = 12500};

	ck_assert_uint_eq(after(&rt, 1, 2, 0), 100 * MS);
	ck_assert_uint_eq(after(&rt, 2, 3, 0), 4 * SEC);
	ck_assert_uint_eq(after(&rt, 3, 4, 0), 6 * SEC);
	ck_assert_uint_eq(after(&rt, 7, 8, 0), 14 * SEC);
}
END_TEST

START_TEST(fixed_timers_and_unknown_devices_have_the_users_timeout)
{
	const struct sn_retransmit rt = {.srtt_us = 50000, .rttvar_us = 12500};
	const struct sn_retransmit none = {0};

	for (unsigned n = 1; n < 4; n++) {
		ck_assert_uint_eq(after(NULL, n, 4, 77), 2 * SEC);
		ck_assert_uint_eq(after(&none, n, 4, 77), 2 * SEC);
		ck_assert_uint_ne(after(&rt, n, 4, 77), 2 * SEC);
	}
}
END_TEST

START_TEST(jitter_only_adds_and_an_eighth_at_most)
{
	const struct sn_retransmit rt = {.srtt_us = 50000, .rttvar_us = 12500};
	uint64_t least = UINT64_MAX;
	uint64_t most = 0;

	for (uint32_t noise = 0; noise < 1000; noise++) {
		uint64_t t = after(&rt, 1, 4, noise);

		least = t < least ? t : least;
		most = t > most ? t : most;
	}
	ck_assert_uint_eq(least, 100 * MS);
	ck_assert_uint_ge(most, 112 * MS);
	ck_assert_uint_le(most, 112500 * SN_NS_PER_US);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		round_trips_are_smoothed_as_rfc_6298_says,
		the_timer_is_srtt_and_four_variations,
		without_variation_the_least_is_added,
		no_timer_is_shorter_than_the_least,
		an_answer_without_delay_is_a_sample_too,
		hours_do_not_overflow,
		the_estimate_follows_the_network,
		every_attempt_waits_twice_as_long_as_the_one_before,
		the_last_attempt_waits_until_the_users_patience_ends,
		the_last_of_three_or_more_is_not_sent_before_the_fixed_timers_would,
		fixed_timers_and_unknown_devices_have_the_users_timeout,
		jitter_only_adds_and_an_eighth_at_most,
		NULL};

	return suite_run_tests("retransmit", tests, 0);
}
