/*
 * Pumps: workers on one side, a steerable sink on the other. Every test ends with the same sums:
 * what was encoded was written or lost, nothing twice. Behaviour of output/pump.h; port.c and
 * pump.c are its two sides.
 *
 * ctest: timeout=120 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc
 */
#include "output/pump.h"

#include "base/clock.h"
#include "support/probe_sink.h"
#include "support/rows.h"
#include "support/suite.h"

enum { BUFFER = 65536, WORKERS = 4 };

/* Allocations of this thread that still succeed, and how many there were. */
static _Thread_local long mallocs_left = 1L << 40;
static _Thread_local long mallocs;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t a, size_t n);
void *__wrap_aligned_alloc(size_t a, size_t n);

void *__wrap_malloc(size_t n)
{
	mallocs++;
	return mallocs_left-- > 0 ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	mallocs++;
	return mallocs_left-- > 0 ? __real_calloc(n, size) : NULL;
}

void *__wrap_aligned_alloc(size_t a, size_t n)
{
	mallocs++;
	return mallocs_left-- > 0 ? __real_aligned_alloc(a, n) : NULL;
}

/* A table with one number and one text of any length. */
static const struct sn_column columns[] = {{.name = "v", .kind = SN_KIND_COUNTER, .is_value = true},
					   {.name = "s", .kind = SN_KIND_TEXT, .is_value = true}};
static const struct sn_index by_number[] = {{.label = "n", .kind = SN_KIND_GAUGE}};
static const struct sn_schema table = {.module = "m",
				       .table = "t",
				       .columns = columns,
				       .ncolumns = 2,
				       .indexes = by_number,
				       .nindexes = 1,
				       .discontinuity = -1};

/* One worker: its origin names it, its rows are numbered for ever. */
struct worker {
	struct sn_origin origin;     /* instance = name */
	struct sn_counters counters; /* the worker's */
	struct sn_outputs *outs;     /* its ports */
	struct rows rows;	     /* block under construction */
	uint64_t next;		     /* number of the next row */
	char name[8];		     /* "w0" */
};

static void worker_init(struct worker *w, struct sn_pump *pump, unsigned i)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->name, sizeof(w->name), "w%u", i % 1000);
	w->origin.instance = w->name;
	suite_expect(sn_outputs_new(&pump, 1, i, &w->counters, &w->outs) == SN_OK);
	rows_init(&w->rows, &table, &w->origin);
}

static void worker_fini(struct worker *w)
{
	sn_outputs_free(w->outs);
	rows_fini(&w->rows);
}

/* Hands in a block of n rows, each with `pad` octets of text unless that is 0. */
static void emit(struct worker *w, unsigned n, size_t pad)
{
	static const char filler[300000] = {0};
	struct sn_block *blk = &w->rows.blk;

	sn_arena_reset(&w->rows.arena);
	sn_block_init(blk, &table, &w->origin, &w->rows.arena);
	for (unsigned i = 0; i < n; i++) {
		uint8_t ber[2] = {(uint8_t)(i >> 7 | 0x80), i & 0x7f};
		struct sn_value v = {.tag = SN_TAG_COUNTER64, .u = w->next++};
		struct sn_row *row = sn_block_get_row(blk, sn_span_make(ber, 2), i);

		suite_expect(row && sn_block_set(blk, row, 0, &v, 1) == 1);
		if (pad) {
			v = (struct sn_value){.tag = SN_TAG_OCTETS,
					      .bytes = sn_span_make(filler, pad)};
			suite_expect(sn_block_set(blk, row, 1, &v, 1) == 1);
		}
	}
	sn_outputs_rows(w->outs, blk);
}

static struct sn_pump *start(struct probe *p, unsigned nworkers, size_t buffer_bytes)
{
	struct sn_pump_config cfg = {.encoder = sn_encoder_find("influx"),
				     .sink = probe_sink(p),
				     .buffer_bytes = buffer_bytes,
				     .rounds = true,
				     .rows = true,
				     .retry_ns = SN_NS_PER_MS};
	struct sn_pump *pump;

	suite_expect(sn_pump_start(&cfg, nworkers, &pump) == SN_OK);
	return pump;
}

/* Stops, and checks what must hold after every run. */
static struct sn_pump_stats stop(struct sn_pump *pump, struct probe *p, uint64_t timeout_ns)
{
	struct sn_pump_stats st;

