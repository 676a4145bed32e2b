/*
 * A scripted web server, see http_peer.h.
 */
#include "support/http_peer.h"

#include "support/suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MS = 20 };

/* True once there is something to read or a connection; false: it is to end. */
static bool wait_for(const struct http_peer *p, int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	while (!atomic_load(&p->stop)) {
		if (poll(&pfd, 1, LOOK_MS) > 0) {
			return true;
		}
	}
	return false;
}

/* Whether all of a request is there: up to the empty line, and what Content-Length says. */
static bool is_whole(const char *head, size_t n)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *end = strstr(head, "\r\n\r\n");
	const char *length = strstr(head, name);

	if (!end) {
		return false;
	}
	end += 4;
	return !length || length > end ||
	       (size_t)(head + n - end) >= strtoul(length + sizeof(name) - 1, NULL, 10);
}

static bool read_request(const struct http_peer *p, int fd, char *head)
{
	size_t n = 0;

	while (n + 1 < HTTP_PEER_HEAD && wait_for(p, fd)) {
		ssize_t got = read(fd, head + n, HTTP_PEER_HEAD - 1 - n);

		if (got <= 0) {
			return false;
		}
		n += (size_t)got;
		head[n] = '\0';
		if (is_whole(head, n)) {
			return true;
		}
	}
	return false;
}

static bool send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0) {
			return false;
		}
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static void answer(const struct http_peer *p, int fd, const struct http_answer *a)
{
	const char *body = a->body ? a->body : "";
	size_t n = a->n ? a->n : strlen(body);
	char head[HTTP_PEER_HEAD];
	char byte;
	int len;

	if (a->status == 0) {
		while (wait_for(p, fd) && read(fd, &byte, 1) > 0) {
		}
		return;
	}
	len = snprintf(head, sizeof(head), "HTTP/1.1 %u Test\r\nConnection: close\r\n%s", a->status,
		       a->headers ? a->headers : "");
	if (!a->endless) {
		len += snprintf(head + len, sizeof(head) - (size_t)len, "Content-Length: %zu\r\n",
				n);
	}
	len += snprintf(head + len, sizeof(head) - (size_t)len, "\r\n");
	if (!send_all(fd, head, (size_t)len)) {
		return;
	}
	while (send_all(fd, body, n) && a->endless && !atomic_load(&p->stop)) {
	}
}

/* The answer whose turn it is. */
static const struct http_answer *take_answer(struct http_peer *p)
{
	const struct http_answer *a;

	pthread_mutex_lock(&p->lock);
	a = p->answers;
	p->answers += p->n > 1;
	p->n -= p->n > 1;
	pthread_mutex_unlock(&p->lock);
	return a;
}

static void *serve(void *arg)
{
	static char spare[HTTP_PEER_HEAD];
	struct http_peer *p = arg;

	while (wait_for(p, p->fd)) {
		unsigned i = atomic_load(&p->count);
		char *head = i < HTTP_PEER_REQUESTS ? p->heads[i] : spare;
		int fd = accept(p->fd, NULL, NULL);

		if (fd >= 0 && read_request(p, fd, head)) {
			atomic_store(&p->count, i + 1);
			answer(p, fd, take_answer(p));
		}
		if (fd >= 0) {
			close(fd);
		}
	}
	return NULL;
}

void http_peer_say(struct http_peer *p, const struct http_answer *answers, unsigned n)
{
	pthread_mutex_lock(&p->lock);
	p->answers = answers;
	p->n = n;
	pthread_mutex_unlock(&p->lock);
}

struct http_peer *http_peer_start(const struct http_answer *answers, unsigned n)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
	} at = {.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	struct http_peer *p = calloc(1, sizeof(*p));
	socklen_t len = sizeof(at.in);

	ck_assert_ptr_nonnull(p);
	pthread_mutex_init(&p->lock, NULL);
	http_peer_say(p, answers, n);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(p->fd, &at.any, sizeof(at.in)), 0);
	ck_assert_int_eq(listen(p->fd, 64), 0);
	ck_assert_int_eq(getsockname(p->fd, &at.any, &len), 0);
	p->port = ntohs(at.in.sin_port);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, serve, p), 0);
	return p;
}

void http_peer_stop(struct http_peer *p)
{
	atomic_store(&p->stop, true);
	pthread_join(p->thread, NULL);
	pthread_mutex_destroy(&p->lock);
	close(p->fd);
	free(p);
}

const char *http_peer_url(const struct http_peer *p, const char *path)
{
	static char urls[4][128];
	static unsigned next;
	char *url = urls[next++ % 4];

	snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%u%s", p->port, path);
	return url;
}
