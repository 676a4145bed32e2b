/*
 * Messages of version 3 that must not be believed: spoilt or forged answers, Reports nobody signed,
 * replays, agents that answer everything with a Report. Each is refused and counted, the true
 * answer is still taken, what is known of an engine stays, and no exchange goes on for ever.
 */
#include "support/rig.h"
#include "usm/engine.h"

#define MINUTE (60 * SN_NS_PER_SEC)

static struct rig r;

static struct agent_secure *agent(uint32_t i)
{
	return &r.agents.secure[i];
}

static struct rig_config one_agent(enum rig_level level)
{
	return (struct rig_config){.v3 = true, .level = level};
}

/* A device that is known: three rounds were well. */
static void open_synced(enum rig_level level)
{
	struct rig_config cfg = one_agent(level);

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 3 * MINUTE);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 3);
	ck_assert_uint_eq(agent(0)->messages, 4);
}

/* What the session knows of agent 0. */
static struct sn_engine known(void)
{
	return *r.c.targets[0]->dev.engine;
}

/* One round later nothing of it has changed but the clock's own advance. */
static void expect_unmoved(const struct sn_engine *before)
{
	const struct sn_device *dev = &r.c.targets[0]->dev;

	ck_assert_ptr_nonnull(dev->engine);
	ck_assert_int_eq(memcmp(dev->engine->id, before->id, sizeof(before->id)), 0);
	ck_assert_int_eq(memcmp(&dev->engine->keys, &before->keys, sizeof(before->keys)), 0);
	ck_assert_uint_eq(dev->engine->clock.boots, before->clock.boots);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ENGINE_CHANGES), 0);
}

/* What is wrong with an answer, and as what it is counted. */
struct wrong {
	unsigned mischief;	 /* enum agent_secure_mischief */
	enum sn_counter counter; /* that goes up */
	bool refusal;		 /* authentic, so nothing better can come: the round ends with it */
};

static const struct wrong wrongs[] = {
	{SECURE_MAC_NONE, SN_C_RX_WRONG_DIGEST, false},
	{SECURE_MAC_ONE, SN_C_RX_WRONG_DIGEST, false},
	{SECURE_MAC_ELEVEN, SN_C_RX_WRONG_DIGEST, false},
	{SECURE_BIT, SN_C_RX_WRONG_DIGEST, false},
	{SECURE_OTHER_KEY, SN_C_RX_WRONG_DIGEST, false},
	{SECURE_NO_AUTH, SN_C_RX_UNSUPPORTED_LEVEL, false},
	{SECURE_NO_PRIV, SN_C_RX_UNSUPPORTED_LEVEL, false},
	{SECURE_MSG_ID, SN_C_RX_UNMATCHED, false},
	{SECURE_REQUEST_ID, SN_C_RX_UNMATCHED, false},
	{SECURE_CONTEXT_ENGINE, SN_C_RX_WRONG_CONTEXT, false},
	{SECURE_CONTEXT, SN_C_RX_WRONG_CONTEXT, false},
	{SECURE_USER, SN_C_RX_UNKNOWN_USER, false},
	{SECURE_NOISE, SN_C_RX_DECRYPTION_ERROR, true},
	{SECURE_ENGINE, SN_C_RX_UNKNOWN_ENGINE, false},
	{SECURE_MODEL, SN_C_RX_UNKNOWN_SECURITY_MODEL, false},
	{SECURE_FLAGS, SN_C_RX_INVALID_MSG, false},
	{SECURE_OLD_BOOTS, SN_C_RX_NOT_IN_TIME_WINDOW, true},
	{SECURE_OLD_TIME, SN_C_RX_NOT_IN_TIME_WINDOW, true},
};

enum { WRONGS = sizeof(wrongs) / sizeof(wrongs[0]) };

START_TEST(a_wrong_answer_is_not_taken_and_counted)
{
	for (int k = 0; k < WRONGS; k++) {
		struct sn_engine before;

		open_synced(RIG_AUTH_PRIV);
		before = known();
		agent(0)->mischief = wrongs[k].mischief;
		rig_run(&r, MINUTE);
		ck_assert_msg(r.by_status[SN_ROUND_OK] == 3, "wrong answer %d taken", k);
		ck_assert_uint_ge(rig_counter(&r, wrongs[k].counter), 1);
		ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 3);
		ck_assert_uint_le(agent(0)->messages, 4 + 4);
		if (!wrongs[k].refusal) {
			ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_TIMEOUT);
			ck_assert_uint_eq(r.target[0].last.retries, 2);
			ck_assert_uint_eq(rig_counter(&r, wrongs[k].counter), 3);
		}
		expect_unmoved(&before);
		/* and it ends there */
		agent(0)->mischief = 0;
		rig_run(&r, 2 * MINUTE); /* a refused device waits an interval longer */
		rig_finish(&r);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
		rig_close(&r);
	}
}
END_TEST

