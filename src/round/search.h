/*
 * Scalars that are walked, and for which the agent has nothing under the name they are asked by
 * first (instance 0): what a walk would find for them is the first instance below their OID, or the
 * OID itself. It is looked for once, by GETNEXT and GET, and known for a while (found.h); then the
 * instance is asked for by its name. An agent that answers for instance 0 costs nothing. Called by
 * take_scalar.c and job.c. Worker thread.
 */
#ifndef SN_ROUND_SEARCH_H
#define SN_ROUND_SEARCH_H

#include "round/job.h"

/* The agent has nothing under a scalar's name. True: it is looked for elsewhere, and open until
 * then. */
bool sn_search_note(struct sn_job *job, const struct sn_scalar *sc);

/* All names have been answered or given up: looks for those that were noted. */
void sn_search_start(struct sn_job *job);

#endif
