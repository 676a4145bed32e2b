/*
 * The order in which a configuration is read, see config.h and load.h. Called by daemon on the main
 * thread.
 */
#include "config/load.h"

#include "base/hash.h"
#include "config/shown.h"
#include "config/users.h"
#include "config/web_config.h"
#include "targets/state.h"

#include <errno.h>
#include <stdlib.h>

enum { SNAPSHOT_CHUNK = 256 << 10, SCRATCH_CHUNK = 256 << 10 };

void sn_load_free_snapshot(struct sn_snapshot *snap)
{
	if (!snap) {
		return;
	}
	sn_secret_wipe(snap->secrets);
	for (struct sn_snapshot_regex *r = snap->regexes; r; r = r->next) {
		sn_regex_free(r->regex);
	}
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
	load->files = (struct sn_files){.diag = &load->diag,
					.arena = &load->scratch,
					.sources = &load->snap->sources,
					.kept = &load->snap->arena};
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
	free(load->watch);
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
	if ((!targets || targets->n == 0) && !cfg->listen && load->diag.errors == 0) {
		struct sn_place at = {path, 0, 0};

		sn_diag_error(&load->diag, targets ? &targets->at : &at,
			      "targets: is missing or empty (expected a list of static:, "
			      "file_sd:, http_sd: and csv: sources, or listen:)");
	}
	if (cfg->listen) {
		cfg->listen =
			sn_arena_strndup(&load->snap->arena, cfg->listen, strlen(cfg->listen));
		if (!cfg->listen) {
			return SN_ENOMEM;
		}
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

/* What /config shows. */
static int keep_shown(struct sn_load *load, const struct sn_node *root)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	bool bad;

	if (!out) {
		return SN_ENOMEM;
	}
	sn_shown_write(out, root, &sn_level_config);
	bad = ferror(out);
	if (fclose(out) == 0 && !bad) {
		load->raw.cfg.shown = sn_arena_strndup(&load->snap->arena, text, n);
	}
	free(text);
	return load->raw.cfg.shown ? SN_OK : SN_ENOMEM;
}

/* The folder is made here, so that what is wrong with it is known at the start. */
static int read_state_dir(struct sn_load *load, const struct sn_node *root)
{
	const struct sn_path path = {NULL, "state_dir", 0};
	const struct sn_node *node = sn_node_find(root, "state_dir");
	const char *folder;

	if (!load->raw.state_dir || !node || load->diag.errors > 0) {
		return SN_OK;
	}
	folder = sn_files_relative(&load->files, node->at.file, load->raw.state_dir);
	load->state_dir =
		folder ? sn_arena_strndup(&load->snap->arena, folder, strlen(folder)) : NULL;
	if (!load->state_dir) {
		return SN_ENOMEM;
	}
	if (sn_state_prepare(load->state_dir, !load->check)) {
		sn_path_error(&load->diag, &path, node, "cannot use the folder %s: %s",
			      load->state_dir, strerror(errno));
	}
	return SN_OK;
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

	if (load->targets.n > 0 || load->diag.errors > 0 || load->raw.cfg.listen) {
		return;
	}
	if (load->refresh_ns == 0 && load->raw.cfg.nservices == 0) {
		sn_diag_error(&load->diag, &at, "there is no target in it");
	} else {
		sn_diag_warn(&load->diag, &at, "there is no target yet");
	}
}

/* web_config_file. */
static int read_web(struct sn_load *load, const struct sn_node *root)
{
	const struct sn_node *node = sn_node_find(root, "web_config_file");
	const char *path;

	if (!load->raw.web_config_file || !node || load->diag.errors > 0) {
		return SN_OK;
	}
	path = sn_files_relative(&load->files, node->at.file, load->raw.web_config_file);
	if (!path) {
		return SN_ENOMEM;
	}
	/* what is wrong has been reported then, and ends the load with all else */
	return sn_web_config_read(load, path, &node->at, &load->raw.cfg.web) == SN_ENOMEM
		       ? SN_ENOMEM
		       : SN_OK;
}

static int run_load(struct sn_load *load, const char *path, const struct sn_config_overrides *over)
{
	const struct sn_node *root;
	int rc = load->names && load->lists ? sn_files_parse(&load->files, path, NULL, &root)
					    : SN_ENOMEM;

	rc = rc ? rc : bind_top(load, path, root, over);
	rc = rc ? rc : sn_device_labels_read(load);
	rc = rc ? rc : keep_shown(load, root);
	rc = rc ? rc : read_web(load, root);
	rc = rc ? rc : sn_modules_collect(load);
	rc = rc ? rc : sn_outputs_read(load, over);
	rc = rc ? rc : sn_limits_read(load);
	rc = rc ? rc : read_state_dir(load, root);
	rc = rc ? rc : sn_target_sources_read(load);
	if (rc) {
		return rc;
	}
	rc = sn_catalog_make(load);
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
	rc = rc ? rc : sn_target_sources_publish(load);
	load->raw.cfg.refresh_ns = load->refresh_ns;
	load->raw.cfg.warnings = load->diag.warnings;
	load->raw.cfg.unlocked =
		load->snap->users.unlocked > 0 || sn_key_cache_unlocked(load->keys);
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	return rc || load->diag.errors == 0 ? rc : SN_ECONFIG;
}

/* What is kept from load to load. used: the load went well. */
static void end_caches(struct sn_load *load, bool used)
{
	const struct sn_config *cfg = &load->raw.cfg;

	if (load->keys) {
		sn_key_cache_end(load->keys, used);
	}
	if (load->names) {
		sn_name_cache_end(load->names, used);
	}
	if (load->lists) {
		sn_offer_cache_end(load->lists, used);
	}
	if (used && !load->check) {
		sn_services_keep(load->lists, cfg->services, cfg->nservices, &load->diag);
	}
}

int sn_config_load(const char *path, const struct sn_config_overrides *over,
		   const struct sn_config_context *context, sn_diag_report_fn *report, void *ctx,
		   const struct sn_config **cfg)
{
	static const struct sn_config_overrides none;
	struct sn_config_context given = context ? *context : (struct sn_config_context){0};
	struct sn_key_cache *keys = given.keys ? NULL : sn_key_cache_new();
	struct sn_name_cache *names = given.names ? NULL : sn_name_cache_new(NULL);
	struct sn_offer_cache *lists = given.lists ? NULL : sn_offer_cache_new();
	struct sn_load load = {.keys = keys ? keys : given.keys,
			       .names = names ? names : given.names,
			       .lists = lists ? lists : given.lists,
			       .cancel = given.cancel,
			       .check = over && over->check};
	int rc = sn_load_init(&load, report, ctx);

	*cfg = NULL;
	if (load.lists) {
		sn_offer_cache_begin(load.lists);
	}
	rc = rc ? rc : run_load(&load, path, over ? over : &none);
	end_caches(&load, rc == SN_OK);
	sn_key_cache_free(keys);
	sn_name_cache_free(names);
	sn_offer_cache_free(lists);
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

/* cfg is the first member; the outside may only read it */
static struct sn_snapshot *snapshot_of(const struct sn_config *cfg)
{
	return (struct sn_snapshot *)(uintptr_t)cfg;
}

const struct sn_config *sn_config_ref(const struct sn_config *cfg)
{
	atomic_fetch_add_explicit(&snapshot_of(cfg)->refs, 1, memory_order_relaxed);
	return cfg;
}

void sn_config_free(const struct sn_config *cfg)
{
	if (cfg &&
	    atomic_fetch_sub_explicit(&snapshot_of(cfg)->refs, 1, memory_order_acq_rel) == 0) {
		sn_load_free_snapshot(snapshot_of(cfg));
	}
}
