/*
 * A whole collector on the scripted network with very many targets, each of them one agent of a
 * crowd: what the rig (rig.h) is for behaviour, this is for size. It keeps sums only, nothing for
 * each target but what the configuration and the collector themselves keep, so that memory and time
 * of a run are the product's. It knows what heap was taken for what.
 */
#ifndef TEST_SUPPORT_SWARM_H
#define TEST_SUPPORT_SWARM_H

#include "collect/collector.h"
#include "support/capture.h"
#include "support/crowd.h"

/* Zero means the default beside it. */
struct swarm_config {
	uint32_t targets;	   /* 1 */
	uint32_t rows;		   /* 0: ten scalars; else a table of so many rows, five columns */
	uint64_t seed;		   /* of everything, 1 */
	struct sn_fake_link link;  /* 1 ms each way and nothing else */
	uint64_t interval_ns;	   /* 300 s */
	uint64_t timeout_ns;	   /* 2 s */
	uint8_t retries;	   /* 3 */
	uint32_t in_flight;	   /* slots, 20000 */
	uint32_t dead_ppm;	   /* of a million agents so many never answer */
	uint32_t reboot_ppm;	   /* so many start anew once */
	uint64_t reboot_after_ns;  /* not before so long after the start */
	uint64_t reboot_within_ns; /* and within so long after that */
	const char *encoder; /* rows are encoded in this format and dropped; NULL: not encoded */
	bool digest;	     /* of all that is encoded */
	bool check;	     /* every row against the agent it is said to come from */
	/* What the worker is given in place of the network's io; NULL: that one. */
	struct sn_io *(*wrap)(void *ctx, struct sn_io *io);
	void *wrap_ctx; /* its first argument */
};

/* Heap in use as malloc counts it, headers of its blocks included. */
struct swarm_memory {
	size_t before;	/* with the worker and the network, no target yet */
	size_t specs;	/* of this: what the configuration keeps for the targets */
	size_t targets; /* the collector's list and slab */
};

struct swarm {
	struct swarm_config cfg;    /* with defaults filled in */
	struct crowd crowd;	    /* the agents */
	struct sn_fake *net;	    /* between */
	struct sn_worker w;	    /* the worker */
	struct sn_collector c;	    /* its collector */
	struct sn_outputs out;	    /* what it said */
	struct sn_arena_pool pool;  /* memory of plan and specs */
	struct sn_arena arena;	    /* the same */
	struct sn_plan plan;	    /* what to poll */
	struct swarm_memory memory; /* taken so far */
	uint64_t began;		    /* mono ns of swarm_open */

	/* Sums over all round records. */
	uint64_t rounds;
	uint64_t by_status[SN_ROUND_CANCELLED + 1];
	uint64_t requests;
	uint64_t retries;
	uint64_t varbinds;
	uint64_t rows;
	uint64_t skipped;
	uint64_t resets;    /* rounds that were marked */
	uint64_t most_late; /* ns, of any round */
	uint64_t wrong;	    /* rows and records that are not what their agent said */
};

/* Everything, targets applied; the first rounds are yet to come. Aborts without memory. */
void swarm_open(struct swarm *s, const struct swarm_config *cfg);

/* Turns the worker for so many ns of virtual time. */
void swarm_run(struct swarm *s, uint64_t ns);

/* No new rounds; turns the worker until those under way are over. False: some never ended. */
bool swarm_finish(struct swarm *s);

void swarm_close(struct swarm *s);

uint64_t swarm_counter(const struct swarm *s, enum sn_counter id);

/* Heap in use now. */
size_t swarm_heap(void);

#endif
