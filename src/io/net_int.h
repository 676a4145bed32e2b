/*
 * What the two kernel back ends (uring.c, mmsg.c) have in common: sockets, send queue, wake
 * descriptor, clocks. Inside src/io only.
 */
#ifndef SN_IO_NET_INT_H
#define SN_IO_NET_INT_H

#include "base/clock.h"
#include "io/fence_int.h"
#include "io/pktinfo.h"
#include "io/socket.h"
#include "io/txqueue.h"

#include <poll.h>

enum {
	/* Most receive buffers that can be asked for: the kernel's limit of a buffer ring. */
	SN_NET_BUFFERS_MAX = 32768,
	/* Batches taken in one wait; what is left waits for the next turn, so that timers are not
	   starved. */
	SN_NET_BATCHES_MAX = 4,
	/* A wait that found fewer datagrams than this is worth coalescing (reference measurement:
	   16). */
	SN_NET_SMALL_BATCH = 16,
	/* A device that is asked one thing after the other loses what we gather each time. So many
	   under way make up for it: they come to a quarter of a million answers a second even with
	   a millisecond of gathering, more than a CPU can take in. */
	SN_NET_MANY = 256,
	SN_NET_GATHER_US = 200,
};

/* How long a datagram that the kernel had no memory for stays queued before it is tried again. */
#define SN_NET_RETRY_NS (1 * SN_NS_PER_MS)

/* First member of both back ends' structs. */
struct sn_net {
	struct sn_io io;	   /* the interface */
	struct sn_socket_set sock; /* all sockets */
	struct sn_txqueue *tx;	   /* datagrams not yet handed to the kernel */
	int wake_fd;		   /* eventfd; readable: a wake is pending */
	unsigned min_wait_us;	   /* as in sn_io_config */
};

/* All sockets are numbered below this. */
static inline unsigned sn_net_sockets(const struct sn_net *net)
{
	return sn_io_sockets(&net->io);
}

/* What a listening socket is bound to; NULL: one that asks. */
static inline const struct sn_addr *sn_net_bound(const struct sn_net *net, unsigned sock)
{
	return sock < net->io.n4 + net->io.n6 ? NULL : &net->sock.bound[sock];
}

/* Sockets, queue and wake descriptor; ops are not set. Codes as sn_io_open; on error nothing is
 * left open. */
SN_MUST_USE int sn_net_init(struct sn_net *net, const struct sn_io_config *cfg);

void sn_net_fini(struct sn_net *net);

/* Operations that are the same in both (struct sn_io_ops). */
uint64_t sn_net_now(struct sn_io *io);
uint64_t sn_net_wall(struct sn_io *io);
uint8_t *sn_net_tx_reserve(struct sn_io *io, size_t cap);
void sn_net_tx_commit(struct sn_io *io, unsigned sock, const struct sn_addr *to, struct sn_span msg,
		      uint32_t id);
void sn_net_tx_commit_from(struct sn_io *io, unsigned sock, const struct sn_addr *to,
			   const struct sn_addr *from, struct sn_span msg, uint32_t id);
int sn_net_flush(struct sn_io *io);
void sn_net_wake(struct sn_io *io);
void sn_net_poll_drops(struct sn_io *io);
int sn_net_local(struct sn_io *io, unsigned sock, struct sn_addr *local);

/* Clears a pending wake; true if there was one. Owner thread. */
bool sn_net_take_wake(struct sn_net *net);

/*
 * The start of every wait: sends what is queued and reports what was refused. Returns the time to
 * sleep until: `until`, or sooner when something is left that cannot wait so long. Owner thread.
 */
uint64_t sn_net_before_wait(struct sn_net *net, uint64_t until);

/* ppoll until mono time `until`. Number of descriptors ready, 0 also after a signal; SN_ESYS. */
SN_MUST_USE int sn_net_sleep(struct pollfd *pfd, unsigned n, uint64_t until);

/* How long a wait may gather datagrams, us: all of min_wait_us with SN_NET_MANY answers awaited or
 * more, in proportion with fewer, but not less than SN_NET_GATHER_US. */
unsigned sn_net_gather_us(const struct sn_net *net);

/*
 * Coalescing by hand, where the kernel does not: lets datagrams gather for sn_net_gather_us, but
 * not beyond `until`. A wake ends it and sets `until` to 0. False: min_wait_us or `until` leave no
 * time for it. Owner thread.
 */
bool sn_net_nap(struct sn_net *net, uint64_t *until);

/* Hands one datagram, in a buffer that ends at buf_end, to the handler and counts it. */
static inline void sn_net_deliver(struct sn_net *net, const struct sn_io_rx *pk,
				  const uint8_t *buf_end)
{
	const uint8_t *end = pk->data.p + pk->data.n;

	net->io.stats.rx_datagrams++;
	net->io.stats.rx_bytes += pk->data.n;
	sn_fence_close(end, (size_t)(buf_end - end));
	net->io.handler.rx(net->io.handler.ctx, pk);
	sn_fence_open(end, (size_t)(buf_end - end));
}

/* Bytes of `why`, its NUL included. */
enum { SN_IO_WHY_MAX = 128 };

/*
 * Writes why the kernel refused a call that a back end can't do without. Returns the code for it:
 * SN_EPERM (not allowed, or not that much memory), else SN_ENOSYS (not there).
 */
SN_MUST_USE int sn_net_refused(char *why, const char *call, int sys_errno);

/* The back ends. Codes and `why` as sn_io_open. */
SN_MUST_USE int sn_mmsg_open(const struct sn_io_config *cfg, struct sn_io **io);
SN_MUST_USE int sn_uring_open(const struct sn_io_config *cfg, struct sn_io **io, char *why);

#endif
