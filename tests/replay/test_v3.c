/*
 * Engines and their clocks as a manager meets them (RFC 3414 §2.3, §3.2, §4): discovery in two
 * round trips, then one request and one answer for each PDU for as long as the engine lives;
 * reboots, clocks that jump, engines that are swapped or share an ID. Messages are counted at the
 * agent.
 *
 * ctest: one_thread timeout=120
 */
#include "support/rig.h"
#include "usm/engine.h"

enum { ROWS = 60, COLUMNS = 10, SCALARS = 4 };

#define MINUTE (60 * SN_NS_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct rig r;
static uint32_t seen; /* of agent 0's messages, by new_messages */

static struct agent_secure *agent(uint32_t i)
{
	return &r.agents.secure[i];
}

/* One agent, its scalars in one GET. */
static struct rig_config scalars(void)
{
	return (struct rig_config){.v3 = true};
}

/* Its tables as well, several requests at a time. */
static struct rig_config tables(void)
{
	return (struct rig_config){
		.v3 = true, .rows = ROWS, .objects = AGENT_SCALARS | AGENT_COLUMNS};
}

static void open_and_apply(const struct rig_config *cfg)
{
	rig_open(&r, cfg);
	seen = 0;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
}

/* Messages that agent 0 got since the last call. */
static uint32_t new_messages(void)
{
	uint32_t n = agent(0)->messages - seen;

	seen += n;
	return n;
}

/* All requests of the rig so far: each once on the wire, and once more for what a Report taught. */
static void expect_no_waste(uint64_t discoveries, uint64_t resyncs)
{
	ck_assert_uint_eq(r.retries, 0);
	ck_assert_uint_eq(r.timeouts, 0);
	ck_assert_uint_eq(rig_counter(&r, SN_C_DISCOVERIES), discoveries);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESYNCS), resyncs);
	ck_assert_uint_eq(r.w.io->stats.tx_datagrams, r.requests + resyncs);
}

START_TEST(a_cold_start_takes_two_round_trips)
{
	static const enum rig_level levels[] = {RIG_AUTH_PRIV, RIG_AUTH, RIG_NO_AUTH};

	for (int i = 0; i < 3; i++) {
		struct rig_config cfg = scalars();

		cfg.once = true;
		cfg.level = levels[i];
		rig_open(&r, &cfg);
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
		ck_assert_uint_eq(r.target[0].last.requests, 1);
		ck_assert_uint_eq(r.target[0].last.duration_ns, 4 * SN_NS_PER_MS);
		/* the round-trip time is that of the answer alone */
		ck_assert_uint_eq(r.target[0].last.rtt_ns, 2 * SN_NS_PER_MS);
		ck_assert_uint_eq(agent(0)->messages, 2);
		ck_assert_uint_eq(agent(0)->discoveries, 1);
		ck_assert_uint_eq(agent(0)->served, 1);
		ck_assert_uint_eq(agent(0)->boots, levels[i] == RIG_NO_AUTH ? 0 : 1);
		expect_no_waste(1, 1);
		rig_close(&r);
	}
}
END_TEST

/* Many agents tell their boots and time only to who has a key: RFC 3414 §4 allows that. */
START_TEST(without_a_hint_a_cold_start_takes_three_round_trips)
{
	struct rig_config cfg = scalars();

	open_and_apply(&cfg);
	agent(0)->mischief = SECURE_NO_HINT;
	rig_run(&r, 10 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 10);
	ck_assert_uint_eq(agent(0)->discoveries, 1);
	ck_assert_uint_eq(agent(0)->au.stats[SN_REPORT_NOT_IN_TIME_WINDOWS], 1);
	ck_assert_uint_eq(agent(0)->messages, 12);
	expect_no_waste(1, 2);
	rig_close(&r);
}
END_TEST

static unsigned answered;

static void on_done(struct sn_request *rq, const struct sn_answer *answer)
{
	(void)rq;
	ck_assert_int_eq(answer->err, SN_OK);
	answered++;
}

