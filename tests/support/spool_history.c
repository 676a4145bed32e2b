/*
 * The judge of spool_history.h. A payload begins with the place of its record in the history; the
 * rest is made from that, so that nothing passes for a record that was not appended.
 */
#include "support/spool_history.h"

#include "support/suite.h"

#include <string.h>

static void make_payload(const struct history *h, uint32_t i, uint8_t *to)
{
	uint64_t x = h->rec[i].boot ^ (i * UINT64_C(0x9e3779b97f4a7c15));

	memcpy(to, &i, sizeof(i));
	for (uint32_t k = sizeof(i); k < h->rec[i].size; k++) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
		to[k] = (uint8_t)(x >> 56);
	}
}

static struct sn_span key_of(unsigned key)
{
	static const char *const keys[HISTORY_KEYS] = {"", "192.0.2.1", "[2001:db8::1]:1161", "c",
						       "core-router-7.example.net"};

	return sn_span_str(keys[key]);
}

/* The newest record of a number: numbers that were never committed are given again. */
static struct history_record *of_number(struct history *h, uint64_t number)
{
	for (uint32_t i = h->n; i-- > 0;) {
		if (h->rec[i].number == number) {
			return &h->rec[i];
		}
	}
	return NULL;
}

/* What a process says after the power went is not heard. */
static bool dead(const struct history *h)
{
	return h->disk && model_dead(h->disk);
}

static void on_lost(void *ctx, const struct sn_spool_loss *loss)
{
	struct history *h = ctx;

	if (dead(h)) {
		return;
	}
	suite_expect(loss->cause < SN_SPOOL_CAUSES && loss->records > 0);
	h->lost_by[loss->cause] += loss->records;
	if (!loss->known) {
		suite_expect(loss->key.n == 0 && loss->rows == 0 && loss->rounds == 0);
		h->lost_unknown += loss->records;
	} else {
		suite_expect(loss->records == 1);
		h->lost_known++;
		h->lost_rows += loss->rows;
	}
	for (uint64_t n = loss->number; n < loss->number + loss->records; n++) {
		struct history_record *rec = of_number(h, n);

		suite_expect(rec != NULL);
		suite_expect(!rec->acked || !rec->ack_durable);
		if (loss->known) {
			uint32_t i = (uint32_t)(rec - h->rec);

			suite_expect(sn_span_eq(loss->key, key_of(rec->key)));
			suite_expect(loss->rows == i % 50 && loss->rounds == i % 3);
			suite_expect(loss->kind == i % 7);
			suite_expect(loss->in_flight == rec->handed);
		}
		rec->lost = true;
	}
}

static void on_foreign(void *ctx, const char *name, int why)
{
	struct history *h = ctx;

	suite_expect(name[0] && why < 0);
	h->foreign++;
	h->foreign_why = why;
}

void history_init(struct history *h)
{
	memset(h, 0, sizeof(*h));
	h->now = UINT64_C(1795377600000);
	h->boot = 1000;
	h->cfg = (struct sn_spool_config){
		.max_bytes = 64 << 10,
		.segment_bytes = 8 << 10,
		.batch_bytes = 4 << 10,
		.window = 256,
		.lost = on_lost,
		.foreign = on_foreign,
	};
}

static void forget_reading(struct history *h)
{
	for (uint32_t i = 0; i < h->n; i++) {
		h->rec[i].delivered = false;
		h->rec[i].handed = false;
		h->rec[i].ack_now = false;
	}
	memset(h->last_of_key, 0, sizeof(h->last_of_key));
	h->nflight = 0;
}

int history_open(struct history *h, struct sn_disk *disk, struct sn_spool **sp)
{
	h->boot++;
	h->life = h->n;
	h->cfg.boot = h->boot;
	h->cfg.ctx = h;
	forget_reading(h);
	return sn_spool_open(disk, &h->cfg, h->now, sp);
}

/* What the spool says is committed. */
static void note_committed(struct history *h, const struct sn_spool *sp)
{
	struct sn_spool_stats st;

	sn_spool_stats_get(sp, &st);
	suite_expect(st.uncommitted <= h->n - h->life);
	for (uint32_t i = h->life; i < h->n - st.uncommitted; i++) {
		h->rec[i].committed = true;
	}
}

int history_append(struct history *h, struct sn_spool *sp, unsigned key, uint32_t size)
{
	uint8_t payload[HISTORY_BODY];
	uint32_t i = h->n;
	struct sn_spool_entry e = {
		.key = key_of(key), .rows = i % 50, .rounds = i % 3, .kind = (uint16_t)(i % 7)};
	uint64_t number = 0;
	int rc;

	suite_expect(i < HISTORY_RECORDS && size >= 4 && size <= HISTORY_BODY);
	h->rec[i] = (struct history_record){.boot = h->boot, .size = size, .key = (uint8_t)key};
	make_payload(h, i, payload);
	e.payload = sn_span_make(payload, size);
	rc = sn_spool_append(sp, &e, h->now, &number);
	if (rc == SN_OK) {
		h->rec[i].number = number;
		h->n++;
		suite_expect(i == h->life || number == h->rec[i - 1].number + 1);
	}
	note_committed(h, sp);
	return rc;
}

