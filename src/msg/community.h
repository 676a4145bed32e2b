/*
 * Messages of SNMPv1 (RFC 1157 §4) and community-based SNMPv2 (RFC 1901): version, community, PDU.
 * Pure functions over the caller's memory.
 */
#ifndef SN_MSG_COMMUNITY_H
#define SN_MSG_COMMUNITY_H

#include "codec/pdu.h"
#include "msg/peek.h"

struct sn_message {
	int32_t version;	  /* SN_VERSION_1 or SN_VERSION_2C */
	struct sn_span community; /* borrowed from the input */
	struct sn_pdu pdu;	  /* spans borrowed from the input */
};

/*
 * Reads a whole datagram; varbinds stay unread (sn_pdu_check, sn_varbind_next). Octets after the
 * message are ignored: printers pad their answers. SN_EVERSION: not v1 or v2c, m->version says
 * what; SN_ETAG, SN_ETRUNC, SN_ELENGTH, SN_ERANGE, SN_EOID; SN_ETAG also for a PDU that the version
 * does not have (GETBULK in v1, Trap-PDU in v2c).
 */
SN_MUST_USE int sn_community_read(struct sn_span datagram, struct sn_message *m);

/* Writes the whole message below w->p. Errors stick to the writer. */
void sn_community_write(struct sn_writer *w, const struct sn_message *m);

#endif
