/*
 * Random messages and an independent forward encoder, see gen.h.
 */
#include "support/gen.h"

#include <math.h>
#include <stdlib.h>

/* A number whose width is uniform, so that every encoded length is met, and often at its very edge.
 */
static uint64_t gen_number(struct sn_rng *r, unsigned bits)
{
	unsigned width = (unsigned)sn_rng_below(r, bits + 1);
	uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;

	if (sn_rng_below(r, 4) == 0) {
		return mask;
	}
	return sn_rng_u64(r) & mask;
}

static int32_t gen_int32(struct sn_rng *r)
{
	uint32_t v = (uint32_t)gen_number(r, 32);

	return (int32_t)(sn_rng_below(r, 4) ? v : ~v);
}

static size_t gen_bytes(struct sn_rng *r, uint8_t *out, size_t max)
{
	size_t n = sn_rng_below(r, sn_rng_below(r, 4) ? 24 : max + 1);

	for (size_t i = 0; i < n; i++) {
		out[i] = (uint8_t)sn_rng_u64(r);
	}
	return n;
}

/* Seven bits at a time, most significant first: written apart from the product's, on purpose. */
static size_t put_base128(uint8_t *out, uint64_t v)
{
	uint8_t low_first[10];
	size_t n = 0;
	size_t i = 0;

	do {
		low_first[n++] = v & 0x7f;
		v >>= 7;
	} while (v);
	while (n > 0) {
		n--;
		out[i++] = low_first[n] | (n ? 0x80 : 0);
	}
	return i;
}

size_t gen_oid(struct sn_rng *r, uint8_t *out, size_t size)
{
	size_t arcs = 1 + sn_rng_below(r, sn_rng_below(r, 8) ? 16 : SN_OID_MAX_ARCS - 1);
	uint64_t x = sn_rng_below(r, 3);
	size_t n = put_base128(out, 40 * x + (x < 2 ? sn_rng_below(r, 40) : gen_number(r, 32)));

	for (size_t i = 1; i < arcs && n + 5 <= size; i++) {
		n += put_base128(out + n, gen_number(r, sn_rng_below(r, 3) ? 8 : 32));
	}
	return n;
}

void gen_value(struct sn_rng *r, struct sn_value *v, uint8_t *bytes)
{
	static const uint8_t tags[] = {SN_TAG_INTEGER,	      SN_TAG_OCTETS,
				       SN_TAG_NULL,	      SN_TAG_OID,
				       SN_TAG_IPADDRESS,      SN_TAG_COUNTER32,
				       SN_TAG_GAUGE32,	      SN_TAG_TIMETICKS,
				       SN_TAG_OPAQUE,	      SN_TAG_NSAP,
				       SN_TAG_COUNTER64,      SN_TAG_UINTEGER32,
				       SN_TAG_FLOAT,	      SN_TAG_DOUBLE,
				       SN_TAG_NO_SUCH_OBJECT, SN_TAG_NO_SUCH_INSTANCE,
				       SN_TAG_END_OF_MIB_VIEW};
	uint64_t bits = sn_rng_u64(r);
	float f;

	memset(v, 0, sizeof(*v));
	v->tag = tags[sn_rng_below(r, sizeof(tags))];
	switch (v->tag) {
	case SN_TAG_INTEGER:
		v->i = gen_int32(r);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
		v->u = gen_number(r, 32);
		break;
	case SN_TAG_COUNTER64:
		v->u = gen_number(r, 64);
		break;
	case SN_TAG_OID:
		v->bytes = sn_span_make(bytes, gen_oid(r, bytes, GEN_BYTES));
		break;
	case SN_TAG_IPADDRESS:
		memcpy(bytes, &bits, 4);
		v->bytes = sn_span_make(bytes, 4);
		break;
	case SN_TAG_FLOAT:
		memcpy(&f, &bits, sizeof(f));
		v->d = isfinite(f) ? (double)f : 1.5; /* NaN need not keep its bits */
		break;
	case SN_TAG_DOUBLE:
		memcpy(&v->d, &bits, sizeof(v->d));
		break;
	case SN_TAG_OPAQUE:
	case SN_TAG_OCTETS:
	case SN_TAG_NSAP:
		v->bytes = sn_span_make(bytes, gen_bytes(r, bytes, GEN_BYTES));
		break;
	default:
		break;
	}
}

