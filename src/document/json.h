/*
 * JSON text to a tree of nodes, by cJSON. The only file that knows cJSON. Any thread.
 */
#ifndef SN_DOCUMENT_JSON_H
#define SN_DOCUMENT_JSON_H

#include "base/arena.h"
#include "base/span.h"
#include "document/node.h"

/*
 * As sn_yaml_parse. Numbers and truth values become plain scalars as they are written, null a null.
 * cJSON says where a syntax error is, but not where values are: their places come from a second
 * look at the text.
 */
SN_MUST_USE int sn_json_parse(struct sn_arena *arena, const char *file, struct sn_span text,
			      struct sn_diag *d, const struct sn_node **root);

/* As sn_yaml_parse_items. */
SN_MUST_USE int sn_json_parse_items(struct sn_arena *arena, const char *file, struct sn_span text,
				    struct sn_diag *d, const struct sn_node_items *items,
				    const struct sn_node **root);

#endif
