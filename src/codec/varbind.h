/*
 * Variable bindings (RFC 3416 §3): iteration over a VarBindList without copying, and writing.
 * Iteration checks only the structure, because a walk compares names with OIDs it knows anyway;
 * sn_pdu_check validates everything.
 */
#ifndef SN_CODEC_VARBIND_H
#define SN_CODEC_VARBIND_H

#include "codec/value.h"

/* Octets around the name of a VarBind whose value is NULL, at most. */
enum { SN_VARBIND_NULL_AROUND = 12 };

struct sn_varbind {
	struct sn_span name;  /* OID, BER content; not validated */
	struct sn_span value; /* content octets of the value */
	uint8_t tag;	      /* tag of the value */
};

/* sn_varbind_next where a length is in long form or something is wrong. */
bool sn_varbind_next_any(struct sn_cursor *cur, struct sn_varbind *vb);

/*
 * The next varbind of the list under the cursor. False at the end and on a structural error;
 * cur->err tells which. SN_ELENGTH also for octets left over inside a VarBind's SEQUENCE: its
 * length or one within it is wrong, and then the value cannot be trusted.
 */
static inline bool sn_varbind_next(struct sn_cursor *cur, struct sn_varbind *vb)
{
	const uint8_t *p = cur->p;
	size_t left = sn_cursor_left(cur);

	if (left == 0) {
		return false;
	}
	/* Nearly all varbinds: 30 len 06 n <name> tag m <value>, every length below 128. */
	if (left >= 6 && p[0] == SN_TAG_SEQUENCE && p[2] == SN_TAG_OID) {
		size_t len = p[1];
		size_t n = p[3];

		if (len < 0x80 && len + 2 <= left && n + 4 <= len) {
			size_t m = p[5 + n];

			/* m in long form is at least 128 and cannot make the sum right */
			if (n + 4 + m == len) {
				vb->name = sn_span_make(p + 4, n);
				vb->tag = p[4 + n];
				vb->value = sn_span_make(p + 6 + n, m);
				cur->p = p + 2 + len;
				return true;
			}
		}
	}
	return sn_varbind_next_any(cur, vb);
}

/* Writes one VarBind whose value is NULL, as requests carry it. */
void sn_varbind_write_null(struct sn_writer *w, struct sn_span name);

/* The same for the name that is an index below a column: both parts, one behind the other. */
void sn_varbind_write_null_at(struct sn_writer *w, struct sn_span column, struct sn_span index);

/* Writes one VarBind. */
void sn_varbind_write(struct sn_writer *w, struct sn_span name, const struct sn_value *v);

#endif
