/*
 * Both ends of the way between a worker and a pump, see pump.h: buffers, rings and who may touch
 * what. Private to this folder: port*.c (workers), pump*.c (the pump's thread and control) and the
 * sinks that take messages (the pump's thread); docs/CONCURRENCY.md states the memory orders.
 */
#ifndef SN_OUTPUT_PORT_H
#define SN_OUTPUT_PORT_H

#include "base/list.h"
#include "base/ring_spsc.h"
#include "encode/layouts.h"
#include "output/message.h"
#include "output/pump.h"

#include <pthread.h>

enum {
	SN_BUFFER_BYTES = 64 * 1024, /* of a usual buffer of a stream, its head included */
	SN_BUFFER_HEADS = 4 * 1024   /* a buffer of messages: beside the body of a largest one */
};

/* Encoded records on their way; belongs to whoever took it out of a ring. */
struct sn_buffer {
	struct sn_buffer *next; /* in the worker's list of idle buffers */
	struct sn_port *port;	/* where it comes from and goes back to */
	struct sn_list link;	/* pump, messages: in the list of those under way */
	size_t size;	 /* bytes of the allocation; above port->size: made for one large record */
	size_t used;	 /* bytes of data */
	uint64_t rows;	 /* records in data: rows */
	uint64_t rounds; /* records in data: round records */
	struct sn_spooler *spooler; /* whose it is, for what was read back; NULL: the port's */
	size_t shadowed;  /* pump, spool: octets of messages that it has, or need not have */
	uint64_t since;	  /* pump, spool: Unix ms of the oldest record here that waits, 0: none */
	uint32_t open;	  /* pump, messages: not settled, and one more while it is taken */
	uint32_t padding; /* data is at a multiple of 8 */
	uint8_t data[];	  /* size - sizeof(struct sn_buffer) bytes: whole records, or messages */
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
	size_t size;		      /* bytes of a usual buffer; constant */
	size_t message;		      /* bytes of the largest body of a message; constant */
	size_t budget;		      /* bytes that may be under way; constant */
	size_t ample;		      /* bytes up to which it is not behind; constant */
	bool takes_messages;	      /* what the sink wants; constant */
	bool plain;		      /* a stream that is given all rows; constant */
	size_t likely;		      /* worker: bytes that messages needed of late */
	struct sn_buffer *cur;	      /* worker: being filled, or NULL */
	struct sn_buffer *idle;	      /* worker: empty ones, last used first */
	uint64_t since;		      /* worker: time of the first flush that saw cur, 0: none */
	_Atomic size_t in_use;	      /* bytes of cur and of buffers under way; the worker's, any
					 thread may read it */
	struct sn_layouts layouts;    /* worker: of the schemas seen */
	struct sn_filtered filtered;  /* worker: the same, with a filter */
	struct sn_port_counts counts; /* written by the worker */
	alignas(64) size_t held; /* pump: bytes of buffers taken from full and not given back */
};

enum sn_pump_wake { SN_PUMP_AWAKE, SN_PUMP_ASLEEP };

struct sn_spooler;

struct sn_pump {
	struct sn_pump_config cfg;  /* constant */
	struct sn_port *ports;	    /* nworkers of them */
	unsigned nworkers;	    /* constant */
	bool messages;		    /* its sink takes messages; constant */
	struct sn_spooler *spooler; /* NULL: it has no spool; constant, its owner */
	struct sn_filter *filter;   /* NULL: everything passes; constant */
	pthread_t thread;	    /* the pump's */

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
	_Atomic uint64_t messages_written;
	_Atomic uint64_t messages_lost[SN_LOSSES];
	_Atomic uint64_t lost[SN_LOSSES]; /* rows and round records, by enum sn_loss */
	_Atomic uint64_t rows_waiting;	 /* in the spool, encoded by this process and not settled */
	_Atomic uint64_t rounds_waiting; /* the same for round records */
	_Atomic uint64_t errors;	 /* failed writes and flushes */
	_Atomic int state;		 /* SN_OK or the sink's error while it lasts */
	uint64_t trouble_since;		 /* thread: when the sink began to fail, 0: it works */
	uint64_t told_at;		 /* thread: when such was last logged, 0: never */
	uint64_t told_lost;		 /* thread: rows and round records lost until then */
	uint64_t told_dropped;		 /* thread: and dropped for want of memory */
	bool told;			 /* thread: this trouble was logged */
	bool untold;			 /* thread: error is to be logged */
	bool gave_up;			 /* thread: something was lost for good */
	pthread_mutex_t error_lock;	 /* of error and error_at; cold */
	char error[SN_PUMP_ERROR_MAX];	 /* the sink's last error, "" */
	uint64_t error_at;		 /* Unix ns of it, 0: there was none */

	/* Streams, thread. */
	uint64_t unflushed_since; /* time of the first write after a flush, 0: none */

	/* Messages, thread. */
	struct sn_list under_way; /* buffers that the sink has messages of */
	struct sn_buffer *taking; /* of which it is given messages now, or NULL */
	size_t taken;		  /* bytes of them that it has taken */
	unsigned turn;		  /* worker whose ring is looked at next */
	uint64_t due;		  /* when the sink wants to be called */
};

/* What a port has in use. Any thread. */
static inline size_t sn_port_in_use(const struct sn_port *port)
{
	return atomic_load_explicit(&port->in_use, memory_order_relaxed);
}

/* Adds to a counter that only the calling thread writes. */
static inline void sn_port_count(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/* As sn_port_count, released after what the worker counted: who sees a row as written also sees it
 * as encoded. */
static inline void sn_port_publish(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_release);
}

