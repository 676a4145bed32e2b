/*
 * Outputs to Kafka: what each key becomes, spools, properties of librdkafka, what is refused.
 * Behaviour of the outputs part of config/load.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#include <sys/stat.h>

#define REST                                                                                       \
	CONFIG_BASE                                                                                \
	"targets: [{static: [{targets: [127.0.0.1]}]}]\n"

#define KAFKA(more) "output: [{kafka: {brokers: \"a:1,b:2\", topic: t" more "}}]\n" REST

START_TEST(every_key_of_kafka_arrives)
{
	const struct sn_config *cfg;
	const struct sn_config_output *out;

	setenv("KAFKA_SECRET", "from-the-environment", 1);
	config_files_write("secret.txt", "from-a-file\n");
	cfg = config_files_good(
		KAFKA(", status_topic: s, format: influx, max_message_bytes: 64KiB, "
		      "rounds: false, properties: {compression.type: zstd, acks: -1, "
		      "sasl.password: \"${KAFKA_SECRET}\", "
		      "ssl.key.password_file: secret.txt}"));
	out = cfg->outputs;
	ck_assert_str_eq(out->type, "kafka");
	ck_assert_str_eq(out->brokers, "a:1,b:2");
	ck_assert_str_eq(out->topic, "t");
	ck_assert_str_eq(out->status_topic, "s");
	ck_assert_ptr_eq(out->encoder, sn_encoder_find("influx"));
	ck_assert_uint_eq(out->message_bytes, 64 << 10);
	ck_assert(out->rows && !out->rounds);
	ck_assert_uint_eq(out->nproperties, 4);
	ck_assert_str_eq(out->properties[0].name, "compression.type");
	ck_assert_str_eq(out->properties[0].value, "zstd");
	ck_assert_str_eq(out->properties[1].value, "-1");
	ck_assert_str_eq(out->properties[2].name, "sasl.password");
	ck_assert_str_eq(out->properties[2].value, "from-the-environment");
	ck_assert_str_eq(out->properties[3].name, "ssl.key.password");
	ck_assert_str_eq(out->properties[3].value, "from-a-file");
	sn_config_free(cfg);
}
END_TEST

START_TEST(kafka_has_defaults_and_limits_of_its_own)
{
	const struct sn_config *cfg = config_files_good(KAFKA(""));

	ck_assert_ptr_eq(cfg->outputs->encoder, sn_encoder_find("json"));
	ck_assert_ptr_null(cfg->outputs->status_topic);
	ck_assert_uint_eq(cfg->outputs->message_bytes, 512 << 10);
	ck_assert_uint_eq(cfg->outputs->nproperties, 0);
	sn_config_free(cfg);
	cfg = config_files_good(KAFKA(", properties: {message.max.bytes: 100000}"));
	ck_assert_uint_gt(cfg->outputs->message_bytes, 90000);
	ck_assert_uint_lt(cfg->outputs->message_bytes, 100000);
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_kafka_outputs_are_errors)
{
	static const struct config_case cases[] = {
		{"output: [{kafka: {topic: t}}]\n" REST,
		 "sonde.yaml:1:11: output[0].kafka: brokers is missing\n"},
		{"output: [{kafka: {brokers: a}}]\n" REST,
		 "sonde.yaml:1:11: output[0].kafka: topic is missing\n"},
		{"output: [{kafka: {brokers: a, topic: a/b}}]\n" REST,
		 "sonde.yaml:1:38: output[0].kafka.topic: \"a/b\" is no name of a topic "
		 "(expected up "
		 "to 249 letters, digits, dots, underscores and dashes)\n"},
		{KAFKA(", status_topic: ''"),
		 "sonde.yaml:1:63: output[0].kafka.status_topic: \"\" is no name of a topic "
		 "(expected "
		 "up to 249 letters, digits, dots, underscores and dashes)\n"},
		{KAFKA(", properties: {batch.size: some}"),
		 "sonde.yaml:1:74: output[0].kafka.properties.batch.size: Invalid value "
		 "for configuration "
		 "property \"batch.size\"\n"},
		{KAFKA(", properties: {partitioner: random}"),
		 "sonde.yaml:1:62: output[0].kafka.properties.partitioner: has no effect: "
		 "partitions "
		 "are chosen as by Kafka's Java client (murmur2)\n"},
		{KAFKA(", properties: {sasl.password: \"${NO_SUCH_VARIABLE}\"}"),
		 "sonde.yaml:1:77: output[0].kafka.properties.sasl.password: environment variable "
		 "\"NO_SUCH_VARIABLE\" is not set\n"},
		{KAFKA(", properties: [acks]"),
		 "sonde.yaml:1:61: output[0].kafka.properties: expected a map of keys and values, "
		 "found a list\n"},
		{KAFKA(", max_message_bytes: 1KiB"),
		 "sonde.yaml:1:68: output[0].kafka.max_message_bytes: \"1KiB\" is out of range "
		 "(expected 4KiB to 64MiB)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

/* The rest of the message is librdkafka's, and its version. */
static void expect_begins(const struct config_case *c)
{
	const struct sn_config *cfg;

	config_files_write("sonde.yaml", c->text);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
	ck_assert_msg(strncmp(config_files_messages(), c->messages, strlen(c->messages)) == 0, "%s",
		      config_files_messages());
	config_files_clear();
}

