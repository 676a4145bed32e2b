/*
 * Sources of targets: CSV and services beside files, labels of a source, what is watched, and what
 * becomes of the targets of a list that goes wrong while the program runs. Behaviour of the sources
 * part of config/load.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/http_peer.h"
#include "support/suite.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE(text) CONFIG_BASE "targets: [{" text "}]\n"
#define FILES(text) SOURCE("file_sd: {files: [" text "]}")

/* "a b c": the targets' names. */
static const char *names_of(const struct sn_config *cfg)
{
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t i = 0; cfg && i < cfg->ntargets; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
				      cfg->targets[i]->origin.instance);
	}
	return text;
}

/* A load with this outcome; sonde.yaml is as it was last written. */
static void expect(int rc, const char *targets, const char *messages)
{
	const struct sn_config *cfg;

	ck_assert_int_eq(config_files_load(NULL, &cfg), rc);
	ck_assert_str_eq(config_files_messages(), messages);
	ck_assert_str_eq(names_of(cfg), targets);
	sn_config_free(cfg);
}

static struct sn_offer_cache *cache;

/* A process that goes on from load to load. */
static void begin(const char *config)
{
	cache = sn_offer_cache_new();
	config_files_use_lists(cache);
	config_files_write("sonde.yaml", config);
}

static void end(void)
{
	config_files_use_lists(NULL);
	sn_offer_cache_free(cache);
}

