/*
 * snmp_exporter's modules.<name> to struct sn_module: OIDs to BER, types to kinds, names sorted.
 * Unknown keys and types are errors always. Called by modules.c, see load.h. On the thread of a
 * load.
 */
#include "config/module_int.h"

#include "codec/oid.h"

void *sn_module_make(struct sn_module_reader *r, size_t n)
{
	void *p = sn_arena_zalloc(r->arena, n ? n : 1);

	if (!p) {
		sn_diag_nomem(r->diag);
	}
	return p;
}

const char *sn_module_keep(struct sn_module_reader *r, const char *text)
{
	const char *p = sn_arena_strndup(r->arena, text, strlen(text));

	if (!p) {
		sn_diag_nomem(r->diag);
	}
	return p;
}

/* The node of a key, or that of the map where the key is not written. */
static const struct sn_node *node_of(struct sn_module_place at, const char *key)
{
	const struct sn_node *node = sn_node_find(at.node, key);

	return node ? node : at.node;
}

void sn_module_error(struct sn_module_reader *r, struct sn_module_place at, const char *key,
		     const char *what)
{
	struct sn_path path = {at.path, key, 0};

	sn_path_error(r->diag, &path, node_of(at, key), "%s", what);
}

struct sn_span sn_module_oid(struct sn_module_reader *r, const struct sn_path *path,
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
	p = sn_module_make(r, (size_t)n);
	if (p) {
		memcpy(p, ber, (size_t)n);
	}
	return sn_span_make(p, p ? (size_t)n : 0);
}

static struct sn_span read_oid_key(struct sn_module_reader *r, struct sn_module_place at,
				   const char *text)
{
	struct sn_path path = {at.path, "oid", 0};

	if (!text) {
		sn_module_error(r, at, "oid", "missing");
		return sn_span_make(NULL, 0);
	}
	return sn_module_oid(r, &path, node_of(at, "oid"), text);
}

/* Key name or labelname. */
static const char *read_name(struct sn_module_reader *r, struct sn_module_place at, const char *key,
			     const char *text)
{
	if (!text || text[0] == '\0') {
		sn_module_error(r, at, key, "missing");
		return "";
	}
	return sn_module_keep(r, text);
}

static void read_index(struct sn_module_reader *r, const struct sn_path *path,
		       const struct sn_node *node, struct sn_index *index)
{
	struct sn_raw_index raw = {.type = -1};
	struct sn_module_place at = {path, node};

	if (!sn_options_bind(r->diag, &sn_level_index, path, node, &raw)) {
		return;
	}
	index->label = read_name(r, at, "labelname", raw.labelname);
	index->kind = sn_module_index_kind(r, at, raw.type);
	index->enums = sn_module_enums(r, at, raw.enum_values, &index->nenums);
	index->fixed_size = raw.fixed_size;
	index->implied = raw.implied;
}

static const char *const *read_inputs(struct sn_module_reader *r, const struct sn_node *labels)
{
	const char **inputs = sn_module_make(r, sn_module_count(labels) * sizeof(*inputs));
	uint32_t i = 0;

	for (const struct sn_node *c = sn_module_items(labels); c && inputs; c = c->next) {
		inputs[i++] = sn_module_keep(r, c->text);
	}
	return inputs;
}

static void read_lookup(struct sn_module_reader *r, const struct sn_path *path,
			const struct sn_node *node, struct sn_module_lookup *lookup)
{
	struct sn_raw_lookup raw = {.type = -1};
	struct sn_module_place at = {path, node};

	if (!sn_options_bind(r->diag, &sn_level_lookup, path, node, &raw)) {
		return;
	}
	lookup->label = read_name(r, at, "labelname", raw.labelname);
	lookup->ninputs = sn_module_count(raw.labels);
	lookup->inputs = read_inputs(r, raw.labels);
	sn_module_type(r, at, raw.type, false, NULL, raw.display_hint, raw.enum_values,
		       &lookup->type);
	lookup->type.convert.lookup = lookup->type.beside;
	if (lookup->ninputs) { /* else it takes a label away and needs no column */
		lookup->oid = read_oid_key(r, at, raw.oid);
	}
}

