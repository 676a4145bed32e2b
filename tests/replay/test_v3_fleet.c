/*
 * SNMPv3 over long times and many devices: credentials that are wrong for a day, salts that must
 * never come twice, and a day of a fleet on a bad network whose devices reboot, forget, jump and
 * are swapped.
 *
 * ctest: one_thread timeout=300
 */
#include "support/rig.h"

#include "base/rng.h"

#define MINUTE (60 * SN_NS_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct rig r;

static struct agent_secure *agent(uint32_t i)
{
	return &r.agents.secure[i];
}

/* What somebody mistyped, at the agent's end, and what the rounds say. */
static const struct mistake {
	enum sn_round_status status;
	enum sn_counter counter; /* Reports about it */
	const char *reason;	 /* begins so */
} mistakes[] = {
	{SN_ROUND_WRONG_DIGEST, SN_C_REPORT_WRONG_DIGEST, "wrong digest: password"},
	{SN_ROUND_DECRYPTION_ERROR, SN_C_REPORT_DECRYPTION_ERROR, "decryption error: password"},
	{SN_ROUND_UNKNOWN_USER, SN_C_REPORT_UNKNOWN_USER, "unknown user name"},
	{SN_ROUND_UNSUPPORTED_LEVEL, SN_C_REPORT_UNSUPPORTED_LEVEL, "unsupported security level"},
};

enum { MISTAKES = sizeof(mistakes) / sizeof(mistakes[0]) };

/* Makes the mistake at agent i, or makes it good. */
static void make_mistake(uint32_t i, int k, bool wrong)
{
	struct agent_secure *s = agent(i);

	switch (mistakes[k].status) {
	case SN_ROUND_WRONG_DIGEST:
		agent_secure_rekey(s, 1, 0);
		break;
	case SN_ROUND_DECRYPTION_ERROR:
		agent_secure_rekey(s, 0, 1);
		break;
	case SN_ROUND_UNKNOWN_USER:
		s->user.name = sn_span_str(wrong ? "gir" : "rig");
		break;
	default:
		agent_secure_rekey(s, 0, 0);
		s->user.level = wrong ? SN_V3_AUTH : SN_V3_AUTH | SN_V3_PRIV;
		break;
	}
}

/* Without rig_check's look at what the agents think of the manager: they are the ones in the wrong.
 */
static void run_refused_day(const struct mistake *m)
{
	uint64_t rounds = r.rounds;
	uint64_t held = rig_counter(&r, SN_C_ROUNDS_HELD);
	uint32_t before = agent(0)->messages;

	rig_run(&r, DAY);
	rounds = r.rounds - rounds;
	held = rig_counter(&r, SN_C_ROUNDS_HELD) - held;
	/* 2, 4, 8, 16, 32 minutes, and then an hour each: 5 + 1 + 23 */
	ck_assert_uint_ge(rounds, 27);
	ck_assert_uint_le(rounds, 30);
	ck_assert_uint_eq(r.target[0].last.status, m->status);
	ck_assert_int_eq(strncmp(r.target[0].reason, m->reason, strlen(m->reason)), 0);
	ck_assert_uint_eq(r.target[0].by_status[m->status], rounds);
	/* one message each, and the discovery of the first */
	ck_assert_uint_le(agent(0)->messages - before, rounds + 1);
	ck_assert_uint_eq(r.retries, 0);
	ck_assert_uint_eq(rig_counter(&r, m->counter), rounds);
	/* every interval is accounted for, but those that the last hold still covers */
	ck_assert_uint_ge(rounds + held + 60, 1440);
	ck_assert_uint_le(rounds + held, 1440);
}

