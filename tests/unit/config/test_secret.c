/*
 * Secrets: from text, environment and file, who may read them, that no message shows them.
 * Behaviour of config/secret.h, seen through whole configurations; that they are overwritten is in
 * test_config.c.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#define MODULE                                                                                     \
	"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "                                        \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"
#define TARGETS "targets: [{static: [{targets: [127.0.0.1]}]}]\n"
#define NAMED(auth)                                                                                \
	"targets: [{static: [{targets: [127.0.0.1], labels: {__param_auth: " auth "}}]}]\n"

static void expect(const char *text, const char *community)
{
	const struct sn_config *cfg = config_files_good(text);
	struct sn_span got = cfg->targets[0]->community;

	ck_assert_msg(sn_span_eq(got, sn_span_str(community)), "%.*s", (int)got.n,
		      (const char *)got.p);
	sn_config_free(cfg);
}

START_TEST(variables_are_expanded)
{
	ck_assert_int_eq(setenv("SONDE_T1", "se$cret", 1), 0);
	ck_assert_int_eq(setenv("SONDE_T2", "", 1), 0);
	expect("auths: {a: {community: '${SONDE_T1}'}}\n" MODULE TARGETS, "se$cret");
	expect("auths: {a: {community: 'a${SONDE_T1}${SONDE_T2}b'}}\n" MODULE TARGETS, "ase$cretb");
	expect("auths: {a: {community: '$${SONDE_T1}'}}\n" MODULE TARGETS, "${SONDE_T1}");
	expect("auths: {a: {community: '$SONDE_T1$$'}}\n" MODULE TARGETS, "$SONDE_T1$$");
	expect("auths: {a: {community: 'x${SONDE_T1'}}\n" MODULE TARGETS, "x${SONDE_T1");
}
END_TEST

START_TEST(a_community_file_is_read_without_its_line_end)
{
	config_files_write("secret", "from file\n");
	expect("auths: {a: {community_file: secret}}\n" MODULE TARGETS, "from file");
	config_files_write("s/secret", "  x\r\n");
	config_files_write("s/m.yml", "auths: {a: {community_file: secret}}\n");
	/* relative to the file that names it */
	expect("module_files: [s/m.yml]\n" MODULE TARGETS, "  x");
}
END_TEST

static void expect_warnings(const char *messages, unsigned n)
{
	const struct sn_config *cfg;

	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_str_eq(config_files_messages(), messages);
	ck_assert_uint_eq(cfg->warnings, n);
	sn_config_free(cfg);
}

START_TEST(a_secret_that_others_may_read_is_a_warning)
{
	static const char text[] = "auths: {a: {community: s3cret}, b: {community: other}, "
				   "public_v2: {community: public}}\n" MODULE TARGETS;
	static const char warning[] =
		"sonde.yaml: warning: holds a secret and others may read it (expected mode 0600)\n";

	/* once a file, whether the auth is used or not */
	config_files_write_mode("sonde.yaml", text, 0640);
	expect_warnings(warning, 1);
	config_files_write_mode("sonde.yaml", text, 0604);
	expect_warnings(warning, 1);
	config_files_write_mode("sonde.yaml", text, 0600);
	expect_warnings("", 0);
}
END_TEST

START_TEST(what_is_no_secret_is_no_warning)
{
	ck_assert_int_eq(setenv("SONDE_T1", "secret", 1), 0);
	config_files_write_mode("sonde.yaml",
				"auths: {a: {community: '${SONDE_T1}'}, b: {version: 1}, "
				"public_v2: {community: public}}\n" MODULE TARGETS,
				0644);
	expect_warnings("", 0);
}
END_TEST

START_TEST(module_files_and_community_files_are_checked_too)
{
	config_files_write_mode("m.yml",
				"auths: {v3: {version: 3, username: u, password: secret}}\n", 0644);
	config_files_write_mode("secret", "x\n", 0644);
	config_files_write_mode("sonde.yaml",
				"module_files: [m.yml]\n"
				"auths: {public_v2: {community_file: secret}}\n" MODULE TARGETS,
				0644);
	expect_warnings("m.yml: warning: holds a secret and others may read it (expected mode "
			"0600)\n"
			"secret: warning: holds a secret and others may read it (expected mode "
			"0600)\n",
			2);
}
END_TEST

START_TEST(no_message_shows_a_secret)
{
	const struct sn_config *cfg;

	config_files_write_mode("sonde.yaml",
				"auths:\n"
				"  a: {community: s3cret1, version: 9}\n"
				"  b: {community: 's3cret2${SONDE_NOT_SET}'}\n"
				"  c: {password: s3cret3, comunity: 5}\n" MODULE NAMED("b"),
				0644);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
	ck_assert_ptr_null(strstr(config_files_messages(), "s3cret"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {variables_are_expanded,
				      a_community_file_is_read_without_its_line_end,
				      a_secret_that_others_may_read_is_a_warning,
				      what_is_no_secret_is_no_warning,
				      module_files_and_community_files_are_checked_too,
				      no_message_shows_a_secret,
				      NULL};

	return config_files_run("secret", tests);
}
