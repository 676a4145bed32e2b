/*
 * JSON lines, one for each cell: the series of the Prometheus format with their numbers as they
 * are. What a row needs beside its values is rendered once for all of its lines. Called through the
 * table in encoder.c, on workers' threads.
 */
#include "encode/enc.h"
#include "encode/json.h"
#include "encode/rows.h"
#include "formats/enc.h"
#include "formats/points.h"

#include "base/clock.h"

#include <stdalign.h>

#define LITERAL(t, s) sn_text_put((t), "" s, sizeof(s) - 1)

enum {
	SCRATCH = 16384, /* bytes on the stack: texts of a row; more comes from the arena */
	PLAN = 8192	 /* the same for a plan that cannot be kept */
};

/* Rows on their way out. */
struct stream {
	const struct sn_encoder_options *opt; /* of the format */
	const struct sn_points_plan *plan;    /* of the schema */
	const struct sn_block *blk;	      /* of the rows */
	struct sn_span *tails; /* of each set: the target's labels that it does not have itself */
	struct sn_span *texts; /* of each set: all labels of the row at hand; p NULL: not made */
	struct sn_text room;   /* for texts of a row: all of it */
	struct sn_text left;   /* what is left of room */
	bool failed;	       /* no memory for more room */
};

/* A row on its way out. */
struct line {
	struct stream *st;	   /* what it goes by */
	const struct sn_row *row;  /* the row */
	struct sn_text *t;	   /* where it goes */
	struct sn_span head;	   /* what opens every line: time, instance, module */
	struct sn_render_index ix; /* of the row, once labels were made */
	bool split;		   /* ix is known */
};

/* Writes a text that is kept while the row is at hand. */
typedef void writer(const struct line *l, struct sn_text *t, uint32_t set);

static void put_key(struct sn_text *t, struct sn_span name)
{
	LITERAL(t, ",\"");
	sn_json_escape(t, name.p, name.n);
	LITERAL(t, "\":\"");
}

static const char *kind_of(const struct sn_series_column *c)
{
	switch (c->how) {
	case SN_SERIES_NUMBER:
		return c->col->kind == SN_KIND_COUNTER ? "counter" : "gauge";
	case SN_SERIES_INFO:
		return "info";
	case SN_SERIES_STATE_SET:
		return "state_set";
	case SN_SERIES_BITS:
		return "bits";
	default:
		return "text";
	}
}

static void put_metric(struct sn_text *t, const struct sn_series_column *c,
		       const struct sn_encoder_options *opt)
{
	(void)opt;
	LITERAL(t, ",\"metric\":\"");
	sn_json_escape(t, c->name, c->name_len);
	LITERAL(t, "\",\"kind\":");
	sn_json_quote(t, kind_of(c));
	LITERAL(t, ",\"labels\":{");
}

static void put_module(struct sn_text *t, const struct sn_schema *schema)
{
	LITERAL(t, ",\"module\":");
	sn_json_quote(t, schema->module);
}

/* A sn_layouts_make. */
static int make_plan(void *room, size_t size, const struct sn_schema *schema,
		     const struct sn_encoder_options *opt)
{
	static const struct sn_points_style style = {
		.key = put_key, .head = put_metric, .top = put_module};

	return sn_points_make(room, size, schema, opt, &style);
}

/* Whether a set, or a metric that has it, has a label of this key. */
static bool has_key(const struct sn_points_plan *plan, uint32_t set, struct sn_span key)
{
	const struct sn_points_set *s = &plan->sets[set];

	for (uint32_t i = 0; i < s->nlabels; i++) {
		if (sn_span_eq(s->labels[i].key, key)) {
			return true;
		}
	}
	for (uint32_t i = 0; i < plan->nmetrics; i++) {
		const struct sn_points_metric *m = &plan->metrics[i];

		if (m->series->set == set && m->own.p && sn_span_eq(m->own, key)) {
			return true;
		}
	}
	return false;
}

/* The target's labels as lines with a set have them. */
static void put_tail(const struct stream *st, struct sn_text *t, uint32_t set)
{
	const struct sn_origin *origin = st->blk->origin;

	for (uint32_t i = 0; i < origin->nlabels; i++) {
		uint8_t *before = t->p;

		put_key(t, sn_span_str(origin->labels[i].name));
		if (has_key(st->plan, set, sn_span_make(before, (size_t)(t->p - before)))) {
			t->p = before;
			continue;
		}
		sn_json_escape(t, (const uint8_t *)origin->labels[i].value,
			       strlen(origin->labels[i].value));
		sn_text_char(t, '"');
	}
}

