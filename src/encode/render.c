/*
 * Cells and indexes to text, see render.h. The kinds follow snmp_exporter's types, so that the
 * labels of both programs agree. Called by encoders on workers' threads.
 */
#include "encode/render.h"

#include "record/octets.h"

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

	if (!sn_kind_is_number(col->kind)) {
		return v->tag == SN_TAG_OCTETS && col->kind == SN_KIND_TEXT ? SN_FORM_OCTETS
									    : SN_FORM_PLAIN;
	}
	if (!number) {
		return SN_FORM_NONE;
	}
	if (!sn_kind_is_state(col->kind) && (is_set(col->scale) || is_set(col->offset))) {
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

static void put_oid(struct sn_text *t, struct sn_span ber)
{
	uint32_t arcs[SN_INDEX_ARCS + 1];
	uint64_t both; /* the first two arcs: 40 * x + y */
	uint32_t n = sn_index_read(ber, &both, arcs + 1);

	if (n) {
		arcs[0] = both < 40 ? 0 : (both < 80 ? 1 : 2);
		arcs[1] = (uint32_t)(both - UINT64_C(40) * arcs[0]);
		sn_render_dotted(t, arcs, (size_t)n + 1);
	}
}

/* "0x0A1B"; nothing for no octets. */
static void put_hex(struct sn_text *t, struct sn_span s)
{
	if (s.n > sn_text_room(t) / 2 || 2 + 2 * s.n > sn_text_room(t)) {
		t->full = true;
		return;
	}
	t->p = (uint8_t *)sn_octets_hex((char *)t->p, s);
}

static void put_parts(struct sn_text *t, enum sn_kind kind, const uint32_t *part)
{
	char text[SN_OCTETS_ADDRESS_MAX];

	sn_text_put(t, text, sn_octets_address(text, kind, part));
}

/* An address of a fixed size, missing octets as 0 and more left out: what snmp_exporter makes of
 * labels. False: kind is not such an address. */
static bool put_address(struct sn_text *t, enum sn_kind kind, struct sn_span s)
{
	uint32_t part[SN_OCTETS_PARTS_MAX];

	if (!sn_octets_parts(kind)) {
		return false;
	}
	sn_octets_fill(part, s);
	put_parts(t, kind, part);
	return true;
}

/* A value is what the device said: an address of another size (none at a loopback interface, 20
 * octets at InfiniBand) is neither filled up nor cut. */
static void put_octets(struct sn_text *t, enum sn_kind kind, struct sn_span s)
{
	if (s.n != sn_octets_parts(kind) || !put_address(t, kind, s)) {
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
		(void)put_address(t, SN_KIND_INET4, v->bytes);
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
	bool octets = v->tag == SN_TAG_OCTETS || v->tag == SN_TAG_OPAQUE || v->tag == SN_TAG_NSAP;
	const char *name = NULL;

	if (sn_kind_is_state(col->kind) && (is_signed(v->tag) || is_unsigned(v->tag))) {
		name = enum_name(col->enums, col->nenums, v->i);
	}
	if (name) {
		escape(t, (const uint8_t *)name, strlen(name));
	} else if (sn_kind_is_number(col->kind) && octets) {
		sn_text_u64(t, v->bytes.n ? v->bytes.p[0] : 0); /* as one arc of an index */
	} else if (col->kind == SN_KIND_TEXT && octets) {
		escape(t, v->bytes.p, v->bytes.n);
	} else if (!octets || !put_address(t, col->kind, v->bytes)) {
		sn_render_plain(t, col->kind, v);
	}
}

void sn_render_split(const struct sn_schema *schema, const struct sn_row *row,
		     struct sn_render_index *ix)
{
	uint32_t n = schema->nindexes < SN_INDEX_ARCS ? schema->nindexes : SN_INDEX_ARCS;
	uint32_t used = 0;
	uint64_t first;
	uint32_t at = 0;

	ix->narcs = sn_index_read(sn_span_make(row->index->octet, row->index->n), &first, ix->arc);
	for (uint32_t i = 0; i < n; i++) {
		sn_index_take(&schema->indexes[i], ix->arc, ix->narcs, &at, &ix->part[i]);
		used += ix->part[i].used;
	}
	ix->whole = used == ix->narcs;
}

/* Text of a label that is no number. */
static void put_part(struct sn_text *t, sn_render_escape *escape, const struct sn_render_index *ix,
		     const struct sn_index_part *part)
{
	enum sn_kind kind = (enum sn_kind)part->kind;
	uint32_t arc[SN_INDEX_ARCS];
	uint8_t octets[SN_INDEX_ARCS];

	for (uint32_t k = 0; k < part->count; k++) {
		arc[k] = part->first + k < ix->narcs ? ix->arc[part->first + k] : 0;
		octets[k] = (uint8_t)arc[k];
	}
	if (sn_octets_parts(kind)) {
		put_parts(t, kind, arc);
	} else if (kind == SN_KIND_TEXT) {
		escape(t, octets, part->count);
	} else {
		put_hex(t, sn_span_make(octets, part->count));
	}
}

void sn_render_index_label(struct sn_text *t, sn_render_escape *escape,
			   const struct sn_schema *schema, const struct sn_render_index *ix,
			   uint32_t i)
{
	/* behind as many labels as an OID can have arcs there are none left */
	static const struct sn_index_part none = {.kind = SN_KIND_GAUGE};
	const struct sn_index *index = &schema->indexes[i];
	const struct sn_index_part *part = i < SN_INDEX_ARCS ? &ix->part[i] : &none;
	uint32_t number;
	const char *name;

	if (!sn_kind_is_number((enum sn_kind)part->kind)) {
		put_part(t, escape, ix, part);
		return;
	}
	number = i < SN_INDEX_ARCS && part->first < ix->narcs ? ix->arc[part->first] : 0;
	/* a plain number may come with names, which snmp_exporter does not look at */
	name = index->kind == SN_KIND_ENUM ? enum_name(index->enums, index->nenums, number) : NULL;
	if (name) {
		escape(t, (const uint8_t *)name, strlen(name));
	} else {
		sn_text_u64(t, number);
	}
}
