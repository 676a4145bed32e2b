/*
 * Auths: version and community of a target, from snmp_exporter's auths.<name>. Where communities
 * come from (text, environment, file), who may read them, and that they are overwritten in the end.
 * Called by modules.c, settings.c and config.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/hash.h"
#include "msg/community.h"

#include <stdlib.h>

enum { COMMUNITY_MAX = 255 }; /* octets; leaves room for names in the smallest message */

static const struct sn_path top = {NULL, "auths", 0};

/* Marks bytes to be overwritten. */
static int add_secret(struct sn_arena *arena, struct sn_secret **list, const void *p, size_t n)
{
	struct sn_secret *s = sn_arena_alloc(arena, sizeof(*s));

	if (!s) {
		return SN_ENOMEM;
	}
	s->p = (void *)(uintptr_t)p; /* read-only for all but its end */
	s->n = n;
	s->next = *list;
	*list = s;
	return SN_OK;
}

void sn_auths_wipe(struct sn_secret *list)
{
	for (; list; list = list->next) {
		explicit_bzero(list->p, list->n);
	}
}

/* A secret's own place in the snapshot. */
static int keep(struct sn_load *load, const void *p, size_t n, struct sn_span *out)
{
	char *copy = sn_arena_strndup(&load->snap->arena, p, n);

	if (!copy || add_secret(&load->snap->arena, &load->snap->secrets, copy, n)) {
		return SN_ENOMEM;
	}
	*out = sn_span_make(copy, n);
	return SN_OK;
}

static void warn_readable(struct sn_load *load, struct sn_source_file *f)
{
	struct sn_place at = {f->name, 0, 0};

	if (f->readable && !f->warned) {
		f->warned = true;
		sn_diag_warn(&load->diag, &at,
			     "holds a secret and others may read it (expected mode 0600)");
	}
}

/* A secret as written in a file: overwritten with the tree; if it stands there in clear, the file
 * should be its owner's alone. */
static void check_secret(struct sn_load *load, const struct sn_node *node)
{
	struct sn_source_file *f = load->files;

	if (!node || node->kind != SN_NODE_SCALAR) {
		return;
	}
	if (add_secret(&load->scratch, &load->scratch_secrets, node->text, node->n)) {
		sn_diag_nomem(&load->diag);
	}
	/* the community that everybody knows is no secret */
	if (node->n == 0 || strcmp(node->text, "public") == 0 || strstr(node->text, "${")) {
		return;
	}
	while (f && f->name != node->at.file) {
		f = f->next;
	}
	if (f) {
		warn_readable(load, f);
	}
}

void sn_auths_check(struct sn_load *load, struct sn_definition *def)
{
	static const char *const secrets[] = {"community", "password", "priv_password"};
	struct sn_path path = {&top, def->name, 0};
	struct sn_raw_auth raw = {0};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		check_secret(load, sn_node_find(def->value, secrets[i]));
	}
	if (!sn_options_bind(&load->diag, &sn_level_auth, &path, def->value, &raw)) {
		def->failed = true;
	} else if (raw.community && raw.community_file) {
		sn_path_error(&load->diag, &path, def->key,
			      "community and community_file exclude each other");
		def->failed = true;
	}
}

/* The value of the variable named by n bytes at name; NULL: reported. */
static const char *variable(struct sn_load *load, const struct sn_path *path,
			    const struct sn_node *node, const char *name, size_t n)
{
	char *copy = sn_arena_strndup(&load->scratch, name, n);
	const char *text = copy && n ? getenv(copy) : NULL;
	char quoted[SN_DIAG_QUOTE_MAX];

	if (!copy) {
		sn_diag_nomem(&load->diag);
	} else if (!text) {
		sn_path_error(&load->diag, path, node, "environment variable %s is not set",
			      sn_diag_quote(quoted, copy));
	}
	return text;
}

/* Appends to out, whose length goes on counting when it is full. */
static void append(char *out, size_t *used, const char *text, size_t n)
{
	if (*used + n <= COMMUNITY_MAX) {
		memcpy(out + *used, text, n);
	}
	*used += n;
}

/* The text with ${NAME} replaced and $${ as ${. Returns the length, which may exceed out's
 * COMMUNITY_MAX bytes, or SIZE_MAX: reported. */
static size_t expand(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		     char *out)
{
	const char *s = node->text;
	size_t used = 0;

	while (*s) {
		const char *end = strncmp(s, "${", 2) == 0 ? strchr(s, '}') : NULL;

		if (end) {
			const char *text = variable(load, path, node, s + 2, (size_t)(end - s) - 2);

			if (!text) {
				return SIZE_MAX;
			}
			append(out, &used, text, strlen(text));
			s = end + 1;
		} else if (strncmp(s, "$${", 3) == 0) {
			append(out, &used, "${", 2);
			s += 3;
		} else {
			append(out, &used, s, 1);
			s++;
		}
	}
	return used;
}

