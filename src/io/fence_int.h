/*
 * Under AddressSanitizer: bytes of a pooled buffer beyond the datagram in it may not be touched, so
 * that a parser that reads past the end, or a writer that leaves its reservation, is caught
 * although the buffer is larger. Nothing in other builds. Inside src/io only; any thread.
 */
#ifndef SN_IO_FENCE_INT_H
#define SN_IO_FENCE_INT_H

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SN_FENCE_ON 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SN_FENCE_ON 1
#endif

#ifdef SN_FENCE_ON
#include <sanitizer/asan_interface.h>
#endif

/* Forbids n bytes from p on. */
static inline void sn_fence_close(const void *p, size_t n)
{
#ifdef SN_FENCE_ON
	__asan_poison_memory_region(p, n);
#else
	(void)p;
	(void)n;
#endif
}

/* Allows them again. */
static inline void sn_fence_open(const void *p, size_t n)
{
#ifdef SN_FENCE_ON
	__asan_unpoison_memory_region(p, n);
#else
	(void)p;
	(void)n;
#endif
}

#endif
