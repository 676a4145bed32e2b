/*
 * Timers against a plain list of what should fire: never early, at most a tick late, whatever is
 * armed, moved and cancelled meanwhile, also from inside a firing. Behaviour of scheduler/wheel.h.
 *
 * ctest: one_thread
 */
#include "scheduler/wheel.h"

#include "base/rng.h"

#include "support/suite.h"

enum { TIMERS = 300, ADVANCES = 200000 };

#define TICK (UINT64_C(1) << SN_WHEEL_TICK_SHIFT)
#define DAY (86400 * SN_NS_PER_SEC)

/* A timer and what the list says about it. */
struct entry {
	struct sn_timer timer; /* first: a timer is an entry */
	uint64_t at;	       /* armed for */
	bool armed;	       /* as the list has it */
	unsigned fired;	       /* times */
	uint64_t fired_at;     /* now of the last time */
};

static struct sn_wheel w;
static struct entry e[TIMERS];
static struct sn_rng rng;
static uint64_t last_now;	  /* of the advance before this one */
static uint32_t armed;		  /* entries armed */
static bool meddle;		  /* firings arm and cancel others */
static uint64_t sequence[TIMERS]; /* what fired, in order: at */
static unsigned nsequence;	  /* firings so far */

static void arm(struct entry *t, uint64_t at)
{
	armed += !t->armed;
	t->armed = true;
	t->at = at;
	sn_wheel_arm(&w, &t->timer, at);
}

static void cancel(struct entry *t)
{
	armed -= t->armed;
	t->armed = false;
	sn_wheel_cancel(&w, &t->timer);
}

/* Mostly the near future that requests use, now and then the far one, and beyond the range. */
static uint64_t some_time(uint64_t now)
{
	static const uint64_t spans[] = {0,
					 4 * TICK,
					 256 * TICK,
					 5 * SN_NS_PER_SEC,
					 300 * SN_NS_PER_SEC,
					 3600 * SN_NS_PER_SEC,
					 3 * DAY,
					 52 * DAY,
					 130 * DAY};
	uint64_t span = spans[sn_rng_below(&rng, sizeof(spans) / sizeof(spans[0]))];

	return now + (span ? sn_rng_below(&rng, span) : 0);
}

static void on_fire(struct sn_timer *timer, uint64_t now)
{
	struct entry *t = (struct entry *)timer;

	suite_expect(t->armed);
	suite_expect(!sn_timer_armed(timer));
	suite_expect(now >= t->at);
	suite_expect(last_now < t->at + TICK); /* else the advance before should have fired it */
	sequence[nsequence++ % TIMERS] = t->at;
	t->armed = false;
	armed--;
	t->fired++;
	t->fired_at = now;
	if (!meddle) {
		return;
	}
	if (sn_rng_below(&rng, 4)) {
		arm(t, some_time(now));
	}
	if (sn_rng_below(&rng, 4) == 0) {
		cancel(&e[sn_rng_below(&rng, TIMERS)]);
	}
	if (sn_rng_below(&rng, 4) == 0) {
		arm(&e[sn_rng_below(&rng, TIMERS)], some_time(now));
	}
}

static void setup(uint64_t now)
{
	sn_rng_init_seed(&rng, 42);
	sn_wheel_init(&w, now);
	last_now = now;
	for (int i = 0; i < TIMERS; i++) {
		sn_timer_init(&e[i].timer, on_fire);
		e[i].armed = false;
		e[i].fired = 0;
	}
	armed = 0;
	nsequence = 0;
	meddle = false;
}

/* The instant before which nothing in the list may fire. */
static uint64_t earliest(void)
{
	uint64_t best = SN_TIME_NEVER;

	for (int i = 0; i < TIMERS; i++) {
		if (e[i].armed && e[i].at < best) {
			best = e[i].at;
		}
	}
	return best;
}

static void check(uint64_t now)
{
	uint64_t next = sn_wheel_next(&w);
	uint64_t due = earliest();

	suite_expect(w.armed == armed);
	suite_expect(due > now - TICK); /* all that was due has fired */
	/* next is never late: at `next` at the latest one tick after the first deadline */
	suite_expect(due == SN_TIME_NEVER ? next == SN_TIME_NEVER
					  : next <= (due > now ? due : now) + TICK);
}

static void advance(uint64_t now)
{
	sn_wheel_advance(&w, now);
	check(now);
	last_now = now;
}

