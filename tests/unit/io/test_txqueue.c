/*
 * The send queue against real sockets. Local datagram sockets stand in for a slow network: unlike
 * UDP over loopback they refuse what their receiver has no room for. Behaviour of io/txqueue.h.
 */
#include "io/txqueue.h"

#include "support/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

enum { NAME_LEN = 16 - offsetof(struct sockaddr_un, sun_path) };

/* Two sending sockets, two receiving ones, the queue between them. */
static struct {
	struct sn_io io;	  /* statistics and handler */
	struct sn_txqueue *q;	  /* under test */
	int tx[2];		  /* sockets 0 and 1 of the queue */
	int rx[2];		  /* where to[0] and to[1] lead */
	struct sn_addr to[2];	  /* destinations */
	unsigned errors;	  /* tx_error calls */
	uint32_t error_ids[4000]; /* of these */
	int last_error;		  /* of the last */
	unsigned resend;	  /* datagrams tx_error may still send */
	bool resend_good;	  /* these are deliverable */
	unsigned depth;		  /* tx_error calls one inside the other */
} t;

static struct sn_addr unix_name(const char *role, unsigned i)
{
	struct sn_addr a;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char name[NAME_LEN + 1];

	/* Abstract, and as long as an IPv4 address: this is what sn_addr_len says of other
	 * families. */
	name[0] = '\0';
	snprintf(name + 1, sizeof(name) - 1, "%s%u.%08u", role, i, (unsigned)getpid() % 100000000);
	memcpy(un.sun_path, name, NAME_LEN);
	memcpy(&a, &un, 16);
	return a;
}

static void on_tx_error(void *ctx, uint32_t id, int err);

static void start(int family)
{
	static const int small = 1; /* the kernel makes it its minimum: room for a few datagrams */

	memset(&t, 0, sizeof(t));
	for (unsigned i = 0; i < 2; i++) {
		struct sn_addr a = {.in = {.sin_family = AF_INET}};
		socklen_t len = sizeof(a);

		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		t.to[i] = family == AF_UNIX ? unix_name("rx", i) : a;
		t.tx[i] = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		t.rx[i] = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		ck_assert_int_eq(bind(t.rx[i], &t.to[i].sa, 16), 0);
		if (family == AF_UNIX) {
			ck_assert_int_eq(setsockopt(t.tx[i], SOL_SOCKET, SO_SNDBUF, &small,
						    sizeof(small)),
					 0);
		} else {
			ck_assert_int_eq(getsockname(t.rx[i], &t.to[i].sa, &len), 0);
		}
	}
	t.io.n4 = 2;
	t.io.handler.tx_error = on_tx_error;
	t.io.handler.ctx = &t;
	ck_assert_int_eq(sn_txqueue_new(&t.q, &t.io, t.tx), SN_OK);
}

static void stop(void)
{
	sn_txqueue_free(t.q);
	for (unsigned i = 0; i < 2; i++) {
		close(t.tx[i]);
		close(t.rx[i]);
	}
}

/* Queues a datagram that holds its id; false: the queue gives no memory. */
static bool queue_to(unsigned sock, const struct sn_addr *to, uint32_t id)
{
	uint8_t *p = sn_txqueue_reserve(t.q, 100);

	if (!p) {
		return false;
	}
	memset(p, (int)id, 100);
	memcpy(p, &id, sizeof(id));
	sn_txqueue_commit(t.q, sock, to, sn_span_make(p, 20 + id % 80), id);
	return true;
}

static struct sn_addr broadcast(void)
{
	struct sn_addr a = {.in = {.sin_family = AF_INET, .sin_port = htons(9)}};

	a.in.sin_addr.s_addr = inet_addr("127.255.255.255");
	return a;
}

static void on_tx_error(void *ctx, uint32_t id, int err)
{
	struct sn_addr nowhere = broadcast();

	ck_assert_ptr_eq(ctx, &t);
	ck_assert_uint_eq(t.depth, 0);
	t.depth++;
	t.error_ids[t.errors++] = id;
	t.last_error = err;
	if (t.resend) {
		t.resend--;
		ck_assert(queue_to(0, t.resend_good ? &t.to[0] : &nowhere, id + 1000));
		(void)sn_txqueue_flush(t.q);
		sn_txqueue_report(t.q);
	}
	t.depth--;
}

