/*
 * The command responder's side of a session (RFC 3413 §3.2): requests of all versions in, answers
 * out, under the engine and from the address that was asked. Which devices there are and what they
 * know is the owner's business, and so is what goes wrong with an answer on its way. Worker thread;
 * a request that is answered at once takes no allocation.
 */
#ifndef SN_SESSION_RESPONDER_H
#define SN_SESSION_RESPONDER_H

#include "base/slab.h"
#include "codec/pdu.h"
#include "scheduler/worker.h"
#include "usm/authority.h"

/* A request that is to be answered. Everything in it lives until serve returns. */
struct sn_incoming {
	const struct sn_io_rx *pk; /* the datagram: from, to, time */
	int32_t version;	   /* enum sn_version */
	struct sn_span community;  /* version 1 and 2c */
	struct sn_span user;	   /* version 3: who asks */
	struct sn_span context;	   /* version 3: contextName */
	uint8_t level;		   /* version 3: enum sn_v3_flags, AUTH and PRIV */
	struct sn_pdu pdu;	   /* the request */
	size_t overhead;	   /* octets of its answer that are no varbinds, at most */
	size_t room;		   /* octets of VarBindList content that its answer may have */
};

/* The answer, and what becomes of it. Zeroed before serve. */
struct sn_response {
	struct sn_pdu pdu; /* vbs: the owner's, until serve is called again */
	uint64_t delay_ns; /* before it leaves */
	unsigned copies;   /* beyond the one that leaves */
	bool wrong_id;	   /* under other ids than the request's */
	bool spoil;	   /* ops.spoil has its way with the sealed message */
};

enum sn_serve {
	SN_SERVE_ANSWER,	  /* with the response */
	SN_SERVE_DROP,		  /* not at all */
	SN_SERVE_UNKNOWN_CONTEXT, /* version 3: Report snmpUnknownContexts (RFC 3413 §3.2) */
};

struct sn_responder_ops {
	void *ctx; /* first argument of all */
	/* The engine at the address asked, its clock set; NULL: nobody is there. Version 3 only. */
	struct sn_authority *(*authority)(void *ctx, const struct sn_io_rx *pk);
	enum sn_serve (*serve)(void *ctx, const struct sn_incoming *in, struct sn_response *out);
	/* A Report is about to leave: as serve, but that its PDU is not the owner's. */
	enum sn_serve (*report)(void *ctx, const struct sn_io_rx *pk, struct sn_response *out);
	/* Changes a message in place and returns its new length, at most n. */
	size_t (*spoil)(void *ctx, uint8_t *msg, size_t n);
};

struct sn_responder_config {
	struct sn_responder_ops ops;
	size_t max_message;   /* octets of an answer, 484 to 65507 */
	uint32_t max_pending; /* answers that may wait for their time to leave */
};

struct sn_responder {
	struct sn_worker *w;		/* timers, io, counters */
	struct sn_responder_config cfg; /* as given */
	struct sn_slab pending;		/* answers that wait, of up to one frame */
	struct sn_slab large;		/* those of more than a frame */
	uint32_t npending;		/* they and larger ones */
	struct sn_list waiting;		/* all of them */
	uint8_t *scratch;		/* a decrypted request, then a sealed answer */
};

/* Hooks the responder into the worker's io. SN_ENOMEM. */
SN_MUST_USE int sn_responder_init(struct sn_responder *r, struct sn_worker *w,
				  const struct sn_responder_config *cfg);

/* Answers that wait are dropped. */
void sn_responder_fini(struct sn_responder *r);

#endif
