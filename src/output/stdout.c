/*
 * The sink for an inherited descriptor, see sink.h: `sonde poll | reader`. Runs on its pump's
 * thread. The descriptor may be a file, a terminal, a pipe or a socket, blocking or not. Pipes get
 * an open file of their own, which is non-blocking without changing the flag for the processes that
 * share ours, so that a reader that stopped reading cannot hold up the end of the program.
 */
#include "output/fdwrite.h"
#include "output/sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct stdout_sink {
	struct sn_sink base;   /* first: the pump sees this */
	struct sn_fdwrite out; /* where bytes go */
	int own; /* our own open file of a pipe or terminal, -1: out.fd is the caller's */
};

static int stdout_write(struct sn_sink *sink, struct sn_span data)
{
	struct stdout_sink *s = (struct stdout_sink *)sink;

	return sn_fdwrite_all(&s->out, data);
}

static int stdout_flush(struct sn_sink *sink)
{
	(void)sink; /* nothing is held back */
	return SN_OK;
}

static void stdout_free(struct sn_sink *sink)
{
	struct stdout_sink *s = (struct stdout_sink *)sink;

	if (s->own >= 0) {
		close(s->own);
	}
	free(s);
}

static const struct sn_sink_ops stdout_ops = {
	.name = "stdout",
	.write = stdout_write,
	.flush = stdout_flush,
	.free = stdout_free,
};

/*
 * A second open file of the pipe or terminal behind fd; -1 when it is something else or cannot be
 * opened anew (no reader any more, a terminal of another user).
 */
static int open_again(int fd, mode_t mode)
{
	char path[32];

	if (!S_ISFIFO(mode) && !isatty(fd)) {
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct sn_sink *sn_sink_stdout_new(int fd)
{
	struct stdout_sink *s = calloc(1, sizeof(*s));
	struct stat st;

	if (!s) {
		return NULL;
	}
	if (fstat(fd, &st)) {
		st.st_mode = 0; /* a bad descriptor: the first write says so */
	}
	s->base.ops = &stdout_ops;
	s->base.label = "stdout";
	s->own = open_again(fd, st.st_mode);
	s->out.fd = s->own >= 0 ? s->own : fd;
	s->out.socket = S_ISSOCK(st.st_mode);
	s->out.abandon = &s->base.abandon;
	return &s->base;
}
