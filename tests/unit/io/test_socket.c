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
		failure_leaves_nothing_open,
		drops_are_counted_once,
		names_the_errors_of_sending,
		NULL,
	};

	return suite_run_tests("socket", tests, 20);
}
