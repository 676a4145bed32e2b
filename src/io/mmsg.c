/*
 * The back end for hosts that do not allow io_uring: ppoll, recvmmsg, sendmmsg. As fast as the ring
 * per packet, with more system calls. Opened by any thread, used by one.
 */
#include "io/bufpool.h"
#include "io/net_int.h"

#include <errno.h>
#include <stdlib.h>

struct sn_mmsg {
	struct sn_net net;			  /* sockets, queue, wake */
	struct sn_bufpool pool;			  /* one batch of buffers */
	unsigned hot;				  /* bit i: socket i had more than one wait takes */
	unsigned last;				  /* datagrams the last wait found */
	struct pollfd pfd[SN_IO_SOCKETS_MAX + 1]; /* the sockets, then the wake descriptor */
	struct mmsghdr hdr[SN_IO_BATCH];	  /* hdr[i] fills buffer i, for ever */
	struct iovec iov[SN_IO_BATCH];		  /* buffer i */
	struct sn_addr from[SN_IO_BATCH];	  /* source of datagram i */
	/* Ancillary data of datagram i; only touched on listening sockets. */
	uint8_t control[SN_IO_BATCH][SN_PKTINFO_MAX];
};

static struct sn_mmsg *mmsg_of(struct sn_io *io)
{
	return (struct sn_mmsg *)(void *)io;
}

/* Has the next batch bring ancillary data. */
static void want_control(struct sn_mmsg *m)
{
	for (unsigned i = 0; i < SN_IO_BATCH; i++) {
		m->hdr[i].msg_hdr.msg_control = m->control[i];
		m->hdr[i].msg_hdr.msg_controllen = sizeof(m->control[i]);
	}
}

/* One batch from one socket. Number delivered; 0 when it is empty. */
static unsigned receive_batch(struct sn_mmsg *m, unsigned sock)
{
	const struct sn_addr *bound = sn_net_bound(&m->net, sock);
	struct sn_io_rx pk = {.sock = sock};
	struct sn_addr to;
	int n;

	for (unsigned i = 0; i < SN_IO_BATCH; i++) {
		m->hdr[i].msg_hdr.msg_namelen = sizeof(m->from[i]);
	}
	if (bound) {
		want_control(m);
		pk.to = &to;
	}
	do {
		n = recvmmsg(m->net.sock.fd[sock], m->hdr, SN_IO_BATCH, MSG_DONTWAIT, NULL);
	} while (n < 0 && errno == EINTR);
	if (n <= 0) {
		/* Empty, or an error of an earlier datagram, which reading has cleared. */
		return 0;
	}
	pk.at = sn_clock_mono();
	for (unsigned i = 0; i < (unsigned)n; i++) {
		pk.data = sn_span_make(m->iov[i].iov_base, m->hdr[i].msg_len);
		pk.from = &m->from[i];
		pk.truncated = m->hdr[i].msg_hdr.msg_flags & MSG_TRUNC;
		if (bound) {
			sn_pktinfo_read(sn_span_make(m->control[i],
						     m->hdr[i].msg_hdr.msg_controllen),
					bound, &to);
		}
		sn_net_deliver(&m->net, &pk, sn_bufpool_at(&m->pool, i) + SN_BUFPOOL_SIZE);
	}
	return (unsigned)n;
}

/* A few batches from each of the sockets; remembers which of them are not known to be empty. */
static unsigned receive(struct sn_mmsg *m, unsigned socks)
{
	unsigned total = 0;

	m->hot = socks;
	for (unsigned b = 0; b < SN_NET_BATCHES_MAX && m->hot; b++) {
		for (unsigned s = 0; m->hot >> s; s++) {
			unsigned n;

			if (!(m->hot >> s & 1)) {
				continue;
			}
			n = receive_batch(m, s);
			if (n < SN_IO_BATCH) {
				m->hot &= ~(1u << s);
			}
			total += n;
		}
	}
	m->last = total;
	return total;
}

static int mmsg_wait(struct sn_io *io, uint64_t until)
{
	struct sn_mmsg *m = mmsg_of(io);
	unsigned n = sn_net_sockets(&m->net);
	unsigned ready = m->hot;
	unsigned blocked;
	int r;

	until = sn_net_before_wait(&m->net, until);
	if (!ready && m->last < SN_NET_SMALL_BATCH && sn_net_nap(&m->net, &until)) {
		ready = (1u << n) - 1;
	}
	r = (int)receive(m, ready);
	if (r) {
		return r;
	}
	blocked = sn_txqueue_blocked(m->net.tx);
	for (unsigned i = 0; i < n; i++) {
		m->pfd[i].events = (short)(POLLIN | (blocked >> i & 1 ? POLLOUT : 0));
	}
	r = sn_net_sleep(m->pfd, n + 1, until);
	if (r <= 0) {
		return r;
	}
	if (m->pfd[n].revents) {
		(void)sn_net_take_wake(&m->net);
	}
	for (unsigned i = 0; i < n; i++) {
		ready |= m->pfd[i].revents & ~POLLOUT ? 1u << i : 0;
	}
	return (int)receive(m, ready);
}

static void mmsg_close(struct sn_io *io)
{
	struct sn_mmsg *m = mmsg_of(io);

	sn_bufpool_fini(&m->pool);
	sn_net_fini(&m->net);
	free(m);
}

static const struct sn_io_ops mmsg_ops = {
	.name = "recvmmsg",
	.close = mmsg_close,
	.now = sn_net_now,
	.wall = sn_net_wall,
	.tx_reserve = sn_net_tx_reserve,
	.tx_commit = sn_net_tx_commit,
	.tx_commit_from = sn_net_tx_commit_from,
	.flush = sn_net_flush,
	.wait = mmsg_wait,
	.wake = sn_net_wake,
	.poll_drops = sn_net_poll_drops,
	.local = sn_net_local,
};

int sn_mmsg_open(const struct sn_io_config *cfg, struct sn_io **io)
{
	struct sn_mmsg *m = calloc(1, sizeof(*m));
	int err;

	if (!m) {
		return SN_ENOMEM;
	}
	err = sn_net_init(&m->net, cfg);
	if (err) {
		free(m);
		return err;
	}
	err = sn_bufpool_init(&m->pool, SN_IO_BATCH);
	if (err) {
		mmsg_close(&m->net.io);
		return err;
	}
	for (unsigned i = 0; i < SN_IO_BATCH; i++) {
		m->iov[i].iov_base = sn_bufpool_at(&m->pool, i);
		m->iov[i].iov_len = SN_BUFPOOL_SIZE;
		m->hdr[i].msg_hdr.msg_iov = &m->iov[i];
		m->hdr[i].msg_hdr.msg_iovlen = 1;
		m->hdr[i].msg_hdr.msg_name = &m->from[i];
	}
	for (unsigned i = 0; i < sn_net_sockets(&m->net); i++) {
		m->pfd[i].fd = m->net.sock.fd[i];
	}
	m->pfd[sn_net_sockets(&m->net)] = (struct pollfd){.fd = m->net.wake_fd, .events = POLLIN};
	m->net.io.ops = &mmsg_ops;
	*io = &m->net.io;
	return SN_OK;
}
