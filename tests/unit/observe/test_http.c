/*
 * The HTTP server on loopback sockets: routes, methods, arguments, headers, replies, and where it
 * listens. Replies that come later, and its end: test_http_later.c; requests that are refused:
 * test_http_refuse.c; slow clients: test_http_watch.c; TLS: test_http_tls.c; passwords:
 * test_http_auth.c.
 *
 * ctest: timeout=120
 */
#include "observe/http.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

/* Argument by argument, in brackets. */
static void echo(void *ctx, struct sn_http_request *rq)
{
	char text[1024];
	const char *v = NULL;
	int n = snprintf(text, sizeof(text), "a=");

	(void)ctx;
	while ((v = sn_http_arg_next(rq, "a", v))) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, "[%s]", v);
	}
	n += snprintf(text + n, sizeof(text) - (size_t)n, " b=%s c=%s x=%s",
		      sn_http_arg(rq, "b") ? sn_http_arg(rq, "b") : "none",
		      sn_http_arg(rq, "c") ? sn_http_arg(rq, "c") : "none",
		      sn_http_header(rq, "x-test") ? sn_http_header(rq, "x-test") : "none");
	sn_http_reply(rq, 200, "text/plain", text, (size_t)n);
}

static void forget(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	(void)rq;
}

static void refuse(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_http_reply(rq, 503, "text/plain", NULL, 0);
}

/* 8 MiB that no two places of are alike. */
enum { LARGE = 8 << 20 };

static void large(void *ctx, struct sn_http_request *rq)
{
	uint32_t *p = malloc(LARGE);

	(void)ctx;
	for (uint32_t i = 0; i < LARGE / 4; i++) {
		p[i] = i;
	}
	sn_http_reply(rq, 200, "application/octet-stream", p, LARGE);
	free(p);
}

static char hello[] = "hello\n";
static char posted[] = "posted\n";
static const struct sn_http_route routes[] = {
	{"GET", "/", client_say, hello},     {"POST", "/-/reload", client_say, posted},
	{"GET", "/echo", echo, NULL},	     {"GET", "/forget", forget, NULL},
	{"GET", "/refuse", refuse, NULL},    {"GET", "/large", large, NULL},
	{"GET", "/both", client_say, hello}, {"POST", "/both", client_say, posted},
};

static struct sn_http *start_with(struct sn_http_config cfg)
{
	return client_serve(cfg, routes, sizeof(routes) / sizeof(routes[0]));
}

static struct sn_http *start(void)
{
	return start_with((struct sn_http_config){0});
}

