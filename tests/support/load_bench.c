/*
 * The bench of load tests, see load_bench.h.
 */
#include "support/load_bench.h"

#include "support/suite.h"

#define START_WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)

static void on_over(void *ctx, struct sn_generator *g)
{
	struct load_bench *bench = ctx;

	(void)g;
	bench->over++;
}

/* Notes the request; lets the agents answer, later if they stall. */
static void peer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		 const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	struct load_bench *bench = ctx;
	uint64_t second = (now - BENCH_DELAY - bench->first) / SN_NS_PER_SEC;
	uint64_t wait = bench->think_max ? sn_rng_below(&bench->rng, bench->think_max) : 0;

	bench->arrived++;
	if (now >= bench->first + BENCH_DELAY && second < BENCH_SECONDS_MAX) {
		bench->per_second[second]++;
	}
	if (now >= bench->stall_from && now < bench->stall_until) {
		wait += bench->stall_until - now;
	}
	for (uint32_t i = 0; i < bench->agents.n; i++) {
		bench->agents.agent[i].delay_ns = wait;
	}
	if (bench->nrtt < BENCH_LIST_MAX) {
		bench->rtt[bench->nrtt++] = 2 * BENCH_DELAY + wait;
	}
	agents_peer(&bench->agents, net, to, from, data, now);
}

void bench_open(struct load_bench *b, uint32_t ntargets, int32_t version, uint32_t outstanding)
{
	static const uint64_t seed = 7;
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = BENCH_START_MONO,
				    .start_wall = START_WALL,
				    .link = {.delay_ns = BENCH_DELAY},
				    .peer = peer,
				    .peer_ctx = b,
				    .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = outstanding, .seed = &seed};
	struct sn_generator_config gc = {.mix = &b->mix,
					 .target = b->target,
					 .ntargets = ntargets,
					 .outstanding = outstanding,
					 .timeout_ns = SN_NS_PER_SEC,
					 .attempts = 1,
					 .ctx = b,
					 .over = on_over};

	memset(b, 0, sizeof(*b));
	sn_rng_init_seed(&b->rng, 3);
	ck_assert_int_eq(agents_init(&b->agents, ntargets, 24, BENCH_START_MONO), SN_OK);
	b->user.name = sn_span_str("load");
	b->user.level = SN_V3_AUTH;
	b->user.auth = SN_AUTH_SHA1;
	b->user.auth_n = 20;
	b->access.user = &b->user;
	if (version == SN_VERSION_3) {
		ck_assert_int_eq(agents_secure(&b->agents, &b->user), SN_OK);
	}
	for (uint32_t i = 0; i < ntargets; i++) {
		b->target[i].addr = agent_addr(i);
		b->target[i].version = version;
		b->target[i].community = sn_span_str("public");
		b->target[i].access = version == SN_VERSION_3 ? &b->access : NULL;
		b->target[i].window = 1;
	}
	ck_assert_int_eq(sn_fake_open(&fc, &b->net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&b->w, &wc, sn_fake_io(b->net)), SN_OK);
	ck_assert_int_eq(sn_generator_init(&b->g, &b->w, &gc), SN_OK);
}

void bench_add(struct load_bench *b, enum sn_mix_kind kind, const char *oids, uint32_t repetitions)
{
	char why[SN_MIX_WHY_MAX];

	ck_assert_int_eq(sn_mix_add(&b->mix, kind, oids, repetitions, true, why), SN_OK);
}

void bench_close(struct load_bench *b)
{
	sn_generator_fini(&b->g);
	sn_worker_fini(&b->w);
	agents_secure_fini(&b->agents);
	agents_fini(&b->agents);
}

void bench_begin(struct load_bench *b, const struct sn_run *run)
{
	b->first = sn_io_now(b->w.io);
	b->w.now = b->first;
	b->over = 0;
	sn_generator_begin(&b->g, run);
}

void bench_turn(struct load_bench *b, uint64_t until)
{
	suite_expect(sn_generator_turn(&b->g, until) == SN_OK);
}

void bench_run(struct load_bench *b, const struct sn_run *run)
{
	bench_begin(b, run);
	while (!b->over) {
		suite_expect(sn_io_now(b->w.io) < b->first + BENCH_SECONDS_MAX * SN_NS_PER_SEC);
		bench_turn(b, SN_TIME_NEVER);
	}
	ck_assert_uint_eq(b->g.outstanding, 0);
}

struct sn_run bench_open_loop(double rate, uint64_t duration)
{
	struct sn_run run = {.kind = SN_RUN_OPEN, .duration_ns = duration};

	sn_pace_init(&run.pace, rate, 0, 0, 1);
	return run;
}

struct sn_run bench_closed_loop(uint32_t n, uint64_t duration)
{
	return (struct sn_run){.kind = SN_RUN_CLOSED, .in_flight = n, .duration_ns = duration};
}

uint64_t bench_count(const struct load_bench *b, enum sn_load_count id)
{
	return sn_load_result_sum(&b->g.result, id);
}

uint64_t bench_quantile(const struct load_bench *b, double share)
{
	static struct sn_hdr all;

	sn_hdr_clear(&all);
	sn_load_result_latency(&b->g.result, &all);
	return sn_hdr_quantile(&all, share);
}
