/*
 * v1 and v2c messages, see community.h. session seals requests and opens answers with it, on worker
 * threads.
 */
#include "msg/community.h"

/* Which PDUs a version has: RFC 1157 §4.1 and RFC 3416 §3. */
static bool version_has_pdu(int32_t version, uint8_t type)
{
	if (version == SN_VERSION_1) {
		return type <= SN_PDU_TRAP_V1;
	}
	return type != SN_PDU_TRAP_V1;
}

int sn_community_read(struct sn_span datagram, struct sn_message *m)
{
	struct sn_cursor outer = sn_cursor_make(datagram);
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));

	if (outer.err) {
		return outer.err;
	}
	m->version = sn_ber_read_int32(&cur);
	if (cur.err == SN_OK && m->version != SN_VERSION_1 && m->version != SN_VERSION_2C) {
		return SN_EVERSION;
	}
	m->community = sn_ber_expect(&cur, SN_TAG_OCTETS);
	sn_pdu_read(&cur, &m->pdu);
	if (cur.err == SN_OK && !version_has_pdu(m->version, m->pdu.type)) {
		return SN_ETAG;
	}
	return cur.err;
}

/* Octets of a tag and the length of so much content, below 64 KiB. */
static inline size_t header_octets(size_t n)
{
	return n < 0x80 ? 2 : n < 0x100 ? 3 : 4;
}

/* Writes them; returns their end. */
static inline uint8_t *put_header(uint8_t *p, uint8_t tag, size_t n)
{
	*p++ = tag;
	if (n >= 0x100) {
		*p++ = 0x82;
		*p++ = (uint8_t)(n >> 8);
	} else if (n >= 0x80) {
		*p++ = 0x81;
	}
	*p++ = (uint8_t)n;
	return p;
}

static inline uint8_t *put_octet_int(uint8_t *p, int32_t v)
{
	p[0] = SN_TAG_INTEGER;
	p[1] = 1;
	p[2] = (uint8_t)v;
	return p + 3;
}

enum {
	OCTET_INT = 3,	    /* octets of an INTEGER of one octet */
	HEAD_OCTETS = 12,   /* of a PDU's head: an id of four octets, two integers of one */
	USUAL_MOST = 0xff00 /* octets of a VarBindList, so that all lengths stay below 64 KiB */
};

/*
 * Nearly all messages: all lengths follow from those of the community and the VarBindList, so it is
 * written in one piece. False: it is another, nothing was written.
 */
static bool write_usual(struct sn_writer *w, const struct sn_message *m)
{
	size_t vbs = m->pdu.vbs.n;
	size_t community = m->community.n;
	uint32_t id = htobe32((uint32_t)m->pdu.request_id);
	size_t pdu;
	size_t all;
	uint8_t *p;

	if (m->pdu.type == SN_PDU_TRAP_V1 || m->version != (int8_t)m->version ||
	    m->pdu.request_id < 1 << 23 || m->pdu.status != (int8_t)m->pdu.status ||
	    m->pdu.index != (int8_t)m->pdu.index || community == 0 || community >= 0x80 ||
	    vbs == 0 || vbs > USUAL_MOST) {
		return false;
	}
	pdu = HEAD_OCTETS + header_octets(vbs) + vbs;
	all = OCTET_INT + 2 + community + header_octets(pdu) + pdu;
	p = sn_writer_reserve(w, header_octets(all) + all);
	if (!p) {
		return true; /* the error sticks */
	}
	p = put_header(p, SN_TAG_SEQUENCE, all);
	p = put_octet_int(p, m->version);
	p = put_header(p, SN_TAG_OCTETS, community);
	memcpy(p, m->community.p, community);
	p = put_header(p + community, m->pdu.type, pdu);
	p[0] = SN_TAG_INTEGER;
	p[1] = sizeof(id);
	memcpy(p + 2, &id, sizeof(id));
	p = put_octet_int(p + 2 + sizeof(id), m->pdu.status);
	p = put_octet_int(p, m->pdu.index);
	p = put_header(p, SN_TAG_SEQUENCE, vbs);
	memcpy(p, m->pdu.vbs.p, vbs);
	return true;
}

void sn_community_write(struct sn_writer *w, const struct sn_message *m)
{
	const uint8_t *mark = w->p;

	if (write_usual(w, m)) {
		return;
	}
	sn_pdu_write(w, &m->pdu);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, m->community);
	sn_ber_write_int(w, SN_TAG_INTEGER, m->version);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}
