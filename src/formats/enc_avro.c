/*
 * Avro as Kafka's consumers take it: a datum of record SnmpTable (avro_schema.c) with the rows of
 * one table, behind the five octets that name its schema at the registry (0, then the schema's
 * number; Confluent's wire format). Called through the table in encoder.c, on workers' threads.
 */
#include "formats/avro.h"
#include "formats/avro_plan.h"
#include "formats/avro_record.h"
#include "formats/enc.h"
#include "formats/verbatim.h"

#include "base/clock.h"

#include <stdalign.h>

enum { SCRATCH = 8192 }; /* bytes on the stack, for a plan that cannot be kept */

/* A message under way. */
struct body {
	const struct sn_encoder_options *opt; /* of the format */
	const struct sn_avro_plan *plan;      /* of the schema */
	const struct sn_block *blk;	      /* of the rows */
	struct sn_text t;		      /* where the message goes */
};

/* When the table was complete: all messages of a block say the same. */
static uint64_t latest(const struct sn_block *blk)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < blk->nrows; i++) {
		uint64_t row = sn_block_row(blk, i)->at;

		at = row > at ? row : at;
	}
	return at;
}

static void put_labels(struct body *b, const struct sn_row *row, const struct sn_render_index *ix)
{
	struct sn_avro_items items = {.count = NULL};

	for (uint32_t i = 0; i < b->plan->nlabels; i++) {
		const struct sn_avro_label *label = &b->plan->labels[i];
		struct sn_value v;
		uint8_t *length;

		if (label->is_lookup && !sn_block_get(b->blk, row, label->ref, &v)) {
			continue;
		}
		sn_avro_item(&b->t, &items);
		sn_text_frag(&b->t, label->key.p, label->key.n);
		length = sn_avro_open_text(&b->t);
		if (label->is_lookup) {
			sn_render_label(&b->t, sn_verbatim_put,
					&b->plan->schema->columns[label->ref], &v);
		} else {
			sn_render_index_label(&b->t, sn_verbatim_put, b->plan->schema, ix,
					      label->ref);
		}
		sn_avro_close_text(&b->t, length);
	}
	sn_avro_end(&b->t);
}

static void put_key(struct sn_text *t, struct sn_avro_items *items,
		    const struct sn_avro_value *value)
{
	sn_avro_item(t, items);
	sn_text_frag(t, value->key, value->len);
}

/* The map of whole numbers. Adds to *n how many; returns whether there are others. */
static bool put_longs(struct body *b, const struct sn_row *row, uint32_t *n)
{
	const struct sn_avro_plan *plan = b->plan;
	const uint8_t *cells = (const uint8_t *)(row + 1);
	const uint8_t *tags = cells + (size_t)plan->schema->ncolumns * 8;
	const uint64_t most = b->opt->wrap_unsigned ? UINT64_MAX : INT64_MAX;
	struct sn_avro_items items = {.count = NULL};
	struct sn_text t = b->t; /* which no octet that is written can change */
	bool others = false;

	for (uint32_t i = 0; i < plan->nnumbers; i++) {
		const struct sn_avro_value *value = &plan->values[i];
		uint8_t number = sn_layout_numbers[tags[value->ref]] & value->whole;
		uint64_t v;

		memcpy(&v, cells + (size_t)value->ref * 8, 8);
		if (number == SN_LAYOUT_OTHER || (number == SN_LAYOUT_UNSIGNED && v > most)) {
			others |= tags[value->ref] != 0;
			continue;
		}
		if (number == SN_LAYOUT_UNSIGNED) {
			v &= INT64_MAX;
		}
		if (value->len + SN_TEXT_SLACK + SN_AVRO_LONG_ROOM > sn_text_room(&t)) {
			t.full = true;
			break;
		}
		sn_avro_item(&t, &items);
		t.p = sn_text_write_frag(t.p, value->key, value->len);
		t.p = sn_avro_write_long(t.p, (int64_t)v);
		++*n;
	}
	b->t = t;
	sn_avro_end(&b->t);
	return others;
}

/* What sn_render_form gives as a double: real numbers, what is meant as real, and what no long can
 * hold. False: it is a long, or nothing. */
static bool read_double(const struct body *b, const struct sn_column *col, struct sn_value *v)
{
	switch (sn_render_form(col, v)) {
	case SN_FORM_INT:
		v->d = (double)v->i;
		return col->kind == SN_KIND_FLOAT;
	case SN_FORM_UINT:
		if (col->kind != SN_KIND_FLOAT && (b->opt->wrap_unsigned || v->u <= INT64_MAX)) {
			return false;
		}
		v->d = (double)v->u;
		return true;
	case SN_FORM_FLOAT:
	case SN_FORM_REAL:
		return true;
	default:
		return false;
	}
}

static void put_doubles(struct body *b, const struct sn_row *row, uint32_t *n)
{
	struct sn_avro_items items = {.count = NULL};

	for (uint32_t i = 0; i < b->plan->nnumbers; i++) {
		const struct sn_avro_value *value = &b->plan->values[i];
		struct sn_value v;

		if (sn_block_get(b->blk, row, value->ref, &v) &&
		    read_double(b, &b->plan->schema->columns[value->ref], &v)) {
			put_key(&b->t, &items, value);
			sn_avro_double(&b->t, v.d);
			++*n;
		}
	}
	sn_avro_end(&b->t);
}

