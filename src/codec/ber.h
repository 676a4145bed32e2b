/*
 * BER as SNMP uses it (RFC 3417 §8): definite lengths, one-octet tags. Reading goes forward through
 * a cursor and yields spans into the input; writing goes backward, so that every length is known
 * when its header is written and nothing moves. No allocation, no system call. Lenient where real
 * agents are: non-minimal lengths, redundant or missing leading zeros of unsigned values. Strict
 * where it could overrun: indefinite length, more than four length octets, a length past the end.
 */
#ifndef SN_CODEC_BER_H
#define SN_CODEC_BER_H

#include "base/cursor.h"

#include <endian.h>
#include <stdbool.h>

/* Tags of RFC 3416 §3 and RFC 2578 §2. */
enum sn_tag {
	SN_TAG_BOOLEAN = 0x01,
	SN_TAG_INTEGER = 0x02,
	SN_TAG_OCTETS = 0x04,
	SN_TAG_NULL = 0x05,
	SN_TAG_OID = 0x06,
	SN_TAG_SEQUENCE = 0x30,
	SN_TAG_IPADDRESS = 0x40,
	SN_TAG_COUNTER32 = 0x41,
	SN_TAG_GAUGE32 = 0x42,
	SN_TAG_TIMETICKS = 0x43,
	SN_TAG_OPAQUE = 0x44,
	SN_TAG_NSAP = 0x45, /* RFC 1442, obsolete, still met */
	SN_TAG_COUNTER64 = 0x46,
	SN_TAG_UINTEGER32 = 0x47, /* RFC 1442, obsolete, still met */
	SN_TAG_FLOAT = 0x48,	  /* never on the wire by itself: float inside Opaque */
	SN_TAG_DOUBLE = 0x49,	  /* never on the wire by itself: double inside Opaque */
	SN_TAG_NO_SUCH_OBJECT = 0x80,
	SN_TAG_NO_SUCH_INSTANCE = 0x81,
	SN_TAG_END_OF_MIB_VIEW = 0x82
};

/* Slow part of sn_ber_read_length: other long forms. */
size_t sn_ber_read_long_length(struct sn_cursor *cur, uint8_t first);

/* Length octets; fails the cursor with SN_ELENGTH or SN_ETRUNC, also when less than that is left.
 */
static inline size_t sn_ber_read_length(struct sn_cursor *cur)
{
	uint8_t first = sn_cursor_u8(cur);

	if (first < 0x80) {
		if (first > sn_cursor_left(cur)) {
			sn_cursor_fail(cur, SN_ETRUNC);
			return 0;
		}
		return first;
	}
	if ((first == 0x81 || first == 0x82) && sn_cursor_left(cur) >= 2) {
		/* what large answers and their parts have */
		size_t n = first == 0x81 ? cur->p[0] : (size_t)cur->p[0] << 8 | cur->p[1];

		cur->p += first - 0x80;
		if (n > sn_cursor_left(cur)) {
			sn_cursor_fail(cur, SN_ETRUNC);
			return 0;
		}
		return n;
	}
	return sn_ber_read_long_length(cur, first);
}

/* Any TLV: its tag and its content. Errors stick to the cursor. */
static inline struct sn_span sn_ber_read(struct sn_cursor *cur, uint8_t *tag)
{
	*tag = sn_cursor_u8(cur);
	return sn_cursor_take(cur, sn_ber_read_length(cur));
}

/* A TLV that must have this tag; another tag fails the cursor with SN_ETAG. */
static inline struct sn_span sn_ber_expect(struct sn_cursor *cur, uint8_t tag)
{
	uint8_t got;
	struct sn_span s = sn_ber_read(cur, &got);

	if (got != tag) {
		sn_cursor_fail(cur, SN_ETAG);
		return sn_span_make(cur->end, 0);
	}
	return s;
}

/* n octets as a big-endian number, n from 1 to 8: two loads that overlap instead of a loop. */
static inline uint64_t sn_ber_be(const uint8_t *p, size_t n)
{
	uint32_t high32;
	uint32_t low32;
	uint16_t high16;
	uint16_t low16;

	if (n >= 4) {
		memcpy(&high32, p, 4);
		memcpy(&low32, p + n - 4, 4);
		return (uint64_t)be32toh(high32) << 8 * (n - 4) | be32toh(low32);
	}
	if (n == 1) {
		return p[0];
	}
	memcpy(&high16, p, 2);
	memcpy(&low16, p + n - 2, 2);
	return (uint64_t)be16toh(high16) << 8 * (n - 2) | be16toh(low16);
}

/* Slow parts of sn_ber_int and sn_ber_uint: empty, or wider than the number. */
SN_MUST_USE int sn_ber_wide_int(struct sn_span content, int64_t *out);
SN_MUST_USE int sn_ber_wide_uint(struct sn_span content, unsigned bits, uint64_t *out);

/* Content of a signed integer. SN_ELENGTH: empty; SN_ERANGE: does not fit in 64 bits. */
SN_MUST_USE static inline int sn_ber_int(struct sn_span content, int64_t *out)
{
	unsigned unused = 64 - 8 * (unsigned)content.n;

	if (content.n == 0 || content.n > 8) {
		return sn_ber_wide_int(content, out);
	}
	/* up to the top, and down again with the sign */
	*out = (int64_t)(sn_ber_be(content.p, content.n) << unused) >> unused;
	return SN_OK;
}

