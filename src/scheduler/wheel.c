/*
 * Timing wheel, see wheel.h. The worker advances it once per loop turn; requests and the calendar
 * arm timers.
 */
#include "scheduler/wheel.h"

#include <string.h>

enum { SLOT_BITS = 8, SLOT_MASK = SN_WHEEL_SLOTS - 1 };

void sn_wheel_init(struct sn_wheel *w, uint64_t now)
{
	w->tick = now >> SN_WHEEL_TICK_SHIFT;
	w->armed = 0;
	memset(w->used, 0, sizeof(w->used));
	for (int level = 0; level < SN_WHEEL_LEVELS; level++) {
		for (int i = 0; i < SN_WHEEL_SLOTS; i++) {
			sn_list_init(&w->slot[level][i]);
		}
	}
}

/*
 * Puts a timer that is due at w->tick or later where its distance says. One beyond the range waits
 * in the last slot of the range and is placed anew when that is reached.
 */
static void place(struct sn_wheel *w, struct sn_timer *t)
{
	const uint64_t range = (UINT64_C(1) << (SLOT_BITS * SN_WHEEL_LEVELS)) - 1;
	uint64_t delta = t->due - w->tick < range ? t->due - w->tick : range;
	unsigned level = 0;
	unsigned i;

	while (level < SN_WHEEL_LEVELS - 1 && delta >> (SLOT_BITS * (level + 1))) {
		level++;
	}
	i = (unsigned)((w->tick + delta) >> (SLOT_BITS * level)) & SLOT_MASK;
	w->used[level][i / 64] |= UINT64_C(1) << (i % 64);
	sn_list_push(&w->slot[level][i], &t->node);
}

void sn_wheel_arm(struct sn_wheel *w, struct sn_timer *t, uint64_t at)
{
	uint64_t due = (at >> SN_WHEEL_TICK_SHIFT) + 1;

	sn_wheel_cancel(w, t);
	t->due = due > w->tick ? due : w->tick + 1;
	place(w, t);
	w->armed++;
}

void sn_wheel_cancel(struct sn_wheel *w, struct sn_timer *t)
{
	if (sn_timer_armed(t)) {
		sn_list_del(&t->node);
		w->armed--;
	}
}

/* Distance from slot index `from` (exclusive) to the next used slot of a level, up to a full turn;
 * 0: none. */
static unsigned next_used(const uint64_t used[], unsigned from)
{
	for (unsigned step = 1; step <= SN_WHEEL_SLOTS;) {
		unsigned i = (from + step) & SLOT_MASK;
		uint64_t word = used[i / 64] >> (i % 64);

		if (word) {
			unsigned found = step + (unsigned)__builtin_ctzll(word);

			return found <= SN_WHEEL_SLOTS ? found : 0;
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
		uint64_t at = w->tick >> (SLOT_BITS * level);
		unsigned step = next_used(w->used[level], (unsigned)at & SLOT_MASK);

		if (step) {
			uint64_t tick = (at + step) << (SLOT_BITS * level);

			if (tick < best) {
				best = tick;
			}
		}
	}
	return best;
}

static void take_slot(struct sn_wheel *w, unsigned level, struct sn_list *out)
{
	unsigned i = (unsigned)(w->tick >> (SLOT_BITS * level)) & SLOT_MASK;

	w->used[level][i / 64] &= ~(UINT64_C(1) << (i % 64));
	sn_list_splice(out, &w->slot[level][i]);
}

/* At the start of a higher slot's span its timers move down; those due at this very tick go to
 * level 0's slot. */
static void cascade(struct sn_wheel *w)
{
	for (unsigned level = 1; level < SN_WHEEL_LEVELS; level++) {
		struct sn_list moving;
		struct sn_list *n;

		if (w->tick & ((UINT64_C(1) << (SLOT_BITS * level)) - 1)) {
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
