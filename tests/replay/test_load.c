/*
 * Load tests in virtual time: how many are in flight, when they leave, what a stall of the agent
 * does to the percentiles of either loop, and that everything is counted.
 *
 * ctest: one_thread timeout=120
 */
#include "load/generator.h"

#include "support/agent.h"
#include "support/suite.h"

#define START_MONO (1000 * SN_NS_PER_SEC)
#define START_WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)
#define DELAY (SN_NS_PER_MS)

enum { SECONDS_MAX = 64, LIST_MAX = 20000, TARGETS_MAX = 32 };

/* A bench: one worker, its generator, and agents that note what reaches them. */
struct bench {
	struct sn_fake *net;
	struct sn_worker w;
	struct sn_generator g;
	struct sn_mix mix;
	struct sn_device_config target[TARGETS_MAX];
	struct agents agents;	 /* who answer */
	struct sn_usm_user user; /* of version 3 */
	struct sn_usm_access access;
	struct sn_rng rng;		  /* of think times */
	uint64_t think_max;		  /* uniform think time, ns */
	uint64_t stall_from;		  /* answers nothing from this mono time */
	uint64_t stall_until;		  /* to this, and then all of it */
	unsigned over;			  /* runs that ended */
	unsigned arrived;		  /* requests */
	unsigned per_second[SECONDS_MAX]; /* requests by second of arrival, less DELAY */
	uint64_t first;			  /* mono ns of the run's begin */
	uint64_t rtt[LIST_MAX];		  /* round trips as they must be measured */
	unsigned nrtt;
};

static struct bench b;

static void on_over(void *ctx, struct sn_generator *g)
{
	struct bench *bench = ctx;

	(void)g;
	bench->over++;
}

/* Notes the request; lets the agents answer, later if they stall. */
static void peer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		 const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	struct bench *bench = ctx;
	uint64_t second = (now - DELAY - bench->first) / SN_NS_PER_SEC;
	uint64_t wait = bench->think_max ? sn_rng_below(&bench->rng, bench->think_max) : 0;

	bench->arrived++;
	if (now >= bench->first + DELAY && second < SECONDS_MAX) {
		bench->per_second[second]++;
	}
	if (now >= bench->stall_from && now < bench->stall_until) {
		wait += bench->stall_until - now;
	}
	for (uint32_t i = 0; i < bench->agents.n; i++) {
		bench->agents.agent[i].delay_ns = wait;
	}
	if (bench->nrtt < LIST_MAX) {
		bench->rtt[bench->nrtt++] = 2 * DELAY + wait;
	}
	agents_peer(&bench->agents, net, to, from, data, now);
}

static void open_bench(uint32_t ntargets, int32_t version, uint32_t outstanding)
{
	static const uint64_t seed = 7;
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = START_MONO,
				    .start_wall = START_WALL,
				    .link = {.delay_ns = DELAY},
				    .peer = peer,
				    .peer_ctx = &b,
				    .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = outstanding, .seed = &seed};
	struct sn_generator_config gc = {.mix = &b.mix,
					 .target = b.target,
					 .ntargets = ntargets,
					 .outstanding = outstanding,
					 .timeout_ns = SN_NS_PER_SEC,
					 .attempts = 1,
					 .ctx = &b,
					 .over = on_over};

	memset(&b, 0, sizeof(b));
	sn_rng_init_seed(&b.rng, 3);
	ck_assert_int_eq(agents_init(&b.agents, ntargets, 24, START_MONO), SN_OK);
	b.user.name = sn_span_str("load");
	b.user.level = SN_V3_AUTH;
	b.user.auth = SN_AUTH_SHA1;
	b.user.auth_n = 20;
	b.access.user = &b.user;
	if (version == SN_VERSION_3) {
		ck_assert_int_eq(agents_secure(&b.agents, &b.user), SN_OK);
	}
	for (uint32_t i = 0; i < ntargets; i++) {
		b.target[i].addr = agent_addr(i);
		b.target[i].version = version;
		b.target[i].community = sn_span_str("public");
		b.target[i].access = version == SN_VERSION_3 ? &b.access : NULL;
		b.target[i].window = 1;
	}
	ck_assert_int_eq(sn_fake_open(&fc, &b.net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&b.w, &wc, sn_fake_io(b.net)), SN_OK);
	ck_assert_int_eq(sn_generator_init(&b.g, &b.w, &gc), SN_OK);
}

