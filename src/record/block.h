/*
 * A block: the rows of one table of one device in one poll round, assembled by collect, read by
 * encoders, then dropped with the round's arena. Cells hold the value as it came (tag and number,
 * or bytes); this copy is the only one between the datagram and the output buffer. Rows live in
 * segments, so growing never moves them. One thread.
 */
#ifndef SN_RECORD_BLOCK_H
#define SN_RECORD_BLOCK_H

#include "base/arena.h"
#include "codec/value.h"
#include "record/schema.h"

/* Octets kept in the arena. */
struct sn_bytes {
	uint32_t n;	 /* octets */
	uint8_t octet[]; /* n of them */
};

enum sn_row_flag {
	SN_ROW_PARTIAL = 1,  /* some column was not answered to its end */
	SN_ROW_RESET = 2,    /* counters of this row restarted since the last round */
	SN_ROW_ASCENDING = 4 /* its index is larger than that of the row before it */
};

/* Head of a row; its cells follow: ncolumns values, then ncolumns tags. */
struct sn_row {
	const struct sn_bytes *index; /* index part of the instance OID, BER content */
	uint64_t at;		      /* Unix ns at which the last answer for this row arrived */
	uint32_t hash;		      /* of the index */
	uint32_t filled;	      /* cells that have a value */
	uint32_t flags;		      /* enum sn_row_flag */
	uint32_t number;	      /* position in the block */
};

/* Where the rows come from: the same for all blocks of a target. Borrowed from the configuration
 * snapshot. */
struct sn_label {
	const char *name;  /* label name */
	const char *value; /* label value, UTF-8 */
};

struct sn_origin {
	const char *instance; /* the target as configured, port included if one was given */
	const struct sn_label *labels; /* target labels, sorted by name */
	uint32_t nlabels;
	uint32_t plain; /* octets of instance, when sn_origin_plain says that they are; 0: not known
			 */
};

/*
 * Octets of a text that no format escapes: letters, digits and what addresses have besides. 0: it
 * has others.
 */
uint32_t sn_origin_plain(const char *instance);

struct sn_block {
	const struct sn_schema *schema; /* what the cells mean */
	const struct sn_origin *origin; /* whose rows these are */
	struct sn_arena *arena;		/* of the round; holds everything below */
	uint8_t **segments;		/* rows, rows_per_segment each */
	uint32_t *buckets; /* hash table: row number + 1, 0 empty; nbuckets a power of two; none
			      while there are few rows */
	uint64_t uptime;   /* sysUpTime of the round, 1/100 s */
	uint64_t began;	   /* Unix ns at which the round began, as in its record; 0: not known */
	uint64_t started;  /* Unix ns at which the device started, the same in all rounds until it
			      starts anew; 0: not known */
	uint32_t nbuckets;
	uint32_t nsegments;
	uint32_t segments_cap;
	uint32_t nrows;
	uint32_t rows_shift; /* log2 of rows_per_segment */
	uint32_t stride;     /* bytes of a row with its cells */
	bool has_uptime;     /* uptime is known */
	bool reset;	     /* the device restarted since the last round */
};

/* Empty block. SN_ENOMEM never: nothing is allocated before the first row. */
void sn_block_init(struct sn_block *blk, const struct sn_schema *schema,
		   const struct sn_origin *origin, struct sn_arena *arena);

static inline struct sn_row *sn_block_row(const struct sn_block *blk, uint32_t number)
{
	return (struct sn_row *)(void *)(blk->segments[number >> blk->rows_shift] +
					 (size_t)(number & ((1u << blk->rows_shift) - 1)) *
						 blk->stride);
}

/* Whether a row has this index; the usual short ones are compared without a call. */
static inline bool sn_row_has_index(const struct sn_row *row, struct sn_span index)
{
	const struct sn_bytes *mine = row->index;

	if (index.n == 1 && mine->n == 1) {
		return mine->octet[0] == index.p[0];
	}
	return sn_span_eq(sn_span_make(mine->octet, mine->n), index);
}

