/*
 * Slots: the outstanding requests of a worker, found by the id on the wire. An id is generation (12
 * bits), slot (16 bits) and attempt (3 bits), 31 bits in all: it is the array index, so a look-up
 * costs nothing, and a late answer to an earlier use of the slot shows by its generation. Slots are
 * reused first in, first out; generations start at random and grow by random steps, so ids are
 * unpredictable to outsiders and one comes back only after 255 uses of its slot or more. Ids are at
 * least 2^23 and below 2^31: as a BER INTEGER they always take four octets. One thread.
 */
#ifndef SN_SCHEDULER_SLOT_H
#define SN_SCHEDULER_SLOT_H

#include "base/err.h"
#include "base/rng.h"

#include <stddef.h>

enum {
	SN_SLOT_ATTEMPT_BITS = 3,
	SN_SLOT_BITS = 16,
	SN_SLOT_GENERATION_BITS = 12,
	SN_SLOT_ATTEMPTS = 1 << SN_SLOT_ATTEMPT_BITS,
	SN_SLOT_MAX = 1 << SN_SLOT_BITS,
	SN_SLOT_GENERATION_MIN = 16, /* keeps ids >= 2^23 */
	SN_SLOT_GENERATION_END = 1 << SN_SLOT_GENERATION_BITS
};

struct sn_slot {
	void *owner;	     /* the request, NULL while free */
	uint32_t next;	     /* free list; own index marks the end */
	uint16_t generation; /* of the current or next use */
	uint16_t sequence;   /* unused bits kept zero: 16 bytes a slot */
};

_Static_assert(sizeof(struct sn_slot) == 16, "four slots a cache line");

struct sn_slots {
	struct sn_slot *slot; /* n of them */
	uint32_t n;
	uint32_t used;	    /* slots with an owner */
	uint32_t free_head; /* first to be reused; n: none */
	uint32_t free_tail;
	uint32_t mask;	    /* random, hides the order of slots on the wire */
	struct sn_rng *rng; /* the worker's */
};

/* n: 1 to SN_SLOT_MAX. SN_ENOMEM, SN_EINVAL. */
SN_MUST_USE int sn_slots_init(struct sn_slots *s, uint32_t n, struct sn_rng *rng);

void sn_slots_fini(struct sn_slots *s);

/* Takes the slot that was free longest. Its number, or SN_EFULL. */
SN_MUST_USE int sn_slots_get(struct sn_slots *s, void *owner);

/* Ends the use: answers to it find nothing from now on. */
void sn_slots_put(struct sn_slots *s, uint32_t slot);

/* Request id for an attempt, 0 to 7. */
uint32_t sn_slots_id(const struct sn_slots *s, uint32_t slot, unsigned attempt);

/* The owner an id belongs to and the attempt it carries; NULL: free, another generation, or no id
 * of ours. */
void *sn_slots_find(const struct sn_slots *s, uint32_t id, unsigned *attempt);

/* The owner that sn_slots_find will most likely say; for hints. */
static inline void *sn_slots_guess(const struct sn_slots *s, uint32_t id)
{
	uint32_t slot = ((id >> SN_SLOT_ATTEMPT_BITS) & (SN_SLOT_MAX - 1)) ^ s->mask;

	return slot < s->n ? s->slot[slot].owner : NULL;
}

#endif
