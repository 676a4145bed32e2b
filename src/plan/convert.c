/*
 * Odd values to simple ones, see convert.h: which of the parts does it, and values as text.
 */
#include "plan/convert.h"

#include "codec/oid.h"
#include "plan/convert_int.h"
#include "record/index.h"
#include "record/octets.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	NUMBER_ROOM = 32,  /* characters of a whole number */
	REAL_ROOM = 1100,  /* of the largest double and of the smallest, without exponent */
	DOUBLE_DIGITS = 17 /* that tell any double */
};

static bool is_octets(const struct sn_value *v)
{
	return v->tag == SN_TAG_OCTETS || v->tag == SN_TAG_OPAQUE || v->tag == SN_TAG_NSAP;
}

/* Keeps n characters. */
static int keep(struct sn_arena *arena, const char *s, size_t n, struct sn_span *text)
{
	const char *p = sn_arena_strndup(arena, s, n);

	*text = sn_span_make(p, p ? n : 0);
	return p ? SN_OK : SN_ENOMEM;
}

static int whole_text(const struct sn_value *v, struct sn_arena *arena, struct sn_span *text)
{
	char s[NUMBER_ROOM];
	int n = v->tag == SN_TAG_INTEGER ? snprintf(s, sizeof(s), "%" PRId64, v->i)
					 : snprintf(s, sizeof(s), "%" PRIu64, v->u);

	return keep(arena, s, (size_t)n, text);
}

/* Writes d with the fewest digits that read back as it, "d.ddde+dd"; single: as a float. Returns
 * the digits behind the first. */
static int shortest(char *s, size_t room, double d, bool single)
{
	int digits = 0;

	for (;; digits++) {
		double q;

		snprintf(s, room, "%.*e", digits, d);
		q = strtod(s, NULL);
		q = single ? (double)(float)q : q;
		if (digits == DOUBLE_DIGITS - 1 || !(q < d || q > d)) {
			return digits;
		}
	}
}

/* A finite number without exponent; returns its characters. */
static size_t real_chars(char out[REAL_ROOM], double d, bool single)
{
	char s[NUMBER_ROOM];
	int digits = shortest(s, sizeof(s), d, single);
	int zeros = atoi(strchr(s, 'e') + 1) - digits; /* behind the digits; negative: decimals */
	size_t n = 0;

	if (zeros <= 0) {
		return (size_t)snprintf(out, REAL_ROOM, "%.*f", -zeros, d);
	}
	for (const char *p = s; *p != 'e'; p++) {
		if (*p != '.') {
			out[n++] = *p;
		}
	}
	memset(out + n, '0', (size_t)zeros);
	return n + (size_t)zeros;
}

static int real_text(const struct sn_value *v, struct sn_arena *arena, struct sn_span *text)
{
	char out[REAL_ROOM];

	if (isfinite(v->d)) {
		return keep(arena, out, real_chars(out, v->d, v->tag == SN_TAG_FLOAT), text);
	}
	snprintf(out, sizeof(out), "%s", isnan(v->d) ? "NaN" : (v->d > 0 ? "+Inf" : "-Inf"));
	return keep(arena, out, strlen(out), text);
}

static int oid_text(struct sn_span ber, struct sn_arena *arena, struct sn_span *text)
{
	char out[SN_OID_MAX_TEXT];
	int n = sn_oid_to_text(ber, out, sizeof(out));

	return keep(arena, out, n > 0 ? (size_t)n : 0, text);
}

static int address_text(enum sn_kind kind, struct sn_span octets, struct sn_arena *arena,
			struct sn_span *text)
{
	uint32_t part[SN_OCTETS_PARTS_MAX];
	char out[SN_OCTETS_ADDRESS_MAX];

	sn_octets_fill(part, octets);
	return keep(arena, out, sn_octets_address(out, kind, part), text);
}

static int hex_text(struct sn_span octets, struct sn_arena *arena, struct sn_span *text)
{
	char *out = sn_arena_alloc(arena, 2 + 2 * octets.n);

	*text = sn_span_make(out, out ? (size_t)(sn_octets_hex(out, octets) - out) : 0);
	return out ? SN_OK : SN_ENOMEM;
}

/* By a display hint, in two passes; hex where it does not fit. */
static int hint_text(const char *hint, struct sn_span octets, struct sn_arena *arena,
		     struct sn_span *text)
{
	int n = sn_convert_hint(hint, octets, NULL);
	char *out;

	if (n < 0) {
		return hex_text(octets, arena, text);
	}
	out = sn_arena_alloc(arena, (size_t)n);
	if (!out) {
		return SN_ENOMEM;
	}
	*text = sn_span_make(out, (size_t)sn_convert_hint(hint, octets, out));
	return SN_OK;
}

