/*
 * The workers' side of pumps: buffers, budgets, and what happens when they are used up. Behaviour
 * of struct sn_outputs of output/pump.h.
 *
 * ctest: link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc
 */
#include "output/pump.h"

#include "base/clock.h"
#include "support/pump_rig.h"
#include "support/suite.h"

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

START_TEST(a_slow_sink_costs_rows_that_are_counted)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_close(&p, true);
	pump = rig_start(&p, 1, 4 * RIG_BUFFER);
	rig_worker_init(&w, pump, 0);
	ck_assert(sn_outputs_ready(w.outs));
	for (int i = 0; i < 1000; i++) {
		rig_emit(&w, 100, 0);
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
	rig_emit(&w, 100, 0);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, 100100);
	ck_assert_uint_eq(st.rows_lost, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(ready_turns_false_at_three_quarters_of_the_budget)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;

	probe_init(&p);
	probe_close(&p, true);
	pump = rig_start(&p, 1, 8 * RIG_BUFFER);
	rig_worker_init(&w, pump, 0);
	for (int passed = 1; passed <= 8; passed++) {
		rig_emit(&w, 1, 0);
		sn_outputs_flush(w.outs, 0, true);
		ck_assert_int_eq(sn_outputs_ready(w.outs), passed <= 6);
	}
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_ROWS_DROPPED), 0);
	rig_emit(&w, 3, 0);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_ROWS_DROPPED), 3);
	probe_close(&p, false);
	rig_worker_fini(&w);
	rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	probe_fini(&p);
}
END_TEST

START_TEST(a_record_larger_than_a_buffer_has_one_of_its_own)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;
	uint64_t missing[RIG_WORKERS];

	probe_init(&p);
	pump = rig_start(&p, 1, 16 * RIG_BUFFER);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 1, 0);
	rig_emit(&w, 1, 65000);
	rig_emit(&w, 2, 66000);
	rig_emit(&w, 1, 0);
	rig_emit(&w, 1, 200000);
	rig_emit(&w, 1, 0);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written, 7);
	ck_assert_uint_eq(rig_read(&p, missing), 7);
	ck_assert_uint_eq(missing[0], 0);
	ck_assert_uint_gt(p.n, 65000 + 2 * 66000 + 200000);
	probe_fini(&p);
}
END_TEST

START_TEST(a_record_larger_than_the_budget_is_dropped_alone)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;
	uint64_t missing[RIG_WORKERS];

	probe_init(&p);
	pump = rig_start(&p, 1, 3 * RIG_BUFFER);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 3, 0);
	rig_emit(&w, 1, 250000);
	rig_emit(&w, 3, 0);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written, 6);
	ck_assert_uint_eq(st.rows_dropped, 1);
	ck_assert_uint_eq(rig_read(&p, missing), 6);
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
		struct rig_worker w;
		struct sn_pump_stats st;

		probe_init(&p);
		cfg.sink = probe_sink(&p);
		ck_assert_int_eq(sn_pump_start(&cfg, 1, &pump), SN_OK);
		rig_worker_init(&w, pump, 0);
		rig_emit(&w, 5, 0);
		sn_outputs_round(w.outs, &round);
		sn_outputs_round(w.outs, &round);
		rig_worker_fini(&w);
		st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
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
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	probe_close(&p, true);
	pump = rig_start(&p, 1, 2 * RIG_BUFFER);
	rig_worker_init(&w, pump, 0);
	for (int i = 0; i < 5000; i++) {
		sn_outputs_round(w.outs, &round);
	}
	ck_assert_uint_gt(sn_counter_get(&w.counters, SN_C_ROUNDS_DROPPED), 3000);
	probe_close(&p, false);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rounds_encoded + st.rounds_dropped, 5000);
	ck_assert_uint_eq(st.rounds_dropped, sn_counter_get(&w.counters, SN_C_ROUNDS_DROPPED));
	ck_assert_uint_eq(st.rounds_lost, 0);
	probe_fini(&p);
}
END_TEST

START_TEST(a_round_record_larger_than_a_buffer_has_one_of_its_own)
{
	static char modules[70000];
	const struct sn_origin origin = {.instance = "h"};
	const struct sn_round round = {.origin = &origin, .modules = modules};
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	memset(modules, 'm', sizeof(modules) - 1);
	probe_init(&p);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 1, 0);
	sn_outputs_round(w.outs, &round);
	rig_emit(&w, 1, 0);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rounds_written, 1);
	ck_assert_uint_eq(st.rows_written, 2);
	ck_assert_uint_gt(p.n, sizeof(modules));
	probe_fini(&p);
}
END_TEST

