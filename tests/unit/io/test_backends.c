/*
 * The same behaviours of both kernel back ends, over loopback: every test runs once for io_uring
 * and once for recvmmsg. Behaviour of io/io.h.
 *
 * ctest: timeout=120 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=sendmmsg
 */
#include "io/io.h"

#include "base/clock.h"

#include "support/suite.h"
#include "unit/io/must.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

enum { MANY = 10000, WINDOW = 200 };

static const enum sn_io_backend backends[] = {SN_IO_URING, SN_IO_MMSG};

/* One io and what its handlers saw. */
struct end {
	struct sn_io *io;		  /* the io */
	bool echo;			  /* rx sends everything back */
	unsigned got;			  /* datagrams received */
	uint64_t sum;			  /* of their ids */
	size_t size;			  /* of the last one */
	unsigned socks;			  /* bit i: socket i received something */
	unsigned crossed;		  /* answers at another socket than the id says */
	struct sn_addr from;		  /* source of the last one */
	uint64_t at;			  /* its arrival */
	unsigned errors;		  /* tx_error calls */
	uint32_t error_id;		  /* of the last one */
	int error;			  /* of the last one */
	const struct sn_addr *resend;	  /* where tx_error sends a datagram more */
	uint8_t data[SN_IO_DATAGRAM_MAX]; /* contents of the last one */
};

static struct end a;
static struct end b;

static unsigned allocations;
static _Atomic int fail_sends;	    /* calls of sendmmsg that fail */
static _Atomic int fail_sends_with; /* errno of these */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

/* UDP over loopback never lacks room: the shortage is made here. */
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	if (fail_sends > 0) {
		fail_sends--;
		errno = fail_sends_with;
		return -1;
	}
	return __real_sendmmsg(fd, m, n, flags);
}

static bool send_id(struct end *e, unsigned sock, const struct sn_addr *to, uint32_t id, size_t n)
{
	uint8_t *p = sn_io_tx_reserve(e->io, n);

	if (!p) {
		return false;
	}
	memset(p, (int)id, n);
	memcpy(p, &id, sizeof(id));
	sn_io_tx_commit(e->io, sock, to, sn_span_make(p, n), id);
	return true;
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct end *e = ctx;
	uint32_t id;

	MUST(pk->data.n >= sizeof(id) && pk->data.n <= sizeof(e->data));
	MUST(!pk->truncated);
	MUST(pk->sock < e->io->n4 + e->io->n6);
	memcpy(&id, pk->data.p, sizeof(id));
	memcpy(e->data, pk->data.p, pk->data.n);
	e->got++;
	e->sum += id;
	e->size = pk->data.n;
	e->socks |= 1u << pk->sock;
	e->crossed += id % 8 != pk->sock;
	e->from = *pk->from;
	e->at = pk->at;
	if (e->echo) {
		MUST(send_id(e, pk->sock, pk->from, id, pk->data.n));
	}
}

static void on_tx_error(void *ctx, uint32_t id, int err)
{
	struct end *e = ctx;

	e->errors++;
	e->error_id = id;
	e->error = err;
	if (e->resend) {
		MUST(send_id(e, 0, e->resend, id + 1, 64));
	}
}

/* False: this host does not let us have that back end. */
static bool open_end(struct end *e, const struct sn_io_config *cfg)
{
	struct sn_io_handler h = {.ctx = e, .rx = on_rx, .tx_error = on_tx_error};
	char why[128];
	int err;

	memset(e, 0, sizeof(*e));
	err = sn_io_open(cfg, &e->io, why);
	if (err == SN_EPERM || err == SN_ENOSYS) {
		printf("skipped: %s\n", why);
		return false;
	}
	ck_assert_int_eq(err, SN_OK);
	sn_io_set_handler(e->io, &h);
	return true;
}

/* a asks, b answers. */
static bool open_pair(int backend, unsigned n4, unsigned n6, unsigned min_wait_us)
{
	struct sn_io_config cfg = {
		.backend = backends[backend],
		.sockets4 = n4,
		.sockets6 = n6,
		.min_wait_us = min_wait_us,
	};

	fail_sends = 0;
	if (!open_end(&a, &cfg)) {
		return false;
	}
	ck_assert(open_end(&b, &cfg));
	b.echo = true;
	return true;
}

static void close_pair(void)
{
	sn_io_close(a.io);
	sn_io_close(b.io);
}

/* Where a socket of e is reached from this host. */
static struct sn_addr address_of(struct end *e, unsigned sock)
{
	struct sn_addr to;

