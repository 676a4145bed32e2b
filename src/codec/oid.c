/*
 * Object identifiers as BER content, see oid.h. sn_oid_cmp and sn_oid_valid are on the walk's path;
 * text conversion serves configuration, output and trace.
 */
#include "codec/oid.h"

#include <endian.h>
#include <stdio.h>

/* Whether five octets hold 32 bits, or for the first sub-identifier 80 + 2^32 - 1, which needs 33.
 */
static bool five_octets_fit(const uint8_t *p, bool first)
{
	uint8_t top = p[0] & 0x7f;

	if (top <= 0x0f) {
		return true;
	}
	return first && top == 0x10 && p[1] == 0x80 && p[2] == 0x80 && p[3] == 0x80 && p[4] < 80;
}

/* High bit of each of eight octets: "more octets of this arc follow". */
#define MORE_BITS UINT64_C(0x8080808080808080)

static uint64_t load8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Arcs from their octets, SIZE_MAX where one does not end or fit. Whole: the first one is two in
 * one. */
static size_t count_arcs(struct sn_span s, bool whole)
{
	size_t arcs = 0;
	size_t i = 0;

	while (i < s.n) {
		size_t start = i;

		if (s.n - i >= 8 && !(load8(s.p + i) & MORE_BITS)) {
			i += 8; /* eight arcs below 128 */
			arcs += 8;
			continue;
		}
		while (s.p[i] & 0x80) {
			i++;
			if (i == s.n || i - start > 4) {
				return SIZE_MAX;
			}
		}
		if (i - start == 4 && !five_octets_fit(s.p + start, whole && start == 0)) {
			return SIZE_MAX;
		}
		i++;
		arcs++;
	}
	return arcs;
}

bool sn_oid_valid(struct sn_span ber)
{
	return count_arcs(ber, true) <= SN_OID_MAX_ARCS - 1;
}

bool sn_oid_long_index_valid(struct sn_span index)
{
	return count_arcs(index, false) <= SN_OID_MAX_ARCS;
}

/* Octets of an arc from the given one to its end. */
static size_t arc_octets(struct sn_span s, size_t start)
{
	size_t i = start;

	while (i < s.n && (s.p[i] & 0x80)) {
		i++;
	}
	return i - start + 1;
}

/* The first place where two runs of n octets differ, n when nowhere. */
static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	while (n - i >= 8) {
		uint64_t differ = le64toh(load8(a + i) ^ load8(b + i));

		if (differ) {
			return i + (size_t)__builtin_ctzll(differ) / 8;
		}
		i += 8;
	}
	while (i < n && a[i] == b[i]) {
		i++;
	}
	return i;
}

int sn_oid_cmp(struct sn_span a, struct sn_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	size_t i = first_difference(a.p, b.p, n);

	if (i == n) {
		return (a.n > b.n) - (a.n < b.n);
	}
	/* Inside one arc more octets are a larger number. If it ends here in one OID or both, the
	 * octets tell: the continuation bit is the highest. */
	if (a.p[i] & b.p[i] & 0x80) {
		size_t la = arc_octets(a, i);
		size_t lb = arc_octets(b, i);

		if (la != lb) {
			return la < lb ? -1 : 1;
		}
	}
	return a.p[i] < b.p[i] ? -1 : 1;
}

/* Base-128 number of up to five octets: the first sub-identifier of 2.4294967295 needs 33 bits. */
static uint64_t read_subid(struct sn_cursor *cur)
{
	uint64_t v = 0;
	unsigned octets = 0;
	uint8_t c;

	do {
		c = sn_cursor_u8(cur);
		v = v << 7 | (c & 0x7f);
		octets++;
	} while (c & 0x80 && octets < 5);
	if (c & 0x80 || v > UINT64_C(0xffffffff) + 80) {
		sn_cursor_fail(cur, SN_EOID);
	}
	return cur->err ? 0 : v;
}

uint32_t sn_oid_read_arc(struct sn_cursor *cur)
{
	uint64_t v = read_subid(cur);

	if (v > UINT32_MAX) {
		sn_cursor_fail(cur, SN_EOID);
		return 0;
	}
	return (uint32_t)v;
}