/* Lays out what all rows have in common into mem[0..size). False: it is too small. */
static bool lay_out(struct stream *st, uint8_t *mem, size_t size)
{
	size_t spans = 2 * (size_t)st->plan->nsets * sizeof(struct sn_span);
	struct sn_text t;

	if (spans > size) {
		return false;
	}
	st->tails = (struct sn_span *)(void *)mem;
	st->texts = st->tails + st->plan->nsets;
	t = sn_text_make(mem + spans, size - spans);
	for (uint32_t i = 0; i < st->plan->nsets; i++) {
		uint8_t *start = t.p;

		put_tail(st, &t, i);
		st->tails[i] = sn_span_make(start, (size_t)(t.p - start));
	}
	st->room = t;
	return !t.full;
}

/* SN_ENOMEM. */
static int start(struct stream *st, struct sn_layouts *kept, uint8_t *plan, uint8_t *scratch)
{
	size_t size = SCRATCH;
	uint8_t *mem = scratch;

	st->plan = sn_layouts_get(kept, st->blk, st->opt, make_plan, plan, PLAN);
	if (!st->plan) {
		return SN_ENOMEM;
	}
	while (!lay_out(st, mem, size)) {
		size *= 4;
		mem = size <= UINT32_MAX ? sn_arena_alloc(st->blk->arena, size) : NULL;
		if (!mem) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* Writes a text into the room, or into more of it. False: no memory. */
static bool keep(const struct line *l, writer *write, uint32_t set, struct sn_span *text)
{
	struct stream *st = l->st;
	size_t size = SCRATCH;
	struct sn_text t;

	for (;;) {
		t = st->left;
		write(l, &t, set);
		if (!t.full && sn_text_room(&t) >= SN_TEXT_SLACK) {
			break;
		}
		size *= 4;
		t.p = size <= UINT32_MAX ? sn_arena_alloc(st->blk->arena, size) : NULL;
		if (!t.p) {
			st->failed = true;
			return false;
		}
		/* what was written before stays where it is; the next row begins with this */
		st->room = sn_text_make(t.p, size);
		st->left = st->room;
	}
	*text = sn_span_make(st->left.p, (size_t)(t.p - st->left.p));
	st->left = t;
	st->left.p += SN_TEXT_SLACK;
	return true;
}

static void write_head(const struct line *l, struct sn_text *t, uint32_t set)
{
	(void)set;
	LITERAL(t, "{\"ts\":");
	sn_text_u64(t, l->row->at / SN_NS_PER_MS);
	LITERAL(t, ",\"instance\":");
	sn_json_quote(t, l->st->blk->origin->instance);
	sn_text_put(t, l->st->plan->top.p, l->st->plan->top.n);
}

static void write_labels(const struct line *l, struct sn_text *t, uint32_t set)
{
	const struct sn_points_set *s = &l->st->plan->sets[set];
	struct sn_value v;

	for (uint32_t i = 0; i < s->nlabels; i++) {
		const struct sn_points_label *label = &s->labels[i];

		if (!sn_points_has_label(label, l->st->blk, l->row, &l->ix, &v)) {
			continue;
		}
		sn_text_frag(t, label->key.p, label->key.n);
		sn_points_put_label(t, sn_json_escape, label, l->st->blk, &l->ix, &v);
		sn_text_char(t, '"');
	}
	sn_text_put(t, l->st->tails[set].p, l->st->tails[set].n);
}

/* A line up to the labels of its metric's own; false: no memory. *comma: whether any label is there
 * already. */
static bool begin(struct line *l, const struct sn_points_metric *metric, bool *comma)
{
	uint32_t set = metric->series->set;
	struct sn_span *labels = &l->st->texts[set];

	if (!l->split) {
		sn_render_split(l->st->blk->schema, l->row, &l->ix);
		l->split = true;
	}
	if (!l->head.p && !keep(l, write_head, 0, &l->head)) {
		return false;
	}
	if (!labels->p && !keep(l, write_labels, set, labels)) {
		return false;
	}
	sn_text_put(l->t, l->head.p, l->head.n);
	sn_text_put(l->t, metric->head.p, metric->head.n);
	*comma = labels->n > 0;
	if (*comma) {
		sn_text_put(l->t, labels->p + 1, labels->n - 1);
	}
	return true;
}

static void end(const struct line *l)
{
	if (l->st->blk->reset || l->row->flags & SN_ROW_RESET) {
		LITERAL(l->t, ",\"reset\":true");
	}
	LITERAL(l->t, "}\n");
}

/* The line of a number. False: there is none. */
static bool put_number(struct line *l, const struct sn_points_metric *metric)
{
	const struct sn_series_column *c = metric->series;
	const uint8_t *cells = (const uint8_t *)(l->row + 1);
	uint8_t tag = sn_block_tag(l->st->blk, l->row, c->number);
	uint8_t number = sn_layout_numbers[tag] & metric->whole;
	double d = 0;
	bool comma;
	uint64_t v;

	if ((number == SN_LAYOUT_OTHER && !sn_points_read_real(c, l->st->blk, l->row, &d)) ||
	    !begin(l, metric, &comma)) {
		return false;
	}
	LITERAL(l->t, "},\"value\":");
	memcpy(&v, cells + (size_t)c->number * 8, 8);
	if (number == SN_LAYOUT_UNSIGNED) {
		sn_json_unsigned(l->st->opt, l->t, v);
	} else if (number == SN_LAYOUT_SIGNED) {
		sn_json_signed(l->st->opt, l->t, (int64_t)v);
	} else {
		sn_json_real(l->t, d);
	}
	end(l);
	return true;
}

/* The lines of anything else. False: there are none. */
static bool put_other(struct line *l, const struct sn_points_metric *metric)
{
	const struct sn_series_column *c = metric->series;
	struct sn_series_cell cell;

	if (!sn_series_read_strict(c, l->st->blk, l->row, &cell)) {
		return false;
	}
	for (uint32_t i = 0; i < cell.count && !l->t->full; i++) {
		bool comma;

		if (!begin(l, metric, &comma)) {
			return false;
		}
		if (metric->own.p) {
			sn_text_put(l->t, metric->own.p + !comma, metric->own.n - !comma);
			sn_series_put_own_value(l->t, sn_json_escape, c, &cell, i);
			sn_text_char(l->t, '"');
		}
		LITERAL(l->t, "},\"value\":");
		sn_json_real(l->t, sn_series_value(&l->st->plan->series, c, &cell, i));
		end(l);
	}
	return true;
}

/* All lines of a row. A sn_rows_put. */
static int put_row(void *format, const struct sn_row *row, struct sn_text *t)
{
	struct stream *st = format;
	struct line l = {.st = st, .row = row, .t = t};
	bool some = false;

	memset(st->texts, 0, st->plan->nsets * sizeof(*st->texts));
	st->left = st->room;
	for (uint32_t i = 0; i < st->plan->nmetrics && !t->full && !st->failed; i++) {
		const struct sn_points_metric *metric = &st->plan->metrics[i];

		some |= metric->series->how == SN_SERIES_NUMBER ? put_number(&l, metric)
								: put_other(&l, metric);
	}
	return st->failed ? SN_ENOMEM : some;
}

/* Rows from run->next on, below `end_row`. */
static int put_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
		    struct sn_encoder_run *run, uint32_t end_row, uint8_t *out, size_t cap)
{
	alignas(16) uint8_t scratch[SCRATCH];
	alignas(16) uint8_t plan[PLAN];
	struct stream st = {.opt = opt, .blk = blk};
	int err;

	if (run->next >= end_row) {
		return 0;
	}
	err = start(&st, run->kept, plan, scratch);
	if (err) {
		return err;
	}
	return sn_rows_write(blk, run, end_row, put_row, &st, out, cap);
}

static int samples_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
			struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	return put_rows(opt, blk, run, blk->nrows, out, cap);
}

static int samples_row(const struct sn_encoder_options *opt, const struct sn_block *blk,
		       const struct sn_row *row, uint8_t *out, size_t cap)
{
	struct sn_encoder_run run = {.next = row->number};

	return put_rows(opt, blk, &run, row->number + 1, out, cap);
}

/* A round is one object in both formats. */
static int samples_round(const struct sn_encoder_options *opt, const struct sn_round *round,
			 uint8_t *out, size_t cap)
{
	return sn_enc_json.round(opt, round, out, cap);
}

const struct sn_encoder sn_enc_samples = {
	.name = "json_samples",
	.content_type = "application/x-ndjson",
	.extension = "json",
	.row = samples_row,
	.rows = samples_rows,
	.round = samples_round,
};
