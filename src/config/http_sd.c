/*
 * targets[].http_sd: what is written there becomes a struct sn_service of the snapshot. Called by
 * target_sources.c, see load.h.
 */
#include "config/load.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdio.h>
#include <strings.h>

enum { LINE_MAX_OCTETS = 2 * SN_SECRET_MAX, HEADERS_MAX = 64, FILE_NAME_MAX = 64 };

/* A service on its way. */
struct maker {
	struct sn_load *load;
	const struct sn_path *path;	  /* of the section */
	const struct sn_node *node;	  /* the section */
	struct sn_raw_http_sd raw;	  /* bound */
	struct sn_service *s;		  /* what it becomes */
	const char *headers[HEADERS_MAX]; /* in the snapshot */
	unsigned nheaders;		  /* of them, NULL at the end not counted */
	uint64_t mark;			  /* hash of what tells its file from others', no secrets */
};

static const struct sn_secret_key token_key = {"bearer_token", "bearer_token_file", "token",
					       SN_SECRET_MAX};
static const struct sn_secret_key credentials_key = {"credentials", "credentials_file",
						     "credentials", SN_SECRET_MAX};
static const struct sn_secret_key header_key = {"secrets", "files", "value", SN_SECRET_MAX};

/* A copy in the snapshot; it may be a secret, all are treated as such. SN_ENOMEM. */
static int keep(struct maker *m, struct sn_span text, const char **out)
{
	struct sn_span kept;
	int rc = sn_secret_keep(m->load, text, &kept);

	if (!rc) {
		*out = (const char *)kept.p;
	}
	return rc;
}

static bool is_printable(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) {
			return false;
		}
	}
	return true;
}

/* "name: value" to the headers. SN_ECONFIG: reported at node. */
static int add_header(struct maker *m, const struct sn_path *path, const struct sn_node *node,
		      const char *name, struct sn_span value)
{
	char line[LINE_MAX_OCTETS];
	int n = snprintf(line, sizeof(line), "%s: %.*s", name, (int)value.n, (const char *)value.p);
	int rc;

	if (!is_printable((const char *)value.p, value.n)) {
		sn_path_error(&m->load->diag, path, node,
			      "a control character in the value of a header");
		rc = SN_ECONFIG;
	} else if (m->nheaders + 1 == HEADERS_MAX || (size_t)n >= sizeof(line)) {
		sn_path_error(&m->load->diag, path, node, "too many headers, or one is too long");
		rc = SN_ECONFIG;
	} else {
		rc = keep(m, sn_span_str(line), &m->headers[m->nheaders]);
		m->nheaders += !rc;
	}
	explicit_bzero(line, sizeof(line));
	return rc;
}

/* A token of RFC 9110 §5.6.2, which is not one of those that are made here. */
static bool may_be_header(const char *name)
{
	static const char *const own[] = {"Authorization",  "Host",	     "Accept",
					  "Content-Length", "If-None-Match", "If-Modified-Since",
					  "Accept-Encoding"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcasecmp(name, own[i]) == 0) {
			return false;
		}
	}
	return name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "0123456789!#$%&'*+-.^_`|~")] == '\0';
}

/* A header for each text of a list: as it is, a secret, or the name of a file that holds one. */
static int add_values(struct maker *m, const struct sn_path *path, const char *name,
		      const struct sn_node *list, bool secret, bool is_file)
{
	struct sn_path item = {path, NULL, 0};
	int rc = SN_OK;

	if (!list || list->kind != SN_NODE_LIST) {
		return SN_OK;
	}
	for (const struct sn_node *c = list->first; c && !rc; c = c->next) {
		struct sn_span value = sn_span_make(c->text, c->n);

		if (secret) {
			sn_secret_check_value(m->load, c);
		}
		if (secret || is_file) {
			rc = sn_secret_read_value(m->load, &item, c, is_file, &header_key, &value);
		}
		rc = rc ? rc : add_header(m, &item, c, name, value);
		item.index++;
	}
	return rc;
}

