/*
 * Scalars by GET: how many names a request carries, sysUpTime, what several modules ask. What
 * agents can do to it is in tests/replay/test_agents. Behaviour of round/step_get.h.
 */
#include "support/rig.h"

enum { NAMES = 7 }; /* scalars of an agent, sysUpTime among them */

#define ALL                                                                                        \
	(AGENT_SCALARS | AGENT_BIT(AGENT_SYS_DESCR) | AGENT_BIT(AGENT_SYS_UPTIME) |                \
	 AGENT_BIT(AGENT_IF_NUMBER))

static struct rig r;

static void round_with(const struct rig_config *cfg)
{
	rig_open(&r, cfg);
	rig_round(&r);
}

START_TEST(a_request_carries_as_many_names_as_the_module_allows)
{
	for (uint32_t most = 1; most <= NAMES + 1; most++) {
		struct rig_config cfg = {
			.once = true, .objects = ALL, .max_repetitions = most, .v1 = _i == 1};

		round_with(&cfg);
		ck_assert_uint_eq(r.target[0].last.requests, (NAMES + most - 1) / most);
		ck_assert_uint_eq(r.agents.agent[0].most_names, most < NAMES ? most : NAMES);
		ck_assert_uint_eq(r.target[0].cells, NAMES);
		ck_assert_uint_eq(r.target[0].last.varbinds, NAMES);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_request_asks_for_no_more_than_an_answer_may_hold)
{
	struct rig_config cfg = {.once = true, .objects = ALL, .max_reply = 80, .v1 = _i == 1};

	round_with(&cfg);
	/* an instance of 8 octets and a guess of 16 for the value: three names */
	ck_assert_uint_eq(r.agents.agent[0].most_names, 3);
	ck_assert_uint_eq(r.target[0].cells, NAMES);
	rig_close(&r);
	cfg.max_reply = 1; /* one name always goes */
	round_with(&cfg);
	ck_assert_uint_eq(r.target[0].last.requests, NAMES);
	rig_close(&r);
}
END_TEST

START_TEST(sys_uptime_is_asked_also_when_no_module_wants_it)
{
	struct rig_config cfg = {.once = true, .objects = AGENT_BIT(AGENT_SYS_NAME), .v1 = _i == 1};

	round_with(&cfg);
	ck_assert_uint_eq(r.agents.agent[0].most_names, 2);
	ck_assert_uint_eq(r.target[0].cells, 1);
	ck_assert(r.target[0].last.has_uptime);
	ck_assert_uint_eq(r.target[0].last.uptime,
			  (r.agents.agent[0].boot_age + SN_NS_PER_MS) / (10 * SN_NS_PER_MS));
	rig_close(&r);
}
END_TEST

START_TEST(a_target_with_tables_only_is_asked_for_its_uptime_first)
{
	struct rig_config cfg = {
		.once = true, .rows = 2, .objects = AGENT_BIT(AGENT_IF_DESCR), .v1 = _i == 1};

	round_with(&cfg);
	ck_assert_uint_eq(r.agents.agent[0].by_type[SN_PDU_GET & 15], 1);
	ck_assert(r.target[0].last.has_uptime);
	ck_assert_uint_eq(r.target[0].last.rows, 2);
	rig_close(&r);
}
END_TEST

/* Two modules, both with sysUpTime and sysName, the second with more. */
static void open_two_modules(bool v1)
{
	static struct sn_plan second;
	static const struct sn_plan *plans[2];
	struct rig_config cfg = {.objects = AGENT_BIT(AGENT_SYS_UPTIME) | AGENT_BIT(AGENT_SYS_NAME),
				 .json = true,
				 .v1 = v1};
	struct sn_target_spec *spec;

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_plan(&r, "other",
				  AGENT_BIT(AGENT_SYS_UPTIME) | AGENT_BIT(AGENT_SYS_NAME) |
					  AGENT_BIT(AGENT_SYS_SERVICES),
				  &second),
			 SN_OK);
	plans[0] = &r.plan;
	plans[1] = &second;
	spec = rig_spec(&r, 0);
	spec->plans = plans;
	spec->nplans = 2;
	spec->scalars = sn_scalars_build(plans, 2, NULL, &r.arena);
	ck_assert_ptr_nonnull(spec->scalars);
	spec->modules = "rig,other";
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
}

