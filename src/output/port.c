/*
 * The workers' side of pumps, see pump.h: buffers, budgets, and what of a worker goes to which
 * output; how records are put into buffers is in port_stream.c and port_message.c. Runs on workers;
 * never waits, and allocates only while the number of buffers under way reaches a new high.
 */
#include "output/port.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>

enum {
	DEFAULT_BUDGET = 32 * 1024 * 1024, /* bytes, when the configuration says 0 */
	DEFAULT_MESSAGE = 512 * 1024,	   /* the same, of a message's body */
	MIN_BUFFERS = 2			   /* one is filled while the other is written */
};

enum { MANY_BUFFERS = 3 }; /* under way: a sink of messages has no use for more yet */

static const uint64_t max_age = 100 * SN_NS_PER_MS; /* of a record in a buffer that is not full */

/* The ports of one worker. */
struct sn_outputs {
	struct sn_counters *counters; /* the worker's */
	unsigned n;		      /* ports */
	struct sn_port *port[];	      /* one of each pump */
};

/* Any message that is not by itself too large has room in an empty buffer. */
static size_t usual_size(const struct sn_pump_config *cfg)
{
	size_t body = cfg->message_bytes ? cfg->message_bytes : DEFAULT_MESSAGE;

	if (!sn_sink_takes_messages(cfg->sink) || body + SN_BUFFER_HEADS < SN_BUFFER_BYTES) {
		return SN_BUFFER_BYTES;
	}
	return body + SN_BUFFER_HEADS;
}

int sn_port_init(struct sn_port *port, struct sn_pump *pump)
{
	size_t wanted = pump->cfg.buffer_bytes ? pump->cfg.buffer_bytes : DEFAULT_BUDGET;
	uint32_t most;
	int err;

	port->pump = pump;
	port->takes_messages = sn_sink_takes_messages(pump->cfg.sink);
	port->plain = !port->takes_messages && pump->cfg.rows && !pump->filter;
	port->size = usual_size(&pump->cfg);
	port->message = pump->cfg.message_bytes ? pump->cfg.message_bytes : DEFAULT_MESSAGE;
	port->budget = wanted > MIN_BUFFERS * port->size ? wanted : MIN_BUFFERS * port->size;
	port->ample = port->budget / 4 * 3;
	/* Every buffer under way has at least the usual size: no ring can overflow. */
	most = (uint32_t)(port->budget / port->size);
	err = sn_ring_spsc_init(&port->full, most);
	return err ? err : sn_ring_spsc_init(&port->back, most);
}

void sn_port_fini(struct sn_port *port)
{
	struct sn_buffer *b;

	while (port->back.slot && (b = sn_ring_spsc_pop(&port->back))) {
		free(b);
	}
	while ((b = port->idle)) {
		port->idle = b->next;
		free(b);
	}
	free(port->cur);
	sn_layouts_forget(&port->layouts);
	sn_filtered_forget(&port->filtered);
	sn_ring_spsc_fini(&port->full);
	sn_ring_spsc_fini(&port->back);
}

/* More, or with a negative number fewer, bytes are in use. */
static void use(struct sn_port *port, ptrdiff_t bytes)
{
	atomic_store_explicit(&port->in_use, sn_port_in_use(port) + (size_t)bytes,
			      memory_order_relaxed);
}

/* Takes back what the sink is done with. */
static void reclaim(struct sn_port *port)
{
	struct sn_buffer *b;

	while ((b = sn_ring_spsc_pop(&port->back))) {
		use(port, -(ptrdiff_t)b->size);
		if (b->size > port->size) {
			free(b);
		} else {
			b->next = port->idle;
			port->idle = b;
		}
	}
}

struct sn_buffer *sn_port_buffer_get(struct sn_port *port, size_t size)
{
	struct sn_buffer *b = NULL;

	reclaim(port);
	if (size > port->budget - sn_port_in_use(port)) {
		return NULL;
	}
	if (size == port->size && port->idle) {
		b = port->idle;
		port->idle = b->next;
	} else {
		b = malloc(size);
	}
	if (b) {
		b->port = port;
		b->size = size;
		b->used = 0;
		b->rows = 0;
		b->rounds = 0;
		b->spooler = NULL;
		b->shadowed = 0;
		b->since = 0;
		use(port, (ptrdiff_t)size);
	}
	return b;
}

void sn_port_buffer_put(struct sn_port *port, struct sn_buffer *b)
{
	use(port, -(ptrdiff_t)b->size);
	free(b);
}

void sn_port_pass(struct sn_port *port, struct sn_buffer *b)
{
	bool pushed = sn_ring_spsc_push(&port->full, b);

	assert(pushed); /* see sn_port_init */
	(void)pushed;
	sn_pump_nudge(port->pump);
}

void sn_port_pass_current(struct sn_port *port)
{
	struct sn_buffer *b = port->cur;

	if (b && b->used) {
		port->cur = NULL;
		port->since = 0;
		sn_port_pass(port, b);
	}
}

