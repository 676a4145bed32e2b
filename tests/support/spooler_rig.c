/*
 * The rig of a spooler, see spooler_rig.h.
 */
#include "support/spooler_rig.h"

#include "base/clock.h"
#include "support/suite.h"

static struct srig *rig_of(const struct sn_sink *sink)
{
	return ((const struct srig_sink *)sink)->rig;
}

static int rig_take(struct sn_sink *sink, struct sn_output_message *m)
{
	struct srig *r = rig_of(sink);

	suite_expect(!m->settled);
	if (r->nheld >= r->room || r->nheld == SRIG_HELD) {
		r->refusals++;
		return SN_EAGAIN;
	}
	r->held[r->nheld++] = m;
	r->takes++;
	return SN_OK;
}

static uint64_t rig_serve(struct sn_sink *sink, uint64_t now)
{
	(void)sink;
	(void)now;
	return SN_TIME_NEVER;
}

static void rig_abort(struct sn_sink *sink)
{
	struct srig *r = rig_of(sink);

	while (r->nheld && !r->deaf) {
		sn_message_settle(r->held[--r->nheld], SN_LOSS_SHUTDOWN);
	}
	r->nheld = 0;
}

static void rig_free(struct sn_sink *sink)
{
	(void)sink;
}

static int rig_disk(void *ctx, const char *path, struct sn_disk **disk)
{
	struct srig *r = ctx;

	(void)path;
	*disk = model_disk(&r->disk);
	return SN_OK;
}

void srig_init(struct srig *r, uint64_t seed)
{
	memset(r, 0, sizeof(*r));
	model_init(&r->disk, seed);
	r->cfg = (struct sn_spooler_config){.path = "spool", .disk = rig_disk, .disk_ctx = r};
	r->nworkers = 2;
	r->buffer_bytes = (size_t)1024 * 1024;
	r->room = SRIG_HELD;
	for (unsigned i = 0; i < SRIG_KEYS; i++) {
		snprintf(r->key[i].name, sizeof(r->key[i].name), "k%u", i % 10);
	}
}

void srig_fini(struct srig *r)
{
	suite_expect(!r->pump);
	model_fini(&r->disk);
}

int srig_start(struct srig *r)
{
	static const struct sn_sink_ops ops = {.name = "rig",
					       .take = rig_take,
					       .serve = rig_serve,
					       .abort = rig_abort,
					       .free = rig_free};
	struct sn_pump_config cfg = {.encoder = sn_encoder_find("influx"),
				     .sink = &r->sink.base,
				     .buffer_bytes = r->buffer_bytes,
				     .message_bytes = (size_t)32 * 1024,
				     .rounds = true,
				     .rows = true,
				     .spool = r->cfg};
	int rc;

	r->sink = (struct srig_sink){.base = {.ops = &ops, .label = "rig"}, .rig = r};
	r->nheld = 0;
	rc = sn_pump_new(&cfg, r->nworkers, &r->pump);
	if (rc) {
		r->pump = NULL;
		return rc;
	}
	for (unsigned i = 0; i < r->nworkers; i++) {
		rig_worker_init(&r->w[i], r->pump, i);
	}
	return SN_OK;
}

void srig_emit(struct srig *r, unsigned key, unsigned n, size_t pad)
{
	struct rig_worker *w = &r->w[key % r->nworkers];
	struct srig_key *k = &r->key[key];
	uint64_t dropped = atomic_load(&r->pump->ports[key % r->nworkers].counts.rows_dropped);

	suite_expect(k->next + n <= SRIG_ROWS);
	w->origin.instance = k->name;
	w->next = k->next;
	rig_emit(w, n, pad);
	sn_outputs_flush(w->outs, 0, true);
	dropped = atomic_load(&r->pump->ports[key % r->nworkers].counts.rows_dropped) - dropped;
	r->dropped += dropped;
	/* what is dropped are the last of a block; their numbers are given again */
	k->next += n - dropped;
}