int sn_convert_text(enum sn_kind kind, const char *hint, const struct sn_value *v,
		    struct sn_arena *arena, struct sn_span *text)
{
	*text = sn_span_make(NULL, 0);
	if (v->tag == SN_TAG_FLOAT || v->tag == SN_TAG_DOUBLE) {
		return real_text(v, arena, text);
	}
	if (sn_value_is_number(v->tag)) {
		return whole_text(v, arena, text);
	}
	if (v->tag == SN_TAG_OID) {
		return oid_text(v->bytes, arena, text);
	}
	if (v->tag == SN_TAG_IPADDRESS) {
		return address_text(SN_KIND_INET4, v->bytes, arena, text);
	}
	if (!is_octets(v)) {
		return SN_OK;
	}
	if (sn_octets_parts(kind)) {
		return address_text(kind, v->bytes, arena, text);
	}
	if (kind == SN_KIND_TEXT) {
		*text = v->bytes;
		return SN_OK;
	}
	return hint ? hint_text(hint, v->bytes, arena, text) : hex_text(v->bytes, arena, text);
}

/* Octets as if they were the arcs of an index of this kind. */
static int indexed_text(enum sn_kind kind, struct sn_span octets, struct sn_arena *arena,
			struct sn_span *text)
{
	const struct sn_index index = {.kind = kind};
	uint32_t arc[SN_INDEX_ARCS];
	uint8_t said[SN_INDEX_ARCS];
	struct sn_value v = {.tag = SN_TAG_OCTETS};
	struct sn_index_part part;
	uint32_t n = octets.n < SN_INDEX_ARCS ? (uint32_t)octets.n : SN_INDEX_ARCS;
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		arc[i] = octets.p[i];
	}
	sn_index_take(&index, arc, n, &at, &part);
	for (uint32_t i = 0; i < part.count; i++) {
		said[i] = part.first + i < n ? octets.p[part.first + i] : 0;
	}
	if (part.kind == SN_KIND_TEXT) {
		return keep(arena, (const char *)said, part.count, text);
	}
	v.bytes = sn_span_make(said, part.count);
	return sn_convert_text((enum sn_kind)part.kind, NULL, &v, arena, text);
}

/* An address or what else the type beside it says. */
static int typed_text(const struct sn_convert_spec *spec, enum sn_kind kind,
		      const struct sn_value *v, int64_t type, struct sn_arena *arena,
		      struct sn_span *text)
{
	enum sn_kind what = sn_index_kind(kind, type);

	if (what == SN_KIND_HEX && spec->lookup && is_octets(v)) {
		return indexed_text(kind, v->bytes, arena, text);
	}
	return sn_convert_text(what, spec->text, v, arena, text);
}

/* The seconds that a value says. */
static int seconds_of(const struct sn_convert_spec *spec, const struct sn_value *v,
		      struct sn_arena *arena, int64_t *seconds)
{
	struct sn_span text;
	int rc;

	if (spec->how == SN_CONVERT_PARSE_DATE_AND_TIME) {
		rc = sn_convert_text(SN_KIND_TEXT, NULL, v, arena, &text);
		return rc ? rc : sn_convert_strptime(text, spec->text ? spec->text : "", seconds);
	}
	if (!is_octets(v)) {
		return SN_ENOENT;
	}
	return spec->how == SN_CONVERT_NTP_TIME_STAMP ? sn_convert_ntp(v->bytes, seconds)
						      : sn_convert_date_and_time(v->bytes, seconds);
}

int sn_convert(const struct sn_convert_spec *spec, const struct sn_value *v, int64_t type,
	       struct sn_arena *arena, struct sn_value *out)
{
	struct sn_span text = {NULL, 0};
	int64_t seconds = 0;
	int rc;

	switch (spec->how) {
	case SN_CONVERT_INET:
		rc = typed_text(spec, SN_KIND_INET, v, type, arena, &text);
		break;
	case SN_CONVERT_INET_MISSING_SIZE:
		rc = typed_text(spec, SN_KIND_INET_MISSING_SIZE, v, type, arena, &text);
		break;
	case SN_CONVERT_LLDP_PORT_ID:
		rc = typed_text(spec, SN_KIND_LLDP_PORT_ID, v, type, arena, &text);
		break;
	case SN_CONVERT_DISPLAY_HINT:
		rc = sn_convert_text(SN_KIND_HEX, spec->text, v, arena, &text);
		break;
	default:
		rc = seconds_of(spec, v, arena, &seconds);
		*out = (struct sn_value){.tag = SN_TAG_INTEGER, .i = seconds};
		return rc;
	}
	*out = (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = text};
	return rc;
}
