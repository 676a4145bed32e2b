/*
 * Agents that die, drop requests, are slow or do not know the version: what they did say is kept,
 * its partial rows marked, and nobody waits longer than it takes.
 *
 * ctest: one_thread timeout=120
 */
#include "support/quirk.h"

static struct rig r;

START_TEST(an_agent_that_dies_in_mid_walk_leaves_marked_rows)
{
	struct rig_config cfg = quirk_table(_i);
	uint32_t most_cells = 0;

	for (uint32_t after = 1; after < 11; after++) {
		quirk_open(&r, &cfg, &(struct agent){.dies_after = after});
		rig_round(&r);
		quirk_ended(&r, SN_ROUND_PARTIAL, "no answer in time");
		ck_assert_uint_ge(r.target[0].cells, most_cells);
		ck_assert_uint_lt(r.target[0].cells, quirk_cells(_i));
		ck_assert_uint_le(r.target[0].rows_partial, QUIRK_ROWS);
		if (after > 1 && (r.target[0].cells - QUIRK_SCALARS) % QUIRK_COLUMNS && !cfg.v1) {
			ck_assert_uint_ge(r.target[0].rows_partial, 1);
		}
		/* what was on the wire with the first that was lost: nothing more is asked */
		ck_assert_uint_le(r.target[0].last.timeouts, 4);
		ck_assert_uint_le(r.target[0].last.duration_ns, 3100 * SN_NS_PER_MS);
		most_cells = r.target[0].cells;
		rig_close(&r);
	}
}
END_TEST

START_TEST(an_agent_that_dies_between_scalars_and_tables_is_given_up_soon)
{
	struct rig_config cfg = quirk_table(_i);

	cfg.window = 1;
	quirk_open(&r, &cfg, &(struct agent){.dies_after = 1});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "no answer in time");
	ck_assert_uint_eq(r.target[0].cells, QUIRK_SCALARS);
	/* the scalars, the first walk, and a second one when the window opened again */
	ck_assert_uint_le(r.target[0].last.requests, 3);
	ck_assert_uint_eq(r.target[0].last.timeouts, 1);
	ck_assert_uint_le(r.target[0].last.duration_ns, 3100 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

START_TEST(a_request_that_is_never_answered_costs_its_columns)
{
	struct rig_config cfg = quirk_table(_i);

	/* it drops requests for one column from row 40 on, instead of an error */
	quirk_open(&r, &cfg,
		   &(struct agent){.error_objects =
					   AGENT_BIT(AGENT_IF_HC_OUT) | AGENT_BIT(AGENT_IF_DESCR),
				   .error_first = 40,
				   .error_status = SN_STATUS_GEN_ERR,
				   .silent_error = true});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_PARTIAL, "no answer in time");
	ck_assert_uint_ge(r.target[0].cells, quirk_cells(_i) / 2);
	rig_close(&r);
}
END_TEST

START_TEST(a_slow_agent_is_waited_for)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.delay_ns = 950 * SN_NS_PER_MS});
	rig_round(&r);
	quirk_ended(&r, SN_ROUND_OK, "");
	ck_assert_uint_eq(r.target[0].last.retries, 0);
	ck_assert_uint_eq(r.target[0].last.rtt_ns, 952 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

START_TEST(a_v1_agent_does_not_answer_v2c_and_does_answer_v1)
{
	struct rig_config cfg = quirk_table(_i);

	quirk_open(&r, &cfg, &(struct agent){.only_v1 = true});
	rig_round(&r);
	if (cfg.v1) {
		quirk_ended(&r, SN_ROUND_OK, "");
		ck_assert_uint_eq(r.agents.agent[0].by_type[SN_PDU_GETBULK & 15], 0);
	} else {
		quirk_ended(&r, SN_ROUND_TIMEOUT, "no answer in time");
	}
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {an_agent_that_dies_in_mid_walk_leaves_marked_rows,
				     an_agent_that_dies_between_scalars_and_tables_is_given_up_soon,
				     a_request_that_is_never_answered_costs_its_columns,
				     a_slow_agent_is_waited_for,
				     a_v1_agent_does_not_answer_v2c_and_does_answer_v1,
				     NULL};
	const TTest *const single[] = {NULL};

	return rig_main("agents_silence", each, single, 30);
}
