/*
 * A real directory as a disk, see disk.h. The lock is a file of its own that is never removed: a
 * lock on a file that may be unlinked guards nothing. Called by the spool, on its thread.
 */
#include "spool/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct dir_disk {
	struct sn_disk base; /* first: the spool sees this */
	int dir;	     /* the directory */
	int lock;	     /* descriptor that holds the lock, -1: none */
};

int sn_disk_err(int e)
{
	switch (e < 0 ? -e : e) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SN_ENOSPC;
	case EROFS:
	case EACCES:
	case EPERM:
		return SN_EPERM;
	case EWOULDBLOCK:
		return SN_EEXIST;
	case ENOENT:
		return SN_ENOENT;
	case ENOMEM:
		return SN_ENOMEM;
	default:
		return SN_EIO;
	}
}

int sn_disk_write_all(struct sn_disk *d, int fd, const void *from, size_t n, uint64_t at)
{
	const uint8_t *p = from;

	while (n) {
		ssize_t done = d->ops->pwrite(d, fd, p, n, at);

		if (done <= 0) {
			return done < 0 ? (int)done : -EIO;
		}
		p += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

/* A system call's result with its errno. */
static int result(int rc)
{
	return rc < 0 ? -errno : rc;
}

/* On a read-only or full disk a lock file of an earlier run serves as well. */
static int dir_lock(struct sn_disk *disk)
{
	struct dir_disk *d = (struct dir_disk *)disk;
	int fd = openat(d->dir, SN_DISK_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	int e = errno;

	if (fd < 0) {
		fd = openat(d->dir, SN_DISK_LOCK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0) {
		return -e;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		e = errno;
		close(fd);
		return -e;
	}
	d->lock = fd;
	return 0;
}

static int dir_list(struct sn_disk *disk, sn_disk_name_fn *each, void *ctx)
{
	struct dir_disk *d = (struct dir_disk *)disk;
	/* a descriptor of its own: a duplicate would share the place in the directory */
	int fd = openat(d->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;
	int e;

	if (fd < 0) {
		return -errno;
	}
	dir = fdopendir(fd);
	if (!dir) {
		e = errno;
		close(fd);
		return -e;
	}
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			each(ctx, entry->d_name);
		}
	}
	e = errno;
	closedir(dir);
	return -e;
}

static int dir_open(struct sn_disk *disk, const char *name, enum sn_disk_mode mode)
{
	struct dir_disk *d = (struct dir_disk *)disk;
	/* O_NONBLOCK: a FIFO of such a name must not stop us */
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	struct stat st;
	int fd;

	flags |= mode == SN_DISK_READ ? O_RDONLY : O_RDWR;
	flags |= mode == SN_DISK_CREATE ? O_CREAT | O_EXCL : 0;
	fd = openat(d->dir, name, flags, 0640);
	if (fd < 0) {
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? -EINVAL : -errno;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

static int64_t dir_size(struct sn_disk *disk, int fd)
{
	struct stat st;

	(void)disk;
	return fstat(fd, &st) == 0 ? (int64_t)st.st_size : -errno;
}

static ssize_t dir_pread(struct sn_disk *disk, int fd, void *to, size_t n, uint64_t at)
{
	ssize_t done;

	(void)disk;
	do {
		done = pread(fd, to, n, (off_t)at);
	} while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

static ssize_t dir_pwrite(struct sn_disk *disk, int fd, const void *from, size_t n, uint64_t at)
{
	ssize_t done;

	(void)disk;
	do {
		done = pwrite(fd, from, n, (off_t)at);
	} while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

static int dir_truncate(struct sn_disk *disk, int fd, uint64_t size)
{
	(void)disk;
	return result(ftruncate(fd, (off_t)size));
}

static int dir_sync(struct sn_disk *disk, int fd)
{
	(void)disk;
	return result(fdatasync(fd));
}

static void dir_close(struct sn_disk *disk, int fd)
{
	(void)disk;
	close(fd);
}

static int dir_unlink(struct sn_disk *disk, const char *name)
{
	const struct dir_disk *d = (const struct dir_disk *)disk;

	return result(unlinkat(d->dir, name, 0));
}

static int dir_sync_dir(struct sn_disk *disk)
{
	const struct dir_disk *d = (const struct dir_disk *)disk;

	return result(fsync(d->dir));
}

static void dir_free(struct sn_disk *disk)
{
	struct dir_disk *d = (struct dir_disk *)disk;

	if (d->lock >= 0) {
		close(d->lock);
	}
	close(d->dir);
	free(d);
}

static const struct sn_disk_ops dir_ops = {
	.lock = dir_lock,
	.list = dir_list,
	.open = dir_open,
	.size = dir_size,
	.pread = dir_pread,
	.pwrite = dir_pwrite,
	.truncate = dir_truncate,
	.sync = dir_sync,
	.close = dir_close,
	.unlink = dir_unlink,
	.sync_dir = dir_sync_dir,
	.free = dir_free,
};

/* A directory that was just made is there after a loss of power only if its parent was synced. */
static void sync_parent(int dir)
{
	int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (parent >= 0) {
		(void)fsync(parent);
		close(parent);
	}
}

int sn_disk_dir_new(const char *path, struct sn_disk **disk)
{
	struct dir_disk *d = calloc(1, sizeof(*d));
	bool made = mkdir(path, 0750) == 0;
	int e;

	if (!d) {
		return SN_ENOMEM;
	}
	d->base.ops = &dir_ops;
	d->lock = -1;
	d->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dir < 0) {
		e = errno;
		free(d);
		errno = e;
		return sn_disk_err(e);
	}
	if (made) {
		sync_parent(d->dir);
	}
	*disk = &d->base;
	return SN_OK;
}
