/*
 * What all rows of a block have in common, escaped once: names of labels and values, constant
 * labels, their order. A row is then a run of ready fragments with rendered values between them.
 * Private to the text encoders; a layout lives for one call, on a worker's thread.
 */
#ifndef SN_OUTPUT_LAYOUT_H
#define SN_OUTPUT_LAYOUT_H

#include "output/encoder.h"
#include "output/render.h"

/* Where the text of a label comes from. */
enum sn_layout_source {
	SN_LAYOUT_CONSTANT, /* known beforehand */
	SN_LAYOUT_INDEX,    /* index label number ref */
	SN_LAYOUT_LOOKUP    /* cell of column ref */
};

struct sn_layout_label {
	const char *name;	      /* label name */
	const char *value;	      /* text of a constant */
	uint32_t ref;		      /* index label or column */
	enum sn_layout_source source; /* what ref is */
};

/* A constant text and the variable that follows it. */
struct sn_layout_piece {
	uint32_t off;	/* of the text, in sn_layout.text */
	uint32_t len;	/* of the text */
	uint32_t own;	/* bytes at the end of the text that go with the variable */
	uint32_t ref;	/* index label or column */
	uint8_t source; /* labels: enum sn_layout_source; nothing follows a constant */
	bool whole;	/* values: whole numbers of the cell are written as they are */
};

struct sn_layout {
	const struct sn_schema *schema; /* of the block */
	const uint8_t *text; /* all fragments, SN_TEXT_SLACK readable bytes behind them */
	struct sn_layout_piece *labels; /* nlabels, in order of output */
	struct sn_layout_piece *values; /* nvalues: the columns that are values */
	uint32_t nlabels;		/* pieces */
	uint32_t nvalues;		/* pieces */
	uint32_t head;			/* bytes of text that open every row */
};

/* A text format as layouts see it. */
struct sn_layout_format {
	/* Name of the label that carries the instance; labels are sorted by name then. NULL: not a
	 * label, not sorted. */
	const char *instance;

	/* Writes what opens every row. */
	void (*head)(struct sn_text *t, const struct sn_block *blk);

	/* Writes a label up to its value, or with it when it is constant. */
	void (*label)(struct sn_text *t, const struct sn_layout_label *label);

	/* Writes what stands before a value. */
	void (*value)(struct sn_text *t, const struct sn_column *col);

	/* Writes a row; overflow sticks to t. False: the row has nothing to say. */
	bool (*row)(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		    const struct sn_block *blk, const struct sn_row *row, struct sn_text *t);
};

/* sn_encoder.row and sn_encoder.rows in terms of a format; same results. */
SN_MUST_USE int sn_layout_encode_row(const struct sn_layout_format *f,
				     const struct sn_encoder_options *opt,
				     const struct sn_block *blk, const struct sn_row *row,
				     uint8_t *out, size_t cap);
SN_MUST_USE int sn_layout_encode_rows(const struct sn_layout_format *f,
				      const struct sn_encoder_options *opt,
				      const struct sn_block *blk, struct sn_encoder_run *run,
				      uint8_t *out, size_t cap);

/* True for the tags of whole numbers without a sign. */
static inline bool sn_layout_is_unsigned(uint8_t tag)
{
	const unsigned tags = 1u << (SN_TAG_COUNTER32 & 15) | 1u << (SN_TAG_GAUGE32 & 15) |
			      1u << (SN_TAG_TIMETICKS & 15) | 1u << (SN_TAG_COUNTER64 & 15) |
			      1u << (SN_TAG_UINTEGER32 & 15);

	return (tag & 0xf0) == 0x40 && (tags >> (tag & 15) & 1);
}

#endif
