/*
 * The slow or larger parts of BER reading and writing, see ber.h. Called by codec, msg and usm on
 * worker threads; pure functions.
 */
#include "codec/ber.h"

size_t sn_ber_read_long_length(struct sn_cursor *cur, uint8_t first)
{
	unsigned octets = first & 0x7fu;
	size_t n;

	if (octets == 0 || octets > 4) {
		/* 0x80 is the indefinite form, which RFC 3417 §8 (2) forbids */
		sn_cursor_fail(cur, SN_ELENGTH);
		return 0;
	}
	if (octets > sn_cursor_left(cur)) {
		sn_cursor_fail(cur, SN_ETRUNC);
		return 0;
	}
	n = sn_ber_be(cur->p, octets);
	cur->p += octets;
	if (n > sn_cursor_left(cur)) {
		sn_cursor_fail(cur, SN_ETRUNC);
		return 0;
	}
	return n;
}

int sn_ber_wide_int(struct sn_span s, int64_t *out)
{
	*out = 0;
	if (s.n == 0) {
		return SN_ELENGTH;
	}
	while (s.n > 8) {
		/* only octets that repeat the sign of what follows may stand above the value */
		if (s.p[0] != (s.p[1] & 0x80 ? 0xff : 0x00)) {
			return SN_ERANGE;
		}
		s = sn_span_from(s, 1);
	}
	*out = (int64_t)sn_ber_be(s.p, s.n);
	return SN_OK;
}

int sn_ber_wide_uint(struct sn_span s, unsigned bits, uint64_t *out)
{
	size_t width = bits / 8;
	uint8_t pad;

	*out = 0;
	if (s.n == 0) {
		return SN_ELENGTH;
	}
	if (s.n == width + 1 && s.p[0] == 0) {
		*out = sn_ber_be(s.p + 1, width); /* the leading zero that BER asks for */
		return SN_OK;
	}
	/* only padding may stand above the value: zeros, or ones below a sign */
	pad = s.p[0];
	if (pad != 0x00 && pad != 0xff) {
		return SN_ERANGE;
	}
	while (s.n > width) {
		if (s.p[0] != pad) {
			return SN_ERANGE;
		}
		s = sn_span_from(s, 1);
	}
	if (pad == 0xff && !(s.p[0] & 0x80)) {
		return SN_ERANGE;
	}
	*out = sn_ber_be(s.p, s.n);
	return SN_OK;
}

int32_t sn_ber_read_any_int32(struct sn_cursor *cur)
{
	int64_t v;
	int rc = sn_ber_int(sn_ber_expect(cur, SN_TAG_INTEGER), &v);

	if (rc == SN_OK && (v < INT32_MIN || v > INT32_MAX)) {
		rc = SN_ERANGE;
	}
	if (rc) {
		sn_cursor_fail(cur, rc);
		return 0;
	}
	return (int32_t)v;
}

void sn_ber_write_long_header(struct sn_writer *w, uint8_t tag, size_t n)
{
	size_t octets = n > 0xffffff ? 4 : (n > 0xffff ? 3 : (n > 0xff ? 2 : 1));
	uint8_t *p = sn_writer_reserve(w, 2 + octets);

	if (!p) {
		return;
	}
	p[0] = tag;
	p[1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++) {
		p[2 + i] = (uint8_t)(n >> 8 * (octets - 1 - i));
	}
}

/* The low octets of v as a TLV; octets up to 9, the ninth is a leading zero. */
static void write_number(struct sn_writer *w, uint8_t tag, uint64_t v, unsigned octets)
{
	uint8_t *p = sn_writer_reserve(w, 2 + octets);

	if (!p) {
		return;
	}
	p[0] = tag;
	p[1] = (uint8_t)octets;
	for (unsigned i = octets; i > 0; i--) {
		p[1 + i] = (uint8_t)v;
		v >>= 8;
	}
}

/* Bits of v without leading zeros, at least one. */
static unsigned bits_of(uint64_t v)
{
	return 64 - (unsigned)__builtin_clzll(v | 1);
}

void sn_ber_write_long_int(struct sn_writer *w, uint8_t tag, int64_t v)
{
	/* a negative number needs as many bits as its complement; one more holds the sign */
	uint64_t magnitude = (uint64_t)(v < 0 ? ~v : v);

	write_number(w, tag, (uint64_t)v, bits_of(magnitude) / 8 + 1);
}

void sn_ber_write_uint(struct sn_writer *w, uint8_t tag, uint64_t v)
{
	write_number(w, tag, v, bits_of(v) / 8 + 1);
}
