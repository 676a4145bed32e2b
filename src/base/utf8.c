/*
 * Reading UTF-8, see utf8.h.
 */
#include "base/utf8.h"

size_t sn_utf8_length(const uint8_t *s, size_t n)
{
	uint8_t low = 0x80; /* range of the second octet */
	uint8_t top = 0xbf;
	size_t len;

	if (s[0] < 0x80) {
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		len = 2;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		len = 3;
		low = s[0] == 0xe0 ? 0xa0 : 0x80;
		top = s[0] == 0xed ? 0x9f : 0xbf;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		len = 4;
		low = s[0] == 0xf0 ? 0x90 : 0x80;
		top = s[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (n < len || s[1] < low || s[1] > top) {
		return 0;
	}
	for (size_t i = 2; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return len;
}

uint32_t sn_utf8_read(const uint8_t *s, size_t n)
{
	/* the first octet has n + 1 bits that say how many follow */
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++) {
		c = c << 6 | (s[i] & 0x3f);
	}
	return c;
}

size_t sn_utf8_mend(uint8_t *out, struct sn_span s)
{
	static const uint8_t mark[3] = {0xef, 0xbf, 0xbd}; /* U+FFFD */
	bool bad = false; /* the octet before was none of a character */
	uint8_t *p = out;

	while (s.n) {
		size_t len = sn_utf8_length(s.p, s.n);

		if (len) {
			memcpy(p, s.p, len);
			p += len;
		} else if (!bad) {
			memcpy(p, mark, sizeof(mark));
			p += sizeof(mark);
		}
		bad = len == 0;
		s = sn_span_from(s, len ? len : 1);
	}
	return (size_t)(p - out);
}
