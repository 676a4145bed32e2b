/*
 * Fetching answers for bench_floor: recvmmsg, or io_uring with one multishot receive into a ring of
 * buffers. Source addresses are not asked for. Both gather answers for a while before they wake up,
 * as a collector does that has other things to do.
 */
#include "floor.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <liburing.h>

enum {
	FEAT_MIN_TIMEOUT = 1 << 15, /* Linux 6.12: io_uring_enter takes a minimum wait */
	SMALL = 16,		    /* datagrams of a wait after which the next one naps first */
};

/* struct io_uring_getevents_arg as of Linux 6.12. */
struct enter_arg {
	uint64_t sigmask;	/* none */
	uint32_t sigmask_size;	/* 0 */
	uint32_t min_wait_usec; /* padding in older kernels */
	uint64_t timeout;	/* address of a relative struct __kernel_timespec */
};

struct floor_receiver {
	enum floor_mode mode;		 /* which of the two */
	int fd;				 /* the socket */
	unsigned min_wait_us;		 /* how long to gather */
	unsigned last;			 /* datagrams of the last wait */
	uint8_t *room;			 /* FLOOR_BUFFERS buffers */
	struct mmsghdr hdr[FLOOR_BATCH]; /* recvmmsg */
	struct iovec iov[FLOOR_BATCH];	 /* recvmmsg */
	struct io_uring ring;		 /* io_uring, ring_fd -1: none */
	struct io_uring_buf_ring *bufs;	 /* io_uring: buffers the kernel may fill */
	struct msghdr msg;		 /* io_uring: neither address nor ancillary data */
	bool armed;			 /* io_uring: the receive is running */
};

static uint8_t *buffer(const struct floor_receiver *r, unsigned i)
{
	/* One cache line more than a power of two, so that all sets of the cache are used. */
	return r->room + (size_t)i * (FLOOR_BUFFER_SIZE + 64);
}

/* Sleeps until the socket has something (a whole nap if gather), or the time is over. */
static void nap(int fd, uint64_t ns, bool gather)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / SN_NS_PER_SEC),
			      .tv_nsec = (long)(ns % SN_NS_PER_SEC)};
	struct pollfd in = {.fd = fd, .events = POLLIN};

	(void)ppoll(&in, gather ? 0 : 1, &ts, NULL);
}

static uint64_t left_until(uint64_t until)
{
	uint64_t now = until ? sn_clock_mono() : 0;

	return until > now ? until - now : 0;
}

static int receive_mmsg(struct floor_receiver *r, struct floor_client *c)
{
	int n = recvmmsg(r->fd, r->hdr, FLOOR_BATCH, MSG_DONTWAIT, NULL);

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED) {
			return 0;
		}
		perror("bench_floor: recvmmsg");
		return -1;
	}
	for (int i = 0; i < n; i++) {
		floor_client_take(c, r->iov[i].iov_base, r->hdr[i].msg_len);
	}
	return n;
}

static int wait_mmsg(struct floor_receiver *r, struct floor_client *c, uint64_t until)
{
	uint64_t left = left_until(until);
	uint64_t most = r->min_wait_us * SN_NS_PER_US;
	int n;

	if (r->min_wait_us && r->last < SMALL && left) {
		nap(r->fd, left < most ? left : most, true);
	}
	n = receive_mmsg(r, c);
	left = n == 0 ? left_until(until) : 0;
	if (left) {
		nap(r->fd, left, false);
		n = receive_mmsg(r, c);
	}
	return n;
}

static void put_buffer(struct floor_receiver *r, unsigned i, unsigned offset)
{
	io_uring_buf_ring_add(r->bufs, buffer(r, i), FLOOR_BUFFER_SIZE, (unsigned short)i,
			      io_uring_buf_ring_mask(FLOOR_BUFFERS), (int)offset);
}

/* False: explained. */
static bool arm(struct floor_receiver *r)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&r->ring);

	io_uring_prep_recvmsg_multishot(sqe, 0, &r->msg, 0);
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
	sqe->buf_group = 0;
	if (io_uring_submit(&r->ring) != 1) {
		fprintf(stderr, "bench_floor: io_uring takes no receive\n");
		return false;
	}
	r->armed = true;
	return true;
}

/* Waits for a completion; with a minimum wait for many of them. */
static void enter(struct floor_receiver *r, uint64_t left)
{
	struct __kernel_timespec ts = {.tv_sec = (int64_t)(left / SN_NS_PER_SEC),
				       .tv_nsec = (int64_t)(left % SN_NS_PER_SEC)};
	struct enter_arg arg = {.timeout = (uint64_t)(uintptr_t)&ts};
	unsigned flags =
		IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | IORING_ENTER_REGISTERED_RING;
	void *argp = &arg; /* declared as a signal set */
	unsigned want = left ? 1 : 0;

	if (left >= SN_NS_PER_US && r->min_wait_us && r->ring.features & FEAT_MIN_TIMEOUT) {
		uint64_t us = left / SN_NS_PER_US;

		arg.min_wait_usec = us < r->min_wait_us ? (uint32_t)us : r->min_wait_us;
		want = FLOOR_BATCH;
	}
	/* A timeout and a signal are as good as a completion. */
	(void)io_uring_enter2((unsigned)r->ring.enter_ring_fd, 0, want, flags, argp, sizeof(arg));
}

