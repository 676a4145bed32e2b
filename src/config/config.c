/*
 * The order in which a configuration is read, see config.h and load.h. Called by daemon on the main
 * thread.
 */
#include "config/load.h"

#include "base/hash.h"
#include "config/users.h"

#include <stdlib.h>

enum { SNAPSHOT_CHUNK = 256 << 10, SCRATCH_CHUNK = 256 << 10 };

void sn_load_free_snapshot(struct sn_snapshot *snap)
{
	if (!snap) {
		return;
	}
	sn_secret_wipe(snap->secrets);
	sn_keys_fini(&snap->users);
	sn_arena_reset(&snap->arena);
	sn_arena_pool_fini(&snap->pool);
	free(snap);
}

int sn_load_init(struct sn_load *load, sn_diag_report_fn *report, void *ctx)
{
	load->diag.report = report;
	load->diag.ctx = ctx;
	sn_arena_pool_init(&load->scratch_pool, SCRATCH_CHUNK);
	sn_arena_init(&load->scratch, &load->scratch_pool);
	load->snap = load->keys ? calloc(1, sizeof(*load->snap)) : NULL;
	if (!load->snap) {
		return SN_ENOMEM;
	}
	sn_arena_pool_init(&load->snap->pool, SNAPSHOT_CHUNK);
	sn_arena_init(&load->snap->arena, &load->snap->pool);
	sn_intern_init(&load->once, &load->snap->arena);
	sn_users_init(load->snap);
	return SN_OK;
}

void sn_load_fini(struct sn_load *load)
{
	sn_secret_wipe(load->scratch_secrets);
	sn_arena_reset(&load->scratch);
	sn_arena_pool_fini(&load->scratch_pool);
	free(load->auths.v);
	free(load->modules.v);
	free(load->targets.v);
	free(load->label_room);
	sn_intern_fini(&load->once);
	sn_load_free_snapshot(load->snap);
}

/* tables: as pairs for sn_plan_build. */
static int read_renames(struct sn_load *load)
{
	const struct sn_node *map = load->raw.tables;
	const struct sn_path path = {NULL, "tables", 0};
	const char **pairs;
	uint32_t n = 0;

	if (!map || map->kind != SN_NODE_MAP) {
		return SN_OK;
	}
	pairs = sn_arena_zalloc(&load->snap->arena, (2 * (size_t)map->n + 1) * sizeof(*pairs));
	if (!pairs) {
		return SN_ENOMEM;
	}
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		struct sn_path here = {&path, k->text, 0};

		if (k->next->n == 0) {
			sn_path_error(&load->diag, &here, k->next, "the new name is missing");
		}
		pairs[n] = sn_arena_strndup(&load->snap->arena, k->text, k->n);
		pairs[n + 1] = sn_arena_strndup(&load->snap->arena, k->next->text, k->next->n);
		if (!pairs[n] || !pairs[n + 1]) {
			return SN_ENOMEM;
		}
		n += 2;
	}
	load->renames = pairs;
	load->renames_hash = sn_node_hash(map, 0);
	return SN_OK;
}

static int bind_top(struct sn_load *load, const char *path, const struct sn_node *root,
		    const struct sn_config_overrides *over)
{
	struct sn_config *cfg = &load->raw.cfg;
	const struct sn_node *targets;

	sn_options_bind(&load->diag, &sn_level_config, NULL, root, &load->raw);
	targets = load->raw.targets;
	if ((!targets || targets->n == 0) && load->diag.errors == 0) {
		struct sn_place at = {path, 0, 0};

		sn_diag_error(&load->diag, targets ? &targets->at : &at,
			      "targets: is missing or empty (expected a list of static: and "
			      "file_sd: sources)");
	}
	cfg->io.sockets6 = cfg->io.sockets4;
	if (over->threads) {
		cfg->threads = over->threads;
	}
	if (over->backend != SN_IO_AUTO) {
		cfg->io.backend = over->backend;
	}
	return read_renames(load);
}

static bool has_table(const struct sn_load *load, const char *name)
{
	for (uint32_t i = 0; i < load->modules.n; i++) {
		const struct sn_built_module *b = load->modules.v[i].built;

		if (!b) {
			continue;
		}
		if (b->plan.scalars.ncolumns && strcmp(b->plan.scalars.table, name) == 0) {
			return true;
		}
		for (uint32_t k = 0; k < b->plan.ntables; k++) {
			if (strcmp(b->plan.tables[k].schema.table, name) == 0) {
				return true;
			}
		}
	}
	return false;
}

