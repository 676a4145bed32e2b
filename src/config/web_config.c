/*
 * The web configuration file: the checks that go beyond one value, see web_config.h. Main thread.
 */
#include "config/web_config.h"

#include "config/load.h"
#include "observe/http_login.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { AUTH_SYNONYM = 5 }; /* RequireClientCert, as older versions called it */

/* in the order of enum sn_http_curve */
static const char *const curve_words[] = {"CurveP256", "CurveP384", "CurveP521", "X25519", NULL};

_Static_assert(SN_HTTP_P256 == 0 && SN_HTTP_X25519 == 3, "that order");

static const struct sn_path tls_path = {NULL, "tls_server_config", 0};

/* What all steps share. */
struct reading {
	struct sn_load *load;	 /* of the configuration */
	struct sn_diag *d;	 /* its messages */
	struct sn_http_web *web; /* what is made */
};

static bool is_given(const char *text)
{
	return text && text[0];
}

/* A copy in the snapshot; NULL: out of memory, which is noted. */
static const char *copy(struct reading *r, const char *text)
{
	const char *p = sn_arena_strndup(&r->load->snap->arena, text, strlen(text));

	if (!p) {
		sn_diag_nomem(r->d);
	}
	return p;
}

/* The same, wiped with the snapshot. */
static const char *copy_secret(struct reading *r, const char *text)
{
	struct sn_span span;

	if (sn_secret_keep(r->load, sn_span_str(text), &span)) {
		sn_diag_nomem(r->d);
		return NULL;
	}
	return (const char *)span.p;
}

/* An error at the value of a key of map. */
static void complain(struct reading *r, const struct sn_node *map, const char *key,
		     const char *text)
{
	struct sn_path here = {&tls_path, key, 0};

	sn_path_error(r->d, &here, sn_node_find(map, key), "%s", text);
}

/* A path as seen from the file, to something that can be read. */
static const char *read_path(struct reading *r, const struct sn_node *map, const char *key,
			     const char *path)
{
	struct sn_path here = {&tls_path, key, 0};
	const struct sn_node *node = sn_node_find(map, key);
	const char *full = sn_files_relative(&r->load->files, node->at.file, path);

	if (!full) {
		sn_diag_nomem(r->d);
		return NULL;
	}
	if (access(full, R_OK)) {
		sn_path_error(r->d, &here, node, "cannot read %s: %s", full, strerror(errno));
	}
	return copy(r, full);
}

/* Something in PEM, given in one of two ways or not at all. */
static bool read_pem(struct reading *r, const struct sn_node *map, const char *file_key,
		     const char *file, const char *text_key, const char *text,
		     struct sn_http_pem *pem)
{
	if (is_given(file) && is_given(text)) {
		struct sn_path here = {&tls_path, text_key, 0};

		sn_path_error(r->d, &here, sn_node_find(map, text_key),
			      "%s and %s exclude each other", file_key, text_key);
	} else if (is_given(file)) {
		pem->file = read_path(r, map, file_key, file);
	} else if (is_given(text)) {
		pem->text = copy_secret(r, text);
	}
	return is_given(file) || is_given(text);
}

/* The same where it must be given. */
static void need_pem(struct reading *r, const struct sn_node *map, const char *file_key,
		     const char *file, const char *text_key, const char *text,
		     struct sn_http_pem *pem)
{
	if (!read_pem(r, map, file_key, file, text_key, text, pem)) {
		sn_path_error(r->d, &tls_path, map, "%s is missing (expected it, or %s)", file_key,
			      text_key);
	}
}

static void read_curves(struct reading *r, const struct sn_node *list,
			struct sn_http_tls_config *tls)
{
	const struct sn_path path = {&tls_path, "curve_preferences", 0};
	struct sn_path item = {&path, NULL, 0};
	unsigned seen = 0;

