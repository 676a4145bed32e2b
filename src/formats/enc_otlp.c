/*
 * OTLP, OpenTelemetry's metrics in Protocol Buffers: each call makes a whole
 * ExportMetricsServiceRequest with as many rows as surely fit. A metric has the points of all these
 * rows, so the rows are taken first (otlp_rows.h). Called through the table in encoder.c, on
 * workers' threads.
 */
#include "formats/enc.h"
#include "formats/otlp.h"
#include "formats/otlp_rows.h"
#include "formats/points.h"
#include "formats/verbatim.h"

#include <stdalign.h>

enum {
	SCRATCH = 8192, /* bytes on the stack for a plan that cannot be kept */
	CUMULATIVE = 2	/* AggregationTemporality */
};

/* A message under way. */
struct body {
	struct sn_otlp_rows rows; /* that it has */
	struct sn_text t;	  /* where it goes */
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

/* The points of a metric of numbers. as_int is signed: what is beyond 2^63 - 1 loses its highest
 * bit, so that differences stay right. */
static void put_numbers(struct body *b, const struct sn_points_metric *metric)
{
	const struct sn_series_column *c = metric->series;
	const size_t tags = (size_t)b->rows.blk->schema->ncolumns * 8;

	for (struct sn_otlp_part *part = b->rows.first; part; part = part->next) {
		const uint8_t *cells = (const uint8_t *)(part->row + 1);
		const struct sn_otlp_common *common = &part->sets[c->set];
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

			if (!sn_points_read_real(c, b->rows.blk, part->row, &d)) {
				continue;
			}
			tag = SN_PB_FIXED64(4);
			v = sn_pb_double(d);
		}
		if (SN_OTLP_POINT + n + SN_PB_FIXED64_SIZE + SN_TEXT_SLACK > sn_text_room(&b->t)) {
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
		      const struct sn_otlp_common *common, const struct sn_series_cell *cell,
		      uint32_t i)
{
	const struct sn_series_column *c = metric->series;
	double value = sn_series_value(&b->rows.plan->series, c, cell, i);
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

	for (struct sn_otlp_part *part = b->rows.first; part && !b->t.full; part = part->next) {
		struct sn_series_cell cell;

		if (!sn_series_read_strict(c, b->rows.blk, part->row, &cell)) {
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

	for (const struct sn_otlp_part *part = b->rows.first; part; part = part->next) {
		n += part->some;
	}
	return n;
}

/* One message with rows from run->next on, below `end`. */
static int put_message(const struct sn_encoder_options *opt, const struct sn_block *blk,
		       struct sn_encoder_run *run, uint32_t end, uint8_t *out, size_t cap)
{
	alignas(16) uint8_t plan[SCRATCH];
	alignas(16) uint8_t room[SN_OTLP_ROWS_ROOM];
	struct body b = {.rows = {.blk = blk, .room = sn_text_make(room, sizeof(room))}};
	struct sn_otlp_frame frame;
	uint32_t records;
	int taken;

	b.rows.plan = sn_layouts_get(run->kept, blk, opt, make_plan, plan, SCRATCH);
	if (!b.rows.plan) {
		return SN_ENOMEM;
	}
	b.t = sn_text_make(out, cap < SN_PB_MESSAGE_MAX ? cap : SN_PB_MESSAGE_MAX);
	sn_otlp_open(&b.t, &frame, opt, blk->origin);
	sn_text_put(&b.t, b.rows.plan->top.p, b.rows.plan->top.n);
	taken = sn_otlp_rows_take(&b.rows, run->next, end, &b.t);
	if (taken <= 0) {
		return taken ? taken : SN_ESPACE;
	}
	for (uint32_t i = 0; i < b.rows.plan->nmetrics && !b.t.full; i++) {
		put_metric(&b, &b.rows.plan->metrics[i]);
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