/* Five requests at once to a device nobody has met: one asks who is there, the others wait. */
START_TEST(requests_wait_until_the_engine_has_proved_itself)
{
	static const uint8_t vbs[] = {0x30, 0x0c, 6, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0, 5, 0};
	struct rig_config cfg = scalars();
	struct sn_request rq[5];

	cfg.interval_ns = DAY; /* its own round is far */
	open_and_apply(&cfg);
	agent(0)->mischief = SECURE_NO_HINT;
	r.agents.agent[0].delay_ns = 10 * SN_NS_PER_MS;
	for (int i = 0; i < 5; i++) {
		sn_request_init(&rq[i]);
		rq[i].dev = &r.c.targets[0]->dev;
		rq[i].done = on_done;
		rq[i].type = SN_PDU_GET;
		rq[i].vbs = sn_span_make(vbs, sizeof(vbs));
		rq[i].timeout_ns = SN_NS_PER_SEC;
		rq[i].attempts_max = 3;
		sn_request_start(&r.c.session, &rq[i]);
	}
	rig_run(&r, SN_NS_PER_SEC);
	ck_assert_uint_eq(answered, 5);
	ck_assert_uint_eq(agent(0)->messages, 5 + 2);
	ck_assert_uint_eq(agent(0)->discoveries, 1);
	ck_assert_uint_eq(r.agents.agent[0].most_pending, 4); /* in the end all of the window */
	rig_close(&r);
}
END_TEST

START_TEST(every_pair_of_protocols_works)
{
	for (int auth = SN_AUTH_MD5; auth < SN_AUTH_COUNT; auth++) {
		for (int priv = SN_PRIV_NONE; priv < SN_PRIV_COUNT; priv++) {
			struct rig_config cfg = tables();

			cfg.once = true;
			cfg.auth = (uint8_t)auth;
			cfg.priv = (uint8_t)priv;
			cfg.level = priv == SN_PRIV_NONE ? RIG_AUTH : RIG_AUTH_PRIV;
			rig_open(&r, &cfg);
			rig_round(&r);
			ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
			ck_assert_uint_eq(r.target[0].cells, ROWS * COLUMNS + SCALARS);
			expect_no_waste(1, 1);
			rig_close(&r);
		}
	}
}
END_TEST

/* Issue: after an idle hour exactly one request and one answer for each PDU. */
START_TEST(an_idle_hour_or_day_costs_nothing)
{
	static const uint64_t intervals[] = {MINUTE, HOUR, DAY};
	static const uint32_t rounds[] = {2000, 200, 20};

	for (int i = 0; i < 3; i++) {
		for (int level = RIG_AUTH_PRIV; level <= RIG_NO_AUTH; level++) {
			struct rig_config cfg = tables();
			uint32_t requests;

			cfg.interval_ns = intervals[i];
			cfg.level = (enum rig_level)level;
			open_and_apply(&cfg);
			rig_run(&r, intervals[i]);
			requests = r.target[0].last.requests;
			ck_assert_uint_eq(new_messages(), requests + 1); /* discovery */
			for (uint32_t k = 0; k < rounds[i]; k++) {
				rig_run(&r, intervals[i]);
				suite_expect(r.target[0].rounds == k + 2);
				suite_expect(new_messages() == r.target[0].last.requests);
			}
			rig_finish(&r);
			ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
			ck_assert_uint_eq(r.w.io->stats.rx_datagrams, r.w.io->stats.tx_datagrams);
			expect_no_waste(1, 1);
			rig_close(&r);
		}
	}
}
END_TEST

/* Runs into the next round until it has four requests on the wire. */
static void run_into_round(void)
{
	const struct sn_device *dev = &r.c.targets[0]->dev;

	for (int i = 0; i < 1000000 && dev->in_flight < 4; i++) {
		rig_run(&r, SN_NS_PER_MS);
	}
	suite_expect(dev->in_flight == 4);
}

/* Four modules: their tables are walked side by side. */
static void apply_four_modules(void)
{
	static const uint32_t objects[] = {AGENT_BIT(AGENT_IF_DESCR), AGENT_BIT(AGENT_IF_ALIAS),
					   AGENT_BIT(AGENT_IF_HC_IN), AGENT_BIT(AGENT_IF_HC_OUT)};
	static struct sn_plan plan[4];
	static const struct sn_plan *plans[4];
	struct sn_target_spec *spec = rig_spec(&r, 0);

	for (int i = 0; i < 4; i++) {
		char name[] = {'m', (char)('0' + i), 0};

		ck_assert_int_eq(rig_plan(&r, name, objects[i], &plan[i]), SN_OK);
		plans[i] = &plan[i];
	}
	spec->plans = plans;
	spec->nplans = 4;
	spec->scalars = sn_scalars_build(plans, 4, NULL, &r.arena);
	ck_assert_ptr_nonnull(spec->scalars);
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
}

