/*
 * Chunked bump memory, see arena.h. Called by config at load time and by collect once per round on
 * the worker's thread.
 */
#include "base/arena.h"

#include "base/fetch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct sn_arena_chunk {
	struct sn_arena_chunk *next; /* next in the arena or in the pool */
	size_t size;		     /* bytes, header included */
};

enum { NEXT_OCTETS = 512 }; /* of a chunk that will be used next: about what a small round takes */

static size_t round_up(size_t n)
{
	return (n + SN_ARENA_ALIGN - 1) & ~(size_t)(SN_ARENA_ALIGN - 1);
}

void sn_arena_pool_init(struct sn_arena_pool *pool, size_t chunk_size)
{
	memset(pool, 0, sizeof(*pool));
	pool->chunk_size = chunk_size < 256 ? 256 : round_up(chunk_size);
}

static void free_chunk(struct sn_arena_pool *pool, struct sn_arena_chunk *c)
{
	pool->held -= c->size;
	free(c);
}

static void free_list(struct sn_arena_pool *pool, struct sn_arena_chunk **list)
{
	while (*list) {
		struct sn_arena_chunk *c = *list;

		*list = c->next;
		free_chunk(pool, c);
	}
}

void sn_arena_pool_fini(struct sn_arena_pool *pool)
{
	free_list(pool, &pool->free);
	for (int i = 0; i < SN_ARENA_CLASSES; i++) {
		free_list(pool, &pool->large[i]);
	}
}

/*
 * The list of idle chunks that have at least *size bytes, which becomes what those have. NULL: such
 * large ones are not kept.
 */
static struct sn_arena_chunk **idle_chunks(struct sn_arena_pool *pool, size_t *size)
{
	if (*size <= pool->chunk_size) {
		*size = pool->chunk_size;
		return &pool->free;
	}
	for (int i = 0; i < SN_ARENA_CLASSES; i++) {
		if (*size <= pool->chunk_size << (i + 1)) {
			*size = pool->chunk_size << (i + 1);
			return &pool->large[i];
		}
	}
	return NULL;
}

void sn_arena_init(struct sn_arena *a, struct sn_arena_pool *pool)
{
	a->pool = pool;
	a->chunks = NULL;
	a->p = NULL;
	a->end = NULL;
}

static struct sn_arena_chunk *chunk_get(struct sn_arena_pool *pool, size_t need)
{
	size_t size = need;
	struct sn_arena_chunk **idle = idle_chunks(pool, &size);
	struct sn_arena_chunk *c = idle ? *idle : NULL;

	if (c) {
		*idle = c->next;
		sn_fetch(*idle, 0, NEXT_OCTETS); /* the next arena's */
		return c;
	}
	c = malloc(size);
	if (!c) {
		return NULL;
	}
	c->size = size;
	pool->held += size;
	return c;
}

/* Opens a fresh chunk that holds n bytes and hands out its start. */
static void *alloc_slow(struct sn_arena *a, size_t n)
{
	struct sn_arena_chunk *c;
	uint8_t *start;

	c = chunk_get(a->pool, n + sizeof(*c));
	if (!c) {
		return NULL;
	}
	start = (uint8_t *)(c + 1);
	if (c->size > a->pool->chunk_size && a->chunks) {
		/* An oversize chunk is full at once: keep filling the current one. */
		c->next = a->chunks->next;
		a->chunks->next = c;
		return start;
	}
	c->next = a->chunks;
	a->chunks = c;
	a->p = start + n;
	a->end = (uint8_t *)c + c->size;
	return start;
}

void *sn_arena_alloc_more(struct sn_arena *a, size_t n)
{
	if (n > SIZE_MAX / 2) {
		return NULL; /* no such memory; below, rounding up and adding a header cannot wrap
			      */
	}
	return alloc_slow(a, round_up(n));
}

void *sn_arena_zalloc(struct sn_arena *a, size_t n)
{
	void *p = sn_arena_alloc(a, n);

	if (p) {
		memset(p, 0, n);
	}
	return p;
}

char *sn_arena_strndup(struct sn_arena *a, const char *s, size_t n)
{
	char *p = sn_arena_alloc(a, n + 1);

	if (p) {
		memcpy(p, s, n);
		p[n] = '\0';
	}
	return p;
}

void sn_arena_reset(struct sn_arena *a)
{
	struct sn_arena_pool *pool = a->pool;

	while (a->chunks) {
		struct sn_arena_chunk *c = a->chunks;
		size_t size = c->size;
		struct sn_arena_chunk **idle = idle_chunks(pool, &size);

		a->chunks = c->next;
		if (idle) {
			c->next = *idle;
			*idle = c;
		} else {
			free_chunk(pool, c);
		}
	}
	a->p = NULL;
	a->end = NULL;
}
