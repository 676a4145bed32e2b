/*
 * targets: where they come from: what is written there, files and their patterns, services. Groups
 * and lists of groups are read by targets.c. Called by config.c, see load.h.
 */
#include "config/load.h"

#include "base/clock.h"

#include <stdlib.h>

static int watch(struct sn_load *load, const char *folder, size_t n, const char *name)
{
	struct sn_watch_path *v =
		realloc(load->watch, (load->nwatch + (size_t)1) * sizeof(*load->watch));

	if (!v) {
		return SN_ENOMEM;
	}
	load->watch = v;
	v += load->nwatch++;
	v->folder = n ? sn_arena_strndup(&load->snap->arena, folder, n) : ".";
	v->name = sn_arena_strndup(&load->snap->arena, name, strlen(name));
	return v->folder && v->name ? SN_OK : SN_ENOMEM;
}

/* Octets of the folder in front of a path's last part, its slash not counted but for "/". */
static size_t folder_of(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	return !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

/* The folder of a pattern, or those of its files if it is a pattern itself. */
static int watch_pattern(struct sn_load *load, const struct sn_node *pattern,
			 const struct sn_file_list *files)
{
	const char *path = sn_files_relative(&load->files, pattern->at.file, pattern->text);
	const char *name;
	size_t n;
	int rc = SN_OK;

	if (!path) {
		return SN_ENOMEM;
	}
	folder_of(pattern->text, &name);
	if (!memchr(pattern->text, '*', (size_t)(name - pattern->text)) &&
	    !memchr(pattern->text, '?', (size_t)(name - pattern->text)) &&
	    !memchr(pattern->text, '[', (size_t)(name - pattern->text))) {
		n = folder_of(path, &name);
		return watch(load, path, n, name);
	}
	for (uint32_t i = 0; i < files->n && !rc; i++) {
		const char *own;

		n = folder_of(files->v[i], &own);
		rc = watch(load, files->v[i], n, name);
	}
	return rc;
}

static bool is_target_file(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot &&
	       (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0 || strcmp(dot, ".json") == 0);
}

static int read_pattern(struct sn_offer_source *src, const struct sn_path *path,
			const struct sn_node *pattern)
{
	struct sn_load *load = src->load;
	struct sn_offer *l =
		sn_offer_cache_want(load->lists, SN_OFFER_PATTERN, pattern->text, pattern->n);
	struct sn_file_list files;
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	if (!l) {
		return SN_ENOMEM;
	}
	if (src->format == SN_OFFER_GROUPS && !is_target_file(pattern->text)) {
		sn_path_error(&load->diag, path, pattern,
			      "%s is no target file (expected a name ending in .yml, .yaml, .json)",
			      sn_diag_quote(quoted, pattern->text));
		return SN_OK;
	}
	rc = sn_files_glob(&load->files, pattern, &files);
	if (rc) {
		return rc == SN_ECONFIG ? SN_OK : rc;
	}
	if (files.n == 0) {
		sn_diag_warn(&load->diag, &pattern->at, "no file matches %s yet",
			     sn_diag_quote(quoted, pattern->text));
	}
	src->known = l->known;
	rc = watch_pattern(load, pattern, &files);
	for (uint32_t i = 0; i < files.n && !rc; i++) {
		rc = sn_targets_read_file(src, files.v[i], pattern);
	}
	return rc;
}

/* Labels of all targets of a source: they must be right by themselves. False: reported. */
static bool use_defaults(struct sn_offer_source *src, const struct sn_node *labels)
{
	if (!labels || labels->kind != SN_NODE_MAP) {
		return true;
	}
	src->load->defaults = labels;
	return sn_settings_check(src->load, src->path, labels) == SN_OK;
}

static int read_files(struct sn_offer_source *src)
{
	const struct sn_path list = {src->path, "files", 0};
	struct sn_path item = {&list, NULL, 0};
	struct sn_load *load = src->load;
	struct sn_raw_files raw = {0};
	int rc = SN_OK;

	if (!sn_options_bind(&load->diag,
			     src->format == SN_OFFER_CSV ? &sn_level_csv : &sn_level_file_sd,
			     src->path, src->node, &raw)) {
		return SN_OK;
	}
	if (!raw.files || raw.files->kind != SN_NODE_LIST || raw.files->n == 0) {
		sn_path_error(&load->diag, src->path, src->node, "files is missing");
		return SN_OK;
	}
	src->delimiter = raw.delimiter ? raw.delimiter[0] : ',';
	if (strchr("\"\r\n", src->delimiter)) {
		sn_path_error(&load->diag, src->path, sn_node_find(src->node, "delimiter"),
			      "this is no delimiter");
		return SN_OK;
	}
	if (!use_defaults(src, raw.labels)) {
		return SN_OK;
	}
	if (load->refresh_ns == 0 || raw.refresh_interval_ns < load->refresh_ns) {
		load->refresh_ns = raw.refresh_interval_ns;
	}
	for (const struct sn_node *c = raw.files->first; c && !rc; c = c->next) {
		rc = read_pattern(src, &item, c);
		item.index++;
	}
	return rc;
}

/* targets: as it is written. */
struct sources {
	struct sn_load *load;	       /* into which */
	const struct sn_node **nodes;  /* items, n of them */
	struct sn_raw_source *raw;     /* the same, bound */
	const struct sn_node **labels; /* of their services */
	struct sn_service *services;   /* in the snapshot, nservices of them */
	uint32_t n;		       /* items */
	uint32_t nservices;	       /* of all items */
};

static const struct sn_path targets_path = {NULL, "targets", 0};

static int bind_item(struct sources *all, uint32_t i)
{
	struct sn_path item = {&targets_path, NULL, i};
	const struct sn_path path = {&item, "http_sd", 0};
	struct sn_raw_source *raw = &all->raw[i];
	struct sn_load *load = all->load;
	int rc;

	if (!sn_options_bind(&load->diag, &sn_level_source, &item, all->nodes[i], raw)) {
		*raw = (struct sn_raw_source){0};
		return SN_OK;
	}
	if (!raw->groups && !raw->file_sd && !raw->http_sd && !raw->csv) {
		sn_path_error(&load->diag, &item, all->nodes[i],
			      "expected static, file_sd, http_sd or csv");
	}
	if (!raw->http_sd) {
		return SN_OK;
	}
	rc = sn_http_sd_read(load, &path, raw->http_sd, all->services, all->nservices,
			     &all->labels[i]);
	if (!rc && all->labels[i] && all->labels[i]->kind == SN_NODE_MAP) {
		rc = sn_settings_check(load, &path, all->labels[i]);
	}
	if (rc == SN_ECONFIG) {
		raw->http_sd = NULL;
		return SN_OK;
	}
	all->nservices++;
	return rc;
}

/* All items bound, all services known. */
static int bind_items(struct sources *all, const struct sn_node *list)
{
	struct sn_load *load = all->load;
	struct sn_arena *scratch = &load->scratch;
	int rc = SN_OK;

	all->nodes = sn_arena_zalloc(scratch, list->n * sizeof(*all->nodes));
	all->labels = sn_arena_zalloc(scratch, list->n * sizeof(*all->labels));
	all->raw = sn_arena_zalloc(scratch, list->n * sizeof(*all->raw));
	all->services = sn_arena_zalloc(&load->snap->arena, list->n * sizeof(*all->services));
	if (!all->nodes || !all->labels || !all->raw || !all->services) {
		return SN_ENOMEM;
	}
	for (const struct sn_node *c = list->first; c && !rc; c = c->next) {
		all->nodes[all->n] = c;
		rc = bind_item(all, all->n++);
	}
	load->raw.cfg.services = all->services;
	load->raw.cfg.nservices = all->nservices;
	return rc;
}

/* The groups of static. */
static int read_groups(struct sn_load *load, const struct sn_path *path, const struct sn_node *list)
{
	struct sn_path item = {path, NULL, 0};
	int rc = SN_OK;

	for (const struct sn_node *c = list->kind == SN_NODE_LIST ? list->first : NULL;
	     c && !rc && !sn_diag_full(&load->diag); c = c->next) {
		rc = sn_targets_add_group(load, &item, c);
		item.index++;
	}
	return rc;
}

/* One item; services: the first of those that no item has had. */
static int read_item(struct sources *all, uint32_t i, const struct sn_service **services)
{
	struct sn_path item = {&targets_path, NULL, i};
	struct sn_path path = {&item, "static", 0};
	const struct sn_raw_source *raw = &all->raw[i];
	struct sn_load *load = all->load;
	struct sn_offer_source src = {.load = load, .path = &path};
	int rc = raw->groups ? read_groups(load, &path, raw->groups) : SN_OK;

	if (raw->file_sd && !rc) {
		path.key = "file_sd";
		src.node = raw->file_sd;
		rc = read_files(&src);
	}
	if (raw->csv && !rc) {
		load->defaults = NULL;
		path.key = "csv";
		src.node = raw->csv;
		src.format = SN_OFFER_CSV;
		rc = read_files(&src);
	}
	if (raw->http_sd && !rc) {
		load->defaults = all->labels[i];
		path.key = "http_sd";
		src.node = raw->http_sd;
		src.format = SN_OFFER_JSON;
		load->offered = true;
		rc = sn_targets_read_answer(&src, (*services)++);
		load->offered = false;
	}
	load->defaults = NULL;
	return rc;
}

int sn_target_sources_read(struct sn_load *load)
{
	const struct sn_node *list = load->raw.targets;
	const struct sn_service *services;
	struct sources all = {.load = load};
	bool changed = false;
	int rc;

	if (!list || list->kind != SN_NODE_LIST || list->n == 0) {
		return SN_OK;
	}
	rc = bind_items(&all, list);
	if (!rc && load->diag.errors == 0) {
		rc = sn_services_ask(load->lists, all.services, all.nservices, sn_clock_mono(),
				     &load->diag, load->cancel, &changed);
	}
	services = all.services;
	for (uint32_t i = 0; i < all.n && !rc; i++) {
		rc = read_item(&all, i, &services);
	}
	return rc;
}

int sn_target_sources_publish(struct sn_load *load)
{
	struct sn_watch_path *v;

	v = sn_arena_alloc(&load->snap->arena, load->nwatch * sizeof(*v) + 1);
	if (!v) {
		return SN_ENOMEM;
	}
	if (load->nwatch) {
		memcpy(v, load->watch, load->nwatch * sizeof(*v));
	}
	load->raw.cfg.watch = v;
	load->raw.cfg.nwatch = load->nwatch;
	return SN_OK;
}
