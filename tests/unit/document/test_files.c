/*
 * Files of a configuration: missing, unreadable, relative to the one that names them, wildcards.
 * Behaviour of document/files.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#include <sys/stat.h>
#include <unistd.h>

#define TARGETS "targets: [{static: [{targets: [127.0.0.1]}]}]\n"
#define AUTHS "auths: {public_v2: {community: public}}\n"
#define MODULE                                                                                     \
	"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "                                        \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"

static void expect_error(const char *message)
{
	const struct sn_config *cfg;

	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
	ck_assert_ptr_null(cfg);
	ck_assert_str_eq(config_files_messages(), message);
}

START_TEST(a_missing_configuration_is_an_error)
{
	expect_error("cannot read sonde.yaml: No such file or directory\n");
}
END_TEST

START_TEST(a_folder_is_no_configuration)
{
	ck_assert_int_eq(mkdir("sonde.yaml", 0700), 0);
	expect_error("cannot read sonde.yaml: Is a directory\n");
}
END_TEST

START_TEST(a_file_without_permission_is_an_error)
{
	bool root = geteuid() == 0;

	config_files_write_mode("sonde.yaml", AUTHS MODULE TARGETS, 0);
	/* root may read everything: be somebody else for a moment */
	ck_assert_int_eq(chmod(".", 0711), 0);
	ck_assert(!root || seteuid(65534) == 0);
	expect_error("cannot read sonde.yaml: Permission denied\n");
	ck_assert(!root || seteuid(0) == 0);
}
END_TEST

START_TEST(an_empty_configuration_is_an_error)
{
	config_files_write("sonde.yaml", "");
	expect_error("sonde.yaml: targets: is missing or empty (expected a list of static:, "
		     "file_sd:, http_sd: and csv: sources, or listen:)\n");
	config_files_write("sonde.yaml", AUTHS MODULE "targets: []\n");
	expect_error("sonde.yaml:3:10: targets: is missing or empty (expected a list of static:, "
		     "file_sd:, http_sd: and csv: sources, or listen:)\n");
}
END_TEST

START_TEST(a_missing_module_file_is_an_error_where_it_is_named)
{
	config_files_write("sonde.yaml", "module_files:\n  - a/snmp.yml\n" AUTHS MODULE TARGETS);
	expect_error("sonde.yaml:2:5: cannot read a/snmp.yml: No such file or directory\n");
}
END_TEST

START_TEST(a_pattern_without_a_module_file_is_an_error)
{
	config_files_write("sonde.yaml", "module_files: ['a/*.yml']\n" AUTHS MODULE TARGETS);
	expect_error("sonde.yaml:1:16: module_files: no file matches \"a/*.yml\"\n");
}
END_TEST

START_TEST(a_file_that_is_not_yaml_is_an_error_in_that_file)
{
	config_files_write("m.yml", "modules:\n  a: [\n");
	config_files_write("sonde.yaml", "module_files: [m.yml]\n" AUTHS MODULE TARGETS);
	expect_error("m.yml:3:1: did not find expected node content (while parsing a flow node, "
		     "line 3, column 1)\n");
}
END_TEST

START_TEST(files_are_found_from_the_folder_of_the_configuration)
{
	const struct sn_config *cfg;
	int rc;

	config_files_write("etc/x [y]*/mods/m.yml", MODULE);
	config_files_write("etc/x [y]*/t/a.yml", "- targets: [192.0.2.1]\n");
	config_files_write("etc/x [y]*/t/b.json", "[{\"targets\": [\"192.0.2.2\"]}]");
	config_files_write("etc/x [y]*/t/c.txt", "no targets\n");
	config_files_write("etc/x [y]*/sonde.yaml",
			   "module_files: ['mods/*.yml']\n" AUTHS
			   "targets: [{file_sd: {files: ['t/*.yml', 't/b.json']}}]\n");
	config_files_clear();
	rc = sn_config_load("etc/x [y]*/sonde.yaml", NULL, NULL, config_files_report, NULL, &cfg);
	ck_assert_msg(rc == SN_OK, "%s", config_files_messages());
	ck_assert_uint_eq(cfg->ntargets, 2);
	ck_assert_str_eq(cfg->targets[0]->origin.instance, "192.0.2.1");
	ck_assert_str_eq(cfg->targets[1]->origin.instance, "192.0.2.2");
	sn_config_free(cfg);
}
END_TEST

START_TEST(absolute_paths_stay_what_they_are)
{
	const struct sn_config *cfg;
	char here[512];
	char text[2048];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	config_files_write("mods/m.yml", MODULE);
	snprintf(text, sizeof(text), "module_files: ['%s/mods/*.yml']\n" AUTHS TARGETS, here);
	config_files_write("etc/sonde.yaml", text);
	config_files_clear();
	ck_assert_int_eq(sn_config_load("etc/sonde.yaml", NULL, NULL, config_files_report, NULL,
					&cfg),
			 SN_OK);
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_configuration_may_come_through_a_pipe)
{
	static const char text[] = AUTHS MODULE TARGETS;
	const struct sn_config *cfg;
	char path[64];
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	config_files_clear();
	ck_assert_int_eq(sn_config_load(path, NULL, NULL, config_files_report, NULL, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->ntargets, 1);
	sn_config_free(cfg);
	close(fd[0]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_missing_configuration_is_an_error,
				      a_folder_is_no_configuration,
				      a_file_without_permission_is_an_error,
				      an_empty_configuration_is_an_error,
				      a_missing_module_file_is_an_error_where_it_is_named,
				      a_pattern_without_a_module_file_is_an_error,
				      a_file_that_is_not_yaml_is_an_error_in_that_file,
				      files_are_found_from_the_folder_of_the_configuration,
				      absolute_paths_stay_what_they_are,
				      a_configuration_may_come_through_a_pipe,
				      NULL};

	return config_files_run("files", tests);
}
