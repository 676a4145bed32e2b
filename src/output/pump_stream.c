/*
 * A pump whose sink is a stream, see pump.h: writes whole buffers, again and again while the sink
 * fails, and flushes when idle. Runs on the pump's thread; the sink may block here.
 */
#include "base/clock.h"
#include "base/log.h"
#include "output/port.h"

#include <errno.h>

static const uint64_t flush_after = SN_NS_PER_SEC; /* written data is flushed when idle after that
						    */
static const uint64_t first_retry = 100 * SN_NS_PER_MS;	 /* after a failed write, then doubled */
static const uint64_t longest_retry = 5 * SN_NS_PER_SEC; /* up to this */

/* A failed call of the sink. e: its errno. */
static void trouble(struct sn_pump *pump, int err, int e)
{
	char text[128];

	sn_pump_trouble(pump, err, e ? strerror_r(e, text, sizeof(text)) : sn_err_text(err));
}

void sn_pump_stream_reopen(struct sn_pump *pump)
{
	struct sn_sink *sink = pump->cfg.sink;
	char text[128];

	if (!atomic_exchange_explicit(&pump->reopen, false, memory_order_acq_rel) ||
	    !sink->ops->reopen) {
		return;
	}
	errno = 0;
	if (sink->ops->reopen(sink)) {
		int e = errno;

		sn_log(SN_LOG_ERROR, "output %s: cannot be reopened: %s", sn_pump_label(pump),
		       e ? strerror_r(e, text, sizeof(text)) : "unknown cause");
	}
}

/* Writes a buffer, again and again while the sink fails. False: given up. */
static bool write_buffer(struct sn_pump *pump, const struct sn_buffer *b)
{
	struct sn_sink *sink = pump->cfg.sink;
	uint64_t delay = pump->cfg.retry_ns ? pump->cfg.retry_ns : first_retry;

	while (sn_pump_state(pump) != SN_EPIPE && !sn_pump_out_of_time(pump, sn_clock_mono())) {
		uint32_t seen = atomic_load_explicit(&pump->control, memory_order_acquire);
		int err;

		errno = 0;
		err = sink->ops->write(sink, sn_span_make(b->data, b->used));
		if (err == SN_OK) {
			sn_pump_trouble_over(pump);
			return true;
		}
		if (err == SN_ECANCELED) {
			return false;
		}
		trouble(pump, err, errno);
		if (err != SN_EPIPE) {
			sn_pump_pause(pump, delay, seen);
			sn_pump_stream_reopen(pump);
			delay = delay * 2 < longest_retry ? delay * 2 : longest_retry;
		}
	}
	return false;
}

static void take(struct sn_pump *pump, struct sn_port *port, struct sn_buffer *b)
{
	if (write_buffer(pump, b)) {
		sn_port_publish(&pump->rows_written, b->rows);
		sn_port_publish(&pump->rounds_written, b->rounds);
		sn_port_publish(&pump->bytes_written, b->used);
		if (!pump->unflushed_since) {
			pump->unflushed_since = sn_clock_mono();
		}
	} else {
		pump->gave_up = true;
		sn_port_publish(&pump->rows_lost, b->rows);
		sn_port_publish(&pump->rounds_lost, b->rounds);
	}
	sn_ring_spsc_push(&port->back, b); /* as large as full: there is room */
}

bool sn_pump_stream_turn(struct sn_pump *pump)
{
	bool any = false;

	for (unsigned i = 0; i < pump->nworkers; i++) {
		struct sn_buffer *b = sn_ring_spsc_pop(&pump->ports[i].full);

		if (b) {
			take(pump, &pump->ports[i], b);
			any = true;
		}
	}
	return any;
}

void sn_pump_stream_flush(struct sn_pump *pump)
{
	struct sn_sink *sink = pump->cfg.sink;
	int err;

	pump->unflushed_since = 0;
	if (sn_pump_state(pump) == SN_EPIPE) {
		return;
	}
	errno = 0;
	err = sink->ops->flush(sink);
	if (err && err != SN_ECANCELED) {
		trouble(pump, err, errno);
	} else if (!pump->gave_up) {
		sn_pump_trouble_over(pump);
	}
}

uint64_t sn_pump_stream_rest(struct sn_pump *pump)
{
	uint64_t age;

	if (!pump->unflushed_since) {
		return SN_TIME_NEVER;
	}
	age = sn_clock_mono() - pump->unflushed_since;
	if (age < flush_after) {
		return flush_after - age;
	}
	sn_pump_stream_flush(pump);
	return SN_TIME_NEVER;
}
