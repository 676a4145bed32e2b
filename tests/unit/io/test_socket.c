/*
 * Sockets: numbering, buffers granted, hosts without IPv6, drops, error names. Behaviour of
 * io/socket.h.
 */
#include "io/socket.h"

#include "support/suite.h"
#include "unit/io/deny.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

static struct sn_addr loopback(uint16_t port_be)
{
	struct sn_addr a = {.in = {.sin_family = AF_INET, .sin_port = port_be}};

	a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

START_TEST(opens_ipv4_first_then_ipv6_each_on_its_own_port)
{
	struct sn_io_config cfg = {.sockets4 = 2, .sockets6 = 1};
	struct sn_socket_set s;
	struct sn_addr a[3];

	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_uint_eq(s.n4, 2);
	if (s.n6 == 0) {
		printf("skipped in part: no IPv6\n");
	}
	for (unsigned i = 0; i < s.n4 + s.n6; i++) {
		ck_assert_int_eq(sn_socket_local(&s, i, &a[i]), SN_OK);
		ck_assert_int_eq(a[i].sa.sa_family, i < 2 ? AF_INET : AF_INET6);
		ck_assert_uint_ne(sn_addr_port(&a[i]), 0);
		ck_assert_int_ne(fcntl(s.fd[i], F_GETFL) & O_NONBLOCK, 0);
		ck_assert_int_ne(fcntl(s.fd[i], F_GETFD) & FD_CLOEXEC, 0);
	}
	ck_assert_uint_ne(sn_addr_port(&a[0]), sn_addr_port(&a[1]));
	sn_socket_close(&s);
	ck_assert_int_eq(s.fd[0], -1);
}
END_TEST

START_TEST(ipv6_sockets_do_not_take_ipv4)
{
	struct sn_io_config cfg = {.sockets6 = 1};
	struct sn_socket_set s;
	socklen_t len = sizeof(int);
	int only = 0;

	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	if (s.n6) {
		ck_assert_int_eq(getsockopt(s.fd[0], IPPROTO_IPV6, IPV6_V6ONLY, &only, &len), 0);
		ck_assert_int_eq(only, 1);
	}
	sn_socket_close(&s);
}
END_TEST

START_TEST(binds_to_the_source_address_asked)
{
	struct sn_io_config cfg = {.sockets4 = 1};
	struct sn_socket_set s;
	struct sn_addr a;

	ck_assert_int_eq(sn_addr_parse(&cfg.bind4, "127.9.8.7", 0), SN_OK);
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_int_eq(sn_socket_local(&s, 0, &a), SN_OK);
	ck_assert_uint_eq(a.in.sin_addr.s_addr, inet_addr("127.9.8.7"));
	sn_socket_close(&s);
}
END_TEST

START_TEST(reports_the_smallest_buffer_granted)
{
	struct sn_io_config cfg = {.sockets4 = 2, .rcvbuf = 100000};
	struct sn_socket_set s;
	socklen_t len = sizeof(int);
	int got = 0;

	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_int_eq(getsockopt(s.fd[0], SOL_SOCKET, SO_RCVBUF, &got, &len), 0);
	ck_assert_uint_eq(s.rcvbuf, (unsigned)got);
	ck_assert_uint_eq(s.rcvbuf, 200000);
	sn_socket_close(&s);
}
END_TEST

static int open_without_ipv6(void *arg)
{
	struct sn_io_config cfg = {.sockets4 = 1, .sockets6 = 2};
	struct sn_socket_set s;
	int err = sn_socket_open(&s, &cfg);

	(void)arg;
	return err == SN_OK && s.n4 == 1 && s.n6 == 0 ? 0 : 1;
}

START_TEST(host_without_ipv6_is_no_error)
{
	struct deny d = {.number = __NR_socket, .arg = 0, .value = AF_INET6, .error = EAFNOSUPPORT};
	int got = deny_run(&d, open_without_ipv6, NULL);

	ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
}
END_TEST

static int open_without_privilege(void *arg)
{
	struct sn_io_config cfg = {.sockets4 = 1, .rcvbuf = 1u << 30};
	struct sn_socket_set s;
	int err = sn_socket_open(&s, &cfg);

	(void)arg;
	/* net.core.rmem_max, doubled: something, but not what was asked. */
	return err == SN_OK && s.rcvbuf > 0 && s.rcvbuf < 1u << 30 ? 0 : 1;
}

static int open_more_without_privilege(void *arg)
{
	struct sn_io_config cfg = {.sockets4 = 1,
				   .sockets_max = 3,
				   .rcvbuf = 1u << 30,
				   .rcvbuf_family = UINT64_C(1) << 40};
	struct sn_socket_set s;
	int err = sn_socket_open(&s, &cfg);

	(void)arg;
	return err == SN_OK && s.n4 == 3 && s.n6 == 0 ? 0 : 1;
}

START_TEST(opens_more_sockets_where_one_is_granted_too_little)
{
	struct deny d = {
		.number = __NR_setsockopt, .arg = 2, .value = SO_RCVBUFFORCE, .error = EPERM};
	int got = deny_run(&d, open_more_without_privilege, NULL);

	ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
}
END_TEST

START_TEST(opens_no_more_sockets_than_it_takes)
{
	struct sn_io_config cfg = {
		.sockets4 = 1, .sockets_max = 4, .rcvbuf = 100000, .rcvbuf_family = 500000};
	struct sn_socket_set s;

	/* 200,000 each */
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_uint_eq(s.n4, 3);
	ck_assert_uint_eq(s.n6, 0);
	sn_socket_close(&s);
	cfg.rcvbuf_family = 200000;
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_uint_eq(s.n4, 1);
	sn_socket_close(&s);
	cfg.sockets_max = 5;
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_EINVAL);
}
END_TEST

