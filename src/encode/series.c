/*
 * Plans of series, see series.h: families and label sets of a schema. The rules are
 * snmp_exporter's, type for type. Called by enc_prom.c and expose_block.c, on workers' threads and
 * those of requests.
 */
#include "encode/series.h"

/* Memory handed out from the room of a plan; sticky when it is too small. */
struct bump {
	uint8_t *p;   /* next byte, aligned to 8 */
	uint8_t *end; /* first byte that must not be used */
	bool full;    /* something did not fit */
};

/* A label while a set is put together. */
struct draft {
	const char *name;	      /* as it is written, NUL-terminated */
	const char *value;	      /* of a constant */
	uint32_t ref;		      /* index label or column */
	enum sn_series_source source; /* what ref is */
	bool own_row;		      /* of a look-up */
};

struct drafts {
	struct draft *label; /* n of them */
	uint32_t n;	     /* labels */
};

/* A plan in the making. */
struct maker {
	const struct sn_schema *schema;	  /* of the plan */
	const struct sn_origin *origin;	  /* NULL: no labels of it */
	struct bump room;		  /* of the plan */
	struct sn_series_column *columns; /* room for all columns */
	struct sn_series_set *sets;	  /* room for as many sets */
	const struct sn_series **series;  /* what each set was made from */
	struct drafts *drafts;		  /* names of the labels of each set */
	uint32_t nsets;			  /* sets */
};

static void *take(struct bump *b, size_t n, size_t size)
{
	size_t need = (n * size + 7) & ~(size_t)7; /* n is a few 32-bit counts: no overflow */
	void *p = b->p;

	if (b->full || need > (size_t)(b->end - b->p)) {
		b->full = true;
		return NULL;
	}
	b->p += need;
	return p;
}

/* Text that is about to be written; keep_text keeps what there is then, with slack behind it. */
static struct sn_text open_text(const struct bump *b)
{
	size_t room = b->p && !b->full ? (size_t)(b->end - b->p) : 0;

	return sn_text_make(b->p, room < SN_TEXT_SLACK ? 0 : room - SN_TEXT_SLACK);
}

static const uint8_t *keep_text(struct bump *b, const struct sn_text *t, uint32_t *len)
{
	*len = (uint32_t)(t->p - b->p);
	b->full |= t->full;
	return take(b, *len + SN_TEXT_SLACK, 1);
}

/* A name as it is written; "" when there is no room. */
static const char *keep_name(struct bump *b, enum sn_promtext_name what, const char *name,
			     const char *suffix, uint32_t *len)
{
	struct sn_text t = open_text(b);
	const uint8_t *text;

	sn_promtext_put_name(&t, what, name);
	sn_text_str(&t, suffix);
	sn_text_char(&t, '\0');
	text = keep_text(b, &t, len);
	--*len;
	return text ? (const char *)text : "";
}

/* `,name="`, and of a constant the value and a quote. */
static const uint8_t *keep_label(struct bump *b, const char *name, const char *value, uint32_t *len)
{
	struct sn_text t = open_text(b);

	sn_text_char(&t, ',');
	sn_text_str(&t, name);
	sn_text_str(&t, "=\"");
	if (value) {
		sn_promtext_escape(&t, (const uint8_t *)value, strlen(value));
		sn_text_char(&t, '"');
	}
	return keep_text(b, &t, len);
}

/* Number of the label of a name, n when there is none. */
static uint32_t find_label(const struct drafts *list, const char *name)
{
	uint32_t i = 0;

	while (i < list->n && strcmp(list->label[i].name, name) != 0) {
		i++;
	}
	return i;
}

/* Adds a label. One of its name that is there already stays, unless this one is a look-up, which
 * gives way only to a constant: the instance. */
static void add_label(struct maker *m, struct drafts *list, struct draft label)
{
	uint32_t len;
	uint32_t i;

	label.name = keep_name(&m->room, SN_PROMTEXT_LABEL, label.name, "", &len);
	i = find_label(list, label.name);
	if (i == list->n) {
		list->label[list->n++] = label;
	} else if (label.source == SN_SERIES_LOOKUP &&
		   list->label[i].source != SN_SERIES_CONSTANT) {
		list->label[i] = label;
	}
}

static void collect_labels(struct maker *m, const struct sn_series *series, struct drafts *list)
{
	const struct sn_schema *s = m->schema;
	uint32_t nlookups = series ? series->nlookups : s->nlookups;

	if (m->origin) {
		add_label(m, list,
			  (struct draft){.name = "instance", .value = m->origin->instance});
	}
	for (uint32_t i = 0; i < s->nindexes; i++) {
		if (!series || !series->dropped || !series->dropped[i]) {
			add_label(m, list,
				  (struct draft){.name = s->indexes[i].label,
						 .ref = i,
						 .source = SN_SERIES_INDEX});
		}
	}
	for (uint32_t i = 0; i < nlookups; i++) {
		const struct sn_lookup *lookup = &s->lookups[series ? series->lookups[i] : i];

		add_label(m, list,
			  (struct draft){.name = lookup->label,
					 .ref = lookup->column,
					 .source = SN_SERIES_LOOKUP,
					 .own_row = lookup->own_row});
	}
	for (uint32_t i = 0; m->origin && i < m->origin->nlabels; i++) {
		const struct sn_label *label = &m->origin->labels[i];

		if (label->value[0]) {
			add_label(m, list,
				  (struct draft){.name = label->name, .value = label->value});
		}
	}
}

static void sort_labels(const struct drafts *list)
{
	for (uint32_t i = 1; i < list->n; i++) {
		struct draft label = list->label[i];
		uint32_t k = i;

		for (; k > 0 && strcmp(list->label[k - 1].name, label.name) > 0; k--) {
			list->label[k] = list->label[k - 1];
		}
		list->label[k] = label;
	}
}

