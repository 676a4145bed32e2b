/*
 * Allowed rows, see allow.h. Worker thread.
 */
#include "round/allow.h"

#include "codec/oid.h"
#include "plan/convert.h"

#include <stdlib.h>

/* The last arc of an index. */
static struct sn_span last_arc(const struct sn_bytes *index)
{
	uint32_t from = index->n ? index->n - 1 : 0;

	while (from && index->octet[from - 1] & 0x80) {
		from--;
	}
	return sn_span_make(index->octet + from, index->n - from);
}

static int compare_arcs(const void *a, const void *b)
{
	const struct sn_span *x = a;
	const struct sn_span *y = b;

	return sn_oid_cmp(*x, *y);
}

/* Puts the arcs in order, each once; those of an index of one arc usually are so already. */
static void order(struct sn_allowed *a)
{
	bool sorted = true;
	uint32_t kept = 0;

	for (uint32_t i = 1; i < a->n; i++) {
		sorted &= compare_arcs(&a->arcs[i - 1], &a->arcs[i]) < 0;
	}
	if (sorted) {
		return;
	}
	qsort(a->arcs, a->n, sizeof(*a->arcs), compare_arcs);
	for (uint32_t i = 0; i < a->n; i++) {
		if (kept == 0 || !sn_span_eq(a->arcs[kept - 1], a->arcs[i])) {
			a->arcs[kept++] = a->arcs[i];
		}
	}
	a->n = kept;
}

/* Whether one of the regexes finds something in the value. SN_OK: it does; SN_ENOENT, SN_ENOMEM. */
static int match(const struct sn_plan_filter *filter, const struct sn_value *v,
		 struct sn_arena *arena)
{
	struct sn_span text;
	int rc = sn_convert_text(SN_KIND_TEXT, NULL, v, arena, &text);

	if (rc) {
		return rc;
	}
	rc = SN_ENOENT;
	for (uint32_t i = 0; i < filter->nvalues && rc == SN_ENOENT; i++) {
		rc = sn_regex_match(filter->values[i], text, NULL, 0);
	}
	return rc;
}

int sn_allow_rows(const struct sn_plan_filter *filter, const struct sn_block *blk,
		  struct sn_allowed *allowed)
{
	allowed->n = 0;
	allowed->arcs = sn_arena_alloc(blk->arena, (blk->nrows + 1) * sizeof(*allowed->arcs));
	if (!allowed->arcs) {
		return SN_ENOMEM;
	}
	for (uint32_t r = 0; r < blk->nrows; r++) {
		const struct sn_row *row = sn_block_row(blk, r);
		struct sn_value v;
		int rc = SN_ENOENT;

		if (row->index->n && sn_block_get(blk, row, filter->column, &v)) {
			rc = match(filter, &v, blk->arena);
		}
		if (rc == SN_OK) {
			allowed->arcs[allowed->n++] = last_arc(row->index);
		} else if (rc != SN_ENOENT) {
			return rc;
		}
	}
	order(allowed);
	return SN_OK;
}

void sn_allow_both(struct sn_allowed *a, const struct sn_allowed *b)
{
	uint32_t kept = 0;
	uint32_t k = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		while (k < b->n && compare_arcs(&b->arcs[k], &a->arcs[i]) < 0) {
			k++;
		}
		if (k < b->n && sn_span_eq(b->arcs[k], a->arcs[i])) {
			a->arcs[kept++] = a->arcs[i];
		}
	}
	a->n = kept;
}