static void add(enum sn_mix_kind kind, const char *oids, uint32_t repetitions)
{
	char why[SN_MIX_WHY_MAX];

	ck_assert_int_eq(sn_mix_add(&b.mix, kind, oids, repetitions, true, why), SN_OK);
}

static void close_bench(void)
{
	sn_generator_fini(&b.g);
	sn_worker_fini(&b.w);
	agents_secure_fini(&b.agents);
	agents_fini(&b.agents);
}

static void begin(const struct sn_run *run)
{
	b.first = sn_io_now(b.w.io);
	b.w.now = b.first;
	b.over = 0;
	sn_generator_begin(&b.g, run);
}

static void turn(uint64_t until)
{
	suite_expect(sn_generator_turn(&b.g, until) == SN_OK);
}

/* To the end of the run. */
static void run_to_end(const struct sn_run *run)
{
	begin(run);
	while (!b.over) {
		suite_expect(sn_io_now(b.w.io) < b.first + SECONDS_MAX * SN_NS_PER_SEC);
		turn(SN_TIME_NEVER);
	}
	ck_assert_uint_eq(b.g.outstanding, 0);
}

static struct sn_run open_loop(double rate, uint64_t duration)
{
	struct sn_run run = {.kind = SN_RUN_OPEN, .duration_ns = duration};

	sn_pace_init(&run.pace, rate, 0, 0, 1);
	return run;
}

static struct sn_run closed_loop(uint32_t n, uint64_t duration)
{
	return (struct sn_run){.kind = SN_RUN_CLOSED, .in_flight = n, .duration_ns = duration};
}

static uint64_t count(enum sn_load_count id)
{
	return sn_load_result_sum(&b.g.result, id);
}

/* The percentile of all answers. */
static uint64_t quantile(double share)
{
	static struct sn_hdr all;

	sn_hdr_clear(&all);
	sn_load_result_latency(&b.g.result, &all);
	return sn_hdr_quantile(&all, share);
}

#define UPTIME "1.3.6.1.2.1.1.3.0"

START_TEST(a_closed_loop_keeps_exactly_so_many_in_flight)
{
	static const uint32_t sizes[] = {1, 7, 300};

	for (unsigned i = 0; i < 3; i++) {
		struct sn_run run = closed_loop(sizes[i], 2 * SN_NS_PER_SEC);

		open_bench(3, SN_VERSION_2C, 1000);
		add(SN_MIX_GET, UPTIME, 0);
		begin(&run);
		turn(0);
		while (sn_io_now(b.w.io) < b.first + run.duration_ns) {
			suite_expect(b.g.outstanding == sizes[i]);
			turn(SN_TIME_NEVER);
		}
		while (!b.over) {
			turn(SN_TIME_NEVER);
		}
		ck_assert_uint_eq(count(SN_LOAD_ANSWERS), count(SN_LOAD_REQUESTS));
		close_bench();
	}
}
END_TEST

START_TEST(a_closed_loop_sends_one_round_after_the_other)
{
	struct sn_run run = closed_loop(10, 2 * SN_NS_PER_SEC);

	open_bench(1, SN_VERSION_2C, 100);
	add(SN_MIX_GET, UPTIME, 0);
	run_to_end(&run);
	/* 2 ms there and back */
	ck_assert_uint_eq(count(SN_LOAD_REQUESTS), 10 * 1000);
	ck_assert_uint_eq(quantile(0.5), 2 * DELAY);
	ck_assert_uint_eq(quantile(1.0), 2 * DELAY);
	ck_assert_uint_eq(b.arrived, 10 * 1000);
	close_bench();
}
END_TEST

