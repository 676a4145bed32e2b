/*
 * The parts of a spool and what its files call of each other: mark.c (what is settled, durable),
 * segments.c (which segments there are), batch.c (appending), limit.c (dropping and removing),
 * replay.c (reading back). One thread, see spool.h.
 */
#ifndef SN_SPOOL_SPOOL_INT_H
#define SN_SPOOL_SPOOL_INT_H

#include "spool/ackwin.h"
#include "spool/disk.h"
#include "spool/format.h"
#include "spool/spool.h"
#include "spool/walk.h"

enum {
	SN_SPOOL_READ_BUF = 2 << 20,   /* octets, at least the longest record */
	SN_SPOOL_HEADS_BUF = 64 << 10, /* octets, at least a head and the longest key */
	SN_SPOOL_SEGMENTS_MAX = 65536, /* more are dropped, oldest first */
	SN_SPOOL_READ_TRIES = 10       /* of a place that cannot be read */
};

/* One file. Its numbers go from first to where the next segment's begin. */
struct sn_segment {
	uint64_t id;	  /* its name */
	uint64_t first;	  /* number of its first record */
	uint64_t boot;	  /* of the process that wrote it */
	uint64_t created; /* Unix time, ms */
	uint64_t newest;  /* no record in it is newer, Unix time, ms */
	uint64_t end;	  /* octets that are committed, or that may hold something */
	uint64_t size;	  /* octets that it takes up, as far as we know */
};

struct sn_segments {
	struct sn_segment *v; /* oldest first */
	size_t n;	      /* segments */
	size_t room;	      /* of v */
};

struct sn_batch {
	uint8_t *buf;	  /* records as they will be on the disk */
	size_t n;	  /* octets in it */
	uint64_t records; /* in it; their numbers end before sn_spool.next */
	int fd;		  /* the last segment, open to be written; -1: the next commit makes one */
};

struct sn_replay {
	struct sn_walk walk; /* of the segment that is read; fd -1: none */
	uint64_t id;	     /* of that segment */
	uint64_t expected;   /* number of the record to hand out next */
	uint64_t high;	     /* no number from here on was ever handed out */
	uint64_t stuck;	     /* octet at which reading failed last */
	unsigned tries;	     /* how often in a row */
};

/* What is in the mark's file. */
struct sn_mark {
	struct sn_format_mark durable; /* that was last written with success */
	int fd;			       /* its file, -1: not open */
	bool fresh;		       /* its name was not made durable yet */
};

struct sn_spool {
	struct sn_disk *disk;	     /* the directory */
	struct sn_spool_config cfg;  /* defaults filled in */
	struct sn_segments segments; /* files */
	struct sn_batch batch;	     /* not committed */
	struct sn_replay replay;     /* place of reading */
	struct sn_ackwin window;     /* what is settled */
	struct sn_mark mark;	     /* the same, durable */
	uint64_t next;		     /* number of the next record to be appended */
	uint64_t next_id;	     /* of the next segment */
	uint64_t slack;	    /* at the start: records that may be in segments that cannot be read */
	uint64_t now;	    /* Unix time, ms, as last told */
	uint64_t bytes;	    /* of all segments */
	uint8_t *read_buf;  /* SN_SPOOL_READ_BUF: what was read last */
	uint8_t *heads_buf; /* SN_SPOOL_HEADS_BUF: to look through what is dropped */
	struct sn_spool_stats stats; /* those that are counted, not computed */
};

/* Counts a failed operation of the disk and gives our code of it. */
int sn_spool_fail(struct sn_spool *sp, int os_error);

/* Number of the first record that is not committed. */
static inline uint64_t sn_spool_committed(const struct sn_spool *sp)
{
	return sp->next - sp->batch.records;
}

/* Counts and tells the loss of one record whose head is known. */
void sn_spool_lose(struct sn_spool *sp, enum sn_spool_cause cause,
		   const struct sn_format_record *rec);

/* The same of records from .. to - 1 of which nothing is known, but for those that are settled. */
void sn_spool_lose_range(struct sn_spool *sp, enum sn_spool_cause cause, uint64_t from,
			 uint64_t to);

/* mark.c: reads what the last run left behind. SN_OK, also if there is nothing, or nothing sound;
 * an error of the disk: the mark cannot be read, and is not to be given up or cannot be removed. */
SN_MUST_USE int sn_mark_load(struct sn_spool *sp);
/* Writes a mark and syncs it; SN_OK or an error of the disk, then the one before still holds. */
SN_MUST_USE int sn_mark_write(struct sn_spool *sp, uint64_t acked, uint64_t floor);
/* Makes durable what the window knows, if it is not. */
SN_MUST_USE int sn_mark_update(struct sn_spool *sp);
void sn_mark_close(struct sn_spool *sp);

/* segments.c: finds the segments, cuts the last one, sets next and next_id. SN_ENOMEM, or an error
 * of the disk: something cannot be listed, or not be read and is not to be given up. */
SN_MUST_USE int sn_segments_load(struct sn_spool *sp);
/* Room for one more segment: SN_OK or SN_ENOMEM. */
SN_MUST_USE int sn_segments_reserve(struct sn_segments *c);
/* First number behind those of segment i. */
uint64_t sn_segments_limit(const struct sn_spool *sp, size_t i);
/* Opens segment i to read: a descriptor or a negative errno. */
int sn_segments_open(const struct sn_spool *sp, size_t i);
/* Unlinks segment i and forgets it; SN_OK or an error of the disk, then it is still there. */
int sn_segments_remove(struct sn_spool *sp, size_t i);

/* batch.c: see sn_spool_append and sn_spool_commit. */
SN_MUST_USE int sn_batch_append(struct sn_spool *sp, const struct sn_spool_entry *e,
				uint64_t *number);
SN_MUST_USE int sn_batch_commit(struct sn_spool *sp);
/* Ends the segment that is being written; what is not committed goes into a new one. */
void sn_batch_seal(struct sn_spool *sp);
/* Reports what could not be committed as lost. */
void sn_batch_give_up(struct sn_spool *sp);

/* limit.c: makes room for so many octets more, by dropping if need be. */
SN_MUST_USE int sn_limit_make_room(struct sn_spool *sp, uint64_t octets);
/* Removes segments that are settled as a whole, after making that durable. all: the one that is
 * being written as well. */
int sn_limit_sweep(struct sn_spool *sp, bool all);
/* Drops the oldest segment. SN_ENOENT: there is none. */
SN_MUST_USE int sn_limit_drop(struct sn_spool *sp, enum sn_spool_cause cause);
/* Drops segments that are too old. */
SN_MUST_USE int sn_limit_age(struct sn_spool *sp);
/* At the start: reports and settles what the last run dropped and may not have reported. */
void sn_limit_resume(struct sn_spool *sp);

/* replay.c: see sn_spool_read. */
SN_MUST_USE int sn_replay_next(struct sn_spool *sp, struct sn_spool_record *rec);
/* Closes the file that is read; it is opened again where it is needed. */
void sn_replay_close(struct sn_spool *sp);

#endif
