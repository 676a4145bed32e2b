/*
 * One worker: a thread with its own io, timing wheel, slots, random source, memory and counters. It
 * shares nothing; other threads reach it through its inbox. The loop: advance timers, let the owner
 * do its turn, flush sends, wait for datagrams or the next timer. Knows no SNMP: session and
 * collect hang their handlers in.
 */
#ifndef SN_SCHEDULER_WORKER_H
#define SN_SCHEDULER_WORKER_H

#include "base/arena.h"
#include "base/counter.h"
#include "base/inbox.h"
#include "base/rng.h"
#include "io/io.h"
#include "scheduler/governor.h"
#include "scheduler/slot.h"
#include "scheduler/wheel.h"

struct sn_worker;

/* A message to a worker: embed it, push it, forget it. run is called on the worker's thread and
 * owns the message. */
struct sn_worker_message {
	struct sn_inbox_node node;					     /* in the inbox */
	void (*run)(struct sn_worker *w, struct sn_worker_message *message); /* what to do */
};

struct sn_worker_hooks {
	void *ctx; /* first argument of turn */
	/* Once per loop, after the timers, before sends are flushed. */
	void (*turn)(void *ctx, struct sn_worker *w);
};

struct sn_worker {
	struct sn_io *io;	      /* owned; closed by sn_worker_fini */
	uint64_t now;		      /* mono ns of this turn; refreshed per receive batch */
	uint64_t wall_offset;	      /* wall = now + wall_offset, refreshed every second */
	uint64_t wall_read_at;	      /* mono ns of that refresh */
	struct sn_wheel wheel;	      /* all timers */
	struct sn_slots slots;	      /* outstanding requests */
	struct sn_governor governor;  /* how many of them may be on the wire */
	uint64_t informed_at;	      /* mono ns at which the governor heard of drops and sizes */
	uint64_t weighed_datagrams;   /* received when the governor was last told their size */
	uint64_t weighed_bytes;	      /* of these */
	struct sn_rng rng;	      /* ids and jitter */
	struct sn_arena_pool arenas;  /* memory of rounds */
	struct sn_worker_hooks hooks; /* the owner's part of a turn */
	unsigned number;	      /* 0 .. workers - 1 */
	bool stop;		      /* leave the loop; set by a message or hook */
	bool hurry;	       /* more to do at once: the next wait only looks; reset every turn */
	struct sn_inbox inbox; /* any thread pushes */
	struct sn_counters counters; /* any thread reads */
};

struct sn_worker_config {
	unsigned number;      /* 0 .. workers - 1 */
	uint32_t in_flight;   /* slots */
	bool governed;	      /* how many of them may be used depends on what comes back */
	const uint64_t *seed; /* deterministic random source for tests; NULL: the system's */
};

/* Takes io over, also on failure. SN_ENOMEM, SN_EINVAL. */
SN_MUST_USE int sn_worker_init(struct sn_worker *w, const struct sn_worker_config *cfg,
			       struct sn_io *io);

void sn_worker_fini(struct sn_worker *w);

/* Unix ns of this turn. */
static inline uint64_t sn_worker_wall(const struct sn_worker *w)
{
	return w->now + w->wall_offset;
}

/* Whether a request may be sent now: there is a slot for it, and for its answer a place. */
static inline bool sn_worker_has_room(const struct sn_worker *w)
{
	return w->slots.used < w->slots.n && sn_governor_is_open(&w->governor);
}

/* Hands a message over and wakes the worker. Any thread. */
void sn_worker_post(struct sn_worker *w, struct sn_worker_message *message);

/* One turn; waits for events no longer than until (mono ns). SN_OK, or the io's error. */
SN_MUST_USE int sn_worker_turn(struct sn_worker *w, uint64_t until);

/* Turns until w->stop. SN_OK, or the io's error. */
SN_MUST_USE int sn_worker_run(struct sn_worker *w);

#endif
