/*
 * The scripted network, see fake.h: an io whose peers are functions and whose time moves only
 * inside sn_io_wait. Everything on one thread, but the wake.
 */
#include "io/fake.h"

#include "base/clock.h"
#include "base/rng.h"
#include "io/fake_queue.h"
#include "io/fence_int.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	/* As the kernel back ends: a few batches, then the owner's timers get their turn. */
	DELIVER_MAX = 4 * SN_IO_BATCH,
	/* Refused datagrams not yet reported; reserve gives nothing while there are this many. */
	REFUSED_MAX = 1024,
	/* Reported as the receive buffer: this network has no such limit. */
	RCVBUF = 1 << 30,
	PORT_FIRST = 40000,
	SOCKETS_PER_FAMILY = 4,
	PPM = 1000000,
};

struct sn_fake_refused {
	uint32_t id; /* as committed */
	int err;     /* as asked by sn_fake_fail_tx */
};

struct sn_fake {
	struct sn_io io;			     /* the interface */
	struct sn_fake_queue queue;		     /* datagrams in flight */
	struct sn_rng rng;			     /* every random decision */
	struct sn_fake_link link;		     /* in force */
	sn_fake_peer_fn *peer;			     /* as configured */
	void *peer_ctx;				     /* as configured */
	uint64_t now;				     /* mono ns */
	uint64_t wall_offset;			     /* wall - mono, modulo 2^64 */
	atomic_bool woken;			     /* a wake is pending */
	bool reporting;				     /* inside report_refused */
	unsigned committed;			     /* datagrams since the last flush */
	unsigned fail_left;			     /* commits still to fail */
	int fail_err;				     /* with this */
	unsigned block_left;			     /* reserves still to give nothing */
	unsigned n_refused;			     /* entries of refused[] */
	struct sn_fake_refused refused[REFUSED_MAX]; /* not yet reported */
	struct sn_addr local[SN_IO_SOCKETS_MAX];     /* what the sockets are bound to */
	uint8_t out[SN_IO_DATAGRAM_MAX];	     /* where a datagram is built */
};

static struct sn_fake *fake_of(struct sn_io *io)
{
	return (struct sn_fake *)(void *)io;
}

/* True with the given probability. Draws only when the outcome is open. */
static bool happens(struct sn_fake *net, uint32_t ppm)
{
	return ppm && sn_rng_below(&net->rng, PPM) < ppm;
}

static uint64_t link_delay(struct sn_fake *net)
{
	uint64_t d = net->link.delay_ns;

	if (net->link.jitter_ns) {
		d += sn_rng_below(&net->rng, net->link.jitter_ns);
	}
	if (happens(net, net->link.reorder_ppm)) {
		d += net->link.reorder_ns;
	}
	return d;
}

/* Puts a datagram on the link at `at`: it arrives never, once or twice. */
static void send_over_link(struct sn_fake *net, uint64_t at, bool to_peer,
			   const struct sn_addr *from, const struct sn_addr *to,
			   struct sn_span data)
{
	unsigned copies = happens(net, net->link.dup_ppm) ? 2 : 1;

	if (happens(net, net->link.loss_ppm)) {
		return;
	}
	while (copies--) {
		(void)sn_fake_queue_push(&net->queue, at + link_delay(net), to_peer, from, to,
					 data);
	}
}

static uint64_t fake_now(struct sn_io *io)
{
	return fake_of(io)->now;
}

static uint64_t fake_wall(struct sn_io *io)
{
	return fake_of(io)->now + fake_of(io)->wall_offset;
}

static uint8_t *fake_tx_reserve(struct sn_io *io, size_t cap)
{
	struct sn_fake *net = fake_of(io);

	if (cap > sizeof(net->out)) {
		return NULL;
	}
	if (net->block_left || net->n_refused == REFUSED_MAX) {
		net->block_left -= net->block_left ? 1 : 0;
		io->stats.tx_busy++;
		return NULL;
	}
	sn_fence_open(net->out, sizeof(net->out));
	sn_fence_close(net->out + cap, sizeof(net->out) - cap);
	return net->out;
}

