/*
 * High-dynamic-range histogram of durations: 1,024 buckets per power of two, so a percentile is
 * off by less than 0.1 % of its value; count, sum, least and greatest are exact. 440 KiB, of which
 * only the pages that values fall into are touched. Written by one thread, read by any (relaxed),
 * merged on read; no allocation. For latencies whose p99.99 matters; hist.h is the small one.
 */
#ifndef SN_BASE_HDR_H
#define SN_BASE_HDR_H

#include "base/loglin.h"

#include <stdatomic.h>

enum { SN_HDR_BITS = 10, SN_HDR_BUCKETS = SN_LOGLIN_BUCKETS(SN_HDR_BITS) };

/* All zero is empty. */
struct sn_hdr {
	_Atomic uint64_t n;			 /* values */
	_Atomic uint64_t sum;			 /* of them */
	_Atomic uint64_t least;			 /* 0 while empty */
	_Atomic uint64_t greatest;		 /* 0 while empty */
	_Atomic uint64_t bucket[SN_HDR_BUCKETS]; /* counts */
};

/* Owner thread only. */
void sn_hdr_add(struct sn_hdr *h, uint64_t value);

/* Empties it. Owner thread only. */
void sn_hdr_clear(struct sn_hdr *h);

/* Adds what from holds to a histogram of the caller. */
void sn_hdr_merge(struct sn_hdr *to, const struct sn_hdr *from);

/*
 * The value that the given share (0 to 1) of all values does not exceed: the top of its bucket, but
 * never above the greatest; 0 when empty.
 */
uint64_t sn_hdr_quantile(const struct sn_hdr *h, double share);

#endif
