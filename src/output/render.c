/*
 * Cells and indexes to text, see render.h. The kinds follow snmp_exporter's types, so that the
 * labels of both programs agree. Called by encoders on workers' threads.
 */
#include "output/render.h"

static bool is_signed(uint8_t tag)
{
	return tag == SN_TAG_INTEGER;
}

static bool is_unsigned(uint8_t tag)
{
	switch (tag) {
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_COUNTER64:
	case SN_TAG_UINTEGER32:
		return true;
	default:
		return false;
	}
}

static bool is_real(uint8_t tag)
{
	return tag == SN_TAG_FLOAT || tag == SN_TAG_DOUBLE;
}

static bool is_set(double d)
{
	return d < 0 || d > 0;
}

enum sn_form sn_render_form(const struct sn_column *col, struct sn_value *v)
{
	bool number = is_signed(v->tag) || is_unsigned(v->tag) || is_real(v->tag);

	if (!sn_render_is_numeric(col->kind)) {
		return v->tag == SN_TAG_OCTETS && col->kind == SN_KIND_TEXT ? SN_FORM_OCTETS
									    : SN_FORM_PLAIN;
	}
	if (!number) {
		return SN_FORM_NONE;
	}
	if (col->kind != SN_KIND_ENUM && (is_set(col->scale) || is_set(col->offset))) {
		double d =
			is_real(v->tag) ? v->d : (is_signed(v->tag) ? (double)v->i : (double)v->u);

		v->d = d * (is_set(col->scale) ? col->scale : 1) + col->offset;
		return SN_FORM_REAL;
	}
	if (is_signed(v->tag)) {
		return SN_FORM_INT;
	}
	if (is_unsigned(v->tag)) {
		return SN_FORM_UINT;
	}
	return v->tag == SN_TAG_FLOAT ? SN_FORM_FLOAT : SN_FORM_REAL;
}

void sn_render_dotted(struct sn_text *t, const uint32_t *arcs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i) {
			sn_text_char(t, '.');
		}
		sn_text_u64(t, arcs[i]);
	}
}

/* Base-128 numbers of s; stops at SN_RENDER_ARCS, and before an arc that does not end. */
static uint32_t read_arcs(struct sn_span s, uint64_t *first, uint32_t *arcs)
{
	uint64_t v = 0;
	uint32_t n = 0;

	for (size_t i = 0; i < s.n && n < SN_RENDER_ARCS; i++) {
		v = v << 7 | (s.p[i] & 0x7f);
		if (!(s.p[i] & 0x80)) {
			if (n == 0) {
				*first = v;
			}
			arcs[n++] = (uint32_t)v;
			v = 0;
		}
	}
	return n;
}

static void put_oid(struct sn_text *t, struct sn_span ber)
{
	uint32_t arcs[SN_RENDER_ARCS + 1];
	uint64_t both; /* the first two arcs: 40 * x + y */
	uint32_t n = read_arcs(ber, &both, arcs + 1);

	if (n) {
		arcs[0] = both < 40 ? 0 : (both < 80 ? 1 : 2);
		arcs[1] = (uint32_t)(both - UINT64_C(40) * arcs[0]);
		sn_render_dotted(t, arcs, (size_t)n + 1);
	}
}

/* Octet i of s, 0 past its end. */
static uint8_t octet(struct sn_span s, size_t i)
{
	return i < s.n ? s.p[i] : 0;
}

static void put_hex_octet(struct sn_text *t, uint8_t o)
{
	static const char digits[] = "0123456789ABCDEF";
	char pair[2] = {digits[o >> 4], digits[o & 15]};

	sn_text_put(t, pair, 2);
}

/* "0x0A1B"; nothing for no octets. */
static void put_hex(struct sn_text *t, struct sn_span s)
{
	if (s.n) {
		sn_text_put(t, "0x", 2);
	}
	for (size_t i = 0; i < s.n && !t->full; i++) {
		put_hex_octet(t, s.p[i]);
	}
}

static void put_mac(struct sn_text *t, struct sn_span s)
{
	for (size_t i = 0; i < 6; i++) {
		if (i) {
			sn_text_char(t, ':');
		}
		put_hex_octet(t, octet(s, i));
	}
}

static void put_inet4(struct sn_text *t, struct sn_span s)
{
	for (size_t i = 0; i < 4; i++) {
		if (i) {
			sn_text_char(t, '.');
		}
		sn_text_u64(t, octet(s, i));
	}
}

static void put_inet6(struct sn_text *t, struct sn_span s)
{
	for (size_t i = 0; i < 16; i++) {
		if (i && i % 2 == 0) {
			sn_text_char(t, ':');
		}
		put_hex_octet(t, octet(s, i));
	}
}

/* An address of a fixed size, missing octets as 0 and more left out: what snmp_exporter makes of
 * labels. False: kind is not such an address. */
static bool put_address(struct sn_text *t, enum sn_kind kind, struct sn_span s)
{
	switch (kind) {
	case SN_KIND_PHYS_ADDRESS48:
		put_mac(t, s);
		return true;
	case SN_KIND_INET4:
		put_inet4(t, s);
		return true;
	case SN_KIND_INET6:
		put_inet6(t, s);
		return true;
	default:
		return false;
	}
}

