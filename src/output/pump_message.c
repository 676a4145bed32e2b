/*
 * A pump whose sink takes messages, see pump.h: hands them over one by one and gives a buffer back
 * when it is known of each message in it what became of it. Runs on the pump's thread, which never
 * waits in here.
 */
#include "base/clock.h"
#include "output/port.h"

#include <assert.h>

static const uint64_t again_after = 50 * SN_NS_PER_MS; /* a message that was not taken */

void sn_pump_message_init(struct sn_pump *pump)
{
	sn_list_init(&pump->under_way);
	pump->due = 0;
}

/* One thing less to wait for; the last sends it home. */
static void let_go(struct sn_buffer *b)
{
	assert(b->open);
	if (--b->open == 0) {
		sn_list_del(&b->link);
		sn_ring_spsc_push(&b->port->back, b); /* as large as full: there is room */
	}
}

void sn_message_settle(struct sn_output_message *m, enum sn_loss why)
{
	struct sn_buffer *b = (struct sn_buffer *)(void *)((uint8_t *)m - m->offset);
	struct sn_pump *pump = b->port->pump;

	assert(!m->settled);
	m->settled = true;
	if (why == SN_LOSS_NONE) {
		sn_port_publish(&pump->rows_written, m->rows);
		sn_port_publish(&pump->rounds_written, m->rounds);
		sn_port_publish(&pump->bytes_written, (uint64_t)m->key + m->body);
		sn_port_publish(&pump->messages_written, 1);
	} else {
		pump->gave_up = true;
		sn_port_publish(&pump->rows_lost, m->rows);
		sn_port_publish(&pump->rounds_lost, m->rounds);
		sn_port_publish(&pump->messages_lost[why], 1);
		sn_port_publish(&pump->lost[why], m->rows + m->rounds);
	}
	let_go(b);
}

/* A buffer of the worker whose turn it is, or of the next one that has any. */
static struct sn_buffer *next_buffer(struct sn_pump *pump)
{
	for (unsigned i = 0; i < pump->nworkers; i++) {
		struct sn_buffer *b = sn_ring_spsc_pop(&pump->ports[pump->turn].full);

		pump->turn = (pump->turn + 1) % pump->nworkers;
		if (b) {
			b->open = 1; /* until all of it was taken */
			sn_list_push(&pump->under_way, &b->link);
			return b;
		}
	}
	return NULL;
}

/* Offers what is left of pump->taking; false: the sink takes no more now. */
static bool offer(struct sn_pump *pump)
{
	struct sn_sink *sink = pump->cfg.sink;
	struct sn_buffer *b = pump->taking;

	while (pump->taken < b->used) {
		struct sn_output_message *m =
			(struct sn_output_message *)(void *)(b->data + pump->taken);
		uint32_t size = m->size;

		b->open++;
		if (sink->ops->take(sink, m) == SN_EAGAIN) {
			b->open--;
			return false;
		}
		pump->taken += size;
	}
	pump->taking = NULL;
	pump->taken = 0;
	let_go(b);
	return true;
}

bool sn_pump_message_turn(struct sn_pump *pump)
{
	struct sn_sink *sink = pump->cfg.sink;
	bool any = false;

	for (unsigned i = 0; i < pump->nworkers; i++) {
		pump->taking = pump->taking ? pump->taking : next_buffer(pump);
		if (!pump->taking || !offer(pump)) {
			break;
		}
		any = true;
	}
	pump->due = sink->ops->serve(sink, sn_clock_mono());
	return any || pump->due == 0;
}

bool sn_pump_message_pending(const struct sn_pump *pump)
{
	return !sn_list_empty(&pump->under_way);
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

/* A buffer of which the sink will settle nothing more. */
static void lose_buffer(struct sn_buffer *b)
{
	size_t at = 0;
	struct sn_output_message *m;

	b->open++; /* it stays until all is looked at */
	while ((m = unsettled(b, at))) {
		at = (size_t)((uint8_t *)m - b->data) + m->size;
		sn_message_settle(m, SN_LOSS_SHUTDOWN);
	}
	let_go(b);
}

void sn_pump_message_abort(struct sn_pump *pump)
{
	struct sn_buffer *b;

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
		let_go(b);
	}
	while (!sn_list_empty(&pump->under_way)) {
		lose_buffer(sn_container_of(pump->under_way.next, struct sn_buffer, link));
	}
}
