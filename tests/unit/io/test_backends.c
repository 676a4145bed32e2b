/*
 * The same behaviours of both kernel back ends, over loopback: every test runs once for io_uring
 * and once for recvmmsg. Behaviour of io/io.h.
 *
 * ctest: timeout=120 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "support/suite.h"
#include "unit/io/pair.h"

enum { MANY = 10000, WINDOW = 200 };

static unsigned allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

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

START_TEST(one_wait_delivers_a_few_batches_only)
{
	struct sn_io_config cfg = {.backend = backends[_i], .sockets4 = 4, .rx_buffers = 2048};
	struct sn_addr to[4];
	unsigned waits = 0;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	sn_io_close(b.io);
	ck_assert(open_end(&b, &cfg));
	for (unsigned i = 0; i < 4; i++) {
		to[i] = address_of(&b, i);
	}
	for (uint32_t id = 0; id < 4000; id++) {
		ck_assert(send_id(&a, 0, &to[id % 4], id, 64));
	}
	sn_io_flush(a.io);
	while (b.got < 4000) {
		int n = sn_io_wait(b.io, sn_io_now(b.io) + SN_NS_PER_SEC);

		/* recvmmsg takes a few batches from each socket. */
		ck_assert_int_gt(n, 0);
		ck_assert_int_le(n,
				 backends[_i] == SN_IO_MMSG ? 16 * SN_IO_BATCH : 4 * SN_IO_BATCH);
		ck_assert_uint_lt(waits++, 4000);
	}
	ck_assert_uint_eq(b.sum, 3999 * 4000 / 2);
	close_pair();
}
END_TEST

/* Ids of the last datagrams that were hinted at, and how many of those received were among them. */
static struct {
	uint32_t id[8];	  /* by order */
	unsigned n;	  /* hints */
	unsigned fetched; /* datagrams received that one of the last eight was about */
} hints;

static void on_soon(void *ctx, struct sn_span data)
{
	(void)ctx;
	MUST(data.n == 64);
	memcpy(&hints.id[hints.n++ % 8], data.p, sizeof(hints.id[0]));
}

static void on_hinted_rx(void *ctx, const struct sn_io_rx *pk)
{
	uint32_t id;

	memcpy(&id, pk->data.p, sizeof(id));
	for (unsigned i = 0; i < 8 && i < hints.n; i++) {
		hints.fetched += hints.id[i] == id;
	}
	on_rx(ctx, pk);
}

START_TEST(datagrams_are_hinted_at_shortly_before)
{
	struct sn_io_config cfg = {.backend = backends[_i], .sockets4 = 1, .rx_buffers = 2048};
	struct sn_addr to;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	sn_io_close(b.io);
	ck_assert(open_end(&b, &cfg));
	b.io->handler.soon = on_soon;
	b.io->handler.rx = on_hinted_rx;
	memset(&hints, 0, sizeof(hints));
	to = address_of(&b, 0);
	for (uint32_t id = 1; id <= 600; id++) {
		ck_assert(send_id(&a, 0, &to, id, 64));
	}
	sn_io_flush(a.io);
	wait_for(&b, 600);
	if (backends[_i] == SN_IO_URING) {
		ck_assert_uint_ge(hints.n, 600);
		ck_assert_uint_ge(hints.fetched, 600);
	} else {
		ck_assert_uint_eq(hints.n, 0);
	}
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
		one_wait_delivers_a_few_batches_only,
		datagrams_are_hinted_at_shortly_before,
		more_datagrams_than_receive_buffers_lose_nothing,
		drops_of_a_full_receive_buffer_are_counted,
		closing_drops_what_is_queued,
	};

	return pair_run("backends", tests, sizeof(tests) / sizeof(tests[0]));
}
