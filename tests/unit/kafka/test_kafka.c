/*
 * The sink for Kafka against librdkafka's own brokers in another process: what becomes of messages
 * when brokers refuse, fail, vanish or are slow; and that each is accounted for.
 *
 * ctest: timeout=120
 */
#include "kafka/kafka.h"

#include "base/clock.h"
#include "output/port.h"
#include "support/mock_kafka.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#include <unistd.h>

/* Codes of Kafka's protocol. */
enum {
	UNKNOWN_TOPIC = 3,
	NOT_LEADER = 6,
	TIMED_OUT = 7,
	TOO_LARGE = 10,
	NOT_ENOUGH_REPLICAS = 19,
	TOPIC_AUTHORIZATION = 29,
	OUT_OF_ORDER = 45
};

/* Brokers, a pump with the sink, one worker. */
struct set {
	struct mock_kafka mock;
	struct sn_pump *pump;
	struct rig_worker w;
};

static const struct sn_kafka_property quick[] = {
	{"linger.ms", "5"},
	{"statistics.interval.ms", "100"},
	{"retry.backoff.ms", "10"},
	{"reconnect.backoff.ms", "10"},
	{"message.timeout.ms", "20000"},
	{"reconnect.backoff.max.ms", "100"},
	{"topic.metadata.propagation.max.ms", "300"},
};

enum { NQUICK = sizeof(quick) / sizeof(quick[0]), MORE_MAX = 4 };

/* more: further properties, up to a NULL name. */
static void open_output(struct set *s, const struct sn_kafka_property *more, size_t message_bytes)
{
	struct sn_kafka_property all[NQUICK + MORE_MAX];
	struct sn_kafka_config cfg = {.brokers = s->mock.brokers,
				      .topic = "rows",
				      .status_topic = "status",
				      .content_type = "text/plain",
				      .properties = all,
				      .nproperties = NQUICK};
	struct sn_sink *sink;
	char why[SN_KAFKA_WHY_MAX];

	memcpy(all, quick, sizeof(quick));
	for (; more && more->name; more++) {
		all[cfg.nproperties++] = *more;
	}
	ck_assert_int_eq(sn_sink_kafka_new(&cfg, &sink, why), SN_OK);
	s->pump = rig_start_sink(sink, 1, 0, message_bytes);
	rig_worker_init(&s->w, s->pump, 0);
}

static void set_up(struct set *s, unsigned brokers, const struct sn_kafka_property *more)
{
	mock_kafka_start(&s->mock, brokers);
	mock_kafka_say(&s->mock, "topic rows 4 %u", brokers);
	mock_kafka_say(&s->mock, "topic status 1 %u", brokers);
	open_output(s, more, 0);
}

static struct sn_pump_stats stats(const struct set *s)
{
	struct sn_pump_stats st;

	sn_pump_stats_get(s->pump, &st);
	ck_assert_uint_le(st.rows_written + st.rows_lost, st.rows_encoded);
	return st;
}

/* n tables of 10 rows and a round record each. */
static void emit(struct set *s, unsigned n)
{
	const struct sn_round round = {.origin = &s->w.origin, .modules = "m"};

	for (unsigned i = 0; i < n; i++) {
		rig_emit(&s->w, 10, 30);
		sn_outputs_round(s->w.outs, &round);
	}
	sn_outputs_flush(s->w.outs, 0, true);
}

/* Waits until so many rows are delivered or lost. */
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

static struct sn_pump_stats tear_down(struct set *s, uint64_t timeout_ns)
{
	struct sn_pump_stats st;
	uint64_t lost = 0;

	rig_worker_fini(&s->w);
	sn_pump_stop(s->pump, timeout_ns, &st);
	mock_kafka_stop(&s->mock);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written + st.rows_lost);
	ck_assert_uint_eq(st.rounds_encoded, st.rounds_written + st.rounds_lost);
	for (unsigned i = 0; i < SN_LOSSES; i++) {
		lost += st.lost[i];
	}
	ck_assert_uint_eq(lost, st.rows_lost + st.rounds_lost);
	return st;
}

static uint64_t figure(const struct set *s, enum sn_kafka_figure id)
{
	uint64_t v[SN_SINK_FIGURES_MAX];

	ck_assert_uint_eq(sn_pump_figures(s->pump, v), SN_KAFKA_FIGURES);
	return v[id];
}

static void all_delivered(struct set *s, uint64_t rows)
{
	struct sn_pump_stats st = tear_down(s, 60 * SN_NS_PER_SEC);

	ck_assert_uint_eq(st.rows_written, rows);
	ck_assert_uint_eq(st.rows_lost + st.rounds_lost + st.rows_dropped, 0);
}

