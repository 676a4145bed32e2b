/*
 * Types of values, indexes and look-ups, regexes and filters of snmp_exporter's modules, see
 * module_int.h. On the thread of a load.
 */
#include "config/module_int.h"

#include "config/types.h"
#include "document/scalar.h"

#include <stdio.h>
#include <stdlib.h>

enum { REGEX_WHY_MAX = 160 };

static const struct {
	enum sn_kind kind;	 /* of a value */
	enum sn_kind index;	 /* of an index label */
	enum sn_convert convert; /* with SN_TYPE_CONVERT */
	unsigned uses;		 /* SN_TYPE_METRIC and the like */
	const char *name;	 /* as written */
} types[SN_TYPE_COUNT] = {
#define TYPE_ROW(id, name, kind, index, convert, uses)                                             \
	{SN_KIND_##kind, SN_KIND_##index, SN_CONVERT_##convert, (uses), (name)},
	SN_TYPE_TABLE(TYPE_ROW)
#undef TYPE_ROW
};

static int by_value(const void *a, const void *b)
{
	const struct sn_enum_name *x = a;
	const struct sn_enum_name *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

const struct sn_enum_name *sn_module_enums(struct sn_module_reader *r, struct sn_module_place at,
					   const struct sn_node *map, uint32_t *n)
{
	uint32_t count = sn_module_count(map);
	struct sn_enum_name *enums = count ? sn_module_make(r, count * sizeof(*enums)) : NULL;
	struct sn_path path = {at.path, "enum_values", 0};
	uint32_t i = 0;

	*n = 0;
	if (!enums) {
		return NULL;
	}
	for (const struct sn_node *k = sn_module_items(map); k; k = k->next->next) {
		char quoted[SN_DIAG_QUOTE_MAX];

		if (sn_scalar_int(k->text, &enums[i].value)) {
			sn_path_error(r->diag, &path, k, "%s is not a whole number",
				      sn_diag_quote(quoted, k->text));
		}
		enums[i++].name = sn_module_keep(r, k->next->text);
	}
	qsort(enums, i, sizeof(*enums), by_value);
	*n = i;
	return enums;
}

static const struct sn_node *node_of(struct sn_module_place at, const char *key)
{
	const struct sn_node *node = sn_node_find(at.node, key);

	return node ? node : at.node;
}

/* False after an error was reported. */
static bool check_type(struct sn_module_reader *r, struct sn_module_place at, int type,
		       unsigned use)
{
	struct sn_path path = {at.path, "type", 0};

	if (type < 0) {
		sn_module_error(r, at, "type", "missing");
		return false;
	}
	if (!(types[type].uses & use)) {
		sn_path_error(r->diag, &path, node_of(at, "type"), "\"%s\" is not a type of %s",
			      types[type].name, use == SN_TYPE_INDEX ? "an index" : "a metric");
		return false;
	}
	return true;
}

enum sn_kind sn_module_index_kind(struct sn_module_reader *r, struct sn_module_place at, int type)
{
	return check_type(r, at, type, SN_TYPE_INDEX) ? types[type].index : SN_KIND_GAUGE;
}

void sn_module_type(struct sn_module_reader *r, struct sn_module_place at, int type, bool needed,
		    const char *pattern, const char *hint, const struct sn_node *enums,
		    struct sn_module_type *out)
{
	*out = (struct sn_module_type){.kind = SN_KIND_HEX};
	out->enums = sn_module_enums(r, at, enums, &out->nenums);
	if (type < 0 && !needed) {
		type = SN_TYPE_OCTET_STRING;
	}
	if (!check_type(r, at, type, SN_TYPE_METRIC)) {
		return;
	}
	out->kind = types[type].kind;
	if (types[type].uses & SN_TYPE_CONVERT) {
		out->converted = true;
		out->beside = types[type].uses & SN_TYPE_BESIDE;
		out->convert.how = types[type].convert;
	}
	if (type == SN_TYPE_PARSE_DATE_AND_TIME) {
		if (!pattern || !pattern[0]) {
			sn_module_error(r, at, "datetime_pattern",
					"missing (expected one, as the type is ParseDateAndTime)");
			return;
		}
		out->convert.text = sn_module_keep(r, pattern);
	}
	if (type == SN_TYPE_OCTET_STRING && hint && hint[0]) {
		out->converted = true;
		out->kind = SN_KIND_TEXT;
		out->convert.how = SN_CONVERT_DISPLAY_HINT;
		out->convert.text = sn_module_keep(r, hint);
	}
}

/* A regex of the module; NULL after an error was reported, and when the module is only checked. */
static const struct sn_regex *read_regex(struct sn_module_reader *r, const struct sn_path *path,
					 const struct sn_node *node, const char *text,
					 unsigned flags)
{
	struct sn_snapshot_regex *keep;
	char why[REGEX_WHY_MAX];
	struct sn_regex *re;
	int rc = sn_regex_compile(text, flags, &re, why, sizeof(why));

	if (rc == SN_ENOMEM) {
		sn_diag_nomem(r->diag);
	} else if (rc) {
		sn_path_error(r->diag, path, node, "not a regular expression: %s", why);
	}
	if (rc) {
		return NULL;
	}
	keep = r->used ? sn_module_make(r, sizeof(*keep)) : NULL;
	if (!keep) {
		sn_regex_free(re);
		return NULL;
	}
	keep->regex = re;
	keep->next = r->load->snap->regexes;
	r->load->snap->regexes = keep;
	return re;
}

/* One suffix's list. */
static void read_extract(struct sn_module_reader *r, const struct sn_path *up,
			 const struct sn_node *key, const struct sn_module_metric *m,
			 struct sn_module_extract *out)
{
	struct sn_path path = {up, key->text, 0};
	struct sn_path item = {&path, NULL, 0};
	const struct sn_node *list = key->next;
	struct sn_extract *entries;
	size_t room = strlen(m->name) + strlen(key->text) + 1;
	char *name = sn_module_make(r, room);
	size_t help_room = strlen(m->help) + sizeof(" (regex extracted)");
	char *help = sn_module_make(r, help_room);

	if (!sn_options_is_list(r->diag, &path, list)) {
		return;
	}
	entries = sn_module_make(r, sn_module_count(list) * sizeof(*entries));
	if (!name || !help || !entries) {
		return;
	}
	snprintf(name, room, "%s%s", m->name, key->text);
	snprintf(help, help_room, "%s (regex extracted)", m->help);
	for (const struct sn_node *c = sn_module_items(list); c; c = c->next) {
		struct sn_raw_extract raw = {0};
		struct sn_module_place at = {&item, c};

		item.index = out->n;
		if (sn_options_bind(r->diag, &sn_level_extract, &item, c, &raw)) {
			struct sn_path where = {&item, "regex", 0};

			entries[out->n].regex =
				read_regex(r, &where, node_of(at, "regex"),
					   raw.regex ? raw.regex : "", SN_REGEX_ANCHORED);
			entries[out->n].value = sn_module_keep(r, raw.value);
		}
		out->n++;
	}
	out->name = name;
	out->help = help;
	out->list = entries;
}

void sn_module_extracts(struct sn_module_reader *r, struct sn_module_place at,
			const struct sn_node *map, struct sn_module_metric *m)
{
	struct sn_path path = {at.path, "regex_extracts", 0};
	struct sn_module_extract *extracts;
	uint32_t n = 0;

	if (!map || !sn_options_is_map(r->diag, &path, map)) {
		return;
	}
	extracts = sn_module_make(r, sn_module_count(map) * sizeof(*extracts));
	for (const struct sn_node *k = sn_module_items(map); k && extracts; k = k->next->next) {
		read_extract(r, &path, k, m, &extracts[n++]);
	}
	m->extracts = extracts;
	m->nextracts = n;
}

static void read_filter(struct sn_module_reader *r, const struct sn_path *path,
			const struct sn_node *node, struct sn_module_filter *f)
{
	struct sn_raw_filter raw = {0};
	struct sn_module_place at = {path, node};
	struct sn_path oid = {path, "oid", 0};
	struct sn_path values = {path, "values", 0};
	struct sn_path item = {&values, NULL, 0};
	const struct sn_regex **regexes;

	if (!sn_options_bind(r->diag, &sn_level_filter, path, node, &raw)) {
		return;
	}
	if (!raw.oid) {
		sn_module_error(r, at, "oid", "missing");
		return;
	}
	f->oid = sn_module_oid(r, &oid, node_of(at, "oid"), raw.oid);
	f->targets = sn_module_oids(r, path, "targets", raw.targets, &f->ntargets);
	regexes = sn_module_make(r, sn_module_count(raw.values) * sizeof(struct sn_regex *));
	for (const struct sn_node *c = sn_module_items(raw.values); c && regexes; c = c->next) {
		item.index = f->nvalues;
		regexes[f->nvalues++] = read_regex(r, &item, c, c->text, 0);
	}
	f->values = regexes;
}

void sn_module_filters(struct sn_module_reader *r, struct sn_module_place at,
		       const struct sn_node *list, struct sn_module *m)
{
	struct sn_module_filter *filters =
		sn_module_make(r, sn_module_count(list) * sizeof(*filters));
	struct sn_path path = {at.path, "filters", 0};
	struct sn_path item = {&path, NULL, 0};

	for (const struct sn_node *c = sn_module_items(list); c && filters; c = c->next) {
		item.index = m->nfilters;
		read_filter(r, &item, c, &filters[m->nfilters++]);
	}
	m->filters = filters;
}
