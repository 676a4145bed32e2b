/*
 * Targets: groups written in sonde.yaml and in target files become one sorted list of struct
 * sn_target_spec. A million of them is a normal size: no work a target that a group can do once.
 * Called by config.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/clock.h"
#include "base/hash.h"
#include "config/users.h"

#include <netdb.h>
#include <stdlib.h>

enum { TARGET_PORT = 161 }; /* RFC 3417 §3.1 */

static int add_entry(struct sn_target_list *list, struct sn_target_spec *spec,
		     const struct sn_node *node)
{
	if (list->n == list->cap) {
		uint32_t cap = list->cap ? list->cap * 2 : 256;
		struct sn_target_entry *v = realloc(list->v, cap * sizeof(*v));

		if (!v) {
			return SN_ENOMEM;
		}
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n].spec = spec;
	list->v[list->n].at = node->at;
	list->v[list->n].name = NULL;
	list->v[list->n].order = list->n;
	list->n++;
	return SN_OK;
}

/*
 * What the resolver must not see: characters that no name has (it would only say that it found
 * nothing), and numbers, which it completes ("10.1" is 10.0.0.1 to it).
 */
static bool is_host_name(const char *host)
{
	return host[strcspn(host, ":[]@ \t\"'\\")] == '\0' &&
	       host[strspn(host, "0123456789.")] != '\0' && strncmp(host, "0x", 2) != 0;
}

/* The address, or the host name to look up. SN_EINVAL: neither. */
static int read_address(struct sn_load *load, const char *text, struct sn_target_entry *e)
{
	char host[NI_MAXHOST];
	uint16_t port;

	if (sn_addr_parse(&e->spec->addr, text, TARGET_PORT) == SN_OK) {
		return SN_OK;
	}
	if (sn_addr_split(text, host, sizeof(host), &port, TARGET_PORT)) {
		return SN_EINVAL;
	}
	if (!is_host_name(host)) {
		return SN_EINVAL;
	}
	e->spec->resolve_err = SN_ENOENT;
	e->spec->addr.in.sin_port = htons(port);
	e->name = sn_arena_strndup(&load->scratch, host, strlen(host));
	return e->name ? SN_OK : SN_ENOMEM;
}

static void fill_spec(const struct sn_load *load, const struct sn_settings *s,
		      struct sn_target_spec *spec)
{
	const struct sn_config *cfg = &load->raw.cfg;

	spec->origin.labels = s->labels;
	spec->origin.nlabels = s->nlabels;
	spec->version = (uint8_t)s->auth->version;
	spec->community = s->auth->community;
	spec->access = s->access ? &s->access->access : NULL;
	spec->plans = s->set->plans;
	spec->nplans = s->set->nplans;
	spec->scalars = s->set->scalars;
	spec->modules = s->set->names;
	spec->interval_ns = s->interval_ns;
	spec->timeout_ns = s->timeout_ns;
	spec->retries = (uint8_t)s->retries;
	spec->max_reply = cfg->max_reply;
	spec->max_rows = cfg->max_rows;
	spec->window = cfg->window;
	spec->rate_limit = s->rate_limit;
	spec->labels_ttl_s = (uint32_t)(cfg->labels_ttl_ns / SN_NS_PER_SEC);
	spec->fixed = cfg->retransmit == SN_RETRANSMIT_FIXED;
	spec->any_source = s->set->any_source;
}

static int add_target(struct sn_load *load, const struct sn_path *path, const struct sn_settings *s,
		      const struct sn_node *node)
{
	struct sn_arena *arena = &load->snap->arena;
	const char *address = s->address ? s->address : node->text;
	struct sn_target_spec *spec;
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	spec = sn_arena_zalloc(arena, sizeof(*spec));
	if (!spec) {
		return SN_ENOMEM;
	}
	fill_spec(load, s, spec);
	spec->origin.instance =
		s->instance ? s->instance : sn_arena_strndup(arena, node->text, node->n);
	if (!spec->origin.instance || add_entry(&load->targets, spec, node)) {
		return SN_ENOMEM;
	}
	rc = read_address(load, address, &load->targets.v[load->targets.n - 1]);
	if (rc == SN_EINVAL) {
		sn_path_error(&load->diag, path, node,
			      "%s is not a target "
			      "(expected host, host:port, IPv4, IPv6 or [IPv6]:port)",
			      sn_diag_quote(quoted, address));
		return SN_OK;
	}
	spec->hash = sn_hash_bytes(spec->origin.instance, strlen(spec->origin.instance), 0);
	spec->fingerprint = sn_hash_mix(
		spec->hash ^ sn_hash_bytes(address, strlen(address), s->hash), 0xd6e8feb86659fd93u);
	return rc;
}

static int read_group(struct sn_load *load, const struct sn_path *item, const struct sn_node *node)
{
	struct sn_path list = {item, "targets", 0};
	struct sn_path path = {&list, NULL, 0};
	struct sn_raw_group raw = {0};
	struct sn_settings s;
	int rc;

	if (!sn_options_bind(&load->diag, &sn_level_group, item, node, &raw)) {
		return SN_OK;
	}
	if (!raw.targets) {
		sn_path_error(&load->diag, item, node, "targets is missing");
		return SN_OK;
	}
	if (raw.targets->kind != SN_NODE_LIST || raw.targets->n == 0) {
		return SN_OK;
	}
	rc = sn_settings_read(load, item, node, raw.labels, &s);
	if (rc) {
		return rc == SN_ECONFIG ? SN_OK : rc;
	}
	for (const struct sn_node *c = raw.targets->first; c && !rc; c = c->next) {
		rc = add_target(load, &path, &s, c);
		path.index++;
	}
	return rc;
}