static bool is_wildcard(const struct sn_addr *a)
{
	return a->sa.sa_family == AF_INET ? a->in.sin_addr.s_addr == htonl(INADDR_ANY)
					  : IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

static void set_port(struct sn_addr *a, in_port_t port)
{
	if (a->sa.sa_family == AF_INET) {
		a->in.sin_port = port;
	} else {
		a->in6.sin6_port = port;
	}
}

static in_port_t get_port(const struct sn_addr *a)
{
	return a->sa.sa_family == AF_INET ? a->in.sin_port : a->in6.sin6_port;
}

/* The host's own address, from the documentation ranges (RFC 5737, RFC 3849). */
static struct sn_addr host_address(int family, in_port_t port)
{
	struct sn_addr a = {.sa = {.sa_family = (sa_family_t)family}};

	if (family == AF_INET) {
		a.in.sin_addr.s_addr = htonl(0xc6336401); /* 198.51.100.1 */
	} else {
		a.in6.sin6_addr.s6_addr[0] = 0x20;
		a.in6.sin6_addr.s6_addr[1] = 0x01;
		a.in6.sin6_addr.s6_addr[2] = 0x0d;
		a.in6.sin6_addr.s6_addr[3] = 0xb8;
		a.in6.sin6_addr.s6_addr[15] = 1;
	}
	set_port(&a, port);
	return a;
}

/* What a peer sees as the source of a datagram that leaves by a socket from an address. */
static struct sn_addr source_of(const struct sn_fake *net, unsigned sock,
				const struct sn_addr *from)
{
	struct sn_addr a = is_wildcard(from) ? net->local[sock] : *from;

	if (is_wildcard(&a)) {
		a = host_address(a.sa.sa_family, 0);
	}
	set_port(&a, get_port(&net->local[sock]));
	return a;
}

static void commit(struct sn_fake *net, unsigned sock, const struct sn_addr *to,
		   const struct sn_addr *from, struct sn_span msg, uint32_t id)
{
	struct sn_io *io = &net->io;
	struct sn_addr source;

	assert(sock < sn_io_sockets(io));
	assert(msg.p >= net->out && msg.n <= sizeof(net->out) - (size_t)(msg.p - net->out));
	if (net->fail_left) {
		net->fail_left--;
		net->refused[net->n_refused].id = id;
		net->refused[net->n_refused++].err = net->fail_err;
		io->stats.tx_errors++;
		return;
	}
	net->committed++;
	io->stats.tx_datagrams++;
	io->stats.tx_bytes += msg.n;
	source = source_of(net, sock, from);
	send_over_link(net, net->now, true, &source, to, msg);
}

static void fake_tx_commit(struct sn_io *io, unsigned sock, const struct sn_addr *to,
			   struct sn_span msg, uint32_t id)
{
	commit(fake_of(io), sock, to, &fake_of(io)->local[sock], msg, id);
}

static void fake_tx_commit_from(struct sn_io *io, unsigned sock, const struct sn_addr *to,
				const struct sn_addr *from, struct sn_span msg, uint32_t id)
{
	assert(from->sa.sa_family == to->sa.sa_family);
	commit(fake_of(io), sock, to, from, msg, id);
}

/* Reports what is refused by now, as the kernel back ends do: never from inside reserve or commit.
 */
static void report_refused(struct sn_fake *net)
{
	unsigned n = net->n_refused;
	struct sn_io_handler *h = &net->io.handler;

	if (n == 0 || net->reporting) {
		return;
	}
	net->reporting = true;
	for (unsigned i = 0; i < n; i++) {
		if (h->tx_error) {
			h->tx_error(h->ctx, net->refused[i].id, net->refused[i].err);
		}
	}
	net->n_refused -= n;
	memmove(net->refused, net->refused + n, net->n_refused * sizeof(net->refused[0]));
	net->reporting = false;
}

static int fake_flush(struct sn_io *io)
{
	struct sn_fake *net = fake_of(io);
	int n = (int)net->committed;

	net->committed = 0;
	report_refused(net);
	return n;
}

/* The socket that receives what is sent to `to`: one bound to just that, else a wildcard; as the
 * kernel decides. Past the last one: none. */
static unsigned find_socket(const struct sn_fake *net, const struct sn_addr *to)
{
	unsigned n = sn_io_sockets(&net->io);
	unsigned found = n;

	for (unsigned i = 0; i < n; i++) {
		const struct sn_addr *a = &net->local[i];

		if (sn_addr_equal(a, to)) {
			return i;
		}
		if (found == n && a->sa.sa_family == to->sa.sa_family && is_wildcard(a) &&
		    get_port(a) == get_port(to)) {
			found = i;
		}
	}
	return found;
}

/* 1 when the handler got it, 0 when the address is none of the collector's. */
static unsigned deliver_to_collector(struct sn_fake *net, const struct sn_fake_packet *pk)
{
	struct sn_io_rx rx = {
		.data = sn_span_make(pk->data, pk->len),
		.from = &pk->from,
		.at = net->now,
		.sock = find_socket(net, &pk->to),
	};

	if (rx.sock == sn_io_sockets(&net->io)) {
		return 0;
	}
	rx.to = rx.sock < net->io.n4 + net->io.n6 ? NULL : &pk->to;
	net->io.stats.rx_datagrams++;
	net->io.stats.rx_bytes += pk->len;
	net->io.handler.rx(net->io.handler.ctx, &rx);
	return 1;
}

/* Everything that arrives at this moment, to peers and collector. Number delivered to the
 * collector. */
static unsigned deliver_due(struct sn_fake *net)
{
	unsigned n = 0;

	while (n < DELIVER_MAX && sn_fake_queue_next(&net->queue) <= net->now) {
		struct sn_fake_packet *pk = sn_fake_queue_pop(&net->queue);

		if (!pk->to_peer) {
			n += deliver_to_collector(net, pk);
		} else if (net->peer) {
			net->peer(net->peer_ctx, net, &pk->to, &pk->from,
				  sn_span_make(pk->data, pk->len), net->now);
		}
		sn_fake_queue_put(&net->queue, pk);
	}
	return n;
}

static int fake_wait(struct sn_io *io, uint64_t until)
{
	struct sn_fake *net = fake_of(io);
	unsigned n;

	net->committed = 0;
	report_refused(net);
	for (;;) {
		uint64_t next;

		n = deliver_due(net);
		if (atomic_exchange_explicit(&net->woken, false, memory_order_acquire) || n ||
		    net->n_refused) {
			return (int)n;
		}
		next = sn_fake_queue_next(&net->queue);
		if (next > until) {
			next = until;
		}
		if (next == SN_TIME_NEVER || next <= net->now) {
			return 0;
		}
		net->now = next;
	}
}

static void fake_wake(struct sn_io *io)
{
	atomic_store_explicit(&fake_of(io)->woken, true, memory_order_release);
}

static void fake_poll_drops(struct sn_io *io)
{
	(void)io;
}

static int fake_local(struct sn_io *io, unsigned sock, struct sn_addr *local)
{
	*local = fake_of(io)->local[sock];
	return SN_OK;
}

static void fake_close(struct sn_io *io)
{
	struct sn_fake *net = fake_of(io);

	sn_fake_queue_fini(&net->queue);
	sn_rng_fini(&net->rng);
	sn_fence_open(net->out, sizeof(net->out));
	free(net);
}

static const struct sn_io_ops fake_ops = {
	.name = "fake",
	.close = fake_close,
	.now = fake_now,
	.wall = fake_wall,
	.tx_reserve = fake_tx_reserve,
	.tx_commit = fake_tx_commit,
	.tx_commit_from = fake_tx_commit_from,
	.flush = fake_flush,
	.wait = fake_wait,
	.wake = fake_wake,
	.poll_drops = fake_poll_drops,
	.local = fake_local,
};

static void name_sockets(struct sn_fake *net, const struct sn_addr *listen)
{
	unsigned asking = net->io.n4 + net->io.n6;

	for (unsigned i = 0; i < sn_io_sockets(&net->io); i++) {
		in_port_t port = htons((uint16_t)(PORT_FIRST + i));

		if (i < asking) {
			net->local[i] = host_address(i < net->io.n4 ? AF_INET : AF_INET6, port);
			continue;
		}
		net->local[i] = listen[i - asking];
		if (get_port(&net->local[i]) == 0) {
			set_port(&net->local[i], port);
		}
	}
}

/* Whether cfg asks for what an io may have. */
static bool is_possible(const struct sn_fake_config *cfg)
{
	if (cfg->sockets4 > SOCKETS_PER_FAMILY || cfg->sockets6 > SOCKETS_PER_FAMILY ||
	    cfg->nlisten > SN_IO_SOCKETS_MAX - cfg->sockets4 - cfg->sockets6) {
		return false;
	}
	for (unsigned i = 0; i < cfg->nlisten; i++) {
		int family = cfg->listen[i].sa.sa_family;

		if (family != AF_INET && family != AF_INET6) {
			return false;
		}
	}
	return true;
}

int sn_fake_open(const struct sn_fake_config *cfg, struct sn_fake **out)
{
	struct sn_fake *net;

	if (!is_possible(cfg)) {
		return SN_EINVAL;
	}
	net = calloc(1, sizeof(*net));
	if (!net) {
		return SN_ENOMEM;
	}
	net->io.ops = &fake_ops;
	net->io.n4 = cfg->sockets4;
	net->io.n6 = cfg->sockets6;
	net->io.nl = cfg->nlisten;
	net->io.stats.rcvbuf = RCVBUF;
	net->link = cfg->link;
	net->peer = cfg->peer;
	net->peer_ctx = cfg->peer_ctx;
	net->now = cfg->start_mono;
	net->wall_offset = cfg->start_wall - cfg->start_mono;
	sn_rng_init_seed(&net->rng, cfg->seed);
	sn_fake_queue_init(&net->queue);
	name_sockets(net, cfg->listen);
	*out = net;
	return SN_OK;
}

struct sn_io *sn_fake_io(struct sn_fake *net)
{
	return &net->io;
}

void sn_fake_reply(struct sn_fake *net, const struct sn_addr *from, const struct sn_addr *to,
		   struct sn_span data, uint64_t delay)
{
	send_over_link(net, net->now + delay, false, from, to, data);
}

void sn_fake_inject(struct sn_fake *net, const struct sn_addr *from, const struct sn_addr *to,
		    struct sn_span data, uint64_t delay)
{
	(void)sn_fake_queue_push(&net->queue, net->now + delay, false, from, to, data);
}

void sn_fake_step_wall(struct sn_fake *net, int64_t delta)
{
	net->wall_offset += (uint64_t)delta;
}

void sn_fake_set_link(struct sn_fake *net, const struct sn_fake_link *link)
{
	net->link = *link;
}

void sn_fake_fail_tx(struct sn_fake *net, unsigned n, int err)
{
	net->fail_left = n;
	net->fail_err = err;
}

void sn_fake_block_tx(struct sn_fake *net, unsigned n)
{
	net->block_left = n;
}
