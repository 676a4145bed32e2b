/*
 * One worker of a load test: sends requests of a mix to its targets, in a closed loop (so many in
 * flight, the next one when one ends) or an open one (when they are due, see pace.h), and counts
 * what comes of them. Owned by daemon; all calls on the worker's thread, but that others may read
 * the result. A steady run allocates nothing.
 *
 * A run begins with sn_generator_begin and is over when nothing is to be sent any more and every
 * request has ended; runs follow each other as often as one likes, with the same targets.
 */
#ifndef SN_LOAD_GENERATOR_H
#define SN_LOAD_GENERATOR_H

#include "base/slab.h"
#include "load/result.h"
#include "load/run.h"
#include "session/requester.h"

struct sn_generator;

struct sn_generator_config {
	const struct sn_mix *mix;	       /* what to ask; outlives the generator */
	const struct sn_device_config *target; /* whom, ntargets of them; copied */
	uint32_t ntargets;		       /* at least 1 */
	uint32_t first;			       /* the target to begin with */
	uint32_t outstanding; /* most requests at a time, at most the worker's slots */
	uint64_t timeout_ns;  /* of one attempt */
	uint8_t attempts;     /* 1 to SN_REQUEST_ATTEMPTS_MAX */
	void *ctx;	      /* first argument of over */
	void (*over)(void *ctx, struct sn_generator *g); /* a run has ended */
};

/* A request of the generator. */
struct sn_generator_request {
	struct sn_request rq;	/* first: the session's part */
	struct sn_generator *g; /* whose */
	struct sn_walker *walk; /* the walk it is a step of; else NULL */
	uint64_t due;		/* mono ns from which its latency counts */
	enum sn_mix_kind kind;	/* under which it is counted */
	struct sn_list node;	/* among the outstanding */
};

struct sn_generator {
	struct sn_worker *w;		/* its worker */
	struct sn_session session;	/* of it */
	struct sn_generator_config cfg; /* as given */
	struct sn_device *devices;	/* cfg.ntargets of them */
	struct sn_device **live;	/* those that take part, nlive of them */
	uint32_t nlive;			/* targets that take part */
	uint32_t met;			/* of a meeting: targets asked so far */
	int meet_err;			/* how the first of those left out failed; SN_OK: none is */
	uint32_t turn;			/* of live: the next to be asked */
	struct sn_slab requests;	/* struct sn_generator_request */
	struct sn_slab walkers;		/* struct sn_walker */
	struct sn_list waiting;		/* walks between two requests */
	struct sn_list asked;		/* outstanding requests */
	uint32_t outstanding;		/* how many they are */
	struct sn_run run;		/* the current run */
	bool running;			/* between begin and over */
	bool stopped;			/* nothing is sent any more */
	uint64_t sent;			/* in this run */
	uint64_t next;	     /* mono ns: open: the next request is due; closed: the cap lets it */
	uint64_t end;	     /* mono ns: of the run */
	uint64_t stopped_at; /* mono ns: sending ended */
	struct sn_load_result result; /* of this run */
};

/* Hooks into the worker. SN_ENOMEM, SN_EINVAL (no target): nothing is left behind. */
SN_MUST_USE int sn_generator_init(struct sn_generator *g, struct sn_worker *w,
				  const struct sn_generator_config *cfg);

/* Requests under way are dropped. */
void sn_generator_fini(struct sn_generator *g);

/* Begins a run; none is under way. Empties the result. */
void sn_generator_begin(struct sn_generator *g, const struct sn_run *run);

/* Sends nothing any more; the run is over when what is under way has ended. */
void sn_generator_stop(struct sn_generator *g);

/* Ends the run at once: requests under way are taken back and counted as timeouts. */
void sn_generator_cut(struct sn_generator *g);

/* One turn of the worker's loop, in which all that is due is sent; waits no longer than until (mono
 * ns). SN_OK, or the io's error. */
SN_MUST_USE int sn_generator_turn(struct sn_generator *g, uint64_t until);

#endif
