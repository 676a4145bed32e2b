/*
 * JSON text to a tree of nodes, see json.h: cJSON judges and unescapes the text, then its tree and
 * the text are walked side by side, value by value, so that every node gets its place. Any thread.
 */
#include "document/json.h"

#include "document/scalar.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

enum { JSON_DEPTH_MAX = 64 };

/* The byte order mark in UTF-8. */
#define BOM "\xef\xbb\xbf"

/* A walk over text that is known to be JSON. */
struct scan {
	struct sn_arena *arena; /* nodes and texts */
	struct sn_diag *diag;	/* messages */
	const char *p;		/* next character */
	const char *end;	/* behind the last */
	struct sn_place at;	/* place of p */
};

/* Moves on by one byte; columns count characters. */
static void step(struct scan *s)
{
	bool last;

	if (s->p == s->end) {
		return;
	}
	last = s->p + 1 == s->end || ((unsigned char)s->p[1] & 0xc0) != 0x80;
	if (*s->p == '\n') {
		s->at.line++;
		s->at.column = 1;
	} else if (last) {
		s->at.column++;
	}
	s->p++;
}

/* What cJSON skips between tokens: more than JSON allows, but it has judged the text already. */
static bool is_space(char c)
{
	return (unsigned char)c <= ' ';
}

/* To the next token; commas and colons carry nothing that the tree does not say. */
static void skip_glue(struct scan *s)
{
	while (s->p < s->end && (is_space(*s->p) || *s->p == ',' || *s->p == ':')) {
		step(s);
	}
}

/* Over a string with its quotes, or a number or word. True when \u0000 is in it. */
static bool skip_scalar(struct scan *s)
{
	bool nul = false;

	if (*s->p != '"') {
		while (s->p < s->end && !is_space(*s->p) && !strchr(",:]}", *s->p)) {
			step(s);
		}
		return false;
	}
	step(s);
	while (s->p < s->end && *s->p != '"') {
		if (*s->p == '\\') {
			nul |= s->end - s->p >= 6 && memcmp(s->p + 1, "u0000", 5) == 0;
			step(s);
		}
		step(s);
	}
	step(s);
	return nul;
}

static struct sn_node *new_node(struct scan *s, enum sn_node_kind kind)
{
	struct sn_node *node = sn_arena_zalloc(s->arena, sizeof(*node));

	if (!node) {
		sn_diag_nomem(s->diag);
		return NULL;
	}
	node->at = s->at;
	node->kind = (uint8_t)kind;
	return node;
}

/* A string (a value or a key, unescaped by cJSON), or any other scalar as written. */
static struct sn_node *scalar(struct scan *s, const char *unescaped)
{
	struct sn_node *node = new_node(s, SN_NODE_SCALAR);
	const char *start = s->p;

	if (!node) {
		return NULL;
	}
	if (skip_scalar(s)) {
		sn_diag_error(s->diag, &node->at, "text must not contain a NUL character");
	}
	if (unescaped && !sn_scalar_is_utf8(unescaped)) {
		sn_diag_error(s->diag, &node->at, "text is not valid UTF-8");
	}
	node->plain = !unescaped;
	node->n = (uint32_t)(unescaped ? strlen(unescaped) : (size_t)(s->p - start));
	node->text = sn_arena_strndup(s->arena, unescaped ? unescaped : start, node->n);
	if (!node->text) {
		sn_diag_nomem(s->diag);
		return NULL;
	}
	return node;
}

static struct sn_node *value(struct scan *s, const cJSON *item, unsigned depth);

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static struct sn_node *container(struct scan *s, const cJSON *item, unsigned depth)
{
	bool map = cJSON_IsObject(item);
	struct sn_node *node = new_node(s, map ? SN_NODE_MAP : SN_NODE_LIST);
	struct sn_node **tail = node ? &node->first : NULL;

	if (!node) {
		return NULL;
	}
	if (depth == JSON_DEPTH_MAX) {
		sn_diag_error(s->diag, &node->at,
			      "nested too deeply (at most %d lists and maps inside each other)",
			      JSON_DEPTH_MAX);
		return NULL;
	}
	step(s);
	for (const cJSON *c = item->child; c; c = c->next) {
		skip_glue(s);
		if (map) {
			*tail = scalar(s, c->string);
			if (!*tail) {
				return NULL;
			}
			tail = &(*tail)->next;
			skip_glue(s);
		}
		*tail = value(s, c, depth + 1);
		if (!*tail) {
			return NULL;
		}
		tail = &(*tail)->next;
		node->n++;
	}
	skip_glue(s);
	step(s);
	if (map) {
		sn_node_check_keys(node, s->diag);
	}
	return node;
}