START_TEST(an_open_loop_sends_its_rate_in_every_second)
{
	static const double rates[] = {1, 100, 1234, 9999};

	for (unsigned i = 0; i < 4; i++) {
		struct sn_run run = open_loop(rates[i], 10 * SN_NS_PER_SEC);

		open_bench(3, SN_VERSION_2C, 10000);
		add(SN_MIX_GET, UPTIME, 0);
		b.agents.agent[1].dead = true; /* whatever comes back */
		b.think_max = 5 * SN_NS_PER_MS;
		run_to_end(&run);
		for (unsigned s = 0; s < 10; s++) {
			ck_assert_double_ge(b.per_second[s] + 1, rates[i]);
			ck_assert_double_le(b.per_second[s], rates[i] + 1);
		}
		ck_assert_uint_eq(count(SN_LOAD_REQUESTS), (uint64_t)(10 * rates[i]));
		ck_assert_uint_eq(count(SN_LOAD_ANSWERS) + count(SN_LOAD_TIMEOUTS),
				  count(SN_LOAD_REQUESTS));
		ck_assert_uint_ge(count(SN_LOAD_TIMEOUTS), (uint64_t)(10 * rates[i] / 3));
		ck_assert_uint_eq(b.g.result.late, 0);
		ck_assert_uint_eq(b.g.result.unsent, 0);
		close_bench();
	}
}
END_TEST

/* The agent holds everything for 200 ms. Nobody who asks 1,000 times a second would overlook it. */
START_TEST(a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one)
{
	struct sn_run open = open_loop(1000, 10 * SN_NS_PER_SEC);
	struct sn_run closed = closed_loop(4, 10 * SN_NS_PER_SEC);
	uint64_t p99[2];

	for (int i = 0; i < 2; i++) {
		open_bench(1, SN_VERSION_2C, 1000);
		add(SN_MIX_GET, UPTIME, 0);
		b.stall_from = START_MONO + 5 * SN_NS_PER_SEC;
		b.stall_until = b.stall_from + 200 * SN_NS_PER_MS;
		run_to_end(i ? &closed : &open);
		p99[i] = quantile(0.99);
		/* both had the same worst case */
		ck_assert_uint_ge(quantile(1.0), 195 * SN_NS_PER_MS);
		ck_assert_uint_le(quantile(1.0), 205 * SN_NS_PER_MS);
		ck_assert_uint_eq(count(SN_LOAD_TIMEOUTS), 0);
		close_bench();
	}
	/* 2 % of the due requests met it: the p99 is half of it */
	ck_assert_uint_ge(p99[0], 95 * SN_NS_PER_MS);
	ck_assert_uint_le(p99[0], 110 * SN_NS_PER_MS);
	ck_assert_uint_le(p99[1], 2 * DELAY + 2 * DELAY / 1024);
}
END_TEST

/* We stall ourselves: nothing is sent for 300 ms, and then all that was due. */
START_TEST(what_we_send_late_counts_from_when_it_was_due)
{
	struct sn_run run = open_loop(1000, 2 * SN_NS_PER_SEC);

	open_bench(1, SN_VERSION_2C, 1000);
	add(SN_MIX_GET, UPTIME, 0);
	/* no answer wakes us meanwhile */
	b.agents.agent[0].dead_from = START_MONO + 990 * SN_NS_PER_MS;
	b.agents.agent[0].dead_until = START_MONO + 1300 * SN_NS_PER_MS;
	begin(&run);
	while (sn_io_now(b.w.io) < b.first + SN_NS_PER_SEC) {
		turn(SN_TIME_NEVER);
	}
	/* the thread does not get the CPU: time passes, nobody turns */
	while (sn_io_now(b.w.io) < b.first + 1300 * SN_NS_PER_MS) {
		suite_expect(sn_io_wait(b.w.io, b.first + 1300 * SN_NS_PER_MS) >= 0);
	}
	while (!b.over) {
		turn(SN_TIME_NEVER);
	}
	ck_assert_uint_eq(count(SN_LOAD_REQUESTS), 2000);
	ck_assert_uint_ge(b.g.result.late, 295);
	ck_assert_uint_le(b.g.result.late, 300);
	ck_assert_uint_ge(b.g.result.latest, 298 * SN_NS_PER_MS);
	ck_assert_uint_ge(quantile(1.0), 298 * SN_NS_PER_MS);
	ck_assert_uint_ge(quantile(0.9), 95 * SN_NS_PER_MS);
	close_bench();
}
END_TEST

