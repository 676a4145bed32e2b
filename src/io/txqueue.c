/*
 * The send queue, see txqueue.h. Runs on the owner's thread only.
 */
#include "io/txqueue.h"

#include "io/fence_int.h"
#include "io/pktinfo.h"
#include "io/socket.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
	/* A full batch of 4 KiB reservations fits; larger ones flush sooner. */
	MEM_SIZE = SN_IO_BATCH * 4096,
	/* Refused datagrams remembered between two reports; without room for them none is sent. */
	REFUSED_MAX = 16 * SN_IO_BATCH,
	ALIGN = 16,
};

_Static_assert(MEM_SIZE > 2 * SN_IO_DATAGRAM_MAX, "the largest datagram fits behind a queued one");

struct sn_txqueue {
	struct sn_io *io;				/* statistics and handler */
	const int *fd;					/* sockets by number */
	unsigned n;					/* messages queued */
	unsigned n_refused;				/* entries of refused[] */
	unsigned blocked;				/* bit i: socket i had no room */
	bool reporting;					/* inside sn_txqueue_report */
	uint32_t used;					/* bytes of mem taken by queued messages */
	uint32_t reserved;				/* bytes promised by the last reserve */
	struct sn_txqueue_msg msg[SN_IO_BATCH];		/* in order of commit */
	struct mmsghdr hdr[SN_IO_BATCH];		/* of the group being sent */
	struct iovec iov[SN_IO_BATCH];			/* hdr[i] points at iov[i] for ever */
	uint8_t group[SN_IO_BATCH];			/* hdr[i] is of msg[group[i]] */
	struct sn_txqueue_refused refused[REFUSED_MAX]; /* not yet reported */
	uint8_t mem[MEM_SIZE];				/* the bytes of the messages */
	/* Ancillary data of msg[i]. Behind all else, so that it costs those nothing who only ask:
	   its pages are never touched. */
	_Alignas(struct cmsghdr) uint8_t control[SN_IO_BATCH][SN_PKTINFO_MAX];
};

int sn_txqueue_new(struct sn_txqueue **out, struct sn_io *io, const int *fd)
{
	struct sn_txqueue *q = aligned_alloc(64, (sizeof(*q) + 63) & ~(size_t)63);

	if (!q) {
		return SN_ENOMEM;
	}
	memset(q, 0, offsetof(struct sn_txqueue, mem));
	q->io = io;
	q->fd = fd;
	for (unsigned i = 0; i < SN_IO_BATCH; i++) {
		q->hdr[i].msg_hdr.msg_iov = &q->iov[i];
		q->hdr[i].msg_hdr.msg_iovlen = 1;
	}
	*out = q;
	return SN_OK;
}

void sn_txqueue_free(struct sn_txqueue *q)
{
	if (q) {
		sn_fence_open(q->mem, MEM_SIZE);
	}
	free(q);
}

static bool has_room(const struct sn_txqueue *q, size_t cap)
{
	return q->n < SN_IO_BATCH && cap <= MEM_SIZE - q->used;
}

uint8_t *sn_txqueue_reserve(struct sn_txqueue *q, size_t cap)
{
	if (cap > SN_IO_DATAGRAM_MAX) {
		return NULL;
	}
	if (!has_room(q, cap)) {
		(void)sn_txqueue_flush(q);
		if (!has_room(q, cap)) {
			return NULL;
		}
	}
	q->reserved = (uint32_t)cap;
	sn_fence_open(q->mem + q->used, cap);
	sn_fence_close(q->mem + q->used + cap, MEM_SIZE - q->used - cap);
	return q->mem + q->used;
}

void sn_txqueue_commit(struct sn_txqueue *q, unsigned sock, const struct sn_addr *to,
		       struct sn_span msg, uint32_t id)
{
	struct sn_txqueue_msg *m = &q->msg[q->n];
	uint32_t off = (uint32_t)(msg.p - q->mem);

	assert(q->n < SN_IO_BATCH && sock < sn_io_sockets(q->io));
	assert(msg.p >= q->mem && off >= q->used && msg.n <= MEM_SIZE - off);
	assert(msg.n <= q->reserved);
	m->to = *to;
	m->id = id;
	m->off = off;
	m->len = (uint32_t)msg.n;
	m->sock = (uint8_t)sock;
	m->done = false;
	m->control = 0;
	q->n++;
	q->used = (off + m->len + ALIGN - 1) & ~(uint32_t)(ALIGN - 1);
	q->reserved = 0;
}

void sn_txqueue_commit_from(struct sn_txqueue *q, unsigned sock, const struct sn_addr *to,
			    const struct sn_addr *from, struct sn_span msg, uint32_t id)
{
	unsigned i = q->n;

	/* Ancillary data of the other family would be passed over without a word. */
	assert(from->sa.sa_family == to->sa.sa_family);
	sn_txqueue_commit(q, sock, to, msg, id);
	q->msg[i].control = (uint8_t)sn_pktinfo_write(q->control[i], from);
}