/*
 * Content of an unsigned value as agents write it: with or without the leading zero octet. bits is
 * 32 or 64. A negative encoding of the value (all bits above `bits` set) is taken modulo 2^bits.
 * SN_ELENGTH: empty; SN_ERANGE: does not fit.
 */
SN_MUST_USE static inline int sn_ber_uint(struct sn_span content, unsigned bits, uint64_t *out)
{
	if (content.n == 0 || content.n > bits / 8) {
		return sn_ber_wide_uint(content, bits, out);
	}
	*out = sn_ber_be(content.p, content.n);
	return SN_OK;
}

/*
 * An INTEGER TLV of one or four octets, which nearly all are in the heads of messages: versions,
 * states, indexes and ids. False: it is something else, nothing was read.
 */
static inline bool sn_ber_read_usual_int(struct sn_cursor *cur, int32_t *v)
{
	const uint8_t *p = cur->p;
	size_t left = sn_cursor_left(cur);

	if (left < 3 || p[0] != SN_TAG_INTEGER) {
		return false;
	}
	if (p[1] == 1) {
		*v = (p[2] ^ 0x80) - 0x80; /* with its sign */
		cur->p = p + 3;
		return true;
	}
	if (p[1] == 4 && left >= 6) {
		*v = (int32_t)(uint32_t)sn_ber_be(p + 2, 4);
		cur->p = p + 6;
		return true;
	}
	return false;
}

/* Slow part of sn_ber_read_int32: other sizes, and what is wrong. */
int32_t sn_ber_read_any_int32(struct sn_cursor *cur);

/* A whole INTEGER TLV that must fit in 32 bits signed; fails the cursor. */
static inline int32_t sn_ber_read_int32(struct sn_cursor *cur)
{
	int32_t v;

	return sn_ber_read_usual_int(cur, &v) ? v : sn_ber_read_any_int32(cur);
}

/*
 * Backward writer: p starts at the end of the caller's buffer and moves down; what is written so
 * far is [p, end). Errors stick (SN_ESPACE) and make every later write a no-op.
 */
struct sn_writer {
	uint8_t *base; /* lowest byte that may be written */
	uint8_t *p;    /* lowest byte written so far */
	uint8_t *end;  /* one past the last byte */
	int err;       /* SN_OK or SN_ESPACE */
};

static inline struct sn_writer sn_writer_make(void *buf, size_t n)
{
	struct sn_writer w = {
		.base = buf, .p = (uint8_t *)buf + n, .end = (uint8_t *)buf + n, .err = SN_OK};
	return w;
}

static inline size_t sn_writer_len(const struct sn_writer *w)
{
	return (size_t)(w->end - w->p);
}

static inline struct sn_span sn_writer_span(const struct sn_writer *w)
{
	return sn_span_make(w->p, sn_writer_len(w));
}

/* Room for n bytes below what is written; NULL after SN_ESPACE. */
static inline uint8_t *sn_writer_reserve(struct sn_writer *w, size_t n)
{
	if (w->err || n > (size_t)(w->p - w->base)) {
		w->err = SN_ESPACE;
		return NULL;
	}
	w->p -= n;
	return w->p;
}

/* Raw bytes, for instance a varbind list prepared earlier. */
static inline void sn_ber_write_raw(struct sn_writer *w, struct sn_span s)
{
	uint8_t *p = sn_writer_reserve(w, s.n);

	if (p && s.n) {
		memcpy(p, s.p, s.n);
	}
}

/* Slow part of sn_ber_write_header: a length of 128 or more. */
void sn_ber_write_long_header(struct sn_writer *w, uint8_t tag, size_t content_len);

/* Tag and length for content_len bytes that are already written. */
static inline void sn_ber_write_header(struct sn_writer *w, uint8_t tag, size_t content_len)
{
	uint8_t *p;

	if (content_len >= 0x80) {
		sn_ber_write_long_header(w, tag, content_len);
		return;
	}
	p = sn_writer_reserve(w, 2);
	if (p) {
		p[0] = tag;
		p[1] = (uint8_t)content_len;
	}
}

/* Tag and length around all that was written since mark, a value of w->p taken earlier. */
static inline void sn_ber_write_wrap(struct sn_writer *w, uint8_t tag, const uint8_t *mark)
{
	if (!w->err) {
		sn_ber_write_header(w, tag, (size_t)(mark - w->p));
	}
}

/* Slow part of sn_ber_write_int: more than one octet. */
void sn_ber_write_long_int(struct sn_writer *w, uint8_t tag, int64_t v);

/* INTEGER and friends, shortest form, signed. */
static inline void sn_ber_write_int(struct sn_writer *w, uint8_t tag, int64_t v)
{
	uint8_t *p;

	if (v < INT8_MIN || v > INT8_MAX) {
		sn_ber_write_long_int(w, tag, v);
		return;
	}
	p = sn_writer_reserve(w, 3);
	if (p) {
		p[0] = tag;
		p[1] = 1;
		p[2] = (uint8_t)v;
	}
}

/* Counter32, Gauge32, TimeTicks, Counter64: shortest form with a leading zero where the top bit is
 * set. */
void sn_ber_write_uint(struct sn_writer *w, uint8_t tag, uint64_t v);

/* Any primitive TLV with given content. */
static inline void sn_ber_write_tlv(struct sn_writer *w, uint8_t tag, struct sn_span content)
{
	sn_ber_write_raw(w, content);
	sn_ber_write_header(w, tag, content.n);
}

#endif
