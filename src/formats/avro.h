/*
 * Avro's binary encoding (Avro 1.11, "Data Serialization and Deserialization"): zig-zag varints,
 * texts behind their length, arrays and maps in blocks behind their count. Used by enc_avro*.c on
 * workers' threads; pure.
 */
#ifndef SN_FORMATS_AVRO_H
#define SN_FORMATS_AVRO_H

#include "encode/text.h"

#include <endian.h>

enum {
	SN_AVRO_LONG_MAX = 10,	/* octets of any long */
	SN_AVRO_LONG_ROOM = 16, /* octets that any long needs while it is written */
	SN_AVRO_BLOCK_MAX = 63	/* items of a block: their count takes one octet */
};

/* Zig-zag: small numbers of either sign become small. */
static inline uint64_t sn_avro_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

/* Spreads the low 56 bits, seven to an octet. */
static inline uint64_t sn_avro_spread(uint64_t v)
{
	v = (v & UINT64_C(0x00fffffff0000000)) << 4 | (v & UINT64_C(0x000000000fffffff));
	v = (v & UINT64_C(0x0fffc0000fffc000)) << 2 | (v & UINT64_C(0x00003fff00003fff));
	return (v & UINT64_C(0x3f803f803f803f80)) << 1 | (v & UINT64_C(0x007f007f007f007f));
}

/* Writes a long, with room for SN_AVRO_LONG_ROOM octets; returns the end. */
static inline uint8_t *sn_avro_write_long(uint8_t *p, int64_t number)
{
	const uint64_t more = UINT64_C(0x8080808080808080);
	uint64_t v = sn_avro_zigzag(number);
	uint64_t octets;
	unsigned n;

	if (v < 0x80) {
		*p = (uint8_t)v;
		return p + 1;
	}
	octets = sn_avro_spread(v);
	if (v >> 56 == 0) {
		n = (unsigned)(70 - __builtin_clzll(v)) / 7; /* 2 to 8 */
		octets = htole64(octets | (more & ((UINT64_C(1) << (8 * (n - 1))) - 1)));
		memcpy(p, &octets, 8);
		return p + n;
	}
	octets = htole64(octets | more);
	memcpy(p, &octets, 8);
	v >>= 56;
	if (v < 0x80) {
		p[8] = (uint8_t)v;
		return p + 9;
	}
	p[8] = (uint8_t)(v | 0x80);
	p[9] = 1;
	return p + 10;
}

static inline void sn_avro_long(struct sn_text *t, int64_t v)
{
	uint8_t octets[SN_AVRO_LONG_ROOM];

	sn_text_put(t, octets, (size_t)(sn_avro_write_long(octets, v) - octets));
}

/* Also a branch of a union of two: 0 or 1, a zig-zag 0 or 2. */
static inline void sn_avro_branch(struct sn_text *t, bool second)
{
	sn_text_char(t, second ? 2 : 0);
}

static inline void sn_avro_boolean(struct sn_text *t, bool b)
{
	sn_text_char(t, b);
}

static inline void sn_avro_double(struct sn_text *t, double d)
{
	uint64_t v;

	memcpy(&v, &d, 8);
	v = htole64(v);
	sn_text_put(t, &v, 8);
}

/* Opens a text, whose length takes one octet until it is closed. Returns where that stands, NULL:
 * no room. */
uint8_t *sn_avro_open_text(struct sn_text *t);

/* Closes it; 64 octets or more are moved. */
void sn_avro_close_text(struct sn_text *t, uint8_t *length);

/* A string that is UTF-8, or made so. */
void sn_avro_string(struct sn_text *t, struct sn_span s);

/* The items of an array or map under way. */
struct sn_avro_items {
	uint8_t *count; /* where the count of the block stands, NULL: no block is open */
	unsigned n;	/* items in it */
};

/* Counts one more item, which comes next; opens a block where one is needed. */
static inline void sn_avro_item(struct sn_text *t, struct sn_avro_items *items)
{
	if (items->n == SN_AVRO_BLOCK_MAX) {
		*items = (struct sn_avro_items){.count = NULL};
	}
	if (!items->count) {
		if (t->p == t->end) {
			t->full = true;
			return;
		}
		items->count = t->p++;
	}
	*items->count = (uint8_t)(++items->n * 2);
}

/* Takes back the last item, before which the items were `before`. */
static inline void sn_avro_undo(struct sn_avro_items *items, struct sn_avro_items before)
{
	*items = before;
	if (items->count) {
		*items->count = (uint8_t)(items->n * 2);
	}
}

/* Ends the array or map. */
static inline void sn_avro_end(struct sn_text *t)
{
	sn_text_char(t, 0);
}

#endif
