/*
 * Which records are settled: all below the floor, and some within a window above it, a bit each,
 * because acknowledgements come in any order. Settled is what was acknowledged or is lost. Numbers,
 * no files; on the spool's thread.
 */
#ifndef SN_SPOOL_ACKWIN_H
#define SN_SPOOL_ACKWIN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct sn_ackwin {
	uint64_t *bits;	  /* of numbers floor .. floor + size - 1, number n at n % size */
	uint64_t size;	  /* numbers, a power of two, at least 64 */
	uint64_t floor;	  /* every number below is settled, this one is not */
	uint64_t settled; /* bits that are set */
};

/* size: at least; rounded up to a power of two. SN_ENOMEM. */
SN_MUST_USE int sn_ackwin_init(struct sn_ackwin *w, uint64_t size);

void sn_ackwin_fini(struct sn_ackwin *w);

/* Whether a number, not below the floor, is within the window. */
static inline bool sn_ackwin_fits(const struct sn_ackwin *w, uint64_t number)
{
	return number - w->floor < w->size;
}

/* Whether a number is settled; those beyond the window are not. */
bool sn_ackwin_test(const struct sn_ackwin *w, uint64_t number);

/* Settles a number that is within the window and not settled; the floor moves up if it can. */
void sn_ackwin_set(struct sn_ackwin *w, uint64_t number);

/* Settles every number below a new floor; a lower one changes nothing. */
void sn_ackwin_jump(struct sn_ackwin *w, uint64_t floor);

#endif
