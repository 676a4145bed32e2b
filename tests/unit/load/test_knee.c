/*
 * The search for an agent's knee, against agents whose knee is known. Behaviour of load/knee.h.
 */
#include "load/knee.h"

#include "base/clock.h"

#include "support/suite.h"

/* An agent that loses what is above its capacity; our own limit is `ours`. Steps made. */
static unsigned search(struct sn_knee *k, double capacity, double ours)
{
	unsigned steps = 0;
	bool more = true;

	while (more) {
		double rate = k->rate;
		struct sn_knee_step step = {.rate = rate,
					    .sent = rate < ours ? rate : ours,
					    .loss = rate > capacity ? (rate - capacity) / rate : 0,
					    .late = rate > ours ? 0.5 : 0,
					    .p99 = rate > capacity / 2 ? 50 * SN_NS_PER_MS
								       : SN_NS_PER_MS};

		ck_assert_double_le(rate, k->cfg.max);
		ck_assert_uint_lt(steps++, 60);
		more = sn_knee_next(k, &step);
	}
	return steps;
}

static struct sn_knee_config config(void)
{
	return (struct sn_knee_config){
		.start = 100, .factor = 1.5, .max = 100000, .loss_max = 0.01, .precision = 0.05};
}

START_TEST(finds_the_rate_above_which_too_much_is_lost)
{
	for (double capacity = 120; capacity < 90000; capacity *= 1.7) {
		struct sn_knee_config cfg = config();
		struct sn_knee k;

		sn_knee_init(&k, &cfg);
		search(&k, capacity, 1e9);
		ck_assert_int_eq(k.state, SN_KNEE_FOUND);
		/* 1 % may be lost */
		ck_assert_double_le(k.good, capacity * 1.011);
		ck_assert_double_ge(k.bad, capacity * 1.009);
		ck_assert_double_le(k.bad, k.good * 1.051);
	}
}
END_TEST

START_TEST(finds_the_rate_above_which_answers_take_too_long)
{
	struct sn_knee_config cfg = config();
	struct sn_knee k;

	cfg.p99_max = 20 * SN_NS_PER_MS;
	sn_knee_init(&k, &cfg);
	search(&k, 10000, 1e9);
	ck_assert_int_eq(k.state, SN_KNEE_FOUND);
	ck_assert_double_le(k.good, 5000);
	ck_assert_double_ge(k.bad, 5000);
}
END_TEST

START_TEST(looks_below_the_first_step_if_that_is_too_much)
{
	struct sn_knee_config cfg = config();
	struct sn_knee k;

	sn_knee_init(&k, &cfg);
	search(&k, 20, 1e9);
	ck_assert_int_eq(k.state, SN_KNEE_FOUND);
	ck_assert_double_le(k.good, 20.3);
	sn_knee_init(&k, &cfg);
	search(&k, 0, 1e9);
	ck_assert_int_eq(k.state, SN_KNEE_BELOW);
}
END_TEST

START_TEST(never_goes_above_the_cap)
{
	struct sn_knee_config cfg = config();
	struct sn_knee k;

	sn_knee_init(&k, &cfg);
	search(&k, 1e9, 1e9);
	ck_assert_int_eq(k.state, SN_KNEE_ABOVE);
	ck_assert_double_eq(k.good, 100000);
	cfg.start = 1e6;
	sn_knee_init(&k, &cfg);
	ck_assert_uint_eq(search(&k, 1e9, 1e9), 1);
	ck_assert_int_eq(k.state, SN_KNEE_ABOVE);
}
END_TEST

START_TEST(a_step_that_was_bad_by_chance_does_not_count)
{
	struct sn_knee_config cfg = config();
	struct sn_knee k;
	unsigned steps = 0;
	bool more = true;

	sn_knee_init(&k, &cfg);
	while (more) {
		double rate = k.rate;
		/* every third step meets something else that the host had to do */
		bool chance = steps % 3 == 1 && rate <= 5000;
		struct sn_knee_step step = {.rate = rate,
					    .sent = chance ? rate / 2 : rate,
					    .loss = rate > 5000 ? 1
						    : chance	? 0.5
								: 0};

		ck_assert_uint_lt(steps++, 60);
		more = sn_knee_next(&k, &step);
	}
	ck_assert_int_eq(k.state, SN_KNEE_FOUND);
	ck_assert_double_ge(k.good, 4700);
	ck_assert_double_le(k.good, 5000);
}
END_TEST

START_TEST(does_not_take_its_own_limit_for_the_agents)
{
	struct sn_knee_config cfg = config();
	struct sn_knee k;

	sn_knee_init(&k, &cfg);
	search(&k, 1e9, 3000);
	ck_assert_int_eq(k.state, SN_KNEE_OURS);
	ck_assert_double_le(k.good, 3000);
	ck_assert_double_ge(k.good, 1900);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {finds_the_rate_above_which_too_much_is_lost,
				      finds_the_rate_above_which_answers_take_too_long,
				      looks_below_the_first_step_if_that_is_too_much,
				      never_goes_above_the_cap,
				      a_step_that_was_bad_by_chance_does_not_count,
				      does_not_take_its_own_limit_for_the_agents,
				      NULL};

	return suite_run_tests("knee", tests, 0);
}
