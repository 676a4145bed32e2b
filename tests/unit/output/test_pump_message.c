/*
 * A pump whose sink takes messages: order, what is offered again, when buffers come back, and that
 * every row is accounted for at every moment and at the end.
 */
#include "base/clock.h"
#include "output/port.h"
#include "support/postbox.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#define KIB ((size_t)1024)

/* Rows that are under way, by the numbers of the pump. */
static uint64_t under_way(const struct sn_pump *pump)
{
	struct sn_pump_stats st;

	sn_pump_stats_get(pump, &st);
	ck_assert_uint_le(st.rows_written + st.rows_lost, st.rows_encoded);
	return st.rows_encoded - st.rows_written - st.rows_lost;
}

START_TEST(what_is_not_taken_is_offered_again_in_order)
{
	struct postbox box;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	postbox_init(&box);
	pump = rig_start_sink(box.sink, 1, 0, 0);
	rig_worker_init(&w, pump, 0);
	for (unsigned i = 0; i < 50; i++) {
		const unsigned before = box.refusals; /* the pump sleeps: all is taken */

		postbox_fill(&box, true);
		for (unsigned k = 0; k < 3; k++) {
			rig_emit(&w, 2, 10);
			sn_outputs_flush(w.outs, 0, true);
		}
		postbox_wait(&box, &box.refusals, before + 1);
		postbox_fill(&box, false);
		postbox_wait(&box, &box.n, 3 * (i + 1)); /* there is memory for some more only */
	}
	rig_worker_fini(&w);
	sn_pump_stop(pump, 20 * SN_NS_PER_SEC, &st);
	ck_assert_uint_eq(st.rows_written, 300);
	ck_assert_uint_eq(box.n, 150);
	for (unsigned i = 0; i < box.n; i++) {
		ck_assert_uint_eq(strtoul(strstr((const char *)box.v[i].body, " v=") + 3, NULL, 10),
				  2UL * i);
	}
	postbox_fini(&box);
}
END_TEST

START_TEST(a_buffer_is_back_when_its_last_message_is_settled)
{
	struct postbox box;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	postbox_init(&box);
	pump = rig_start_sink(box.sink, 1, 256 * KIB, 64 * KIB);
	rig_worker_init(&w, pump, 0);
	postbox_hold(&box, true);
	for (unsigned i = 0; i < 3; i++) {
		rig_emit(&w, 1, 0);
		rig_emit(&w, 1, 0);
		sn_outputs_flush(w.outs, 0, true);
	}
	postbox_wait(&box, &box.n, 6);
	ck_assert(!sn_outputs_ready(w.outs));
	ck_assert_uint_eq(under_way(pump), 6);
	postbox_hold(&box, false);
	while (!sn_outputs_ready(w.outs)) {
		sn_pump_nudge(pump);
	}
	while (under_way(pump)) {
		sn_pump_nudge(pump);
	}
	rig_worker_fini(&w);
	sn_pump_stop(pump, 20 * SN_NS_PER_SEC, &st);
	ck_assert_uint_eq(st.rows_written, 6);
	ck_assert_uint_eq(box.aborts, 0);
	postbox_fini(&box);
}
END_TEST

START_TEST(losses_are_counted_by_their_reason)
{
	for (unsigned why = 0; why < SN_LOSSES; why++) {
		const struct sn_origin origin = {.instance = "h"};
		const struct sn_round round = {.origin = &origin, .modules = "m"};
		struct postbox box;
		struct sn_pump *pump;
		struct rig_worker w;
		struct sn_pump_stats st;

		postbox_init(&box);
		box.fate = (enum sn_loss)why;
		pump = rig_start_sink(box.sink, 1, 0, 0);
		rig_worker_init(&w, pump, 0);
		rig_emit(&w, 7, 0);
		sn_outputs_round(w.outs, &round);
		rig_worker_fini(&w);
		sn_pump_stop(pump, 20 * SN_NS_PER_SEC, &st);
		ck_assert_uint_eq(st.rows_lost, 7);
		ck_assert_uint_eq(st.rounds_lost, 1);
		ck_assert_uint_eq(st.rows_written + st.messages_written + st.bytes_written, 0);
		for (unsigned i = 0; i < SN_LOSSES; i++) {
			ck_assert_uint_eq(st.lost[i], i == why ? 8 : 0);
			ck_assert_uint_eq(st.messages_lost[i], i == why ? 2 : 0);
		}
		postbox_fini(&box);
	}
}
END_TEST

START_TEST(a_stop_waits_for_what_is_under_way_but_not_longer_than_it_may)
{
	for (int how = 0; how < 4; how++) {
		struct postbox box;
		struct sn_pump *pump;
		struct rig_worker w;
		struct sn_pump_stats st;
		uint64_t before;

		postbox_init(&box);
		pump = rig_start_sink(box.sink, 1, 0, 0);
		rig_worker_init(&w, pump, 0);
		rig_emit(&w, 5, 0);
		sn_outputs_flush(w.outs, 0, true);
		postbox_wait(&box, &box.n, 1);
		postbox_hold(&box, true);
		postbox_fill(&box, how & 1);
		box.deaf = how & 2;
		rig_emit(&w, 11, 0);
		sn_outputs_flush(w.outs, 0, true);
		rig_emit(&w, 13, 0);
		rig_worker_fini(&w);
		before = sn_clock_mono();
		sn_pump_stop(pump, 100 * SN_NS_PER_MS, &st);
		ck_assert_uint_ge(sn_clock_mono() - before, 100 * SN_NS_PER_MS);
		ck_assert_uint_eq(st.rows_written + st.rows_lost, 29);
		ck_assert_uint_ge(st.rows_lost, 24);
		ck_assert_uint_eq(st.lost[SN_LOSS_SHUTDOWN], st.rows_lost);
		ck_assert_uint_eq(box.aborts, 1);
		ck_assert_uint_eq(box.frees, 1);
		postbox_fini(&box);
	}
}
END_TEST

