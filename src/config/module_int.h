/*
 * The parts of the reader of modules among themselves: module_read.c has the structure,
 * module_types.c the types and what belongs to them. On the thread of a load.
 */
#ifndef SN_CONFIG_MODULE_INT_H
#define SN_CONFIG_MODULE_INT_H

#include "config/load.h"

/* One module being read. */
struct sn_module_reader {
	struct sn_load *load;	/* messages */
	struct sn_diag *diag;	/* the same */
	struct sn_arena *arena; /* what is made */
	bool used;		/* a target uses the module; else it is only checked */
};

/* The innermost place: path and node of the map whose keys are looked at. */
struct sn_module_place {
	const struct sn_path *path; /* for messages */
	const struct sn_node *node; /* the map itself */
};

/* n octets, zeroed; NULL after the lack of memory was noted. */
void *sn_module_make(struct sn_module_reader *r, size_t n);

/* A copy of a text; NULL after the lack of memory was noted. */
const char *sn_module_keep(struct sn_module_reader *r, const char *text);

/* Reports an error at a key, or at its map when the key is not written. */
void sn_module_error(struct sn_module_reader *r, struct sn_module_place at, const char *key,
		     const char *what);

/* Items of a list, or keys of a map; 0 for what is none. */
static inline uint32_t sn_module_count(const struct sn_node *list)
{
	return list && list->kind != SN_NODE_SCALAR ? list->n : 0;
}

static inline const struct sn_node *sn_module_items(const struct sn_node *list)
{
	return list && list->kind != SN_NODE_SCALAR ? list->first : NULL;
}

/* An OID in numbers, empty after an error was reported. */
struct sn_span sn_module_oid(struct sn_module_reader *r, const struct sn_path *path,
			     const struct sn_node *node, const char *text);

/* A list of them. */
const struct sn_span *sn_module_oids(struct sn_module_reader *r, const struct sn_path *up,
				     const char *key, const struct sn_node *list, uint32_t *n);

/* module_types.c */

/* enum_values: number to name, sorted by number. */
const struct sn_enum_name *sn_module_enums(struct sn_module_reader *r, struct sn_module_place at,
					   const struct sn_node *map, uint32_t *n);

/* The kind of an index label of this type. */
enum sn_kind sn_module_index_kind(struct sn_module_reader *r, struct sn_module_place at, int type);

/*
 * How values of a metric or look-up are meant. type: -1: not given, which is an error when it is
 * `needed`, else OctetString. pattern and hint: as written, may be NULL or empty.
 */
void sn_module_type(struct sn_module_reader *r, struct sn_module_place at, int type, bool needed,
		    const char *pattern, const char *hint, const struct sn_node *enums,
		    struct sn_module_type *out);

/* regex_extracts. name: of the metric. */
void sn_module_extracts(struct sn_module_reader *r, struct sn_module_place at,
			const struct sn_node *map, struct sn_module_metric *m);

/* filters of a module. */
void sn_module_filters(struct sn_module_reader *r, struct sn_module_place at,
		       const struct sn_node *list, struct sn_module *m);

#endif
