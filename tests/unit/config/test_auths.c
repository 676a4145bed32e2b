/*
 * Auths: versions, communities, defaults. Behaviour of the auths part of config/load.h, seen
 * through whole configurations.
 */
#include "config/config.h"
#include "msg/community.h"

#include "support/config_files.h"
#include "support/suite.h"

#define MODULE                                                                                     \
	"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "                                        \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"
#define TARGETS "targets: [{static: [{targets: [127.0.0.1]}]}]\n"
#define NAMED(auth)                                                                                \
	"targets: [{static: [{targets: [127.0.0.1], labels: {__param_auth: " auth "}}]}]\n"

static void expect(const char *text, int32_t version, const char *community)
{
	const struct sn_config *cfg = config_files_good(text);
	struct sn_span got = cfg->targets[0]->community;

	ck_assert_int_eq(cfg->targets[0]->version, version);
	ck_assert_msg(sn_span_eq(got, sn_span_str(community)), "%.*s", (int)got.n,
		      (const char *)got.p);
	sn_config_free(cfg);
}

START_TEST(an_auth_is_version_and_community)
{
	expect("auths: {a: {version: 1, community: one}}\n" MODULE TARGETS, SN_VERSION_1, "one");
	expect("auths: {a: {version: 2, community: two}}\n" MODULE TARGETS, SN_VERSION_2C, "two");
	expect("auths: {a: {community: 1234}}\n" MODULE TARGETS, SN_VERSION_2C, "1234");
	expect("auths: {a: }\n" MODULE TARGETS, SN_VERSION_2C, "public");
	expect("auths: {a: {version: 1}}\n" MODULE TARGETS, SN_VERSION_1, "public");
}
END_TEST

START_TEST(a_target_without_an_auth_takes_the_default)
{
	expect("auths: {x: {community: x}, public_v2: {community: d}}\n" MODULE TARGETS,
	       SN_VERSION_2C, "d");
	expect("auths: {x: {community: x}, public_v2: {community: d}}\n" MODULE NAMED("x"),
	       SN_VERSION_2C, "x");
	expect("auths: {x: {community: x}, public_v2: {community: d}}\n" MODULE NAMED("''"),
	       SN_VERSION_2C, "d");
}
END_TEST

