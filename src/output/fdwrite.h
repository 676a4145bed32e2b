/*
 * Writing all of a run of bytes to a descriptor that may be blocking or not: what the stdout and
 * the file sink share. Called on a pump's thread.
 */
#ifndef SN_OUTPUT_FDWRITE_H
#define SN_OUTPUT_FDWRITE_H

#include "base/err.h"
#include "base/span.h"

#include <stdatomic.h>

struct sn_fdwrite {
	int fd;			     /* written to */
	bool socket;		     /* send(2) without waiting instead of write(2) */
	const _Atomic bool *abandon; /* looked at while the descriptor is full */
};

/*
 * Writes data from *done on, adding to *done what was taken, also on failure. SN_OK: all of it;
 * SN_EPIPE: nobody reads any more; SN_ENOSPC: no space, quota or file size limit; SN_ECANCELED:
 * *abandon while waiting; SN_EIO: anything else. errno is kept for messages.
 */
SN_MUST_USE int sn_fdwrite_all(const struct sn_fdwrite *w, struct sn_span data, size_t *done);

#endif
