/*
 * Reset detection, see reset.h. Called by job on the worker's thread.
 */
#include "collect/reset.h"

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

static struct sn_reset_entry *find(struct sn_reset *r, uint32_t key)
{
	uint32_t i = key & (r->cap - 1);

	while (r->rows[i].key != 0 && r->rows[i].key != key) {
		i = (i + 1) & (r->cap - 1);
	}
	return &r->rows[i];
}

static int grow(struct sn_reset *r)
{
	struct sn_reset bigger = *r;

	bigger.cap = r->cap ? 2 * r->cap : 16;
	bigger.rows = calloc(bigger.cap, sizeof(*bigger.rows));
	if (!bigger.rows) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < r->cap; i++) {
		if (r->rows[i].key) {
			*find(&bigger, r->rows[i].key) = r->rows[i];
		}
	}
	free(r->rows);
	*r = bigger;
	return SN_OK;
}

/* Stores the value; true when it differs from what was known. */
static bool moved(struct sn_reset *r, uint32_t key, uint32_t value)
{
	struct sn_reset_entry *e = r->cap ? find(r, key) : NULL;

	if (e && e->key) {
		bool differs = e->value != value;

		e->value = value;
		return differs;
	}
	if (value == 0) {
		return false;
	}
	if (4 * (r->nrows + 1) > 3 * r->cap) {
		if (grow(r)) {
			return false;
		}
	}
	*find(r, key) = (struct sn_reset_entry){.key = key, .value = value};
	r->nrows++;
	return r->has_rows;
}

unsigned sn_reset_rows(struct sn_reset *r, struct sn_block *blk, uint32_t table)
{
	unsigned marked = 0;
	struct sn_value v;

	if (blk->schema->discontinuity < 0) {
		return 0;
	}
	for (uint32_t i = 0; i < blk->nrows; i++) {
		struct sn_row *row = sn_block_row(blk, i);
		uint32_t key;

		if (!sn_block_get(blk, row, (uint32_t)blk->schema->discontinuity, &v) ||
		    v.tag != SN_TAG_TIMETICKS) {
			continue;
		}
		key = (uint32_t)sn_hash_bytes(row->index->octet, row->index->n, table + 1);
		if (moved(r, key ? key : 1, (uint32_t)v.u)) {
			row->flags |= SN_ROW_RESET;
			marked++;
		}
	}
	r->has_rows = true;
	return marked;
}