	ck_assert_int_eq(sn_io_local(e->io, sock, &to), SN_OK);
	if (to.sa.sa_family == AF_INET) {
		to.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		to.in6.sin6_addr = in6addr_loopback;
	}
	return to;
}

/* Waits until e has `n` datagrams, but not for ever. */
static void wait_for(struct end *e, unsigned n)
{
	uint64_t end = sn_io_now(e->io) + 20 * SN_NS_PER_SEC;

	while (e->got < n && sn_io_now(e->io) < end) {
		MUST(sn_io_wait(e->io, end) >= 0);
		sn_io_flush(e->io);
	}
	MUST(e->got == n);
}

static void echo_one(int family)
{
	int sock = sn_io_pick_socket(a.io, family, 0);
	struct sn_addr to;
	struct sn_addr mine;

	if (sock < 0) {
		printf("skipped: no IPv6\n");
		return;
	}
	to = address_of(&b, (unsigned)sock);
	mine = address_of(&a, (unsigned)sock);
	ck_assert(send_id(&a, (unsigned)sock, &to, 0x01020304, 100));
	ck_assert_int_eq(sn_io_flush(a.io), 1);
	wait_for(&b, 1);
	ck_assert(sn_addr_equal(&b.from, &mine));
	wait_for(&a, 1);
	ck_assert(sn_addr_equal(&a.from, &to));
	ck_assert_uint_eq(a.size, 100);
	ck_assert_uint_eq(a.sum, 0x01020304);
	ck_assert_uint_eq(a.data[99], 0x04);
	ck_assert_uint_eq(a.socks, 1u << sock);
	ck_assert_uint_le(a.at, sn_io_now(a.io));
	ck_assert_uint_ge(a.at, b.at);
}

START_TEST(echoes_one_datagram_over_ipv4)
{
	if (open_pair(_i, 1, 1, 0)) {
		echo_one(AF_INET);
		close_pair();
	}
}
END_TEST

START_TEST(echoes_one_datagram_over_ipv6)
{
	if (open_pair(_i, 1, 1, 0)) {
		echo_one(AF_INET6);
		close_pair();
	}
}
END_TEST

/* Keeps WINDOW requests under way, over all sockets, until `n` more are answered. */
static void echo_more(unsigned n)
{
	unsigned socks = a.io->n4 + a.io->n6;
	struct sn_addr to[SN_IO_SOCKETS_MAX];
	uint64_t end = sn_io_now(a.io) + 20 * SN_NS_PER_SEC;
	uint32_t sent = 0;
	unsigned base = a.got;

	for (unsigned i = 0; i < socks; i++) {
		MUST(sn_io_local(b.io, i, &to[i]) == SN_OK);
		if (i < a.io->n4) {
			to[i].in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		} else {
			to[i].in6.sin6_addr = in6addr_loopback;
		}
	}
	while (a.got - base < n) {
		while (sent < n && sent - (a.got - base) < WINDOW) {
			/* The id says which socket the answer must come back to. */
			uint32_t id = 8 * sent + sent % socks;

			MUST(send_id(&a, sent % socks, &to[sent % socks], id, 100 + sent % 400));
			sent++;
		}
		MUST(sn_io_flush(a.io) >= 0);
		MUST(sn_io_wait(b.io, 0) >= 0);
		MUST(sn_io_flush(b.io) >= 0);
		MUST(sn_io_wait(a.io, 0) >= 0);
		MUST(sn_io_now(a.io) < end);
	}
}

START_TEST(echoes_ten_thousand_datagrams_over_all_sockets)
{
	unsigned socks;
	uint64_t sum = 0;

	if (!open_pair(_i, 3, 2, 0)) {
		return;
	}
	socks = a.io->n4 + a.io->n6;
	echo_more(MANY);
	for (uint64_t i = 0; i < MANY; i++) {
		sum += 8 * i + i % socks;
	}
	ck_assert_uint_eq(a.got, MANY);
	ck_assert_uint_eq(a.sum, sum);
	ck_assert_uint_eq(a.socks, (1u << socks) - 1);
	ck_assert_uint_eq(a.crossed, 0);
	ck_assert_uint_eq(b.got, MANY);
	ck_assert_uint_eq(a.io->stats.rx_datagrams, MANY);
	ck_assert_uint_eq(a.io->stats.tx_datagrams, MANY);
	ck_assert_uint_eq(a.io->stats.rx_bytes, b.io->stats.tx_bytes);
	ck_assert_uint_eq(a.io->stats.tx_errors + a.io->stats.rx_drops, 0);
	close_pair();
}
END_TEST