START_TEST(the_true_answer_behind_a_wrong_one_is_taken)
{
	for (int k = 0; k < WRONGS; k++) {
		struct sn_engine before;

		open_synced(RIG_AUTH_PRIV);
		before = known();
		agent(0)->mischief = wrongs[k].mischief;
		r.agents.agent[0].and_right = true;
		rig_run(&r, 5 * MINUTE);
		rig_finish(&r);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 8);
		ck_assert_uint_eq(r.retries, 0);
		ck_assert_uint_ge(rig_counter(&r, wrongs[k].counter), 1);
		/* once each round, and once more where the clock was given up in between */
		ck_assert_uint_le(rig_counter(&r, wrongs[k].counter), 10);
		expect_unmoved(&before);
		rig_close(&r);
	}
}
END_TEST

/* An engine that nobody knows yet is no reason to believe more. */
START_TEST(wrong_answers_at_the_first_contact_are_refused_as_well)
{
	for (int k = 0; k < WRONGS; k++) {
		struct rig_config cfg = one_agent(RIG_AUTH_PRIV);

		if (wrongs[k].mischief & (SECURE_OLD_TIME | SECURE_OLD_BOOTS)) {
			continue; /* there is no notion yet that it could be older than */
		}
		cfg.once = true;
		rig_open(&r, &cfg);
		agent(0)->mischief = wrongs[k].mischief;
		rig_round(&r);
		ck_assert_uint_ne(r.target[0].last.status, SN_ROUND_OK);
		ck_assert_uint_ge(rig_counter(&r, wrongs[k].counter), 1);
		ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 0);
		ck_assert_uint_le(agent(0)->messages, 6);
		if (wrongs[k].counter == SN_C_RX_WRONG_DIGEST) {
			/* it signs, but not with our key */
			ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_WRONG_DIGEST);
			ck_assert_ptr_null(r.c.targets[0]->dev.engine);
		} else if (!wrongs[k].refusal) {
			/* discovery was answered, and nothing after it */
			ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_IGNORED);
		}
		rig_close(&r);
	}
}
END_TEST

/* Without authentication there is less to check; what there is counts. */
START_TEST(wrong_answers_to_a_user_without_keys_are_refused)
{
	static const struct wrong plain[] = {
		{SECURE_MSG_ID, SN_C_RX_UNMATCHED, false},
		{SECURE_REQUEST_ID, SN_C_RX_UNMATCHED, false},
		{SECURE_CONTEXT_ENGINE, SN_C_RX_WRONG_CONTEXT, false},
		{SECURE_CONTEXT, SN_C_RX_WRONG_CONTEXT, false},
		{SECURE_USER, SN_C_RX_UNKNOWN_USER, false},
		{SECURE_ENGINE, SN_C_RX_UNKNOWN_ENGINE, false},
		{SECURE_MODEL, SN_C_RX_UNKNOWN_SECURITY_MODEL, false},
		{SECURE_FLAGS, SN_C_RX_INVALID_MSG, false},
	};

	for (size_t k = 0; k < sizeof(plain) / sizeof(plain[0]); k++) {
		for (int right = 0; right < 2; right++) {
			open_synced(RIG_NO_AUTH);
			agent(0)->mischief = plain[k].mischief;
			r.agents.agent[0].and_right = right;
			rig_run(&r, MINUTE);
			rig_finish(&r);
			ck_assert_uint_eq(r.target[0].last.status,
					  right ? SN_ROUND_OK : SN_ROUND_TIMEOUT);
			ck_assert_uint_eq(rig_counter(&r, plain[k].counter), right ? 1 : 3);
			rig_close(&r);
		}
	}
}
END_TEST

START_TEST(a_recorded_answer_is_worth_nothing_later)
{
	struct sn_engine before;

	open_synced(RIG_AUTH_PRIV);
	agent(0)->mischief = SECURE_REPLAY;
	rig_run(&r, MINUTE); /* this one is recorded, and true */
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 4);
	before = known();
	rig_run(&r, MINUTE);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_TIMEOUT);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), 3);
	r.agents.agent[0].and_right = true;
	rig_run(&r, 5 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 9);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), 8);
	expect_unmoved(&before);
	rig_close(&r);
}
END_TEST

static const enum sn_report forgeries[] = {
	SN_REPORT_UNSUPPORTED_SEC_LEVELS, SN_REPORT_NOT_IN_TIME_WINDOWS,
	SN_REPORT_UNKNOWN_USER_NAMES,	  SN_REPORT_UNKNOWN_ENGINE_IDS,
	SN_REPORT_WRONG_DIGESTS,	  SN_REPORT_DECRYPTION_ERRORS,
	SN_REPORT_UNKNOWN_CONTEXTS,	  SN_REPORT_UNKNOWN_PDU_HANDLERS,
};