	sn_pump_stop(pump, timeout_ns, &st);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written + st.rows_lost);
	ck_assert_uint_eq(st.rounds_encoded, st.rounds_written + st.rounds_lost);
	ck_assert_uint_eq(st.bytes_written, p->n);
	ck_assert_uint_eq(p->frees, 1);
	return st;
}

/*
 * Reads the lines that reached the sink: rows of a worker in their order, none twice. Returns how
 * many; missing[i]: gaps in the numbers of worker i.
 */
static uint64_t read_lines(const struct probe *p, uint64_t missing[WORKERS])
{
	uint64_t next[WORKERS] = {0};
	uint64_t n = 0;
	const char *s = (const char *)p->data;
	const char *end = s + p->n;

	memset(missing, 0, WORKERS * sizeof(missing[0]));
	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t head = end - s < 64 ? (size_t)(end - s) : 64;
		const char *source = memmem(s, head, ",source=w", 9);
		const char *value = memmem(s, head, " v=", 3);
		unsigned w;
		uint64_t v;

		suite_expect(eol && source && value && source < value && value < eol);
		w = (unsigned)source[9] - '0';
		v = strtoull(value + 3, NULL, 10);
		suite_expect(w < WORKERS && v >= next[w]);
		missing[w] += v - next[w];
		next[w] = v + 1;
		n++;
		s = eol + 1;
	}
	return n;
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
	struct worker w;

	worker_init(&w, job->pump, job->i);
	for (unsigned k = 0; k < 500; k++) {
		emit(&w, 1 + k % 97, k % 50 == 7 ? 3000 : 0);
		sn_outputs_flush(w.outs, k * 30 * SN_NS_PER_MS, k % 31 == 0);
	}
	job->rows = w.next;
	job->counted = sn_counter_get(&w.counters, SN_C_ROWS);
	job->dropped = sn_counter_get(&w.counters, SN_C_ROWS_DROPPED);
	worker_fini(&w);
	return NULL;
}

/* Several workers at once against the sink as it is steered; returns the final figures, content
 * checked. */
static struct sn_pump_stats run_workers(struct probe *p, struct sn_pump *pump)
{
	struct thread_job job[WORKERS];
	uint64_t missing[WORKERS];
	pthread_t thread[WORKERS];
	struct sn_pump_stats st;
	uint64_t made = 0;
	uint64_t dropped = 0;
	uint64_t counted = 0;

	for (unsigned i = 0; i < WORKERS; i++) {
		job[i] = (struct thread_job){.pump = pump, .i = i};
		suite_expect(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(thread[i], NULL);
		made += job[i].rows;
		dropped += job[i].dropped;
		counted += job[i].counted;
	}
	st = stop(pump, p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, made);
	ck_assert_uint_eq(st.rows_dropped, dropped);
	ck_assert_uint_eq(st.rows_encoded, counted);
	ck_assert_uint_eq(read_lines(p, missing), st.rows_written);
	for (unsigned i = 0; i < WORKERS; i++) {
		ck_assert_uint_le(missing[i], job[i].dropped + st.rows_lost);
	}
	return st;
}

START_TEST(rows_of_several_workers_arrive_once_and_in_order)
{
	struct probe p;
	struct sn_pump_stats st;

	probe_init(&p);
	st = run_workers(&p, start(&p, WORKERS, 0));
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
	st = run_workers(&p, start(&p, WORKERS, 0));
	ck_assert_uint_eq(st.rows_dropped, 0);
	ck_assert_uint_eq(st.rows_lost, 0);
	ck_assert_uint_eq(st.errors, 5);
	ck_assert_int_eq(st.state, SN_OK);
	probe_fini(&p);
}
END_TEST

START_TEST(a_slow_sink_costs_rows_that_are_counted)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_close(&p, true);
	pump = start(&p, 1, 4 * BUFFER);
	worker_init(&w, pump, 0);
	ck_assert(sn_outputs_ready(w.outs));
	for (int i = 0; i < 1000; i++) {
		emit(&w, 100, 0);
	}
	ck_assert(!sn_outputs_ready(w.outs));
	sn_pump_stats_get(pump, &st);
	ck_assert_uint_gt(st.rows_dropped, 10000);
	ck_assert_uint_gt(st.rows_encoded, 4000);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, 100000);
	ck_assert_uint_eq(st.rows_written, 0);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_ROWS_DROPPED), st.rows_dropped);

	/* the reader comes back: the rest arrives, and there is room again */
	probe_close(&p, false);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 4);
	while (!sn_outputs_ready(w.outs)) {
		probe_wait(&p, &p.writes, 4);
	}
	emit(&w, 100, 0);
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, 100100);
	ck_assert_uint_eq(st.rows_lost, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(ready_turns_false_at_three_quarters_of_the_budget)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;

	probe_init(&p);
	probe_close(&p, true);
	pump = start(&p, 1, 8 * BUFFER);
	worker_init(&w, pump, 0);
	for (int passed = 1; passed <= 8; passed++) {
		emit(&w, 1, 0);
		sn_outputs_flush(w.outs, 0, true);
		ck_assert_int_eq(sn_outputs_ready(w.outs), passed <= 6);
	}
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_ROWS_DROPPED), 0);
	emit(&w, 3, 0);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_ROWS_DROPPED), 3);
	probe_close(&p, false);
	worker_fini(&w);
	stop(pump, &p, 20 * SN_NS_PER_SEC);
	probe_fini(&p);
}
END_TEST

