/*
 * Version 3: users, where their keys come from, contexts, fingerprints, and how often a password is
 * hashed. Behaviour of config/users.h, seen through whole configurations.
 *
 * ctest: link=-Wl,--wrap=sn_auth_password_to_key
 */
#include "config/config.h"
#include "msg/community.h"
#include "msg/v3.h"
#include "usm/user.h"

#include "support/config_files.h"
#include "support/suite.h"

#include <stdatomic.h>

int __real_sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
				   uint8_t *ku);
int __wrap_sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
				   uint8_t *ku);

static _Atomic unsigned hashed; /* passwords so far */

int __wrap_sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
				   uint8_t *ku)
{
	atomic_fetch_add(&hashed, 1);
	return __real_sn_auth_password_to_key(proto, password, ku);
}

#define MODULE                                                                                     \
	"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "                                        \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"
#define TARGETS "targets: [{static: [{targets: [127.0.0.1]}]}]\n"

/* A configuration whose only auth is of version 3; the same with a mark at its name. */
#define V3(text) "auths: {a: {version: 3, " text "}}\n" MODULE TARGETS
#define V3_HERE(text) "auths: {@a: {version: 3, " text "}}\n" MODULE TARGETS
#define AUTH "username: u, security_level: authNoPriv, "
#define PRIV "username: u, security_level: authPriv, "
#define HEX16 "000102030405060708090a0b0c0d0e0f"
#define HEX20 HEX16 "10111213"
#define HEX32 HEX16 HEX16

static const struct sn_config *cfg; /* of the last load */

static const struct sn_usm_user *load(const char *text)
{
	sn_config_free(cfg);
	cfg = config_files_good(text);
	ck_assert_int_eq(cfg->targets[0]->version, SN_VERSION_3);
	ck_assert_uint_eq(cfg->targets[0]->community.n, 0);
	ck_assert_ptr_nonnull(cfg->targets[0]->access);
	return cfg->targets[0]->access->user;
}

static void unload(void)
{
	sn_config_free(cfg);
	cfg = NULL;
}

/* What a password must become. */
static void expect_key(enum sn_auth_protocol proto, const char *password, const uint8_t *key,
		       size_t n)
{
	uint8_t ku[SN_AUTH_KEY_MAX];

	ck_assert_int_eq(__real_sn_auth_password_to_key(proto, sn_span_str(password), ku), SN_OK);
	ck_assert_uint_eq(n, sn_auth_info(proto)->digest);
	ck_assert_mem_eq(key, ku, n);
}

static void expect_octets(const uint8_t *key, size_t n, size_t expected)
{
	ck_assert_uint_eq(n, expected);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(key[i], i % 16);
	}
}

START_TEST(a_user_without_more_is_a_name)
{
	const struct sn_usm_user *u = load(V3("username: someone"));

	ck_assert(sn_span_eq(u->name, sn_span_str("someone")));
	ck_assert_uint_eq(u->level, 0);
	ck_assert_uint_eq(u->auth, SN_AUTH_NONE);
	ck_assert_uint_eq(u->priv, SN_PRIV_NONE);
	ck_assert_uint_eq(u->engine_id.n, 0);
	ck_assert_uint_eq(cfg->targets[0]->access->context.n, 0);
	ck_assert_uint_eq(cfg->targets[0]->access->context_engine.n, 0);
	unload();
}
END_TEST

START_TEST(protocols_have_snmp_exporters_defaults)
{
	const struct sn_usm_user *u =
		load(V3(PRIV "password: 'password a', priv_password: 'password p'"));

	ck_assert_uint_eq(u->level, SN_V3_AUTH | SN_V3_PRIV);
	ck_assert_uint_eq(u->auth, SN_AUTH_MD5);
	ck_assert_uint_eq(u->priv, SN_PRIV_DES);
	ck_assert_uint_eq(u->auth_kind, SN_KEY_MASTER);
	ck_assert_uint_eq(u->priv_kind, SN_KEY_MASTER);
	expect_key(SN_AUTH_MD5, "password a", u->auth_key, u->auth_n);
	/* the privacy key is made with the hash of the authentication protocol */
	expect_key(SN_AUTH_MD5, "password p", u->priv_key, u->priv_n);
	unload();
}
END_TEST

