/*
 * The collector of one worker: its targets, their calendar, and the rounds under way. Everything
 * runs on the worker's thread; other threads send it messages (worker.h).
 */
#ifndef SN_COLLECT_COLLECTOR_H
#define SN_COLLECT_COLLECTOR_H

#include "base/hist.h"
#include "base/slab.h"
#include "round/job.h"
#include "collect/probe.h"
#include "collect/status.h"
#include "collect/tally.h"

/* What a worker remembers about a target between rounds. */
struct sn_target {
	struct sn_timer calendar;	   /* next round */
	struct sn_list ready;		   /* due, waiting to start */
	const struct sn_target_spec *spec; /* of the current snapshot */
	struct sn_collector *collector;	   /* whose target */
	struct sn_job *job;		   /* round under way, NULL: none */
	uint64_t due;		   /* mono ns at which the next or current round should begin */
	struct sn_device dev;	   /* address, window, round-trip time */
	struct sn_learned learned; /* what its rounds have taught */
	struct sn_status status;   /* what its last round came to, for people */
	uint32_t skipped;	   /* intervals left out since the last round, which still ran */
	uint32_t held;		   /* intervals left out before the next round, see refusals */
	uint8_t refusals; /* rounds that the agent refused since it last answered (outcome.h) */
	bool changed;	  /* settings are new, dev still has the old ones */
	bool rephase;	  /* the interval is new, due still counts in the old one */
	bool removed;	  /* goes away with the current round */
};

struct sn_collector_config {
	struct sn_outputs *outs; /* of the worker; NULL: no output */
	uint32_t max_jobs;	 /* rounds at once */
	bool once;		 /* one round of each target, at once */
	void *ctx;		 /* first argument of the calls below */
	/* Once: with `once` when every target had its round, or after drain or cancel when no round
	 * is left. */
	void (*idle)(void *ctx, struct sn_collector *c);
	/* Once for each apply: no round uses specs of an apply before the last one any more. */
	void (*released)(void *ctx, struct sn_collector *c);
	/* In place of that, for one that was begun: there was no memory, nothing was changed. */
	void (*refused)(void *ctx, struct sn_collector *c);
};

/* A list of targets on its way to replace the one in use, a slice a turn (apply.c). */
struct sn_apply {
	const struct sn_target_spec *const *specs; /* as given, sorted by instance */
	struct sn_target **list;		   /* theirs, heap; NULL: no apply is under way */
	uint32_t n;				   /* of both */
	uint32_t next;				   /* spec to be looked at next */
	uint32_t old;  /* target of the list in use to be looked at next */
	bool reserved; /* memory for all new targets is there: now they take effect */
};

struct sn_collector {
	struct sn_worker *w;		/* the worker */
	struct sn_collector_config cfg; /* as given */
	struct sn_session session;	/* requests */
	struct sn_job_env env;		/* for jobs */
	struct sn_slab target_slab;	/* memory of targets */
	struct sn_slab job_slab;	/* memory of jobs */
	struct sn_target **targets;	/* sorted by instance */
	struct sn_list ready;		/* targets that are due */
	struct sn_timer retry;		/* looks again whether the outputs are ready */
	struct sn_timer flush;		/* passes on partly filled output buffers */
	struct sn_probes probes;	/* rounds on demand */
	uint32_t ntargets;
	uint32_t jobs;		   /* rounds under way */
	struct sn_apply apply;	   /* under way */
	uint32_t once_left;	   /* with once: targets without their round yet */
	uint32_t snapshot;	   /* number of the current one */
	uint32_t old_jobs;	   /* rounds that use an earlier one */
	uint32_t releases_due;	   /* calls of released to be made when old_jobs is 0 */
	bool draining;		   /* no new rounds */
	bool idle_told;		   /* idle was called */
	bool emitted;		   /* outputs got something since flush was armed */
	struct sn_hist lateness;   /* ns from due to start, any thread reads */
	struct sn_hist duration;   /* ns of rounds that got an answer */
	struct sn_tallies tallies; /* rounds by their modules, the same */
};

/* Hooks into w (session, turn). */
void sn_collector_init(struct sn_collector *c, struct sn_worker *w,
		       const struct sn_collector_config *cfg);

/* Frees all targets. Rounds under way leave no record: drain or cancel first. */
void sn_collector_fini(struct sn_collector *c);

/*
 * Makes the targets those of specs (sorted by instance, unique): unchanged ones go on undisturbed
 * with what they learned, changed ones take their new settings with the next round, missing ones
 * are removed, their rounds cut, new ones are scheduled. specs and what they point to must live
 * until released was called for the apply after this one. SN_ENOMEM: nothing was changed.
 */
SN_MUST_USE int sn_collector_apply(struct sn_collector *c,
				   const struct sn_target_spec *const *specs, uint32_t n);

/*
 * The same without holding up the rounds: some thousand targets in each turn of the worker. Its end
 * is told by released, or by refused. An earlier one still under way is brought to its end at once.
 * SN_ENOMEM: nothing was changed.
 */
SN_MUST_USE int sn_collector_apply_begin(struct sn_collector *c,
					 const struct sn_target_spec *const *specs, uint32_t n);

/* Starts no more rounds; idle is called when those under way have ended. */
void sn_collector_drain(struct sn_collector *c);

/* Drains and cuts all rounds now. */
void sn_collector_cancel(struct sn_collector *c);

/* The target with this instance name, NULL when this worker does not have it. */
struct sn_target *sn_collector_find(struct sn_collector *c, const char *instance);

#endif
