/*
 * Walks: what a request asks for and how many it takes. What agents can do to it is in
 * tests/replay/test_agents. Behaviour of round/step_walk.h.
 */
#include "support/rig.h"

static struct rig r;

static uint32_t requests_of(const struct rig_config *cfg)
{
	uint32_t n;

	rig_open(&r, cfg);
	r.agents.agent[0].max_message = 60000;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	n = r.target[0].last.requests - 1; /* without the one for sysUpTime */
	ck_assert_uint_eq(r.target[0].rows, cfg->rows);
	return n;
}

START_TEST(a_bulk_asks_for_no_more_repetitions_than_the_module_allows)
{
	for (uint32_t reps = 1; reps <= 64; reps *= 2) {
		struct rig_config cfg = {.once = true,
					 .rows = 63,
					 .objects = AGENT_BIT(AGENT_IF_OPER),
					 .max_repetitions = reps,
					 .max_reply = 60000};

		/* the name past the end is needed to know that this is the end */
		ck_assert_uint_eq(requests_of(&cfg), 64 / reps);
		ck_assert_uint_eq(r.agents.agent[0].most_repetitions, reps);
		rig_close(&r);
	}
}
END_TEST

START_TEST(version_1_asks_by_getnext_row_by_row)
{
	struct rig_config cfg = {.once = true,
				 .rows = 20,
				 .objects = AGENT_BIT(AGENT_IF_OPER) | AGENT_BIT(AGENT_IF_DESCR),
				 .v1 = true};

	ck_assert_uint_eq(requests_of(&cfg), 21);
	ck_assert_uint_eq(r.agents.agent[0].by_type[SN_PDU_GETNEXT & 15], 21);
	ck_assert_uint_eq(r.agents.agent[0].by_type[SN_PDU_GETBULK & 15], 0);
	ck_assert_uint_eq(r.agents.agent[0].most_names, 2);
	rig_close(&r);
}
END_TEST

START_TEST(version_1_takes_columns_off_one_by_one_at_the_end_of_the_mib)
{
	struct rig_config cfg = {.once = true,
				 .rows = 5,
				 .objects = AGENT_BIT(AGENT_IF_NAME) | AGENT_BIT(AGENT_IF_ALIAS),
				 .v1 = true};

	/* nothing follows ifAlias in this agent: noSuchName, and the other column again */
	rig_open(&r, &cfg);
	r.agents.agent[0].missing = AGENT_BIT(AGENT_IF_DISCONTINUITY);
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].rows, 5);
	ck_assert_uint_eq(r.target[0].last.requests, 1 + 5 + 2);
	rig_close(&r);
}
END_TEST

START_TEST(repetitions_follow_the_room_that_answers_have)
{
	struct rig_config cfg = {.once = true,
				 .rows = 400,
				 .objects = AGENT_BIT(AGENT_IF_ALIAS),
				 .max_repetitions = 1000};
	uint32_t few;

	cfg.max_reply = 8000;
	few = requests_of(&cfg);
	rig_close(&r);
	cfg.max_reply = 1000;
	/* an eighth of the room: about eight times the requests */
	ck_assert_uint_ge(requests_of(&cfg), 6 * few);
	ck_assert_uint_le(r.agents.agent[0].largest, 1333);
	rig_close(&r);
}
END_TEST

START_TEST(a_request_larger_than_the_budget_is_split)
{
	struct rig_config cfg = {.once = true,
				 .rows = 10,
				 .objects = AGENT_COLUMNS,
				 .max_reply = 150,
				 .v1 = _i == 1};

	rig_open(&r, &cfg);
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].rows, 10);
	ck_assert_uint_le(r.agents.agent[0].largest_asked, 150);
	rig_close(&r);
}
END_TEST

START_TEST(columns_that_do_not_fit_together_take_turns)
{
	struct rig_config cfg = {
		.once = true, .rows = 30, .objects = AGENT_COLUMNS, .max_reply = 150, .window = 1};

	/* cut after some requests: all columns have come about as far */
	rig_open(&r, &cfg);
	r.agents.agent[0].dies_after = 60;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_ge(r.target[0].cells, 60);
	ck_assert_uint_le(r.target[0].rows, 30);
	ck_assert_uint_ge(r.target[0].rows_partial, 1);
	rig_close(&r);
}
END_TEST

START_TEST(a_walk_may_have_the_smallest_budget_there_is)
{
	struct rig_config cfg = {
		.once = true, .rows = 3, .objects = AGENT_COLUMNS, .max_reply = 1, .v1 = _i == 1};

	rig_open(&r, &cfg);
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].rows, 3);
	ck_assert_uint_eq(r.agents.agent[0].most_names, 1);
	rig_close(&r);
}
END_TEST

START_TEST(answers_of_a_few_octets_do_not_confuse_the_sizes)
{
	/* sums of 50 octets and less: the width of a varbind must not become 0 */
	for (uint32_t rows = 0; rows < 4; rows++) {
		struct rig_config cfg = {.once = true,
					 .rows = rows,
					 .objects = AGENT_BIT(AGENT_IF_OPER),
					 .max_repetitions = 1,
					 .v1 = _i == 1};

		requests_of(&cfg);
		rig_close(&r);
	}
}
END_TEST

int main(void)
{
	const TTest *const both[] = {a_request_larger_than_the_budget_is_split,
				     a_walk_may_have_the_smallest_budget_there_is,
				     answers_of_a_few_octets_do_not_confuse_the_sizes, NULL};
	const TTest *const single[] = {a_bulk_asks_for_no_more_repetitions_than_the_module_allows,
				       version_1_asks_by_getnext_row_by_row,
				       version_1_takes_columns_off_one_by_one_at_the_end_of_the_mib,
				       repetitions_follow_the_room_that_answers_have,
				       columns_that_do_not_fit_together_take_turns,
				       NULL};

	return rig_main("step_walk", both, single, 10);
}