static int by_value(const void *x, const void *y)
{
	uint64_t v = *(const uint64_t *)x;
	uint64_t w = *(const uint64_t *)y;

	return (v > w) - (v < w);
}

START_TEST(percentiles_are_those_of_the_round_trips_there_were)
{
	static const double shares[] = {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0};
	struct sn_run run = open_loop(1000, 20 * SN_NS_PER_SEC);

	open_bench(1, SN_VERSION_2C, 10000);
	add(SN_MIX_GET, UPTIME, 0);
	b.think_max = 800 * SN_NS_PER_MS;
	run_to_end(&run);
	ck_assert_uint_eq(b.nrtt, 20000);
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 20000);
	qsort(b.rtt, b.nrtt, sizeof(b.rtt[0]), by_value);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t exact = b.rtt[(unsigned)(shares[i] * b.nrtt + 0.5) - 1];
		uint64_t got = quantile(shares[i]);

		ck_assert_uint_ge(got, exact);
		ck_assert_uint_le(got - exact, exact / 1024);
	}
	close_bench();
}
END_TEST

START_TEST(the_cap_holds_a_closed_loop_that_would_be_faster)
{
	struct sn_run run = closed_loop(50, 10 * SN_NS_PER_SEC);

	open_bench(1, SN_VERSION_2C, 100);
	add(SN_MIX_GET, UPTIME, 0);
	run.cap = 700;
	run_to_end(&run);
	ck_assert_uint_ge(count(SN_LOAD_REQUESTS), 6990);
	ck_assert_uint_le(count(SN_LOAD_REQUESTS), 7010);
	ck_assert_uint_gt(b.g.result.capped, 0);
	for (unsigned s = 0; s < 10; s++) {
		/* 10 ms may be made up for */
		suite_expect(b.per_second[s] <= 708);
	}
	close_bench();
}
END_TEST

START_TEST(ramps_grow_to_what_was_asked)
{
	struct sn_run open = {.kind = SN_RUN_OPEN, .duration_ns = 4 * SN_NS_PER_SEC};
	struct sn_run closed = closed_loop(40, 4 * SN_NS_PER_SEC);

	open_bench(1, SN_VERSION_2C, 1000);
	add(SN_MIX_GET, UPTIME, 0);
	sn_pace_init(&open.pace, 1000, 2 * SN_NS_PER_SEC, 0, 1);
	run_to_end(&open);
	ck_assert_uint_eq(b.per_second[0], 250);
	ck_assert_uint_eq(b.per_second[1], 750);
	ck_assert_uint_eq(b.per_second[2], 1000);
	memset(b.per_second, 0, sizeof(b.per_second));
	closed.ramp_ns = 2 * SN_NS_PER_SEC;
	run_to_end(&closed);
	/* 500 rounds a second: 20 at a time in the middle of the ramp, 40 after it */
	ck_assert_uint_ge(b.per_second[0], 9 * 500);
	ck_assert_uint_le(b.per_second[0], 12 * 500);
	ck_assert_uint_eq(b.per_second[3], 40 * 500);
	close_bench();
}
END_TEST

START_TEST(requests_that_found_no_room_are_late_or_unsent_never_forgotten)
{
	struct sn_run run = open_loop(1000, 2 * SN_NS_PER_SEC);

	open_bench(1, SN_VERSION_2C, 100);
	add(SN_MIX_GET, UPTIME, 0);
	b.agents.agent[0].dead = true;
	run_to_end(&run);
	/* 100 at a time, each for a second and what the wheel's tick adds */
	ck_assert_uint_eq(count(SN_LOAD_REQUESTS), 200);
	ck_assert_uint_eq(count(SN_LOAD_TIMEOUTS), 200);
	ck_assert_uint_eq(b.g.result.unsent, 1800);
	ck_assert_uint_ge(b.g.result.late, 99);
	close_bench();
}
END_TEST

