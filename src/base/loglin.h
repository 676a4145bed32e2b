/*
 * Log-linear buckets: 2^bits of them for each power of two, values below 2^bits exact. What
 * histograms count in, see hist.h (coarse, small) and hdr.h (fine). Pure functions.
 */
#ifndef SN_BASE_LOGLIN_H
#define SN_BASE_LOGLIN_H

#include <stdint.h>

/* Buckets that all 64-bit values need. */
#define SN_LOGLIN_BUCKETS(bits) ((64 - (bits) + 1) << (bits))

/* The bucket a value falls into. */
static inline unsigned sn_loglin_bucket(uint64_t v, unsigned bits)
{
	unsigned shift;

	if (v >> bits == 0) {
		return (unsigned)v;
	}
	shift = 63u - bits - (unsigned)__builtin_clzll(v);
	return ((shift + 1) << bits) + (unsigned)(v >> shift) - (1u << bits);
}

/* The largest value of a bucket; the values in it are less than 1 / 2^bits of themselves apart. */
static inline uint64_t sn_loglin_top(unsigned bucket, unsigned bits)
{
	unsigned one = 1u << bits;
	unsigned shift;

	if (bucket < one) {
		return bucket;
	}
	shift = (bucket >> bits) - 1;
	return (((uint64_t)(bucket & (one - 1)) + one + 1) << shift) - 1;
}

#endif
