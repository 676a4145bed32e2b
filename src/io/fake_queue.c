/*
 * Datagrams in flight on the scripted network, see fake_queue.h.
 */
#include "io/fake_queue.h"

#include "base/clock.h"
#include "io/fence_int.h"
#include "io/io.h"

#include <stdlib.h>

/* Requests, full answers on Ethernet, anything. */
static const uint32_t pool_bytes[SN_FAKE_POOLS] = {256, 2048, SN_IO_DATAGRAM_MAX};
static const uint32_t pool_chunk[SN_FAKE_POOLS] = {256, 64, 4};

void sn_fake_queue_init(struct sn_fake_queue *q)
{
	*q = (struct sn_fake_queue){.heap = NULL};
	for (unsigned i = 0; i < SN_FAKE_POOLS; i++) {
		sn_slab_init(&q->pool[i], sizeof(struct sn_fake_packet) + pool_bytes[i],
			     pool_chunk[i]);
	}
}

void sn_fake_queue_fini(struct sn_fake_queue *q)
{
	for (unsigned i = 0; i < SN_FAKE_POOLS; i++) {
		sn_slab_fini(&q->pool[i]);
	}
	free(q->heap);
	q->heap = NULL;
	q->n = 0;
}

static bool is_before(const struct sn_fake_entry *a, const struct sn_fake_entry *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static bool grow(struct sn_fake_queue *q)
{
	size_t cap = q->cap ? 2 * q->cap : 1024;
	struct sn_fake_entry *heap = realloc(q->heap, cap * sizeof(*heap));

	if (!heap) {
		return false;
	}
	q->heap = heap;
	q->cap = cap;
	return true;
}

static struct sn_fake_packet *get_packet(struct sn_fake_queue *q, struct sn_span data)
{
	struct sn_fake_packet *pk;
	uint8_t pool = 0;

	while (pool < SN_FAKE_POOLS - 1 && data.n > pool_bytes[pool]) {
		pool++;
	}
	pk = sn_slab_get(&q->pool[pool]);
	if (!pk) {
		return NULL;
	}
	pk->pool = pool;
	pk->len = (uint32_t)data.n;
	if (data.n) {
		memcpy(pk->data, data.p, data.n);
	}
	sn_fence_close(pk->data + data.n, pool_bytes[pool] - data.n);
	return pk;
}

void sn_fake_queue_put(struct sn_fake_queue *q, struct sn_fake_packet *pk)
{
	sn_fence_open(pk->data, pool_bytes[pk->pool]);
	sn_slab_put(&q->pool[pk->pool], pk);
}

bool sn_fake_queue_push(struct sn_fake_queue *q, uint64_t at, bool to_peer,
			const struct sn_addr *from, const struct sn_addr *to, struct sn_span data)
{
	struct sn_fake_entry e = {.at = at, .seq = q->seq};
	size_t i;

	if (data.n > SN_IO_DATAGRAM_MAX || (q->n == q->cap && !grow(q))) {
		return false;
	}
	e.pk = get_packet(q, data);
	if (!e.pk) {
		return false;
	}
	e.pk->from = *from;
	e.pk->to = *to;
	e.pk->to_peer = to_peer;
	q->seq++;
	for (i = q->n++; i > 0 && is_before(&e, &q->heap[(i - 1) / 2]); i = (i - 1) / 2) {
		q->heap[i] = q->heap[(i - 1) / 2];
	}
	q->heap[i] = e;
	return true;
}

uint64_t sn_fake_queue_next(const struct sn_fake_queue *q)
{
	return q->n ? q->heap[0].at : SN_TIME_NEVER;
}

struct sn_fake_packet *sn_fake_queue_pop(struct sn_fake_queue *q)
{
	struct sn_fake_packet *pk = q->heap[0].pk;
	struct sn_fake_entry last = q->heap[--q->n];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= q->n) {
			break;
		}
		if (child + 1 < q->n && is_before(&q->heap[child + 1], &q->heap[child])) {
			child++;
		}
		if (!is_before(&q->heap[child], &last)) {
			break;
		}
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = last;
	return pk;
}
