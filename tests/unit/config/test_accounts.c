/*
 * Users and community of who answers: from options, from a file of auths, from both; what is
 * refused; no memory at any moment. Behaviour of config/accounts.h.
 *
 * ctest: link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "config/accounts.h"

#include "msg/v3.h"

#include "support/config_files.h"
#include "support/suite.h"

#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long left = -1;	 /* allocations that succeed yet; negative: all */
static long budget = -1; /* what load begins with */

static bool may_allocate(void)
{
	if (left == 0) {
		return false;
	}
	left -= left > 0;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return may_allocate() ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return may_allocate() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *p, size_t n)
{
	return may_allocate() ? __real_realloc(p, n) : NULL;
}

static const struct sn_accounts *loaded; /* by the last load */

/* Loads the file (NULL: none) and options, and frees what was there before. */
static int load(const char *text, const char *one, const char *other)
{
	const char *users[] = {one, other};
	const struct sn_accounts_request rq = {.path = text ? "auths.yml" : NULL,
					       .users = users,
					       .nusers = one ? other ? 2 : 1 : 0};
	int rc;

	if (text) {
		config_files_write("auths.yml", text);
	}
	config_files_clear();
	sn_accounts_free(loaded);
	left = budget;
	rc = sn_accounts_load(&rq, config_files_report, NULL, &loaded);
	left = -1;
	return rc;
}

static void unload(void)
{
	sn_accounts_free(loaded);
	loaded = NULL;
}

static const struct sn_usm_user *find(const char *name)
{
	for (uint32_t i = 0; i < loaded->nusers; i++) {
		if (sn_span_eq(loaded->users[i].name, sn_span_str(name))) {
			return &loaded->users[i];
		}
	}
	ck_abort_msg("no user %s", name);
	return NULL;
}

static void expect_key(const uint8_t *key, enum sn_auth_protocol proto, const char *password)
{
	uint8_t ku[SN_AUTH_KEY_MAX];

	ck_assert_int_eq(sn_auth_password_to_key(proto, sn_span_str(password), ku), SN_OK);
	ck_assert_mem_eq(key, ku, sn_auth_info(proto)->digest);
}

START_TEST(options_make_users_of_each_level)
{
	const struct sn_usm_user *u;

	ck_assert_int_eq(load(NULL, "full:SHA256:passwordA:AES256C:pass:word:B", "open"), SN_OK);
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_uint_eq(loaded->nusers, 2);
	ck_assert_ptr_null(loaded->community);
	u = find("full");
	ck_assert_uint_eq(u->level, SN_V3_AUTH | SN_V3_PRIV);
	ck_assert_uint_eq(u->auth, SN_AUTH_SHA256);
	ck_assert_uint_eq(u->priv, SN_PRIV_AES256C);
	expect_key(u->auth_key, SN_AUTH_SHA256, "passwordA");
	expect_key(u->priv_key, SN_AUTH_SHA256, "pass:word:B");
	ck_assert_uint_eq(find("open")->level, 0);
	ck_assert_int_eq(load(NULL, "half:MD5:passwordC", NULL), SN_OK);
	ck_assert_uint_eq(find("half")->level, SN_V3_AUTH);
	expect_key(find("half")->auth_key, SN_AUTH_MD5, "passwordC");
	unload();
}
END_TEST

START_TEST(options_take_passwords_from_the_environment)
{
	setenv("TEST_PASSWORD", "with:colons:inside", 1);
	ck_assert_int_eq(load(NULL, "u:SHA:${TEST_PASSWORD}:DES:${TEST_PASSWORD}", NULL), SN_OK);
	expect_key(find("u")->auth_key, SN_AUTH_SHA1, "with:colons:inside");
	expect_key(find("u")->priv_key, SN_AUTH_SHA1, "with:colons:inside");
	unload();
}
END_TEST

START_TEST(a_file_gives_users_and_community)
{
	ck_assert_int_eq(load("auths:\n"
			      "  a: {version: 2, community: word}\n"
			      "  b: {version: 1, community: word}\n"
			      "  c: {version: 3, username: u, security_level: authNoPriv,\n"
			      "      auth_protocol: SHA, password: passwordA}\n"
			      "  d: {version: 3, username: u, security_level: authNoPriv,\n"
			      "      auth_protocol: SHA, password: passwordA, context_name: x}\n"
			      "modules: {m: {nonsense: 1}}\n",
			      "other", NULL),
			 SN_OK);
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_str_eq(loaded->community, "word");
	ck_assert_uint_eq(loaded->nusers, 2);
	expect_key(find("u")->auth_key, SN_AUTH_SHA1, "passwordA");
	ck_assert_uint_eq(find("other")->level, 0);
	unload();
}
END_TEST

