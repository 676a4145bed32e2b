/*
 * The io_uring back end: one ring per worker, multishot receives into a ring of provided buffers,
 * sends by the shared queue. The only file that knows liburing. Opened by any thread; the first
 * wait binds the ring to its thread (IORING_SETUP_SINGLE_ISSUER), which must also close it or have
 * ended before the close.
 *
 * Receiving is never lost by what the ring lacks: a datagram stays in its socket while there is no
 * buffer, and a multishot receive that ended is started again at the next wait.
 */
#include "io/bufpool.h"
#include "io/net_int.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <liburing.h>

enum {
	SQ_ENTRIES = 32, /* receives, wake and writability polls of one turn; sends do not pass here
			  */
	CQ_ENTRIES_MIN = 512,
	/* Not the bandwidth-delay product: the kernel fills buffers only inside our wait, whatever
	   comes meanwhile lies in the socket, whose receive buffer is sized for that. With 64 to
	   4,096 of them the CPU time of a round trip was the same within 3 %, also where the ring
	   ran empty a thousand times; but 4,096 touch 16 MiB. */
	BUFFERS_DEFAULT = 256,
	GROUP = 0,	    /* buffer group of all receives */
	WANT = SN_IO_BATCH, /* completions that end a coalescing wait early */
	DELIVER_MAX = SN_NET_BATCHES_MAX * SN_IO_BATCH,
};

/* What stands for ever; a wait that ends once an hour for nothing costs nothing. */
#define LONG_WAIT (3600 * SN_NS_PER_SEC)

/* Since Linux 6.12, unknown to liburing 2.3: io_uring_enter takes a minimum wait. */
#define FEAT_MIN_TIMEOUT (1U << 15)

/* struct io_uring_getevents_arg as of Linux 6.12. */
struct enter_arg {
	uint64_t sigmask;	/* none */
	uint32_t sigmask_size;	/* 0 */
	uint32_t min_wait_usec; /* padding in older kernels */
	uint64_t timeout;	/* address of a relative struct __kernel_timespec */
};

/* What a completion is of: the upper half of user_data; the lower is the socket. */
enum tag { TAG_RX, TAG_WAKE, TAG_ROOM };

struct sn_uring {
	struct sn_net net;		/* sockets, queue, wake */
	struct io_uring ring;		/* rings and descriptor */
	struct sn_bufpool pool;		/* receive buffers */
	struct io_uring_buf_ring *bufs; /* buffers the kernel may fill */
	struct msghdr msg;    /* layout of every received buffer: room for a source address, and for
				 ancillary data where a socket listens */
	unsigned free_bufs;   /* delivered, not yet published again */
	unsigned no_rx;	      /* bit i: no receive is running on socket i */
	unsigned room_polled; /* bit i: a poll for room in socket i is running */
	bool no_wake_poll;    /* no poll on the wake descriptor is running */
	bool enabled;	      /* bound to its thread */
	bool registered;      /* enter by registered ring descriptor */
	bool broken;	      /* receiving failed in a way that retrying does not help */
	unsigned last;	      /* datagrams of the last wait */
};

static struct sn_uring *uring_of(struct sn_io *io)
{
	return (struct sn_uring *)(void *)io;
}

/* There are more entries than one turn can use. */
static struct io_uring_sqe *get_sqe(struct sn_uring *u)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	assert(sqe);
	return sqe;
}

static void set_target(struct io_uring_sqe *sqe, enum tag tag, unsigned sock)
{
	sqe->flags |= IOSQE_FIXED_FILE;
	sqe->user_data = (uint64_t)tag << 32 | sock;
}

static void arm_rx(struct sn_uring *u, unsigned sock)
{
	struct io_uring_sqe *sqe = get_sqe(u);

	io_uring_prep_recvmsg_multishot(sqe, (int)sock, &u->msg, 0);
	set_target(sqe, TAG_RX, sock);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
}

static void arm_poll(struct sn_uring *u, enum tag tag, unsigned file, bool again)
{
	struct io_uring_sqe *sqe = get_sqe(u);

	if (again) {
		io_uring_prep_poll_multishot(sqe, (int)file, POLLIN);
	} else {
		io_uring_prep_poll_add(sqe, (int)file, POLLOUT);
	}
	set_target(sqe, tag, file);
}