START_TEST(random_timers_fire_when_the_list_says_over_sixty_days)
{
	uint64_t now = 12345678901;
	uint64_t begin = now;
	uint64_t fired = 0;

	setup(now);
	meddle = true;
	for (int i = 0; i < TIMERS; i++) {
		arm(&e[i], some_time(now));
	}
	for (int i = 0; i < ADVANCES; i++) {
		static const uint64_t steps[] = {1, TICK, 3 * TICK, SN_NS_PER_SEC,
						 100 * SN_NS_PER_SEC};

		now += sn_rng_below(&rng, steps[sn_rng_below(&rng, 5)]);
		if (sn_rng_below(&rng, 1000) == 0) {
			now += sn_rng_below(&rng, DAY);
		}
		advance(now);
		if (sn_rng_below(&rng, 8) == 0) {
			arm(&e[sn_rng_below(&rng, TIMERS)], some_time(now));
		}
		if (sn_rng_below(&rng, 16) == 0) {
			cancel(&e[sn_rng_below(&rng, TIMERS)]);
		}
	}
	for (int i = 0; i < TIMERS; i++) {
		fired += e[i].fired;
	}
	ck_assert_uint_ge(now - begin, 60 * DAY);
	ck_assert_uint_ge(fired, 10000);
}
END_TEST

START_TEST(sleeping_until_next_fires_everything_on_time)
{
	uint64_t now = 7 * DAY + 1;
	unsigned turns = 0;

	setup(now);
	for (int i = 0; i < TIMERS; i++) {
		arm(&e[i], some_time(now));
	}
	while (armed) {
		uint64_t next = sn_wheel_next(&w);

		suite_expect(next != SN_TIME_NEVER);
		suite_expect(next > now); /* else a loop would spin */
		if (next - now > 1) {
			unsigned none = sn_wheel_advance(&w, next - 1);

			suite_expect(none == 0);
		}
		now = next;
		sn_wheel_advance(&w, now);
		last_now = now;
		turns++;
	}
	for (int i = 0; i < TIMERS; i++) {
		suite_expect(e[i].fired == 1);
		suite_expect(e[i].fired_at >= e[i].at && e[i].fired_at - e[i].at <= TICK);
	}
	ck_assert_uint_le(turns, TIMERS * (SN_WHEEL_LEVELS + 3));
}
END_TEST

START_TEST(a_timer_alone_fires_on_time_at_any_distance_from_any_tick)
{
	sn_rng_init_seed(&rng, 9);
	for (int i = 0; i < 20000; i++) {
		uint64_t now = sn_rng_u64(&rng) >> (2 + sn_rng_below(&rng, 20));
		/* distances of all sizes, and those just below a level's span */
		uint64_t ticks = (UINT64_C(1) << sn_rng_below(&rng, 33)) - sn_rng_below(&rng, 3);
		uint64_t delta = sn_rng_below(&rng, 2) ? sn_rng_u64(&rng) >> sn_rng_below(&rng, 64)
						       : ticks * TICK;

		if (delta >= 100 * DAY) {
			continue;
		}
		sn_wheel_init(&w, now);
		sn_timer_init(&e[0].timer, on_fire);
		last_now = now;
		armed = 0;
		e[0].armed = false;
		arm(&e[0], now + delta);
		while (armed) {
			last_now = now;
			now = sn_wheel_next(&w);
			suite_expect(now != SN_TIME_NEVER && now > last_now);
			sn_wheel_advance(&w, now);
		}
		suite_expect(now <= e[0].at + TICK);
	}
}
END_TEST

