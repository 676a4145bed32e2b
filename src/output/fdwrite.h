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
	struct sn_span failed;	     /* what the last call could not finish; empty when it could */
	size_t done;		     /* of failed: bytes the descriptor has taken */
};

/*
 * Writes data. After a failure a call with the same data goes on where the last one ended, since
 * what a pipe took cannot be called back; w->done = 0 makes it begin anew. SN_OK: all of it;
 * SN_EPIPE: nobody reads any more; SN_ENOSPC: no space, quota or file size limit; SN_ECANCELED:
 * *abandon while waiting; SN_EIO: anything else. errno is kept for messages.
 */
SN_MUST_USE int sn_fdwrite_all(struct sn_fdwrite *w, struct sn_span data);

#endif