/* sn_pump_start and sn_pump_stop without the thread: its turns are the caller's to take. */
SN_MUST_USE int sn_pump_new(const struct sn_pump_config *cfg, unsigned nworkers,
			    struct sn_pump **pump);
/* Not the sink. */
void sn_pump_free(struct sn_pump *pump);

/* Makes the pump's thread look at its rings and flags if it sleeps. Any thread. */
void sn_pump_nudge(struct sn_pump *pump);

/* pump.c, on the pump's thread */

/* Counts a failure of the sink, makes it the pump's state and has it logged: of a stream once, of
 * messages as often as sn_pump_tell allows. why: the caller's. */
void sn_pump_trouble(struct sn_pump *pump, int err, const char *why);

/* Logs the last failure that is not logged yet, with what was lost since the last line: one in ten
 * seconds, after a minute of trouble one a minute; last: now. Returns when it is to be called
 * again, as sn_sink_ops.serve. */
uint64_t sn_pump_tell(struct sn_pump *pump, uint64_t now, bool last);

/* The sink works; logged if the trouble was. */
void sn_pump_trouble_over(struct sn_pump *pump);

/* Stopped, and the time for it is over. */
bool sn_pump_out_of_time(const struct sn_pump *pump, uint64_t now);

/* Waits before the next try, less when something is asked of the pump meanwhile: `control` is no
 * longer `seen`. */
void sn_pump_pause(struct sn_pump *pump, uint64_t ns, uint32_t seen);

/* The pump's state. */
static inline int sn_pump_state(const struct sn_pump *pump)
{
	return atomic_load_explicit(&pump->state, memory_order_relaxed);
}

/* pump_stream.c and pump_message.c, on the pump's thread */

/* Reopens the sink if that was asked for. */
void sn_pump_stream_reopen(struct sn_pump *pump);

/* Writes one buffer of each worker; returns whether there was any. */
bool sn_pump_stream_turn(struct sn_pump *pump);

/* Flushes the sink. */
void sn_pump_stream_flush(struct sn_pump *pump);

/* Nothing is queued: flushes what is due. Returns how many ns the thread may sleep. */
uint64_t sn_pump_stream_rest(struct sn_pump *pump);

void sn_pump_message_init(struct sn_pump *pump);

/* Counts a message as delivered. */
void sn_pump_count_written(struct sn_pump *pump, const struct sn_output_message *m);

/* Counts messages as lost. */
void sn_pump_count_lost(struct sn_pump *pump, enum sn_loss why, uint64_t rows, uint64_t rounds,
			uint64_t messages);

/* Ends a message: its buffer goes home with the last one. */
void sn_pump_message_close(struct sn_output_message *m);

/* One thing less to wait for in a buffer. */
void sn_pump_let_go(struct sn_buffer *b);

/* Hands messages to the sink, one buffer of each worker, and lets it settle others. Returns whether
 * there was anything to do. */
bool sn_pump_message_turn(struct sn_pump *pump);

/* Whether the sink still has messages that are not settled, or is offered some. */
bool sn_pump_message_pending(const struct sn_pump *pump);

/* How many ns the thread may sleep. */
uint64_t sn_pump_message_rest(const struct sn_pump *pump);

/* The time to stop is over: all that is left is settled as lost. */
void sn_pump_message_abort(struct sn_pump *pump);

/* port.c, on workers */

/* One port. SN_ENOMEM. */
SN_MUST_USE int sn_port_init(struct sn_port *port, struct sn_pump *pump);

/* Frees all buffers; neither side runs any more. */
void sn_port_fini(struct sn_port *port);

/* A buffer of so many bytes, which counts as in use. NULL: the budget does not allow it, or no
 * memory. */
struct sn_buffer *sn_port_buffer_get(struct sn_port *port, size_t size);

/* Gives back one that was not passed. */
void sn_port_buffer_put(struct sn_port *port, struct sn_buffer *b);

/* Passes a buffer on to the pump. */
void sn_port_pass(struct sn_port *port, struct sn_buffer *b);

/* The same for the current one, if there is anything in it. */
void sn_port_pass_current(struct sn_port *port);

/* Counts records that were put into b, and such that were not put anywhere. */
void sn_port_encoded(struct sn_outputs *outs, struct sn_port *port, struct sn_buffer *b,
		     uint64_t rows, uint64_t rounds);
void sn_port_dropped(struct sn_outputs *outs, struct sn_port *port, uint64_t rows, uint64_t rounds);

/* The buffer that is being filled, a new one if need be. NULL: none is to be had. */
static inline struct sn_buffer *sn_port_current(struct sn_port *port)
{
	if (!port->cur) {
		port->cur = sn_port_buffer_get(port, port->size);
	}
	return port->cur;
}

static inline size_t sn_buffer_room(const struct sn_buffer *b)
{
	return b->size - sizeof(*b) - b->used;
}

/* port_stream.c and port_message.c, on workers: a block's rows, a round record. */
void sn_port_stream_rows(struct sn_outputs *outs, struct sn_port *port, const struct sn_block *blk);
void sn_port_stream_round(struct sn_outputs *outs, struct sn_port *port,
			  const struct sn_round *round);
void sn_port_message_rows(struct sn_outputs *outs, struct sn_port *port,
			  const struct sn_block *blk);
void sn_port_message_round(struct sn_outputs *outs, struct sn_port *port,
			   const struct sn_round *round);

#endif
