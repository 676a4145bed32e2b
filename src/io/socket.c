/*
 * UDP sockets, see socket.h. Opened by the main thread, afterwards only touched by the worker that
 * owns the io.
 */
#include "io/socket.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <unistd.h>

enum {
	RCVBUF_DEFAULT = 8 << 20,
	SOCKETS_PER_FAMILY = 4,
	/* The destination address: where it begins in the IP header, and its 32-bit words (RFC 791
	   section 3.1, RFC 8200 section 3). */
	DST4 = 16,
	DST4_WORDS = 1,
	DST6 = 24,
	DST6_WORDS = 4,
	STEER_MAX = 2 + 3 * DST6_WORDS + 5, /* instructions */
};

/* 2^32 divided by the golden ratio: spreads what differs in any bits over the upper ones. */
#define STEER_FACTOR 0x9e3779b1u

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

static int switch_on(int fd, int level, int option)
{
	int one = 1;

	return setsockopt(fd, level, option, &one, sizeof(one)) ? SN_ESYS : SN_OK;
}

/* Closes a descriptor on the way out: errno stays what the failing call left. */
static void close_keeping_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* A socket without a name, or -1. */
static int new_socket(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && family == AF_INET6 && switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

/* Sizes a bound socket and gives it the next number. It is closed on error. */
static int keep(struct sn_socket_set *s, int fd, unsigned rcvbuf)
{
	unsigned granted = 0;

	if (set_rcvbuf(fd, rcvbuf, &granted)) {
		close_keeping_errno(fd);
		return SN_ESYS;
	}
	if (s->rcvbuf == 0 || granted < s->rcvbuf) {
		s->rcvbuf = granted;
	}
	s->fd[s->n4 + s->n6 + s->nl] = fd;
	return SN_OK;
}

/* A bound socket of its own in s, or the error with errno as the failing call left it. */
static int add_socket(struct sn_socket_set *s, int family, const struct sn_addr *at,
		      unsigned rcvbuf)
{
	struct sn_addr any = {.sa = {.sa_family = (sa_family_t)family}};
	const struct sn_addr *a = at->sa.sa_family ? at : &any;
	int fd = new_socket(family);

	if (fd < 0) {
		return SN_ESYS;
	}
	if (bind(fd, &a->sa, sn_addr_len(a))) {
		close_keeping_errno(fd);
		return SN_ESYS;
	}
	return keep(s, fd, rcvbuf);
}

/*
 * Deals datagrams by destination address alone: the words of the address folded into one, spread by
 * a multiplication and scaled to 0 .. share-1, the number of a socket in order of bind. While fewer
 * are bound the kernel deals by its own hash what the others would get. False: not possible here.
 */
static bool steer(int fd, int family, unsigned share)
{
	unsigned words = family == AF_INET ? DST4_WORDS : DST6_WORDS;
	int dst = SKF_NET_OFF + (family == AF_INET ? DST4 : DST6);
	struct sock_filter code[STEER_MAX];
	struct sock_fprog prog = {.len = 0, .filter = code};

	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0);
	for (unsigned i = 0; i < words; i++) {
		code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
								(uint32_t)(dst + 4 * (int)i));
		code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0);
		code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0);
	}
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, STEER_FACTOR);
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16);
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, share);
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16);
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)) == 0;
}

/* Ancillary data with the address asked, and addresses that no interface has. */
static int prepare_listener(int fd, int family)
{
	if (family == AF_INET6) {
		return switch_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) ||
		       switch_on(fd, IPPROTO_IPV6, IPV6_FREEBIND);
	}
	return switch_on(fd, IPPROTO_IP, IP_PKTINFO) || switch_on(fd, IPPROTO_IP, IP_FREEBIND);
}

static int bind_listener(int fd, struct sn_addr *at, bool shared)
{
	socklen_t len = sizeof(*at);

	if (shared && switch_on(fd, SOL_SOCKET, SO_REUSEPORT)) {
		return SN_ESYS;
	}
	return bind(fd, &at->sa, sn_addr_len(at)) || getsockname(fd, &at->sa, &len);
}

/*
 * For a port that is to be free and then shared: asked for such a one, the kernel may give out the
 * port of another program that shares it. Finds it without sharing and holds it meanwhile; the
 * descriptor is to be closed after the bind. -1: no port.
 */
