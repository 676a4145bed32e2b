/*
 * The scripted network when the io listens: asked under any address of a wildcard, told which, and
 * what peers see as the source of the answer. Behaviour of io/fake.h through io/io.h.
 */
#include "io/fake.h"

#include "base/clock.h"

#include "support/suite.h"

enum { PEERS_MAX = 100 };

/* The listening end, and what peers received. */
static struct {
	struct sn_fake *net;		/* the network */
	struct sn_io *io;		/* its listening end */
	unsigned got;			/* datagrams the io received */
	unsigned sock;			/* socket of the last one */
	bool told;			/* the last one came with its destination */
	struct sn_addr to;		/* which is this */
	unsigned answers;		/* datagrams that reached peers */
	struct sn_addr at[PEERS_MAX];	/* whom */
	struct sn_addr from[PEERS_MAX]; /* from where */
	char first[PEERS_MAX];		/* their first octet */
} r;

static struct sn_addr address(const char *text)
{
	struct sn_addr a;

	ck_assert_int_eq(sn_addr_parse(&a, text, 161), SN_OK);
	return a;
}

static void on_answer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		      const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	ck_assert_ptr_eq(ctx, &r);
	ck_assert_ptr_eq(net, r.net);
	ck_assert_uint_eq(now, sn_io_now(r.io));
	ck_assert_uint_lt(r.answers, PEERS_MAX);
	r.at[r.answers] = *to;
	r.from[r.answers] = *from;
	r.first[r.answers++] = (char)data.p[0];
}

static void answer(unsigned sock, const struct sn_addr *to, const struct sn_addr *from,
		   struct sn_span data)
{
	uint8_t *p = sn_io_tx_reserve(r.io, data.n);

	ck_assert_ptr_nonnull(p);
	memcpy(p, data.p, data.n);
	if (from) {
		sn_io_tx_commit_from(r.io, sock, to, from, sn_span_make(p, data.n), data.p[0]);
	} else {
		sn_io_tx_commit(r.io, sock, to, sn_span_make(p, data.n), data.p[0]);
	}
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	ck_assert_ptr_eq(ctx, &r);
	r.got++;
	r.sock = pk->sock;
	r.told = pk->to;
	if (pk->to) {
		r.to = *pk->to;
	}
	answer(pk->sock, pk->from, pk->to, pk->data);
}

static void open_rig(const struct sn_addr *listen, unsigned n)
{
	struct sn_fake_config cfg = {
		.seed = 1,
		.link = {.delay_ns = SN_NS_PER_MS},
		.peer = on_answer,
		.peer_ctx = &r,
		.sockets4 = 1,
		.sockets6 = 1,
		.listen = listen,
		.nlisten = n,
	};
	struct sn_io_handler h = {.ctx = &r, .rx = on_rx};

	memset(&r, 0, sizeof(r));
	ck_assert_int_eq(sn_fake_open(&cfg, &r.net), SN_OK);
	r.io = sn_fake_io(r.net);
	sn_io_set_handler(r.io, &h);
}

static void ask(const struct sn_addr *peer, const struct sn_addr *to, const char *text)
{
	sn_fake_reply(r.net, peer, to, sn_span_str(text), 0);
}

static void drain(void)
{
	while (sn_io_wait(r.io, SN_TIME_NEVER) > 0) {
	}
}

START_TEST(wildcard_is_asked_anywhere_and_answers_from_there)
{
	struct sn_addr any[] = {address("0.0.0.0:161"), address("[::]:161")};
	const char *asked[] = {"10.0.0.1:161", "10.255.0.9:161", "[2001:db8::7]:161"};
	struct sn_addr peer4 = address("192.0.2.1:5000");
	struct sn_addr peer6 = address("[2001:db8::1]:5000");

	open_rig(any, 2);
	for (unsigned i = 0; i < 3; i++) {
		struct sn_addr to = address(asked[i]);

		ask(i < 2 ? &peer4 : &peer6, &to, "x");
		drain();
		ck_assert_uint_eq(r.got, i + 1);
		ck_assert_uint_eq(r.sock, i < 2 ? 2 : 3);
		ck_assert(r.told && sn_addr_equal(&r.to, &to));
		ck_assert_uint_eq(r.answers, i + 1);
		ck_assert(sn_addr_equal(&r.at[i], i < 2 ? &peer4 : &peer6));
		ck_assert(sn_addr_equal(&r.from[i], &to));
	}
	sn_io_close(r.io);
}
END_TEST

