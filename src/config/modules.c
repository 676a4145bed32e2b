/*
 * Modules in use: each is read and compiled once, targets get the list their label names. Called by
 * definitions.c and settings.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/hash.h"

void sn_modules_check(struct sn_load *load, struct sn_definition *def)
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
	rc = rc ? rc : sn_plan_build(&b->module, load->renames, arena, &b->plan, why);
	if (rc == SN_ECONFIG && why[0]) {
		sn_diag_error(&load->diag, &def->key->at, "%s", why);
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
	if (sn_definitions_find(&load->modules, "if_mib")) {
		return "if_mib";
	}
	return load->modules.n == 1 ? load->modules.v[0].name : NULL;
}

/* Where the use of a module is named, for messages. */
struct user {
	const struct sn_path *path;
	const struct sn_node *node;
};

static int add_module(struct sn_load *load, struct sn_plan_set *set, const char *name, size_t len,
		      const struct user *user, const struct sn_plan **plans)
{
	char *copy = sn_arena_strndup(&load->scratch, name, len);
	const struct sn_built_module *b;
	struct sn_definition *def;
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	if (!copy) {
		return SN_ENOMEM;
	}
	def = sn_definitions_find(&load->modules, copy);
	if (!def) {
		sn_path_error(&load->diag, user->path, user->node, "module %s is not defined",
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
		const struct user *user)
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
		rc = add_module(load, set, s, len, user, plans);
		s = comma ? comma + 1 : NULL;
	}
	set->names = text;
	text[0] = '\0';
	for (uint32_t i = 0; i < set->nplans; i++) {
		text = stpcpy(text, i ? "," : "");
		text = stpcpy(text, plans[i]->name);
	}
	return rc;
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
					 const struct sn_path *path, const struct sn_node *node)
{
	struct sn_plan_set *set = find_set(load, names);
	const struct user user = {path, node};
	int rc;

	if (set) {
		return set->failed ? NULL : set;
	}
	set = sn_arena_zalloc(&load->scratch, sizeof(*set));
	if (!set) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	set->asked = names;
	set->next = load->plan_sets;
	load->plan_sets = set;
	if (!names) {
		names = default_names(load);
	}
	if (!names) {
		sn_path_error(&load->diag, path, node,
			      load->modules.n
				      ? "no module is chosen (expected a label __param_module, or "
					"a module called if_mib)"
				      : "no module is defined (expected one under modules: or in a "
					"module file)");
	}
	rc = names ? fill(load, set, names, &user) : SN_ECONFIG;
	if (rc == SN_ENOMEM) {
		sn_diag_nomem(&load->diag);
	}
	set->failed = rc != SN_OK;
	return rc ? NULL : set;
}