/* Rows of fresh messages that are neither settled nor in the spool. */
static uint64_t in_memory(const struct srig *r)
{
	struct sn_list *head = &r->pump->under_way;
	uint64_t rows = 0;

	for (unsigned i = 0; i < r->nworkers; i++) {
		const struct sn_ring_spsc *ring = &r->pump->ports[i].full;

		for (uint32_t at = atomic_load(&ring->head); at != atomic_load(&ring->tail); at++) {
			rows += ((struct sn_buffer *)ring->slot[at & ring->mask])->rows;
		}
		rows += r->pump->ports[i].cur ? r->pump->ports[i].cur->rows : 0;
	}
	for (struct sn_list *n = head->next; n != head; n = n->next) {
		struct sn_buffer *b = sn_container_of(n, struct sn_buffer, link);

		for (size_t at = 0; at < b->used && !b->spooler;) {
			struct sn_output_message *m = (void *)(b->data + at);

			rows += !m->settled && (!m->record || m->kept) ? m->rows : 0;
			at += m->size;
		}
	}
	return rows;
}

struct sn_pump_stats srig_stats(const struct srig *r)
{
	struct sn_pump_stats st;

	sn_pump_stats_get(r->pump, &st);
	return st;
}

void srig_check(struct srig *r)
{
	struct sn_pump_stats st = srig_stats(r);
	uint64_t lost = 0;

	suite_expect(st.rows_encoded ==
		     st.rows_written + st.rows_lost + st.rows_waiting + in_memory(r));
	for (unsigned i = 0; i < SN_LOSSES; i++) {
		lost += st.lost[i];
	}
	suite_expect(lost == st.rows_lost + st.rounds_lost);
	suite_expect(st.rows_waiting == 0 || st.spool.messages_waiting > 0);
}

void srig_turn(struct srig *r)
{
	sn_pump_message_turn(r->pump);
	srig_check(r);
}

void srig_settle_down(struct srig *r)
{
	bool more = true;

	for (unsigned quiet = 0; quiet < 3; quiet = more ? 0 : quiet + 1) {
		uint64_t before = r->takes;

		more = sn_pump_message_turn(r->pump);
		more = more || before != r->takes;
		srig_check(r);
	}
}

void srig_hasten(struct srig *r)
{
	struct sn_spooler *sp = r->pump->spooler;

	sp->retry_at = 0;
	sp->read_at = 0;
	sp->rewind_at = 0;
	sp->tick_at = 0;
	if (sp->refused_since) {
		sp->refused_since = 1;
	}
}

/* Notes what is delivered; the body's lines tell which rows. */
static void note(struct srig *r, const struct sn_output_message *m)
{
	struct sn_span key = sn_message_key(m);
	struct sn_span body = sn_message_body(m);
	struct srig_key *k;
	const char *at;
	uint64_t v;

	suite_expect(key.n == 2 && key.p[1] >= '0' && key.p[1] < '0' + SRIG_KEYS);
	suite_expect(m->last && m->part >= 1 && strcmp(m->status, "ok") == 0);
	suite_expect(sn_message_table(m).n == 1 && sn_message_module(m).n == 1);
	k = &r->key[key.p[1] - '0'];
	at = memmem(body.p, body.n, " v=", 3);
	suite_expect(at != NULL);
	v = strtoull(at + 3, NULL, 10);
	suite_expect(v + m->rows <= k->next);
	if (k->seen[v] == 0 && v < k->last) {
		k->disorder = true;
	}
	for (uint32_t i = 0; i < m->rows; i++) {
		k->seen[v + i] = (uint8_t)(k->seen[v + i] + (k->seen[v + i] < UINT8_MAX));
	}
	k->last = v + m->rows > k->last ? v + m->rows : k->last;
	r->delivered += m->rows;
}

void srig_deliver(struct srig *r, unsigned n, enum sn_loss why)
{
	n = n < r->nheld ? n : r->nheld;
	for (unsigned i = 0; i < n; i++) {
		struct sn_output_message *m = r->held[i];

		if (why == SN_LOSS_NONE) {
			note(r, m);
		}
		sn_message_settle(m, why);
	}
	r->nheld -= n;
	memmove(r->held, r->held + n, r->nheld * sizeof(r->held[0]));
}