START_TEST(takes_what_is_granted_without_privilege)
{
	struct deny d = {
		.number = __NR_setsockopt, .arg = 2, .value = SO_RCVBUFFORCE, .error = EPERM};
	int got = deny_run(&d, open_without_privilege, NULL);

	ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
}
END_TEST

static int open_unbindable(void *arg)
{
	struct sn_io_config cfg = {.sockets4 = 1};
	struct sn_socket_set s;
	int err = sn_socket_open(&s, &cfg);

	(void)arg;
	return err == SN_EPERM && errno == EACCES && s.n4 == 0 && s.fd[0] == -1 ? 0 : 1;
}

START_TEST(failure_leaves_nothing_open)
{
	struct deny d = {.number = __NR_bind, .arg = -1, .error = EACCES};
	int got = deny_run(&d, open_unbindable, NULL);

	ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
}
END_TEST

/* Descriptors this process has open. */
static unsigned open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++) {
		n += fcntl(fd, F_GETFD) >= 0;
	}
	return n;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

START_TEST(listening_sockets_follow_those_that_ask)
{
	struct sn_addr at[2];
	struct sn_io_config cfg = {.sockets4 = 1, .listen = at, .nlisten = 2};
	struct sn_socket_set s;
	struct sn_addr a;

	ck_assert_int_eq(sn_addr_parse(&at[0], "127.0.0.9", 0), SN_OK);
	ck_assert_int_eq(sn_addr_parse(&at[1], "0.0.0.0", 0), SN_OK);
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_uint_eq(s.n4, 1);
	ck_assert_uint_eq(s.n6, 0);
	ck_assert_uint_eq(s.nl, 2);
	ck_assert(!s.steered);
	ck_assert_int_eq(option(s.fd[0], IPPROTO_IP, IP_PKTINFO), 0);
	for (unsigned i = 1; i < 3; i++) {
		ck_assert_int_eq(sn_socket_local(&s, i, &a), SN_OK);
		ck_assert(sn_addr_equal(&s.bound[i], &a));
		ck_assert_uint_ne(sn_addr_port(&a), 0);
		ck_assert_uint_eq(a.in.sin_addr.s_addr, at[i - 1].in.sin_addr.s_addr);
		ck_assert_uint_eq(sn_addr_port(&at[i - 1]), 0);
		ck_assert_int_eq(option(s.fd[i], IPPROTO_IP, IP_PKTINFO), 1);
		ck_assert_int_eq(option(s.fd[i], SOL_SOCKET, SO_REUSEPORT), 0);
		ck_assert_int_ne(fcntl(s.fd[i], F_GETFL) & O_NONBLOCK, 0);
		ck_assert_int_ne(fcntl(s.fd[i], F_GETFD) & FD_CLOEXEC, 0);
	}
	sn_socket_close(&s);
	ck_assert_uint_eq(s.nl, 0);
}
END_TEST

