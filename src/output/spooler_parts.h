/*
 * The parts of a spooler among themselves, and what its pump calls; see spooler.h. spooler.c
 * begins, ends and gives it its turn, spooler_put.c has what goes into the spool, spooler_shadow.c
 * what the sink has and the spool should have too, spooler_replay.c what comes out,
 * spooler_account.c what is counted and told, spooler_record.c how a message lies on the disk. All
 * on the pump's thread but for what says otherwise.
 */
#ifndef SN_OUTPUT_SPOOLER_PARTS_H
#define SN_OUTPUT_SPOOLER_PARTS_H

#include "output/port.h"
#include "output/spooler_losses.h"

enum {
	SN_SPOOLER_VOIDS = 16,		/* runs of void records that can be kept in mind */
	SN_SPOOLER_CHUNKS = 16,		/* buffers for what is read back */
	SN_SPOOLER_CHUNK = 1088 * 1024, /* octets of messages in one: of the largest at least */
	SN_SPOOLER_RECORD_MAX = 1064 * 1024, /* octets of the largest message that is read back */
	SN_SPOOLER_TURN = 1024 * 1024	     /* octets that are read back in a turn */
};

/* What the disk refuses; bits. */
enum sn_spooler_trouble {
	SN_SPOOLER_CLOSED = 1, /* it could not be opened yet */
	SN_SPOOLER_WRITE = 2,  /* records could not be written */
	SN_SPOOLER_READ = 4,   /* or not be read back */
	SN_SPOOLER_MARK = 8    /* acknowledgements could not be written, or files not be removed */
};

/* Where a message is that neither its sink nor the disk has, in sn_output_message.kept. */
enum sn_spooler_kept {
	SN_SPOOLER_NOT_KEPT,
	SN_SPOOLER_QUEUED,  /* to be put somewhere */
	SN_SPOOLER_APPENDED /* in the spool's memory, not on the disk */
};

/* Messages in order, by their next. */
struct sn_spooler_list {
	struct sn_output_message *first; /* NULL: empty */
	struct sn_output_message *last;	 /* valid unless it is empty */
};

/* Numbers of records, both ends included. */
struct sn_spooler_range {
	uint64_t from; /* first */
	uint64_t to;   /* last */
};

/* What was dropped and not logged yet. */
struct sn_spooler_drop {
	uint64_t event;				    /* counts lines */
	struct sn_spooler_loss by[SN_SPOOL_CAUSES]; /* by cause, without target */
	uint64_t targets;			    /* whose they were, each once */
	uint64_t told_at;			    /* mono ns of the last line, 0: none yet */
	bool any;				    /* there is something to tell */
	bool held;				    /* it waits since the last line */
};

struct sn_spooler {
	struct sn_spooler_config cfg; /* constant; path is a copy */
	struct sn_pump *pump;	      /* whose it is; constant */
	struct sn_spool *spool;	      /* NULL: it could not be opened yet, or is closed again */
	uint64_t boot;		      /* of this start */
	uint64_t mono;		      /* monotonic ns at the start, and ... */
	uint64_t wall;		      /* ... Unix ms then: what time it is follows from these */

	/* What take looks at first. */
	bool ordered;	/* fresh messages may not pass those in the spool; constant */
	bool always;	/* all go through the spool; constant */
	bool behind;	/* fresh messages may not go to the sink */
	bool bare;	/* the sink may have fresh ones that the spool does not have too */
	bool writable;	/* the spool takes records */
	bool diverting; /* the spool is to be given what the sink has */
	bool ending;	/* a stop has begun that leaves in the spool what is there */

	bool drained;		/* all committed records were read */
	bool rewind_due;	/* some of them failed: reading has to begin anew */
	bool aborting;		/* the sink gives up what it has */
	bool saved;		/* that went into the spool, as far as it could */
	bool unmarked;		/* something was acknowledged since the last tick */
	bool changed;		/* something other threads are to be told */
	unsigned trouble;	/* enum sn_spooler_trouble, bits */
	uint64_t trouble_since; /* when that began, mono ns */
	uint64_t told_at;	/* when such was last logged, 0: never */
	bool trouble_told;	/* this one was */
	uint64_t retry_at;	/* when opening or writing is tried again */
	uint64_t read_at;	/* when reading is */
	uint64_t tick_at;	/* when acknowledgements are made durable */
	unsigned acked;		/* since they were */
	uint64_t publish_at;	/* when others are told what changes often */
	unsigned tries;		/* to open it in vain */
	uint64_t refused_since; /* since when the sink takes no fresh ones, 0: it does */

