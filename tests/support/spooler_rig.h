/*
 * A pump with a spool whose turns the test takes itself, for the tests of spoolers: rows of keys go
 * in, a sink that does as it is told takes, refuses, delivers and loses messages, a model of a disk
 * keeps the spool, and after each step every row has to be somewhere. A process ends and another
 * begins on the same disk as often as the test likes.
 */
#ifndef TEST_SUPPORT_SPOOLER_RIG_H
#define TEST_SUPPORT_SPOOLER_RIG_H

#include "output/port.h"
#include "output/spooler_parts.h"
#include "support/model_disk.h"
#include "support/pump_rig.h"

enum {
	SRIG_KEYS = 6,	    /* targets */
	SRIG_ROWS = 200000, /* of a target, at most */
	SRIG_HELD = 8192    /* messages that the sink may have */
};

struct srig_sink {
	struct sn_sink base; /* first */
	struct srig *rig;    /* whose */
};

/* Of a key. */
struct srig_key {
	char name[8];		 /* "k0" */
	uint64_t next;		 /* number of the next row */
	uint64_t last;		 /* the highest delivered so far, plus one */
	uint8_t seen[SRIG_ROWS]; /* how often each row was delivered, up to 255 */
	bool excused[SRIG_ROWS]; /* rows that were in memory only when a process was killed */
	bool disorder;		 /* a row came that was never delivered, after a later one */
};

struct srig {
	struct model disk;		/* the spool's */
	struct srig_key key[SRIG_KEYS]; /* what is polled */
	struct sn_spooler_config cfg;	/* of the spool; path set by srig_init */
	size_t buffer_bytes;		/* of a worker */
	unsigned nworkers;		/* of a pump */

	/* This process. */
	struct sn_pump *pump;			   /* NULL: none runs */
	struct rig_worker w[RIG_WORKERS];	   /* its workers */
	struct srig_sink sink;			   /* its sink */
	struct sn_output_message *held[SRIG_HELD]; /* what the sink has, oldest first */
	unsigned nheld;				   /* of them */
	unsigned room;				   /* it takes no more than so many */
	unsigned takes;				   /* messages that it took */
	unsigned refusals;			   /* and did not take */
	bool deaf;				   /* settles nothing when it is to give up */
	uint64_t delivered;			   /* rows, repeats too */
	uint64_t dropped;			   /* rows for want of memory, of all processes */
	uint64_t lost;				   /* rows told as lost, of all that stopped */
};

void srig_init(struct srig *r, uint64_t seed);
void srig_fini(struct srig *r);

/* A process begins; as sn_pump_start. */
int srig_start(struct srig *r);

/* Hands in n rows of a key, each with some octets of text, and passes the buffer on. */
void srig_emit(struct srig *r, unsigned key, unsigned n, size_t pad);

/* A turn of the pump, after which all is accounted for. */
void srig_turn(struct srig *r);

/* Turns until nothing happens any more. */
void srig_settle_down(struct srig *r);

/* All that is waited for by the clock is due. */
void srig_hasten(struct srig *r);

/* The sink says of the n oldest messages that it has what became of them. */
void srig_deliver(struct srig *r, unsigned n, enum sn_loss why);

/* Delivers all until nothing comes any more. */
void srig_deliver_all(struct srig *r);

/* A stop whose time is over; in_time: it waits, for a sink that delivers all. Returns the figures.
 */
struct sn_pump_stats srig_stop(struct srig *r, bool in_time);

/* The process is killed, and the power may go. */
void srig_crash(struct srig *r, enum model_crash how);

/* Checks that every row is where it should be. */
void srig_check(struct srig *r);

/* Rows of all keys that were not delivered, but for those excused. */
uint64_t srig_missing(const struct srig *r);

/* Whether a row overtook another of its key. */
bool srig_disorder(const struct srig *r);

struct sn_pump_stats srig_stats(const struct srig *r);

#endif
