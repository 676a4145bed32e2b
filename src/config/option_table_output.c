/*
 * The option table of sonde.yaml, what is under output: see option_table.c. Data only.
 */
#include "config/raw.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define MS UINT64_C(1000000)
#define SEC (1000 * MS)
#define DAY (86400 * SEC)

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])
#define AT(type, member) .offset = offsetof(struct type, member)

#define FORMAT_ROW(usual)                                                                          \
	{                                                                                          \
		.key = "format", .type = SN_OPTION_STRING, AT(sn_raw_output, format),              \
		.fallback = (usual),                                                               \
		.help = "How records are written: `influx` (line protocol), `json` (one object a " \
			"line), `json_samples` (one for each cell), `prometheus` (text format, a " \
			"line for each series), `otlp` (OpenTelemetry's metrics, in streams each " \
			"message behind its length) or `avro` (only to Kafka): "                   \
			"[FORMATS.md](FORMATS.md).",                                               \
	}

static const struct sn_option filter_rows[] = {
	{.key = "modules",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_output_filter, modules),
	 .help = "Only these modules, and rounds of which one is. In all three keys `*` stands for "
		 "any letters, `?` for any one, `[abc]` for any of some."},
	{.key = "metrics",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_output_filter, metrics),
	 .help = "Only these metrics: rows without the others, no rows of tables without any. "
		 "Labels stay as they are; round records are not concerned."},
	{.key = "labels",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_output_filter, labels),
	 .help = "Only targets whose labels have these values, all of them; a label that a target "
		 "lacks is empty."},
};

const struct sn_option_level sn_level_output_filter = {
	"output[].*.filter", "What an output is given; everything when absent.", ROWS(filter_rows)};

#define OUTPUT_ROWS(memory)                                                                        \
	{.key = "types",                                                                           \
	 .type = SN_OPTION_BOOL,                                                                   \
	 AT(sn_raw_output, out.options.types),                                                     \
	 .fallback = "false",                                                                      \
	 .help = "json: add `types`, the SNMP type of every value."},                              \
		{.key = "int64_as_string",                                                         \
		 .type = SN_OPTION_BOOL,                                                           \
		 AT(sn_raw_output, out.options.int64_as_string),                                   \
		 .fallback = "false",                                                              \
		 .help = "json: write integers beyond 2^53 as strings."},                          \
		{.key = "unsigned",                                                                \
		 .type = SN_OPTION_BOOL,                                                           \
		 AT(sn_raw_output, out.options.unsigned_suffix),                                   \
		 .fallback = "false",                                                              \
		 .help = "influx: write unsigned integers with the suffix `u`; otherwise with "    \
			 "`i`, cut at 2^63-1."},                                                   \
		{.key = "descriptions",                                                            \
		 .type = SN_OPTION_BOOL,                                                           \
		 AT(sn_raw_output, out.options.descriptions),                                      \
		 .fallback = "false",                                                              \
		 .help = "otlp: what each metric means, in every message."},                       \
		{.key = "rows",                                                                    \
		 .type = SN_OPTION_BOOL,                                                           \
		 AT(sn_raw_output, out.rows),                                                      \
		 .fallback = "true",                                                               \
		 .help = "Write the rows of tables."},                                             \
		{.key = "rounds",                                                                  \
		 .type = SN_OPTION_BOOL,                                                           \
		 AT(sn_raw_output, out.rounds),                                                    \
		 .fallback = "true",                                                               \
		 .help = "Write a round record for every target and round."},                      \
		{.key = "filter",                                                                  \
		 .type = SN_OPTION_CHOICE,                                                         \
		 AT(sn_raw_output, filter),                                                        \
		 .child = &sn_level_output_filter,                                                 \
		 .help = "What of all that is polled goes to this output."},                       \
	{                                                                                          \
		.key = "buffer_bytes", .type = SN_OPTION_SIZE,                                     \
		AT(sn_raw_output, out.buffer_bytes), .fallback = (memory), .min = 256 * KIB,       \
		.max = 64 * GIB,                                                                   \
		.help = "Memory one worker may fill while the output is behind. When it is "       \
			"nearly full, and that of all other outputs too, rounds wait; when it "    \
			"is full, records are dropped and counted.",                               \
	}

