/*
 * The web configuration file: what is read of it, and a message for each thing that is wrong in it.
 * Behaviour of config/web_config.h.
 */
#include "config/web_config.h"

#include "config/load.h"
#include "support/config_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HASH "$2y$10$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXY"
#define PAIR "  cert_file: server.crt\n  key_file: server.key\n"
#define TLS(text) "tls_server_config:\n" PAIR text

static struct sn_key_cache *keys;
static struct sn_load load;

/* Reads web.yml; the result stays until done() */
static int read_file(const struct sn_http_web **web)
{
	int rc;

	config_files_clear();
	config_files_write("server.crt", "");
	config_files_write("server.key", "");
	config_files_write("ca.crt", "");
	keys = sn_key_cache_new();
	load = (struct sn_load){.keys = keys};
	ck_assert_int_eq(sn_load_init(&load, config_files_report, NULL), SN_OK);
	*web = NULL;
	rc = sn_web_config_read(&load, "web.yml", NULL, web);
	return rc;
}

static void done(void)
{
	sn_load_fini(&load);
	sn_key_cache_free(keys);
}

static const struct sn_http_web *good(const char *text)
{
	const struct sn_http_web *web;
	int rc;

	config_files_write("web.yml", text);
	rc = read_file(&web);
	ck_assert_msg(rc == SN_OK, "%s\nrefused:\n%s", text, config_files_messages());
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_ptr_nonnull(web);
	return web;
}

START_TEST(an_empty_file_asks_for_nothing)
{
	static const char *const texts[] = {
		"",
		"{}",
		"tls_server_config:\n",
		"tls_server_config: ~",
		"tls_server_config: {}\n",
		"http_server_config: {http2: false}\n",
		"basic_auth_users:\n",
		"basic_auth_users: {}\nhttp_server_config: {headers: {}}\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct sn_http_web *web = good(texts[i]);

		ck_assert_ptr_null(web->tls);
		ck_assert_uint_eq(web->nusers, 0);
		ck_assert_uint_eq(web->nextras, 0);
		done();
	}
}
END_TEST

START_TEST(users_are_names_and_hashes)
{
	const struct sn_http_web *web = good("basic_auth_users:\n  alice: " HASH
					     "\n  'bob smith': '" HASH "'\n  12: " HASH "\n");

	ck_assert_uint_eq(web->nusers, 3);
	ck_assert_str_eq(web->users[0].name, "alice");
	ck_assert_str_eq(web->users[0].hash, HASH);
	ck_assert_str_eq(web->users[1].name, "bob smith");
	ck_assert_str_eq(web->users[2].name, "12");
	done();
}
END_TEST

START_TEST(tls_has_the_defaults_of_exporters)
{
	const struct sn_http_tls_config *tls = good("tls_server_config:\n" PAIR)->tls;

	ck_assert_ptr_nonnull(tls);
	ck_assert_str_eq(tls->cert.file, "server.crt");
	ck_assert_ptr_null(tls->cert.text);
	ck_assert_str_eq(tls->key.file, "server.key");
	ck_assert_ptr_null(tls->client_ca.file);
	ck_assert_int_eq(tls->client_auth, SN_HTTP_CLIENT_NONE);
	ck_assert_int_eq(tls->min_version, SN_HTTP_TLS12);
	ck_assert_int_eq(tls->max_version, SN_HTTP_TLS13);
	ck_assert_uint_eq(tls->ncurves, 0);
	ck_assert_uint_eq(tls->nsans, 0);
	done();
}
END_TEST

START_TEST(all_of_tls_is_read)
{
	const struct sn_http_tls_config *tls =
		good(TLS("  client_ca_file: ca.crt\n"
			 "  client_auth_type: RequireAndVerifyClientCert\n"
			 "  client_allowed_sans: [prometheus.example, 192.0.2.1]\n"
			 "  min_version: TLS10\n"
			 "  max_version: TLS12\n"
			 "  prefer_server_cipher_suites: false\n"
			 "  curve_preferences: [X25519, CurveP521, CurveP256]\n"))
			->tls;

	ck_assert_str_eq(tls->client_ca.file, "ca.crt");
	ck_assert_int_eq(tls->client_auth, SN_HTTP_CLIENT_VERIFY);
	ck_assert_uint_eq(tls->nsans, 2);
	ck_assert_str_eq(tls->sans[0], "prometheus.example");
	ck_assert_str_eq(tls->sans[1], "192.0.2.1");
	ck_assert_int_eq(tls->min_version, SN_HTTP_TLS10);
	ck_assert_int_eq(tls->max_version, SN_HTTP_TLS12);
	ck_assert_uint_eq(tls->ncurves, 3);
	ck_assert_uint_eq(tls->curves[0], SN_HTTP_X25519);
	ck_assert_uint_eq(tls->curves[1], SN_HTTP_P521);
	ck_assert_uint_eq(tls->curves[2], SN_HTTP_P256);
	done();
}
END_TEST