/* The next datagram at a receiver; its id, or -1 when there is none. Checks its contents. */
static int64_t receive(unsigned i)
{
	uint8_t buf[2000];
	ssize_t n = recv(t.rx[i], buf, sizeof(buf), MSG_DONTWAIT);
	uint32_t id;

	if (n < 0) {
		return -1;
	}
	memcpy(&id, buf, sizeof(id));
	ck_assert_int_eq(n, 20 + id % 80);
	for (ssize_t k = 4; k < n; k++) {
		ck_assert_uint_eq(buf[k], id & 0xff);
	}
	return id;
}

START_TEST(sends_each_socket_in_order_of_commit)
{
	start(AF_INET);
	for (uint32_t id = 0; id < 60; id++) {
		ck_assert(queue_to(id % 2, &t.to[id % 2], id));
	}
	ck_assert_int_eq(receive(0), -1);
	ck_assert_uint_eq(sn_txqueue_pending(t.q), 60);
	ck_assert_int_eq(sn_txqueue_flush(t.q), 60);
	for (uint32_t id = 0; id < 60; id++) {
		ck_assert_int_eq(receive(id % 2), id);
	}
	ck_assert_uint_eq(sn_txqueue_pending(t.q), 0);
	ck_assert_uint_eq(t.io.stats.tx_datagrams, 60);
	ck_assert_uint_eq(t.io.stats.tx_bytes, 60 * 20 + 59 * 60 / 2);
	ck_assert_int_eq(sn_txqueue_flush(t.q), 0);
	stop();
}
END_TEST

START_TEST(source_is_the_socket_named)
{
	struct sn_addr from;
	struct sn_addr want;
	socklen_t len = sizeof(from);
	uint8_t buf[100];

	start(AF_INET);
	ck_assert(queue_to(1, &t.to[0], 5));
	ck_assert_int_eq(sn_txqueue_flush(t.q), 1);
	ck_assert_int_eq(recvfrom(t.rx[0], buf, 100, 0, &from.sa, &len), 25);
	len = sizeof(want);
	ck_assert_int_eq(getsockname(t.tx[1], &want.sa, &len), 0);
	ck_assert_uint_eq(from.in.sin_port, want.in.sin_port);
	stop();
}
END_TEST

START_TEST(full_batch_flushes_itself)
{
	start(AF_INET);
	for (uint32_t id = 0; id < SN_IO_BATCH; id++) {
		ck_assert(queue_to(0, &t.to[0], id));
	}
	ck_assert_int_eq(receive(0), -1);
	ck_assert(queue_to(0, &t.to[0], SN_IO_BATCH));
	for (uint32_t id = 0; id < SN_IO_BATCH; id++) {
		ck_assert_int_eq(receive(0), id);
	}
	ck_assert_int_eq(receive(0), -1);
	ck_assert_uint_eq(sn_txqueue_pending(t.q), 1);
	stop();
}
END_TEST

START_TEST(large_reservations_flush_sooner)
{
	unsigned n = 0;

	start(AF_INET);
	while (t.io.stats.tx_datagrams == 0) {
		uint8_t *p = sn_txqueue_reserve(t.q, SN_IO_DATAGRAM_MAX);

		ck_assert_ptr_nonnull(p);
		memset(p, 1, SN_IO_DATAGRAM_MAX);
		sn_txqueue_commit(t.q, 0, &t.to[0], sn_span_make(p, SN_IO_DATAGRAM_MAX), n);
		ck_assert_uint_lt(n++, SN_IO_BATCH);
	}
	ck_assert_uint_eq(t.io.stats.tx_datagrams, n - 1);
	ck_assert_uint_eq(t.io.stats.tx_bytes, (n - 1) * SN_IO_DATAGRAM_MAX);
	ck_assert_ptr_null(sn_txqueue_reserve(t.q, SN_IO_DATAGRAM_MAX + 1));
	stop();
}
END_TEST

START_TEST(message_may_lie_at_the_end_of_its_reservation)
{
	start(AF_INET);
	for (uint32_t id = 100; id < 110; id++) {
		uint8_t *p = sn_txqueue_reserve(t.q, 3000);
		size_t n = 20 + id % 80;

		ck_assert_ptr_nonnull(p);
		memset(p, 0xee, 3000);
		p += 3000 - n;
		memset(p, (int)id, n);
		memcpy(p, &id, sizeof(id));
		sn_txqueue_commit(t.q, 0, &t.to[0], sn_span_make(p, n), id);
	}
	ck_assert_int_eq(sn_txqueue_flush(t.q), 10);
	for (uint32_t id = 100; id < 110; id++) {
		ck_assert_int_eq(receive(0), id);
	}
	stop();
}
END_TEST

