/*
 * Sinks: where finished bytes go. A sink moves bytes and nothing else; it runs on its pump's thread
 * and may block.
 */
#ifndef SN_OUTPUT_SINK_H
#define SN_OUTPUT_SINK_H

#include "base/span.h"

#include <stdatomic.h>

struct sn_sink;

struct sn_sink_ops {
	const char *name; /* "stdout", "file" */
	/*
	 * Writes all of data, which ends at a record boundary. SN_OK, or: SN_EPIPE: the reader is
	 * gone for good; SN_ENOSPC, SN_EIO: nothing of data counts as written, a later call with
	 * the same data may succeed; SN_ECANCELED: abandoned while waiting for the reader.
	 */
	int (*write)(struct sn_sink *sink, struct sn_span data);
	/* Makes written data visible and durable as the sink promises; called at shutdown and when
	 * idle. Same codes. */
	int (*flush)(struct sn_sink *sink);
	/* Reopens files after rotation (SIGHUP); NULL: nothing to do. */
	int (*reopen)(struct sn_sink *sink);
	void (*free)(struct sn_sink *sink);
};

/* First member of each sink's own struct. */
struct sn_sink {
	const struct sn_sink_ops *ops; /* what it does */
	const char *label;	       /* for messages: "stdout", "file /var/log/rows.json" */
	_Atomic bool abandon; /* set by any thread: stop waiting for the reader, within 100 ms */
};

/* A file descriptor that stays open, 1 for stdout; not closed by free. NULL: out of memory. */
struct sn_sink *sn_sink_stdout_new(int fd);

/*
 * Appends to path, created with mode 0640. A write that fails half-way is cut back to the last
 * record boundary. SN_EIO with errno set: cannot be opened; SN_ENOMEM.
 */
int sn_sink_file_new(const char *path, struct sn_sink **sink);

#endif
