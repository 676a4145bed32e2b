/*
 * A course: how a target's tables will be asked in its next rounds, laid out from what a complete
 * round has shown. The names of all tables in the order of the agent's MIB are one stream; it is
 * cut where a datagram is full, so that each request takes a stretch of it and all requests can be
 * under way at once. Where the agent goes from one wanted column straight into the next, so does a
 * request (a *segment* of the stream); where it does not, one name more is asked, which proves the
 * end. Several short pieces share a request.
 *
 * A course only says what to ask. Whether an answer covers its stretch is decided by the names in
 * it (step_course.c), so rows that came or went meanwhile cost a request more, never a value.
 *
 * One block of memory, a few octets a request and one index a row; made when something was learned,
 * read in every round. Worker thread.
 */
#ifndef SN_ROUND_COURSE_H
#define SN_ROUND_COURSE_H

#include "base/arena.h"
#include "record/block.h"

/* A finished table of the round that is learned from. */
struct sn_course_table {
	const struct sn_block *blk; /* its rows */
	const uint8_t *joined;	    /* by walked column: the agent goes on into a later one */
	const uint8_t *left_out;    /* by walked column: is not asked; NULL: all are */
	uint32_t max_repetitions;   /* the user's limit */
};

struct sn_course_plan {
	const struct sn_course_table *tables; /* of the target, in order */
	uint32_t ntables;
	uint32_t room;		 /* octets of varbinds that an answer may have */
	uint32_t scalars_octets; /* of the scalars' varbinds in the first answer; 0: asked apart */
};

/* A stretch of one segment, asked as one name of a GETBULK. */
struct sn_course_run {
	uint32_t table;	      /* number within the target */
	uint32_t column;      /* begins in this column */
	uint32_t row;	      /* behind the row before this one; 0: with the column's first name */
	uint32_t last_column; /* ends in this column */
	uint32_t last_row;    /* with this row; SN_COURSE_TO_END: where the column ends */
};

#define SN_COURSE_TO_END UINT32_MAX

struct sn_course {
	uint32_t octets;       /* of octet[] */
	uint32_t nrequests;    /* at least 1 */
	uint32_t names_octets; /* room that the varbinds of any of its requests take */
	uint16_t most_runs;    /* in one request */
	uint16_t ntables;      /* of the target */
	bool has_scalars;      /* the first answer has room for the scalars */
	uint8_t octet[];       /* rows of each table, then requests */
};

/*
 * Lays a course through the walked columns. scratch: used meanwhile, not given back. NULL: no
 * memory, nothing to ask, or more columns, rows or octets than a course can say.
 */
SN_MUST_USE struct sn_course *sn_course_new(const struct sn_course_plan *plan,
					    struct sn_arena *scratch);

void sn_course_free(struct sn_course *c);

/* Goes through a course: the rows of each table, then the requests. */
struct sn_course_reader {
	const uint8_t *p;	   /* what comes next */
	uint32_t left;		   /* requests not read yet */
	struct sn_course_run last; /* the run read last */
};

/* At the rows of the first table. */
void sn_course_open(struct sn_course_reader *r, const struct sn_course *course);

/* Number of rows of the next table; exactly so many calls of sn_course_read_row follow. */
uint32_t sn_course_read_rows(struct sn_course_reader *r);

/* Index of the next row, in ascending order; borrowed from the course. */
struct sn_span sn_course_read_row(struct sn_course_reader *r);

/*
 * The next request, in the order of the stream: its runs (room for course->most_runs), the
 * repetitions to ask, and the number of runs. 0: no request is left. After the rows of all tables.
 */
uint32_t sn_course_read_request(struct sn_course_reader *r, struct sn_course_run *runs,
				uint32_t *reps);

#endif