START_TEST(a_route_replies_with_what_its_handler_says)
{
	struct sn_http *h = start();
	struct sn_http_stats stats;
	struct client_reply r;

	client_ask(h, "GET", "/", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	ck_assert_str_eq(client_header(&r, "Content-Type"), "text/plain; version=0.0.4");
	free(r.body);
	client_ask(h, "POST", "/-/reload", "Content-Length: 0\r\n", &r);
	ck_assert_str_eq(r.body, "posted\n");
	free(r.body);
	client_ask(h, "POST", "/both", "Content-Length: 0\r\n", &r);
	ck_assert_str_eq(r.body, "posted\n");
	free(r.body);
	client_ask(h, "GET", "/refuse", "", &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_uint_eq(r.n, 0);
	free(r.body);
	sn_http_read_stats(h, &stats);
	ck_assert_uint_eq(stats.requests, 4);
	ck_assert_uint_eq(stats.replies[2], 3);
	ck_assert_uint_eq(stats.replies[5], 1);
	ck_assert_uint_eq(stats.connections, 4);
	CLIENT_AWAIT(h, open, 0);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_path_that_is_no_route_is_not_found)
{
	static const char *const paths[] = {"/nothing", "/-/reload/", "/ECHO", "//", "/echo/x"};
	struct sn_http *h = start();

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_int_eq(client_status(h, paths[i], ""), 404);
	}
	sn_http_stop(h);
}
END_TEST

START_TEST(another_method_is_told_which_are_allowed)
{
	struct sn_http *h = start();
	struct client_reply r;

	client_ask(h, "DELETE", "/", "", &r);
	ck_assert_int_eq(r.status, 405);
	ck_assert_str_eq(client_header(&r, "Allow"), "GET, HEAD");
	free(r.body);
	client_ask(h, "GET", "/-/reload", "", &r);
	ck_assert_int_eq(r.status, 405);
	ck_assert_str_eq(client_header(&r, "Allow"), "POST");
	free(r.body);
	client_ask(h, "PUT", "/both", "Content-Length: 0\r\n", &r);
	ck_assert_int_eq(r.status, 405);
	ck_assert_str_eq(client_header(&r, "Allow"), "GET, HEAD, POST");
	free(r.body);
	sn_http_stop(h);
}
END_TEST

START_TEST(head_gets_the_headers_and_no_body)
{
	struct sn_http *h = start();
	int fd = client_open(h);
	struct client_reply r;

	client_send(fd, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
	client_read(fd, &r, true);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(client_header(&r, "Content-Length"), "6");
	free(r.body);
	/* a body would be read as the head of the next reply */
	client_send(fd, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	client_read(fd, &r, false);
	ck_assert_int_eq(r.status, 200);
	free(r.body);
	close(fd);
	sn_http_stop(h);
}
END_TEST

START_TEST(arguments_are_decoded_and_all_of_one_name_are_found)
{
	static const char *const cases[][2] = {
		{"/echo", "a= b=none c=none x=none"},
		{"/echo?a=1&b=2&a=3&c=&a=", "a=[1][3][] b=2 c= x=none"},
		{"/echo?b=%5B2001%3Adb8%3A%3A1%5D%3A161&c=a+b%2Bc",
		 "a= b=[2001:db8::1]:161 c=a b+c x=none"},
		{"/echo?a&b=x=y&A=no", "a=[] b=x=y c=none x=none"},
		{"/echo?%61=%C3%BC", "a=[\xc3\xbc] b=none c=none x=none"},
		{"/echo?&&a=1&", "a=[1] b=none c=none x=none"},
	};
	struct sn_http *h = start();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client_reply r;

		client_ask(h, "GET", cases[i][0], "", &r);
		ck_assert_str_eq(r.body, cases[i][1]);
		free(r.body);
	}
	sn_http_stop(h);
}
END_TEST

START_TEST(headers_are_found_in_any_case)
{
	struct sn_http *h = start();
	struct client_reply r;

	client_ask(h, "GET", "/echo", "X-TEST: value of it\r\n", &r);
	ck_assert_str_eq(r.body, "a= b=none c=none x=value of it");
	free(r.body);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_large_reply_arrives_whole)
{
	struct sn_http *h = start();
	struct client_reply r;

	client_ask(h, "GET", "/large", "", &r);
	ck_assert_uint_eq(r.n, LARGE);
	for (uint32_t i = 0; i < LARGE / 4; i++) {
		uint32_t v;

		memcpy(&v, r.body + 4 * (size_t)i, 4);
		suite_expect(v == i);
	}
	free(r.body);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_handler_that_forgets_its_reply_is_a_server_error)
{
	struct sn_http *h = start();

	ck_assert_int_eq(client_status(h, "/forget", ""), 500);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
}
END_TEST

START_TEST(it_listens_on_ipv6_and_on_everything)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool have6 = probe >= 0 && bind(probe, &to, sizeof(to)) == 0;
	struct sn_http *h = start_with((struct sn_http_config){.listen = ":0"});
	const char *const listens[] = {"[::1]:0", ":0"};

	close(probe);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
	for (size_t i = 0; have6 && i < 2; i++) {
		struct client_reply r;
		int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

		h = start_with((struct sn_http_config){.listen = listens[i]});
		to.sin6_port = htons(sn_http_port(h));
		ck_assert_int_eq(connect(fd, &to, sizeof(to)), 0);
		client_send(fd, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
		client_read(fd, &r, false);
		ck_assert_int_eq(r.status, 200);
		free(r.body);
		close(fd);
		sn_http_stop(h);
	}
}
END_TEST

START_TEST(an_address_in_use_is_said)
{
	struct sn_http *h = start();
	struct sn_http_config cfg = {.routes = routes, .nroutes = 1};
	char why[SN_HTTP_WHY_MAX];
	char expected[SN_HTTP_WHY_MAX];
	char listen[64];
	struct sn_http *other;

	snprintf(listen, sizeof(listen), "127.0.0.1:%u", (unsigned)sn_http_port(h));
	snprintf(expected, sizeof(expected), "cannot listen on %s: Address already in use", listen);
	cfg.listen = listen;
	ck_assert_int_eq(sn_http_start(&cfg, &other, why), SN_ESYS);
	ck_assert_str_eq(why, expected);
	sn_http_stop(h);
	/* and free again at once, though connections of it may linger */
	ck_assert_int_eq(sn_http_start(&cfg, &other, why), SN_OK);
	sn_http_stop(other);
	sn_http_stop(NULL);
}
END_TEST

START_TEST(all_replies_have_the_headers_of_the_web_configuration)
{
	const struct sn_http_extra extras[] = {{"X-Frame-Options", "deny"},
					       {"Strict-Transport-Security", "max-age=60"}};
	const struct sn_http_web web = {.extras = extras, .nextras = 2};
	struct sn_http *h = start_with((struct sn_http_config){.web = &web});
	char why[SN_HTTP_WHY_MAX];
	struct client_reply r;

	client_ask(h, "GET", "/", "", &r);
	ck_assert_str_eq(client_header(&r, "X-Frame-Options"), "deny");
	ck_assert_str_eq(client_header(&r, "Strict-Transport-Security"), "max-age=60");
	free(r.body);
	client_ask(h, "GET", "/nothing", "", &r);
	ck_assert_str_eq(client_header(&r, "X-Frame-Options"), "deny");
	free(r.body);
	ck_assert_int_eq(sn_http_set_web(h, NULL, why), SN_OK);
	client_ask(h, "GET", "/", "", &r);
	ck_assert_ptr_null(client_header(&r, "X-Frame-Options"));
	free(r.body);
	sn_http_stop(h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_route_replies_with_what_its_handler_says,
		a_path_that_is_no_route_is_not_found,
		another_method_is_told_which_are_allowed,
		head_gets_the_headers_and_no_body,
		arguments_are_decoded_and_all_of_one_name_are_found,
		headers_are_found_in_any_case,
		a_large_reply_arrives_whole,
		a_handler_that_forgets_its_reply_is_a_server_error,
		it_listens_on_ipv6_and_on_everything,
		an_address_in_use_is_said,
		all_replies_have_the_headers_of_the_web_configuration,
		NULL,
	};

	return suite_run_tests("http", tests, 60);
}
