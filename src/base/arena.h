/*
 * Chunked bump memory. A pool owns fixed-size chunks and keeps them for ever; an arena takes chunks
 * from a pool and gives them all back at once. One arena per poll round, one pool per worker: after
 * the first rounds no round allocates (CONVENTIONS 11). Also used for configuration snapshots, with
 * a pool of its own. One thread at a time.
 */
#ifndef SN_BASE_ARENA_H
#define SN_BASE_ARENA_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct sn_arena_chunk;

enum {
	SN_ARENA_CLASSES = 12,
	SN_ARENA_ALIGN = 8 /* of everything handed out */
};

struct sn_arena_pool {
	struct sn_arena_chunk *free;			/* chunks waiting for use, all chunk_size */
	struct sn_arena_chunk *large[SN_ARENA_CLASSES]; /* the same, of chunk_size << 1, << 2, ...
							 */
	size_t chunk_size;				/* bytes of a chunk, header included */
	size_t held; /* bytes obtained from malloc and not returned */
};

struct sn_arena {
	struct sn_arena_pool *pool;    /* where chunks come from */
	struct sn_arena_chunk *chunks; /* in use, newest first */
	uint8_t *p;		       /* next free byte of the newest chunk */
	uint8_t *end;		       /* end of the newest chunk */
};

/* chunk_size: bytes, at least 256. Allocates nothing yet. */
void sn_arena_pool_init(struct sn_arena_pool *pool, size_t chunk_size);

/* Returns all idle chunks to the system. Arenas must have been reset before. */
void sn_arena_pool_fini(struct sn_arena_pool *pool);

void sn_arena_init(struct sn_arena *a, struct sn_arena_pool *pool);

/* sn_arena_alloc where a fresh chunk is needed. */
SN_MUST_USE void *sn_arena_alloc_more(struct sn_arena *a, size_t n);

/*
 * n bytes aligned to 8, uninitialised, valid until the reset; NULL when memory is exhausted. A
 * request larger than a chunk gets a chunk of its own, which the pool keeps as well; beyond
 * chunk_size << SN_ARENA_CLASSES it goes back to the system at reset.
 */
SN_MUST_USE static inline void *sn_arena_alloc(struct sn_arena *a, size_t n)
{
	void *p = a->p;

	/* so many octets are there, and rounded up as well: p and end are multiples of 8 */
	if (n > (size_t)(a->end - a->p) || !p) {
		return sn_arena_alloc_more(a, n);
	}
	a->p += (n + SN_ARENA_ALIGN - 1) & ~(size_t)(SN_ARENA_ALIGN - 1);
	return p;
}

/* As sn_arena_alloc, zeroed. */
SN_MUST_USE void *sn_arena_zalloc(struct sn_arena *a, size_t n);

/* A copy of n bytes with a NUL behind it; NULL when memory is exhausted. */
SN_MUST_USE char *sn_arena_strndup(struct sn_arena *a, const char *s, size_t n);

/* Gives every chunk back to the pool; all pointers into the arena die. */
void sn_arena_reset(struct sn_arena *a);

#endif
