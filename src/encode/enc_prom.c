/*
 * Prometheus' text format as a stream: a line for each series of a row, with instance, target
 * labels, index and look-up labels, and the time in milliseconds. No HELP and no TYPE lines: a
 * stream has no families. Called through the table in encoder.c, on workers' threads.
 */
#include "encode/enc.h"
#include "encode/rows.h"
#include "encode/series.h"

#include "base/clock.h"

#include <stdalign.h>

enum {
	SCRATCH = 16384, /* bytes on the stack: the plan of some 100 columns, and labels */
	LABELS = 2048,	 /* of these for labels, at least; more comes from the arena */
	TIME_ROOM = SN_DIGITS_ROOM + 2 + SN_TEXT_SLACK
};

/* What the rows of a call have in common, and the labels of the row at hand. */
struct stream {
	const struct sn_block *blk; /* of the rows */
	struct sn_series_plan plan; /* of the schema and the origin */
	struct sn_span *texts;	    /* of each set of the plan: its labels; p NULL: not yet made */
	uint32_t *cuts;		    /* of each set, most_labels + 1 */
	struct sn_text room;	    /* for labels: all of it */
	struct sn_text left;	    /* what is left of room */
	bool failed;		    /* no memory for more room */
};

/* A row on its way out. */
struct line {
	struct stream *st;	   /* what it goes by */
	const struct sn_row *row;  /* the row */
	struct sn_text *t;	   /* where it goes */
	struct sn_render_index ix; /* of the row, once labels were made */
	bool split;		   /* ix is known */
	struct sn_span at;	   /* space, time, line feed; SN_TEXT_SLACK bytes behind it */
};

/* Plans into mem[0..size), a quarter of which is for labels. SN_ESPACE: it is too small. */
static int plan_into(struct stream *st, uint8_t *mem, size_t size)
{
	const struct sn_block *blk = st->blk;
	const size_t plan_size = size - size / 4;
	uint8_t *end = mem + size;
	uint8_t *p = mem + plan_size; /* aligned, since size is a multiple of SCRATCH */
	size_t texts;
	size_t cuts;

	if (sn_series_plan(&st->plan, blk->schema, blk->origin, false, mem, plan_size)) {
		return SN_ESPACE;
	}
	texts = st->plan.nsets * sizeof(*st->texts);
	cuts = st->plan.nsets * ((size_t)st->plan.most_labels + 1) * sizeof(*st->cuts);
	if ((size_t)(end - p) < texts + cuts + LABELS) {
		return SN_ESPACE;
	}
	st->texts = (struct sn_span *)(void *)p;
	st->cuts = (uint32_t *)(void *)(p + texts);
	p += texts + cuts;
	st->room = sn_text_make(p, (size_t)(end - p));
	st->failed = false;
	return SN_OK;
}

