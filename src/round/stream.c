/*
 * Names of a round's tables in their order, see stream_int.h. Worker thread.
 */
#include "round/stream_int.h"

#include "codec/oid.h"

#include <stdlib.h>

enum {
	END_GUESS = 24,	      /* octets of the varbind that proves the end of a segment */
	VARBIND_OVERHEAD = 6, /* octets of the headers of a varbind, short lengths */
	LONG_LENGTH = 2,      /* what a length of 128 or more takes besides, in two headers */
};

/* Content octets of a value as agents encode it. */
static uint32_t content_octets(const struct sn_value *v)
{
	enum { FLOAT_OCTETS = 7, DOUBLE_OCTETS = 11 };
	int64_t i;
	uint64_t magnitude;

	switch (v->tag) {
	case SN_TAG_INTEGER:
		i = v->i;
		magnitude = i < 0 ? ~(uint64_t)i : (uint64_t)i;
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_COUNTER64:
	case SN_TAG_UINTEGER32:
		magnitude = v->u;
		break;
	case SN_TAG_FLOAT:
		return FLOAT_OCTETS;
	case SN_TAG_DOUBLE:
		return DOUBLE_OCTETS;
	default:
		return (uint32_t)v->bytes.n;
	}
	/* one bit is the sign's */
	return magnitude ? (64 - (uint32_t)__builtin_clzll(magnitude)) / 8 + 1 : 1;
}

static uint32_t name_octets(const struct sn_ordered *t, uint32_t column, const struct sn_row *row)
{
	return (uint32_t)t->table->blk->schema->columns[column].oid.n + row->index->n;
}

/* Octets of a cell's varbind; 0: there is no value. */
static uint16_t varbind_octets(const struct sn_ordered *t, uint32_t column,
			       const struct sn_row *row)
{
	struct sn_value v;
	uint32_t n;

	if (!sn_block_get(t->table->blk, row, column, &v)) {
		return 0;
	}
	n = name_octets(t, column, row) + content_octets(&v) + VARBIND_OVERHEAD;
	n = n < 0x80 ? n : n + LONG_LENGTH;
	return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

/* Once for each cell: the stream is gone along more than once. SN_ENOMEM. */
static int weigh_cells(struct sn_ordered *o, struct sn_arena *scratch)
{
	uint32_t nwalked = o->table->blk->schema->nwalked;
	uint16_t *octets =
		sn_arena_alloc(scratch, ((size_t)nwalked * o->nrows + 1) * sizeof(*octets));

	o->octets = octets;
	if (!octets) {
		return SN_ENOMEM;
	}
	for (uint32_t c = 0; c < nwalked; c++) {
		for (uint32_t r = 0; r < o->nrows; r++) {
			*octets++ = varbind_octets(o, c, o->rows[r]);
		}
	}
	return SN_OK;
}

bool sn_stream_asks(const struct sn_ordered *t, uint32_t column)
{
	return !t->table->left_out || !t->table->left_out[column];
}

/* The segment of this column ends behind it. */
static bool ends_segment(const struct sn_ordered *t, uint32_t column)
{
	return column + 1 == t->table->blk->schema->nwalked || !t->table->joined[column] ||
	       !sn_stream_asks(t, column + 1);
}

uint32_t sn_stream_next(const struct sn_stream *s, struct sn_place *at, struct sn_place *name,
			bool *end)
{
	for (; at->table < s->ntables; at->table++, at->column = 0, at->row = 0) {
		const struct sn_ordered *t = &s->tables[at->table];

		for (; at->column < t->table->blk->schema->nwalked; at->column++, at->row = 0) {
			const uint16_t *cells = t->octets + (size_t)at->column * t->nrows;

			if (!sn_stream_asks(t, at->column)) {
				continue;
			}
			while (at->row < t->nrows) {
				uint32_t octets = cells[at->row++];

				if (octets) {
					*name = *at;
					name->row--;
					*end = false;
					return octets;
				}
			}
			if (at->row == t->nrows && ends_segment(t, at->column)) {
				*name = *at;
				at->row++; /* once */
				*end = true;
				return END_GUESS;
			}
		}
	}
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct sn_bytes *x = (*(const struct sn_row *const *)a)->index;
	const struct sn_bytes *y = (*(const struct sn_row *const *)b)->index;

	return sn_oid_cmp(sn_span_make(x->octet, x->n), sn_span_make(y->octet, y->n));
}

/* Whether a walk has found the row: those that are only asked for by name are not on the way. */
static bool is_walked(const struct sn_block *blk, const struct sn_row *row)
{
	uint32_t c = 0;

	while (c < blk->schema->nwalked && !sn_block_tag(blk, row, c)) {
		c++;
	}
	return c < blk->schema->nwalked;
}

int sn_stream_order(struct sn_ordered *o, const struct sn_course_table *table,
		    struct sn_arena *scratch)
{
	const struct sn_block *blk = table->blk;
	bool sorted = true;

	o->table = table;
	o->nrows = 0;
	o->rows = sn_arena_alloc(scratch, (blk->nrows + 1) * sizeof(struct sn_row *));
	if (!o->rows) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(blk, i);

		if (is_walked(blk, row)) {
			o->rows[o->nrows++] = row;
		}
		sorted &= (row->flags & SN_ROW_ASCENDING) != 0;
	}
	if (!sorted) {
		qsort(o->rows, o->nrows, sizeof(struct sn_row *), compare_rows);
	}
	return weigh_cells(o, scratch);
}
