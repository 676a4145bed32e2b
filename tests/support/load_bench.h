/*
 * A bench for load tests in virtual time: one worker, its generator, and agents that note when
 * requests reach them and answer after think times and stalls. On the thread of the test.
 */
#ifndef TEST_SUPPORT_LOAD_BENCH_H
#define TEST_SUPPORT_LOAD_BENCH_H

#include "load/generator.h"
#include "support/agent.h"

#define BENCH_START_MONO (1000 * SN_NS_PER_SEC)
#define BENCH_DELAY SN_NS_PER_MS /* of the network, each way */
#define BENCH_UPTIME "1.3.6.1.2.1.1.3.0"

enum { BENCH_SECONDS_MAX = 64, BENCH_LIST_MAX = 20000, BENCH_TARGETS_MAX = 32 };

struct load_bench {
	struct sn_fake *net;				   /* between worker and agents */
	struct sn_worker w;				   /* the generator's */
	struct sn_generator g;				   /* under test */
	struct sn_mix mix;				   /* what it sends */
	struct sn_device_config target[BENCH_TARGETS_MAX]; /* to whom, by agent */
	struct agents agents;				   /* who answer */
	struct sn_usm_user user;			   /* of version 3 */
	struct sn_usm_access access;			   /* the same, for the targets */
	struct sn_rng rng;				   /* of think times */
	uint64_t think_max;				   /* uniform think time, ns */
	uint64_t stall_from;				   /* answers nothing from this mono time */
	uint64_t stall_until;				   /* to this, and then all of it */
	unsigned over;					   /* runs that ended */
	unsigned arrived;				   /* requests */
	unsigned per_second[BENCH_SECONDS_MAX]; /* requests by second of arrival, less the delay */
	uint64_t first;				/* mono ns of the run's begin */
	uint64_t rtt[BENCH_LIST_MAX];		/* round trips as they must be measured */
	unsigned nrtt;				/* of them */
};

/* An empty mix, and so many agents with 24 rows as targets. Fails the test if it cannot. */
void bench_open(struct load_bench *b, uint32_t ntargets, int32_t version, uint32_t outstanding);
void bench_close(struct load_bench *b);

/* One more kind of request in the mix. */
void bench_add(struct load_bench *b, enum sn_mix_kind kind, const char *oids, uint32_t repetitions);

/* Begins a run, which bench_turn takes further. */
void bench_begin(struct load_bench *b, const struct sn_run *run);
void bench_turn(struct load_bench *b, uint64_t until);

/* A whole run, to its end. */
void bench_run(struct load_bench *b, const struct sn_run *run);

/* Runs at a rate, or with so many in flight; duration in ns. */
struct sn_run bench_open_loop(double rate, uint64_t duration);
struct sn_run bench_closed_loop(uint32_t n, uint64_t duration);

/* Of all kinds of requests of the last run. */
uint64_t bench_count(const struct load_bench *b, enum sn_load_count id);

/* The percentile of all answers of the last run, ns. */
uint64_t bench_quantile(const struct load_bench *b, double share);

#endif
