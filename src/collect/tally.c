/*
 * Tallies by modules, see tally.h. Called by collector.c, worker thread.
 */
#include "collect/tally.h"

#include "base/hash.h"

#include <stdlib.h>

static struct sn_tally *make(struct sn_tallies *ts, const char *modules)
{
	size_t n = strlen(modules) + 1;
	struct sn_tally *t = calloc(1, sizeof(*t) + n);

	if (!t) {
		return NULL;
	}
	memcpy(t->modules, modules, n);
	t->next = atomic_load_explicit(&ts->newest, memory_order_relaxed);
	atomic_store_explicit(&ts->newest, t, memory_order_release);
	ts->n++;
	return t;
}

/* NULL: no memory. */
static struct sn_tally *seek(struct sn_tallies *ts, const char *modules)
{
	uint64_t hash = sn_hash_bytes(modules, strlen(modules), 0);
	struct sn_tally **bucket = &ts->bucket[hash % SN_TALLY_BUCKETS];
	struct sn_tally *t = *bucket;

	while (t && strcmp(t->modules, modules) != 0) {
		t = t->chain;
	}
	if (t) {
		return t;
	}
	if (ts->n >= SN_TALLIES_MAX) {
		if (!ts->others) {
			ts->others = make(ts, "(others)");
		}
		return ts->others;
	}
	t = make(ts, modules);
	if (t) {
		t->chain = *bucket;
		*bucket = t;
	}
	return t;
}

/* As seek; rounds of one list of modules mostly follow one another. */
static struct sn_tally *find(struct sn_tallies *ts, const char *modules)
{
	if (!ts->last || strcmp(ts->last->modules, modules) != 0) {
		ts->last = seek(ts, modules);
	}
	return ts->last;
}

static enum sn_tally_count result_of(uint8_t status)
{
	switch (status) {
	case SN_ROUND_OK:
		return SN_TALLY_ROUNDS_OK;
	case SN_ROUND_PARTIAL:
		return SN_TALLY_ROUNDS_PARTIAL;
	case SN_ROUND_CANCELLED:
		return SN_TALLY_ROUNDS_CANCELLED;
	default:
		return SN_TALLY_ROUNDS_FAILED;
	}
}

/* One writer: no locked instruction. */
static void add(struct sn_tally *t, enum sn_tally_count id, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&t->v[id], memory_order_relaxed);

	atomic_store_explicit(&t->v[id], v + n, memory_order_relaxed);
}

void sn_tallies_add(struct sn_tallies *ts, const struct sn_round *rd, uint32_t agent_errors)
{
	struct sn_tally *t = find(ts, rd->modules ? rd->modules : "");

	if (!t) {
		return;
	}
	add(t, result_of(rd->status), 1);
	add(t, SN_TALLY_ROWS, rd->rows);
	add(t, SN_TALLY_VARBINDS, rd->varbinds);
	add(t, SN_TALLY_REQUESTS, rd->requests);
	add(t, SN_TALLY_DURATION_NS, rd->duration_ns);
	if (rd->rows_partial | rd->retries | rd->timeouts | agent_errors) {
		add(t, SN_TALLY_ROWS_PARTIAL, rd->rows_partial);
		add(t, SN_TALLY_RETRIES, rd->retries);
		add(t, SN_TALLY_TIMEOUTS, rd->timeouts);
		add(t, SN_TALLY_AGENT_ERRORS, agent_errors);
	}
}

void sn_tallies_fini(struct sn_tallies *ts)
{
	struct sn_tally *t = atomic_load_explicit(&ts->newest, memory_order_relaxed);

	while (t) {
		struct sn_tally *next = t->next;

		free(t);
		t = next;
	}
	memset(ts, 0, sizeof(*ts));
}
