/*
 * The way of rows out of a worker. A pump belongs to one output (encoder + sink) and has one
 * thread, which only moves bytes; every worker has a port on it. The worker encodes into pooled
 * buffers and passes full ones through a ring; the buffer comes back through a second ring when the
 * sink has taken it. The worker never waits: when its budget of buffers is used up, and that of
 * all other outputs, it first stops starting rounds (sn_outputs_ready), then drops the rows and
 * counts them.
 *
 * Worker side: struct sn_outputs, the ports of one worker on all pumps. Control side: struct
 * sn_pump.
 */
#ifndef SN_OUTPUT_PUMP_H
#define SN_OUTPUT_PUMP_H

#include "base/counter.h"
#include "encode/encoder.h"
#include "output/filter.h"
#include "output/sink.h"
#include "output/spooler.h"

struct sn_pump;
struct sn_outputs;

struct sn_pump_config {
	const struct sn_encoder *encoder;  /* format */
	struct sn_encoder_options options; /* of the format */
	struct sn_sink *sink;		   /* owned by the pump from here on */
	size_t buffer_bytes;		   /* memory one worker may have under way; 0: 32 MiB */
	size_t message_bytes;	 /* messages: a table is split where the body of one would be
				    larger; 0: 512 KiB */
	bool status_topic;	 /* messages: round records have a topic of their own */
	struct sn_filter filter; /* of rows and round records; copied by sn_pump_start */
	bool rounds;		 /* emit round records */
	bool rows;		 /* emit rows */
	uint64_t retry_ns;	 /* pause after a failed write, doubled up to 5 s; 0: 100 ms */
	struct sn_spooler_config spool; /* messages: where they wait on disk; without path: none */
};

struct sn_pump_stats {
	uint64_t rows_encoded;	 /* handed in by workers and encoded */
	uint64_t rows_dropped;	 /* not encoded: no buffer */
	uint64_t rows_written;	 /* taken by the sink */
	uint64_t rows_lost;	 /* given up by the sink after errors */
	uint64_t rounds_encoded; /* round records, the same four */
	uint64_t rounds_dropped;
	uint64_t rounds_written;
	uint64_t rounds_lost;
	uint64_t bytes_written;		   /* taken by the sink */
	uint64_t messages_written;	   /* messages: delivered */
	uint64_t messages_lost[SN_LOSSES]; /* messages: given up, by enum sn_loss */
	uint64_t lost[SN_LOSSES];	   /* messages: rows and round records given up, likewise */
	uint64_t rows_waiting;		   /* encoded, in the spool and not settled */
	uint64_t rounds_waiting;	   /* the same for round records */
	uint64_t errors;		   /* failed writes */
	int state;   /* SN_OK, or the sink's last error while it lasts; SN_EPIPE is final */
	bool spools; /* it has a spool */
	struct sn_spooler_stats spool; /* then: the spool's own figures */
};

enum { SN_PUMP_ERROR_MAX = 256 }; /* octets of an error's text, NUL included */

/* How a pump is. */
struct sn_pump_report {
	const char *label;   /* of the sink: "file rows.json" */
	const char *format;  /* name of the encoder */
	bool messages;	     /* its sink takes messages */
	int state;	     /* as in struct sn_pump_stats */
	uint64_t memory;     /* bytes of buffers that workers fill or have under way */
	uint64_t memory_max; /* the most they may be, of all workers */
	uint64_t error_at;   /* Unix ns of the last error of the sink, also if it is over; 0: none
			      */
	char error[SN_PUMP_ERROR_MAX]; /* its text */
};

/*
 * Starts the pump's thread. nworkers: number of ports. SN_ENOMEM, SN_ESYS; SN_EEXIST: another
 * process has the spool's directory; SN_EPERM: it cannot be made or entered for want of rights,
 * with errno. Then cfg->sink still belongs to the caller. Of any other trouble with the disk the
 * spool's stats tell, it is tried again.
 */
SN_MUST_USE int sn_pump_start(const struct sn_pump_config *cfg, unsigned nworkers,
			      struct sn_pump **pump);

/* After all workers flushed and stopped: the thread is to write what is queued, give up after
 * timeout_ns, and end. Does not wait, so that several pumps can do so at the same time. */
void sn_pump_end(struct sn_pump *pump, uint64_t timeout_ns);

/* The same unless that was asked for before, then waits for it, flushes and frees the sink, fills
 * stats (may be NULL). */
void sn_pump_stop(struct sn_pump *pump, uint64_t timeout_ns, struct sn_pump_stats *stats);

/* Any thread. */
void sn_pump_stats_get(const struct sn_pump *pump, struct sn_pump_stats *stats);

/* The pump must not be stopped meanwhile. Any thread. */
void sn_pump_report_get(struct sn_pump *pump, struct sn_pump_report *report);

/* Asks the sink to reopen its file, on its own thread. Any thread. */
void sn_pump_reopen(struct sn_pump *pump);

const char *sn_pump_label(const struct sn_pump *pump);

/* Whether its sink takes messages: only then there are losses by reason. Any thread. */
bool sn_pump_has_messages(const struct sn_pump *pump);

/* What became of what went through its spool. False: it has none. Any thread. */
bool sn_pump_spool_stats(const struct sn_pump *pump, struct sn_spooler_stats *stats);

/* Tells what its spool dropped, by target, in no order. False: it has none. Any thread. */
bool sn_pump_spool_losses(const struct sn_pump *pump, sn_spooler_loss_fn *each, void *ctx);

/* The sink's own figures, up to SN_SINK_FIGURES_MAX; returns how many. Any thread. */
unsigned sn_pump_figures(const struct sn_pump *pump, uint64_t *v);

/* The ports of worker number `worker` on n pumps. counters: the worker's. SN_ENOMEM. */
SN_MUST_USE int sn_outputs_new(struct sn_pump *const *pumps, unsigned n, unsigned worker,
			       struct sn_counters *counters, struct sn_outputs **outs);

/* After the last flush. Buffers under way stay with the pumps. */
void sn_outputs_free(struct sn_outputs *outs);

/* Encodes all rows of a block for every output. Never blocks; what finds no buffer is dropped and
 * counted. */
void sn_outputs_rows(struct sn_outputs *outs, const struct sn_block *blk);

/*
 * Forgets what is kept of the schemas of blocks (layouts.h). To be called before a schema whose
 * blocks were encoded goes away; what is needed again is made again.
 */
void sn_outputs_forget(struct sn_outputs *outs);

/* Encodes a round record for every output. */
void sn_outputs_round(struct sn_outputs *outs, const struct sn_round *round);

/* False while all outputs are so far behind that new rounds should wait (three quarters of the
 * budget in use). One that is behind alone holds back none of the others: what it has no room for
 * is dropped. */
bool sn_outputs_ready(struct sn_outputs *outs);

/* Passes on buffers that are partly filled; called once a turn with the worker's time, passes when
 * force or older than 100 ms. */
void sn_outputs_flush(struct sn_outputs *outs, uint64_t now, bool force);

#endif