/* Three rounds have been; the fourth is in the middle of its tables, four requests on the wire. */
static void open_in_mid_walk(bool forgetful)
{
	struct rig_config cfg = tables();

	cfg.rows = 200;
	rig_open(&r, &cfg);
	apply_four_modules();
	agent(0)->forgetful = forgetful;
	r.agents.agent[0].delay_ns = 10 * SN_NS_PER_MS;
	rig_run(&r, 3 * MINUTE);
	ck_assert_uint_eq(r.rounds, 3);
	expect_no_waste(1, 1);
	run_into_round();
}

/* The round under way and five more; messages beyond one for each request: at most so many. */
static void expect_recovery(uint64_t resyncs)
{
	uint64_t before = rig_counter(&r, SN_C_RESYNCS);
	uint64_t spent;

	rig_run(&r, MINUTE);
	spent = rig_counter(&r, SN_C_RESYNCS) - before;
	ck_assert_uint_ge(spent, 1);
	ck_assert_uint_le(spent, resyncs);
	rig_run(&r, 5 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_ge(r.rounds, 9);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
	expect_no_waste(1, 1 + spent); /* and nothing more in the rounds after */
}

START_TEST(a_reboot_in_mid_walk_costs_a_message_for_each_request_on_the_wire)
{
	open_in_mid_walk(false);
	r.agents.agent[0].reboot_at = rig_now(&r);
	expect_recovery(4);
	ck_assert(agent(0)->rebooted);
	ck_assert_uint_eq(agent(0)->au.boots, 2);
	ck_assert_uint_eq(agent(0)->boots, 2);
	/* its own round, in which older values may be, and the one after */
	ck_assert_uint_eq(r.target[0].resets, 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_NOT_IN_TIME_WINDOW), 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_reboot_between_rounds_costs_a_message_for_each_request_at_once)
{
	struct rig_config cfg = tables();

	open_and_apply(&cfg);
	rig_run(&r, 3 * MINUTE);
	for (int i = 0; i < 10; i++) {
		agent_secure_reboot(agent(0), rig_now(&r));
		rig_run(&r, MINUTE);
	}
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 13);
	expect_no_waste(1, 1 + 10 * r.cfg.window);
	rig_close(&r);
}
END_TEST

START_TEST(a_clock_that_jumps_ahead_is_followed)
{
	open_in_mid_walk(false);
	agent_secure_step(agent(0), 1000);
	expect_recovery(4);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_NOT_IN_TIME_WINDOW), 0);
	rig_close(&r);
}
END_TEST

/*
 * Its Report is outside our window, so nobody may believe it: RFC 3414 §3.2 7b. The clock is learnt
 * anew by a request with boots and time 0, §4.
 */
START_TEST(a_clock_that_jumps_back_is_given_up_and_learnt_anew)
{
	open_in_mid_walk(false);
	agent_secure_step(agent(0), -1000);
	expect_recovery(5);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_NOT_IN_TIME_WINDOW), 1);
	rig_close(&r);
}
END_TEST

START_TEST(an_agent_that_forgets_its_boots_is_learnt_anew)
{
	open_in_mid_walk(true);
	r.agents.agent[0].reboot_at = rig_now(&r);
	expect_recovery(5);
	ck_assert_uint_eq(agent(0)->au.boots, 1);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_NOT_IN_TIME_WINDOW), 1);
	rig_close(&r);
}
END_TEST

/* Small differences are what the window is for: nobody notices. */
START_TEST(clocks_that_drift_within_the_window_cost_nothing)
{
	struct rig_config cfg = scalars();

	open_and_apply(&cfg);
	rig_run(&r, 3 * MINUTE);
	for (int i = 0; i < 500; i++) {
		/* a second a minute slow, then two fast: no Report, no message more */
		agent_secure_step(agent(0), i < 140 ? -1 : 2);
		rig_run(&r, MINUTE);
	}
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 503);
	expect_no_waste(1, 1);
	rig_close(&r);
}
END_TEST

/* Met in the field: snmpEngineTime is always the same. Its answers grow too old every 150 s. */
START_TEST(an_agent_whose_clock_stands_still_is_polled_at_a_bounded_price)
{
	struct rig_config cfg = scalars();

	open_and_apply(&cfg);
	agent(0)->stopped = true;
	rig_run(&r, 60 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 60);
	ck_assert_uint_eq(r.retries, 0);
	/* at most one clock given up and learnt anew in a round: three messages */
	ck_assert_uint_le(agent(0)->messages, 3 * 60);
	rig_close(&r);
}
END_TEST

