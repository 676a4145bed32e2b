/*
 * Fixed-size objects from chunks that are never returned before the end: jobs, requests, devices of
 * one worker. get/put are a pointer swap; memory grows only while the number in use reaches a new
 * high. One thread only.
 */
#ifndef SN_BASE_SLAB_H
#define SN_BASE_SLAB_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct sn_slab {
	void *free;	    /* first free object; its first word links to the next */
	void *chunks;	    /* malloc'ed chunks; the first word links them */
	size_t obj_size;    /* bytes of one object, multiple of 16 */
	uint32_t per_chunk; /* objects obtained by one malloc */
	uint32_t used;	    /* objects handed out */
	uint32_t total;	    /* objects that exist */
};

/* obj_size in bytes; per_chunk at least 1. Allocates nothing yet. */
void sn_slab_init(struct sn_slab *s, size_t obj_size, uint32_t per_chunk);

/* Frees everything, objects in use included. */
void sn_slab_fini(struct sn_slab *s);

/* An uninitialised object, 16-byte aligned, NULL when memory is exhausted. */
SN_MUST_USE void *sn_slab_get(struct sn_slab *s);

/* Takes back an object that sn_slab_get of the same slab returned. */
void sn_slab_put(struct sn_slab *s, void *obj);

#endif
