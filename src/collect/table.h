/*
 * One table of one round: its block, and the walks that fill it side by side. When the last walk
 * ends the rows are marked (partial, reset) and leave. Worker thread.
 */
#ifndef SN_COLLECT_TABLE_H
#define SN_COLLECT_TABLE_H

#include "collect/job.h"

struct sn_table {
	struct sn_job *job;	    /* whose table */
	const struct sn_plan *plan; /* the module */
	const uint8_t *width;	    /* expected octets per varbind of each column */
	uint8_t *column_open;	    /* per column: 1 until it was walked to its end */
	struct sn_span *last;	    /* per column: index of the last name received, empty: none */
	struct sn_block blk;	    /* rows so far */
	uint32_t number;	    /* of the table within the target */
	uint32_t walks;		    /* running */
	uint32_t rows;		    /* with a value */
	bool marked;		    /* some row was marked partial for a bad value */
	struct sn_table *next;	    /* of the job */
};

/*
 * Splits the columns into walks so that the table takes the fewest packets, and starts them.
 * SN_ENOMEM: none was started.
 */
SN_MUST_USE int sn_table_start(struct sn_job *job, const struct sn_plan *plan,
			       const struct sn_plan_table *pt, uint32_t number);

/* A walk has ended. Emits the table with the last one. */
void sn_table_walk_over(struct sn_table *table);

/* Marks and emits what is there; the round was cut. */
void sn_table_abort(struct sn_table *table);

#endif