/* Prepares the headers of the messages for one socket. */
static unsigned gather(struct sn_txqueue *q, unsigned sock)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->n; i++) {
		struct sn_txqueue_msg *m = &q->msg[i];

		if (m->sock != sock) {
			continue;
		}
		q->iov[n] = (struct iovec){.iov_base = q->mem + m->off, .iov_len = m->len};
		q->hdr[n].msg_hdr.msg_name = &m->to;
		q->hdr[n].msg_hdr.msg_namelen = sn_addr_len(&m->to);
		q->hdr[n].msg_hdr.msg_controllen = m->control;
		if (m->control) {
			q->hdr[n].msg_hdr.msg_control = q->control[i];
		}
		q->group[n++] = (uint8_t)i;
	}
	return n;
}

static void sent(struct sn_txqueue *q, unsigned at, unsigned n)
{
	for (unsigned i = at; i < at + n; i++) {
		q->msg[q->group[i]].done = true;
		q->io->stats.tx_bytes += q->iov[i].iov_len;
	}
	q->io->stats.tx_datagrams += n;
}

static void refuse(struct sn_txqueue *q, unsigned at, int sys_errno)
{
	struct sn_txqueue_msg *m = &q->msg[q->group[at]];

	m->done = true;
	q->refused[q->n_refused].id = m->id;
	q->refused[q->n_refused++].err = sn_socket_error(sys_errno);
	q->io->stats.tx_errors++;
}

/* No room in the socket, the device or the kernel: the datagram is fine and is tried again. */
static bool is_busy(struct sn_txqueue *q, unsigned sock, int sys_errno)
{
	if (sys_errno == EAGAIN) {
		q->blocked |= 1u << sock;
	}
	return sys_errno == EAGAIN || sys_errno == ENOBUFS || sys_errno == ENOMEM;
}

/* Number of messages sent or refused. sendmmsg stops at the first bad message and names its error
 * at the next call. */
static unsigned send_group(struct sn_txqueue *q, unsigned sock)
{
	unsigned n = gather(q, sock);
	unsigned at = 0;

	while (at < n) {
		int r = sendmmsg(q->fd[sock], q->hdr + at, n - at, MSG_DONTWAIT);

		if (r > 0) {
			sent(q, at, (unsigned)r);
			at += (unsigned)r;
		} else if (is_busy(q, sock, errno)) {
			break;
		} else if (errno != EINTR) {
			refuse(q, at++, errno);
		}
	}
	return at;
}

/* Closes the gaps that sent messages left, in the list and in memory. Only after a refusal for lack
 * of room. */
static void compact(struct sn_txqueue *q)
{
	unsigned n = 0;
	uint32_t used = 0;

	sn_fence_open(q->mem, MEM_SIZE);
	for (unsigned i = 0; i < q->n; i++) {
		struct sn_txqueue_msg *m = &q->msg[i];

		if (m->done) {
			continue;
		}
		memmove(q->mem + used, q->mem + m->off, m->len);
		m->off = used;
		used = (used + m->len + ALIGN - 1) & ~(uint32_t)(ALIGN - 1);
		memmove(q->control[n], q->control[i], m->control);
		q->msg[n++] = *m;
	}
	q->n = n;
	q->used = used;
}

int sn_txqueue_flush(struct sn_txqueue *q)
{
	uint64_t before = q->io->stats.tx_datagrams;
	unsigned socks = 0;
	unsigned done = 0;

	q->blocked = 0;
	if (q->n > REFUSED_MAX - q->n_refused) {
		/* Every queued message may be refused; without room to remember them nothing is
		 * sent. */
		q->io->stats.tx_busy++;
		return SN_EAGAIN;
	}
	for (unsigned i = 0; i < q->n; i++) {
		socks |= 1u << q->msg[i].sock;
	}
	for (unsigned s = 0; socks >> s; s++) {
		if (socks >> s & 1) {
			done += send_group(q, s);
		}
	}
	if (done < q->n) {
		q->io->stats.tx_busy++;
		compact(q);
		return SN_EAGAIN;
	}
	q->n = 0;
	q->used = 0;
	return (int)(q->io->stats.tx_datagrams - before);
}

void sn_txqueue_report(struct sn_txqueue *q)
{
	unsigned n = q->n_refused;
	struct sn_io_handler *h = &q->io->handler;

	if (n == 0 || q->reporting) {
		return;
	}
	q->reporting = true;
	for (unsigned i = 0; i < n; i++) {
		if (h->tx_error) {
			h->tx_error(h->ctx, q->refused[i].id, q->refused[i].err);
		}
	}
	/* The handler may have sent more, and some of that may have been refused behind the first
	 * n. */
	q->n_refused -= n;
	memmove(q->refused, q->refused + n, q->n_refused * sizeof(q->refused[0]));
	q->reporting = false;
}

unsigned sn_txqueue_pending(const struct sn_txqueue *q)
{
	return q->n;
}

unsigned sn_txqueue_unreported(const struct sn_txqueue *q)
{
	return q->n_refused;
}

unsigned sn_txqueue_blocked(const struct sn_txqueue *q)
{
	return q->blocked;
}
