/*
 * What a worker wants sent: datagrams built in place in linear memory, handed to the kernel by
 * sendmmsg, one call per socket and batch. Used by both kernel back ends on the owning thread.
 *
 * Why not by the ring: sendmmsg is as cheap, tells about each message at once, and the bytes are
 * free again when it returns. Refused datagrams are remembered and reported by sn_txqueue_report,
 * never from inside reserve or commit, so that a handler in the middle of its work is not called
 * again behind its own back.
 */
#ifndef SN_IO_TXQUEUE_H
#define SN_IO_TXQUEUE_H

#include "io/io.h"

struct sn_txqueue_msg {
	struct sn_addr to; /* destination */
	uint32_t id;	   /* the sender's name for it, for tx_error */
	uint32_t off;	   /* first byte in the queue's memory */
	uint32_t len;	   /* bytes */
	uint8_t sock;	   /* number of the socket */
	bool done;	   /* sent or refused: leaves the queue at the end of the flush */
	uint8_t control;   /* bytes of ancillary data; 0: leaves from the socket's own address */
};

_Static_assert(sizeof(struct sn_txqueue_msg) == 44, "an address and 16 bytes");

struct sn_txqueue_refused {
	uint32_t id; /* as committed */
	int err;     /* as sn_socket_error names it */
};

struct sn_txqueue;

/* SN_ENOMEM. fd: the sockets, io: whose statistics and handler; both outlive the queue. */
SN_MUST_USE int sn_txqueue_new(struct sn_txqueue **q, struct sn_io *io, const int *fd);

/* Drops what is queued. NULL is allowed. */
void sn_txqueue_free(struct sn_txqueue *q);

/* sn_io_tx_reserve, sn_io_tx_commit and sn_io_tx_commit_from. */
uint8_t *sn_txqueue_reserve(struct sn_txqueue *q, size_t cap);
void sn_txqueue_commit(struct sn_txqueue *q, unsigned sock, const struct sn_addr *to,
		       struct sn_span msg, uint32_t id);
void sn_txqueue_commit_from(struct sn_txqueue *q, unsigned sock, const struct sn_addr *to,
			    const struct sn_addr *from, struct sn_span msg, uint32_t id);

/* Sends what it can. Number sent, or SN_EAGAIN when some must wait for room. */
int sn_txqueue_flush(struct sn_txqueue *q);

/* Calls handler.tx_error for what was refused so far; what is refused meanwhile waits for the next
 * call. */
void sn_txqueue_report(struct sn_txqueue *q);

/* Datagrams queued, and refused ones not yet reported: with any of these the owner must not go to
 * sleep for long. */
unsigned sn_txqueue_pending(const struct sn_txqueue *q);
unsigned sn_txqueue_unreported(const struct sn_txqueue *q);

/*
 * Sockets (bit i: socket i) whose send buffer was full at the last flush: worth waiting for
 * POLLOUT. Datagrams may also be pending for want of kernel memory, which nothing announces: try
 * again after a while.
 */
unsigned sn_txqueue_blocked(const struct sn_txqueue *q);

#endif