	struct sn_spooler_list queue;	 /* to be put somewhere, before all fresh ones */
	struct sn_spooler_list appended; /* in the spool's memory */
	size_t batch_bytes;		 /* of that memory; constant */
	size_t batch_used;		 /* octets of it in use */
	size_t turn_bytes;		 /* appended in this turn */
	uint8_t *scratch;		 /* a message as it is appended */

	/* Records that are in the spool although their messages went another way, in order: to be
	 * acknowledged once they come. */
	struct sn_spooler_range voids[SN_SPOOLER_VOIDS];
	unsigned nvoids;    /* of them */
	uint64_t first_own; /* number of this process's first record; UINT64_MAX: none yet */
	uint64_t own;	    /* records of this process on the disk, not settled nor void */
	uint64_t earlier;   /* records of earlier ones, not settled */

	struct sn_buffer *spare;	 /* chunks that are empty */
	struct sn_buffer *chunk;	 /* is being filled, or NULL */
	unsigned nchunks;		 /* all there are */
	struct sn_output_message *offer; /* read, and not taken by the sink; or NULL */
	uint64_t flying;		 /* messages that the sink has, and the spool too */
	uint64_t rewind_at;		 /* when reading may begin anew */
	uint64_t pause;			 /* before that, ns */

	struct sn_spooler_drop drop;	  /* not logged yet */
	struct sn_spooler_losses *losses; /* by target; any thread */
	struct sn_spooler_stats stats;	  /* as of now */
	pthread_mutex_t lock;		  /* of told */
	struct sn_spooler_stats told;	  /* what other threads are told */
};

/* spooler.c, for the pump */

/* Opens the spool; as sn_pump_start. Before the pump's thread runs. */
SN_MUST_USE int sn_spooler_new(const struct sn_spooler_config *cfg, struct sn_pump *pump,
			       struct sn_spooler **spooler);

/* Once the pump's thread has ended. */
void sn_spooler_free(struct sn_spooler *sp);

/* Its turn, after fresh messages were offered: as sn_sink_ops.serve. */
uint64_t sn_spooler_serve(struct sn_spooler *sp, uint64_t now);

/* Whether there is something for which a stop waits, beside what the pump has under way. */
bool sn_spooler_pending(const struct sn_spooler *sp);

/* The pump's thread ends: closes the spool. */
void sn_spooler_close(struct sn_spooler *sp);

/* Any thread. */
void sn_spooler_stats_get(struct sn_spooler *sp, struct sn_spooler_stats *stats);
void sn_spooler_losses_each(struct sn_spooler *sp, sn_spooler_loss_fn *each, void *ctx);

/* spooler_put.c */

/* Takes a fresh message, as sn_sink_ops.take. */
int sn_spooler_take(struct sn_spooler *sp, struct sn_output_message *m);

/* As sn_message_settle, of messages that are lost, or that the spool has. */
bool sn_spooler_settle(struct sn_output_message *m, enum sn_loss why);

/* Whether another try may have another end. */
bool sn_spooler_is_mendable(enum sn_loss why);

/* Puts what is queued where it can go. */
void sn_spooler_put_queue(struct sn_spooler *sp);

/* Makes durable what was appended, and settles it. False: the disk refuses; it is queued again. */
bool sn_spooler_commit(struct sn_spooler *sp);

/* Whether the spool takes a message at all, and whether without a commit before. */
bool sn_spooler_fits(const struct sn_spooler *sp, const struct sn_output_message *m);
bool sn_spooler_has_room(const struct sn_spooler *sp, const struct sn_output_message *m);

/* Into the spool's memory, which has room. False: refused. */
bool sn_spooler_append(struct sn_spooler *sp, struct sn_output_message *m);

/* Records from .. to are void from now on. */
void sn_spooler_void(struct sn_spooler *sp, uint64_t from, uint64_t to);
bool sn_spooler_is_void(const struct sn_spooler *sp, uint64_t number);