START_TEST(csv_files_are_lists_of_targets)
{
	const struct sn_config *cfg;

	config_files_write("t/a.csv", "target,site,module\n192.0.2.1,ams,m\n192.0.2.2,,\n");
	config_files_write("b.txt", "address;rack\n192.0.2.3;'r,1'\n");
	cfg = config_files_good(CONFIG_BASE "targets:\n"
					    "- csv: {files: ['t/*.csv'], refresh_interval: 20s}\n"
					    "- csv: {files: [b.txt], delimiter: ';'}\n");
	ck_assert_str_eq(names_of(cfg), "192.0.2.1 192.0.2.2 192.0.2.3");
	ck_assert_uint_eq(cfg->targets[0]->origin.nlabels, 1);
	ck_assert_str_eq(cfg->targets[0]->origin.labels[0].value, "ams");
	ck_assert_uint_eq(cfg->targets[1]->origin.nlabels, 0);
	ck_assert_str_eq(cfg->targets[2]->origin.labels[0].value, "'r,1'");
	ck_assert_uint_eq(cfg->refresh_ns, UINT64_C(20000000000));
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_csv_is_an_error_in_that_file)
{
	static const struct config_case cases[] = {
		{SOURCE("csv: {}"), "sonde.yaml:3:17: targets[0].csv: files is missing\n"},
		{SOURCE("csv: {files: [a.csv], delimiter: ';;'}"),
		 "sonde.yaml:3:45: targets[0].csv.delimiter: \";;\" is too long (expected 1 to 1 "
		 "octets)\n"},
		{SOURCE("csv: {files: [a.csv], delimiter: '\"'}"),
		 "sonde.yaml:3:45: targets[0].csv: this is no delimiter\n"},
		{SOURCE("csv: {files: [none.csv]}"),
		 "sonde.yaml:3:26: cannot read none.csv: No such file or directory\n"},
		{SOURCE("csv: {files: [a.csv]}"),
		 "a.csv:2:1: [0].targets[0]: \"a b\" is not a target (expected host, host:port, "
		 "IPv4, IPv6 or [IPv6]:port)\n"
		 "a.csv:3:11: [1].labels.__param_module: module \"x\" is not defined\n"
		 "a.csv:4:1: 1 fields (expected 2, as the first line has)\n"},
	};

	config_files_write("a.csv", "target,module\na b,m\n192.0.2.2,x\nc\n");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(labels_of_a_source_are_those_of_all_its_targets)
{
	static const char groups[] = "- targets: [192.0.2.1]\n  labels: {site: own, rack: r1}\n"
				     "- targets: [192.0.2.2]\n";
	static const char text[] =
		"auths: {a: {community: x}, b: {community: y}}\n"
		"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "
		"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"
		"targets: [{file_sd: {files: [t.yml], labels: {site: all, __param_auth: b, "
		"__scrape_interval__: 5s}}}, {static: [{targets: [192.0.2.3], labels: "
		"{__param_auth: a}}]}]\n";
	const struct sn_config *cfg;

	config_files_write("t.yml", groups);
	cfg = config_files_good(text);
	ck_assert_uint_eq(cfg->targets[0]->origin.nlabels, 2);
	ck_assert_str_eq(cfg->targets[0]->origin.labels[0].value, "r1");
	ck_assert_str_eq(cfg->targets[0]->origin.labels[1].value, "own");
	ck_assert_uint_eq(cfg->targets[1]->origin.nlabels, 1);
	ck_assert_str_eq(cfg->targets[1]->origin.labels[0].value, "all");
	ck_assert_mem_eq(cfg->targets[1]->community.p, "y", 1);
	ck_assert_uint_eq(cfg->targets[1]->interval_ns, UINT64_C(5000000000));
	/* and of no others */
	ck_assert_uint_eq(cfg->targets[2]->origin.nlabels, 0);
	ck_assert_mem_eq(cfg->targets[2]->community.p, "x", 1);
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_labels_of_a_source_are_errors_where_they_stand)
{
	static const struct config_case cases[] = {
		{FILES("t.yml], labels: {__scrape_interval__: soon}, files2: [x"),
		 "sonde.yaml:3:75: targets[0].file_sd: unknown key \"files2\" (did you mean "
		 "\"files\"?)\n"},
		{SOURCE("file_sd: {files: [t.yml], labels: {__scrape_interval__: soon}}"),
		 "sonde.yaml:3:68: targets[0].file_sd.labels.__scrape_interval__: \"soon\" is not "
		 "a duration (expected a number with unit, such as 30s, 1m30s, 500ms)\n"},
		{SOURCE("file_sd: {files: [t.yml], labels: {__param_module: x}}"),
		 "sonde.yaml:3:63: targets[0].file_sd.labels.__param_module: module \"x\" is not "
		 "defined\n"},
		{SOURCE("file_sd: {files: [t.yml], labels: {__param_auth: x}}"),
		 "sonde.yaml:3:61: targets[0].file_sd.labels.__param_auth: auth \"x\" is not "
		 "defined\n"},
		{SOURCE("file_sd: {files: [t.yml], labels: [x]}"),
		 "sonde.yaml:3:46: targets[0].file_sd.labels: expected a map of keys and values, "
		 "found a list\n"},
	};

	config_files_write("t.yml", "- targets: [192.0.2.1]\n");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_file_that_goes_wrong_leaves_its_targets_as_they_were)
{
	begin(FILES("'t/*.yml'"));
	config_files_write("t/a.yml", "- targets: [192.0.2.1]\n");
	config_files_write("t/b.yml", "- targets: [192.0.2.2]\n");
	expect(SN_OK, "192.0.2.1 192.0.2.2", "");
	config_files_write("t/a.yml", "- targets: [192.0.2.3, 'x y']\n");
	config_files_write("t/b.yml", "- targets: [192.0.2.4]\n");
	expect(SN_OK, "192.0.2.1 192.0.2.4",
	       "t/a.yml:1:24: [0].targets[1]: \"x y\" is not a target (expected host, host:port, "
	       "IPv4, IPv6 or [IPv6]:port)\n"
	       "t/a.yml: warning: its targets stay as they were\n");
	/* that is said once for the same file */
	expect(SN_OK, "192.0.2.1 192.0.2.4", "");
	config_files_write("t/a.yml", "- targets: [\n");
	expect(SN_OK, "192.0.2.1 192.0.2.4",
	       "t/a.yml:2:1: did not find expected node content (while parsing a flow node, line "
	       "2, column 1)\n"
	       "t/a.yml: warning: its targets stay as they were\n");
	ck_assert_uint_eq(atomic_load(&sn_offer_cache_counts(cache)->refused), 3);
	/* again when somebody asks */
	sn_offer_cache_doubt(cache);
	expect(SN_OK, "192.0.2.1 192.0.2.4",
	       "t/a.yml:2:1: did not find expected node content (while parsing a flow node, line "
	       "2, column 1)\n"
	       "t/a.yml: warning: its targets stay as they were\n");
	config_files_write("t/a.yml", "- targets: [192.0.2.5]\n");
	expect(SN_OK, "192.0.2.4 192.0.2.5", "");
	ck_assert_int_eq(unlink("t/a.yml"), 0);
	expect(SN_OK, "192.0.2.4", "");
	end();
}
END_TEST

START_TEST(a_named_file_that_goes_leaves_its_targets)
{
	const struct sn_config *cfg;

	begin(FILES("a.yml"));
	config_files_write("a.yml", "- targets: [192.0.2.1]\n");
	expect(SN_OK, "192.0.2.1", "");
	ck_assert_int_eq(unlink("a.yml"), 0);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_str_eq(config_files_messages(),
			 "sonde.yaml:3:30: cannot read a.yml: No such file or directory\n"
			 "a.yml: warning: its targets stay as they were\n");
	ck_assert_str_eq(names_of(cfg), "192.0.2.1");
	/* and its coming is a change */
	ck_assert(sn_config_is_current(cfg));
	config_files_write("a.yml", "- targets: [192.0.2.2]\n");
	ck_assert(!sn_config_is_current(cfg));
	sn_config_free(cfg);
	expect(SN_OK, "192.0.2.2", "");
	end();
}
END_TEST

START_TEST(a_new_file_that_is_wrong_has_no_targets_yet)
{
	begin(FILES("'t/*.yml'"));
	config_files_write("t/a.yml", "- targets: [192.0.2.1]\n");
	expect(SN_OK, "192.0.2.1", "");
	config_files_write("t/b.yml", "targets: []\n");
	expect(SN_OK, "192.0.2.1",
	       "t/b.yml:1:1: expected a list, found a map\n"
	       "t/b.yml: warning: there are no targets from it yet\n");
	config_files_write("t/b.yml", "- targets: [192.0.2.2]\n");
	expect(SN_OK, "192.0.2.1 192.0.2.2", "");
	end();
}
END_TEST

START_TEST(a_file_that_is_new_in_the_configuration_must_be_right)
{
	begin(FILES("a.yml"));
	config_files_write("a.yml", "- targets: [192.0.2.1]\n");
	config_files_write("b.yml", "- target: []\n");
	expect(SN_OK, "192.0.2.1", "");
	config_files_write("sonde.yaml", FILES("a.yml, b.yml"));
	expect(SN_ECONFIG, "",
	       "b.yml:1:3: [0]: unknown key \"target\" (did you mean \"targets\"?)\n");
	config_files_write("sonde.yaml", FILES("a.yml, c.yml"));
	expect(SN_ECONFIG, "", "sonde.yaml:3:37: cannot read c.yml: No such file or directory\n");
	end();
}
END_TEST

#define TWO_MODULES                                                                                \
	"auths: {public_v2: {community: public}}\n"                                                \
	"modules: {m: &m {get: [1.3.6.1.2.1.1.5.0], metrics: "                                     \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}, n: *m}\n"

