/*
 * The layouts that a worker's port keeps from block to block, one for each schema: what a row costs
 * beyond its values is then paid once and not with each block, which for scalars is one row.
 * Bounded: when it is full, the layouts of other schemas are made for each block. Formats that are
 * no text keep plans of their own here: all entries of one port are of one format. Belongs to one
 * worker.
 */
#ifndef SN_ENCODE_LAYOUTS_H
#define SN_ENCODE_LAYOUTS_H

#include "encode/layout.h"

enum {
	SN_LAYOUTS_MAX = 64,   /* layouts kept */
	SN_LAYOUTS_SLOTS = 128 /* of the hash table, a power of two */
};

/* How each entry begins: a layout, or the plan of a format that is no text. */
struct sn_layouts_entry {
	const struct sn_schema *schema; /* whose it is */
};

/* All zero: nothing is kept yet. */
struct sn_layouts {
	void *slot[SN_LAYOUTS_SLOTS]; /* entries by address of the schema, linear probing */
	uint32_t n;		      /* kept */
};

/* Where the search for a schema begins. */
static inline uint32_t sn_layouts_home(const struct sn_schema *schema)
{
	return (uint32_t)((uint64_t)(uintptr_t)schema * UINT64_C(0x9e3779b97f4a7c15) >> 57) %
	       SN_LAYOUTS_SLOTS;
}

/* The entry kept for a schema, NULL: none. */
static inline const void *sn_layouts_find(const struct sn_layouts *kept,
					  const struct sn_schema *schema)
{
	uint32_t i = sn_layouts_home(schema);

	while (kept->slot[i] &&
	       ((const struct sn_layouts_entry *)kept->slot[i])->schema != schema) {
		i = (i + 1) % SN_LAYOUTS_SLOTS;
	}
	return kept->slot[i];
}

/*
 * Keeps a copy of what lo has of its schema, which is not there yet; not when there is no room or
 * no memory. lo->schema stays the caller's: it must live until sn_layouts_forget.
 */
void sn_layouts_keep(struct sn_layouts *kept, const struct sn_layout *lo);

/*
 * Makes the plan of a schema, which begins as struct sn_layouts_entry and is one piece, in
 * room[0..size), aligned to 8. SN_OK; SN_ESPACE: room is too small.
 */
typedef int sn_layouts_make(void *room, size_t size, const struct sn_schema *schema,
			    const struct sn_encoder_options *opt);

/*
 * The plan of a block's schema: the one that is kept, or made by `make` and kept if there is room
 * (kept may be NULL). What cannot be kept is made in scratch[0..size) or in the block's arena.
 * NULL: no memory.
 */
const void *sn_layouts_get(struct sn_layouts *kept, const struct sn_block *blk,
			   const struct sn_encoder_options *opt, sn_layouts_make *make,
			   void *scratch, size_t size);

/* Forgets and frees all layouts. */
void sn_layouts_forget(struct sn_layouts *kept);

#endif
