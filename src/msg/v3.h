/*
 * The SNMPv3 message format (RFC 3412 §6): header, msgSecurityParameters as an uninterpreted
 * string, and the ScopedPDU. What the security model puts into its string is usm_params.h. Pure
 * functions over the caller's memory; nothing here checks a MAC or decrypts.
 *
 *   SNMPv3Message ::= SEQUENCE { msgVersion 3,
 *       msgGlobalData SEQUENCE { msgID, msgMaxSize, msgFlags (1 octet), msgSecurityModel },
 *       msgSecurityParameters OCTET STRING,
 *       msgData CHOICE { plaintext ScopedPDU (SEQUENCE), encryptedPDU OCTET STRING } }
 */
#ifndef SN_MSG_V3_H
#define SN_MSG_V3_H

#include "codec/pdu.h"

/* msgFlags, RFC 3412 §6.4. The lower two bits are the security level. */
enum sn_v3_flags {
	SN_V3_AUTH = 1,
	SN_V3_PRIV = 2,
	SN_V3_LEVEL = SN_V3_AUTH | SN_V3_PRIV,
	SN_V3_REPORTABLE = 4
};

enum {
	SN_V3_MODEL_USM = 3,	 /* msgSecurityModel of RFC 3414 */
	SN_V3_SIZE_MIN = 484,	 /* least msgMaxSize */
	SN_V3_ENGINE_ID_MIN = 5, /* octets, RFC 3411 SnmpEngineID */
	SN_V3_ENGINE_ID_MAX = 32,
	SN_V3_NAME_MAX = 32 /* octets of a user name or context name as the MIBs have them */
};

struct sn_v3_message {
	struct sn_span whole;	 /* the outer SEQUENCE with its header: what a MAC covers */
	int32_t msg_id;		 /* 0 .. 2^31-1 */
	int32_t max_size;	 /* msgMaxSize, at least 484 */
	int32_t model;		 /* msgSecurityModel, at least 1 */
	uint8_t flags;		 /* enum sn_v3_flags; other bits as received */
	bool encrypted;		 /* msgData is an OCTET STRING */
	struct sn_span security; /* content of msgSecurityParameters */
	struct sn_span data; /* plaintext: the ScopedPDU with its header; encrypted: the octets */
};

/* RFC 3412 §6.8. */
struct sn_scoped_pdu {
	struct sn_span engine_id; /* contextEngineID */
	struct sn_span context;	  /* contextName */
	struct sn_pdu pdu;	  /* spans borrowed from the input */
};

/*
 * Reads a whole datagram but for msgSecurityParameters' and msgData's content. Octets after the
 * message are ignored. SN_EVERSION: not version 3; SN_ETAG, SN_ETRUNC, SN_ELENGTH, SN_ERANGE:
 * malformed. SN_EINVAL: well-formed, but msgFlags has privacy without authentication, or msgData is
 * encrypted although the flags say it is not or the other way round (snmpInvalidMsgs, RFC 3412
 * §7.2 5); m is filled then.
 */
SN_MUST_USE int sn_v3_read(struct sn_span datagram, struct sn_v3_message *m);

/* Reads a ScopedPDU; octets after it (padding of a block cipher) are ignored. Errors as sn_pdu_read
 * and the BER readers give them; SN_ETAG also for the Trap-PDU of SNMPv1. */
SN_MUST_USE int sn_scoped_read(struct sn_span data, struct sn_scoped_pdu *s);

/* Writes a ScopedPDU below w->p. Errors stick to the writer. */
void sn_scoped_write(struct sn_writer *w, const struct sn_scoped_pdu *s);

/*
 * Writes what comes before msgSecurityParameters' TLV, which with msgData is at w->p already:
 * msgGlobalData, msgVersion, and the outer SEQUENCE around all written since `end`, the end of
 * msgData. Uses m's msg_id, max_size, flags, model. Errors stick to the writer.
 */
void sn_v3_write_header(struct sn_writer *w, const struct sn_v3_message *m, const uint8_t *end);

#endif