/* The first wait: the calling thread becomes the ring's only one. */
static int enable(struct sn_uring *u)
{
	/* liburing 2.3 declares io_uring_enable_rings, but its library lacks it. */
	if (io_uring_register((unsigned)u->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0)) {
		return SN_ESYS;
	}
	u->enabled = true;
	/* Saves a look-up in each call. A thread has room for 16 of these; optional. */
	u->registered = io_uring_register_ring_fd(&u->ring) == 1;
	return SN_OK;
}

/* A signal or a shortage: what was not done is still queued and done at the next turn. */
static bool is_transient(int err)
{
	return err == -EINTR || err == -EAGAIN || err == -EBUSY;
}

/* Starts what is not running. Nothing to submit in most turns. */
static int arm(struct sn_uring *u)
{
	unsigned blocked = sn_txqueue_blocked(u->net.tx) & ~u->room_polled;
	int r;

	if (!u->enabled && enable(u)) {
		return SN_ESYS;
	}
	if (!u->no_rx && !u->no_wake_poll && !blocked && !io_uring_sq_ready(&u->ring)) {
		return SN_OK;
	}
	for (unsigned i = 0; i < sn_net_sockets(&u->net); i++) {
		if (u->no_rx >> i & 1) {
			arm_rx(u, i);
		}
		if (blocked >> i & 1) {
			arm_poll(u, TAG_ROOM, i, false);
		}
	}
	if (u->no_wake_poll) {
		arm_poll(u, TAG_WAKE, sn_net_sockets(&u->net), true);
	}
	u->no_rx = 0;
	u->no_wake_poll = false;
	u->room_polled |= blocked;
	r = io_uring_submit(&u->ring);
	return r < 0 && !is_transient(r) ? SN_ESYS : SN_OK;
}

/* io_uring_enter until `until`; liburing's own wait functions do not know the minimum wait. */
static int enter(struct sn_uring *u, uint64_t until)
{
	uint64_t now = until == 0 || until == SN_TIME_NEVER ? 0 : sn_clock_mono();
	/* Without a timeout the kernel would end the wait together with the minimum wait. */
	uint64_t end = until == SN_TIME_NEVER ? LONG_WAIT : until;
	uint64_t left = end > now ? end - now : 0;
	struct __kernel_timespec ts = {.tv_sec = (int64_t)(left / SN_NS_PER_SEC),
				       .tv_nsec = (int64_t)(left % SN_NS_PER_SEC)};
	struct enter_arg arg = {.timeout = (uint64_t)(uintptr_t)&ts};
	unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
	unsigned want = left ? 1 : 0;
	void *argp = &arg; /* declared as a signal set, which it was before Linux 5.11 */
	int r;

	if (u->ring.features & FEAT_MIN_TIMEOUT && u->net.min_wait_us && left >= SN_NS_PER_US) {
		uint64_t us = left / SN_NS_PER_US;
		unsigned gather = sn_net_gather_us(&u->net);

		/* The kernel would finish the minimum wait even beyond the timeout. */
		arg.min_wait_usec = us < gather ? (uint32_t)us : gather;
		want = WANT;
	}
	if (u->registered) {
		flags |= IORING_ENTER_REGISTERED_RING;
	}
	r = io_uring_enter2((unsigned)u->ring.enter_ring_fd, 0, want, flags, argp, sizeof(arg));
	return r < 0 && r != -ETIME && !is_transient(r) ? SN_ESYS : SN_OK;
}

/* Puts a buffer back; the kernel sees it at the next publish. */
static void put_buffer(struct sn_uring *u, unsigned bid)
{
	io_uring_buf_ring_add(u->bufs, sn_bufpool_at(&u->pool, bid), SN_BUFPOOL_SIZE,
			      (unsigned short)bid, io_uring_buf_ring_mask(u->pool.count),
			      (int)u->free_bufs++);
}

static void publish(struct sn_uring *u)
{
	io_uring_buf_ring_advance(u->bufs, (int)u->free_bufs);
	u->free_bufs = 0;
}

/* The datagram in a buffer of which the kernel has filled n bytes. Number delivered. */
static unsigned deliver(struct sn_uring *u, uint8_t *buf, int n, struct sn_io_rx *pk)
{
	struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(buf, n, &u->msg);
	const struct sn_addr *bound = sn_net_bound(&u->net, pk->sock);
	struct sn_addr to;
	uint8_t *name;

	if (!out) {
		return 0;
	}
	name = io_uring_recvmsg_name(out);
	pk->from = (const struct sn_addr *)(const void *)name;
	pk->data = sn_span_make(io_uring_recvmsg_payload(out, &u->msg),
				io_uring_recvmsg_payload_length(out, n, &u->msg));
	pk->truncated = out->flags & MSG_TRUNC;
	if (bound) {
		sn_pktinfo_read(sn_span_make(name + u->msg.msg_namelen, out->controllen), bound,
				&to);
		pk->to = &to;
	}
	sn_net_deliver(&u->net, pk, buf + SN_BUFPOOL_SIZE);
	return 1;
}