static int check_length(struct sn_load *load, const struct sn_path *path,
			const struct sn_node *node, size_t n)
{
	if (n == 0 || n > COMMUNITY_MAX) {
		sn_path_error(&load->diag, path, node,
			      "the community has %zu octets (expected 1 to %d)", n, COMMUNITY_MAX);
		return SN_ECONFIG;
	}
	return SN_OK;
}

static int from_text(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		     struct sn_span *out)
{
	char text[COMMUNITY_MAX];
	size_t n = expand(load, path, node, text);
	int rc;

	if (n == SIZE_MAX) {
		return SN_ECONFIG;
	}
	rc = check_length(load, path, node, n);
	rc = rc ? rc : keep(load, text, n, out);
	explicit_bzero(text, sizeof(text));
	return rc;
}

static int from_file(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		     struct sn_span *out)
{
	const char *file = sn_files_relative(load, node->at.file, node->text);
	struct sn_span text;
	int rc = file ? sn_files_read(load, file, &node->at, &text) : SN_ENOMEM;

	if (rc) {
		return rc;
	}
	if (add_secret(&load->scratch, &load->scratch_secrets, text.p, text.n)) {
		return SN_ENOMEM;
	}
	warn_readable(load, load->files);
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r')) {
		text.n--;
	}
	rc = check_length(load, path, node, text.n);
	return rc ? rc : keep(load, text.p, text.n, out);
}

static int read_community(struct sn_load *load, const struct sn_definition *def,
			  const struct sn_path *path, struct sn_span *out)
{
	const struct sn_node *text = sn_node_find(def->value, "community");
	const struct sn_node *file = sn_node_find(def->value, "community_file");
	struct sn_path here = {path, file ? "community_file" : "community", 0};

	if (file) {
		return from_file(load, &here, file, out);
	}
	if (text) {
		return from_text(load, &here, text, out);
	}
	return keep(load, "public", 6, out);
}

/* The auth of a definition, made at its first use. SN_ECONFIG: reported now or before. */
static int build(struct sn_load *load, struct sn_definition *def, const struct sn_node *user)
{
	struct sn_path path = {&top, def->name, 0};
	struct sn_raw_auth raw = {0};
	struct sn_auth *auth;
	int rc;

	if (def->failed || def->built) {
		return def->failed ? SN_ECONFIG : SN_OK;
	}
	def->failed = true;
	if (!sn_options_bind(&load->diag, &sn_level_auth, &path, def->value, &raw)) {
		return SN_ECONFIG;
	}
	if (raw.version == 3) {
		sn_path_error(&load->diag, &path, def->key,
			      "SNMPv3 is not supported by this version (used at %s:%u:%u)",
			      user->at.file, user->at.line, user->at.column);
		return SN_ECONFIG;
	}
	auth = sn_arena_zalloc(&load->scratch, sizeof(*auth));
	if (!auth) {
		return SN_ENOMEM;
	}
	auth->version = raw.version == 1 ? SN_VERSION_1 : SN_VERSION_2C;
	rc = read_community(load, def, &path, &auth->community);
	if (rc) {
		return rc;
	}
	auth->hash = sn_hash_bytes(auth->community.p, auth->community.n, raw.version);
	def->built = auth;
	def->failed = false;
	return SN_OK;
}

/* The auth of targets that name none. */
static struct sn_definition *choose_default(struct sn_load *load, const struct sn_path *path,
					    const struct sn_node *user)
{
	if (load->default_auth || load->no_default_auth) {
		return load->default_auth;
	}
	load->default_auth = sn_modules_find(&load->auths, "public_v2");
	if (!load->default_auth && load->auths.n == 1) {
		load->default_auth = &load->auths.v[0];
	}
	if (!load->default_auth) {
		load->no_default_auth = true;
		sn_path_error(&load->diag, path, user, "%s",
			      load->auths.n ? "no auth is chosen (expected the label __param_auth, "
					      "or an auth called public_v2)"
					    : "no auth is defined (expected one under auths: or in "
					      "a module file)");
	}
	return load->default_auth;
}

const struct sn_auth *sn_auths_use(struct sn_load *load, const char *name,
				   const struct sn_path *path, const struct sn_node *user)
{
	struct sn_definition *def =
		name ? sn_modules_find(&load->auths, name) : choose_default(load, path, user);
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	if (!def) {
		if (name) {
			sn_path_error(&load->diag, path, user, "auth %s is not defined",
				      sn_diag_quote(quoted, name));
		}
		return NULL;
	}
	rc = build(load, def, user);
	if (rc == SN_ENOMEM) {
		sn_diag_nomem(&load->diag);
	}
	return rc ? NULL : def->built;
}
