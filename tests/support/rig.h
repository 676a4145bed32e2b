/*
 * A whole collector on the scripted network: agents, one worker, one collector, caught outputs. It
 * checks by itself what must hold in every run (every value is the agent's own, a row is marked
 * partial if and only if something of it is missing, round records agree with rows, counters add
 * up) and keeps for each target what its rounds came to.
 */
#ifndef TEST_SUPPORT_RIG_H
#define TEST_SUPPORT_RIG_H

#include "collect/collector.h"
#include "support/agent.h"
#include "support/capture.h"
#include "support/suite.h"

/* Security levels of version 3. */
enum rig_level { RIG_AUTH_PRIV, RIG_AUTH, RIG_NO_AUTH };

/* Zero means the default beside it. */
struct rig_config {
	uint32_t targets;	  /* 1 */
	uint32_t rows;		  /* interfaces of each agent, 0 */
	uint32_t objects;	  /* AGENT_BIT, what to poll: AGENT_SCALARS */
	uint64_t seed;		  /* of network and worker, 1 */
	struct sn_fake_link link; /* 1 ms each way and nothing else */
	uint64_t interval_ns;	  /* 60 s; RIG_NO_INTERVAL: 0 */
	uint64_t timeout_ns;	  /* 1 s */
	uint32_t retries;	  /* 2; RIG_NO_RETRIES: 0 */
	uint32_t window;	  /* 4 */
	uint32_t max_reply;	  /* 1400 */
	uint32_t max_rows;	  /* 100000 */
	uint32_t max_repetitions; /* 25 */
	uint32_t in_flight;	  /* slots, 1000 */
	uint32_t max_jobs;	  /* 1000000 */
	int32_t version;	  /* set by v1 and v3, else SN_VERSION_2C */
	bool v1;		  /* SNMPv1 */
	bool v3;		  /* SNMPv3 */
	enum rig_level level;	  /* of its user */
	uint8_t auth;		  /* enum sn_auth_protocol; SHA-1 */
	uint8_t priv;		  /* enum sn_priv_protocol; AES-128 */
	bool allow_nonincreasing; /* of the module */
	bool any_source;	  /* of the targets */
	bool fixed;		  /* the same: timers and window do not adapt */
	bool rates;		  /* counters have rates; the checks of values do not know them */
	bool once;		  /* collector in once mode */
	bool json;		  /* keep the JSON of everything */
	bool no_outputs;	  /* collector without outputs */
	bool no_values;		  /* do not look at values, for speed */
};

/*
 * A divisor for long runs: these tests have one thread, so ThreadSanitizer, which slows them down
 * tenfold, need not see all of them.
 */
#ifdef __SANITIZE_THREAD__
enum { RIG_SLOWNESS = 8 };
#else
enum { RIG_SLOWNESS = 1 };
#endif

#define RIG_NO_INTERVAL UINT64_MAX
#define RIG_NO_RETRIES UINT32_MAX

/* What became of one target. */
struct rig_target {
	struct sn_round last; /* its last round record; origin and modules may be gone */
	char reason[64];      /* of that, "" for none */
	uint32_t rounds;      /* records so far */
	uint32_t by_status[SN_ROUND_CANCELLED + 1];
	uint32_t resets;	 /* rounds marked as reset */
	uint32_t skipped;	 /* sum of the records' */
	uint32_t counting;	 /* number of the round that the following four belong to */
	uint32_t rows;		 /* with a value */
	uint32_t rows_partial;	 /* of these, marked */
	uint32_t rows_reset;	 /* of these, marked */
	uint32_t cells;		 /* of these rows, with a value */
	uint64_t all_rows;	 /* of all rounds */
	uint64_t all_rows_reset; /* of all rounds, marked */
	uint64_t at[64];	 /* mono ns of the ends of its first rounds */
};

struct rig {
	struct rig_config cfg;		  /* with defaults filled in */
	struct agents agents;		  /* one for each target */
	struct sn_usm_user user;	  /* of version 3, the same everywhere */
	struct sn_usm_access access;	  /* the same, for the targets */
	struct sn_fake *net;		  /* between them */
	struct sn_worker w;		  /* the worker */
	struct sn_collector c;		  /* its collector */
	struct sn_outputs out;		  /* what it said */
	struct sn_arena_pool pool;	  /* memory of plans and specs */
	struct sn_arena arena;		  /* the same */
	struct sn_plan plan;		  /* what to poll */
	const struct sn_plan *plans[1];	  /* the same */
	const struct sn_scalars *scalars; /* of it */
	struct rig_target *target;	  /* by agent */
	unsigned idle;			  /* calls of idle */
	unsigned released;		  /* calls of released */

	/* What must be 0 at the end, counted by the checks. */
	uint64_t values_wrong;	/* not the agent's value at that time */
	uint64_t cells_alien;	/* a value the agent does not have */
	uint64_t marks_missing; /* rows that lack something and are not marked */
	uint64_t marks_false;	/* rows that are complete and marked */
	uint64_t records_wrong; /* round records that contradict the rows or themselves */

	/* Sums over all round records. */
	uint64_t rounds;
	uint64_t by_status[SN_ROUND_CANCELLED + 1];
	uint64_t requests;
	uint64_t retries;
	uint64_t timeouts;
	uint64_t varbinds;
	uint64_t skipped;
	uint64_t cells;	      /* values checked */
	uint64_t rows_faulty; /* rows with a cell that the agent serves faulty */
};

/* Everything but the targets. Aborts when something cannot be made. */
void rig_open(struct rig *r, const struct rig_config *cfg);

/* As rig_open, but gives up with SN_ENOMEM and leaves nothing behind. */
SN_MUST_USE int rig_try_open(struct rig *r, const struct rig_config *cfg);

/* Compiles a module of these objects, with the rig's other settings. SN_ENOMEM. */
SN_MUST_USE int rig_plan(struct rig *r, const char *name, uint32_t objects, struct sn_plan *plan);

/* A spec for agent number id in the arena, as the configuration says. NULL: no memory. */
struct sn_target_spec *rig_spec(struct rig *r, uint32_t id);

/* All agents as targets; the result of sn_collector_apply. */
SN_MUST_USE int rig_apply(struct rig *r);

/* The n targets given, sorted by the rig; the result of sn_collector_apply. */
SN_MUST_USE int rig_apply_specs(struct rig *r, struct sn_target_spec **specs, uint32_t n);

/* Turns the worker until so many ns of virtual time have passed. */
void rig_run(struct rig *r, uint64_t ns);

/* Turns it until the collector is idle, at most so many ns. True: it is. */
bool rig_run_idle(struct rig *r, uint64_t ns);

/* Applies all agents as targets, with cfg.once runs until each had its round, and checks. */
void rig_round(struct rig *r);

/* Ends what is under way by itself and checks. */
void rig_finish(struct rig *r);

/* Now, mono ns. */
uint64_t rig_now(const struct rig *r);

uint64_t rig_counter(const struct rig *r, enum sn_counter id);

/* Reports that were taken in, of all kinds. */
uint64_t rig_reports(const struct rig *r);

/* Fails the test unless everything the rig checks holds. No round may be under way. */
void rig_check(const struct rig *r);

/*
 * main of a replay test: runs the tests of each (NULL-terminated) three times, with _i = 0 for v2c,
 * 1 for v1 and 2 for v3, and those of single once. timeout in seconds, 0 for Check's own. Returns
 * the exit status.
 */
int rig_main(const char *name, const TTest *const *each, const TTest *const *single,
	     double timeout);

/* Without rig_check. Cancels what is under way. */
void rig_close(struct rig *r);

#endif