static size_t write_subid(uint8_t *out, uint64_t v)
{
	size_t n = 1;

	while (n < 5 && v >> (7 * n)) {
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		out[i] = (uint8_t)((v >> (7 * (n - 1 - i))) & 0x7f) | (i + 1 < n ? 0x80 : 0);
	}
	return n;
}

size_t sn_oid_write_arc(uint8_t *out, uint32_t arc)
{
	return write_subid(out, arc);
}

int sn_oid_to_arcs(struct sn_span ber, uint32_t *arcs, size_t max)
{
	struct sn_cursor cur = sn_cursor_make(ber);
	size_t n = 0;
	uint64_t v;

	if (ber.n == 0) {
		return 0;
	}
	if (max < 2) {
		return SN_ESPACE;
	}
	v = read_subid(&cur);
	arcs[n++] = v < 40 ? 0 : (v < 80 ? 1 : 2);
	arcs[n++] = (uint32_t)(v - UINT64_C(40) * arcs[0]);
	while (sn_cursor_left(&cur)) {
		if (n == SN_OID_MAX_ARCS) {
			return SN_EOID;
		}
		if (n == max) {
			return SN_ESPACE;
		}
		arcs[n++] = sn_oid_read_arc(&cur);
	}
	return cur.err ? SN_EOID : (int)n;
}

int sn_oid_from_arcs(const uint32_t *arcs, size_t n, uint8_t *out, size_t size)
{
	uint8_t tmp[5];
	size_t len = 0;

	if (n < 2 || n > SN_OID_MAX_ARCS || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39)) {
		return SN_EOID;
	}
	for (size_t i = 1; i < n; i++) {
		size_t k = write_subid(tmp, i == 1 ? UINT64_C(40) * arcs[0] + arcs[1] : arcs[i]);

		if (k > size - len) {
			return SN_ESPACE;
		}
		memcpy(out + len, tmp, k);
		len += k;
	}
	return (int)len;
}

int sn_oid_from_text(const char *text, uint8_t *out, size_t size)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	size_t n = 0;
	const char *s = *text == '.' ? text + 1 : text;

	for (;;) {
		uint64_t v = 0;

		if (*s < '0' || *s > '9' || n == SN_OID_MAX_ARCS) {
			return SN_EOID;
		}
		while (*s >= '0' && *s <= '9') {
			v = v * 10 + (uint64_t)(*s++ - '0');
			if (v > UINT32_MAX) {
				return SN_EOID;
			}
		}
		arcs[n++] = (uint32_t)v;
		if (*s == '\0') {
			return sn_oid_from_arcs(arcs, n, out, size);
		}
		if (*s++ != '.') {
			return SN_EOID;
		}
	}
}

static int arcs_to_text(const uint32_t *arcs, size_t n, char *out, size_t size)
{
	size_t len = 0;

	if (size == 0) {
		return SN_ESPACE;
	}
	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		int k = snprintf(out + len, size - len, i ? ".%u" : "%u", arcs[i]);

		if (k < 0 || (size_t)k >= size - len) {
			return SN_ESPACE;
		}
		len += (size_t)k;
	}
	return (int)len;
}

int sn_oid_to_text(struct sn_span ber, char *out, size_t size)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	int n = sn_oid_to_arcs(ber, arcs, SN_OID_MAX_ARCS);

	if (n == 0) {
		arcs[0] = 0;
		arcs[1] = 0;
		n = 2;
	}
	return n < 0 ? n : arcs_to_text(arcs, (size_t)n, out, size);
}

int sn_oid_index_to_text(struct sn_span ber, char *out, size_t size)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	struct sn_cursor cur = sn_cursor_make(ber);
	size_t n = 0;

	while (sn_cursor_left(&cur)) {
		if (n == SN_OID_MAX_ARCS) {
			return SN_EOID;
		}
		arcs[n++] = sn_oid_read_arc(&cur);
	}
	return cur.err ? SN_EOID : arcs_to_text(arcs, n, out, size);
}
