/*
 * What a target has taught about scalars for which it has nothing under the name they are asked by:
 * where they are, or that they are nowhere. Kept between rounds, for a while, so that a search
 * costs its requests once. Most targets have none of these. Worker thread.
 */
#ifndef SN_ROUND_FOUND_H
#define SN_ROUND_FOUND_H

#include "base/err.h"
#include "base/span.h"

/* What is known of one scalar. */
struct sn_found_one {
	uint32_t number;     /* of the scalar among the target's */
	struct sn_span name; /* the instance; empty: there is none */
};

struct sn_found {
	uint64_t until;		   /* mono ns: what is not there may have come by then */
	uint32_t n;		   /* scalars */
	struct sn_found_one one[]; /* of them; names lie behind */
};

/*
 * What was found now, and what of before is not among it. before: may be NULL. One block of heap
 * memory; NULL: there is none.
 */
SN_MUST_USE struct sn_found *sn_found_new(const struct sn_found *before,
					  const struct sn_found_one *now, uint32_t n,
					  uint64_t until);

void sn_found_free(struct sn_found *f);

/* What is known of a scalar; f may be NULL. NULL: nothing. */
const struct sn_found_one *sn_found_get(const struct sn_found *f, uint32_t number);

#endif
