/*
 * The rows of an OTLP message, see otlp_rows.h. Called by enc_otlp.c on workers' threads.
 */
#include "formats/otlp_rows.h"

#include "formats/pb.h"
#include "formats/verbatim.h"

enum {
	VALUE_MOST = 64,	     /* octets of any text that is not made of octets */
	METRIC = 2 * SN_PB_OPEN + 4, /* octets of a metric beside its head and its points */
	PAIR = 14 /* octets of a KeyValue beside its key field and its text, at most */
};

#define NS_PER_TICK UINT64_C(10000000) /* TimeTicks are 1/100 s */

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

static void put_common(struct sn_otlp_rows *rows, const struct sn_otlp_part *part,
		       const struct sn_render_index *ix, const struct sn_points_set *set,
		       struct sn_otlp_common *common)
{
	uint64_t start = start_of(rows->blk, part->row);
	struct sn_text *t = &rows->room;

	common->p = t->p;
	for (uint32_t i = 0; i < set->nlabels; i++) {
		put_attr(t, rows->blk, part->row, ix, &set->labels[i]);
	}
	sn_pb_fixed64(t, SN_PB_FIXED64(3), part->row->at);
	common->gauge = (uint32_t)(t->p - common->p);
	if (start) {
		sn_pb_fixed64(t, SN_PB_FIXED64(2), start);
	}
	common->sum = (uint32_t)(t->p - common->p);
}

/* Prepares a row in what is left of the room. NULL: it is too small. */
static struct sn_otlp_part *prepare(struct sn_otlp_rows *rows, const struct sn_row *row,
				    const struct sn_render_index *ix)
{
	size_t size =
		sizeof(struct sn_otlp_part) + rows->plan->nsets * sizeof(struct sn_otlp_common);
	struct sn_otlp_part *part;

	rows->room.p += -(uintptr_t)rows->room.p & 7;
	if (rows->room.p > rows->room.end || size > sn_text_room(&rows->room)) {
		return NULL;
	}
	part = (struct sn_otlp_part *)(void *)rows->room.p;
	rows->room.p += size;
	*part = (struct sn_otlp_part){.row = row};
	for (uint32_t i = 0; i < rows->plan->nsets; i++) {
		put_common(rows, part, ix, &rows->plan->sets[i], &part->sets[i]);
	}
	if (rows->room.full || sn_text_room(&rows->room) < SN_TEXT_SLACK) {
		return NULL;
	}
	rows->room.p += SN_TEXT_SLACK;
	return part;
}

/* The same for a row of any size, if it is the first one. NULL: it has to wait for the next
 * message, or there is no memory. */
static struct sn_otlp_part *take_row(struct sn_otlp_rows *rows, const struct sn_row *row)
{
	struct sn_render_index ix;
	struct sn_otlp_part *part;
	size_t size = SN_OTLP_ROWS_ROOM;

	sn_render_split(rows->blk->schema, row, &ix);
	while (!(part = prepare(rows, row, &ix)) && !rows->first) {
		uint8_t *mem;

		size *= 4;
		mem = size <= UINT32_MAX ? sn_arena_alloc(rows->blk->arena, size) : NULL;
		if (!mem) {
			return NULL;
		}
		rows->room = sn_text_make(mem, size);
	}
	return part;
}

/* Octets that the text of a label needs at most: hex, dotted, filled up or replaced. */
static size_t most_text(const struct sn_value *v)
{
	return sn_value_is_number(v->tag) ? VALUE_MOST : VALUE_MOST + 4 * v->bytes.n;
}

/* Octets that the points of a row need at most. */
static size_t most_points(const struct sn_otlp_rows *rows, const struct sn_otlp_part *part)
{
	const struct sn_points_plan *plan = rows->plan;
	size_t need = plan->states + plan->owns * (size_t)PAIR;

	for (uint32_t i = 0; i < plan->nsets; i++) {
		need += plan->sets[i].points *
			((size_t)SN_OTLP_POINT + part->sets[i].sum + SN_PB_FIXED64_SIZE);
	}
	for (uint32_t i = 0; i < plan->ntexts; i++) {
		const struct sn_points_metric *metric = &plan->metrics[plan->texts[i]];
		struct sn_value v;

		if (sn_block_get(rows->blk, part->row, metric->series->number, &v)) {
			need += most_text(&v);
		}
	}
	return need;
}

int sn_otlp_rows_take(struct sn_otlp_rows *rows, uint32_t next, uint32_t end,
		      const struct sn_text *t)
{
	struct sn_otlp_part **last = &rows->first;
	size_t room = sn_text_room(t);
	size_t heads = rows->plan->heads + rows->plan->nmetrics * (size_t)METRIC + SN_TEXT_SLACK;
	int taken = 0;

	if (t->full || room < heads) {
		return 0;
	}
	room -= heads;
	for (; next < end; next++, taken++) {
		struct sn_otlp_part *part = take_row(rows, sn_block_row(rows->blk, next));
		size_t need = part ? most_points(rows, part) : 0;

		if (!part || need > room) {
			return part || taken ? taken : SN_ENOMEM;
		}
		room -= need;
		*last = part;
		last = &part->next;
	}
	return taken;
}
