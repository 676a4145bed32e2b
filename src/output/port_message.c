/*
 * Records into the buffers of a sink that takes messages, see message.h: a head, the texts behind
 * it, then the body, which the encoder writes where it stays. Runs on workers.
 */
#include "output/murmur2.h"
#include "output/port.h"

/* What all messages of a table, or a round record, have in common. */
struct envelope {
	struct sn_span key;    /* the target's name */
	struct sn_span module; /* of the table; of a round record all of them */
	struct sn_span table;  /* empty: a round record */
	uint64_t began;	       /* Unix ns of the round */
	uint32_t hash;	       /* of key */
	uint8_t topic;	       /* enum sn_topic */
};

static void envelope_init(struct envelope *e, const char *instance, const char *module,
			  uint64_t began)
{
	e->key = sn_span_str(instance);
	e->module = sn_span_str(module);
	e->table = sn_span_make(NULL, 0);
	e->began = began;
	e->hash = sn_murmur2(e->key);
	e->topic = SN_TOPIC_ROWS;
}

static size_t head_size(const struct envelope *e)
{
	return offsetof(struct sn_output_message, data) + e->key.n + e->module.n + e->table.n;
}

static void append(struct sn_output_message *m, size_t *at, struct sn_span text)
{
	if (text.n) {
		memcpy(m->data + *at, text.p, text.n);
		*at += text.n;
	}
}

/* Begins a message behind what b has. NULL: not even its head has room. */
static struct sn_output_message *begin(struct sn_buffer *b, const struct envelope *e, uint32_t part)
{
	struct sn_output_message *m = (struct sn_output_message *)(void *)(b->data + b->used);
	size_t at = 0;

	if (sn_buffer_room(b) < head_size(e) + sizeof(uint64_t)) {
		return NULL;
	}
	memset(m, 0, sizeof(*m));
	m->began = e->began;
	m->status = "ok";
	m->offset = (uint32_t)((uint8_t *)m - (uint8_t *)b);
	m->key = (uint32_t)e->key.n;
	m->module = (uint32_t)e->module.n;
	m->table = (uint32_t)e->table.n;
	m->hash = e->hash;
	m->part = part;
	m->topic = e->topic;
	append(m, &at, e->key);
	append(m, &at, e->module);
	append(m, &at, e->table);
	return m;
}

/* Octets of the message from its head on. */
static size_t length(const struct sn_output_message *m)
{
	return offsetof(struct sn_output_message, data) + m->key + m->module + m->table + m->body;
}

static uint8_t *body_end(struct sn_output_message *m)
{
	return (uint8_t *)m + length(m);
}

/* Room for more of the body in b; what fills up to a multiple of 8 is kept. */
static size_t room(const struct sn_buffer *b, const struct sn_output_message *m)
{
	size_t all = sn_buffer_room(b) & ~(size_t)7;

	return all > length(m) ? all - length(m) : 0;
}

/* Ends a message: it is now part of its buffer. */
static void end(struct sn_outputs *outs, struct sn_buffer *b, struct sn_output_message *m,
		bool last)
{
	m->size = (uint32_t)((length(m) + 7) & ~(size_t)7);
	m->last = last;
	b->used += m->size;
	sn_port_encoded(outs, b->port, b, m->rows, m->rounds);
}

/* A buffer twice the usual size or more for a message of one record; size is doubled each time. */
static struct sn_output_message *begin_large(struct sn_port *port, const struct envelope *e,
					     uint32_t part, size_t *size, struct sn_buffer **b)
{
	for (;;) {
		struct sn_output_message *m;

		*size *= 2;
		*b = *size <= UINT32_MAX ? sn_port_buffer_get(port, *size) : NULL;
		m = *b ? begin(*b, e, part) : NULL;
		if (m || !*b) {
			return m;
		}
		sn_port_buffer_put(port, *b);
	}
}

/* The buffer for the next message, which is likely to have room for it. */
static struct sn_buffer *likely_buffer(struct sn_port *port)
{
	if (port->cur && port->cur->used && sn_buffer_room(port->cur) < port->likely) {
		sn_port_pass_current(port);
	}
	return sn_port_current(port);
}

/* Remembers what messages need: the largest of late, but no more than a quarter of a buffer, which
 * is then what may stay empty. */
static void learn(struct sn_port *port, size_t size)
{
	const size_t most = port->size / 4;

	size = size < most ? size : most;
	port->likely -= port->likely / 64;
	port->likely = size > port->likely ? size : port->likely;
}

/* The rows of a block on their way into messages. */
struct rows {
	struct sn_outputs *outs;    /* of the worker */
	struct sn_port *port;	    /* where they go */
	const struct sn_block *blk; /* whose rows */
	struct envelope env;	    /* of all messages */
	struct sn_encoder_run run;  /* how far it is */
	uint32_t first;		    /* row with which the message begins */
	uint32_t part;		    /* its number */
};

static const char *rows_status(const struct rows *r)
{
	for (uint32_t i = r->first; i < r->run.next; i++) {
		if (sn_block_row(r->blk, i)->flags & SN_ROW_PARTIAL) {
			return "partial";
		}
	}
	return "ok";
}

/* Ends the message of rows, if there is anything in it. */
static void end_rows(struct rows *r, struct sn_buffer *b, struct sn_output_message *m)
{
	if (m->body) {
		m->status = rows_status(r);
		end(r->outs, b, m, r->run.next == r->blk->nrows);
		learn(r->port, m->size);
		r->part++;
	}
	r->first = r->run.next;
}

