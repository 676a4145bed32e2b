/*
 * From the spool to the sink: records become messages again, in chunks that the spooler owns, and
 * are acknowledged when the sink has delivered them; see spooler_parts.h. On the pump's thread.
 */
#include "base/clock.h"
#include "base/log.h"
#include "output/spooler_parts.h"

#include <stdlib.h>

static const uint64_t first_pause = SN_NS_PER_SEC;	  /* after a failure, then doubled */
static const uint64_t longest_pause = 30 * SN_NS_PER_SEC; /* up to this */
static const uint64_t again_after = 50 * SN_NS_PER_MS;	  /* when the sink takes nothing */

static bool is_own(const struct sn_spooler *sp, uint64_t number)
{
	return number >= sp->first_own;
}

/* Acknowledges a record. False: it was lost before, and is counted as that. */
static bool ack(struct sn_spooler *sp, const struct sn_output_message *m)
{
	sp->unmarked = true;
	sp->acked++;
	sp->changed = true;
	if (sn_spool_ack(sp->spool, m->record)) {
		return false;
	}
	if (is_own(sp, m->record)) {
		sn_spooler_count_settled(sp, m->rows, m->rounds);
	} else {
		sp->earlier--;
	}
	return true;
}

static void count_delivered(struct sn_spooler *sp, const struct sn_output_message *m)
{
	if (is_own(sp, m->record)) {
		sn_pump_count_written(sp->pump, m);
	} else {
		sp->stats.rows_recovered += m->rows;
		sp->stats.rounds_recovered += m->rounds;
		sp->stats.messages_recovered++;
	}
}

static void count_refused(struct sn_spooler *sp, const struct sn_output_message *m,
			  enum sn_loss why)
{
	if (is_own(sp, m->record)) {
		sn_pump_count_lost(sp->pump, why, m->rows, m->rounds, 1);
	} else {
		sp->stats.rows_refused += m->rows;
		sp->stats.rounds_refused += m->rounds;
		sp->stats.messages_refused++;
	}
}

void sn_spooler_landed(struct sn_spooler *sp, struct sn_output_message *m, enum sn_loss why)
{
	sp->flying--;
	if (why == SN_LOSS_NONE) {
		sp->pause = 0;
		if (ack(sp, m)) {
			count_delivered(sp, m);
		}
	} else if (sn_spooler_is_mendable(why)) {
		if (!sp->rewind_due) {
			sp->pause = sp->pause ? 2 * sp->pause : first_pause;
			sp->pause = sp->pause < longest_pause ? sp->pause : longest_pause;
		}
		sp->rewind_due = true;
		sp->rewind_at = sn_clock_mono() + sp->pause;
	} else if (ack(sp, m)) {
		count_refused(sp, m, why);
	}
	sn_spooler_settle_rest(sp);
	sn_pump_message_close(m);
	sn_spooler_judge(sp);
}

void sn_spooler_chunk_back(struct sn_buffer *b)
{
	struct sn_spooler *sp = b->spooler;

	b->used = 0;
	b->since = 0;
	if (b != sp->chunk) {
		b->next = sp->spare;
		sp->spare = b;
	}
}

void sn_spooler_chunks_free(struct sn_spooler *sp)
{
	while (sp->spare) {
		struct sn_buffer *b = sp->spare;

		sp->spare = b->next;
		free(b);
	}
	free(sp->chunk);
	sp->chunk = NULL;
}

static size_t chunk_room(const struct sn_buffer *b)
{
	return b->size - sizeof(*b) - b->used;
}

/* Has an empty chunk at hand; false: there is none now. */
static bool have_spare(struct sn_spooler *sp)
{
	const size_t size = sizeof(struct sn_buffer) + SN_SPOOLER_CHUNK;
	struct sn_buffer *b;

	if (sp->spare) {
		return true;
	}
	if (sp->nchunks == SN_SPOOLER_CHUNKS || !(b = calloc(1, size))) {
		return false;
	}
	b->spooler = sp;
	b->size = size;
	sn_list_init(&b->link);
	sp->spare = b;
	sp->nchunks++;
	return true;
}

/* Makes sure that the next record has a place, whatever its size. */
static bool have_room(struct sn_spooler *sp)
{
	return (sp->chunk && chunk_room(sp->chunk) >= SN_SPOOLER_RECORD_MAX) || have_spare(sp);
}

/* The chunk with room for n octets: the one being filled, or the next. */
static struct sn_buffer *chunk_for(struct sn_spooler *sp, size_t n)
{
	struct sn_buffer *full = sp->chunk;

	if (full && chunk_room(full) >= n) {
		return full;
	}
	sp->chunk = sp->spare;
	sp->spare = sp->chunk->next;
	if (full && full->open == 0) {
		sn_spooler_chunk_back(full);
	}
	return sp->chunk;
}

/* A record that is none of this version's messages. */
static void refuse(struct sn_spooler *sp, const struct sn_spool_record *rec)
{
	struct sn_spool_loss loss = {
		.cause = SN_SPOOL_DAMAGED,
		.number = rec->number,
		.records = 1,
		.key = rec->key,
		.rows = rec->rows,
		.rounds = rec->rounds,
		.kind = rec->kind,
		.known = true,
	};

	sp->unmarked = true;
	if (sn_spool_ack(sp->spool, rec->number) == SN_OK) {
		sn_spooler_lost(sp, &loss);
	}
}