START_TEST(other_ports_and_families_are_not_listened_on)
{
	struct sn_addr any = address("0.0.0.0:161");
	struct sn_addr peer = address("192.0.2.1:5000");
	struct sn_addr port = address("10.0.0.1:162");
	struct sn_addr family = address("[2001:db8::1]:161");

	open_rig(&any, 1);
	ask(&peer, &port, "x");
	ask(&peer, &family, "x");
	drain();
	ck_assert_uint_eq(r.got, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(single_address_goes_before_a_wildcard)
{
	struct sn_addr at[] = {address("0.0.0.0:161"), address("10.0.0.7:161")};
	struct sn_addr peer = address("192.0.2.1:5000");
	struct sn_addr to = address("10.0.0.8:161");

	open_rig(at, 2);
	ask(&peer, &at[1], "x");
	drain();
	ck_assert_uint_eq(r.sock, 3);
	ask(&peer, &to, "x");
	drain();
	ck_assert_uint_eq(r.sock, 2);
	sn_io_close(r.io);
}
END_TEST

START_TEST(sockets_that_ask_are_not_told)
{
	struct sn_addr any = address("0.0.0.0:161");
	struct sn_addr peer = address("192.0.2.1:5000");
	struct sn_addr local;

	open_rig(&any, 1);
	ck_assert_int_eq(sn_io_local(r.io, 0, &local), SN_OK);
	ask(&peer, &local, "x");
	drain();
	ck_assert_uint_eq(r.got, 1);
	ck_assert_uint_eq(r.sock, 0);
	ck_assert(!r.told);
	ck_assert(sn_addr_equal(&r.from[0], &local));
	sn_io_close(r.io);
}
END_TEST

START_TEST(port_zero_becomes_a_port)
{
	struct sn_addr any[] = {address("0.0.0.0:161"), address("[::]:161")};
	struct sn_addr local[2];

	any[0].in.sin_port = 0;
	any[1].in6.sin6_port = 0;
	open_rig(any, 2);
	ck_assert_uint_eq(r.io->nl, 2);
	ck_assert_int_eq(sn_io_local(r.io, 2, &local[0]), SN_OK);
	ck_assert_int_eq(sn_io_local(r.io, 3, &local[1]), SN_OK);
	ck_assert_uint_ne(sn_addr_port(&local[0]), 0);
	ck_assert_uint_ne(sn_addr_port(&local[1]), 0);
	ck_assert_uint_eq(local[0].in.sin_addr.s_addr, 0);
	sn_io_close(r.io);
}
END_TEST

START_TEST(source_port_is_the_sockets_and_a_wildcard_leaves_by_the_host)
{
	struct sn_addr at[] = {address("0.0.0.0:161"), address("10.0.0.7:161")};
	struct sn_addr peer = address("192.0.2.1:5000");
	struct sn_addr other_port = address("10.9.9.9:7");
	struct sn_addr any = address("0.0.0.0:1");
	struct sn_addr want = address("10.9.9.9:161");
	struct sn_addr host;

	open_rig(at, 2);
	answer(2, &peer, &other_port, sn_span_str("a"));
	answer(2, &peer, NULL, sn_span_str("b"));
	answer(2, &peer, &any, sn_span_str("c"));
	answer(3, &peer, &any, sn_span_str("d"));
	drain();
	ck_assert_uint_eq(r.answers, 4);
	ck_assert(sn_addr_equal(&r.from[0], &want));
	ck_assert_int_eq(sn_io_local(r.io, 0, &host), SN_OK);
	host.in.sin_port = at[0].in.sin_port;
	ck_assert(sn_addr_equal(&r.from[1], &host));
	ck_assert(sn_addr_equal(&r.from[2], &host));
	ck_assert(sn_addr_equal(&r.from[3], &at[1]));
	sn_io_close(r.io);
}
END_TEST

START_TEST(burst_is_answered_in_order_each_from_its_address)
{
	struct sn_addr any = address("0.0.0.0:161");
	struct sn_addr peer = address("192.0.2.1:5000");
	char text[2] = "A";

	open_rig(&any, 1);
	for (unsigned i = 0; i < 50; i++) {
		struct sn_addr to = address("10.0.0.0:161");

		to.in.sin_addr.s_addr = htonl(0x0a000000 + i * 7 % 50);
		text[0] = (char)('A' + i);
		ask(&peer, &to, text);
	}
	drain();
	ck_assert_uint_eq(r.answers, 50);
	for (unsigned i = 0; i < 50; i++) {
		ck_assert_int_eq(r.first[i], 'A' + (int)i);
		ck_assert_uint_eq(ntohl(r.from[i].in.sin_addr.s_addr), 0x0a000000 + i * 7 % 50);
	}
	ck_assert_uint_eq(r.io->stats.rx_datagrams, 50);
	ck_assert_uint_eq(r.io->stats.tx_datagrams, 50);
	sn_io_close(r.io);
}
END_TEST

START_TEST(refuses_to_listen_on_what_cannot_be)
{
	static struct sn_addr at[SN_IO_SOCKETS_MAX + 1];
	struct sn_fake_config many = {.listen = at, .nlisten = SN_IO_SOCKETS_MAX + 1};
	struct sn_fake_config together = {.sockets4 = 4, .sockets6 = 2, .listen = at, .nlisten = 3};
	struct sn_fake_config family = {.listen = at, .nlisten = 1};
	struct sn_fake *net;

	ck_assert_int_eq(sn_fake_open(&family, &net), SN_EINVAL);
	for (unsigned i = 0; i <= SN_IO_SOCKETS_MAX; i++) {
		at[i] = address("0.0.0.0:161");
	}
	ck_assert_int_eq(sn_fake_open(&many, &net), SN_EINVAL);
	ck_assert_int_eq(sn_fake_open(&together, &net), SN_EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		wildcard_is_asked_anywhere_and_answers_from_there,
		other_ports_and_families_are_not_listened_on,
		single_address_goes_before_a_wildcard,
		sockets_that_ask_are_not_told,
		port_zero_becomes_a_port,
		source_port_is_the_sockets_and_a_wildcard_leaves_by_the_host,
		burst_is_answered_in_order_each_from_its_address,
		refuses_to_listen_on_what_cannot_be,
		NULL,
	};

	return suite_run_tests("fake_listen", tests, 20);
}
