/*
 * Object pools, see slab.h. Called on the worker's thread.
 */
#include "base/slab.h"

#include "base/fetch.h"

#include <stdlib.h>

enum {
	CHUNK_HEADER = 16,
	NEXT_OCTETS = 384 /* at most, of the object that will be taken next */
};

void sn_slab_init(struct sn_slab *s, size_t obj_size, uint32_t per_chunk)
{
	s->free = NULL;
	s->chunks = NULL;
	s->obj_size = (obj_size + 15) & ~(size_t)15;
	s->per_chunk = per_chunk ? per_chunk : 1;
	s->used = 0;
	s->total = 0;
}

void sn_slab_fini(struct sn_slab *s)
{
	while (s->chunks) {
		void *c = s->chunks;

		s->chunks = *(void **)c;
		free(c);
	}
	s->free = NULL;
	s->used = 0;
	s->total = 0;
}

static void *grow(struct sn_slab *s)
{
	uint8_t *c = malloc(CHUNK_HEADER + s->obj_size * s->per_chunk);

	if (!c) {
		return NULL;
	}
	*(void **)(void *)c = s->chunks;
	s->chunks = c;
	for (uint32_t i = s->per_chunk; i-- > 0;) {
		void *obj = c + CHUNK_HEADER + s->obj_size * i;

		*(void **)obj = s->free;
		s->free = obj;
	}
	s->total += s->per_chunk;
	return s->free;
}

void *sn_slab_get(struct sn_slab *s)
{
	void *obj = s->free;

	if (!obj) {
		obj = grow(s);
		if (!obj) {
			return NULL;
		}
	}
	s->free = *(void **)obj;
	sn_fetch(s->free, 0, s->obj_size < NEXT_OCTETS ? s->obj_size : NEXT_OCTETS);
	s->used++;
	return obj;
}

void sn_slab_put(struct sn_slab *s, void *obj)
{
	*(void **)obj = s->free;
	s->free = obj;
	s->used--;
}
