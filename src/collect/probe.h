/*
 * Rounds on demand: somebody wants a target polled now and waits for the result. A probe is a
 * message to a worker; its round runs among those of the calendar, on the same sockets, with a
 * device of its own. What such a device has taught (engine, timers, course) is kept for the next
 * probe with the same settings, for some minutes. Probes of one device follow each other. All
 * functions but sn_probe_post are the worker's.
 */
#ifndef SN_COLLECT_PROBE_H
#define SN_COLLECT_PROBE_H

#include "round/job.h"

struct sn_collector;
struct sn_probe_target;

/* The caller's, who keeps it and all it points at until done was called. */
struct sn_probe {
	struct sn_worker_message message;  /* to the worker */
	struct sn_collector *collector;	   /* of the worker */
	const struct sn_target_spec *spec; /* what to poll, and how; its fingerprint says what may
					      be shared with other probes */
	uint64_t deadline;		   /* mono ns at which the round is cut, 0: none */
	/* Rows, on the worker, before done. */
	void (*rows)(struct sn_probe *p, const struct sn_block *blk);
	/* Whether a table was answered to its end, on the worker, before done. */
	void (*table)(struct sn_probe *p, const struct sn_schema *schema, bool whole);
	/* The end, once, on the worker; round is filled in. */
	void (*done)(struct sn_probe *p);
	struct sn_round round;		/* the outcome; its origin is the spec's */
	struct sn_list waiting;		/* behind a round of the same device */
	struct sn_timer timer;		/* for the deadline */
	struct sn_probe_target *target; /* whose probe, once the worker has it */
};

/* Of one worker. */
struct sn_probes {
	struct sn_collector *c;		 /* whose */
	struct sn_job_env env;		 /* for their rounds */
	struct sn_slab slab;		 /* memory of devices */
	struct sn_probe_target **bucket; /* by fingerprint; heap, nbuckets, a power of two */
	struct sn_list idle;		 /* devices without a probe, longest unused first */
	struct sn_timer expiry;		 /* for those unused for long */
	uint32_t nbuckets;		 /* 0: none yet */
	uint32_t n;			 /* devices */
	uint32_t running;		 /* probes that the worker has */
};

void sn_probes_init(struct sn_probes *ps, struct sn_collector *c);

/* Frees all devices; no probe may be running. */
void sn_probes_fini(struct sn_probes *ps);

/* Ends all probes now, as cancelled; rows that are there have been handed out. */
void sn_probes_cancel(struct sn_probes *ps);

/*
 * Hands a probe to its collector's worker: message, collector, spec, deadline, rows and done are
 * set. A worker that has left its loop never looks at it. Any thread.
 */
void sn_probe_post(struct sn_probe *p);

#endif
