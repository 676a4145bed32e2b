/*
 * The binder: a map of a file and a level of the option table give a filled struct, see options.h.
 * Main thread.
 */
#include "document/options.h"

#include "document/scalar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SUGGEST_WORD_MAX = 48 }; /* longest word that is compared */

const char *sn_path_format(char *out, const struct sn_path *path)
{
	const struct sn_path *frames[16];
	size_t depth = 0;
	size_t n = 0;

	out[0] = '\0';
	for (; path && depth < 16; path = path->up) {
		frames[depth++] = path;
	}
	while (depth > 0 && n < SN_PATH_TEXT_MAX) {
		const struct sn_path *p = frames[--depth];

		if (p->key) {
			n += (size_t)snprintf(out + n, SN_PATH_TEXT_MAX - n, "%s%s", n ? "." : "",
					      p->key);
		} else {
			n += (size_t)snprintf(out + n, SN_PATH_TEXT_MAX - n, "[%u]", p->index);
		}
	}
	if (n && n + 3 <= SN_PATH_TEXT_MAX) {
		memcpy(out + n, ": ", 3);
	}
	return out;
}

void sn_path_error(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node,
		   const char *fmt, ...)
{
	char where[SN_PATH_TEXT_MAX];
	char what[SN_DIAG_LINE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	sn_diag_error(d, &node->at, "%s%s", sn_path_format(where, path), what);
}

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][SUGGEST_WORD_MAX + 1];
	size_t na = strlen(a);
	size_t nb = strlen(b);

	if (na > SUGGEST_WORD_MAX || nb > SUGGEST_WORD_MAX) {
		return SUGGEST_WORD_MAX;
	}
	for (size_t j = 0; j <= nb; j++) {
		rows[0][j] = (unsigned)j;
	}
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			best = above[j] + 1 < best ? above[j] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < best) {
				best = above2[j - 2] + 1;
			}
			row[j] = best;
		}
	}
	return rows[na % 3][nb];
}

/* Keeps the better of two candidates; best is the distance of *word so far. */
static void consider(const char *text, const char *candidate, const char **word, unsigned *best)
{
	unsigned d = distance(text, candidate);

	if (d < *best) {
		*best = d;
		*word = candidate;
	}
}

/* A misspelling differs in a third of its letters at most. */
static unsigned suggest_limit(const char *text)
{
	return (unsigned)strlen(text) / 3 + 2;
}

const char *sn_options_suggest(const char *text, const char *const *words)
{
	unsigned best = suggest_limit(text);
	const char *word = NULL;

	for (; *words; words++) {
		consider(text, *words, &word, &best);
	}
	return word;
}

static void report_unknown(struct sn_diag *d, const struct sn_option_level *level,
			   const struct sn_path *path, const struct sn_node *key)
{
	char quoted[SN_DIAG_QUOTE_MAX];
	char known[SN_OPTION_WHY_MAX];
	unsigned best = suggest_limit(key->text);
	const char *word = NULL;
	size_t n = 0;

	for (unsigned i = 0; i < level->n; i++) {
		consider(key->text, level->rows[i].key, &word, &best);
	}
	sn_diag_quote(quoted, key->text);
	if (word) {
		sn_path_error(d, path, key, "unknown key %s (did you mean \"%s\"?)", quoted, word);
		return;
	}
	for (unsigned i = 0; i < level->n && n < sizeof(known); i++) {
		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "",
				      level->rows[i].key);
	}
	sn_path_error(d, path, key, "unknown key %s (expected %s%s)", quoted,
		      level->n > 1 ? "one of " : "", known);
}

const struct sn_option *sn_options_find(const struct sn_option_level *level, const char *key)
{
	for (unsigned i = 0; i < level->n; i++) {
		if (strcmp(level->rows[i].key, key) == 0) {
			return &level->rows[i];
		}
	}
	return NULL;
}

bool sn_options_is_list(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node)
{
	if (node->kind == SN_NODE_LIST || sn_node_is_null(node)) {
		return true;
	}
	sn_path_error(d, path, node, "expected a list, found %s", sn_node_kind_name(node));
	return false;
}

bool sn_options_is_map(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node)
{
	if (node->kind == SN_NODE_MAP || sn_node_is_null(node)) {
		return true;
	}
	sn_path_error(d, path, node, "expected a map of keys and values, found %s",
		      sn_node_kind_name(node));
	return false;
}

