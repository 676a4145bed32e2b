/*
 * Rows and round records into messages: what is one message, where a table is split, what a message
 * says about itself.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "base/clock.h"
#include "output/murmur2.h"
#include "output/port.h"
#include "support/postbox.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#define KIB ((size_t)1024)
#define LIMIT (128 * KIB)

/* Allocations of this thread. */
static _Thread_local long mallocs;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
	mallocs++;
	return __real_malloc(n);
}

/* A postbox, its pump, one worker. */
struct set {
	struct postbox box;
	struct sn_pump *pump;
	struct rig_worker w;
};

static void set_up(struct set *s, size_t buffer_bytes, size_t message_bytes)
{
	postbox_init(&s->box);
	s->pump = rig_start_sink(s->box.sink, 1, buffer_bytes, message_bytes);
	rig_worker_init(&s->w, s->pump, 0);
}

/* All that was encoded is delivered. */
static struct sn_pump_stats tear_down(struct set *s)
{
	struct sn_pump_stats st;

	rig_worker_fini(&s->w);
	sn_pump_stop(s->pump, 20 * SN_NS_PER_SEC, &st);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written);
	ck_assert_uint_eq(st.rounds_encoded, st.rounds_written);
	ck_assert_uint_eq(st.rows_lost + st.rounds_lost, 0);
	ck_assert_uint_eq(st.messages_written, s->box.n);
	ck_assert_uint_eq(s->box.frees, 1);
	return st;
}

/* What the encoder makes of the worker's block; the caller's to free. */
static char *lines_of(const struct rig_worker *w, size_t *n)
{
	const struct sn_encoder *e = sn_encoder_find("influx");
	const struct sn_encoder_options none = {0};
	size_t cap = 64 * KIB * KIB;
	char *out = __real_malloc(cap);
	struct sn_encoder_run run = {0};
	int rc = e->rows(&none, &w->rows.blk, &run, (uint8_t *)out, cap);

	suite_expect(rc > 0 && run.next == w->rows.blk.nrows);
	*n = (size_t)rc;
	return out;
}

