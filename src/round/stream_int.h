/*
 * The names of all tables of a target in the order of the agent's MIB, with what each takes in an
 * answer: what a course is laid along. Only for course.c.
 */
#ifndef SN_ROUND_STREAM_INT_H
#define SN_ROUND_STREAM_INT_H

#include "round/course.h"

/* A table with its rows in ascending order. */
struct sn_ordered {
	const struct sn_course_table *table;
	const struct sn_row **rows; /* that have a value in a walked column */
	const uint16_t *octets; /* of each cell's varbind, by walked column and row; 0: no value */
	uint32_t nrows;
};

/* A place in the stream: the next name. row == nrows: the end of the segment, behind column. */
struct sn_place {
	uint32_t table;
	uint32_t column;
	uint32_t row;
};

/* The whole stream. */
struct sn_stream {
	struct sn_ordered *tables; /* ntables of them */
	uint32_t ntables;
};

/* Takes the rows that have a value in a walked column, in ascending order; usually they are so
 * already. SN_ENOMEM. */
SN_MUST_USE int sn_stream_order(struct sn_ordered *o, const struct sn_course_table *table,
				struct sn_arena *scratch);

/* Whether the column is to be asked. */
bool sn_stream_asks(const struct sn_ordered *t, uint32_t column);

/*
 * Octets that the name at the place takes in an answer; *name is that place, *at moves on to the
 * next one; *end tells that it is the one behind a segment, asked to prove its end. 0: the stream
 * is over.
 */
uint32_t sn_stream_next(const struct sn_stream *s, struct sn_place *at, struct sn_place *name,
			bool *end);

#endif
