/*
 * Modules and auths by name, collected from sonde.yaml and all module files, each name once; and
 * the modules in use: each is read and compiled once, targets get the list their label names.
 * Called by config.c and settings.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/hash.h"

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
	def = &defs->v[defs->n];
	memset(def, 0, sizeof(*def));
	def->order = defs->n++;
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

static int by_name_and_order(const void *a, const void *b)
{
	const struct sn_definition *x = a;
	const struct sn_definition *y = b;
	int c = by_name(a, b);

	return c ? c : (x->order > y->order) - (x->order < y->order);
}

/* Sorts; of a name that is defined twice the first definition stays and the rest is reported. */
static void sort(struct sn_definitions *defs, struct sn_diag *d)
{
	struct sn_definition *v = defs->v;
	uint32_t kept = 0;

	if (!v) {
		return;
	}
	qsort(v, defs->n, sizeof(*v), by_name_and_order);
	for (uint32_t i = 0; i < defs->n; i++) {
		const struct sn_definition *first = kept ? &v[kept - 1] : NULL;
		const struct sn_definition *def = &v[i];
		char quoted[SN_DIAG_QUOTE_MAX];

		if (!first || strcmp(first->name, def->name) != 0) {
			v[kept++] = *def;
			continue;
		}
		sn_diag_error(d, &def->key->at, "%s %s is defined twice (first at %s:%u:%u)",
			      defs->what, sn_diag_quote(quoted, def->name), first->key->at.file,
			      first->key->at.line, first->key->at.column);
	}
	defs->n = kept;
}

struct sn_definition *sn_modules_find(const struct sn_definitions *defs, const char *name)
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
	int rc = sn_files_parse(&load->files, path, &named->at, &root);

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
	int rc = sn_files_glob(&load->files, pattern, &files);

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

static void check_module(struct sn_load *load, struct sn_definition *def)
{
	struct sn_module m;
	struct sn_arena arena;
	bool any_source;

	sn_arena_init(&arena, &load->scratch_pool);
	if (sn_module_read(load, &arena, def, false, &m, &any_source)) {
		def->failed = true;
	}
	sn_arena_reset(&arena);
}

int sn_modules_collect(struct sn_load *load)
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
	sort(&load->auths, &load->diag);
	sort(&load->modules, &load->diag);
	for (uint32_t i = 0; i < load->auths.n; i++) {
		sn_auths_check(load, &load->auths.v[i]);
	}
	for (uint32_t i = 0; i < load->modules.n; i++) {
		check_module(load, &load->modules.v[i]);
	}
	return load->diag.nomem ? SN_ENOMEM : SN_OK;
}

/* The module of a definition, made at its first use. SN_ECONFIG: reported now or before. */
static int build(struct sn_load *load, struct sn_definition *def)
{
	struct sn_arena *arena = &load->snap->arena;
	char why[SN_PLAN_WHY_MAX] = "";
	struct sn_built_module *b;
	int rc;

	if (def->failed || def->built) {
		return def->failed ? SN_ECONFIG : SN_OK;
	}
	def->failed = true;
	b = sn_arena_zalloc(arena, sizeof(*b));
	if (!b) {
		return SN_ENOMEM;
	}
	rc = sn_module_read(load, arena, def, true, &b->module, &b->any_source);
	b->module.rates = load->raw.cfg.rates;
	rc = rc ? rc : sn_plan_build(&b->module, load->renames, arena, &b->plan, why);
	if (rc == SN_ECONFIG && why[0]) {
		sn_diag_error(&load->diag, &def->key->at, "%s", why);
	} else if (rc == SN_OK && why[0]) {
		sn_diag_warn(&load->diag, &def->key->at, "%s", why);
	}
	if (rc) {
		return rc;
	}
	b->hash = sn_hash_mix(sn_node_hash(def->value, load->renames_hash) + 1,
			      sn_hash_bytes(def->name, strlen(def->name), 0) | 1);
	def->built = b;
	def->failed = false;
	return SN_OK;
}

/* The modules of targets that name none. NULL: there is no such. */
static const char *default_names(const struct sn_load *load)
{
	if (sn_modules_find(&load->modules, "if_mib")) {
		return "if_mib";
	}
	return load->modules.n == 1 ? load->modules.v[0].name : NULL;
}

/* Where the use of a module is named, for messages. */
struct place_of_use {
	const struct sn_path *path; /* of the label, NULL: the default is used */
	const struct sn_node *node; /* the label's value, or the group */
};