/* Octets of an address of this kind, 0: any number. */
static size_t address_size(enum sn_kind kind)
{
	switch (kind) {
	case SN_KIND_PHYS_ADDRESS48:
		return 6;
	case SN_KIND_INET4:
		return 4;
	case SN_KIND_INET6:
		return 16;
	default:
		return 0;
	}
}

/* A value is what the device said: an address of another size (none at a loopback interface, 20
 * octets at InfiniBand) is neither filled up nor cut. */
static void put_octets(struct sn_text *t, enum sn_kind kind, struct sn_span s)
{
	if (s.n != address_size(kind) || !put_address(t, kind, s)) {
		put_hex(t, s);
	}
}

void sn_render_plain(struct sn_text *t, enum sn_kind kind, const struct sn_value *v)
{
	if (is_signed(v->tag)) {
		sn_text_i64(t, v->i);
	} else if (is_unsigned(v->tag)) {
		sn_text_u64(t, v->u);
	} else if (v->tag == SN_TAG_FLOAT) {
		sn_text_float(t, (float)v->d);
	} else if (v->tag == SN_TAG_DOUBLE) {
		sn_text_real(t, v->d);
	} else if (v->tag == SN_TAG_OID) {
		put_oid(t, v->bytes);
	} else if (v->tag == SN_TAG_IPADDRESS) {
		put_inet4(t, v->bytes);
	} else {
		put_octets(t, kind, v->bytes);
	}
}

/* The name of a number among enums sorted by value, NULL when it has none. */
static const char *enum_name(const struct sn_enum_name *enums, uint32_t n, int64_t value)
{
	uint32_t low = 0;

	while (low < n) {
		uint32_t mid = low + (n - low) / 2;

		if (enums[mid].value == value) {
			return enums[mid].name;
		}
		if (enums[mid].value < value) {
			low = mid + 1;
		} else {
			n = mid;
		}
	}
	return NULL;
}

void sn_render_label(struct sn_text *t, sn_render_escape *escape, const struct sn_column *col,
		     const struct sn_value *v)
{
	const char *name = NULL;

	if (col->kind == SN_KIND_ENUM && (is_signed(v->tag) || is_unsigned(v->tag))) {
		name = enum_name(col->enums, col->nenums, v->i);
	}
	if (name) {
		escape(t, (const uint8_t *)name, strlen(name));
	} else if (col->kind == SN_KIND_TEXT && v->tag == SN_TAG_OCTETS) {
		escape(t, v->bytes.p, v->bytes.n);
	} else if (v->tag != SN_TAG_OCTETS || !put_address(t, col->kind, v->bytes)) {
		sn_render_plain(t, col->kind, v);
	}
}

/* Arcs that the label takes, of which `left` are there; a length arc has been skipped already when
 * it has one. */
static uint32_t label_arcs(const struct sn_index *index, const struct sn_render_index *ix,
			   uint32_t *at)
{
	uint32_t left = ix->narcs - *at;
	uint32_t n;

	switch (index->kind) {
	case SN_KIND_TEXT:
	case SN_KIND_HEX:
	case SN_KIND_BITS:
		break;
	default:
		n = (uint32_t)address_size(index->kind);
		return n ? n : 1;
	}
	if (index->fixed_size) {
		n = index->fixed_size;
	} else if (index->implied || left == 0) {
		n = left;
	} else {
		n = ix->arc[(*at)++];
	}
	return n < SN_RENDER_ARCS ? n : SN_RENDER_ARCS;
}

void sn_render_split(const struct sn_schema *schema, const struct sn_row *row,
		     struct sn_render_index *ix)
{
	uint32_t n = schema->nindexes < SN_RENDER_ARCS ? schema->nindexes : SN_RENDER_ARCS;
	uint64_t first;
	uint32_t at = 0;

	ix->narcs = read_arcs(sn_span_make(row->index->octet, row->index->n), &first, ix->arc);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t count = label_arcs(&schema->indexes[i], ix, &at);

		ix->first[i] = (uint8_t)at;
		ix->count[i] = (uint8_t)count;
		at = count < ix->narcs - at ? at + count : ix->narcs;
	}
}

void sn_render_index_label(struct sn_text *t, sn_render_escape *escape,
			   const struct sn_schema *schema, const struct sn_render_index *ix,
			   uint32_t i)
{
	const struct sn_index *index = &schema->indexes[i];
	uint32_t first = i < SN_RENDER_ARCS ? ix->first[i] : ix->narcs;
	uint32_t count = i < SN_RENDER_ARCS ? ix->count[i] : 1;
	uint32_t number = first < ix->narcs ? ix->arc[first] : 0;
	uint8_t octets[SN_RENDER_ARCS];
	const char *name;

	if (sn_render_is_numeric(index->kind)) {
		name = enum_name(index->enums, index->nenums, number);
		if (name) {
			escape(t, (const uint8_t *)name, strlen(name));
		} else {
			sn_text_u64(t, number);
		}
		return;
	}
	for (uint32_t k = 0; k < count; k++) {
		octets[k] = first + k < ix->narcs ? (uint8_t)ix->arc[first + k] : 0;
	}
	if (index->kind == SN_KIND_TEXT) {
		escape(t, octets, count);
	} else if (!put_address(t, index->kind, sn_span_make(octets, count))) {
		put_hex(t, sn_span_make(octets, count));
	}
}