/* Adds the set of labels that a column's series have. False: no room. */
static bool make_set(struct maker *m, const struct sn_series *series)
{
	size_t most = (size_t)m->schema->nindexes + m->schema->nlookups + 1 +
		      (series ? series->nlookups : 0) + (m->origin ? m->origin->nlabels : 0);
	struct drafts list = {.label = take(&m->room, most, sizeof(*list.label))};
	struct sn_series_label *labels;

	if (!list.label) {
		return false;
	}
	collect_labels(m, series, &list);
	sort_labels(&list);
	labels = take(&m->room, list.n, sizeof(*labels));
	for (uint32_t i = 0; labels && i < list.n; i++) {
		labels[i].ref = list.label[i].ref;
		labels[i].source = (uint16_t)list.label[i].source;
		labels[i].own_row = list.label[i].own_row;
		labels[i].text = keep_label(&m->room, list.label[i].name, list.label[i].value,
					    &labels[i].len);
	}
	if (m->room.full) {
		return false;
	}
	m->drafts[m->nsets] = list;
	m->series[m->nsets] = series;
	m->sets[m->nsets++] = (struct sn_series_set){.labels = labels, .nlabels = list.n};
	return true;
}

static bool is_dropped(const struct sn_series *series, uint32_t i)
{
	return series->dropped && series->dropped[i];
}

static bool is_same_set(const struct sn_schema *schema, const struct sn_series *a,
			const struct sn_series *b)
{
	if (a == b || !a || !b) {
		return a == b;
	}
	if (a->nlookups != b->nlookups) {
		return false;
	}
	for (uint32_t i = 0; i < a->nlookups; i++) {
		if (a->lookups[i] != b->lookups[i]) {
			return false;
		}
	}
	for (uint32_t i = 0; i < schema->nindexes; i++) {
		if (is_dropped(a, i) != is_dropped(b, i)) {
			return false;
		}
	}
	return true;
}

/* The set of a column's series, made if it is a new one. False: no room. */
static bool find_set(struct maker *m, const struct sn_series *series, uint32_t *set)
{
	for (*set = 0; *set < m->nsets; ++*set) {
		if (is_same_set(m->schema, m->series[*set], series)) {
			return true;
		}
	}
	return make_set(m, series);
}

static enum sn_series_how how_of(enum sn_kind kind)
{
	switch (kind) {
	case SN_KIND_COUNTER:
	case SN_KIND_GAUGE:
	case SN_KIND_FLOAT:
		return SN_SERIES_NUMBER;
	case SN_KIND_ENUM:
		return SN_SERIES_INFO;
	case SN_KIND_STATE_SET:
		return SN_SERIES_STATE_SET;
	case SN_KIND_BITS:
		return SN_SERIES_BITS;
	default:
		return SN_SERIES_TEXT;
	}
}

static bool is_set(double d)
{
	return d < 0 || d > 0;
}

/*
 * Plans one column. A label of the column's name that is there already stays: its text is there,
 * then, and a series for each state would have the label twice. False: the column makes no series.
 */
static bool make_column(struct maker *m, const struct sn_column *col, struct sn_series_column *c)
{
	const struct drafts *list;
	const char *own;
	uint32_t len;

	*c = (struct sn_series_column){.col = col, .how = (uint8_t)how_of(col->kind)};
	if (!find_set(m, col->series, &c->set)) {
		return false;
	}
	c->number = (uint32_t)(col - m->schema->columns);
	c->scaled = is_set(col->scale) || is_set(col->offset);
	if (c->how != SN_SERIES_NUMBER) {
		list = &m->drafts[c->set];
		own = keep_name(&m->room, SN_PROMTEXT_LABEL, col->name, "", &len);
		if (find_label(list, own) == list->n) {
			while (c->own_at < list->n &&
			       strcmp(list->label[c->own_at].name, own) < 0) {
				c->own_at++;
			}
			c->own = keep_label(&m->room, own, NULL, &c->own_len);
		} else if (c->how != SN_SERIES_TEXT) {
			return false;
		}
	}
	c->name = (const uint8_t *)keep_name(&m->room, SN_PROMTEXT_METRIC, col->name,
					     c->how == SN_SERIES_INFO ? "_info" : "", &c->name_len);
	return true;
}

int sn_series_plan(struct sn_series_plan *plan, const struct sn_schema *schema,
		   const struct sn_origin *origin, bool wrap, void *room, size_t size)
{
	struct maker m = {.schema = schema,
			  .origin = origin,
			  .room = {.p = room, .end = (uint8_t *)room + size}};
	size_t n = schema->ncolumns;

	m.columns = take(&m.room, n, sizeof(*m.columns));
	m.sets = take(&m.room, n, sizeof(*m.sets));
	m.series = take(&m.room, n, sizeof(*m.series));
	m.drafts = take(&m.room, n, sizeof(*m.drafts));
	if (m.room.full) {
		return SN_ESPACE;
	}
	*plan = (struct sn_series_plan){.columns = m.columns, .sets = m.sets, .wrap = wrap};
	for (uint32_t i = 0; i < n && !m.room.full; i++) {
		if (schema->columns[i].is_value &&
		    make_column(&m, &schema->columns[i], &m.columns[plan->ncolumns])) {
			plan->ncolumns++;
		}
	}
	plan->nsets = m.nsets;
	for (uint32_t i = 0; i < m.nsets; i++) {
		if (m.sets[i].nlabels > plan->most_labels) {
			plan->most_labels = m.sets[i].nlabels;
		}
	}
	return m.room.full ? SN_ESPACE : SN_OK;
}
