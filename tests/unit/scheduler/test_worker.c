/*
 * The worker's loop over the scripted network: order of a turn, timers in virtual time, messages
 * from other threads, the wall clock, errors of the back end. Behaviour of scheduler/worker.h.
 */
#include "scheduler/worker.h"

#include "base/clock.h"
#include "io/fake.h"

#include "support/suite.h"

#include <pthread.h>

#define START (3 * SN_NS_PER_SEC)
#define WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)
#define TICK (UINT64_C(1) << SN_WHEEL_TICK_SHIFT)

static struct sn_worker w;
static struct sn_fake *net;

/* What happened, in order: one letter each. */
static char trace[64];

static void note(char c)
{
	size_t n = strlen(trace);

	if (n + 1 < sizeof(trace)) {
		trace[n] = c;
	}
}

static void setup(void)
{
	const uint64_t seed = 5;
	struct sn_fake_config fc = {.start_mono = START, .start_wall = WALL, .sockets4 = 1};
	struct sn_worker_config wc = {.number = 3, .in_flight = 10, .seed = &seed};

	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
}

static void on_timer(struct sn_timer *timer, uint64_t now)
{
	(void)timer;
	ck_assert_uint_eq(now, w.now);
	note('t');
}

static void on_turn(void *ctx, struct sn_worker *worker)
{
	ck_assert_ptr_eq(ctx, trace);
	ck_assert_ptr_eq(worker, &w);
	note('h');
}

static void on_message(struct sn_worker *worker, struct sn_worker_message *message)
{
	ck_assert_ptr_eq(worker, &w);
	(void)message;
	note('m');
}

START_TEST(a_turn_runs_messages_then_timers_then_the_hook)
{
	struct sn_worker_message message = {.run = on_message};
	struct sn_timer timer;

	setup();
	w.hooks = (struct sn_worker_hooks){.ctx = trace, .turn = on_turn};
	sn_timer_init(&timer, on_timer);
	sn_wheel_arm(&w.wheel, &timer, START + 20 * TICK);
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK); /* sleeps until the timer */
	sn_worker_post(&w, &message);
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	ck_assert_str_eq(trace, "hmth");
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_LOOPS), 2);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(timers_fire_within_a_tick_of_virtual_time)
{
	struct sn_timer timer;

	setup();
	sn_timer_init(&timer, on_timer);
	for (uint64_t delay = 1; delay < 100 * SN_NS_PER_SEC; delay = delay * 3 + 1) {
		uint64_t at = w.now + delay;

		sn_wheel_arm(&w.wheel, &timer, at);
		while (sn_timer_armed(&timer)) {
			ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
		}
		ck_assert_uint_ge(w.now, at);
		ck_assert_uint_le(w.now, at + TICK);
	}
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_turn_waits_no_longer_than_it_is_told)
{
	struct sn_timer timer;

	setup();
	sn_timer_init(&timer, on_timer);
	sn_wheel_arm(&w.wheel, &timer, START + 10 * SN_NS_PER_SEC);
	ck_assert_int_eq(sn_worker_turn(&w, START + 12345), SN_OK);
	ck_assert_uint_eq(sn_io_now(w.io), START + 12345);
	ck_assert_str_eq(trace, "");
	sn_worker_fini(&w);
}
END_TEST

static void hurry_once(void *ctx, struct sn_worker *worker)
{
	bool *hurry = ctx;

	worker->hurry = *hurry;
	*hurry = false;
}