/* Renames that rename nothing: most likely misspelt. */
static void check_renames(struct sn_load *load)
{
	const struct sn_node *map = load->raw.tables;
	const struct sn_path path = {NULL, "tables", 0};

	if (!load->renames || load->diag.errors > 0) {
		return;
	}
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		char quoted[SN_DIAG_QUOTE_MAX];
		char where[SN_PATH_TEXT_MAX];

		if (!has_table(load, k->next->text)) {
			sn_diag_warn(&load->diag, &k->at, "%sno module in use has the table %s",
				     sn_path_format(where, &path), sn_diag_quote(quoted, k->text));
		}
	}
}

/* A configuration without any target is one that says where they will come from. */
static void check_targets(struct sn_load *load, const char *path)
{
	struct sn_place at = {path, 0, 0};

	if (load->targets.n > 0 || load->diag.errors > 0) {
		return;
	}
	if (load->refresh_ns == 0) {
		sn_diag_error(&load->diag, &at, "there is no target in it");
	} else {
		sn_diag_warn(&load->diag, &at, "there is no target yet");
	}
}

static int run_load(struct sn_load *load, const char *path, const struct sn_config_overrides *over)
{
	const struct sn_node *root;
	int rc = load->names ? sn_files_parse(load, path, NULL, &root) : SN_ENOMEM;

	rc = rc ? rc : bind_top(load, path, root, over);
	rc = rc ? rc : sn_modules_collect(load);
	rc = rc ? rc : sn_outputs_read(load, over);
	rc = rc ? rc : sn_limits_read(load);
	rc = rc ? rc : sn_targets_read(load);
	if (rc) {
		return rc;
	}
	check_targets(load, path);
	check_renames(load);
	sn_target_list_finish(load, over->target);
	if (load->diag.errors == 0) {
		rc = sn_target_list_resolve(load);
	}
	if (!rc && sn_load_is_cancelled(load)) {
		return SN_ECANCELED; /* before the passwords */
	}
	if (load->diag.errors == 0 && !rc && !over->check) {
		rc = sn_users_finish(load);
	}
	rc = rc ? rc : sn_target_list_publish(load);
	load->raw.cfg.refresh_ns = load->refresh_ns;
	load->raw.cfg.warnings = load->diag.warnings;
	load->raw.cfg.unlocked =
		load->snap->users.unlocked > 0 || sn_key_cache_unlocked(load->keys);
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	return rc || load->diag.errors == 0 ? rc : SN_ECONFIG;
}

int sn_config_load(const char *path, const struct sn_config_overrides *over,
		   const struct sn_config_context *context, sn_diag_report_fn *report, void *ctx,
		   const struct sn_config **cfg)
{
	static const struct sn_config_overrides none;
	struct sn_config_context own = context ? *context : (struct sn_config_context){0};
	struct sn_key_cache *keys = own.keys ? NULL : sn_key_cache_new();
	struct sn_name_cache *names = own.names ? NULL : sn_name_cache_new(NULL);
	struct sn_load load = {.keys = keys ? keys : own.keys,
			       .names = names ? names : own.names,
			       .cancel = own.cancel};
	int rc = sn_load_init(&load, report, ctx);

	*cfg = NULL;
	rc = rc ? rc : run_load(&load, path, over ? over : &none);
	if (load.keys) {
		sn_key_cache_end(load.keys, rc == SN_OK);
	}
	if (load.names) {
		sn_name_cache_end(load.names, rc == SN_OK);
	}
	sn_key_cache_free(keys);
	sn_name_cache_free(names);
	if (rc == SN_OK) {
		load.snap->cfg = load.raw.cfg;
		*cfg = &load.snap->cfg;
		load.snap = NULL;
	}
	sn_load_fini(&load);
	return rc;
}

bool sn_config_is_current(const struct sn_config *cfg)
{
	/* cfg is the first member */
	return sn_sources_same(&((const struct sn_snapshot *)cfg)->sources);
}

void sn_config_free(const struct sn_config *cfg)
{
	/* cfg is the first member; the outside may only read it */
	sn_load_free_snapshot((struct sn_snapshot *)(uintptr_t)cfg);
}