START_TEST(a_limit_of_requests_ends_either_loop)
{
	struct sn_run open = open_loop(1000, 0);
	struct sn_run closed = closed_loop(16, 0);

	open_bench(2, SN_VERSION_2C, 100);
	add(SN_MIX_GET, UPTIME, 0);
	open.requests = 333;
	closed.requests = 333;
	run_to_end(&open);
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 333);
	ck_assert_uint_eq(b.g.result.unsent, 0);
	run_to_end(&closed);
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 333);
	/* targets have their turn */
	ck_assert_uint_eq(b.agents.agent[0].heard, 333);
	ck_assert_uint_eq(b.agents.agent[1].heard, 333);
	close_bench();
}
END_TEST

START_TEST(an_idle_run_sends_nothing_and_is_over)
{
	struct sn_run run = {.kind = SN_RUN_IDLE, .duration_ns = SN_NS_PER_SEC};

	open_bench(1, SN_VERSION_2C, 100);
	add(SN_MIX_GET, UPTIME, 0);
	run_to_end(&run);
	ck_assert_uint_eq(count(SN_LOAD_REQUESTS), 0);
	ck_assert_uint_eq(b.arrived, 0);
	ck_assert_uint_lt(sn_io_now(b.w.io), b.first + SN_NS_PER_SEC);
	close_bench();
}
END_TEST

START_TEST(a_mix_has_the_shares_it_was_given_and_counts_each_by_itself)
{
	struct sn_run run = open_loop(1000, 10 * SN_NS_PER_SEC);
	const struct sn_load_tally *get = &b.g.result.tally[SN_MIX_GET];
	const struct sn_load_tally *bulk = &b.g.result.tally[SN_MIX_BULK];
	char why[SN_MIX_WHY_MAX];

	open_bench(1, SN_VERSION_2C, 1000);
	add(SN_MIX_GET, UPTIME ",1.3.6.1.2.1.99.1.0", 0);
	add(SN_MIX_BULK, "1.3.6.1.2.1.2.2.1.1", 12);
	ck_assert_int_eq(sn_mix_weigh(&b.mix, "get=80,bulk=20", why), SN_OK);
	run_to_end(&run);
	ck_assert_uint_eq(get->count[SN_LOAD_REQUESTS] + bulk->count[SN_LOAD_REQUESTS], 10000);
	ck_assert_uint_ge(bulk->count[SN_LOAD_REQUESTS], 1850);
	ck_assert_uint_le(bulk->count[SN_LOAD_REQUESTS], 2150);
	ck_assert_uint_eq(get->count[SN_LOAD_VARBINDS], 2 * get->count[SN_LOAD_ANSWERS]);
	ck_assert_uint_eq(get->count[SN_LOAD_EXCEPTIONS], get->count[SN_LOAD_ANSWERS]);
	ck_assert_uint_eq(bulk->count[SN_LOAD_VARBINDS], 12 * bulk->count[SN_LOAD_ANSWERS]);
	ck_assert_uint_eq(b.agents.agent[0].most_repetitions, 12);
	ck_assert_uint_eq(bulk->latency.n, bulk->count[SN_LOAD_ANSWERS]);
	close_bench();
}
END_TEST

START_TEST(walks_go_through_their_subtree_again_and_again)
{
	struct sn_run run = closed_loop(5, 3 * SN_NS_PER_SEC);
	const struct sn_load_tally *walk = &b.g.result.tally[SN_MIX_WALK];

	open_bench(4, SN_VERSION_2C, 100);
	add(SN_MIX_WALK, "1.3.6.1.2.1.2.2.1", 10);
	run_to_end(&run);
	ck_assert_uint_eq(walk->count[SN_LOAD_ANSWERS], 5 * 1500);
	/* 6 columns of 24 rows at 10 a request: 144 instances, the 15th request goes past them */
	ck_assert_uint_ge(walk->count[SN_LOAD_WALKS], 5 * 1500 / 15 - 5);
	ck_assert_uint_le(walk->count[SN_LOAD_WALKS], 5 * 1500 / 15);
	ck_assert_uint_eq(walk->count[SN_LOAD_WALKS_CUT], 0);
	close_bench();
}
END_TEST

