/*
 * Auths and modules by name, collected from sonde.yaml and all module files: a name is defined
 * once. Called by config.c, see load.h. Main thread.
 */
#include "config/load.h"

#include <stdlib.h>

static int add(struct sn_definitions *defs, const struct sn_node *key)
{
	struct sn_definition *def;

	if (defs->n == defs->cap) {
		uint32_t cap = defs->cap ? defs->cap * 2 : 64;
		struct sn_definition *v = realloc(defs->v, cap * sizeof(*v));

		if (!v) {
			return SN_ENOMEM;
		}
		defs->v = v;
		defs->cap = cap;
	}
	def = &defs->v[defs->n++];
	memset(def, 0, sizeof(*def));
	def->name = key->text;
	def->key = key;
	def->value = key->next;
	return SN_OK;
}

static int add_all(struct sn_definitions *defs, const struct sn_node *map)
{
	int rc = SN_OK;

	if (!map || map->kind != SN_NODE_MAP) {
		return SN_OK;
	}
	for (const struct sn_node *k = map->first; k && !rc; k = k->next->next) {
		rc = add(defs, k);
	}
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct sn_definition *x = a;
	const struct sn_definition *y = b;

	return strcmp(x->name, y->name);
}

/* Sorts, and reports names that are defined twice. */
static void finish(struct sn_definitions *defs, struct sn_diag *d)
{
	if (defs->n == 0) {
		return;
	}
	/* glibc's qsort of this size is stable: the later definition is the second of a pair */
	qsort(defs->v, defs->n, sizeof(*defs->v), by_name);
	for (uint32_t i = 1; i < defs->n; i++) {
		const struct sn_definition *first = &defs->v[i - 1];
		struct sn_definition *again = &defs->v[i];
		char quoted[SN_DIAG_QUOTE_MAX];

		if (strcmp(first->name, again->name) == 0) {
			again->failed = true;
			sn_diag_error(d, &again->key->at,
				      "%s %s is defined twice (first at %s:%u:%u)", defs->what,
				      sn_diag_quote(quoted, again->name), first->key->at.file,
				      first->key->at.line, first->key->at.column);
		}
	}
}

struct sn_definition *sn_definitions_find(const struct sn_definitions *defs, const char *name)
{
	struct sn_definition key = {.name = name};

	if (defs->n == 0) {
		return NULL;
	}
	return bsearch(&key, defs->v, defs->n, sizeof(*defs->v), by_name);
}

/* Before version 0.23 of snmp_exporter module names stood at the top of the file. */
static bool is_old_format(const struct sn_node *root)
{
	if (root->kind != SN_NODE_MAP || sn_node_find(root, "modules")) {
		return false;
	}
	for (const struct sn_node *k = root->first; k; k = k->next->next) {
		if (sn_node_find(k->next, "walk") || sn_node_find(k->next, "metrics")) {
			return true;
		}
	}
	return false;
}

static int read_file(struct sn_load *load, const char *path, const struct sn_node *named)
{
	struct sn_raw_module_file raw = {0};
	const struct sn_node *root;
	int rc = sn_files_parse(load, path, &named->at, &root);

	if (rc) {
		return rc == SN_ENOMEM ? rc : SN_OK;
	}
	if (is_old_format(root)) {
		sn_diag_error(&load->diag, &root->at,
			      "this is the format of snmp_exporter before 0.23 (expected modules "
			      "under modules:, versions and communities under auths:)");
		return SN_OK;
	}
	sn_options_bind(&load->diag, &sn_level_module_file, NULL, root, &raw);
	rc = add_all(&load->auths, raw.auths);
	return rc ? rc : add_all(&load->modules, raw.modules);
}

static int read_pattern(struct sn_load *load, const struct sn_node *pattern)
{
	struct sn_file_list files;
	int rc = sn_files_glob(load, pattern, &files);

	if (rc) {
		return rc == SN_ENOMEM ? rc : SN_OK;
	}
	if (files.n == 0) {
		char quoted[SN_DIAG_QUOTE_MAX];

		sn_diag_error(&load->diag, &pattern->at, "module_files: no file matches %s",
			      sn_diag_quote(quoted, pattern->text));
	}
	for (uint32_t i = 0; i < files.n && !rc; i++) {
		rc = read_file(load, files.v[i], pattern);
	}
	return rc;
}

static int read_files(struct sn_load *load)
{
	const struct sn_node *list = load->raw.module_files;
	int rc = SN_OK;

	if (!list || list->kind != SN_NODE_LIST) {
		return SN_OK;
	}
	for (const struct sn_node *c = list->first; c && !rc; c = c->next) {
		rc = read_pattern(load, c);
	}
	return rc;
}

int sn_definitions_collect(struct sn_load *load)
{
	int rc;

	load->auths.what = "auth";
	load->modules.what = "module";
	rc = add_all(&load->auths, load->raw.auths);
	rc = rc ? rc : add_all(&load->modules, load->raw.modules);
	rc = rc ? rc : read_files(load);
	if (rc) {
		return rc;
	}
	finish(&load->auths, &load->diag);
	finish(&load->modules, &load->diag);
	for (uint32_t i = 0; i < load->auths.n; i++) {
		sn_auths_check(load, &load->auths.v[i]);
	}
	for (uint32_t i = 0; i < load->modules.n; i++) {
		sn_modules_check(load, &load->modules.v[i]);
	}
	return load->diag.nomem ? SN_ENOMEM : SN_OK;
}
