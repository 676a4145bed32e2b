/*
 * The slow or larger parts of BER reading and writing, see ber.h. Called by codec, msg and usm on
 * worker threads; pure functions.
 */
#include "codec/ber.h"

size_t sn_ber_read_long_length(struct sn_cursor *cur, uint8_t first)
{
	unsigned octets = first & 0x7fu;
	size_t n = 0;

	if (octets == 0 || octets > 4) {
		/* 0x80 is the indefinite form, which RFC 3417 §8 (2) forbids */
		sn_cursor_fail(cur, SN_ELENGTH);
		return 0;
	}
	while (octets--) {
		n = n << 8 | sn_cursor_u8(cur);
	}
	if (n > sn_cursor_left(cur)) {
		sn_cursor_fail(cur, SN_ETRUNC);
		return 0;
	}
	return n;
}

int sn_ber_int(struct sn_span s, int64_t *out)
{
	uint64_t v;

	*out = 0;
	if (s.n == 0) {
		return SN_ELENGTH;
	}
	v = s.p[0] & 0x80 ? UINT64_MAX : 0;
	while (s.n > 8) {
		if (s.p[0] != (uint8_t)v || (s.n == 9 && ((s.p[1] ^ s.p[0]) & 0x80))) {
			return SN_ERANGE;
		}
		s = sn_span_from(s, 1);
	}
	for (size_t i = 0; i < s.n; i++) {
		v = v << 8 | s.p[i];
	}
	*out = (int64_t)v;
	return SN_OK;
}

int sn_ber_uint(struct sn_span s, unsigned bits, uint64_t *out)
{
	uint64_t v = 0;
	size_t width = bits / 8;

	*out = 0;
	if (s.n == 0) {
		return SN_ELENGTH;
	}
	if (s.n > width) {
		/* only padding may stand above the value: zeros, or ones below a sign */
		uint8_t pad = s.p[0];

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
	}
	for (size_t i = 0; i < s.n; i++) {
		v = v << 8 | s.p[i];
	}
	*out = v;
	return SN_OK;
}

int32_t sn_ber_read_int32(struct sn_cursor *cur)
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

void sn_ber_write_raw(struct sn_writer *w, struct sn_span s)
{
	uint8_t *p = sn_writer_reserve(w, s.n);

	if (p && s.n) {
		memcpy(p, s.p, s.n);
	}
}

static void write_u8(struct sn_writer *w, uint8_t v)
{
	uint8_t *p = sn_writer_reserve(w, 1);

	if (p) {
		*p = v;
	}
}

void sn_ber_write_header(struct sn_writer *w, uint8_t tag, size_t n)
{
	if (n < 0x80) {
		write_u8(w, (uint8_t)n);
	} else {
		uint8_t octets = 0;

		while (n) {
			write_u8(w, (uint8_t)n);
			n >>= 8;
			octets++;
		}
		write_u8(w, 0x80 | octets);
	}
	write_u8(w, tag);
}

void sn_ber_write_wrap(struct sn_writer *w, uint8_t tag, const uint8_t *mark)
{
	if (!w->err) {
		sn_ber_write_header(w, tag, (size_t)(mark - w->p));
	}
}

void sn_ber_write_int(struct sn_writer *w, uint8_t tag, int64_t v)
{
	const uint8_t *mark = w->p;
	uint8_t low;

	do {
		low = (uint8_t)v;
		write_u8(w, low);
		v >>= 8;
	} while (!(v == 0 && !(low & 0x80)) && !(v == -1 && (low & 0x80)));
	sn_ber_write_wrap(w, tag, mark);
}

void sn_ber_write_uint(struct sn_writer *w, uint8_t tag, uint64_t v)
{
	const uint8_t *mark = w->p;
	uint8_t low;

	do {
		low = (uint8_t)v;
		write_u8(w, low);
		v >>= 8;
	} while (v);
	if (low & 0x80) {
		write_u8(w, 0);
	}
	sn_ber_write_wrap(w, tag, mark);
}

void sn_ber_write_tlv(struct sn_writer *w, uint8_t tag, struct sn_span content)
{
	sn_ber_write_raw(w, content);
	sn_ber_write_header(w, tag, content.n);
}