START_TEST(walks_of_agents_that_go_in_circles_or_are_silent_are_given_up)
{
	struct sn_run run = closed_loop(2, 5 * SN_NS_PER_SEC);
	const struct sn_load_tally *walk = &b.g.result.tally[SN_MIX_WALK];

	open_bench(2, SN_VERSION_2C, 100);
	add(SN_MIX_WALK, "1.3.6.1.2.1.2.2.1", 10);
	b.agents.agent[0].jumps[0] =
		(struct agent_jump){.object = AGENT_IF_INDEX, .from = 12, .to = 3};
	b.agents.agent[1].dead = true;
	run_to_end(&run);
	ck_assert_uint_eq(walk->count[SN_LOAD_WALKS], 0);
	ck_assert_uint_gt(walk->count[SN_LOAD_TIMEOUTS], 0);
	ck_assert_uint_gt(walk->count[SN_LOAD_WALKS_CUT], walk->count[SN_LOAD_TIMEOUTS]);
	close_bench();
}
END_TEST

START_TEST(errors_are_counted_by_name_and_lost_requests_as_timeouts)
{
	struct sn_run run = open_loop(100, SN_NS_PER_SEC);
	struct sn_load_tally *get = &b.g.result.tally[SN_MIX_GET];

	open_bench(3, SN_VERSION_2C, 1000);
	add(SN_MIX_GET, UPTIME, 0);
	b.agents.agent[0].error_status = SN_STATUS_GEN_ERR;
	b.agents.agent[0].error_objects = AGENT_BIT(AGENT_SYS_UPTIME);
	b.agents.agent[1].mischief = AGENT_WRONG_ID;
	run.requests = 90;
	run_to_end(&run);
	ck_assert_uint_eq(get->status[SN_STATUS_GEN_ERR], 30);
	ck_assert_uint_eq(get->status[SN_STATUS_NO_ERROR], 30);
	ck_assert_uint_eq(get->count[SN_LOAD_ERRORS], 30);
	ck_assert_uint_eq(get->count[SN_LOAD_TIMEOUTS], 30);
	ck_assert_uint_eq(get->count[SN_LOAD_ANSWERS], 60);
	/* a status that no standard has */
	sn_load_count_status(get, 77);
	sn_load_count_status(get, -1);
	ck_assert_uint_eq(get->status[SN_STATUS_MAX + 1], 2);
	close_bench();
}
END_TEST

START_TEST(stopping_waits_for_answers_and_cutting_does_not)
{
	struct sn_run run = closed_loop(20, 0);

	open_bench(1, SN_VERSION_2C, 100);
	add(SN_MIX_GET, UPTIME, 0);
	begin(&run);
	turn(0);
	sn_generator_stop(&b.g);
	ck_assert_uint_eq(b.over, 0);
	while (!b.over) {
		turn(SN_TIME_NEVER);
	}
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 20);
	begin(&run);
	turn(0);
	sn_generator_cut(&b.g);
	ck_assert_uint_eq(b.over, 1);
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 0);
	ck_assert_uint_eq(count(SN_LOAD_TIMEOUTS), 20);
	/* what is cut does no harm to the next run */
	run.requests = 50;
	run_to_end(&run);
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 50);
	close_bench();
}
END_TEST