START_TEST(wrong_credentials_cost_a_message_an_hour_and_heal)
{
	for (int k = 0; k < MISTAKES; k++) {
		for (int synced = 0; synced < 2; synced++) {
			struct rig_config cfg = {.v3 = true};
			uint64_t ok;

			rig_open(&r, &cfg);
			ck_assert_int_eq(rig_apply(&r), SN_OK);
			rig_run(&r, synced ? 5 * MINUTE : 0);
			make_mistake(0, k, true);
			run_refused_day(&mistakes[k]);
			make_mistake(0, k, false);
			rig_run(&r, HOUR + MINUTE);
			ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
			/* and is polled every minute from then on */
			ok = r.target[0].by_status[SN_ROUND_OK];
			rig_run(&r, 30 * MINUTE);
			ck_assert_uint_eq(r.target[0].by_status[SN_ROUND_OK], ok + 30);
			agent(0)->odd = 0; /* it took our user for somebody else's */
			rig_finish(&r);
			rig_close(&r);
		}
	}
}
END_TEST

/* snmpd says nothing about what it cannot decrypt to a PDU: discovery, three attempts, an hour. */
START_TEST(an_agent_that_only_answers_discovery_is_asked_once_an_hour)
{
	struct rig_config cfg = {.v3 = true};

	rig_open(&r, &cfg);
	agent(0)->mischief = SECURE_SILENT;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, DAY);
	ck_assert_uint_eq(r.by_status[SN_ROUND_IGNORED], r.rounds);
	ck_assert_uint_ge(r.rounds, 27);
	ck_assert_uint_le(r.rounds, 30);
	ck_assert_uint_le(agent(0)->messages, r.rounds * 4);
	agent(0)->mischief = 0;
	rig_run(&r, HOUR + MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.target[0].last.status, SN_ROUND_OK);
	rig_close(&r);
}
END_TEST

/* One that was well before and falls silent is down, which is not held against it. */
START_TEST(a_known_agent_that_falls_silent_is_asked_each_round)
{
	struct rig_config cfg = {.v3 = true};

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 5 * MINUTE);
	r.agents.agent[0].dead = true;
	rig_run(&r, HOUR);
	r.agents.agent[0].dead = false;
	rig_run(&r, MINUTE);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 60);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 6);
	rig_close(&r);
}
END_TEST

START_TEST(a_fleet_of_mistyped_passwords_leaves_the_network_alone)
{
	enum { DEVICES = 300 / RIG_SLOWNESS };
	struct rig_config cfg = {.v3 = true, .targets = DEVICES, .in_flight = 2000};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < DEVICES; i++) {
		agent_secure_rekey(agent(i), 1, 0);
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, DAY);
	ck_assert_uint_eq(r.by_status[SN_ROUND_WRONG_DIGEST], r.rounds);
	/* instead of 1,440 each */
	ck_assert_uint_le(r.w.io->stats.tx_datagrams, DEVICES * UINT64_C(32));
	rig_finish(&r);
	rig_close(&r);
}
END_TEST