enum { FORGERIES = sizeof(forgeries) / sizeof(forgeries[0]) };

/* Somebody who sees our requests is faster than the agent. */
START_TEST(a_forged_report_does_not_keep_the_true_answer_away)
{
	for (int k = 0; k < FORGERIES; k++) {
		struct sn_engine before;

		open_synced(RIG_AUTH_PRIV);
		before = known();
		agent(0)->forges = true;
		agent(0)->forged = forgeries[k];
		r.agents.agent[0].delay_ns = SN_NS_PER_MS;
		rig_run(&r, 20 * MINUTE);
		rig_finish(&r);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 23);
		ck_assert_uint_eq(r.retries, 0);
		ck_assert_uint_eq(rig_reports(&r), 1 + 20);
		ck_assert_uint_eq(agent(0)->messages, 4 + 20); /* not one more */
		ck_assert_uint_eq(known().hint_boots, before.hint_boots);
		ck_assert_uint_eq(known().hint_time, before.hint_time);
		expect_unmoved(&before);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_forged_engine_id_does_not_keep_the_true_answer_away)
{
	static const uint8_t id[] = {0x80, 0, 0x1f, 0x88, 4, 'e', 'v', 'i', 'l'};
	struct sn_engine before;

	open_synced(RIG_AUTH_PRIV);
	before = known();
	agent(0)->forges = true;
	agent(0)->forged = SN_REPORT_UNKNOWN_ENGINE_IDS;
	agent(0)->forged_id = sn_span_make(id, sizeof(id));
	r.agents.agent[0].delay_ns = SN_NS_PER_MS;
	rig_run(&r, 20 * MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 23);
	ck_assert_uint_eq(r.retries, 0);
	ck_assert_uint_le(agent(0)->messages, 4 + 20 * 3);
	expect_unmoved(&before);
	rig_close(&r);
}
END_TEST

/* If nothing better comes, the Report is what the round says; no retry is spent on it. */
START_TEST(a_report_alone_ends_a_request_at_its_deadline)
{
	static const struct {
		enum sn_report report;
		enum sn_round_status status;
	} ends[] = {
		{SN_REPORT_UNSUPPORTED_SEC_LEVELS, SN_ROUND_UNSUPPORTED_LEVEL},
		{SN_REPORT_NOT_IN_TIME_WINDOWS, SN_ROUND_NOT_IN_TIME_WINDOW},
		{SN_REPORT_UNKNOWN_ENGINE_IDS, SN_ROUND_UNKNOWN_ENGINE},
		{SN_REPORT_UNKNOWN_USER_NAMES, SN_ROUND_UNKNOWN_USER},
		{SN_REPORT_WRONG_DIGESTS, SN_ROUND_WRONG_DIGEST},
		{SN_REPORT_DECRYPTION_ERRORS, SN_ROUND_DECRYPTION_ERROR},
		{SN_REPORT_UNKNOWN_CONTEXTS, SN_ROUND_UNKNOWN_CONTEXT},
		{SN_REPORT_UNKNOWN_PDU_HANDLERS, SN_ROUND_REFUSED},
	};

	for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
		struct sn_engine before;

		open_synced(RIG_AUTH_PRIV);
		before = known();
		agent(0)->forges_only = true;
		agent(0)->forged = ends[k].report;
		rig_run(&r, MINUTE);
		ck_assert_uint_eq(r.target[0].last.status, ends[k].status);
		ck_assert_uint_eq(r.target[0].last.requests, 1);
		ck_assert_uint_eq(r.target[0].last.retries, 0);
		ck_assert_uint_eq(r.target[0].last.timeouts, 0);
		ck_assert_uint_ge(r.target[0].last.duration_ns, SN_NS_PER_SEC);
		ck_assert_uint_eq(agent(0)->messages, 5);
		ck_assert_uint_eq(rig_counter(&r, SN_C_REFUSED), 1);
		expect_unmoved(&before);
		rig_close(&r);
	}
}
END_TEST

/* Before an engine has proved itself there is nobody else who could answer. */
START_TEST(a_report_at_the_first_contact_ends_a_request_at_once)
{
	for (int k = 0; k < FORGERIES; k++) {
		struct rig_config cfg = one_agent(RIG_AUTH_PRIV);

		cfg.once = true;
		rig_open(&r, &cfg);
		agent(0)->forges_only = true;
		agent(0)->forged = forgeries[k];
		rig_round(&r);
		ck_assert_uint_ne(r.target[0].last.status, SN_ROUND_OK);
		ck_assert_uint_ne(r.target[0].last.status, SN_ROUND_TIMEOUT);
		ck_assert_uint_le(r.target[0].last.duration_ns, 20 * SN_NS_PER_MS);
		ck_assert_uint_eq(r.target[0].last.retries, 0);
		ck_assert_uint_le(agent(0)->messages, 6);
		rig_close(&r);
	}
}
END_TEST