START_TEST(nothing_asked_for_is_nobody)
{
	ck_assert_int_eq(load("auths: {}\n", NULL, NULL), SN_OK);
	ck_assert_uint_eq(loaded->nusers, 0);
	ck_assert_ptr_null(loaded->community);
	ck_assert_int_eq(load("", NULL, NULL), SN_OK);
	ck_assert_uint_eq(loaded->nusers, 0);
	unload();
	sn_accounts_free(NULL);
}
END_TEST

#define FIELDS " fields (expected NAME, NAME:AUTH:PASSWORD or NAME:AUTH:PASSWORD:PRIV:PASSWORD)\n"

START_TEST(refuses_options_with_what_was_expected)
{
	static const struct {
		const char *user, *message;
	} cases[] = {
		{"a:SHA", "--user: \"a\" has 2" FIELDS},
		{"a:SHA:passwordA:AES", "--user: \"a\" has 4" FIELDS},
		{"", "--user: \"\" has 1" FIELDS},
		{":SHA:passwordA", "--user: \"\" has 3" FIELDS},
		{"a:SHA0:passwordA",
		 "--user: auths.a.auth_protocol: \"SHA0\" is not known (did you mean \"SHA\"?)\n"},
		{"a:SHA::AES:passwordB",
		 "--user: auths.a.password: the password has 0 octets (expected 1 to 1024)\n"},
		{"a:SHA:${TEST_NOT_SET}", "--user: auths.a.password: environment variable "
					  "\"TEST_NOT_SET\" is not set\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(load(NULL, cases[i].user, NULL), SN_ECONFIG);
		ck_assert_str_eq(config_files_messages(), cases[i].message);
		ck_assert_ptr_null(loaded);
	}
}
END_TEST

START_TEST(never_shows_what_may_be_a_password)
{
	ck_assert_int_eq(load(NULL, "a:SHA:sentinel:AES", NULL), SN_ECONFIG);
	ck_assert_ptr_null(strstr(config_files_messages(), "sentinel"));
}
END_TEST

#define V3(name, more)                                                                             \
	name ": {version: 3, username: u, security_level: authNoPriv, auth_protocol: SHA, " more   \
	     "}\n"

START_TEST(refuses_files_that_one_agent_cannot_be)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"auths: {a: {community: one}, b: {community: two}}\n",
		 "auths.yml:1:30: auth b has another community than those before (expected one "
		 "community in the file)\n"},
		{"auths:\n  " V3("a", "password: passwordA") "  " V3("b", "password: passwordB"),
		 "auths.yml:3:3: auth b has a user that is there already with other keys\n"},
		{"auths:\n  " V3("a", "engine_id: 8000000001020304, auth_localized_key: "
				      "000102030405060708090a0b0c0d0e0f10111213"),
		 "auths.yml:2:3: auth a has a key of one engine only (expected passwords or "
		 "master keys: every device has an engine)\n"},
		{"auths: {a: {version: 4}}\n",
		 "auths.yml:1:22: auths.a.version: \"4\" is out of range (expected 1 to 3)\n"},
		{"users: 1\n", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(load(cases[i].text, NULL, NULL), SN_ECONFIG);
		if (cases[i].message) {
			ck_assert_str_eq(config_files_messages(), cases[i].message);
		}
	}
}
END_TEST

START_TEST(refuses_a_name_that_is_in_the_file_too)
{
	ck_assert_int_eq(load("auths:\n  " V3("a", "password: passwordA"), "u:SHA:passwordB", NULL),
			 SN_ECONFIG);
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "there already with other keys"));
	ck_assert_int_eq(load("auths:\n  " V3("a", "password: passwordA"), "u:SHA:passwordA", NULL),
			 SN_OK);
	ck_assert_uint_eq(loaded->nusers, 1);
	unload();
}
END_TEST

START_TEST(says_so_when_memory_runs_out_at_any_moment)
{
	static const char text[] =
		"auths:\n  a: {community: word}\n  " V3("b", "password: passwordA");
	int rc;

	do {
		budget++;
		rc = load(text, "full:SHA:passwordC:AES:passwordD", "open");
		ck_assert(rc == SN_OK || rc == SN_ENOMEM);
	} while (rc);
	ck_assert_int_gt(budget, 5);
	ck_assert_uint_eq(loaded->nusers, 3);
	unload();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {options_make_users_of_each_level,
				      options_take_passwords_from_the_environment,
				      a_file_gives_users_and_community,
				      nothing_asked_for_is_nobody,
				      refuses_options_with_what_was_expected,
				      never_shows_what_may_be_a_password,
				      refuses_files_that_one_agent_cannot_be,
				      refuses_a_name_that_is_in_the_file_too,
				      says_so_when_memory_runs_out_at_any_moment,
				      NULL};

	return config_files_run("accounts", tests);
}
