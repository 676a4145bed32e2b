/*
 * What managers have set on one device: values that take the place of the store's. Empty until the
 * first SET. One thread.
 */
#ifndef SN_AGENT_OVERLAY_H
#define SN_AGENT_OVERLAY_H

#include "agent/store.h"

struct sn_overlay_entry;

struct sn_overlay {
	struct sn_overlay_entry *entry; /* sorted by name */
	uint32_t n;
	uint32_t room;
};

/* Zeroed memory is an empty overlay. */
void sn_overlay_fini(struct sn_overlay *o);

/* Puts the value that was set, if there is one, in the place of the item's. */
void sn_overlay_apply(const struct sn_overlay *o, struct sn_store_item *it);

/* Room for n more names, so that the next n sets cannot fail. SN_ENOMEM. */
SN_MUST_USE int sn_overlay_reserve(struct sn_overlay *o, uint32_t n);

/* Keeps copies of both. SN_ENOMEM: nothing was changed. */
SN_MUST_USE int sn_overlay_set(struct sn_overlay *o, struct sn_span name, const struct sn_value *v);

#endif
