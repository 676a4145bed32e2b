/*
 * Receive buffers of one worker: a fixed number of equal buffers, each large enough for any UDP
 * datagram. Used by both kernel back ends.
 *
 * Only the pages that datagrams really touch become resident. The distance between buffers is no
 * multiple of a page: otherwise the first bytes of all buffers, the only ones that small answers
 * touch, would compete for the same few sets of the cache.
 */
#ifndef SN_IO_BUFPOOL_H
#define SN_IO_BUFPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
	/* 128 bytes in front for the header, address and ancillary data that io_uring writes there,
	   then the largest datagram. */
	SN_BUFPOOL_SIZE = 128 + 65536,
	SN_BUFPOOL_STRIDE = SN_BUFPOOL_SIZE + 64,
	SN_BUFPOOL_MIN = 64,
};

_Static_assert(SN_BUFPOOL_STRIDE % 4096 != 0 && (SN_BUFPOOL_STRIDE / 64) % 2 == 1,
	       "an odd number of cache lines walks through all sets");

struct sn_bufpool {
	uint8_t *mem;	/* count * SN_BUFPOOL_STRIDE bytes of address space */
	unsigned count; /* buffers */
};

/* A power of two of buffers, not fewer than SN_BUFPOOL_MIN; at_least is at most 2^31. SN_ENOMEM. */
SN_MUST_USE int sn_bufpool_init(struct sn_bufpool *pool, unsigned at_least);

void sn_bufpool_fini(struct sn_bufpool *pool);

/* SN_BUFPOOL_SIZE bytes; i < count. */
static inline uint8_t *sn_bufpool_at(const struct sn_bufpool *pool, unsigned i)
{
	return pool->mem + (size_t)i * SN_BUFPOOL_STRIDE;
}

#endif
