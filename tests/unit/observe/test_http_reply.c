/*
 * Replies over sockets, packed or as they are, now and from other threads. Behaviour of
 * http_reply.c; what else becomes of replies: test_http.c, test_http_later.c; the packing alone:
 * test_http_pack.c.
 */
#include "observe/http.h"

#include "recording/unpack.h"
#include "support/suite.h"
#include "unit/observe/http_client.h"

#include <pthread.h>

enum { LARGEST = 8000000 };

/* Text of the argument's length; with octets=1 it is no text. */
static void say_long(void *ctx, struct sn_http_request *rq)
{
	const char *type = sn_http_arg(rq, "octets") ? "application/octet-stream" : "text/plain";
	const char *status = sn_http_arg(rq, "status");
	size_t n = strtoul(sn_http_arg(rq, "n"), NULL, 10);
	char *p = malloc(n + 1);

	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		p[i] = (char)('a' + i % 23);
	}
	sn_http_reply(rq, status ? (unsigned)atoi(status) : 200, type, p, n);
	free(p);
}

static void *say_long_now(void *arg)
{
	say_long(NULL, arg);
	return NULL;
}

/* Another thread for each request. */
static void late(void *ctx, struct sn_http_request *rq)
{
	pthread_t t;

	(void)ctx;
	sn_http_suspend(rq);
	suite_expect(pthread_create(&t, NULL, say_long_now, rq) == 0);
	pthread_detach(t);
}

static const struct sn_http_route routes[] = {
	{"GET", "/long", say_long, NULL},
	{"GET", "/late", late, NULL},
};

static struct sn_http *start(void)
{
	return client_serve((struct sn_http_config){0}, routes, 2);
}

/* Whether the reply is packed, and in any case the n octets of say_long. */
static bool is_packed(const struct client_reply *r, size_t n)
{
	struct sn_span body = sn_span_make(r->body, r->n);
	const char *coding = client_header(r, "Content-Encoding");
	bool packed = coding && strcmp(coding, "gzip") == 0;
	uint8_t *out = NULL;

	suite_expect(!coding || packed);
	if (packed) {
		size_t got;

		suite_expect(sn_gzip_unpack(body, LARGEST, &out, &got) == SN_OK);
		body = sn_span_make(out, got);
	}
	suite_expect(body.n == n);
	for (size_t i = 0; i < n; i++) {
		suite_expect(body.p[i] == 'a' + i % 23);
	}
	free(out);
	return packed;
}

START_TEST(text_of_some_size_is_packed_for_who_takes_gzip)
{
	static const struct {
		const char *url;
		const char *headers;
		size_t n;
		bool packed;
		bool varies;
	} cases[] = {
		{"/long?n=100000", "Accept-Encoding: gzip\r\n", 100000, true, true},
		{"/long?n=100000", "accept-encoding: br\r\nAccept-Encoding: gzip\r\n", 100000, true,
		 true},
		{"/long?n=8000000", "Accept-Encoding: gzip\r\n", 8000000, true, true},
		{"/long?n=100000", "Accept-Encoding: gzip;q=0\r\n", 100000, false, true},
		{"/long?n=100000", "", 100000, false, true},
		{"/long?n=1024", "Accept-Encoding: gzip\r\n", 1024, true, true},
		{"/long?n=1023", "Accept-Encoding: gzip\r\n", 1023, false, false},
		{"/long?n=0", "Accept-Encoding: gzip\r\n", 0, false, false},
		{"/long?n=100000&octets=1", "Accept-Encoding: gzip\r\n", 100000, false, false},
		{"/long?n=100000&status=500", "Accept-Encoding: gzip\r\n", 100000, true, true},
	};
	struct sn_http *h = start();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client_reply r;

		client_ask(h, "GET", cases[i].url, cases[i].headers, &r);
		ck_assert_int_eq(r.status, strstr(cases[i].url, "status") ? 500 : 200);
		ck_assert_msg(is_packed(&r, cases[i].n) == cases[i].packed, "%s %s", cases[i].url,
			      cases[i].headers);
		ck_assert_msg(!client_header(&r, "Vary") != cases[i].varies, "%s", cases[i].url);
		if (cases[i].varies) {
			ck_assert_str_eq(client_header(&r, "Vary"), "Accept-Encoding");
		}
		free(r.body);
	}
	sn_http_stop(h);
}
END_TEST

START_TEST(head_of_a_packed_reply_has_the_headers_of_get)
{
	static const char get[] = "GET /long?n=100000 HTTP/1.1\r\nHost: t\r\n"
				  "Accept-Encoding: gzip\r\n\r\n";
	static const char head[] = "HEAD /long?n=100000 HTTP/1.1\r\nHost: t\r\n"
				   "Accept-Encoding: gzip\r\n\r\n";
	struct sn_http *h = start();
	struct client_reply r;
	int fd = client_open(h);
	char length[512];

	client_send(fd, head);
	client_read(fd, &r, true);
	ck_assert_str_eq(client_header(&r, "Content-Encoding"), "gzip");
	ck_assert_str_eq(client_header(&r, "Vary"), "Accept-Encoding");
	snprintf(length, sizeof(length), "%s", client_header(&r, "Content-Length"));
	free(r.body);
	/* a body would be read as the head of the next reply */
	client_send(fd, get);
	client_read(fd, &r, false);
	ck_assert(is_packed(&r, 100000));
	ck_assert_str_eq(client_header(&r, "Content-Length"), length);
	free(r.body);
	close(fd);
	sn_http_stop(h);
}
END_TEST

static void *ask_packed(void *arg)
{
	for (int i = 0; i < 20; i++) {
		struct client_reply r;

		client_ask(arg, "GET", "/late?n=60000", "Accept-Encoding: gzip\r\n", &r);
		suite_expect(r.status == 200 && is_packed(&r, 60000));
		free(r.body);
	}
	return NULL;
}

START_TEST(threads_that_reply_at_once_pack_each_its_own)
{
	struct sn_http *h = start();
	pthread_t t[8];

	for (int i = 0; i < 8; i++) {
		suite_expect(pthread_create(&t[i], NULL, ask_packed, h) == 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
	}
	sn_http_stop(h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {text_of_some_size_is_packed_for_who_takes_gzip,
				      head_of_a_packed_reply_has_the_headers_of_get,
				      threads_that_reply_at_once_pack_each_its_own, NULL};

	return suite_run_tests("http_reply", tests, 60);
}
