/*
 * Who is asked over HTTP and as whom, of whatever section: URL, user and password, certificates.
 * Called by http_sd.c and outputs_registry.c, see load.h. All that comes of it is in the snapshot,
 * and treated as secret.
 */
#include "config/load.h"

#include <errno.h>
#include <unistd.h>

static const struct sn_secret_key password_key = {"password", "password_file", "password",
						  SN_SECRET_MAX};

/* A copy in the snapshot. SN_ENOMEM. */
static int keep(struct sn_load *load, struct sn_span text, const char **out)
{
	struct sn_span kept;
	int rc = sn_secret_keep(load, text, &kept);

	if (!rc) {
		*out = (const char *)kept.p;
	}
	return rc;
}

int sn_http_ask_url(struct sn_load *load, const struct sn_path *path, const struct sn_node *map,
		    const char *key, const char **url, char *shown)
{
	const struct sn_node *node = sn_node_find(map, key);
	struct sn_path here = {path, key, 0};
	int rc;

	if (strchr(node->text, '@')) {
		sn_secret_check_value(load, node);
	}
	rc = sn_fetch_check_url(node->text, shown);
	if (rc == SN_EINVAL) {
		sn_path_error(&load->diag, &here, node,
			      "not a URL to ask (expected one such as http://host/path or "
			      "https://host:8443/path)");
		return SN_ECONFIG;
	}
	return rc ? rc : keep(load, sn_span_str(node->text), url);
}

int sn_http_ask_basic(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		      struct sn_fetch_request *ask)
{
	const struct sn_path here = {path, "basic_auth", 0};
	struct sn_raw_basic_auth raw = {0};
	struct sn_secret_found found;
	int rc;

	sn_secret_check(load, &sn_level_basic_auth, node);
	if (!sn_options_bind(&load->diag, &sn_level_basic_auth, &here, node, &raw)) {
		return SN_ECONFIG;
	}
	if (!raw.username) {
		sn_path_error(&load->diag, &here, node, "username is missing");
		return SN_ECONFIG;
	}
	rc = keep(load, sn_span_str(raw.username), &ask->username);
	ask->password = "";
	if (rc || (!raw.password && !raw.password_file)) {
		return rc;
	}
	rc = sn_secret_choose(load, &here, node, &password_key, 1);
	rc = rc < 0 ? rc : sn_secret_read(load, &here, node, &password_key, &found);
	return rc ? rc : keep(load, found.text, &ask->password);
}

/* A file that libcurl will read: its path. */
static int read_file_name(struct sn_load *load, const struct sn_path *path,
			  const struct sn_node *map, const char *key, const char **out)
{
	const struct sn_node *node = sn_node_find(map, key);
	struct sn_path here = {path, key, 0};
	const char *file;

	if (!node) {
		return SN_OK;
	}
	file = sn_files_relative(&load->files, node->at.file, node->text);
	if (!file) {
		return SN_ENOMEM;
	}
	if (access(file, R_OK) != 0) {
		sn_path_error(&load->diag, &here, node, "cannot read %s: %s", file,
			      strerror(errno));
		return SN_ECONFIG;
	}
	return keep(load, sn_span_str(file), out);
}

int sn_http_ask_tls(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		    struct sn_fetch_request *ask)
{
	const struct sn_path here = {path, "tls_config", 0};
	struct sn_raw_tls raw = {0};
	int rc;

	if (!sn_options_bind(&load->diag, &sn_level_tls, &here, node, &raw)) {
		return SN_ECONFIG;
	}
	if (!raw.cert_file != !raw.key_file) {
		sn_path_error(&load->diag, &here, node, "%s is missing",
			      raw.cert_file ? "key_file" : "cert_file");
		return SN_ECONFIG;
	}
	ask->insecure = raw.insecure;
	rc = read_file_name(load, &here, node, "ca_file", &ask->ca_file);
	rc = rc ? rc : read_file_name(load, &here, node, "cert_file", &ask->cert_file);
	return rc ? rc : read_file_name(load, &here, node, "key_file", &ask->key_file);
}