START_TEST(steady_traffic_allocates_nothing)
{
	unsigned during;

	if (!open_pair(_i, 1, 1, 0)) {
		return;
	}
	echo_more(1000);
	allocations = 0;
	echo_more(5000);
	during = allocations;
	ck_assert_uint_eq(during, 0);
	close_pair();
}
END_TEST

START_TEST(largest_datagram_arrives_whole)
{
	struct sn_addr to;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	for (uint32_t id = 1; id <= 20; id++) {
		ck_assert(send_id(&a, 0, &to, id, SN_IO_DATAGRAM_MAX));
		sn_io_flush(a.io);
		wait_for(&b, id);
		sn_io_flush(b.io);
		wait_for(&a, id);
		ck_assert_uint_eq(a.size, SN_IO_DATAGRAM_MAX);
		for (size_t i = 4; i < SN_IO_DATAGRAM_MAX; i++) {
			MUST(a.data[i] == id);
		}
	}
	close_pair();
}
END_TEST

START_TEST(refused_destinations_are_reported_and_the_others_sent)
{
	struct sn_addr bad[3] = {{.in = {.sin_family = AF_INET, .sin_port = htons(9)}}};
	static const int errors[3] = {SN_EPERM, SN_EUNREACH, SN_EUNREACH};
	struct sn_addr good;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	good = address_of(&b, 0);
	bad[0].in.sin_addr.s_addr = inet_addr("127.255.255.255"); /* a broadcast address */
	bad[1] = good;
	bad[1].in.sin_port = 0;
	bad[2] = (struct sn_addr){.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)}};
	bad[2].in6.sin6_addr = in6addr_loopback;
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(send_id(&a, 0, &good, 2 * i, 64));
		ck_assert(send_id(&a, 0, &bad[i], 2 * i + 1, 64));
		ck_assert(send_id(&a, 0, &good, 2 * i + 2, 64));
		ck_assert_uint_eq(a.errors, i);
		ck_assert_int_eq(sn_io_flush(a.io), 2);
		ck_assert_uint_eq(a.errors, i + 1);
		ck_assert_uint_eq(a.error_id, 2 * i + 1);
		ck_assert_int_eq(a.error, errors[i]);
	}
	wait_for(&b, 6);
	ck_assert_uint_eq(a.io->stats.tx_errors, 3);
	close_pair();
}
END_TEST

START_TEST(wait_sends_and_reports_what_was_not_flushed)
{
	struct sn_addr good;
	struct sn_addr bad;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	good = address_of(&b, 0);
	bad = good;
	bad.in.sin_port = 0;
	a.resend = &good;
	ck_assert(send_id(&a, 0, &good, 1, 64));
	ck_assert(send_id(&a, 0, &bad, 2, 64));
	(void)sn_io_wait(a.io, 0);
	ck_assert_uint_eq(a.errors, 1);
	ck_assert_uint_eq(a.error_id, 2);
	/* What the handler queued meanwhile goes out with the next wait. */
	(void)sn_io_wait(a.io, 0);
	wait_for(&b, 2);
	ck_assert_uint_eq(b.sum, 1 + 3);
	close_pair();
}
END_TEST

static void retries_after(int error)
{
	struct sn_addr to = address_of(&b, 0);

	fail_sends_with = error;
	fail_sends = 3;
	for (uint32_t id = 0; id < 10; id++) {
		ck_assert(send_id(&a, 0, &to, id, 64));
	}
	ck_assert_int_eq(sn_io_flush(a.io), SN_EAGAIN);
	ck_assert_uint_eq(a.io->stats.tx_datagrams, 0);
	ck_assert_uint_ge(a.io->stats.tx_busy, 1);
	/* The wait has no reason to end but the queue. */
	while (fail_sends > 0) {
		ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
		ck_assert_uint_eq(a.io->stats.tx_datagrams, 0);
	}
	ck_assert_int_eq(sn_io_wait(a.io, 0), 0);
	ck_assert_uint_eq(a.io->stats.tx_datagrams, 10);
	wait_for(&b, 10);
	wait_for(&a, 10);
	ck_assert_uint_eq(a.io->stats.tx_errors, 0);
}

START_TEST(full_send_buffer_is_retried_by_wait)
{
	if (open_pair(_i, 1, 0, 0)) {
		retries_after(EAGAIN);
		close_pair();
	}
}
END_TEST

START_TEST(lack_of_memory_for_sending_is_retried_by_wait)
{
	if (open_pair(_i, 1, 0, 0)) {
		retries_after(ENOBUFS);
		close_pair();
	}
}
END_TEST

