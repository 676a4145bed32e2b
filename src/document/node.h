/*
 * The tree that YAML and JSON files become before anything is made of it: scalars, lists and maps,
 * each with its place in the file. Built by yaml.c and json.c in the arena of one load, read-only
 * afterwards, gone when the load ends. Aliases share children, so a tree may be a DAG; its expanded
 * size is bounded by yaml.c. Main thread.
 */
#ifndef SN_DOCUMENT_NODE_H
#define SN_DOCUMENT_NODE_H

#include "document/diag.h"

#include <stddef.h>

enum sn_node_kind { SN_NODE_SCALAR, SN_NODE_LIST, SN_NODE_MAP };

struct sn_node {
	struct sn_place at;   /* first character */
	struct sn_node *next; /* next item; the children of a map are key, value, key, value, ... */
	union {
		const char *text;      /* scalar: NUL-terminated, no NUL inside */
		struct sn_node *first; /* list or map: first child, NULL when empty */
	};
	uint32_t n;	 /* scalar: bytes; list: items; map: pairs */
	uint32_t weight; /* nodes of the subtree with aliases expanded; used while building */
	uint8_t kind;	 /* enum sn_node_kind */
	uint8_t height;	 /* lists and maps inside each other below and with this node */
	bool plain;	 /* scalar without quotes: may be a null */
};

/*
 * Takes the items of the list that a whole file is, one by one: a file of a million items needs the
 * memory of one. An item is gone when take returns; what it returns but SN_OK ends the reading.
 */
struct sn_node_items {
	int (*take)(void *ctx, const struct sn_node *item); /* for each, in order */
	void *ctx;					    /* its first argument */
};

/* The value under a key of a map, NULL when there is none (or map is not a map). */
const struct sn_node *sn_node_find(const struct sn_node *map, const char *key);

/* The key node itself, for messages. */
const struct sn_node *sn_node_find_key(const struct sn_node *map, const char *key);

/* Nothing after the colon, ~ or null. */
bool sn_node_is_null(const struct sn_node *node);

/* "text", "a list" or "a map". */
const char *sn_node_kind_name(const struct sn_node *node);

/* Reports every key that occurs twice in one map. */
void sn_node_check_keys(const struct sn_node *map, struct sn_diag *d);

/* Hash of everything below node: texts, kinds and order, not places. */
uint64_t sn_node_hash(const struct sn_node *node, uint64_t seed);

#endif