START_TEST(a_timer_beyond_the_range_does_not_fire_early)
{
	const uint64_t start = 5 * DAY;
	uint64_t now = start;

	setup(now);
	arm(&e[0], start + 200 * DAY);
	arm(&e[1], SN_TIME_NEVER / 2);
	while (now < start + 201 * DAY) {
		now += 7 * 3600 * SN_NS_PER_SEC;
		advance(now);
	}
	ck_assert_uint_eq(e[0].fired, 1);
	ck_assert_uint_le(e[0].fired_at, start + 200 * DAY + 8 * 3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(e[1].fired, 0);
	ck_assert(sn_timer_armed(&e[1].timer));
}
END_TEST

START_TEST(the_past_fires_at_the_next_advance_and_not_within_this_one)
{
	uint64_t now = 100 * TICK;

	setup(now);
	arm(&e[0], 0);
	e[0].at = now;					 /* what the list may expect of it */
	ck_assert_uint_eq(sn_wheel_advance(&w, now), 0); /* same tick */
	ck_assert_uint_eq(sn_wheel_next(&w), 101 * TICK);
	ck_assert_uint_eq(sn_wheel_advance(&w, now + TICK), 1);
	ck_assert_uint_eq(sn_wheel_next(&w), SN_TIME_NEVER);
}
END_TEST

/* Cancels the others that are due at the same tick and arms itself for the past. */
static void cancel_all(struct sn_timer *timer, uint64_t now)
{
	struct entry *t = (struct entry *)timer;

	(void)now;
	t->fired++;
	for (int i = 0; i < TIMERS; i++) {
		if (&e[i] != t) {
			sn_wheel_cancel(&w, &e[i].timer);
		}
	}
	sn_wheel_arm(&w, timer, 0);
}

START_TEST(a_firing_may_cancel_others_of_its_tick_and_arm_itself_again)
{
	setup(0);
	for (int i = 0; i < TIMERS; i++) {
		sn_timer_init(&e[i].timer, cancel_all);
		sn_wheel_arm(&w, &e[i].timer, 10 * TICK);
	}
	ck_assert_uint_eq(sn_wheel_advance(&w, 11 * TICK), 1);
	ck_assert_uint_eq(e[0].fired, 1);
	for (int i = 1; i < TIMERS; i++) {
		ck_assert_uint_eq(e[i].fired, 0);
		ck_assert(!sn_timer_armed(&e[i].timer));
	}
	ck_assert_uint_eq(w.armed, 1);
	ck_assert_uint_eq(sn_wheel_advance(&w, 12 * TICK), 1);
	ck_assert_uint_eq(e[0].fired, 2);
}
END_TEST

START_TEST(moving_and_cancelling_keep_the_count)
{
	setup(0);
	sn_wheel_cancel(&w, &e[0].timer);
	ck_assert_uint_eq(w.armed, 0);
	arm(&e[0], 5 * TICK);
	arm(&e[0], 500 * TICK);
	ck_assert_uint_eq(w.armed, 1);
	advance(100 * TICK);
	ck_assert_uint_eq(e[0].fired, 0);
	cancel(&e[0]);
	cancel(&e[0]);
	ck_assert_uint_eq(w.armed, 0);
	ck_assert_uint_eq(sn_wheel_next(&w), SN_TIME_NEVER);
	ck_assert_uint_eq(sn_wheel_advance(&w, 10 * DAY), 0);
}
END_TEST

START_TEST(timers_of_one_advance_fire_in_order_of_their_ticks)
{
	setup(0);
	for (int i = 0; i < TIMERS; i++) {
		arm(&e[i], sn_rng_below(&rng, 100000) * TICK);
	}
	ck_assert_uint_eq(sn_wheel_advance(&w, 200000 * TICK), TIMERS);
	ck_assert_uint_eq(nsequence, TIMERS);
	for (int i = 1; i < TIMERS; i++) {
		ck_assert_uint_le(sequence[i - 1], sequence[i]);
	}
}
END_TEST

/* Requests that were answered, all but one. */
START_TEST(what_was_cancelled_wakes_nobody)
{
	setup(1000 * TICK);
	for (unsigned i = 0; i < 8; i++) {
		arm(&e[i], (1010 + i / 2) * TICK);
	}
	arm(&e[8], 1900 * TICK);
	for (unsigned i = 0; i < 8; i++) {
		cancel(&e[i]);
	}
	ck_assert_uint_eq(sn_wheel_next(&w), 1901 * TICK);
	arm(&e[0], 1010 * TICK);
	arm(&e[1], 1010 * TICK);
	cancel(&e[0]);
	ck_assert_uint_eq(sn_wheel_next(&w), 1011 * TICK);
}
END_TEST

START_TEST(a_clock_that_stands_still_or_goes_back_fires_nothing)
{
	setup(1000 * TICK);
	arm(&e[0], 1001 * TICK);
	ck_assert_uint_eq(sn_wheel_advance(&w, 1000 * TICK), 0);
	ck_assert_uint_eq(sn_wheel_advance(&w, 3 * TICK), 0);
	ck_assert_uint_eq(sn_wheel_advance(&w, 1002 * TICK), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {random_timers_fire_when_the_list_says_over_sixty_days,
				      sleeping_until_next_fires_everything_on_time,
				      a_timer_alone_fires_on_time_at_any_distance_from_any_tick,
				      a_timer_beyond_the_range_does_not_fire_early,
				      the_past_fires_at_the_next_advance_and_not_within_this_one,
				      a_firing_may_cancel_others_of_its_tick_and_arm_itself_again,
				      moving_and_cancelling_keep_the_count,
				      timers_of_one_advance_fire_in_order_of_their_ticks,
				      what_was_cancelled_wakes_nobody,
				      a_clock_that_stands_still_or_goes_back_fires_nothing,
				      NULL};

	return suite_run_tests("wheel", tests, 60);
}