static int hold_free_port(struct sn_addr *at)
{
	int fd = new_socket(at->sa.sa_family);

	if (fd < 0) {
		return -1;
	}
	if (prepare_listener(fd, at->sa.sa_family) || bind_listener(fd, at, false) ||
	    switch_on(fd, SOL_SOCKET, SO_REUSEPORT)) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

/* As add_socket, for the next socket that listens. */
static int add_listener(struct sn_socket_set *s, const struct sn_addr *want, unsigned share,
			unsigned rcvbuf)
{
	int family = want->sa.sa_family;
	struct sn_addr *at = &s->bound[s->n4 + s->n6 + s->nl];
	int held = -1;
	int fd;
	int err;

	*at = *want;
	if (share > 1 && sn_addr_port(at) == 0) {
		held = hold_free_port(at);
		if (held < 0) {
			return SN_ESYS;
		}
	}
	fd = new_socket(family);
	err = fd < 0 || prepare_listener(fd, family) || bind_listener(fd, at, share > 1);
	if (held >= 0) {
		close_keeping_errno(held);
	}
	if (err) {
		if (fd >= 0) {
			close_keeping_errno(fd);
		}
		return SN_ESYS;
	}
	s->steered = s->steered && share > 1 && steer(fd, family, share);
	return keep(s, fd, rcvbuf);
}

/* Whether a family that has n sockets is to have one more; none of it wanted is none. */
static bool wants_socket(const struct sn_socket_set *s, const struct sn_io_config *cfg, unsigned n,
			 unsigned wanted)
{
	unsigned most = wanted && cfg->sockets_max > wanted ? cfg->sockets_max : wanted;

	return n < wanted || (n < most && (uint64_t)n * s->rcvbuf < cfg->rcvbuf_family);
}

static int open_all(struct sn_socket_set *s, const struct sn_io_config *cfg)
{
	unsigned rcvbuf = cfg->rcvbuf ? cfg->rcvbuf : RCVBUF_DEFAULT;

	for (; wants_socket(s, cfg, s->n4, cfg->sockets4); s->n4++) {
		if (add_socket(s, AF_INET, &cfg->bind4, rcvbuf)) {
			return SN_ESYS;
		}
	}
	for (; wants_socket(s, cfg, s->n6, cfg->sockets6); s->n6++) {
		if (add_socket(s, AF_INET6, &cfg->bind6, rcvbuf)) {
			/* The kernel was built or started without IPv6: every target of it is
			 * unreachable. */
			if (errno != EAFNOSUPPORT) {
				return SN_ESYS;
			}
			break;
		}
	}
	s->steered = cfg->nlisten > 0;
	for (; s->nl < cfg->nlisten; s->nl++) {
		if (add_listener(s, &cfg->listen[s->nl], cfg->share_port, rcvbuf)) {
			return SN_ESYS;
		}
	}
	return SN_OK;
}

/* Whether cfg asks for what the interface allows. */
static bool is_possible(const struct sn_io_config *cfg)
{
	if (cfg->sockets4 > SOCKETS_PER_FAMILY || cfg->sockets6 > SOCKETS_PER_FAMILY ||
	    cfg->sockets_max > SOCKETS_PER_FAMILY || (cfg->sockets_max && cfg->nlisten) ||
	    cfg->nlisten > SN_IO_SOCKETS_MAX - cfg->sockets4 - cfg->sockets6 ||
	    cfg->share_port > SN_IO_SHARE_MAX) {
		return false;
	}
	for (unsigned i = 0; i < cfg->nlisten; i++) {
		int family = cfg->listen[i].sa.sa_family;

		if (family != AF_INET && family != AF_INET6) {
			return false;
		}
	}
	return (!cfg->bind4.sa.sa_family || cfg->bind4.sa.sa_family == AF_INET) &&
	       (!cfg->bind6.sa.sa_family || cfg->bind6.sa.sa_family == AF_INET6);
}

int sn_socket_open(struct sn_socket_set *s, const struct sn_io_config *cfg)
{
	int saved;
	int err;

	*s = (struct sn_socket_set){.rcvbuf = 0};
	for (unsigned i = 0; i < SN_IO_SOCKETS_MAX; i++) {
		s->fd[i] = -1;
	}
	if (!is_possible(cfg)) {
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
	s->nl = 0;
}

uint64_t sn_socket_new_drops(struct sn_socket_set *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->n4 + s->n6 + s->nl; i++) {
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
