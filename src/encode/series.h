/*
 * How the cells of a row become Prometheus series, as snmp_exporter makes them: a plan says once
 * for a schema which families there are, what they are called and which labels they have; most
 * columns of a table share one label set, whose text is rendered once for each row. Used by
 * enc_prom.c and expose.c, on any thread, one plan each.
 */
#ifndef SN_ENCODE_SERIES_H
#define SN_ENCODE_SERIES_H

#include "encode/promtext.h"
#include "encode/render.h"

/* Where the value of a label comes from. */
enum sn_series_source {
	SN_SERIES_CONSTANT, /* the origin: part of the text */
	SN_SERIES_INDEX,    /* index label number ref */
	SN_SERIES_LOOKUP    /* cell of column ref */
};

struct sn_series_label {
	const uint8_t *text; /* comma, name, `="`; of a constant the value, too */
	uint32_t len;	     /* bytes of text, SN_TEXT_SLACK readable ones behind it */
	uint32_t ref;	     /* index label or column */
	uint16_t source;     /* enum sn_series_source */
	bool own_row;	     /* of a look-up: see struct sn_lookup */
};

/* Labels that the series of some columns have in common. */
struct sn_series_set {
	const struct sn_series_label *labels; /* nlabels, sorted by name */
	uint32_t nlabels;		      /* labels */
};

/* What becomes of a cell. */
enum sn_series_how {
	SN_SERIES_NUMBER,    /* its value */
	SN_SERIES_TEXT,	     /* 1, its text is a label */
	SN_SERIES_INFO,	     /* 1, the name of its state is a label */
	SN_SERIES_STATE_SET, /* 1 for its state, 0 for each other one */
	SN_SERIES_BITS	     /* 1 or 0 for each bit that has a name */
};

/* A column that makes series. */
struct sn_series_column {
	const struct sn_column *col; /* what its cells mean */
	const uint8_t *name;	     /* of the family, SN_TEXT_SLACK readable bytes behind it */
	const uint8_t *own; /* comma, name, `="` of the label that is the column's own; NULL: none
			     */
	uint32_t name_len;  /* bytes of name */
	uint32_t own_len;   /* bytes of own */
	uint32_t own_at;    /* so many labels of the set come before it */
	uint32_t number;    /* of the column in the schema */
	uint32_t set;	    /* number of its label set */
	uint8_t how;	    /* enum sn_series_how */
	bool scaled;	    /* it has a scale or an offset */
};

struct sn_series_plan {
	const struct sn_series_column *columns; /* ncolumns, in order of the schema */
	const struct sn_series_set *sets;	/* nsets */
	uint32_t ncolumns;			/* columns that make series */
	uint32_t nsets;				/* different label sets */
	uint32_t most_labels;			/* of any set */
	bool wrap;				/* Counter64 modulo 2^53 */
};

/* A cell that makes series. */
struct sn_series_cell {
	struct sn_value v; /* as it came */
	uint32_t count;	   /* series, at least one */
	uint32_t state; /* INFO, STATE_SET: its position among the names, their number: unknown */
};

/*
 * Plans the series of a schema into room[0..size), aligned to 8. origin: whose instance and labels
 * the series have; NULL: they have none. Labels: the instance comes before look-ups, the last of
 * one name, then index labels, then the origin's; the others of that name are left out. SN_OK;
 * SN_ESPACE: room is too small. Borrows from the schema; not from the origin.
 */
SN_MUST_USE int sn_series_plan(struct sn_series_plan *plan, const struct sn_schema *schema,
			       const struct sn_origin *origin, bool wrap, void *room, size_t size);

/* " (EnumAsInfo)" and the like, which snmp_exporter adds to a help text; or "". */
const char *sn_series_help_suffix(enum sn_series_how how);

/* "counter" or "gauge". */
const char *sn_series_type(const struct sn_series_column *c);

/*
 * Labels of a set for one row, `{a="x",b="y"}`, nothing when there are none. A label whose value is
 * empty stays, as with client_golang: to Prometheus it is no label. cuts, unless NULL, gets nlabels
 * + 1 numbers: the offset of each label, and of the closing brace.
 */
void sn_series_put_labels(struct sn_text *t, const struct sn_series_set *set,
			  const struct sn_block *blk, const struct sn_row *row,
			  const struct sn_render_index *ix, uint32_t *cuts);

/* Reads the cell of a column; false: it makes no series. */
bool sn_series_read(const struct sn_series_column *c, const struct sn_block *blk,
		    const struct sn_row *row, struct sn_series_cell *cell);

/* The same for streams: text where a number or a state is meant makes no series. An exposition
 * makes 0 of it, since snmp_exporter does. */
bool sn_series_read_strict(const struct sn_series_column *c, const struct sn_block *blk,
			   const struct sn_row *row, struct sn_series_cell *cell);

/* Value of a number as it came: its tag and its eight octets. */
static inline double sn_series_raw(const struct sn_series_plan *plan, uint8_t tag, uint64_t raw)
{
	double d;

	switch (tag) {
	case SN_TAG_INTEGER:
		return (double)(int64_t)raw;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		memcpy(&d, &raw, sizeof(d));
		return d;
	case SN_TAG_COUNTER64:
		/* beyond 2^53 a double skips numbers: counters that small increase evenly */
		return (double)(plan->wrap ? raw & ((UINT64_C(1) << 53) - 1) : raw);
	default:
		return (double)raw;
	}
}

static inline double sn_series_scale(const struct sn_series_column *c, double d)
{
	double scale = c->col->scale;

	return c->scaled ? (scale < 0 || scale > 0 ? d * scale : d) + c->col->offset : d;
}

/* sn_series_read and sn_series_value of a column of numbers at once. */
static inline bool sn_series_number(const struct sn_series_plan *plan,
				    const struct sn_series_column *c, const struct sn_block *blk,
				    const struct sn_row *row, double *d)
{
	uint8_t tag = sn_block_tag(blk, row, c->number);
	uint64_t raw;

	if (!sn_value_is_number(tag)) {
		*d = sn_series_scale(c, 0); /* text where a number is meant */
		return tag != 0;
	}
	memcpy(&raw, (const uint8_t *)(row + 1) + (size_t)c->number * 8, 8);
	*d = sn_series_scale(c, sn_series_raw(plan, tag, raw));
	return true;
}

/* Value of series number i of a cell. */
double sn_series_value(const struct sn_series_plan *plan, const struct sn_series_column *c,
		       const struct sn_series_cell *cell, uint32_t i);

/* The text of the label that is the column's own, for series number i of a cell. */
void sn_series_put_own_value(struct sn_text *t, sn_render_escape *escape,
			     const struct sn_series_column *c, const struct sn_series_cell *cell,
			     uint32_t i);

/* Labels of series number i of a cell, whose column has a label of its own: those of its set, as
 * sn_series_put_labels made them, and its own. */
void sn_series_put_own(struct sn_text *t, const struct sn_series_column *c,
		       const struct sn_series_cell *cell, uint32_t i, struct sn_span labels,
		       const uint32_t *cuts);

#endif
