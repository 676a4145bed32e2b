/*
 * Equal runs of bytes kept once: the labels of a million targets are few names, and often few
 * values. Called by config/settings.c while a configuration is loaded; what is kept lives in the
 * snapshot, the table ends with the load. Main thread.
 */
#ifndef SN_BASE_INTERN_H
#define SN_BASE_INTERN_H

#include "base/arena.h"

struct sn_intern_slot {
	const void *kept; /* in the arena; NULL: free */
	uint32_t hash;	  /* of the bytes */
	uint32_t n;	  /* bytes */
};

struct sn_intern {
	struct sn_arena *arena;	      /* what is kept */
	struct sn_intern_slot *slots; /* heap */
	uint32_t nslots;	      /* a power of two, or 0 */
	uint32_t used;		      /* of them */
};

/* Empty; all zero but the arena is the same. */
void sn_intern_init(struct sn_intern *t, struct sn_arena *arena);

/* Frees the table; what it kept stays. */
void sn_intern_fini(struct sn_intern *t);

/* n bytes, with a NUL behind them, aligned to 8: those kept before or a copy; NULL: out of memory.
 */
SN_MUST_USE const void *sn_intern_get(struct sn_intern *t, const void *p, size_t n);

#endif
