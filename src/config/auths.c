/*
 * Auths: version and community of a target, from snmp_exporter's auths.<name>. Called by
 * definitions.c and settings.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/hash.h"
#include "msg/community.h"

static const struct sn_path top = {NULL, "auths", 0};

void sn_auths_check(struct sn_load *load, struct sn_definition *def)
{
	struct sn_path path = {&top, def->name, 0};
	struct sn_raw_auth raw = {0};

	if (!sn_options_bind(&load->diag, &sn_level_auth, &path, def->value, &raw)) {
		def->failed = true;
	} else if (raw.community && raw.community_file) {
		sn_path_error(&load->diag, &path, def->key,
			      "community and community_file exclude each other");
		def->failed = true;
	}
}

static int read_community(struct sn_load *load, const struct sn_definition *def,
			  const struct sn_path *path, struct sn_span *out)
{
	const struct sn_node *text = sn_node_find(def->value, "community");
	const struct sn_node *file = sn_node_find(def->value, "community_file");
	struct sn_path here = {path, file ? "community_file" : "community", 0};
	bool literal = false;
	int rc;

	if (file) {
		return sn_secret_from_file(load, &here, file, out);
	}
	if (!text) {
		*out = sn_span_str("public");
		return SN_OK;
	}
	rc = sn_secret_expand(load, &here, text, out, &literal);
	/* the community everybody knows is no secret */
	if (!rc && literal && !sn_span_eq(*out, sn_span_str("public"))) {
		sn_secret_check_file(load, text);
	}
	return rc;
}

/* The auth of a definition, made at its first use. SN_ECONFIG: reported now or before. */
static int build(struct sn_load *load, struct sn_definition *def, const struct sn_node *node)
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
			      node->at.file, node->at.line, node->at.column);
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
					    const struct sn_node *node)
{
	if (load->default_auth || load->no_default_auth) {
		return load->default_auth;
	}
	load->default_auth = sn_definitions_find(&load->auths, "public_v2");
	if (!load->default_auth && load->auths.n == 1) {
		load->default_auth = &load->auths.v[0];
	}
	if (!load->default_auth) {
		load->no_default_auth = true;
		sn_path_error(&load->diag, path, node,
			      load->auths.n ? "no auth is chosen (expected a label __param_auth, "
					      "or an auth called public_v2)"
					    : "no auth is defined (expected one under auths: or in "
					      "a module file)");
	}
	return load->default_auth;
}

const struct sn_auth *sn_auths_use(struct sn_load *load, const char *name,
				   const struct sn_path *path, const struct sn_node *node)
{
	struct sn_definition *def =
		name ? sn_definitions_find(&load->auths, name) : choose_default(load, path, node);
	int rc;

	if (!def) {
		char quoted[SN_DIAG_QUOTE_MAX];

		if (name) {
			sn_path_error(&load->diag, path, node, "auth %s is not defined",
				      sn_diag_quote(quoted, name));
		}
		return NULL;
	}
	rc = build(load, def, node);
	if (rc == SN_ENOMEM) {
		sn_diag_nomem(&load->diag);
	}
	return rc ? NULL : def->built;
}
