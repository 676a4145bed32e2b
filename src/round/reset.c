/*
 * Reset detection, see reset.h. Called by job on the worker's thread.
 */
#include "round/reset.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdlib.h>

enum {
	NS_PER_TICK = 10 * 1000 * 1000, /* TimeTicks are 1/100 s */
	SLACK_TICKS = 6000 /* a minute, for slow clocks and cached values around the wrap */
};

void sn_reset_init(struct sn_reset *r)
{
	memset(r, 0, sizeof(*r));
}

void sn_reset_fini(struct sn_reset *r)
{
	free(r->rows);
	r->rows = NULL;
	r->cap = 0;
}

bool sn_reset_uptime(struct sn_reset *r, uint32_t uptime, uint64_t now)
{
	uint64_t passed = (now - r->seen_at) / NS_PER_TICK;
	uint64_t expected = (uint64_t)r->uptime + passed;
	bool known = r->has_uptime;
	uint32_t before = r->uptime;

	r->has_uptime = true;
	r->uptime = uptime;
	r->seen_at = now;
	if (!known) {
		return false;
	}
	if (expected + SLACK_TICKS >= UINT64_C(1) << 32) {
		/* the counter may have wrapped: then it is near where time puts it */
		int64_t off = (int32_t)(uptime - (uint32_t)expected);
		int64_t tolerance = SLACK_TICKS + (int64_t)(passed / 64);

		return off < -tolerance || off > tolerance;
	}
	/* lower than before, or younger than our own last look (with 1/64 for its clock) */
	return uptime < before || uptime + passed / 64 + 100 < passed;
}

void sn_reset_start(struct sn_reset *r, uint64_t wall, bool restarted)
{
	uint64_t up = (uint64_t)r->uptime * NS_PER_TICK;

	if (restarted || r->started == 0) {
		r->started = wall > up ? wall - up : 1;
	}
}

/* The entry of a row, or the free one where it belongs; cap must not be 0. */
static struct sn_reset_entry *find(struct sn_reset_entry *rows, uint32_t cap,
				   const struct sn_reset_entry *key)
{
	uint32_t i = key->hash & (cap - 1);

	while (rows[i].hash != 0 && (rows[i].hash != key->hash || rows[i].more != key->more ||
				     rows[i].table != key->table)) {
		i = (i + 1) & (cap - 1);
	}
	return &rows[i];
}

static bool is_stale(const struct sn_reset *r, const struct sn_reset_entry *e, uint8_t table)
{
	return e->hash && e->table == table && e->seen != r->looks;
}

/*
 * Moves the entries to a table that is less than half full with one more; those of `forget` that
 * this look did not meet stay behind (-1: all move). SN_ENOMEM: all is as it was.
 */
static int rebuild(struct sn_reset *r, int forget)
{
	struct sn_reset_entry *rows;
	uint32_t keep = 0;
	uint32_t cap = 16;

	for (uint32_t i = 0; i < r->cap; i++) {
		keep += r->rows[i].hash &&
			!(forget >= 0 && is_stale(r, &r->rows[i], (uint8_t)forget));
	}
	while (cap < 2 * (keep + 1)) {
		cap *= 2;
	}
	rows = calloc(cap, sizeof(*rows));
	if (!rows) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < r->cap; i++) {
		const struct sn_reset_entry *e = &r->rows[i];

		if (e->hash && !(forget >= 0 && is_stale(r, e, (uint8_t)forget))) {
			*find(rows, cap, e) = *e;
		}
	}
	free(r->rows);
	r->rows = rows;
	r->cap = cap;
	r->nrows = keep;
	return SN_OK;
}

/* Stores the value; true when it differs from what was known. */
static bool moved(struct sn_reset *r, const struct sn_reset_entry *now, uint32_t *met)
{
	struct sn_reset_entry *e = r->cap ? find(r->rows, r->cap, now) : NULL;

	if (e && e->hash) {
		bool differs = e->value != now->value;

		*e = *now;
		++*met;
		return differs;
	}
	if (now->value == 0) {
		return false;
	}
	if (4 * (r->nrows + 1) > 3 * r->cap && rebuild(r, -1)) {
		return false;
	}
	*find(r->rows, r->cap, now) = *now;
	r->nrows++;
	++*met;
	return r->tables_seen >> now->table % 64 & 1;
}

/* Interfaces come and go for years: what is gone must not be kept for ever. */
static void forget_gone(struct sn_reset *r, uint8_t table)
{
	uint32_t stale = 0;

	for (uint32_t i = 0; i < r->cap; i++) {
		stale += is_stale(r, &r->rows[i], table);
	}
	if (2 * stale > r->nrows && rebuild(r, table)) {
		return; /* no memory: another time */
	}
}

unsigned sn_reset_rows(struct sn_reset *r, struct sn_block *blk, uint32_t table, bool complete)
{
	unsigned marked = 0;
	uint32_t met = 0;
	struct sn_value v;

	if (blk->schema->discontinuity < 0) {
		return 0;
	}
	r->looks++;
	for (uint32_t i = 0; i < blk->nrows; i++) {
		struct sn_row *row = sn_block_row(blk, i);
		struct sn_reset_entry now = {.table = (uint8_t)table, .seen = r->looks};
		uint64_t hash;

		if (!sn_block_get(blk, row, (uint32_t)blk->schema->discontinuity, &v) ||
		    v.tag != SN_TAG_TIMETICKS) {
			continue;
		}
		hash = sn_hash_bytes(row->index->octet, row->index->n, 0);
		now.hash = (uint32_t)hash ? (uint32_t)hash : 1;
		now.more = (uint16_t)(hash >> 32);
		now.value = (uint32_t)v.u;
		if (moved(r, &now, &met)) {
			row->flags |= SN_ROW_RESET;
			marked++;
		}
	}
	r->tables_seen |= UINT64_C(1) << table % 64;
	if (complete && r->nrows > 2 * met) {
		forget_gone(r, (uint8_t)table);
	}
	return marked;
}
