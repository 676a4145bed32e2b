/*
 * Targets from sonde.yaml and from target files: addresses, groups, refresh, and every refusal.
 * Behaviour of the targets part of config/load.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#define STATIC(text) CONFIG_BASE "targets: [{static: [{targets: [" text "]}]}]\n"
#define FILES(text) CONFIG_BASE "targets: [{file_sd: {" text "}}]\n"

START_TEST(targets_are_hosts_and_addresses_with_and_without_port)
{
	static const char *const rows[][2] = {
		{"192.0.2.1", "192.0.2.1:161"},
		{"192.0.2.1:1161", "192.0.2.1:1161"},
		{"2001:db8::1", "[2001:db8::1]:161"},
		{"[2001:db8::1]", "[2001:db8::1]:161"},
		{"[2001:db8::1]:1161", "[2001:db8::1]:1161"},
		{"udp://192.0.2.3", "192.0.2.3:161"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		char addr[SN_ADDR_TEXT_MAX];
		const struct sn_config *cfg;

		snprintf(text, sizeof(text), STATIC("'%s'"), rows[i][0]);
		cfg = config_files_good(text);
		ck_assert_uint_eq(cfg->ntargets, 1);
		ck_assert_str_eq(cfg->targets[0]->origin.instance, rows[i][0]);
		ck_assert_int_eq(cfg->targets[0]->resolve_err, SN_OK);
		ck_assert_str_eq(sn_addr_format(&cfg->targets[0]->addr, addr, sizeof(addr)),
				 rows[i][1]);
		sn_config_free(cfg);
	}
}
END_TEST

START_TEST(what_is_no_target_is_an_error)
{
	static const char *const rows[] = {
		"",	      "a b",	 "192.0.2.1:0", "192.0.2.1:65536",
		"host:port",  "[::1",	 "[::1]x",	"tcp://x",
		"10.1",	      "192.0.2", "192.0.2.256", "3232235777",
		"0x7f000001", "a@b",	 "x/y",		":161",
		"1:2:3"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sn_config *cfg;
		char text[1024];

		snprintf(text, sizeof(text), STATIC("'%s'"), rows[i]);
		config_files_write("sonde.yaml", text);
		ck_assert_msg(config_files_load(NULL, &cfg) == SN_ECONFIG, "'%s'", rows[i]);
		snprintf(text, sizeof(text),
			 "sonde.yaml:3:32: targets[0].static[0].targets[0]: \"%s\" is not a target "
			 "(expected host, host:port, IPv4, IPv6 or [IPv6]:port)\n",
			 rows[i]);
		ck_assert_str_eq(config_files_messages(), text);
	}
}
END_TEST

START_TEST(wrong_groups_and_sources_are_errors)
{
	static const struct config_case cases[] = {
		{CONFIG_BASE "targets: [{}]\n",
		 "sonde.yaml:3:11: targets[0]: expected static, file_sd, http_sd or csv\n"},
		{CONFIG_BASE "targets: [{statik: []}]\n",
		 "sonde.yaml:3:12: targets[0]: unknown key \"statik\" (did you mean "
		 "\"static\"?)\n"},
		{CONFIG_BASE "targets: [{static: [{labels: {a: b}}]}]\n",
		 "sonde.yaml:3:21: targets[0].static[0]: targets is missing\n"},
		{CONFIG_BASE "targets: [{static: [{targets: 192.0.2.1}]}]\n",
		 "sonde.yaml:3:31: targets[0].static[0].targets: expected a list, found text\n"},
		{CONFIG_BASE "targets: [{static: [192.0.2.1]}]\n",
		 "sonde.yaml:3:21: targets[0].static[0]: expected a map of keys and values, found "
		 "text\n"},
		{CONFIG_BASE "targets: [{static: [{targets: [[a]]}]}]\n",
		 "sonde.yaml:3:32: targets[0].static[0].targets[0]: expected text, found a list\n"},
		{CONFIG_BASE "targets: [{static: [{targets: []}]}]\n",
		 "sonde.yaml: there is no target in it\n"},
		{CONFIG_BASE "targets: [{static: }, {static: []}]\n",
		 "sonde.yaml: there is no target in it\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(target_files_are_yaml_or_json)
{
	const struct sn_config *cfg;

	config_files_write("t/a.yml", "- targets: [192.0.2.1, 192.0.2.2]\n  labels: {site: a}\n"
				      "- targets: [192.0.2.3]\n");
	config_files_write("t/b.yaml", "[{targets: [192.0.2.4]}]\n");
	config_files_write("t/c.json", "[{\"targets\": [\"192.0.2.5:1161\"], \"labels\": "
				       "{\"site\": \"c\", \"n\": \"\\u00e4\"}}]\n");
	config_files_write("t/d.json", "[]");
	config_files_write("t/e.yml", "");
	cfg = config_files_good(FILES("files: ['t/*.yml', t/b.yaml, 't/*.json']"));
	ck_assert_uint_eq(cfg->ntargets, 5);
	ck_assert_str_eq(cfg->targets[0]->origin.labels[0].value, "a");
	ck_assert_str_eq(cfg->targets[4]->origin.instance, "192.0.2.5:1161");
	ck_assert_uint_eq(cfg->targets[4]->origin.nlabels, 2);
	ck_assert_str_eq(cfg->targets[4]->origin.labels[0].value, "\xc3\xa4");
	ck_assert_uint_eq(cfg->refresh_ns, UINT64_C(300000000000));
	sn_config_free(cfg);
}
END_TEST

START_TEST(the_shortest_refresh_interval_counts)
{
	const struct sn_config *cfg;

	config_files_write("a.yml", "[{targets: [192.0.2.1]}]\n");
	cfg = config_files_good(CONFIG_BASE "targets:\n"
					    "- file_sd: {files: [a.yml]}\n"
					    "- file_sd: {files: [a.yml], refresh_interval: 30s}\n"
					    "- file_sd: {files: [a.yml], refresh_interval: 1h}\n"
					    "- static: [{targets: [192.0.2.2]}]\n");
	ck_assert_uint_eq(cfg->ntargets, 2);
	ck_assert_uint_eq(cfg->refresh_ns, UINT64_C(30000000000));
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_target_files_are_errors_in_that_file)
{
	static const struct {
		const char *name;
		const char *text;
		const char *message;
	} rows[] = {
		{"t.yml", "targets: [a]\n", "t.yml:1:1: expected a list, found a map\n"},
		{"t.yml", "- 192.0.2.1\n",
		 "t.yml:1:3: [0]: expected a map of keys and values, found text\n"},
		{"t.yml", "- targets: [192.0.2.1]\n- target: [x]\n",
		 "t.yml:2:3: [1]: unknown key \"target\" (did you mean \"targets\"?)\n"},
		{"t.yml", "- targets: [192.0.2.1]\n  labels: [a]\n",
		 "t.yml:2:11: [0].labels: expected a map of keys and values, found a list\n"},
		{"t.yml", "- targets: [192.0.2.1, 'x y']\n",
		 "t.yml:1:24: [0].targets[1]: \"x y\" is not a target (expected host, host:port, "
		 "IPv4, IPv6 or [IPv6]:port)\n"},
		{"t.yml", "- targets: [192.0.2.1\n",
		 "t.yml:2:1: did not find expected ',' or ']' (while parsing a flow sequence, line "
		 "1, column 12)\n"},
		{"t.json", "[{\"targets\": [\"192.0.2.1\"],\n  \"labels\": 5}]",
		 "t.json:2:13: [0].labels: expected a map of keys and values, found text\n"},
		{"t.json", "[{\"targets\": [\"192.0.2.1\"]}, {\"target\": []}]",
		 "t.json:1:31: [1]: unknown key \"target\" (did you mean \"targets\"?)\n"},
		{"t.json", "[{\"targets\": [\"192.0.2.1\"],}]",
		 "t.json:1:29: not JSON from here on\n"},
		{"t.json", "{\"targets\": []}", "t.json:1:1: expected a list, found a map\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sn_config *cfg;
		char text[1024];

		snprintf(text, sizeof(text), FILES("files: [%s]"), rows[i].name);
		config_files_write("sonde.yaml", text);
		config_files_write(rows[i].name, rows[i].text);
		ck_assert_msg(config_files_load(NULL, &cfg) == SN_ECONFIG, "%s", rows[i].text);
		ck_assert_str_eq(config_files_messages(), rows[i].message);
	}
}
END_TEST

START_TEST(wrong_file_sd_sections_are_errors)
{
	static const struct config_case cases[] = {
		{FILES(""), "sonde.yaml:3:21: targets[0].file_sd: files is missing\n"},
		{FILES("files: []"), "sonde.yaml:3:21: targets[0].file_sd: files is missing\n"},
		{FILES("files: a.yml"),
		 "sonde.yaml:3:29: targets[0].file_sd.files: expected a list, found text\n"},
		{FILES("files: [a.yml]"),
		 "sonde.yaml:3:30: cannot read a.yml: No such file or directory\n"},
		{FILES("files: [a.txt]"),
		 "sonde.yaml:3:30: targets[0].file_sd.files[0]: \"a.txt\" is no target file "
		 "(expected "
		 "a name ending in .yml, .yaml, .json)\n"},
		{FILES("files: [a.yml], refresh_interval: 10ms"),
		 "sonde.yaml:3:56: targets[0].file_sd.refresh_interval: \"10ms\" is out of range "
		 "(expected 1s to 8784h)\n"},
		{FILES("files: ['none/*.yml']"),
		 "sonde.yaml:3:30: warning: no file matches \"none/*.yml\" yet\n"
		 "sonde.yaml: warning: there is no target yet\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_name_without_an_address_is_a_warning)
{
	const struct sn_config *cfg;

	/* .invalid never resolves (RFC 6761 6.4), with or without a resolver */
	config_files_write("sonde.yaml", STATIC("'x.invalid:1161', 192.0.2.1, localhost"));
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->warnings, 1);
	ck_assert_ptr_nonnull(strstr(config_files_messages(),
				     "sonde.yaml:3:32: warning: \"x.invalid\" has no address: "));
	ck_assert_uint_eq(cfg->ntargets, 3);
	ck_assert_str_eq(cfg->targets[1]->origin.instance, "localhost");
	ck_assert_int_eq(cfg->targets[1]->resolve_err, SN_OK);
	ck_assert_uint_eq(sn_addr_port(&cfg->targets[1]->addr), 161);
	ck_assert_str_eq(cfg->targets[2]->origin.instance, "x.invalid:1161");
	ck_assert_int_eq(cfg->targets[2]->resolve_err, SN_ENOENT);
	sn_config_free(cfg);
}
END_TEST

