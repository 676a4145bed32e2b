/*
 * Schemas and their numbers, see registry.h: POST <url>/subjects/<subject>/versions with
 * {"schema": "<text>"}, answered by {"id": <number>}.
 */
#include "registry/registry.h"

#include "document/json.h"
#include "document/scalar.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEDIA_TYPE "application/vnd.schemaregistry.v1+json"

enum { ANSWER_MAX = 65536, CHUNK = 4096 };

/* Octets that a URL may hold as they are (RFC 3986 §2.3). */
static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

/* The URL of a subject's versions; NULL: no memory. */
static char *make_url(struct sn_arena *arena, const char *base, const char *subject)
{
	static const char middle[] = "/subjects/";
	static const char last[] = "/versions";
	size_t n = strlen(base);
	size_t room = n + sizeof(middle) + 3 * strlen(subject) + sizeof(last);
	char *url = sn_arena_alloc(arena, room);
	char *p;

	if (!url) {
		return NULL;
	}
	while (n > 0 && base[n - 1] == '/') {
		n--;
	}
	p = url + snprintf(url, room, "%.*s%s", (int)n, base, middle);
	for (; *subject; subject++) {
		if (is_unreserved(*subject)) {
			*p++ = *subject;
		} else {
			p += snprintf(p, 4, "%%%02X", (unsigned)(uint8_t)*subject);
		}
	}
	memcpy(p, last, sizeof(last));
	return url;
}

/* The request's body; NULL: no memory. */
static char *make_body(struct sn_arena *arena, const char *text)
{
	static const char first[] = "{\"schema\":\"";
	char *body = sn_arena_alloc(arena, sizeof(first) + 2 * strlen(text) + sizeof("\"}"));
	char *p = body;

	if (!body) {
		return NULL;
	}
	memcpy(p, first, sizeof(first) - 1);
	p += sizeof(first) - 1;
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') {
			*p++ = '\\';
		}
		*p++ = *text;
	}
	memcpy(p, "\"}", sizeof("\"}"));
	return body;
}

/* What the JSON reader finds wrong with an answer is of no use to anybody. */
static void ignore(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

/* The number in an answer, 0: there is none. SN_ENOMEM. */
static int read_id(struct sn_arena *arena, struct sn_span answer, uint32_t *id)
{
	struct sn_diag diag = {.report = ignore};
	const struct sn_node *root = NULL;
	const struct sn_node *node;
	int64_t number = 0;

	*id = 0;
	if (sn_json_parse(arena, "answer", answer, &diag, &root) == SN_ENOMEM || diag.nomem) {
		return SN_ENOMEM;
	}
	if (diag.errors || !root || root->kind != SN_NODE_MAP) {
		return SN_OK;
	}
	node = sn_node_find(root, "id");
	if (node && node->kind == SN_NODE_SCALAR && node->plain &&
	    sn_scalar_int(node->text, &number) == SN_OK && number > 0 && number <= INT32_MAX) {
		*id = (uint32_t)number;
	}
	return SN_OK;
}

/* What came of one question. SN_OK, SN_EIO, SN_ENOMEM. */
static int judge(struct sn_arena *arena, const struct sn_fetch *f, struct sn_registry_schema *s)
{
	if (f->rc) {
		snprintf(s->why, sizeof(s->why), "%s", f->why);
		return f->rc;
	}
	if (read_id(arena, sn_span_make(f->body, f->n), &s->id)) {
		return SN_ENOMEM;
	}
	if (s->id == 0) {
		snprintf(s->why, sizeof(s->why), "the answer has no number of a schema");
		return SN_EIO;
	}
	return SN_OK;
}

static int ask(struct sn_arena *arena, const struct sn_registry *where,
	       struct sn_registry_schema *v, unsigned n, const _Atomic bool *cancel)
{
	static const char *const headers[] = {"Content-Type: " MEDIA_TYPE, NULL};
	struct sn_fetch_request requests[SN_REGISTRY_MOST];
	struct sn_fetch *fetches = sn_arena_zalloc(arena, n * sizeof(*fetches));
	int rc = fetches ? SN_OK : SN_ENOMEM;

	for (unsigned i = 0; i < n && !rc; i++) {
		requests[i] =
			(struct sn_fetch_request){.url = make_url(arena, where->url, v[i].subject),
						  .headers = headers,
						  .post = make_body(arena, v[i].text),
						  .username = where->username,
						  .password = where->password,
						  .ca_file = where->ca_file,
						  .cert_file = where->cert_file,
						  .key_file = where->key_file,
						  .type = MEDIA_TYPE,
						  .insecure = where->insecure,
						  .stay = true,
						  .timeout_ns = where->timeout_ns,
						  .max = ANSWER_MAX};
		fetches[i].request = &requests[i];
		rc = requests[i].url && requests[i].post ? SN_OK : SN_ENOMEM;
	}
	rc = rc ? rc : sn_fetch_run(fetches, n, cancel);
	if (rc) {
		return rc;
	}
	for (unsigned i = 0; i < n; i++) {
		int one = judge(arena, &fetches[i], &v[i]);

		rc = rc == SN_OK || one == SN_ENOMEM ? one : rc;
		free(fetches[i].body);
	}
	return rc;
}

int sn_registry_register(const struct sn_registry *where, struct sn_registry_schema *v, unsigned n,
			 const _Atomic bool *cancel)
{
	struct sn_arena_pool pool;
	struct sn_arena arena;
	int rc;

	assert(n <= SN_REGISTRY_MOST);
	for (unsigned i = 0; i < n; i++) {
		v[i].id = 0;
		v[i].why[0] = '\0';
	}
	sn_arena_pool_init(&pool, CHUNK);
	sn_arena_init(&arena, &pool);
	rc = ask(&arena, where, v, n, cancel);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	return rc;
}
