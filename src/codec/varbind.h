/*
 * Variable bindings (RFC 3416 §3): iteration over a VarBindList without copying, and writing.
 * Iteration checks only the structure, because a walk compares names with OIDs it knows anyway;
 * sn_pdu_check validates everything.
 */
#ifndef SN_CODEC_VARBIND_H
#define SN_CODEC_VARBIND_H

#include "codec/value.h"

#include <endian.h>

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

/* Sizes of names that are compared by two words, which may overlap. */
enum {
	SN_VARBIND_NAME_MIN = 8,
	SN_VARBIND_NAME_MAX = 16,
	SN_VARBIND_NAME_SHORT = 0x7f - 4 - 8 /* with its index: all lengths are in short form */
};

/* A name that is expected, or a column that it begins with, in the form in which it is compared. */
struct sn_varbind_name {
	uint64_t first; /* its first eight octets as they lie in memory */
	uint64_t last;	/* its last eight */
	uint32_t n;	/* octets */
};

/* The form of a name. False: it is too short or too long for it. */
static inline bool sn_varbind_name_make(struct sn_varbind_name *name, struct sn_span oid)
{
	if (oid.n < SN_VARBIND_NAME_MIN || oid.n > SN_VARBIND_NAME_MAX) {
		return false;
	}
	memcpy(&name->first, oid.p, 8);
	memcpy(&name->last, oid.p + oid.n - 8, 8);
	name->n = (uint32_t)oid.n;
	return true;
}

/* Whether a and b have the same n octets; n is at least 1. */
static inline bool sn_varbind_same_index(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint16_t a16[2];
	uint16_t b16[2];

	if (n == 1) {
		return *a == *b;
	}
	if (n > 4) {
		return memcmp(a, b, n) == 0;
	}
	memcpy(&a16[0], a, 2);
	memcpy(&b16[0], b, 2);
	memcpy(&a16[1], a + n - 2, 2);
	memcpy(&b16[1], b + n - 2, 2);
	return a16[0] == b16[0] && a16[1] == b16[1];
}

/*
 * What most of most answers is: at p, with `left` octets to the end of the list, a varbind under
 * the expected name, or under that column and index, whose value is a whole number of at most eight
 * octets that fits its type, with all lengths in short form. Returns its octets and sets *tag and
 * *value (the bits of an int64_t for INTEGER); 0: it is something else, which sn_varbind_next will
 * tell.
 */
static inline size_t sn_varbind_number(const uint8_t *p, size_t left,
				       const struct sn_varbind_name *column, const uint8_t *index,
				       size_t index_octets, uint8_t *tag, uint64_t *value)
{
	const size_t n = column->n + index_octets;
	uint32_t head;
	uint64_t first;
	uint64_t last;
	size_t m;

	if (left < n + 7) {
		return 0;
	}
	/* 30 len 06 n */
	memcpy(&head, p, 4);
	memcpy(&first, p + 4, 8);
	memcpy(&last, p + column->n - 4, 8);
	m = p[5 + n];
	if ((le32toh(head) ^ (SN_TAG_SEQUENCE | SN_TAG_OID << 16 | (uint32_t)n << 24 |
			      (uint32_t)(n + 4 + m) << 8)) ||
	    ((first ^ column->first) | (last ^ column->last)) || m - 1 > 7 || left < n + 6 + m ||
	    n > SN_VARBIND_NAME_SHORT ||
	    (index_octets && !sn_varbind_same_index(p + 4 + column->n, index, index_octets))) {
		return 0;
	}
	*tag = p[4 + n];
	/* the eight octets that end with the value: the name alone has as many */
	memcpy(&last, p + n + m - 2, 8);
	last = be64toh(last) << (64 - 8 * m);
	*value = last >> (64 - 8 * m);
	switch (sn_value_numbers[*tag]) {
	case SN_VALUE_UP_TO_32:
		return *value >> 32 ? 0 : n + 6 + m;
	case SN_VALUE_UP_TO_64:
		return n + 6 + m;
	case SN_VALUE_SIGNED:
		*value = (uint64_t)((int64_t)last >> (64 - 8 * m));
		return n + 6 + m;
	default:
		return 0;
	}
}

/* Writes one VarBind whose value is NULL, as requests carry it. */
void sn_varbind_write_null(struct sn_writer *w, struct sn_span name);

/* The same for the name that is an index below a column: both parts, one behind the other. */
void sn_varbind_write_null_at(struct sn_writer *w, struct sn_span column, struct sn_span index);

/* Writes one VarBind. */
void sn_varbind_write(struct sn_writer *w, struct sn_span name, const struct sn_value *v);

#endif
