/*
 * A queue of records on disk that survives the process and the machine. Records are opaque: a key,
 * a payload, how many rows and round records are in it. They are appended, committed in groups,
 * read back in the order of appending, and forgotten once acknowledged; when there are too many or
 * they are too old, the oldest go, and who owns the spool is told which. Every record ends exactly
 * once: acknowledged, or reported as lost. docs/SPOOL.md has format and guarantees.
 *
 * One thread uses a spool (the pump's): there is no lock in it, and every call may wait for the
 * disk. Two processes cannot have the same directory open. Memory is fixed after opening but for
 * the list of segments, 56 octets each.
 */
#ifndef SN_SPOOL_SPOOL_H
#define SN_SPOOL_SPOOL_H

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>

struct sn_disk;
struct sn_spool;

enum sn_spool_cause {
	SN_SPOOL_FULL,	    /* dropped for the limit of octets, or by sn_spool_drop_oldest */
	SN_SPOOL_AGE,	    /* dropped for the limit of age */
	SN_SPOOL_DAMAGED,   /* what the disk gave back is not what was written, or nothing */
	SN_SPOOL_UNWRITTEN, /* never reached the disk: closed while it could not be written */
	SN_SPOOL_CAUSES
};

/* A record that will not be handed out again, or several of which nothing but the number is known.
 */
struct sn_spool_loss {
	enum sn_spool_cause cause; /* why */
	uint64_t number;	   /* of the first */
	uint64_t records;	   /* how many; 1 if the key is known */
	struct sn_span key;	   /* empty with known false */
	uint32_t rows;		   /* in it; 0 with known false */
	uint32_t rounds;	   /* the same of round records */
	uint16_t kind;		   /* the appender's */
	bool known;		   /* key, rows, rounds and kind are known */
	bool in_flight; /* was handed out by sn_spool_read before; its acknowledgement will come
			 * too late and give SN_ENOENT, so that it is not counted twice */
};

/* Zero in a field means its default. */
struct sn_spool_config {
	uint64_t max_bytes;	/* of all segments, kept strictly; 4 GiB. At least 4 segments */
	uint64_t max_age_ms;	/* records older than that are dropped, by segments; no limit */
	uint64_t segment_bytes; /* of one file, the unit in which is dropped: at least 8 KiB, at
				 * most 1 GiB; max_bytes / 64, but at least 4 MiB and at most
				 * 64 MiB and a quarter of max_bytes */
	size_t batch_bytes;	/* memory for what is not committed yet, and the longest record: at
				 * most segment_bytes - 4096; 4 MiB or that */
	uint32_t window;	/* records that may be read and not acknowledged; 65,536 */
	uint64_t boot; /* of this start: a number that no other start had and no outsider can
			* guess, so one of the system's random source */
	/*
	 * Opens although the disk refuses to read something, and does without it: segments of which
	 * that is true are told as foreign, their records as lost once their turn comes. Without,
	 * sn_spool_open fails and may be tried again; to be set when that has not helped.
	 */
	bool accept_unreadable;
	/* A loss. Called from within most calls; must not call the spool. NULL: not told. */
	void (*lost)(void *ctx, const struct sn_spool_loss *loss);
	/*
	 * A file that is no segment of ours and stays untouched. why: SN_EINVAL: another name;
	 * SN_EVERSION: another version of the format, or machine of another byte order; SN_ETAG:
	 * damaged, or not where it belongs; else why it cannot be read. Called within
	 * sn_spool_open. NULL: not told.
	 */
	void (*foreign)(void *ctx, const char *name, int why);
	void *ctx; /* of both */
};

/* Fills in the defaults, for an owner who wants to know them; sn_spool_open does the same. SN_OK;
 * SN_EINVAL: it contradicts itself. */
SN_MUST_USE int sn_spool_config_complete(struct sn_spool_config *cfg);

/* What is appended; all is copied. */
struct sn_spool_entry {
	struct sn_span key;	/* at most 4,096 octets; records of one key stay in order */
	struct sn_span payload; /* at most 1 MiB */
	uint32_t rows;		/* for the accounts */
	uint32_t rounds;	/* likewise */
	uint16_t kind;		/* the caller's own; comes back with the record */
};

/* What is read. key and payload are the spool's until the next sn_spool_read. */
struct sn_spool_record {
	uint64_t boot;	 /* number of the start that appended it, together with ... */
	uint64_t number; /* ... its own number, it is unique: the same pair is the same record */
	uint64_t time;	 /* Unix time, ms, at which it was appended */
	struct sn_span key;
	struct sn_span payload;
	uint32_t rows;
	uint32_t rounds;
	uint16_t kind;
	bool again; /* was handed out by this opening of the spool before */
};

/*
 * Numbers since the spool was opened. found + appended = acked + pending + the sum of
 * lost_records, always.
 */
