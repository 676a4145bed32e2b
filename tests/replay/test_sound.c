/*
 * Rounds in which nothing goes wrong: every value right, every count exact, in v1 and v2c; and what
 * the network may do to them without harm. Same seed, same output.
 *
 * ctest: one_thread
 */
#include "support/rig.h"

enum { TARGETS = 10, ROWS = 48, COLUMNS = 10, SCALARS = 4, ROUNDS = 10 };

static struct rig r;

static bool is_v1(int i)
{
	return i == 1;
}

START_TEST(scalars_and_tables_of_ten_agents_are_complete_and_right)
{
	struct rig_config cfg = {.targets = TARGETS,
				 .rows = ROWS,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .v1 = is_v1(_i),
				 .v3 = _i == 2};
	/* v1 has no Counter64: two columns are empty */
	const unsigned columns = cfg.v1 ? COLUMNS - 2 : COLUMNS;

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, ROUNDS * 60 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.rounds, TARGETS * ROUNDS);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], TARGETS * ROUNDS);
	ck_assert_uint_eq(r.cells, TARGETS * ROUNDS * (ROWS * columns + SCALARS));
	ck_assert_uint_eq(r.retries, 0);
	for (int i = 0; i < TARGETS; i++) {
		ck_assert_uint_eq(r.target[i].rounds, ROUNDS);
		ck_assert_uint_eq(r.target[i].rows, ROWS + 1);
		ck_assert_uint_eq(r.target[i].resets, 0);
		ck_assert(r.target[i].last.has_uptime);
		/* 2 ms there and back, each request alone */
		ck_assert_uint_eq(r.target[i].last.rtt_ns, 2 * SN_NS_PER_MS);
	}
	rig_close(&r);
}
END_TEST

START_TEST(a_round_of_scalars_is_one_request)
{
	struct rig_config cfg = {.once = true, .v1 = is_v1(_i), .v3 = _i == 2};

	rig_open(&r, &cfg);
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.requests, 1);
	ck_assert_uint_eq(r.target[0].last.varbinds, SCALARS + 1); /* and sysUpTime */
	/* in v3 the engine is asked for first */
	ck_assert_uint_eq(r.target[0].last.duration_ns, (_i == 2 ? 4 : 2) * SN_NS_PER_MS);
	ck_assert_uint_eq(r.agents.agent[0].heard, 1);
	rig_close(&r);
}
END_TEST

START_TEST(no_request_and_no_answer_is_larger_than_the_budget)
{
	static const uint32_t budgets[] = {484, 1400, 8192};
	struct rig_config cfg = {.once = true,
				 .rows = 200,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .max_repetitions = 1000,
				 .v1 = is_v1(_i),
				 .v3 = _i == 2};

	for (int i = 0; i < 3; i++) {
		uint32_t largest;

		cfg.max_reply = budgets[i];
		rig_open(&r, &cfg);
		r.agents.agent[0].max_message = 65000;
		rig_round(&r);
		largest = r.agents.agent[0].largest;
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
		/* widths are guessed before they are seen: a third more at the most */
		ck_assert_uint_le(largest, budgets[i] * 4 / 3);
		if (!cfg.v1) {
			ck_assert_uint_ge(largest, budgets[i] / 2);
		}
		rig_close(&r);
	}
}
END_TEST

START_TEST(an_empty_table_and_a_missing_one_are_complete)
{
	struct rig_config cfg = {.targets = 2,
				 .once = true,
				 .rows = 0,
				 .objects = AGENT_COLUMNS,
				 .v1 = is_v1(_i),
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	r.agents.agent[1].rows = 5;
	r.agents.agent[1].missing = AGENT_COLUMNS;
	rig_round(&r);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(r.target[i].last.status, SN_ROUND_OK);
		ck_assert_uint_eq(r.target[i].last.rows, 0);
	}
	rig_close(&r);
}
END_TEST