START_TEST(a_closed_reader_is_final)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	pump = start(&p, 1, 4 * BUFFER);
	worker_init(&w, pump, 0);
	emit(&w, 10, 0);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 1);
	probe_fail(&p, SN_EPIPE, 1);
	for (int i = 0; i < 50; i++) {
		emit(&w, 10, 0);
		sn_outputs_flush(w.outs, 0, true);
	}
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
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
	struct worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_fail(&p, SN_ENOSPC, 1000000);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	emit(&w, 100, 2000);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 3);
	sn_pump_stats_get(pump, &st);
	ck_assert_int_eq(st.state, SN_ENOSPC);
	ck_assert_uint_ge(st.errors, 2);
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_MS);
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
	struct worker w;
	struct sn_pump_stats st;
	uint64_t begin;

	probe_init(&p);
	probe_close(&p, true);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	emit(&w, 100, 2000);
	worker_fini(&w);
	probe_wait(&p, &p.waiting, 1);
	begin = sn_clock_mono();
	st = stop(pump, &p, 50 * SN_NS_PER_MS);
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
	struct worker w;
	struct sn_pump_stats st;

	ck_assert_int_eq(sn_sink_file_new("/dev/full", &cfg.sink), SN_OK);
	ck_assert_int_eq(sn_pump_start(&cfg, 1, &pump), SN_OK);
	ck_assert_str_eq(sn_pump_label(pump), "file /dev/full");
	worker_init(&w, pump, 0);
	emit(&w, 5, 0);
	worker_fini(&w);
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

START_TEST(a_record_larger_than_a_buffer_has_one_of_its_own)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;
	uint64_t missing[WORKERS];

	probe_init(&p);
	pump = start(&p, 1, 16 * BUFFER);
	worker_init(&w, pump, 0);
	emit(&w, 1, 0);
	emit(&w, 1, 65000);
	emit(&w, 2, 66000);
	emit(&w, 1, 0);
	emit(&w, 1, 200000);
	emit(&w, 1, 0);
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written, 7);
	ck_assert_uint_eq(read_lines(&p, missing), 7);
	ck_assert_uint_eq(missing[0], 0);
	ck_assert_uint_gt(p.n, 65000 + 2 * 66000 + 200000);
	probe_fini(&p);
}
END_TEST

START_TEST(a_record_larger_than_the_budget_is_dropped_alone)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;
	uint64_t missing[WORKERS];

	probe_init(&p);
	pump = start(&p, 1, 3 * BUFFER);
	worker_init(&w, pump, 0);
	emit(&w, 3, 0);
	emit(&w, 1, 250000);
	emit(&w, 3, 0);
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written, 6);
	ck_assert_uint_eq(st.rows_dropped, 1);
	ck_assert_uint_eq(read_lines(&p, missing), 6);
	ck_assert_uint_eq(missing[0], 1);
	probe_fini(&p);
}
END_TEST

