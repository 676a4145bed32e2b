/*
 * OTLP, OpenTelemetry's metrics in Protocol Buffers: each call makes a whole
 * ExportMetricsServiceRequest with as many rows as surely fit. A metric has the points of all these
 * rows, so the rows are taken first: their attributes are rendered once, and what they need at most
 * is known before anything is written. Called through the table in encoder.c, on workers' threads.
 */
#include "formats/enc.h"
#include "formats/otlp.h"
#include "formats/points.h"
#include "formats/verbatim.h"

#include <stdalign.h>

enum {
	ROOM = 65536,	 /* bytes on the stack for rows; one that is larger goes to the arena */
	SCRATCH = 8192,	 /* the same for a plan that cannot be kept */
	VALUE_MOST = 64, /* octets of any text that is not made of octets */
	METRIC = 2 * SN_PB_OPEN + 4, /* octets of a metric beside its head and its points */
	POINT = 5,		     /* octets that open a point */
	PAIR = 14,     /* octets of a KeyValue beside its key field and its text, at most */
	CUMULATIVE = 2 /* AggregationTemporality */
};

#define NS_PER_TICK UINT64_C(10000000) /* TimeTicks are 1/100 s */

/* What the points of a row have in common, by attribute set: attributes, time, start. */
struct common {
	const uint8_t *p; /* SN_TEXT_SLACK readable octets behind it */
	uint32_t gauge;	  /* octets of attributes and time */
	uint32_t sum;	  /* with the start, if it is known */
};

/* A row of the message. */
struct part {
	struct part *next;	  /* row, NULL: the last */
	const struct sn_row *row; /* of the block */
	bool some;		  /* it has points */
	struct common sets[];	  /* of each set of the plan */
};

/* A message under way. */
struct body {
	const struct sn_points_plan *plan; /* of the schema */
	const struct sn_block *blk;	   /* of the rows */
	struct part *first;		   /* of the rows taken */
	struct sn_text room;		   /* what is left for parts */
	struct sn_text t;		   /* where the message goes */
};

static void put_key(struct sn_text *t, struct sn_span name)
{
	sn_pb_string(t, SN_PB_LEN(1), name);
}

/* Name and, if it is wanted, what the metric means. */
static void put_head(struct sn_text *t, const struct sn_series_column *c,
		     const struct sn_encoder_options *opt)
{
	sn_pb_string(t, SN_PB_LEN(1), sn_span_make(c->name, c->name_len));
	if (opt->descriptions && c->col->help && c->col->help[0]) {
		sn_pb_string(t, SN_PB_LEN(2), sn_span_str(c->col->help));
	}
}

static void put_top(struct sn_text *t, const struct sn_schema *schema)
{
	sn_otlp_put_scope(t, schema->module, schema->table);
}

/* A sn_layouts_make. */
static int make_plan(void *room, size_t size, const struct sn_schema *schema,
		     const struct sn_encoder_options *opt)
{
	static const struct sn_points_style style = {
		.key = put_key, .head = put_head, .top = put_top};

	return sn_points_make(room, size, schema, opt, &style);
}

static bool is_sum(const struct sn_points_metric *metric)
{
	return metric->series->col->kind == SN_KIND_COUNTER;
}

/* Since when the counters of a row count: the start of the device, or the last discontinuity. 0:
 * not known. */
static uint64_t start_of(const struct sn_block *blk, const struct sn_row *row)
{
	int32_t column = blk->schema->discontinuity;
	uint64_t start = blk->started;
	struct sn_value v;

	if (start && column >= 0 && sn_block_get(blk, row, (uint32_t)column, &v) &&
	    v.tag == SN_TAG_TIMETICKS) {
		start += v.u * NS_PER_TICK;
	}
	return start < row->at ? start : row->at;
}

static void put_attr(struct sn_text *t, const struct sn_block *blk, const struct sn_row *row,
		     const struct sn_render_index *ix, const struct sn_points_label *attr)
{
	struct sn_pb_pair pair;
	struct sn_value v;

	if (!sn_points_has_label(attr, blk, row, ix, &v)) {
		return;
	}
	pair = sn_pb_open_pair(t, SN_PB_LEN(7), attr->key);
	sn_points_put_label(t, sn_verbatim_put, attr, blk, ix, &v);
	sn_pb_close_pair(t, &pair);
}

static void put_common(struct body *b, const struct part *part, const struct sn_render_index *ix,
		       const struct sn_points_set *set, struct common *common)
{
	uint64_t start = start_of(b->blk, part->row);
	struct sn_text *t = &b->room;

	common->p = t->p;
	for (uint32_t i = 0; i < set->nlabels; i++) {
		put_attr(t, b->blk, part->row, ix, &set->labels[i]);
	}
	sn_pb_fixed64(t, SN_PB_FIXED64(3), part->row->at);
	common->gauge = (uint32_t)(t->p - common->p);
	if (start) {
		sn_pb_fixed64(t, SN_PB_FIXED64(2), start);
	}
	common->sum = (uint32_t)(t->p - common->p);
}

