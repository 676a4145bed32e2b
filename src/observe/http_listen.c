/*
 * Listening sockets, see http_listen.h. Called at start, any thread.
 */
#include "observe/http_listen.h"

#include "base/addr.h"
#include "observe/http.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 128, HOST_MAX = 256 };

static const char form[] = "expected host:port, [IPv6]:port or :port";

/* Splits text into host, "" for all addresses, and port. SN_EINVAL. */
static int split(const char *text, char host[HOST_MAX], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	const char *begin = text;
	const char *end = colon;
	unsigned long value;
	char *rest;

	if (!colon || colon[1] < '0' || colon[1] > '9') {
		return SN_EINVAL;
	}
	value = strtoul(colon + 1, &rest, 10);
	if (*rest || value > UINT16_MAX) {
		return SN_EINVAL;
	}
	if (text[0] == '[') {
		if (colon < text + 3 || colon[-1] != ']') {
			return SN_EINVAL;
		}
		begin++;
		end--;
	} else if (memchr(text, ':', (size_t)(colon - text))) {
		return SN_EINVAL; /* IPv6 without brackets: where does the port begin? */
	}
	if (end - begin >= HOST_MAX) {
		return SN_EINVAL;
	}
	memcpy(host, begin, (size_t)(end - begin));
	host[end - begin] = '\0';
	*port = (uint16_t)value;
	return SN_OK;
}

/* A socket on one address, or -1 and errno. both: an IPv6 socket takes IPv4 as well. */
static int open_one(const struct sn_addr *addr, bool both)
{
	int fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int v6only = both ? 0 : 1;
	int on = 1;
	int err;

	if (fd < 0) {
		return -1;
	}
	/* a restart must not wait for the connections of the one before */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (addr->sa.sa_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) == 0) &&
	    bind(fd, &addr->sa, sn_addr_len(addr)) == 0 && listen(fd, BACKLOG) == 0) {
		return fd;
	}
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* All addresses; IPv4's where there is no IPv6. */
static int open_all(uint16_t port)
{
	struct sn_addr addr = {.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
	int fd = open_one(&addr, true);

	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		addr = (struct sn_addr){.in = {.sin_family = AF_INET, .sin_port = htons(port)}};
		fd = open_one(&addr, false);
	}
	return fd;
}

/* The first of a host's addresses. */
static int resolve(const char *host, uint16_t port, struct sn_addr *addr, const char **what)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *list;
	int rc = getaddrinfo(host, NULL, &hints, &list);

	if (rc) {
		*what = gai_strerror(rc);
		return SN_EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	if (list->ai_addrlen <= sizeof(*addr)) {
		memcpy(addr, list->ai_addr, list->ai_addrlen);
	}
	freeaddrinfo(list);
	if (addr->sa.sa_family == AF_INET) {
		addr->in.sin_port = htons(port);
	} else {
		addr->in6.sin6_port = htons(port);
	}
	return SN_OK;
}

int sn_http_listen(const char *text, int *fd, uint16_t *port, char *why)
{
	char host[HOST_MAX];
	const char *what = NULL;
	struct sn_addr addr;
	socklen_t n = sizeof(addr);

	if (split(text, host, port)) {
		snprintf(why, SN_HTTP_WHY_MAX, "cannot listen on \"%.100s\" (%s)", text, form);
		return SN_EINVAL;
	}
	if (!host[0]) {
		*fd = open_all(*port);
	} else if (resolve(host, *port, &addr, &what) == SN_OK) {
		*fd = open_one(&addr, false);
	} else {
		snprintf(why, SN_HTTP_WHY_MAX, "cannot listen on %.100s: %s", text, what);
		return SN_EINVAL;
	}
	if (*fd < 0 || getsockname(*fd, &addr.sa, &n)) {
		snprintf(why, SN_HTTP_WHY_MAX, "cannot listen on %.100s: %s", text,
			 strerror(errno));
		if (*fd >= 0) {
			close(*fd);
		}
		return SN_ESYS;
	}
	*port = sn_addr_port(&addr);
	return SN_OK;
}
