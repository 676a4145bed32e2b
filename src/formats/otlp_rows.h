/*
 * The rows of an OTLP message: taken before anything of it is written, so that their attributes are
 * rendered once, and what they need at most is known. Private to enc_otlp.c, on workers' threads.
 */
#ifndef SN_FORMATS_OTLP_ROWS_H
#define SN_FORMATS_OTLP_ROWS_H

#include "formats/points.h"

enum {
	SN_OTLP_ROWS_ROOM = 65536, /* bytes for rows; one that is larger goes to the arena */
	SN_OTLP_POINT = 5	   /* octets that open a point, at most */
};

/* What the points of a row have in common, by attribute set: attributes, time, start. */
struct sn_otlp_common {
	const uint8_t *p; /* SN_TEXT_SLACK readable octets behind it */
	uint32_t gauge;	  /* octets of attributes and time */
	uint32_t sum;	  /* with the start, if it is known */
};

/* A row of the message. */
struct sn_otlp_part {
	struct sn_otlp_part *next;    /* row, NULL: the last */
	const struct sn_row *row;     /* of the block */
	bool some;		      /* it has points; its writer's to say */
	struct sn_otlp_common sets[]; /* of each set of the plan */
};

/* All of them. To begin with there are none: first is NULL. */
struct sn_otlp_rows {
	const struct sn_points_plan *plan; /* of the schema */
	const struct sn_block *blk;	   /* of the rows */
	struct sn_otlp_part *first;	   /* of the rows taken */
	struct sn_text room;		   /* what is left for parts, of SN_OTLP_ROWS_ROOM bytes */
};

/*
 * Takes as many rows as surely fit into t, where the metrics come next, from number `next` on and
 * below `end`. They borrow from the block, the plan, the room and the block's arena. Returns how
 * many; 0: not even one fits; SN_ENOMEM.
 */
SN_MUST_USE int sn_otlp_rows_take(struct sn_otlp_rows *rows, uint32_t next, uint32_t end,
				  const struct sn_text *t);

#endif