/* Makes a message of a record. */
static void place(struct sn_spooler *sp, const struct sn_spool_record *rec)
{
	struct sn_buffer *b = chunk_for(sp, sn_spooler_record_room(rec));
	struct sn_output_message *m = (struct sn_output_message *)(void *)(b->data + b->used);

	if (sn_spooler_record_unpack(rec, m)) {
		refuse(sp, rec);
		return;
	}
	m->offset = (uint32_t)((uint8_t *)m - (uint8_t *)b);
	b->used += m->size;
	b->since = b->since ? b->since : rec->time;
	if (b->open++ == 0) {
		sn_list_push(&sp->pump->under_way, &b->link);
	}
	sp->offer = m;
}

/* Everything that is on the disk was read. */
static void read_all(struct sn_spooler *sp)
{
	sp->drained = true;
	if (sp->batch_used == 0) {
		sp->nvoids = 0;
	}
}

/* Runs of void records that reading has passed are no longer of interest. */
static void forget_voids(struct sn_spooler *sp, uint64_t number)
{
	unsigned gone = 0;

	while (gone < sp->nvoids && sp->voids[gone].to < number) {
		gone++;
	}
	sp->nvoids -= gone;
	memmove(sp->voids, sp->voids + gone, sp->nvoids * sizeof(sp->voids[0]));
}

/* Reads one record; false: none for now. */
static bool read_one(struct sn_spooler *sp, uint64_t now)
{
	struct sn_spool_record rec;
	int rc;

	if (now < sp->read_at || !have_room(sp)) {
		return false;
	}
	rc = sn_spool_read(sp->spool, &rec);
	switch (rc) {
	case SN_OK:
		break;
	case SN_ENOENT:
		sn_spooler_works(sp, SN_SPOOLER_READ);
		read_all(sp);
		return false;
	case SN_EAGAIN:
		return false;
	default:
		sn_spooler_fails(sp, SN_SPOOLER_READ, rc);
		sp->read_at = now + SN_NS_PER_SEC;
		return false;
	}
	sn_spooler_works(sp, SN_SPOOLER_READ);
	forget_voids(sp, rec.number);
	if (sn_spooler_is_void(sp, rec.number)) {
		sp->unmarked = true;
		(void)sn_spool_ack(sp->spool, rec.number);
	} else {
		place(sp, &rec);
	}
	return true;
}

void sn_spooler_withdraw(struct sn_spooler *sp)
{
	struct sn_output_message *m = sp->offer;

	if (m) {
		sp->offer = NULL;
		sp->rewind_due = true; /* it was read, and nobody has it */
		sn_pump_message_close(m);
	}
}

/* Interleaved: whether the sink is well ahead with fresh messages. */
static bool is_calm(const struct sn_pump *pump)
{
	for (unsigned i = 0; i < pump->nworkers; i++) {
		const struct sn_port *port = &pump->ports[i];
		size_t most = port->budget / 8 > port->size ? port->budget / 8 : port->size;

		if (port->held > most) {
			return false;
		}
	}
	return pump->taking == NULL;
}

/* Gives the sink what was read. False: it does not take it. */
static bool give(struct sn_spooler *sp)
{
	struct sn_sink *sink = sp->pump->cfg.sink;

	sp->flying++;
	if (sink->ops->take(sink, sp->offer) == SN_EAGAIN) {
		sp->flying--;
		return false;
	}
	sp->offer = NULL;
	return true;
}

/* After a failure reading begins anew, once the sink has nothing that was read before. Returns when
 * it may be time. */
static uint64_t rewind_then(struct sn_spooler *sp, uint64_t now)
{
	sn_spooler_withdraw(sp);
	if (sp->flying) {
		return SN_TIME_NEVER;
	}
	if (now < sp->rewind_at) {
		return sp->rewind_at;
	}
	sn_spool_rewind(sp->spool);
	sp->rewind_due = false;
	sp->drained = false;
	return 0;
}

uint64_t sn_spooler_replay(struct sn_spooler *sp, uint64_t now)
{
	size_t most = sp->turn_bytes > SN_SPOOLER_TURN ? sp->turn_bytes : SN_SPOOLER_TURN;
	size_t given = 0;

	if (sp->rewind_due) {
		return rewind_then(sp, now);
	}
	if (sp->drained && !sp->offer) {
		return SN_TIME_NEVER;
	}
	if (!sp->ordered && !is_calm(sp->pump)) {
		return now + again_after;
	}
	while (given < most && !sp->rewind_due) {
		if (!sp->offer && !read_one(sp, now)) {
			return sp->drained	   ? SN_TIME_NEVER
			       : now < sp->read_at ? sp->read_at
						   : now + again_after;
		}
		given += sizeof(struct sn_output_message);
		if (sp->offer) {
			given += sp->offer->size;
			if (!give(sp)) {
				return now + again_after;
			}
		}
	}
	return 0;
}