	if (!list || list->kind != SN_NODE_LIST) {
		return;
	}
	for (const struct sn_node *c = list->first; c; c = c->next, item.index++) {
		char quoted[SN_DIAG_QUOTE_MAX];
		unsigned k = 0;

		while (curve_words[k] && strcmp(curve_words[k], c->text) != 0) {
			k++;
		}
		if (!curve_words[k]) {
			sn_path_error(r->d, &item, c,
				      "%s is not a curve (expected one of CurveP256, CurveP384, "
				      "CurveP521, X25519)",
				      sn_diag_quote(quoted, c->text));
		} else if (seen & 1U << k) {
			sn_path_error(r->d, &item, c, "%s is there already", curve_words[k]);
		} else {
			seen |= 1U << k;
			tls->curves[tls->ncurves++] = (uint8_t)k;
		}
	}
}

static void read_sans(struct reading *r, const struct sn_node *list, struct sn_http_tls_config *tls)
{
	const char **v;

	if (!list || list->kind != SN_NODE_LIST || list->n == 0) {
		return;
	}
	v = sn_arena_zalloc(&r->load->snap->arena, list->n * sizeof(*v));
	if (!v) {
		sn_diag_nomem(r->d);
		return;
	}
	for (const struct sn_node *c = list->first; c; c = c->next) {
		v[tls->nsans++] = copy(r, c->text);
	}
	tls->sans = v;
}

/* What clients have to show, and by whom it is signed: one without the other protects nobody. */
static void read_clients(struct reading *r, const struct sn_node *map,
			 const struct sn_raw_web_tls *raw, struct sn_http_tls_config *tls)
{
	bool ca = read_pem(r, map, "client_ca_file", raw->client_ca_file, "client_ca",
			   raw->client_ca, &tls->client_ca);

	tls->client_auth = raw->client_auth == AUTH_SYNONYM
				   ? SN_HTTP_CLIENT_REQUIRE
				   : (enum sn_http_client_auth)raw->client_auth;
	read_sans(r, raw->sans, tls);
	if (ca && tls->client_auth == SN_HTTP_CLIENT_NONE) {
		complain(r, map, is_given(raw->client_ca_file) ? "client_ca_file" : "client_ca",
			 "without a client_auth_type no client is asked for a certificate "
			 "(expected RequireAndVerifyClientCert, say)");
	}
	if (!ca && tls->client_auth >= SN_HTTP_CLIENT_VERIFY_GIVEN) {
		complain(r, map, "client_auth_type",
			 "without client_ca_file there is nobody who could have signed clients' "
			 "certificates");
	}
	if (tls->nsans && tls->client_auth == SN_HTTP_CLIENT_NONE) {
		complain(r, map, "client_allowed_sans",
			 "without a client_auth_type no client is asked for a certificate "
			 "(expected RequireAndVerifyClientCert, say)");
	}
}

static void read_tls(struct reading *r, const struct sn_node *map)
{
	struct sn_http_tls_config *tls;
	struct sn_raw_web_tls raw = {0};

	if (!sn_options_bind(r->d, &sn_level_web_tls, &tls_path, map, &raw) ||
	    map->kind != SN_NODE_MAP || map->n == 0) {
		return;
	}
	sn_secret_check(r->load, &sn_level_web_tls, map);
	tls = sn_arena_zalloc(&r->load->snap->arena, sizeof(*tls));
	if (!tls) {
		sn_diag_nomem(r->d);
		return;
	}
	need_pem(r, map, "cert_file", raw.cert_file, "cert", raw.cert, &tls->cert);
	need_pem(r, map, "key_file", raw.key_file, "key", raw.key, &tls->key);
	read_clients(r, map, &raw, tls);
	tls->min_version = (enum sn_http_tls_version)raw.min_version;
	tls->max_version = (enum sn_http_tls_version)raw.max_version;
	if (raw.min_version > raw.max_version) {
		complain(r, map, sn_node_find(map, "min_version") ? "min_version" : "max_version",
			 "min_version is above max_version");
	}
	read_curves(r, raw.curves, tls);
	r->web->tls = tls;
}

