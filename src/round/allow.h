/*
 * Which rows a dynamic filter allows: those in which any of its regexes matches the value of its
 * column. They are known by the last arc of their index, as snmp_exporter knows them, whatever the
 * index is made of. Called by filter.c. Worker thread.
 */
#ifndef SN_ROUND_ALLOW_H
#define SN_ROUND_ALLOW_H

#include "plan/plan.h"
#include "record/block.h"

struct sn_allowed {
	struct sn_span *arcs; /* last arcs, ascending, each once; they lie in the rows */
	uint32_t n;	      /* of them */
};

/* Looks at all rows of the filter's table. SN_ENOMEM. */
SN_MUST_USE int sn_allow_rows(const struct sn_plan_filter *filter, const struct sn_block *blk,
			      struct sn_allowed *allowed);

/* The rows that two filters allow both, which may be one of them. Keeps a's memory. */
void sn_allow_both(struct sn_allowed *a, const struct sn_allowed *b);

#endif
