/*
 * targets[].http_sd: what is asked of whom, where secrets come from, and every refusal. Behaviour
 * of the http_sd part of config/load.h, seen through whole configurations and a scripted web
 * server.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/http_peer.h"
#include "support/suite.h"

#include <string.h>

#define SERVICE(text) CONFIG_BASE "targets: [{http_sd: {" text "}}]\n"

static const struct http_answer empty = {.status = 200, .headers = HTTP_JSON, .body = "[]"};

/* What is asked with these keys beside url: the head of the request. */
static const char *head_of(const char *keys)
{
	static char head[HTTP_PEER_HEAD];
	struct http_peer *p = http_peer_start(&empty, 1);
	const struct sn_config *cfg;
	char text[4096];

	snprintf(text, sizeof(text), SERVICE("url: 'http://127.0.0.1:%u/sd', %s"), p->port, keys);
	config_files_write("sonde.yaml", text);
	ck_assert_msg(config_files_load(NULL, &cfg) == SN_OK, "%s", config_files_messages());
	ck_assert_str_eq(config_files_messages(), "sonde.yaml: warning: there is no target yet\n");
	ck_assert_uint_eq(cfg->nservices, 1);
	sn_config_free(cfg);
	ck_assert_uint_eq(atomic_load(&p->count), 1);
	memcpy(head, p->heads[0], sizeof(head));
	http_peer_stop(p);
	return head;
}

static void expect_header(const char *keys, const char *header)
{
	const char *head = head_of(keys);
	char line[512];

	snprintf(line, sizeof(line), "\r\n%s\r\n", header);
	ck_assert_msg(strstr(head, line), "%s: %s", keys, head);
}

START_TEST(a_request_says_how_often_it_is_made)
{
	expect_header("refresh_interval: 90s", "X-Prometheus-Refresh-Interval-Seconds: 90");
	expect_header("refresh_interval: 1500ms", "X-Prometheus-Refresh-Interval-Seconds: 1.5");
	ck_assert_ptr_null(strstr(head_of(""), "Authorization"));
}
END_TEST

START_TEST(credentials_come_from_texts_variables_and_files)
{
	config_files_write("secret", "from-file\n");
	ck_assert_int_eq(setenv("SONDE_TEST_TOKEN", "from-env", 1), 0);
	expect_header("basic_auth: {username: u, password: p}", "Authorization: Basic dTpw");
	expect_header("basic_auth: {username: u}", "Authorization: Basic dTo=");
	expect_header("basic_auth: {username: u, password: '${SONDE_TEST_TOKEN}'}",
		      "Authorization: Basic dTpmcm9tLWVudg==");
	expect_header("basic_auth: {username: u, password_file: secret}",
		      "Authorization: Basic dTpmcm9tLWZpbGU=");
	expect_header("bearer_token: t1", "Authorization: Bearer t1");
	expect_header("bearer_token_file: secret", "Authorization: Bearer from-file");
	expect_header("authorization: {credentials: c}", "Authorization: Bearer c");
	expect_header("authorization: {type: Token, credentials: '${SONDE_TEST_TOKEN}'}",
		      "Authorization: Token from-env");
	expect_header("authorization: {credentials_file: secret}",
		      "Authorization: Bearer from-file");
}
END_TEST

START_TEST(more_headers_are_sent)
{
	static const char keys[] =
		"http_headers: {X-Scope: {values: [a, b], secrets: ['s-${SONDE_TEST_TOKEN}'], "
		"files: [secret]}}";

	config_files_write("secret", "from-file");
	ck_assert_int_eq(setenv("SONDE_TEST_TOKEN", "1", 1), 0);
	expect_header(keys, "X-Scope: a");
	expect_header(keys, "X-Scope: b");
	expect_header(keys, "X-Scope: s-1");
	expect_header(keys, "X-Scope: from-file");
}
END_TEST

#define URL "url: 'http://sd.invalid/x', "

