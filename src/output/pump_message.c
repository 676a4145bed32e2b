/*
 * A pump whose sink takes messages, see pump.h: hands them over one by one and gives a buffer back
 * when it is known of each message in it what became of it. Runs on the pump's thread, which never
 * waits in here.
 */
#include "base/clock.h"
#include "output/port.h"
#include "output/spooler_parts.h"

#include <assert.h>

enum { SPOOLED_TURN = 8 }; /* buffers of each worker in a turn, with a spool */

static const uint64_t again_after = 50 * SN_NS_PER_MS; /* a message that was not taken */

void sn_pump_message_init(struct sn_pump *pump)
{
	sn_list_init(&pump->under_way);
	pump->due = 0;
}

void sn_pump_let_go(struct sn_buffer *b)
{
	assert(b->open);
	if (--b->open == 0) {
		sn_list_del(&b->link);
		if (b->spooler) {
			sn_spooler_chunk_back(b);
		} else {
			b->port->held -= b->size;
			sn_ring_spsc_push(&b->port->back, b); /* as large as full: there is room */
		}
	}
}

void sn_pump_message_close(struct sn_output_message *m)
{
	m->settled = true;
	sn_pump_let_go(sn_message_buffer(m));
}

void sn_pump_count_written(struct sn_pump *pump, const struct sn_output_message *m)
{
	sn_port_publish(&pump->rows_written, m->rows);
	sn_port_publish(&pump->rounds_written, m->rounds);
	sn_port_publish(&pump->bytes_written, (uint64_t)m->key + m->body);
	sn_port_publish(&pump->messages_written, 1);
}

void sn_pump_count_lost(struct sn_pump *pump, enum sn_loss why, uint64_t rows, uint64_t rounds,
			uint64_t messages)
{
	pump->gave_up = true;
	sn_port_publish(&pump->rows_lost, rows);
	sn_port_publish(&pump->rounds_lost, rounds);
	sn_port_publish(&pump->messages_lost[why], messages);
	sn_port_publish(&pump->lost[why], rows + rounds);
}

bool sn_message_settle(struct sn_output_message *m, enum sn_loss why)
{
	struct sn_pump *pump;

	assert(!m->settled);
	if (m->record) {
		return sn_spooler_settle(m, why);
	}
	pump = sn_message_buffer(m)->port->pump;
	if (why == SN_LOSS_NONE) {
		sn_pump_count_written(pump, m);
	} else if (pump->spooler) {
		return sn_spooler_settle(m, why);
	} else {
		sn_pump_count_lost(pump, why, m->rows, m->rounds, 1);
	}
	sn_pump_message_close(m);
	return why != SN_LOSS_NONE;
}

/* A buffer of the worker whose turn it is, or of the next one that has any. */
static struct sn_buffer *next_buffer(struct sn_pump *pump)
{
	for (unsigned i = 0; i < pump->nworkers; i++) {
		struct sn_buffer *b = sn_ring_spsc_pop(&pump->ports[pump->turn].full);

		pump->turn = (pump->turn + 1) % pump->nworkers;
		if (b) {
			b->open = 1; /* until all of it was taken */
			b->port->held += b->size;
			sn_list_push(&pump->under_way, &b->link);
			return b;
		}
	}
	return NULL;
}

static int take(struct sn_pump *pump, struct sn_output_message *m)
{
	struct sn_sink *sink = pump->cfg.sink;

	return pump->spooler ? sn_spooler_take(pump->spooler, m) : sink->ops->take(sink, m);
}

/* Offers what is left of pump->taking; false: the sink takes no more now. */
static bool offer(struct sn_pump *pump)
{
	struct sn_buffer *b = pump->taking;

	while (pump->taken < b->used) {
		struct sn_output_message *m =
			(struct sn_output_message *)(void *)(b->data + pump->taken);
		uint32_t size = m->size;

		b->open++;
		if (take(pump, m) == SN_EAGAIN) {
			b->open--;
			return false;
		}
		pump->taken += size;
	}
	pump->taking = NULL;
	pump->taken = 0;
	sn_pump_let_go(b);
	return true;
}

bool sn_pump_message_turn(struct sn_pump *pump)
{
	struct sn_sink *sink = pump->cfg.sink;
	/* more at once where all of them go to the disk together */
	unsigned most = pump->spooler ? SPOOLED_TURN * pump->nworkers : pump->nworkers;
	bool any = false;
	uint64_t due;

	for (unsigned i = 0; i < most; i++) {
		pump->taking = pump->taking ? pump->taking : next_buffer(pump);
		if (!pump->taking || !offer(pump)) {
			break;
		}
		any = true;
	}
	pump->due = sink->ops->serve(sink, sn_clock_mono());
	if (pump->spooler) {
		due = sn_spooler_serve(pump->spooler, sn_clock_mono());
		pump->due = due < pump->due ? due : pump->due;
	}
	if (pump->untold) {
		due = sn_pump_tell(pump, sn_clock_mono(), false);
		pump->due = due < pump->due ? due : pump->due;
	}
	return any || pump->due == 0;
}

bool sn_pump_message_pending(const struct sn_pump *pump)
{
	return !sn_list_empty(&pump->under_way) ||
	       (pump->spooler && sn_spooler_pending(pump->spooler));
}

uint64_t sn_pump_message_rest(const struct sn_pump *pump)
{
	uint64_t now = sn_clock_mono();
	uint64_t due = pump->due;

	if (pump->taking && now + again_after < due) {
		due = now + again_after;
	}
	if (atomic_load_explicit(&pump->stop, memory_order_acquire)) {
		uint64_t deadline = atomic_load_explicit(&pump->deadline, memory_order_relaxed);

		due = deadline < due ? deadline : due;
	}
	if (due == SN_TIME_NEVER) {
		return due;
	}
	return due > now ? due - now : 0;
}

/* The first message of a buffer, from one on, that is not settled; NULL: there is none. */
static struct sn_output_message *unsettled(struct sn_buffer *b, size_t at)
{
	while (at < b->used) {
		struct sn_output_message *m = (struct sn_output_message *)(void *)(b->data + at);

		if (!m->settled) {
			return m;
		}
		at += m->size;
	}
	return NULL;
}

/* A buffer of which nothing more will be settled. */
static void lose_buffer(struct sn_buffer *b)
{
	size_t at = 0;
	struct sn_output_message *m;

	b->open++; /* it stays until all is looked at */
	while ((m = unsettled(b, at))) {
		at = (size_t)((uint8_t *)m - b->data) + m->size;
		sn_message_settle(m, SN_LOSS_SHUTDOWN);
	}
	sn_pump_let_go(b);
}

void sn_pump_message_abort(struct sn_pump *pump)
{
	struct sn_buffer *b;

	if (pump->spooler) {
		sn_spooler_abort(pump->spooler);
	}
	pump->cfg.sink->ops->abort(pump->cfg.sink);
	while (pump->taking || (pump->taking = next_buffer(pump))) {
		b = pump->taking;
		while (pump->taken < b->used) {
			b->open++; /* as if it had been taken */
			pump->taken +=
				((struct sn_output_message *)(void *)(b->data + pump->taken))->size;
		}
		pump->taking = NULL;
		pump->taken = 0;
		sn_pump_let_go(b);
	}
	if (pump->spooler) {
		sn_spooler_save(pump->spooler);
	}
	while (!sn_list_empty(&pump->under_way)) {
		lose_buffer(sn_container_of(pump->under_way.next, struct sn_buffer, link));
	}
}
