/*
 * The SNMPv3 message format, see v3.h. usm/seal and usm/authority write with it, session reads with
 * it, on worker threads.
 */
#include "msg/v3.h"

#include "msg/community.h"

/* An INTEGER of msgGlobalData, at least min; RFC 3412 §6 ends all of them at 2^31-1. */
static int32_t read_at_least(struct sn_cursor *cur, int32_t min)
{
	int32_t v = sn_ber_read_int32(cur);

	if (v < min) {
		sn_cursor_fail(cur, SN_ERANGE);
	}
	return v;
}

/* msgFlags is OCTET STRING (SIZE(1)). */
static uint8_t read_flags(struct sn_cursor *cur)
{
	struct sn_span s = sn_ber_expect(cur, SN_TAG_OCTETS);

	if (s.n != 1) {
		sn_cursor_fail(cur, SN_ELENGTH);
		return 0;
	}
	return s.p[0];
}

/* HeaderData. Octets behind its four fields are ignored, as behind those of a PDU. */
static int read_global(struct sn_span content, struct sn_v3_message *m)
{
	struct sn_cursor cur = sn_cursor_make(content);

	m->msg_id = read_at_least(&cur, 0);
	m->max_size = read_at_least(&cur, SN_V3_SIZE_MIN);
	m->flags = read_flags(&cur);
	m->model = read_at_least(&cur, 1);
	return cur.err;
}

/* msgData: the tag is the CHOICE. */
static void read_data(struct sn_cursor *cur, struct sn_v3_message *m)
{
	const uint8_t *start = cur->p;
	uint8_t tag;
	struct sn_span content = sn_ber_read(cur, &tag);

	m->encrypted = tag == SN_TAG_OCTETS;
	if (m->encrypted) {
		m->data = content;
		return;
	}
	if (tag != SN_TAG_SEQUENCE) {
		sn_cursor_fail(cur, SN_ETAG);
	}
	m->data = sn_span_make(start, (size_t)(cur->p - start));
}

int sn_v3_read(struct sn_span datagram, struct sn_v3_message *m)
{
	struct sn_cursor outer = sn_cursor_make(datagram);
	const uint8_t *start = outer.p;
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));
	struct sn_span global;
	int32_t version;
	int rc;

	if (outer.err) {
		return outer.err;
	}
	m->whole = sn_span_make(start, (size_t)(outer.p - start));
	version = sn_ber_read_int32(&cur);
	if (cur.err == SN_OK && version != SN_VERSION_3) {
		return SN_EVERSION;
	}
	global = sn_ber_expect(&cur, SN_TAG_SEQUENCE);
	m->security = sn_ber_expect(&cur, SN_TAG_OCTETS);
	read_data(&cur, m);
	if (cur.err) {
		return cur.err;
	}
	rc = read_global(global, m);
	if (rc) {
		return rc;
	}
	if (m->encrypted != ((m->flags & SN_V3_PRIV) != 0) ||
	    (m->flags & SN_V3_LEVEL) == SN_V3_PRIV) {
		return SN_EINVAL;
	}
	return SN_OK;
}

int sn_scoped_read(struct sn_span data, struct sn_scoped_pdu *s)
{
	struct sn_cursor outer = sn_cursor_make(data);
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));

	if (outer.err) {
		return outer.err;
	}
	s->engine_id = sn_ber_expect(&cur, SN_TAG_OCTETS);
	s->context = sn_ber_expect(&cur, SN_TAG_OCTETS);
	sn_pdu_read(&cur, &s->pdu);
	if (cur.err == SN_OK && s->pdu.type == SN_PDU_TRAP_V1) {
		return SN_ETAG; /* PDUs of RFC 3416 only */
	}
	return cur.err;
}

void sn_scoped_write(struct sn_writer *w, const struct sn_scoped_pdu *s)
{
	const uint8_t *mark = w->p;

	sn_pdu_write(w, &s->pdu);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, s->context);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, s->engine_id);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}

void sn_v3_write_header(struct sn_writer *w, const struct sn_v3_message *m, const uint8_t *end)
{
	const uint8_t *mark = w->p;

	sn_ber_write_int(w, SN_TAG_INTEGER, m->model);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, sn_span_make(&m->flags, 1));
	sn_ber_write_int(w, SN_TAG_INTEGER, m->max_size);
	sn_ber_write_int(w, SN_TAG_INTEGER, m->msg_id);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
	sn_ber_write_int(w, SN_TAG_INTEGER, SN_VERSION_3);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, end);
}
