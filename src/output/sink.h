/*
 * Sinks: where finished bytes go. A sink moves bytes and nothing else; it runs on its pump's
 * thread. There are two kinds: streams of bytes, which may block, and those that take messages,
 * which may not.
 */
#ifndef SN_OUTPUT_SINK_H
#define SN_OUTPUT_SINK_H

#include "base/span.h"
#include "output/message.h"

#include <stdatomic.h>

struct sn_pump;
struct sn_sink;

/* What a sink counts besides what its pump does: figures by number, as in its own header. */
enum { SN_SINK_FIGURES_MAX = 24 };

struct sn_sink_ops {
	const char *name; /* "stdout", "file", "kafka" */

	/*
	 * Streams. Writes all of data, which ends at a record boundary. SN_OK, or: SN_EPIPE: the
	 * reader is gone for good; SN_ENOSPC, SN_EIO: nothing of data counts as written, a later
	 * call with the same data may succeed; SN_ECANCELED: abandoned while waiting for the
	 * reader.
	 */
	int (*write)(struct sn_sink *sink, struct sn_span data);
	/* Streams. Makes written data visible and durable as the sink promises; called at shutdown
	 * and when idle. Same codes. */
	int (*flush)(struct sn_sink *sink);
	/* Streams. Reopens files after rotation (SIGHUP); NULL: nothing to do. */
	int (*reopen)(struct sn_sink *sink);

	/*
	 * Messages. Takes one: SN_OK: sn_message_settle will be called for it, perhaps before this
	 * returns. SN_EAGAIN: not now, it will be offered again and none before it.
	 */
	int (*take)(struct sn_sink *sink, struct sn_output_message *m);
	/*
	 * Messages. Settles what can be settled. Returns when it wants to be called again at the
	 * latest (monotonic ns, SN_TIME_NEVER), 0: it has done something and may have more; it is
	 * called sooner after sn_pump_nudge.
	 */
	uint64_t (*serve)(struct sn_sink *sink, uint64_t now);
	/* Messages. The time to stop is over: gives up what was taken, within a second or so, and
	 * settles it. No take or serve follows. */
	void (*abort)(struct sn_sink *sink);
	/* Messages. Its figures, up to SN_SINK_FIGURES_MAX; returns how many. Any thread. */
	unsigned (*figures)(const struct sn_sink *sink, uint64_t *v);

	void (*free)(struct sn_sink *sink);
};

/* First member of each sink's own struct. */
struct sn_sink {
	const struct sn_sink_ops *ops; /* what it does */
	const char *label;	       /* for messages: "stdout", "file /var/log/rows.json" */
	struct sn_pump *pump;	       /* whose it is, once the pump is there; for messages only */
	_Atomic bool abandon; /* set by any thread: stop waiting for the reader, within 100 ms */
};

/* Whether it takes messages. */
static inline bool sn_sink_takes_messages(const struct sn_sink *sink)
{
	return sink->ops->take != NULL;
}

/* A file descriptor that stays open, 1 for stdout; not closed by free. NULL: out of memory. */
struct sn_sink *sn_sink_stdout_new(int fd);

/*
 * Appends to path, created with mode 0640. A write that fails half-way is cut back to the last
 * record boundary. SN_EIO with errno set: cannot be opened; SN_ENOMEM.
 */
int sn_sink_file_new(const char *path, struct sn_sink **sink);

#endif
