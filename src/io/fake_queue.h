/*
 * Datagrams in flight on the scripted network: packets from pools, ordered by arrival time and then
 * by the order in which they were sent. Used by fake.c only, single-threaded.
 */
#ifndef SN_IO_FAKE_QUEUE_H
#define SN_IO_FAKE_QUEUE_H

#include "base/addr.h"
#include "base/slab.h"
#include "base/span.h"

struct sn_fake_packet {
	struct sn_addr from; /* source */
	struct sn_addr to;   /* destination */
	uint32_t len;	     /* bytes of data */
	uint8_t pool;	     /* index of the pool it goes back to */
	bool to_peer;	     /* towards a peer; else towards the collector */
	uint8_t data[];	     /* payload */
};

/* In the heap itself, so that ordering touches no packet. */
struct sn_fake_entry {
	uint64_t at;		   /* arrival, mono ns */
	uint64_t seq;		   /* order of sending: decides between equal times */
	struct sn_fake_packet *pk; /* the packet */
};

enum { SN_FAKE_POOLS = 3 };

struct sn_fake_queue {
	struct sn_slab pool[SN_FAKE_POOLS]; /* packets by size */
	struct sn_fake_entry *heap;	    /* binary heap, earliest first */
	size_t n;			    /* entries in the heap */
	size_t cap;			    /* entries there is room for */
	uint64_t seq;			    /* next sequence number */
};

void sn_fake_queue_init(struct sn_fake_queue *q);

/* Frees everything, packets in flight included. */
void sn_fake_queue_fini(struct sn_fake_queue *q);

/* A copy of data on its way, arriving at `at`. False: out of memory, or longer than a datagram can
 * be: it is lost. */
bool sn_fake_queue_push(struct sn_fake_queue *q, uint64_t at, bool to_peer,
			const struct sn_addr *from, const struct sn_addr *to, struct sn_span data);

/* Arrival of the earliest packet, SN_TIME_NEVER when none is in flight. */
uint64_t sn_fake_queue_next(const struct sn_fake_queue *q);

/* Takes the earliest packet out; there must be one. It is the caller's until sn_fake_queue_put. */
struct sn_fake_packet *sn_fake_queue_pop(struct sn_fake_queue *q);

void sn_fake_queue_put(struct sn_fake_queue *q, struct sn_fake_packet *pk);

#endif
