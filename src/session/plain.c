/*
 * Messages of v1 and v2c in a session, see exchange_int.h: RFC 3413 §3.1 and, for what these
 * versions can check, RFC 1157 §4.1, RFC 1901. Worker thread.
 */
#include "msg/community.h"
#include "session/exchange_int.h"

/* Headers around a varbind list: message, version, community, PDU, three integers, list. */
enum { HEADERS_MAX = 64 };

int sn_plain_build(struct sn_session *s, struct sn_request *rq, uint32_t id, struct sn_span *msg)
{
	struct sn_device *dev = rq->dev;
	struct sn_message m = {.version = dev->version,
			       .community = dev->community,
			       .pdu = {.type = rq->type,
				       .request_id = (int32_t)id,
				       .status = rq->status,
				       .index = rq->index,
				       .vbs = rq->vbs}};
	size_t cap = rq->vbs.n + dev->community.n + HEADERS_MAX;
	struct sn_writer wr;
	uint8_t *buf;

	if (cap > SN_IO_DATAGRAM_MAX) {
		return SN_EMSGSIZE;
	}
	buf = sn_io_tx_reserve(s->w->io, cap);
	if (!buf) {
		return SN_EAGAIN;
	}
	wr = sn_writer_make(buf, cap);
	sn_community_write(&wr, &m);
	*msg = sn_writer_span(&wr);
	return SN_OK;
}

enum sn_verdict sn_plain_receive(struct sn_session *s, struct sn_received *r)
{
	struct sn_message m;
	int rc = sn_community_read(r->pk->data, &m);

	if (rc == SN_EVERSION && m.version == SN_VERSION_3) {
		return sn_secure_receive(s, r); /* RFC 3412 §4.2.1: the version decides */
	}
	if (rc == SN_EVERSION) {
		return sn_exchange_drop(r, SN_C_RX_BAD_VERSION, "dropped: other version");
	}
	if (rc) {
		return sn_exchange_drop(r,
					r->pk->truncated ? SN_C_RX_TRUNCATED : SN_C_RX_PARSE_ERRORS,
					"dropped: malformed");
	}
	if (m.pdu.type != SN_PDU_RESPONSE) {
		return sn_exchange_drop(r, SN_C_RX_NOT_RESPONSE, "dropped: not a response");
	}
	if (!sn_exchange_find(s, r, m.pdu.request_id, m.version)) {
		return SN_VERDICT_DROP;
	}
	if (!sn_span_eq(m.community, r->rq->dev->community)) {
		return sn_exchange_drop(r, SN_C_RX_WRONG_COMMUNITY, "dropped: another community");
	}
	r->pdu = m.pdu;
	return SN_VERDICT_ANSWER;
}
