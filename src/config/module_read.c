/*
 * snmp_exporter's modules.<name> to struct sn_module: OIDs to BER, types to kinds, names sorted.
 * Unknown keys and types are errors always; what this version can't do is one only in a module that
 * is used. Called by modules.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "codec/oid.h"
#include "document/scalar.h"
#include "config/types.h"

#include <stdlib.h>

/* One module being read. */
struct reader {
	struct sn_load *load;	/* messages */
	struct sn_diag *diag;	/* the same */
	struct sn_arena *arena; /* what is made */
	bool used;		/* a target uses the module */
};

/* The innermost place: path and node of the map whose keys are looked at. */
struct here {
	const struct sn_path *path; /* for messages */
	const struct sn_node *node; /* the map itself */
};

static const struct {
	enum sn_kind kind; /* how a value is meant */
	unsigned uses;	   /* SN_TYPE_METRIC and the like */
	const char *name;  /* as written */
} types[SN_TYPE_COUNT] = {
#define TYPE_ROW(id, name, kind, uses) {SN_KIND_##kind, (uses), (name)},
	SN_TYPE_TABLE(TYPE_ROW)
#undef TYPE_ROW
};

static void *make(struct reader *r, size_t n)
{
	void *p = sn_arena_zalloc(r->arena, n ? n : 1);

	if (!p) {
		sn_diag_nomem(r->diag);
	}
	return p;
}

static const char *keep(struct reader *r, const char *text)
{
	const char *p = sn_arena_strndup(r->arena, text, strlen(text));

	if (!p) {
		sn_diag_nomem(r->diag);
	}
	return p;
}

/* The node of a key, or that of the map where the key is not written. */
static const struct sn_node *node_of(struct here at, const char *key)
{
	const struct sn_node *node = sn_node_find(at.node, key);

	return node ? node : at.node;
}

static void error(struct reader *r, struct here at, const char *key, const char *what)
{
	struct sn_path path = {at.path, key, 0};

	sn_path_error(r->diag, &path, node_of(at, key), "%s", what);
}

static void later(struct reader *r, struct here at, const char *key)
{
	if (r->used) {
		error(r, at, key, "not supported by this version");
	}
}

static uint32_t count(const struct sn_node *list)
{
	return list && list->kind != SN_NODE_SCALAR ? list->n : 0;
}

static const struct sn_node *items(const struct sn_node *list)
{
	return list && list->kind != SN_NODE_SCALAR ? list->first : NULL;
}

static struct sn_span read_oid(struct reader *r, const struct sn_path *path,
			       const struct sn_node *node, const char *text)
{
	uint8_t ber[SN_OID_MAX_BER];
	char quoted[SN_DIAG_QUOTE_MAX];
	int n = sn_oid_from_text(text, ber, sizeof(ber));
	uint8_t *p;

	if (n <= 0) {
		sn_path_error(r->diag, path, node,
			      "%s is not an OID in numbers (expected one such as 1.3.6.1.2.1.2.2)",
			      sn_diag_quote(quoted, text));
		return sn_span_make(NULL, 0);
	}
	p = make(r, (size_t)n);
	if (p) {
		memcpy(p, ber, (size_t)n);
	}
	return sn_span_make(p, p ? (size_t)n : 0);
}

static struct sn_span read_oid_key(struct reader *r, struct here at, const char *text)
{
	struct sn_path path = {at.path, "oid", 0};

	if (!text) {
		error(r, at, "oid", "missing");
		return sn_span_make(NULL, 0);
	}
	return read_oid(r, &path, node_of(at, "oid"), text);
}

/* Key name or labelname. */
static const char *read_name(struct reader *r, struct here at, const char *key, const char *text)
{
	if (!text || text[0] == '\0') {
		error(r, at, key, "missing");
		return "";
	}
	return keep(r, text);
}

/* The kind of a type; use: SN_TYPE_METRIC or SN_TYPE_INDEX. */
static enum sn_kind read_type(struct reader *r, struct here at, int type, unsigned use)
{
	struct sn_path path = {at.path, "type", 0};

