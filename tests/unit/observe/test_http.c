/*
 * The HTTP server on loopback sockets: routes, arguments, replies now and later, clients that go
 * away or send nonsense, and its end. Slow clients: test_http_watch.c; TLS: test_http_tls.c;
 * passwords: test_http_auth.c.
 *
 * ctest: timeout=120
 */
#include "observe/http.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static void say(void *ctx, struct sn_http_request *rq)
{
	sn_http_reply(rq, 200, "text/plain; version=0.0.4", ctx, strlen(ctx));
}

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

/* Requests that wait for their reply. */
static struct sn_http_request *held[256];
static sem_t arrived;
static atomic_uint nheld;

static void hold(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_http_suspend(rq);
	held[atomic_fetch_add(&nheld, 1) % 256] = rq;
	sem_post(&arrived);
}

static void *reply_quickly(void *arg)
{
	sn_http_reply(arg, 200, "text/plain", "quick", 5);
	return NULL;
}

/* Another thread replies before the handler is back; the word that it will comes last. */
static void overtake(void *ctx, struct sn_http_request *rq)
{
	pthread_t t;

	(void)ctx;
	sn_http_suspend(rq);
	suite_expect(pthread_create(&t, NULL, reply_quickly, rq) == 0);
	pthread_join(t, NULL);
}

static void *reply_soon(void *arg)
{
	sched_yield();
	return reply_quickly(arg);
}

/* Another thread replies at any time. */
static void race(void *ctx, struct sn_http_request *rq)
{
	pthread_t t;

	(void)ctx;
	sn_http_suspend(rq);
	suite_expect(pthread_create(&t, NULL, reply_soon, rq) == 0);
	pthread_detach(t);
}

static char hello[] = "hello\n";
static char posted[] = "posted\n";
static const struct sn_http_route routes[] = {
	{"GET", "/", say, hello},	  {"POST", "/-/reload", say, posted},
	{"GET", "/echo", echo, NULL},	  {"GET", "/forget", forget, NULL},
	{"GET", "/refuse", refuse, NULL}, {"GET", "/large", large, NULL},
	{"GET", "/hold", hold, NULL},	  {"GET", "/overtake", overtake, NULL},
	{"GET", "/race", race, NULL},	  {"GET", "/both", say, hello},
	{"POST", "/both", say, posted},
};

static struct sn_http *start_with(struct sn_http_config cfg)
{
	sem_init(&arrived, 0, 0);
	return client_serve(cfg, routes, sizeof(routes) / sizeof(routes[0]));
}

static struct sn_http *start(void)
{
	return start_with((struct sn_http_config){0});
}

