/*
 * Auths: version and community of a target, from snmp_exporter's auths.<name>; what version 3 has
 * in place of a community is users.c's. Called by modules.c and settings.c, see load.h. Main
 * thread.
 */
#include "config/load.h"

#include "base/hash.h"
#include "config/users.h"
#include "msg/community.h"

enum { COMMUNITY_MAX = 255 }; /* octets; leaves room for names in the smallest message */

static const struct sn_path top = {NULL, "auths", 0};

static const struct sn_secret_key community_key = {"community", "community_file", "community",
						   COMMUNITY_MAX};

void sn_auths_check(struct sn_load *load, struct sn_definition *def)
{
	struct sn_path path = {&top, def->name, 0};
	struct sn_raw_auth raw = {0};

	sn_secret_check(load, &sn_level_auth, def->value);
	if (!sn_options_bind(&load->diag, &sn_level_auth, &path, def->value, &raw) ||
	    sn_secret_choose(load, &path, def->value, &community_key, 1) < 0 ||
	    (raw.version == 3 && !sn_users_check(load, &path, def, &raw))) {
		def->failed = true;
	}
}

static int read_community(struct sn_load *load, const struct sn_path *path,
			  const struct sn_definition *def, const struct sn_raw_auth *raw,
			  struct sn_auth *auth)
{
	struct sn_secret_found found = {.text = sn_span_str("public")};
	int rc = SN_OK;

	if (raw->community || raw->community_file) {
		rc = sn_secret_read(load, path, def->value, &community_key, &found);
	}
	rc = rc ? rc : sn_secret_keep(load, found.text, &auth->community);
	if (rc) {
		return rc;
	}
	auth->version = raw->version == 1 ? SN_VERSION_1 : SN_VERSION_2C;
	auth->hash = sn_hash_bytes(auth->community.p, auth->community.n, raw->version);
	return SN_OK;
}

/* The auth of a definition, made at its first use. SN_ECONFIG: reported now or before. */
static int build(struct sn_load *load, struct sn_definition *def)
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
	auth = sn_arena_zalloc(&load->scratch, sizeof(*auth));
	if (!auth) {
		return SN_ENOMEM;
	}
	rc = raw.version == 3 ? sn_users_build(load, &path, def, &raw, auth)
			      : read_community(load, &path, def, &raw, auth);
	if (rc) {
		return rc;
	}
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
	rc = build(load, def);
	if (rc == SN_ENOMEM) {
		sn_diag_nomem(&load->diag);
	}
	return rc ? NULL : def->built;
}
