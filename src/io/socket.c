/*
 * UDP sockets, see socket.h. Opened by the main thread, afterwards only touched by the worker that
 * owns the io.
 */
#include "io/socket.h"

#include <errno.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <unistd.h>

enum {
	RCVBUF_DEFAULT = 8 << 20,
	SOCKETS_PER_FAMILY = 4,
};

/*
 * The kernel doubles what is asked and caps the unprivileged request at net.core.rmem_max without a
 * word, so what was granted is read back.
 */
static int set_rcvbuf(int fd, unsigned bytes, unsigned *granted)
{
	int want = bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes;
	int got = 0;
	socklen_t len = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want))) {
		return SN_ESYS;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len)) {
		return SN_ESYS;
	}
	*granted = (unsigned)got;
	return SN_OK;
}

static int bind_socket(int fd, int family, const struct sn_addr *at)
{
	struct sn_addr any = {.sa = {.sa_family = (sa_family_t)family}};
	const struct sn_addr *a = at->sa.sa_family ? at : &any;
	int one = 1;

	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) {
		return SN_ESYS;
	}
	return bind(fd, &a->sa, sn_addr_len(a)) ? SN_ESYS : SN_OK;
}

/* A bound socket of its own in s, or the error with errno as the failing call left it. */
static int add_socket(struct sn_socket_set *s, int family, const struct sn_addr *at,
		      unsigned rcvbuf)
{
	unsigned granted = 0;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0) {
		return SN_ESYS;
	}
	if (bind_socket(fd, family, at) || set_rcvbuf(fd, rcvbuf, &granted)) {
		saved = errno;
		close(fd);
		errno = saved;
		return SN_ESYS;
	}
	if (s->rcvbuf == 0 || granted < s->rcvbuf) {
		s->rcvbuf = granted;
	}
	s->fd[s->n4 + s->n6] = fd;
	return SN_OK;
}

static int open_all(struct sn_socket_set *s, const struct sn_io_config *cfg)
{
	unsigned rcvbuf = cfg->rcvbuf ? cfg->rcvbuf : RCVBUF_DEFAULT;

	for (; s->n4 < cfg->sockets4; s->n4++) {
		if (add_socket(s, AF_INET, &cfg->bind4, rcvbuf)) {
			return SN_ESYS;
		}
	}
	for (; s->n6 < cfg->sockets6; s->n6++) {
		if (add_socket(s, AF_INET6, &cfg->bind6, rcvbuf)) {
			/* The kernel was built or started without IPv6: every target of it is
			 * unreachable. */
			return errno == EAFNOSUPPORT ? SN_OK : SN_ESYS;
		}
	}
	return SN_OK;
}

int sn_socket_open(struct sn_socket_set *s, const struct sn_io_config *cfg)
{
	int saved;
	int err;

	*s = (struct sn_socket_set){.rcvbuf = 0};
	for (unsigned i = 0; i < SN_IO_SOCKETS_MAX; i++) {
		s->fd[i] = -1;
	}
	if (cfg->sockets4 > SOCKETS_PER_FAMILY || cfg->sockets6 > SOCKETS_PER_FAMILY ||
	    (cfg->bind4.sa.sa_family && cfg->bind4.sa.sa_family != AF_INET) ||
	    (cfg->bind6.sa.sa_family && cfg->bind6.sa.sa_family != AF_INET6)) {
		return SN_EINVAL;
	}
	err = open_all(s, cfg);
	if (err) {
		saved = errno;
		sn_socket_close(s);
		errno = saved;
		return saved == EPERM || saved == EACCES ? SN_EPERM : SN_ESYS;
	}
	return SN_OK;
}

void sn_socket_close(struct sn_socket_set *s)
{
	for (unsigned i = 0; i < SN_IO_SOCKETS_MAX; i++) {
		if (s->fd[i] >= 0) {
			close(s->fd[i]);
			s->fd[i] = -1;
		}
	}
	s->n4 = 0;
	s->n6 = 0;
}

uint64_t sn_socket_new_drops(struct sn_socket_set *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->n4 + s->n6; i++) {
		uint32_t info[SK_MEMINFO_VARS] = {0};
		socklen_t len = sizeof(info);

		if (getsockopt(s->fd[i], SOL_SOCKET, SO_MEMINFO, info, &len) ||
		    len < (SK_MEMINFO_DROPS + 1) * sizeof(info[0])) {
			continue;
		}
		/* Unsigned difference: right across a wrap. */
		sum += info[SK_MEMINFO_DROPS] - s->drops[i];
		s->drops[i] = info[SK_MEMINFO_DROPS];
	}
	return sum;
}

int sn_socket_local(const struct sn_socket_set *s, unsigned sock, struct sn_addr *local)
{
	socklen_t len = sizeof(*local);

	*local = (struct sn_addr){.sa = {.sa_family = 0}};
	return getsockname(s->fd[sock], &local->sa, &len) ? SN_ESYS : SN_OK;
}

int sn_socket_error(int sys_errno)
{
	switch (sys_errno) {
	case EMSGSIZE:
		return SN_EMSGSIZE;
	case EPERM:  /* a packet filter */
	case EACCES: /* a broadcast address */
		return SN_EPERM;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
	case ECONNREFUSED:
	case EAFNOSUPPORT:
	case EINVAL: /* port 0, or a destination the bound source address cannot reach */
		return SN_EUNREACH;
	default:
		return SN_ESYS;
	}
}
