/*
 * What load tests send, in virtual time: shares of a mix, walks, and errors and lost requests, each
 * counted where it belongs.
 *
 * ctest: one_thread timeout=120
 */
#include "support/load_bench.h"
#include "support/suite.h"

static struct load_bench b;

START_TEST(a_mix_has_the_shares_it_was_given_and_counts_each_by_itself)
{
	struct sn_run run = bench_open_loop(1000, 10 * SN_NS_PER_SEC);
	const struct sn_load_tally *get = &b.g.result.tally[SN_MIX_GET];
	const struct sn_load_tally *bulk = &b.g.result.tally[SN_MIX_BULK];
	char why[SN_MIX_WHY_MAX];

	bench_open(&b, 1, SN_VERSION_2C, 1000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME ",1.3.6.1.2.1.99.1.0", 0);
	bench_add(&b, SN_MIX_BULK, "1.3.6.1.2.1.2.2.1.1", 12);
	ck_assert_int_eq(sn_mix_weigh(&b.mix, "get=80,bulk=20", why), SN_OK);
	bench_run(&b, &run);
	ck_assert_uint_eq(get->count[SN_LOAD_REQUESTS] + bulk->count[SN_LOAD_REQUESTS], 10000);
	ck_assert_uint_ge(bulk->count[SN_LOAD_REQUESTS], 1850);
	ck_assert_uint_le(bulk->count[SN_LOAD_REQUESTS], 2150);
	ck_assert_uint_eq(get->count[SN_LOAD_VARBINDS], 2 * get->count[SN_LOAD_ANSWERS]);
	ck_assert_uint_eq(get->count[SN_LOAD_EXCEPTIONS], get->count[SN_LOAD_ANSWERS]);
	ck_assert_uint_eq(bulk->count[SN_LOAD_VARBINDS], 12 * bulk->count[SN_LOAD_ANSWERS]);
	ck_assert_uint_eq(b.agents.agent[0].most_repetitions, 12);
	ck_assert_uint_eq(bulk->latency.n, bulk->count[SN_LOAD_ANSWERS]);
	bench_close(&b);
}
END_TEST

START_TEST(walks_go_through_their_subtree_again_and_again)
{
	struct sn_run run = bench_closed_loop(5, 3 * SN_NS_PER_SEC);
	const struct sn_load_tally *walk = &b.g.result.tally[SN_MIX_WALK];

	bench_open(&b, 4, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_WALK, "1.3.6.1.2.1.2.2.1", 10);
	bench_run(&b, &run);
	ck_assert_uint_eq(walk->count[SN_LOAD_ANSWERS], 5 * 1500);
	/* 6 columns of 24 rows at 10 a request: 144 instances, the 15th request goes past them */
	ck_assert_uint_ge(walk->count[SN_LOAD_WALKS], 5 * 1500 / 15 - 5);
	ck_assert_uint_le(walk->count[SN_LOAD_WALKS], 5 * 1500 / 15);
	ck_assert_uint_eq(walk->count[SN_LOAD_WALKS_CUT], 0);
	bench_close(&b);
}
END_TEST

START_TEST(walks_of_agents_that_go_in_circles_or_are_silent_are_given_up)
{
	struct sn_run run = bench_closed_loop(2, 5 * SN_NS_PER_SEC);
	const struct sn_load_tally *walk = &b.g.result.tally[SN_MIX_WALK];

	bench_open(&b, 2, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_WALK, "1.3.6.1.2.1.2.2.1", 10);
	b.agents.agent[0].jumps[0] =
		(struct agent_jump){.object = AGENT_IF_INDEX, .from = 12, .to = 3};
	b.agents.agent[1].dead = true;
	bench_run(&b, &run);
	ck_assert_uint_eq(walk->count[SN_LOAD_WALKS], 0);
	ck_assert_uint_gt(walk->count[SN_LOAD_TIMEOUTS], 0);
	ck_assert_uint_gt(walk->count[SN_LOAD_WALKS_CUT], walk->count[SN_LOAD_TIMEOUTS]);
	bench_close(&b);
}
END_TEST

START_TEST(errors_are_counted_by_name_and_lost_requests_as_timeouts)
{
	struct sn_run run = bench_open_loop(100, SN_NS_PER_SEC);
	struct sn_load_tally *get = &b.g.result.tally[SN_MIX_GET];

	bench_open(&b, 3, SN_VERSION_2C, 1000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	b.agents.agent[0].error_status = SN_STATUS_GEN_ERR;
	b.agents.agent[0].error_objects = AGENT_BIT(AGENT_SYS_UPTIME);
	b.agents.agent[1].mischief = AGENT_WRONG_ID;
	run.requests = 90;
	bench_run(&b, &run);
	ck_assert_uint_eq(get->status[SN_STATUS_GEN_ERR], 30);
	ck_assert_uint_eq(get->status[SN_STATUS_NO_ERROR], 30);
	ck_assert_uint_eq(get->count[SN_LOAD_ERRORS], 30);
	ck_assert_uint_eq(get->count[SN_LOAD_TIMEOUTS], 30);
	ck_assert_uint_eq(get->count[SN_LOAD_ANSWERS], 60);
	/* a status that no standard has */
	sn_load_count_status(get, 77);
	sn_load_count_status(get, -1);
	ck_assert_uint_eq(get->status[SN_STATUS_MAX + 1], 2);
	bench_close(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_mix_has_the_shares_it_was_given_and_counts_each_by_itself,
				      walks_go_through_their_subtree_again_and_again,
				      walks_of_agents_that_go_in_circles_or_are_silent_are_given_up,
				      errors_are_counted_by_name_and_lost_requests_as_timeouts,
				      NULL};

	return suite_run_tests("load_mix", tests, 60);
}
