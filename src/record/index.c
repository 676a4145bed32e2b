/*
 * Taking indexes apart, see index.h.
 */
#include "record/index.h"

#include "record/octets.h"

uint32_t sn_index_read(struct sn_span ber, uint64_t *first, uint32_t arc[SN_INDEX_ARCS])
{
	uint64_t v = 0;
	uint32_t n = 0;

	for (size_t i = 0; i < ber.n && n < SN_INDEX_ARCS; i++) {
		v = v << 7 | (ber.p[i] & 0x7f);
		if (!(ber.p[i] & 0x80)) {
			if (n == 0) {
				*first = v;
			}
			arc[n++] = (uint32_t)v;
			v = 0;
		}
	}
	return n;
}

enum sn_kind sn_index_kind(enum sn_kind kind, int64_t type)
{
	if (kind == SN_KIND_LLDP_PORT_ID) {
		switch (type) {
		case 1: /* interfaceAlias */
		case 2: /* portComponent */
		case 5: /* interfaceName */
		case 7: /* local */
			return SN_KIND_TEXT;
		case 3: /* macAddress */
			return SN_KIND_PHYS_ADDRESS48;
		default:
			return SN_KIND_HEX;
		}
	}
	switch (type) {
	case 1: /* ipv4 */
		return SN_KIND_INET4;
	case 2: /* ipv6 */
		return SN_KIND_INET6;
	default:
		return SN_KIND_HEX;
	}
}

/* One end of an index that is being taken apart. */
struct taking {
	const uint32_t *arc; /* narcs of them */
	uint32_t narcs;	     /* arcs that are there */
	uint32_t at;	     /* next one; stays at narcs */
	uint32_t used;	     /* arcs taken, missing ones included */
};

/* The next arc. */
static uint32_t next(struct taking *t)
{
	t->used++;
	return t->at < t->narcs ? t->arc[t->at++] : 0;
}

/* What the label says: n arcs of this kind. No OID has more than SN_INDEX_ARCS. */
static void say(struct taking *t, enum sn_kind kind, uint32_t n, struct sn_index_part *part)
{
	n = n < SN_INDEX_ARCS ? n : SN_INDEX_ARCS;
	part->kind = (uint8_t)kind;
	part->first = (uint8_t)t->at;
	part->count = (uint8_t)n;
	t->used += n;
	t->at = n < t->narcs - t->at ? t->at + n : t->narcs;
}

/* Arcs of a kind without type in front. A length arc comes first where no size is known. */
static void take_plain(struct taking *t, enum sn_kind kind, uint32_t size, bool implied,
		       struct sn_index_part *part)
{
	uint32_t n = sn_octets_parts(kind);

	if (!n) {
		n = implied ? t->narcs - t->at : size;
		n = n ? n : next(t);
	}
	say(t, kind, n, part);
}

/* Arcs of a kind whose first tells what it is. What is not known is written with all its arcs. */
static void take_typed(struct taking *t, enum sn_kind kind, struct sn_index_part *part)
{
	const struct taking before = *t;
	bool has_length = kind != SN_KIND_INET_MISSING_SIZE;
	enum sn_kind what = sn_index_kind(kind, next(t));
	uint32_t length = has_length ? next(t) : 0;

	if (what != SN_KIND_HEX) {
		take_plain(t, what, 0, false, part);
		return;
	}
	*t = before;
	length = length < SN_INDEX_ARCS ? length : SN_INDEX_ARCS;
	take_plain(t, SN_KIND_HEX, length + 2, !has_length, part);
}

void sn_index_take_other(const struct sn_index *index, const uint32_t *arc, uint32_t narcs,
			 uint32_t *at, struct sn_index_part *part)
{
	struct taking t = {.arc = arc, .narcs = narcs, .at = *at};

	part->from = (uint8_t)*at;
	switch (index->kind) {
	case SN_KIND_INET:
	case SN_KIND_INET_MISSING_SIZE:
	case SN_KIND_LLDP_PORT_ID:
		take_typed(&t, index->kind, part);
		break;
	default:
		take_plain(&t, index->kind, index->fixed_size, index->implied, part);
		break;
	}
	part->used = (uint8_t)t.used;
	*at = t.at;
}