/* Salts of thousands of messages, those that were sent again included. */
static void run_salts(uint8_t priv, bool one_engine)
{
	enum { SALTS = 100000 };
	struct rig_config cfg = {.v3 = true,
				 .targets = 2,
				 .rows = 48,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .priv = priv,
				 .no_values = true,
				 .retries = 7,
				 .link = {.delay_ns = SN_NS_PER_MS, .loss_ppm = 50000}};

	rig_open(&r, &cfg);
	r.agents.salts.salt = calloc(SALTS, sizeof(uint64_t));
	r.agents.salts.max = SALTS;
	if (one_engine) {
		agent_secure_swap(agent(1), sn_span_make(agent(0)->au.id, agent(0)->au.id_n), 1,
				  rig_now(&r));
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	for (int i = 0; i < 8 / RIG_SLOWNESS; i++) {
		rig_run(&r, HOUR);
		agent_secure_reboot(agent(0), rig_now(&r));
	}
	rig_finish(&r);
	ck_assert_uint_ge(r.agents.salts.n, 8000 / RIG_SLOWNESS);
	ck_assert_uint_ge(r.retries, r.requests / 20);
	ck_assert(agent_salts_differ(&r.agents.salts));
	free(r.agents.salts.salt);
	rig_close(&r);
}

START_TEST(no_salt_comes_twice_under_one_key)
{
	run_salts(SN_PRIV_AES128, false);
	run_salts(SN_PRIV_AES128, true);
	run_salts(SN_PRIV_DES, true);
}
END_TEST

#ifdef NDEBUG
enum { FLEET = 400 };
#else
enum { FLEET = 100 / RIG_SLOWNESS };
#endif

static struct sn_rng rng;

/* One of the things that happen to a device, now. */
static void happen_to(uint32_t i)
{
	struct agent_secure *s = agent(i);
	uint8_t id[12] = {0x80, 0, 0x1f, 0x88, 5, 'x'};
	uint32_t number = (uint32_t)sn_rng_u64(&rng);

	switch (sn_rng_below(&rng, 5)) {
	case 0:
		agent_secure_step(s, 1000);
		break;
	case 1:
		agent_secure_step(s, -1000);
		break;
	case 2:
		memcpy(id + 8, &number, 4);
		agent_secure_swap(s, sn_span_make(id, sizeof(id)), 1 + number % 9, rig_now(&r));
		break;
	default:
		agent_secure_reboot(s, rig_now(&r));
		break;
	}
}

START_TEST(a_day_of_a_fleet_on_a_bad_network)
{
	struct rig_config cfg = {.v3 = true,
				 .targets = FLEET,
				 .rows = 10,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .interval_ns = 5 * MINUTE,
				 .in_flight = 5000,
				 .retries = 4,
				 .link = {.delay_ns = 5 * SN_NS_PER_MS,
					  .jitter_ns = 100 * SN_NS_PER_MS,
					  .loss_ppm = 50000,
					  .dup_ppm = 20000,
					  .reorder_ppm = 20000,
					  .reorder_ns = 300 * SN_NS_PER_MS}};
	uint64_t events = 0;

	rig_open(&r, &cfg);
	sn_rng_init_seed(&rng, 7);
	for (uint32_t i = 0; i < FLEET; i++) {
		agent(i)->forgetful = i % 5 == 0;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	for (uint64_t t = 0; t < DAY; t += 10 * MINUTE) {
		rig_run(&r, 10 * MINUTE);
		for (uint32_t i = 0; i < FLEET / 10; i++, events++) {
			happen_to((uint32_t)sn_rng_below(&rng, FLEET));
		}
	}
	rig_finish(&r);
	printf("%d devices: %lu rounds, %lu ok, %lu partial, %lu timeouts; %lu events, "
	       "%lu resyncs, %lu engines changed\n",
	       FLEET, r.rounds, r.by_status[SN_ROUND_OK], r.by_status[SN_ROUND_PARTIAL],
	       r.by_status[SN_ROUND_TIMEOUT], events, rig_counter(&r, SN_C_RESYNCS),
	       rig_counter(&r, SN_C_ENGINE_CHANGES));
	ck_assert_uint_eq(r.w.io->stats.tx_datagrams,
			  r.requests + r.retries + rig_counter(&r, SN_C_RESYNCS));
	/* nothing is refused for good, and hardly a round suffers */
	ck_assert_uint_ge(r.by_status[SN_ROUND_OK], r.rounds * 99 / 100);
	/* rarely one loses all attempts behind its discovery and is held for an interval */
	ck_assert_uint_ge(r.rounds + r.skipped + rig_counter(&r, SN_C_ROUNDS_HELD) + 1,
			  FLEET * UINT64_C(288));
	ck_assert_uint_le(r.rounds, FLEET * UINT64_C(288));
	/* three messages for each event at most, twice that with what gets lost */
	ck_assert_uint_le(rig_counter(&r, SN_C_RESYNCS), FLEET * 2 + events * 6);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {NULL};
	const TTest *const single[] = {wrong_credentials_cost_a_message_an_hour_and_heal,
				       an_agent_that_only_answers_discovery_is_asked_once_an_hour,
				       a_known_agent_that_falls_silent_is_asked_each_round,
				       a_fleet_of_mistyped_passwords_leaves_the_network_alone,
				       no_salt_comes_twice_under_one_key,
				       a_day_of_a_fleet_on_a_bad_network,
				       NULL};

	return rig_main("v3_fleet", each, single, 200);
}