struct sn_spool_stats {
	uint64_t found;				/* records that were there at the start */
	uint64_t appended;			/* records taken */
	uint64_t appended_bytes;		/* of these, as they lie on the disk */
	uint64_t acked;				/* records acknowledged */
	uint64_t lost_records[SN_SPOOL_CAUSES]; /* reported as lost, by cause */
	uint64_t lost_rows[SN_SPOOL_CAUSES];	/* in those of them that are known */
	uint64_t lost_rounds[SN_SPOOL_CAUSES];
	uint64_t pending;	 /* records now there, not committed and in flight included */
	uint64_t uncommitted;	 /* of these: not committed */
	uint64_t in_flight;	 /* of these: read and not acknowledged */
	uint64_t bytes;		 /* on the disk now, lock and mark apart */
	uint64_t segments;	 /* files now */
	uint64_t commits;	 /* groups that were written and synced */
	uint64_t marks;		 /* times that acknowledgements were made durable */
	uint64_t torn_bytes;	 /* cut off the last segment at the start */
	uint64_t foreign;	 /* files that were left alone */
	uint64_t errors;	 /* failed operations of the disk */
	uint64_t errors_nospace; /* of these: no space left */
	int os_error;		 /* errno of the last one; 0: the last commit and mark went well */
};

/*
 * Opens the spool in a directory (disk.h), which is the spool's from here on, also when it fails.
 * now: Unix time, ms. What was there is found again: a torn tail is cut off, files that make no
 * sense are left alone and told. Damaged, foreign, truncated or empty files never make it fail.
 * SN_EINVAL: the configuration contradicts itself; SN_ENOMEM; SN_EEXIST: another process has it;
 * SN_EIO, SN_EPERM, SN_ENOSPC: the directory cannot be locked or listed at present, or something in
 * it not be read, to be tried again.
 */
SN_MUST_USE int sn_spool_open(struct sn_disk *disk, const struct sn_spool_config *cfg, uint64_t now,
			      struct sn_spool **spool);

/*
 * Commits, makes acknowledgements durable, frees everything, the disk too. Records that cannot be
 * written are reported as lost. SN_OK, or the first error of the disk.
 */
int sn_spool_close(struct sn_spool *sp);

/*
 * Takes a record into memory; it counts as safe only when sn_spool_commit says so. Commits by
 * itself when its memory is full. now: Unix time, ms; whoever derives it from a monotonic clock
 * drops nothing when the clock is set. *number (may be NULL): the record's.
 * SN_OK; SN_EMSGSIZE: larger than a record may be; SN_ENOSPC, SN_EPERM, SN_EIO: memory is full and
 * cannot be written at present. Not taken unless SN_OK.
 */
SN_MUST_USE int sn_spool_append(struct sn_spool *sp, const struct sn_spool_entry *e, uint64_t now,
				uint64_t *number);

/*
 * Makes everything appended so far durable: one write and one sync for all of it, and drops the
 * oldest segments first if the limit asks for it. SN_OK: all of it survives whatever happens to
 * process and power. SN_ENOSPC, SN_EPERM, SN_EIO: the records stay in memory, in order, and the
 * next call tries again.
 */
SN_MUST_USE int sn_spool_commit(struct sn_spool *sp);

/*
 * The oldest committed record that was not handed out yet. SN_OK; SN_ENOENT: none; SN_EAGAIN: the
 * window is full, something has to be acknowledged first; SN_EIO, SN_EPERM, SN_ENOMEM: cannot be
 * read at present, try again after a pause (after ten times in a row without success the place is
 * given up as damaged).
 */
SN_MUST_USE int sn_spool_read(struct sn_spool *sp, struct sn_spool_record *rec);

/*
 * Settles a record that was read, in any order. In memory: sn_spool_tick makes it durable. SN_OK;
 * SN_ENOENT: settled already, by an earlier acknowledgement or by a report of its loss; SN_EINVAL:
 * never handed out.
 */
int sn_spool_ack(struct sn_spool *sp, uint64_t number);

/* Reading starts anew with the oldest record that is not settled: what was in flight comes again.
 */
void sn_spool_rewind(struct sn_spool *sp);

/*
 * To be called now and then, about once a second: makes acknowledgements durable, then removes
 * segments that are settled as a whole, then drops what is too old. SN_OK or the first error of the
 * disk; the next call tries again. now as in sn_spool_append.
 */
int sn_spool_tick(struct sn_spool *sp, uint64_t now);

/*
 * Drops the oldest segment although no limit asks for it, for an owner whose disk is full. SN_OK;
 * SN_ENOENT: there is none that is committed; an error of the disk: nothing was dropped.
 */
int sn_spool_drop_oldest(struct sn_spool *sp);

void sn_spool_stats_get(const struct sn_spool *sp, struct sn_spool_stats *stats);

#endif