START_TEST(what_files_use_cannot_be_taken_away)
{
	static const char group[] = "- {targets: [192.0.2.1], labels: {__param_module: n}}\n";

	begin(TWO_MODULES "targets: [{file_sd: {files: [a.yml]}}]\n");
	config_files_write("a.yml", group);
	expect(SN_OK, "192.0.2.1", "");
	config_files_write("sonde.yaml", CONFIG_BASE "targets: [{file_sd: {files: [a.yml]}}]\n");
	expect(SN_ECONFIG, "",
	       "a.yml:1:51: [0].labels.__param_module: module \"n\" is not "
	       "defined\n");
	/* nor when the file is wrong at the same time */
	config_files_write("a.yml", "- x\n");
	expect(SN_ECONFIG, "",
	       "a.yml:1:3: [0]: expected a map of keys and values, found text\n"
	       "a.yml: warning: its targets stay as they were\n"
	       "a.yml:1:51: [0].labels.__param_module: module \"n\" is not defined\n"
	       "a.yml: the list it was before does not fit this configuration either\n");
	end();
}
END_TEST

/* Files that name the same module that is not there: what is said of one is said of the other. */
START_TEST(a_fault_in_one_file_does_not_hide_that_of_another)
{
	static const char group[] = "- {targets: [192.0.2.%u], labels: {__param_module: %s}}\n";
	char text[256];

	begin(FILES("'t/*.yml'"));
	for (unsigned i = 1; i <= 2; i++) {
		snprintf(text, sizeof(text), group, i, "m");
		config_files_write(i == 1 ? "t/1.yml" : "t/2.yml", text);
	}
	expect(SN_OK, "192.0.2.1 192.0.2.2", "");
	for (unsigned i = 1; i <= 2; i++) {
		snprintf(text, sizeof(text), group, i + 2, "x");
		config_files_write(i == 1 ? "t/1.yml" : "t/2.yml", text);
	}
	expect(SN_OK, "192.0.2.1 192.0.2.2",
	       "t/1.yml:1:51: [0].labels.__param_module: module \"x\" is not defined\n"
	       "t/1.yml: warning: its targets stay as they were\n"
	       "t/2.yml:1:51: [0].labels.__param_module: module \"x\" is not defined\n"
	       "t/2.yml: warning: its targets stay as they were\n");
	end();
}
END_TEST

