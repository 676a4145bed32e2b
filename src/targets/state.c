/*
 * Files of state, see state.h: written beside the one before, flushed, renamed over it.
 */
#include "targets/state.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_OCTETS = 256 };

/* Whether a folder can be made: by the one it is to be in. */
static int could_be_made(const char *folder)
{
	char *copy = strdup(folder);
	int rc = copy && access(dirname(copy), W_OK | X_OK) == 0 ? SN_OK : SN_ESYS;
	int err = errno;

	free(copy);
	errno = err;
	return rc;
}

int sn_state_prepare(const char *folder, bool make)
{
	struct stat st;

	if (make && mkdir(folder, 0700) != 0 && errno != EEXIST) {
		return SN_ESYS;
	}
	if (stat(folder, &st) != 0) {
		return !make && errno == ENOENT ? could_be_made(folder) : SN_ESYS;
	}
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return SN_ESYS;
	}
	return access(folder, R_OK | W_OK | X_OK) == 0 ? SN_OK : SN_ESYS;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR) {
			return SN_ESYS;
		}
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return SN_OK;
}

/* close, keeping errno of what went wrong before. */
static int close_file(int fd, int rc)
{
	int err = errno;

	if (close(fd) != 0 && !rc) {
		return SN_ESYS;
	}
	errno = err;
	return rc;
}

static int fill(int dir, const char *name, const void *p, size_t n)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0) {
		return SN_ESYS;
	}
	/* of an earlier try it may be there with another mode */
	rc = fchmod(fd, 0600) == 0 ? write_all(fd, p, n) : SN_ESYS;
	rc = rc || fsync(fd) == 0 ? rc : SN_ESYS;
	return close_file(fd, rc);
}

int sn_state_write(const char *folder, const char *name, const void *p, size_t n)
{
	char fresh[NAME_MAX_OCTETS];
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (dir < 0) {
		return SN_ESYS;
	}
	snprintf(fresh, sizeof(fresh), "%s.new", name);
	rc = fill(dir, fresh, p, n);
	rc = rc || renameat(dir, fresh, dir, name) == 0 ? rc : SN_ESYS;
	rc = rc || fsync(dir) == 0 ? rc : SN_ESYS;
	if (rc) {
		int err = errno;

		unlinkat(dir, fresh, 0);
		errno = err;
	}
	return close_file(dir, rc);
}

/* All of fd, which is that large. */
static int read_all(int fd, size_t size, char **out)
{
	char *p = malloc(size + 1);
	size_t n = 0;

	if (!p) {
		return SN_ENOMEM;
	}
	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);

		if (got == 0) {
			errno = EIO; /* it became shorter: somebody else writes it */
		}
		if (got == 0 || (got < 0 && errno != EINTR)) {
			free(p);
			return SN_ESYS;
		}
		n += got > 0 ? (size_t)got : 0;
	}
	p[n] = '\0';
	*out = p;
	return SN_OK;
}

int sn_state_read(const char *folder, const char *name, size_t max, char **p, size_t *n,
		  uint64_t *when)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int rc = SN_OK;

	if (fd < 0) {
		rc = errno == ENOENT ? SN_ENOENT : SN_ESYS;
	} else if (fstat(fd, &st) != 0) {
		rc = SN_ESYS;
	} else if ((uint64_t)st.st_size > max) {
		rc = SN_ERANGE;
	} else {
		rc = read_all(fd, (size_t)st.st_size, p);
		*n = (size_t)st.st_size;
		*when = (uint64_t)st.st_mtim.tv_sec * SN_NS_PER_SEC + (uint64_t)st.st_mtim.tv_nsec;
	}
	if (fd >= 0) {
		rc = close_file(fd, rc);
	}
	return dir >= 0 ? close_file(dir, rc) : rc;
}