/*
 * Row number `number` when it is there, has this index, and that is larger than the index of the
 * row before; NULL otherwise. Whoever has just seen that one knows that this one is in order.
 */
static inline struct sn_row *sn_block_next_row(const struct sn_block *blk, struct sn_span index,
					       uint32_t number)
{
	struct sn_row *row;

	if (number >= blk->nrows) {
		return NULL;
	}
	row = sn_block_row(blk, number);
	return row->flags & SN_ROW_ASCENDING && sn_row_has_index(row, index) ? row : NULL;
}

/* Slow part of sn_block_get_row: another row than expected, or a new one. */
SN_MUST_USE struct sn_row *sn_block_seek_row(struct sn_block *blk, struct sn_span index);

/*
 * The row with this index, made if missing. hint: the number the caller expects (rows come in the
 * same order for every column); any number is allowed. NULL: out of memory.
 */
SN_MUST_USE static inline struct sn_row *sn_block_get_row(struct sn_block *blk,
							  struct sn_span index, uint32_t hint)
{
	if (hint < blk->nrows) {
		struct sn_row *row = sn_block_row(blk, hint);

		if (sn_row_has_index(row, index)) {
			return row;
		}
	}
	return sn_block_seek_row(blk, index);
}

/* The only row of scalars, whose index is 0; made if missing. NULL: out of memory. */
SN_MUST_USE struct sn_row *sn_block_only_row(struct sn_block *blk);

/* The row with this index, NULL when there is none. */
struct sn_row *sn_block_find(const struct sn_block *blk, struct sn_span index);

/* Wire tag of a cell, 0 when the cell is empty. */
static inline uint8_t sn_block_tag(const struct sn_block *blk, const struct sn_row *row,
				   uint32_t column)
{
	const uint8_t *cells = (const uint8_t *)(row + 1);

	return cells[(size_t)blk->schema->ncolumns * 8 + column];
}

/* The tags of a row's cells, one a column; 0: the cell is empty. */
static inline uint8_t *sn_block_tags(const struct sn_block *blk, struct sn_row *row)
{
	return (uint8_t *)(row + 1) + (size_t)blk->schema->ncolumns * 8;
}

/* So many cells of a row were filled by who writes them itself; at: Unix ns of the answer. */
static inline void sn_block_filled(struct sn_row *row, uint32_t cells, uint64_t at)
{
	row->filled += cells;
	if (cells && at > row->at) {
		row->at = at;
	}
}

/* Fills an empty cell; at: Unix ns of the answer. */
static inline void sn_block_fill(const struct sn_block *blk, struct sn_row *row, uint32_t column,
				 uint8_t tag, uint64_t value, uint64_t at)
{
	uint8_t *cells = (uint8_t *)(row + 1);

	memcpy(cells + (size_t)column * 8, &value, 8);
	cells[(size_t)blk->schema->ncolumns * 8 + column] = tag;
	row->filled++;
	if (at > row->at) {
		row->at = at;
	}
}

/* Slow part of sn_block_set: what is no number, into an empty cell. */
SN_MUST_USE int sn_block_set_other(struct sn_block *blk, struct sn_row *row, uint32_t column,
				   const struct sn_value *v, uint64_t at);

/*
 * Stores a value: numbers as they are, octets copied to the arena. at: Unix ns of the answer. A
 * cell that is filled already keeps its value. 1: stored, 0: it was filled, SN_ENOMEM.
 */
SN_MUST_USE static inline int sn_block_set(struct sn_block *blk, struct sn_row *row,
					   uint32_t column, const struct sn_value *v, uint64_t at)
{
	if (sn_block_tag(blk, row, column)) {
		return 0;
	}
	if (!sn_value_is_number(v->tag)) {
		return sn_block_set_other(blk, row, column, v, at);
	}
	sn_block_fill(blk, row, column, v->tag, v->u, at);
	return 1;
}

/* Reads a cell; false when it is empty. Octets borrow from the arena. */
bool sn_block_get(const struct sn_block *blk, const struct sn_row *row, uint32_t column,
		  struct sn_value *v);

#endif
