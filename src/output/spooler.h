/*
 * What a pump of messages puts between its rings and its sink, if the output has a spool on disk
 * (spool/spool.h): messages that the sink cannot take now, or all of them, go into the spool and
 * from there to the sink, in the order in which they came. A message is settled for its worker once
 * the spool has it for good. Runs on the pump's thread, but for sn_spooler_stats_get and
 * sn_spooler_losses_each.
 */
#ifndef SN_OUTPUT_SPOOLER_H
#define SN_OUTPUT_SPOOLER_H

#include "base/err.h"
#include "spool/spool.h"

struct sn_disk;

enum sn_spool_mode {
	SN_SPOOL_OVERFLOW, /* what the sink has no room for; the rest stays in memory until it is
			      delivered */
	SN_SPOOL_ALWAYS	   /* everything, before it counts as taken */
};

enum sn_spool_replay {
	SN_SPOOL_ORDERED,    /* while anything waits in the spool, fresh messages go behind it: the
				order of each key is kept */
	SN_SPOOL_INTERLEAVED /* overflow only: fresh messages go first, what waits follows beside
				them, in its own order */
};

/* Zero in a number: the spool's default. */
struct sn_spooler_config {
	const char *path; /* directory; NULL: no spool. Copied */
	enum sn_spool_mode mode;
	enum sn_spool_replay replay;
	uint64_t max_bytes;  /* of all segments */
	uint64_t max_age_ms; /* of a record */
	bool drain; /* what waits is delivered before a stop ends, as far as there is time for it;
		     * always: implied */
	/* Makes the disk of a path, for each try to open the spool; as sn_disk_dir_new, which NULL
	 * means. Tests have others. */
	int (*disk)(void *ctx, const char *path, struct sn_disk **disk);
	void *disk_ctx; /* of it */
};

/*
 * What became of what went through the spool, any thread. Since the start: encoded = written + lost
 * + under way in memory + waiting in the spool, where the pump's written and lost include what this
 * process put into the spool; what an earlier one left there is counted apart (recovered_*).
 */
struct sn_spooler_stats {
	uint64_t rows_spooled;	     /* put into the spool and synced by this process */
	uint64_t rounds_spooled;     /* the same for round records */
	uint64_t messages_spooled;   /* the same for messages */
	uint64_t rows_recovered;     /* of earlier processes, delivered */
	uint64_t rounds_recovered;   /* the same for round records */
	uint64_t messages_recovered; /* the same for messages */
	uint64_t rows_refused; /* of earlier processes, given up by the sink: too large and the like
				*/
	uint64_t rounds_refused;    /* the same for round records */
	uint64_t messages_refused;  /* the same for messages */
	uint64_t rows_waiting;	    /* of this process, in the spool and not settled */
	uint64_t rounds_waiting;    /* the same for round records */
	uint64_t messages_found;    /* of earlier processes, in the spool at the start */
	uint64_t messages_waiting;  /* of all processes, in the spool and not settled */
	uint64_t messages_bypassed; /* always: passed by a spool that did not work */
	uint64_t bytes;		    /* on the disk now */
	uint64_t max_bytes;	    /* the limit */
	uint64_t segments;	    /* files now */
	uint64_t oldest_ms;	    /* Unix time, ms, of the oldest record that waits; 0: none */
	uint64_t commits;	    /* groups written and synced */
	uint64_t torn_bytes;	    /* cut off at the start */
	uint64_t foreign;	    /* files that were left alone */
	uint64_t errors;	    /* failed operations of the disk */
	uint64_t lost_rows[SN_SPOOL_CAUSES];	 /* by enum sn_spool_cause, of all processes */
	uint64_t lost_rounds[SN_SPOOL_CAUSES];	 /* the same for round records */
	uint64_t lost_messages[SN_SPOOL_CAUSES]; /* the same for messages, those of which no more is
						  * known too */
	bool working; /* the disk does what it is asked; false is an alarm */
};

/* What the spool dropped of a target, for whatever cause; see enum sn_spool_cause. */
struct sn_spooler_loss {
	const char *target; /* the key of its messages; "": all those beyond the first 65,536, and
			     * messages of which it is not known */
	uint64_t rows;	    /* dropped */
	uint64_t rounds;    /* round records dropped */
	uint64_t messages;  /* messages dropped */
};

/* Must not call anything of the pump. */
typedef void sn_spooler_loss_fn(void *ctx, const struct sn_spooler_loss *loss);

#endif