START_TEST(a_healthy_cluster_takes_all_and_says_what_it_did)
{
	struct set s;

	set_up(&s, 3, NULL);
	emit(&s, 100);
	wait_settled(&s, 1000);
	while (figure(&s, SN_KAFKA_MESSAGES) < 200) {
		usleep(1000);
	}
	ck_assert_uint_eq(figure(&s, SN_KAFKA_PRODUCERS), 1);
	ck_assert_uint_eq(figure(&s, SN_KAFKA_BROKERS), 3);
	ck_assert_uint_ge(figure(&s, SN_KAFKA_BROKERS_UP), 1);
	ck_assert_uint_gt(figure(&s, SN_KAFKA_MESSAGE_BYTES), 30000);
	ck_assert_uint_gt(figure(&s, SN_KAFKA_REQUESTS), 0);
	ck_assert_int_eq(stats(&s).state, SN_OK);
	all_delivered(&s, 1000);
}
END_TEST

START_TEST(errors_that_pass_cost_nothing)
{
	static const int codes[] = {NOT_LEADER, NOT_ENOUGH_REPLICAS, TIMED_OUT};
	struct set s;

	set_up(&s, 3, NULL);
	for (unsigned i = 0; i < 3; i++) {
		mock_kafka_say(&s.mock, "errors %d 5 %d", MOCK_PRODUCE, codes[i]);
		emit(&s, 50);
		wait_settled(&s, 500UL * (i + 1));
	}
	ck_assert_uint_eq(figure(&s, SN_KAFKA_PRODUCERS), 1);
	all_delivered(&s, 1500);
}
END_TEST

/* All is refused with a code for a while, and lost for this reason; then it goes on. */
static void refused(int code, enum sn_loss why)
{
	static const struct sn_kafka_property plain[] = {{"enable.idempotence", "false"},
							 {NULL, NULL}};
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 1, plain);
	mock_kafka_say(&s.mock, "errors %d 100 %d", MOCK_PRODUCE, code);
	rig_emit(&s.w, 10, 30);
	sn_outputs_flush(s.w.outs, 0, true);
	wait_settled(&s, 10);
	st = stats(&s);
	ck_assert_uint_eq(st.lost[why], 10);
	ck_assert_uint_eq(st.messages_lost[why], 1);
	ck_assert_int_eq(st.state, SN_EIO);
	tear_down(&s, SN_NS_PER_SEC);
}

START_TEST(what_is_not_allowed_is_lost_for_that_reason)
{
	refused(TOPIC_AUTHORIZATION, SN_LOSS_AUTHORIZATION);
}
END_TEST

START_TEST(what_the_broker_finds_too_large_is_lost_for_that_reason)
{
	refused(TOO_LARGE, SN_LOSS_TOO_LARGE);
}
END_TEST

START_TEST(what_the_producer_finds_too_large_is_lost_alone)
{
	static const struct sn_kafka_property small[] = {{"message.max.bytes", "100000"},
							 {NULL, NULL}};
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 1, small);
	rig_emit(&s.w, 1, 10);
	rig_emit(&s.w, 1, 150000);
	rig_emit(&s.w, 1, 10);
	st = tear_down(&s, 60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written, 2);
	ck_assert_uint_eq(st.lost[SN_LOSS_TOO_LARGE], 1);
}
END_TEST

START_TEST(a_missing_topic_is_a_loss_until_it_is_there)
{
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 1, NULL);
	mock_kafka_say(&s.mock, "topic_error rows %d", UNKNOWN_TOPIC);
	emit(&s, 5);
	wait_settled(&s, 50);
	st = stats(&s);
	ck_assert_uint_eq(st.lost[SN_LOSS_TOPIC], 50);
	st = tear_down(&s, 60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rounds_written, 5); /* the other topic is there */
}
END_TEST

START_TEST(brokers_that_come_back_get_all)
{
	struct set s;

	set_up(&s, 3, NULL);
	emit(&s, 20);
	wait_settled(&s, 200);
	for (int id = 1; id <= 3; id++) {
		mock_kafka_say(&s.mock, "down %d", id);
	}
	emit(&s, 50);
	while (stats(&s).state == SN_OK) {
		usleep(1000);
	}
	ck_assert_uint_lt(stats(&s).rows_written, 700);
	for (int id = 1; id <= 3; id++) {
		mock_kafka_say(&s.mock, "up %d", id);
	}
	wait_settled(&s, 700);
	ck_assert_int_eq(stats(&s).state, SN_OK);
	all_delivered(&s, 700);
}
END_TEST