static void put_strings(struct body *b, const struct sn_row *row, uint32_t *n)
{
	const struct sn_avro_value *texts = b->plan->values + b->plan->nnumbers;
	struct sn_avro_items items = {.count = NULL};

	for (uint32_t i = 0; i < b->plan->ntexts; i++) {
		const struct sn_column *col = &b->plan->schema->columns[texts[i].ref];
		struct sn_value v;
		uint8_t *length;

		if (!sn_block_get(b->blk, row, texts[i].ref, &v)) {
			continue;
		}
		put_key(&b->t, &items, &texts[i]);
		length = sn_avro_open_text(&b->t);
		if (sn_render_form(col, &v) == SN_FORM_OCTETS) {
			sn_verbatim_put(&b->t, v.bytes.p, v.bytes.n);
		} else {
			sn_render_plain(&b->t, col->kind, &v);
		}
		sn_avro_close_text(&b->t, length);
		++*n;
	}
	sn_avro_end(&b->t);
}

/* Returns the values written. */
static uint32_t put_row(struct body *b, const struct sn_row *row)
{
	struct sn_render_index ix;
	uint8_t *length;
	uint32_t n = 0;

	sn_render_split(b->plan->schema, row, &ix);
	sn_avro_long(&b->t, (int64_t)(row->at / SN_NS_PER_US));
	length = sn_avro_open_text(&b->t);
	sn_render_dotted(&b->t, ix.arc, ix.narcs);
	sn_avro_close_text(&b->t, length);
	sn_avro_boolean(&b->t, b->blk->reset || row->flags & SN_ROW_RESET);
	sn_avro_boolean(&b->t, (row->flags & SN_ROW_PARTIAL) != 0);
	put_labels(b, row, &ix);
	if (put_longs(b, row, &n)) {
		put_doubles(b, row, &n);
	} else {
		sn_avro_end(&b->t);
	}
	put_strings(b, row, &n);
	return n;
}

/* As many rows as fit, from run->next on and below `end`. The end of the array is kept free. */
static void put_rows(struct body *b, struct sn_encoder_run *run, uint32_t end)
{
	struct sn_avro_items items = {.count = NULL};

	if (b->t.p == b->t.end) {
		b->t.full = true;
		return;
	}
	b->t.end--;
	for (; run->next < end; run->next++) {
		const struct sn_avro_items before = items;
		const struct sn_text start = b->t;
		uint32_t n;

		sn_avro_item(&b->t, &items);
		n = put_row(b, sn_block_row(b->blk, run->next));
		if (n == 0 || b->t.full) {
			bool full = b->t.full;

			b->t = start;
			sn_avro_undo(&items, before);
			if (full) {
				break;
			}
			continue;
		}
		run->records++;
	}
	b->t.end++;
	sn_avro_end(&b->t);
}

/* One message with rows from run->next on, below `end`. */
static int put_message(const struct sn_encoder_options *opt, const struct sn_block *blk,
		       struct sn_encoder_run *run, uint32_t end, uint8_t *out, size_t cap)
{
	alignas(16) uint8_t scratch[SCRATCH];
	struct body b = {.opt = opt, .blk = blk};
	uint32_t records = run->records;
	uint32_t next = run->next;

	b.plan = sn_layouts_get(run->kept, blk, opt, sn_avro_plan_make, scratch, SCRATCH);
	if (!b.plan) {
		return SN_ENOMEM;
	}
	b.t = sn_text_make(out, cap < INT_MAX ? cap : INT_MAX);
	sn_avro_put_head(&b.t, opt->schema_id, latest(blk), blk->began, blk->origin);
	sn_text_put(&b.t, b.plan->title.p, b.plan->title.n);
	sn_avro_put_origin_labels(&b.t, blk->origin);
	sn_avro_put_uptime(&b.t, blk->has_uptime, blk->uptime);
	sn_avro_boolean(&b.t, blk->reset);
	if (!b.t.full) {
		put_rows(&b, run, end);
	}
	if (b.t.full || run->next == next) {
		return SN_ESPACE;
	}
	return run->records == records ? 0 : sn_text_result(&b.t, out);
}

static int avro_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
		     struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	int n = 0;

	while (n == 0 && run->next < blk->nrows) {
		n = put_message(opt, blk, run, blk->nrows, out, cap);
	}
	return n;
}

static int avro_row(const struct sn_encoder_options *opt, const struct sn_block *blk,
		    const struct sn_row *row, uint8_t *out, size_t cap)
{
	struct sn_encoder_run run = {.next = row->number};

	return put_message(opt, blk, &run, row->number + 1, out, cap);
}

const struct sn_encoder sn_enc_avro = {
	.name = "avro",
	.content_type = "application/vnd.confluent.avro",
	.extension = "avro",
	.framing = SN_FRAMING_MESSAGE,
	.row = avro_row,
	.rows = avro_rows,
	.round = sn_avro_round,
};
