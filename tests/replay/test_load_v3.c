/*
 * Load over SNMPv3 in virtual time: engines are met before anything is measured, and a lost request
 * does not hold up others as it would in a session of a poller.
 *
 * ctest: one_thread timeout=120
 */
#include "support/load_bench.h"
#include "support/suite.h"

static struct load_bench b;

START_TEST(engines_of_snmpv3_are_settled_before_and_silent_targets_left_out)
{
	struct sn_run meeting = {.kind = SN_RUN_MEET};
	struct sn_run run = bench_open_loop(1000, SN_NS_PER_SEC);

	bench_open(&b, 10, SN_VERSION_3, 1000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	b.agents.agent[2].dead = true;
	b.agents.agent[7].dead = true;
	bench_run(&b, &meeting);
	ck_assert_uint_eq(b.g.nlive, 8);
	ck_assert_int_eq(b.g.meet_err, SN_ETIMEDOUT);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), 0);
	bench_run(&b, &run);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 1000);
	/* no discovery among what was measured */
	ck_assert_uint_eq(bench_quantile(&b, 1.0), 2 * BENCH_DELAY);
	bench_close(&b);
}
END_TEST

/* A session of a poller would ask a silent agent for its engine first, one request at a time. */
START_TEST(a_lost_request_of_snmpv3_holds_up_no_other)
{
	struct sn_run meeting = {.kind = SN_RUN_MEET};
	struct sn_run run = bench_open_loop(1000, 5 * SN_NS_PER_SEC);
	struct sn_fake_link lossy = {.delay_ns = BENCH_DELAY, .loss_ppm = 20000};

	bench_open(&b, 1, SN_VERSION_3, 2000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	bench_run(&b, &meeting);
	sn_fake_set_link(b.net, &lossy);
	bench_run(&b, &run);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), 5000);
	ck_assert_uint_gt(bench_count(&b, SN_LOAD_TIMEOUTS), 100);
	ck_assert_uint_lt(bench_count(&b, SN_LOAD_TIMEOUTS), 300);
	ck_assert_uint_eq(bench_quantile(&b, 1.0), 2 * BENCH_DELAY);
	bench_close(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		engines_of_snmpv3_are_settled_before_and_silent_targets_left_out,
		a_lost_request_of_snmpv3_holds_up_no_other, NULL};

	return suite_run_tests("load_v3", tests, 60);
}