/* An agent that answers with Reports for ever: so many messages a round, and no more. */
static void expect_bounded(unsigned mischief, uint32_t messages, uint32_t status)
{
	for (int synced = 0; synced < 2; synced++) {
		uint32_t before;

		if (synced) {
			open_synced(RIG_AUTH_PRIV);
		} else {
			struct rig_config cfg = one_agent(RIG_AUTH_PRIV);

			rig_open(&r, &cfg);
			ck_assert_int_eq(rig_apply(&r), SN_OK);
		}
		agent(0)->mischief = mischief;
		before = agent(0)->messages;
		rig_run(&r, 10 * MINUTE);
		ck_assert_uint_ge(r.by_status[status], 1);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], synced ? 3 : 0);
		ck_assert_uint_le(agent(0)->messages - before, 10 * messages);
		agent(0)->mischief = 0;
		rig_run(&r, 130 * MINUTE); /* as long as a refused device may have to wait */
		rig_finish(&r);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
		rig_close(&r);
	}
}

START_TEST(endless_reports_of_the_window_are_bounded)
{
	expect_bounded(SECURE_ALL_WINDOW, 7, SN_ROUND_NOT_IN_TIME_WINDOW);
}
END_TEST

START_TEST(endless_reports_of_ever_new_engines_are_bounded)
{
	expect_bounded(SECURE_ALL_ENGINE, 7, SN_ROUND_UNKNOWN_ENGINE);
}
END_TEST

/* None of these says who is there. */
START_TEST(a_discovery_that_finds_nothing_ends_the_round)
{
	static const struct {
		unsigned mischief;
		enum sn_round_status status;
	} cases[] = {
		{SECURE_EMPTY_ID, SN_ROUND_UNKNOWN_ENGINE},
		{SECURE_LONG_ID, SN_ROUND_TIMEOUT}, /* is not even a message */
		{SECURE_DISCOVERY_RESPONSE, SN_ROUND_TIMEOUT},
	};

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct rig_config cfg = one_agent(RIG_AUTH_PRIV);

		cfg.once = true;
		rig_open(&r, &cfg);
		agent(0)->mischief = cases[k].mischief;
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, cases[k].status);
		ck_assert_uint_le(agent(0)->messages, 3);
		ck_assert_uint_eq(agent(0)->requests, 0);
		ck_assert_ptr_null(r.c.targets[0]->dev.engine);
		rig_close(&r);
	}
}
END_TEST

/*
 * The same without keys, where nothing else tells such a Response from an answer: neither at the
 * first contact, nor when a known device was silent and is asked whether it is still the same.
 */
START_TEST(a_response_to_a_discovery_is_no_answer_without_keys_either)
{
	struct rig_config cfg = one_agent(RIG_NO_AUTH);

	cfg.once = true;
	rig_open(&r, &cfg);
	agent(0)->mischief = SECURE_DISCOVERY_RESPONSE;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_TIMEOUT);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 0);
	rig_close(&r);

	open_synced(RIG_NO_AUTH);
	r.agents.agent[0].dead = true;
	rig_run(&r, MINUTE);
	r.agents.agent[0].dead = false;
	agent(0)->mischief = SECURE_DISCOVERY_RESPONSE;
	rig_run(&r, MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_NOT_RESPONSE), 3);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {NULL};
	const TTest *const single[] = {a_wrong_answer_is_not_taken_and_counted,
				       the_true_answer_behind_a_wrong_one_is_taken,
				       wrong_answers_at_the_first_contact_are_refused_as_well,
				       wrong_answers_to_a_user_without_keys_are_refused,
				       a_recorded_answer_is_worth_nothing_later,
				       a_forged_report_does_not_keep_the_true_answer_away,
				       a_forged_engine_id_does_not_keep_the_true_answer_away,
				       a_report_alone_ends_a_request_at_its_deadline,
				       a_report_at_the_first_contact_ends_a_request_at_once,
				       endless_reports_of_the_window_are_bounded,
				       endless_reports_of_ever_new_engines_are_bounded,
				       a_discovery_that_finds_nothing_ends_the_round,
				       a_response_to_a_discovery_is_no_answer_without_keys_either,
				       NULL};

	return rig_main("v3_hostile", each, single, 30);
}