START_TEST(client_auth_types_are_all_known)
{
	static const struct {
		const char *word;	       /* in the file */
		enum sn_http_client_auth auth; /* what it is */
	} cases[] = {{"NoClientCert", SN_HTTP_CLIENT_NONE},
		     {"RequestClientCert", SN_HTTP_CLIENT_REQUEST},
		     {"RequireClientCert", SN_HTTP_CLIENT_REQUIRE},
		     {"RequireAnyClientCert", SN_HTTP_CLIENT_REQUIRE},
		     {"VerifyClientCertIfGiven", SN_HTTP_CLIENT_VERIFY_GIVEN},
		     {"RequireAndVerifyClientCert", SN_HTTP_CLIENT_VERIFY}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text), TLS("  client_auth_type: %s\n%s"), cases[i].word,
			 i ? "  client_ca_file: ca.crt\n" : "");
		ck_assert_int_eq(good(text)->tls->client_auth, cases[i].auth);
		done();
	}
}
END_TEST

START_TEST(certificates_may_be_text)
{
	const struct sn_http_tls_config *tls =
		good("tls_server_config:\n  cert: |\n    a\n    b\n  key: k ${X}\n  client_ca: c\n"
		     "  client_auth_type: VerifyClientCertIfGiven\n")
			->tls;

	ck_assert_str_eq(tls->cert.text, "a\nb\n");
	ck_assert_ptr_null(tls->cert.file);
	ck_assert_str_eq(tls->key.text, "k ${X}");
	ck_assert_str_eq(tls->client_ca.text, "c");
	done();
}
END_TEST

START_TEST(a_key_that_others_can_read_is_warned_of)
{
	const struct sn_http_web *web;

	config_files_write_mode("web.yml", "tls_server_config: {cert: a, key: b}\n", 0644);
	ck_assert_int_eq(read_file(&web), SN_OK);
	ck_assert_str_eq(config_files_messages(),
			 "web.yml: warning: holds a secret and others may read it (expected mode "
			 "0600)\n");
	done();
}
END_TEST

START_TEST(paths_are_seen_from_the_file)
{
	const struct sn_http_web *web;
	char cwd[256];
	char text[1024];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	config_files_write("a/b/x.crt", "");
	config_files_write("a/c/x.key", "");
	snprintf(text, sizeof(text),
		 "tls_server_config: {cert_file: b/x.crt, key_file: %s/a/c/x.key}\n", cwd);
	config_files_write("a/web.yml", text);
	config_files_clear();
	keys = sn_key_cache_new();
	load = (struct sn_load){.keys = keys};
	ck_assert_int_eq(sn_load_init(&load, config_files_report, NULL), SN_OK);
	ck_assert_int_eq(sn_web_config_read(&load, "a/web.yml", NULL, &web), SN_OK);
	ck_assert_str_eq(web->tls->cert.file, "a/b/x.crt");
	snprintf(text, sizeof(text), "%s/a/c/x.key", cwd);
	ck_assert_str_eq(web->tls->key.file, text);
	done();
}
END_TEST

START_TEST(headers_are_those_that_exporters_allow)
{
	const struct sn_http_web *web =
		good("http_server_config:\n  headers:\n    X-Frame-Options: deny\n"
		     "    X-Content-Type-Options: nosniff\n    X-XSS-Protection: 1; mode=block\n"
		     "    Strict-Transport-Security: max-age=60\n"
		     "    Content-Security-Policy: \"default-src 'self'\"\n");

	ck_assert_uint_eq(web->nextras, 5);
	ck_assert_str_eq(web->extras[0].name, "X-Frame-Options");
	ck_assert_str_eq(web->extras[0].value, "deny");
	ck_assert_str_eq(web->extras[4].value, "default-src 'self'");
	done();
}
END_TEST