START_TEST(many_names_are_looked_up_side_by_side)
{
	enum { NAMES = 200 };
	char *text = malloc(64 * NAMES + 1024);
	size_t n = (size_t)sprintf(text, "%stargets: [{static: [{targets: [", CONFIG_BASE);
	const struct sn_config *cfg;

	for (int i = 0; i < NAMES; i++) {
		n += (size_t)sprintf(text + n, "'localhost:%d', ", i + 1);
	}
	sprintf(text + n, "]}]}]\n");
	cfg = config_files_good(text);
	ck_assert_uint_eq(cfg->ntargets, NAMES);
	for (uint32_t i = 0; i < NAMES; i++) {
		const struct sn_target_spec *t = cfg->targets[i];

		ck_assert_int_eq(t->resolve_err, SN_OK);
		ck_assert_uint_eq(sn_addr_port(&t->addr),
				  strtoul(strchr(t->origin.instance, ':') + 1, NULL, 10));
	}
	sn_config_free(cfg);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {targets_are_hosts_and_addresses_with_and_without_port,
				      what_is_no_target_is_an_error,
				      wrong_groups_and_sources_are_errors,
				      target_files_are_yaml_or_json,
				      the_shortest_refresh_interval_counts,
				      wrong_target_files_are_errors_in_that_file,
				      wrong_file_sd_sections_are_errors,
				      a_name_without_an_address_is_a_warning,
				      many_names_are_looked_up_side_by_side,
				      NULL};

	return config_files_run("targets", tests);
}
