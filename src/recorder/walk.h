/*
 * Walks one device from one OID to another and keeps what it says as lines of a recording. Owned
 * by daemon; all on the worker's thread.
 *
 * Goes on past errors: fewer repetitions where answers do not come or are too big, one object after
 * the other where one of them fails, past an object that fails by itself. Ends, with a note, where
 * going on makes no sense. Tables of communities, of users and of programs' arguments are not kept,
 * nor any value that has the community we ask with in it.
 */
#ifndef SN_RECORDER_WALK_H
#define SN_RECORDER_WALK_H

#include "base/arena.h"
#include "recorder/scramble.h"
#include "session/requester.h"

enum { SN_RECORD_NOTE_MAX = 256 };

struct sn_record;

struct sn_record_config {
	struct sn_device_config device;	    /* whom to walk */
	struct sn_span start;		    /* what follows this OID; borrowed */
	struct sn_span stop;		    /* ends before this OID; empty: at the end; borrowed */
	uint32_t repetitions;		    /* of a GETBULK to begin with; SNMPv1 has none */
	uint64_t timeout_ns;		    /* of one attempt */
	uint8_t attempts;		    /* 1 to SN_REQUEST_ATTEMPTS_MAX */
	uint32_t lines_max;		    /* more than that is no device any more */
	const struct sn_scramble *scramble; /* NULL: as it is */
	void *ctx;			    /* first argument of over */
	void (*over)(void *ctx, struct sn_record *rec); /* the walk has ended */
};

struct sn_record_line {
	struct sn_span name; /* as recorded; in the arena */
	const char *text;    /* the line, in the arena */
};

struct sn_record {
	struct sn_session session;	  /* of the worker */
	struct sn_record_config cfg;	  /* as given */
	struct sn_device dev;		  /* whom it walks */
	struct sn_request rq;		  /* the one request */
	struct sn_arena_pool pool;	  /* memory of the lines */
	struct sn_arena arena;		  /* the same */
	struct sn_record_line *lines;	  /* nlines of them; heap */
	uint32_t nlines;		  /* so far */
	uint32_t room;			  /* of lines */
	uint32_t repetitions;		  /* of the next GETBULK; 1: GETNEXT */
	uint32_t failures;		  /* in a row */
	uint64_t requests;		  /* answered or not */
	uint64_t errors;		  /* objects that the device could not say */
	uint64_t secrets;		  /* lines left out: users, communities */
	uint64_t bad;			  /* lines left out: no value of its type */
	int err;			  /* SN_OK: to the end; else why not; see note */
	bool running;			  /* between begin and over */
	char note[SN_RECORD_NOTE_MAX];	  /* why it ended early; "" */
	uint32_t n;			  /* octets of oid */
	uint8_t oid[SN_OID_MAX_BER];	  /* the last one that came */
	uint8_t vbs[SN_OID_MAX_BER + 16]; /* of the request */
};

/* Hooks into the worker. */
void sn_record_init(struct sn_record *rec, struct sn_worker *w, const struct sn_record_config *cfg);

/* Sends the first request. */
void sn_record_begin(struct sn_record *rec);

/* Puts the lines in the order of their names, which scrambling changes. */
void sn_record_sort(struct sn_record *rec);

void sn_record_fini(struct sn_record *rec);

#endif