START_TEST(every_word_is_its_protocol)
{
	static const struct {
		const char *word;
		enum sn_auth_protocol proto;
	} auths[] = {{"MD5", SN_AUTH_MD5},	 {"SHA", SN_AUTH_SHA1},
		     {"SHA1", SN_AUTH_SHA1},	 {"SHA224", SN_AUTH_SHA224},
		     {"SHA256", SN_AUTH_SHA256}, {"SHA384", SN_AUTH_SHA384},
		     {"SHA512", SN_AUTH_SHA512}};
	static const struct {
		const char *word;
		enum sn_priv_protocol proto;
	} privs[] = {{"DES", SN_PRIV_DES},	 {"3DES", SN_PRIV_3DES},
		     {"AES", SN_PRIV_AES128},	 {"AES128", SN_PRIV_AES128},
		     {"AES192", SN_PRIV_AES192}, {"AES192C", SN_PRIV_AES192C},
		     {"AES256", SN_PRIV_AES256}, {"AES256C", SN_PRIV_AES256C}};
	char text[1024];

	for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
		const struct sn_usm_user *u;

		snprintf(text, sizeof(text), V3(AUTH "password: 'a password', auth_protocol: %s"),
			 auths[i].word);
		u = load(text);
		ck_assert_uint_eq(u->auth, auths[i].proto);
		ck_assert_uint_eq(u->level, SN_V3_AUTH);
		expect_key(auths[i].proto, "a password", u->auth_key, u->auth_n);
	}
	for (size_t i = 0; i < sizeof(privs) / sizeof(privs[0]); i++) {
		snprintf(text, sizeof(text),
			 V3(PRIV "password: password, priv_password: password, priv_protocol: %s"),
			 privs[i].word);
		ck_assert_uint_eq(load(text)->priv, privs[i].proto);
	}
	unload();
}
END_TEST

START_TEST(what_a_level_does_not_use_is_not_looked_at)
{
	const struct sn_usm_user *u =
		load(V3("username: u, password: '${SONDE_NOT_SET}', priv_password_file: none"));

	ck_assert_uint_eq(u->level, 0);
	ck_assert_uint_eq(u->auth, SN_AUTH_NONE);
	u = load(V3(AUTH "password: password, priv_key_file: none, community: '${SONDE_NOT_SET}'"));
	ck_assert_uint_eq(u->level, SN_V3_AUTH);
	ck_assert_uint_eq(u->priv, SN_PRIV_NONE);
	ck_assert_uint_eq(u->priv_n, 0);
	unload();
}
END_TEST

START_TEST(keys_may_be_given_as_octets)
{
	const struct sn_usm_user *u =
		load(V3(PRIV "auth_protocol: SHA, auth_key: '0x" HEX20 "', priv_key: '" HEX20 "'"));

	ck_assert_uint_eq(u->auth_kind, SN_KEY_MASTER);
	ck_assert_uint_eq(u->priv_kind, SN_KEY_MASTER);
	ck_assert_uint_eq(u->auth_n, 20);
	ck_assert_uint_eq(u->auth_key[17], 0x11);
	ck_assert_uint_eq(u->priv_n, 20);
	ck_assert_uint_eq(u->priv_key[19], 0x13);
	ck_assert_uint_eq(hashed, 0);
	unload();
}
END_TEST

START_TEST(localized_keys_are_of_one_engine)
{
	const struct sn_usm_user *u =
		load(V3(PRIV "engine_id: '0x8000000001020304', auth_localized_key: '" HEX16
			     "', priv_localized_key: '" HEX32 "', priv_protocol: AES256C"));
	static const uint8_t engine[] = {0x80, 0, 0, 0, 1, 2, 3, 4};

	ck_assert_uint_eq(u->auth_kind, SN_KEY_LOCALIZED);
	ck_assert_uint_eq(u->priv_kind, SN_KEY_LOCALIZED);
	ck_assert(sn_span_eq(u->engine_id, sn_span_make(engine, sizeof(engine))));
	expect_octets(u->auth_key, u->auth_n, 16);
	expect_octets(u->priv_key, u->priv_n, 32);
	/* as long as the hash, of which AES uses the beginning; one of each kind */
	u = load(V3(PRIV "engine_id: '8000000001', auth_protocol: SHA256, password: password, "
			 "priv_localized_key: '" HEX32 "', priv_protocol: AES"));
	ck_assert_uint_eq(u->auth_kind, SN_KEY_MASTER);
	ck_assert_uint_eq(u->priv_kind, SN_KEY_LOCALIZED);
	expect_key(SN_AUTH_SHA256, "password", u->auth_key, u->auth_n);
	expect_octets(u->priv_key, u->priv_n, 32);
	/* or as long as the cipher wants */
	u = load(V3(PRIV "engine_id: '8000000001', auth_protocol: SHA256, password: password, "
			 "priv_localized_key: '" HEX16 "', priv_protocol: AES"));
	expect_octets(u->priv_key, u->priv_n, 16);
	unload();
}
END_TEST

