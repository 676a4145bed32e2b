/*
 * The scripted network: virtual time, the link model, determinism. Behaviour of io/fake.h through
 * io/io.h.
 *
 * ctest: one_thread link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "io/fake.h"

#include "base/clock.h"
#include "base/hash.h"

#include "support/suite.h"
#include "unit/io/must.h"

enum {
	START = 5000, /* mono ns at which every run begins */
	MANY = 100000,
};

#define WALL (1000 * SN_NS_PER_SEC)

/* One collector and its view of the network. */
static struct {
	struct sn_fake *net;   /* the network */
	struct sn_io *io;      /* its collector end */
	unsigned peer_got;     /* datagrams that reached a peer */
	unsigned got;	       /* datagrams that reached the collector */
	unsigned sock;	       /* socket of the last one */
	uint64_t at;	       /* arrival of the last one */
	uint64_t earliest;     /* shortest time from the start to an arrival */
	uint64_t latest;       /* longest */
	uint32_t id;	       /* first bytes of the last one */
	size_t size;	       /* of the last one */
	unsigned descents;     /* ids that came after a higher one */
	uint64_t trace;	       /* hash over arrival times and contents */
	unsigned errors;       /* tx_error calls */
	uint32_t error_id;     /* of the last */
	int error;	       /* of the last */
	unsigned resend;       /* datagrams that handlers may still send */
	uint64_t answer_delay; /* the peer's thinking time */
	struct sn_addr source; /* the request's source as the peer saw it */
} r;

static const struct sn_addr peer4 = {.in = {.sin_family = AF_INET, .sin_port = 0xa100}};
static const struct sn_addr peer6 = {.in6 = {.sin6_family = AF_INET6, .sin6_port = 0xa100}};

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

static void send_size(unsigned sock, const struct sn_addr *to, uint32_t id, size_t n)
{
	uint8_t *p = sn_io_tx_reserve(r.io, n);

	MUST(p);
	memset(p, 0, n);
	memcpy(p, &id, sizeof(id));
	sn_io_tx_commit(r.io, sock, to, sn_span_make(p, n), id);
}

static void send_id(uint32_t id)
{
	send_size(0, &peer4, id, 64);
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	uint64_t took = pk->at - START;
	uint32_t id;

	MUST(ctx == &r);
	MUST(!pk->truncated);
	memcpy(&id, pk->data.p, sizeof(id));
	r.descents += r.got && id < r.id;
	r.got++;
	r.id = id;
	r.sock = pk->sock;
	r.at = pk->at;
	r.size = pk->data.n;
	r.latest = took > r.latest ? took : r.latest;
	r.earliest = took < r.earliest ? took : r.earliest;
	r.trace = sn_hash_bytes(&pk->at, sizeof(pk->at), r.trace);
	r.trace = sn_hash_bytes(pk->data.p, pk->data.n, r.trace);
	if (r.resend) {
		r.resend--;
		send_size(pk->sock, pk->from, id + 1, pk->data.n);
	}
}

static void on_tx_error(void *ctx, uint32_t id, int err)
{
	MUST(ctx == &r);
	r.errors++;
	r.error_id = id;
	r.error = err;
	if (r.resend) {
		r.resend--;
		send_id(id + 1);
		sn_io_flush(r.io);
	}
}

static void echo(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		 const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	MUST(ctx == &r);
	MUST(now == sn_io_now(r.io));
	r.peer_got++;
	r.source = *from;
	sn_fake_reply(net, to, from, data, r.answer_delay);
}

static void open_rig(uint64_t seed, const struct sn_fake_link *link)
{
	struct sn_fake_config cfg = {
		.seed = seed,
		.start_mono = START,
		.start_wall = WALL,
		.link = *link,
		.peer = echo,
		.peer_ctx = &r,
		.sockets4 = 2,
		.sockets6 = 1,
	};
	struct sn_io_handler h = {.ctx = &r, .rx = on_rx, .tx_error = on_tx_error};

	memset(&r, 0, sizeof(r));
	r.earliest = UINT64_MAX;
	ck_assert_int_eq(sn_fake_open(&cfg, &r.net), SN_OK);
	r.io = sn_fake_io(r.net);
	sn_io_set_handler(r.io, &h);
}

