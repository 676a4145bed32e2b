/*
 * Latency under load in virtual time: what a stall of the agent, or our own, does to the
 * percentiles of either loop, and that they are those of the round trips there were.
 *
 * ctest: one_thread timeout=120
 */
#include "support/load_bench.h"
#include "support/suite.h"

static struct load_bench b;

/* The agent holds everything for 200 ms. Nobody who asks 1,000 times a second would overlook it. */
START_TEST(a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one)
{
	struct sn_run open = bench_open_loop(1000, 10 * SN_NS_PER_SEC);
	struct sn_run closed = bench_closed_loop(4, 10 * SN_NS_PER_SEC);
	uint64_t p99[2];

	for (int i = 0; i < 2; i++) {
		bench_open(&b, 1, SN_VERSION_2C, 1000);
		bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
		b.stall_from = BENCH_START_MONO + 5 * SN_NS_PER_SEC;
		b.stall_until = b.stall_from + 200 * SN_NS_PER_MS;
		bench_run(&b, i ? &closed : &open);
		p99[i] = bench_quantile(&b, 0.99);
		/* both had the same worst case */
		ck_assert_uint_ge(bench_quantile(&b, 1.0), 195 * SN_NS_PER_MS);
		ck_assert_uint_le(bench_quantile(&b, 1.0), 205 * SN_NS_PER_MS);
		ck_assert_uint_eq(bench_count(&b, SN_LOAD_TIMEOUTS), 0);
		bench_close(&b);
	}
	/* 2 % of the due requests met it: the p99 is half of it */
	ck_assert_uint_ge(p99[0], 95 * SN_NS_PER_MS);
	ck_assert_uint_le(p99[0], 110 * SN_NS_PER_MS);
	ck_assert_uint_le(p99[1], 2 * BENCH_DELAY + 2 * BENCH_DELAY / 1024);
}
END_TEST

/* We stall ourselves: nothing is sent for 300 ms, and then all that was due. */
START_TEST(what_we_send_late_counts_from_when_it_was_due)
{
	struct sn_run run = bench_open_loop(1000, 2 * SN_NS_PER_SEC);

	bench_open(&b, 1, SN_VERSION_2C, 1000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	/* no answer wakes us meanwhile */
	b.agents.agent[0].dead_from = BENCH_START_MONO + 990 * SN_NS_PER_MS;
	b.agents.agent[0].dead_until = BENCH_START_MONO + 1300 * SN_NS_PER_MS;
	bench_begin(&b, &run);
	while (sn_io_now(b.w.io) < b.first + SN_NS_PER_SEC) {
		bench_turn(&b, SN_TIME_NEVER);
	}
	/* the thread does not get the CPU: time passes, nobody turns */
	while (sn_io_now(b.w.io) < b.first + 1300 * SN_NS_PER_MS) {
		suite_expect(sn_io_wait(b.w.io, b.first + 1300 * SN_NS_PER_MS) >= 0);
	}
	while (!b.over) {
		bench_turn(&b, SN_TIME_NEVER);
	}
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), 2000);
	ck_assert_uint_ge(b.g.result.late, 295);
	ck_assert_uint_le(b.g.result.late, 300);
	ck_assert_uint_ge(b.g.result.latest, 298 * SN_NS_PER_MS);
	ck_assert_uint_ge(bench_quantile(&b, 1.0), 298 * SN_NS_PER_MS);
	ck_assert_uint_ge(bench_quantile(&b, 0.9), 95 * SN_NS_PER_MS);
	bench_close(&b);
}
END_TEST

static int by_value(const void *x, const void *y)
{
	uint64_t v = *(const uint64_t *)x;
	uint64_t w = *(const uint64_t *)y;

	return (v > w) - (v < w);
}

START_TEST(percentiles_are_those_of_the_round_trips_there_were)
{
	static const double shares[] = {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0};
	struct sn_run run = bench_open_loop(1000, 20 * SN_NS_PER_SEC);

	bench_open(&b, 1, SN_VERSION_2C, 10000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	b.think_max = 800 * SN_NS_PER_MS;
	bench_run(&b, &run);
	ck_assert_uint_eq(b.nrtt, 20000);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 20000);
	qsort(b.rtt, b.nrtt, sizeof(b.rtt[0]), by_value);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t exact = b.rtt[(unsigned)(shares[i] * b.nrtt + 0.5) - 1];
		uint64_t got = bench_quantile(&b, shares[i]);

		ck_assert_uint_ge(got, exact);
		ck_assert_uint_le(got - exact, exact / 1024);
	}
	bench_close(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one,
				      what_we_send_late_counts_from_when_it_was_due,
				      percentiles_are_those_of_the_round_trips_there_were, NULL};

	return suite_run_tests("load_latency", tests, 60);
}