/* Prepares a row in what is left of the room. NULL: it is too small. */
static struct part *prepare(struct body *b, const struct sn_row *row,
			    const struct sn_render_index *ix)
{
	size_t size = sizeof(struct part) + b->plan->nsets * sizeof(struct common);
	struct part *part;

	b->room.p += -(uintptr_t)b->room.p & 7;
	if (b->room.p > b->room.end || size > sn_text_room(&b->room)) {
		return NULL;
	}
	part = (struct part *)(void *)b->room.p;
	b->room.p += size;
	*part = (struct part){.row = row};
	for (uint32_t i = 0; i < b->plan->nsets; i++) {
		put_common(b, part, ix, &b->plan->sets[i], &part->sets[i]);
	}
	if (b->room.full || sn_text_room(&b->room) < SN_TEXT_SLACK) {
		return NULL;
	}
	b->room.p += SN_TEXT_SLACK;
	return part;
}

/* The same for a row of any size, if it is the first one. NULL: it has to wait for the next
 * message, or there is no memory. */
static struct part *take_row(struct body *b, const struct sn_row *row)
{
	struct sn_render_index ix;
	struct part *part;
	size_t size = ROOM;

	sn_render_split(b->blk->schema, row, &ix);
	while (!(part = prepare(b, row, &ix)) && !b->first) {
		uint8_t *mem;

		size *= 4;
		mem = size <= UINT32_MAX ? sn_arena_alloc(b->blk->arena, size) : NULL;
		if (!mem) {
			return NULL;
		}
		b->room = sn_text_make(mem, size);
	}
	return part;
}

/* Octets that the text of a label needs at most: hex, dotted, filled up or replaced. */
static size_t most_text(const struct sn_value *v)
{
	return sn_value_is_number(v->tag) ? VALUE_MOST : VALUE_MOST + 4 * v->bytes.n;
}

/* Octets that the points of a row need at most. */
static size_t most_points(const struct body *b, const struct part *part)
{
	const struct sn_points_plan *plan = b->plan;
	size_t need = plan->states + plan->owns * (size_t)PAIR;

	for (uint32_t i = 0; i < plan->nsets; i++) {
		need += plan->sets[i].points *
			((size_t)POINT + part->sets[i].sum + SN_PB_FIXED64_SIZE);
	}
	for (uint32_t i = 0; i < plan->ntexts; i++) {
		const struct sn_points_metric *metric = &plan->metrics[plan->texts[i]];
		struct sn_value v;

		if (sn_block_get(b->blk, part->row, metric->series->number, &v)) {
			need += most_text(&v);
		}
	}
	return need;
}

/* Takes as many rows as surely fit, from number `next` on. Returns how many; 0: not even one fits,
 * or SN_ENOMEM. */
static int take_rows(struct body *b, uint32_t next, uint32_t end)
{
	struct part **last = &b->first;
	size_t room = sn_text_room(&b->t);
	size_t heads = b->plan->heads + b->plan->nmetrics * (size_t)METRIC + SN_TEXT_SLACK;
	int taken = 0;

	if (b->t.full || room < heads) {
		return 0;
	}
	room -= heads;
	for (; next < end; next++, taken++) {
		struct part *part = take_row(b, sn_block_row(b->blk, next));
		size_t need = part ? most_points(b, part) : 0;

		if (!part || need > room) {
			return part || taken ? taken : SN_ENOMEM;
		}
		room -= need;
		*last = part;
		last = &part->next;
	}
	return taken;
}

/* The points of a metric of numbers. as_int is signed: what is beyond 2^63 - 1 loses its highest
 * bit, so that differences stay right. */
static void put_numbers(struct body *b, const struct sn_points_metric *metric)
{
	const struct sn_series_column *c = metric->series;
	const size_t tags = (size_t)b->blk->schema->ncolumns * 8;

	for (struct part *part = b->first; part; part = part->next) {
		const uint8_t *cells = (const uint8_t *)(part->row + 1);
		const struct common *common = &part->sets[c->set];
		uint8_t number = sn_layout_numbers[cells[tags + c->number]] & metric->whole;
		uint32_t n = is_sum(metric) ? common->sum : common->gauge;
		uint8_t tag = SN_PB_FIXED64(6);
		uint8_t *p = b->t.p;
		uint64_t v;

		memcpy(&v, cells + (size_t)c->number * 8, 8);
		if (number == SN_LAYOUT_UNSIGNED) {
			v &= INT64_MAX;
		} else if (number == SN_LAYOUT_OTHER) {
			double d;

			if (!sn_points_read_real(c, b->blk, part->row, &d)) {
				continue;
			}
			tag = SN_PB_FIXED64(4);
			v = sn_pb_double(d);
		}
		if (POINT + n + SN_PB_FIXED64_SIZE + SN_TEXT_SLACK > sn_text_room(&b->t)) {
			b->t.full = true;
			return;
		}
		*p++ = SN_PB_LEN(1);
		p = sn_pb_write_varint(p, n + SN_PB_FIXED64_SIZE);
		p = sn_text_write_frag(p, common->p, n);
		b->t.p = sn_pb_write_fixed64(p, tag, v);
		part->some = true;
	}
}

