/*
 * Answers that are not what was asked for: late, from elsewhere, with another id, community or
 * version, damaged, or to an attempt long given up. None is taken for the right one, each is
 * counted, and the right one still is.
 *
 * ctest: one_thread
 */
#include "support/rig.h"

static struct rig r;

/* One round of one agent that asks once for the scalars and once for a small table. */
static struct rig_config one_agent(int i)
{
	struct rig_config cfg = {
		.once = true, .rows = 3, .objects = AGENT_SCALARS, .v1 = i == 1, .v3 = i == 2};

	return cfg;
}

/* What a kind of wrong answer is counted as. */
struct wrong {
	unsigned mischief;	 /* enum agent_mischief */
	enum sn_counter counter; /* that goes up */
	enum sn_counter secure;	 /* that goes up in v3 */
};

static const struct wrong wrongs[] = {
	{AGENT_WRONG_ADDRESS, SN_C_RX_WRONG_SOURCE, SN_C_RX_WRONG_SOURCE},
	{AGENT_WRONG_PORT, SN_C_RX_WRONG_SOURCE, SN_C_RX_WRONG_SOURCE},
	{AGENT_WRONG_ID, SN_C_RX_UNMATCHED, SN_C_RX_UNMATCHED},
	{AGENT_OTHER_GENERATION, SN_C_RX_UNMATCHED, SN_C_RX_UNMATCHED},
	{AGENT_FUTURE_ATTEMPT, SN_C_RX_UNMATCHED, SN_C_RX_UNMATCHED},
	{AGENT_WRONG_COMMUNITY, SN_C_RX_WRONG_COMMUNITY, SN_C_RX_UNKNOWN_USER},
	{AGENT_WRONG_VERSION, SN_C_RX_BAD_VERSION, SN_C_RX_BAD_VERSION},
	{AGENT_V3, SN_C_RX_PARSE_ERRORS, SN_C_RX_PARSE_ERRORS},
	{AGENT_GARBAGE, SN_C_RX_PARSE_ERRORS, SN_C_RX_PARSE_ERRORS},
	{AGENT_CUT, SN_C_RX_PARSE_ERRORS, SN_C_RX_PARSE_ERRORS},
	{AGENT_REQUEST, SN_C_RX_NOT_RESPONSE, SN_C_RX_NOT_RESPONSE},
};

enum { WRONGS = sizeof(wrongs) / sizeof(wrongs[0]) };

static uint64_t wrongs_counted(int i, int k)
{
	return rig_counter(&r, i == 2 ? wrongs[k].secure : wrongs[k].counter);
}

/* The status of a round without an answer; in v3 the engine's discovery was answered, and that
 * only. */
static enum sn_round_status unanswered(int i)
{
	return i == 2 ? SN_ROUND_IGNORED : SN_ROUND_TIMEOUT;
}

START_TEST(a_wrong_answer_alone_is_none)
{
	for (int k = 0; k < WRONGS; k++) {
		struct rig_config cfg = one_agent(_i);

		rig_open(&r, &cfg);
		r.agents.agent[0].mischief = wrongs[k].mischief;
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, unanswered(_i));
		ck_assert_int_eq(strcmp(r.target[0].reason, "no answer in time") == 0, !cfg.v3);
		ck_assert_uint_eq(r.target[0].last.requests, 1);
		ck_assert_uint_eq(r.target[0].last.retries, 2);
		ck_assert_uint_eq(r.target[0].last.timeouts, !cfg.v3);
		ck_assert_uint_eq(wrongs_counted(_i, k), 3);
		ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 0);
		rig_close(&r);
	}
}
END_TEST

START_TEST(the_right_answer_behind_a_wrong_one_is_taken)
{
	for (int k = 0; k < WRONGS; k++) {
		struct rig_config cfg = one_agent(_i);

		rig_open(&r, &cfg);
		r.agents.agent[0].mischief = wrongs[k].mischief;
		r.agents.agent[0].and_right = true;
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
		ck_assert_uint_eq(r.target[0].cells, 4);
		ck_assert_uint_eq(r.target[0].last.retries, 0);
		ck_assert_uint_eq(wrongs_counted(_i, k), 1);
		ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 1);
		rig_close(&r);
	}
}
END_TEST

START_TEST(any_source_takes_answers_from_other_addresses_and_checks_the_rest)
{
	struct rig_config cfg = one_agent(_i);

	cfg.any_source = true;
	for (int k = 0; k < WRONGS; k++) {
		bool fine = wrongs[k].counter == SN_C_RX_WRONG_SOURCE;

		rig_open(&r, &cfg);
		r.agents.agent[0].mischief = wrongs[k].mischief;
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, fine ? SN_ROUND_OK : unanswered(_i));
		ck_assert_uint_eq(wrongs_counted(_i, k), fine ? 0 : 3);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_doubled_answer_counts_once)
{
	struct rig_config cfg = one_agent(_i);

	rig_open(&r, &cfg);
	r.agents.agent[0].mischief = AGENT_DUPLICATE;
	rig_round(&r);
	rig_run(&r, SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].last.varbinds, 5);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 1);
	/* in v3 the Report of the engine's discovery came twice as well */
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), _i == 2 ? 2 : 1);
	rig_close(&r);
}
END_TEST

