/*
 * Two ios on one thread, over loopback: a asks, b answers. Shared by the tests that run once for
 * each kernel back end; these get its index in _i.
 */
#ifndef TEST_UNIT_IO_PAIR_H
#define TEST_UNIT_IO_PAIR_H

#include "io/io.h"

#include "base/clock.h"

#include "support/suite.h"
#include "unit/io/must.h"

#include <arpa/inet.h>

static const enum sn_io_backend backends[] = {SN_IO_URING, SN_IO_MMSG};

/* One io and what its handlers saw. */
struct end {
	struct sn_io *io;	      /* the io */
	bool echo;		      /* rx sends everything back */
	unsigned got;		      /* datagrams received */
	uint64_t sum;		      /* of their ids */
	size_t size;		      /* of the last one */
	unsigned socks;		      /* bit i: socket i received something */
	unsigned crossed;	      /* answers at another socket than the id says */
	struct sn_addr from;	      /* source of the last one */
	struct sn_addr to;	      /* local address the last one was sent to, if told */
	bool told;		      /* it was told */
	bool plain;		      /* echo leaves the source to the kernel */
	unsigned descents;	      /* ids that came after a higher one */
	uint32_t id;		      /* of the last one */
	uint64_t at;		      /* its arrival */
	unsigned errors;	      /* tx_error calls */
	uint32_t error_id;	      /* of the last one */
	int error;		      /* of the last one */
	const struct sn_addr *resend; /* where tx_error sends a datagram more */
	uint8_t data[65527];	      /* contents of the last one */
};

static struct end a;
static struct end b;

/* from NULL: the plain commit. */
static inline bool send_id_from(struct end *e, unsigned sock, const struct sn_addr *to,
				const struct sn_addr *from, uint32_t id, size_t n)
{
	uint8_t *p = sn_io_tx_reserve(e->io, n);

	if (!p) {
		return false;
	}
	memset(p, (int)id, n);
	memcpy(p, &id, sizeof(id));
	if (from) {
		sn_io_tx_commit_from(e->io, sock, to, from, sn_span_make(p, n), id);
	} else {
		sn_io_tx_commit(e->io, sock, to, sn_span_make(p, n), id);
	}
	return true;
}

static inline bool send_id(struct end *e, unsigned sock, const struct sn_addr *to, uint32_t id,
			   size_t n)
{
	return send_id_from(e, sock, to, NULL, id, n);
}

static inline void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct end *e = ctx;
	uint32_t id;

	MUST(pk->data.n >= sizeof(id) && pk->data.n <= sizeof(e->data));
	MUST(!pk->truncated);
	MUST(pk->sock < sn_io_sockets(e->io));
	MUST(!pk->to == (pk->sock < e->io->n4 + e->io->n6));
	memcpy(&id, pk->data.p, sizeof(id));
	memcpy(e->data, pk->data.p, pk->data.n);
	e->got++;
	e->sum += id;
	e->size = pk->data.n;
	e->socks |= 1u << pk->sock;
	e->crossed += id % 8 != pk->sock;
	e->from = *pk->from;
	e->told = pk->to;
	e->to = pk->to ? *pk->to : (struct sn_addr){.sa = {.sa_family = 0}};
	e->descents += e->got > 1 && id < e->id;
	e->id = id;
	e->at = pk->at;
	if (e->echo) {
		MUST(send_id_from(e, pk->sock, pk->from, e->plain ? NULL : pk->to, id, pk->data.n));
	}
}

static inline void on_tx_error(void *ctx, uint32_t id, int err)
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
static inline bool open_end(struct end *e, const struct sn_io_config *cfg)
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
static inline bool open_pair(int backend, unsigned n4, unsigned n6, unsigned min_wait_us)
{
	struct sn_io_config cfg = {
		.backend = backends[backend],
		.sockets4 = n4,
		.sockets6 = n6,
		.min_wait_us = min_wait_us,
	};

	if (!open_end(&a, &cfg)) {
		return false;
	}
	ck_assert(open_end(&b, &cfg));
	b.echo = true;
	return true;
}

static inline void close_pair(void)
{
	sn_io_close(a.io);
	sn_io_close(b.io);
}

/* Where a socket of e is reached from this host. */
static inline struct sn_addr address_of(struct end *e, unsigned sock)
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
static inline void wait_for(struct end *e, unsigned n)
{
	uint64_t end = sn_io_now(e->io) + 20 * SN_NS_PER_SEC;

	while (e->got < n && sn_io_now(e->io) < end) {
		MUST(sn_io_wait(e->io, end) >= 0);
		sn_io_flush(e->io);
	}
	MUST(e->got == n);
}

/* The suite: each test once per back end. */
static inline int pair_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 30);
	for (size_t i = 0; i < n; i++) {
		tcase_add_loop_test(tc, tests[i], 0, sizeof(backends) / sizeof(backends[0]));
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

#endif
