/*
 * Blocks of rows in an exposition, see expose.h: cells to samples by family. Labels are rendered
 * once for each row and label set, sorted once, and shared by all columns that have them. Called on
 * a worker's thread for a request to poll.
 */
#include "encode/expose_int.h"
#include "encode/series.h"

#include "base/clock.h"

enum { PLAN = 1024, PLAN_COLUMN = 192 }; /* bytes for a plan, at first, and for each column of it */

/* A block while it is added. */
struct adding {
	struct sn_expose *x;		     /* to what */
	const struct sn_block *blk;	     /* the block */
	struct sn_series_plan plan;	     /* in the arena: labels refer to it */
	struct sn_expose_chunk **chunks;     /* of each column of the plan, NULL: no series yet */
	struct sn_expose_labels **labels;    /* of each row, for the set at hand */
	uint32_t *cuts;			     /* of the row at hand */
	struct sn_render_index ix;	     /* of the row at hand */
	struct sn_expose_labels *row_labels; /* of the row at hand */
};

/* Where the series of a column go, at most n. NULL: no memory. */
static struct sn_expose_chunk *chunk_of(struct adding *a, const struct sn_series_column *c,
					size_t n)
{
	struct sn_expose_chunk **chunk = &a->chunks[c - a->plan.columns];
	struct sn_expose_family *f;

	if (*chunk) {
		return *chunk;
	}
	f = sn_expose_family(a->x, sn_span_make(c->name, c->name_len), c->col->help,
			     sn_series_help_suffix(c->how), sn_series_type(c));
	*chunk = f ? sn_expose_chunk(a->x, f, n) : NULL;
	return *chunk;
}

/* Labels of the row at hand for a set. */
static int add_row_labels(struct adding *a, const struct sn_row *row,
			  const struct sn_series_set *set)
{
	struct sn_expose *x = a->x;
	struct sn_text t;

	sn_render_split(a->blk->schema, row, &a->ix);
	for (;;) {
		t = sn_text_make(x->scratch, x->scratch_cap);
		sn_series_put_labels(&t, set, a->blk, row, &a->ix, a->cuts);
		if (!t.full) {
			break;
		}
		if (sn_expose_grow_scratch(x)) {
			return SN_ENOMEM;
		}
	}
	a->row_labels = sn_expose_labels(x, sn_span_make(x->scratch, (size_t)(t.p - x->scratch)),
					 set, set->nlabels);
	if (!a->row_labels) {
		return SN_ENOMEM;
	}
	a->row_labels->row = row->number;
	a->row_labels->at = x->opt.timestamps ? row->at / SN_NS_PER_MS : 0;
	return SN_OK;
}

/* Series number i of a cell, with labels of its own. */
static int add_own_series(struct adding *a, const struct sn_series_column *c,
			  const struct sn_series_cell *cell, uint32_t i,
			  struct sn_expose_chunk *chunk)
{
	struct sn_span labels = sn_span_make(a->row_labels->text, a->row_labels->n);
	struct sn_expose *x = a->x;
	struct sn_expose_labels *l;
	struct sn_text t;

	for (;;) {
		t = sn_text_make(x->scratch, x->scratch_cap);
		sn_series_put_own(&t, c, cell, i, labels, a->cuts);
		if (!t.full) {
			break;
		}
		if (sn_expose_grow_scratch(x)) {
			return SN_ENOMEM;
		}
	}
	l = sn_expose_labels(x, sn_span_make(x->scratch, (size_t)(t.p - x->scratch)), c,
			     a->row_labels->nlabels + 1);
	if (!l) {
		return SN_ENOMEM;
	}
	l->at = a->row_labels->at;
	sn_expose_add(chunk, l, sn_series_value(&a->plan, c, cell, i));
	return SN_OK;
}