/* Lets everything arrive that is in flight. */
static void drain(void)
{
	while (sn_io_wait(r.io, SN_TIME_NEVER) > 0) {
	}
}

static const struct sn_fake_link perfect = {.delay_ns = 5 * SN_NS_PER_MS};
static const struct sn_fake_link bad = {
	.delay_ns = 5 * SN_NS_PER_MS,
	.jitter_ns = 2 * SN_NS_PER_MS,
	.loss_ppm = 50000,
	.dup_ppm = 20000,
	.reorder_ppm = 30000,
	.reorder_ns = 7 * SN_NS_PER_MS,
};

static uint64_t trace_of(uint64_t seed)
{
	uint64_t trace;

	open_rig(seed, &bad);
	for (uint32_t i = 0; i < 5000; i++) {
		send_id(i);
		if (i % 50 == 49) {
			sn_io_wait(r.io, sn_io_now(r.io) + SN_NS_PER_MS);
		}
	}
	drain();
	ck_assert_uint_gt(r.got, 4000);
	trace = r.trace;
	sn_io_close(r.io);
	return trace;
}

START_TEST(same_seed_gives_the_same_trace)
{
	ck_assert_uint_eq(trace_of(7), trace_of(7));
	ck_assert_uint_ne(trace_of(7), trace_of(8));
}
END_TEST