/* One row that no usual buffer has room for: a message of its own, in a buffer of its own. */
static void put_large_row(struct rows *r)
{
	const struct sn_pump_config *cfg = &r->port->pump->cfg;
	const struct sn_row *row = sn_block_row(r->blk, r->run.next);
	size_t size = r->port->size;
	int n = SN_ESPACE;

	r->run.next++;
	while (n == SN_ESPACE) {
		struct sn_buffer *b;
		struct sn_output_message *m = begin_large(r->port, &r->env, r->part, &size, &b);

		if (!m) {
			break;
		}
		n = cfg->encoder->row(&cfg->options, r->blk, row, body_end(m), room(b, m));
		if (n <= 0) {
			sn_port_buffer_put(r->port, b);
			continue;
		}
		m->body = (uint32_t)n;
		m->rows = 1;
		end_rows(r, b, m);
		sn_port_pass(r->port, b);
	}
	if (n < 0) {
		sn_port_dropped(r->outs, r->port, 1, 0);
	}
	r->first = r->run.next;
}

/*
 * As many rows as the message may take and have room. SN_OK: no row is left; SN_EMSGSIZE: one more
 * would make it too large; SN_ESPACE: there is no room for one more; SN_ENOMEM.
 */
static int fill(struct rows *r, struct sn_buffer *b, struct sn_output_message *m)
{
	const struct sn_pump_config *cfg = &r->port->pump->cfg;
	size_t most = r->port->message - m->body;
	size_t cap = room(b, m);
	uint32_t records = r->run.records;
	int n = cfg->encoder->rows(&cfg->options, r->blk, &r->run, body_end(m),
				   cap < most ? cap : most);

	if (n > 0) {
		m->body += (uint32_t)n;
		m->rows += r->run.records - records;
	}
	if (n < 0 && n != SN_ESPACE) {
		return n;
	}
	if (r->run.next == r->blk->nrows) {
		return SN_OK;
	}
	return cap < most ? SN_ESPACE : SN_EMSGSIZE;
}

/* One message of rows. SN_OK: it was made, or there will be more room for it now; otherwise no more
 * can be. */
static int put_some(struct rows *r)
{
	struct sn_buffer *b = likely_buffer(r->port);
	struct sn_output_message *m = b ? begin(b, &r->env, r->part) : NULL;
	const struct sn_encoder_run before = r->run;
	int err = m ? fill(r, b, m) : SN_ESPACE;

	if (!b) {
		return SN_ENOMEM;
	}
	if (err == SN_ESPACE && b->used) {
		/* Rather than be split for what lies before it, it begins anew in an empty buffer:
		 * what an encoder has written cannot be moved on and continued in all formats. */
		r->run = before;
		sn_port_pass_current(r->port);
		return SN_OK;
	}
	if ((err == SN_EMSGSIZE || err == SN_ESPACE) && !(m && m->body)) {
		sn_port_pass_current(r->port); /* what came before goes before */
		put_large_row(r);
		return SN_OK;
	}
	end_rows(r, b, m);
	if (err == SN_ESPACE) {
		sn_port_pass_current(r->port);
	}
	return err == SN_ESPACE || err == SN_EMSGSIZE ? SN_OK : err;
}

void sn_port_message_rows(struct sn_outputs *outs, struct sn_port *port, const struct sn_block *blk)
{
	struct rows r = {
		.outs = outs, .port = port, .blk = blk, .run = {.kept = &port->layouts}, .part = 1};

	envelope_init(&r.env, blk->origin->instance, blk->schema->module, blk->began);
	r.env.table = sn_span_str(blk->schema->table);
	while (r.run.next < blk->nrows) {
		if (put_some(&r) < 0) {
			sn_port_dropped(outs, port, blk->nrows - r.run.next, 0);
			return;
		}
	}
}

static int put_round(struct sn_outputs *outs, struct sn_buffer *b, const struct envelope *e,
		     const struct sn_round *round)
{
	const struct sn_pump_config *cfg = &b->port->pump->cfg;
	struct sn_output_message *m = begin(b, e, 1);
	int n = m ? cfg->encoder->round(&cfg->options, round, body_end(m), room(b, m)) : SN_ESPACE;

	if (n > 0) {
		m->body = (uint32_t)n;
		m->rounds = 1;
		m->status = sn_round_status_name((enum sn_round_status)round->status);
		end(outs, b, m, true);
	}
	return n;
}

static int put_large_round(struct sn_outputs *outs, struct sn_port *port, const struct envelope *e,
			   const struct sn_round *round)
{
	size_t size = port->size;
	int n = SN_ESPACE;

	while (n == SN_ESPACE) {
		struct sn_buffer *b;

		if (!begin_large(port, e, 1, &size, &b)) {
			return SN_ENOMEM;
		}
		n = put_round(outs, b, e, round);
		if (n > 0) {
			sn_port_pass(port, b);
		} else {
			sn_port_buffer_put(port, b);
		}
	}
	return n;
}

void sn_port_message_round(struct sn_outputs *outs, struct sn_port *port,
			   const struct sn_round *round)
{
	struct sn_buffer *b = sn_port_current(port);
	struct envelope e;
	int n;

	envelope_init(&e, round->origin->instance, round->modules, round->began);
	e.topic = port->pump->cfg.status_topic ? SN_TOPIC_STATUS : SN_TOPIC_ROWS;
	n = b ? put_round(outs, b, &e, round) : SN_ENOMEM;
	if (n == SN_ESPACE && b->used) {
		sn_port_pass_current(port);
		b = sn_port_current(port);
		n = b ? put_round(outs, b, &e, round) : SN_ENOMEM;
	}
	if (n == SN_ESPACE) {
		n = put_large_round(outs, port, &e, round);
	}
	if (n < 0) {
		sn_port_dropped(outs, port, 0, 1);
	}
}