START_TEST(a_table_is_one_message_that_says_what_it_is)
{
	struct set s;
	struct posted *m;
	char *lines;
	size_t n;

	set_up(&s, 0, 0);
	rig_emit(&s.w, 48, 20);
	lines = lines_of(&s.w, &n);
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 1);
	m = &s.box.v[0];
	ck_assert_str_eq(m->key, "w0");
	ck_assert_str_eq(m->module, "m");
	ck_assert_str_eq(m->table, "t");
	ck_assert_str_eq(m->status, "ok");
	ck_assert_uint_eq(m->hash, sn_murmur2(sn_span_str("w0")));
	ck_assert_uint_eq(m->rows, 48);
	ck_assert_uint_eq(m->rounds, 0);
	ck_assert_uint_eq(m->part, 1);
	ck_assert_uint_eq(m->topic, SN_TOPIC_ROWS);
	ck_assert(m->last);
	ck_assert_uint_eq(m->n, n);
	ck_assert_mem_eq(m->body, lines, n);
	free(lines);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(many_messages_share_a_buffer)
{
	struct set s;

	set_up(&s, 0, 0);
	for (unsigned i = 0; i < 50; i++) {
		rig_emit(&s.w, 1 + i % 3, i);
	}
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 50);
	for (unsigned i = 0; i < 50; i++) {
		ck_assert_uint_eq(s.box.v[i].rows, 1 + i % 3);
		ck_assert_ptr_eq(s.box.v[i].buffer, s.box.v[0].buffer);
	}
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_table_is_not_split_for_what_lies_before_it)
{
	struct set s;
	unsigned whole = 0;

	set_up(&s, 0, LIMIT);
	for (unsigned i = 0; i < 40; i++) {
		rig_emit(&s.w, 50, 700 + 37UL * i);
	}
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 40);
	for (unsigned i = 0; i < s.box.n; i++) {
		whole += s.box.v[i].rows == 50 && s.box.v[i].last && s.box.v[i].n <= LIMIT;
	}
	ck_assert_uint_eq(whole, 40);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_table_beyond_the_limit_is_split_between_rows)
{
	struct set s;
	char *lines;
	size_t n;
	size_t at = 0;

	set_up(&s, 0, LIMIT);
	rig_emit(&s.w, 3, 0);
	rig_emit(&s.w, 3000, 300);
	lines = lines_of(&s.w, &n);
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 1 + (n + LIMIT - 1) / LIMIT);
	for (unsigned i = 1; i < s.box.n; i++) {
		const struct posted *m = &s.box.v[i];

		ck_assert_uint_le(m->n, LIMIT);
		ck_assert_int_eq(m->body[m->n - 1], '\n');
		ck_assert_mem_eq(m->body, lines + at, m->n);
		ck_assert_uint_eq(m->part, i);
		ck_assert_int_eq(m->last, i == s.box.n - 1);
		at += m->n;
	}
	ck_assert_uint_eq(at, n);
	free(lines);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_small_limit_makes_small_messages)
{
	struct set s;
	uint64_t rows = 0;

	set_up(&s, 0, 4 * KIB);
	rig_emit(&s.w, 1000, 100);
	tear_down(&s);
	ck_assert_uint_gt(s.box.n, 20);
	for (unsigned i = 0; i < s.box.n; i++) {
		ck_assert_uint_le(s.box.v[i].n, 4 * KIB);
		ck_assert_uint_eq(s.box.v[i].part, i + 1);
		rows += s.box.v[i].rows;
	}
	ck_assert_uint_eq(rows, 1000);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_row_beyond_the_limit_goes_alone_and_in_its_turn)
{
	struct set s;

	set_up(&s, 0, LIMIT);
	rig_emit(&s.w, 2, 100);
	rig_emit(&s.w, 3, 140 * KIB);
	rig_emit(&s.w, 1, 290 * KIB);
	rig_emit(&s.w, 2, 100);
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 6);
	for (unsigned i = 0; i < 6; i++) {
		const struct posted *m = &s.box.v[i];
		const char *value = strstr((const char *)m->body, " v=");

		ck_assert_uint_eq(m->rows, i == 0 || i == 5 ? 2 : 1);
		ck_assert_ptr_nonnull(value);
		ck_assert_uint_eq(strtoul(value + 3, NULL, 10), i ? i + 1 : 0);
	}
	ck_assert_uint_eq(s.box.v[3].part, 3);
	ck_assert(s.box.v[3].last && !s.box.v[2].last);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_row_that_lacks_something_makes_its_message_partial)
{
	struct set s;

	set_up(&s, 0, 0);
	rig_emit(&s.w, 5, 0);
	sn_block_row(&s.w.rows.blk, 3)->flags |= SN_ROW_PARTIAL;
	s.w.rows.blk.began = 77;
	sn_outputs_rows(s.w.outs, &s.w.rows.blk);
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 2);
	ck_assert_str_eq(s.box.v[0].status, "ok");
	ck_assert_str_eq(s.box.v[1].status, "partial");
	ck_assert_uint_eq(s.box.v[1].began, 77);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_block_without_anything_to_say_is_no_message)
{
	static const struct sn_column column = {.name = "v", .is_value = true};
	static const struct sn_schema schema = {
		.module = "m", .table = "t", .columns = &column, .ncolumns = 1};
	struct set s;

	set_up(&s, 0, 0);
	sn_block_init(&s.w.rows.blk, &schema, &s.w.origin, &s.w.rows.arena);
	sn_outputs_rows(s.w.outs, &s.w.rows.blk);
	rows_row(&s.w.rows, "0");
	sn_outputs_rows(s.w.outs, &s.w.rows.blk);
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 0);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_round_record_is_a_message_for_the_status_topic)
{
	const struct sn_origin origin = {.instance = "h"};
	const struct sn_round round = {
		.origin = &origin, .modules = "m1,m2", .began = 5, .status = SN_ROUND_TIMEOUT};
	struct set s;
	struct posted *m;

	set_up(&s, 0, 0);
	rig_emit(&s.w, 1, 0);
	sn_outputs_round(s.w.outs, &round);
	tear_down(&s);
	ck_assert_uint_eq(s.box.n, 2);
	m = &s.box.v[1];
	ck_assert_str_eq(m->key, "h");
	ck_assert_str_eq(m->module, "m1,m2");
	ck_assert_str_eq(m->table, "");
	ck_assert_str_eq(m->status, "timeout");
	ck_assert_uint_eq(m->topic, SN_TOPIC_STATUS);
	ck_assert_uint_eq(m->rounds, 1);
	ck_assert_uint_eq(m->rows, 0);
	ck_assert_uint_eq(m->began, 5);
	ck_assert(m->last);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(round_records_of_any_size_go_out)
{
	static char modules[400000];
	const struct sn_origin origin = {.instance = "h"};
	const struct sn_round round = {.origin = &origin, .modules = modules};
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 0, LIMIT);
	for (size_t n = 100; n < sizeof(modules); n += 39000) {
		memset(modules, 'm', n);
		sn_outputs_round(s.w.outs, &round);
	}
	st = tear_down(&s);
	ck_assert_uint_eq(st.rounds_dropped, 0);
	ck_assert_uint_eq(s.box.n, 11);
	for (unsigned i = 0; i < s.box.n; i++) {
		ck_assert_uint_gt(s.box.v[i].n, 100 + 39000UL * i);
	}
	postbox_fini(&s.box);
}
END_TEST