/* The groups of static. */
static int read_groups(struct sn_load *load, const struct sn_path *path, const struct sn_node *list)
{
	struct sn_path item = {path, NULL, 0};
	int rc = SN_OK;

	if (!sn_options_is_list(&load->diag, path, list) || list->kind != SN_NODE_LIST) {
		return SN_OK;
	}
	for (const struct sn_node *c = list->first; c && !rc && !sn_diag_full(&load->diag);
	     c = c->next) {
		rc = read_group(load, &item, c);
		item.index++;
	}
	return rc;
}

static bool is_target_file(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot &&
	       (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0 || strcmp(dot, ".json") == 0);
}

/* The groups of a file on their way. */
struct group_file {
	struct sn_load *load; /* into which */
	struct sn_path item;  /* the next group */
};

static int take_group(void *ctx, const struct sn_node *group)
{
	struct group_file *file = ctx;
	int rc = read_group(file->load, &file->item, group);

	file->item.index++;
	if (sn_load_is_cancelled(file->load)) {
		return SN_ECANCELED;
	}
	return rc || !sn_diag_full(&file->load->diag) ? rc : SN_ECONFIG;
}

static int read_file(struct sn_load *load, const char *path, const struct sn_node *named)
{
	struct group_file file = {load, {NULL, NULL, 0}};
	const struct sn_node_items groups = {take_group, &file};
	const struct sn_node *root;
	int rc = sn_files_parse_items(load, path, &named->at, &groups, &root);

	if (rc) {
		return rc == SN_ECONFIG ? SN_OK : rc;
	}
	(void)sn_options_is_list(&load->diag, NULL, root); /* said so if not; then no group came */
	return SN_OK;
}

static int read_pattern(struct sn_load *load, const struct sn_path *path,
			const struct sn_node *pattern)
{
	struct sn_file_list files;
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc = SN_OK;

	if (!is_target_file(pattern->text)) {
		sn_path_error(&load->diag, path, pattern,
			      "%s is no target file (expected a name ending in .yml, .yaml, .json)",
			      sn_diag_quote(quoted, pattern->text));
		return SN_OK;
	}
	rc = sn_files_glob(load, pattern, &files);
	if (rc) {
		return rc == SN_ECONFIG ? SN_OK : rc;
	}
	if (files.n == 0) {
		sn_diag_warn(&load->diag, &pattern->at, "no file matches %s yet",
			     sn_diag_quote(quoted, pattern->text));
	}
	for (uint32_t i = 0; i < files.n && !rc; i++) {
		rc = read_file(load, files.v[i], pattern);
	}
	return rc;
}

static int read_file_sd(struct sn_load *load, const struct sn_path *path,
			const struct sn_node *node)
{
	struct sn_path list = {path, "files", 0};
	struct sn_path item = {&list, NULL, 0};
	struct sn_raw_file_sd raw = {0};
	int rc = SN_OK;

	if (!sn_options_bind(&load->diag, &sn_level_file_sd, path, node, &raw)) {
		return SN_OK;
	}
	if (!raw.files || raw.files->kind != SN_NODE_LIST || raw.files->n == 0) {
		sn_path_error(&load->diag, path, node, "files is missing");
		return SN_OK;
	}
	if (load->refresh_ns == 0 || raw.refresh_interval_ns < load->refresh_ns) {
		load->refresh_ns = raw.refresh_interval_ns;
	}
	for (const struct sn_node *c = raw.files->first; c && !rc; c = c->next) {
		rc = read_pattern(load, &item, c);
		item.index++;
	}
	return rc;
}

static int read_source(struct sn_load *load, const struct sn_path *item, const struct sn_node *node)
{
	struct sn_path path = {item, "static", 0};
	struct sn_raw_source raw = {0};
	int rc = SN_OK;

	if (!sn_options_bind(&load->diag, &sn_level_source, item, node, &raw)) {
		return SN_OK;
	}
	if (!raw.groups && !raw.file_sd) {
		sn_path_error(&load->diag, item, node, "expected static or file_sd");
		return SN_OK;
	}
	if (raw.groups) {
		rc = read_groups(load, &path, raw.groups);
	}
	if (raw.file_sd && !rc) {
		path.key = "file_sd";
		rc = read_file_sd(load, &path, raw.file_sd);
	}
	return rc;
}

int sn_targets_read(struct sn_load *load)
{
	const struct sn_node *list = load->raw.targets;
	struct sn_path path = {NULL, "targets", 0};
	struct sn_path item = {&path, NULL, 0};
	int rc = SN_OK;

	if (!list || list->kind != SN_NODE_LIST) {
		return SN_OK;
	}
	for (const struct sn_node *c = list->first; c && !rc; c = c->next) {
		rc = read_source(load, &item, c);
		item.index++;
	}
	return rc;
}