START_TEST(several_that_are_told_to_end_take_their_time_together)
{
	const uint64_t before = sn_clock_mono();
	struct postbox box[3];
	struct sn_pump *pump[3];

	for (unsigned i = 0; i < 3; i++) {
		struct rig_worker w;

		postbox_init(&box[i]);
		pump[i] = rig_start_sink(box[i].sink, 1, 0, 0);
		postbox_hold(&box[i], true);
		rig_worker_init(&w, pump[i], 0);
		rig_emit(&w, 1, 0);
		rig_worker_fini(&w);
	}
	for (unsigned i = 0; i < 3; i++) {
		sn_pump_end(pump[i], SN_NS_PER_SEC);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct sn_pump_stats st;

		sn_pump_stop(pump[i], 20 * SN_NS_PER_SEC, &st);
		ck_assert_uint_eq(st.lost[SN_LOSS_SHUTDOWN], 1);
		postbox_fini(&box[i]);
	}
	ck_assert_uint_ge(sn_clock_mono() - before, SN_NS_PER_SEC);
	ck_assert_uint_lt(sn_clock_mono() - before, 2 * SN_NS_PER_SEC);
}
END_TEST

START_TEST(what_is_settled_while_it_stops_is_delivered)
{
	struct postbox box;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	postbox_init(&box);
	pump = rig_start_sink(box.sink, 1, 0, 0);
	rig_worker_init(&w, pump, 0);
	postbox_fill(&box, true);
	for (unsigned i = 0; i < 50; i++) {
		rig_emit(&w, 20, 0);
		sn_outputs_flush(w.outs, 0, true);
	}
	postbox_wait(&box, &box.refusals, 1);
	rig_worker_fini(&w);
	pthread_mutex_lock(&box.lock);
	box.full = false; /* nobody nudges: it is offered again by the clock */
	pthread_mutex_unlock(&box.lock);
	sn_pump_stop(pump, 20 * SN_NS_PER_SEC, &st);
	ck_assert_uint_eq(st.rows_written, 1000);
	ck_assert_uint_eq(box.aborts, 0);
	postbox_fini(&box);
}
END_TEST

/* A worker's thread. */
struct emitter {
	struct rig_worker w; /* its side */
	unsigned blocks;     /* to hand in */
};

static void *emit(void *arg)
{
	struct emitter *e = arg;

	for (unsigned i = 0; i < e->blocks; i++) {
		while (!sn_outputs_ready(e->w.outs)) {
			sched_yield();
		}
		rig_emit(&e->w, 1 + i % 20, i % 700);
		sn_outputs_flush(e->w.outs, 0, i % 5 == 0);
	}
	sn_outputs_flush(e->w.outs, 0, true);
	return NULL;
}

START_TEST(workers_on_threads_of_their_own_lose_nothing_and_keep_their_order)
{
	static struct emitter e[RIG_WORKERS];
	uint64_t next[RIG_WORKERS] = {0};
	pthread_t thread[RIG_WORKERS];
	struct postbox box;
	struct sn_pump *pump;
	struct sn_pump_stats st;

	postbox_init(&box);
	pump = rig_start_sink(box.sink, RIG_WORKERS, 512 * KIB, 64 * KIB);
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		e[i].blocks = 500;
		rig_worker_init(&e[i].w, pump, i);
		ck_assert_int_eq(pthread_create(&thread[i], NULL, emit, &e[i]), 0);
	}
	for (unsigned i = 0; i < 20; i++) {
		postbox_hold(&box, i % 2);
		postbox_fill(&box, i % 3 == 0);
		under_way(pump);
		sched_yield();
	}
	postbox_hold(&box, false);
	postbox_fill(&box, false);
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		pthread_join(thread[i], NULL);
		rig_worker_fini(&e[i].w);
	}
	sn_pump_stop(pump, 20 * SN_NS_PER_SEC, &st);
	ck_assert_uint_eq(st.rows_dropped + st.rows_lost, 0);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written);
	for (unsigned i = 0; i < box.n; i++) {
		unsigned w = (unsigned)box.v[i].key[1] - '0';
		const char *value = strstr((const char *)box.v[i].body, " v=");

		suite_expect(w < RIG_WORKERS && value);
		suite_expect(strtoul(value + 3, NULL, 10) == next[w]);
		next[w] += box.v[i].rows;
	}
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		ck_assert_uint_eq(next[i], e[i].w.next);
	}
	postbox_fini(&box);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_not_taken_is_offered_again_in_order,
		a_buffer_is_back_when_its_last_message_is_settled,
		losses_are_counted_by_their_reason,
		a_stop_waits_for_what_is_under_way_but_not_longer_than_it_may,
		several_that_are_told_to_end_take_their_time_together,
		what_is_settled_while_it_stops_is_delivered,
		workers_on_threads_of_their_own_lose_nothing_and_keep_their_order,
		NULL};

	return suite_run_tests("pump_message", tests, 60);
}
