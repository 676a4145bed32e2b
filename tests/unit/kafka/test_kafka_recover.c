/*
 * Producers that fail for good and are replaced: also one that never tells what became of what it
 * had. Reports are kept from the sink here, and its clock goes ahead instead of waiting.
 *
 * ctest: timeout=120 link=-Wl,--wrap=rd_kafka_new,--wrap=rd_kafka_queue_poll,--wrap=clock_gettime
 */
#include "kafka/kafka.h"

#include "base/clock.h"
#include "output/port.h"
#include "support/mock_kafka.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#include <unistd.h>

#include <librdkafka/rdkafka.h>

enum {
	LONG_S = 11, /* longer than the sink waits for reports */
	TRIES = 4    /* producers that a message may see fail */
};

static _Atomic(rd_kafka_t *) latest; /* producer */
static atomic_bool silent;	     /* reports vanish */
static atomic_uint vanished;	     /* how many events with reports have */
static atomic_uint ahead;	     /* s that the clock is */

rd_kafka_t *__real_rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t n);
rd_kafka_t *__wrap_rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t n);
rd_kafka_event_t *__real_rd_kafka_queue_poll(rd_kafka_queue_t *queue, int ms);
rd_kafka_event_t *__wrap_rd_kafka_queue_poll(rd_kafka_queue_t *queue, int ms);
int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

rd_kafka_t *__wrap_rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t n)
{
	latest = __real_rd_kafka_new(type, conf, why, n);
	return latest;
}

rd_kafka_event_t *__wrap_rd_kafka_queue_poll(rd_kafka_queue_t *queue, int ms)
{
	rd_kafka_event_t *event = __real_rd_kafka_queue_poll(queue, ms);

	while (event && silent && rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
		rd_kafka_event_destroy(event);
		vanished++;
		event = __real_rd_kafka_queue_poll(queue, 0);
	}
	return event;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = __real_clock_gettime(id, ts);

	ts->tv_sec += ahead;
	return rc;
}

/* A broker, a pump with the sink, one worker. */
struct set {
	struct mock_kafka mock;
	struct sn_pump *pump;
	struct rig_worker w;
};

static void set_up(struct set *s)
{
	static const struct sn_kafka_property quick[] = {
		{"linger.ms", "5"},
		{"statistics.interval.ms", "20"},
		{"retry.backoff.ms", "10"},
		{"reconnect.backoff.ms", "10"},
		{"reconnect.backoff.max.ms", "100"},
	};
	const struct sn_kafka_config cfg = {.topic = "rows",
					    .status_topic = "status",
					    .content_type = "text/plain",
					    .brokers = s->mock.brokers,
					    .properties = quick,
					    .nproperties = sizeof(quick) / sizeof(quick[0])};
	struct sn_sink *sink;
	char why[SN_KAFKA_WHY_MAX];

	mock_kafka_start(&s->mock, 1);
	mock_kafka_say(&s->mock, "topic rows 4 1");
	mock_kafka_say(&s->mock, "topic status 1 1");
	ck_assert_int_eq(sn_sink_kafka_new(&cfg, &sink, why), SN_OK);
	s->pump = rig_start_sink(sink, 1, 0, 0);
	rig_worker_init(&s->w, s->pump, 0);
}

static struct sn_pump_stats stats(const struct set *s)
{
	struct sn_pump_stats st;

	sn_pump_stats_get(s->pump, &st);
	ck_assert_uint_le(st.rows_written + st.rows_lost, st.rows_encoded);
	return st;
}

static uint64_t figure(const struct set *s, enum sn_kafka_figure id)
{
	uint64_t v[SN_SINK_FIGURES_MAX];

	ck_assert_uint_eq(sn_pump_figures(s->pump, v), SN_KAFKA_FIGURES);
	return v[id];
}

/* n tables of 10 rows. */
static void emit(struct set *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		rig_emit(&s->w, 10, 30);
	}
	sn_outputs_flush(s->w.outs, 0, true);
}

static void wait_settled(const struct set *s, uint64_t rows)
{
	uint64_t end = sn_clock_mono() + 60 * SN_NS_PER_SEC;
	struct sn_pump_stats st;

	do {
		usleep(1000);
		st = stats(s);
		suite_expect(sn_clock_mono() < end);
	} while (st.rows_written + st.rows_lost < rows);
}

/* Waits until the sink has made so many producers. */
static void wait_producers(const struct set *s, uint64_t n)
{
	uint64_t end = sn_clock_mono() + 60 * SN_NS_PER_SEC;

	while (figure(s, SN_KAFKA_PRODUCERS) < n) {
		usleep(1000);
		suite_expect(sn_clock_mono() < end);
	}
}

