/*
 * Full writes, see fdwrite.h. Runs on a pump's thread.
 */
#include "output/fdwrite.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { POLL_MS = 100 }; /* so often *abandon is looked at */

static int map_errno(int e)
{
	switch (e) {
	case EPIPE:
	case ECONNRESET:
		return SN_EPIPE;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SN_ENOSPC;
	default:
		return SN_EIO;
	}
}

static int wait_writable(const struct sn_fdwrite *w)
{
	struct pollfd pfd = {.fd = w->fd, .events = POLLOUT};

	for (;;) {
		int n;

		if (atomic_load_explicit(w->abandon, memory_order_relaxed)) {
			return SN_ECANCELED;
		}
		n = poll(&pfd, 1, POLL_MS);
		if (n > 0) {
			return SN_OK; /* POLLERR and POLLHUP too: the write says what it is */
		}
		if (n < 0 && errno != EINTR) {
			return SN_EIO;
		}
	}
}

int sn_fdwrite_all(const struct sn_fdwrite *w, struct sn_span data, size_t *done)
{
	while (*done < data.n) {
		const uint8_t *p = data.p + *done;
		size_t left = data.n - *done;
		ssize_t n = w->socket ? send(w->fd, p, left, MSG_DONTWAIT | MSG_NOSIGNAL)
				      : write(w->fd, p, left);

		if (n > 0) {
			*done += (size_t)n;
		} else if (n == 0) {
			errno = EIO; /* no system call of these may do so; never spin on it */
			return SN_EIO;
		} else if (errno == EAGAIN) {
			int err = wait_writable(w);

			if (err) {
				return err;
			}
		} else if (errno != EINTR) {
			return map_errno(errno);
		}
	}
	return SN_OK;
}
