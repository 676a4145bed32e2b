/*
 * What the spool's files look like (docs/SPOOL.md): the head of a segment, of a record, the mark of
 * what was settled, and their names. Bytes in, values out: no file is touched here. Numbers are in
 * the byte order of the machine that wrote them, which the heads name; another machine's segments
 * are left alone. Called by the other files of the spool, on its thread.
 */
#ifndef SN_SPOOL_FORMAT_H
#define SN_SPOOL_FORMAT_H

#include "base/err.h"
#include "base/span.h"

enum {
	SN_FORMAT_VERSION = 1,
	SN_FORMAT_AREA = 4096, /* octets of a segment before its first record */
	SN_FORMAT_COPY = 2048, /* where in it the second copy of the head is */
	SN_FORMAT_RECORD = 56, /* octets of a record's head */
	SN_FORMAT_KEY_MAX = 4096,
	SN_FORMAT_PAYLOAD_MAX = 1 << 20,
	SN_FORMAT_RECORD_MAX = SN_FORMAT_RECORD + SN_FORMAT_KEY_MAX + SN_FORMAT_PAYLOAD_MAX,
	SN_FORMAT_SLOT = 4096,	    /* octets from one slot of the mark to the other */
	SN_FORMAT_MARK = 64,	    /* octets of a slot that are used */
	SN_FORMAT_NAME = 16 + 4 + 1 /* a segment's name with its NUL */
};

/* The largest segment that is read, 1 GiB, and numbers that nothing of ours can have reached: of
 * segments and their first records, and of records. */
#define SN_FORMAT_SEGMENT_MAX (UINT64_C(1) << 30)
#define SN_FORMAT_ID_MAX (UINT64_C(1) << 60)
#define SN_FORMAT_NUMBER_MAX (UINT64_C(1) << 62)

#define SN_FORMAT_MARK_NAME "mark"

struct sn_format_segment {
	uint64_t id;	  /* its own number, which is its name too */
	uint64_t first;	  /* number of the first record in it, if there is one */
	uint64_t boot;	  /* of the process that wrote it */
	uint64_t created; /* Unix time, ms */
};

struct sn_format_record {
	uint64_t number;	/* of the record */
	uint64_t boot;		/* of the process that wrote it */
	uint64_t time;		/* Unix time, ms, when it was appended */
	uint32_t rows;		/* that it holds, as the appender said */
	uint32_t rounds;	/* the same of round records */
	uint16_t kind;		/* the appender's own */
	struct sn_span key;	/* of the record */
	struct sn_span payload; /* p is NULL when only the head was read */
	uint32_t body_sum;	/* sum that payload must have */
};

struct sn_format_mark {
	uint64_t generation; /* counts marks; the higher of two slots counts */
	uint64_t acked;	     /* every record below was acknowledged or found lost */
	uint64_t floor;	     /* no record below is ever handed out again; at least acked */
	uint64_t next_id;    /* no segment had this number or a higher one yet */
	uint64_t boot;	     /* of the process that wrote it */
};

/* Fills the area before the first record: two copies of the head, each in a sector of its own. */
void sn_format_segment_write(uint8_t area[SN_FORMAT_AREA], const struct sn_format_segment *seg);

/*
 * The head by either copy, from the first n octets of a file: all of it if it has no records, else
 * some octets of the first one too. SN_OK; SN_ENOENT: the file was never finished, so nothing in it
 * was ever committed; SN_EVERSION: another version or byte order; SN_ETAG: not a segment, or one
 * whose head is damaged.
 */
int sn_format_segment_read(const uint8_t *area, size_t n, struct sn_format_segment *seg);

/* Octets of a record on the disk, a multiple of 8. */
size_t sn_format_record_size(size_t key, size_t payload);

/* Writes a record of that size; to is 8-aligned. body_sum is not looked at. */
void sn_format_record_write(uint8_t *to, const struct sn_format_record *rec);

/*
 * The head at p, of which n octets are there. SN_OK: head and key are sound, rec->payload has its
 * length but no address; SN_ETRUNC: may be a head, but more octets are needed to tell, up to
 * SN_FORMAT_RECORD + SN_FORMAT_KEY_MAX; SN_ETAG: no head of a process of that boot number.
 */
int sn_format_record_read(const uint8_t *p, size_t n, uint64_t boot, struct sn_format_record *rec);

/* SN_OK, or SN_ETAG: the payload is damaged. body: the record's octets behind its key. */
int sn_format_record_check(const struct sn_format_record *rec, const uint8_t *body);

void sn_format_mark_write(uint8_t slot[SN_FORMAT_MARK], const struct sn_format_mark *mark);

/* SN_OK or SN_ETAG. */
int sn_format_mark_read(const uint8_t slot[SN_FORMAT_MARK], struct sn_format_mark *mark);

/* "0000000000000001.seg": hexadecimal, so that names sort as numbers do. */
void sn_format_name(char name[SN_FORMAT_NAME], uint64_t id);

/* SN_OK, or SN_EINVAL: not the name of a segment. */
int sn_format_name_read(const char *name, uint64_t *id);

#endif