START_TEST(time_moves_only_in_wait)
{
	open_rig(1, &perfect);
	send_id(1);
	sn_io_flush(r.io);
	sn_fake_inject(r.net, &peer4, &peer4, sn_span_str("x"), 3);
	ck_assert_uint_eq(sn_io_now(r.io), START);
	ck_assert_int_eq(sn_io_wait(r.io, START), 0);
	ck_assert_int_eq(sn_io_wait(r.io, 0), 0);
	ck_assert_uint_eq(sn_io_now(r.io), START);
	ck_assert_int_eq(sn_io_wait(r.io, START + 17), 0);
	ck_assert_uint_eq(sn_io_now(r.io), START + 17);
	ck_assert_uint_eq(r.got, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(wait_jumps_to_the_next_arrival_and_no_further)
{
	open_rig(1, &perfect);
	r.answer_delay = SN_NS_PER_MS;
	send_id(42);
	ck_assert_int_eq(sn_io_wait(r.io, START + SN_NS_PER_SEC), 1);
	ck_assert_uint_eq(sn_io_now(r.io), START + 11 * SN_NS_PER_MS);
	ck_assert_uint_eq(r.at, sn_io_now(r.io));
	ck_assert_uint_eq(r.id, 42);
	ck_assert_uint_eq(r.size, 64);
	sn_io_close(r.io);
}
END_TEST

START_TEST(wait_without_end_returns_when_nothing_is_in_flight)
{
	open_rig(1, &perfect);
	ck_assert_int_eq(sn_io_wait(r.io, SN_TIME_NEVER), 0);
	ck_assert_uint_eq(sn_io_now(r.io), START);
	sn_io_close(r.io);
}
END_TEST

START_TEST(wake_ends_the_next_wait_without_moving_time)
{
	open_rig(1, &perfect);
	sn_fake_inject(r.net, &peer4, &peer4, sn_span_str("none of ours"), 0);
	sn_io_wake(r.io);
	ck_assert_int_eq(sn_io_wait(r.io, START + SN_NS_PER_SEC), 0);
	ck_assert_uint_eq(sn_io_now(r.io), START);
	ck_assert_int_eq(sn_io_wait(r.io, START + SN_NS_PER_SEC), 0);
	ck_assert_uint_eq(sn_io_now(r.io), START + SN_NS_PER_SEC);
	sn_io_close(r.io);
}
END_TEST

START_TEST(request_travels_through_the_link_too)
{
	struct sn_addr local;

	open_rig(1, &perfect);
	send_size(2, &peer6, 9, 64);
	ck_assert_uint_eq(r.peer_got, 0);
	sn_io_wait(r.io, START + perfect.delay_ns - 1);
	ck_assert_uint_eq(r.peer_got, 0);
	sn_io_wait(r.io, START + perfect.delay_ns);
	ck_assert_uint_eq(r.peer_got, 1);
	ck_assert_int_eq(sn_io_local(r.io, 2, &local), SN_OK);
	ck_assert(sn_addr_equal(&local, &r.source));
	drain();
	ck_assert_uint_eq(r.got, 1);
	ck_assert_uint_eq(r.sock, 2);
	sn_io_close(r.io);
}
END_TEST

/* got of expected, within five standard deviations of a binomial. */
static void check_rate(unsigned got, unsigned n, double p)
{
	double diff = got - n * p;

	ck_assert_msg(diff * diff < 25 * n * p * (1 - p), "%u of %u, expected %.0f", got, n, n * p);
}

static void send_many(void)
{
	for (uint32_t i = 0; i < MANY; i++) {
		send_id(i);
	}
	drain();
}

START_TEST(loses_each_way_at_the_rate_asked)
{
	struct sn_fake_link link = {.delay_ns = 1, .loss_ppm = 100000};

	open_rig(3, &link);
	send_many();
	check_rate(r.peer_got, MANY, 0.9);
	check_rate(r.got, r.peer_got, 0.9);
	ck_assert_uint_eq(r.io->stats.tx_datagrams, MANY);
	ck_assert_uint_eq(r.io->stats.rx_datagrams, r.got);
	sn_io_close(r.io);
}
END_TEST

START_TEST(doubles_at_the_rate_asked)
{
	struct sn_fake_link link = {.delay_ns = 1, .dup_ppm = 50000};

	open_rig(4, &link);
	send_many();
	check_rate(r.peer_got - MANY, MANY, 0.05);
	check_rate(r.got - r.peer_got, r.peer_got, 0.05);
	sn_io_close(r.io);
}
END_TEST

START_TEST(holds_back_at_the_rate_asked)
{
	struct sn_fake_link none = {.delay_ns = 0};
	struct sn_fake_link link = {.delay_ns = 100, .reorder_ppm = 20000, .reorder_ns = 1000};

	open_rig(5, &none);
	sn_fake_set_link(r.net, &link);
	for (uint32_t i = 0; i < MANY; i++) {
		send_id(i);
	}
	sn_io_wait(r.io, START + 100);
	check_rate(r.peer_got, MANY, 0.98);
	sn_io_wait(r.io, START + 199);
	check_rate(r.peer_got, MANY, 0.98);
	drain();
	ck_assert_uint_eq(r.got, MANY);
	ck_assert_uint_eq(r.earliest, 200);
	ck_assert_uint_eq(r.latest, 2200);
	ck_assert_uint_gt(r.descents, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(jitter_is_uniform_on_top_of_the_delay)
{
	struct sn_fake_link link = {.delay_ns = 1000, .jitter_ns = 100};

	open_rig(6, &link);
	for (uint32_t i = 0; i < MANY; i++) {
		send_id(i);
	}
	sn_io_wait(r.io, START + 999);
	ck_assert_uint_eq(r.peer_got, 0);
	for (unsigned step = 1; step <= 10; step++) {
		sn_io_wait(r.io, START + 999 + 10 * step);
		check_rate(r.peer_got, MANY, step < 10 ? 0.1 * step : 0.999999999);
	}
	ck_assert_uint_eq(r.peer_got, MANY);
	drain();
	ck_assert_uint_eq(r.got, MANY);
	ck_assert_uint_gt(r.descents, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(injected_datagrams_arrive_exactly_whatever_the_link)
{
	struct sn_fake_link dead = {.delay_ns = 77, .jitter_ns = 9, .loss_ppm = 1000000};
	struct sn_addr local;

	open_rig(1, &dead);
	ck_assert_int_eq(sn_io_local(r.io, 1, &local), SN_OK);
	sn_fake_reply(r.net, &peer4, &local, sn_span_str("lost"), 10);
	sn_fake_inject(r.net, &peer4, &local, sn_span_str("b..."), 500);
	sn_fake_inject(r.net, &peer4, &local, sn_span_str("c..."), 500);
	sn_fake_inject(r.net, &peer4, &local, sn_span_str("a..."), 499);
	ck_assert_int_eq(sn_io_wait(r.io, SN_TIME_NEVER), 1);
	ck_assert_uint_eq(r.at, START + 499);
	ck_assert_int_eq(memcmp(&r.id, "a...", 4), 0);
	ck_assert_uint_eq(r.sock, 1);
	/* Equal times arrive in the order of sending: c is the last of the two. */
	ck_assert_int_eq(sn_io_wait(r.io, SN_TIME_NEVER), 2);
	ck_assert_uint_eq(r.at, START + 500);
	ck_assert_int_eq(memcmp(&r.id, "c...", 4), 0);
	drain();
	ck_assert_uint_eq(r.got, 3);
	sn_io_close(r.io);
}
END_TEST

START_TEST(datagram_to_a_foreign_address_is_not_delivered)
{
	struct sn_addr other;

	open_rig(1, &perfect);
	ck_assert_int_eq(sn_io_local(r.io, 0, &other), SN_OK);
	other.in.sin_port ^= 0xff;
	sn_fake_inject(r.net, &peer4, &other, sn_span_str("astray"), 1);
	drain();
	ck_assert_uint_eq(r.got, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(wall_clock_follows_mono_and_can_be_stepped)
{
	open_rig(1, &perfect);
	ck_assert_uint_eq(sn_io_wall(r.io), WALL);
	sn_io_wait(r.io, START + 10);
	ck_assert_uint_eq(sn_io_wall(r.io), WALL + 10);
	sn_fake_step_wall(r.net, -3600 * (int64_t)SN_NS_PER_SEC);
	ck_assert_uint_eq(sn_io_wall(r.io), WALL + 10 - 3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(sn_io_now(r.io), START + 10);
	sn_fake_step_wall(r.net, 3600 * (int64_t)SN_NS_PER_SEC);
	ck_assert_uint_eq(sn_io_wall(r.io), WALL + 10);
	sn_io_close(r.io);
}
END_TEST

START_TEST(failed_commits_are_reported_by_flush_and_go_nowhere)
{
	open_rig(1, &perfect);
	sn_fake_fail_tx(r.net, 2, SN_EUNREACH);
	for (uint32_t i = 1; i <= 3; i++) {
		send_id(i);
	}
	ck_assert_uint_eq(r.errors, 0);
	ck_assert_int_eq(sn_io_flush(r.io), 1);
	ck_assert_uint_eq(r.errors, 2);
	ck_assert_uint_eq(r.error_id, 2);
	ck_assert_int_eq(r.error, SN_EUNREACH);
	drain();
	ck_assert_uint_eq(r.got, 1);
	ck_assert_uint_eq(r.id, 3);
	ck_assert_uint_eq(r.io->stats.tx_errors, 2);
	sn_io_close(r.io);
}
END_TEST

START_TEST(handlers_may_send_while_they_are_called)
{
	open_rig(1, &perfect);
	sn_fake_fail_tx(r.net, 3, SN_EPERM);
	r.resend = 5;
	send_id(0);
	sn_io_flush(r.io);
	/* A resent datagram that fails as well is reported by the next call, not by recursion. */
	ck_assert_uint_eq(r.errors, 1);
	sn_io_wait(r.io, START);
	ck_assert_uint_eq(r.errors, 2);
	drain();
	/* The third failure's resend gets through, and its answers use up the other two. */
	sn_io_wait(r.io, SN_TIME_NEVER);
	drain();
	ck_assert_uint_eq(r.errors, 3);
	ck_assert_uint_eq(r.got, 3);
	ck_assert_uint_eq(r.resend, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(blocked_reserve_gives_nothing_and_is_counted)
{
	open_rig(1, &perfect);
	sn_fake_block_tx(r.net, 2);
	ck_assert_ptr_null(sn_io_tx_reserve(r.io, 10));
	ck_assert_ptr_null(sn_io_tx_reserve(r.io, 10));
	ck_assert_ptr_nonnull(sn_io_tx_reserve(r.io, 10));
	ck_assert_ptr_null(sn_io_tx_reserve(r.io, SN_IO_DATAGRAM_MAX + 1));
	ck_assert_uint_eq(r.io->stats.tx_busy, 2);
	sn_io_close(r.io);
}
END_TEST

START_TEST(one_wait_delivers_a_few_batches_only)
{
	unsigned waits = 0;

	open_rig(1, &perfect);
	for (uint32_t i = 0; i < 1000; i++) {
		send_id(i);
	}
	while (r.got < 1000) {
		int n = sn_io_wait(r.io, SN_TIME_NEVER);

		ck_assert_int_gt(n, 0);
		ck_assert_int_le(n, 4 * SN_IO_BATCH);
		waits++;
	}
	ck_assert_uint_eq(waits, 4);
	ck_assert_uint_eq(sn_io_now(r.io), START + 2 * perfect.delay_ns);
	ck_assert_uint_eq(r.descents, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(largest_datagram_arrives_whole)
{
	open_rig(1, &perfect);
	send_size(0, &peer4, 1, SN_IO_DATAGRAM_MAX);
	drain();
	ck_assert_uint_eq(r.got, 1);
	ck_assert_uint_eq(r.size, SN_IO_DATAGRAM_MAX);
	sn_io_close(r.io);
}
END_TEST

static void run_rounds(unsigned n)
{
	for (unsigned round = 0; round < n; round++) {
		for (uint32_t i = 0; i < 3000; i++) {
			send_size(0, &peer4, i, i % 3 == 0 ? 1400 : i % 1000 == 1 ? 9000 : 90);
		}
		sn_io_flush(r.io);
		drain();
	}
}

START_TEST(steady_traffic_allocates_nothing)
{
	unsigned first;
	unsigned later;

	open_rig(1, &perfect);
	allocations = 0;
	run_rounds(1);
	first = allocations;
	run_rounds(20);
	later = allocations - first;
	ck_assert_uint_gt(first, 0);
	ck_assert_uint_eq(later, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(refuses_more_sockets_than_the_interface_has)
{
	struct sn_fake_config cfg = {.sockets4 = 5};
	struct sn_fake *net;

	ck_assert_int_eq(sn_fake_open(&cfg, &net), SN_EINVAL);
	cfg.sockets4 = 0;
	cfg.sockets6 = 5;
	ck_assert_int_eq(sn_fake_open(&cfg, &net), SN_EINVAL);
}
END_TEST

START_TEST(closing_frees_what_is_in_flight)
{
	open_rig(1, &bad);
	send_many();
	for (uint32_t i = 0; i < 1000; i++) {
		send_id(i);
	}
	sn_io_close(r.io);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		same_seed_gives_the_same_trace,
		time_moves_only_in_wait,
		wait_jumps_to_the_next_arrival_and_no_further,
		wait_without_end_returns_when_nothing_is_in_flight,
		wake_ends_the_next_wait_without_moving_time,
		request_travels_through_the_link_too,
		loses_each_way_at_the_rate_asked,
		doubles_at_the_rate_asked,
		holds_back_at_the_rate_asked,
		jitter_is_uniform_on_top_of_the_delay,
		injected_datagrams_arrive_exactly_whatever_the_link,
		datagram_to_a_foreign_address_is_not_delivered,
		wall_clock_follows_mono_and_can_be_stepped,
		failed_commits_are_reported_by_flush_and_go_nowhere,
		handlers_may_send_while_they_are_called,
		blocked_reserve_gives_nothing_and_is_counted,
		one_wait_delivers_a_few_batches_only,
		largest_datagram_arrives_whole,
		steady_traffic_allocates_nothing,
		refuses_more_sockets_than_the_interface_has,
		closing_frees_what_is_in_flight,
		NULL,
	};

	return suite_run_tests("fake", tests, 30);
}
