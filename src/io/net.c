/*
 * The common part of the kernel back ends, see net_int.h. Init and fini by the thread that opens
 * and closes the io, all else by its owner, but sn_net_wake, which any thread may call.
 */
#include "io/net_int.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

int sn_net_init(struct sn_net *net, const struct sn_io_config *cfg)
{
	int err;

	memset(net, 0, sizeof(*net));
	if (cfg->rx_buffers > SN_NET_BUFFERS_MAX) {
		return SN_EINVAL;
	}
	net->min_wait_us = cfg->min_wait_us;
	net->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (net->wake_fd < 0) {
		return SN_ESYS;
	}
	err = sn_socket_open(&net->sock, cfg);
	if (err) {
		goto out;
	}
	net->io.n4 = net->sock.n4;
	net->io.n6 = net->sock.n6;
	net->io.nl = net->sock.nl;
	net->io.stats.rcvbuf = net->sock.rcvbuf;
	net->io.stats.steered = net->sock.steered;
	err = sn_txqueue_new(&net->tx, &net->io, net->sock.fd);
out:
	if (err) {
		int saved = errno;

		sn_net_fini(net);
		errno = saved;
	}
	return err;
}

void sn_net_fini(struct sn_net *net)
{
	sn_txqueue_free(net->tx);
	net->tx = NULL;
	sn_socket_close(&net->sock);
	close(net->wake_fd);
}

uint64_t sn_net_now(struct sn_io *io)
{
	(void)io;
	return sn_clock_mono();
}

uint64_t sn_net_wall(struct sn_io *io)
{
	(void)io;
	return sn_clock_wall();
}

/* struct sn_io is the first member. */
static struct sn_net *net_of(struct sn_io *io)
{
	return (struct sn_net *)(void *)io;
}

uint8_t *sn_net_tx_reserve(struct sn_io *io, size_t cap)
{
	return sn_txqueue_reserve(net_of(io)->tx, cap);
}

void sn_net_tx_commit(struct sn_io *io, unsigned sock, const struct sn_addr *to, struct sn_span msg,
		      uint32_t id)
{
	sn_txqueue_commit(net_of(io)->tx, sock, to, msg, id);
}

void sn_net_tx_commit_from(struct sn_io *io, unsigned sock, const struct sn_addr *to,
			   const struct sn_addr *from, struct sn_span msg, uint32_t id)
{
	sn_txqueue_commit_from(net_of(io)->tx, sock, to, from, msg, id);
}

int sn_net_flush(struct sn_io *io)
{
	struct sn_txqueue *tx = net_of(io)->tx;
	int n = sn_txqueue_flush(tx);

	sn_txqueue_report(tx);
	return n;
}

void sn_net_wake(struct sn_io *io)
{
	uint64_t one = 1;

	/* It fails only when 2^64 - 2 wakes are pending, and then one is pending. */
	if (write(net_of(io)->wake_fd, &one, sizeof(one)) < 0) {
		return;
	}
}

void sn_net_poll_drops(struct sn_io *io)
{
	io->stats.rx_drops += sn_socket_new_drops(&net_of(io)->sock);
}

int sn_net_local(struct sn_io *io, unsigned sock, struct sn_addr *local)
{
	return sn_socket_local(&net_of(io)->sock, sock, local);
}

bool sn_net_take_wake(struct sn_net *net)
{
	uint64_t count;

	return read(net->wake_fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

uint64_t sn_net_before_wait(struct sn_net *net, uint64_t until)
{
	uint64_t retry;

	if (sn_txqueue_pending(net->tx)) {
		(void)sn_txqueue_flush(net->tx);
	}
	sn_txqueue_report(net->tx);
	if (sn_txqueue_unreported(net->tx)) {
		return 0;
	}
	/* A socket without room announces itself; one of several may not, so all are tried again
	 * after a while. */
	if (sn_txqueue_pending(net->tx)) {
		retry = sn_clock_mono() + SN_NET_RETRY_NS;
		return retry < until ? retry : until;
	}
	return until;
}

int sn_net_sleep(struct pollfd *pfd, unsigned n, uint64_t until)
{
	struct timespec ts = {.tv_sec = 0};
	uint64_t now = until == 0 || until == SN_TIME_NEVER ? 0 : sn_clock_mono();
	int r;

	if (until > now) {
		ts.tv_sec = (time_t)((until - now) / SN_NS_PER_SEC);
		ts.tv_nsec = (long)((until - now) % SN_NS_PER_SEC);
	}
	r = ppoll(pfd, n, until == SN_TIME_NEVER ? NULL : &ts, NULL);
	if (r < 0) {
		return errno == EINTR ? 0 : SN_ESYS;
	}
	return r;
}

unsigned sn_net_gather_us(const struct sn_net *net)
{
	unsigned most = net->min_wait_us;
	unsigned least = most < SN_NET_GATHER_US ? most : SN_NET_GATHER_US;
	unsigned us = (unsigned)((uint64_t)most * net->io.awaited / SN_NET_MANY);

	if (net->io.awaited >= SN_NET_MANY) {
		return most;
	}
	return us > least ? us : least;
}

bool sn_net_nap(struct sn_net *net, uint64_t *until)
{
	struct pollfd wake = {.fd = net->wake_fd, .events = POLLIN};
	uint64_t now;
	uint64_t end;

	if (net->min_wait_us == 0 || *until == 0) {
		return false;
	}
	now = sn_clock_mono();
	if (*until <= now) {
		return false;
	}
	end = now + sn_net_gather_us(net) * SN_NS_PER_US;
	if (sn_net_sleep(&wake, 1, end < *until ? end : *until) != 0) {
		*until = 0;
	}
	return true;
}

int sn_net_refused(char *why, const char *call, int sys_errno)
{
	const char *hint = "";

	if (sys_errno == EPERM || sys_errno == EACCES) {
		hint = " (seccomp, or sysctl kernel.io_uring_disabled)";
	} else if (sys_errno == EINVAL) {
		hint = " (Linux 6.1 or later is needed)";
	} else if (sys_errno == ENOMEM) {
		hint = " (limit of locked memory, RLIMIT_MEMLOCK)";
	}
	snprintf(why, SN_IO_WHY_MAX, "%s: %s%s", call, strerror(sys_errno), hint);
	return *hint && sys_errno != EINVAL ? SN_EPERM : SN_ENOSYS;
}
