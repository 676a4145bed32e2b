/*
 * Listening sockets of the kernel back ends: asked under many local addresses, they answer from the
 * one asked; several ios share a port. Behaviour of io/io.h.
 *
 * ctest: timeout=120 link=-Wl,--wrap=sendmmsg
 */
#include "support/suite.h"
#include "unit/io/pair.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

enum { ADDRESSES = 300, ASKERS = 20, WORKERS_MAX = 3 };

static unsigned send_at_most; /* messages one sendmmsg takes; 0: all */
static bool send_stalls;      /* the next one takes none */

int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);

/* UDP over loopback never lacks room: the shortage is made here. */
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	if (send_at_most == 0) {
		return __real_sendmmsg(fd, m, n, flags);
	}
	send_stalls = !send_stalls;
	if (!send_stalls) {
		errno = EAGAIN;
		return -1;
	}
	return __real_sendmmsg(fd, m, n < send_at_most ? n : send_at_most, flags);
}

static struct sn_addr address(const char *text)
{
	struct sn_addr at;

	ck_assert_int_eq(sn_addr_parse(&at, text, 0), SN_OK);
	return at;
}

/* The i-th address of a prefix of 16 bits, with the port of a socket. */
static struct sn_addr nth(uint32_t prefix, unsigned i, const struct sn_addr *socket)
{
	struct sn_addr to = {.in = {.sin_family = AF_INET, .sin_port = socket->in.sin_port}};

	to.in.sin_addr.s_addr = htonl(prefix + 1 + i);
	return to;
}

/* a asks by one socket of each family; b listens and echoes. False: not possible here. */
static bool open_listening(int backend, const struct sn_addr *listen, unsigned n)
{
	struct sn_io_config ask = {.backend = backends[backend], .sockets4 = 1, .sockets6 = 1};
	struct sn_io_config cfg = {.backend = backends[backend], .listen = listen, .nlisten = n};

	if (!open_end(&a, &ask)) {
		return false;
	}
	if (listen[0].sa.sa_family == AF_INET6 && a.io->n6 == 0) {
		printf("skipped: no IPv6\n");
		sn_io_close(a.io);
		return false;
	}
	ck_assert(open_end(&b, &cfg));
	ck_assert_uint_eq(b.io->nl, n);
	ck_assert_uint_eq(b.io->n4 + b.io->n6, 0);
	b.echo = true;
	return true;
}

/* a asks `to`: b is told so, and its answer comes from there. */
static void ask(const struct sn_addr *to, uint32_t id)
{
	int sock = sn_io_pick_socket(a.io, to->sa.sa_family, 0);

	MUST(send_id(&a, (unsigned)sock, to, id, 64));
	MUST(sn_io_flush(a.io) == 1);
	wait_for(&b, b.got + 1);
	MUST(b.told && sn_addr_equal(&b.to, to));
	MUST(sn_io_flush(b.io) >= 0);
	wait_for(&a, a.got + 1);
	MUST(sn_addr_equal(&a.from, to));
	MUST(a.id == id && !a.told);
}

START_TEST(answers_from_the_address_asked)
{
	struct sn_addr any = address("0.0.0.0");
	struct sn_addr local;

	if (!open_listening(_i, &any, 1)) {
		return;
	}
	ck_assert_int_eq(sn_io_local(b.io, 0, &local), SN_OK);
	ck_assert_uint_ne(sn_addr_port(&local), 0);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		struct sn_addr to = nth(i % 2 ? 0x7f000000 : 0x7fcd0000, i, &local);

		ask(&to, i);
	}
	ck_assert_uint_eq(b.io->stats.rx_datagrams, ADDRESSES);
	ck_assert_uint_eq(b.io->stats.tx_datagrams, ADDRESSES);
	close_pair();
}
END_TEST

START_TEST(answers_over_ipv6_from_wildcard_and_address)
{
	struct sn_addr at[] = {address("[::]"), address("[::1]")};
	struct sn_addr to;

	if (!open_listening(_i, at, 2)) {
		return;
	}
	for (unsigned sock = 0; sock < 2; sock++) {
		to = address_of(&b, sock);
		ask(&to, sock);
		ck_assert_uint_eq(b.socks, sock ? 3 : 1);
	}
	close_pair();
}
END_TEST

