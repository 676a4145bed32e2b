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

void sn_community_write(struct sn_writer *w, const struct sn_message *m)
{
	const uint8_t *mark = w->p;

	sn_pdu_write(w, &m->pdu);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, m->community);
	sn_ber_write_int(w, SN_TAG_INTEGER, m->version);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}
