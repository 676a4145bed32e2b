/*
 * Secrets: from text, environment and file, who may read them, that no message shows them.
 * Behaviour of config/secret.h, seen through whole configurations; that they are overwritten is in
 * test_config.c.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/*
 * How often the end of a text is in the memory of this process that can be written, other
 * libraries' included. Its beginning may be overwritten where it was freed, which would hide the
 * rest. Here it is written backward, so that it is not found where it is looked for.
 */
__attribute__((no_sanitize("address"), no_sanitize("thread"))) static unsigned count_in_memory(
	const char *backward)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	size_t n = strnlen(backward, 24);
	unsigned count = 0;
	char line[4096];

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps)) {
		void *start = NULL;
		void *end = NULL;
		const char *from;
		const char *to;
		char mode[8] = "";

		/* what a sanitizer keeps for itself is larger than any heap here */
		if (sscanf(line, "%p-%p %7s", &start, &end, mode) != 3 ||
		    strncmp(mode, "rw", 2) != 0) {
			continue;
		}
		from = start;
		to = end;
		if (to - from > 64 << 20) {
			continue;
		}
		for (; from + n <= to; from++) {
			size_t k = 0;

			while (k < n && from[k] == backward[n - 1 - k]) {
				k++;
			}
			count += k == n;
		}
	}
	fclose(maps);
	return count;
}

/* Written by another process, whose memory goes with it; @0 to @2 stand for the texts, which are
 * as in count_in_memory. */
static void write_elsewhere(const char *name, const char *format, const char *const backward[3])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		FILE *f = fopen(name, "w");

		for (const char *s = format; *s; s++) {
			if (*s != '@') {
				fputc(*s, f);
				continue;
			}
			s++;
			for (size_t n = strlen(backward[*s - '0']); n > 0; n--) {
				fputc(backward[*s - '0'][n - 1], f);
			}
		}
		fclose(f);
		_exit(chmod(name, 0600) ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* Freed, it is not as soon overwritten as what is short. */
#define LONG                                                                                       \
	"____________________________________________________________________________________"     \
	"____________________________________________________________________________________"     \
	"____________________________________________________________________________________"

START_TEST(no_password_is_anywhere_in_memory_once_its_key_is_made)
{
	static const char *const backward[] = {
		"a drowssap sdrow ynam os fo drowssap gnol yrev a" LONG,
		"p drowssap sdrow ynam os fo drowssap gnol yrev a" LONG,
		"5a5a5a5a5a5a5a5a5b5b5b5b5b5b5b5b"};
	static const char *const formats[] = {
		"auths: {a: {version: 3, username: u, security_level: authPriv, password: '@0', "
		"priv_password: \"@1\"}, b: {version: 3, username: u, security_level: "
		"authNoPriv, auth_key: '@2'}}\n" MODULE
		"targets: [{static: [{targets: [192.0.2.1], labels: {__param_auth: a}}, {targets: "
		"[192.0.2.2], labels: {__param_auth: b}}]}]\n",
		"{\"auths\": {\"a\": {\"version\": 3, \"username\": \"u\", \"security_level\": "
		"\"authPriv\", \"password\": \"@0\", \"priv_password\": \"@1\"}, \"b\": "
		"{\"version\": 3, \"username\": \"u\", \"security_level\": \"authNoPriv\", "
		"\"auth_key\": \"@2\"}}, \"modules\": {\"m\": {\"get\": [\"1.3.6.1.2.1.1.5.0\"], "
		"\"metrics\": [{\"name\": \"sysName\", \"oid\": \"1.3.6.1.2.1.1.5\", \"type\": "
		"\"DisplayString\"}]}}, \"targets\": [{\"static\": [{\"targets\": "
		"[\"192.0.2.1\"], \"labels\": {\"__param_auth\": \"a\"}}, {\"targets\": "
		"[\"192.0.2.2\"], \"labels\": {\"__param_auth\": \"b\"}}]}]}\n"};
	static const char *const names[] = {"sonde.yaml", "sonde.json"};

	for (size_t i = 0; i < 2; i++) {
		const struct sn_config *cfg;

		write_elsewhere(names[i], formats[i], backward);
		config_files_clear();
		ck_assert_msg(sn_config_load(names[i], NULL, NULL, config_files_report, NULL,
					     &cfg) == SN_OK,
			      "%s", config_files_messages());
		for (size_t k = 0; k < 3; k++) {
			ck_assert_msg(count_in_memory(backward[k]) == 0, "%s", backward[k]);
		}
		/* what is no secret is found all the same: the test can fail */
		ck_assert_uint_gt(count_in_memory("1.2.0.291"), 0);
		sn_config_free(cfg);
	}
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
				      no_password_is_anywhere_in_memory_once_its_key_is_made,
				      NULL};

	return config_files_run("secret", tests);
}