START_TEST(a_jittery_network_that_reorders_and_doubles_costs_no_value)
{
	struct rig_config cfg = {.targets = 50,
				 .rows = ROWS,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .once = true,
				 .v1 = is_v1(_i),
				 .v3 = _i == 2,
				 .link = {.delay_ns = 5 * SN_NS_PER_MS,
					  .jitter_ns = 50 * SN_NS_PER_MS,
					  .dup_ppm = 300000,
					  .reorder_ppm = 300000,
					  .reorder_ns = 200 * SN_NS_PER_MS}};
	uint64_t answers;

	rig_open(&r, &cfg);
	rig_round(&r);
	rig_run(&r, 10 * SN_NS_PER_SEC); /* what still flies lands */
	answers = rig_counter(&r, SN_C_RESPONSES);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 50);
	/* half of all answers are 200 ms late or more: some are asked for again */
	ck_assert_uint_le(r.retries, r.requests / 5);
	ck_assert_uint_le(rig_counter(&r, SN_C_RETRIES_SPURIOUS), r.retries);
	ck_assert_uint_eq(answers, r.requests);
	/* all copies: none is taken a second time */
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED),
			  r.w.io->stats.rx_datagrams - answers - rig_reports(&r));
	ck_assert_uint_ge(rig_counter(&r, SN_C_RX_UNMATCHED), answers / 2);
	rig_close(&r);
}
END_TEST

START_TEST(loss_costs_retries_and_no_value)
{
	struct rig_config cfg = {.targets = 100,
				 .rows = ROWS,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .once = true,
				 .retries = 7,
				 .v1 = is_v1(_i),
				 .v3 = _i == 2,
				 .link = {.delay_ns = SN_NS_PER_MS, .loss_ppm = 50000}};
	uint64_t sent;
	uint64_t lost;

	rig_open(&r, &cfg);
	rig_round(&r);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 100);
	sent = r.requests + r.retries + rig_counter(&r, SN_C_RESYNCS);
	ck_assert_uint_eq(r.w.io->stats.tx_datagrams, sent);
	lost = sent - r.w.io->stats.rx_datagrams;
	ck_assert_uint_eq(r.retries, lost); /* each loss is one retry, no more */
	ck_assert_uint_ge(r.retries, r.requests / 20);
	rig_close(&r);
}
END_TEST

/* Everything at once for some rounds; what was put out. */
static void run_wild(struct sn_outputs *out)
{
	struct rig_config cfg = {.targets = 60,
				 .rows = 30,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS |
					    AGENT_BIT(AGENT_IF_DISCONTINUITY),
				 .seed = 4711,
				 .json = true,
				 .in_flight = 20,
				 .link = {.delay_ns = 10 * SN_NS_PER_MS,
					  .jitter_ns = 400 * SN_NS_PER_MS,
					  .loss_ppm = 30000,
					  .dup_ppm = 20000,
					  .reorder_ppm = 100000,
					  .reorder_ns = 900 * SN_NS_PER_MS}};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < cfg.targets; i++) {
		struct agent *a = &r.agents.agent[i];

		a->dead = i % 7 == 0;
		a->too_big_above = i % 5 == 0 ? 700 : 0;
		a->reboot_at = i % 11 == 0 ? rig_now(&r) + 200 * SN_NS_PER_SEC : 0;
		a->discontinuity_index = i % 3;
		a->discontinuity_at = rig_now(&r) + 100 * SN_NS_PER_SEC;
		a->spots[0] = (struct agent_spot){AGENT_IF_DESCR, 7, (enum agent_fault)(i % 7)};
		a->jumps[0] = (struct agent_jump){AGENT_IF_NAME, i % 4 ? 0 : 20, 10};
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 400 * SN_NS_PER_SEC);
	rig_finish(&r);
	*out = r.out;
	r.out.data = NULL;
	rig_close(&r);
}

START_TEST(the_same_seed_gives_the_same_bytes)
{
	struct sn_outputs a;
	struct sn_outputs b;

	run_wild(&a);
	run_wild(&b);
	ck_assert_uint_ge(a.n, 1000000);
	ck_assert_uint_eq(a.n, b.n);
	ck_assert_int_eq(memcmp(a.data, b.data, a.n), 0);
	ck_assert_uint_eq(capture_count(&a, "\"round\":{"), a.rounds);
	capture_fini(&a);
	capture_fini(&b);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {scalars_and_tables_of_ten_agents_are_complete_and_right,
				     a_round_of_scalars_is_one_request,
				     no_request_and_no_answer_is_larger_than_the_budget,
				     an_empty_table_and_a_missing_one_are_complete,
				     a_jittery_network_that_reorders_and_doubles_costs_no_value,
				     loss_costs_retries_and_no_value,
				     NULL};
	const TTest *const single[] = {the_same_seed_gives_the_same_bytes, NULL};

	return rig_main("sound", both, single, 30);
}