START_TEST(round_records_and_rows_are_chosen_and_counted_apart)
{
	for (int what = 0; what < 4; what++) {
		const struct sn_origin origin = {.instance = "h"};
		const struct sn_round round = {.origin = &origin, .modules = "m"};
		struct sn_pump_config cfg = {
			.encoder = sn_encoder_find("json"), .rounds = what & 1, .rows = what & 2};
		struct probe p;
		struct sn_pump *pump;
		struct worker w;
		struct sn_pump_stats st;

		probe_init(&p);
		cfg.sink = probe_sink(&p);
		ck_assert_int_eq(sn_pump_start(&cfg, 1, &pump), SN_OK);
		worker_init(&w, pump, 0);
		emit(&w, 5, 0);
		sn_outputs_round(w.outs, &round);
		sn_outputs_round(w.outs, &round);
		worker_fini(&w);
		st = stop(pump, &p, 20 * SN_NS_PER_SEC);
		ck_assert_uint_eq(st.rounds_written, what & 1 ? 2 : 0);
		ck_assert_uint_eq(st.rows_written, what & 2 ? 5 : 0);
		ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_ROWS), what & 2 ? 5 : 0);
		probe_fini(&p);
	}
}
END_TEST

START_TEST(round_records_without_a_buffer_are_counted_as_dropped)
{
	const struct sn_origin origin = {.instance = "h"};
	const struct sn_round round = {.origin = &origin, .modules = "m"};
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_close(&p, true);
	pump = start(&p, 1, 2 * BUFFER);
	worker_init(&w, pump, 0);
	for (int i = 0; i < 5000; i++) {
		sn_outputs_round(w.outs, &round);
	}
	ck_assert_uint_gt(sn_counter_get(&w.counters, SN_C_ROUNDS_DROPPED), 3000);
	probe_close(&p, false);
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rounds_encoded + st.rounds_dropped, 5000);
	ck_assert_uint_eq(st.rounds_dropped, sn_counter_get(&w.counters, SN_C_ROUNDS_DROPPED));
	ck_assert_uint_eq(st.rounds_lost, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(several_outputs_each_get_everything)
{
	struct probe p[2];
	struct sn_pump *pump[2];
	struct worker w;
	struct sn_outputs *both;

	probe_init(&p[0]);
	probe_init(&p[1]);
	probe_close(&p[1], true);
	pump[0] = start(&p[0], 1, 2 * BUFFER);
	pump[1] = start(&p[1], 1, 2 * BUFFER);
	worker_init(&w, pump[0], 0);
	ck_assert_int_eq(sn_outputs_new(pump, 2, 0, &w.counters, &both), SN_OK);
	sn_outputs_free(w.outs);
	w.outs = both;
	for (int i = 0; i < 100; i++) {
		emit(&w, 100, 0);
		sn_outputs_flush(w.outs, 0, true);
		probe_wait(&p[0], &p[0].writes, (unsigned)i + 1);
	}
	ck_assert(!sn_outputs_ready(w.outs)); /* the second one is behind */
	worker_fini(&w);
	ck_assert_uint_eq(stop(pump[0], &p[0], 20 * SN_NS_PER_SEC).rows_written, 10000);
	ck_assert_uint_gt(stop(pump[1], &p[1], 0).rows_dropped, 0);
	probe_fini(&p[0]);
	probe_fini(&p[1]);
}
END_TEST

START_TEST(a_part_filled_buffer_leaves_after_100_ms)
{
	const uint64_t t0 = 5000 * SN_NS_PER_MS;
	struct probe p;
	struct sn_pump *pump;
	struct worker w;

	probe_init(&p);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	sn_outputs_flush(w.outs, t0 - SN_NS_PER_SEC, false);
	emit(&w, 1, 0);
	sn_outputs_flush(w.outs, t0, false);
	emit(&w, 1, 0);
	sn_outputs_flush(w.outs, t0 + 99 * SN_NS_PER_MS, false);
	sn_pump_reopen(pump); /* the thread has been awake once and seen nothing */
	probe_wait(&p, &p.reopens, 1);
	ck_assert_uint_eq(p.writes, 0);
	sn_outputs_flush(w.outs, t0 + 100 * SN_NS_PER_MS, false);
	probe_wait(&p, &p.writes, 1);
	emit(&w, 1, 0);
	sn_outputs_flush(w.outs, t0 + 150 * SN_NS_PER_MS, false);
	ck_assert_uint_eq(p.writes, 1);
	worker_fini(&w);
	ck_assert_uint_eq(stop(pump, &p, 20 * SN_NS_PER_SEC).rows_written, 3);
	ck_assert_uint_eq(p.writes, 2);
	probe_fini(&p);
}
END_TEST

START_TEST(no_wake_up_is_lost)
{
	enum { TURNS = 3000 };
	struct probe p;
	struct sn_pump *pump;
	struct worker w;

	probe_init(&p);
	pump = start(&p, 1, 2 * BUFFER);
	worker_init(&w, pump, 0);
	for (unsigned i = 1; i <= TURNS; i++) { /* the thread falls asleep between two */
		emit(&w, 1, 0);
		sn_outputs_flush(w.outs, 0, true);
		probe_wait(&p, &p.writes, i);
	}
	worker_fini(&w);
	ck_assert_uint_eq(stop(pump, &p, 20 * SN_NS_PER_SEC).rows_written, TURNS);
	probe_fini(&p);
}
END_TEST

START_TEST(an_idle_pump_flushes_its_sink)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;

	probe_init(&p);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	emit(&w, 1, 0);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.flushes, 1);
	worker_fini(&w);
	stop(pump, &p, 20 * SN_NS_PER_SEC);
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
	struct worker w;

	probe_init(&p);
	probe_fail(&p, SN_EIO, 1000000);
	cfg.sink = probe_sink(&p);
	ck_assert_int_eq(sn_pump_start(&cfg, 1, &pump), SN_OK);
	worker_init(&w, pump, 0);
	emit(&w, 1, 0);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&p, &p.writes, 1);
	sn_pump_reopen(pump);
	probe_wait(&p, &p.writes, 2);
	worker_fini(&w);
	ck_assert_uint_eq(stop(pump, &p, 20 * SN_NS_PER_SEC).rows_written, 1);
	ck_assert_uint_eq(p.reopens, 1);
	probe_fini(&p);
}
END_TEST