/* The cell of a column that has a label of its own, of the row at hand. */
static int add_own_cell(struct adding *a, const struct sn_series_column *c,
			const struct sn_row *row)
{
	size_t most = c->how == SN_SERIES_STATE_SET || c->how == SN_SERIES_BITS
			      ? (size_t)c->col->nenums + 1
			      : 1;
	struct sn_expose_chunk *chunk;
	struct sn_series_cell cell;

	if (!sn_series_read(c, a->blk, row, &cell)) {
		return SN_OK;
	}
	chunk = chunk_of(a, c, most * a->blk->nrows);
	if (!chunk) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < cell.count; i++) {
		if (add_own_series(a, c, &cell, i, chunk)) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* A column whose series have the labels of their set and no more: the rows come in their order. */
static int add_column(struct adding *a, const struct sn_series_column *c)
{
	struct sn_expose_chunk *chunk = NULL;

	for (uint32_t i = 0; i < a->blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(a->blk, a->labels[i]->row);
		struct sn_series_cell cell;
		double value;

		if (c->how == SN_SERIES_NUMBER) {
			if (!sn_series_number(&a->plan, c, a->blk, row, &value)) {
				continue;
			}
		} else if (sn_series_read(c, a->blk, row, &cell)) {
			value = sn_series_value(&a->plan, c, &cell, 0);
		} else {
			continue;
		}
		if (!chunk) {
			chunk = chunk_of(a, c, a->blk->nrows);
			if (!chunk) {
				return SN_ENOMEM;
			}
			chunk->sorted = true;
		}
		sn_expose_add(chunk, a->labels[i], value);
	}
	return SN_OK;
}

/* All columns of a label set: first row by row what is rendered, then column by column. */
static int add_set(struct adding *a, uint32_t set)
{
	const struct sn_series_column *columns = a->plan.columns;

	for (uint32_t i = 0; i < a->blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(a->blk, i);

		if (add_row_labels(a, row, &a->plan.sets[set])) {
			return SN_ENOMEM;
		}
		a->labels[i] = a->row_labels;
		for (uint32_t k = 0; k < a->plan.ncolumns; k++) {
			if (columns[k].set == set && columns[k].own &&
			    add_own_cell(a, &columns[k], row)) {
				return SN_ENOMEM;
			}
		}
	}
	sn_expose_sort_labels(a->labels, a->blk->nrows);
	for (uint32_t k = 0; k < a->plan.ncolumns; k++) {
		if (columns[k].set == set && !columns[k].own && add_column(a, &columns[k])) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* Plans the block's series into the arena. */
static int make_plan(struct adding *a)
{
	const struct sn_origin *origin = a->x->opt.origin ? a->blk->origin : NULL;
	size_t size = PLAN + (size_t)a->blk->schema->ncolumns * PLAN_COLUMN;
	void *room;
	int err;

	do {
		room = sn_arena_alloc(&a->x->arena, size);
		if (!room) {
			return SN_ENOMEM;
		}
		err = sn_series_plan(&a->plan, a->blk->schema, origin, a->x->opt.wrap_counters,
				     room, size);
		size *= 4;
	} while (err && size <= UINT32_MAX);
	return err ? SN_ENOMEM : SN_OK;
}

static int add_block(struct adding *a)
{
	struct sn_arena *temp = &a->x->temp;

	if (make_plan(a)) {
		return SN_ENOMEM;
	}
	if (a->plan.ncolumns == 0) {
		return SN_OK;
	}
	a->chunks = sn_arena_zalloc(temp, a->plan.ncolumns * sizeof(struct sn_expose_chunk *));
	a->labels = sn_arena_alloc(temp, a->blk->nrows * sizeof(struct sn_expose_labels *));
	a->cuts = sn_arena_alloc(temp, ((size_t)a->plan.most_labels + 1) * sizeof(*a->cuts));
	if (!a->chunks || !a->labels || !a->cuts) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < a->plan.nsets; i++) {
		if (add_set(a, i)) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

int sn_expose_block(struct sn_expose *x, const struct sn_block *blk)
{
	struct adding a = {.x = x, .blk = blk};
	int err = blk->nrows ? add_block(&a) : SN_OK;

	sn_arena_reset(&x->temp);
	return err;
}