START_TEST(refuses_to_listen_on_what_cannot_be)
{
	static struct sn_addr at[SN_IO_SOCKETS_MAX + 1];
	struct sn_io_config many = {.listen = at, .nlisten = SN_IO_SOCKETS_MAX + 1};
	struct sn_io_config together = {.sockets4 = 4, .sockets6 = 1, .listen = at, .nlisten = 4};
	struct sn_io_config share = {.listen = at, .nlisten = 1, .share_port = SN_IO_SHARE_MAX + 1};
	struct sn_io_config family = {.listen = at, .nlisten = 2};
	unsigned before = open_descriptors();
	struct sn_socket_set s;

	for (unsigned i = 0; i <= SN_IO_SOCKETS_MAX; i++) {
		at[i] = loopback(0);
	}
	ck_assert_int_eq(sn_socket_open(&s, &many), SN_EINVAL);
	ck_assert_int_eq(sn_socket_open(&s, &together), SN_EINVAL);
	ck_assert_int_eq(sn_socket_open(&s, &share), SN_EINVAL);
	together.nlisten = 3;
	ck_assert_int_eq(sn_socket_open(&s, &together), SN_OK);
	sn_socket_close(&s);
	at[1].sa.sa_family = AF_UNSPEC;
	ck_assert_int_eq(sn_socket_open(&s, &family), SN_EINVAL);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

START_TEST(port_in_use_is_an_error_unless_both_share_it)
{
	struct sn_addr at = loopback(0);
	struct sn_io_config cfg = {.listen = &at, .nlisten = 1};
	unsigned before = open_descriptors();
	struct sn_socket_set first;
	struct sn_socket_set s;

	ck_assert_int_eq(sn_socket_open(&first, &cfg), SN_OK);
	at = first.bound[0];
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_ESYS);
	ck_assert_int_eq(errno, EADDRINUSE);
	cfg.share_port = 2;
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_ESYS);
	ck_assert_int_eq(errno, EADDRINUSE);
	sn_socket_close(&first);
	ck_assert_int_eq(sn_socket_open(&first, &cfg), SN_OK);
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert(first.steered && s.steered);
	sn_socket_close(&first);
	sn_socket_close(&s);
	at.in.sin_port = 0;
	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_uint_ne(sn_addr_port(&s.bound[0]), 0);
	ck_assert_uint_eq(open_descriptors(), before + 1);
	sn_socket_close(&s);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

/* 0: sharing works without steering and leaves nothing open. */
static int share_unsteered(void *arg)
{
	struct sn_addr at = loopback(0);
	struct sn_io_config cfg = {.listen = &at, .nlisten = 1, .share_port = 2};
	struct sn_socket_set s[2];

	(void)arg;
	if (sn_socket_open(&s[0], &cfg)) {
		return 1;
	}
	at = s[0].bound[0];
	if (sn_socket_open(&s[1], &cfg)) {
		return 2;
	}
	return s[0].steered || s[1].steered ? 3 : 0;
}

START_TEST(sharing_without_steering_says_so)
{
	struct deny d = {.number = __NR_setsockopt,
			 .arg = 2,
			 .value = SO_ATTACH_REUSEPORT_CBPF,
			 .error = EPERM};
	int got = deny_run(&d, share_unsteered, NULL);

	ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
}
END_TEST

/* 0: the failed open closed everything and kept errno. arg: share_port. */
static int listen_refused(void *arg)
{
	struct sn_addr at = loopback(0);
	struct sn_io_config cfg = {
		.sockets4 = 1, .listen = &at, .nlisten = 1, .share_port = *(const unsigned *)arg};
	unsigned before = open_descriptors();
	struct sn_socket_set s;

	if (sn_socket_open(&s, &cfg) != SN_ESYS || errno != ENOPROTOOPT) {
		return 1;
	}
	return open_descriptors() == before && s.nl == 0 ? 0 : 2;
}

