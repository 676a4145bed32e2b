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

/* One system call; SN_OK also when it has to be repeated. */
static int write_some(struct sn_fdwrite *w, struct sn_span data)
{
	const uint8_t *p = data.p + w->done;
	size_t left = data.n - w->done;
	ssize_t n = w->socket ? send(w->fd, p, left, MSG_DONTWAIT | MSG_NOSIGNAL)
			      : write(w->fd, p, left);

	if (n > 0) {
		w->done += (size_t)n;
		return SN_OK;
	}
	if (n == 0) {
		errno = EIO; /* never so for these descriptors; not to be spun on */
		return SN_EIO;
	}
	if (errno == EAGAIN) {
		return wait_writable(w);
	}
	return errno == EINTR ? SN_OK : map_errno(errno);
}

int sn_fdwrite_all(struct sn_fdwrite *w, struct sn_span data)
{
	int err = SN_OK;

	if (data.p != w->failed.p || data.n != w->failed.n) {
		w->done = 0;
	}
	w->failed = data;
	while (w->done < data.n && err == SN_OK) {
		err = write_some(w, data);
	}
	if (err == SN_OK) {
		w->failed = sn_span_make(NULL, 0);
		w->done = 0;
	}
	return err;
}
