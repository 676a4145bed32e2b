/*
 * YAML text to a tree of nodes, by libyaml's events. The only file that knows libyaml. Main thread.
 */
#ifndef SN_DOCUMENT_YAML_H
#define SN_DOCUMENT_YAML_H

#include "base/arena.h"
#include "base/span.h"
#include "document/node.h"

enum {
	SN_YAML_DEPTH_MAX = 64,	       /* lists and maps inside each other */
	SN_YAML_ANCHORS_MAX = 1000,    /* anchors of one file */
	SN_YAML_ALIASED_MAX = 1000000, /* nodes that aliases may add to a file */
};

/*
 * Parses one document. Nodes and texts are allocated in arena, places name file. Refused, each with
 * its place: syntax errors, duplicate keys, merge keys, tags, several documents, recursion and
 * oversize through aliases. SN_OK and the root (an empty file has a null root); SN_ECONFIG:
 * reported; SN_ENOMEM.
 */
SN_MUST_USE int sn_yaml_parse(struct sn_arena *arena, const char *file, struct sn_span text,
			      struct sn_diag *d, const struct sn_node **root);

/*
 * The same, but the items of a document that is a list go to items and not into the tree, whose
 * root then is an empty list. Those in front of an error have been taken. From the first anchor on,
 * memory of items is given back at the end only. Also returns what items->take returned.
 */
SN_MUST_USE int sn_yaml_parse_items(struct sn_arena *arena, const char *file, struct sn_span text,
				    struct sn_diag *d, const struct sn_node_items *items,
				    const struct sn_node **root);

#endif
