/*
 * Logins and hashes as text: behaviour of observe/http_login.h.
 */
#include "observe/http_login.h"

#include "support/suite.h"

#include <string.h>

static void expect(const char *header, const char *user, const char *password)
{
	char room[SN_HTTP_LOGIN_MAX];
	char *u;
	char *p;

	ck_assert_msg(sn_http_login_read(header, room, &u, &p), "%s", header);
	ck_assert_str_eq(u, user);
	ck_assert_str_eq(p, password);
}

START_TEST(a_login_is_user_and_password)
{
	/* RFC 7617 section 2 */
	expect("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame");
	/* section 2.1: UTF-8 */
	expect("Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3");
	expect("bAsIc   YTpi  ", "a", "b");
	expect("Basic YTpiOmM6", "a", "b:c:");
	expect("Basic Og==", "", "");
	expect("Basic YTo", "a", ""); /* padding left out */
	expect("Basic Pz8/Oj4+Pg==", "???", ">>>");
}
END_TEST

START_TEST(what_is_no_login_is_refused)
{
	static const char *const headers[] = {
		"",
		"Basic",
		"Basic ",
		"Basic\tYTpi",
		"Bearer YTpi",
		"BasicYTpi",
		"Basic YWI=", /* no colon */
		"Basic YTp*", /* no base64 */
		"Basic YTpi YTpi",
		"Basic YTpi=x",
		"Basic YTpiY",	  /* a digit too many */
		"Basic YTpiAGM=", /* a NUL */
		"Basic ADpi",
		"Basic -_8=",
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		char room[SN_HTTP_LOGIN_MAX];
		char *u;
		char *p;

		ck_assert_msg(!sn_http_login_read(headers[i], room, &u, &p), "%s", headers[i]);
	}
}
END_TEST

START_TEST(a_login_that_is_too_long_is_refused)
{
	char header[2000] = "Basic OmFh"; /* ":aa" */
	char room[SN_HTTP_LOGIN_MAX];
	bool refused = false;
	char *u;
	char *p;

	/* three octets more each time: none of them is ever lost */
	for (size_t n = 3; strlen(header) < 1900; n += 3) {
		bool ok = sn_http_login_read(header, room, &u, &p);

		ck_assert_int_eq(ok, n + 3 < SN_HTTP_LOGIN_MAX);
		if (ok) {
			ck_assert_uint_eq(strlen(p), n - 1);
		}
		refused |= !ok;
		strcat(header, "YWFh");
	}
	ck_assert(refused);
}
END_TEST

#define TAIL "abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXY"

START_TEST(a_hash_is_of_bcrypt_and_of_a_cost_that_can_be_paid)
{
	static const char *const good[] = {"$2b$04$" TAIL, "$2a$10$" TAIL, "$2y$16$" TAIL};
	static const char *const bad[] = {
		"",
		"secret",
		"$2b$10$",
		"$2b$10$" TAIL "x",
		"$2x$10$" TAIL,
		"$2c$10$" TAIL,
		"$2$010$" TAIL,
		"$1b$10$" TAIL,
		"$2b$1x$" TAIL,
		"$2b$10.$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWX",
		"$2b$10$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVW:",
		"$6$rounds=5000$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOP",
	};
	static const char *const costly[] = {"$2b$03$" TAIL, "$2b$17$" TAIL, "$2b$31$" TAIL,
					     "$2b$99$" TAIL};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_ptr_null(sn_http_login_hash_error(good[i]));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *error = sn_http_login_hash_error(bad[i]);

		ck_assert_msg(error && strstr(error, "is not a bcrypt hash"), "%s", bad[i]);
	}
	for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
		const char *error = sn_http_login_hash_error(costly[i]);

		ck_assert_msg(error && strstr(error, "cost"), "%s", costly[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_login_is_user_and_password, what_is_no_login_is_refused,
				      a_login_that_is_too_long_is_refused,
				      a_hash_is_of_bcrypt_and_of_a_cost_that_can_be_paid, NULL};

	return suite_run_tests("http_login", tests, 0);
}