/* Works out `behind`. */
void sn_spooler_judge(struct sn_spooler *sp);

/* spooler_shadow.c */

/* Whether fresh messages in the sink have to be put into the spool before others are. */
bool sn_spooler_is_bare(const struct sn_spooler *sp);

/* Puts some of them there; they stay with the sink. */
void sn_spooler_shadow(struct sn_spooler *sp);

/* The time to stop is over: what the sink gives up from here on is for the next call. */
void sn_spooler_abort(struct sn_spooler *sp);

/* The sink gave up: all that is not settled goes into the spool. */
void sn_spooler_save(struct sn_spooler *sp);

/* spooler_replay.c */

/* Hands to the sink what is in the spool, as much as is good for a turn. Returns when there may be
 * more to do, as sn_sink_ops.serve. */
uint64_t sn_spooler_replay(struct sn_spooler *sp, uint64_t now);

/* A message that is in the spool: what became of it. */
void sn_spooler_landed(struct sn_spooler *sp, struct sn_output_message *m, enum sn_loss why);

/* All messages of a chunk are settled. */
void sn_spooler_chunk_back(struct sn_buffer *b);

/* Takes back the message that the sink did not take. */
void sn_spooler_withdraw(struct sn_spooler *sp);

void sn_spooler_chunks_free(struct sn_spooler *sp);

/* spooler_account.c */

/* The callbacks of struct sn_spool_config. */
void sn_spooler_lost(void *ctx, const struct sn_spool_loss *loss);
void sn_spooler_foreign(void *ctx, const char *name, int why);

/* A record of this process is on the disk, or no longer waits there. */
void sn_spooler_count_waiting(struct sn_spooler *sp, const struct sn_output_message *m);
void sn_spooler_count_settled(struct sn_spooler *sp, uint64_t rows, uint64_t rounds);

/* Once no record of this process waits, but rows do: heads were damaged, which are lost. */
void sn_spooler_settle_rest(struct sn_spooler *sp);

/* Something of the disk fails, or works again; logged once in ten seconds, after a minute of
 * trouble once a minute. Called every second while it lasts. rc: a code of the spool's. */
void sn_spooler_fails(struct sn_spooler *sp, enum sn_spooler_trouble what, int rc);
void sn_spooler_works(struct sn_spooler *sp, enum sn_spooler_trouble what);

/* Logs what was dropped and is not told yet: at once after a minute without a line, else when that
 * is over; last: now. Returns when it is to be called again, as sn_sink_ops.serve. */
uint64_t sn_spooler_tell_drops(struct sn_spooler *sp, uint64_t now, bool last);

/* Tells other threads. */
void sn_spooler_publish(struct sn_spooler *sp);

/* spooler_record.c */

/* Octets of a message in the spool, and that. */
size_t sn_spooler_record_size(const struct sn_output_message *m);
void sn_spooler_record_pack(uint8_t *to, const struct sn_output_message *m);

/* The reverse, at a place in a chunk with room for SN_SPOOLER_RECORD_MAX. SN_EINVAL: it is no
 * message that this version knows. */
SN_MUST_USE int sn_spooler_record_unpack(const struct sn_spool_record *rec,
					 struct sn_output_message *m);

/* Octets that unpacking needs at most. */
size_t sn_spooler_record_room(const struct sn_spool_record *rec);

/* What kind of record this version writes. */
enum { SN_SPOOLER_KIND = 1 };

/* Unix time, ms, by the monotonic clock. */
static inline uint64_t sn_spooler_time(const struct sn_spooler *sp, uint64_t mono)
{
	return sp->wall + (mono - sp->mono) / 1000000;
}

/* The buffer that a message lies in. */
static inline struct sn_buffer *sn_message_buffer(struct sn_output_message *m)
{
	return (struct sn_buffer *)(void *)((uint8_t *)m - m->offset);
}

static inline void sn_spooler_list_add(struct sn_spooler_list *l, struct sn_output_message *m)
{
	m->next = NULL;
	if (l->first) {
		l->last->next = m;
	} else {
		l->first = m;
	}
	l->last = m;
}

#endif