/* A second jump within a minute: its clock is not given up again so soon. */
START_TEST(a_clock_is_given_up_once_a_minute)
{
	struct rig_config cfg = scalars();

	cfg.interval_ns = 10 * SN_NS_PER_SEC;
	open_and_apply(&cfg);
	rig_run(&r, 2 * MINUTE);
	for (int i = 0; i < 60; i++) {
		agent_secure_step(agent(0), -1000);
		rig_run(&r, 10 * SN_NS_PER_SEC);
	}
	/* ten minutes, ten times; a request in between costs one message and ends with its Report
	 */
	ck_assert_uint_ge(r.by_status[SN_ROUND_OK], 12 + 9);
	ck_assert_uint_le(r.by_status[SN_ROUND_OK], 12 + 12);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK] + r.by_status[SN_ROUND_NOT_IN_TIME_WINDOW],
			  r.rounds);
	ck_assert_uint_eq(r.retries, 0);
	ck_assert_uint_le(agent(0)->messages, 13 + 12 * 3 + 60);
	rig_run(&r, 2 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	rig_close(&r);
}
END_TEST

START_TEST(boots_at_the_end_of_their_range_authenticate_nothing)
{
	struct rig_config cfg = scalars();
	uint32_t messages;

	open_and_apply(&cfg);
	rig_run(&r, 3 * MINUTE);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 3);
	agent(0)->au.boots = INT32_MAX;
	(void)new_messages();
	rig_run(&r, 10 * MINUTE);
	rig_finish(&r);
	messages = new_messages();
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 3);
	ck_assert_uint_eq(r.by_status[SN_ROUND_NOT_IN_TIME_WINDOW] + r.by_status[SN_ROUND_TIMEOUT],
			  10);
	ck_assert_uint_eq(agent(0)->served, 3);
	/* no more than timeouts would cost */
	ck_assert_uint_le(messages, 10 * 3);
	rig_close(&r);
}
END_TEST

START_TEST(boots_at_the_end_from_the_start_are_bounded_as_well)
{
	struct rig_config cfg = scalars();

	open_and_apply(&cfg);
	agent(0)->au.boots = INT32_MAX;
	rig_run(&r, 10 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_NOT_IN_TIME_WINDOW] + r.by_status[SN_ROUND_TIMEOUT],
			  10);
	ck_assert_uint_eq(agent(0)->served, 0);
	ck_assert_uint_le(agent(0)->messages, 10 * 4);
	/* the vendor's repair: new keys or a new ID; here its boots are put back by hand */
	agent_secure_swap(agent(0), sn_span_str("repaired"), 1, rig_now(&r));
	rig_close(&r);
}
END_TEST

static struct sn_span other_id(void)
{
	static const uint8_t id[] = {0x80, 0, 0x1f, 0x88, 4, 's', 'w', 'a', 'p'};

	return sn_span_make(id, sizeof(id));
}

START_TEST(an_engine_that_is_swapped_is_found_without_a_retry)
{
	open_in_mid_walk(false);
	agent_secure_swap(agent(0), other_id(), 3, rig_now(&r));
	expect_recovery(4);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ENGINE_CHANGES), 1);
	ck_assert(sn_span_eq(sn_engine_id(r.c.targets[0]->dev.engine), other_id()));
	ck_assert_ptr_null(r.c.targets[0]->dev.candidate);
	rig_close(&r);
}
END_TEST

START_TEST(an_engine_swapped_between_rounds_costs_one_message)
{
	static const enum rig_level levels[] = {RIG_AUTH_PRIV, RIG_AUTH, RIG_NO_AUTH};

	for (int i = 0; i < 3; i++) {
		struct rig_config cfg = scalars();

		cfg.level = levels[i];
		open_and_apply(&cfg);
		rig_run(&r, 3 * MINUTE);
		agent_secure_swap(agent(0), other_id(), 3, rig_now(&r));
		rig_run(&r, 3 * MINUTE);
		rig_finish(&r);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 6);
		ck_assert_uint_eq(rig_counter(&r, SN_C_ENGINE_CHANGES), 1);
		expect_no_waste(1, 2);
		rig_close(&r);
	}
}
END_TEST

