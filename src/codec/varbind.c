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

void sn_varbind_write_null_at(struct sn_writer *w, struct sn_span column, struct sn_span index)
{
	const uint8_t *mark = w->p;
	size_t n = column.n + index.n;
	uint8_t *p;

	if (n > 0 && n < 0x80 - 4) {
		/* all lengths are short: one piece, as there are some in each request */
		p = sn_writer_reserve(w, n + 6);
		if (p) {
			p[0] = SN_TAG_SEQUENCE;
			p[1] = (uint8_t)(n + 4);
			p[2] = SN_TAG_OID;
			p[3] = (uint8_t)n;
			memcpy(p + 4, column.p, column.n);
			if (index.n) {
				memcpy(p + 4 + column.n, index.p, index.n);
			}
			p[4 + n] = SN_TAG_NULL;
			p[5 + n] = 0;
		}
		return;
	}
	sn_ber_write_header(w, SN_TAG_NULL, 0);
	sn_ber_write_raw(w, index);
	sn_ber_write_raw(w, column);
	sn_ber_write_header(w, SN_TAG_OID, n);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}

void sn_varbind_write_null(struct sn_writer *w, struct sn_span name)
{
	sn_varbind_write_null_at(w, name, sn_span_make(NULL, 0));
}

void sn_varbind_write(struct sn_writer *w, struct sn_span name, const struct sn_value *v)
{
	const uint8_t *mark = w->p;

	sn_value_write(w, v);
	sn_ber_write_tlv(w, SN_TAG_OID, name);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}
