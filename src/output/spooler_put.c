/*
 * Where a fresh message goes, to the sink or into the spool, and how it gets there; see
 * spooler_parts.h. On the pump's thread.
 */
#include "base/clock.h"
#include "output/spooler_parts.h"
#include "spool/format.h"

#include <assert.h>

/* A sink that takes nothing for so long is one for which the spool is there. Producers are replaced
 * and queues are full for a moment without it. */
static const uint64_t patience = 200 * SN_NS_PER_MS;

void sn_spooler_judge(struct sn_spooler *sp)
{
	sp->behind = sp->queue.first != NULL ||
		     (sp->ordered && (!sp->drained || sp->rewind_due || sp->offer != NULL ||
				      sp->appended.first != NULL));
	sp->writable =
		sp->spool && !(sp->trouble & SN_SPOOLER_WRITE) && sp->nvoids < SN_SPOOLER_VOIDS;
}

static size_t disk_size(const struct sn_output_message *m)
{
	return sn_format_record_size(m->key, sn_spooler_record_size(m));
}

bool sn_spooler_fits(const struct sn_spooler *sp, const struct sn_output_message *m)
{
	return m->key <= SN_FORMAT_KEY_MAX && sn_spooler_record_size(m) <= SN_FORMAT_PAYLOAD_MAX &&
	       disk_size(m) <= sp->batch_bytes;
}

bool sn_spooler_has_room(const struct sn_spooler *sp, const struct sn_output_message *m)
{
	return disk_size(m) <= sp->batch_bytes - sp->batch_used;
}

void sn_spooler_void(struct sn_spooler *sp, uint64_t from, uint64_t to)
{
	struct sn_spooler_range *last = sp->nvoids ? &sp->voids[sp->nvoids - 1] : NULL;

	if (last && last->to + 1 == from) {
		last->to = to;
		return;
	}
	assert(sp->nvoids < SN_SPOOLER_VOIDS); /* else nothing would have been appended */
	sp->voids[sp->nvoids++] = (struct sn_spooler_range){.from = from, .to = to};
}

bool sn_spooler_is_void(const struct sn_spooler *sp, uint64_t number)
{
	for (unsigned i = 0; i < sp->nvoids; i++) {
		if (number >= sp->voids[i].from && number <= sp->voids[i].to) {
			return true;
		}
	}
	return false;
}

bool sn_spooler_append(struct sn_spooler *sp, struct sn_output_message *m)
{
	struct sn_spool_entry e = {
		.key = sn_message_key(m),
		.payload = sn_span_make(sp->scratch, sn_spooler_record_size(m)),
		.rows = m->rows,
		.rounds = m->rounds,
		.kind = SN_SPOOLER_KIND,
	};
	uint64_t number;
	int rc;

	assert(sn_spooler_has_room(sp, m));
	sn_spooler_record_pack(sp->scratch, m);
	rc = sn_spool_append(sp->spool, &e, sn_spooler_time(sp, sn_clock_mono()), &number);
	if (rc) {
		sn_spooler_fails(sp, SN_SPOOLER_WRITE, rc);
		return false;
	}
	if (sp->first_own > number) {
		sp->first_own = number;
	}
	m->record = number;
	sp->batch_used += disk_size(m);
	sp->turn_bytes += disk_size(m);
	return true;
}

/* The disk has all that was appended: the memory is free again. */
static void settle_appended(struct sn_spooler *sp)
{
	struct sn_output_message *m;

	while ((m = sp->appended.first)) {
		sp->appended.first = m->next;
		sp->stats.rows_spooled += m->rows;
		sp->stats.rounds_spooled += m->rounds;
		sp->stats.messages_spooled++;
		sn_spooler_count_waiting(sp, m);
		sp->drained = false;
		sn_pump_message_close(m);
	}
}

/* The disk refused: as if nothing had been appended, and all of it comes before what is queued. */
static void queue_appended(struct sn_spooler *sp)
{
	struct sn_spooler_list *l = &sp->appended;

	if (!l->first) {
		return;
	}
	sn_spooler_void(sp, l->first->record, l->last->record);
	for (struct sn_output_message *m = l->first; m; m = m->next) {
		m->record = 0;
		m->kept = SN_SPOOLER_QUEUED;
	}
	l->last->next = sp->queue.first;
	sp->queue.last = sp->queue.first ? sp->queue.last : l->last;
	sp->queue.first = l->first;
	l->first = NULL;
}

bool sn_spooler_commit(struct sn_spooler *sp)
{
	int rc = sp->batch_used ? sn_spool_commit(sp->spool) : SN_OK;

	if (rc) {
		sn_spooler_fails(sp, SN_SPOOLER_WRITE, rc);
		sp->retry_at = sn_clock_mono() + SN_NS_PER_SEC;
		if (!sp->aborting) {
			queue_appended(sp);
		}
	} else {
		if (sp->batch_used) {
			sn_spooler_works(sp, SN_SPOOLER_WRITE);
			sp->changed = true;
			sp->drained = false;
		}
		sp->batch_used = 0;
		settle_appended(sp);
	}
	sn_spooler_judge(sp);
	return rc == SN_OK;
}

/* Into the spool; SN_EAGAIN: not now. */
static int put(struct sn_spooler *sp, struct sn_output_message *m)
{
	if (sn_spooler_is_bare(sp)) {
		sp->diverting = true;
		return SN_EAGAIN;
	}
	if (!sn_spooler_has_room(sp, m) && !sn_spooler_commit(sp)) {
		return SN_EAGAIN;
	}
	if (!sn_spooler_append(sp, m)) {
		sn_spooler_judge(sp);
		return SN_EAGAIN;
	}
	m->kept = SN_SPOOLER_APPENDED;
	sn_spooler_list_add(&sp->appended, m);
	sp->behind = sp->ordered;
	return SN_OK;
}