START_TEST(bad_communities_are_errors)
{
	static char text[1024];
	const struct config_case cases[] = {
		{"auths: {a: {community: '${SONDE_NOT_SET}'}}\n" MODULE TARGETS,
		 "sonde.yaml:1:24: auths.a.community: environment variable \"SONDE_NOT_SET\" is "
		 "not "
		 "set\n"},
		{"auths: {a: {community: '${}'}}\n" MODULE TARGETS,
		 "sonde.yaml:1:24: auths.a.community: environment variable \"\" is not set\n"},
		{"auths: {a: {community: ''}}\n" MODULE TARGETS,
		 "sonde.yaml:1:24: auths.a.community: the community has 0 octets (expected 1 to "
		 "255)\n"},
		{text,
		 "sonde.yaml:1:24: auths.a.community: the community has 256 octets (expected 1 "
		 "to 255)\n"},
		{"auths: {a: {community: [x]}}\n" MODULE TARGETS,
		 "sonde.yaml:1:24: auths.a.community: expected text, found a list\n"},
		{"auths: {a: {community: x, community_file: y}}\n" MODULE TARGETS,
		 "sonde.yaml:1:27: auths.a: community and community_file exclude each other\n"},
		{"auths: {a: {community_file: none}}\n" MODULE TARGETS,
		 "sonde.yaml:1:29: cannot read none: No such file or directory\n"},
		{"auths: {a: {community_file: empty}}\n" MODULE TARGETS,
		 "sonde.yaml:1:29: auths.a.community_file: the community has 0 octets (expected 1 "
		 "to "
		 "255)\n"},
	};

	snprintf(text, sizeof(text), "auths: {a: {community: %0256d}}\n" MODULE TARGETS, 7);
	config_files_write("empty", "\n");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_wrong_auth_is_an_error)
{
	static const struct config_case cases[] = {
		{"auths: {a: {version: 4}}\n" MODULE TARGETS,
		 "sonde.yaml:1:22: auths.a.version: \"4\" is out of range (expected 1 to 3)\n"},
		{"auths: {a: {version: 2c}}\n" MODULE TARGETS,
		 "sonde.yaml:1:22: auths.a.version: \"2c\" is not a whole number (expected 1 to "
		 "3)\n"},
		{"auths: {a: {comunity: x}}\n" MODULE TARGETS,
		 "sonde.yaml:1:13: auths.a: unknown key \"comunity\" (did you mean "
		 "\"community\"?)\n"},
		{"auths: {a: {version: 3, auth_protocol: SHA-256}}\n" MODULE TARGETS,
		 "sonde.yaml:1:40: auths.a.auth_protocol: \"SHA-256\" is not known (did you mean "
		 "\"SHA256\"?)\n"},
		{"auths: [a]\n" MODULE TARGETS,
		 "sonde.yaml:1:8: auths: expected a map of keys and values, found a list\n"},
		{"auths: {a: x}\n" MODULE TARGETS,
		 "sonde.yaml:1:12: auths.a: expected a map of keys and values, found text\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sn_config *cfg;

		/* the target may have more to say where there is no auth left */
		config_files_write("sonde.yaml", cases[i].text);
		ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
		ck_assert_msg(strncmp(config_files_messages(), cases[i].messages,
				      strlen(cases[i].messages)) == 0,
			      "%s", config_files_messages());
	}
}
END_TEST

START_TEST(a_target_needs_an_auth_that_exists)
{
	static const struct config_case cases[] = {
		{MODULE TARGETS,
		 "sonde.yaml:2:21: no auth is defined (expected one under auths: or in a module "
		 "file)\n"},
		{"auths: {a: {community: x}, b: {community: y}}\n" MODULE TARGETS,
		 "sonde.yaml:3:21: no auth is chosen (expected the label __param_auth, or an auth "
		 "called public_v2)\n"},
		{"auths: {a: {community: x}}\n" MODULE NAMED("b"),
		 "sonde.yaml:3:67: targets[0].static[0].labels.__param_auth: auth \"b\" is not "
		 "defined\n"},
	};

	config_files_write("m.yml", "");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(the_missing_default_is_reported_once)
{
	static const struct config_case cases[] = {
		{"auths: {a: {community: x}, b: {community: y}}\n" MODULE
		 "targets: [{static: [{targets: [a1]}, {targets: [a2]}, {targets: [a3]}]}]\n",
		 "sonde.yaml:3:21: no auth is chosen (expected the label __param_auth, or an auth "
		 "called public_v2)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(what_is_not_used_need_not_be_there)
{
	static const char v3[] =
		"auths:\n"
		"  public_v2: {community: public}\n"
		"  v3: {version: 3, username: u, security_level: authPriv, password: '${X}', "
		"auth_protocol: SHA, priv_protocol: AES256C, priv_password: '${Y}', "
		"context_name: c}\n" MODULE;
	static char used[1024];
	static char unused[1024];
	const struct config_case cases[] = {
		{unused, ""},
		{used, "sonde.yaml:3:69: auths.v3.password: environment variable \"X\" is not "
		       "set\n"},
	};

	snprintf(unused, sizeof(unused), "%s%s", v3, TARGETS);
	snprintf(used, sizeof(used), "%s%s", v3, NAMED("v3"));
	CONFIG_CHECK(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_auth_is_version_and_community,   a_target_without_an_auth_takes_the_default,
		bad_communities_are_errors,	    a_wrong_auth_is_an_error,
		a_target_needs_an_auth_that_exists, the_missing_default_is_reported_once,
		what_is_not_used_need_not_be_there, NULL};

	return config_files_run("auths", tests);
}
