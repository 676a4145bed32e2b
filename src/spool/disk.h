/*
 * What the spool asks of a directory, as a table of operations: a real directory (disk.c), and in
 * tests a model that forgets, tears and refuses what a disk may. Descriptors are the disk's own
 * numbers. Called by the spool on its thread; every call may block.
 */
#ifndef SN_SPOOL_DISK_H
#define SN_SPOOL_DISK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sn_disk;

enum sn_disk_mode {
	SN_DISK_READ,  /* an existing file, to read */
	SN_DISK_WRITE, /* an existing file, to read and write */
	SN_DISK_CREATE /* a new file, to read and write; -EEXIST if there is one of that name */
};

/* Called once for each name of the directory but "." and "..". */
typedef void sn_disk_name_fn(void *ctx, const char *name);

/*
 * All but close return a negative errno where they fail. Names are plain names within the
 * directory. What is written is durable, that is, survives a loss of power, only as stated.
 */
struct sn_disk_ops {
	/* Makes the directory this process's own until free: 0, -EWOULDBLOCK: it is another's. */
	int (*lock)(struct sn_disk *d);
	int (*list)(struct sn_disk *d, sn_disk_name_fn *each, void *ctx);
	/* A descriptor, 0 or more; -EINVAL: the name is no regular file. */
	int (*open)(struct sn_disk *d, const char *name, enum sn_disk_mode mode);
	int64_t (*size)(struct sn_disk *d, int fd);
	/* Octets read, fewer than n at the end of the file or before a place that cannot be read.
	 */
	ssize_t (*pread)(struct sn_disk *d, int fd, void *to, size_t n, uint64_t at);
	/* Octets written, possibly fewer than n, never 0. */
	ssize_t (*pwrite)(struct sn_disk *d, int fd, const void *from, size_t n, uint64_t at);
	int (*truncate)(struct sn_disk *d, int fd, uint64_t size);
	/* Makes content and size of a file durable, not its name. */
	int (*sync)(struct sn_disk *d, int fd);
	void (*close)(struct sn_disk *d, int fd);
	int (*unlink)(struct sn_disk *d, const char *name);
	/* Makes the names durable: files created and unlinked before. */
	int (*sync_dir)(struct sn_disk *d);
	/* Gives up the lock and everything else. */
	void (*free)(struct sn_disk *d);
};

/* First member of each disk's own struct. */
struct sn_disk {
	const struct sn_disk_ops *ops; /* what it does */
};

/* The name of the file by which a directory is locked. */
#define SN_DISK_LOCK "lock"

/*
 * A real directory. It is made, with mode 0750, if only its last component is missing. SN_ENOMEM,
 * or as sn_disk_err of errno, which stays set. The lock is taken later, by the operation.
 */
SN_MUST_USE int sn_disk_dir_new(const char *path, struct sn_disk **disk);

/* A negative or positive errno as one of ours: SN_ENOSPC, SN_EPERM (read-only too), SN_ENOENT,
 * SN_EEXIST (locked by another), SN_ENOMEM, else SN_EIO. */
int sn_disk_err(int e);

/* pwrite until all of n is written: 0 or a negative errno. */
int sn_disk_write_all(struct sn_disk *d, int fd, const void *from, size_t n, uint64_t at);

#endif