static const struct sn_option stdout_rows[] = {FORMAT_ROW("influx"), OUTPUT_ROWS("32MiB")};

const struct sn_option_level sn_level_stdout = {
	"output[].stdout", "Records to the standard output.", ROWS(stdout_rows)};

static const struct sn_option file_rows[] = {
	{.key = "path",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_output, out.path),
	 .help = "File to append to, made if missing; required. SIGHUP opens it anew."},
	FORMAT_ROW("influx"),
	OUTPUT_ROWS("32MiB")};

const struct sn_option_level sn_level_file = {"output[].file", "Records to a file.",
					      ROWS(file_rows)};

static const char *const mode_words[] = {"overflow", "always", NULL};
static const char *const replay_words[] = {"ordered", "interleaved", NULL};

_Static_assert(SN_SPOOL_ALWAYS == 1 && SN_SPOOL_INTERLEAVED == 1, "order of their words");

#define SPOOL_ROWS                                                                                 \
	{.key = "mode",                                                                            \
	 .type = SN_OPTION_ENUM,                                                                   \
	 AT(sn_raw_spool, mode),                                                                   \
	 .fallback = "overflow",                                                                   \
	 .words = mode_words,                                                                      \
	 .help = "`overflow`: the disk gets what the brokers do not take in time, and what is "    \
		 "left when sonde stops; a kill or a crash costs what is in memory. `always`: "    \
		 "every message goes to the disk first, so that it costs nothing that was "        \
		 "there."},                                                                        \
		{.key = "replay",                                                                  \
		 .type = SN_OPTION_ENUM,                                                           \
		 AT(sn_raw_spool, replay),                                                         \
		 .fallback = "ordered",                                                            \
		 .words = replay_words,                                                            \
		 .help = "`ordered`: fresh messages wait until those before them are delivered, "  \
			 "so that those of a target stay in order. `interleaved` (only with "      \
			 "`overflow`): fresh messages go first, what waits follows beside them."}, \
		{.key = "max_bytes",                                                               \
		 .type = SN_OPTION_SIZE,                                                           \
		 AT(sn_raw_spool, max_bytes),                                                      \
		 .fallback = "4GiB",                                                               \
		 .min = 16 * MIB,                                                                  \
		 .max = 64 * KIB * GIB,                                                            \
		 .help = "What it may take of the disk. When it is full the oldest messages are "  \
			 "dropped (a 64th of it, at least 4 MiB, at once) and counted."},          \
	{                                                                                          \
		.key = "max_age", .type = SN_OPTION_DURATION, AT(sn_raw_spool, max_age_ns),        \
		.fallback = "0s", .max = 3660 * DAY,                                               \
		.help = "What has waited for so long is dropped and counted; `0s`: nothing is."    \
	}

static const struct sn_option spool_rows[] = {
	{.key = "path",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_spool, path),
	 .min = 1,
	 .max = 1024,
	 .help = "Folder for the spool alone; required. Relative to the configuration file; made "
		 "if the folder it is to be in is there. No other process and no other output may "
		 "use it."},
	SPOOL_ROWS};

const struct sn_option_level sn_level_spool = {
	"output[].kafka.spool",
	"Messages wait here, on disk, for brokers that are down or slow (docs/KAFKA.md).",
	ROWS(spool_rows)};

static const struct sn_option spools_rows[] = {
	{.key = "dir",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_spool, path),
	 .min = 1,
	 .max = 1024,
	 .help = "Folder for the spools of all outputs to Kafka that have no `spool` of their own; "
		 "required. Each has a folder in it, named as its topic; what is missing is made, "
		 "if the folder that `dir` is to be in is there. Relative to the configuration "
		 "file. The keys below hold for each of these spools."},
	SPOOL_ROWS};

const struct sn_option_level sn_level_spools = {
	"spool", "Messages to Kafka wait here, on disk (docs/KAFKA.md).", ROWS(spools_rows)};

