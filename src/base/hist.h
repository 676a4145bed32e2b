/*
 * Log-linear histogram of durations: sixteen buckets per power of two, so a percentile is off by at
 * most 1/16 of its value. Written by one thread, read by any (relaxed), merged on read. 64-bit
 * values, no allocation. hdr.h is the fine one.
 */
#ifndef SN_BASE_HIST_H
#define SN_BASE_HIST_H

#include "base/loglin.h"

#include <stdatomic.h>

enum { SN_HIST_SUB_BITS = 4, SN_HIST_BUCKETS = SN_LOGLIN_BUCKETS(SN_HIST_SUB_BITS) };

struct sn_hist {
	_Atomic uint64_t bucket[SN_HIST_BUCKETS]; /* counts */
	_Atomic uint64_t sum;			  /* of all values, modulo 2^64 */
};

/* Owner thread only. */
void sn_hist_add(struct sn_hist *h, uint64_t value);

/* Adds what from holds to a histogram of the caller. */
void sn_hist_merge(struct sn_hist *to, const struct sn_hist *from);

/* Upper bound of the bucket that holds the given share (0 to 1) of all values; 0 when empty. */
uint64_t sn_hist_quantile(const struct sn_hist *h, double share);

/*
 * How many values are in buckets that end at bound or below: those up to bound, but for some that
 * lie less than a sixteenth below it. Never falls with bound; UINT64_MAX gives all.
 */
uint64_t sn_hist_count(const struct sn_hist *h, uint64_t bound);

#endif