START_TEST(reserve_gives_nothing_while_nothing_can_be_sent)
{
	struct sn_addr to;
	uint32_t id = 0;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	fail_sends_with = EAGAIN;
	fail_sends = 1000;
	while (send_id(&a, 0, &to, id, 64)) {
		ck_assert_uint_lt(id++, 1000);
	}
	ck_assert_uint_eq(id, SN_IO_BATCH);
	fail_sends = 0;
	ck_assert(send_id(&a, 0, &to, id, 64));
	ck_assert_int_eq(sn_io_flush(a.io), 1);
	wait_for(&b, SN_IO_BATCH + 1);
	close_pair();
}
END_TEST

START_TEST(one_wait_delivers_a_few_batches_only)
{
	struct sn_addr to;
	unsigned waits = 0;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	b.echo = false;
	for (uint32_t id = 0; id < 1000; id++) {
		ck_assert(send_id(&a, 0, &to, id, 64));
	}
	sn_io_flush(a.io);
	while (b.got < 1000) {
		int n = sn_io_wait(b.io, sn_io_now(b.io) + SN_NS_PER_SEC);

		ck_assert_int_gt(n, 0);
		ck_assert_int_le(n, 4 * SN_IO_BATCH);
		ck_assert_uint_lt(waits++, 1000);
	}
	ck_assert_uint_ge(waits, 4);
	ck_assert_uint_eq(b.sum, 999 * 1000 / 2);
	close_pair();
}
END_TEST

START_TEST(more_datagrams_than_receive_buffers_lose_nothing)
{
	struct sn_io_config cfg = {.backend = backends[_i], .sockets4 = 2, .rx_buffers = 1};
	struct sn_addr to[2];

	if (!open_pair(_i, 2, 0, 0)) {
		return;
	}
	sn_io_close(b.io);
	ck_assert(open_end(&b, &cfg));
	to[0] = address_of(&b, 0);
	to[1] = address_of(&b, 1);
	for (uint32_t id = 0; id < 1000; id++) {
		ck_assert(send_id(&a, id % 2, &to[id % 2], id, 64));
	}
	sn_io_flush(a.io);
	wait_for(&b, 1000);
	ck_assert_uint_eq(b.sum, 999 * 1000 / 2);
	if (backends[_i] == SN_IO_URING) {
		ck_assert_uint_gt(b.io->stats.rx_no_buffer, 0);
	}
	close_pair();
}
END_TEST

START_TEST(drops_of_a_full_receive_buffer_are_counted)
{
	struct sn_io_config cfg = {.backend = backends[_i], .sockets4 = 1, .rcvbuf = 4096};
	struct sn_addr to;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	sn_io_close(b.io);
	ck_assert(open_end(&b, &cfg));
	ck_assert_uint_eq(b.io->stats.rcvbuf, 8192);
	to = address_of(&b, 0);
	for (uint32_t id = 0; id < 1000; id++) {
		ck_assert(send_id(&a, 0, &to, id, 1000));
	}
	sn_io_flush(a.io);
	while (sn_io_wait(b.io, 0) > 0) {
	}
	ck_assert_uint_eq(b.io->stats.rx_drops, 0);
	sn_io_poll_drops(b.io);
	ck_assert_uint_gt(b.got, 0);
	ck_assert_uint_gt(b.io->stats.rx_drops, 900);
	ck_assert_uint_eq(b.io->stats.rx_drops + b.got, 1000);
	sn_io_poll_drops(b.io);
	ck_assert_uint_eq(b.io->stats.rx_drops + b.got, 1000);
	close_pair();
}
END_TEST

/* How long a wait of e takes, in us. */
static uint64_t timed_wait(struct end *e, uint64_t us)
{
	uint64_t start = sn_io_now(e->io);

	ck_assert_int_ge(sn_io_wait(e->io, start + us * SN_NS_PER_US), 0);
	return (sn_io_now(e->io) - start) / SN_NS_PER_US;
}

START_TEST(wait_returns_at_its_deadline)
{
	uint64_t took;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	for (unsigned i = 0; i < 5; i++) {
		took = timed_wait(&a, 10000);
		ck_assert_uint_ge(took, 9999);
		ck_assert_uint_lt(took, 400000);
	}
	ck_assert_uint_lt(timed_wait(&a, 0), 400000);
	ck_assert_int_eq(sn_io_wait(a.io, 1), 0);
	close_pair();
}
END_TEST