	if (type < 0) {
		error(r, at, "type", "missing");
		return SN_KIND_HEX;
	}
	if (!(types[type].uses & use)) {
		sn_path_error(r->diag, &path, node_of(at, "type"), "\"%s\" is not a type of %s",
			      types[type].name, use == SN_TYPE_INDEX ? "an index" : "a metric");
	} else if (types[type].uses & SN_TYPE_LATER && r->used) {
		sn_path_error(r->diag, &path, node_of(at, "type"),
			      "\"%s\" is not supported by this version", types[type].name);
	}
	return types[type].kind;
}

static int by_value(const void *a, const void *b)
{
	const struct sn_enum_name *x = a;
	const struct sn_enum_name *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* enum_values: number to name, sorted by number. */
static const struct sn_enum_name *read_enums(struct reader *r, struct here at,
					     const struct sn_node *map, uint32_t *n)
{
	struct sn_enum_name *enums = count(map) ? make(r, count(map) * sizeof(*enums)) : NULL;
	struct sn_path path = {at.path, "enum_values", 0};
	uint32_t i = 0;

	*n = 0;
	if (!enums) {
		return NULL;
	}
	for (const struct sn_node *k = items(map); k; k = k->next->next) {
		char quoted[SN_DIAG_QUOTE_MAX];

		if (sn_scalar_int(k->text, &enums[i].value)) {
			sn_path_error(r->diag, &path, k, "%s is not a whole number",
				      sn_diag_quote(quoted, k->text));
		}
		enums[i++].name = keep(r, k->next->text);
	}
	qsort(enums, i, sizeof(*enums), by_value);
	*n = i;
	return enums;
}

static void read_index(struct reader *r, const struct sn_path *path, const struct sn_node *node,
		       struct sn_index *index)
{
	struct sn_raw_index raw = {.type = -1};
	struct here at = {path, node};

	if (!sn_options_bind(r->diag, &sn_level_index, path, node, &raw)) {
		return;
	}
	index->label = read_name(r, at, "labelname", raw.labelname);
	index->kind = read_type(r, at, raw.type, SN_TYPE_INDEX);
	index->enums = read_enums(r, at, raw.enum_values, &index->nenums);
	index->fixed_size = raw.fixed_size;
	index->implied = raw.implied;
}

/* True when a look-up's labels are all indexes of its metric, in order. */
static bool covers_index(const struct sn_node *labels, const struct sn_module_metric *m)
{
	const struct sn_node *c = items(labels);

	for (uint32_t i = 0; i < m->nindexes; i++) {
		if (!c || !m->indexes[i].label || strcmp(c->text, m->indexes[i].label) != 0) {
			return false;
		}
		c = c->next;
	}
	return c == NULL;
}

static const char *const *read_inputs(struct reader *r, const struct sn_node *labels)
{
	const char **inputs = make(r, count(labels) * sizeof(*inputs));
	uint32_t i = 0;

	for (const struct sn_node *c = items(labels); c && inputs; c = c->next) {
		inputs[i++] = keep(r, c->text);
	}
	return inputs;
}

static void read_lookup(struct reader *r, const struct sn_path *path, const struct sn_node *node,
			const struct sn_module_metric *m, struct sn_module_lookup *lookup)
{
	struct sn_raw_lookup raw = {.type = -1};
	struct here at = {path, node};

	if (!sn_options_bind(r->diag, &sn_level_lookup, path, node, &raw)) {
		return;
	}
	lookup->label = read_name(r, at, "labelname", raw.labelname);
	lookup->ninputs = count(raw.labels);
	lookup->inputs = read_inputs(r, raw.labels);
	lookup->enums = read_enums(r, at, raw.enum_values, &lookup->nenums);
	lookup->kind = SN_KIND_HEX;
	if (raw.display_hint && raw.display_hint[0]) {
		later(r, at, "display_hint");
	}
	if (raw.type >= 0) {
		lookup->kind = read_type(r, at, raw.type, SN_TYPE_METRIC);
	}
	if (lookup->ninputs == 0) {
		return; /* takes a label away, needs no column */
	}
	lookup->oid = read_oid_key(r, at, raw.oid);
	if (r->used && !covers_index(raw.labels, m)) {
		error(r, at, "labels",
		      "not supported by this version: a look-up over other labels than the "
		      "metric's indexes in their order");
	}
}

static void check_later(struct reader *r, struct here at, const struct sn_raw_metric *raw)
{
	if (count(raw->regex_extracts)) {
		later(r, at, "regex_extracts");
	}
	if (raw->datetime_pattern && raw->datetime_pattern[0]) {
		later(r, at, "datetime_pattern");
	}
	if (raw->display_hint && raw->display_hint[0]) {
		later(r, at, "display_hint");
	}
}

static void read_metric(struct reader *r, const struct sn_path *path, const struct sn_node *node,
			struct sn_module_metric *m)
{
	struct sn_raw_metric raw = {.type = -1};
	struct here at = {path, node};
	struct sn_path list = {path, "indexes", 0};
	struct sn_path item = {&list, NULL, 0};
	struct sn_module_lookup *lookups;
	struct sn_index *indexes;

	if (!sn_options_bind(r->diag, &sn_level_metric, path, node, &raw)) {
		return;
	}
	m->name = read_name(r, at, "name", raw.name);
	m->help = keep(r, raw.help);
	m->oid = read_oid_key(r, at, raw.oid);
	m->kind = read_type(r, at, raw.type, SN_TYPE_METRIC);
	m->enums = read_enums(r, at, raw.enum_values, &m->nenums);
	m->scale = raw.scale;
	m->offset = raw.offset;
	check_later(r, at, &raw);
	m->indexes = indexes = make(r, count(raw.indexes) * sizeof(*indexes));
	for (const struct sn_node *c = items(raw.indexes); c && indexes; c = c->next) {
		item.index = m->nindexes;
		read_index(r, &item, c, &indexes[m->nindexes++]);
	}
	list.key = "lookups";
	m->lookups = lookups = make(r, count(raw.lookups) * sizeof(*lookups));
	for (const struct sn_node *c = items(raw.lookups); c && lookups; c = c->next) {
		item.index = m->nlookups;
		read_lookup(r, &item, c, m, &lookups[m->nlookups++]);
	}
}

static const struct sn_span *read_oids(struct reader *r, const struct sn_path *module,
				       const char *key, const struct sn_node *list, uint32_t *n)
{
	struct sn_span *oids = make(r, count(list) * sizeof(*oids));
	struct sn_path path = {module, key, 0};
	struct sn_path item = {&path, NULL, 0};

	for (const struct sn_node *c = items(list); c && oids; c = c->next) {
		item.index = *n;
		oids[(*n)++] = read_oid(r, &item, c, c->text);
	}
	return oids;
}

static void read_metrics(struct reader *r, const struct sn_path *module, const struct sn_node *list,
			 struct sn_module *m)
{
	struct sn_module_metric *metrics = make(r, count(list) * sizeof(*metrics));
	struct sn_path path = {module, "metrics", 0};
	struct sn_path item = {&path, NULL, 0};

	m->metrics = metrics;
	for (const struct sn_node *c = items(list); c && metrics; c = c->next) {
		item.index = m->nmetrics;
		read_metric(r, &item, c, &metrics[m->nmetrics++]);
	}
}

static void read_module(struct reader *r, const struct sn_definition *def, struct sn_module *m,
			bool *any_source)
{
	static const struct sn_path top = {NULL, "modules", 0};
	struct sn_path path = {&top, def->name, 0};
	struct sn_raw_module raw = {.retries = -1};
	struct here at = {&path, def->value};

	if (!sn_options_bind(r->diag, &sn_level_module, &path, def->value, &raw)) {
		return;
	}
	m->name = keep(r, def->name);
	m->walks = read_oids(r, &path, "walk", raw.walk, &m->nwalks);
	m->gets = read_oids(r, &path, "get", raw.get, &m->ngets);
	read_metrics(r, &path, raw.metrics, m);
	if (count(raw.filters)) {
		later(r, at, "filters");
	}
	m->max_repetitions = raw.max_repetitions;
	m->retries = raw.retries > 7 ? 7 : raw.retries;
	m->timeout_ns = raw.timeout_ns;
	m->allow_nonincreasing = raw.allow_nonincreasing_oids;
	*any_source = raw.use_unconnected_udp_socket;
}

int sn_module_read(struct sn_load *load, struct sn_arena *arena, const struct sn_definition *def,
		   bool used, struct sn_module *m, bool *any_source)
{
	struct reader r = {load, &load->diag, arena, used};
	uint32_t errors = load->diag.errors;

	memset(m, 0, sizeof(*m));
	*any_source = false;
	read_module(&r, def, m, any_source);
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	return load->diag.errors == errors ? SN_OK : SN_ECONFIG;
}
