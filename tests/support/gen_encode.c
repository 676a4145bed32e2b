/*
 * The forward encoder of gen.h: every TLV is built in a buffer of its own and copied into its
 * parent, so that lengths may take any form. Slow and plain; nothing of it comes from the product's
 * writer.
 */
#include "support/gen.h"

#include <stdlib.h>

struct out {
	struct sn_rng *r;    /* random choices, NULL for the shortest forms */
	size_t n;	     /* octets so far */
	uint8_t b[GEN_WIRE]; /* the octets */
};

static void put(struct out *o, const void *p, size_t n)
{
	if (n > sizeof(o->b) - o->n) {
		abort();
	}
	if (n) {
		memcpy(o->b + o->n, p, n);
	}
	o->n += n;
}

static void put_u8(struct out *o, uint8_t v)
{
	put(o, &v, 1);
}

/* Tag, length in a form that may be longer than needed, content. */
static void put_tlv(struct out *o, uint8_t tag, const void *content, size_t n)
{
	unsigned octets = n < 0x80 ? 0 : (n < 0x100 ? 1 : 2);

	if (o->r && sn_rng_below(o->r, 3) == 0) {
		octets += (unsigned)sn_rng_below(o->r, 5 - octets);
	}
	put_u8(o, tag);
	if (octets == 0) {
		put_u8(o, (uint8_t)n);
	} else {
		put_u8(o, (uint8_t)(0x80 + octets));
		while (octets--) {
			put_u8(o, (uint8_t)(n >> 8 * octets));
		}
	}
	put(o, content, n);
}

/* Two's complement of 8 octets cut to what is needed, then perhaps padded with sign octets again.
 */
static void put_int(struct out *o, uint8_t tag, int64_t v)
{
	uint8_t b[12];
	uint8_t sign = v < 0 ? 0xff : 0x00;
	size_t from = 4;

	memset(b, sign, 4);
	for (size_t i = 0; i < 8; i++) {
		b[4 + i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
	}
	while (from < 11 && b[from] == sign && (b[from + 1] & 0x80) == (sign & 0x80)) {
		from++;
	}
	if (o->r && sn_rng_below(o->r, 3) == 0) {
		from -= sn_rng_below(o->r, from + 1);
	}
	put_tlv(o, tag, b + from, sizeof(b) - from);
}

static void put_uint(struct out *o, uint8_t tag, uint64_t v)
{
	uint8_t b[13] = {0};
	size_t from = 5;

	for (size_t i = 0; i < 8; i++) {
		b[5 + i] = (uint8_t)(v >> (56 - 8 * i));
	}
	while (from < 12 && b[from] == 0) {
		from++;
	}
	if (b[from] & 0x80 && !(o->r && sn_rng_below(o->r, 2))) {
		from--; /* the leading zero that half of the lenient ones leave out */
	}
	if (o->r && sn_rng_below(o->r, 3) == 0) {
		from -= sn_rng_below(o->r, from + 1);
	}
	put_tlv(o, tag, b + from, sizeof(b) - from);
}

static void put_float(struct out *o, const struct sn_value *v)
{
	uint8_t b[11] = {0x9f, 0x79, 0x08};
	uint64_t bits;
	float f = (float)v->d;

	if (v->tag == SN_TAG_FLOAT) {
		uint32_t b32;

		memcpy(&b32, &f, sizeof(b32));
		bits = (uint64_t)b32 << 32;
		b[1] = 0x78;
		b[2] = 0x04;
	} else {
		memcpy(&bits, &v->d, sizeof(bits));
	}
	for (size_t i = 0; i < 8; i++) {
		b[3 + i] = (uint8_t)(bits >> (56 - 8 * i));
	}
	put_tlv(o, SN_TAG_OPAQUE, b, 3u + b[2]);
}

static void put_value(struct out *o, const struct sn_value *v)
{
	switch (v->tag) {
	case SN_TAG_INTEGER:
		put_int(o, v->tag, v->i);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
	case SN_TAG_COUNTER64:
		put_uint(o, v->tag, v->u);
		break;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		put_float(o, v);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OID:
	case SN_TAG_IPADDRESS:
	case SN_TAG_OPAQUE:
	case SN_TAG_NSAP:
		put_tlv(o, v->tag, v->bytes.p, v->bytes.n);
		break;
	default:
		put_tlv(o, v->tag, NULL, 0);
		break;
	}
}

/* One buffer for each level of nesting: a message has a fixed depth. */
enum level { DATAGRAM, BODY, PDU, LIST, VARBIND, LEVELS };

static struct out levels[LEVELS];

static struct out *out_at(enum level level, struct sn_rng *r)
{
	levels[level].r = r;
	levels[level].n = 0;
	return &levels[level];
}

/* Wraps inner as one TLV at the end of o. */
static void put_nested(struct out *o, uint8_t tag, const struct out *inner)
{
	put_tlv(o, tag, inner->b, inner->n);
}

static struct out *encode_varbinds(struct sn_rng *r, const struct gen_message *g)
{
	struct out *list = out_at(LIST, r);

	for (int i = 0; i < g->n; i++) {
		struct out *vb = out_at(VARBIND, r);

		put_tlv(vb, SN_TAG_OID, g->vb[i].name, g->vb[i].name_n);
		put_value(vb, &g->vb[i].v);
		put_nested(list, SN_TAG_SEQUENCE, vb);
	}
	return list;
}

static struct out *encode_pdu(struct sn_rng *r, const struct gen_message *g)
{
	const struct sn_pdu *pdu = &g->m.pdu;
	struct out *o = out_at(PDU, r);

	if (pdu->type == SN_PDU_TRAP_V1) {
		put_tlv(o, SN_TAG_OID, pdu->trap.enterprise.p, pdu->trap.enterprise.n);
		put_tlv(o, SN_TAG_IPADDRESS, pdu->trap.agent_addr.p, pdu->trap.agent_addr.n);
		put_int(o, SN_TAG_INTEGER, pdu->trap.generic);
		put_int(o, SN_TAG_INTEGER, pdu->trap.specific);
		put_uint(o, SN_TAG_TIMETICKS, pdu->trap.timestamp);
	} else {
		put_int(o, SN_TAG_INTEGER, pdu->request_id);
		put_int(o, SN_TAG_INTEGER, pdu->status);
		put_int(o, SN_TAG_INTEGER, pdu->index);
	}
	put_nested(o, SN_TAG_SEQUENCE, encode_varbinds(r, g));
	return o;
}

size_t gen_encode(struct sn_rng *r, const struct gen_message *g, enum gen_style style, uint8_t *out)
{
	struct sn_rng *choices = style == GEN_LENIENT ? r : NULL;
	struct out *body = out_at(BODY, choices);
	struct out *datagram = out_at(DATAGRAM, choices);

	put_int(body, SN_TAG_INTEGER, g->m.version);
	put_tlv(body, SN_TAG_OCTETS, g->m.community.p, g->m.community.n);
	put_nested(body, g->m.pdu.type, encode_pdu(choices, g));
	put_nested(datagram, SN_TAG_SEQUENCE, body);
	if (choices && sn_rng_below(r, 4) == 0) {
		/* a printer pads its datagrams with zeros */
		for (size_t i = sn_rng_below(r, 50); i > 0; i--) {
			put_u8(datagram, 0);
		}
	}
	memcpy(out, datagram->b, datagram->n);
	return datagram->n;
}
