/*
 * What a client may take of the server: connections and time. Behaviour of observe/http_watch.h and
 * of the limits of observe/http.h, over loopback, with a time-out of one second.
 *
 * ctest: timeout=120
 */
#include "observe/http.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

#include <semaphore.h>

enum { LARGE = 8 << 20 };

static void say(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_http_reply(rq, 200, "text/plain", "hello\n", 6);
}

static void large(void *ctx, struct sn_http_request *rq)
{
	char *p = calloc(LARGE, 1);

	(void)ctx;
	sn_http_reply(rq, 200, "application/octet-stream", p, LARGE);
	free(p);
}

/* A request that waits for its reply. */
static struct sn_http_request *held;
static sem_t arrived;

static void hold(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_http_suspend(rq);
	held = rq;
	sem_post(&arrived);
}

static const struct sn_http_route routes[] = {
	{"GET", "/", say, NULL},
	{"POST", "/-/reload", say, NULL},
	{"GET", "/large", large, NULL},
	{"GET", "/hold", hold, NULL},
};

static struct sn_http *start(struct sn_http_config cfg)
{
	sem_init(&arrived, 0, 0);
	return client_serve(cfg, routes, sizeof(routes) / sizeof(routes[0]));
}

START_TEST(a_connection_too_many_waits_for_its_turn)
{
	struct sn_http *h = start((struct sn_http_config){.max_connections = 2});
	int a = client_open(h);
	int b = client_open(h);
	struct client_reply r;
	struct pollfd pfd;
	int c;

	CLIENT_AWAIT(h, open, 2);
	c = client_open(h); /* into the backlog */
	client_send(c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	client_send(a, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	client_read(a, &r, false);
	ck_assert_int_eq(r.status, 200);
	free(r.body);
	pfd = (struct pollfd){.fd = c, .events = POLLIN};
	ck_assert_int_eq(poll(&pfd, 1, 100), 0);
	close(a);
	client_read(c, &r, false);
	ck_assert_int_eq(r.status, 200);
	free(r.body);
	close(b);
	close(c);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_silent_client_is_cut)
{
	struct sn_http *h = start((struct sn_http_config){.timeout_s = 1});
	int silent = client_open(h);
	int half = client_open(h);
	int body = client_open(h);

	client_send(half, "GET / HTTP/1.1\r\nHo");
	client_send(body, "POST /-/reload HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nx");
	client_await_end(silent);
	client_await_end(half);
	client_await_end(body);
	ck_assert_int_eq(client_status(h, "/", ""), 200);
	sn_http_stop(h);
}
END_TEST

/* Sends an octet every 50 ms until the server has enough. */
static void drip(int fd, const char *text)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	size_t n = strlen(text);

	for (int i = 0; i < 200; i++) {
		char c = text[(size_t)i % n];

		if (send(fd, &c, 1, MSG_NOSIGNAL) < 0 || poll(&pfd, 1, 50) != 0) {
			close(fd);
			return;
		}
	}
	ck_abort_msg("still there after ten seconds");
}

START_TEST(a_client_that_drips_is_cut)
{
	struct sn_http *h = start((struct sn_http_config){.timeout_s = 1});
	int fd = client_open(h);

	client_send(fd, "GET / HTTP/1.1\r\nX-Long: ");
	drip(fd, "x");
	CLIENT_AWAIT(h, slow, 1);
	fd = client_open(h);
	client_send(fd, "POST /-/reload HTTP/1.1\r\nHost: test\r\nContent-Length: 900\r\n\r\n");
	drip(fd, "x");
	CLIENT_AWAIT(h, slow, 2);
	CLIENT_AWAIT(h, open, 0);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_client_that_does_not_take_its_reply_is_cut)
{
	struct sn_http *h = start((struct sn_http_config){.timeout_s = 1});
	int fd = client_open(h);
	int small = 4096;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	client_send(fd, "GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
	CLIENT_AWAIT(h, replies[2], 1);
	CLIENT_AWAIT(h, open, 0);
	close(fd);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_request_that_waits_for_its_reply_has_all_the_time_it_needs)
{
	struct sn_http *h = start((struct sn_http_config){.timeout_s = 1});
	struct client_reply r;
	struct pollfd pfd;
	int fd = client_open(h);

	client_send(fd, "GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
	while (sem_wait(&arrived)) {
	}
	pfd = (struct pollfd){.fd = fd, .events = POLLIN};
	ck_assert_int_eq(poll(&pfd, 1, 3500), 0);
	sn_http_reply(held, 200, "text/plain", "late", 4);
	client_read(fd, &r, false);
	ck_assert_int_eq(r.status, 200);
	free(r.body);
	close(fd);
	sn_http_stop(h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_connection_too_many_waits_for_its_turn,
				      a_silent_client_is_cut,
				      a_client_that_drips_is_cut,
				      a_client_that_does_not_take_its_reply_is_cut,
				      a_request_that_waits_for_its_reply_has_all_the_time_it_needs,
				      NULL};

	return suite_run_tests("http_watch", tests, 60);
}
