/*
 * The binder: unknown keys with their suggestions, wrong kinds of values, sections, paths in
 * messages. Behaviour of document/options.h, seen through whole configurations.
 */
#include "config/raw.h"

#include "support/config_files.h"
#include "support/suite.h"

#define REST                                                                                       \
	CONFIG_BASE                                                                                \
	"targets: [{static: [{targets: [127.0.0.1]}]}]\n"

START_TEST(unknown_keys_are_errors_with_a_suggestion)
{
	static const struct config_case cases[] = {
		{"poll:\n  intervall: 30s\n" REST,
		 "sonde.yaml:2:3: poll: unknown key \"intervall\" (did you mean \"interval\"?)\n"},
		{"pol: {}\n" REST,
		 "sonde.yaml:1:1: unknown key \"pol\" (did you mean \"poll\"?)\n"},
		{"poll: {timeuot: 5s}\n" REST,
		 "sonde.yaml:1:8: poll: unknown key \"timeuot\" (did you mean \"timeout\"?)\n"},
		{"poll: {Interval: 5s}\n" REST,
		 "sonde.yaml:1:8: poll: unknown key \"Interval\" (did you mean \"interval\"?)\n"},
		{"io: {qqqqqq: 5s}\n" REST,
		 "sonde.yaml:1:6: io: unknown key \"qqqqqq\" (expected one of backend, sockets, "
		 "rcvbuf_bytes, min_wait, source_address, source_address6)\n"},
		{"? ''\n: x\n" REST,
		 "sonde.yaml:1:3: unknown key \"\" (expected one of poll, io, auths, modules, "
		 "module_files, tables, targets, state_dir, output, spool, listen, "
		 "web_config_file)\n"},
		{CONFIG_BASE "targets: [{static: [{target: [127.0.0.1]}]}]\n",
		 "sonde.yaml:3:22: targets[0].static[0]: unknown key \"target\" "
		 "(did you mean \"targets\"?)\n"},
		{"auths: {a: {comunity: x}}\n" REST,
		 "sonde.yaml:2:1: duplicate key \"auths\" (first at line 1, column 1)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_value_of_the_wrong_kind_is_an_error)
{
	static const struct config_case cases[] = {
		{"poll: [interval, 5s]\n" REST,
		 "sonde.yaml:1:7: poll: expected a map of keys and values, found a list\n"},
		{"poll: fast\n" REST,
		 "sonde.yaml:1:7: poll: expected a map of keys and values, found text\n"},
		{"poll: {interval: [5s]}\n" REST,
		 "sonde.yaml:1:18: poll.interval: expected text, found a list\n"},
		{"poll: {interval: {s: 5}}\n" REST,
		 "sonde.yaml:1:18: poll.interval: expected text, found a map\n"},
		{"module_files: snmp.yml\n" REST,
		 "sonde.yaml:1:15: module_files: expected a list, found text\n"},
		{"module_files: [[a]]\n" REST,
		 "sonde.yaml:1:16: module_files[0]: expected text, found a list\n"},
		{"tables: [a]\n" REST,
		 "sonde.yaml:1:9: tables: expected a map of keys and values, found a list\n"},
		{"tables: {a: [b]}\n" REST,
		 "sonde.yaml:1:13: tables.a: expected text, found a list\n"},
		{"output: stdout\n" REST, "sonde.yaml:1:9: output: expected a list, found text\n"},
		{"output: [stdout]\n" REST,
		 "sonde.yaml:1:10: output[0]: expected a map of keys and "
		 "values, found text\n"},
		{CONFIG_BASE "targets: {static: []}\n",
		 "sonde.yaml:3:10: targets: expected a list, found a map\n"},
		{"- poll\n- io\n",
		 "sonde.yaml:1:1: expected a map of keys and values, found a list\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_section_without_content_is_empty)
{
	const struct sn_config *cfg = config_files_good("poll:\nio: ~\nmodule_files: null\n"
							"tables:\noutput:\n" REST);

	ck_assert_uint_eq(cfg->interval_ns, 60 * UINT64_C(1000000000));
	ck_assert_uint_eq(cfg->noutputs, 1);
	sn_config_free(cfg);
}
END_TEST

START_TEST(keys_of_later_versions_say_so)
{
	static const struct config_case cases[] = {
		{CONFIG_BASE
		 "targets:\n- http_sd: {url: http://127.0.0.1:1/, oauth2: {client_id: c}}\n",
		 "sonde.yaml:4:39: oauth2 is not supported by this version\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(all_errors_of_a_file_are_shown_up_to_a_limit)
{
	char text[4096] = "poll:\n";
	const struct sn_config *cfg;
	unsigned lines = 0;

	for (int i = 0; i < 30; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "  k%d: x\n", i);
	}
	config_files_write("sonde.yaml", text);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
	for (const char *s = config_files_messages(); *s; s++) {
		lines += *s == '\n';
	}
	ck_assert_uint_eq(lines, 21);
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "sonde.yaml:21:3: "));
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "the rest is not shown"));
}
END_TEST

START_TEST(suggests_only_what_is_close)
{
	static const char *const words[] = {"interval", "timeout", "get", NULL};

	ck_assert_str_eq(sn_options_suggest("intervals", words), "interval");
	ck_assert_str_eq(sn_options_suggest("itnerval", words), "interval");
	ck_assert_str_eq(sn_options_suggest("time_out", words), "timeout");
	ck_assert_str_eq(sn_options_suggest("gets", words), "get");
	ck_assert_ptr_null(sn_options_suggest("frequency", words));
	ck_assert_ptr_null(sn_options_suggest("x", words));
	ck_assert_ptr_null(sn_options_suggest(
		"intervalintervalintervalintervalintervalintervalinterval", words));
}
END_TEST

START_TEST(a_path_of_any_length_is_written_in_its_room)
{
	char out[SN_PATH_TEXT_MAX];
	char key[300];
	struct sn_path top = {NULL, "modules", 0};
	struct sn_path name = {&top, key, 0};
	struct sn_path item = {&name, NULL, 3};
	struct sn_path last = {&item, "oid", 0};

	ck_assert_str_eq(sn_path_format(out, NULL), "");
	ck_assert_str_eq(sn_path_format(out, &top), "modules: ");
	snprintf(key, sizeof(key), "if_mib");
	ck_assert_str_eq(sn_path_format(out, &last), "modules.if_mib[3].oid: ");
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	for (size_t n = sizeof(key) - 1; n > 220; n--) {
		key[n] = '\0';
		sn_path_format(out, &last);
		ck_assert_uint_lt(strlen(out), SN_PATH_TEXT_MAX);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		unknown_keys_are_errors_with_a_suggestion,    a_value_of_the_wrong_kind_is_an_error,
		a_section_without_content_is_empty,	      keys_of_later_versions_say_so,
		all_errors_of_a_file_are_shown_up_to_a_limit, suggests_only_what_is_close,
		a_path_of_any_length_is_written_in_its_room,  NULL};

	return config_files_run("options", tests);
}
