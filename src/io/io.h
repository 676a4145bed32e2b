/*
 * Datagram I/O of one worker: a small interface with three back ends: io_uring (uring.c),
 * recvmmsg/sendmmsg (mmsg.c, where io_uring is not allowed) and a scripted network in virtual time
 * (fake.c). Knows no SNMP.
 *
 * A turn of the worker's loop: sn_io_wait delivers what arrived through handler.rx, handlers queue
 * answers and requests by sn_io_tx_reserve and sn_io_tx_commit, sn_io_flush hands the batch to the
 * kernel. All calls on the owning thread, but sn_io_wake, which any thread may call.
 *
 * Sockets are unconnected and non-blocking. Those that ask are bound to kernel-chosen ports;
 * answers come back to the asking worker by port. They are numbered 0 .. n4-1 (IPv4) and n4 ..
 * n4+n6-1 (IPv6). Those that listen follow, in the order of the configuration: one of them may be
 * asked under any number of local addresses, is told which, and answers from there.
 */
#ifndef SN_IO_IO_H
#define SN_IO_IO_H

#include "base/addr.h"
#include "base/span.h"

enum {
	SN_IO_BATCH = 64,	    /* datagrams per send or receive batch */
	SN_IO_DATAGRAM_MAX = 65507, /* largest UDP payload over IPv4 */
	SN_IO_SOCKETS_MAX = 8,	    /* all together */
	SN_IO_SHARE_MAX = 65535,    /* ios on one port */
};

enum sn_io_backend { SN_IO_AUTO, SN_IO_URING, SN_IO_MMSG };

/* A received datagram; everything in it lives until the handler returns. */
struct sn_io_rx {
	struct sn_span data;	    /* payload */
	const struct sn_addr *from; /* source address and port */
	const struct sn_addr *to;   /* on a listening socket: the local address asked, with the
				       socket's port; else NULL */
	uint64_t at;		    /* mono ns at which the batch was taken from the kernel */
	unsigned sock;		    /* number of the socket */
	bool truncated;		    /* the datagram was longer than data.n */
};

struct sn_io_handler {
	void *ctx; /* first argument of all calls */
	/* A hint, so that memory can be fetched in time: data is a datagram that will be handed to
	 * rx, mostly the fourth one from here. May come for some only. NULL: not wanted. */
	void (*soon)(void *ctx, struct sn_span data);
	/* A datagram arrived. May reserve and commit datagrams, must not call sn_io_wait. */
	void (*rx)(void *ctx, const struct sn_io_rx *pk);
	/* The kernel refused the datagram committed under this id: SN_EUNREACH, SN_EMSGSIZE,
	 * SN_EPERM, SN_ESYS. */
	void (*tx_error)(void *ctx, uint32_t id, int err);
};

struct sn_io_config {
	enum sn_io_backend backend; /* AUTO: io_uring, else recvmmsg */
	unsigned sockets4;	    /* IPv4 sockets, 0 to 4 */
	unsigned sockets6;    /* IPv6 sockets, 0 to 4; none is opened where the host has no IPv6 */
	unsigned sockets_max; /* where those are granted too little, so many of a family, to 4;
				 0 where any listen */
	unsigned rcvbuf;      /* bytes asked by SO_RCVBUFFORCE or SO_RCVBUF; 0: 8 MiB */
	/* Bytes, as the kernel counts them, that a family's sockets that ask should have together:
	   while they have less, more of them are opened, up to sockets_max. */
	uint64_t rcvbuf_family;
	unsigned rx_buffers;  /* datagrams that may be taken at once; 0: 256, rounded up to a power
				 of two */
	unsigned min_wait_us; /* coalescing: how long a wait may gather completions at most, see
				 awaited of struct sn_io; 0: wake on the first */
	struct sn_addr bind4; /* source address, family 0: any */
	struct sn_addr bind6; /* source address, family 0: any */
	/* Where to listen, wildcards and addresses of no interface allowed (those that a local
	 * route brings here); port 0: a free one, see sn_io_local. Copied. */
	const struct sn_addr *listen;
	unsigned nlisten; /* sockets that listen */
	/* Above 1: so many ios listen on the same addresses and ports (SO_REUSEPORT), each opened
	 * with the same list and this number; stats.steered tells how datagrams are dealt. Port 0
	 * is for the first of them, the others are given what it got. */
	unsigned share_port;
};

/* What a back end reports about itself; sums since open. */
struct sn_io_stats {
	uint64_t rx_datagrams; /* delivered to handler.rx */
	uint64_t rx_bytes;     /* of these */
	uint64_t rx_drops; /* dropped by the kernel at our sockets, as of the last sn_io_poll_drops
			    */
	uint64_t rx_no_buffer; /* times the receive ring ran empty (nothing is lost by that) */
	uint64_t tx_datagrams; /* accepted by the kernel */
	uint64_t tx_bytes;     /* of these */
	uint64_t tx_errors;    /* refused by the kernel */
	uint64_t tx_busy;      /* times the send queue was full */
	unsigned rcvbuf; /* smallest receive buffer granted, bytes as the kernel counts them */
	bool steered;	 /* share_port: all datagrams to one local address arrive at the same io as
			    long as none of the sharing ios closes; else dealt by the kernel's hash
			    of both addresses and ports */
};

struct sn_io;

