/*
 * The HTTP server with requests whose replies come later, from other threads, while their clients
 * wait, send on or go away and the server ends. Behaviour of observe/http.h.
 *
 * ctest: timeout=120
 */
#include "observe/http.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

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
static const struct sn_http_route routes[] = {
	{"GET", "/", client_say, hello},
	{"GET", "/hold", hold, NULL},
	{"GET", "/overtake", overtake, NULL},
	{"GET", "/race", race, NULL},
};

static struct sn_http *start(void)
{
	sem_init(&arrived, 0, 0);
	return client_serve((struct sn_http_config){0}, routes, sizeof(routes) / sizeof(routes[0]));
}

static void wait_for(sem_t *s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	ck_assert_int_eq(sem_timedwait(s, &until), 0);
}

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

/* A few requests from a thread of its own. */
static void *ask_much(void *arg)
{
	struct sn_http *h = arg;

	for (int i = 0; i < 25; i++) {
		struct client_reply r;

		client_ask(h, "GET", i % 3 ? "/race" : "/?a=1", "", &r);
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

int main(void)
{
	const TTest *const tests[] = {
		one_connection_carries_many_requests,
		requests_sent_at_once_are_answered_in_order,
		a_reply_comes_later_from_another_thread,
		a_reply_that_overtakes_its_handler_is_sent,
		a_client_that_goes_while_its_request_waits_does_no_harm,
		a_stop_refuses_requests_that_wait_and_drops_later_replies,
		a_stop_in_the_midst_of_replies_is_orderly,
		many_clients_at_once_all_get_their_replies,
		NULL,
	};

	return suite_run_tests("http_later", tests, 60);
}
