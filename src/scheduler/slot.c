/*
 * Slots and ids, see slot.h. session takes and returns slots on the worker's thread.
 */
#include "scheduler/slot.h"

#include <stdlib.h>

int sn_slots_init(struct sn_slots *s, uint32_t n, struct sn_rng *rng)
{
	if (n == 0 || n > SN_SLOT_MAX) {
		return SN_EINVAL;
	}
	s->slot = calloc(n, sizeof(*s->slot));
	if (!s->slot) {
		return SN_ENOMEM;
	}
	s->n = n;
	s->used = 0;
	s->rng = rng;
	s->mask = (uint32_t)sn_rng_below(rng, SN_SLOT_MAX);
	for (uint32_t i = 0; i < n; i++) {
		s->slot[i].next = i + 1 < n ? i + 1 : i;
		s->slot[i].generation =
			(uint16_t)(SN_SLOT_GENERATION_MIN +
				   sn_rng_below(rng,
						SN_SLOT_GENERATION_END - SN_SLOT_GENERATION_MIN));
	}
	s->free_head = 0;
	s->free_tail = n - 1;
	return SN_OK;
}

void sn_slots_fini(struct sn_slots *s)
{
	free(s->slot);
	s->slot = NULL;
}

int sn_slots_get(struct sn_slots *s, void *owner)
{
	uint32_t i = s->free_head;

	if (s->used == s->n) {
		return SN_EFULL;
	}
	s->free_head = s->slot[i].next;
	s->slot[i].owner = owner;
	s->used++;
	return (int)i;
}

void sn_slots_put(struct sn_slots *s, uint32_t slot)
{
	struct sn_slot *sl = &s->slot[slot];
	uint32_t generation = sl->generation + 1 + (uint32_t)sn_rng_below(s->rng, 16);

	if (generation >= SN_SLOT_GENERATION_END) {
		generation -= SN_SLOT_GENERATION_END - SN_SLOT_GENERATION_MIN;
	}
	sl->generation = (uint16_t)generation;
	sl->owner = NULL;
	sl->next = slot;
	if (s->used == s->n) {
		s->free_head = slot;
	} else {
		s->slot[s->free_tail].next = slot;
	}
	s->free_tail = slot;
	s->used--;
}

uint32_t sn_slots_id(const struct sn_slots *s, uint32_t slot, unsigned attempt)
{
	uint32_t shown = slot ^ s->mask;

	return (uint32_t)s->slot[slot].generation << (SN_SLOT_BITS + SN_SLOT_ATTEMPT_BITS) |
	       shown << SN_SLOT_ATTEMPT_BITS | attempt;
}

void *sn_slots_find(const struct sn_slots *s, uint32_t id, unsigned *attempt)
{
	uint32_t slot = ((id >> SN_SLOT_ATTEMPT_BITS) & (SN_SLOT_MAX - 1)) ^ s->mask;
	uint32_t generation = id >> (SN_SLOT_BITS + SN_SLOT_ATTEMPT_BITS);

	*attempt = id & (SN_SLOT_ATTEMPTS - 1);
	if (slot >= s->n || s->slot[slot].generation != generation) {
		return NULL;
	}
	return s->slot[slot].owner;
}