int history_commit(struct history *h, struct sn_spool *sp)
{
	int rc = sn_spool_commit(sp);
	struct sn_spool_stats st;

	sn_spool_stats_get(sp, &st);
	suite_expect(rc != SN_OK || st.uncommitted == 0);
	suite_expect(st.bytes <= h->cfg.max_bytes || rc != SN_OK);
	note_committed(h, sp);
	return rc;
}

int history_read(struct history *h, struct sn_spool *sp)
{
	uint8_t payload[HISTORY_BODY];
	struct sn_spool_record r;
	struct history_record *rec;
	int rc = sn_spool_read(sp, &r);
	uint32_t i;

	if (rc) {
		return rc;
	}
	suite_expect(r.payload.n >= 4);
	memcpy(&i, r.payload.p, 4);
	suite_expect(i < h->n);
	rec = &h->rec[i];
	make_payload(h, i, payload);
	suite_expect(sn_span_eq(r.payload, sn_span_make(payload, rec->size)));
	suite_expect(sn_span_eq(r.key, key_of(rec->key)));
	suite_expect(r.boot == rec->boot && r.number == rec->number);
	suite_expect(r.rows == i % 50 && r.rounds == i % 3 && r.kind == i % 7);
	suite_expect(!rec->delivered);
	suite_expect(!rec->lost);
	suite_expect(!rec->ack_durable);
	suite_expect(!rec->ack_now);
	suite_expect(h->last_of_key[rec->key] <= i);
	h->last_of_key[rec->key] = i + 1;
	suite_expect(r.again == rec->handed);
	rec->delivered = true;
	rec->handed = true;
	suite_expect(h->nflight < HISTORY_FLIGHT);
	h->flight[h->nflight++] = r.number;
	return SN_OK;
}

int history_ack(struct history *h, struct sn_spool *sp, uint32_t place)
{
	uint64_t number = h->flight[place];
	struct history_record *rec = of_number(h, number);
	int rc = sn_spool_ack(sp, number);

	suite_expect(rec != NULL);
	suite_expect(rc == SN_OK ? !rec->lost : rc == SN_ENOENT && (rec->lost || rec->acked));
	suite_expect(sn_spool_ack(sp, number) == SN_ENOENT);
	rec->acked |= rc == SN_OK;
	rec->ack_now |= rc == SN_OK;
	h->flight[place] = h->flight[--h->nflight];
	return rc;
}

void history_ack_all(struct history *h, struct sn_spool *sp)
{
	while (h->nflight) {
		history_ack(h, sp, h->nflight / 2);
	}
}

void history_rewind(struct history *h, struct sn_spool *sp)
{
	sn_spool_rewind(sp);
	for (uint32_t i = 0; i < h->n; i++) {
		h->rec[i].delivered = false;
	}
	memset(h->last_of_key, 0, sizeof(h->last_of_key));
	h->nflight = 0;
}

int history_tick(struct history *h, struct sn_spool *sp)
{
	int rc;
	uint32_t i = 0;

	h->now += 1000;
	rc = sn_spool_tick(sp, h->now);
	/* everything up to the first record that is open is remembered now */
	for (; rc == SN_OK && i < h->n; i++) {
		struct history_record *rec = &h->rec[i];

		if (!rec->ack_now && !rec->ack_durable && !rec->lost) {
			break;
		}
		rec->ack_durable |= rec->ack_now;
	}
	return rc;
}

unsigned history_drain(struct history *h, struct sn_spool *sp)
{
	unsigned n = 0;
	int rc;

	while ((rc = history_read(h, sp)) == SN_OK) {
		n++;
	}
	ck_assert_int_eq(rc, SN_ENOENT);
	return n;
}

void history_check_complete(const struct history *h)
{
	for (uint32_t i = 0; i < h->n; i++) {
		const struct history_record *rec = &h->rec[i];

		suite_expect(!rec->committed || rec->delivered || rec->acked || rec->lost);
	}
}

void history_check_stats(const struct sn_spool *sp)
{
	struct sn_spool_stats st;
	uint64_t lost = 0;

	sn_spool_stats_get(sp, &st);
	for (int i = 0; i < SN_SPOOL_CAUSES; i++) {
		lost += st.lost_records[i];
	}
	suite_expect(st.found + st.appended == st.acked + st.pending + lost);
	suite_expect(st.in_flight + st.uncommitted <= st.pending);
}

void history_work(struct history *h, struct sn_spool *sp, struct sn_rng *rng, unsigned steps)
{
	for (unsigned i = 0; i < steps && !dead(h); i++) {
		uint64_t what = sn_rng_below(rng, 16);

		if (what < 6) {
			for (uint64_t k = sn_rng_below(rng, 6); k; k--) {
				(void)history_append(
					h, sp, (unsigned)sn_rng_below(rng, HISTORY_KEYS),
					4 + (uint32_t)sn_rng_below(rng, HISTORY_BODY - 4));
			}
		} else if (what < 10) {
			(void)history_commit(h, sp);
		} else if (what < 12) {
			for (int k = 0; k < 4 && h->nflight < 100; k++) {
				(void)history_read(h, sp);
			}
		} else if (what < 14) {
			for (uint64_t k = sn_rng_below(rng, 6); k && h->nflight; k--) {
				(void)history_ack(h, sp, (uint32_t)sn_rng_below(rng, h->nflight));
			}
		} else if (what == 14) {
			(void)history_tick(h, sp);
		} else if (sn_rng_below(rng, 4) == 0) {
			history_rewind(h, sp);
		}
		history_check_stats(sp);
	}
}