START_TEST(secrets_come_from_the_environment_too)
{
	const struct sn_usm_user *u;

	ck_assert_int_eq(setenv("SONDE_T1", "word", 1), 0);
	ck_assert_int_eq(setenv("SONDE_T2", HEX16, 1), 0);
	u = load(V3("username: 'me-${SONDE_T1}', security_level: authPriv, password: "
		    "'pass${SONDE_T1}', priv_key: '0x${SONDE_T2}'"));
	ck_assert(sn_span_eq(u->name, sn_span_str("me-word")));
	expect_key(SN_AUTH_MD5, "password", u->auth_key, u->auth_n);
	expect_octets(u->priv_key, u->priv_n, 16);
	unload();
}
END_TEST

START_TEST(secrets_come_from_files_too)
{
	const struct sn_usm_user *u;

	config_files_write("pw", "password\n");
	config_files_write("key", "0x" HEX16 "\r\n");
	u = load(V3(PRIV "password_file: pw, priv_password_file: pw"));
	expect_key(SN_AUTH_MD5, "password", u->auth_key, u->auth_n);
	expect_key(SN_AUTH_MD5, "password", u->priv_key, u->priv_n);
	u = load(V3(PRIV "auth_key_file: key, priv_key_file: key"));
	ck_assert_uint_eq(u->auth_kind, SN_KEY_MASTER);
	expect_octets(u->auth_key, u->auth_n, 16);
	expect_octets(u->priv_key, u->priv_n, 16);
	u = load(V3(PRIV "engine_id: '8000000001', auth_localized_key_file: key, "
			 "priv_localized_key_file: key"));
	ck_assert_uint_eq(u->auth_kind, SN_KEY_LOCALIZED);
	expect_octets(u->auth_key, u->auth_n, 16);
	ck_assert_uint_eq(u->priv_kind, SN_KEY_LOCALIZED);
	expect_octets(u->priv_key, u->priv_n, 16);
	unload();
}
END_TEST

/* A configuration of which there is one thing to say. */
struct marked {
	const char *text;    /* sonde.yaml; @ in its first line: where the message must point */
	const char *message; /* what follows the place; a load succeeds if it is a warning */
};

static void check_marked(const struct marked *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *mark = strchr(cases[i].text, '@');
		char expected[512];
		char text[1024];
		int rc;

		ck_assert_ptr_nonnull(mark);
		snprintf(text, sizeof(text), "%.*s%s", (int)(mark - cases[i].text), cases[i].text,
			 mark + 1);
		snprintf(expected, sizeof(expected), "sonde.yaml:1:%zu: %s\n",
			 (size_t)(mark - cases[i].text) + 1, cases[i].message);
		config_files_write("sonde.yaml", text);
		rc = config_files_load(NULL, &cfg);
		ck_assert_msg(strcmp(config_files_messages(), expected) == 0,
			      "%s\nexpected: %s\ngot: %s", text, expected, config_files_messages());
		ck_assert_int_eq(rc, strstr(expected, "warning: ") ? SN_OK : SN_ECONFIG);
		unload();
	}
}

