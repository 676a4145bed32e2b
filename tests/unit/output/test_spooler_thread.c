/*
 * Pumps with a spool on threads of their own, in a real directory: what workers, the pump and who
 * asks for figures do at the same time, and what the kernel has to say about directories.
 */
#include "base/clock.h"
#include "output/port.h"
#include "support/postbox.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB ((size_t)1024)

static char place[] = "/tmp/sonde-spooler-XXXXXX";
static char path[sizeof(place) + 8];

static void make_place(void)
{
	suite_expect(mkdtemp(place) != NULL);
	snprintf(path, sizeof(path), "%s/spool", place);
}

static void remove_place(void)
{
	char command[sizeof(place) + 16];

	snprintf(command, sizeof(command), "rm -rf %s", place);
	suite_expect(system(command) == 0);
}

static int start(struct postbox *box, enum sn_spool_mode mode, struct sn_pump **pump)
{
	struct sn_pump_config cfg = {.encoder = sn_encoder_find("influx"),
				     .sink = box->sink,
				     .buffer_bytes = 1024 * KIB,
				     .message_bytes = 32 * KIB,
				     .rounds = true,
				     .rows = true,
				     .spool = {.path = path, .mode = mode}};

	return sn_pump_start(&cfg, RIG_WORKERS, pump);
}

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

static void count_loss(void *ctx, const struct sn_spooler_loss *loss)
{
	*(uint64_t *)ctx += loss->rows;
}

/* What any thread may ask at any time. */
static void look(const struct sn_pump *pump)
{
	struct sn_pump_stats st;
	struct sn_spooler_stats sp;
	uint64_t lost = 0;

	sn_pump_stats_get(pump, &st);
	suite_expect(st.rows_written + st.rows_lost + st.rows_waiting <= st.rows_encoded);
	suite_expect(sn_pump_spool_stats(pump, &sp) && sp.working);
	suite_expect(sn_pump_spool_losses(pump, count_loss, &lost) && lost == 0);
}

/* Rows of each worker come in order, none is missing. Returns how many. */
static uint64_t check(const struct postbox *box, uint64_t next[RIG_WORKERS])
{
	uint64_t rows = 0;

	for (unsigned i = 0; i < box->n; i++) {
		unsigned w = (unsigned)box->v[i].key[1] - '0';
		const char *value = strstr((const char *)box->v[i].body, " v=");
		uint64_t first;

		suite_expect(w < RIG_WORKERS && value);
		first = strtoull(value + 3, NULL, 10);
		suite_expect(first <= next[w]); /* what is behind has come before */
		if (first + box->v[i].rows > next[w]) {
			next[w] = first + box->v[i].rows;
		}
		rows += box->v[i].rows;
	}
	return rows;
}

START_TEST(workers_on_threads_lose_nothing_over_a_stop_and_a_start)
{
	static struct emitter e[RIG_WORKERS];
	uint64_t next[RIG_WORKERS] = {0};
	pthread_t thread[RIG_WORKERS];
	struct sn_pump_stats st;
	struct postbox box;
	struct postbox later;
	struct sn_pump *pump;

	postbox_init(&box);
	ck_assert_int_eq(start(&box, (enum sn_spool_mode)_i, &pump), SN_OK);
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		e[i].blocks = 400;
		rig_worker_init(&e[i].w, pump, i);
		ck_assert_int_eq(pthread_create(&thread[i], NULL, emit, &e[i]), 0);
	}
	for (unsigned i = 0; i < 40; i++) {
		postbox_hold(&box, i % 2);
		postbox_fill(&box, i % 3 == 0);
		look(pump);
		usleep(2000);
	}
	postbox_hold(&box, true);
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		pthread_join(thread[i], NULL);
		rig_emit(&e[i].w, 3, 0); /* the threads may have been done before the sink held */
		rig_worker_fini(&e[i].w);
		look(pump);
	}
	sn_pump_stop(pump, 50 * SN_NS_PER_MS, &st);
	ck_assert_uint_eq(st.rows_dropped + st.rows_lost, 0);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written + st.rows_waiting);
	ck_assert(st.spools);
	ck_assert_uint_gt(st.rows_waiting, 0);

	postbox_init(&later);
	ck_assert_int_eq(start(&later, (enum sn_spool_mode)_i, &pump), SN_OK);
	do {
		struct sn_spooler_stats sp;

		sn_pump_spool_stats(pump, &sp);
		st.rows_waiting = sp.messages_waiting;
		usleep(1000);
	} while (st.rows_waiting);
	sn_pump_stop(pump, 20 * SN_NS_PER_SEC, &st);
	ck_assert_uint_eq(st.rows_encoded, 0);
	/* what the first sink held was kept by it, and comes again */
	check(&box, next);
	ck_assert_uint_eq(check(&later, next), st.spool.rows_recovered);
	for (unsigned i = 0; i < RIG_WORKERS; i++) {
		ck_assert_uint_eq(next[i], e[i].w.next);
	}
	postbox_fini(&box);
	postbox_fini(&later);
}
END_TEST

START_TEST(a_directory_is_one_process_s_only)
{
	struct postbox box;
	struct postbox other;
	struct sn_pump *pump;
	struct sn_pump *second;

	postbox_init(&box);
	postbox_init(&other);
	ck_assert_int_eq(start(&box, SN_SPOOL_OVERFLOW, &pump), SN_OK);
	ck_assert_int_eq(start(&other, SN_SPOOL_OVERFLOW, &second), SN_EEXIST);
	sn_pump_stop(pump, SN_NS_PER_SEC, NULL);
	ck_assert_int_eq(start(&other, SN_SPOOL_OVERFLOW, &pump), SN_OK);
	sn_pump_stop(pump, SN_NS_PER_SEC, NULL);
	ck_assert_uint_eq(box.frees + other.frees, 2);
	postbox_fini(&box);
	postbox_fini(&other);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_refused_at_once)
{
	struct postbox box;
	struct sn_pump *pump;
	FILE *f;

	postbox_init(&box);
	snprintf(path, sizeof(path), "%s/a/b", place);
	ck_assert_int_eq(start(&box, SN_SPOOL_OVERFLOW, &pump), SN_EPERM);
	ck_assert_int_eq(errno, ENOENT);
	snprintf(path, sizeof(path), "%s/a", place);
	f = fopen(path, "w");
	suite_expect(f && fclose(f) == 0);
	snprintf(path, sizeof(path), "%s/a/b", place);
	ck_assert_int_eq(start(&box, SN_SPOOL_OVERFLOW, &pump), SN_EPERM);
	ck_assert_int_eq(errno, ENOTDIR);
	free(box.sink);
	postbox_fini(&box);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spooler_thread");
	TCase *tc = tcase_create("spooler_thread");

	tcase_add_checked_fixture(tc, make_place, remove_place);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, workers_on_threads_lose_nothing_over_a_stop_and_a_start, 0, 2);
	tcase_add_test(tc, a_directory_is_one_process_s_only);
	tcase_add_test(tc, a_directory_that_cannot_be_made_is_refused_at_once);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
