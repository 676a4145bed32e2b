/*
 * A request's PDU in, an answer's out: GET, GETNEXT, GETBULK and SET over a store (RFC 3416 §4.2,
 * RFC 1157 §4.1 for SNMPv1, RFC 3584 §4 for what SNMPv1 cannot say). Knows nothing of messages,
 * addresses and security. Worker thread; no allocation but by SET.
 */
#ifndef SN_AGENT_DISPATCH_H
#define SN_AGENT_DISPATCH_H

#include "agent/overlay.h"
#include "codec/pdu.h"

struct sn_dispatch {
	const struct sn_store *store; /* what the device knows */
	struct sn_overlay *overlay;   /* what was set on it; may be NULL */
	struct sn_store_place place;  /* which device, when */
	int32_t version;       /* enum sn_version: SNMPv1 has errors in place of exceptions */
	bool writable;	       /* SET is allowed at all */
	uint32_t max_varbinds; /* of an answer to a GETBULK; 0: as many as fit */
	uint8_t *buf;	       /* where the answer's varbinds are written */
	size_t room;	       /* octets there: what the answer may have of VarBindList content */
	uint64_t delay_ns;     /* out: how long the store has the device think */
	uint32_t varbinds;     /* out: of the answer, none with an error-status */
};

/*
 * Answers rq. answer->vbs points into d->buf, or into the request for an error-status, which
 * carries the request's own varbinds (but tooBig, which since SNMPv2 has none). SN_OK; SN_EINVAL:
 * no request, it is not answered; SN_ETRUNC, SN_ETAG, SN_ELENGTH, SN_EOID...: its varbinds do not
 * decode, it is not answered; SN_ENOMEM: a SET could not be kept, nothing was set.
 */
SN_MUST_USE int sn_dispatch(struct sn_dispatch *d, const struct sn_pdu *rq, struct sn_pdu *answer);

#endif
