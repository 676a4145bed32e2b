/*
 * Plans of OTLP messages, see otlp_plan.h. Called by layouts.c for enc_otlp.c, once for a schema,
 * on workers' threads.
 */
#include "formats/otlp_plan.h"

#include "formats/otlp.h"
#include "formats/pb.h"
#include "formats/room.h"

/* The first field of a KeyValue. */
static struct sn_span keep_key(struct sn_room *b, struct sn_span name)
{
	struct sn_text t = sn_room_open(b);

	sn_pb_string(&t, SN_PB_LEN(1), name);
	return sn_room_keep(b, &t);
}

/* A label's name in a series plan stands between a comma and `="`. */
static struct sn_span bare_name(const uint8_t *text, uint32_t len)
{
	return sn_span_make(text + 1, len - 3);
}

static void make_set(struct sn_room *b, const struct sn_series_set *from, struct sn_otlp_set *set)
{
	struct sn_otlp_attr *attrs = sn_room_take(b, from->nlabels, sizeof(*attrs));

	for (uint32_t i = 0; attrs && i < from->nlabels; i++) {
		const struct sn_series_label *label = &from->labels[i];

		attrs[i].key = keep_key(b, bare_name(label->text, label->len));
		attrs[i].ref = label->ref;
		attrs[i].source = label->source;
		attrs[i].own_row = label->own_row;
	}
	*set = (struct sn_otlp_set){.attrs = attrs, .nattrs = from->nlabels};
}

/* Name and, if it is wanted, what the metric means. */
static struct sn_span keep_head(struct sn_room *b, const struct sn_series_column *c, bool described)
{
	struct sn_text t = sn_room_open(b);

	sn_pb_string(&t, SN_PB_LEN(1), sn_span_make(c->name, c->name_len));
	if (described && c->col->help && c->col->help[0]) {
		sn_pb_string(&t, SN_PB_LEN(2), sn_span_str(c->col->help));
	}
	return sn_room_keep(b, &t);
}

/* The longest name of a state or bit, each of its octets replaced. */
static uint32_t longest_name(const struct sn_column *col)
{
	size_t most = SN_DIGITS_ROOM;

	for (uint32_t i = 0; i < col->nenums; i++) {
		size_t n = 3 * strlen(col->enums[i].name);

		most = n > most ? n : most;
	}
	return (uint32_t)most;
}

static void make_column(struct sn_room *b, const struct sn_series_column *c, bool described,
			struct sn_otlp_column *column)
{
	bool whole = c->col->kind != SN_KIND_FLOAT && !c->scaled;

	*column = (struct sn_otlp_column){.series = c,
					  .head = keep_head(b, c, described),
					  .whole = whole ? 0xff : 0,
					  .is_sum = c->col->kind == SN_KIND_COUNTER};
	if (c->own) {
		column->own = keep_key(b, bare_name(c->own, c->own_len));
	}
}

/* What a row's points of a metric need at most, but for the texts of own attributes. */
static void count_points(struct sn_otlp_plan *plan, const struct sn_otlp_column *column,
			 struct sn_otlp_set *set, uint32_t *texts)
{
	const struct sn_series_column *c = column->series;
	uint32_t points = 1;

	switch (c->how) {
	case SN_SERIES_NUMBER:
		break;
	case SN_SERIES_TEXT:
		texts[plan->ntexts++] = (uint32_t)(column - plan->columns);
		break;
	case SN_SERIES_STATE_SET:
		points = c->col->nenums + 1;
		break;
	case SN_SERIES_BITS:
		points = c->col->nenums;
		break;
	default:
		break;
	}
	set->points += points;
	if (c->how != SN_SERIES_NUMBER) {
		plan->states += points * (SN_OTLP_PAIR + column->own.n + longest_name(c->col));
	}
}

static struct sn_span keep_scope(struct sn_room *b, const struct sn_schema *schema)
{
	struct sn_text t = sn_room_open(b);

	sn_otlp_put_scope(&t, schema->module, schema->table);
	return sn_room_keep(b, &t);
}

int sn_otlp_plan_make(void *room, size_t size, const struct sn_schema *schema,
		      const struct sn_encoder_options *opt)
{
	/* the second half is the series plan's */
	struct sn_room b = {.p = room, .end = (uint8_t *)room + size / 2};
	struct sn_otlp_plan *plan = sn_room_take(&b, 1, sizeof(*plan));
	struct sn_otlp_column *columns;
	struct sn_otlp_set *sets;
	uint32_t *texts;

	if (!plan) {
		return SN_ESPACE;
	}
	memset(plan, 0, sizeof(*plan));
	plan->schema = schema;
	if (sn_series_plan(&plan->series, schema, NULL, false, b.end, size - size / 2)) {
		return SN_ESPACE;
	}
	plan->ncolumns = plan->series.ncolumns;
	plan->nsets = plan->series.nsets;
	columns = sn_room_take(&b, plan->ncolumns, sizeof(*columns));
	sets = sn_room_take(&b, plan->nsets, sizeof(*sets));
	texts = sn_room_take(&b, plan->ncolumns, sizeof(*texts));
	if (b.full) {
		return SN_ESPACE;
	}
	plan->columns = columns;
	plan->sets = sets;
	plan->texts = texts;
	for (uint32_t i = 0; i < plan->nsets; i++) {
		make_set(&b, &plan->series.sets[i], &sets[i]);
	}
	for (uint32_t i = 0; i < plan->ncolumns && !b.full; i++) {
		const struct sn_series_column *c = &plan->series.columns[i];

		make_column(&b, c, opt->descriptions, &columns[i]);
		count_points(plan, &columns[i], &sets[c->set], texts);
		plan->heads += columns[i].head.n + SN_OTLP_METRIC;
	}
	plan->scope = keep_scope(&b, schema);
	return b.full ? SN_ESPACE : SN_OK;
}
