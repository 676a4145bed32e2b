/*
 * The layouts that a worker's port keeps from block to block, one for each schema: what a row costs
 * beyond its values is then paid once and not with each block, which for scalars is one row.
 * Bounded: when it is full, the layouts of other schemas are made for each block. Belongs to one
 * worker.
 */
#ifndef SN_ENCODE_LAYOUTS_H
#define SN_ENCODE_LAYOUTS_H

#include "encode/layout.h"

enum {
	SN_LAYOUTS_MAX = 64,   /* layouts kept */
	SN_LAYOUTS_SLOTS = 128 /* of the hash table, a power of two */
};

/* All zero: nothing is kept yet. */
struct sn_layouts {
	struct sn_layout *slot[SN_LAYOUTS_SLOTS]; /* by address of the schema, linear probing */
	uint32_t n;				  /* kept */
};

/* Where the search for a schema begins. */
static inline uint32_t sn_layouts_home(const struct sn_schema *schema)
{
	return (uint32_t)((uint64_t)(uintptr_t)schema * UINT64_C(0x9e3779b97f4a7c15) >> 57) %
	       SN_LAYOUTS_SLOTS;
}

/* The layout kept for a schema, NULL: none. */
static inline const struct sn_layout *sn_layouts_find(const struct sn_layouts *kept,
						      const struct sn_schema *schema)
{
	uint32_t i = sn_layouts_home(schema);

	while (kept->slot[i] && kept->slot[i]->schema != schema) {
		i = (i + 1) % SN_LAYOUTS_SLOTS;
	}
	return kept->slot[i];
}

/*
 * Keeps a copy of what lo has of its schema, which is not there yet; not when there is no room or
 * no memory. lo->schema stays the caller's: it must live until sn_layouts_forget.
 */
void sn_layouts_keep(struct sn_layouts *kept, const struct sn_layout *lo);

/* Forgets and frees all layouts. */
void sn_layouts_forget(struct sn_layouts *kept);

#endif
