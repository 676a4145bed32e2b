/*
 * The workers' side of pumps, see pump.h: encoding into pooled buffers and passing them on. Runs on
 * workers; never waits, and allocates only while the number of buffers under way reaches a new
 * high.
 */
#include "output/port.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>

enum {
	DEFAULT_BUDGET = 32 * 1024 * 1024, /* bytes, when the configuration says 0 */
	MIN_BUFFERS = 2			   /* one is filled while the other is written */
};

static const uint64_t max_age = 100 * SN_NS_PER_MS; /* of a record in a buffer that is not full */

/* The ports of one worker. */
struct sn_outputs {
	struct sn_counters *counters; /* the worker's */
	unsigned n;		      /* ports */
	struct sn_port *port[];	      /* one of each pump */
};

/* One record to encode. */
struct record {
	const struct sn_block *blk;   /* of row */
	const struct sn_row *row;     /* a row, or NULL */
	const struct sn_round *round; /* a round record, or NULL */
};

size_t sn_port_budget(const struct sn_pump_config *cfg)
{
	const size_t least = (size_t)MIN_BUFFERS * SN_BUFFER_BYTES;

	if (cfg->buffer_bytes == 0) {
		return DEFAULT_BUDGET;
	}
	return cfg->buffer_bytes > least ? cfg->buffer_bytes : least;
}

int sn_port_init(struct sn_port *port, struct sn_pump *pump)
{
	/* Every buffer under way has at least the usual size: no ring can overflow. */
	uint32_t most = (uint32_t)(sn_port_budget(&pump->cfg) / SN_BUFFER_BYTES);
	int err;

	port->pump = pump;
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
	sn_ring_spsc_fini(&port->full);
	sn_ring_spsc_fini(&port->back);
}

/* Takes back what the sink is done with. */
static void reclaim(struct sn_port *port)
{
	struct sn_buffer *b;

	while ((b = sn_ring_spsc_pop(&port->back))) {
		port->in_use -= b->size;
		if (b->size > SN_BUFFER_BYTES) {
			free(b);
		} else {
			b->next = port->idle;
			port->idle = b;
		}
	}
}

/* A buffer of so many bytes, which counts as in use. NULL: the budget does not allow it, or no
 * memory. */
static struct sn_buffer *buffer_get(struct sn_port *port, size_t size)
{
	struct sn_buffer *b = NULL;

	reclaim(port);
	if (size > sn_port_budget(&port->pump->cfg) - port->in_use) {
		return NULL;
	}
	if (size == SN_BUFFER_BYTES && port->idle) {
		b = port->idle;
		port->idle = b->next;
	} else {
		b = malloc(size);
	}
	if (b) {
		b->size = size;
		b->used = 0;
		b->rows = 0;
		b->rounds = 0;
		port->in_use += size;
	}
	return b;
}

static void buffer_put(struct sn_port *port, struct sn_buffer *b)
{
	port->in_use -= b->size;
	free(b);
}

static size_t buffer_room(const struct sn_buffer *b)
{
	return b->size - sizeof(*b) - b->used;
}

static void pass(struct sn_port *port, struct sn_buffer *b)
{
	bool pushed = sn_ring_spsc_push(&port->full, b);

	assert(pushed); /* see sn_port_init */
	(void)pushed;
	sn_pump_nudge(port->pump);
}

static void pass_current(struct sn_port *port)
{
	struct sn_buffer *b = port->cur;

	if (b && b->used) {
		port->cur = NULL;
		port->since = 0;
		pass(port, b);
	}
}

static struct sn_buffer *current(struct sn_port *port)
{
	if (!port->cur) {
		port->cur = buffer_get(port, SN_BUFFER_BYTES);
	}
	return port->cur;
}

static void count_encoded(struct sn_outputs *outs, struct sn_port *port, struct sn_buffer *b,
			  uint64_t rows, uint64_t rounds)
{
	b->rows += rows;
	b->rounds += rounds;
	sn_port_count(&port->counts.rows_encoded, rows);
	sn_port_count(&port->counts.rounds_encoded, rounds);
	sn_counter_add(outs->counters, SN_C_ROWS, rows);
}

static void count_dropped(struct sn_outputs *outs, struct sn_port *port, uint64_t rows,
			  uint64_t rounds)
{
	sn_port_count(&port->counts.rows_dropped, rows);
	sn_port_count(&port->counts.rounds_dropped, rounds);
	sn_counter_add(outs->counters, SN_C_ROWS_DROPPED, rows);
	sn_counter_add(outs->counters, SN_C_ROUNDS_DROPPED, rounds);
}