START_TEST(two_modules_share_a_request_and_each_gets_its_row)
{
	open_two_modules(_i == 1);
	rig_run(&r, 60 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.target[0].last.requests, 1);
	ck_assert_uint_eq(r.target[0].rows, 2);
	ck_assert_uint_eq(r.target[0].cells, 5);
	ck_assert_uint_eq(capture_count(&r.out, "\"module\":\"rig\""), 1);
	ck_assert_uint_eq(capture_count(&r.out, "\"module\":\"other\""), 1);
	ck_assert_uint_eq(capture_count(&r.out, "\"module\":\"rig,other\""), 1);
	rig_close(&r);
}
END_TEST

START_TEST(a_reset_is_not_forgotten_when_two_modules_ask_for_the_uptime)
{
	open_two_modules(_i == 1);
	r.agents.agent[0].reboot_at = rig_now(&r) + 200 * SN_NS_PER_SEC;
	rig_run(&r, 600 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.target[0].resets, 1);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESETS), 1);
	/* both rows and the round record */
	ck_assert_uint_eq(capture_count(&r.out, "\"reset\":true"), 3);
	rig_close(&r);
}
END_TEST

START_TEST(two_modules_with_the_same_names_survive_another_order)
{
	open_two_modules(_i == 1);
	r.agents.agent[0].reversed = true;
	rig_run(&r, 60 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 1);
	ck_assert_uint_eq(r.target[0].last.requests, 1);
	ck_assert_uint_eq(r.target[0].cells, 5);
	ck_assert(r.target[0].last.has_uptime);
	rig_close(&r);
}
END_TEST

START_TEST(a_name_is_answered_once_though_the_agent_does_it_twice)
{
	struct rig_config cfg = {.once = true, .objects = ALL};

	rig_open(&r, &cfg);
	r.agents.agent[0].early = true;
	rig_round(&r);
	/* the first name is asked again by itself, and the last one is looked for elsewhere */
	ck_assert_uint_eq(r.target[0].last.requests, 3);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].cells, NAMES);
	rig_close(&r);
}
END_TEST

START_TEST(the_uptime_of_a_module_is_the_rounds_wherever_it_stands)
{
	struct rig_config cfg = {.once = true, .objects = ALL, .v1 = _i == 1};

	rig_open(&r, &cfg);
	r.agents.agent[0].reversed = true;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert(r.target[0].last.has_uptime);
	rig_close(&r);
}
END_TEST

START_TEST(version_1_finds_missing_names_one_by_one)
{
	struct rig_config cfg = {.once = true, .objects = ALL, .v1 = true};

	rig_open(&r, &cfg);
	r.agents.agent[0].missing = AGENT_BIT(AGENT_SYS_NAME) | AGENT_BIT(AGENT_IF_NUMBER) |
				    AGENT_BIT(AGENT_SYS_UPTIME);
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].last.requests, 4 + 4); /* and looked for elsewhere */
	ck_assert_uint_eq(r.target[0].cells, NAMES - 3);
	rig_close(&r);
}
END_TEST

START_TEST(scalars_lost_with_the_agent_mark_their_row)
{
	struct rig_config cfg = {.once = true, .objects = ALL, .max_repetitions = 2, .v1 = _i == 1};

	rig_open(&r, &cfg);
	r.agents.agent[0].dies_after = 2;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(r.target[0].cells, 4);
	ck_assert_uint_eq(r.target[0].rows_partial, 1);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {a_request_carries_as_many_names_as_the_module_allows,
				     a_request_asks_for_no_more_than_an_answer_may_hold,
				     sys_uptime_is_asked_also_when_no_module_wants_it,
				     a_target_with_tables_only_is_asked_for_its_uptime_first,
				     two_modules_share_a_request_and_each_gets_its_row,
				     a_reset_is_not_forgotten_when_two_modules_ask_for_the_uptime,
				     two_modules_with_the_same_names_survive_another_order,
				     a_name_is_answered_once_though_the_agent_does_it_twice,
				     the_uptime_of_a_module_is_the_rounds_wherever_it_stands,
				     scalars_lost_with_the_agent_mark_their_row,
				     NULL};
	const TTest *const single[] = {version_1_finds_missing_names_one_by_one, NULL};

	return rig_main("step_get", both, single, 10);
}