void srig_deliver_all(struct srig *r)
{
	unsigned before;

	do {
		before = r->takes;
		srig_deliver(r, SRIG_HELD, SN_LOSS_NONE);
		srig_hasten(r);
		srig_settle_down(r);
	} while (r->takes != before);
}

static void end(struct srig *r)
{
	for (unsigned i = 0; i < r->nworkers; i++) {
		rig_worker_fini(&r->w[i]);
	}
}

/* All that were lost, whoever had put them into the spool. */
static uint64_t all_lost(const struct sn_pump_stats *st)
{
	uint64_t lost = st->rows_lost + st->spool.rows_refused;

	for (unsigned i = 0; i < SN_SPOOL_CAUSES; i++) {
		lost += st->spool.lost_rows[i];
	}
	for (unsigned i = SN_LOSS_SPOOL_FULL; i <= SN_LOSS_SPOOL_UNWRITTEN; i++) {
		lost -= st->lost[i]; /* they are in both */
	}
	return lost;
}

struct sn_pump_stats srig_stop(struct srig *r, bool in_time)
{
	struct sn_pump_stats st;

	end(r);
	atomic_store(&r->pump->deadline, SN_TIME_NEVER);
	atomic_store(&r->pump->stop, true);
	if (in_time) {
		srig_deliver_all(r);
		suite_expect(!sn_pump_message_pending(r->pump));
	} else {
		srig_turn(r);
		sn_pump_message_abort(r->pump);
		suite_expect(!sn_pump_message_pending(r->pump));
	}
	sn_spooler_close(r->pump->spooler);
	st = srig_stats(r);
	suite_expect(st.rows_encoded == st.rows_written + st.rows_lost + st.rows_waiting);
	r->lost += all_lost(&st);
	sn_pump_free(r->pump);
	r->pump = NULL;
	r->nheld = 0;
	return st;
}

/* What a process that is killed takes with it. */
static void excuse(struct srig *r, struct sn_buffer *b)
{
	for (size_t at = 0; at < b->used && !b->spooler;) {
		struct sn_output_message *m = (void *)(b->data + at);
		struct srig_key *k = &r->key[sn_message_key(m).p[1] - '0'];
		const char *v = memmem(sn_message_body(m).p, m->body, " v=", 3);
		uint64_t first = strtoull(v + 3, NULL, 10);

		for (uint32_t i = 0; i < m->rows && !m->settled && (!m->record || m->kept); i++) {
			k->excused[first + i] = true;
		}
		at += m->size;
	}
	free(b);
}

void srig_crash(struct srig *r, enum model_crash how)
{
	struct sn_spooler *sp = r->pump->spooler;
	struct sn_pump_stats st = srig_stats(r);
	struct sn_buffer *b;

	r->lost += all_lost(&st);
	r->disk.crash_at = r->disk.calls + 1;
	end(r);
	sp->offer = NULL;
	sp->queue.first = NULL;
	sp->appended.first = NULL;
	while (!sn_list_empty(&r->pump->under_way)) {
		b = sn_container_of(sn_list_pop(&r->pump->under_way), struct sn_buffer, link);
		sp->chunk = b == sp->chunk ? NULL : sp->chunk;
		excuse(r, b);
	}
	for (unsigned i = 0; i < r->nworkers; i++) {
		while ((b = sn_ring_spsc_pop(&r->pump->ports[i].full))) {
			excuse(r, b);
		}
	}
	sn_pump_free(r->pump);
	r->pump = NULL;
	r->nheld = 0;
	model_power_cycle(&r->disk, how);
}

uint64_t srig_missing(const struct srig *r)
{
	uint64_t missing = 0;

	for (unsigned i = 0; i < SRIG_KEYS; i++) {
		for (uint64_t v = 0; v < r->key[i].next; v++) {
			missing += r->key[i].seen[v] == 0 && !r->key[i].excused[v];
		}
	}
	return missing;
}

bool srig_disorder(const struct srig *r)
{
	for (unsigned i = 0; i < SRIG_KEYS; i++) {
		if (r->key[i].disorder) {
			return true;
		}
	}
	return false;
}
