/*
 * Limits of prefixes: read, sorted, refused, and how a change of them is a change of targets.
 * Behaviour of the limits part of config/load.h, seen through whole configurations.
 */
#include "config/config.h"

#include "support/config_files.h"

#include <string.h>

#define TARGETS                                                                                    \
	"targets: [{static: [{targets: [10.0.0.1, 10.1.0.1, 192.0.2.1, '[2001:db8::1]:161']}]}]\n"

#define LIMITS(text) "poll:\n  prefix_limits: " text "\n" CONFIG_BASE TARGETS

static void expect_limit(const struct sn_prefix_limit *l, const char *prefix, uint32_t rate,
			 uint32_t burst)
{
	char text[SN_PREFIX_TEXT_MAX];

	ck_assert_str_eq(sn_prefix_format(&l->prefix, text, sizeof(text)), prefix);
	ck_assert_uint_eq(l->rate, rate);
	ck_assert_uint_eq(l->burst, burst);
	ck_assert_uint_eq(l->targets, 0); /* daemon counts */
	ck_assert_uint_eq(l->here, 0);
}

START_TEST(prefixes_are_read_and_sorted)
{
	const struct sn_config *cfg = config_files_good(
		LIMITS("[{prefix: 2001:db8::/32, rate: 7}, {prefix: 10.1.0.0/16, rate: 10000000, "
		       "burst: 1000000}, {prefix: 10.0.0.0/8, rate: 1, burst: 1}]"));
	struct sn_addr addr;

	ck_assert_uint_eq(cfg->nlimits, 3);
	expect_limit(&cfg->limits[0], "10.0.0.0/8", 1, 1);
	expect_limit(&cfg->limits[1], "10.1.0.0/16", 10000000, 1000000);
	expect_limit(&cfg->limits[2], "2001:db8::/32", 7, 10);
	ck_assert_int_eq(sn_addr_parse(&addr, "10.2.3.4", 161), SN_OK);
	ck_assert_int_eq(sn_prefix_find(cfg->limits, 3, sizeof(*cfg->limits), &addr), 0);
	ck_assert_int_eq(sn_addr_parse(&addr, "10.1.3.4", 161), SN_OK);
	ck_assert_int_eq(sn_prefix_find(cfg->limits, 3, sizeof(*cfg->limits), &addr), 1);
	sn_config_free(cfg);
}
END_TEST

START_TEST(without_any_there_are_none)
{
	static const char *const texts[] = {CONFIG_BASE TARGETS, LIMITS(""), LIMITS("[]")};

	for (size_t i = 0; i < 3; i++) {
		const struct sn_config *cfg = config_files_good(texts[i]);

		ck_assert_uint_eq(cfg->nlimits, 0);
		ck_assert_uint_eq(cfg->rate_limit, 0);
		ck_assert_uint_eq(cfg->targets[0]->rate_limit, 0);
		sn_config_free(cfg);
	}
}
END_TEST

#define NO_PREFIX " is not a prefix (expected address/bits, such as 10.0.0.0/8 or 2001:db8::/32)\n"