static int add_headers_of(struct maker *m, const struct sn_path *path, const struct sn_node *key)
{
	struct sn_path here = {path, key->text, 0};
	const struct sn_path values = {&here, "values", 0};
	const struct sn_path secrets = {&here, "secrets", 0};
	const struct sn_path files = {&here, "files", 0};
	struct sn_raw_header raw = {0};
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	if (!may_be_header(key->text)) {
		sn_path_error(&m->load->diag, path, key, "%s is not a header that can be set here",
			      sn_diag_quote(quoted, key->text));
		return SN_ECONFIG;
	}
	if (!sn_options_bind(&m->load->diag, &sn_level_header, &here, key->next, &raw)) {
		return SN_ECONFIG;
	}
	m->mark = sn_hash_bytes(key->text, key->n, m->mark);
	rc = add_values(m, &values, key->text, raw.values, false, false);
	rc = rc ? rc : add_values(m, &secrets, key->text, raw.secrets, true, false);
	return rc ? rc : add_values(m, &files, key->text, raw.files, false, true);
}

static int read_headers(struct maker *m)
{
	const struct sn_path path = {m->path, "http_headers", 0};
	int rc = SN_OK;

	if (!m->raw.headers || m->raw.headers->kind != SN_NODE_MAP) {
		return SN_OK;
	}
	for (const struct sn_node *k = m->raw.headers->first; k && !rc; k = k->next->next) {
		rc = add_headers_of(m, &path, k);
	}
	return rc;
}

/* The header Authorization: a scheme, and the secret that a map gives. */
static int add_authorization(struct maker *m, const struct sn_path *path,
			     const struct sn_node *node, const struct sn_secret_key *key,
			     const char *scheme)
{
	struct sn_secret_found found;
	char value[LINE_MAX_OCTETS];
	int rc = sn_secret_choose(m->load, path, node, key, 1);

	if (rc == 1) {
		sn_path_error(&m->load->diag, path, node, "%s is missing (or %s)", key->text,
			      key->file);
		return SN_ECONFIG;
	}
	rc = rc < 0 ? rc : sn_secret_read(m->load, path, node, key, &found);
	if (rc) {
		return rc;
	}
	snprintf(value, sizeof(value), "%s %.*s", scheme, (int)found.text.n,
		 (const char *)found.text.p);
	rc = add_header(m, path, found.node, "Authorization", sn_span_str(value));
	explicit_bzero(value, sizeof(value));
	return rc;
}

static int read_authorization(struct maker *m)
{
	const struct sn_path path = {m->path, "authorization", 0};
	const struct sn_node *node = m->raw.authorization;
	struct sn_raw_authorization raw = {0};

	sn_secret_check(m->load, &sn_level_authorization, node);
	if (!sn_options_bind(&m->load->diag, &sn_level_authorization, &path, node, &raw)) {
		return SN_ECONFIG;
	}
	if (strcasecmp(raw.type, "Basic") == 0 || strpbrk(raw.type, " \t\r\n")) {
		sn_path_error(&m->load->diag, &path, sn_node_find(node, "type"),
			      "not a scheme for here (expected a word such as Bearer; basic_auth "
			      "is for user and password)");
		return SN_ECONFIG;
	}
	return add_authorization(m, &path, node, &credentials_key, raw.type);
}

static uint64_t hash_text(const char *text, uint64_t seed)
{
	return text ? sn_hash_bytes(text, strlen(text), seed) : seed + 1;
}

static int read_identity(struct maker *m)
{
	struct sn_fetch_request *ask = &m->s->ask;
	bool token = m->raw.bearer_token || m->raw.bearer_token_file;

	sn_secret_check(m->load, &sn_level_http_sd, m->node);
	if ((m->raw.basic_auth != NULL) + (m->raw.authorization != NULL) + token > 1) {
		sn_path_error(&m->load->diag, m->path, m->node,
			      "expected at most one of basic_auth, authorization, bearer_token");
		return SN_ECONFIG;
	}
	if (m->raw.basic_auth) {
		int rc = sn_http_ask_basic(m->load, m->path, m->raw.basic_auth, ask);

		m->mark = ask->username ? hash_text(ask->username, m->mark) : m->mark;
		return rc;
	}
	if (m->raw.authorization) {
		return read_authorization(m);
	}
	return token ? add_authorization(m, m->path, m->node, &token_key, "Bearer") : SN_OK;
}

