/*
 * One table of one round: its block, and what is under way to fill it: walks side by side, or
 * requests of a course. When nothing is left to come the rows are marked (partial, reset) and
 * leave. Worker thread.
 */
#ifndef SN_COLLECT_TABLE_H
#define SN_COLLECT_TABLE_H

#include "collect/job.h"

struct sn_table {
	struct sn_job *job;	    /* whose table */
	const struct sn_plan *plan; /* the module */
	const uint8_t *width;	    /* walking: expected octets per varbind of each column */
	uint8_t *column_open;	    /* per column: 1 while it is walked and its end was not met */
	uint8_t *joined;	    /* per column: its end was met in a later column of the table */
	struct sn_span *last; /* walking, per column: index of the last name, empty: none yet */
	struct sn_block blk;  /* rows so far */
	uint32_t number;      /* of the table within the target */
	uint32_t pending;     /* walks and requests under way or to come */
	uint32_t rows;	      /* with a value */
	uint32_t course_rows; /* known beforehand, the first ones of the block, ascending */
	bool walking;	      /* the columns are walked one by one, not by the course */
	bool marked;	      /* some row was marked partial for a bad value */
	bool failed;	      /* a part of the course brought nothing */
	bool labelled;	      /* kept labels were filled in, or are not to be */
	bool emitted;	      /* the rows have left */
};

/* An empty table in the job's arena, nothing pending. NULL: out of memory. */
SN_MUST_USE struct sn_table *sn_table_new(struct sn_job *job, const struct sn_plan *plan,
					  const struct sn_plan_table *pt, uint32_t number);

/*
 * Splits the columns into walks so that the table takes the fewest packets, and starts them; cells
 * that are filled stay. SN_ENOMEM: some may have been started.
 */
SN_MUST_USE int sn_table_walk(struct sn_table *table);

/* Starts walks of the columns that give labels, as sn_table_walk. SN_ENOMEM. */
SN_MUST_USE int sn_table_walk_labels(struct sn_table *table);

/*
 * A column ended with this varbind, of another column, table or the end of the MIB: notes whether
 * the agent went on into a later column.
 */
void sn_table_column_over(struct sn_table *table, uint32_t column, const struct sn_varbind *vb);

/* The column, after `column`, that a name lies in, or the number of columns. */
uint32_t sn_table_column_of(const struct sn_table *table, uint32_t column, struct sn_span name);

/*
 * Rows from..to (both included, UINT32_MAX: all that follow) of a column were not answered: those
 * that have no value there are partial.
 */
void sn_table_missing(struct sn_table *table, uint32_t column, uint32_t from, uint32_t to);

/* Something that was pending is over. Emits the table with the last one, if the uptime is known. */
void sn_table_settle(struct sn_table *table);

/* Emits the table if nothing is pending and it has not left yet. */
void sn_table_emit_if_settled(struct sn_table *table);

/* Marks and emits what is there; the round was cut. */
void sn_table_abort(struct sn_table *table);

#endif
