/*
 * Pumps: workers on one side, a steerable sink on the other. Every test ends with the same sums:
 * what was encoded was written or lost, nothing twice. Behaviour of struct sn_pump of
 * output/pump.h.
 *
 * ctest: timeout=120 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc
 */
#include "output/pump.h"

#include "base/clock.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#include <sched.h>

/* Allocations of this thread that still succeed. */
static _Thread_local long mallocs_left = 1L << 40;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t a, size_t n);
void *__wrap_aligned_alloc(size_t a, size_t n);

void *__wrap_malloc(size_t n)
{
	return mallocs_left-- > 0 ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return mallocs_left-- > 0 ? __real_calloc(n, size) : NULL;
}

void *__wrap_aligned_alloc(size_t a, size_t n)
{
	return mallocs_left-- > 0 ? __real_aligned_alloc(a, n) : NULL;
}

struct thread_job {
	struct sn_pump *pump; /* to write to */
	unsigned i;	      /* number of the worker */
	uint64_t rows;	      /* made */
	uint64_t counted;     /* SN_C_ROWS */
	uint64_t dropped;     /* SN_C_ROWS_DROPPED */
};

static void *work(void *arg)
{
	struct thread_job *job = arg;
	struct rig_worker w;

	rig_worker_init(&w, job->pump, job->i);
	for (unsigned k = 0; k < 500; k++) {
		rig_emit(&w, 1 + k % 97, k % 50 == 7 ? 3000 : 0);
		sn_outputs_flush(w.outs, k * 30 * SN_NS_PER_MS, k % 31 == 0);
	}
	job->rows = w.next;
	job->counted = sn_counter_get(&w.counters, SN_C_ROWS);
	job->dropped = sn_counter_get(&w.counters, SN_C_ROWS_DROPPED);
	rig_worker_fini(&w);
	return NULL;
}

/* Several workers at once against the sink as it is steered; returns the final figures, content
 * checked. */
static struct sn_pump_stats run_workers(struct probe *p, struct sn_pump *pump)
{
	struct thread_job job[RIG_WORKERS];
	uint64_t missing[RIG_WORKERS];
	pthread_t thread[RIG_WORKERS];
	struct sn_pump_stats st;
	uint64_t made = 0;
	uint64_t dropped = 0;
	uint64_t counted = 0;

	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		job[i] = (struct thread_job){.pump = pump, .i = i};
		suite_expect(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
	}
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		pthread_join(thread[i], NULL);
		made += job[i].rows;
		dropped += job[i].dropped;
		counted += job[i].counted;
	}
	st = rig_stop(pump, p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, made);
	ck_assert_uint_eq(st.rows_dropped, dropped);
	ck_assert_uint_eq(st.rows_encoded, counted);
	ck_assert_uint_eq(rig_read(p, missing), st.rows_written);
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		ck_assert_uint_le(missing[i], job[i].dropped + st.rows_lost);
	}
	return st;
}

START_TEST(rows_of_several_workers_arrive_once_and_in_order)
{
	struct probe p;
	struct sn_pump_stats st;

	probe_init(&p);
	st = run_workers(&p, rig_start(&p, RIG_WORKERS, 0));
	ck_assert_uint_gt(st.rows_written, 90000);
	ck_assert_uint_eq(st.rows_dropped, 0);
	ck_assert_uint_eq(st.rows_lost, 0);
	ck_assert_uint_eq(st.errors, 0);
	ck_assert_int_eq(st.state, SN_OK);
	ck_assert_uint_ge(p.flushes, 1);
	probe_fini(&p);
}
END_TEST

START_TEST(a_sink_that_fails_now_and_then_loses_nothing)
{
	struct probe p;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_fail(&p, SN_ENOSPC, 5);
	st = run_workers(&p, rig_start(&p, RIG_WORKERS, 0));
	ck_assert_uint_eq(st.rows_dropped, 0);
	ck_assert_uint_eq(st.rows_lost, 0);
	ck_assert_uint_eq(st.errors, 5);
	ck_assert_int_eq(st.state, SN_OK);
	probe_fini(&p);
}
END_TEST