START_TEST(reservation_may_be_dropped_or_flushed_over)
{
	uint8_t *p;
	uint32_t id = 7;

	start(AF_INET);
	ck_assert(queue_to(0, &t.to[0], 1));
	ck_assert_ptr_nonnull(sn_txqueue_reserve(t.q, 500));
	p = sn_txqueue_reserve(t.q, 100);
	memset(p, (int)id, 100);
	memcpy(p, &id, sizeof(id));
	ck_assert_int_eq(sn_txqueue_flush(t.q), 1);
	sn_txqueue_commit(t.q, 0, &t.to[0], sn_span_make(p, 27), id);
	ck_assert(queue_to(0, &t.to[0], 8));
	ck_assert_int_eq(sn_txqueue_flush(t.q), 2);
	ck_assert_int_eq(receive(0), 1);
	ck_assert_int_eq(receive(0), 7);
	ck_assert_int_eq(receive(0), 8);
	stop();
}
END_TEST

START_TEST(refused_datagrams_do_not_hold_up_the_others)
{
	struct sn_addr nowhere = broadcast();

	start(AF_INET);
	for (uint32_t id = 0; id < 30; id++) {
		ck_assert(queue_to(0, id % 3 == 1 ? &nowhere : &t.to[0], id));
	}
	ck_assert_int_eq(sn_txqueue_flush(t.q), 20);
	ck_assert_uint_eq(t.errors, 0);
	ck_assert_uint_eq(sn_txqueue_unreported(t.q), 10);
	sn_txqueue_report(t.q);
	ck_assert_uint_eq(t.errors, 10);
	ck_assert_uint_eq(t.io.stats.tx_errors, 10);
	ck_assert_int_eq(t.last_error, SN_EPERM);
	for (uint32_t i = 0; i < 10; i++) {
		ck_assert_uint_eq(t.error_ids[i], 3 * i + 1);
	}
	for (uint32_t id = 0; id < 30; id++) {
		if (id % 3 != 1) {
			ck_assert_int_eq(receive(0), id);
		}
	}
	sn_txqueue_report(t.q);
	ck_assert_uint_eq(t.errors, 10);
	stop();
}
END_TEST

START_TEST(too_large_a_datagram_says_so)
{
	struct sn_addr to = {.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)}};
	int one = 1;
	int mtu = 1280;
	uint8_t *p;

	start(AF_INET);
	close(t.tx[1]);
	t.tx[1] = socket(AF_INET6, SOCK_DGRAM, 0);
	if (t.tx[1] < 0) {
		printf("skipped: no IPv6\n");
		stop();
		return;
	}
	/* The one way to a datagram that is too large without leaving the host. */
	ck_assert_int_eq(setsockopt(t.tx[1], IPPROTO_IPV6, IPV6_DONTFRAG, &one, sizeof(one)), 0);
	ck_assert_int_eq(setsockopt(t.tx[1], IPPROTO_IPV6, IPV6_MTU, &mtu, sizeof(mtu)), 0);
	to.in6.sin6_addr = in6addr_loopback;
	p = sn_txqueue_reserve(t.q, 2000);
	memset(p, 0, 2000);
	sn_txqueue_commit(t.q, 1, &to, sn_span_make(p, 2000), 1);
	ck_assert_int_eq(sn_txqueue_flush(t.q), 0);
	sn_txqueue_report(t.q);
	ck_assert_uint_eq(t.errors, 1);
	ck_assert_int_eq(t.last_error, SN_EMSGSIZE);
	stop();
}
END_TEST

START_TEST(handler_may_send_while_errors_are_reported)
{
	struct sn_addr nowhere = broadcast();

	start(AF_INET);
	t.resend = 4;
	t.resend_good = true;
	for (uint32_t id = 1; id <= 4; id++) {
		ck_assert(queue_to(0, &nowhere, id));
	}
	ck_assert_int_eq(sn_txqueue_flush(t.q), 0);
	sn_txqueue_report(t.q);
	ck_assert_uint_eq(t.errors, 4);
	for (uint32_t id = 1; id <= 4; id++) {
		ck_assert_int_eq(receive(0), 1000 + id);
	}
	stop();
}
END_TEST

START_TEST(errors_of_resent_datagrams_wait_for_the_next_report)
{
	struct sn_addr nowhere = broadcast();

	start(AF_INET);
	t.resend = 5;
	ck_assert(queue_to(0, &nowhere, 1));
	(void)sn_txqueue_flush(t.q);
	for (unsigned n = 1; n <= 6; n++) {
		ck_assert_uint_eq(sn_txqueue_unreported(t.q), 1);
		sn_txqueue_report(t.q);
		ck_assert_uint_eq(t.errors, n);
		ck_assert_uint_eq(t.error_ids[n - 1], 1000 * (n - 1) + 1);
	}
	ck_assert_uint_eq(sn_txqueue_unreported(t.q), 0);
	stop();
}
END_TEST