static void wait_for(sem_t *s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	ck_assert_int_eq(sem_timedwait(s, &until), 0);
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

START_TEST(a_nul_in_an_argument_is_refused)
{
	struct sn_http *h = start();

	ck_assert_int_eq(client_status(h, "/echo?a=1%002", ""), 400);
	ck_assert_int_eq(client_status(h, "/echo?a%00=1", ""), 400);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
}
END_TEST

START_TEST(one_connection_carries_many_requests)
{
	struct sn_http *h = start();
	struct sn_http_stats stats;
	int fd = client_open(h);

	for (int i = 0; i < 100; i++) {
		struct client_reply r;

		client_send(fd, i % 2 ? "GET /race HTTP/1.1\r\nHost: test\r\n\r\n"
				      : "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
		client_read(fd, &r, false);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, i % 2 ? "quick" : "hello\n");
		free(r.body);
	}
	sn_http_read_stats(h, &stats);
	ck_assert_uint_eq(stats.connections, 1);
	ck_assert_uint_eq(stats.open, 1);
	close(fd);
	sn_http_stop(h);
}
END_TEST

START_TEST(requests_sent_at_once_are_answered_in_order)
{
	struct sn_http *h = start();
	int fd = client_open(h);
	struct client_reply r;

	client_send(fd, "GET /overtake HTTP/1.1\r\nHost: test\r\n\r\n"
			"GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n"
			"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	client_read(fd, &r, false);
	ck_assert_str_eq(r.body, "quick");
	free(r.body);
	client_read(fd, &r, false);
	ck_assert_int_eq(r.status, 404);
	free(r.body);
	client_read(fd, &r, false);
	ck_assert_str_eq(r.body, "hello\n");
	free(r.body);
	close(fd);
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

START_TEST(a_reply_comes_later_from_another_thread)
{
	struct sn_http *h = start();
	struct client_reply r;
	int fd = client_open(h);

	client_send(fd, "GET /hold?a=1 HTTP/1.1\r\nHost: test\r\n\r\n");
	wait_for(&arrived);
	/* meanwhile others are served */
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	ck_assert_str_eq(sn_http_arg(held[0], "a"), "1");
	sn_http_reply(held[0], 200, "text/plain", "late", 4);
	client_read(fd, &r, false);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "late");
	free(r.body);
	close(fd);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_reply_that_overtakes_its_handler_is_sent)
{
	struct sn_http *h = start();
	struct client_reply r;

	client_ask(h, "GET", "/overtake", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "quick");
	free(r.body);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_client_that_goes_while_its_request_waits_does_no_harm)
{
	struct sn_http *h = start();

	for (int i = 0; i < 20; i++) {
		int fd = client_open(h);
		struct linger hard = {.l_onoff = 1, .l_linger = 0};

		client_send(fd, "GET /hold?a=1 HTTP/1.1\r\nHost: test\r\n\r\n");
		wait_for(&arrived);
		if (i % 2) {
			/* a reset in place of an orderly end */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		}
		close(fd);
		sn_http_reply(held[i], 200, "text/plain", "nobody", 6);
	}
	CLIENT_AWAIT(h, open, 0);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_stop_refuses_requests_that_wait_and_drops_later_replies)
{
	struct sn_http *h = start();
	int fds[5];

	for (int i = 0; i < 5; i++) {
		fds[i] = client_open(h);
		client_send(fds[i], "GET /hold?a=still+there HTTP/1.1\r\nHost: test\r\n\r\n");
		wait_for(&arrived);
	}
	close(fds[0]);
	sn_http_stop(h);
	for (int i = 1; i < 5; i++) {
		client_await_end(fds[i]);
	}
	for (int i = 0; i < 5; i++) {
		ck_assert_str_eq(sn_http_arg(held[i], "a"), "still there");
		sn_http_reply(held[i], 200, "text/plain", "late", 4);
	}
}
END_TEST

/* Asks until the server is gone. */
static void *ask_on(void *arg)
{
	const char *url = "GET /race HTTP/1.1\r\nHost: test\r\n\r\n";
	uint16_t port = *(const uint16_t *)arg;
	char drop[1024];

	for (;;) {
		struct sockaddr_in to = {.sin_family = AF_INET,
					 .sin_port = htons(port),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, &to, sizeof(to))) {
			close(fd);
			return NULL;
		}
		for (int i = 0; i < 10; i++) {
			if (send(fd, url, strlen(url), MSG_NOSIGNAL) < 0 ||
			    recv(fd, drop, sizeof(drop), 0) <= 0) {
				break;
			}
		}
		close(fd);
	}
}

START_TEST(a_stop_in_the_midst_of_replies_is_orderly)
{
	for (int round = 0; round < 5; round++) {
		struct sn_http *h = start();
		uint16_t port = sn_http_port(h);
		pthread_t t[4];

		for (int i = 0; i < 4; i++) {
			ck_assert_int_eq(pthread_create(&t[i], NULL, ask_on, &port), 0);
		}
		while (true) {
			struct sn_http_stats stats;

			sn_http_read_stats(h, &stats);
			if (stats.replies[2] > 50) {
				break;
			}
			poll(NULL, 0, 1);
		}
		sn_http_stop(h);
		for (int i = 0; i < 4; i++) {
			pthread_join(t[i], NULL);
		}
	}
	poll(NULL, 0, 100); /* the detached threads have done their part */
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

/* A few requests from a thread of its own. */
static void *ask_much(void *arg)
{
	struct sn_http *h = arg;

	for (int i = 0; i < 25; i++) {
		struct client_reply r;

		client_ask(h, "GET", i % 3 ? "/race" : "/echo?a=1", "", &r);
		suite_expect(r.status == 200);
		free(r.body);
	}
	return NULL;
}

START_TEST(many_clients_at_once_all_get_their_replies)
{
	struct sn_http *h = start();
	pthread_t t[8];

	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_create(&t[i], NULL, ask_much, h), 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
	}
	CLIENT_AWAIT(h, replies[2], 200);
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
	const TTest *const tests[] = {a_route_replies_with_what_its_handler_says,
				      a_path_that_is_no_route_is_not_found,
				      another_method_is_told_which_are_allowed,
				      head_gets_the_headers_and_no_body,
				      arguments_are_decoded_and_all_of_one_name_are_found,
				      headers_are_found_in_any_case,
				      a_nul_in_an_argument_is_refused,
				      one_connection_carries_many_requests,
				      requests_sent_at_once_are_answered_in_order,
				      a_large_reply_arrives_whole,
				      a_handler_that_forgets_its_reply_is_a_server_error,
				      a_reply_comes_later_from_another_thread,
				      a_reply_that_overtakes_its_handler_is_sent,
				      a_client_that_goes_while_its_request_waits_does_no_harm,
				      a_stop_refuses_requests_that_wait_and_drops_later_replies,
				      a_stop_in_the_midst_of_replies_is_orderly,
				      headers_without_end_are_refused,
				      a_body_is_dropped_and_one_that_is_too_long_refused,
				      what_is_no_http_is_refused,
				      many_clients_at_once_all_get_their_replies,
				      it_listens_on_ipv6_and_on_everything,
				      an_address_in_use_is_said,
				      all_replies_have_the_headers_of_the_web_configuration,
				      NULL};

	return suite_run_tests("http", tests, 60);
}
