/*
 * What became of every record that a test put into a spool, over several lives of it, judged from
 * outside: by what the spool returned and reported. A record that breaks a promise fails the test.
 * Also the way tests drive a spool over a model disk.
 */
#ifndef TEST_SUPPORT_SPOOL_HISTORY_H
#define TEST_SUPPORT_SPOOL_HISTORY_H

#include "spool/spool.h"
#include "support/model_disk.h"

enum { HISTORY_RECORDS = 4096, HISTORY_KEYS = 5, HISTORY_BODY = 1400, HISTORY_FLIGHT = 512 };

struct history_record {
	uint64_t boot;	  /* as the spool was told */
	uint64_t number;  /* as it said */
	uint32_t size;	  /* octets of payload */
	uint8_t key;	  /* which of the keys */
	bool committed;	  /* the spool said that it is safe */
	bool acked;	  /* the spool took the acknowledgement */
	bool ack_now;	  /* likewise, in this life */
	bool ack_durable; /* and said that it will remember */
	bool lost;	  /* the spool reported it, by its key or its number */
	bool delivered;	  /* since the last start or rewind */
	bool handed;	  /* since the last start */
};

struct history {
	struct history_record rec[HISTORY_RECORDS]; /* in the order of appending */
	uint32_t n;				    /* of rec */
	uint32_t life;				    /* first record of this life */
	uint64_t boot;				    /* of this life */
	uint64_t now;				    /* Unix time, ms */
	uint32_t last_of_key[HISTORY_KEYS];	    /* 1 + record delivered last */
	uint64_t flight[HISTORY_FLIGHT];	    /* numbers read and not acknowledged */
	uint32_t nflight;			    /* of flight */
	uint64_t lost_rows;			    /* of reports by key */
	uint64_t lost_known;			    /* records reported by key */
	uint64_t lost_unknown;			    /* and without */
	uint64_t lost_by[SN_SPOOL_CAUSES];	    /* records, by cause */
	uint64_t foreign;			    /* files reported */
	int foreign_why;			    /* of the last one */
	struct sn_spool_config cfg;		    /* to open with */
	const struct model *disk;		    /* whose crash ends the story; NULL: none */
};

/* A small spool: segments of 8 KiB, eight of them, a batch of 4 KiB. */
void history_init(struct history *h);

/* Opens the spool for its next life; as sn_spool_open. */
int history_open(struct history *h, struct sn_disk *disk, struct sn_spool **sp);

/* Appends a record of a key; as sn_spool_append. */
int history_append(struct history *h, struct sn_spool *sp, unsigned key, uint32_t size);

/* Commits; as sn_spool_commit. */
int history_commit(struct history *h, struct sn_spool *sp);

/* Reads a record and checks it; as sn_spool_read. */
int history_read(struct history *h, struct sn_spool *sp);

/* Acknowledges what is in flight at this place; as sn_spool_ack. */
int history_ack(struct history *h, struct sn_spool *sp, uint32_t place);

/* All that is in flight. */
void history_ack_all(struct history *h, struct sn_spool *sp);

void history_rewind(struct history *h, struct sn_spool *sp);

/* Ticks; as sn_spool_tick. */
int history_tick(struct history *h, struct sn_spool *sp);

/* Reads to the end; returns how many records came. */
unsigned history_drain(struct history *h, struct sn_spool *sp);

/* After a drain: every committed record was delivered, acknowledged or reported. */
void history_check_complete(const struct history *h);

/* Every record that was taken since the start is accounted for once. */
void history_check_stats(const struct sn_spool *sp);

/* So many steps of everything that an owner does, errors taken as they come. */
void history_work(struct history *h, struct sn_spool *sp, struct sn_rng *rng, unsigned steps);

#endif
