/*
 * Files of certificates and keys, see http_pem.h. Server's thread, at start any.
 */
#include "observe/http_pem.h"

#include "observe/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sn_http_pem_drop(struct sn_http_pem_text *t)
{
	if (t->p) {
		explicit_bzero(t->p, t->n);
	}
	free(t->p);
	t->p = NULL;
	t->n = 0;
}

static int keep(struct sn_http_pem_text *t, const void *p, size_t n)
{
	t->p = malloc(n + 1);
	if (!t->p) {
		return SN_ENOMEM;
	}
	memcpy(t->p, p, n);
	t->p[n] = '\0';
	t->n = (unsigned)n;
	return SN_OK;
}

int sn_http_pem_init(struct sn_http_pem_source *s, const struct sn_http_pem *from, const char *file,
		     const char *text)
{
	memset(s, 0, sizeof(*s));
	s->what = from->file ? file : text;
	if (from->file) {
		s->path = strdup(from->file);
		return s->path ? SN_OK : SN_ENOMEM;
	}
	return from->text ? keep(&s->text, from->text, strlen(from->text)) : SN_OK;
}

void sn_http_pem_fini(struct sn_http_pem_source *s)
{
	sn_http_pem_drop(&s->text);
	free(s->path);
	s->path = NULL;
}

/* 0 or an errno. */
static int look(const char *path, struct sn_http_pem_mark *m)
{
	struct stat st;

	if (stat(path, &st)) {
		return errno;
	}
	memset(m, 0, sizeof(*m));
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	m->size = st.st_size;
	m->time = st.st_mtim;
	return 0;
}

/* Reads up to SN_HTTP_PEM_MAX octets into p, which has one more. 0 or an errno. */
static int read_all(int fd, unsigned char *p, size_t *n)
{
	for (*n = 0; *n <= SN_HTTP_PEM_MAX;) {
		ssize_t got = read(fd, p + *n, SN_HTTP_PEM_MAX + 1 - *n);

		if (got < 0) {
			return errno;
		}
		if (got == 0) {
			return 0;
		}
		*n += (size_t)got;
	}
	return EFBIG;
}

/* 0 or an errno, ENOMEM included. */
static int slurp(const char *path, struct sn_http_pem_text *out)
{
	unsigned char *room = malloc(SN_HTTP_PEM_MAX + 1);
	size_t n = 0;
	int fd;
	int err;

	if (!room) {
		return ENOMEM;
	}
	/* a pipe must not hold the server up */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = fd < 0 ? errno : read_all(fd, room, &n);
	if (!err && keep(out, room, n)) {
		err = ENOMEM;
	}
	if (fd >= 0) {
		close(fd);
	}
	explicit_bzero(room, n);
	free(room);
	return err;
}

int sn_http_pem_read(struct sn_http_pem_source *s, struct sn_http_pem_text *out, char *why)
{
	int err;

	if (!s->path) {
		return SN_OK;
	}
	/* before it is read: a change in between makes another mark */
	err = look(s->path, &s->mark);
	err = err ? err : slurp(s->path, out);
	if (err == ENOMEM) {
		return SN_ENOMEM;
	}
	if (err) {
		snprintf(why, SN_HTTP_WHY_MAX, "%s: cannot read %.150s: %s", s->what, s->path,
			 err == EFBIG ? "larger than 1 MiB" : strerror(err));
		return SN_EINVAL;
	}
	return SN_OK;
}

bool sn_http_pem_changed(const struct sn_http_pem_source *s)
{
	struct sn_http_pem_mark now;

	return s->path && look(s->path, &now) == 0 && memcmp(&now, &s->mark, sizeof(now)) != 0;
}

void sn_http_pem_replace(struct sn_http_pem_source *s, struct sn_http_pem_text *fresh)
{
	if (fresh->p) {
		sn_http_pem_drop(&s->text);
		s->text = *fresh;
		fresh->p = NULL;
	}
}