/* Plans on the stack if possible, else in the block's arena. SN_ENOMEM. */
static int start(struct stream *st, uint8_t *scratch)
{
	size_t size = SCRATCH;
	uint8_t *mem = scratch;

	while (plan_into(st, mem, size)) {
		size *= 4;
		mem = size <= UINT32_MAX ? sn_arena_alloc(st->blk->arena, size) : NULL;
		if (!mem) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* More room for labels; those that are there stay where they are. */
static bool grow(struct line *l)
{
	size_t size = 4 * sn_text_room(&l->st->room);
	uint8_t *mem = size <= UINT32_MAX ? sn_arena_alloc(l->st->blk->arena, size) : NULL;

	if (!mem) {
		l->st->failed = true;
		return false;
	}
	l->st->room = sn_text_make(mem, size);
	l->st->left = l->st->room;
	return true;
}

/* The labels of a set for the row, made when they are asked for the first time. Behind them
 * SN_TEXT_SLACK bytes are readable. False: no memory. */
static bool get_labels(struct line *l, uint32_t set, struct sn_span *labels, const uint32_t **cuts)
{
	struct stream *st = l->st;
	uint32_t *own = st->cuts + (size_t)set * (st->plan.most_labels + 1);
	struct sn_text t;

	*cuts = own;
	*labels = st->texts[set];
	if (labels->p) {
		return true;
	}
	if (!l->split) {
		sn_render_split(l->st->blk->schema, l->row, &l->ix);
		l->split = true;
	}
	for (;;) {
		t = st->left;
		sn_series_put_labels(&t, &st->plan.sets[set], l->st->blk, l->row, &l->ix, own);
		if (!t.full && sn_text_room(&t) >= SN_TEXT_SLACK) {
			break;
		}
		if (!grow(l)) {
			return false;
		}
	}
	*labels = sn_span_make(st->left.p, (size_t)(t.p - st->left.p));
	st->texts[set] = *labels;
	st->left = t;
	st->left.p += SN_TEXT_SLACK;
	return true;
}

/* What ends every line: the time in milliseconds. */
static struct sn_span write_time(uint8_t *out, uint64_t ns)
{
	uint8_t *p = out;

	*p++ = ' ';
	p = sn_digits_write(p, ns / SN_NS_PER_MS);
	*p++ = '\n';
	return sn_span_make(out, (size_t)(p - out));
}

static void put_end(struct line *l, double value)
{
	sn_text_char(l->t, ' ');
	sn_promtext_put_value(l->t, value);
	sn_text_frag(l->t, l->at.p, l->at.n);
}

/* A column of numbers. */
static bool put_number(struct line *l, const struct sn_series_column *c)
{
	const uint32_t *cuts;
	struct sn_span labels;
	double value;

	if (!sn_value_is_number(sn_block_tag(l->st->blk, l->row, c->number)) ||
	    !sn_series_number(&l->st->plan, c, l->st->blk, l->row, &value) ||
	    !get_labels(l, c->set, &labels, &cuts)) {
		return false;
	}
	sn_text_frag(l->t, c->name, c->name_len);
	sn_text_frag(l->t, labels.p, labels.n);
	put_end(l, value);
	return true;
}

/* A column of anything else. */
static bool put_other(struct line *l, const struct sn_series_column *c)
{
	struct sn_series_cell cell;
	const uint32_t *cuts;
	struct sn_span labels;

	if (!sn_series_read_strict(c, l->st->blk, l->row, &cell) ||
	    !get_labels(l, c->set, &labels, &cuts)) {
		return false;
	}
	for (uint32_t i = 0; i < cell.count && !l->t->full; i++) {
		sn_text_frag(l->t, c->name, c->name_len);
		if (c->own) {
			sn_series_put_own(l->t, c, &cell, i, labels, cuts);
		} else {
			sn_text_frag(l->t, labels.p, labels.n);
		}
		put_end(l, sn_series_value(&l->st->plan, c, &cell, i));
	}
	return true;
}

/* All series of a row. A sn_rows_put. */
static int put_row(void *format, const struct sn_row *row, struct sn_text *t)
{
	struct stream *st = format;
	uint8_t at[TIME_ROOM];
	struct line l = {.st = st, .row = row, .t = t, .at = write_time(at, row->at)};
	bool some = false;

	memset(st->texts, 0, st->plan.nsets * sizeof(*st->texts));
	st->left = st->room;
	for (uint32_t i = 0; i < st->plan.ncolumns && !t->full && !st->failed; i++) {
		const struct sn_series_column *c = &st->plan.columns[i];

		some |= c->how == SN_SERIES_NUMBER ? put_number(&l, c) : put_other(&l, c);
	}
	return st->failed ? SN_ENOMEM : some;
}

static int prom_row(const struct sn_encoder_options *opt, const struct sn_block *blk,
		    const struct sn_row *row, uint8_t *out, size_t cap)
{
	alignas(16) uint8_t scratch[SCRATCH];
	struct stream st = {.blk = blk};
	int err = start(&st, scratch);

	(void)opt; /* none is for this format */
	return err ? err : sn_rows_write_one(row, put_row, &st, out, cap);
}

static int prom_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
		     struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	alignas(16) uint8_t scratch[SCRATCH];
	struct stream st = {.blk = blk};
	int err;

	(void)opt;
	if (run->next >= blk->nrows) {
		return 0;
	}
	err = start(&st, scratch);
	if (err) {
		return err;
	}
	return sn_rows_write(blk, run, blk->nrows, put_row, &st, out, cap);
}

/* The series of a round: what they have in common. */
struct round {
	struct sn_text *t;     /* where they go */
	struct sn_span labels; /* of all but the status */
	struct sn_span at;     /* end of every line */
};

static void put_sample(const struct round *r, const char *name, struct sn_span labels, double value)
{
	sn_text_str(r->t, name);
	sn_text_put(r->t, labels.p, labels.n);
	sn_text_char(r->t, ' ');
	sn_promtext_put_value(r->t, value);
	sn_text_put(r->t, r->at.p, r->at.n);
}

/* The instance and so many labels, sorted, into scratch. False: it is too small. */
static bool write_labels(const char *instance, const struct sn_label *labels, uint32_t n,
			 uint8_t *scratch, struct sn_span *out)
{
	static const struct sn_column any = {
		.name = "sonde_round", .kind = SN_KIND_GAUGE, .is_value = true};
	static const struct sn_schema schema = {.columns = &any, .ncolumns = 1};
	const struct sn_origin origin = {.instance = instance, .labels = labels, .nlabels = n};
	struct sn_text t = sn_text_make(scratch + SCRATCH / 2, SCRATCH / 2);
	struct sn_series_plan plan;

	if (sn_series_plan(&plan, &schema, &origin, false, scratch, SCRATCH / 2)) {
		return false;
	}
	sn_series_put_labels(&t, &plan.sets[0], NULL, NULL, NULL, NULL);
	*out = sn_span_make(scratch + SCRATCH / 2, (size_t)(t.p - (scratch + SCRATCH / 2)));
	return !t.full;
}

static void put_counts(const struct round *out, const struct sn_round *r)
{
	const struct {
		const char *name; /* of the series */
		double value;	  /* its value */
		bool left_out;	  /* it is not known */
	} samples[] = {
		{"sonde_round_requests", r->requests, false},
		{"sonde_round_retries", r->retries, false},
		{"sonde_round_timeouts", r->timeouts, false},
		{"sonde_round_varbinds", r->varbinds, false},
		{"sonde_round_rows", r->rows, false},
		{"sonde_round_rows_partial", r->rows_partial, false},
		{"sonde_round_skipped", r->skipped, false},
		{"sonde_round_reset", r->reset, false},
		{"sonde_round_duration_seconds", (double)r->duration_ns / 1e9, false},
		{"sonde_round_lateness_seconds", (double)r->lateness_ns / 1e9, false},
		{"sonde_round_rtt_seconds", (double)r->rtt_ns / 1e9, r->rtt_ns == 0},
		{"sonde_round_uptime_seconds", (double)r->uptime / 100, !r->has_uptime},
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		if (!samples[i].left_out) {
			put_sample(out, samples[i].name, out->labels, samples[i].value);
		}
	}
}

enum {
	ROUND_LABELS = 64, /* of a target in the series of its rounds, at most */
	OWN_LABELS = 3	   /* before them: status, reason, modules */
};

/* A round record. More target labels than there is room for are left out, all of them. */
static int prom_round(const struct sn_encoder_options *opt, const struct sn_round *r, uint8_t *out,
		      size_t cap)
{
	struct sn_label labels[OWN_LABELS + ROUND_LABELS] = {{"status",
							      sn_round_status_name(r->status)},
							     {"reason", r->reason ? r->reason : ""},
							     {"modules", r->modules}};
	uint32_t n = r->origin->nlabels <= ROUND_LABELS ? r->origin->nlabels : 0;
	struct sn_text t = sn_text_make(out, cap);
	alignas(16) uint8_t scratch[SCRATCH];
	struct round series = {.t = &t};
	uint8_t at[TIME_ROOM];
	struct sn_span status;

	(void)opt;
	if (n) {
		memcpy(labels + OWN_LABELS, r->origin->labels, n * sizeof(*labels));
	}
	series.at = write_time(at, r->at);
	if (!write_labels(r->origin->instance, labels, OWN_LABELS + n, scratch, &status)) {
		n = 0;
		if (!write_labels(r->origin->instance, labels, OWN_LABELS, scratch, &status)) {
			return SN_ENOMEM;
		}
	}
	put_sample(&series, "sonde_round_status", status, 1);
	if (!write_labels(r->origin->instance, labels + 2, 1 + n, scratch, &series.labels)) {
		return SN_ENOMEM;
	}
	put_counts(&series, r);
	return sn_text_result(&t, out);
}

const struct sn_encoder sn_enc_prom = {
	.name = "prometheus",
	.content_type = "text/plain; version=0.0.4; charset=utf-8",
	.extension = "prom",
	.row = prom_row,
	.rows = prom_rows,
	.round = prom_round,
};