void gen_message(struct sn_rng *r, struct gen_message *g)
{
	static const uint8_t v1[] = {SN_PDU_GET, SN_PDU_GETNEXT, SN_PDU_RESPONSE, SN_PDU_SET,
				     SN_PDU_TRAP_V1};
	static const uint8_t v2[] = {SN_PDU_GET,     SN_PDU_GETNEXT, SN_PDU_RESPONSE,
				     SN_PDU_SET,     SN_PDU_GETBULK, SN_PDU_INFORM,
				     SN_PDU_TRAP_V2, SN_PDU_REPORT};
	struct sn_pdu *pdu = &g->m.pdu;

	memset(&g->m, 0, sizeof(g->m));
	g->m.version = sn_rng_below(r, 2) ? SN_VERSION_2C : SN_VERSION_1;
	g->m.community = sn_span_make(g->community, gen_bytes(r, g->community, 300));
	pdu->type = g->m.version == SN_VERSION_1 ? v1[sn_rng_below(r, sizeof(v1))]
						 : v2[sn_rng_below(r, sizeof(v2))];
	if (pdu->type == SN_PDU_TRAP_V1) {
		uint64_t addr = sn_rng_u64(r);

		memcpy(g->agent_addr, &addr, 4);
		pdu->trap.enterprise = sn_span_make(g->enterprise, gen_oid(r, g->enterprise,
									   sizeof(g->enterprise)));
		pdu->trap.agent_addr = sn_span_make(g->agent_addr, 4);
		pdu->trap.generic = gen_int32(r);
		pdu->trap.specific = gen_int32(r);
		pdu->trap.timestamp = (uint32_t)gen_number(r, 32);
	} else {
		pdu->request_id = gen_int32(r);
		pdu->status = gen_int32(r);
		pdu->index = gen_int32(r);
	}
	g->n = (int)sn_rng_below(r, sn_rng_below(r, 3) ? 4 : GEN_VARBINDS + 1);
	for (int i = 0; i < g->n; i++) {
		g->vb[i].name_n = gen_oid(r, g->vb[i].name, sizeof(g->vb[i].name));
		gen_value(r, &g->vb[i].v, g->vb[i].bytes);
	}
}

struct sn_span gen_write(const struct gen_message *g, uint8_t *buf, size_t size)
{
	uint8_t list[GEN_WIRE];
	struct sn_writer vbs = sn_writer_make(list, sizeof(list));
	struct sn_writer w = sn_writer_make(buf, size);
	struct sn_message m = g->m;

	for (int i = g->n - 1; i >= 0; i--) {
		const struct gen_varbind *vb = &g->vb[i];

		sn_varbind_write(&vbs, sn_span_make(vb->name, vb->name_n), &vb->v);
	}
	m.pdu.vbs = sn_writer_span(&vbs);
	sn_community_write(&w, &m);
	if (vbs.err || w.err) {
		abort();
	}
	return sn_writer_span(&w);
}

bool gen_value_equal(const struct sn_value *a, const struct sn_value *b)
{
	if (a->tag != b->tag) {
		return false;
	}
	switch (a->tag) {
	case SN_TAG_INTEGER:
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
	case SN_TAG_COUNTER64:
		return a->u == b->u;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		return memcmp(&a->d, &b->d, sizeof(a->d)) == 0;
	case SN_TAG_OCTETS:
	case SN_TAG_OID:
	case SN_TAG_IPADDRESS:
	case SN_TAG_OPAQUE:
	case SN_TAG_NSAP:
		return sn_span_eq(a->bytes, b->bytes);
	default:
		return true;
	}
}