START_TEST(csv_that_goes_wrong_leaves_its_targets_too)
{
	begin(SOURCE("csv: {files: [a.csv]}"));
	config_files_write("a.csv", "target,site\n192.0.2.1,a\n");
	expect(SN_OK, "192.0.2.1", "");
	config_files_write("a.csv", "target,site\n192.0.2.2\n");
	expect(SN_OK, "192.0.2.1",
	       "a.csv:2:1: 1 fields (expected 2, as the first line has)\n"
	       "a.csv: warning: its targets stay as they were\n");
	end();
}
END_TEST

START_TEST(files_of_targets_are_what_is_watched)
{
	static const char *const expected[][2] = {{"t", "*.yml"},
						  {".", "a\\[1].json"},
						  {"u/x", "*.yml"},
						  {"u/y", "*.yml"},
						  {"/", "x.csv"}};
	const struct sn_config *cfg;

	config_files_write("t/a.yml", "[]");
	config_files_write("a[1].json", "[]");
	config_files_write("u/x/a.yml", "[]");
	config_files_write("u/y/a.yml", "- targets: [192.0.2.1]\n");
	begin(CONFIG_BASE "targets: [{file_sd: {files: ['t/*.yml', 'a[1].json', 'u/*/*.yml']}}]\n");
	/* "a[1].json" is a pattern to glob: it names a1.json */
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->nwatch, 4);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_str_eq(cfg->watch[i].folder, expected[i][0]);
	}
	ck_assert_str_eq(cfg->watch[0].name, expected[0][1]);
	ck_assert_str_eq(cfg->watch[2].name, expected[2][1]);
	sn_config_free(cfg);
	end();
}
END_TEST

static const struct http_answer list_1 = {
	.status = 200, .headers = HTTP_JSON, .body = "[{\"targets\": [\"192.0.2.1\"]}]"};
static const struct http_answer wrong_list = {
	.status = 200, .headers = HTTP_JSON, .body = "[{\"targets\": [\"192.0.2.2\", \"x y\"]}]"};
static const struct http_answer failing = {.status = 503};

/* sonde.yaml with a service and a static target. */
static void write_service(const struct http_peer *p, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 CONFIG_BASE "targets: [{static: [{targets: [192.0.2.9]}]}, {http_sd: {url: "
			     "'http://me:secret@127.0.0.1:%u/list'}}]\n%s",
		 p->port, more);
	config_files_write("sonde.yaml", text);
}

/* A message about it. */
static const char *about(const struct http_peer *p, const char *text)
{
	static char line[1024];

	snprintf(line, sizeof(line), "http://127.0.0.1:%u/list%s", p->port, text);
	return line;
}

START_TEST(a_service_gives_targets)
{
	struct http_peer *p = http_peer_start(&list_1, 1);

	begin("");
	write_service(p, "");
	expect(SN_OK, "192.0.2.1 192.0.2.9", "");
	/* the user of the URL is one */
	ck_assert_ptr_nonnull(strstr(p->heads[0], "Authorization: Basic bWU6c2VjcmV0\r\n"));
	ck_assert_ptr_nonnull(strstr(p->heads[0], "X-Prometheus-Refresh-Interval-Seconds: 60\r\n"));
	/* it is not due for the next load */
	expect(SN_OK, "192.0.2.1 192.0.2.9", "");
	ck_assert_uint_eq(atomic_load(&p->count), 1);
	http_peer_stop(p);
	end();
}
END_TEST

START_TEST(a_service_that_fails_does_not_fail_the_start)
{
	struct http_peer *p = http_peer_start(&failing, 1);
	char text[2048];

	begin("");
	write_service(p, "");
	snprintf(text, sizeof(text), "%s\n",
		 about(p, ": warning: the server answers with status 503 (expected 200); there are "
			  "no targets from it yet"));
	expect(SN_OK, "192.0.2.9", text);
	http_peer_stop(p);
	end();
}
END_TEST

START_TEST(a_list_that_is_wrong_does_not_fail_the_start)
{
	struct http_peer *p = http_peer_start(&wrong_list, 1);
	char text[2048];

	begin("");
	write_service(p, "");
	snprintf(text, sizeof(text), "%s\n",
		 about(p, ":1:28: [0].targets[1]: \"x y\" is not a target (expected host, "
			  "host:port, IPv4, IPv6 or [IPv6]:port)"));
	strcat(text, about(p, ": warning: there are no targets from it yet\n"));
	expect(SN_OK, "192.0.2.9", text);
	/* said once */
	expect(SN_OK, "192.0.2.9", "");
	http_peer_stop(p);
	end();
}
END_TEST

