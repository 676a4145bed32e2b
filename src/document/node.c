/*
 * Helpers over the tree of a configuration file, see node.h. Main thread.
 */
#include "document/node.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { NODE_SMALL_MAP = 12 }; /* pairs up to which comparing all with all is cheapest */

const struct sn_node *sn_node_find_key(const struct sn_node *map, const char *key)
{
	if (map->kind != SN_NODE_MAP) {
		return NULL;
	}
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		if (strcmp(k->text, key) == 0) {
			return k;
		}
	}
	return NULL;
}

const struct sn_node *sn_node_find(const struct sn_node *map, const char *key)
{
	const struct sn_node *k = sn_node_find_key(map, key);

	return k ? k->next : NULL;
}

bool sn_node_is_null(const struct sn_node *node)
{
	return node->kind == SN_NODE_SCALAR && node->plain &&
	       (node->n == 0 || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

const char *sn_node_kind_name(const struct sn_node *node)
{
	static const char *const names[] = {"text", "a list", "a map"};

	return names[node->kind];
}

static void report_duplicate(const struct sn_node *first, const struct sn_node *again,
			     struct sn_diag *d)
{
	char quoted[SN_DIAG_QUOTE_MAX];

	sn_diag_error(d, &again->at, "duplicate key %s (first at line %u, column %u)",
		      sn_diag_quote(quoted, again->text), first->at.line, first->at.column);
}

static bool earlier(const struct sn_node *a, const struct sn_node *b)
{
	return a->at.line != b->at.line ? a->at.line < b->at.line : a->at.column < b->at.column;
}

static int by_text_and_place(const void *a, const void *b)
{
	const struct sn_node *const *x = a;
	const struct sn_node *const *y = b;
	int c = strcmp((*x)->text, (*y)->text);

	if (c != 0) {
		return c;
	}
	return earlier(*x, *y) ? -1 : 1;
}

static void check_sorted(const struct sn_node *map, struct sn_diag *d)
{
	const struct sn_node **keys = malloc(map->n * sizeof(*keys));
	size_t n = 0;

	if (!keys) {
		sn_diag_nomem(d);
		return;
	}
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		keys[n++] = k;
	}
	qsort(keys, n, sizeof(*keys), by_text_and_place);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(keys[i - 1]->text, keys[i]->text) == 0) {
			report_duplicate(keys[i - 1], keys[i], d);
		}
	}
	free(keys);
}

void sn_node_check_keys(const struct sn_node *map, struct sn_diag *d)
{
	if (map->n > NODE_SMALL_MAP) {
		check_sorted(map, d);
		return;
	}
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		const struct sn_node *first = sn_node_find_key(map, k->text);

		if (first != k) {
			report_duplicate(first, k, d);
		}
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by yaml.c and json.c */
uint64_t sn_node_hash(const struct sn_node *node, uint64_t seed)
{
	uint64_t h = seed + node->kind + 1;

	if (node->kind == SN_NODE_SCALAR) {
		return sn_hash_bytes(node->text, node->n, h);
	}
	for (const struct sn_node *c = node->first; c; c = c->next) {
		h = sn_node_hash(c, h);
	}
	return sn_hash_mix(h ^ node->n, 0xe7037ed1a0b428dbu);
}