/* NULL: out of memory, or reported. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static struct sn_node *value(struct scan *s, const cJSON *item, unsigned depth)
{
	if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
		return container(s, item, depth);
	}
	return scalar(s, cJSON_IsString(item) ? item->valuestring : NULL);
}

static void go_to(struct scan *s, const char *where)
{
	while (s->p < s->end && s->p < where) {
		step(s);
	}
}

static int report_syntax(struct scan *s, const char *where)
{
	go_to(s, where);
	if (s->p == s->end) {
		sn_diag_error(s->diag, &s->at, "JSON ends too early");
	} else {
		sn_diag_error(s->diag, &s->at, "not JSON from here on");
	}
	return SN_ECONFIG;
}

static int build(struct scan *s, const cJSON *tree, unsigned depth, const struct sn_node **root)
{
	uint32_t errors = s->diag->errors;

	skip_glue(s);
	*root = value(s, tree, depth);
	if (s->diag->nomem) {
		return SN_ENOMEM;
	}
	return s->diag->errors == errors ? SN_OK : SN_ECONFIG;
}

/* Whether cJSON failed for want of memory, which it does not say; its hooks have no context. */
static _Thread_local bool exhausted;

static void *allocate(size_t n)
{
	void *p = malloc(n);

	exhausted |= !p;
	return p;
}

/* What cJSON read may hold passwords. */
static void wipe_and_free(void *p)
{
	if (p) {
		explicit_bzero(p, malloc_usable_size(p));
	}
	free(p);
}

static void set_hooks(void)
{
	cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = wipe_and_free};

	cJSON_InitHooks(&hooks);
}

/* The text from behind its byte order mark, which is no character of the first line. */
static struct scan begin(struct sn_arena *arena, const char *file, struct sn_span text,
			 struct sn_diag *d)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *start = (const char *)text.p;
	const char *end = start + text.n;

	start += text.n >= 3 && memcmp(start, BOM, 3) == 0 ? 3 : 0;
	exhausted = false;
	pthread_once(&once, set_hooks);
	return (struct scan){arena, d, start, end, {file, 1, 1}};
}

/* One value by cJSON. *stop: behind it, or where it is wrong. SN_ECONFIG: reported. */
static int parse_value(struct scan *s, cJSON **tree, const char **stop)
{
	*stop = s->p;
	*tree = cJSON_ParseWithLengthOpts(s->p, (size_t)(s->end - s->p), stop, 0);
	if (*tree) {
		return SN_OK;
	}
	return exhausted ? SN_ENOMEM : report_syntax(s, *stop ? *stop : s->p);
}

static int parse_whole(struct scan *s, const struct sn_node **root)
{
	const char *stop;
	cJSON *tree;
	int rc = parse_value(s, &tree, &stop);

	if (rc) {
		return rc;
	}
	while (stop < s->end && is_space(*stop)) {
		stop++;
	}
	rc = stop < s->end ? report_syntax(s, stop) : build(s, tree, 0, root);
	cJSON_Delete(tree);
	return rc;
}

static void skip_space(struct scan *s)
{
	while (s->p < s->end && is_space(*s->p)) {
		step(s);
	}
}

/* Over c, if it is next. */
static bool skip_char(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c) {
		return false;
	}
	step(s);
	skip_space(s);
	return true;
}

/* The item that begins here, given to its taker. */
static int pass_item(struct scan *s, const struct sn_node_items *items)
{
	const struct sn_node *node;
	const char *stop;
	cJSON *tree;
	int rc;

	if (s->p == s->end || *s->p == BOM[0]) {
		return report_syntax(s, s->p); /* cJSON would skip the mark in front of any item */
	}
	rc = parse_value(s, &tree, &stop);
	if (rc) {
		return rc;
	}
	rc = build(s, tree, 1, &node);
	cJSON_Delete(tree);
	if (!rc) {
		rc = items->take(items->ctx, node);
	} else if (rc == SN_ECONFIG && node) {
		rc = SN_OK; /* the places behind it are right: look for more */
	}
	sn_arena_reset(s->arena);
	skip_space(s);
	return rc;
}

/* What is between [ and ]. */
static int pass_items(struct scan *s, const struct sn_node_items *items)
{
	int rc;

	if (skip_char(s, ']')) {
		return SN_OK;
	}
	do {
		rc = pass_item(s, items);
	} while (!rc && skip_char(s, ','));
	if (!rc && !skip_char(s, ']')) {
		rc = report_syntax(s, s->p);
	}
	return rc;
}

int sn_json_parse_items(struct sn_arena *arena, const char *file, struct sn_span text,
			struct sn_diag *d, const struct sn_node_items *items,
			const struct sn_node **root)
{
	struct scan s = begin(arena, file, text, d);
	uint32_t errors = d->errors;
	struct sn_arena passing;
	struct sn_node *list;
	int rc;

	skip_space(&s);
	if (s.p == s.end || *s.p != '[') {
		s = begin(arena, file, text, d);
		return parse_whole(&s, root);
	}
	list = new_node(&s, SN_NODE_LIST);
	if (!list) {
		return SN_ENOMEM;
	}
	*root = list;
	sn_arena_init(&passing, arena->pool);
	s.arena = &passing;
	step(&s);
	skip_space(&s);
	rc = pass_items(&s, items);
	sn_arena_reset(&passing);
	if (!rc && s.p < s.end) {
		rc = report_syntax(&s, s.p);
	}
	return !rc && d->errors != errors ? SN_ECONFIG : rc;
}

int sn_json_parse(struct sn_arena *arena, const char *file, struct sn_span text, struct sn_diag *d,
		  const struct sn_node **root)
{
	struct scan s = begin(arena, file, text, d);

	return parse_whole(&s, root);
}
