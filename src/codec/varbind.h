/*
 * Variable bindings (RFC 3416 §3): iteration over a VarBindList without copying, and writing.
 * Iteration checks only the structure, because a walk compares names with OIDs it knows anyway;
 * sn_pdu_check validates everything.
 */
#ifndef SN_CODEC_VARBIND_H
#define SN_CODEC_VARBIND_H

#include "codec/value.h"

struct sn_varbind {
	struct sn_span name;  /* OID, BER content; not validated */
	struct sn_span value; /* content octets of the value */
	uint8_t tag;	      /* tag of the value */
};

/*
 * The next varbind of the list under the cursor. False at the end and on a structural error;
 * cur->err tells which. SN_ELENGTH also for octets left over inside a VarBind's SEQUENCE: its
 * length or one within it is wrong, and then the value cannot be trusted.
 */
static inline bool sn_varbind_next(struct sn_cursor *cur, struct sn_varbind *vb)
{
	struct sn_cursor in;

	if (cur->p == cur->end) {
		return false;
	}
	in = sn_cursor_make(sn_ber_expect(cur, SN_TAG_SEQUENCE));
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

/* Writes one VarBind whose value is NULL, as requests carry it. */
void sn_varbind_write_null(struct sn_writer *w, struct sn_span name);

/* Writes one VarBind. */
void sn_varbind_write(struct sn_writer *w, struct sn_span name, const struct sn_value *v);

#endif
