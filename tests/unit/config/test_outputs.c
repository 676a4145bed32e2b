/*
 * Outputs: what each key becomes, what is refused, what the command line puts in their place.
 * Behaviour of the outputs part of config/load.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#define REST                                                                                       \
	CONFIG_BASE                                                                                \
	"targets: [{static: [{targets: [127.0.0.1]}]}]\n"

START_TEST(without_outputs_there_is_stdout_in_influx_format)
{
	const struct sn_config *cfg = config_files_good(REST);
	const struct sn_config_output *out = cfg->outputs;

	ck_assert_uint_eq(cfg->noutputs, 1);
	ck_assert_str_eq(out->type, "stdout");
	ck_assert_ptr_null(out->path);
	ck_assert_ptr_eq(out->encoder, sn_encoder_find("influx"));
	ck_assert(out->rows && out->rounds);
	ck_assert(!out->options.types && !out->options.int64_as_string &&
		  !out->options.unsigned_suffix);
	ck_assert_uint_eq(out->buffer_bytes, 32 << 20);
	sn_config_free(cfg);
}
END_TEST

START_TEST(every_key_of_an_output_arrives)
{
	const struct sn_config *cfg = config_files_good(
		"output:\n"
		"- stdout: {format: json, types: true, int64_as_string: true, rounds: false}\n"
		"- file: {path: /var/x.lp, unsigned: true, rows: false, buffer_bytes: 1MiB}\n"
		"- file: {path: y.otlp, format: otlp, descriptions: true}\n" REST);
	const struct sn_config_output *out = cfg->outputs;

	ck_assert_uint_eq(cfg->noutputs, 3);
	ck_assert_str_eq(out[0].type, "stdout");
	ck_assert_ptr_eq(out[0].encoder, sn_encoder_find("json"));
	ck_assert(out[0].options.types && out[0].options.int64_as_string);
	ck_assert(!out[0].options.unsigned_suffix);
	ck_assert(out[0].rows && !out[0].rounds);
	ck_assert_str_eq(out[1].type, "file");
	ck_assert_str_eq(out[1].path, "/var/x.lp");
	ck_assert_ptr_eq(out[1].encoder, sn_encoder_find("influx"));
	ck_assert(out[1].options.unsigned_suffix && !out[1].options.types);
	ck_assert(!out[1].rows && out[1].rounds);
	ck_assert_uint_eq(out[1].buffer_bytes, 1 << 20);
	ck_assert_str_eq(out[2].path, "y.otlp");
	ck_assert(out[2].options.descriptions && !out[1].options.descriptions);
	sn_config_free(cfg);
}
END_TEST

START_TEST(an_output_without_keys_has_the_defaults)
{
	const struct sn_config *cfg = config_files_good("output: [{stdout: }]\n" REST);

	ck_assert_str_eq(cfg->outputs->type, "stdout");
	ck_assert_ptr_eq(cfg->outputs->encoder, sn_encoder_find("influx"));
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_outputs_are_errors)
{
	static const struct config_case cases[] = {
		{"output: []\n" REST, "sonde.yaml:1:9: output: the list is empty\n"},
		{"output: [{}]\n" REST,
		 "sonde.yaml:1:10: output[0]: expected exactly one of stdout, file, kafka\n"},
		{"output: [{stdout: , file: {path: x}}]\n" REST,
		 "sonde.yaml:1:10: output[0]: expected exactly one of stdout, file, kafka\n"},
		{"output: [{stdot: {}}]\n" REST,
		 "sonde.yaml:1:11: output[0]: unknown key \"stdot\" "
		 "(did you mean \"stdout\"?)\n"},
		{"output: [{stdout: {format: xml}}]\n" REST,
		 "sonde.yaml:1:28: output[0].stdout.format: \"xml\" is not a format of this "
		 "version "
		 "(expected influx, json, json_samples, prometheus, otlp or avro)\n"},
		{"output: [{stdout: {format: avro}}]\n" REST,
		 "sonde.yaml:1:28: output[0].stdout.format: avro is a format of messages (expected "
		 "a format of streams)\n"},
		{"output: [{file: {path: x, format: avro}}]\n" REST,
		 "sonde.yaml:1:35: output[0].file.format: avro is a format of messages (expected a "
		 "format of streams)\n"},
		{"output: [{stdout: {path: x}}]\n" REST,
		 "sonde.yaml:1:20: output[0].stdout: unknown key \"path\" (expected one of format, "
		 "types, int64_as_string, unsigned, descriptions, rows, rounds, filter, "
		 "buffer_bytes)\n"},
		{"output: [{stdout: x}]\n" REST,
		 "sonde.yaml:1:19: output[0].stdout: expected a map of keys and values, found "
		 "text\n"},
		{"output: [{file: {format: json}}]\n" REST,
		 "sonde.yaml:1:11: output[0].file: path is missing\n"},
		{"output: [{file: {path: ''}}]\n" REST,
		 "sonde.yaml:1:11: output[0].file: path is missing\n"},
		{"output: [{file: }]\n" REST, "sonde.yaml:1:11: output[0].file: path is missing\n"},
		{"output: [{stdout: {rows: false, rounds: false}}]\n" REST,
		 "sonde.yaml:1:11: output[0].stdout: writes nothing: rows and rounds are false\n"},
		{"output: [{stdout: {types: sure}}]\n" REST,
		 "sonde.yaml:1:27: output[0].stdout.types: \"sure\" is not true or false\n"},
		{"output: [{stdout: }, {file: {path: x}}, {stdout: }]\n" REST,
		 "sonde.yaml:1:41: output[2]: the same stdout as output[0]\n"},
		{"output: [{file: {path: x}}, {file: {path: y}}, {file: {path: x}}]\n" REST,
		 "sonde.yaml:1:48: output[2]: the same file as output[0]\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

static const struct sn_config *load(const char *text, const struct sn_config_overrides *over)
{
	const struct sn_config *cfg;

	config_files_write("sonde.yaml", text);
	ck_assert_msg(config_files_load(over, &cfg) == SN_OK, "%s", config_files_messages());
	return cfg;
}

START_TEST(the_command_line_replaces_all_outputs)
{
	static const struct sn_config_overrides to_stdout = {.output = "stdout"};
	static const struct sn_config_overrides to_file = {.output = "rows.txt", .format = "json"};
	static const char text[] = "output: [{file: {path: x, format: json}}, {stdout: }]\n" REST;
	const struct sn_config *cfg = load(text, &to_stdout);

	ck_assert_uint_eq(cfg->noutputs, 1);
	ck_assert_str_eq(cfg->outputs->type, "stdout");
	ck_assert_ptr_eq(cfg->outputs->encoder, sn_encoder_find("influx"));
	sn_config_free(cfg);
	cfg = load(text, &to_file);
	ck_assert_uint_eq(cfg->noutputs, 1);
	ck_assert_str_eq(cfg->outputs->type, "file");
	ck_assert_str_eq(cfg->outputs->path, "rows.txt");
	ck_assert_ptr_eq(cfg->outputs->encoder, sn_encoder_find("json"));
	sn_config_free(cfg);
}
END_TEST

START_TEST(the_command_line_sets_the_format_of_all_outputs)
{
	static const struct sn_config_overrides over = {.format = "json"};
	const struct sn_config *cfg =
		load("output: [{file: {path: x, rounds: false}}, {stdout: }]\n" REST, &over);

	ck_assert_uint_eq(cfg->noutputs, 2);
	ck_assert_ptr_eq(cfg->outputs[0].encoder, sn_encoder_find("json"));
	ck_assert_ptr_eq(cfg->outputs[1].encoder, sn_encoder_find("json"));
	ck_assert_str_eq(cfg->outputs[0].path, "x");
	ck_assert(!cfg->outputs[0].rounds);
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_wrong_format_on_the_command_line_is_an_error)
{
	static const struct sn_config_overrides over = {.format = "jsn"};
	const struct sn_config *cfg;

	config_files_write("sonde.yaml", REST);
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_ECONFIG);
	ck_assert_str_eq(
		config_files_messages(),
		"\"jsn\" is not a format of this version (expected influx, json, json_samples, "
		"prometheus, otlp or avro)\n");
}
END_TEST

START_TEST(a_format_of_messages_on_the_command_line_is_an_error)
{
	static const struct sn_config_overrides over = {.format = "avro"};
	const struct sn_config *cfg;

	config_files_write("sonde.yaml", REST);
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_ECONFIG);
	ck_assert_str_eq(config_files_messages(),
			 "avro is a format of messages (expected a format of streams)\n");
}
END_TEST

START_TEST(what_goes_to_a_stream_says_so)
{
	static const struct sn_config_overrides over = {.output = "stdout", .format = "otlp"};
	const struct sn_config *cfg = load("output: [{file: {path: x}}, {stdout: }]\n" REST, NULL);

	ck_assert(cfg->outputs[0].options.stream && cfg->outputs[1].options.stream);
	sn_config_free(cfg);
	cfg = load("output: [{file: {path: x}}]\n" REST, &over);
	ck_assert_ptr_eq(cfg->outputs->encoder, sn_encoder_find("otlp"));
	ck_assert(cfg->outputs->options.stream);
	sn_config_free(cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {without_outputs_there_is_stdout_in_influx_format,
				      every_key_of_an_output_arrives,
				      an_output_without_keys_has_the_defaults,
				      wrong_outputs_are_errors,
				      the_command_line_replaces_all_outputs,
				      the_command_line_sets_the_format_of_all_outputs,
				      a_wrong_format_on_the_command_line_is_an_error,
				      a_format_of_messages_on_the_command_line_is_an_error,
				      what_goes_to_a_stream_says_so,
				      NULL};

	return config_files_run("outputs", tests);
}