START_TEST(properties_that_librdkafka_does_not_know_or_refuses_together_are_errors)
{
	static const struct config_case unknown[] = {
		{KAFKA(", properties: {linger: 5}"),
		 "sonde.yaml:1:62: output[0].kafka.properties.linger: librdkafka "}};
	static const struct config_case together[] = {
		{KAFKA(", properties: {acks: 1}"),
		 "sonde.yaml:1:11: output[0].kafka: `acks` must be"}};

	expect_begins(&unknown[0]);
	expect_begins(&together[0]);
}
END_TEST

#define SPOOL(more, keys) KAFKA(more ", spool: {" keys "}")

/* Without the end of it, so that there may be a second output. */
#define ONE(folder) "{kafka: {brokers: a, topic: t, spool: {path: " folder "}}}"

START_TEST(a_spool_has_defaults)
{
	const struct sn_config *cfg = config_files_good(SPOOL("", "path: /var/spool/s"));
	const struct sn_config_output *out = cfg->outputs;

	ck_assert_str_eq(out->spool.path, "/var/spool/s");
	ck_assert_int_eq(out->spool.mode, SN_SPOOL_OVERFLOW);
	ck_assert_int_eq(out->spool.replay, SN_SPOOL_ORDERED);
	ck_assert_uint_eq(out->spool.max_bytes, UINT64_C(4) << 30);
	ck_assert_uint_eq(out->spool.max_age_ms, 0);
	sn_config_free(cfg);
	cfg = config_files_good(KAFKA(""));
	ck_assert_ptr_null(cfg->outputs->spool.path);
	sn_config_free(cfg);
}
END_TEST

START_TEST(every_key_of_a_spool_arrives)
{
	const struct sn_config *cfg = config_files_good(
		SPOOL("", "path: /s//, mode: always, max_bytes: 16MiB, max_age: 36h"));

	ck_assert_str_eq(cfg->outputs->spool.path, "/s");
	ck_assert_int_eq(cfg->outputs->spool.mode, SN_SPOOL_ALWAYS);
	ck_assert_int_eq(cfg->outputs->spool.replay, SN_SPOOL_ORDERED);
	ck_assert_uint_eq(cfg->outputs->spool.max_bytes, 16 << 20);
	ck_assert_uint_eq(cfg->outputs->spool.max_age_ms, UINT64_C(129600000));
	sn_config_free(cfg);
	cfg = config_files_good(
		SPOOL(", max_message_bytes: 1016KiB, properties: {message.max.bytes: 2000000}",
		      "path: s, replay: interleaved, max_age: 1us"));
	ck_assert_int_eq(cfg->outputs->spool.mode, SN_SPOOL_OVERFLOW);
	ck_assert_int_eq(cfg->outputs->spool.replay, SN_SPOOL_INTERLEAVED);
	ck_assert_uint_eq(cfg->outputs->spool.max_age_ms, 1);
	ck_assert_uint_eq(cfg->outputs->message_bytes, 1016 << 10);
	sn_config_free(cfg);
}
END_TEST

