/*
 * Protocol data units of SNMPv1 (RFC 1157 §4.1) and SNMPv2 (RFC 3416 §3), read into spans and
 * written backward. Pure functions.
 */
#ifndef SN_CODEC_PDU_H
#define SN_CODEC_PDU_H

#include "codec/varbind.h"

/* Context tags of the PDUs. */
enum sn_pdu_type {
	SN_PDU_GET = 0xa0,
	SN_PDU_GETNEXT = 0xa1,
	SN_PDU_RESPONSE = 0xa2,
	SN_PDU_SET = 0xa3,
	SN_PDU_TRAP_V1 = 0xa4,
	SN_PDU_GETBULK = 0xa5,
	SN_PDU_INFORM = 0xa6,
	SN_PDU_TRAP_V2 = 0xa7,
	SN_PDU_REPORT = 0xa8
};

/* error-status values of RFC 3416 §3. */
enum sn_error_status {
	SN_STATUS_NO_ERROR = 0,
	SN_STATUS_TOO_BIG = 1,
	SN_STATUS_NO_SUCH_NAME = 2,
	SN_STATUS_BAD_VALUE = 3,
	SN_STATUS_READ_ONLY = 4,
	SN_STATUS_GEN_ERR = 5,
	SN_STATUS_NO_ACCESS = 6, /* from here on since SNMPv2 */
	SN_STATUS_WRONG_TYPE = 7,
	SN_STATUS_WRONG_LENGTH = 8,
	SN_STATUS_WRONG_ENCODING = 9,
	SN_STATUS_WRONG_VALUE = 10,
	SN_STATUS_NO_CREATION = 11,
	SN_STATUS_INCONSISTENT_VALUE = 12,
	SN_STATUS_RESOURCE_UNAVAILABLE = 13,
	SN_STATUS_COMMIT_FAILED = 14,
	SN_STATUS_UNDO_FAILED = 15,
	SN_STATUS_AUTHORIZATION_ERROR = 16,
	SN_STATUS_NOT_WRITABLE = 17,
	SN_STATUS_INCONSISTENT_NAME = 18,
	SN_STATUS_MAX = 18
};

/* The head of a Trap-PDU of SNMPv1. */
struct sn_pdu_trap_v1 {
	struct sn_span enterprise; /* OID, BER content */
	struct sn_span agent_addr; /* four octets */
	int32_t generic;	   /* generic-trap, 0 to 6 */
	int32_t specific;	   /* specific-trap */
	uint32_t timestamp;	   /* time-stamp, 1/100 s */
};

struct sn_pdu {
	uint8_t type;		    /* enum sn_pdu_type */
	int32_t request_id;	    /* not in a v1 trap */
	int32_t status;		    /* error-status; non-repeaters of a GETBULK */
	int32_t index;		    /* error-index; max-repetitions of a GETBULK */
	struct sn_span vbs;	    /* content of the VarBindList, for sn_varbind_next */
	struct sn_pdu_trap_v1 trap; /* only when type is SN_PDU_TRAP_V1 */
};

/*
 * Reads the PDU that starts at the cursor; the varbinds are not looked at. Fails the cursor:
 * SN_ETAG (no PDU type), SN_ETRUNC, SN_ELENGTH, SN_ERANGE. Octets after the VarBindList inside the
 * PDU are ignored.
 */
void sn_pdu_read(struct sn_cursor *cur, struct sn_pdu *pdu);

/*
 * Walks all varbinds, validates names and values. Returns their number, or the first error: those
 * of sn_varbind_next, sn_value_read, SN_EOID for a name.
 */
SN_MUST_USE int sn_pdu_check(const struct sn_pdu *pdu);

/* Writes a whole PDU around varbinds that are BER already. Errors stick to the writer. */
void sn_pdu_write(struct sn_writer *w, const struct sn_pdu *pdu);

/* "GetBulkRequest", ...; "unknown PDU" otherwise. */
const char *sn_pdu_type_name(uint8_t type);

/* "noError", "tooBig", ...; "unknown error-status" otherwise. */
const char *sn_pdu_status_name(int32_t status);

#endif