/* A receive completed: one datagram, or the end of the multishot. Number delivered. */
static unsigned take_rx(struct sn_uring *u, const struct io_uring_cqe *cqe, uint64_t now)
{
	unsigned sock = (unsigned)(cqe->user_data & UINT32_MAX);
	struct sn_io_rx pk = {.sock = sock, .at = now};
	unsigned bid;
	unsigned n;

	if (!(cqe->flags & IORING_CQE_F_MORE)) {
		u->no_rx |= 1u << sock;
	}
	if (cqe->res == -ENOBUFS) {
		u->net.io.stats.rx_no_buffer++;
	} else if (cqe->res == -EINVAL || cqe->res == -EOPNOTSUPP || cqe->res == -EBADF) {
		u->broken = true;
	}
	if (!(cqe->flags & IORING_CQE_F_BUFFER)) {
		return 0;
	}
	bid = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	n = deliver(u, sn_bufpool_at(&u->pool, bid), cqe->res, &pk);
	put_buffer(u, bid);
	return n;
}

static unsigned take(struct sn_uring *u, const struct io_uring_cqe *cqe, uint64_t now)
{
	enum tag tag = (enum tag)(cqe->user_data >> 32);

	if (tag == TAG_RX) {
		return take_rx(u, cqe, now);
	}
	if (tag == TAG_WAKE) {
		u->no_wake_poll |= !(cqe->flags & IORING_CQE_F_MORE);
		(void)sn_net_take_wake(&u->net);
	} else {
		u->room_polled &= ~(1u << (cqe->user_data & UINT32_MAX));
	}
	return 0;
}

enum { HINT_AHEAD = 4 }; /* datagrams between a hint and what it is about */

/* Hints at the datagram of completion number `at`, if there is one before number `last`. */
static void hint(struct sn_uring *u, unsigned at, unsigned last)
{
	const struct sn_io_handler *h = &u->net.io.handler;
	const struct io_uring_cqe *cqe = &u->ring.cq.cqes[at & u->ring.cq.ring_mask];
	const size_t before =
		sizeof(struct io_uring_recvmsg_out) + u->msg.msg_namelen + u->msg.msg_controllen;

	if (h->soon && (int)(last - at) > 0 && cqe->user_data >> 32 == TAG_RX &&
	    cqe->flags & IORING_CQE_F_BUFFER && cqe->res > (int)before) {
		const uint8_t *buf = sn_bufpool_at(&u->pool, cqe->flags >> IORING_CQE_BUFFER_SHIFT);

		h->soon(h->ctx, sn_span_make(buf + before, (size_t)cqe->res - before));
	}
}

/* Delivers completions, a few batches at most. Number of datagrams. */
static unsigned drain(struct sn_uring *u)
{
	uint64_t now = sn_clock_mono();
	struct io_uring_cqe *cqe;
	unsigned head;
	unsigned seen = 0;
	unsigned total = 0;
	const unsigned first = *u->ring.cq.khead;
	const unsigned last = first + io_uring_cq_ready(&u->ring);

	for (unsigned i = 0; i < HINT_AHEAD; i++) {
		hint(u, first + i, last);
	}

	io_uring_for_each_cqe(&u->ring, head, cqe)
	{
		seen++;
		hint(u, head + HINT_AHEAD, last);
		total += take(u, cqe, now);
		if (total == DELIVER_MAX) {
			break;
		}
	}
	io_uring_cq_advance(&u->ring, seen);
	publish(u);
	return total;
}

static int uring_wait(struct sn_io *io, uint64_t until)
{
	struct sn_uring *u = uring_of(io);

	until = sn_net_before_wait(&u->net, until);
	if (arm(u)) {
		return SN_ESYS;
	}
	/* What the last wait left is delivered first; the kernel keeps the rest meanwhile. */
	if (!io_uring_cq_ready(&u->ring)) {
		if (!(u->ring.features & FEAT_MIN_TIMEOUT) && u->last < SN_NET_SMALL_BATCH) {
			(void)sn_net_nap(&u->net, &until);
		}
		if (enter(u, until)) {
			return SN_ESYS;
		}
	}
	u->last = drain(u);
	return u->broken ? SN_ESYS : (int)u->last;
}

