/*
 * Hierarchical timing wheel: three levels, ticks of 2^20 ns (about 1.05 ms), 13 days of range;
 * timers further ahead are looked at once in that time. Arm, cancel and fire are O(1); the next
 * event is found by bitmaps. Timers are intrusive, never fire early, and may be armed and cancelled
 * from inside a firing. One thread.
 *
 * The second level is wide: its 4096 slots of 1.07 s hold every usual poll interval, up to 73
 * minutes. So a target's timer moves down once in an interval, together with those of the same
 * second only. With 256 slots a level a quarter of all targets would move at the same tick.
 */
#ifndef SN_SCHEDULER_WHEEL_H
#define SN_SCHEDULER_WHEEL_H

#include "base/clock.h"
#include "base/list.h"

enum {
	SN_WHEEL_TICK_SHIFT = 20,
	SN_WHEEL_LEVELS = 3,
	SN_WHEEL_SLOTS = 1024 + 4096 + 256, /* of all levels, one after the other */
};

struct sn_timer {
	struct sn_list node;				    /* in a slot, or alone when not armed */
	uint64_t due;					    /* tick */
	void (*fire)(struct sn_timer *timer, uint64_t now); /* called once, timer not armed any more
							     */
};

_Static_assert(sizeof(struct sn_timer) == 32, "a timer sits in every target and request");

struct sn_wheel {
	uint64_t tick;			     /* all timers due up to here have fired */
	uint32_t armed;			     /* timers in the wheel */
	uint64_t used[SN_WHEEL_SLOTS / 64];  /* bitmap of slots that may hold timers */
	struct sn_list slot[SN_WHEEL_SLOTS]; /* timers by due tick */
};

/* now: mono ns from which ticks are counted on. */
void sn_wheel_init(struct sn_wheel *w, uint64_t now);

static inline void sn_timer_init(struct sn_timer *t, void (*fire)(struct sn_timer *, uint64_t))
{
	sn_list_init(&t->node);
	t->due = 0;
	t->fire = fire;
}

static inline bool sn_timer_armed(const struct sn_timer *t)
{
	return !sn_list_empty(&t->node);
}

/* Arms, or moves an armed timer, to fire at mono ns `at` or up to one tick later. The past means
 * the next advance. */
void sn_wheel_arm(struct sn_wheel *w, struct sn_timer *t, uint64_t at);

/* Harmless on a timer that is not armed. */
void sn_wheel_cancel(struct sn_wheel *w, struct sn_timer *t);

/* Fires all timers due at mono ns now, in order of their ticks. Returns how many. */
unsigned sn_wheel_advance(struct sn_wheel *w, uint64_t now);

/* Mono ns before which nothing can fire; SN_TIME_NEVER when no timer is armed. May be early, never
 * late. */
uint64_t sn_wheel_next(const struct sn_wheel *w);

#endif