START_TEST(a_worker_in_a_hurry_does_not_wait_once)
{
	bool hurry = true;
	struct sn_timer timer;

	setup();
	sn_timer_init(&timer, on_timer);
	sn_wheel_arm(&w.wheel, &timer, START + 20 * TICK);
	w.hooks = (struct sn_worker_hooks){.ctx = &hurry, .turn = hurry_once};
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	ck_assert_uint_eq(sn_io_now(w.io), START);
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	ck_assert_uint_ge(sn_io_now(w.io), START + 20 * TICK);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(the_wall_clock_is_followed_within_a_second)
{
	setup();
	ck_assert_uint_eq(sn_worker_wall(&w), WALL);
	sn_fake_step_wall(net, 3600 * (int64_t)SN_NS_PER_SEC);
	ck_assert_int_eq(sn_worker_turn(&w, START + SN_NS_PER_SEC), SN_OK);
	ck_assert_int_eq(sn_worker_turn(&w, START + SN_NS_PER_SEC), SN_OK);
	ck_assert_uint_eq(sn_worker_wall(&w), WALL + 3601 * SN_NS_PER_SEC);
	sn_fake_step_wall(net, -7200 * (int64_t)SN_NS_PER_SEC);
	ck_assert_int_eq(sn_worker_turn(&w, START + 2 * SN_NS_PER_SEC), SN_OK);
	ck_assert_int_eq(sn_worker_turn(&w, START + 2 * SN_NS_PER_SEC), SN_OK);
	ck_assert_uint_eq(sn_worker_wall(&w), WALL - 3598 * SN_NS_PER_SEC);
	sn_worker_fini(&w);
}
END_TEST

enum { PRODUCERS = 3, EACH = 5000 };

struct counted {
	struct sn_worker_message message; /* first: a message is one of these */
	unsigned producer;		  /* who posted it */
	unsigned number;		  /* its place among the producer's */
};

static struct counted posted[PRODUCERS][EACH];
static unsigned taken[PRODUCERS];

static void count_message(struct sn_worker *worker, struct sn_worker_message *message)
{
	struct counted *c = (struct counted *)message;
	unsigned all = 0;

	suite_expect(c->number == taken[c->producer]);
	taken[c->producer]++;
	for (int i = 0; i < PRODUCERS; i++) {
		all += taken[i];
	}
	worker->stop = all == PRODUCERS * EACH;
}

static void *produce(void *arg)
{
	struct counted *mine = arg;

	for (int i = 0; i < EACH; i++) {
		sn_worker_post(&w, &mine[i].message);
	}
	return NULL;
}

START_TEST(messages_of_other_threads_all_arrive_each_threads_in_order)
{
	pthread_t thread[PRODUCERS];

	setup();
	for (unsigned p = 0; p < PRODUCERS; p++) {
		for (unsigned i = 0; i < EACH; i++) {
			posted[p][i] = (struct counted){
				.message = {.run = count_message}, .producer = p, .number = i};
		}
		ck_assert_int_eq(pthread_create(&thread[p], NULL, produce, posted[p]), 0);
	}
	ck_assert_int_eq(sn_worker_run(&w), SN_OK);
	for (unsigned p = 0; p < PRODUCERS; p++) {
		ck_assert_int_eq(pthread_join(thread[p], NULL), 0);
		ck_assert_uint_eq(taken[p], EACH);
	}
	sn_worker_fini(&w);
}
END_TEST

/* A back end that is out of order. */
static struct {
	struct sn_io io; /* first: what the worker gets */
	int flush;	 /* result of flush */
	int wait;	 /* result of wait */
	bool closed;	 /* close was called */
} broken;

static void broken_close(struct sn_io *io)
{
	(void)io;
	broken.closed = true;
}

static uint64_t broken_time(struct sn_io *io)
{
	(void)io;
	return START;
}

static int broken_flush(struct sn_io *io)
{
	(void)io;
	return broken.flush;
}

static int broken_wait(struct sn_io *io, uint64_t until)
{
	(void)io;
	(void)until;
	return broken.wait;
}

static void broken_poll(struct sn_io *io)
{
	io->stats.rx_drops = 17;
}

static const struct sn_io_ops broken_ops = {.name = "broken",
					    .close = broken_close,
					    .now = broken_time,
					    .wall = broken_time,
					    .flush = broken_flush,
					    .wait = broken_wait,
					    .poll_drops = broken_poll};

START_TEST(errors_of_the_back_end_end_the_loop)
{
	struct sn_worker_config wc = {.in_flight = 1};

	broken.io.ops = &broken_ops;
	ck_assert_int_eq(sn_worker_init(&w, &wc, &broken.io), SN_OK);
	broken.flush = SN_EAGAIN; /* no error: some must wait */
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	broken.flush = 64;
	broken.wait = 3;
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	broken.wait = SN_ESYS;
	ck_assert_int_eq(sn_worker_run(&w), SN_ESYS);
	broken.wait = 0;
	broken.flush = SN_EIO;
	ck_assert_int_eq(sn_worker_run(&w), SN_EIO);
	ck_assert(!broken.closed);
	sn_worker_fini(&w);
	ck_assert(broken.closed);
}
END_TEST

static void fill_slots(void *ctx, struct sn_worker *worker)
{
	(void)ctx;
	while (sn_worker_has_room(worker)) {
		ck_assert_int_ge(sn_slots_get(&worker->slots, worker), 0);
		sn_governor_sent(&worker->governor, worker->now);
	}
}

START_TEST(a_governed_worker_begins_small_and_says_how_much_is_under_way)
{
	struct sn_worker_config wc = {.in_flight = 2000, .governed = true};
	struct sn_fake_config fc = {.start_mono = START, .start_wall = WALL, .sockets4 = 1};

	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
	w.hooks = (struct sn_worker_hooks){.turn = fill_slots};
	ck_assert_int_eq(sn_worker_turn(&w, START + 20 * SN_NS_PER_MS), SN_OK);
	ck_assert_uint_eq(w.slots.used, SN_GOVERNOR_START);
	ck_assert_int_eq(sn_worker_turn(&w, START + 40 * SN_NS_PER_MS), SN_OK);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_IN_FLIGHT), SN_GOVERNOR_START);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_GOVERNOR_LIMIT), SN_GOVERNOR_START);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(while_much_is_under_way_drops_are_looked_for_every_ten_milliseconds)
{
	struct sn_worker_config wc = {.in_flight = 2000, .governed = true};

	broken.io.ops = &broken_ops; /* drops 17 at the first look */
	broken.io.stats.rcvbuf = 1 << 20;
	broken.io.n4 = 1;
	ck_assert_int_eq(sn_worker_init(&w, &wc, &broken.io), SN_OK);
	w.hooks = (struct sn_worker_hooks){.turn = fill_slots};
	w.informed_at = START;
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	w.informed_at = START - 9 * SN_NS_PER_MS;
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	ck_assert_uint_eq(w.governor.cuts, 0);
	w.informed_at = START - 10 * SN_NS_PER_MS;
	ck_assert_int_eq(sn_worker_turn(&w, SN_TIME_NEVER), SN_OK);
	ck_assert_uint_eq(w.governor.cuts, 1);
	ck_assert_uint_eq(w.governor.limit, SN_GOVERNOR_START / 2);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_RX_SOCKET_DROPS), 17);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_GOVERNOR_CUTS), 1);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_worker_that_cannot_be_made_closes_its_io)
{
	struct sn_worker_config wc = {.in_flight = 0};

	broken.io.ops = &broken_ops;
	ck_assert_int_eq(sn_worker_init(&w, &wc, &broken.io), SN_EINVAL);
	ck_assert(broken.closed);
}
END_TEST

