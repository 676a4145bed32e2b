/*
 * Memory that will be needed shortly is fetched, so that nobody waits for it then. A worker has
 * thousands of requests under way and comes back to each when it is long out of the caches. Hints
 * only: any address is allowed, nothing is read or written.
 */
#ifndef SN_BASE_FETCH_H
#define SN_BASE_FETCH_H

#include <stddef.h>
#include <stdint.h>

enum { SN_FETCH_LINE = 64 }; /* octets that come at a time */

/* The lines of so many octets from p on, the first `before` octets in front of it. */
static inline void sn_fetch(const void *p, size_t before, size_t octets)
{
	uintptr_t at = (uintptr_t)p - before;

	for (size_t i = 0; i < before + octets; i += SN_FETCH_LINE) {
		__builtin_prefetch((const void *)(at + i), 1);
	}
}

#endif
