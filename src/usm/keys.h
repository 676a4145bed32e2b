/*
 * Locked memory for secrets: equal objects from pages that are not swapped out, not dumped and not
 * inherited by a child (mlock, MADV_DONTDUMP, MADV_DONTFORK), each wiped when it is put back. Where
 * RLIMIT_MEMLOCK is too small for all, the rest is kept in pages that are not locked, and that can
 * be asked. One thread per pool.
 */
#ifndef SN_USM_KEYS_H
#define SN_USM_KEYS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sn_keys {
	void *free;	   /* first free object; its first word links to the next */
	void *chunks;	   /* mapped chunks; the first word links them */
	size_t obj_size;   /* bytes of one object, multiple of 16 */
	uint32_t used;	   /* objects handed out */
	uint32_t total;	   /* objects that exist */
	uint32_t unlocked; /* chunks that could not be locked */
};

/* obj_size in bytes. Maps nothing yet. */
void sn_keys_init(struct sn_keys *k, size_t obj_size);

/* Wipes and unmaps everything, objects in use included. */
void sn_keys_fini(struct sn_keys *k);

/* A zeroed object, 16-byte aligned; NULL when memory is exhausted. */
SN_MUST_USE void *sn_keys_get(struct sn_keys *k);

/* Wipes an object that sn_keys_get of the same pool returned and takes it back. NULL is harmless.
 */
void sn_keys_put(struct sn_keys *k, void *obj);

/* Overwrites n octets in a way that no optimizer drops. */
void sn_keys_wipe(void *p, size_t n);

#endif
