/*
 * What a load test found, by operation. Written by one worker with relaxed stores, read by the main
 * thread at any time, merged over workers.
 */
#ifndef SN_LOAD_RESULT_H
#define SN_LOAD_RESULT_H

#include "base/hdr.h"
#include "codec/pdu.h"
#include "load/mix.h"

/* X(id, name, text): counts of an operation. */
#define SN_LOAD_COUNT_TABLE(X)                                                                     \
	X(REQUESTS, "requests", "Requests sent, retransmissions not counted")                      \
	X(ANSWERS, "answers", "Requests answered, with or without an error-status")                \
	X(TIMEOUTS, "timeouts", "Requests without an answer to any attempt")                       \
	X(REFUSED, "refused", "SNMPv3 requests ended by a Report")                                 \
	X(UNSENDABLE, "unsendable", "Requests that our own kernel refused to send")                \
	X(RETRIES, "retries", "Retransmissions")                                                   \
	X(ERRORS, "errors", "Answers with an error-status")                                        \
	X(VARBINDS, "varbinds", "Variable bindings in answers without one")                        \
	X(EXCEPTIONS, "exceptions", "Of these, noSuchObject, noSuchInstance or endOfMibView")      \
	X(MALFORMED, "malformed", "Answers whose variable bindings do not decode")                 \
	X(OCTETS, "octets", "Octets of answers")                                                   \
	X(WALKS, "walks", "Walks that came to the end of their subtree")                           \
	X(WALKS_CUT, "walks_cut", "Walks given up: no answer, an error, or OIDs that go back")

enum sn_load_count {
#define SN_LOAD_COUNT_ENUM(id, name, text) SN_LOAD_##id,
	SN_LOAD_COUNT_TABLE(SN_LOAD_COUNT_ENUM)
#undef SN_LOAD_COUNT_ENUM
		SN_LOAD_COUNTS
};

/* One operation. */
struct sn_load_tally {
	_Atomic uint64_t count[SN_LOAD_COUNTS];	    /* by enum sn_load_count */
	_Atomic uint64_t status[SN_STATUS_MAX + 2]; /* answers by error-status; last: unknown ones
						     */
	struct sn_hdr latency;			    /* ns of answered requests */
};

/* All zero is empty. */
struct sn_load_result {
	struct sn_load_tally tally[SN_MIX_KINDS]; /* by kind */
	_Atomic uint64_t late;	 /* open loop: sent more than SN_LOAD_LATE_NS after they were due */
	_Atomic uint64_t latest; /* ns after its due time that the latest was sent */
	_Atomic uint64_t unsent; /* open loop: due, but too many were outstanding to the end */
	_Atomic uint64_t capped; /* closed loop: times a request waited for --max-rate */
};

#define SN_LOAD_LATE_NS 1000000u

/* "requests", ... */
const char *sn_load_count_name(enum sn_load_count id);

/* Owner thread only. */
static inline void sn_load_count(struct sn_load_tally *t, enum sn_load_count id, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&t->count[id], memory_order_relaxed);

	atomic_store_explicit(&t->count[id], v + n, memory_order_relaxed);
}

/* Counts an answer's error-status, whatever it is. Owner thread only. */
void sn_load_count_status(struct sn_load_tally *t, int32_t status);

/* Counts an answer of so many octets after so many ns. Owner thread only. */
void sn_load_count_answer(struct sn_load_tally *t, const struct sn_pdu *pdu, size_t octets,
			  uint64_t latency);

/* As what a request counts that ended with this error. */
enum sn_load_count sn_load_count_of(int err);

/* Any thread. */
static inline uint64_t sn_load_get(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* Sum over operations. */
uint64_t sn_load_result_sum(const struct sn_load_result *r, enum sn_load_count id);

/* Adds the latencies of all operations to a histogram of the caller. */
void sn_load_result_latency(const struct sn_load_result *r, struct sn_hdr *all);

/* Empties it. Owner thread only. */
void sn_load_result_clear(struct sn_load_result *r);

/* Adds what from holds to a result of the caller. */
void sn_load_result_merge(struct sn_load_result *to, const struct sn_load_result *from);

#endif