/* What is wrong with a header, as the rest of a sentence; NULL: nothing. */
static const char *header_error(const char *name, const char *value)
{
	static const char *const free_text[] = {"Strict-Transport-Security", "X-XSS-Protection",
						"Content-Security-Policy"};

	for (const char *s = value; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f) {
			return "the value must be one line, without control characters";
		}
	}
	if (strcmp(name, "X-Content-Type-Options") == 0) {
		return strcmp(value, "nosniff") == 0 ? NULL : "expected nosniff";
	}
	if (strcmp(name, "X-Frame-Options") == 0) {
		return strcmp(value, "deny") == 0 || strcmp(value, "sameorigin") == 0
			       ? NULL
			       : "expected deny or sameorigin";
	}
	for (size_t i = 0; i < sizeof(free_text) / sizeof(free_text[0]); i++) {
		if (strcmp(name, free_text[i]) == 0) {
			return NULL;
		}
	}
	return "this header cannot be configured";
}

static void read_http(struct reading *r, const struct sn_node *map)
{
	const struct sn_path top = {NULL, "http_server_config", 0};
	const struct sn_path path = {&top, "headers", 0};
	struct sn_http_extra *v;
	struct sn_raw_web_http raw = {0};

	if (!sn_options_bind(r->d, &sn_level_web_http, &top, map, &raw) || !raw.headers ||
	    raw.headers->kind != SN_NODE_MAP) {
		return;
	}
	v = sn_arena_zalloc(&r->load->snap->arena, (raw.headers->n + 1) * sizeof(*v));
	if (!v) {
		sn_diag_nomem(r->d);
		return;
	}
	r->web->extras = v;
	for (const struct sn_node *k = raw.headers->first; k; k = k->next->next) {
		const struct sn_path here = {&path, k->text, 0};
		const char *error = header_error(k->text, k->next->text);

		if (error) {
			sn_path_error(r->d, &here, k, "%s", error);
		}
		v[r->web->nextras].name = copy(r, k->text);
		v[r->web->nextras++].value = copy(r, k->next->text);
	}
}

static void read_users(struct reading *r, const struct sn_node *map)
{
	const struct sn_path path = {NULL, "basic_auth_users", 0};
	struct sn_http_user *v;

	if (!map || map->kind != SN_NODE_MAP) {
		return;
	}
	v = sn_arena_zalloc(&r->load->snap->arena, (map->n + 1) * sizeof(*v));
	if (!v) {
		sn_diag_nomem(r->d);
		return;
	}
	r->web->users = v;
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		const struct sn_path here = {&path, k->text, 0};
		const char *error = sn_http_login_hash_error(k->next->text);

		if (strchr(k->text, ':')) {
			sn_path_error(r->d, &here, k, "a user's name must not contain a colon");
		}
		if (error) {
			sn_path_error(r->d, &here, k->next, "this %s", error);
		}
		v[r->web->nusers].name = copy(r, k->text);
		v[r->web->nusers++].hash = copy_secret(r, k->next->text);
	}
}

int sn_web_config_read(struct sn_load *load, const char *path, const struct sn_place *at,
		       const struct sn_http_web **web)
{
	struct reading r = {.load = load, .d = &load->diag};
	uint32_t errors = load->diag.errors;
	const struct sn_node *root;
	struct sn_raw_web raw = {0};
	int rc = sn_files_parse(&load->files, path, at, &root);

	if (rc) {
		return rc;
	}
	r.web = sn_arena_zalloc(&load->snap->arena, sizeof(*r.web));
	if (!r.web) {
		return SN_ENOMEM;
	}
	sn_options_bind(r.d, &sn_level_web, NULL, root, &raw);
	if (raw.tls) {
		read_tls(&r, raw.tls);
	}
	if (raw.http) {
		read_http(&r, raw.http);
	}
	read_users(&r, raw.users);
	*web = r.web;
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	return load->diag.errors == errors ? SN_OK : SN_ECONFIG;
}