static int encode(const struct sn_port *port, const struct record *r, struct sn_buffer *b)
{
	const struct sn_pump_config *cfg = &port->pump->cfg;
	uint8_t *out = b->data + b->used;

	return r->round ? cfg->encoder->round(&cfg->options, r->round, out, buffer_room(b))
			: cfg->encoder->row(&cfg->options, r->blk, r->row, out, buffer_room(b));
}

/*
 * A record larger than an empty buffer goes by itself in a buffer of its own, twice the size until
 * it fits. The one place that allocates for a record: it takes cells of tens of kilobytes.
 */
static void put_large(struct sn_outputs *outs, struct sn_port *port, const struct record *r)
{
	int n = SN_ESPACE;

	for (size_t size = (size_t)2 * SN_BUFFER_BYTES; n == SN_ESPACE; size *= 2) {
		struct sn_buffer *b = buffer_get(port, size);

		if (!b) {
			break;
		}
		n = encode(port, r, b);
		if (n <= 0) {
			buffer_put(port, b);
			continue;
		}
		b->used = (size_t)n;
		count_encoded(outs, port, b, r->round ? 0 : 1, r->round ? 1 : 0);
		pass(port, b);
	}
	if (n < 0) {
		count_dropped(outs, port, r->round ? 0 : 1, r->round ? 1 : 0);
	}
}

static void put_rows(struct sn_outputs *outs, struct sn_port *port, const struct sn_block *blk)
{
	const struct sn_pump_config *cfg = &port->pump->cfg;
	struct sn_encoder_run run = {.kept = &port->layouts};

	while (run.next < blk->nrows) {
		struct sn_buffer *b = current(port);
		uint32_t records = run.records;
		int n = b ? cfg->encoder->rows(&cfg->options, blk, &run, b->data + b->used,
					       buffer_room(b))
			  : SN_ENOMEM;

		if (n > 0) {
			b->used += (size_t)n;
			count_encoded(outs, port, b, run.records - records, 0);
		} else if (n < 0 && n != SN_ESPACE) {
			count_dropped(outs, port, blk->nrows - run.next, 0);
			return;
		}
		if (run.next < blk->nrows && b->used == 0) {
			struct record r = {.blk = blk, .row = sn_block_row(blk, run.next)};

			put_large(outs, port, &r);
			run.next++;
		} else if (run.next < blk->nrows) {
			pass_current(port);
		}
	}
}

static void put_round(struct sn_outputs *outs, struct sn_port *port, const struct sn_round *round)
{
	struct record r = {.round = round};
	struct sn_buffer *b = current(port);
	int n = b ? encode(port, &r, b) : SN_ENOMEM;

	if (n == SN_ESPACE && b->used) {
		pass_current(port);
		b = current(port);
		n = b ? encode(port, &r, b) : SN_ENOMEM;
	}
	if (n == SN_ESPACE) {
		put_large(outs, port, &r);
	} else if (n < 0) {
		count_dropped(outs, port, 0, 1);
	} else if (n > 0) {
		b->used += (size_t)n;
		count_encoded(outs, port, b, 0, 1);
	}
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

void sn_outputs_rows(struct sn_outputs *outs, const struct sn_block *blk)
{
	for (unsigned i = 0; i < outs->n; i++) {
		if (outs->port[i]->pump->cfg.rows) {
			put_rows(outs, outs->port[i], blk);
		}
	}
}

void sn_outputs_round(struct sn_outputs *outs, const struct sn_round *round)
{
	for (unsigned i = 0; i < outs->n; i++) {
		if (outs->port[i]->pump->cfg.rounds) {
			put_round(outs, outs->port[i], round);
		}
	}
}

void sn_outputs_forget(struct sn_outputs *outs)
{
	for (unsigned i = 0; i < outs->n; i++) {
		sn_layouts_forget(&outs->port[i]->layouts);
	}
}

bool sn_outputs_ready(struct sn_outputs *outs)
{
	for (unsigned i = 0; i < outs->n; i++) {
		struct sn_port *port = outs->port[i];

		reclaim(port);
		if (port->in_use > sn_port_budget(&port->pump->cfg) / 4 * 3) {
			return false;
		}
	}
	return true;
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
		if (force || now - port->since >= max_age) {
			pass_current(port);
		}
	}
}
