/*
 * The rarer cases of reading and the writing of variable bindings, see varbind.h. Worker threads;
 * pure functions.
 */
#include "codec/varbind.h"

bool sn_varbind_next_any(struct sn_cursor *cur, struct sn_varbind *vb)
{
	struct sn_cursor in = sn_cursor_make(sn_ber_expect(cur, SN_TAG_SEQUENCE));

	vb->name = sn_ber_expect(&in, SN_TAG_OID);
	vb->value = sn_ber_read(&in, &vb->tag);
	if (in.p != in.end) {
		sn_cursor_fail(&in, SN_ELENGTH);
	}
	if (in.err) {
		sn_cursor_fail(cur, in.err);
	}
	return cur->err == SN_OK;
}

void sn_varbind_write_null(struct sn_writer *w, struct sn_span name)
{
	const uint8_t *mark = w->p;
	uint8_t *p;

	if (name.n > 0 && name.n < 0x80 - 4) {
		/* all lengths are short: one piece, as there is one for each column of each request
		 */
		p = sn_writer_reserve(w, name.n + 6);
		if (p) {
			p[0] = SN_TAG_SEQUENCE;
			p[1] = (uint8_t)(name.n + 4);
			p[2] = SN_TAG_OID;
			p[3] = (uint8_t)name.n;
			memcpy(p + 4, name.p, name.n);
			p[4 + name.n] = SN_TAG_NULL;
			p[5 + name.n] = 0;
		}
		return;
	}
	sn_ber_write_header(w, SN_TAG_NULL, 0);
	sn_ber_write_tlv(w, SN_TAG_OID, name);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}

void sn_varbind_write(struct sn_writer *w, struct sn_span name, const struct sn_value *v)
{
	const uint8_t *mark = w->p;

	sn_value_write(w, v);
	sn_ber_write_tlv(w, SN_TAG_OID, name);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}