START_TEST(coalescing_gathers_but_not_beyond_the_deadline)
{
	struct sn_addr to;
	uint64_t took;

	if (!open_pair(_i, 1, 0, 100000)) {
		return;
	}
	to = address_of(&b, 0);
	ck_assert_int_eq(sn_io_wait(b.io, 0), 0);
	ck_assert(send_id(&a, 0, &to, 1, 64));
	sn_io_flush(a.io);
	took = timed_wait(&b, 5 * 1000 * 1000);
	ck_assert_uint_eq(b.got, 1);
	ck_assert_uint_ge(took, 90000);
	ck_assert_uint_lt(took, 2000 * 1000);
	sn_io_close(b.io);
	sn_io_close(a.io);
	ck_assert(open_pair(_i, 1, 0, 5 * 1000 * 1000));
	ck_assert_uint_lt(timed_wait(&b, 10000), 2000 * 1000);
	close_pair();
}
END_TEST

START_TEST(wake_before_a_wait_ends_it_and_only_it)
{
	uint64_t took;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	for (unsigned i = 0; i < 5; i++) {
		sn_io_wake(a.io);
		sn_io_wake(a.io);
		ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
		took = timed_wait(&a, 5000);
		ck_assert_uint_ge(took, 4999);
	}
	close_pair();
}
END_TEST

static atomic_uint turns; /* waits of a that ended */

/* Wakes a once a turn, at a moment that differs a little each time. */
static void *wake_often(void *arg)
{
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned k = 0; k < i % 30; k++) {
			sched_yield();
		}
		sn_io_wake(a.io);
		while (atomic_load(&turns) <= i) {
			sched_yield();
		}
	}
	return arg;
}

START_TEST(wake_from_another_thread_ends_a_wait)
{
	pthread_t th;

	if (!open_pair(_i, 1, 0, _i % 2 ? 0 : 100)) {
		return;
	}
	ck_assert_int_eq(pthread_create(&th, NULL, wake_often, NULL), 0);
	for (unsigned i = 0; i < 300; i++) {
		ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
		atomic_fetch_add(&turns, 1);
	}
	ck_assert_int_eq(pthread_join(th, NULL), 0);
	close_pair();
}
END_TEST

static atomic_bool stop_b;

static void *serve(void *arg)
{
	while (!atomic_load(&stop_b)) {
		MUST(sn_io_wait(b.io, SN_TIME_NEVER) >= 0);
		MUST(sn_io_flush(b.io) >= 0);
	}
	return arg;
}

START_TEST(io_opened_here_works_on_another_thread)
{
	struct sn_addr to;
	pthread_t th;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	ck_assert_int_eq(pthread_create(&th, NULL, serve, NULL), 0);
	for (uint32_t id = 1; id <= 500; id++) {
		ck_assert(send_id(&a, 0, &to, id, 64));
		sn_io_flush(a.io);
		wait_for(&a, id);
	}
	atomic_store(&stop_b, true);
	sn_io_wake(b.io);
	ck_assert_int_eq(pthread_join(th, NULL), 0);
	ck_assert_uint_eq(b.got, 500);
	close_pair();
}
END_TEST

START_TEST(closing_drops_what_is_queued)
{
	struct sn_addr to;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	ck_assert(send_id(&a, 0, &to, 1, 64));
	sn_io_close(a.io);
	ck_assert_int_eq(sn_io_wait(b.io, 0), 0);
	ck_assert_uint_eq(b.got, 0);
	sn_io_close(b.io);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		echoes_one_datagram_over_ipv4,
		echoes_one_datagram_over_ipv6,
		echoes_ten_thousand_datagrams_over_all_sockets,
		steady_traffic_allocates_nothing,
		largest_datagram_arrives_whole,
		refused_destinations_are_reported_and_the_others_sent,
		wait_sends_and_reports_what_was_not_flushed,
		full_send_buffer_is_retried_by_wait,
		lack_of_memory_for_sending_is_retried_by_wait,
		reserve_gives_nothing_while_nothing_can_be_sent,
		one_wait_delivers_a_few_batches_only,
		more_datagrams_than_receive_buffers_lose_nothing,
		drops_of_a_full_receive_buffer_are_counted,
		wait_returns_at_its_deadline,
		coalescing_gathers_but_not_beyond_the_deadline,
		wake_before_a_wait_ends_it_and_only_it,
		wake_from_another_thread_ends_a_wait,
		io_opened_here_works_on_another_thread,
		closing_drops_what_is_queued,
	};
	const int n_backends = sizeof(backends) / sizeof(backends[0]);
	Suite *s = suite_create("backends");
	TCase *tc = tcase_create("backends");

	tcase_set_timeout(tc, 30);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tcase_add_loop_test(tc, tests[i], 0, n_backends);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