/* The producer fails for good, by librdkafka's own word. */
static void break_producer(const struct set *s)
{
	const rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
	uint64_t before = stats(s).errors;

	ck_assert_int_eq(rd_kafka_test_fatal_error(latest, error, "for a test"), 0);
	while (stats(s).errors == before) {
		usleep(1000);
	}
}

static struct sn_pump_stats tear_down(struct set *s)
{
	struct sn_pump_stats st;

	rig_worker_fini(&s->w);
	sn_pump_stop(s->pump, 60 * SN_NS_PER_SEC, &st);
	mock_kafka_stop(&s->mock);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written + st.rows_lost);
	return st;
}

START_TEST(one_that_fails_idle_is_replaced)
{
	struct set s;

	set_up(&s);
	emit(&s, 10);
	wait_settled(&s, 100);
	break_producer(&s);
	wait_producers(&s, 2);
	emit(&s, 10);
	wait_settled(&s, 200);
	ck_assert_uint_eq(tear_down(&s).rows_written, 200);
}
END_TEST

START_TEST(what_one_has_under_way_goes_to_the_next)
{
	struct set s;

	set_up(&s);
	emit(&s, 1);
	wait_settled(&s, 10);
	mock_kafka_say(&s.mock, "rtt 1 300");
	emit(&s, 50);
	while (figure(&s, SN_KAFKA_QUEUE_MESSAGES) == 0) {
		usleep(1000);
	}
	break_producer(&s);
	wait_producers(&s, 2);
	mock_kafka_say(&s.mock, "rtt 1 0");
	wait_settled(&s, 510);
	ck_assert_uint_ge(figure(&s, SN_KAFKA_REQUEUED), 1);
	ck_assert_uint_eq(tear_down(&s).rows_written, 510);
}
END_TEST

START_TEST(what_one_never_reports_goes_to_the_next)
{
	struct set s;

	set_up(&s);
	emit(&s, 1);
	wait_settled(&s, 10);
	silent = true;
	emit(&s, 50);
	while (vanished == 0) {
		usleep(1000);
	}
	break_producer(&s);
	ck_assert_uint_eq(figure(&s, SN_KAFKA_PRODUCERS), 1); /* it waits for the reports */
	ck_assert_uint_eq(stats(&s).rows_written, 10);
	ahead = LONG_S;
	emit(&s, 1); /* wakes the pump */
	wait_producers(&s, 2);
	silent = false;
	emit(&s, 1);
	wait_settled(&s, 530);
	ck_assert_uint_ge(figure(&s, SN_KAFKA_REQUEUED), 50);
	ck_assert_int_eq(stats(&s).state, SN_OK);
	ck_assert_uint_eq(tear_down(&s).rows_written, 530);
}
END_TEST

START_TEST(what_none_reports_is_given_up_in_the_end)
{
	struct set s;
	struct sn_pump_stats st;

	set_up(&s);
	silent = true;
	emit(&s, 5);
	for (unsigned i = 1; i <= TRIES; i++) {
		while (vanished < i) {
			usleep(1000);
		}
		break_producer(&s);
		ahead += LONG_S;
		sn_pump_nudge(s.pump);
		wait_producers(&s, i + 1);
		vanished = i;
		sn_pump_nudge(s.pump);
	}
	wait_settled(&s, 50);
	silent = false;
	emit(&s, 1);
	wait_settled(&s, 60);
	st = tear_down(&s);
	ck_assert_uint_eq(st.lost[SN_LOSS_FATAL], 50);
	ck_assert_uint_eq(st.rows_written, 10);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_reports_that_never_come)
{
	struct set s;
	struct sn_pump_stats st;

	set_up(&s);
	silent = true;
	emit(&s, 5);
	while (vanished == 0) {
		usleep(1000);
	}
	rig_worker_fini(&s.w);
	sn_pump_stop(s.pump, 100 * SN_NS_PER_MS, &st);
	mock_kafka_stop(&s.mock);
	ck_assert_uint_eq(st.lost[SN_LOSS_SHUTDOWN], 50);
	ck_assert_uint_eq(st.rows_encoded, 50);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {one_that_fails_idle_is_replaced,
				      what_one_has_under_way_goes_to_the_next,
				      what_one_never_reports_goes_to_the_next,
				      what_none_reports_is_given_up_in_the_end,
				      a_stop_does_not_wait_for_reports_that_never_come,
				      NULL};

	return suite_run_tests("kafka_recover", tests, 60);
}
