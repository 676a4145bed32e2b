/*
 * Reading one segment from front to back: every sound record in order, whatever lies between. A
 * head that is damaged costs the record it belonged to: the next sound one is looked for every
 * eight octets. A payload that is damaged costs that record, which is named. Used to replay, to
 * report what is dropped and to find the end of the last segment; on the spool's thread.
 */
#ifndef SN_SPOOL_WALK_H
#define SN_SPOOL_WALK_H

#include "spool/disk.h"
#include "spool/format.h"

#include <stdbool.h>

struct sn_walk {
	struct sn_disk *disk; /* where the file is */
	int fd;		      /* of the segment, -1: none; not closed by the walk */
	int os_error;	      /* negative errno of the last SN_EIO */
	bool heads;	      /* payloads are neither read nor checked */
	uint8_t *buf;	      /* borrowed: cap octets, 8-aligned */
	size_t cap;    /* with heads: at least a head and the longest key, else a whole record */
	size_t have;   /* octets of the file in buf */
	uint64_t at;   /* where in the file buf begins */
	uint64_t off;  /* next octet to look at */
	uint64_t end;  /* first octet not to be looked at; may be moved up at any time */
	uint64_t boot; /* of the process that wrote the segment */
	uint64_t expected; /* number of the next record if none is lost */
	uint64_t limit;	   /* numbers from here on are another segment's; may be moved up */
	uint64_t skipped;  /* octets passed over since the last sound head */
};

/*
 * Begins at the first record of an open segment; buf and cap are set before. Numbers begin with
 * first.
 */
void sn_walk_start(struct sn_walk *w, struct sn_disk *disk, int fd, uint64_t boot, uint64_t first);

/*
 * The next record. SN_OK: *rec, its key and payload borrowed from buf until the next call, and
 * *sound: the payload is as it was written (always true with heads); SN_ENOENT: no more up to end;
 * SN_EIO: a place cannot be read, the same call may be made again.
 */
int sn_walk_next(struct sn_walk *w, struct sn_format_record *rec, bool *sound);

/* After SN_EIO: gives up the block that cannot be read, 4 KiB of it. */
void sn_walk_pass(struct sn_walk *w);

#endif
