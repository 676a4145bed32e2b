/*
 * A fault of some agents: a column that never ends, because behind its last row comes its first one
 * again. A store in front of another; immutable, any thread.
 */
#ifndef SN_AGENT_CIRCLE_H
#define SN_AGENT_CIRCLE_H

#include "store/store.h"

struct sn_circle {
	struct sn_store st;	      /* what dispatch asks; first */
	const struct sn_store *inner; /* all else is its; borrowed */
};

/* Makes c a store in which ifInErrors of ifTable runs in a circle. Needs no end. */
void sn_circle_init(struct sn_circle *c, const struct sn_store *inner);

#endif
