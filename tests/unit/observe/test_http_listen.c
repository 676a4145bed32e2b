/*
 * Listening sockets from text: what is accepted, and what is said of the rest. Behaviour of
 * observe/http_listen.h.
 */
#include "observe/http_listen.h"

#include "base/addr.h"
#include "observe/http.h"
#include "support/suite.h"

#include <string.h>
#include <unistd.h>

START_TEST(a_text_is_an_address_and_a_port)
{
	static const char *const texts[] = {"127.0.0.1:0", "localhost:0", ":0", "0.0.0.0:0",
					    "127.0.0.1:00000"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char why[SN_HTTP_WHY_MAX] = "";
		struct sn_addr addr;
		socklen_t n = sizeof(addr);
		uint16_t port;
		int fd;

		ck_assert_msg(sn_http_listen(texts[i], &fd, &port, why) == SN_OK, "%s", why);
		ck_assert_int_eq(getsockname(fd, &addr.sa, &n), 0);
		ck_assert_uint_eq(sn_addr_port(&addr), port);
		ck_assert_uint_ne(port, 0);
		close(fd);
	}
}
END_TEST

START_TEST(what_is_none_is_refused_with_its_form)
{
	static const char *const texts[] = {"",
					    ":",
					    "9116",
					    "localhost",
					    "127.0.0.1",
					    "127.0.0.1:",
					    "127.0.0.1:http",
					    "127.0.0.1:-1",
					    "127.0.0.1:+1",
					    "127.0.0.1: 1",
					    "127.0.0.1:65536",
					    "127.0.0.1:99999999999999999999",
					    "::1:9116",
					    "[::1]",
					    "[::1]9116",
					    "[]:9116",
					    "::1]:9116",
					    "[::1:9116"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char why[SN_HTTP_WHY_MAX] = "";
		char expected[SN_HTTP_WHY_MAX];
		uint16_t port;
		int fd;

		snprintf(expected, sizeof(expected),
			 "cannot listen on \"%s\" (expected host:port, [IPv6]:port or :port)",
			 texts[i]);
		ck_assert_int_eq(sn_http_listen(texts[i], &fd, &port, why), SN_EINVAL);
		ck_assert_str_eq(why, expected);
	}
}
END_TEST

START_TEST(a_name_or_an_address_that_is_not_ours_is_refused)
{
	char why[SN_HTTP_WHY_MAX];
	uint16_t port;
	int fd;

	ck_assert_int_eq(sn_http_listen("192.0.2.1:0", &fd, &port, why), SN_ESYS);
	ck_assert_str_eq(why, "cannot listen on 192.0.2.1:0: Cannot assign requested address");
	ck_assert_int_eq(sn_http_listen("256.256.256.256.:0", &fd, &port, why), SN_EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "cannot listen on 256.256.256.256.:0: "));
}
END_TEST

START_TEST(a_long_text_is_refused)
{
	char text[1000];
	char why[SN_HTTP_WHY_MAX];
	uint16_t port;
	int fd;

	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 6, ":9116", 6);
	ck_assert_int_eq(sn_http_listen(text, &fd, &port, why), SN_EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_text_is_an_address_and_a_port,
				      what_is_none_is_refused_with_its_form,
				      a_name_or_an_address_that_is_not_ours_is_refused,
				      a_long_text_is_refused, NULL};

	return suite_run_tests("http_listen", tests, 0);
}