static const struct sn_option registry_rows[] = {
	{.key = "url",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_registry, url),
	 .help = "Where it is, `http` or `https`; required. Subjects are below it."},
	{.key = "basic_auth",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_registry, basic_auth),
	 .child = &sn_level_basic_auth,
	 .help = "User and password."},
	{.key = "tls_config",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_registry, tls),
	 .child = &sn_level_tls,
	 .help = "Certificates."},
	{.key = "timeout",
	 .type = SN_OPTION_DURATION,
	 AT(sn_raw_registry, timeout_ns),
	 .fallback = "10s",
	 .min = MS,
	 .max = 300 * SEC,
	 .help = "How long the start waits for all answers."},
};

const struct sn_option_level sn_level_registry = {
	"output[].kafka.registry",
	"A schema registry with Confluent's interface, asked once at the start (docs/KAFKA.md).",
	ROWS(registry_rows)};

static const struct sn_option kafka_rows[] = {
	{.key = "brokers",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_output, out.brokers),
	 .help = "Where to begin: `host:port`, separated by commas; required. The other brokers "
		 "are found through them."},
	{.key = "topic",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_output, out.topic),
	 .help = "Topic of the rows; required. A message is the rows of one table of one target in "
		 "one round, its key the target's name."},
	{.key = "status_topic",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_output, out.status_topic),
	 .help = "Topic of the round records, a message each; that of the rows when absent."},
	{.key = "max_message_bytes",
	 .type = SN_OPTION_SIZE,
	 AT(sn_raw_output, out.message_bytes),
	 .fallback = "512KiB",
	 .min = 4 * KIB,
	 .max = 64 * KIB * KIB,
	 .help = "A table of more bytes is split, between rows, into several messages. Never more "
		 "than the property `message.max.bytes` (1,000,000) has room for."},
	{.key = "properties",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_output, properties),
	 .help = "Properties of librdkafka by their names (its CONFIGURATION.md), such as "
		 "`compression.type`, `security.protocol`, `sasl.username`; names and values are "
		 "checked. Secrets (`sasl.password`, `ssl.key.password`...) may be `${NAME}`, or "
		 "in a file named under the property's name and `_file`. docs/KAFKA.md has what "
		 "sonde sets by itself."},
	{.key = "spool",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_output, spool),
	 .child = &sn_level_spool,
	 .help = "Where messages wait on disk. With it they are tried for as long as it takes "
		 "(`message.timeout.ms` is 0 unless it is set), and `max_message_bytes` may be "
		 "1016KiB at most. Without it they wait in memory only."},
	{.key = "schema_id",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_output, out.options.schema_id),
	 .min = 1,
	 .max = INT32_MAX,
	 .help = "avro: number of the schema of rows at the registry; nobody is asked then."},
	{.key = "round_schema_id",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_output, out.options.round_schema_id),
	 .min = 1,
	 .max = INT32_MAX,
	 .help = "avro: the same of round records."},
	{.key = "registry",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_output, registry),
	 .child = &sn_level_registry,
	 .help = "avro: where the schemas are registered and numbered, as far as no numbers are "
		 "given."},
	{.key = "wrap_unsigned",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_output, out.options.wrap_unsigned),
	 .fallback = "false",
	 .help = "avro: integers beyond 2^63-1 modulo 2^63; otherwise they are doubles."},
	FORMAT_ROW("json"),
	OUTPUT_ROWS("128MiB")};

const struct sn_option_level sn_level_kafka = {
	"output[].kafka", "Records to Apache Kafka (docs/KAFKA.md).", ROWS(kafka_rows)};

static const struct sn_option sink_rows[] = {
	{.key = "stdout",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_sink, to_stdout),
	 .child = &sn_level_stdout,
	 .help = "To the standard output."},
	{.key = "file",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_sink, to_file),
	 .child = &sn_level_file,
	 .help = "To a file."},
	{.key = "kafka",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_sink, to_kafka),
	 .child = &sn_level_kafka,
	 .help = "To Apache Kafka."},
};

const struct sn_option_level sn_level_sink = {
	"output[]", "One output, under exactly one of these keys.", ROWS(sink_rows)};
