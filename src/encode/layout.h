/*
 * What all rows of a block have in common, escaped once: names of labels and values, constant
 * labels, their order. A row is then a run of ready fragments with rendered values between them.
 * What the schema says lives on in layouts.h, what the origin says for one call. Private to the
 * text encoders, on a worker's thread.
 */
#ifndef SN_ENCODE_LAYOUT_H
#define SN_ENCODE_LAYOUT_H

#include "encode/encoder.h"
#include "encode/render.h"

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
	uint32_t off;	/* of the text: labels in sn_layout.text, values in sn_layout.names */
	uint32_t len;	/* of the text */
	uint32_t own;	/* bytes at the end of the text that go with the variable */
	uint32_t ref;	/* index label or column */
	uint8_t source; /* labels: enum sn_layout_source; nothing follows a constant */
	uint8_t whole;	/* values: mask, 0xff when whole numbers are written as they are */
};

struct sn_layout {
	const struct sn_schema *schema; /* of the block */

	/* Of the schema. The texts have SN_TEXT_SLACK readable bytes behind them. */
	const uint8_t *names;		/* title, key, then the names of the values */
	struct sn_layout_piece *values; /* nvalues: the columns that are values */
	size_t tags;			/* where the tags begin behind the head of a row */
	uint32_t nvalues;		/* pieces */
	uint32_t title;			/* bytes of names that open every row */
	uint32_t key;			/* bytes of names up to the value of the instance's label,
					   which is the schema's only one; 0: it is not */
	uint32_t names_len;		/* bytes of names */

	/* Of the origin as well. */
	uint32_t nlabels;		/* pieces */
	uint32_t head;			/* bytes of text that open every row */
	const uint8_t *text;		/* head, then the fragments of the labels */
	struct sn_layout_piece *labels; /* nlabels, in order of output */
};

/* A text format as layouts see it. */
struct sn_layout_format {
	/* Name of the label that carries the instance; labels are sorted by name then. NULL: not a
	 * label, not sorted. */
	const char *instance;

	/* Writes what opens every row: first what the origin says, unless it is NULL, then what the
	 * schema says. */
	void (*head)(struct sn_text *t, const struct sn_origin *origin);
	void (*title)(struct sn_text *t, const struct sn_schema *schema);

	/* Writes a label up to its value, or with it when it is constant. */
	void (*label)(struct sn_text *t, const struct sn_layout_label *label);

	/* Writes the value of a constant label, with an instance only; a label is left out when
	 * nothing is written. */
	void (*constant)(struct sn_text *t, const char *value);

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

/* What a cell's tag says about a whole number. */
enum sn_layout_number {
	SN_LAYOUT_OTHER,    /* it is none */
	SN_LAYOUT_UNSIGNED, /* Counter32, Gauge32, TimeTicks, Counter64, UInteger32 */
	SN_LAYOUT_SIGNED    /* INTEGER */
};

/* Whether so much room suffices for all values of a row if they are whole numbers. */
static inline bool sn_layout_is_roomy(const struct sn_layout *lo, size_t room)
{
	return room > lo->names_len + (size_t)lo->nvalues * (SN_DIGITS_ROOM + 1) + SN_TEXT_SLACK;
}

extern const uint8_t sn_layout_numbers[256]; /* enum sn_layout_number of every tag */

/*
 * The usual value: a whole number that is written as it is, into room that suffices for sure:
 * roomy, because that was found for all values of the row (sn_layout_is_roomy), or for this one.
 * Takes the text of the piece without its first `skip` bytes and the number; returns the end, NULL
 * when this is not such a case.
 */
static inline uint8_t *sn_layout_write_whole(const struct sn_layout *lo,
					     const struct sn_layout_piece *piece,
					     const struct sn_row *row, size_t skip, uint64_t most,
					     uint8_t *p, const uint8_t *end, bool roomy,
					     uint8_t *number)
{
	const uint8_t *cells = (const uint8_t *)(row + 1);
	uint64_t v;

	*number = sn_layout_numbers[cells[lo->tags + piece->ref]] & piece->whole;
	if (!*number ||
	    (!roomy && (size_t)(end - p) < piece->len + SN_TEXT_SLACK + SN_DIGITS_ROOM)) {
		return NULL;
	}
	memcpy(&v, cells + (size_t)piece->ref * 8, 8);
	p = sn_text_write_frag(p, lo->names + piece->off + skip, piece->len - skip);
	if (*number == SN_LAYOUT_SIGNED) {
		if ((int64_t)v < 0) {
			*p++ = '-';
			v = 0 - v;
		}
	} else if (v > most) {
		v = most;
	}
	return sn_digits_write(p, v);
}

#endif