START_TEST(refused_options_of_listening_leave_nothing_open)
{
	static const uint32_t options[] = {IP_PKTINFO, IP_FREEBIND, SO_REUSEPORT};
	unsigned share[] = {0, 2};

	for (unsigned i = 0; i < 3; i++) {
		struct deny d = {.number = __NR_setsockopt,
				 .arg = 2,
				 .value = options[i],
				 .error = ENOPROTOOPT};

		for (unsigned k = options[i] == SO_REUSEPORT ? 1 : 0; k < 2; k++) {
			int got = deny_run(&d, listen_refused, &share[k]);

			ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
		}
	}
}
END_TEST

static int listen_without_ipv6(void *arg)
{
	struct sn_addr at = {.in6 = {.sin6_family = AF_INET6}};
	struct sn_io_config cfg = {.listen = &at, .nlisten = 1, .share_port = 2};
	struct sn_socket_set s;

	(void)arg;
	return sn_socket_open(&s, &cfg) == SN_ESYS && errno == EAFNOSUPPORT ? 0 : 1;
}

START_TEST(listening_over_ipv6_needs_ipv6)
{
	struct deny d = {.number = __NR_socket, .arg = 0, .value = AF_INET6, .error = EAFNOSUPPORT};
	int got = deny_run(&d, listen_without_ipv6, NULL);

	ck_assert(got == 0 || got == DENY_CHILD_UNAVAILABLE);
}
END_TEST

START_TEST(drops_are_counted_once)
{
	struct sn_io_config cfg = {.sockets4 = 2, .rcvbuf = 4096};
	static const char text[1000];
	struct sn_socket_set s;
	struct sn_addr to;
	unsigned arrived = 0;

	ck_assert_int_eq(sn_socket_open(&s, &cfg), SN_OK);
	ck_assert_int_eq(sn_socket_local(&s, 0, &to), SN_OK);
	to = loopback(to.in.sin_port);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_int_eq(sendto(s.fd[1], text, sizeof(text), 0, &to.sa, sn_addr_len(&to)),
				 sizeof(text));
	}
	while (recv(s.fd[0], NULL, 0, MSG_DONTWAIT) == 0) {
		arrived++;
	}
	ck_assert_uint_lt(arrived, 100);
	ck_assert_uint_eq(sn_socket_new_drops(&s) + arrived, 100);
	ck_assert_uint_eq(sn_socket_new_drops(&s), 0);
	sn_socket_close(&s);
}
END_TEST

START_TEST(names_the_errors_of_sending)
{
	static const struct {
		int sys; /* errno */
		int err; /* our name */
	} rows[] = {
		{EMSGSIZE, SN_EMSGSIZE},    {EPERM, SN_EPERM},		 {EACCES, SN_EPERM},
		{ENETUNREACH, SN_EUNREACH}, {EHOSTUNREACH, SN_EUNREACH}, {ENETDOWN, SN_EUNREACH},
		{EINVAL, SN_EUNREACH},	    {EAFNOSUPPORT, SN_EUNREACH}, {EBADF, SN_ESYS},
		{EFAULT, SN_ESYS},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(sn_socket_error(rows[i].sys), rows[i].err);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		opens_ipv4_first_then_ipv6_each_on_its_own_port,
		ipv6_sockets_do_not_take_ipv4,
		binds_to_the_source_address_asked,
		reports_the_smallest_buffer_granted,
		host_without_ipv6_is_no_error,
		takes_what_is_granted_without_privilege,
		opens_more_sockets_where_one_is_granted_too_little,
		opens_no_more_sockets_than_it_takes,
		failure_leaves_nothing_open,
		listening_sockets_follow_those_that_ask,
		refuses_to_listen_on_what_cannot_be,
		port_in_use_is_an_error_unless_both_share_it,
		sharing_without_steering_says_so,
		refused_options_of_listening_leave_nothing_open,
		listening_over_ipv6_needs_ipv6,
		drops_are_counted_once,
		names_the_errors_of_sending,
		NULL,
	};

	return suite_run_tests("socket", tests, 20);
}