bool sn_options_is_text(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node)
{
	if (node->kind == SN_NODE_SCALAR) {
		return true;
	}
	sn_path_error(d, path, node, "expected text, found %s", sn_node_kind_name(node));
	return false;
}

static bool check_texts(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node)
{
	struct sn_path item = {path, NULL, 0};
	bool ok = true;

	if (!sn_options_is_list(d, path, node)) {
		return false;
	}
	for (const struct sn_node *c = node->first; node->kind == SN_NODE_LIST && c; c = c->next) {
		ok &= sn_options_is_text(d, &item, c);
		item.index++;
	}
	return ok;
}

static bool check_text_map(struct sn_diag *d, const struct sn_path *path,
			   const struct sn_node *node)
{
	bool ok = true;

	if (!sn_options_is_map(d, path, node)) {
		return false;
	}
	for (const struct sn_node *k = node->first; node->kind == SN_NODE_MAP && k;
	     k = k->next->next) {
		struct sn_path item = {path, k->text, 0};

		ok &= sn_options_is_text(d, &item, k->next);
	}
	return ok;
}

static bool bind_scalar(struct sn_diag *d, const struct sn_option *row, const struct sn_path *path,
			const struct sn_node *value, void *dst)
{
	char quoted[SN_DIAG_QUOTE_MAX];
	char why[SN_OPTION_WHY_MAX];

	if (!sn_options_is_text(d, path, value)) {
		return false;
	}
	if (sn_options_parse(row, value->text, dst, why) == SN_OK) {
		return true;
	}
	sn_path_error(d, path, value, "%s %s", sn_diag_quote(quoted, value->text), why);
	return false;
}

/* The value of one known key. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the table's sections */
static bool bind_row(struct sn_diag *d, const struct sn_option *row, const struct sn_path *path,
		     const struct sn_node *key, void *base)
{
	void *dst = (char *)base + row->offset;
	const struct sn_node *value = key->next;
	bool ok;

	switch (row->type) {
	case SN_OPTION_SECTION:
		return sn_options_bind(d, row->child, path, value, base);
	case SN_OPTION_LATER:
		sn_diag_error(d, &key->at, "%s is not supported by this version", row->key);
		return false;
	case SN_OPTION_TEXTS:
		ok = check_texts(d, path, value);
		break;
	case SN_OPTION_TEXT_MAP:
		ok = check_text_map(d, path, value);
		break;
	case SN_OPTION_LIST_OF:
		ok = sn_options_is_list(d, path, value);
		break;
	case SN_OPTION_MAP_OF:
	case SN_OPTION_CHOICE:
		ok = sn_options_is_map(d, path, value);
		break;
	default:
		return bind_scalar(d, row, path, value, dst);
	}
	if (ok) {
		memcpy(dst, &value, sizeof(const struct sn_node *));
	}
	return ok;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the table's sections */
static void set_defaults(const struct sn_option_level *level, void *base)
{
	for (unsigned i = 0; i < level->n; i++) {
		const struct sn_option *row = &level->rows[i];
		char why[SN_OPTION_WHY_MAX];

		if (row->type == SN_OPTION_SECTION) {
			set_defaults(row->child, base);
		} else if (row->type < SN_OPTION_SECTION && row->fallback) {
			int rc = sn_options_parse(row, row->fallback, (char *)base + row->offset,
						  why);

			(void)rc; /* a test parses every default of the table */
		}
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the table's sections */
static bool bind_keys(struct sn_diag *d, const struct sn_option_level *level,
		      const struct sn_path *path, const struct sn_node *map, void *base)
{
	bool ok = true;

	/* enough was said: suggestions for a million more would take seconds */
	for (const struct sn_node *k = map->first; k && !sn_diag_full(d); k = k->next->next) {
		const struct sn_option *row = sn_options_find(level, k->text);
		struct sn_path here = {path, k->text, 0};

		if (!row) {
			report_unknown(d, level, path, k);
			ok = false;
		} else {
			ok &= bind_row(d, row, &here, k, base);
		}
	}
	return ok;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the table's sections */
bool sn_options_bind(struct sn_diag *d, const struct sn_option_level *level,
		     const struct sn_path *path, const struct sn_node *map, void *base)
{
	set_defaults(level, base);
	if (!sn_options_is_map(d, path, map)) {
		return false;
	}
	return map->kind == SN_NODE_MAP ? bind_keys(d, level, path, map, base) : true;
}