static void read_metric(struct sn_module_reader *r, const struct sn_path *path,
			const struct sn_node *node, struct sn_module_metric *m)
{
	struct sn_raw_metric raw = {.type = -1};
	struct sn_module_place at = {path, node};
	struct sn_path list = {path, "indexes", 0};
	struct sn_path item = {&list, NULL, 0};
	struct sn_module_lookup *lookups;
	struct sn_index *indexes;

	if (!sn_options_bind(r->diag, &sn_level_metric, path, node, &raw)) {
		return;
	}
	m->name = read_name(r, at, "name", raw.name);
	m->help = sn_module_keep(r, raw.help);
	m->oid = read_oid_key(r, at, raw.oid);
	sn_module_type(r, at, raw.type, true, raw.datetime_pattern, raw.display_hint,
		       raw.enum_values, &m->type);
	m->scale = raw.scale;
	m->offset = raw.offset;
	if (m->name && m->help) {
		sn_module_extracts(r, at, raw.regex_extracts, m);
	}
	m->indexes = indexes = sn_module_make(r, sn_module_count(raw.indexes) * sizeof(*indexes));
	for (const struct sn_node *c = sn_module_items(raw.indexes); c && indexes; c = c->next) {
		item.index = m->nindexes;
		read_index(r, &item, c, &indexes[m->nindexes++]);
	}
	list.key = "lookups";
	m->lookups = lookups = sn_module_make(r, sn_module_count(raw.lookups) * sizeof(*lookups));
	for (const struct sn_node *c = sn_module_items(raw.lookups); c && lookups; c = c->next) {
		item.index = m->nlookups;
		read_lookup(r, &item, c, &lookups[m->nlookups++]);
	}
}

const struct sn_span *sn_module_oids(struct sn_module_reader *r, const struct sn_path *up,
				     const char *key, const struct sn_node *list, uint32_t *n)
{
	struct sn_span *oids = sn_module_make(r, sn_module_count(list) * sizeof(*oids));
	struct sn_path path = {up, key, 0};
	struct sn_path item = {&path, NULL, 0};

	for (const struct sn_node *c = sn_module_items(list); c && oids; c = c->next) {
		item.index = *n;
		oids[(*n)++] = sn_module_oid(r, &item, c, c->text);
	}
	return oids;
}

static void read_metrics(struct sn_module_reader *r, const struct sn_path *module,
			 const struct sn_node *list, struct sn_module *m)
{
	struct sn_module_metric *metrics =
		sn_module_make(r, sn_module_count(list) * sizeof(*metrics));
	struct sn_path path = {module, "metrics", 0};
	struct sn_path item = {&path, NULL, 0};

	m->metrics = metrics;
	for (const struct sn_node *c = sn_module_items(list); c && metrics; c = c->next) {
		item.index = m->nmetrics;
		read_metric(r, &item, c, &metrics[m->nmetrics++]);
	}
}

static void read_module(struct sn_module_reader *r, const struct sn_definition *def,
			struct sn_module *m, bool *any_source)
{
	static const struct sn_path top = {NULL, "modules", 0};
	struct sn_path path = {&top, def->name, 0};
	struct sn_raw_module raw = {.retries = -1};
	struct sn_module_place at = {&path, def->value};

	if (!sn_options_bind(r->diag, &sn_level_module, &path, def->value, &raw)) {
		return;
	}
	m->name = sn_module_keep(r, def->name);
	m->walks = sn_module_oids(r, &path, "walk", raw.walk, &m->nwalks);
	m->gets = sn_module_oids(r, &path, "get", raw.get, &m->ngets);
	read_metrics(r, &path, raw.metrics, m);
	sn_module_filters(r, at, raw.filters, m);
	m->max_repetitions = raw.max_repetitions;
	m->retries = raw.retries > 7 ? 7 : raw.retries;
	m->timeout_ns = raw.timeout_ns;
	m->allow_nonincreasing = raw.allow_nonincreasing_oids;
	*any_source = raw.use_unconnected_udp_socket;
}

int sn_module_read(struct sn_load *load, struct sn_arena *arena, const struct sn_definition *def,
		   bool used, struct sn_module *m, bool *any_source)
{
	struct sn_module_reader r = {load, &load->diag, arena, used};
	uint32_t errors = load->diag.errors;

	memset(m, 0, sizeof(*m));
	*any_source = false;
	read_module(&r, def, m, any_source);
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	return load->diag.errors == errors ? SN_OK : SN_ECONFIG;
}
