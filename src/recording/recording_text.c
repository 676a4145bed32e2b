/*
 * Texts of recordings to BER content: numbers, names, addresses, hexadecimal digits. Used by the
 * readers of all formats while a recording is loaded, on the main thread. As tolerant as snmpsim
 * about white space, stricter about what would be a guess.
 */
#include "recording/recording_int.h"

#include <stdlib.h>

/* Python's str.strip: white space and the four separators of ASCII. */
static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

struct sn_span sn_recording_trim(struct sn_span s)
{
	while (s.n && is_space(s.p[0])) {
		s = sn_span_from(s, 1);
	}
	while (s.n && is_space(s.p[s.n - 1])) {
		s.n--;
	}
	return s;
}

bool sn_recording_cut(struct sn_span *s, char c, struct sn_span *head)
{
	const uint8_t *at = s->n ? memchr(s->p, c, s->n) : NULL;

	if (!at) {
		return false;
	}
	*head = sn_span_make(s->p, (size_t)(at - s->p));
	*s = sn_span_from(*s, head->n + 1);
	return true;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

bool sn_recording_take(struct sn_span *s, const char *word)
{
	size_t n = strlen(word);

	if (s->n < n) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (lower(s->p[i]) != lower((uint8_t)word[i])) {
			return false;
		}
	}
	*s = sn_span_from(*s, n);
	return true;
}

int sn_recording_oid(struct sn_span text, uint8_t out[SN_OID_MAX_BER])
{
	char copy[SN_OID_MAX_TEXT + 1];

	text = sn_recording_trim(text);
	if (text.n >= sizeof(copy)) {
		return SN_EOID;
	}
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (memchr(copy, '\0', text.n)) {
		return SN_EOID;
	}
	return sn_oid_from_text(copy, out, SN_OID_MAX_BER);
}

int sn_recording_hex_digit(uint8_t c)
{
	c = lower(c);
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Sign and magnitude of a decimal number. SN_EINVAL, SN_ERANGE: beyond 64 bits. */
static int read_number(struct sn_span text, bool *negative, uint64_t *out)
{
	uint64_t v = 0;

	text = sn_recording_trim(text);
	*negative = text.n && text.p[0] == '-';
	if (*negative || (text.n && text.p[0] == '+')) {
		text = sn_span_from(text, 1);
	}
	if (text.n == 0) {
		return SN_EINVAL;
	}
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = text.p[i] - (unsigned)'0';

		if (digit > 9) {
			return SN_EINVAL;
		}
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit, &v)) {
			return SN_ERANGE;
		}
	}
	*out = v;
	return SN_OK;
}

int sn_recording_double(struct sn_span text, double *out)
{
	char copy[64];
	char *end;

	text = sn_recording_trim(text);
	/* strtod would also take hexadecimal, "inf" and "nan" */
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if ((c < '0' || c > '9') && c != '+' && c != '-' && c != '.' && lower(c) != 'e') {
			return SN_EINVAL;
		}
	}
	if (text.n == 0 || text.n >= sizeof(copy)) {
		return SN_EINVAL;
	}
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*out = strtod(copy, &end);
	return *end == '\0' && __builtin_isfinite(*out) ? SN_OK : SN_EINVAL;
}

/* Content of an integer: what the writer of the wire would send. */
static void add_number(struct sn_recording_buf *out, bool is_signed, bool negative, uint64_t v)
{
	uint8_t room[16];
	struct sn_writer w = sn_writer_make(room, sizeof(room));

	if (is_signed) {
		sn_ber_write_int(&w, SN_TAG_INTEGER, negative ? -(int64_t)v : (int64_t)v);
	} else {
		sn_ber_write_uint(&w, SN_TAG_COUNTER64, v);
	}
	sn_recording_buf_add(out, sn_span_from(sn_writer_span(&w), 2));
}

static const char *integer(struct sn_span text, struct sn_recording_buf *out)
{
	bool negative;
	uint64_t v;

	if (read_number(text, &negative, &v) ||
	    v > (negative ? UINT64_C(0x80000000) : UINT64_C(0x7fffffff))) {
		return "a number from -2147483648 to 2147483647";
	}
	add_number(out, true, negative, v);
	return NULL;
}

static const char *natural(struct sn_span text, unsigned bits, struct sn_recording_buf *out)
{
	bool negative;
	uint64_t v;

	if (read_number(text, &negative, &v) || (negative && v) || (bits == 32 && v > UINT32_MAX)) {
		return bits == 32 ? "a number from 0 to 4294967295"
				  : "a number from 0 to 18446744073709551615";
	}
	add_number(out, false, false, v);
	return NULL;
}

static const char *address(struct sn_span text, struct sn_recording_buf *out)
{
	static const char expected[] = "an IPv4 address, dotted";
	uint8_t octets[4];
	struct sn_span part;

	/* snmpsim's recorder writes the octets themselves where all four can be printed; nothing
	 * dotted is that short */
	if (text.n == 4) {
		sn_recording_buf_add(out, text);
		return NULL;
	}
	for (int i = 0; i < 4; i++) {
		bool negative;
		uint64_t v;

		if (i == 3) {
			part = text;
		} else if (!sn_recording_cut(&text, '.', &part)) {
			return expected;
		}
		if (read_number(part, &negative, &v) || negative || v > 255) {
			return expected;
		}
		octets[i] = (uint8_t)v;
	}
	sn_recording_buf_add(out, sn_span_make(octets, 4));
	return NULL;
}

const char *sn_recording_octets(uint8_t tag, struct sn_span octets, struct sn_recording_buf *out)
{
	if (tag == SN_TAG_IPADDRESS && octets.n != 4) {
		return "four octets";
	}
	if (octets.n > SN_RECORDING_MAX_OCTETS) {
		return "at most 65535 octets";
	}
	sn_recording_buf_add(out, octets);
	return NULL;
}

const char *sn_recording_hex(struct sn_span text, struct sn_recording_buf *out)
{
	uint8_t *p;

	text = sn_recording_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		if (sn_recording_hex_digit(text.p[i]) < 0) {
			return "hexadecimal digits";
		}
	}
	if (text.n % 2) {
		return "two hexadecimal digits for each octet";
	}
	if (text.n / 2 > SN_RECORDING_MAX_OCTETS) {
		return "at most 65535 octets";
	}
	p = sn_recording_buf_grow(out, text.n / 2);
	for (size_t i = 0; p && i < text.n; i += 2) {
		p[i / 2] = (uint8_t)(sn_recording_hex_digit(text.p[i]) << 4 |
				     sn_recording_hex_digit(text.p[i + 1]));
	}
	return NULL;
}

static const char *oid(struct sn_span text, struct sn_recording_buf *out)
{
	uint8_t ber[SN_OID_MAX_BER];
	int n = sn_recording_oid(text, ber);

	if (n < 0) {
		return "an OID in numbers";
	}
	sn_recording_buf_add(out, sn_span_make(ber, (size_t)n));
	return NULL;
}

const char *sn_recording_value(uint8_t tag, struct sn_span text, struct sn_recording_buf *out)
{
	switch (tag) {
	case SN_TAG_INTEGER:
		return integer(text, out);
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
		return natural(text, 32, out);
	case SN_TAG_COUNTER64:
		return natural(text, 64, out);
	case SN_TAG_OCTETS:
	case SN_TAG_OPAQUE:
		return sn_recording_octets(tag, text, out);
	case SN_TAG_IPADDRESS:
		return address(text, out);
	case SN_TAG_OID:
		return oid(text, out);
	default: /* NULL and the exceptions */
		return sn_recording_trim(text).n ? "no value" : NULL;
	}
}
