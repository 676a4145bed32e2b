/*
 * What becomes of a target's status with each of its rounds. Behaviour of collect/status.h; that
 * the collector tells every round is in test_collector.
 */
#include "collect/status.h"

#include "base/clock.h"
#include "round/target.h"
#include "support/suite.h"

static const struct sn_target_spec spec = {.interval_ns = 60 * SN_NS_PER_SEC,
					   .timeout_ns = 2 * SN_NS_PER_SEC};

static struct sn_status st;

static void note(uint8_t status, uint64_t at_s, uint64_t duration_ns)
{
	struct sn_round rd = {.at = at_s * SN_NS_PER_SEC + 7,
			      .status = status,
			      .duration_ns = duration_ns,
			      .rows = 48,
			      .retries = 3,
			      .reason = status == SN_ROUND_OK ? NULL : "why"};

	sn_status_note(&st, &spec, &rd);
}

START_TEST(a_target_is_pending_before_its_first_round)
{
	ck_assert_uint_eq(st.state, SN_TARGET_PENDING);
	note(SN_ROUND_CANCELLED, 100, 5);
	ck_assert_uint_eq(st.state, SN_TARGET_PENDING);
	ck_assert_uint_eq(st.at, 0);
}
END_TEST

START_TEST(data_makes_it_up)
{
	note(SN_ROUND_OK, 100, 12345678);
	ck_assert_uint_eq(st.state, SN_TARGET_UP);
	ck_assert_uint_eq(st.at, 100);
	ck_assert_uint_eq(st.good_at, 100);
	ck_assert_uint_eq(st.duration_us, 12345);
	ck_assert_uint_eq(st.rows, 48);
	ck_assert_uint_eq(st.retries, 3);
	ck_assert_uint_eq(st.failures, 0);
	ck_assert(!st.never);
	ck_assert_ptr_null(st.reason);
	note(SN_ROUND_PARTIAL, 160, 5);
	ck_assert_uint_eq(st.state, SN_TARGET_UP);
	ck_assert_uint_eq(st.good_at, 160);
	ck_assert_str_eq(st.reason, "why");
	ck_assert_uint_eq(st.round, SN_ROUND_PARTIAL);
}
END_TEST

START_TEST(what_takes_longer_than_a_timeout_or_half_the_interval_is_slow)
{
	struct sn_target_spec fast = spec;
	struct sn_round rd = {.status = SN_ROUND_OK};

	note(SN_ROUND_OK, 100, spec.timeout_ns);
	ck_assert_uint_eq(st.state, SN_TARGET_UP);
	note(SN_ROUND_OK, 100, spec.timeout_ns + 1);
	ck_assert_uint_eq(st.state, SN_TARGET_SLOW);
	ck_assert_uint_eq(st.good_at, 100);
	fast.interval_ns = SN_NS_PER_SEC;
	rd.duration_ns = SN_NS_PER_SEC / 2 + 1;
	sn_status_note(&st, &fast, &rd);
	ck_assert_uint_eq(st.state, SN_TARGET_SLOW);
	fast.interval_ns = 0;
	sn_status_note(&st, &fast, &rd);
	ck_assert_uint_eq(st.state, SN_TARGET_UP);
}
END_TEST

START_TEST(every_status_has_its_state)
{
	static const uint8_t want[] = {
		[SN_ROUND_OK] = SN_TARGET_UP,
		[SN_ROUND_PARTIAL] = SN_TARGET_UP,
		[SN_ROUND_TIMEOUT] = SN_TARGET_DOWN,
		[SN_ROUND_UNREACHABLE] = SN_TARGET_DOWN,
		[SN_ROUND_UNRESOLVED] = SN_TARGET_UNRESOLVED,
		[SN_ROUND_AGENT_ERROR] = SN_TARGET_DOWN,
		[SN_ROUND_WRONG_DIGEST] = SN_TARGET_REFUSED,
		[SN_ROUND_UNKNOWN_USER] = SN_TARGET_REFUSED,
		[SN_ROUND_UNSUPPORTED_LEVEL] = SN_TARGET_REFUSED,
		[SN_ROUND_DECRYPTION_ERROR] = SN_TARGET_REFUSED,
		[SN_ROUND_NOT_IN_TIME_WINDOW] = SN_TARGET_REFUSED,
		[SN_ROUND_UNKNOWN_ENGINE] = SN_TARGET_REFUSED,
		[SN_ROUND_UNKNOWN_CONTEXT] = SN_TARGET_REFUSED,
		[SN_ROUND_REFUSED] = SN_TARGET_REFUSED,
		[SN_ROUND_IGNORED] = SN_TARGET_REFUSED,
		[SN_ROUND_OVERLOAD] = SN_TARGET_DOWN,
	};

	ck_assert_uint_eq(sizeof(want), SN_ROUND_CANCELLED);
	for (uint8_t i = 0; i < sizeof(want); i++) {
		note(i, 100, 5);
		ck_assert_msg(st.state == want[i], "%s",
			      sn_round_status_name((enum sn_round_status)i));
	}
}
END_TEST

START_TEST(failures_are_counted_from_the_last_data)
{
	note(SN_ROUND_OK, 100, 5);
	note(SN_ROUND_TIMEOUT, 160, 5);
	note(SN_ROUND_CANCELLED, 170, 5);
	note(SN_ROUND_UNREACHABLE, 220, 5);
	ck_assert_uint_eq(st.failures, 2);
	ck_assert_uint_eq(st.good_at, 100);
	ck_assert_uint_eq(st.at, 220);
	ck_assert(!st.never);
	note(SN_ROUND_OK, 280, 5);
	ck_assert_uint_eq(st.failures, 0);
	ck_assert_uint_eq(st.good_at, 280);
}
END_TEST

START_TEST(who_never_answered_is_dead_since_its_first_round)
{
	note(SN_ROUND_TIMEOUT, 100, 5);
	note(SN_ROUND_TIMEOUT, 160, 5);
	ck_assert(st.never);
	ck_assert_uint_eq(st.good_at, 100);
	ck_assert_uint_eq(st.failures, 2);
	note(SN_ROUND_OK, 220, 5);
	ck_assert(!st.never);
	ck_assert_uint_eq(st.good_at, 220);
}
END_TEST

START_TEST(large_numbers_stay_at_the_top)
{
	struct sn_round rd = {
		.status = SN_ROUND_TIMEOUT, .duration_ns = UINT64_MAX, .retries = 1000000};

	for (int i = 0; i < 70000; i++) {
		sn_status_note(&st, &spec, &rd);
	}
	ck_assert_uint_eq(st.duration_us, UINT32_MAX);
	ck_assert_uint_eq(st.retries, UINT16_MAX);
	ck_assert_uint_eq(st.failures, UINT16_MAX);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_target_is_pending_before_its_first_round,
				      data_makes_it_up,
				      what_takes_longer_than_a_timeout_or_half_the_interval_is_slow,
				      every_status_has_its_state,
				      failures_are_counted_from_the_last_data,
				      who_never_answered_is_dead_since_its_first_round,
				      large_numbers_stay_at_the_top,
				      NULL};

	return suite_run_tests("status", tests, 0);
}
