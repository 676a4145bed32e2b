/*
 * SMI values, see value.h. Reading is on the row path; writing serves requests with values, the
 * agent side and notifications.
 */
#include "codec/value.h"

#include "codec/oid.h"

const uint8_t sn_value_numbers[256] = {
	[SN_TAG_INTEGER] = SN_VALUE_SIGNED,	 [SN_TAG_COUNTER32] = SN_VALUE_UP_TO_32,
	[SN_TAG_GAUGE32] = SN_VALUE_UP_TO_32,	 [SN_TAG_TIMETICKS] = SN_VALUE_UP_TO_32,
	[SN_TAG_UINTEGER32] = SN_VALUE_UP_TO_32, [SN_TAG_COUNTER64] = SN_VALUE_UP_TO_64,
};

/* Opaque content of a wrapped number: 9f 78 04 <float> or 9f 79 08 <double>. */
enum { OPAQUE_EXTENSION = 0x9f, OPAQUE_FLOAT = 0x78, OPAQUE_DOUBLE = 0x79 };

static uint64_t read_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		v = v << 8 | p[i];
	}
	return v;
}

static void read_opaque(struct sn_span s, struct sn_value *v)
{
	v->bytes = s;
	if (s.n == 7 && s.p[0] == OPAQUE_EXTENSION && s.p[1] == OPAQUE_FLOAT && s.p[2] == 4) {
		uint32_t bits = (uint32_t)read_be(s.p + 3, 4);
		float f;

		memcpy(&f, &bits, sizeof(f));
		v->tag = SN_TAG_FLOAT;
		v->d = (double)f;
	} else if (s.n == 11 && s.p[0] == OPAQUE_EXTENSION && s.p[1] == OPAQUE_DOUBLE &&
		   s.p[2] == 8) {
		uint64_t bits = read_be(s.p + 3, 8);

		v->tag = SN_TAG_DOUBLE;
		memcpy(&v->d, &bits, sizeof(v->d));
	}
}

int sn_value_read_other(uint8_t tag, struct sn_span s, struct sn_value *v)
{
	v->tag = tag;
	switch (tag) {
	case SN_TAG_OCTETS:
	case SN_TAG_NSAP:
		v->bytes = s;
		return SN_OK;
	case SN_TAG_OPAQUE:
		read_opaque(s, v);
		return SN_OK;
	case SN_TAG_OID:
		v->bytes = s;
		return sn_oid_valid(s) ? SN_OK : SN_EOID;
	case SN_TAG_IPADDRESS:
		v->bytes = s;
		return s.n == 4 ? SN_OK : SN_ELENGTH;
	case SN_TAG_NULL:
	case SN_TAG_NO_SUCH_OBJECT:
	case SN_TAG_NO_SUCH_INSTANCE:
	case SN_TAG_END_OF_MIB_VIEW:
		v->u = 0;
		return s.n == 0 ? SN_OK : SN_ELENGTH;
	default:
		return SN_ETAG;
	}
}

static void write_opaque_number(struct sn_writer *w, const struct sn_value *v)
{
	uint8_t content[11] = {OPAQUE_EXTENSION};
	uint64_t bits;
	size_t width;

	if (v->tag == SN_TAG_FLOAT) {
		float f = (float)v->d;
		uint32_t b;

		memcpy(&b, &f, sizeof(b));
		bits = b;
		width = 4;
		content[1] = OPAQUE_FLOAT;
	} else {
		memcpy(&bits, &v->d, sizeof(bits));
		width = 8;
		content[1] = OPAQUE_DOUBLE;
	}
	content[2] = (uint8_t)width;
	for (size_t i = 0; i < width; i++) {
		content[3 + i] = (uint8_t)(bits >> (8 * (width - 1 - i)));
	}
	sn_ber_write_tlv(w, SN_TAG_OPAQUE, sn_span_make(content, 3 + width));
}

void sn_value_write(struct sn_writer *w, const struct sn_value *v)
{
	switch (v->tag) {
	case SN_TAG_INTEGER:
		sn_ber_write_int(w, v->tag, v->i);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
	case SN_TAG_COUNTER64:
		sn_ber_write_uint(w, v->tag, v->u);
		break;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		write_opaque_number(w, v);
		break;
	case SN_TAG_NULL:
	case SN_TAG_NO_SUCH_OBJECT:
	case SN_TAG_NO_SUCH_INSTANCE:
	case SN_TAG_END_OF_MIB_VIEW:
		sn_ber_write_header(w, v->tag, 0);
		break;
	default:
		sn_ber_write_tlv(w, v->tag, v->bytes);
		break;
	}
}

const char *sn_value_type_name(uint8_t tag)
{
	static const struct {
		uint8_t tag;	  /* enum sn_tag */
		const char *name; /* as RFC 3416 and RFC 2578 spell it */
	} names[] = {
		{SN_TAG_INTEGER, "INTEGER"},
		{SN_TAG_OCTETS, "OCTET STRING"},
		{SN_TAG_NULL, "NULL"},
		{SN_TAG_OID, "OBJECT IDENTIFIER"},
		{SN_TAG_IPADDRESS, "IpAddress"},
		{SN_TAG_COUNTER32, "Counter32"},
		{SN_TAG_GAUGE32, "Gauge32"},
		{SN_TAG_TIMETICKS, "TimeTicks"},
		{SN_TAG_OPAQUE, "Opaque"},
		{SN_TAG_NSAP, "NsapAddress"},
		{SN_TAG_COUNTER64, "Counter64"},
		{SN_TAG_UINTEGER32, "UInteger32"},
		{SN_TAG_FLOAT, "Float"},
		{SN_TAG_DOUBLE, "Double"},
		{SN_TAG_NO_SUCH_OBJECT, "noSuchObject"},
		{SN_TAG_NO_SUCH_INSTANCE, "noSuchInstance"},
		{SN_TAG_END_OF_MIB_VIEW, "endOfMibView"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].tag == tag) {
			return names[i].name;
		}
	}
	return "unknown";
}