static void uring_close(struct sn_io *io)
{
	struct sn_uring *u = uring_of(io);

	if (u->ring.ring_fd >= 0) {
		io_uring_queue_exit(&u->ring);
	}
	free(u->bufs);
	sn_bufpool_fini(&u->pool);
	sn_net_fini(&u->net);
	free(u);
}

static const struct sn_io_ops uring_ops = {
	.name = "io_uring",
	.close = uring_close,
	.now = sn_net_now,
	.wall = sn_net_wall,
	.tx_reserve = sn_net_tx_reserve,
	.tx_commit = sn_net_tx_commit,
	.tx_commit_from = sn_net_tx_commit_from,
	.flush = sn_net_flush,
	.wait = uring_wait,
	.wake = sn_net_wake,
	.poll_drops = sn_net_poll_drops,
	.local = sn_net_local,
};

/* Descriptors and buffers become known to the ring; also finds out whether entering it is allowed.
 */
static int register_all(struct sn_uring *u, char *why)
{
	struct io_uring_buf_reg reg = {.ring_addr = (uint64_t)(uintptr_t)u->bufs,
				       .ring_entries = u->pool.count,
				       .bgid = GROUP};
	int files[SN_IO_SOCKETS_MAX + 1];
	unsigned n = sn_net_sockets(&u->net);
	int r;

	memcpy(files, u->net.sock.fd, sizeof(u->net.sock.fd));
	files[n] = u->net.wake_fd;
	r = io_uring_register_files(&u->ring, files, n + 1);
	if (r < 0) {
		return sn_net_refused(why, "io_uring_register files", -r);
	}
	r = io_uring_register_buf_ring(&u->ring, &reg, 0);
	if (r < 0) {
		return sn_net_refused(why, "io_uring_register buffers", -r);
	}
	/* The ring is still disabled, which is what an allowed call says. */
	r = io_uring_enter((unsigned)u->ring.ring_fd, 0, 0, 0, NULL);
	if (r < 0 && r != -EBADFD) {
		return sn_net_refused(why, "io_uring_enter", -r);
	}
	for (unsigned i = 0; i < u->pool.count; i++) {
		put_buffer(u, i);
	}
	publish(u);
	return SN_OK;
}

static int open_ring(struct sn_uring *u, char *why)
{
	/*
	 * Task work runs only inside our own waits, never in the middle of a send. Receives need a
	 * buffer each, so the completion queue can't overflow. Disabled at first: the thread that
	 * opens is not the one that waits.
	 */
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED,
		.cq_entries = 2 * u->pool.count,
	};
	size_t size = u->pool.count * sizeof(struct io_uring_buf);
	void *bufs;
	int r;

	p.cq_entries = p.cq_entries < CQ_ENTRIES_MIN ? CQ_ENTRIES_MIN : p.cq_entries;
	r = io_uring_queue_init_params(SQ_ENTRIES, &u->ring, &p);
	if (r < 0) {
		u->ring.ring_fd = -1;
		return sn_net_refused(why, "io_uring_setup", -r);
	}
	if (posix_memalign(&bufs, 4096, (size + 4095) & ~(size_t)4095)) {
		return SN_ENOMEM;
	}
	u->bufs = bufs;
	io_uring_buf_ring_init(u->bufs);
	return register_all(u, why);
}

int sn_uring_open(const struct sn_io_config *cfg, struct sn_io **io, char *why)
{
	struct sn_uring *u = calloc(1, sizeof(*u));
	int err;

	if (!u) {
		return SN_ENOMEM;
	}
	u->ring.ring_fd = -1;
	err = sn_net_init(&u->net, cfg);
	if (err) {
		free(u);
		return err;
	}
	u->net.io.ops = &uring_ops;
	u->msg.msg_namelen = sizeof(struct sn_addr);
	u->msg.msg_controllen = cfg->nlisten ? SN_PKTINFO_MAX : 0;
	u->no_rx = (1u << sn_net_sockets(&u->net)) - 1;
	u->no_wake_poll = true;
	err = sn_bufpool_init(&u->pool, cfg->rx_buffers ? cfg->rx_buffers : BUFFERS_DEFAULT);
	if (!err) {
		err = open_ring(u, why);
	}
	if (err) {
		uring_close(&u->net.io);
		return err;
	}
	*io = &u->net.io;
	return SN_OK;
}
