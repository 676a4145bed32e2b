/*
 * What the tests of a pump's two sides share: workers that hand in numbered rows, a pump with a
 * probe for a sink, the sums that hold after every run, and a reader of what arrived.
 */
#ifndef TEST_SUPPORT_PUMP_RIG_H
#define TEST_SUPPORT_PUMP_RIG_H

#include "output/pump.h"
#include "support/probe_sink.h"
#include "support/rows.h"

enum {
	RIG_BUFFER = 65536, /* bytes of an output buffer */
	RIG_WORKERS = 4	    /* most workers of a test */
};

/* One worker: its origin names it, its rows are numbered for ever. */
struct rig_worker {
	struct sn_origin origin;     /* instance = name */
	struct sn_counters counters; /* the worker's */
	struct sn_outputs *outs;     /* its ports */
	struct rows rows;	     /* block under construction */
	uint64_t next;		     /* number of the next row */
	char name[8];		     /* "w0" */
};

void rig_worker_init(struct rig_worker *w, struct sn_pump *pump, unsigned i);

/* Flushes. The pump must still be there. */
void rig_worker_fini(struct rig_worker *w);

/* Hands in a block of n rows, each with `pad` octets of text unless that is 0. */
void rig_emit(struct rig_worker *w, unsigned n, size_t pad);

/* A pump of influx lines into the probe; a failed write is repeated after a millisecond. */
struct sn_pump *rig_start(struct probe *p, unsigned nworkers, size_t buffer_bytes);

/* A pump of influx lines into any sink. message_bytes: of the largest message; 0: the usual. */
struct sn_pump *rig_start_sink(struct sn_sink *sink, unsigned nworkers, size_t buffer_bytes,
			       size_t message_bytes);

/* Stops, and checks what must hold after every run. */
struct sn_pump_stats rig_stop(struct sn_pump *pump, struct probe *p, uint64_t timeout_ns);

/*
 * Reads the lines that reached the sink: rows of a worker in their order, none twice. Returns how
 * many; missing[i]: gaps in the numbers of worker i.
 */
uint64_t rig_read(const struct probe *p, uint64_t missing[RIG_WORKERS]);

#endif
