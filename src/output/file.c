/*
 * The sink for a file that is appended to, see sink.h. Runs on its pump's thread. A regular file
 * never keeps half a record: what a failed write left behind is cut off again. A path may also name
 * a FIFO or a device, where writing goes on in mid-record instead.
 */
#include "output/fdwrite.h"
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_sink {
	struct sn_sink base;   /* first: the pump sees this */
	struct sn_fdwrite out; /* the open file */
	bool regular;	       /* can be cut and synchronised */
	char *path;	       /* as configured, part of label */
	char label[];	       /* "file <path>" */
};

/*
 * Takes back what a failed write has appended: it ends at our offset, and nobody has written behind
 * it. errno stays. When it cannot be cut, the next write of the same data goes on behind it.
 */
static void cut_back(struct file_sink *s)
{
	int e = errno;
	off_t at = lseek(s->out.fd, 0, SEEK_CUR);
	struct stat st;

	if (s->regular && s->out.done && fstat(s->out.fd, &st) == 0 && st.st_size == at &&
	    ftruncate(s->out.fd, at - (off_t)s->out.done) == 0) {
		s->out.done = 0;
	}
	errno = e;
}

static int file_write(struct sn_sink *sink, struct sn_span data)
{
	struct file_sink *s = (struct file_sink *)sink;
	int err = sn_fdwrite_all(&s->out, data);

	if (err) {
		cut_back(s);
	}
	return err;
}

static int file_flush(struct sn_sink *sink)
{
	struct file_sink *s = (struct file_sink *)sink;

	if (!s->regular || fdatasync(s->out.fd) == 0) {
		return SN_OK;
	}
	return errno == ENOSPC || errno == EDQUOT ? SN_ENOSPC : SN_EIO;
}

/* Opens the path; SN_EIO with errno. A FIFO that nobody reads is refused instead of waited for. */
static int open_path(struct file_sink *s)
{
	int fd = open(s->path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		      0640);
	struct stat st;

	if (fd < 0) {
		return SN_EIO;
	}
	if (s->out.fd >= 0) {
		close(s->out.fd);
	}
	s->out.fd = fd;
	s->out.done = 0;
	s->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	return SN_OK;
}

/* The old file is kept when the new one cannot be opened. */
static int file_reopen(struct sn_sink *sink)
{
	struct file_sink *s = (struct file_sink *)sink;

	return open_path(s);
}

static void file_free(struct sn_sink *sink)
{
	struct file_sink *s = (struct file_sink *)sink;

	close(s->out.fd);
	free(s);
}

static const struct sn_sink_ops file_ops = {
	.name = "file",
	.write = file_write,
	.flush = file_flush,
	.reopen = file_reopen,
	.free = file_free,
};

int sn_sink_file_new(const char *path, struct sn_sink **sink)
{
	static const char prefix[] = "file ";
	size_t size = sizeof(prefix) + strlen(path);
	struct file_sink *s = calloc(1, sizeof(*s) + size);
	int e;

	if (!s) {
		return SN_ENOMEM;
	}
	snprintf(s->label, size, "%s%s", prefix, path);
	s->path = s->label + sizeof(prefix) - 1;
	s->base.ops = &file_ops;
	s->base.label = s->label;
	s->out.fd = -1;
	s->out.abandon = &s->base.abandon;
	if (open_path(s)) {
		e = errno;
		free(s);
		errno = e;
		return SN_EIO;
	}
	*sink = &s->base;
	return SN_OK;
}
