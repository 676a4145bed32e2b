/*
 * Labels read once and used for a while: the cells of columns that are only there for labels
 * (ifName, ifAlias...), kept between rounds, and the course that leaves these columns out. They
 * hold for a given time, and no longer than sysUpTime goes on, ifTableLastChange (RFC 2863) stands
 * still and the rows of the table are the same; otherwise they are read again, in the round that
 * notices. Worker thread.
 */
#ifndef SN_ROUND_LABELS_H
#define SN_ROUND_LABELS_H

#include "round/course.h"

struct sn_job;
struct sn_table;

struct sn_labels {
	struct sn_course *course; /* of all other columns */
	uint64_t until;		  /* mono ns from which they are read again */
	uint32_t last_change;	  /* ifTableLastChange when they were read */
	bool has_last_change;	  /* it is known */
	uint8_t octet[];	  /* cells by table, column and row: tag, then value */
};

/*
 * Keeps the labels of a complete round whose rows make a course. course: without them, taken over.
 * until: mono ns. NULL: no memory, the course was freed.
 */
SN_MUST_USE struct sn_labels *sn_labels_new(const struct sn_job *job, struct sn_course *course,
					    uint64_t until);

void sn_labels_free(struct sn_labels *l);

/* Marks the columns of a table that only give labels, one octet each. Their number. */
uint32_t sn_labels_mark(const struct sn_schema *schema, uint8_t *columns);

/*
 * Fills the label cells of a table whose other columns are complete, in a round without them.
 * False: they do not hold for what is there now, nothing was filled.
 */
bool sn_labels_fill(const struct sn_labels *l, struct sn_table *table);

#endif
