/*
 * Timing wheel, see wheel.h. The worker advances it once per loop turn; requests and the calendar
 * arm timers.
 */
#include "scheduler/wheel.h"

#include <string.h>

enum { RANGE_BITS = 30, LAST = SN_WHEEL_LEVELS - 1 };

static const struct {
	unsigned shift; /* log2 of the ticks of a slot */
	unsigned bits;	/* log2 of the number of slots */
	unsigned first; /* number of the first slot */
} levels[SN_WHEEL_LEVELS] = {{0, 10, 0}, {10, 12, 1024}, {22, 8, 1024 + 4096}};

/* The slot of a level that a tick belongs to, within the level. */
static unsigned index_of(unsigned level, uint64_t tick)
{
	return (unsigned)(tick >> levels[level].shift) & ((1u << levels[level].bits) - 1);
}

void sn_wheel_init(struct sn_wheel *w, uint64_t now)
{
	w->tick = now >> SN_WHEEL_TICK_SHIFT;
	w->armed = 0;
	memset(w->used, 0, sizeof(w->used));
	for (int i = 0; i < SN_WHEEL_SLOTS; i++) {
		sn_list_init(&w->slot[i]);
	}
}

/*
 * Puts a timer that is due at w->tick or later where its distance says. One beyond the range waits
 * in the last slot of the range and is placed anew when that is reached.
 */
static void place(struct sn_wheel *w, struct sn_timer *t)
{
	const uint64_t range = (UINT64_C(1) << RANGE_BITS) - 1;
	uint64_t delta = t->due - w->tick < range ? t->due - w->tick : range;
	unsigned level = 0;
	unsigned i;

	while (level < LAST && delta >> (levels[level].shift + levels[level].bits)) {
		level++;
	}
	i = levels[level].first + index_of(level, w->tick + delta);
	w->used[i / 64] |= UINT64_C(1) << (i % 64);
	sn_list_push(&w->slot[i], &t->node);
}

void sn_wheel_arm(struct sn_wheel *w, struct sn_timer *t, uint64_t at)
{
	uint64_t due = (at >> SN_WHEEL_TICK_SHIFT) + 1;

	sn_wheel_cancel(w, t);
	t->due = due > w->tick ? due : w->tick + 1;
	place(w, t);
	w->armed++;
}

/* A slot that became empty shall wake nobody; most requests are answered long before their
 * deadline. head: what is left of a list, a slot's or one that advance is working on. */
static void forget_slot(struct sn_wheel *w, const struct sn_list *head)
{
	uintptr_t offset = (uintptr_t)head - (uintptr_t)w->slot;
	size_t i = offset / sizeof(*head);

	if (i < SN_WHEEL_SLOTS) {
		w->used[i / 64] &= ~(UINT64_C(1) << (i % 64));
	}
}

void sn_wheel_cancel(struct sn_wheel *w, struct sn_timer *t)
{
	const struct sn_list *head = t->node.prev;

	if (sn_timer_armed(t)) {
		sn_list_del(&t->node);
		w->armed--;
		if (head->next == head) {
			forget_slot(w, head);
		}
	}
}

/* Distance from the slot of w->tick (exclusive) to the next used slot of a level, up to a full
 * turn; 0: none. */
static unsigned next_used(const struct sn_wheel *w, unsigned level)
{
	const uint64_t *used = &w->used[levels[level].first / 64];
	unsigned slots = 1u << levels[level].bits;
	unsigned from = index_of(level, w->tick);

	for (unsigned step = 1; step <= slots;) {
		unsigned i = (from + step) & (slots - 1);
		uint64_t word = used[i / 64] >> (i % 64);

		if (word) {
			unsigned found = step + (unsigned)__builtin_ctzll(word);

			return found <= slots ? found : 0;
		}
		step += 64 - i % 64;
	}
	return 0;
}

/* The next tick at which a slot must be fired or spread over the level below. */
static uint64_t next_tick(const struct sn_wheel *w)
{
	uint64_t best = UINT64_MAX;

	for (unsigned level = 0; level < SN_WHEEL_LEVELS; level++) {
		uint64_t at = w->tick >> levels[level].shift;
		unsigned step;

		if (best <= (at + 1) << levels[level].shift) {
			break; /* before anything here or above can be due */
		}
		step = next_used(w, level);
		if (step && (at + step) << levels[level].shift < best) {
			best = (at + step) << levels[level].shift;
		}
	}
	return best;
}

static void take_slot(struct sn_wheel *w, unsigned level, struct sn_list *out)
{
	unsigned i = levels[level].first + index_of(level, w->tick);

	w->used[i / 64] &= ~(UINT64_C(1) << (i % 64));
	sn_list_splice(out, &w->slot[i]);
}

/* At the start of a higher slot's span its timers move down; those due at this very tick go to
 * level 0's slot. */
static void cascade(struct sn_wheel *w)
{
	for (unsigned level = 1; level < SN_WHEEL_LEVELS; level++) {
		struct sn_list moving;
		struct sn_list *n;

		if (w->tick & ((UINT64_C(1) << levels[level].shift) - 1)) {
			return;
		}
		sn_list_init(&moving);
		take_slot(w, level, &moving);
		while ((n = sn_list_pop(&moving))) {
			place(w, sn_container_of(n, struct sn_timer, node));
		}
	}
}

unsigned sn_wheel_advance(struct sn_wheel *w, uint64_t now)
{
	uint64_t target = now >> SN_WHEEL_TICK_SHIFT;
	unsigned fired = 0;

	while (w->tick < target) {
		uint64_t next = next_tick(w);
		struct sn_list due;
		struct sn_list *n;

		if (next > target) {
			w->tick = target;
			break;
		}
		w->tick = next;
		cascade(w);
		sn_list_init(&due);
		take_slot(w, 0, &due);
		while ((n = sn_list_pop(&due))) {
			struct sn_timer *t = sn_container_of(n, struct sn_timer, node);

			w->armed--;
			fired++;
			t->fire(t, now);
		}
	}
	return fired;
}

uint64_t sn_wheel_next(const struct sn_wheel *w)
{
	uint64_t tick;

	if (w->armed == 0) {
		return SN_TIME_NEVER;
	}
	tick = next_tick(w);
	return tick == UINT64_MAX ? SN_TIME_NEVER : tick << SN_WHEEL_TICK_SHIFT;
}
