/*
 * A hash table with open addressing, see intern.h. Main thread.
 */
#include "base/intern.h"

#include "base/hash.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

void sn_intern_init(struct sn_intern *t, struct sn_arena *arena)
{
	memset(t, 0, sizeof(*t));
	t->arena = arena;
}

void sn_intern_fini(struct sn_intern *t)
{
	free(t->slots);
	t->slots = NULL;
	t->nslots = 0;
	t->used = 0;
}

/* The slot of these bytes, or the free one where they belong. */
static struct sn_intern_slot *find(const struct sn_intern *t, const void *p, uint32_t n,
				   uint32_t hash)
{
	for (uint32_t i = hash;; i++) {
		struct sn_intern_slot *slot = &t->slots[i & (t->nslots - 1)];

		if (!slot->kept ||
		    (slot->hash == hash && slot->n == n && memcmp(slot->kept, p, n) == 0)) {
			return slot;
		}
	}
}

/* Twice the slots. */
static int grow(struct sn_intern *t)
{
	struct sn_intern bigger = {.nslots = t->nslots ? t->nslots * 2 : FIRST_SLOTS};

	bigger.slots = calloc(bigger.nslots, sizeof(*bigger.slots));
	if (!bigger.slots) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < t->nslots; i++) {
		const struct sn_intern_slot *old = &t->slots[i];

		/* all differ, so that the first free one is right */
		for (uint32_t k = old->hash; old->kept; k++) {
			struct sn_intern_slot *slot = &bigger.slots[k & (bigger.nslots - 1)];

			if (!slot->kept) {
				*slot = *old;
				break;
			}
		}
	}
	free(t->slots);
	t->slots = bigger.slots;
	t->nslots = bigger.nslots;
	return SN_OK;
}

const void *sn_intern_get(struct sn_intern *t, const void *p, size_t n)
{
	uint32_t hash = (uint32_t)sn_hash_bytes(p, n, 0);
	struct sn_intern_slot *slot;

	if (n > UINT32_MAX || (t->used >= t->nslots / 4 * 3 && grow(t))) {
		return NULL;
	}
	slot = find(t, p, (uint32_t)n, hash);
	if (!slot->kept) {
		slot->kept = sn_arena_strndup(t->arena, p, n);
		slot->hash = hash;
		slot->n = (uint32_t)n;
		t->used += slot->kept != NULL;
	}
	return slot->kept;
}
