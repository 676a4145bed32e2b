/*
 * The command generator's side of a session (RFC 3413 §3.1): requests out, answers matched,
 * retransmission. A request is the caller's memory from start to done; exactly one call of done
 * ends it, never from inside sn_request_start, unless it is cancelled. Worker thread only.
 *
 * A request waits first for its device's window and rate limit (pacer.h), then for a slot of the
 * worker. Retransmissions wait for the rate limit too. Every attempt has
 * an id of its own, so a late answer to any attempt counts once and a round-trip sample is never
 * ambiguous (Karn's problem does not arise). When an attempt is repeated is retransmit.h's business
 * and how many requests a device gets at a time window.h's; the user's numbers bound both.
 */
#ifndef SN_SESSION_REQUESTER_H
#define SN_SESSION_REQUESTER_H

#include "codec/pdu.h"
#include "scheduler/worker.h"
#include "session/device.h"
#include "session/pacer.h"
#include "usm/keys.h"

enum {
	SN_REQUEST_ATTEMPTS_MAX = SN_SLOT_ATTEMPTS,
	SN_SESSION_SCRATCH = SN_IO_DATAGRAM_MAX + 64 /* octets; decrypting wants 16 more than it
							gives */
};

enum sn_request_state {
	SN_REQUEST_IDLE,    /* not started, or over */
	SN_REQUEST_PARKED,  /* waits for its device's window or for a rate limit */
	SN_REQUEST_STARVED, /* has the window, waits for a slot, the governor or a rate limit */
	SN_REQUEST_SENT	    /* has a slot; on the wire, or waits to be sent again */
};

/* How a request ended. */
struct sn_answer {
	int err; /* SN_OK: pdu is there, any error-status; SN_ETIMEDOUT, SN_EUNREACH, SN_EMSGSIZE,
		    SN_ENOMEM...; refused with a Report: SN_EDIGEST, SN_EUSER, SN_ELEVEL,
		    SN_EDECRYPT, SN_ETIMEWINDOW, SN_EENGINE, SN_ECONTEXT, SN_EREPORT; SN_EIGNORED */
	const struct sn_pdu *pdu; /* the Response-PDU, borrowed until done returns; NULL unless
				     SN_OK */
	size_t octets;		  /* of the whole answer */
	uint64_t rtt_ns;	  /* of the attempt that was answered */
};

struct sn_request {
	struct sn_timer timer; /* deadline of the current attempt */
	struct sn_list node;   /* parked, starved or held back by a rate limit */
	struct sn_device *dev; /* to whom */
	void (*done)(struct sn_request *rq, const struct sn_answer *answer); /* set by the caller */
	struct sn_session *session;					     /* set by start */
	const void *soon;     /* memory that done will touch, fetched before; may be NULL */
	uint32_t soon_octets; /* of it */
	struct sn_span vbs;   /* VarBindList content; the caller's until done */
	int32_t status;	      /* non-repeaters of a GETBULK, else 0 */
	int32_t index;	      /* max-repetitions of a GETBULK, else 0 */
	uint64_t timeout_ns;  /* of one attempt */
	uint64_t sent_at;     /* mono ns of the first attempt */
	uint64_t give_up_at;  /* mono ns: the user's patience, timeout_ns for every attempt, ends */
	uint32_t resent_us[SN_REQUEST_ATTEMPTS_MAX]; /* attempt's time after sent_at, us */
	uint32_t slot;				     /* while SENT */
	uint16_t cut_from; /* what the device's window was before its losses cut it, 0: none did */
	uint8_t epoch;	   /* of that window when it was sent last */
	bool excused;	   /* the current attempt got more time: the worker was late */
	bool delayed;	   /* the next attempt waits for a rate limit, or has */
	bool anew;	   /* version 3: what waits is the current attempt, after a Report */
	int16_t tx_err;	   /* the kernel's refusal, SN_OK: none */
	uint8_t type;	   /* SN_PDU_GET, ... */
	uint8_t attempts;  /* made so far */
	uint8_t attempts_max; /* 1 to SN_REQUEST_ATTEMPTS_MAX */
	uint8_t state;	      /* enum sn_request_state */
	uint8_t reports;      /* version 3: times it was sealed anew after a Report */
	uint8_t probes;	   /* version 3: bit per attempt, set: a discovery was sent in its place */
	bool by_candidate; /* version 3: sealed for dev->candidate */
	bool discovered;   /* version 3: it has learnt which engine is there */
	int16_t refusal; /* version 3: what an unauthenticated Report said, if nothing better comes
			  */
};

/* What a tracer sees: every message of the traced agent. */
struct sn_trace_event {
	uint64_t mono;		    /* ns */
	uint64_t wall;		    /* ns, Unix */
	const struct sn_addr *peer; /* the agent, or who else sent it */
	struct sn_span data;	    /* the datagram */
	struct sn_span scoped;	    /* version 3 with privacy: the ScopedPDU in clear, else empty */
	const char *note; /* "request", "retry 2", "answer", "late or duplicate answer", ... */
	uint64_t rtt_ns;  /* of a taken answer, else 0 */
	bool sent;	  /* true: from us */
};

struct sn_tracer {
	void *ctx;						      /* first argument of event */
	void (*event)(void *ctx, const struct sn_trace_event *event); /* NULL: no tracing */
	struct sn_addr addr;					      /* the traced agent */
};

struct sn_session {
	struct sn_worker *w;	 /* timers, slots, io, counters */
	struct sn_list starved;	 /* requests that wait for a slot or the governor */
	struct sn_timer room;	 /* looks whether time has made room for them */
	struct sn_tracer tracer; /* --trace */
	struct sn_pacing pacing; /* rate limits */
	struct sn_keys engines;	 /* memory of devices' engines (struct sn_engine) */
	uint64_t salt;		 /* of the next encrypted message, starts at random */
	uint32_t soon[2];	 /* ids of answers that are about to come, the older at nsoon % 2 */
	uint32_t nsoon;		 /* hints at such */
	uint8_t *scratch;	 /* one decrypted message, SN_SESSION_SCRATCH octets */
};

/* Hooks the session into the worker's io. */
void sn_session_init(struct sn_session *s, struct sn_worker *w);

/* Wipes and frees; every device's engine was forgotten before. */
void sn_session_fini(struct sn_session *s);

/* A request without history; the caller then sets dev, done, type, vbs, status, index, timeout_ns,
 * attempts_max. */
void sn_request_init(struct sn_request *rq);

/* Sends now, or queues. Never calls done itself. */
void sn_request_start(struct sn_session *s, struct sn_request *rq);

/* Takes the request back without done; harmless when it is over or was never started. */
void sn_request_cancel(struct sn_request *rq);

/* True between start and done or cancel. */
static inline bool sn_request_active(const struct sn_request *rq)
{
	return rq->state != SN_REQUEST_IDLE;
}

#endif