static void stop(struct sn_worker *worker, struct sn_worker_message *message)
{
	(void)message;
	worker->stop = true;
}

START_TEST(a_stopped_worker_publishes_what_its_io_counted)
{
	struct sn_worker_config wc = {.in_flight = 1};
	struct sn_worker_message message = {.run = stop};

	broken.io.ops = &broken_ops;
	broken.io.stats.rx_bytes = 5;
	broken.io.stats.tx_bytes = 6;
	broken.io.stats.tx_errors = 7;
	broken.io.stats.tx_busy = 8;
	ck_assert_int_eq(sn_worker_init(&w, &wc, &broken.io), SN_OK);
	sn_inbox_push(&w.inbox, &message.node);
	ck_assert_int_eq(sn_worker_run(&w), SN_OK);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_RX_BYTES), 5);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_TX_BYTES), 6);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_TX_ERRORS), 7);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_TX_BUSY), 8);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_RX_SOCKET_DROPS), 17);
	sn_worker_fini(&w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_turn_runs_messages_then_timers_then_the_hook,
		timers_fire_within_a_tick_of_virtual_time,
		a_turn_waits_no_longer_than_it_is_told,
		a_worker_in_a_hurry_does_not_wait_once,
		the_wall_clock_is_followed_within_a_second,
		messages_of_other_threads_all_arrive_each_threads_in_order,
		errors_of_the_back_end_end_the_loop,
		a_governed_worker_begins_small_and_says_how_much_is_under_way,
		while_much_is_under_way_drops_are_looked_for_every_ten_milliseconds,
		a_worker_that_cannot_be_made_closes_its_io,
		a_stopped_worker_publishes_what_its_io_counted,
		NULL};

	return suite_run_tests("worker", tests, 30);
}