static int direct(struct sn_spooler *sp, struct sn_output_message *m)
{
	struct sn_sink *sink = sp->pump->cfg.sink;
	int rc = sink->ops->take(sink, m); /* after SN_OK it may be gone */

	if (rc == SN_OK) {
		sp->bare = true;
		sp->refused_since = 0;
		if (sp->always && !sp->writable) {
			sp->stats.messages_bypassed++;
			sp->changed = true;
		}
	}
	return rc;
}

/* Bytes of a worker's that are on their way, half its budget or more: it has to be rid of some. */
static bool is_pressed(const struct sn_port *port)
{
	return port->held + sn_ring_spsc_count(&port->full) * port->size >= port->budget / 2;
}

/* Whether a message that the spool does not take may pass those that are in it: only where it would
 * be lost otherwise. */
static bool may_pass(const struct sn_spooler *sp, const struct sn_port *port)
{
	return !sp->behind || sp->ending || (!sp->writable && is_pressed(port));
}

/* The sink did not take a fresh one: whether that may be over in a moment. */
static bool is_patient(struct sn_spooler *sp, const struct sn_port *port)
{
	uint64_t now = sn_clock_mono();

	sp->refused_since = sp->refused_since ? sp->refused_since : now;
	return now - sp->refused_since < patience && !is_pressed(port);
}

int sn_spooler_take(struct sn_spooler *sp, struct sn_output_message *m)
{
	struct sn_buffer *b = sn_message_buffer(m);
	const struct sn_port *port = b->port;
	bool wanted = sp->writable && (sp->always || port->held - b->size >= port->budget / 2);

	if (!sp->behind && !wanted) {
		if (direct(sp, m) == SN_OK) {
			return SN_OK;
		}
		if (!sp->writable || is_patient(sp, port)) {
			return SN_EAGAIN;
		}
	}
	if (sp->queue.first) {
		return SN_EAGAIN; /* these are older */
	}
	if (sp->writable && sn_spooler_fits(sp, m)) {
		return put(sp, m);
	}
	return may_pass(sp, port) ? direct(sp, m) : SN_EAGAIN;
}

bool sn_spooler_is_mendable(enum sn_loss why)
{
	return why == SN_LOSS_TIMEOUT || why == SN_LOSS_TOPIC || why == SN_LOSS_AUTHORIZATION ||
	       why == SN_LOSS_FATAL || why == SN_LOSS_SHUTDOWN;
}

static void lose(struct sn_spooler *sp, struct sn_output_message *m, enum sn_loss why)
{
	sn_pump_count_lost(sp->pump, why, m->rows, m->rounds, 1);
	sn_pump_message_close(m);
}

bool sn_spooler_settle(struct sn_output_message *m, enum sn_loss why)
{
	struct sn_buffer *b = sn_message_buffer(m);
	struct sn_spooler *sp = b->spooler ? b->spooler : b->port->pump->spooler;

	assert(!m->settled);
	if (m->record && !m->kept) {
		sn_spooler_landed(sp, m, why);
		return why != SN_LOSS_NONE && !sn_spooler_is_mendable(why);
	}
	if (sn_spooler_is_mendable(why) && sp->spool && !m->kept) {
		if (sp->aborting && !sp->saved) {
			return false; /* it is found where it is, in its order */
		}
		if (!sp->aborting) {
			m->gave_up = (uint8_t)(why + 1);
			m->kept = SN_SPOOLER_QUEUED;
			sn_spooler_list_add(&sp->queue, m);
			sn_spooler_judge(sp);
			return false;
		}
	}
	lose(sp, m, m->kept == SN_SPOOLER_APPENDED ? SN_LOSS_SPOOL_UNWRITTEN : why);
	return true;
}

/* One that is queued: SN_OK: it is elsewhere now; SN_EAGAIN. It is still the first of the queue, so
 * that what a commit queues comes before it. */
static int put_queued(struct sn_spooler *sp, struct sn_output_message *m)
{
	bool writable = sp->writable && sn_spooler_fits(sp, m);
	struct sn_output_message *next = m->next;
	uint8_t kept = m->kept;
	int rc;

	if (m->gave_up && !writable) {
		sp->queue.first = next;
		lose(sp, m, (enum sn_loss)(m->gave_up - 1));
		return SN_OK;
	}
	if (writable && sn_spooler_is_bare(sp)) {
		sp->diverting = true;
		return SN_EAGAIN;
	}
	if (writable && !sn_spooler_has_room(sp, m) && !sn_spooler_commit(sp)) {
		return SN_EAGAIN;
	}
	if (writable) {
		sp->queue.first = next;
		rc = put(sp, m);
	} else if ((sp->drained && !sp->rewind_due && !sp->offer) ||
		   may_pass(sp, sn_message_buffer(m)->port)) {
		sp->queue.first = next;
		m->kept = SN_SPOOLER_NOT_KEPT;
		rc = direct(sp, m);
	} else {
		return SN_EAGAIN;
	}
	if (rc == SN_EAGAIN) {
		m->kept = kept;
		m->next = next;
		sp->queue.first = m;
	}
	return rc;
}

void sn_spooler_put_queue(struct sn_spooler *sp)
{
	int rc = SN_OK;

	while (rc == SN_OK && sp->queue.first) {
		rc = put_queued(sp, sp->queue.first);
	}
	sn_spooler_judge(sp);
}
