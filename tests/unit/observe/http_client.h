/*
 * A small HTTP client for the tests of the server: sockets on loopback, replies as text. Everything
 * it waits for it waits for ten seconds at most. Its checks are cheap and may fail on any thread.
 */
#ifndef TEST_UNIT_OBSERVE_HTTP_CLIENT_H
#define TEST_UNIT_OBSERVE_HTTP_CLIENT_H

#include "observe/http.h"

#include "support/suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENT_WAIT_MS = 30000, CLIENT_HEAD_MAX = 16384 };

/* A reply as it came. */
struct client_reply {
	int status;		    /* 200...; 0: the connection was closed without one */
	char head[CLIENT_HEAD_MAX]; /* status line and headers, NUL-terminated */
	char *body;		    /* heap, NUL-terminated */
	size_t n;		    /* octets of it */
};

/* A connection to the server, over IPv4. */
static inline int client_open(const struct sn_http *h)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(sn_http_port(h)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	suite_expect(fd >= 0);
	suite_expect(connect(fd, &to, sizeof(to)) == 0);
	return fd;
}

/* Sends text, all of it unless the server closes. */
static inline void client_send(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t put = send(fd, text, n, MSG_NOSIGNAL);

		if (put < 0) {
			suite_expect(errno == EPIPE || errno == ECONNRESET);
			return;
		}
		text += put;
		n -= (size_t)put;
	}
}

/* Octets that are there, or 0 at the end. */
static inline size_t client_recv(int fd, char *p, size_t n)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t got;

	suite_expect(poll(&pfd, 1, CLIENT_WAIT_MS) == 1);
	got = recv(fd, p, n, 0);
	suite_expect(got >= 0 || errno == ECONNRESET);
	return got < 0 ? 0 : (size_t)got;
}

/* The value of a header of a reply, up to the line's end; NULL: there is none. */
static inline const char *client_header(const struct client_reply *r, const char *name)
{
	static _Thread_local char value[512];
	size_t n = strlen(name);

	for (const char *s = strstr(r->head, "\r\n"); s; s = strstr(s + 2, "\r\n")) {
		if (strncasecmp(s + 2, name, n) == 0 && s[2 + n] == ':') {
			sscanf(s + 2 + n + 1, " %511[^\r]", value);
			return value;
		}
	}
	return NULL;
}

/* Reads one reply, of a length that its header tells; bare: it has no body (HEAD). */
static inline void client_read(int fd, struct client_reply *r, bool bare)
{
	size_t n = 0;
	char *end = NULL;
	const char *length;

	memset(r, 0, sizeof(*r));
	/* octet by octet, so that nothing of the body or of the next reply is taken */
	while (!end && n < sizeof(r->head) - 1 && client_recv(fd, r->head + n, 1) == 1) {
		r->head[++n] = '\0';
		end = n >= 4 ? strstr(r->head + n - 4, "\r\n\r\n") : NULL;
	}
	if (!end) {
		return;
	}
	suite_expect(sscanf(r->head, "HTTP/1.1 %d", &r->status) == 1);
	length = client_header(r, "Content-Length");
	suite_expect(length != NULL);
	n = bare ? 0 : strtoul(length, NULL, 10);
	r->body = calloc(n + 1, 1);
	suite_expect(r->body != NULL);
	while (r->n < n) {
		size_t got = client_recv(fd, r->body + r->n, n - r->n);

		suite_expect(got > 0);
		r->n += got;
	}
}

/* One request on a connection of its own; headers: lines, each with its end. The body is to be
 * freed. */
static inline void client_ask(const struct sn_http *h, const char *method, const char *url,
			      const char *headers, struct client_reply *r)
{
	char text[8192];
	int fd = client_open(h);

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n", method, url,
		 headers);
	client_send(fd, text);
	client_read(fd, r, strcmp(method, "HEAD") == 0);
	close(fd);
}

/* The same with GET, for its status alone. */
static inline int client_status(const struct sn_http *h, const char *url, const char *headers)
{
	struct client_reply r;

	client_ask(h, "GET", url, headers, &r);
	free(r.body);
	return r.status;
}

/* Waits until the server has closed the connection; what it says before that is dropped. */
static inline void client_await_end(int fd)
{
	char drop[4096];

	while (client_recv(fd, drop, sizeof(drop)) > 0) {
	}
	close(fd);
}

/* A handler that replies with its context, a text. */
static inline void client_say(void *ctx, struct sn_http_request *rq)
{
	sn_http_reply(rq, 200, "text/plain; version=0.0.4", ctx, strlen(ctx));
}

/* A server with these routes; the address is any port of loopback unless cfg has one. */
static inline struct sn_http *client_serve(struct sn_http_config cfg,
					   const struct sn_http_route *routes, unsigned nroutes)
{
	char why[SN_HTTP_WHY_MAX] = "";
	struct sn_http *h;
	int rc;

	cfg.listen = cfg.listen ? cfg.listen : "127.0.0.1:0";
	cfg.routes = routes;
	cfg.nroutes = nroutes;
	rc = sn_http_start(&cfg, &h, why);
	ck_assert_msg(rc == SN_OK, "%s", why);
	ck_assert_uint_ne(sn_http_port(h), 0);
	return h;
}

/* Waits until a number of the server's has become what it should. */
#define CLIENT_AWAIT(h, field, value)                                                              \
	do {                                                                                       \
		struct sn_http_stats stats_;                                                       \
		for (int tries_ = 0; tries_ < CLIENT_WAIT_MS / 10; tries_++) {                     \
			sn_http_read_stats(h, &stats_);                                            \
			if (stats_.field == (value)) {                                             \
				break;                                                             \
			}                                                                          \
			poll(NULL, 0, 10);                                                         \
		}                                                                                  \
		ck_assert_uint_eq(stats_.field, value);                                            \
	} while (0)

#endif