START_TEST(a_steady_state_allocates_nothing)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	long before;

	probe_init(&p);
	probe_close(&p, true);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	for (unsigned i = 0; i < 8; i++) { /* more buffers than will be under way below */
		emit(&w, 100, 0);
		sn_outputs_flush(w.outs, 0, true);
	}
	probe_close(&p, false);
	probe_wait(&p, &p.writes, 8);
	before = mallocs;
	for (unsigned i = 9; i <= 300; i++) {
		emit(&w, 100, 0);
		sn_outputs_flush(w.outs, 0, true);
		probe_wait(&p, &p.writes, i);
		suite_expect(sn_outputs_ready(w.outs)); /* Check's own asserts allocate */
	}
	ck_assert_int_eq(mallocs - before, 0);
	worker_fini(&w);
	stop(pump, &p, 20 * SN_NS_PER_SEC);
	probe_fini(&p);
}
END_TEST

START_TEST(without_memory_for_a_buffer_rows_are_dropped)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	emit(&w, 1, 0); /* takes the first buffer, and the arena its chunk */
	sn_outputs_flush(w.outs, 0, true);
	mallocs_left = 0;
	for (int i = 0; i < 50; i++) {
		emit(&w, 2, 0);
	}
	mallocs_left = 1L << 40;
	emit(&w, 2, 0);
	worker_fini(&w);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, 103);
	ck_assert_uint_eq(st.rows_lost, 0);
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
	stop(pump, &p, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(rows_that_nobody_flushed_count_as_lost)
{
	struct probe p;
	struct sn_pump *pump;
	struct worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	pump = start(&p, 1, 0);
	worker_init(&w, pump, 0);
	emit(&w, 7, 0);
	st = stop(pump, &p, 20 * SN_NS_PER_SEC);
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
				      a_slow_sink_costs_rows_that_are_counted,
				      ready_turns_false_at_three_quarters_of_the_budget,
				      a_closed_reader_is_final,
				      a_full_disk_costs_what_is_left_when_the_time_is_over,
				      stopping_does_not_wait_for_a_reader_that_does_not_read,
				      a_device_that_is_full_is_an_error_that_lasts,
				      a_record_larger_than_a_buffer_has_one_of_its_own,
				      a_record_larger_than_the_budget_is_dropped_alone,
				      round_records_and_rows_are_chosen_and_counted_apart,
				      round_records_without_a_buffer_are_counted_as_dropped,
				      several_outputs_each_get_everything,
				      a_part_filled_buffer_leaves_after_100_ms,
				      no_wake_up_is_lost,
				      an_idle_pump_flushes_its_sink,
				      reopening_ends_the_pause_after_a_failure,
				      a_steady_state_allocates_nothing,
				      without_memory_for_a_buffer_rows_are_dropped,
				      starting_without_memory_leaves_the_sink_to_the_caller,
				      rows_that_nobody_flushed_count_as_lost,
				      NULL};

	return suite_run_tests("pump", tests, 60);
}