START_TEST(several_outputs_each_get_everything)
{
	struct probe p[2];
	struct sn_pump *pump[2];
	struct rig_worker w;
	struct sn_outputs *both;

	probe_init(&p[0]);
	probe_init(&p[1]);
	probe_close(&p[1], true);
	pump[0] = rig_start(&p[0], 1, 2 * RIG_BUFFER);
	pump[1] = rig_start(&p[1], 1, 2 * RIG_BUFFER);
	rig_worker_init(&w, pump[0], 0);
	ck_assert_int_eq(sn_outputs_new(pump, 2, 0, &w.counters, &both), SN_OK);
	sn_outputs_free(w.outs);
	w.outs = both;
	for (int i = 0; i < 100; i++) {
		rig_emit(&w, 100, 0);
		sn_outputs_flush(w.outs, 0, true);
		probe_wait(&p[0], &p[0].writes, (unsigned)i + 1);
	}
	ck_assert(sn_outputs_ready(w.outs)); /* the second one is behind, the first is not */
	probe_close(&p[0], true);
	for (int i = 0; i < 1000 && sn_outputs_ready(w.outs); i++) {
		rig_emit(&w, 100, 0);
	}
	ck_assert(!sn_outputs_ready(w.outs)); /* now both are */
	probe_close(&p[0], false);
	rig_worker_fini(&w);
	ck_assert_uint_gt(rig_stop(pump[0], &p[0], 20 * SN_NS_PER_SEC).rows_written, 10000);
	ck_assert_uint_gt(rig_stop(pump[1], &p[1], 0).rows_dropped, 0);
	probe_fini(&p[0]);
	probe_fini(&p[1]);
}
END_TEST

START_TEST(a_part_filled_buffer_leaves_after_100_ms)
{
	const uint64_t t0 = 5000 * SN_NS_PER_MS;
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;

	probe_init(&p);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	sn_outputs_flush(w.outs, t0 - SN_NS_PER_SEC, false);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, t0, false);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, t0 + 99 * SN_NS_PER_MS, false);
	sn_pump_reopen(pump); /* the thread has been awake once and seen nothing */
	probe_wait(&p, &p.reopens, 1);
	ck_assert_uint_eq(p.writes, 0);
	sn_outputs_flush(w.outs, t0 + 100 * SN_NS_PER_MS, false);
	probe_wait(&p, &p.writes, 1);
	rig_emit(&w, 1, 0);
	sn_outputs_flush(w.outs, t0 + 150 * SN_NS_PER_MS, false);
	ck_assert_uint_eq(p.writes, 1);
	rig_worker_fini(&w);
	ck_assert_uint_eq(rig_stop(pump, &p, 20 * SN_NS_PER_SEC).rows_written, 3);
	ck_assert_uint_eq(p.writes, 2);
	probe_fini(&p);
}
END_TEST

START_TEST(a_steady_state_allocates_nothing)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	long before;

	probe_init(&p);
	probe_close(&p, true);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	for (unsigned i = 0; i < 8; i++) { /* more buffers than will be under way below */
		rig_emit(&w, 100, 0);
		sn_outputs_flush(w.outs, 0, true);
	}
	probe_close(&p, false);
	probe_wait(&p, &p.writes, 8);
	before = mallocs;
	for (unsigned i = 9; i <= 300; i++) {
		rig_emit(&w, 100, 0);
		sn_outputs_flush(w.outs, 0, true);
		probe_wait(&p, &p.writes, i);
		suite_expect(sn_outputs_ready(w.outs)); /* Check's own asserts allocate */
	}
	ck_assert_int_eq(mallocs - before, 0);
	rig_worker_fini(&w);
	rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	probe_fini(&p);
}
END_TEST

START_TEST(a_forgotten_schema_may_be_another_one_in_the_same_place)
{
	struct sn_column column = {.name = "v", .is_value = true};
	struct sn_schema schema = {
		.module = "m", .table = "before", .columns = &column, .ncolumns = 1};
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;

	probe_init(&p);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	for (int i = 0; i < 2; i++) {
		sn_block_init(&w.rows.blk, &schema, &w.origin, &w.rows.arena);
		rows_int(&w.rows, rows_row(&w.rows, "0"), 0, 7);
		sn_outputs_rows(w.outs, &w.rows.blk);
		sn_outputs_forget(w.outs);
		schema.table = "after";
	}
	rig_worker_fini(&w);
	rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_ptr_nonnull(memmem(p.data, p.n, "before,", 7));
	ck_assert_ptr_nonnull(memmem(p.data, p.n, "after,", 6));
	probe_fini(&p);
}
END_TEST

START_TEST(without_memory_for_a_buffer_rows_are_dropped)
{
	struct probe p;
	struct sn_pump *pump;
	struct rig_worker w;
	struct sn_pump_stats st;

	probe_init(&p);
	pump = rig_start(&p, 1, 0);
	rig_worker_init(&w, pump, 0);
	rig_emit(&w, 1, 0); /* takes the first buffer, and the arena its chunk */
	sn_outputs_flush(w.outs, 0, true);
	mallocs_left = 0;
	for (int i = 0; i < 50; i++) {
		rig_emit(&w, 2, 0);
	}
	mallocs_left = 1L << 40;
	rig_emit(&w, 2, 0);
	rig_worker_fini(&w);
	st = rig_stop(pump, &p, 20 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, 103);
	ck_assert_uint_eq(st.rows_lost, 0);
	probe_fini(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_slow_sink_costs_rows_that_are_counted,
				      ready_turns_false_at_three_quarters_of_the_budget,
				      a_record_larger_than_a_buffer_has_one_of_its_own,
				      a_record_larger_than_the_budget_is_dropped_alone,
				      round_records_and_rows_are_chosen_and_counted_apart,
				      round_records_without_a_buffer_are_counted_as_dropped,
				      a_round_record_larger_than_a_buffer_has_one_of_its_own,
				      several_outputs_each_get_everything,
				      a_part_filled_buffer_leaves_after_100_ms,
				      a_steady_state_allocates_nothing,
				      a_forgotten_schema_may_be_another_one_in_the_same_place,
				      without_memory_for_a_buffer_rows_are_dropped,
				      NULL};

	return suite_run_tests("port", tests, 30);
}
