/*
 * What managers have set on one device: values that take the place of the store's. Empty until the
 * first SET. One thread.
 */
#ifndef SN_AGENT_OVERLAY_H
#define SN_AGENT_OVERLAY_H

#include "store/store.h"

struct sn_overlay_entry;

struct sn_overlay {
	struct sn_overlay_entry *entry; /* sorted by name; behind them the staged ones */
	uint32_t n;			/* sorted */
	uint32_t staged;		/* not yet set */
	uint32_t room;			/* entries allocated */
};

/* Zeroed memory is an empty overlay. */
void sn_overlay_fini(struct sn_overlay *o);

/* Puts the value that was set, if there is one, in the place of the item's. */
void sn_overlay_apply(const struct sn_overlay *o, struct sn_store_item *it);

/*
 * Prepares a value to be set and keeps copies of both, so that setting cannot fail: the values of
 * one request are set all or none (RFC 3416 §4.2.5). SN_ENOMEM: this one is not staged.
 */
SN_MUST_USE int sn_overlay_stage(struct sn_overlay *o, struct sn_span name,
				 const struct sn_value *v);

/* Sets what is staged; of two values of one name the later one stays. */
void sn_overlay_commit(struct sn_overlay *o);

/* Forgets what is staged. */
void sn_overlay_cancel(struct sn_overlay *o);

#endif
