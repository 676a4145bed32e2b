/*
 * Keeping layouts, see layouts.h. Called by layout.c and port.c on workers' threads, and at the end
 * by whoever frees a port.
 */
#include "encode/layouts.h"

#include <stdlib.h>

_Static_assert(SN_LAYOUTS_MAX < SN_LAYOUTS_SLOTS, "a search ends at an empty slot");

void sn_layouts_keep(struct sn_layouts *kept, const struct sn_layout *lo)
{
	size_t values = lo->nvalues * sizeof(*lo->values);
	struct sn_layout *copy;
	uint8_t *names;
	uint32_t i;

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
	for (i = sn_layouts_home(lo->schema); kept->slot[i]; i = (i + 1) % SN_LAYOUTS_SLOTS) {
	}
	kept->slot[i] = copy;
	kept->n++;
}

void sn_layouts_forget(struct sn_layouts *kept)
{
	for (uint32_t i = 0; i < SN_LAYOUTS_SLOTS; i++) {
		free(kept->slot[i]);
	}
	memset(kept, 0, sizeof(*kept));
}
