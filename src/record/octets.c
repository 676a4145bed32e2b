/*
 * Writing octets, see octets.h.
 */
#include "record/octets.h"

static const char digits[] = "0123456789ABCDEF";

/* v in this base, with at least so many digits; returns the end. */
static char *put_number(char *out, uint32_t v, unsigned base, unsigned least)
{
	char reversed[12];
	unsigned n = 0;

	while (v || n < least) {
		reversed[n++] = digits[v % base];
		v /= base;
	}
	while (n) {
		*out++ = reversed[--n];
	}
	return out;
}

size_t sn_octets_address(char *out, enum sn_kind kind, const uint32_t *part)
{
	const char *from = out;
	uint32_t n = sn_octets_parts(kind);
	uint32_t together = kind == SN_KIND_INET6 ? 2 : 1; /* parts without anything between */

	for (uint32_t i = 0; i < n; i++) {
		if (i && i % together == 0) {
			*out++ = kind == SN_KIND_INET4 ? '.' : ':';
		}
		out = kind == SN_KIND_INET4 ? put_number(out, part[i], 10, 1)
					    : put_number(out, part[i], 16, 2);
	}
	return (size_t)(out - from);
}

void sn_octets_fill(uint32_t part[SN_OCTETS_PARTS_MAX], struct sn_span s)
{
	for (size_t i = 0; i < SN_OCTETS_PARTS_MAX; i++) {
		part[i] = i < s.n ? s.p[i] : 0;
	}
}

char *sn_octets_hex(char *out, struct sn_span s)
{
	if (s.n) {
		*out++ = '0';
		*out++ = 'x';
	}
	for (size_t i = 0; i < s.n; i++) {
		*out++ = digits[s.p[i] >> 4];
		*out++ = digits[s.p[i] & 15];
	}
	return out;
}
