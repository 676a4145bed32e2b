/*
 * PDUs, see pdu.h. Called by msg and session on worker threads, by trace and tools elsewhere.
 */
#include "codec/pdu.h"

#include "codec/oid.h"

enum {
	USUAL_HEAD = 12
}; /* octets of the three integers: an id of four octets, the others of one */

/*
 * An INTEGER of a PDU's head. RFC 1157 §4.1 does not bound them, and agents have been met that pad
 * a request-id or send it unsigned: up to 64 bits are read and the low 32 kept, as Net-SNMP does.
 */
static inline int32_t read_head_int(struct sn_cursor *in)
{
	int32_t usual;
	int64_t v;
	int rc;

	if (sn_ber_read_usual_int(in, &usual)) {
		return usual;
	}
	rc = sn_ber_int(sn_ber_expect(in, SN_TAG_INTEGER), &v);
	if (rc) {
		sn_cursor_fail(in, rc);
	}
	return (int32_t)(uint32_t)(uint64_t)v;
}

/*
 * The three integers of a head when they are as in nearly all answers to our requests, whose ids
 * have four octets. False: they are not, nothing was read.
 */
static inline bool read_usual_head(struct sn_cursor *in, struct sn_pdu *pdu)
{
	const uint8_t *p = in->p;

	if (sn_cursor_left(in) < USUAL_HEAD || p[0] != SN_TAG_INTEGER || p[1] != 4 ||
	    p[6] != SN_TAG_INTEGER || p[7] != 1 || p[9] != SN_TAG_INTEGER || p[10] != 1) {
		return false;
	}
	pdu->request_id = (int32_t)(uint32_t)sn_ber_be(p + 2, 4);
	pdu->status = (p[8] ^ 0x80) - 0x80; /* with its sign */
	pdu->index = (p[11] ^ 0x80) - 0x80;
	in->p = p + USUAL_HEAD;
	return true;
}

static void read_trap_v1(struct sn_cursor *in, struct sn_pdu *pdu)
{
	uint64_t ticks = 0;
	int rc;

	pdu->trap.enterprise = sn_ber_expect(in, SN_TAG_OID);
	pdu->trap.agent_addr = sn_ber_expect(in, SN_TAG_IPADDRESS);
	pdu->trap.generic = read_head_int(in);
	pdu->trap.specific = read_head_int(in);
	rc = sn_ber_uint(sn_ber_expect(in, SN_TAG_TIMETICKS), 32, &ticks);
	if (rc == SN_OK && pdu->trap.agent_addr.n != 4) {
		rc = SN_ELENGTH;
	}
	if (rc == SN_OK && !sn_oid_valid(pdu->trap.enterprise)) {
		rc = SN_EOID;
	}
	if (rc) {
		sn_cursor_fail(in, rc);
	}
	pdu->trap.timestamp = (uint32_t)ticks;
}

void sn_pdu_read(struct sn_cursor *cur, struct sn_pdu *pdu)
{
	struct sn_cursor in = sn_cursor_make(sn_ber_read(cur, &pdu->type));

	pdu->request_id = 0;
	pdu->status = 0;
	pdu->index = 0;
	if (pdu->type == SN_PDU_TRAP_V1) {
		read_trap_v1(&in, pdu);
	} else if (pdu->type < SN_PDU_GET || pdu->type > SN_PDU_REPORT) {
		sn_cursor_fail(&in, SN_ETAG);
	} else if (!read_usual_head(&in, pdu)) {
		pdu->request_id = read_head_int(&in);
		pdu->status = read_head_int(&in);
		pdu->index = read_head_int(&in);
	}
	pdu->vbs = sn_ber_expect(&in, SN_TAG_SEQUENCE);
	if (in.err) {
		sn_cursor_fail(cur, in.err);
	}
}

int sn_pdu_check(const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	struct sn_value v;
	int n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		int rc = sn_oid_valid(vb.name) ? sn_value_read(vb.tag, vb.value, &v) : SN_EOID;

		if (rc) {
			return rc;
		}
		n++;
	}
	return cur.err ? cur.err : n;
}

/*
 * The three integers of a head in one piece when they are as in most requests: an id of four
 * octets, the others of one. False: they are not.
 */
static inline bool write_usual_head(struct sn_writer *w, const struct sn_pdu *pdu)
{
	uint32_t id = htobe32((uint32_t)pdu->request_id);
	uint8_t *p;

	if (pdu->request_id < 1 << 23 || pdu->status != (int8_t)pdu->status ||
	    pdu->index != (int8_t)pdu->index) {
		return false;
	}
	p = sn_writer_reserve(w, USUAL_HEAD);
	if (p) {
		p[0] = SN_TAG_INTEGER;
		p[1] = 4;
		memcpy(p + 2, &id, 4);
		p[6] = SN_TAG_INTEGER;
		p[7] = 1;
		p[8] = (uint8_t)pdu->status;
		p[9] = SN_TAG_INTEGER;
		p[10] = 1;
		p[11] = (uint8_t)pdu->index;
	}
	return true;
}

void sn_pdu_write(struct sn_writer *w, const struct sn_pdu *pdu)
{
	const uint8_t *mark = w->p;

	sn_ber_write_tlv(w, SN_TAG_SEQUENCE, pdu->vbs);
	if (pdu->type == SN_PDU_TRAP_V1) {
		sn_ber_write_uint(w, SN_TAG_TIMETICKS, pdu->trap.timestamp);
		sn_ber_write_int(w, SN_TAG_INTEGER, pdu->trap.specific);
		sn_ber_write_int(w, SN_TAG_INTEGER, pdu->trap.generic);
		sn_ber_write_tlv(w, SN_TAG_IPADDRESS, pdu->trap.agent_addr);
		sn_ber_write_tlv(w, SN_TAG_OID, pdu->trap.enterprise);
	} else if (!write_usual_head(w, pdu)) {
		sn_ber_write_int(w, SN_TAG_INTEGER, pdu->index);
		sn_ber_write_int(w, SN_TAG_INTEGER, pdu->status);
		sn_ber_write_int(w, SN_TAG_INTEGER, pdu->request_id);
	}
	sn_ber_write_wrap(w, pdu->type, mark);
}

const char *sn_pdu_type_name(uint8_t type)
{
	static const char *const names[] = {"GetRequest",    "GetNextRequest", "Response",
					    "SetRequest",    "Trap",	       "GetBulkRequest",
					    "InformRequest", "SNMPv2-Trap",    "Report"};

	return type >= SN_PDU_GET && type <= SN_PDU_REPORT ? names[type - SN_PDU_GET]
							   : "unknown PDU";
}

const char *sn_pdu_status_name(int32_t status)
{
	static const char *const names[] = {"noError",
					    "tooBig",
					    "noSuchName",
					    "badValue",
					    "readOnly",
					    "genErr",
					    "noAccess",
					    "wrongType",
					    "wrongLength",
					    "wrongEncoding",
					    "wrongValue",
					    "noCreation",
					    "inconsistentValue",
					    "resourceUnavailable",
					    "commitFailed",
					    "undoFailed",
					    "authorizationError",
					    "notWritable",
					    "inconsistentName"};

	return status >= 0 && status <= SN_STATUS_MAX ? names[status] : "unknown error-status";
}
