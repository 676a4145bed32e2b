/*
 * How far a run of a course has got: names of an answer in, cells and the end of the run out. Knows
 * nothing of requests. Worker thread.
 */
#ifndef SN_ROUND_RIDE_H
#define SN_ROUND_RIDE_H

#include "round/table.h"

enum sn_ride_state {
	SN_RIDE_GOES_ON, /* more names are to come */
	SN_RIDE_DONE,	 /* all names of the run were seen */
	SN_RIDE_ODD	 /* the agent's names make no sense here; the plain walk shall see to it */
};

struct sn_ride {
	struct sn_table *table;	    /* where the cells go */
	const struct sn_row *after; /* of the last name in `column`; NULL: none there yet */
	uint32_t column;	    /* in which the next name is expected */
	uint32_t row;		    /* number of the row expected next */
	uint32_t last_column;	    /* the run ends in this column */
	uint32_t last_row;	    /* with this row; SN_COURSE_TO_END: where the column ends */
	bool in_order;		    /* `after` is the row before `row`, or both are the beginning */
	bool between;  /* names before `column` may come: of a column that nobody wants */
	uint8_t state; /* enum sn_ride_state */
};

/* At the beginning of a run. The table's rows are those of the course. */
void sn_ride_start(struct sn_ride *ride, struct sn_table *table, const struct sn_course_run *run);

/*
 * Takes the names of an answer with this run alone as long as each is the next row of the same
 * column and a number, which most are. Returns how many; the cursor is at the first that is not.
 */
uint32_t sn_ride_take_rows(struct sn_ride *ride, struct sn_cursor *cur, uint64_t at);

/* The next name of the run's stretch. at: Unix ns of the answer. */
void sn_ride_take(struct sn_ride *ride, const struct sn_varbind *vb, uint64_t at);

/* What is left of the run will not come. */
void sn_ride_lose(struct sn_ride *ride);

/* The index part of the name to ask the rest from; empty: the column itself. */
static inline struct sn_span sn_ride_index(const struct sn_ride *ride)
{
	return ride->after ? sn_span_make(ride->after->index->octet, ride->after->index->n)
			   : sn_span_make(NULL, 0);
}

static inline struct sn_span sn_ride_column(const struct sn_ride *ride)
{
	return ride->table->blk.schema->columns[ride->column].oid;
}

#endif