/* Point number i of a cell that is no number. */
static void put_point(struct body *b, const struct sn_points_metric *metric,
		      const struct common *common, const struct sn_series_cell *cell, uint32_t i)
{
	const struct sn_series_column *c = metric->series;
	double value = sn_series_value(&b->plan->series, c, cell, i);
	uint8_t *length = sn_pb_open_short(&b->t, SN_PB_LEN(1), 2);

	sn_text_frag(&b->t, common->p, common->gauge);
	if (metric->own.p) {
		struct sn_pb_pair pair = sn_pb_open_pair(&b->t, SN_PB_LEN(7), metric->own);

		sn_series_put_own_value(&b->t, sn_verbatim_put, c, cell, i);
		sn_pb_close_pair(&b->t, &pair);
	}
	if (c->scaled) {
		sn_pb_fixed64(&b->t, SN_PB_FIXED64(4), sn_pb_double(value));
	} else {
		sn_pb_fixed64(&b->t, SN_PB_FIXED64(6), (uint64_t)value);
	}
	sn_pb_close_short(&b->t, length, 2);
}

/* The points of any other metric. */
static void put_others(struct body *b, const struct sn_points_metric *metric)
{
	const struct sn_series_column *c = metric->series;

	for (struct part *part = b->first; part && !b->t.full; part = part->next) {
		struct sn_series_cell cell;

		if (!sn_series_read_strict(c, b->blk, part->row, &cell)) {
			continue;
		}
		for (uint32_t i = 0; i < cell.count; i++) {
			put_point(b, metric, &part->sets[c->set], &cell, i);
		}
		part->some = true;
	}
}

/* A metric, if any row has points of it. */
static void put_metric(struct body *b, const struct sn_points_metric *metric)
{
	uint8_t *start = b->t.p;
	uint8_t *content = sn_pb_open(&b->t, SN_PB_LEN(2));
	uint8_t *points;

	sn_text_put(&b->t, metric->head.p, metric->head.n);
	points = sn_pb_open(&b->t, is_sum(metric) ? SN_PB_LEN(7) : SN_PB_LEN(5));
	if (metric->series->how == SN_SERIES_NUMBER) {
		put_numbers(b, metric);
	} else {
		put_others(b, metric);
	}
	if (b->t.p == points) {
		b->t.p = start;
		return;
	}
	if (is_sum(metric)) {
		sn_pb_varint(&b->t, SN_PB_VARINT(2), CUMULATIVE);
		sn_pb_varint(&b->t, SN_PB_VARINT(3), true);
	}
	sn_pb_close(&b->t, points);
	sn_pb_close(&b->t, content);
}

static uint32_t count_records(const struct body *b)
{
	uint32_t n = 0;

	for (const struct part *part = b->first; part; part = part->next) {
		n += part->some;
	}
	return n;
}

/* One message with rows from run->next on, below `end`. */
static int put_message(const struct sn_encoder_options *opt, const struct sn_block *blk,
		       struct sn_encoder_run *run, uint32_t end, uint8_t *out, size_t cap)
{
	alignas(16) uint8_t plan[SCRATCH];
	alignas(16) uint8_t rows[ROOM];
	struct body b = {.blk = blk, .room = sn_text_make(rows, ROOM)};
	struct sn_otlp_frame frame;
	uint32_t records;
	int taken;

	b.plan = sn_layouts_get(run->kept, blk, opt, make_plan, plan, SCRATCH);
	if (!b.plan) {
		return SN_ENOMEM;
	}
	b.t = sn_text_make(out, cap < SN_PB_MESSAGE_MAX ? cap : SN_PB_MESSAGE_MAX);
	sn_otlp_open(&b.t, &frame, opt, blk->origin);
	sn_text_put(&b.t, b.plan->top.p, b.plan->top.n);
	taken = take_rows(&b, run->next, end);
	if (taken <= 0) {
		return taken ? taken : SN_ESPACE;
	}
	for (uint32_t i = 0; i < b.plan->nmetrics && !b.t.full; i++) {
		put_metric(&b, &b.plan->metrics[i]);
	}
	if (b.t.full) {
		return SN_ESPACE;
	}
	run->next += (uint32_t)taken;
	records = count_records(&b);
	run->records += records;
	if (records == 0) {
		return 0;
	}
	sn_otlp_close(&b.t, &frame, opt);
	return sn_text_result(&b.t, out);
}

static int otlp_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
		     struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	int n = 0;

	while (n == 0 && run->next < blk->nrows) {
		n = put_message(opt, blk, run, blk->nrows, out, cap);
	}
	return n;
}

static int otlp_row(const struct sn_encoder_options *opt, const struct sn_block *blk,
		    const struct sn_row *row, uint8_t *out, size_t cap)
{
	struct sn_encoder_run run = {.next = row->number};

	return put_message(opt, blk, &run, row->number + 1, out, cap);
}

const struct sn_encoder sn_enc_otlp = {
	.name = "otlp",
	.content_type = "application/x-protobuf",
	.extension = "otlp",
	.framing = SN_FRAMING_LENGTH,
	.row = otlp_row,
	.rows = otlp_rows,
	.round = sn_otlp_round,
};