#define NO_CLIENTS                                                                                 \
	"without a client_auth_type no client is asked for a certificate (expected "               \
	"RequireAndVerifyClientCert, say)\n"
#define NO_CA "without client_ca_file there is nobody who could have signed clients' certificates\n"
#define NO_HASH "this is not a bcrypt hash (expected $2b$, two digits, $ and 53 characters)\n"
#define NO_COST                                                                                    \
	"this is a bcrypt hash of a cost that would take too long, or none (expected 04 to 16)\n"

/* Reads each case and compares; all of them must fail. */
static void check(const struct config_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct sn_http_web *web;
		int rc;

		config_files_write("web.yml", cases[i].text);
		rc = read_file(&web);
		ck_assert_msg(strcmp(config_files_messages(), cases[i].messages) == 0,
			      "%s\nexpected: %s\ngot: %s", cases[i].text, cases[i].messages,
			      config_files_messages());
		ck_assert_int_eq(rc, SN_ECONFIG);
		done();
	}
}

START_TEST(errors_of_the_file_and_in_users_are_said_where_they_are)
{
	static const struct config_case cases[] = {
		{"tls_config: {}\n",
		 "web.yml:1:1: unknown key \"tls_config\" (expected one of tls_server_config, "
		 "http_server_config, basic_auth_users, rate_limit)\n"},
		{"basic_auth_user: {}\n",
		 "web.yml:1:1: unknown key \"basic_auth_user\" (did you mean "
		 "\"basic_auth_users\"?)\n"},
		{"- x\n", "web.yml:1:1: expected a map of keys and values, found a list\n"},
		{"tls_server_config: x\n",
		 "web.yml:1:20: tls_server_config: expected a map of keys and values, found "
		 "text\n"},
		{"rate_limit: {burst: 1}\n",
		 "web.yml:1:1: rate_limit is not supported by this version\n"},
		{"basic_auth_users: [alice]\n",
		 "web.yml:1:19: basic_auth_users: expected a map of keys and values, found a "
		 "list\n"},
		{"basic_auth_users: {alice: [x]}\n",
		 "web.yml:1:27: basic_auth_users.alice: expected text, found a list\n"},
		{"basic_auth_users:\n  alice: secret\n",
		 "web.yml:2:10: basic_auth_users.alice: " NO_HASH},
		{"basic_auth_users:\n  alice:\n", "web.yml:2:9: basic_auth_users.alice: " NO_HASH},
		{"basic_auth_users:\n  alice: "
		 "$2y$31$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXY\n",
		 "web.yml:2:10: basic_auth_users.alice: " NO_COST},
		{"basic_auth_users:\n  alice: " HASH "\n  alice: " HASH "\n",
		 "web.yml:3:3: duplicate key \"alice\" (first at line 2, column 3)\n"},
		{"basic_auth_users:\n  'a:b': " HASH "\n",
		 "web.yml:2:3: basic_auth_users.a:b: a user's name must not contain a colon\n"},
	};

	check(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(errors_in_tls_are_said_where_they_are)
{
	static const struct config_case cases[] = {
		{"tls_server_config: {min_version: TLS12}\n",
		 "web.yml:1:20: tls_server_config: cert_file is missing (expected it, or cert)\n"
		 "web.yml:1:20: tls_server_config: key_file is missing (expected it, or key)\n"},
		{"tls_server_config:\n  cert_file: ''\n  key_file: server.key\n",
		 "web.yml:2:3: tls_server_config: cert_file is missing (expected it, or cert)\n"},
		{"tls_server_config:\n  cert_file: gone.crt\n  key_file: server.key\n",
		 "web.yml:2:14: tls_server_config.cert_file: cannot read gone.crt: No such file or "
		 "directory\n"},
		{TLS("  cert: x\n"),
		 "web.yml:4:9: tls_server_config.cert: cert_file and cert exclude each other\n"},
		{TLS("  key: x\n"),
		 "web.yml:4:8: tls_server_config.key: key_file and key exclude each other\n"},
		{TLS("  client_ca_file: ca.crt\n  client_ca: x\n"
		     "  client_auth_type: RequireAndVerifyClientCert\n"),
		 "web.yml:5:14: tls_server_config.client_ca: client_ca_file and client_ca exclude "
		 "each other\n"},
		{TLS("  client_ca_file: ca.crt\n"),
		 "web.yml:4:19: tls_server_config.client_ca_file: " NO_CLIENTS},
		{TLS("  client_ca: x\n"), "web.yml:4:14: tls_server_config.client_ca: " NO_CLIENTS},
		{TLS("  client_allowed_sans: [x]\n"),
		 "web.yml:4:24: tls_server_config.client_allowed_sans: " NO_CLIENTS},
		{TLS("  client_auth_type: RequireAndVerifyClientCert\n"),
		 "web.yml:4:21: tls_server_config.client_auth_type: " NO_CA},
		{TLS("  client_auth_type: VerifyClientCertIfGiven\n"),
		 "web.yml:4:21: tls_server_config.client_auth_type: " NO_CA},
		{TLS("  client_auth_type: Verify\n"),
		 "web.yml:4:21: tls_server_config.client_auth_type: \"Verify\" is not known "
		 "(expected NoClientCert, RequestClientCert, RequireAnyClientCert, "
		 "VerifyClientCertIfGiven, RequireAndVerifyClientCert or RequireClientCert)\n"},
		{TLS("  min_version: TLS14\n"),
		 "web.yml:4:16: tls_server_config.min_version: \"TLS14\" is not known (did you "
		 "mean \"TLS10\"?)\n"},
		{TLS("  min_version: TLS13\n  max_version: TLS12\n"),
		 "web.yml:4:16: tls_server_config.min_version: min_version is above max_version\n"},
		{TLS("  max_version: TLS11\n"),
		 "web.yml:4:16: tls_server_config.max_version: min_version is above max_version\n"},
		{TLS("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n"),
		 "web.yml:4:3: cipher_suites is not supported by this version\n"},
		{TLS("  curve_preferences: [X25519, P256]\n"),
		 "web.yml:4:31: tls_server_config.curve_preferences[1]: \"P256\" is not a curve "
		 "(expected one of CurveP256, CurveP384, CurveP521, X25519)\n"},
		{TLS("  curve_preferences: [X25519, X25519]\n"),
		 "web.yml:4:31: tls_server_config.curve_preferences[1]: X25519 is there already\n"},
	};

	check(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(errors_in_headers_are_said_where_they_are)
{
	static const struct config_case cases[] = {
		{"http_server_config: {http2: maybe}\n",
		 "web.yml:1:29: http_server_config.http2: \"maybe\" is not true or false\n"},
		{"http_server_config: {headers: {Server: x}}\n",
		 "web.yml:1:32: http_server_config.headers.Server: this header cannot be "
		 "configured\n"},
		{"http_server_config: {headers: {X-Frame-Options: allow}}\n",
		 "web.yml:1:32: http_server_config.headers.X-Frame-Options: expected deny or "
		 "sameorigin\n"},
		{"http_server_config: {headers: {X-Content-Type-Options: x}}\n",
		 "web.yml:1:32: http_server_config.headers.X-Content-Type-Options: expected "
		 "nosniff\n"},
		{"http_server_config: {headers: {X-XSS-Protection: \"1\\r\\nX: y\"}}\n",
		 "web.yml:1:32: http_server_config.headers.X-XSS-Protection: the value must be one "
		 "line, without control characters\n"},
	};

	check(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
	const struct sn_http_web *web;

	ck_assert_int_eq(read_file(&web), SN_ECONFIG);
	ck_assert_str_eq(config_files_messages(),
			 "cannot read web.yml: No such file or directory\n");
	done();
}
END_TEST

START_TEST(a_change_of_the_file_is_a_change_of_the_configuration)
{
	const struct sn_http_web *web = good("basic_auth_users: {alice: '" HASH "'}\n");

	(void)web;
	config_files_write("web.yml", "basic_auth_users: {}\n");
	ck_assert(!sn_sources_same(&load.snap->sources));
	done();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_empty_file_asks_for_nothing,
				      users_are_names_and_hashes,
				      tls_has_the_defaults_of_exporters,
				      all_of_tls_is_read,
				      client_auth_types_are_all_known,
				      certificates_may_be_text,
				      a_key_that_others_can_read_is_warned_of,
				      paths_are_seen_from_the_file,
				      headers_are_those_that_exporters_allow,
				      errors_of_the_file_and_in_users_are_said_where_they_are,
				      errors_in_tls_are_said_where_they_are,
				      errors_in_headers_are_said_where_they_are,
				      a_missing_file_is_an_error,
				      a_change_of_the_file_is_a_change_of_the_configuration,
				      NULL};

	return config_files_run("web_config", tests);
}
