/*
 * Between the life of a request (requester.c) and its messages: plain.c for v1 and v2c, secure.c
 * for version 3. Each builds the message of an attempt and says what a received one means.
 */
#ifndef SN_SESSION_EXCHANGE_INT_H
#define SN_SESSION_EXCHANGE_INT_H

#include "session/requester.h"

/* What is to be done after a datagram. */
enum sn_verdict {
	SN_VERDICT_DROP,    /* nothing but to count `why` */
	SN_VERDICT_ANSWER,  /* the request has its PDU */
	SN_VERDICT_AGAIN,   /* the same attempt goes out once more, sealed anew */
	SN_VERDICT_REFUSED, /* the request ends with `err` */
};

/* A datagram that came in, and what was found out about it. */
struct sn_received {
	const struct sn_io_rx *pk; /* the datagram */
	struct sn_request *rq;	   /* whose; set for every verdict but DROP */
	unsigned number;	   /* the attempt that it answers */
	struct sn_pdu pdu;	   /* its PDU; borrowed from datagram or scratch */
	struct sn_span scoped;	   /* the ScopedPDU as decrypted, else empty */
	enum sn_counter why;	   /* counts the drop, or the Report */
	const char *note;	   /* for the tracer: what became of it */
	int err;		   /* with REFUSED: the request's end */
};

/*
 * The request that a message under this id, with this version, from this source belongs to: the
 * slot is outstanding, the attempt was made, source and version are right. Sets rq and number, or
 * gives false with why and note.
 */
bool sn_exchange_find(struct sn_session *s, struct sn_received *r, int32_t id, int32_t version);

/* Drops r with these reasons. */
static inline enum sn_verdict sn_exchange_drop(struct sn_received *r, enum sn_counter why,
					       const char *note)
{
	r->why = why;
	r->note = note;
	return SN_VERDICT_DROP;
}

/*
 * Builds the message of the current attempt under this id in memory of the io. SN_OK and *msg, and
 * in *scoped what the tracer should see of it when it is encrypted; SN_EMSGSIZE, SN_ENOMEM;
 * SN_EAGAIN: the io takes nothing now, the attempt counts as lost.
 */
SN_MUST_USE int sn_plain_build(struct sn_session *s, struct sn_request *rq, uint32_t id,
			       struct sn_span *msg);
SN_MUST_USE int sn_secure_build(struct sn_session *s, struct sn_request *rq, uint32_t id,
				struct sn_span *msg, struct sn_span *scoped);

/* Takes r->pk in; sn_plain_receive passes one of version 3 on to sn_secure_receive. Of all the rest
 * of r only what the verdict needs is set. */
enum sn_verdict sn_plain_receive(struct sn_session *s, struct sn_received *r);
enum sn_verdict sn_secure_receive(struct sn_session *s, struct sn_received *r);

#endif
