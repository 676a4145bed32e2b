/*
 * One table of one round: its block, and what is under way to fill it: walks side by side, or
 * requests of a course. When nothing is left to come the rows are marked (partial, reset) and
 * leave. Worker thread.
 */
#ifndef SN_ROUND_TABLE_H
#define SN_ROUND_TABLE_H

#include "round/job.h"

struct sn_table {
	struct sn_job *job;		/* whose table */
	const struct sn_plan *plan;	/* the module */
	const struct sn_plan_table *pt; /* of the plan */
	uint32_t first;			/* number of the plan's first table within the target */
	const uint8_t *width;		/* walking: expected octets per varbind of each column */
	uint8_t *column_open; /* per column: 1 while it is walked and its end was not met */
	uint8_t *joined;      /* per column: its end was met in a later column of the table */
	uint8_t *lost;	      /* per column: a part of it brought nothing */
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
	bool complete;	      /* nothing is left to come: marked, operations within it done */
	bool whole;	      /* once complete: all of it was answered */
	bool emitted;	      /* the rows have left, or are not to */
};

/* Table number `number` of the plan, empty, in the job's arena, nothing pending. first: number of
 * the plan's first table within the target. NULL: out of memory. */
SN_MUST_USE struct sn_table *sn_table_new(struct sn_job *job, const struct sn_plan *plan,
					  uint32_t number, uint32_t first);

/*
 * Splits the columns into walks so that the table takes the fewest packets, and starts them; cells
 * that are filled stay. SN_ENOMEM: some may have been started.
 */
SN_MUST_USE int sn_table_walk(struct sn_table *table);

/* Starts walks of n columns, which need not be those of schema.nwalked. SN_ENOMEM. */
SN_MUST_USE int sn_table_walk_columns(struct sn_table *table, uint32_t first, uint32_t n);

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

/*
 * Looks at all tables of the round: those for which nothing is left to come are completed, those
 * that need no other table any more leave.
 */
void sn_tables_emit(struct sn_job *job);

/* The round ends, or was cut: nothing is pending any more. sn_tables_emit has to follow. */
void sn_table_abort(struct sn_table *table);

#endif
