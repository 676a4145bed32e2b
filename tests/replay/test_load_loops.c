/*
 * Loops of load tests in virtual time: how many are in flight, when they leave, how ramps, caps,
 * limits and stops hold, and that every request is counted.
 *
 * ctest: one_thread timeout=120
 */
#include "support/load_bench.h"
#include "support/suite.h"

static struct load_bench b;

START_TEST(a_closed_loop_keeps_exactly_so_many_in_flight)
{
	static const uint32_t sizes[] = {1, 7, 300};

	for (unsigned i = 0; i < 3; i++) {
		struct sn_run run = bench_closed_loop(sizes[i], 2 * SN_NS_PER_SEC);

		bench_open(&b, 3, SN_VERSION_2C, 1000);
		bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
		bench_begin(&b, &run);
		bench_turn(&b, 0);
		while (sn_io_now(b.w.io) < b.first + run.duration_ns) {
			suite_expect(b.g.outstanding == sizes[i]);
			bench_turn(&b, SN_TIME_NEVER);
		}
		while (!b.over) {
			bench_turn(&b, SN_TIME_NEVER);
		}
		ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS),
				  bench_count(&b, SN_LOAD_REQUESTS));
		bench_close(&b);
	}
}
END_TEST

START_TEST(a_closed_loop_sends_one_round_after_the_other)
{
	struct sn_run run = bench_closed_loop(10, 2 * SN_NS_PER_SEC);

	bench_open(&b, 1, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	bench_run(&b, &run);
	/* 2 ms there and back */
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), 10 * 1000);
	ck_assert_uint_eq(bench_quantile(&b, 0.5), 2 * BENCH_DELAY);
	ck_assert_uint_eq(bench_quantile(&b, 1.0), 2 * BENCH_DELAY);
	ck_assert_uint_eq(b.arrived, 10 * 1000);
	bench_close(&b);
}
END_TEST

START_TEST(an_open_loop_sends_its_rate_in_every_second)
{
	static const double rates[] = {1, 100, 1234, 9999};

	for (unsigned i = 0; i < 4; i++) {
		struct sn_run run = bench_open_loop(rates[i], 10 * SN_NS_PER_SEC);

		bench_open(&b, 3, SN_VERSION_2C, 10000);
		bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
		b.agents.agent[1].dead = true; /* whatever comes back */
		b.think_max = 5 * SN_NS_PER_MS;
		bench_run(&b, &run);
		for (unsigned s = 0; s < 10; s++) {
			ck_assert_double_ge(b.per_second[s] + 1, rates[i]);
			ck_assert_double_le(b.per_second[s], rates[i] + 1);
		}
		ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), (uint64_t)(10 * rates[i]));
		ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS) +
					  bench_count(&b, SN_LOAD_TIMEOUTS),
				  bench_count(&b, SN_LOAD_REQUESTS));
		ck_assert_uint_ge(bench_count(&b, SN_LOAD_TIMEOUTS), (uint64_t)(10 * rates[i] / 3));
		ck_assert_uint_eq(b.g.result.late, 0);
		ck_assert_uint_eq(b.g.result.unsent, 0);
		bench_close(&b);
	}
}
END_TEST

START_TEST(the_cap_holds_a_closed_loop_that_would_be_faster)
{
	struct sn_run run = bench_closed_loop(50, 10 * SN_NS_PER_SEC);

	bench_open(&b, 1, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	run.cap = 700;
	bench_run(&b, &run);
	ck_assert_uint_ge(bench_count(&b, SN_LOAD_REQUESTS), 6990);
	ck_assert_uint_le(bench_count(&b, SN_LOAD_REQUESTS), 7010);
	ck_assert_uint_gt(b.g.result.capped, 0);
	for (unsigned s = 0; s < 10; s++) {
		/* 10 ms may be made up for */
		suite_expect(b.per_second[s] <= 708);
	}
	bench_close(&b);
}
END_TEST

START_TEST(ramps_grow_to_what_was_asked)
{
	struct sn_run open = {.kind = SN_RUN_OPEN, .duration_ns = 4 * SN_NS_PER_SEC};
	struct sn_run closed = bench_closed_loop(40, 4 * SN_NS_PER_SEC);

	bench_open(&b, 1, SN_VERSION_2C, 1000);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	sn_pace_init(&open.pace, 1000, 2 * SN_NS_PER_SEC, 0, 1);
	bench_run(&b, &open);
	ck_assert_uint_eq(b.per_second[0], 250);
	ck_assert_uint_eq(b.per_second[1], 750);
	ck_assert_uint_eq(b.per_second[2], 1000);
	memset(b.per_second, 0, sizeof(b.per_second));
	closed.ramp_ns = 2 * SN_NS_PER_SEC;
	bench_run(&b, &closed);
	/* 500 rounds a second: 20 at a time in the middle of the ramp, 40 after it */
	ck_assert_uint_ge(b.per_second[0], 9 * 500);
	ck_assert_uint_le(b.per_second[0], 12 * 500);
	ck_assert_uint_eq(b.per_second[3], 40 * 500);
	bench_close(&b);
}
END_TEST

START_TEST(requests_that_found_no_room_are_late_or_unsent_never_forgotten)
{
	struct sn_run run = bench_open_loop(1000, 2 * SN_NS_PER_SEC);

	bench_open(&b, 1, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	b.agents.agent[0].dead = true;
	bench_run(&b, &run);
	/* 100 at a time, each for a second and what the wheel's tick adds */
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), 200);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_TIMEOUTS), 200);
	ck_assert_uint_eq(b.g.result.unsent, 1800);
	ck_assert_uint_ge(b.g.result.late, 99);
	bench_close(&b);
}
END_TEST

