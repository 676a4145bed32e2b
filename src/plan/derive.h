/*
 * Cells that no agent is asked for: made from other cells when a table is complete, so that
 * encoders meet simple values only. plan_table.c and plan_labels.c write the operations, table.c
 * has them done. Worker thread.
 */
#ifndef SN_PLAN_DERIVE_H
#define SN_PLAN_DERIVE_H

#include "plan/convert.h"
#include "record/block.h"

enum sn_derive_how {
	SN_DERIVE_COPY,	   /* the same value, read as another kind */
	SN_DERIVE_CONVERT, /* by plan/convert.h */
	SN_DERIVE_EXTRACT, /* a number found in text by regexes */
	SN_DERIVE_JOIN	   /* the value in a row of another table that labels of this row name */
};

enum { SN_DERIVE_NO_COLUMN = UINT32_MAX };

/* Some arcs of the index by which a join finds its row. */
struct sn_derive_part {
	bool is_index; /* those of an index label; false: the whole number in a cell of this row */
	bool own_row;  /* the cell is that of a look-up with own_row, see struct sn_lookup */
	uint32_t ref;  /* number of the index label, or column */
};

struct sn_derive {
	enum sn_derive_how how; /* what to do */
	uint32_t column;	/* to fill */
	uint32_t from;		/* column read; of a join: of the other table */
	union {
		struct {
			struct sn_convert_spec spec; /* what to make of it */
			uint32_t beside; /* column with the type, SN_DERIVE_NO_COLUMN: none */
		} convert;
		struct {
			const struct sn_extract *list; /* tried in this order */
			uint32_t n;		       /* of them */
		} extract;
		struct {
			const struct sn_derive_part *parts; /* of the other row's index, in order */
			uint32_t nparts;		    /* of them */
			uint32_t table;			    /* its number within the plan */
		} join;
	};
};

/*
 * Does the operations that need no other table, for all rows; those on rows that lack what they
 * read leave the cell empty. SN_ENOMEM: of the block's arena.
 */
SN_MUST_USE int sn_derive_local(const struct sn_derive *ops, uint32_t n, struct sn_block *blk);

/*
 * Does the joins. tables: of the plan by number, complete, with their own operations done.
 * SN_ENOMEM.
 */
SN_MUST_USE int sn_derive_joins(const struct sn_derive *ops, uint32_t n, struct sn_block *blk,
				const struct sn_block *const *tables);

#endif