START_TEST(brokers_that_stay_away_cost_what_is_too_old)
{
	static const struct sn_kafka_property soon[] = {{"message.timeout.ms", "500"},
							{NULL, NULL}};
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 1, soon);
	mock_kafka_say(&s.mock, "down 1");
	emit(&s, 30);
	wait_settled(&s, 300);
	st = tear_down(&s, 60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.lost[SN_LOSS_TIMEOUT], 330);
	ck_assert_uint_eq(st.rows_written, 0);
}
END_TEST

START_TEST(a_leader_that_changes_costs_nothing)
{
	struct set s;

	set_up(&s, 3, NULL);
	for (int i = 0; i < 6; i++) {
		for (int p = 0; p < 4; p++) {
			mock_kafka_say(&s.mock, "leader rows %d %d", p, 1 + (i + p) % 3);
		}
		emit(&s, 20);
	}
	all_delivered(&s, 1200);
}
END_TEST

START_TEST(a_producer_that_fails_for_good_is_replaced)
{
	struct set s;
	uint64_t rows = 0;

	set_up(&s, 1, NULL);
	/* the code is fatal for the oldest request to a partition, others are sent again */
	while (figure(&s, SN_KAFKA_PRODUCERS) < 2) {
		suite_expect(rows < 20000);
		mock_kafka_say(&s.mock, "errors %d 1 %d", MOCK_PRODUCE, OUT_OF_ORDER);
		emit(&s, 50);
		rows += 500;
		wait_settled(&s, rows);
	}
	ck_assert_uint_ge(figure(&s, SN_KAFKA_REQUEUED), 1);
	emit(&s, 10);
	all_delivered(&s, rows + 100);
}
END_TEST

START_TEST(a_producer_that_fails_again_and_again_does_not_hold_rows_for_ever)
{
	struct set s;
	struct sn_pump_stats st;

	set_up(&s, 1, NULL);
	mock_kafka_say(&s.mock, "errors %d 4000 %d", MOCK_INIT_PRODUCER_ID, 0);
	mock_kafka_say(&s.mock, "errors %d 4000 %d", MOCK_PRODUCE, OUT_OF_ORDER);
	emit(&s, 1);
	wait_settled(&s, 10);
	st = tear_down(&s, 60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.lost[SN_LOSS_FATAL], 11);
}
END_TEST

START_TEST(a_full_queue_only_delays)
{
	static const struct sn_kafka_property narrow[] = {{"queue.buffering.max.messages", "7"},
							  {NULL, NULL}};
	struct set s;

	set_up(&s, 1, narrow);
	emit(&s, 100);
	all_delivered(&s, 1000);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_brokers_that_are_away)
{
	struct set s;
	struct sn_pump_stats st;
	uint64_t before;

	set_up(&s, 1, NULL);
	emit(&s, 5);
	wait_settled(&s, 50);
	mock_kafka_say(&s.mock, "down 1");
	emit(&s, 20);
	before = sn_clock_mono();
	st = tear_down(&s, 200 * SN_NS_PER_MS);
	ck_assert_uint_lt(sn_clock_mono() - before, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st.rows_written + st.lost[SN_LOSS_SHUTDOWN], 250 + st.rounds_lost);
	ck_assert_uint_gt(st.lost[SN_LOSS_SHUTDOWN], 0);
}
END_TEST

START_TEST(a_slow_broker_keeps_buffers_until_it_answers)
{
	struct set s;

	set_up(&s, 1, NULL);
	emit(&s, 1);
	wait_settled(&s, 10);
	mock_kafka_say(&s.mock, "rtt 1 300");
	emit(&s, 10);
	ck_assert_uint_eq(stats(&s).rows_written, 10);
	all_delivered(&s, 110);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_healthy_cluster_takes_all_and_says_what_it_did,
		errors_that_pass_cost_nothing,
		what_is_not_allowed_is_lost_for_that_reason,
		what_the_broker_finds_too_large_is_lost_for_that_reason,
		what_the_producer_finds_too_large_is_lost_alone,
		a_missing_topic_is_a_loss_until_it_is_there,
		brokers_that_come_back_get_all,
		brokers_that_stay_away_cost_what_is_too_old,
		a_leader_that_changes_costs_nothing,
		a_producer_that_fails_for_good_is_replaced,
		a_producer_that_fails_again_and_again_does_not_hold_rows_for_ever,
		a_full_queue_only_delays,
		a_stop_does_not_wait_for_brokers_that_are_away,
		a_slow_broker_keeps_buffers_until_it_answers,
		NULL};

	return suite_run_tests("kafka", tests, 60);
}