const struct sn_built_module *sn_modules_build(struct sn_load *load, struct sn_definition *def)
{
	int rc = build(load, def);

	if (rc == SN_ENOMEM) {
		sn_diag_nomem(&load->diag);
	}
	return rc ? NULL : def->built;
}

static int add_plan(struct sn_load *load, struct sn_plan_set *set, const char *name, size_t len,
		    const struct place_of_use *use, const struct sn_plan **plans)
{
	char *copy = sn_arena_strndup(&load->scratch, name, len);
	const struct sn_built_module *b;
	struct sn_definition *def;
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	if (!copy) {
		return SN_ENOMEM;
	}
	def = sn_modules_find(&load->modules, copy);
	if (!def) {
		sn_path_error(&load->diag, use->path, use->node, "module %s is not defined",
			      sn_diag_quote(quoted, copy));
		return SN_ECONFIG;
	}
	rc = build(load, def);
	if (rc) {
		return rc;
	}
	b = def->built;
	for (uint32_t i = 0; i < set->nplans; i++) {
		if (plans[i] == &b->plan) {
			return SN_OK;
		}
	}
	plans[set->nplans++] = &b->plan;
	set->hash = sn_hash_mix(set->hash ^ b->hash, 0xd6e8feb86659fd93u);
	set->any_source |= b->any_source;
	return SN_OK;
}

static size_t count_names(const char *names)
{
	size_t n = 1;

	for (; *names; names++) {
		n += *names == ',';
	}
	return n;
}

/* Fills set from a comma-separated list. */
static int fill(struct sn_load *load, struct sn_plan_set *set, const char *names,
		const struct place_of_use *use)
{
	struct sn_arena *arena = &load->snap->arena;
	const struct sn_plan **plans = sn_arena_alloc(arena, count_names(names) * sizeof(*plans));
	char *text = sn_arena_alloc(arena, strlen(names) + 1);
	int rc = SN_OK;

	if (!plans || !text) {
		return SN_ENOMEM;
	}
	set->plans = plans;
	for (const char *s = names; s && !rc;) {
		const char *comma = strchr(s, ',');
		size_t len = comma ? (size_t)(comma - s) : strlen(s);

		while (len && *s == ' ') {
			s++;
			len--;
		}
		while (len && s[len - 1] == ' ') {
			len--;
		}
		rc = add_plan(load, set, s, len, use, plans);
		s = comma ? comma + 1 : NULL;
	}
	set->names = text;
	text[0] = '\0';
	for (uint32_t i = 0; i < set->nplans; i++) {
		text = stpcpy(text, i ? "," : "");
		text = stpcpy(text, plans[i]->name);
	}
	set->scalars =
		rc ? NULL : sn_scalars_build(plans, set->nplans, &load->raw.cfg.scalars, arena);
	return rc || set->scalars ? rc : SN_ENOMEM;
}

static struct sn_plan_set *find_set(const struct sn_load *load, const char *asked)
{
	struct sn_plan_set *set = load->plan_sets;

	while (set &&
	       (asked && set->asked ? strcmp(asked, set->asked) != 0 : asked != set->asked)) {
		set = set->next;
	}
	return set;
}

const struct sn_plan_set *sn_modules_use(struct sn_load *load, const char *names,
					 const struct sn_path *path, const struct sn_node *user)
{
	struct sn_plan_set *set = find_set(load, names);
	const struct place_of_use use = {path, user};
	int rc;

	if (set) {
		return set->failed ? NULL : set;
	}
	set = sn_arena_zalloc(&load->scratch, sizeof(*set));
	if (!set) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	if (names) {
		/* the label goes with its group */
		set->asked = sn_arena_strndup(&load->scratch, names, strlen(names));
		if (!set->asked) {
			sn_diag_nomem(&load->diag);
			return NULL;
		}
	}
	set->next = load->plan_sets;
	load->plan_sets = set;
	if (!names) {
		names = default_names(load);
	}
	if (!names) {
		sn_path_error(
			&load->diag, path, user,
			load->modules.n
				? "no module is chosen (expected the label __param_module, or "
				  "a module called if_mib)"
				: "no module is defined (expected one under modules: or in a "
				  "module file)");
	}
	rc = names ? fill(load, set, names, &use) : SN_ECONFIG;
	if (rc == SN_ENOMEM) {
		sn_diag_nomem(&load->diag);
	}
	set->failed = rc != SN_OK;
	return rc ? NULL : set;
}