START_TEST(what_is_wrong_is_told_where_it_stands)
{
	static const struct config_case cases[] = {
		{SERVICE(""), "sonde.yaml:3:21: targets[0].http_sd: url is missing\n"},
		{SERVICE("url: 'me:secret@host/x'"),
		 "sonde.yaml:3:27: targets[0].http_sd.url: not a URL to ask (expected one such as "
		 "http://host/path or https://host:8443/path)\n"},
		{SERVICE("url: 'ftp://host/x'"),
		 "sonde.yaml:3:27: targets[0].http_sd.url: not a URL to ask (expected one such as "
		 "http://host/path or https://host:8443/path)\n"},
		{SERVICE(URL "refresh_interval: 10ms"),
		 "sonde.yaml:3:68: targets[0].http_sd.refresh_interval: \"10ms\" is out of range "
		 "(expected 1s to 8784h)\n"},
		{SERVICE(URL "timeout: 0s"),
		 "sonde.yaml:3:59: targets[0].http_sd.timeout: \"0s\" is out of range (expected "
		 "1ms to 1h)\n"},
		{SERVICE(URL "oauth2: {}"),
		 "sonde.yaml:3:50: oauth2 is not supported by this version\n"},
		{SERVICE(URL "bearer_tokn: x"),
		 "sonde.yaml:3:50: targets[0].http_sd: unknown key \"bearer_tokn\" (did you mean "
		 "\"bearer_token\"?)\n"},
		{SERVICE(URL "bearer_token: x, basic_auth: {username: u}"),
		 "sonde.yaml:3:21: targets[0].http_sd: expected at most one of basic_auth, "
		 "authorization, bearer_token\n"},
		{SERVICE(URL "bearer_token: x, bearer_token_file: y"),
		 "sonde.yaml:3:67: targets[0].http_sd: bearer_token and bearer_token_file exclude "
		 "each other\n"},
		{SERVICE(URL "bearer_token_file: none"),
		 "sonde.yaml:3:69: cannot read none: No such file or directory\n"},
		{SERVICE(URL "bearer_token: '${SONDE_TEST_NOT_SET}'"),
		 "sonde.yaml:3:64: targets[0].http_sd.bearer_token: environment variable "
		 "\"SONDE_TEST_NOT_SET\" is not set\n"},
		{SERVICE(URL "bearer_token: \"a\\nb\""),
		 "sonde.yaml:3:64: targets[0].http_sd: a control character in the value of a "
		 "header\n"},
		{SERVICE(URL "basic_auth: {password: x}"),
		 "sonde.yaml:3:62: targets[0].http_sd.basic_auth: username is missing\n"},
		{SERVICE(URL "authorization: {type: Basic, credentials: x}"),
		 "sonde.yaml:3:72: targets[0].http_sd.authorization: not a scheme for here "
		 "(expected a word such as Bearer; basic_auth is for user and password)\n"},
		{SERVICE(URL "authorization: {type: Token}"),
		 "sonde.yaml:3:65: targets[0].http_sd.authorization: credentials is missing (or "
		 "credentials_file)\n"},
		{SERVICE(URL "http_headers: {Authorization: {values: [x]}}"),
		 "sonde.yaml:3:65: targets[0].http_sd.http_headers: \"Authorization\" is not a "
		 "header that can be set here\n"},
		{SERVICE(URL "http_headers: {'a b': {values: [x]}}"),
		 "sonde.yaml:3:65: targets[0].http_sd.http_headers: \"a b\" is not a header that "
		 "can be set here\n"},
		{SERVICE(URL "http_headers: {X: {value: [x]}}"),
		 "sonde.yaml:3:69: targets[0].http_sd.http_headers.X: unknown key \"value\" (did "
		 "you mean \"values\"?)\n"},
		{SERVICE(URL "http_headers: {X: {values: [\"a\\r\\nY: b\"]}}"),
		 "sonde.yaml:3:78: targets[0].http_sd.http_headers.X.values[0]: a control "
		 "character in the value of a header\n"},
		{SERVICE(URL "tls_config: {ca_file: none.pem}"),
		 "sonde.yaml:3:72: targets[0].http_sd.tls_config.ca_file: cannot read none.pem: No "
		 "such file or directory\n"},
		{SERVICE(URL "tls_config: {cert_file: none.pem}"),
		 "sonde.yaml:3:62: targets[0].http_sd.tls_config: key_file is missing\n"},
		{SERVICE(URL "proxy_url: proxy:8080"),
		 "sonde.yaml:3:61: targets[0].http_sd.proxy_url: not a URL to ask (expected one "
		 "such as http://host/path or https://host:8443/path)\n"},
		{SERVICE(URL "labels: {__param_auth: x}"),
		 "sonde.yaml:3:73: targets[0].http_sd.labels.__param_auth: auth \"x\" is not "
		 "defined\n"},
		{"state_dir: none/below\n" SERVICE(URL),
		 "sonde.yaml:1:12: state_dir: cannot use the folder none/below: No such file or "
		 "directory\n"},
		{"state_dir: ''\n" SERVICE(URL),
		 "sonde.yaml:1:12: state_dir: \"\" is too short (expected 1 to 1024 octets)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(secrets_in_a_file_for_all_to_read_are_warned_of)
{
	struct http_peer *p = http_peer_start(&empty, 1);
	const struct sn_config *cfg;
	char text[2048];

	snprintf(text, sizeof(text),
		 SERVICE("url: 'http://127.0.0.1:%u/sd', basic_auth: {username: u, password: x}"),
		 p->port);
	config_files_write_mode("sonde.yaml", text, 0644);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_ptr_nonnull(
		strstr(config_files_messages(), "holds a secret and others may read"));
	sn_config_free(cfg);
	http_peer_stop(p);
}
END_TEST

/* What is kept of a service must not be given to another, and stays when a password changes. */
START_TEST(a_list_belongs_to_whom_it_was_asked_of)
{
	static const char two[] = CONFIG_BASE
		"targets: [{http_sd: {url: 'http://127.0.0.1:%u/a', bearer_token: %s}}, "
		"{http_sd: {url: 'http://127.0.0.1:%u/%s', bearer_token: y}}]\n";
	struct http_peer *p = http_peer_start(&empty, 1);
	const struct sn_config *cfg[3];
	char text[2048];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), two, p->port, i == 1 ? "other" : "x", p->port,
			 i == 2 ? "b" : "a");
		config_files_write("sonde.yaml", text);
		ck_assert_int_eq(config_files_load(NULL, &cfg[i]), SN_OK);
		ck_assert_uint_eq(cfg[i]->nservices, 2);
		ck_assert_uint_ne(cfg[i]->services[0].key, cfg[i]->services[1].key);
		ck_assert_str_ne(cfg[i]->services[0].file, cfg[i]->services[1].file);
	}
	ck_assert_uint_eq(cfg[0]->services[0].key, cfg[1]->services[0].key);
	ck_assert_uint_ne(cfg[0]->services[0].how, cfg[1]->services[0].how);
	ck_assert_str_eq(cfg[0]->services[0].file, cfg[1]->services[0].file);
	ck_assert_uint_eq(cfg[0]->services[1].how, cfg[1]->services[1].how);
	ck_assert_uint_ne(cfg[0]->services[1].key, cfg[2]->services[1].key);
	for (unsigned i = 0; i < 3; i++) {
		sn_config_free(cfg[i]);
	}
	http_peer_stop(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_request_says_how_often_it_is_made,
				      credentials_come_from_texts_variables_and_files,
				      more_headers_are_sent,
				      what_is_wrong_is_told_where_it_stands,
				      secrets_in_a_file_for_all_to_read_are_warned_of,
				      a_list_belongs_to_whom_it_was_asked_of,
				      NULL};

	return config_files_run("http_sd", tests);
}