START_TEST(a_closed_reader_is_final)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	pump = rig_start(&p, 1, 4 * RIG_BUFFER);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 10, 0);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 1);
	probe_fail(&p, SN_EPIPE, 1);
	for (int i = 0; i < 50; i++) {
		rig_emit(&w, 10, 0);
		sn_outputs_flush(w.outs, 0, true);
	}
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_int_eq(st.state, SN_EPIPE);
	ck_assert_uint_eq(st.rows_written, 10);
	ck_assert_uint_eq(st.rows_lost + st.rows_dropped, 500);
	ck_assert_uint_eq(st.errors, 1);
	ck_assert_uint_eq(p.writes, 2);
	probe_fini(&p);
}
END_TEST

START_TEST(a_full_disk_costs_what_is_left_when_the_time_is_over)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_fail(&p, SN_ENOSPC, 1000000);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 100, 2000);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 3);
	sn_pump_stats_get(pump, &st);
	ck_assert_int_eq(st.state, SN_ENOSPC);
	ck_assert_uint_ge(st.errors, 2);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_MS);
	ck_assert_uint_eq(st.rows_lost, 100);
	ck_assert_uint_eq(st.rows_written, 0);
	ck_assert_int_eq(st.state, SN_ENOSPC);
	probe_fini(&p);
}
END_TEST

START_TEST(stopping_does_not_wait_for_a_reader_that_does_not_read)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;
	uint64_t begin;

	probe_init(&p);
	probe_close(&p, true);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 100, 2000);
	rig_worker_fini(&w);
	probe_wait(&p, &p.waiting, 1);
	begin = sn_clock_mono();
	st = rig_stop(pump, &p, 50 * SN_NS_PER_MS);
	ck_assert_uint_ge(sn_clock_mono() - begin, 50 * SN_NS_PER_MS);
	ck_assert_uint_lt(sn_clock_mono() - begin, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_lost, 100);
	ck_assert_uint_eq(st.errors, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(a_device_that_is_full_is_an_error_that_lasts)
{
	struct sn_pump_config cfg = {
		.encoder = sn_encoder_find("json"), .rows = true, .retry_ns = SN_NS_PER_MS};
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	ck_assert_int_eq(sn_sink_file_new("/dev/full", &cfg.sink), SN_OK);
	ck_assert_int_eq(sn_pump_start(&cfg, 1, &pump), SN_OK);
	ck_assert_str_eq(sn_pump_label(pump), "file /dev/full");
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 5, 0);
	rig_worker_fini(&w);
	do {
		sn_pump_stats_get(pump, &st);
	} while (st.errors < 3);
	ck_assert_int_eq(st.state, SN_ENOSPC);
	sn_pump_stop(pump, 0, &st);
	ck_assert_uint_eq(st.rows_encoded, 5);
	ck_assert_uint_eq(st.rows_lost, 5);
	ck_assert_uint_eq(st.rows_written, 0);
}
END_TEST

/* Moves this thread to the n-th CPU it may use, so that two threads run at the same time if they
 * can. */
static void pin_to(int n)
{
	static cpu_set_t all; /* what this process was given */
	cpu_set_t one;

	if (!CPU_COUNT(&all)) {
		suite_expect(sched_getaffinity(0, sizeof(all), &all) == 0);
	}
	CPU_ZERO(&one);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &all) && n-- <= 0) {
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof(one), &one);
			return;
		}
	}
}

/*
 * The next row is passed on the moment the last one is seen written, just when the thread goes to
 * sleep, and a little later in each turn. A wake-up that is lost shows as silence, until the thread
 * gets up to flush after a second; a machine that stalls may fall silent as long a few times, too.
 */
START_TEST(no_wake_up_is_lost)
{
	enum { TURNS = 15000 };
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	unsigned silent = 0;

	probe_init(&p);
	pin_to(0); /* the pump's thread inherits it */
	pump = rig_start(&p, 1, 8 * RIG_BUFFER);
	pin_to(1);
	rig_worker_init(&w, pump, 0);
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t begin = sn_clock_mono();
		struct sn_pump_stats st;

		rig_emit(&w, 1, 0);
		do {
			sn_pump_stats_get(pump, &st);
		} while (st.rows_written < i);
		silent += sn_clock_mono() - begin > 900 * SN_NS_PER_MS;
		for (volatile unsigned k = i % 32; k > 0; k--) {
		}
		sn_outputs_flush(w.outs, 0, true);
	}
	rig_worker_fini(&w);
	ck_assert_uint_eq(rig_stop(pump, &p, 20 * SN_NS_PER_SEC).rows_written, TURNS);
	ck_assert_uint_lt(silent, 4);
	probe_fini(&p);
}
END_TEST