START_TEST(the_folder_of_a_spool_is_relative_to_the_file)
{
	const struct sn_config *cfg;

	ck_assert_int_eq(mkdir("sub", 0700), 0);
	config_files_write("sub/sonde.yaml", SPOOL("", "path: s"));
	ck_assert_int_eq(sn_config_load("sub/sonde.yaml", NULL, NULL, config_files_report, NULL,
					&cfg),
			 SN_OK);
	ck_assert_str_eq(cfg->outputs->spool.path, "sub/s");
	sn_config_free(cfg);
}
END_TEST

START_TEST(with_a_spool_messages_have_all_the_time_unless_the_user_says_otherwise)
{
	const struct sn_config *cfg = config_files_good(SPOOL("", "path: s"));
	const struct sn_kafka_property *p = cfg->outputs->properties;

	ck_assert_uint_eq(cfg->outputs->nproperties, 1);
	ck_assert_str_eq(p->name, "message.timeout.ms");
	ck_assert_str_eq(p->value, "0");
	sn_config_free(cfg);
	cfg = config_files_good(SPOOL(", properties: {message.timeout.ms: 5000}", "path: s"));
	p = cfg->outputs->properties;
	ck_assert_uint_eq(cfg->outputs->nproperties, 2);
	ck_assert_str_eq(p[0].value, "0"); /* the last one holds */
	ck_assert_str_eq(p[1].name, "message.timeout.ms");
	ck_assert_str_eq(p[1].value, "5000");
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_spools_are_errors)
{
	static const struct config_case cases[] = {
		{KAFKA(", spool: "), "sonde.yaml:1:56: output[0].kafka.spool: path is missing\n"},
		{SPOOL("", "mode: always"),
		 "sonde.yaml:1:56: output[0].kafka.spool: path is missing\n"},
		{KAFKA(", spool: /var/spool/s"),
		 "sonde.yaml:1:56: output[0].kafka.spool: expected a map of keys and values, found "
		 "text\n"},
		{SPOOL("", "path: ''"), "sonde.yaml:1:63: output[0].kafka.spool.path: \"\" is too "
					"short (expected 1 to 1024 octets)\n"},
		{SPOOL("", "path: s, mode: sometimes"),
		 "sonde.yaml:1:72: output[0].kafka.spool.mode: \"sometimes\" is not known "
		 "(expected overflow or always)\n"},
		{SPOOL("", "path: s, replay: any"),
		 "sonde.yaml:1:74: output[0].kafka.spool.replay: \"any\" is not known (expected "
		 "ordered or interleaved)\n"},
		{SPOOL("", "path: s, mode: always, replay: interleaved"),
		 "sonde.yaml:1:88: output[0].kafka.spool.replay: interleaved needs the mode "
		 "overflow: with always nothing passes by the spool (expected ordered)\n"},
		{SPOOL("", "path: s, max_bytes: 1MiB"),
		 "sonde.yaml:1:77: output[0].kafka.spool.max_bytes: \"1MiB\" is out of range "
		 "(expected 16MiB to 64TiB)\n"},
		{SPOOL("", "path: s, max_age: old"),
		 "sonde.yaml:1:75: output[0].kafka.spool.max_age: \"old\" is not a duration "
		 "(expected a number with unit, such as 30s, 1m30s, 500ms)\n"},
		{SPOOL("", "path: s, size: 1GiB"),
		 "sonde.yaml:1:66: output[0].kafka.spool: unknown key \"size\" (expected one of "
		 "path, mode, replay, max_bytes, max_age)\n"},
		{SPOOL(", max_message_bytes: 1017KiB", "path: s"),
		 "sonde.yaml:1:68: output[0].kafka: max_message_bytes is too large for spool "
		 "(expected 1016KiB at most, or no spool)\n"},
		{"output: [" ONE("a") ", " ONE("b") ", " ONE("a/") "]\n" REST,
		 "sonde.yaml:1:112: output[2]: the same path of a spool as output[0] (expected one "
		 "of its own for each)\n"},
		{"output: [{file: {path: x, spool: {path: s}}}]\n" REST,
		 "sonde.yaml:1:27: output[0].file: unknown key \"spool\" (expected one of path, "
		 "format, types, int64_as_string, unsigned, descriptions, rows, rounds, filter, "
		 "buffer_bytes)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

#define COMMON(keys, sinks) "spool: {" keys "}\noutput: [" sinks "]\n" REST
#define PLAIN(topic) "{kafka: {brokers: a, topic: " topic "}}"

START_TEST(outputs_without_a_spool_of_their_own_have_the_common_one)
{
	const struct sn_config_output *out;
	const struct sn_config *cfg;
	uint64_t hash;

	cfg = config_files_good(
		COMMON("dir: /var/s/, mode: always, max_age: 1s",
		       PLAIN("one") ", " ONE("/own") ", " PLAIN("two") ", {stdout: }"));
	out = cfg->outputs;
	ck_assert_str_eq(out[0].spool.path, "/var/s/one");
	ck_assert_str_eq(out[0].spool_dir, "/var/s");
	ck_assert_int_eq(out[0].spool.mode, SN_SPOOL_ALWAYS);
	ck_assert_uint_eq(out[0].spool.max_age_ms, 1000);
	ck_assert_uint_eq(out[0].spool.max_bytes, UINT64_C(4) << 30);
	ck_assert_str_eq(out[0].properties[0].name, "message.timeout.ms");
	ck_assert_str_eq(out[1].spool.path, "/own");
	ck_assert_ptr_null(out[1].spool_dir);
	ck_assert_int_eq(out[1].spool.mode, SN_SPOOL_OVERFLOW);
	ck_assert_str_eq(out[2].spool.path, "/var/s/two");
	ck_assert_ptr_null(out[3].spool.path);
	hash = out[0].hash;
	sn_config_free(cfg);
	cfg = config_files_good(COMMON("dir: /var/t", PLAIN("one")));
	ck_assert_uint_ne(cfg->outputs->hash, hash);
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_common_spools_are_errors)
{
	static const struct config_case cases[] = {
		{COMMON("mode: always", PLAIN("t")), "sonde.yaml:1:8: spool: dir is missing\n"},
		{COMMON("path: s", PLAIN("t")),
		 "sonde.yaml:1:9: spool: unknown key \"path\" (expected one of dir, mode, replay, "
		 "max_bytes, max_age)\n"},
		{COMMON("dir: s, mode: always, replay: interleaved", "{stdout: }"),
		 "sonde.yaml:1:39: spool.replay: interleaved needs the mode overflow: with always "
		 "nothing passes by the spool (expected ordered)\n"},
		{COMMON("dir: s", PLAIN("t") ", " PLAIN("t")),
		 "sonde.yaml:2:43: output[1]: the same path of a spool as output[0] (expected one "
		 "of its own for each)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

#define AVRO(more) KAFKA(", format: avro" more)

START_TEST(numbers_of_schemas_are_given_or_asked_for)
{
	const struct sn_config *cfg = config_files_good(
		AVRO(", schema_id: 7, round_schema_id: 2147483647, wrap_unsigned: true"));
	const struct sn_config_output *out = cfg->outputs;

	ck_assert_uint_eq(out->options.schema_id, 7);
	ck_assert_uint_eq(out->options.round_schema_id, INT32_MAX);
	ck_assert(out->options.wrap_unsigned);
	ck_assert_ptr_null(out->registry);
	sn_config_free(cfg);
	sn_config_free(config_files_good(AVRO(", schema_id: 7, rounds: false")));
	sn_config_free(config_files_good(AVRO(", round_schema_id: 7, rows: false")));
	cfg = config_files_good(AVRO(", schema_id: 7, registry: {url: 'http://h:8081/r'}"));
	out = cfg->outputs;
	ck_assert_uint_eq(out->options.schema_id, 7);
	ck_assert_uint_eq(out->options.round_schema_id, 0);
	ck_assert_str_eq(out->registry->url, "http://h:8081/r");
	ck_assert_ptr_null(out->registry->username);
	ck_assert_uint_eq(out->registry->timeout_ns, 10 * UINT64_C(1000000000));
	sn_config_free(cfg);
}
END_TEST

START_TEST(every_key_of_a_registry_arrives)
{
	const struct sn_config *cfg;
	const struct sn_registry *r;

	config_files_write("secret.txt", "from-a-file\n");
	config_files_write("ca.pem", "");
	config_files_write("our.pem", "");
	config_files_write("our.key", "");
	cfg = config_files_good(
		AVRO(", registry: {url: 'https://h', timeout: 3s, "
		     "basic_auth: {username: u, password_file: secret.txt}, "
		     "tls_config: {ca_file: ca.pem, cert_file: our.pem, key_file: our.key, "
		     "insecure_skip_verify: true}}"));
	r = cfg->outputs->registry;
	ck_assert_str_eq(r->url, "https://h");
	ck_assert_str_eq(r->username, "u");
	ck_assert_str_eq(r->password, "from-a-file");
	ck_assert_str_eq(r->ca_file, "ca.pem");
	ck_assert_str_eq(r->cert_file, "our.pem");
	ck_assert_str_eq(r->key_file, "our.key");
	ck_assert(r->insecure);
	ck_assert_uint_eq(r->timeout_ns, 3 * UINT64_C(1000000000));
	sn_config_free(cfg);
}
END_TEST

#define NUMBERS                                                                                    \
	"avro needs the numbers of its schemas (expected registry, or schema_id for rows and "     \
	"round_schema_id for round records)\n"

START_TEST(avro_without_numbers_of_schemas_is_an_error)
{
	static const struct config_case cases[] = {
		{AVRO(""), "sonde.yaml:1:57: output[0].kafka.format: " NUMBERS},
		{AVRO(", schema_id: 7"), "sonde.yaml:1:57: output[0].kafka.format: " NUMBERS},
		{AVRO(", round_schema_id: 7"), "sonde.yaml:1:57: output[0].kafka.format: " NUMBERS},
		{AVRO(", schema_id: 0"),
		 "sonde.yaml:1:74: output[0].kafka.schema_id: \"0\" is out of range (expected 1 to "
		 "2147483647)\n"},
		{AVRO(", registry: "),
		 "sonde.yaml:1:73: output[0].kafka.registry: url is missing\n"},
		{AVRO(", registry: {url: 'ftp://h'}"),
		 "sonde.yaml:1:79: output[0].kafka.registry.url: not a URL to ask (expected one "
		 "such as http://host/path or https://host:8443/path)\n"},
		{AVRO(", registry: {url: 'http://h', basic_auth: {}}"),
		 "sonde.yaml:1:103: output[0].kafka.registry.basic_auth: username is missing\n"},
		{AVRO(", registry: {url: 'http://h', tls_config: {ca_file: no.pem}}"),
		 "sonde.yaml:1:113: output[0].kafka.registry.tls_config.ca_file: cannot read "
		 "no.pem: No such file or directory\n"},
	};
	static const struct sn_config_overrides over = {.format = "avro"};
	const struct sn_config *cfg;

	CONFIG_CHECK(cases);
	config_files_write("sonde.yaml", KAFKA(""));
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_ECONFIG);
	ck_assert_str_eq(config_files_messages(), NUMBERS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_key_of_kafka_arrives,
		kafka_has_defaults_and_limits_of_its_own,
		wrong_kafka_outputs_are_errors,
		properties_that_librdkafka_does_not_know_or_refuses_together_are_errors,
		a_spool_has_defaults,
		every_key_of_a_spool_arrives,
		the_folder_of_a_spool_is_relative_to_the_file,
		with_a_spool_messages_have_all_the_time_unless_the_user_says_otherwise,
		wrong_spools_are_errors,
		outputs_without_a_spool_of_their_own_have_the_common_one,
		wrong_common_spools_are_errors,
		numbers_of_schemas_are_given_or_asked_for,
		every_key_of_a_registry_arrives,
		avro_without_numbers_of_schemas_is_an_error,
		NULL};

	return config_files_run("outputs_kafka", tests);
}