/* Cloned images do that: one ID, one key, two clocks. */
START_TEST(two_devices_with_one_engine_id_do_not_disturb_each_other)
{
	struct rig_config cfg = tables();

	cfg.targets = 2;
	rig_open(&r, &cfg);
	agent_secure_swap(agent(1), sn_span_make(agent(0)->au.id, agent(0)->au.id_n), 9,
			  rig_now(&r) - 12345 * SN_NS_PER_SEC);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 100 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 200);
	ck_assert_uint_eq(agent(1)->boots, 9);
	expect_no_waste(2, 2);
	rig_close(&r);
}
END_TEST

/* Silence is not a reason to ask anew for what is known, but to ask first whether it still is. */
START_TEST(a_device_that_was_away_is_taken_up_again)
{
	struct rig_config cfg = tables();

	for (int swapped = 0; swapped < 2; swapped++) {
		open_and_apply(&cfg);
		rig_run(&r, 3 * MINUTE);
		r.agents.agent[0].dead = true;
		rig_run(&r, 3 * MINUTE);
		ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 3);
		/* what was on the wire at first; from then on three small messages a round */
		ck_assert_uint_eq(r.timeouts, 1 + 2);
		ck_assert_uint_le(r.retries, r.cfg.window * 2 + 2 * 2);
		r.agents.agent[0].dead = false;
		if (swapped) {
			agent_secure_swap(agent(0), other_id(), 3, rig_now(&r));
		}
		(void)new_messages();
		rig_run(&r, MINUTE);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
		ck_assert_uint_eq(r.target[0].last.retries, 0);
		ck_assert_uint_le(new_messages(), r.target[0].last.requests + 2);
		rig_run(&r, MINUTE);
		ck_assert_uint_eq(new_messages(), r.target[0].last.requests);
		rig_finish(&r);
		ck_assert_uint_eq(rig_counter(&r, SN_C_ENGINE_CHANGES), (uint64_t)swapped);
		rig_close(&r);
	}
}
END_TEST

/* A context of its own, RFC 3411 §3.3.1: named in each request, and not everybody has it. */
START_TEST(contexts_are_asked_for_by_name)
{
	struct rig_config cfg = scalars();

	for (int known = 0; known < 2; known++) {
		cfg.once = true;
		rig_open(&r, &cfg);
		r.access.context = sn_span_str("bridge1");
		agent(0)->context = known ? "bridge1" : "bridge2";
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status,
				  known ? SN_ROUND_OK : SN_ROUND_UNKNOWN_CONTEXT);
		ck_assert_uint_eq(agent(0)->messages, 2);
		rig_close(&r);
	}
	/* an engine behind the engine: a proxy would have to know it */
	rig_open(&r, &cfg);
	r.access.context_engine = other_id();
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_REFUSED);
	ck_assert_uint_eq(agent(0)->au.stats[SN_REPORT_UNKNOWN_PDU_HANDLERS], 1);
	ck_assert_uint_eq(agent(0)->messages, 2);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {NULL};
	const TTest *const single[] = {
		a_cold_start_takes_two_round_trips,
		without_a_hint_a_cold_start_takes_three_round_trips,
		requests_wait_until_the_engine_has_proved_itself,
		every_pair_of_protocols_works,
		an_idle_hour_or_day_costs_nothing,
		a_reboot_in_mid_walk_costs_a_message_for_each_request_on_the_wire,
		a_reboot_between_rounds_costs_a_message_for_each_request_at_once,
		a_clock_that_jumps_ahead_is_followed,
		a_clock_that_jumps_back_is_given_up_and_learnt_anew,
		an_agent_that_forgets_its_boots_is_learnt_anew,
		clocks_that_drift_within_the_window_cost_nothing,
		an_agent_whose_clock_stands_still_is_polled_at_a_bounded_price,
		a_clock_is_given_up_once_a_minute,
		boots_at_the_end_of_their_range_authenticate_nothing,
		boots_at_the_end_from_the_start_are_bounded_as_well,
		an_engine_that_is_swapped_is_found_without_a_retry,
		an_engine_swapped_between_rounds_costs_one_message,
		two_devices_with_one_engine_id_do_not_disturb_each_other,
		a_device_that_was_away_is_taken_up_again,
		contexts_are_asked_for_by_name,
		NULL};

	return rig_main("v3", each, single, 30);
}