START_TEST(listens_on_the_addresses_and_families_named)
{
	struct sn_addr at[] = {address("127.0.0.7"), address("127.0.0.8"), address("0.0.0.0"),
			       address("[::1]")};
	struct sn_addr to;

	if (!open_listening(_i, at, 4)) {
		return;
	}
	for (unsigned sock = 0; sock < 4; sock++) {
		ck_assert_int_eq(sn_io_local(b.io, sock, &to), SN_OK);
		ck_assert_int_eq(to.sa.sa_family, at[sock].sa.sa_family);
		if (sock < 2) {
			ck_assert_uint_eq(to.in.sin_addr.s_addr, at[sock].in.sin_addr.s_addr);
		} else {
			to = address_of(&b, sock);
		}
		ask(&to, sock);
		ck_assert_uint_eq(b.socks, (2u << sock) - 1);
	}
	close_pair();
}
END_TEST

static struct sn_addr asked[1000]; /* by id */
static unsigned wrong;		   /* answers from elsewhere */

static void on_answer(void *ctx, const struct sn_io_rx *pk)
{
	uint32_t id;

	on_rx(ctx, pk);
	memcpy(&id, pk->data.p, sizeof(id));
	wrong += !sn_addr_equal(pk->from, &asked[id]);
}

START_TEST(burst_is_answered_in_order_each_from_its_address)
{
	struct sn_io_handler h = {.ctx = &a, .rx = on_answer, .tx_error = on_tx_error};
	struct sn_addr any = address("0.0.0.0");
	struct sn_addr local;

	if (!open_listening(_i, &any, 1)) {
		return;
	}
	sn_io_set_handler(a.io, &h);
	ck_assert_int_eq(sn_io_local(b.io, 0, &local), SN_OK);
	for (uint32_t id = 0; id < 1000; id++) {
		asked[id] = nth(0x7f110000, id * 7 % 1000, &local);
		MUST(send_id(&a, 0, &asked[id], id, 64 + id % 300));
	}
	sn_io_flush(a.io);
	wait_for(&b, 1000);
	ck_assert_uint_eq(b.descents, 0);
	sn_io_flush(b.io);
	wait_for(&a, 1000);
	ck_assert_uint_eq(a.descents, 0);
	ck_assert_uint_eq(a.sum, 999 * 1000 / 2);
	ck_assert_uint_eq(wrong, 0);
	close_pair();
}
END_TEST

START_TEST(answers_that_had_to_wait_keep_their_source)
{
	struct sn_io_handler h = {.ctx = &a, .rx = on_answer, .tx_error = on_tx_error};
	struct sn_addr any = address("0.0.0.0");
	struct sn_addr foreign = address("203.0.113.1");
	struct sn_addr local;
	struct sn_addr to;

	if (!open_listening(_i, &any, 1)) {
		return;
	}
	sn_io_set_handler(a.io, &h);
	ck_assert_int_eq(sn_io_local(b.io, 0, &local), SN_OK);
	to = address_of(&a, 0);
	send_at_most = 3;
	for (uint32_t id = 0; id < 60; id++) {
		bool plain = id % 5 == 4;

		/* The kernel's own choice for loopback is 127.0.0.1. */
		asked[id] = nth(0x7f000000, plain ? 0 : id, &local);
		MUST(send_id_from(&b, 0, &to,
				  plain		? NULL
				  : id % 7 == 6 ? &foreign
						: &asked[id],
				  id, 64));
	}
	for (unsigned i = 0; i < 100 && sn_io_flush(b.io) == SN_EAGAIN; i++) {
		ck_assert_uint_le(b.io->stats.tx_datagrams, 3 * (i + 1));
	}
	ck_assert_uint_gt(b.io->stats.tx_busy, 5);
	ck_assert_uint_eq(b.io->stats.tx_datagrams + b.errors, 60);
	ck_assert_int_eq(b.error, SN_EUNREACH);
	wait_for(&a, 60 - b.errors);
	ck_assert_uint_eq(a.descents, 0);
	ck_assert_uint_eq(wrong, 0);
	close_pair();
}
END_TEST