START_TEST(a_late_answer_to_the_first_attempt_is_taken_and_timed_from_that_attempt)
{
	struct rig_config cfg = one_agent(_i);

	rig_open(&r, &cfg);
	/* the timeout is 1 s: the answer comes 500 ms after the second attempt left */
	r.agents.agent[0].delay_ns = 1500 * SN_NS_PER_MS;
	rig_round(&r);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].last.requests, 1);
	/* v3 asks for the engine in the same way before */
	ck_assert_uint_eq(r.target[0].last.retries, _i == 2 ? 2 : 1);
	ck_assert_uint_eq(r.target[0].last.rtt_ns, 1502 * SN_NS_PER_MS);
	ck_assert_uint_eq(r.c.targets[0]->dev.rtt.srtt_us, 1502 * 1000);
	/* the answer to the second attempt came when nobody waited */
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), _i == 2 ? 2 : 1);
	rig_close(&r);
}
END_TEST

START_TEST(an_answer_to_the_second_attempt_is_timed_from_that_one)
{
	struct rig_config cfg = one_agent(_i);

	rig_open(&r, &cfg);
	r.agents.agent[0].deaf_attempts = 1;
	r.agents.agent[0].delay_ns = 30 * SN_NS_PER_MS;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].last.retries, 1);
	/* attempts are timed in whole us, so up to one more may be seen */
	ck_assert_uint_ge(r.target[0].last.rtt_ns, 32 * SN_NS_PER_MS);
	ck_assert_uint_le(r.target[0].last.rtt_ns, 32 * SN_NS_PER_MS + SN_NS_PER_US);
	rig_close(&r);
}
END_TEST

START_TEST(an_answer_after_the_last_timeout_is_dropped)
{
	struct rig_config cfg = one_agent(_i);

	rig_open(&r, &cfg);
	r.agents.agent[0].delay_ns = 3500 * SN_NS_PER_MS; /* three attempts of 1 s */
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_TIMEOUT);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), 0);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), 3);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESPONSES), 0);
	rig_close(&r);
}
END_TEST

START_TEST(answers_of_one_round_do_not_answer_the_next)
{
	struct rig_config cfg = one_agent(_i);

	/* rounds every 5 s, answers 4 s late: each comes when the next round's request is out */
	cfg.once = false;
	cfg.interval_ns = 5 * SN_NS_PER_SEC;
	cfg.retries = RIG_NO_RETRIES;
	rig_open(&r, &cfg);
	r.agents.agent[0].delay_ns = 5500 * SN_NS_PER_MS;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 100 * SN_NS_PER_SEC);
	rig_finish(&r);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 20);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RX_UNMATCHED), 20);
	rig_close(&r);
}
END_TEST

START_TEST(timeouts_and_retries_take_the_time_they_should)
{
	struct rig_config cfg = one_agent(_i);

	cfg.timeout_ns = 700 * SN_NS_PER_MS;
	cfg.retries = 7;
	rig_open(&r, &cfg);
	r.agents.agent[0].dead = true;
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_TIMEOUT);
	ck_assert_uint_eq(r.target[0].last.retries, 7);
	ck_assert_uint_eq(r.w.io->stats.tx_datagrams, 8);
	/* each attempt waits its timeout and at most a tick more */
	ck_assert_uint_ge(r.target[0].last.duration_ns, 8 * 700 * SN_NS_PER_MS);
	ck_assert_uint_le(r.target[0].last.duration_ns,
			  8 * (700 * SN_NS_PER_MS + (UINT64_C(1) << SN_WHEEL_TICK_SHIFT)));
	rig_close(&r);
}
END_TEST

START_TEST(another_community_is_no_answer_and_another_user_a_refusal)
{
	struct rig_config cfg = one_agent(_i);

	rig_open(&r, &cfg);
	r.agents.agent[0].community = "secret";
	if (cfg.v3) {
		r.access.user = &(struct sn_usm_user){.name = sn_span_str("secret")};
		ck_assert_int_eq(rig_apply(&r), SN_OK);
		ck_assert(rig_run_idle(&r, 60 * SN_NS_PER_SEC));
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_UNKNOWN_USER);
		ck_assert_uint_eq(r.agents.secure[0].messages, 2);
	} else {
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_TIMEOUT);
		ck_assert_uint_eq(r.agents.agent[0].strangers, 3);
	}
	rig_close(&r);
}
END_TEST

