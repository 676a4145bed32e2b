/*
 * Properties for librdkafka: what is refused and why, what is secret, what a topic may be called.
 */
#include "kafka/kafka.h"

#include "support/suite.h"

START_TEST(properties_of_librdkafka_are_taken)
{
	static const struct sn_kafka_property good[] = {
		{"compression.type", "zstd"},
		{"acks", "1"},
		{"linger.ms", "0.5"},
		{"security.protocol", "SASL_SSL"},
		{"sasl.mechanisms", "SCRAM-SHA-512"},
		{"sasl.password", "hunter2"},
		{"message.timeout.ms", "1000"},
		{"debug", "broker,topic"},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char why[SN_KAFKA_WHY_MAX] = "";

		ck_assert_msg(sn_kafka_check_property(good[i].name, good[i].value, why) == SN_OK,
			      "%s: %s", good[i].name, why);
	}
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	static const struct {
		const char *name;  /* property */
		const char *value; /* value */
		int err;	   /* what is wrong */
		const char *why;   /* part of the reason */
	} bad[] = {
		{"compresion.type", "zstd", SN_ENOENT, "no such property"},
		{"compression.type", "middle", SN_EINVAL, "compression."},
		{"linger.ms", "soon", SN_EINVAL, "Invalid value"},
		{"batch.size", "-1", SN_EINVAL, "batch.size"},
		{"dr_msg_cb", "x", SN_EINVAL, "dr_msg_cb"},
		{"bootstrap.servers", "a:9092", SN_ENOENT, "brokers"},
		{"metadata.broker.list", "a:9092", SN_ENOENT, "brokers"},
		{"transactional.id", "t", SN_ENOENT, "transactions"},
		{"delivery.report.only.error", "true", SN_ENOENT, "unaccounted"},
		{"partitioner", "random", SN_ENOENT, "murmur2"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char why[SN_KAFKA_WHY_MAX] = "";

		ck_assert_int_eq(sn_kafka_check_property(bad[i].name, bad[i].value, why),
				 bad[i].err);
		ck_assert_msg(strstr(why, bad[i].why) != NULL, "%s: %s", bad[i].name, why);
	}
}
END_TEST

START_TEST(a_wrong_secret_is_not_repeated)
{
	char why[SN_KAFKA_WHY_MAX] = "";

	ck_assert(sn_kafka_is_secret("sasl.password"));
	ck_assert(sn_kafka_is_secret("ssl.key.password"));
	ck_assert(sn_kafka_is_secret("ssl.key.pem"));
	ck_assert(sn_kafka_is_secret("sasl.oauthbearer.client.secret"));
	ck_assert(!sn_kafka_is_secret("sasl.username"));
	ck_assert(!sn_kafka_is_secret("ssl.ca.location"));
	if (sn_kafka_check_property("ssl.key.pem", "sesame", why)) {
		ck_assert_ptr_null(strstr(why, "sesame"));
	}
}
END_TEST

static int check(const struct sn_kafka_property *p, uint32_t n, size_t *largest, char *why)
{
	const struct sn_kafka_config cfg = {.brokers = "127.0.0.1:9",
					    .topic = "t",
					    .content_type = "text/plain",
					    .properties = p,
					    .nproperties = n};

	return sn_kafka_check(&cfg, largest, why);
}

START_TEST(properties_that_do_not_go_together_are_found)
{
	static const struct sn_kafka_property acks[] = {{"acks", "1"}};
	static const struct sn_kafka_property off[] = {{"acks", "1"},
						       {"enable.idempotence", "false"}};
	static const struct sn_kafka_property ca[] = {{"security.protocol", "ssl"},
						      {"ssl.ca.location", "/nowhere/ca.pem"}};
	static const struct sn_kafka_property sasl[] = {{"security.protocol", "sasl_plaintext"},
							{"sasl.mechanism", "SCRAM-SHA-256"}};
	static const struct sn_kafka_property larger[] = {{"message.max.bytes", "2000000"}};
	char why[SN_KAFKA_WHY_MAX];
	size_t largest = 0;

	ck_assert_int_eq(check(NULL, 0, &largest, why), SN_OK);
	ck_assert_uint_gt(largest, 900000);
	ck_assert_uint_lt(largest, 1000000);
	ck_assert_int_eq(check(larger, 1, &largest, why), SN_OK);
	ck_assert_uint_gt(largest, 1900000);
	ck_assert_int_eq(check(acks, 1, &largest, why), SN_EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "acks"));
	ck_assert_int_eq(check(off, 2, &largest, why), SN_OK);
	ck_assert_int_eq(check(ca, 2, &largest, why), SN_EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "ssl.ca.location"));
	ck_assert_int_eq(check(sasl, 2, &largest, why), SN_EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "sasl.username"));
}
END_TEST

START_TEST(names_of_topics_are_kafkas)
{
	char name[251];

	ck_assert(sn_kafka_is_topic("snmp"));
	ck_assert(sn_kafka_is_topic("SNMP.rows_2-a"));
	ck_assert(!sn_kafka_is_topic(""));
	ck_assert(!sn_kafka_is_topic("."));
	ck_assert(!sn_kafka_is_topic(".."));
	ck_assert(!sn_kafka_is_topic("a b"));
	ck_assert(!sn_kafka_is_topic("a/b"));
	ck_assert(!sn_kafka_is_topic("\xc3\xa4"));
	memset(name, 'a', sizeof(name));
	name[249] = '\0';
	ck_assert(sn_kafka_is_topic(name));
	name[249] = 'a';
	name[250] = '\0';
	ck_assert(!sn_kafka_is_topic(name));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		properties_of_librdkafka_are_taken, what_is_wrong_is_said,
		a_wrong_secret_is_not_repeated,	    properties_that_do_not_go_together_are_found,
		names_of_topics_are_kafkas,	    NULL};

	return suite_run_tests("kafka_conf", tests, 30);
}