START_TEST(source_that_is_not_ours_is_refused_and_the_others_sent)
{
	struct sn_addr any = address("0.0.0.0");
	struct sn_addr foreign = address("203.0.113.1");
	struct sn_addr ours = address("127.3.3.3");
	struct sn_addr to;

	if (!open_listening(_i, &any, 1)) {
		return;
	}
	to = address_of(&a, 0);
	ck_assert(send_id_from(&b, 0, &to, &ours, 1, 64));
	ck_assert(send_id_from(&b, 0, &to, &foreign, 2, 64));
	ck_assert(send_id_from(&b, 0, &to, &ours, 3, 64));
	ck_assert_int_eq(sn_io_flush(b.io), 2);
	ck_assert_uint_eq(b.errors, 1);
	ck_assert_uint_eq(b.error_id, 2);
	ck_assert_int_eq(b.error, SN_EUNREACH);
	wait_for(&a, 2);
	ck_assert_uint_eq(a.sum, 4);
	close_pair();
}
END_TEST

START_TEST(source_may_be_left_to_the_kernel)
{
	struct sn_addr any = address("0.0.0.0");
	struct sn_addr other = address("127.5.5.5");
	struct sn_addr one;
	struct sn_addr to;

	if (!open_listening(_i, &any, 1)) {
		return;
	}
	one = address_of(&b, 0);
	to = address_of(&a, 0);
	/* What went before from an address named leaves no trace. */
	ck_assert(send_id_from(&b, 0, &to, &other, 1, 64));
	ck_assert_int_eq(sn_io_flush(b.io), 1);
	wait_for(&a, 1);
	ck_assert_uint_eq(a.from.in.sin_addr.s_addr, other.in.sin_addr.s_addr);
	ck_assert(send_id(&b, 0, &to, 2, 64));
	ck_assert_int_eq(sn_io_flush(b.io), 1);
	wait_for(&a, 2);
	ck_assert(sn_addr_equal(&a.from, &one));
	ck_assert(send_id_from(&b, 0, &to, &any, 3, 64));
	ck_assert_int_eq(sn_io_flush(b.io), 1);
	wait_for(&a, 3);
	ck_assert(sn_addr_equal(&a.from, &one));
	close_pair();
}
END_TEST

START_TEST(one_io_may_ask_and_listen)
{
	struct sn_addr at[] = {address("0.0.0.0"), address("127.0.0.9")};
	struct sn_io_config cfg = {
		.backend = backends[_i], .sockets4 = 2, .listen = at, .nlisten = 2};
	struct sn_addr mine;
	struct sn_addr to;

	if (!open_end(&a, &cfg)) {
		return;
	}
	ck_assert(open_end(&b, &cfg));
	b.echo = true;
	ck_assert_int_eq(sn_io_pick_socket(a.io, AF_INET, 7), 1);
	/* To one of its sockets that ask, to one that listens, and to that again. */
	for (unsigned i = 0; i < 3; i++) {
		unsigned sock = i == 0 ? 1 : 2;

		to = address_of(&b, sock);
		mine = address_of(&a, 0);
		ck_assert(send_id(&a, 0, &to, i, 64));
		sn_io_flush(a.io);
		wait_for(&b, i + 1);
		ck_assert_uint_eq(b.told, sock == 2);
		ck_assert(sn_addr_equal(&b.from, &mine));
		sn_io_flush(b.io);
		wait_for(&a, i + 1);
		ck_assert(sn_addr_equal(&a.from, &to));
		ck_assert_uint_eq(a.socks, 1);
	}
	ck_assert_uint_eq(b.socks, 2 | 4);
	close_pair();
}
END_TEST

