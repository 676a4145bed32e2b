/*
 * GET of cells by their names: the instances that a module lists, and those of the rows that a
 * filter allows. As many names as fit an answer make one request, and as many requests as the
 * device's window lets in are under way. A row is made by the first value that comes for it, or to
 * say that one of its values was lost. Called by filter.c. Worker thread.
 */
#ifndef SN_ROUND_STEP_INSTANCES_H
#define SN_ROUND_STEP_INSTANCES_H

#include "round/table.h"

/* One cell to ask for. */
struct sn_instance {
	struct sn_table *table; /* where it goes; NULL: done with */
	struct sn_span index;	/* of its row, borrowed until the end of the round */
	uint32_t column;	/* of the table */
};

/* Some cells that are asked together. */
struct sn_instances;

/*
 * Starts to ask for n cells (at least one) of tables of one plan, those of a table one behind the
 * other. cells: in the round's arena, the step's from now on. Each table has one thing more pending
 * until all cells have come or are lost. The list is put in front of *lists, for
 * sn_step_instances_abort. SN_ENOMEM: nothing was started, no cell was lost yet.
 */
SN_MUST_USE int sn_step_instances_start(struct sn_instance *cells, uint32_t n,
					struct sn_instances **lists);

/* The round is cut, requests are gone: cells of these lists that did not come are lost. */
void sn_step_instances_abort(struct sn_instances *lists);

/* The cell will not come: its row, made if need be, is partial. */
void sn_step_instances_lose(const struct sn_instance *cell);

#endif