void sn_port_encoded(struct sn_outputs *outs, struct sn_port *port, struct sn_buffer *b,
		     uint64_t rows, uint64_t rounds)
{
	b->rows += rows;
	b->rounds += rounds;
	sn_port_count(&port->counts.rows_encoded, rows);
	sn_port_count(&port->counts.rounds_encoded, rounds);
	sn_counter_add(outs->counters, SN_C_ROWS, rows);
}

void sn_port_dropped(struct sn_outputs *outs, struct sn_port *port, uint64_t rows, uint64_t rounds)
{
	sn_port_count(&port->counts.rows_dropped, rows);
	sn_port_count(&port->counts.rounds_dropped, rounds);
	sn_counter_add(outs->counters, SN_C_ROWS_DROPPED, rows);
	sn_counter_add(outs->counters, SN_C_ROUNDS_DROPPED, rounds);
}

int sn_outputs_new(struct sn_pump *const *pumps, unsigned n, unsigned worker,
		   struct sn_counters *counters, struct sn_outputs **outs)
{
	struct sn_outputs *o = calloc(1, sizeof(*o) + n * sizeof(o->port[0]));

	if (!o) {
		return SN_ENOMEM;
	}
	o->counters = counters;
	o->n = n;
	for (unsigned i = 0; i < n; i++) {
		assert(worker < pumps[i]->nworkers);
		o->port[i] = &pumps[i]->ports[worker];
	}
	*outs = o;
	return SN_OK;
}

void sn_outputs_free(struct sn_outputs *outs)
{
	if (outs) {
		sn_outputs_flush(outs, 0, true);
		free(outs);
	}
}

/* A block for an output that takes messages, or is not given everything. */
static void put_rows(struct sn_outputs *outs, struct sn_port *port, const struct sn_block *blk)
{
	const struct sn_pump *pump = port->pump;
	const struct sn_block *passed = blk;
	struct sn_block room;

	if (!pump->cfg.rows) {
		return;
	}
	if (pump->filter && sn_filter_rows(pump->filter, &port->filtered, blk, &room, &passed)) {
		sn_port_dropped(outs, port, blk->nrows, 0);
	} else if (passed && port->takes_messages) {
		sn_port_message_rows(outs, port, passed);
	} else if (passed) {
		sn_port_stream_rows(outs, port, passed);
	}
}

void sn_outputs_rows(struct sn_outputs *outs, const struct sn_block *blk)
{
	for (unsigned i = 0; i < outs->n; i++) {
		struct sn_port *port = outs->port[i];

		if (port->plain) {
			sn_port_stream_rows(outs, port, blk);
		} else {
			put_rows(outs, port, blk);
		}
	}
}

void sn_outputs_round(struct sn_outputs *outs, const struct sn_round *round)
{
	for (unsigned i = 0; i < outs->n; i++) {
		struct sn_port *port = outs->port[i];
		const struct sn_pump *pump = port->pump;

		if (!pump->cfg.rounds || (pump->filter && !sn_filter_round(pump->filter, round))) {
			continue;
		}
		if (port->takes_messages) {
			sn_port_message_round(outs, port, round);
		} else {
			sn_port_stream_round(outs, port, round);
		}
	}
}

void sn_outputs_forget(struct sn_outputs *outs)
{
	for (unsigned i = 0; i < outs->n; i++) {
		sn_layouts_forget(&outs->port[i]->layouts);
		sn_filtered_forget(&outs->port[i]->filtered);
	}
}

bool sn_outputs_ready(struct sn_outputs *outs)
{
	bool behind = false;

	for (unsigned i = 0; i < outs->n; i++) {
		struct sn_port *port = outs->port[i];

		reclaim(port);
		if (sn_port_in_use(port) <= port->ample) {
			return true;
		}
		behind = true;
	}
	return !behind;
}

/*
 * When a buffer that is not full is passed on. Buffers of messages are large and stay with the sink
 * until the other end has answered: where many are out, passing on another one that is nearly empty
 * would bring nothing earlier and use up the budget. So it waits the longer the more there are: few
 * rows take minutes to fill the budget of a broker that is gone, not seconds.
 */
static uint64_t age_limit(const struct sn_port *port)
{
	size_t out = sn_port_in_use(port) / port->size;

	return port->takes_messages && out > MANY_BUFFERS ? (out - MANY_BUFFERS + 1) * max_age
							  : max_age;
}

void sn_outputs_flush(struct sn_outputs *outs, uint64_t now, bool force)
{
	for (unsigned i = 0; i < outs->n; i++) {
		struct sn_port *port = outs->port[i];

		if (!port->cur || !port->cur->used) {
			continue;
		}
		if (port->since == 0) {
			port->since = now;
		}
		if (force || now - port->since >= age_limit(port)) {
			sn_port_pass_current(port);
		}
	}
}