START_TEST(what_is_missing_is_an_error)
{
	static const struct marked cases[] = {
		{V3_HERE("password: p"), "auths.a: username is missing"},
		{V3_HERE("username: u, security_level: authNoPriv"),
		 "auths.a: password is missing (expected password, auth_key or "
		 "auth_localized_key, or one of them with _file)"},
		{V3_HERE("username: u, security_level: authPriv, priv_password: p"),
		 "auths.a: password is missing (expected password, auth_key or "
		 "auth_localized_key, or one of them with _file)"},
		{V3_HERE("username: u, security_level: authPriv, password: p"),
		 "auths.a: priv_password is missing (expected priv_password, "
		 "priv_key or priv_localized_key, or one of them with _file)"},
		{V3_HERE(AUTH "auth_localized_key: '" HEX16 "'"),
		 "auths.a: engine_id is missing (auth_localized_key is a key of "
		 "one engine only)"},
		{V3_HERE(PRIV "password: p, priv_localized_key_file: none"),
		 "auths.a: engine_id is missing (priv_localized_key is a key of "
		 "one engine only)"},
	};

	check_marked(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(a_key_has_one_source)
{
	static const struct marked cases[] = {
		{V3(AUTH "password: p, @password_file: f"),
		 "auths.a: password and password_file exclude each other"},
		{V3(AUTH "@auth_key: p, password: f"),
		 "auths.a: password and auth_key exclude each other"},
		{V3(AUTH "auth_key_file: p, @auth_localized_key_file: f"),
		 "auths.a: auth_key_file and auth_localized_key_file exclude each "
		 "other"},
		{V3(PRIV "password: p, @priv_key: p, priv_password_file: f"),
		 "auths.a: priv_password_file and priv_key exclude each other"},
	};

	check_marked(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(wrong_values_are_errors_with_their_place)
{
	static const struct marked cases[] = {
		{V3("username: @''"), "auths.a.username: the user name has 0 "
				      "octets (expected 1 to 32)"},
		{V3("username: @123456789012345678901234567890123"),
		 "auths.a.username: the user name has 33 octets (expected 1 to "
		 "32)"},
		{V3("username: @'${SONDE_NOT_SET}'"),
		 "auths.a.username: environment variable \"SONDE_NOT_SET\" is not "
		 "set"},
		{V3(AUTH "password: @''"), "auths.a.password: the password has 0 "
					   "octets (expected 1 to 1024)"},
		{V3(AUTH "password: @'${SONDE_NOT_SET}'"),
		 "auths.a.password: environment variable \"SONDE_NOT_SET\" is not "
		 "set"},
		{V3(AUTH "password_file: @none"), "cannot read none: No such file or directory"},
		{V3(AUTH "password_file: @empty"), "auths.a.password_file: the "
						   "password has 0 octets (expected 1 to 1024)"},
		{V3(AUTH "auth_key: @'" HEX20 "'"),
		 "auths.a.auth_key: the key has 20 octets (expected 16)"},
		{V3(AUTH "auth_key: @'0x" HEX16 "0'"),
		 "auths.a.auth_key: the key is not written in pairs of "
		 "hexadecimal digits"},
		{V3(AUTH "auth_key: @secret"), "auths.a.auth_key: the key is not "
					       "written in pairs of hexadecimal digits"},
		{V3(AUTH "auth_key_file: @key"),
		 "auths.a.auth_key_file: the key has 3 octets (expected 16)"},
		{V3(AUTH "engine_id: '8000000001', auth_localized_key: @'" HEX20 "'"),
		 "auths.a.auth_localized_key: the key has 20 octets (expected "
		 "16)"},
		{V3(PRIV "password: password, priv_key: @'" HEX32 "'"),
		 "auths.a.priv_key: the key has 32 octets (expected 16)"},
		{V3(PRIV "engine_id: '8000000001', auth_protocol: SHA, password: password, "
			 "priv_protocol: AES256, priv_localized_key: @'" HEX20 "'"),
		 "auths.a.priv_localized_key: the key has 20 octets (expected "
		 "32)"},
		{V3(PRIV "engine_id: '8000000001', auth_protocol: SHA, password: password, "
			 "priv_protocol: AES, priv_localized_key: @'" HEX32 "'"),
		 "auths.a.priv_localized_key: the key has 32 octets (expected 16 "
		 "or 20)"},
		{V3("username: u, engine_id: @'80000000'"),
		 "auths.a.engine_id: \"80000000\" is too short (expected 5 to 32 "
		 "octets as pairs of hexadecimal digits)"},
		{V3("username: u, engine_id: @'" HEX32 "00'"),
		 "auths.a.engine_id: \"" HEX32 "00\" is too long (expected 5 to "
		 "32 octets as pairs of hexadecimal digits)"},
		{V3("username: u, context_engine_id: @'snmp5'"),
		 "auths.a.context_engine_id: \"snmp5\" is not right (expected 5 "
		 "to 32 octets as pairs of hexadecimal digits)"},
		{V3("username: u, context_name: @123456789012345678901234567890123"),
		 "auths.a.context_name: \"123456789012345678901234567890123\" is "
		 "too long (expected 0 to 32 octets)"},
		{V3("username: u, security_level: @AuthPriv"),
		 "auths.a.security_level: \"AuthPriv\" is not known (did you mean "
		 "\"authPriv\"?)"},
	};

	config_files_write("empty", "\n");
	config_files_write("key", "0x010203\n");
	check_marked(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(a_short_password_is_a_warning)
{
	static const struct marked cases[] = {
		{V3(PRIV "password: 12345678, priv_password: @1234567"),
		 "warning: auths.a.priv_password: the password has less than 8 "
		 "octets, which RFC 3414 forbids and agents may refuse"},
		{V3(AUTH "password_file: @pw"),
		 "warning: auths.a.password_file: the password has less than 8 "
		 "octets, which RFC 3414 forbids and agents may refuse"},
	};

	config_files_write("pw", "short\n");
	check_marked(cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(an_auth_that_is_not_used_must_be_whole_but_its_secrets_need_not_be_there)
{
	static const struct config_case cases[] = {
		{"auths: {public_v2: , b: {version: 3, username: u, security_level: authNoPriv, "
		 "password: '${SONDE_NOT_SET}'}}\n" MODULE TARGETS,
		 ""},
		{"auths: {public_v2: , b: {version: 3, username: u, security_level: "
		 "authNoPriv}}\n" MODULE TARGETS,
		 "sonde.yaml:1:22: auths.b: password is missing (expected password, auth_key or "
		 "auth_localized_key, or one of them with _file)\n"},
		/* what is of version 3 only is nothing to version 2 */
		{"auths: {public_v2: {security_level: authPriv, password: p}}\n" MODULE TARGETS,
		 ""},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(no_message_shows_a_password_or_key)
{
	config_files_write_mode("sonde.yaml",
				"auths:\n"
				"  a: {version: 3, " AUTH "password: s3cret, auth_key: s3cret}\n"
				"  b: {version: 3, " AUTH "auth_key: s3cret}\n"
				"  c: {version: 3, " AUTH "password: 's3cret${SONDE_NOT_SET}'}\n"
				"  d: {version: 3, " PRIV "password: s3cr3t, priv_key: 5ec2e7}\n"
				"  e: {version: 3, " AUTH "password: s3c, pasword: s3cret}\n" MODULE
				"targets:\n- static:\n"
				"  - {targets: [a], labels: {__param_auth: a}}\n"
				"  - {targets: [b], labels: {__param_auth: b}}\n"
				"  - {targets: [c], labels: {__param_auth: c}}\n"
				"  - {targets: [d], labels: {__param_auth: d}}\n"
				"  - {targets: [e], labels: {__param_auth: e}}\n",
				0644);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "auths.b.auth_key: "));
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "auths.d.priv_key: "));
	ck_assert_ptr_null(strstr(config_files_messages(), "s3c"));
	ck_assert_ptr_null(strstr(config_files_messages(), "5ec2e7"));
}
END_TEST

static uint64_t fingerprint(const char *text)
{
	load(text);
	return cfg->targets[0]->fingerprint;
}

START_TEST(every_change_changes_the_fingerprint)
{
#define BASE PRIV "password: password, priv_password: password"
	static const char *const texts[] = {
		V3(BASE),
		V3("username: v, security_level: authPriv, password: password, priv_password: "
		   "password"),
		V3(AUTH "password: password, priv_password: password"),
		V3(PRIV "password: passwore, priv_password: password"),
		V3(PRIV "password: password, priv_password: passwore"),
		V3(BASE ", auth_protocol: SHA"),
		V3(BASE ", priv_protocol: AES"),
		V3(BASE ", context_name: c"),
		V3(BASE ", context_engine_id: '8000000001'"),
		V3(BASE ", engine_id: '8000000001'"),
		V3(PRIV "auth_key: '" HEX16 "', priv_password: password"),
		V3(PRIV "password: password, priv_key: '" HEX16 "'"),
		V3(BASE ", engine_id: '8000000002'"),
		V3(PRIV "engine_id: '8000000001', auth_localized_key: '" HEX16
			"', priv_password: password"),
		V3(PRIV "engine_id: '8000000001', auth_key: '" HEX16 "', priv_password: password"),
		"auths: {a: {community: u}}\n" MODULE TARGETS,
	};
	enum { N = sizeof(texts) / sizeof(texts[0]) };
	struct sn_key_cache *keys = sn_key_cache_new();
	uint64_t seen[N];

	config_files_use_keys(keys);
	for (size_t i = 0; i < N - 1; i++) {
		seen[i] = fingerprint(texts[i]);
		ck_assert_uint_eq(fingerprint(texts[i]), seen[i]);
		for (size_t k = 0; k < i; k++) {
			ck_assert_msg(seen[i] != seen[k], "%s%s", texts[i], texts[k]);
		}
	}
	unload();
	/* where a secret stands makes no difference */
	ck_assert_int_eq(setenv("SONDE_T1", "password", 1), 0);
	config_files_write("pw", "password\n");
	ck_assert_uint_eq(fingerprint(V3(PRIV "password: '${SONDE_T1}', priv_password_file: pw")),
			  seen[0]);
	unload();
	sn_key_cache_free(keys);
}
END_TEST

#define TWO(one, two)                                                                              \
	"auths:\n"                                                                                 \
	"  a: {version: 3, " PRIV "password: " one ", priv_password: password}\n"                  \
	"  b: {version: 3, " PRIV "password: " two ", priv_password: password}\n"                  \
	"  c: {version: 3, " PRIV "password: not_in_use, priv_password: not_in_use}\n" MODULE      \
	"targets:\n- static:\n"                                                                    \
	"  - {targets: [192.0.2.1], labels: {__param_auth: a}}\n"                                  \
	"  - {targets: [192.0.2.2], labels: {__param_auth: b}}\n"

START_TEST(a_password_is_hashed_once_in_a_process)
{
	struct sn_key_cache *keys = sn_key_cache_new();

	config_files_use_keys(keys);
	load(TWO("password_1", "password_2"));
	ck_assert_uint_eq(hashed, 3);
	expect_key(SN_AUTH_MD5, "password_2", cfg->targets[1]->access->user->auth_key, 16);
	load(TWO("password_1", "password_2"));
	ck_assert_uint_eq(hashed, 3);
	expect_key(SN_AUTH_MD5, "password_2", cfg->targets[1]->access->user->auth_key, 16);
	expect_key(SN_AUTH_MD5, "password", cfg->targets[1]->access->user->priv_key, 16);
	load(TWO("password_1", "password_3"));
	ck_assert_uint_eq(hashed, 4);
	/* what is gone is forgotten */
	ck_assert_uint_eq(sn_key_cache_count(keys), 3);
	load(TWO("password_1", "password_2"));
	ck_assert_uint_eq(hashed, 5);
	unload();
	sn_key_cache_free(keys);
}
END_TEST

START_TEST(a_failed_load_hashes_nothing_and_forgets_nothing)
{
	struct sn_key_cache *keys = sn_key_cache_new();

	config_files_use_keys(keys);
	load(TWO("password_1", "password_2"));
	config_files_write("sonde.yaml", TWO("password_3", "''"));
	unload();
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
	ck_assert_uint_eq(hashed, 3);
	load(TWO("password_1", "password_2"));
	ck_assert_uint_eq(hashed, 3);
	unload();
	sn_key_cache_free(keys);
}
END_TEST

START_TEST(only_what_is_polled_is_hashed)
{
	static const struct sn_config_overrides one = {.target = "192.0.2.2"};
	static const struct sn_config_overrides check = {.check = true};

	config_files_write("sonde.yaml", TWO("password_1", "password_2"));
	ck_assert_int_eq(config_files_load(&one, &cfg), SN_OK);
	ck_assert_uint_eq(hashed, 2);
	expect_key(SN_AUTH_MD5, "password_2", cfg->targets[0]->access->user->auth_key, 16);
	unload();
	ck_assert_int_eq(config_files_load(&check, &cfg), SN_OK);
	ck_assert_uint_eq(hashed, 2);
	unload();
}
END_TEST

START_TEST(a_load_without_a_cache_has_its_keys_all_the_same)
{
	const struct sn_usm_user *u = load(V3(AUTH "password: password"));

	ck_assert_uint_eq(hashed, 1);
	expect_key(SN_AUTH_MD5, "password", u->auth_key, u->auth_n);
	unload();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_user_without_more_is_a_name,
		protocols_have_snmp_exporters_defaults,
		every_word_is_its_protocol,
		what_a_level_does_not_use_is_not_looked_at,
		keys_may_be_given_as_octets,
		localized_keys_are_of_one_engine,
		secrets_come_from_the_environment_too,
		secrets_come_from_files_too,
		what_is_missing_is_an_error,
		a_key_has_one_source,
		wrong_values_are_errors_with_their_place,
		a_short_password_is_a_warning,
		an_auth_that_is_not_used_must_be_whole_but_its_secrets_need_not_be_there,
		no_message_shows_a_password_or_key,
		every_change_changes_the_fingerprint,
		a_password_is_hashed_once_in_a_process,
		a_failed_load_hashes_nothing_and_forgets_nothing,
		only_what_is_polled_is_hashed,
		a_load_without_a_cache_has_its_keys_all_the_same,
		NULL};

	return config_files_run("users", tests);
}