START_TEST(datagrams_out_of_the_blue_harm_nothing)
{
	struct rig_config cfg = one_agent(_i);
	struct sn_addr from = agent_addr(0);
	struct sn_addr to;
	struct sn_rng rng;
	uint8_t noise[600];
	uint64_t counted;

	rig_open(&r, &cfg);
	r.agents.agent[0].delay_ns = 900 * SN_NS_PER_MS;
	ck_assert_int_eq(sn_io_local(r.w.io, 0, &to), SN_OK);
	sn_rng_init_seed(&rng, 12);
	for (int i = 0; i < 20000; i++) {
		size_t n = sn_rng_below(&rng, sizeof(noise));

		for (size_t k = 0; k < n; k++) {
			noise[k] = (uint8_t)sn_rng_u64(&rng);
		}
		/* some begin like a message */
		if (n > 30 && sn_rng_below(&rng, 2)) {
			static const uint8_t head[] = {0x30, 0x1c, 0x02, 0x01, 0x01, 0x04,
						       0x06, 'p',  'u',	 'b',  'l',  'i',
						       'c',  0xa2, 0x0f, 0x02, 0x04};

			memcpy(noise, head, sizeof(head));
		}
		sn_fake_inject(r.net, &from, &to, sn_span_make(noise, n),
			       sn_rng_below(&rng, 800 * SN_NS_PER_MS));
	}
	rig_round(&r);
	counted = rig_counter(&r, SN_C_RX_PARSE_ERRORS) + rig_counter(&r, SN_C_RX_BAD_VERSION) +
		  rig_counter(&r, SN_C_RX_UNMATCHED) + rig_counter(&r, SN_C_RX_NOT_RESPONSE) +
		  rig_counter(&r, SN_C_RX_WRONG_SOURCE) + rig_counter(&r, SN_C_RX_WRONG_COMMUNITY);
	ck_assert_uint_eq(counted, 20000);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	rig_close(&r);
}
END_TEST

START_TEST(refused_datagrams_end_as_unreachable)
{
	static const int errors[] = {SN_EUNREACH, SN_EPERM, SN_EMSGSIZE, SN_ESYS};

	for (int k = 0; k < 4; k++) {
		struct rig_config cfg = one_agent(_i);

		rig_open(&r, &cfg);
		sn_fake_fail_tx(r.net, 1, errors[k]);
		rig_round(&r);
		ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_UNREACHABLE);
		ck_assert_str_eq(r.target[0].reason, sn_err_text(errors[k]));
		ck_assert_uint_eq(r.target[0].last.requests, 1);
		ck_assert_uint_eq(r.target[0].last.retries, 0);
		/* known at once, not after three timeouts */
		ck_assert_uint_le(r.target[0].last.duration_ns, 3 * SN_NS_PER_MS);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_full_send_queue_is_a_lost_attempt)
{
	struct rig_config cfg = one_agent(_i);

	rig_open(&r, &cfg);
	sn_fake_block_tx(r.net, 2);
	rig_round(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.target[0].last.retries, 2);
	ck_assert_uint_eq(r.agents.agent[0].heard, 1);
	rig_close(&r);
}
END_TEST

START_TEST(without_a_socket_of_the_family_a_target_is_unreachable)
{
	struct rig_config cfg = one_agent(_i);
	struct sn_target_spec *spec;

	rig_open(&r, &cfg);
	spec = rig_spec(&r, 0);
	ck_assert_int_eq(sn_addr_parse(&spec->addr, "[2001:db8::1]:161", 161), SN_OK);
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
	ck_assert(rig_run_idle(&r, 60 * SN_NS_PER_SEC));
	rig_check(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_UNREACHABLE);
	ck_assert_uint_eq(r.w.io->stats.tx_datagrams, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_name_without_an_address_is_unresolved)
{
	struct rig_config cfg = one_agent(_i);
	struct sn_target_spec *spec;

	cfg.once = false;
	rig_open(&r, &cfg);
	spec = rig_spec(&r, 0);
	spec->resolve_err = SN_ENOENT;
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
	rig_run(&r, 600 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_UNRESOLVED], 10);
	ck_assert_uint_eq(r.rounds, 10);
	ck_assert_str_eq(r.target[0].reason, "the name has no address");
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		a_wrong_answer_alone_is_none,
		the_right_answer_behind_a_wrong_one_is_taken,
		any_source_takes_answers_from_other_addresses_and_checks_the_rest,
		a_doubled_answer_counts_once,
		a_late_answer_to_the_first_attempt_is_taken_and_timed_from_that_attempt,
		an_answer_to_the_second_attempt_is_timed_from_that_one,
		an_answer_after_the_last_timeout_is_dropped,
		answers_of_one_round_do_not_answer_the_next,
		timeouts_and_retries_take_the_time_they_should,
		another_community_is_no_answer_and_another_user_a_refusal,
		datagrams_out_of_the_blue_harm_nothing,
		refused_datagrams_end_as_unreachable,
		a_full_send_queue_is_a_lost_attempt,
		without_a_socket_of_the_family_a_target_is_unreachable,
		a_name_without_an_address_is_unresolved,
		NULL};
	const TTest *const single[] = {NULL};

	return rig_main("answers", both, single, 30);
}
