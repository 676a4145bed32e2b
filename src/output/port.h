/*
 * Both ends of the way between a worker and a pump, see pump.h: buffers, rings and who may touch
 * what. Private to pump.c (the pump's thread and control) and port.c (workers); docs/CONCURRENCY.md
 * states the memory orders.
 */
#ifndef SN_OUTPUT_PORT_H
#define SN_OUTPUT_PORT_H

#include "base/ring_spsc.h"
#include "encode/layouts.h"
#include "output/pump.h"

#include <pthread.h>

enum { SN_BUFFER_BYTES = 64 * 1024 }; /* of a usual buffer, its head included */

/* Encoded records on their way; belongs to whoever took it out of a ring. */
struct sn_buffer {
	struct sn_buffer *next; /* in the worker's list of idle buffers */
	size_t size; /* bytes of the allocation; above SN_BUFFER_BYTES: made for one large record */
	size_t used; /* bytes of data */
	uint64_t rows;	 /* records in data: rows */
	uint64_t rounds; /* records in data: round records */
	uint8_t data[];	 /* size - sizeof(struct sn_buffer) bytes, whole records */
};

/* What one side counts and every thread may read. */
struct sn_port_counts {
	_Atomic uint64_t rows_encoded;	 /* rows put into buffers */
	_Atomic uint64_t rows_dropped;	 /* rows that found no buffer */
	_Atomic uint64_t rounds_encoded; /* the same for round records */
	_Atomic uint64_t rounds_dropped;
};

/* The rings have cache lines of their own; the rest is the worker's. */
struct sn_port {
	struct sn_ring_spsc full;     /* worker to pump: buffers to write */
	struct sn_ring_spsc back;     /* pump to worker: the same buffers, empty */
	struct sn_pump *pump;	      /* whose port this is; constant */
	struct sn_buffer *cur;	      /* worker: being filled, or NULL */
	struct sn_buffer *idle;	      /* worker: empty ones, last used first */
	uint64_t since;		      /* worker: time of the first flush that saw cur, 0: none */
	size_t in_use;		      /* worker: bytes of cur and of buffers under way */
	struct sn_layouts layouts;    /* worker: of the schemas seen */
	struct sn_port_counts counts; /* written by the worker */
};

enum sn_pump_wake { SN_PUMP_AWAKE, SN_PUMP_ASLEEP };

struct sn_pump {
	struct sn_pump_config cfg; /* constant */
	struct sn_port *ports;	   /* nworkers of them */
	unsigned nworkers;	   /* constant */
	pthread_t thread;	   /* the pump's */

	alignas(64) _Atomic uint32_t wake; /* enum sn_pump_wake; any thread */
	_Atomic uint32_t control;	   /* counts requests below; any thread */
	_Atomic bool stop;		   /* finish what is queued and end */
	_Atomic bool reopen;		   /* reopen the sink */
	_Atomic uint64_t deadline; /* monotonic ns at which patience ends once stop is set */
	_Atomic uint32_t done;	   /* the thread has ended */

	alignas(64) _Atomic uint64_t rows_written; /* written by the pump's thread, from here on */
	_Atomic uint64_t rows_lost;		   /* given up after errors */
	_Atomic uint64_t rounds_written;	   /* the same for round records */
	_Atomic uint64_t rounds_lost;
	_Atomic uint64_t bytes_written; /* taken by the sink */
	_Atomic uint64_t errors;	/* failed writes and flushes */
	_Atomic int state;		/* SN_OK or the sink's error while it lasts */
	uint64_t unflushed_since;	/* thread: time of the first write after a flush, 0: none */
	uint64_t trouble_since;		/* thread: when the sink began to fail, 0: it works */
	bool gave_up;			/* thread: something was lost for good */
};

/* Adds to a counter that only the calling thread writes. */
static inline void sn_port_count(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/* Makes the pump's thread look at its rings and flags if it sleeps. Any thread. */
void sn_pump_nudge(struct sn_pump *pump);

/* One port. SN_ENOMEM. */
SN_MUST_USE int sn_port_init(struct sn_port *port, struct sn_pump *pump);

/* Frees all buffers; neither side runs any more. */
void sn_port_fini(struct sn_port *port);

/* Bytes of buffers that one worker may have under way. */
size_t sn_port_budget(const struct sn_pump_config *cfg);

#endif
