/*
 * Plans of points, see points.h. Called by enc_otlp.c and enc_samples.c, once for a schema, on
 * workers' threads.
 */
#include "formats/points.h"

#include "formats/room.h"

/* What a plan is made with. */
struct maker {
	struct sn_room room;		      /* of the plan */
	struct sn_points_plan *plan;	      /* the plan */
	const struct sn_points_style *style;  /* of the format */
	const struct sn_encoder_options *opt; /* of the format */
};

static struct sn_span keep_key(struct maker *m, struct sn_span name)
{
	struct sn_text t = sn_room_open(&m->room);

	m->style->key(&t, name);
	return sn_room_keep(&m->room, &t);
}

/* A label's name in a series plan stands between a comma and `="`. */
static struct sn_span bare_name(const uint8_t *text, uint32_t len)
{
	return sn_span_make(text + 1, len - 3);
}

static void make_set(struct maker *m, const struct sn_series_set *from, struct sn_points_set *set)
{
	struct sn_points_label *labels = sn_room_take(&m->room, from->nlabels, sizeof(*labels));

	for (uint32_t i = 0; labels && i < from->nlabels; i++) {
		const struct sn_series_label *label = &from->labels[i];

		labels[i].key = keep_key(m, bare_name(label->text, label->len));
		labels[i].ref = label->ref;
		labels[i].source = label->source;
		labels[i].own_row = label->own_row;
	}
	*set = (struct sn_points_set){.labels = labels, .nlabels = from->nlabels};
}

/* The longest name of a state or bit, each of its octets replaced. */
static size_t longest_name(const struct sn_column *col)
{
	size_t most = SN_DIGITS_ROOM;

	for (uint32_t i = 0; i < col->nenums; i++) {
		size_t n = 3 * strlen(col->enums[i].name);

		most = n > most ? n : most;
	}
	return most;
}

/* Points of a metric that a row has at most. */
static uint32_t most_points(const struct sn_series_column *c)
{
	switch (c->how) {
	case SN_SERIES_STATE_SET:
		return c->col->nenums + 1;
	case SN_SERIES_BITS:
		return c->col->nenums;
	default:
		return 1;
	}
}

static void make_metric(struct maker *m, const struct sn_series_column *c,
			struct sn_points_metric *metric)
{
	struct sn_text t = sn_room_open(&m->room);

	m->style->head(&t, c, m->opt);
	*metric = (struct sn_points_metric){
		.series = c,
		.head = sn_room_keep(&m->room, &t),
		.whole = c->col->kind != SN_KIND_FLOAT && !c->scaled ? 0xff : 0};
	if (c->own) {
		metric->own = keep_key(m, bare_name(c->own, c->own_len));
	}
}

/* What the points of a metric need at most. */
static void count_points(struct sn_points_plan *plan, const struct sn_points_metric *metric,
			 struct sn_points_set *set)
{
	const struct sn_series_column *c = metric->series;
	uint32_t points = most_points(c);

	set->points += points;
	plan->heads += metric->head.n;
	if (metric->own.p) {
		plan->owns += points;
		plan->states += points * (metric->own.n + longest_name(c->col));
	}
}

static void make_metrics(struct maker *m, struct sn_points_metric *metrics,
			 struct sn_points_set *sets, uint32_t *texts)
{
	struct sn_points_plan *plan = m->plan;

	for (uint32_t i = 0; i < plan->nsets; i++) {
		make_set(m, &plan->series.sets[i], &sets[i]);
	}
	for (uint32_t i = 0; i < plan->nmetrics && !m->room.full; i++) {
		const struct sn_series_column *c = &plan->series.columns[i];

		make_metric(m, c, &metrics[i]);
		count_points(plan, &metrics[i], &sets[c->set]);
		if (c->how == SN_SERIES_TEXT) {
			texts[plan->ntexts++] = i;
		}
	}
}

int sn_points_make(void *room, size_t size, const struct sn_schema *schema,
		   const struct sn_encoder_options *opt, const struct sn_points_style *style)
{
	/* the second half is the series plan's */
	struct maker m = {
		.room = {.p = room, .end = (uint8_t *)room + size / 2}, .style = style, .opt = opt};
	struct sn_points_plan *plan = sn_room_take(&m.room, 1, sizeof(*plan));
	struct sn_points_metric *metrics;
	struct sn_points_set *sets;
	struct sn_text top;
	uint32_t *texts;

	if (!plan) {
		return SN_ESPACE;
	}
	m.plan = plan;
	*plan = (struct sn_points_plan){.schema = schema};
	if (sn_series_plan(&plan->series, schema, NULL, false, m.room.end, size - size / 2)) {
		return SN_ESPACE;
	}
	plan->nmetrics = plan->series.ncolumns;
	plan->nsets = plan->series.nsets;
	metrics = sn_room_take(&m.room, plan->nmetrics, sizeof(*metrics));
	sets = sn_room_take(&m.room, plan->nsets, sizeof(*sets));
	texts = sn_room_take(&m.room, plan->nmetrics, sizeof(*texts));
	if (m.room.full) {
		return SN_ESPACE;
	}
	plan->metrics = metrics;
	plan->sets = sets;
	plan->texts = texts;
	make_metrics(&m, metrics, sets, texts);
	top = sn_room_open(&m.room);
	style->top(&top, schema);
	plan->top = sn_room_keep(&m.room, &top);
	return m.room.full ? SN_ESPACE : SN_OK;
}

bool sn_points_read_real(const struct sn_series_column *c, const struct sn_block *blk,
			 const struct sn_row *row, double *d)
{
	struct sn_value v;

	if (!sn_block_get(blk, row, c->number, &v)) {
		return false;
	}
	switch (sn_render_form(c->col, &v)) {
	case SN_FORM_INT:
		*d = (double)v.i;
		return true;
	case SN_FORM_UINT:
		*d = (double)v.u;
		return true;
	case SN_FORM_FLOAT:
	case SN_FORM_REAL:
		*d = v.d;
		return true;
	default:
		return false;
	}
}

bool sn_points_has_label(const struct sn_points_label *label, const struct sn_block *blk,
			 const struct sn_row *row, const struct sn_render_index *ix,
			 struct sn_value *v)
{
	return label->source != SN_SERIES_LOOKUP ||
	       ((ix->whole || !label->own_row) && sn_block_get(blk, row, label->ref, v));
}

void sn_points_put_label(struct sn_text *t, sn_render_escape *escape,
			 const struct sn_points_label *label, const struct sn_block *blk,
			 const struct sn_render_index *ix, const struct sn_value *v)
{
	if (label->source == SN_SERIES_LOOKUP) {
		sn_render_label(t, escape, &blk->schema->columns[label->ref], v);
	} else {
		sn_render_index_label(t, escape, blk->schema, ix, label->ref);
	}
}