static int read_urls(struct maker *m)
{
	char proxy[SN_FETCH_URL_MAX];
	char shown[SN_FETCH_URL_MAX];
	int rc;

	if (!m->raw.url) {
		sn_path_error(&m->load->diag, m->path, m->node, "url is missing");
		return SN_ECONFIG;
	}
	rc = sn_http_ask_url(m->load, m->path, m->node, "url", &m->s->ask.url, shown);
	if (rc) {
		return rc;
	}
	m->mark = sn_hash_bytes(shown, strlen(shown), 0);
	m->s->shown = sn_arena_strndup(&m->load->snap->arena, shown, strlen(shown));
	rc = m->s->shown ? SN_OK : SN_ENOMEM;
	return rc || !m->raw.proxy_url ? rc
				       : sn_http_ask_url(m->load, m->path, m->node, "proxy_url",
							 &m->s->ask.proxy, proxy);
}

/* Of all about a question: when it changes, what is known of the last answer is void. */
static uint64_t hash_request(const struct sn_fetch_request *ask)
{
	const char *const texts[] = {ask->url,	     ask->username, ask->password, ask->ca_file,
				     ask->cert_file, ask->key_file, ask->proxy};
	uint64_t h = ask->insecure * 2u + ask->stay;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		h = hash_text(texts[i], h);
	}
	for (const char *const *line = ask->headers; *line; line++) {
		h = hash_text(*line, h);
	}
	return h;
}

/* Names the list, also that of the services before it is another, and the file it is kept in. */
static int name_file(struct maker *m, const struct sn_service *before, uint32_t n)
{
	char name[FILE_NAME_MAX];
	unsigned number = 1;

	/* the key of the first of a name, of the second of it, ... */
	m->s->key = sn_hash_mix(m->mark, 2 * number + 1);
	for (uint32_t i = 0; i < n; i++) {
		if (before[i].key == m->s->key) {
			number++;
			m->s->key = sn_hash_mix(m->mark, 2 * number + 1);
		}
	}
	snprintf(name, sizeof(name),
		 number > 1 ? "http_sd-%016llx-%u.json" : "http_sd-%016llx.json",
		 (unsigned long long)m->mark, number);
	m->s->folder = m->load->state_dir;
	m->s->file = sn_arena_strndup(&m->load->snap->arena, name, strlen(name));
	return m->s->file ? SN_OK : SN_ENOMEM;
}

static int finish(struct maker *m)
{
	struct sn_fetch_request *ask = &m->s->ask;
	const char **headers;
	char seconds[32];
	int rc;

	snprintf(seconds, sizeof(seconds), "%.9g",
		 (double)m->raw.refresh_interval_ns / (double)SN_NS_PER_SEC);
	rc = add_header(m, m->path, m->node, "X-Prometheus-Refresh-Interval-Seconds",
			sn_span_str(seconds));
	if (rc) {
		return rc;
	}
	headers = sn_arena_zalloc(&m->load->snap->arena, (m->nheaders + 1) * sizeof(*headers));
	if (!headers) {
		return SN_ENOMEM;
	}
	memcpy(headers, m->headers, m->nheaders * sizeof(*headers));
	ask->headers = headers;
	ask->type = "application/json";
	ask->stay = !m->raw.follow_redirects;
	ask->timeout_ns = m->raw.timeout_ns;
	ask->max = SN_FETCH_MAX;
	m->s->interval_ns = m->raw.refresh_interval_ns;
	m->s->how = hash_request(ask);
	return SN_OK;
}

int sn_http_sd_read(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		    struct sn_service *v, uint32_t n, const struct sn_node **labels)
{
	struct maker m = {.load = load, .path = path, .node = node, .s = &v[n]};
	int rc;

	memset(m.s, 0, sizeof(*m.s));
	if (!sn_options_bind(&load->diag, &sn_level_http_sd, path, node, &m.raw)) {
		return SN_ECONFIG;
	}
	*labels = m.raw.labels;
	rc = read_urls(&m);
	rc = rc ? rc : read_identity(&m);
	rc = rc ? rc : read_headers(&m);
	if (!rc && m.raw.tls) {
		rc = sn_http_ask_tls(load, path, m.raw.tls, &m.s->ask);
	}
	rc = rc ? rc : finish(&m);
	return rc ? rc : name_file(&m, v, n);
}