START_TEST(an_idle_pump_flushes_its_sink)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;

	probe_init(&p);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.flushes, 1);
	rig_worker_fini(&w);
	rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(p.flushes, 2);
	probe_fini(&p);
}
END_TEST

START_TEST(reopening_ends_the_pause_after_a_failure)
{
	struct sn_pump_config cfg = {
		.encoder = sn_encoder_find("json"), .rows = true, .retry_ns = 3600 * SN_NS_PER_SEC};
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;

	probe_init(&p);
	probe_fail(&p, SN_EIO, 1000000);
	cfg.sink = probe_sink(&p);
	ck_assert_int_eq(sn_pump_start(&cfg, 1, &pump), SN_OK);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 1);
	sn_pump_reopen(pump);
	probe_wait(&p, &p.writes, 2);
	rig_worker_fini(&w);
	ck_assert_uint_eq(rig_stop(pump, &p, 20 * SN_NS_PER_SEC).rows_written, 1);
	ck_assert_uint_eq(p.reopens, 1);
	probe_fini(&p);
}
END_TEST

START_TEST(a_failed_flush_is_an_error_until_something_works)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	p.flush_err = SN_EIO; /* before the thread starts */
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, 0, true);
	do {
		sn_pump_stats_get(pump, &st);
	} while (st.state == SN_OK || st.errors == 0); /* not written at the same moment */
	ck_assert_int_eq(st.state, SN_EIO);
	ck_assert_uint_eq(st.errors, 1);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, 0, true);
	do {
		sn_pump_stats_get(pump, &st);
	} while (st.rows_written < 2 || st.state != SN_OK);
	ck_assert_int_eq(st.state, SN_OK);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_int_eq(st.state, SN_EIO); /* the last flush failed as well */
	ck_assert_uint_eq(st.errors, 2);
	ck_assert_uint_eq(st.rows_lost, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(a_failed_reopening_changes_nothing)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	p.reopen_err = SN_EIO;
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	sn_pump_reopen(pump);
	probe_wait(&p, &p.reopens, 1);
	rig_emit(&w, 3, 0);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written, 3);
	ck_assert_int_eq(st.state, SN_OK);
	ck_assert_uint_eq(p.reopens, 1);
	probe_fini(&p);
}
END_TEST

START_TEST(starting_without_memory_leaves_the_sink_to_the_caller)
{
	struct sn_pump_config cfg = {.encoder = sn_encoder_find("json"), .rows = true};
	struct sn_outputs *outs;
	struct sn_pump *pump;
	struct probe p;
	int err = SN_ENOMEM;
	long n = 0;

	probe_init(&p);
	cfg.sink = probe_sink(&p);
	for (; err; n++) {
		mallocs_left = n;
		err = sn_pump_start(&cfg, 3, &pump);
		mallocs_left = 1L << 40;
		suite_expect(err == SN_OK || err == SN_ENOMEM);
		suite_expect(p.frees == 0);
	}
	ck_assert_int_ge(n, 8); /* pump, ports, two rings each */
	mallocs_left = 0;
	err = sn_outputs_new(&pump, 1, 2, NULL, &outs);
	mallocs_left = 1L << 40;
	ck_assert_int_eq(err, SN_ENOMEM);
	rig_stop(pump, &p, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(rows_that_nobody_flushed_count_as_lost)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 7, 0);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_lost, 7);
	free(w.outs); /* its ports went with the pump */
	rows_fini(&w.rows);
	probe_fini(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rows_of_several_workers_arrive_once_and_in_order,
				      a_sink_that_fails_now_and_then_loses_nothing,
				      a_closed_reader_is_final,
				      a_full_disk_costs_what_is_left_when_the_time_is_over,
				      stopping_does_not_wait_for_a_reader_that_does_not_read,
				      a_device_that_is_full_is_an_error_that_lasts,
				      no_wake_up_is_lost,
				      an_idle_pump_flushes_its_sink,
				      reopening_ends_the_pause_after_a_failure,
				      a_failed_flush_is_an_error_until_something_works,
				      a_failed_reopening_changes_nothing,
				      starting_without_memory_leaves_the_sink_to_the_caller,
				      rows_that_nobody_flushed_count_as_lost,
				      NULL};

	return suite_run_tests("pump", tests, 60);
}