/* Of a size that only IPv6 allows, after the largest header and ancillary data. */
static void receive_huge(const char *text, size_t n)
{
	static uint8_t data[65527];
	struct sn_addr to = address_of(&b, 0);
	int fd = socket(to.sa.sa_family, SOCK_DGRAM, 0);

	b.echo = false;
	for (size_t i = 4; i < n; i++) {
		data[i] = (uint8_t)(i * 7);
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_msg(sendto(fd, data, n, 0, &to.sa, sn_addr_len(&to)) == (ssize_t)n, "%s", text);
	wait_for(&b, 1);
	ck_assert_uint_eq(b.size, n);
	ck_assert_mem_eq(b.data, data, n);
	close(fd);
}

START_TEST(largest_datagram_arrives_whole)
{
	struct sn_addr any4 = address("0.0.0.0");
	struct sn_addr any6 = address("[::]");

	if (!open_listening(_i, &any4, 1)) {
		return;
	}
	receive_huge("IPv4", SN_IO_DATAGRAM_MAX);
	close_pair();
	if (open_listening(_i, &any6, 1)) {
		receive_huge("IPv6", 65527);
		close_pair();
	}
}
END_TEST

START_TEST(drops_and_wakes_are_as_without)
{
	struct sn_addr any = address("0.0.0.0");
	struct sn_io_config cfg = {
		.backend = backends[_i], .listen = &any, .nlisten = 1, .rcvbuf = 4096};
	struct sn_addr to;

	if (!open_listening(_i, &any, 1)) {
		return;
	}
	sn_io_close(b.io);
	ck_assert(open_end(&b, &cfg));
	ck_assert_uint_eq(b.io->stats.rcvbuf, 8192);
	sn_io_wake(b.io);
	ck_assert_int_eq(sn_io_wait(b.io, SN_TIME_NEVER), 0);
	to = address_of(&b, 0);
	for (uint32_t id = 0; id < 1000; id++) {
		MUST(send_id(&a, 0, &to, id, 1000));
	}
	sn_io_flush(a.io);
	while (sn_io_wait(b.io, 0) > 0) {
	}
	sn_io_poll_drops(b.io);
	ck_assert_uint_gt(b.got, 0);
	ck_assert_uint_gt(b.io->stats.rx_drops, 900);
	ck_assert_uint_eq(b.io->stats.rx_drops + b.got, 1000);
	close_pair();
}
END_TEST

/* Ios that share a list of addresses, and who asks them. */
static struct end worker[WORKERS_MAX];
static struct end asker[ASKERS];

static bool open_workers(int backend, unsigned n, struct sn_addr *listen, unsigned nlisten)
{
	struct sn_io_config cfg = {.backend = backends[backend],
				   .listen = listen,
				   .nlisten = nlisten,
				   .share_port = n};
	struct sn_io_config ask = {.backend = SN_IO_MMSG, .sockets4 = 1, .sockets6 = 1};

	for (unsigned w = 0; w < n; w++) {
		if (!open_end(&worker[w], &cfg)) {
			return false;
		}
		for (unsigned i = 0; w == 0 && i < nlisten; i++) {
			ck_assert_int_eq(sn_io_local(worker[0].io, i, &listen[i]), SN_OK);
		}
		ck_assert(worker[w].io->stats.steered);
		worker[w].echo = true;
	}
	for (unsigned i = 0; i < ASKERS; i++) {
		ck_assert(open_end(&asker[i], &ask));
	}
	return true;
}

static void close_workers(unsigned n)
{
	for (unsigned w = 0; w < n; w++) {
		sn_io_close(worker[w].io);
	}
	for (unsigned i = 0; i < ASKERS; i++) {
		sn_io_close(asker[i].io);
	}
}

/* Everybody asks `to`; the number of the only worker that is asked. */
static unsigned asked_at(unsigned n, const struct sn_addr *to)
{
	int sock = sn_io_pick_socket(asker[0].io, to->sa.sa_family, 0);
	unsigned before[WORKERS_MAX] = {0};
	unsigned at = n;

	for (unsigned w = 0; w < n; w++) {
		before[w] = worker[w].got;
	}
	for (unsigned i = 0; i < ASKERS; i++) {
		MUST(send_id(&asker[i], (unsigned)sock, to, i, 64));
		MUST(sn_io_flush(asker[i].io) == 1);
	}
	for (unsigned w = 0; w < n; w++) {
		/* Loopback delivers inside the send: all are there. */
		while (sn_io_wait(worker[w].io, 0) > 0) {
		}
		MUST(sn_io_flush(worker[w].io) >= 0);
		if (worker[w].got == before[w]) {
			continue;
		}
		MUST(at == n && worker[w].got == before[w] + ASKERS);
		MUST(sn_addr_equal(&worker[w].to, to));
		at = w;
	}
	MUST(at < n);
	for (unsigned i = 0; i < ASKERS; i++) {
		wait_for(&asker[i], asker[i].got + 1);
		MUST(sn_addr_equal(&asker[i].from, to));
	}
	return at;
}

/* Addresses `step` apart: each is one worker's, and each worker has its share of them. */
static void check_spread(unsigned n, const struct sn_addr *socket, uint32_t prefix, unsigned step)
{
	unsigned of[WORKERS_MAX] = {0};

	for (unsigned i = 0; i < 60; i++) {
		struct sn_addr to = nth(prefix, i * step, socket);

		of[asked_at(n, &to)]++;
	}
	for (unsigned w = 0; w < n; w++) {
		ck_assert_uint_ge(of[w], 60 / n / 2);
	}
}

START_TEST(sharing_ios_each_serve_addresses_of_their_own)
{
	for (unsigned n = 2; n <= WORKERS_MAX; n++) {
		struct sn_addr any = address("0.0.0.0");

		if (!open_workers(_i, n, &any, 1)) {
			return;
		}
		check_spread(n, &any, 0x7f000000, 1);
		check_spread(n, &any, 0x7f000000, 2);
		check_spread(n, &any, 0x7f000000, 256);
		check_spread(n, &any, 0x7f000000, 1 << 17);
		close_workers(n);
	}
}
END_TEST

START_TEST(sharing_works_over_ipv6_and_on_single_addresses)
{
	struct sn_addr at[] = {address("127.0.0.77"), address("[::]"), address("[::1]")};

	if (!open_workers(_i, 2, at, 3)) {
		return;
	}
	(void)asked_at(2, &at[0]);
	at[1].in6.sin6_addr = in6addr_loopback;
	(void)asked_at(2, &at[1]);
	(void)asked_at(2, &at[2]);
	close_workers(2);
}
END_TEST

START_TEST(lone_sharer_gets_everything_until_the_others_come)
{
	struct sn_addr any = address("0.0.0.0");
	struct sn_io_config cfg = {
		.backend = backends[_i], .listen = &any, .nlisten = 1, .share_port = 5};
	struct sn_io_config ask = {.backend = SN_IO_MMSG, .sockets4 = 1};
	struct sn_addr local;

	if (!open_end(&b, &cfg)) {
		return;
	}
	ck_assert(open_end(&a, &ask));
	ck_assert_int_eq(sn_io_local(b.io, 0, &local), SN_OK);
	for (unsigned i = 0; i < 50; i++) {
		struct sn_addr to = nth(0x7f000000, i, &local);

		ck_assert(send_id(&a, 0, &to, i, 64));
	}
	sn_io_flush(a.io);
	wait_for(&b, 50);
	close_pair();
}
END_TEST

/* In a network of this process's own, where nothing leaves. False: not possible here. */
static bool enter_own_network(void)
{
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		printf("skipped: no network namespace\n");
		return false;
	}
	if (system("ip link set lo up && ip route add local 10.1.0.0/16 dev lo &&"
		   "ip -6 route add local fd00:1::/64 dev lo")) {
		printf("skipped: no ip(8), or no IPv6\n");
		return false;
	}
	return true;
}

