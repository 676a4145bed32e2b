/*
 * A part of a table: some of its columns walked together, GETBULK in v2c, GETNEXT in v1, each
 * column with a cursor of its own. Cells go into the table's block. Worker thread.
 */
#ifndef SN_ROUND_STEP_WALK_H
#define SN_ROUND_STEP_WALK_H

#include "round/table.h"

/* Walks columns [first, first + n) of the table. SN_ENOMEM. */
SN_MUST_USE int sn_step_walk_start(struct sn_table *table, uint32_t first, uint32_t n);

#endif
