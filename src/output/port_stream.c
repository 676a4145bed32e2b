/*
 * Records into the buffers of a stream, one behind the other, see port.h. Runs on workers.
 */
#include "output/port.h"

/* One record to encode. */
struct record {
	const struct sn_block *blk;   /* of row */
	const struct sn_row *row;     /* a row, or NULL */
	const struct sn_round *round; /* a round record, or NULL */
};

static int encode(const struct sn_port *port, const struct record *r, struct sn_buffer *b)
{
	const struct sn_pump_config *cfg = &port->pump->cfg;
	uint8_t *out = b->data + b->used;

	return r->round ? cfg->encoder->round(&cfg->options, r->round, out, sn_buffer_room(b))
			: cfg->encoder->row(&cfg->options, r->blk, r->row, out, sn_buffer_room(b));
}

/*
 * A record larger than an empty buffer goes by itself in a buffer of its own, twice the size until
 * it fits. The one place that allocates for a record: it takes cells of tens of kilobytes.
 */
static void put_large(struct sn_outputs *outs, struct sn_port *port, const struct record *r)
{
	int n = SN_ESPACE;

	for (size_t size = 2 * port->size; n == SN_ESPACE; size *= 2) {
		struct sn_buffer *b = sn_port_buffer_get(port, size);

		if (!b) {
			break;
		}
		n = encode(port, r, b);
		if (n <= 0) {
			sn_port_buffer_put(port, b);
			continue;
		}
		b->used = (size_t)n;
		sn_port_encoded(outs, port, b, r->round ? 0 : 1, r->round ? 1 : 0);
		sn_port_pass(port, b);
	}
	if (n < 0) {
		sn_port_dropped(outs, port, r->round ? 0 : 1, r->round ? 1 : 0);
	}
}

void sn_port_stream_rows(struct sn_outputs *outs, struct sn_port *port, const struct sn_block *blk)
{
	const struct sn_pump_config *cfg = &port->pump->cfg;
	struct sn_encoder_run run = {.kept = &port->layouts};

	while (run.next < blk->nrows) {
		struct sn_buffer *b = sn_port_current(port);
		uint32_t records = run.records;
		int n = b ? cfg->encoder->rows(&cfg->options, blk, &run, b->data + b->used,
					       sn_buffer_room(b))
			  : SN_ENOMEM;

		if (n > 0) {
			b->used += (size_t)n;
			sn_port_encoded(outs, port, b, run.records - records, 0);
		} else if (n < 0 && n != SN_ESPACE) {
			sn_port_dropped(outs, port, blk->nrows - run.next, 0);
			return;
		}
		if (run.next < blk->nrows && b->used == 0) {
			struct record r = {.blk = blk, .row = sn_block_row(blk, run.next)};

			put_large(outs, port, &r);
			run.next++;
		} else if (run.next < blk->nrows) {
			sn_port_pass_current(port);
		}
	}
}

void sn_port_stream_round(struct sn_outputs *outs, struct sn_port *port,
			  const struct sn_round *round)
{
	struct record r = {.round = round};
	struct sn_buffer *b = sn_port_current(port);
	int n = b ? encode(port, &r, b) : SN_ENOMEM;

	if (n == SN_ESPACE && b->used) {
		sn_port_pass_current(port);
		b = sn_port_current(port);
		n = b ? encode(port, &r, b) : SN_ENOMEM;
	}
	if (n == SN_ESPACE) {
		put_large(outs, port, &r);
	} else if (n < 0) {
		sn_port_dropped(outs, port, 0, 1);
	} else if (n > 0) {
		b->used += (size_t)n;
		sn_port_encoded(outs, port, b, 0, 1);
	}
}
