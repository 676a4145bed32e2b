/*
 * Keeping layouts, see layouts.h. Called by layout.c and port.c on workers' threads, and at the end
 * by whoever frees a port.
 */
#include "encode/layouts.h"

#include <stdlib.h>

_Static_assert(SN_LAYOUTS_MAX < SN_LAYOUTS_SLOTS, "a search ends at an empty slot");
_Static_assert(offsetof(struct sn_layout, schema) == offsetof(struct sn_layouts_entry, schema),
	       "a layout is an entry");

enum { FIRST_SIZE = 4096 }; /* bytes of a plan at the first try */

/* Takes over an entry; there is a free slot. */
static void put(struct sn_layouts *kept, void *entry, const struct sn_schema *schema)
{
	uint32_t i = sn_layouts_home(schema);

	while (kept->slot[i]) {
		i = (i + 1) % SN_LAYOUTS_SLOTS;
	}
	kept->slot[i] = entry;
	kept->n++;
}

void sn_layouts_keep(struct sn_layouts *kept, const struct sn_layout *lo)
{
	size_t values = lo->nvalues * sizeof(*lo->values);
	struct sn_layout *copy;
	uint8_t *names;

	if (kept->n == SN_LAYOUTS_MAX) {
		return;
	}
	copy = malloc(sizeof(*copy) + values + lo->names_len + SN_TEXT_SLACK);
	if (!copy) {
		return;
	}
	*copy = *lo;
	copy->values = (struct sn_layout_piece *)(copy + 1);
	memcpy(copy->values, lo->values, values);
	names = (uint8_t *)copy->values + values;
	memcpy(names, lo->names, lo->names_len);
	memset(names + lo->names_len, 0, SN_TEXT_SLACK);
	copy->names = names;
	copy->text = NULL;
	copy->labels = NULL;
	put(kept, copy, lo->schema);
}

/* Makes a plan that is kept. NULL: no memory. */
static void *make_kept(const struct sn_block *blk, const struct sn_encoder_options *opt,
		       sn_layouts_make *make)
{
	for (size_t size = FIRST_SIZE; size <= UINT32_MAX; size *= 2) {
		void *mem = malloc(size);

		if (!mem) {
			return NULL;
		}
		if (make(mem, size, blk->schema, opt) == SN_OK) {
			return mem;
		}
		free(mem);
	}
	return NULL;
}

const void *sn_layouts_get(struct sn_layouts *kept, const struct sn_block *blk,
			   const struct sn_encoder_options *opt, sn_layouts_make *make,
			   void *scratch, size_t size)
{
	const void *known = kept ? sn_layouts_find(kept, blk->schema) : NULL;
	void *plan = scratch;

	if (known) {
		return known;
	}
	if (kept && kept->n < SN_LAYOUTS_MAX && (plan = make_kept(blk, opt, make))) {
		put(kept, plan, blk->schema);
		return plan;
	}
	plan = scratch;
	while (make(plan, size, blk->schema, opt)) {
		size *= 4;
		plan = size <= UINT32_MAX ? sn_arena_alloc(blk->arena, size) : NULL;
		if (!plan) {
			return NULL;
		}
	}
	return plan;
}

void sn_layouts_forget(struct sn_layouts *kept)
{
	for (uint32_t i = 0; i < SN_LAYOUTS_SLOTS; i++) {
		free(kept->slot[i]);
	}
	memset(kept, 0, sizeof(*kept));
}
