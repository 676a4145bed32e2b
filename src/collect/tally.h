/*
 * What rounds came to, added up by what they polled: one tally for every list of modules as round
 * records name it ("if_mib", "if_mib,system"). A tally is made with the first round of its modules
 * and stays until the collector goes; there are as many as the configuration has such lists, and
 * past SN_TALLIES_MAX all others share one. Written by the worker at the end of rounds, read by any
 * thread (docs/CONCURRENCY.md).
 */
#ifndef SN_COLLECT_TALLY_H
#define SN_COLLECT_TALLY_H

#include "record/round.h"

#include <stdatomic.h>

enum { SN_TALLIES_MAX = 1000, SN_TALLY_BUCKETS = 64 };

/* X(id) */
#define SN_TALLY_TABLE(X)                                                                          \
	X(ROUNDS_OK)                                                                               \
	X(ROUNDS_PARTIAL)                                                                          \
	X(ROUNDS_FAILED)                                                                           \
	X(ROUNDS_CANCELLED)                                                                        \
	X(ROWS)                                                                                    \
	X(ROWS_PARTIAL)                                                                            \
	X(VARBINDS)                                                                                \
	X(REQUESTS)                                                                                \
	X(RETRIES)                                                                                 \
	X(TIMEOUTS)                                                                                \
	X(AGENT_ERRORS)                                                                            \
	X(DURATION_NS)

enum sn_tally_count {
#define SN_TALLY_ENUM(id) SN_TALLY_##id,
	SN_TALLY_TABLE(SN_TALLY_ENUM)
#undef SN_TALLY_ENUM
		SN_TALLY_COUNT
};

struct sn_tally {
	struct sn_tally *next;		    /* made before it; constant once published */
	struct sn_tally *chain;		    /* in its bucket; worker only */
	_Atomic uint64_t v[SN_TALLY_COUNT]; /* by enum sn_tally_count */
	char modules[];			    /* comma-separated; constant */
};

struct sn_tallies {
	_Atomic(struct sn_tally *) newest;	   /* of all, linked by next; any thread reads */
	struct sn_tally *bucket[SN_TALLY_BUCKETS]; /* by hash of the modules */
	struct sn_tally *last;			   /* the round before was of; worker only */
	struct sn_tally *others; /* for lists that found no room; NULL: none yet */
	uint32_t n;		 /* made so far */
};

/* Zeroed memory is an empty struct sn_tallies. */
void sn_tallies_fini(struct sn_tallies *ts);

/* A round has ended; agent_errors: what it lost to an error-status. Without memory for a new tally
 * the round is not counted. */
void sn_tallies_add(struct sn_tallies *ts, const struct sn_round *rd, uint32_t agent_errors);

/* The first of a list linked by next; NULL: none. Any thread, until fini. */
static inline const struct sn_tally *sn_tallies_first(const struct sn_tallies *ts)
{
	return atomic_load_explicit(&ts->newest, memory_order_acquire);
}

/* Any thread. */
static inline uint64_t sn_tally_get(const struct sn_tally *t, enum sn_tally_count id)
{
	return atomic_load_explicit(&t->v[id], memory_order_relaxed);
}

#endif