START_TEST(a_list_that_goes_wrong_leaves_its_targets)
{
	struct http_peer *p = http_peer_start(&list_1, 1);

	begin("");
	write_service(p, "");
	expect(SN_OK, "192.0.2.1 192.0.2.9", "");
	http_peer_say(p, &wrong_list, 1);
	sn_offer_cache_doubt(cache);
	config_files_clear();
	{
		char text[2048];

		snprintf(text, sizeof(text), "%s\n",
			 about(p, ":1:28: [0].targets[1]: \"x y\" is not a target (expected host, "
				  "host:port, IPv4, IPv6 or [IPv6]:port)"));
		strcat(text, about(p, ": warning: its targets stay as they were\n"));
		expect(SN_OK, "192.0.2.1 192.0.2.9", text);
	}
	http_peer_say(p, &failing, 1);
	sn_offer_cache_doubt(cache);
	ck_assert_uint_eq(sn_offer_cache_due(cache), 0);
	http_peer_stop(p);
	end();
}
END_TEST

START_TEST(the_next_start_has_the_last_good_list)
{
	struct http_peer *p = http_peer_start(&list_1, 1);
	const struct sn_config *cfg;

	begin("");
	write_service(p, "state_dir: state\n");
	expect(SN_OK, "192.0.2.1 192.0.2.9", "");
	end();
	/* down */
	begin("");
	http_peer_say(p, &failing, 1);
	write_service(p, "state_dir: state\n");
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "going on with its list of 20"));
	ck_assert_str_eq(names_of(cfg), "192.0.2.1 192.0.2.9");
	sn_config_free(cfg);
	end();
	/* talks nonsense */
	begin("");
	http_peer_say(p, &wrong_list, 1);
	write_service(p, "state_dir: state\n");
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "its targets stay as they were"));
	ck_assert_str_eq(names_of(cfg), "192.0.2.1 192.0.2.9");
	sn_config_free(cfg);
	end();
	http_peer_stop(p);
}
END_TEST

START_TEST(a_check_leaves_nothing_on_disk)
{
	const struct sn_config_overrides over = {.check = true};
	struct http_peer *p = http_peer_start(&list_1, 1);
	const struct sn_config *cfg;
	struct stat st;

	begin("");
	write_service(p, "state_dir: state\n");
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->ntargets, 2);
	ck_assert_int_ne(stat("state", &st), 0);
	sn_config_free(cfg);
	http_peer_stop(p);
	end();
}
END_TEST

START_TEST(what_a_service_says_of_known_targets_does_not_count)
{
	static const struct http_answer same = {
		.status = 200,
		.headers = HTTP_JSON,
		.body = "[{\"targets\": [\"192.0.2.9\"], \"labels\": {\"a\": \"b\"}}]"};
	struct http_peer *p = http_peer_start(&same, 1);
	char text[2048];

	begin("");
	write_service(p, "");
	snprintf(text, sizeof(text), "%s\n",
		 about(p, ":1:15: warning: target \"192.0.2.9\" has other settings here than at "
			  "sonde.yaml:3:32, which count"));
	expect(SN_OK, "192.0.2.9", text);
	http_peer_stop(p);
	end();
}
END_TEST

START_TEST(a_wrong_configuration_asks_nobody)
{
	struct http_peer *p = http_peer_start(&list_1, 1);

	begin("");
	write_service(p, "outpud: x\n");
	expect(SN_ECONFIG, "",
	       "sonde.yaml:4:1: unknown key \"outpud\" (did you mean \"output\"?)\n");
	ck_assert_uint_eq(atomic_load(&p->count), 0);
	http_peer_stop(p);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {csv_files_are_lists_of_targets,
				      wrong_csv_is_an_error_in_that_file,
				      labels_of_a_source_are_those_of_all_its_targets,
				      wrong_labels_of_a_source_are_errors_where_they_stand,
				      a_file_that_goes_wrong_leaves_its_targets_as_they_were,
				      a_named_file_that_goes_leaves_its_targets,
				      a_new_file_that_is_wrong_has_no_targets_yet,
				      a_file_that_is_new_in_the_configuration_must_be_right,
				      what_files_use_cannot_be_taken_away,
				      a_fault_in_one_file_does_not_hide_that_of_another,
				      csv_that_goes_wrong_leaves_its_targets_too,
				      files_of_targets_are_what_is_watched,
				      a_service_gives_targets,
				      a_service_that_fails_does_not_fail_the_start,
				      a_list_that_is_wrong_does_not_fail_the_start,
				      a_list_that_goes_wrong_leaves_its_targets,
				      the_next_start_has_the_last_good_list,
				      a_check_leaves_nothing_on_disk,
				      what_a_service_says_of_known_targets_does_not_count,
				      a_wrong_configuration_asks_nobody,
				      NULL};

	return config_files_run("target_sources", tests);
}
