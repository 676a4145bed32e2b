/*
 * Locked memory for secrets, see keys.h. Called by config for users' keys and by session for
 * engines, each on its own thread.
 */
#include "usm/keys.h"

#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

/* Chunks grow with the pool: a handful of users must not take all that may be locked, a hundred
 * thousand engines not ten thousand mappings. */
enum { CHUNK_MIN = 16 * 1024, CHUNK_MAX = 256 * 1024 };

/* At the front of each chunk. */
struct chunk {
	struct chunk *next; /* older chunk */
	size_t size;	    /* bytes mapped */
};

_Static_assert(sizeof(struct chunk) == 16, "objects behind a chunk's header are not aligned");

void sn_keys_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

void sn_keys_init(struct sn_keys *k, size_t obj_size)
{
	memset(k, 0, sizeof(*k));
	k->obj_size = (obj_size + 15) & ~(size_t)15;
}

void sn_keys_fini(struct sn_keys *k)
{
	while (k->chunks) {
		struct chunk *c = k->chunks;
		size_t size = c->size;

		k->chunks = c->next;
		sn_keys_wipe(c, size);
		(void)munmap(c, size);
	}
	k->free = NULL;
	k->used = 0;
	k->total = 0;
	k->unlocked = 0;
}

/* Bytes of the next chunk: as much as there is already, within bounds, room for one object. */
static size_t chunk_size(const struct sn_keys *k)
{
	const struct chunk *last = k->chunks;
	size_t size = last ? last->size * 2 : CHUNK_MIN;

	if (size > CHUNK_MAX) {
		size = CHUNK_MAX;
	}
	while (size < sizeof(struct chunk) + k->obj_size) {
		size *= 2;
	}
	return size;
}

/* The first free object of one more chunk; NULL when memory is exhausted. */
static void *grow(struct sn_keys *k)
{
	size_t size = chunk_size(k);
	size_t count = (size - sizeof(struct chunk)) / k->obj_size;
	struct chunk *c =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED) {
		return NULL;
	}
	/* Each is as good as the system allows; only the lock depends on a limit. */
	(void)madvise(c, size, MADV_DONTDUMP);
	(void)madvise(c, size, MADV_DONTFORK);
	if (mlock(c, size)) {
		k->unlocked++;
	}
	c->next = k->chunks;
	c->size = size;
	k->chunks = c;
	for (size_t i = count; i-- > 0;) {
		void *obj = (uint8_t *)(c + 1) + i * k->obj_size;

		*(void **)obj = k->free;
		k->free = obj;
	}
	k->total += (uint32_t)count;
	return k->free;
}

void *sn_keys_get(struct sn_keys *k)
{
	void *obj = k->free ? k->free : grow(k);

	if (!obj) {
		return NULL;
	}
	k->free = *(void **)obj;
	*(void **)obj = NULL;
	k->used++;
	return obj;
}

void sn_keys_put(struct sn_keys *k, void *obj)
{
	if (!obj) {
		return;
	}
	sn_keys_wipe(obj, k->obj_size);
	*(void **)obj = k->free;
	k->free = obj;
	k->used--;
}