START_TEST(engines_of_snmpv3_are_settled_before_and_silent_targets_left_out)
{
	struct sn_run meeting = {.kind = SN_RUN_MEET};
	struct sn_run run = open_loop(1000, SN_NS_PER_SEC);

	open_bench(10, SN_VERSION_3, 1000);
	add(SN_MIX_GET, UPTIME, 0);
	b.agents.agent[2].dead = true;
	b.agents.agent[7].dead = true;
	run_to_end(&meeting);
	ck_assert_uint_eq(b.g.nlive, 8);
	ck_assert_int_eq(b.g.meet_err, SN_ETIMEDOUT);
	ck_assert_uint_eq(count(SN_LOAD_REQUESTS), 0);
	run_to_end(&run);
	ck_assert_uint_eq(count(SN_LOAD_ANSWERS), 1000);
	/* no discovery among what was measured */
	ck_assert_uint_eq(quantile(1.0), 2 * DELAY);
	close_bench();
}
END_TEST

/* A session of a poller would ask a silent agent for its engine first, one request at a time. */
START_TEST(a_lost_request_of_snmpv3_holds_up_no_other)
{
	struct sn_run meeting = {.kind = SN_RUN_MEET};
	struct sn_run run = open_loop(1000, 5 * SN_NS_PER_SEC);
	struct sn_fake_link lossy = {.delay_ns = DELAY, .loss_ppm = 20000};

	open_bench(1, SN_VERSION_3, 2000);
	add(SN_MIX_GET, UPTIME, 0);
	run_to_end(&meeting);
	sn_fake_set_link(b.net, &lossy);
	run_to_end(&run);
	ck_assert_uint_eq(count(SN_LOAD_REQUESTS), 5000);
	ck_assert_uint_gt(count(SN_LOAD_TIMEOUTS), 100);
	ck_assert_uint_lt(count(SN_LOAD_TIMEOUTS), 300);
	ck_assert_uint_eq(quantile(1.0), 2 * DELAY);
	close_bench();
}
END_TEST

START_TEST(the_same_seed_gives_the_same_result)
{
	static struct sn_load_result first;
	struct sn_run run = open_loop(2000, 3 * SN_NS_PER_SEC);
	struct sn_fake_link rough = {.delay_ns = DELAY,
				     .jitter_ns = 3 * SN_NS_PER_MS,
				     .loss_ppm = 10000,
				     .dup_ppm = 10000};

	for (int i = 0; i < 2; i++) {
		open_bench(5, SN_VERSION_2C, 4000);
		add(SN_MIX_GET, UPTIME, 0);
		add(SN_MIX_WALK, "1.3.6.1.2.1.2", 7);
		sn_fake_set_link(b.net, &rough);
		b.think_max = 20 * SN_NS_PER_MS;
		run_to_end(&run);
		ck_assert_uint_gt(count(SN_LOAD_TIMEOUTS), 0);
		if (i == 0) {
			memcpy(&first, &b.g.result, sizeof(first));
		} else {
			ck_assert_int_eq(memcmp(&first, &b.g.result, sizeof(first)), 0);
		}
		close_bench();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_closed_loop_keeps_exactly_so_many_in_flight,
		a_closed_loop_sends_one_round_after_the_other,
		an_open_loop_sends_its_rate_in_every_second,
		a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one,
		what_we_send_late_counts_from_when_it_was_due,
		percentiles_are_those_of_the_round_trips_there_were,
		the_cap_holds_a_closed_loop_that_would_be_faster,
		ramps_grow_to_what_was_asked,
		requests_that_found_no_room_are_late_or_unsent_never_forgotten,
		a_limit_of_requests_ends_either_loop,
		an_idle_run_sends_nothing_and_is_over,
		a_mix_has_the_shares_it_was_given_and_counts_each_by_itself,
		walks_go_through_their_subtree_again_and_again,
		walks_of_agents_that_go_in_circles_or_are_silent_are_given_up,
		errors_are_counted_by_name_and_lost_requests_as_timeouts,
		stopping_waits_for_answers_and_cutting_does_not,
		engines_of_snmpv3_are_settled_before_and_silent_targets_left_out,
		a_lost_request_of_snmpv3_holds_up_no_other,
		the_same_seed_gives_the_same_result,
		NULL};

	return suite_run_tests("load", tests, 60);
}