START_TEST(what_finds_no_buffer_is_dropped_and_counted)
{
	const struct sn_origin origin = {.instance = "h"};
	const struct sn_round round = {.origin = &origin, .modules = "m"};
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 300 * KIB, LIMIT);
	postbox_hold(&s.box, true);
	for (unsigned i = 0; i < 20; i++) {
		rig_emit(&s.w, 100, 1000);
		sn_outputs_round(s.w.outs, &round);
	}
	rig_emit(&s.w, 5000, 1000);
	ck_assert(!sn_outputs_ready(s.w.outs));
	sn_pump_stats_get(s.pump, &st);
	ck_assert_uint_eq(st.rows_encoded + st.rows_dropped, 7000);
	ck_assert_uint_eq(st.rounds_encoded + st.rounds_dropped, 20);
	ck_assert_uint_gt(st.rows_dropped, 5000);
	ck_assert_uint_gt(st.rounds_dropped, 10);
	ck_assert_uint_gt(st.rows_encoded, 100);
	ck_assert_uint_eq(sn_counter_get(&s.w.counters, SN_C_ROWS_DROPPED), st.rows_dropped);
	postbox_hold(&s.box, false);
	tear_down(&s);
	postbox_fini(&s.box);
}
END_TEST

static void wait_until_written(const struct sn_pump *pump)
{
	struct sn_pump_stats st;

	do {
		sched_yield();
		sn_pump_stats_get(pump, &st);
	} while (st.rows_written < st.rows_encoded);
}

START_TEST(a_steady_state_allocates_nothing)
{
	struct set s;
	long before = 0;

	set_up(&s, 0, 0);
	postbox_hold(&s.box, true);
	for (unsigned i = 1; i <= 100; i++) {
		if (i == 9) { /* there were more buffers under way than will be from here on */
			postbox_hold(&s.box, false);
			wait_until_written(s.pump);
			before = mallocs;
		}
		rig_emit(&s.w, 100, 0);
		sn_outputs_flush(s.w.outs, 0, true);
		postbox_wait(&s.box, &s.box.n, i);
		suite_expect(sn_outputs_ready(s.w.outs)); /* Check's own asserts allocate */
	}
	ck_assert_int_eq(mallocs - before, 0);
	tear_down(&s);
	postbox_fini(&s.box);
}
END_TEST

START_TEST(a_sink_that_is_behind_gets_fuller_buffers)
{
	const uint64_t turn = 10 * SN_NS_PER_MS;
	struct set s;
	uint64_t now = turn;
	unsigned i;

	set_up(&s, 0, 0);
	postbox_hold(&s.box, true);
	for (i = 0; sn_outputs_ready(s.w.outs); i++, now += turn) {
		rig_emit(&s.w, 1, 0);
		sn_outputs_flush(s.w.outs, now, false);
	}
	ck_assert_uint_gt(now, 60 * SN_NS_PER_SEC); /* of a row every 10 ms, in 32 MiB */
	postbox_hold(&s.box, false);
	ck_assert_uint_eq(tear_down(&s).rows_written, i);
	postbox_fini(&s.box);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_table_is_one_message_that_says_what_it_is,
				      many_messages_share_a_buffer,
				      a_table_is_not_split_for_what_lies_before_it,
				      a_table_beyond_the_limit_is_split_between_rows,
				      a_small_limit_makes_small_messages,
				      a_row_beyond_the_limit_goes_alone_and_in_its_turn,
				      a_row_that_lacks_something_makes_its_message_partial,
				      a_block_without_anything_to_say_is_no_message,
				      a_round_record_is_a_message_for_the_status_topic,
				      round_records_of_any_size_go_out,
				      what_finds_no_buffer_is_dropped_and_counted,
				      a_steady_state_allocates_nothing,
				      a_sink_that_is_behind_gets_fuller_buffers,
				      NULL};

	return suite_run_tests("port_message", tests, 30);
}