START_TEST(what_is_wrong_is_said_where_it_is)
{
	static const struct config_case cases[] = {
		{LIMITS("[{prefix: 10.0.0.0, rate: 5}]"),
		 "sonde.yaml:2:28: poll.prefix_limits[0].prefix: \"10.0.0.0\"" NO_PREFIX},
		{LIMITS("[{prefix: 10.0.0.0/33, rate: 5}]"),
		 "sonde.yaml:2:28: poll.prefix_limits[0].prefix: \"10.0.0.0/33\"" NO_PREFIX},
		{LIMITS("\n  - {prefix: 10.0.0.0/8, rate: 5}\n  - {rate: 5, prefix: core}"),
		 "sonde.yaml:4:23: poll.prefix_limits[1].prefix: \"core\"" NO_PREFIX},
		{LIMITS("[{prefix: 10.1.0.0/8, rate: 5}]"),
		 "sonde.yaml:2:28: poll.prefix_limits[0].prefix: \"10.1.0.0/8\" has bits set "
		 "beyond its length (expected 10.0.0.0/8)\n"},
		{LIMITS("[{prefix: '2001:db8::1/64', rate: 5}]"),
		 "sonde.yaml:2:28: poll.prefix_limits[0].prefix: \"2001:db8::1/64\" has bits set "
		 "beyond its length (expected 2001:db8::/64)\n"},
		{LIMITS("[{prefix: 10.0.0.0/8, rate: 0}]"),
		 "sonde.yaml:2:46: poll.prefix_limits[0].rate: \"0\" is out of range (expected 1 "
		 "to 10000000)\n"},
		{LIMITS("[{prefix: 10.0.0.0/8, rate: 1, burst: 0}]"),
		 "sonde.yaml:2:56: poll.prefix_limits[0].burst: \"0\" is out of range (expected 1 "
		 "to 1000000)\n"},
		{LIMITS("[{prefix: 10.0.0.0/8}]"),
		 "sonde.yaml:2:19: poll.prefix_limits[0]: rate is missing\n"},
		{LIMITS("[{rate: 5}]"),
		 "sonde.yaml:2:19: poll.prefix_limits[0]: prefix is missing\n"},
		{LIMITS("[{}]"), "sonde.yaml:2:19: poll.prefix_limits[0]: prefix is missing\n"},
		{LIMITS("{prefix: 10.0.0.0/8, rate: 5}"),
		 "sonde.yaml:2:18: poll.prefix_limits: expected a list, found a map\n"},
		{LIMITS("\n  - {prefix: 10.0.0.0/8, rate: 5}\n  - {prefix: '::/0', rate: 5}\n"
			"  - {prefix: 10.0.0.0/8, rate: 6}"),
		 "sonde.yaml:5:14: poll.prefix_limits[2].prefix: \"10.0.0.0/8\" has a limit "
		 "already (expected it only once, see sonde.yaml:3:14)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_target_changes_with_its_prefix_but_not_with_the_rate)
{
	static const char *const texts[] = {
		LIMITS("[]"),
		LIMITS("[{prefix: 10.0.0.0/8, rate: 5}]"),
		LIMITS("[{prefix: 10.0.0.0/8, rate: 50, burst: 3}]"),
		LIMITS("[{prefix: 10.0.0.0/8, rate: 5}, {prefix: 10.0.0.0/24, rate: 5}]"),
	};
	uint64_t seen[4][4];

	for (int i = 0; i < 4; i++) {
		const struct sn_config *cfg = config_files_good(texts[i]);

		ck_assert_uint_eq(cfg->ntargets, 4);
		for (int k = 0; k < 4; k++) {
			seen[i][k] = cfg->targets[k]->fingerprint;
		}
		sn_config_free(cfg);
	}
	/* 10.0.0.1 */
	ck_assert_uint_ne(seen[0][0], seen[1][0]);
	ck_assert_uint_eq(seen[1][0], seen[2][0]);
	ck_assert_uint_ne(seen[2][0], seen[3][0]);
	/* 10.1.0.1 */
	ck_assert_uint_ne(seen[0][1], seen[1][1]);
	ck_assert_uint_eq(seen[1][1], seen[3][1]);
	for (int k = 2; k < 4; k++) {
		ck_assert_uint_eq(seen[0][k], seen[1][k]);
		ck_assert_uint_eq(seen[0][k], seen[3][k]);
	}
}
END_TEST

START_TEST(a_label_overrides_the_rate_of_a_target)
{
	const struct sn_config *cfg =
		config_files_good("poll: {rate_limit: 50}\n" CONFIG_BASE "targets: [{static: [\n"
				  "{targets: [192.0.2.1]},\n"
				  "{targets: [192.0.2.2], labels: {__rate_limit__: 7}},\n"
				  "{targets: [192.0.2.3], labels: {__rate_limit__: 0}},\n"
				  "{targets: [192.0.2.4], labels: {__rate_limit__: ''}}]}]\n");
	static const uint32_t expect[] = {50, 7, 0, 50};

	ck_assert_uint_eq(cfg->rate_limit, 50);
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(cfg->targets[i]->rate_limit, expect[i]);
		ck_assert_uint_eq(cfg->targets[i]->origin.nlabels, 0);
	}
	sn_config_free(cfg);
}
END_TEST

/* The fingerprint of the first target. */
static uint64_t fingerprint(const char *text)
{
	const struct sn_config *cfg = config_files_good(text);
	uint64_t f = cfg->targets[0]->fingerprint;

	sn_config_free(cfg);
	return f;
}

START_TEST(a_changed_rate_of_a_target_is_a_changed_target)
{
	ck_assert_uint_ne(fingerprint("poll: {rate_limit: 50}\n" CONFIG_BASE TARGETS),
			  fingerprint("poll: {rate_limit: 51}\n" CONFIG_BASE TARGETS));
	ck_assert_uint_eq(fingerprint("poll: {rate_limit: 0}\n" CONFIG_BASE TARGETS),
			  fingerprint(CONFIG_BASE TARGETS));
}
END_TEST

START_TEST(a_bad_rate_of_a_target_is_said_where_it_is)
{
	static const struct config_case cases[] = {
		{CONFIG_BASE "targets: [{static: [{targets: [192.0.2.1],\n"
			     "  labels: {__rate_limit__: fast}}]}]\n",
		 "sonde.yaml:4:28: targets[0].static[0].labels.__rate_limit__: \"fast\" is not a "
		 "whole number (expected 0 to 10000000)\n"},
		{"poll: {rate_limit: -1}\n" CONFIG_BASE TARGETS,
		 "sonde.yaml:1:20: poll.rate_limit: \"-1\" is out of range (expected 0 to "
		 "10000000)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {prefixes_are_read_and_sorted,
				      without_any_there_are_none,
				      what_is_wrong_is_said_where_it_is,
				      a_target_changes_with_its_prefix_but_not_with_the_rate,
				      a_label_overrides_the_rate_of_a_target,
				      a_changed_rate_of_a_target_is_a_changed_target,
				      a_bad_rate_of_a_target_is_said_where_it_is,
				      NULL};

	return config_files_run("limits", tests);
}