START_TEST(serves_a_local_prefix_that_no_interface_has)
{
	struct sn_addr at[] = {address("0.0.0.0"), address("[::]"), address("10.1.0.99"),
			       address("[fd00:1::99]")};
	unsigned of[2] = {0};
	struct sn_addr to;

	if (!enter_own_network() || !open_workers(_i, 2, at, 4)) {
		return;
	}
	check_spread(2, &at[0], 0x0a010000, 3);
	(void)asked_at(2, &at[2]);
	(void)asked_at(2, &at[3]);
	for (unsigned i = 0; i < 60; i++) {
		to = address("[fd00:1::]");
		to.in6.sin6_port = at[1].in6.sin6_port;
		to.in6.sin6_addr.s6_addr[9] = (uint8_t)i;
		to.in6.sin6_addr.s6_addr[15] = 1;
		of[asked_at(2, &to)]++;
	}
	ck_assert_uint_ge(of[0], 15);
	ck_assert_uint_ge(of[1], 15);
	close_workers(2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		answers_from_the_address_asked,
		answers_over_ipv6_from_wildcard_and_address,
		listens_on_the_addresses_and_families_named,
		burst_is_answered_in_order_each_from_its_address,
		answers_that_had_to_wait_keep_their_source,
		source_that_is_not_ours_is_refused_and_the_others_sent,
		source_may_be_left_to_the_kernel,
		one_io_may_ask_and_listen,
		largest_datagram_arrives_whole,
		drops_and_wakes_are_as_without,
		sharing_ios_each_serve_addresses_of_their_own,
		sharing_works_over_ipv6_and_on_single_addresses,
		lone_sharer_gets_everything_until_the_others_come,
		serves_a_local_prefix_that_no_interface_has,
	};

	return pair_run("backends_listen", tests, sizeof(tests) / sizeof(tests[0]));
}
