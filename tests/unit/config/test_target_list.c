/*
 * The list of all targets: order, doubles, conflicts, one alone, and a large number. Behaviour of
 * the target_list part of config/load.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

START_TEST(targets_are_sorted_by_name)
{
	const struct sn_config *cfg = config_files_good(
		CONFIG_BASE
		"targets:\n"
		"- static: [{targets: [192.0.2.3, 192.0.2.10]}, {targets: [192.0.2.1]}]\n"
		"- static: [{targets: [10.0.0.1]}]\n");
	static const char *const names[] = {"10.0.0.1", "192.0.2.1", "192.0.2.10", "192.0.2.3"};

	ck_assert_uint_eq(cfg->ntargets, 4);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_str_eq(cfg->targets[i]->origin.instance, names[i]);
	}
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_target_named_twice_with_equal_settings_is_one)
{
	const struct sn_config *cfg;

	config_files_write("t.json", "[{\"targets\": [\"192.0.2.1\", \"192.0.2.2\"], \"labels\": "
				     "{\"b\": \"2\", \"a\": \"1\"}}]");
	cfg = config_files_good(
		CONFIG_BASE "targets:\n"
			    "- static: [{targets: [192.0.2.1, 192.0.2.1], labels: {a: 1, b: 2}}]\n"
			    "- file_sd: {files: [t.json]}\n");
	ck_assert_uint_eq(cfg->ntargets, 2);
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_target_named_twice_with_other_settings_is_an_error)
{
	static const struct config_case cases[] = {
		{CONFIG_BASE "targets:\n"
			     "- static:\n"
			     "  - targets: [192.0.2.1]\n"
			     "  - targets: [192.0.2.2, 192.0.2.1]\n"
			     "    labels: {a: b}\n",
		 "sonde.yaml:6:26: target \"192.0.2.1\" has other settings here than at "
		 "sonde.yaml:5:15\n"},
		{CONFIG_BASE "targets:\n"
			     "- static: [{targets: [192.0.2.1]}]\n"
			     "- file_sd: {files: [t.yml]}\n",
		 "t.yml:1:13: target \"192.0.2.1\" has other settings here than at "
		 "sonde.yaml:4:23\n"},
		{CONFIG_BASE
		 "targets:\n"
		 "- static: [{targets: [192.0.2.1, 192.0.2.2], labels: {instance: x}}]\n",
		 "sonde.yaml:4:34: target \"x\" has other settings here than at sonde.yaml:4:23\n"},
	};

	config_files_write("t.yml",
			   "- targets: [192.0.2.1]\n  labels: {__scrape_interval__: 5s}\n");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(the_command_line_may_pick_one_target)
{
	static const char text[] = CONFIG_BASE
		"targets: [{static: [{targets: [192.0.2.1, 'x.invalid', 192.0.2.2]}]}]\n";
	struct sn_config_overrides over = {.target = "192.0.2.2"};
	const struct sn_config *cfg;

	config_files_write("sonde.yaml", text);
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_OK);
	/* the others' names are not even looked up */
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_uint_eq(cfg->ntargets, 1);
	ck_assert_str_eq(cfg->targets[0]->origin.instance, "192.0.2.2");
	sn_config_free(cfg);
	over.target = "192.0.2.3";
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_ECONFIG);
	ck_assert_str_eq(config_files_messages(),
			 "target \"192.0.2.3\" is not in the configuration\n");
}
END_TEST

START_TEST(a_large_number_of_targets_is_no_matter)
{
	enum { GROUPS = 20000, EACH = 5 };
	char *text = malloc(GROUPS * 160 + 1024);
	size_t n = (size_t)sprintf(text, "%stargets:\n- static:\n", CONFIG_BASE);
	const struct sn_config *cfg;

	for (unsigned i = 0; i < GROUPS; i++) {
		n += (size_t)sprintf(text + n, "  - {labels: {site: s%u}, targets: [", i % 100);
		for (unsigned k = 0; k < EACH; k++) {
			unsigned v = i * EACH + k;

			n += (size_t)sprintf(text + n, "10.%u.%u.%u,", v >> 16, v >> 8 & 255,
					     v & 255);
		}
		n += (size_t)sprintf(text + n, "]}\n");
	}
	cfg = config_files_good(text);
	ck_assert_uint_eq(cfg->ntargets, GROUPS * EACH);
	for (uint32_t i = 1; i < cfg->ntargets; i++) {
		suite_expect(strcmp(cfg->targets[i - 1]->origin.instance,
				    cfg->targets[i]->origin.instance) < 0);
	}
	sn_config_free(cfg);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {targets_are_sorted_by_name,
				      a_target_named_twice_with_equal_settings_is_one,
				      a_target_named_twice_with_other_settings_is_an_error,
				      the_command_line_may_pick_one_target,
				      a_large_number_of_targets_is_no_matter,
				      NULL};

	return config_files_run("target_list", tests);
}