struct sn_io_ops {
	const char *name; /* "io_uring", "recvmmsg", "fake" */
	void (*close)(struct sn_io *io);
	uint64_t (*now)(struct sn_io *io);
	uint64_t (*wall)(struct sn_io *io);
	uint8_t *(*tx_reserve)(struct sn_io *io, size_t cap);
	void (*tx_commit)(struct sn_io *io, unsigned sock, const struct sn_addr *to,
			  struct sn_span msg, uint32_t id);
	void (*tx_commit_from)(struct sn_io *io, unsigned sock, const struct sn_addr *to,
			       const struct sn_addr *from, struct sn_span msg, uint32_t id);
	int (*flush)(struct sn_io *io);
	int (*wait)(struct sn_io *io, uint64_t until);
	void (*wake)(struct sn_io *io);
	void (*poll_drops)(struct sn_io *io);
	int (*local)(struct sn_io *io, unsigned sock, struct sn_addr *local);
};

/* First member of every back end's own struct. */
struct sn_io {
	const struct sn_io_ops *ops;  /* the back end */
	struct sn_io_handler handler; /* set by sn_io_set_handler before the first wait */
	struct sn_io_stats stats;     /* owner thread only */
	unsigned n4;		      /* IPv4 sockets that ask */
	unsigned n6;		      /* IPv6 sockets that ask */
	unsigned nl;		      /* sockets that listen */
	/* Answers awaited, told by the owner before a wait: with few of them a wait gathers for a
	   shorter time, since soon none would be left to come. */
	unsigned awaited;
};

/* All sockets are numbered below this. */
static inline unsigned sn_io_sockets(const struct sn_io *io)
{
	return io->n4 + io->n6 + io->nl;
}

/*
 * Opens sockets and back end. backend AUTO falls back to recvmmsg where io_uring is refused; why
 * (may be NULL, else 128 bytes) then says the reason, else it is "". SN_EPERM or SN_ENOSYS: the
 * wanted back end is not allowed or not there, or a port to listen on is privileged; SN_EINVAL:
 * more sockets, buffers or sharing ios than there can be, an address of the wrong family; SN_ESYS:
 * sockets (errno), also where an IPv6 address is to be listened on without IPv6; SN_ENOMEM. The
 * first wait binds the io to its thread.
 */
SN_MUST_USE int sn_io_open(const struct sn_io_config *cfg, struct sn_io **io, char *why);

static inline void sn_io_set_handler(struct sn_io *io, const struct sn_io_handler *h)
{
	io->handler = *h;
}

/* Drops what is still queued. On the owning thread, or after that has ended. */
static inline void sn_io_close(struct sn_io *io)
{
	io->ops->close(io);
}

/* Monotonic ns. */
static inline uint64_t sn_io_now(struct sn_io *io)
{
	return io->ops->now(io);
}

/* Unix time, ns. */
static inline uint64_t sn_io_wall(struct sn_io *io)
{
	return io->ops->wall(io);
}

/* Receive buffer that the sockets of one family that ask have together, the lesser of both where
 * there are two: all peers may be of one. Bytes as the kernel counts them. */
static inline uint64_t sn_io_rcvbuf(const struct sn_io *io)
{
	unsigned fewest = io->n6 && (io->n6 < io->n4 || io->n4 == 0) ? io->n6 : io->n4;

	return (uint64_t)fewest * io->stats.rcvbuf;
}

/* The socket to ask from for a family; spread picks one of several. -1: none of that family. */
static inline int sn_io_pick_socket(const struct sn_io *io, int family, uint64_t spread)
{
	if (family == AF_INET) {
		return io->n4 ? (int)(spread % io->n4) : -1;
	}
	return io->n6 ? (int)(io->n4 + spread % io->n6) : -1;
}

/*
 * cap bytes (at most SN_IO_DATAGRAM_MAX) to build one datagram in, valid until the commit or the
 * next reserve. Flushes by itself when the batch is full. NULL: the kernel takes nothing now
 * (counted as tx_busy).
 */
static inline uint8_t *sn_io_tx_reserve(struct sn_io *io, size_t cap)
{
	return io->ops->tx_reserve(io, cap);
}

/* Queues msg, which must lie in the bytes reserved last. id comes back in handler.tx_error. */
static inline void sn_io_tx_commit(struct sn_io *io, unsigned sock, const struct sn_addr *to,
				   struct sn_span msg, uint32_t id)
{
	io->ops->tx_commit(io, sock, to, msg, id);
}

/*
 * As sn_io_tx_commit, on a listening socket: leaves from the address `from`, of the family of `to`,
 * whatever its port says; usually rx.to of what is answered. A wildcard lets the kernel choose. An
 * address that is none of this host's is refused (handler.tx_error, SN_EUNREACH).
 */
static inline void sn_io_tx_commit_from(struct sn_io *io, unsigned sock, const struct sn_addr *to,
					const struct sn_addr *from, struct sn_span msg, uint32_t id)
{
	io->ops->tx_commit_from(io, sock, to, from, msg, id);
}

/* Hands queued datagrams to the kernel. Number sent, or SN_EAGAIN when some must wait for room. */
static inline int sn_io_flush(struct sn_io *io)
{
	return io->ops->flush(io);
}

/*
 * Waits until mono time `until` (SN_TIME_NEVER: for ever; in the past: only looks), a datagram or a
 * wake, and delivers all datagrams at hand, at most a few batches. Number delivered, or SN_ESYS.
 */
static inline int sn_io_wait(struct sn_io *io, uint64_t until)
{
	return io->ops->wait(io, until);
}

/* Ends a wait early, also one that begins just after. Any thread. */
static inline void sn_io_wake(struct sn_io *io)
{
	io->ops->wake(io);
}

/* Refreshes stats.rx_drops (SO_MEMINFO); a few times a second is plenty. */
static inline void sn_io_poll_drops(struct sn_io *io)
{
	io->ops->poll_drops(io);
}

/* The address and port a socket is bound to, which peers see as the source unless it is a wildcard.
 * SN_ESYS. */
SN_MUST_USE static inline int sn_io_local(struct sn_io *io, unsigned sock, struct sn_addr *local)
{
	return io->ops->local(io, sock, local);
}

#endif