START_TEST(unreported_errors_stop_the_queue_until_the_report)
{
	struct sn_addr nowhere = broadcast();
	uint32_t id = 0;

	start(AF_INET);
	while (queue_to(0, &nowhere, id)) {
		id++;
		ck_assert_uint_lt(id, 4000);
	}
	ck_assert_uint_ge(id, 16 * SN_IO_BATCH);
	ck_assert_int_eq(sn_txqueue_flush(t.q), SN_EAGAIN);
	sn_txqueue_report(t.q);
	ck_assert_int_eq(sn_txqueue_flush(t.q), 0);
	sn_txqueue_report(t.q);
	ck_assert_uint_eq(t.errors, id);
	for (uint32_t i = 0; i < id; i++) {
		ck_assert_uint_eq(t.error_ids[i], i);
	}
	ck_assert(queue_to(0, &t.to[0], 1));
	ck_assert_int_eq(sn_txqueue_flush(t.q), 1);
	stop();
}
END_TEST

START_TEST(what_has_no_room_stays_queued_and_is_sent_later)
{
	uint32_t next[2] = {0, 1};
	int sent;

	start(AF_UNIX);
	for (uint32_t id = 0; id < 60; id++) {
		ck_assert(queue_to(id % 2, &t.to[id % 2], id));
	}
	ck_assert_int_eq(sn_txqueue_flush(t.q), SN_EAGAIN);
	sent = (int)t.io.stats.tx_datagrams;
	ck_assert_int_gt(sent, 0);
	ck_assert_int_lt(sent, 60);
	ck_assert_uint_eq(sn_txqueue_blocked(t.q), 3);
	ck_assert_uint_eq(sn_txqueue_pending(t.q), 60 - (unsigned)sent);
	ck_assert_uint_eq(t.io.stats.tx_busy, 1);
	/* Only the first receiver makes room: its datagrams go on, the others' stay. */
	while (receive(0) == next[0]) {
		next[0] += 2;
	}
	ck_assert_int_eq(sn_txqueue_flush(t.q), SN_EAGAIN);
	while (next[0] < 60 || next[1] < 60) {
		unsigned i = next[0] < 60 ? 0 : 1;
		int64_t id = receive(i);

		if (id < 0) {
			(void)sn_txqueue_flush(t.q);
			continue;
		}
		ck_assert_int_eq(id, next[i]);
		next[i] += 2;
	}
	ck_assert_uint_eq(t.io.stats.tx_datagrams, 60);
	ck_assert_uint_eq(sn_txqueue_pending(t.q), 0);
	ck_assert_uint_eq(sn_txqueue_blocked(t.q), 0);
	ck_assert_uint_eq(t.io.stats.tx_errors, 0);
	stop();
}
END_TEST

START_TEST(reserve_gives_nothing_while_the_queue_stays_full)
{
	uint32_t id = 0;
	uint32_t got = 0;

	start(AF_UNIX);
	while (queue_to(0, &t.to[0], id)) {
		id++;
		ck_assert_uint_lt(id, 1000);
	}
	ck_assert_uint_ge(id, SN_IO_BATCH);
	ck_assert_uint_eq(sn_txqueue_pending(t.q), SN_IO_BATCH);
	ck_assert_ptr_null(sn_txqueue_reserve(t.q, 1));
	ck_assert_uint_ge(t.io.stats.tx_busy, 2);
	ck_assert_int_eq(receive(0), got++);
	ck_assert(queue_to(0, &t.to[0], id++));
	while (got < id) {
		int64_t r = receive(0);

		if (r < 0) {
			(void)sn_txqueue_flush(t.q);
			continue;
		}
		ck_assert_int_eq(r, got++);
	}
	stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sends_each_socket_in_order_of_commit,
		source_is_the_socket_named,
		full_batch_flushes_itself,
		large_reservations_flush_sooner,
		message_may_lie_at_the_end_of_its_reservation,
		reservation_may_be_dropped_or_flushed_over,
		refused_datagrams_do_not_hold_up_the_others,
		too_large_a_datagram_says_so,
		handler_may_send_while_errors_are_reported,
		errors_of_resent_datagrams_wait_for_the_next_report,
		unreported_errors_stop_the_queue_until_the_report,
		what_has_no_room_stays_queued_and_is_sent_later,
		reserve_gives_nothing_while_the_queue_stays_full,
		NULL,
	};

	return suite_run_tests("txqueue", tests, 20);
}
