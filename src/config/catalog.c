/*
 * What requests from outside may name: with `listen` all modules and auths are made, not only those
 * of targets, and stay in the snapshot by their names. Called by config.c, see load.h; the look-ups
 * are the serving threads'.
 */
#include "config/load.h"

#include "config/users.h"

#include <stdlib.h>

static int list_modules(struct sn_load *load)
{
	struct sn_config *cfg = &load->raw.cfg;
	struct sn_config_module *list =
		sn_arena_zalloc(&load->snap->arena, (load->modules.n + 1) * sizeof(*list));

	if (!list) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < load->modules.n; i++) {
		const struct sn_built_module *b = sn_modules_build(load, &load->modules.v[i]);

		if (load->diag.nomem) {
			return SN_ENOMEM;
		}
		if (b) {
			list[cfg->nmodules++] = (struct sn_config_module){
				.plan = &b->plan, .hash = b->hash, .any_source = b->any_source};
		}
	}
	cfg->modules = list;
	return SN_OK;
}

static int list_auths(struct sn_load *load)
{
	struct sn_config *cfg = &load->raw.cfg;
	struct sn_config_auth *list =
		sn_arena_zalloc(&load->snap->arena, (load->auths.n + 1) * sizeof(*list));

	if (!list) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < load->auths.n; i++) {
		const struct sn_definition *def = &load->auths.v[i];
		const struct sn_auth *auth = sn_auths_use(load, def->name, NULL, def->key);
		struct sn_config_auth *out = &list[cfg->nauths];

		if (load->diag.nomem) {
			return SN_ENOMEM;
		}
		if (!auth) {
			continue;
		}
		out->name = sn_arena_strndup(&load->snap->arena, def->name, strlen(def->name));
		if (!out->name) {
			return SN_ENOMEM;
		}
		out->version = auth->version;
		out->community = auth->community;
		out->access =
			(struct sn_usm_access){auth->user, auth->context, auth->context_engine};
		out->hash = auth->hash;
		if (auth->user) {
			sn_users_want(auth);
		}
		cfg->nauths++;
	}
	cfg->auths = list;
	return SN_OK;
}

int sn_catalog_make(struct sn_load *load)
{
	int rc = load->raw.cfg.listen ? list_modules(load) : SN_OK;

	return rc || !load->raw.cfg.listen ? rc : list_auths(load);
}

/* Definitions are sorted by name, and so are both lists. */
static int compare_module(const void *name, const void *element)
{
	return strcmp(name, ((const struct sn_config_module *)element)->plan->name);
}

const struct sn_config_module *sn_config_module(const struct sn_config *cfg, const char *name)
{
	return cfg->nmodules ? bsearch(name, cfg->modules, cfg->nmodules, sizeof(*cfg->modules),
				       compare_module)
			     : NULL;
}

static int compare_auth(const void *name, const void *element)
{
	return strcmp(name, ((const struct sn_config_auth *)element)->name);
}

const struct sn_config_auth *sn_config_auth(const struct sn_config *cfg, const char *name)
{
	return cfg->nauths
		       ? bsearch(name, cfg->auths, cfg->nauths, sizeof(*cfg->auths), compare_auth)
		       : NULL;
}
