/*
 * librdkafka's statistics: what is read from them, and that nothing strange in them does harm.
 */
#include "kafka/kafka_parts.h"

#include "support/suite.h"

static const char sample[] =
	"{\"name\":\"sonde#producer-1\",\"ts\":1,\"msg_cnt\":12,\"msg_size\":3456,"
	"\"tx\":7,\"tx_bytes\":8001,\"txmsgs\":90,\"txmsg_bytes\":123456789012,"
	"\"brokers\":{"
	"\"a:1/bootstrap\":{\"nodeid\":-1,\"state\":\"UP\",\"txerrs\":5,\"disconnects\":1},"
	"\"a:1/1\":{\"nodeid\":1,\"state\":\"UP\",\"txretries\":3,\"txerrs\":2,"
	"\"req_timeouts\":1,\"rtt\":{\"avg\":900,\"p99\":1500},"
	"\"int_latency\":{\"avg\":10},\"throttle\":{\"max\":4}},"
	"\"a:2/2\":{\"nodeid\":2,\"state\":\"DOWN\",\"txretries\":4,"
	"\"rtt\":{\"avg\":1100,\"p99\":-1},\"int_latency\":{\"avg\":5}}},"
	"\"topics\":{\"t\":{\"partitions\":{}}}}";

START_TEST(figures_of_all_brokers_are_summed_or_the_worst)
{
	uint64_t v[SN_KAFKA_FIGURES];

	memset(v, 0x55, sizeof(v));
	v[SN_KAFKA_PRODUCERS] = 42;
	v[SN_KAFKA_REQUEUED] = 43;
	ck_assert_int_eq(sn_kafka_stats_read(sn_span_str(sample), v), SN_OK);
	ck_assert_uint_eq(v[SN_KAFKA_PRODUCERS], 42);
	ck_assert_uint_eq(v[SN_KAFKA_REQUEUED], 43);
	ck_assert_uint_eq(v[SN_KAFKA_QUEUE_MESSAGES], 12);
	ck_assert_uint_eq(v[SN_KAFKA_QUEUE_BYTES], 3456);
	ck_assert_uint_eq(v[SN_KAFKA_REQUESTS], 7);
	ck_assert_uint_eq(v[SN_KAFKA_SENT_BYTES], 8001);
	ck_assert_uint_eq(v[SN_KAFKA_MESSAGES], 90);
	ck_assert_uint_eq(v[SN_KAFKA_MESSAGE_BYTES], 123456789012);
	ck_assert_uint_eq(v[SN_KAFKA_RETRIES], 7);
	ck_assert_uint_eq(v[SN_KAFKA_ERRORS], 7);
	ck_assert_uint_eq(v[SN_KAFKA_TIMEOUTS], 1);
	ck_assert_uint_eq(v[SN_KAFKA_DISCONNECTS], 1);
	ck_assert_uint_eq(v[SN_KAFKA_BROKERS], 2);
	ck_assert_uint_eq(v[SN_KAFKA_BROKERS_UP], 1);
	ck_assert_uint_eq(v[SN_KAFKA_RTT_US], 1100);
	ck_assert_uint_eq(v[SN_KAFKA_RTT_P99_US], 1500);
	ck_assert_uint_eq(v[SN_KAFKA_LINGER_US], 10);
	ck_assert_uint_eq(v[SN_KAFKA_THROTTLE_MS], 4);
}
END_TEST

START_TEST(statistics_cut_anywhere_change_nothing)
{
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		uint64_t v[SN_KAFKA_FIGURES] = {7, 7, 7};

		ck_assert_int_eq(sn_kafka_stats_read(sn_span_make(sample, n), v), SN_EINVAL);
		ck_assert_uint_eq(v[2], 7);
	}
}
END_TEST

START_TEST(other_shapes_are_taken_as_nothing)
{
	static const char *const odd[] = {"{}", "{\"brokers\":[]}", "{\"brokers\":{\"a\":1}}",
					  "{\"brokers\":{\"a\":{\"rtt\":[1],\"nodeid\":{}}}}",
					  "{\"msg_cnt\":\"many\",\"tx\":{}}"};
	uint64_t v[SN_KAFKA_FIGURES];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		memset(v, 0x55, sizeof(v));
		ck_assert_int_eq(sn_kafka_stats_read(sn_span_str(odd[i]), v), SN_OK);
		for (unsigned f = SN_KAFKA_QUEUE_MESSAGES; f < SN_KAFKA_FIGURES; f++) {
			ck_assert_uint_eq(v[f], 0);
		}
	}
	ck_assert_int_eq(sn_kafka_stats_read(sn_span_str("[]"), v), SN_EINVAL);
}
END_TEST

START_TEST(what_librdkafka_forgets_stays_counted)
{
	uint64_t before[SN_KAFKA_FIGURES] = {0};
	uint64_t latest[SN_KAFKA_FIGURES] = {0};
	uint64_t v[SN_KAFKA_FIGURES] = {0};
	static const uint64_t told[][2] = {{10, 10}, {15, 15}, {4, 15}, {6, 17}, {0, 17}, {1, 18}};

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		v[SN_KAFKA_MESSAGES] = told[i][0];
		v[SN_KAFKA_QUEUE_MESSAGES] = told[i][0];
		sn_kafka_stats_follow(v, before, latest);
		ck_assert_uint_eq(before[SN_KAFKA_MESSAGES] + latest[SN_KAFKA_MESSAGES],
				  told[i][1]);
		ck_assert_uint_eq(latest[SN_KAFKA_QUEUE_MESSAGES], told[i][0]);
		ck_assert_uint_eq(before[SN_KAFKA_QUEUE_MESSAGES], 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {figures_of_all_brokers_are_summed_or_the_worst,
				      statistics_cut_anywhere_change_nothing,
				      other_shapes_are_taken_as_nothing,
				      what_librdkafka_forgets_stays_counted, NULL};

	return suite_run_tests("kafka_stats", tests, 30);
}
