/*
 * Bounded queue of pointers between exactly one producer and one consumer thread: the crossing
 * between a worker and a sink, one ring each way. Head and tail sit on cache lines of their own,
 * each side caches the other's index. Release on publish, acquire on take; no other ordering is
 * needed (docs/CONCURRENCY.md).
 */
#ifndef SN_BASE_RING_SPSC_H
#define SN_BASE_RING_SPSC_H

#include "base/err.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sn_ring_spsc {
	alignas(64) _Atomic uint32_t head; /* next index to take; written by the consumer */
	uint32_t tail_seen;		   /* consumer's last view of tail */
	alignas(64) _Atomic uint32_t tail; /* next index to fill; written by the producer */
	uint32_t head_seen;		   /* producer's last view of head */
	alignas(64) void **slot;	   /* mask + 1 pointers */
	uint32_t mask;			   /* capacity - 1, capacity a power of two */
};

/* capacity is rounded up to a power of two. SN_ENOMEM. */
SN_MUST_USE int sn_ring_spsc_init(struct sn_ring_spsc *r, uint32_t capacity);

void sn_ring_spsc_fini(struct sn_ring_spsc *r);

/* Producer only. False when full. */
static inline bool sn_ring_spsc_push(struct sn_ring_spsc *r, void *p)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - r->head_seen > r->mask) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail - r->head_seen > r->mask) {
			return false;
		}
	}
	r->slot[tail & r->mask] = p;
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

/* Consumer only. NULL when empty. */
static inline void *sn_ring_spsc_pop(struct sn_ring_spsc *r)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	void *p;

	if (head == r->tail_seen) {
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head == r->tail_seen) {
			return NULL;
		}
	}
	p = r->slot[head & r->mask];
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return p;
}

/* Consumer only. How many there are to pop, at least. */
static inline uint32_t sn_ring_spsc_count(const struct sn_ring_spsc *r)
{
	return atomic_load_explicit(&r->tail, memory_order_acquire) -
	       atomic_load_explicit(&r->head, memory_order_relaxed);
}

#endif
