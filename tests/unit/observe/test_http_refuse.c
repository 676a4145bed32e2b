/*
 * The HTTP server with requests that it refuses: an argument with a NUL, headers and bodies that
 * are too long, and what is no HTTP at all. Behaviour of observe/http.h.
 *
 * ctest: timeout=120
 */
#include "observe/http.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

static char hello[] = "hello\n";
static char posted[] = "posted\n";
static const struct sn_http_route routes[] = {
	{"GET", "/", client_say, hello},
	{"GET", "/echo", client_say, hello},
	{"POST", "/-/reload", client_say, posted},
};

static struct sn_http *start_with(struct sn_http_config cfg)
{
	return client_serve(cfg, routes, sizeof(routes) / sizeof(routes[0]));
}

static struct sn_http *start(void)
{
	return start_with((struct sn_http_config){0});
}

START_TEST(a_nul_in_an_argument_is_refused)
{
	struct sn_http *h = start();

	ck_assert_int_eq(client_status(h, "/echo?a=1%002", ""), 400);
	ck_assert_int_eq(client_status(h, "/echo?a%00=1", ""), 400);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
}
END_TEST

START_TEST(headers_without_end_are_refused)
{
	struct sn_http *h = start();
	char *text = malloc(SN_HTTP_HEADERS_MAX + 1000);
	struct client_reply r;
	int fd = client_open(h);

	memset(text, 'x', SN_HTTP_HEADERS_MAX + 999);
	text[SN_HTTP_HEADERS_MAX + 999] = '\0';
	client_send(fd, "GET / HTTP/1.1\r\nHost: test\r\nX-Long: ");
	client_send(fd, text);
	client_read(fd, &r, false);
	ck_assert_msg(r.status == 431 || r.status == 413, "%d", r.status);
	free(r.body);
	close(fd);
	free(text);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_body_is_dropped_and_one_that_is_too_long_refused)
{
	struct sn_http *h = start();
	char *text = malloc(SN_HTTP_BODY_MAX + 2);
	char head[128];
	struct client_reply r;
	int fd = client_open(h);

	memset(text, 'x', SN_HTTP_BODY_MAX + 1);
	text[SN_HTTP_BODY_MAX] = '\0';
	snprintf(head, sizeof(head),
		 "POST /-/reload HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n",
		 SN_HTTP_BODY_MAX);
	client_send(fd, head);
	client_send(fd, text);
	client_read(fd, &r, false);
	ck_assert_int_eq(r.status, 200);
	free(r.body);
	close(fd);
	client_ask(h, "POST", "/-/reload", "Content-Length: 65537\r\n", &r);
	ck_assert_int_eq(r.status, 413);
	free(r.body);
	/* in chunks, so that the length is not known before */
	fd = client_open(h);
	client_send(fd, "POST /-/reload HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
			"10001\r\n");
	text[SN_HTTP_BODY_MAX] = 'x';
	text[SN_HTTP_BODY_MAX + 1] = '\0';
	client_send(fd, text);
	client_send(fd, "\r\n0\r\n\r\n");
	client_await_end(fd);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	free(text);
	sn_http_stop(h);
}
END_TEST

START_TEST(what_is_no_http_is_refused)
{
	static const char *const texts[] = {"\x16\x03\x01\x02\x01\x01\x02\r\n\r\n",
					    "\r\n\r\n\r\n\r\n\r\n", "GET\r\n\r\n",
					    "GET / HTTP/9.9\r\n\r\n",
					    "GET / HTTP/1.1\r\nHost\r\n\r\n"};
	struct sn_http *h = start_with((struct sn_http_config){.timeout_s = 1});

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int fd = client_open(h);

		client_send(fd, texts[i]);
		client_await_end(fd);
	}
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_nul_in_an_argument_is_refused,
		headers_without_end_are_refused,
		a_body_is_dropped_and_one_that_is_too_long_refused,
		what_is_no_http_is_refused,
		NULL,
	};

	return suite_run_tests("http_refuse", tests, 60);
}