START_TEST(a_limit_of_requests_ends_either_loop)
{
	struct sn_run open = bench_open_loop(1000, 0);
	struct sn_run closed = bench_closed_loop(16, 0);

	bench_open(&b, 2, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	open.requests = 333;
	closed.requests = 333;
	bench_run(&b, &open);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 333);
	ck_assert_uint_eq(b.g.result.unsent, 0);
	bench_run(&b, &closed);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 333);
	/* targets have their turn */
	ck_assert_uint_eq(b.agents.agent[0].heard, 333);
	ck_assert_uint_eq(b.agents.agent[1].heard, 333);
	bench_close(&b);
}
END_TEST

START_TEST(an_idle_run_sends_nothing_and_is_over)
{
	struct sn_run run = {.kind = SN_RUN_IDLE, .duration_ns = SN_NS_PER_SEC};

	bench_open(&b, 1, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	bench_run(&b, &run);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_REQUESTS), 0);
	ck_assert_uint_eq(b.arrived, 0);
	ck_assert_uint_lt(sn_io_now(b.w.io), b.first + SN_NS_PER_SEC);
	bench_close(&b);
}
END_TEST

START_TEST(stopping_waits_for_answers_and_cutting_does_not)
{
	struct sn_run run = bench_closed_loop(20, 0);

	bench_open(&b, 1, SN_VERSION_2C, 100);
	bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
	bench_begin(&b, &run);
	bench_turn(&b, 0);
	sn_generator_stop(&b.g);
	ck_assert_uint_eq(b.over, 0);
	while (!b.over) {
		bench_turn(&b, SN_TIME_NEVER);
	}
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 20);
	bench_begin(&b, &run);
	bench_turn(&b, 0);
	sn_generator_cut(&b.g);
	ck_assert_uint_eq(b.over, 1);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 0);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_TIMEOUTS), 20);
	/* what is cut does no harm to the next run */
	run.requests = 50;
	bench_run(&b, &run);
	ck_assert_uint_eq(bench_count(&b, SN_LOAD_ANSWERS), 50);
	bench_close(&b);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_result)
{
	static struct sn_load_result first;
	struct sn_run run = bench_open_loop(2000, 3 * SN_NS_PER_SEC);
	struct sn_fake_link rough = {.delay_ns = BENCH_DELAY,
				     .jitter_ns = 3 * SN_NS_PER_MS,
				     .loss_ppm = 10000,
				     .dup_ppm = 10000};

	for (int i = 0; i < 2; i++) {
		bench_open(&b, 5, SN_VERSION_2C, 4000);
		bench_add(&b, SN_MIX_GET, BENCH_UPTIME, 0);
		bench_add(&b, SN_MIX_WALK, "1.3.6.1.2.1.2", 7);
		sn_fake_set_link(b.net, &rough);
		b.think_max = 20 * SN_NS_PER_MS;
		bench_run(&b, &run);
		ck_assert_uint_gt(bench_count(&b, SN_LOAD_TIMEOUTS), 0);
		if (i == 0) {
			memcpy(&first, &b.g.result, sizeof(first));
		} else {
			ck_assert_int_eq(memcmp(&first, &b.g.result, sizeof(first)), 0);
		}
		bench_close(&b);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_closed_loop_keeps_exactly_so_many_in_flight,
		a_closed_loop_sends_one_round_after_the_other,
		an_open_loop_sends_its_rate_in_every_second,
		the_cap_holds_a_closed_loop_that_would_be_faster,
		ramps_grow_to_what_was_asked,
		requests_that_found_no_room_are_late_or_unsent_never_forgotten,
		a_limit_of_requests_ends_either_loop,
		an_idle_run_sends_nothing_and_is_over,
		stopping_waits_for_answers_and_cutting_does_not,
		the_same_seed_gives_the_same_result,
		NULL};

	return suite_run_tests("load_loops", tests, 60);
}
