/*
 * SMI values (RFC 2578 §7, RFC 3416 §3): what a varbind's tag and content mean. Read lazily, only
 * for the varbinds somebody wants. Opaque-wrapped float and double (Net-SNMP's and everybody's
 * convention) become types of their own. Pure functions; byte values borrow from the input.
 */
#ifndef SN_CODEC_VALUE_H
#define SN_CODEC_VALUE_H

#include "codec/ber.h"

struct sn_value {
	uint8_t tag; /* enum sn_tag; SN_TAG_FLOAT and SN_TAG_DOUBLE for Opaque-wrapped ones */
	union {
		int64_t i;	      /* INTEGER */
		uint64_t u;	      /* Counter32, Gauge32, TimeTicks, Counter64, UInteger32 */
		double d;	      /* float, double */
		struct sn_span bytes; /* OCTET STRING, OBJECT IDENTIFIER (BER content), IpAddress,
					 Opaque, NSAP */
	};
};

/* sn_value_read for all that is no whole number. */
SN_MUST_USE int sn_value_read_other(uint8_t tag, struct sn_span content, struct sn_value *v);

/* What whole number a tag means. */
enum sn_value_number {
	SN_VALUE_NO_NUMBER, /* none */
	SN_VALUE_UP_TO_32,  /* Counter32, Gauge32, TimeTicks, UInteger32 */
	SN_VALUE_UP_TO_64,  /* Counter64 */
	SN_VALUE_SIGNED	    /* INTEGER */
};

extern const uint8_t sn_value_numbers[256]; /* enum sn_value_number of every tag */

/* Counter32, Gauge32, TimeTicks, Counter64, UInteger32. */
static inline bool sn_value_is_unsigned(uint8_t tag)
{
	uint8_t number = sn_value_numbers[tag];

	return number == SN_VALUE_UP_TO_32 || number == SN_VALUE_UP_TO_64;
}

/*
 * Decodes content under tag. NULL and the three exceptions have no payload.
 * SN_ETAG: no SMI type; SN_ELENGTH: length impossible for the type; SN_ERANGE: number too large;
 * SN_EOID.
 */
SN_MUST_USE static inline int sn_value_read(uint8_t tag, struct sn_span content, struct sn_value *v)
{
	if (sn_value_is_unsigned(tag)) {
		v->tag = tag;
		return sn_ber_uint(content, tag == SN_TAG_COUNTER64 ? 64 : 32, &v->u);
	}
	if (tag == SN_TAG_INTEGER) {
		v->tag = tag;
		return sn_ber_int(content, &v->i);
	}
	return sn_value_read_other(tag, content, v);
}

/* Writes the TLV. SN_TAG_FLOAT and SN_TAG_DOUBLE are wrapped in Opaque. Errors stick to the writer.
 */
void sn_value_write(struct sn_writer *w, const struct sn_value *v);

/* Whether a tag uses i, u or d of struct sn_value. */
static inline bool sn_value_is_number(uint8_t tag)
{
	return sn_value_is_unsigned(tag) || tag == SN_TAG_INTEGER || tag == SN_TAG_FLOAT ||
	       tag == SN_TAG_DOUBLE;
}

/* noSuchObject, noSuchInstance or endOfMibView. */
static inline bool sn_value_is_exception(uint8_t tag)
{
	return tag >= SN_TAG_NO_SUCH_OBJECT && tag <= SN_TAG_END_OF_MIB_VIEW;
}

/* "Counter64", "OCTET STRING", ...; "unknown" for no SMI type. */
const char *sn_value_type_name(uint8_t tag);

#endif