static int drain(struct floor_receiver *r, struct floor_client *c)
{
	struct io_uring_cqe *cqe;
	unsigned head;
	unsigned seen = 0;
	unsigned n = 0;

	io_uring_for_each_cqe(&r->ring, head, cqe)
	{
		unsigned i = cqe->flags >> IORING_CQE_BUFFER_SHIFT;

		seen++;
		r->armed = r->armed && cqe->flags & IORING_CQE_F_MORE;
		if (cqe->flags & IORING_CQE_F_BUFFER) {
			struct io_uring_recvmsg_out *out =
				io_uring_recvmsg_validate(buffer(r, i), cqe->res, &r->msg);

			if (out) {
				floor_client_take(c, io_uring_recvmsg_payload(out, &r->msg),
						  io_uring_recvmsg_payload_length(out, cqe->res,
										  &r->msg));
			}
			put_buffer(r, i, n++);
		} else if (cqe->res < 0 && cqe->res != -ENOBUFS) {
			fprintf(stderr, "bench_floor: multishot receive: %s\n",
				strerror(-cqe->res));
			return -1;
		}
	}
	io_uring_cq_advance(&r->ring, seen);
	io_uring_buf_ring_advance(r->bufs, (int)n);
	return (int)n;
}

static int wait_uring(struct floor_receiver *r, struct floor_client *c, uint64_t until)
{
	if (!r->armed && !arm(r)) {
		return -1;
	}
	if (!io_uring_cq_ready(&r->ring)) {
		uint64_t left = left_until(until);
		uint64_t most = r->min_wait_us * SN_NS_PER_US;

		if (!(r->ring.features & FEAT_MIN_TIMEOUT) && r->min_wait_us && r->last < SMALL &&
		    left) {
			nap(r->fd, left < most ? left : most, true);
		}
		enter(r, left);
	}
	return drain(r, c);
}

static bool open_ring(struct floor_receiver *r)
{
	struct io_uring_params p = {.flags = IORING_SETUP_SINGLE_ISSUER |
					     IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
				    .cq_entries = 2 * FLOOR_BUFFERS};
	struct io_uring_buf_reg reg = {.ring_entries = FLOOR_BUFFERS};
	void *bufs;
	int err = io_uring_queue_init_params(8, &r->ring, &p);

	if (err) {
		fprintf(stderr, "bench_floor: io_uring: %s\n", strerror(-err));
		r->ring.ring_fd = -1;
		return false;
	}
	if (posix_memalign(&bufs, 4096, FLOOR_BUFFERS * sizeof(struct io_uring_buf))) {
		return false;
	}
	r->bufs = bufs;
	io_uring_buf_ring_init(r->bufs);
	reg.ring_addr = (uint64_t)(uintptr_t)bufs;
	err = io_uring_register_buf_ring(&r->ring, &reg, 0);
	if (!err) {
		err = io_uring_register_files(&r->ring, &r->fd, 1);
	}
	if (!err && io_uring_register_ring_fd(&r->ring) != 1) {
		err = -ENOSYS;
	}
	if (err) {
		fprintf(stderr, "bench_floor: io_uring: %s\n", strerror(-err));
		return false;
	}
	for (unsigned i = 0; i < FLOOR_BUFFERS; i++) {
		put_buffer(r, i, i);
	}
	io_uring_buf_ring_advance(r->bufs, FLOOR_BUFFERS);
	return true;
}

struct floor_receiver *floor_receiver_open(enum floor_mode mode, int fd, unsigned min_wait_us)
{
	struct floor_receiver *r = calloc(1, sizeof(*r));

	if (!r) {
		return NULL;
	}
	*r = (struct floor_receiver){
		.mode = mode, .fd = fd, .min_wait_us = min_wait_us, .ring = {.ring_fd = -1}};
	r->room = malloc((size_t)FLOOR_BUFFERS * (FLOOR_BUFFER_SIZE + 64));
	for (unsigned i = 0; r->room && i < FLOOR_BATCH; i++) {
		r->iov[i] = (struct iovec){.iov_base = buffer(r, i), .iov_len = FLOOR_BUFFER_SIZE};
		r->hdr[i].msg_hdr = (struct msghdr){.msg_iov = &r->iov[i], .msg_iovlen = 1};
	}
	if (!r->room || (mode == FLOOR_HYBRID && !open_ring(r))) {
		floor_receiver_close(r);
		return NULL;
	}
	return r;
}

int floor_receiver_wait(struct floor_receiver *r, struct floor_client *c, uint64_t until)
{
	int n = r->mode == FLOOR_HYBRID ? wait_uring(r, c, until) : wait_mmsg(r, c, until);

	r->last = n > 0 ? (unsigned)n : 0;
	return n;
}

void floor_receiver_close(struct floor_receiver *r)
{
	if (r->ring.ring_fd >= 0) {
		io_uring_queue_exit(&r->ring);
	}
	free(r->bufs);
	free(r->room);
	free(r);
}
