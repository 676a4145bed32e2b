/*
 * Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding): fields are a
 * tag and a value; what has a length is written forward behind a length of fixed width, which is
 * filled in afterwards. All fields here have numbers below 16: a tag is one octet. Used by
 * enc_otlp* on workers' threads; pure.
 */
#ifndef SN_FORMATS_PB_H
#define SN_FORMATS_PB_H

#include "encode/text.h"

#include <endian.h>

/* Tags of field number n. */
#define SN_PB_VARINT(n) ((uint8_t)((n) << 3))
#define SN_PB_FIXED64(n) ((uint8_t)((n) << 3 | 1))
#define SN_PB_LEN(n) ((uint8_t)((n) << 3 | 2))

enum {
	SN_PB_VARINT_MAX = 10, /* octets of any varint */
	SN_PB_OPEN = 5,	       /* octets that open a message whose length comes later */
	SN_PB_FIXED64_SIZE = 9 /* octets of such a field */
};

/* Longest message that can be opened. */
#define SN_PB_MESSAGE_MAX ((size_t)(1u << 28) - 1)

static inline unsigned sn_pb_varint_size(uint64_t v)
{
	return (unsigned)(70 - __builtin_clzll(v | 1)) / 7;
}

/* Writes v, at most SN_PB_VARINT_MAX octets; returns the end. */
static inline uint8_t *sn_pb_write_varint(uint8_t *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return p;
}

/* Writes a field of eight octets; returns the end. */
static inline uint8_t *sn_pb_write_fixed64(uint8_t *p, uint8_t tag, uint64_t v)
{
	v = htole64(v);
	*p++ = tag;
	memcpy(p, &v, 8);
	return p + 8;
}

static inline uint64_t sn_pb_double(double d)
{
	uint64_t v;

	memcpy(&v, &d, 8);
	return v;
}

static inline void sn_pb_varint(struct sn_text *t, uint8_t tag, uint64_t v)
{
	uint8_t field[1 + SN_PB_VARINT_MAX] = {tag};

	sn_text_put(t, field, (size_t)(sn_pb_write_varint(field + 1, v) - field));
}

static inline void sn_pb_fixed64(struct sn_text *t, uint8_t tag, uint64_t v)
{
	uint8_t field[SN_PB_FIXED64_SIZE];

	sn_text_put(t, field, (size_t)(sn_pb_write_fixed64(field, tag, v) - field));
}

/*
 * Opens a message within the one at hand; returns where its content begins, NULL: no room. The
 * length takes four octets, more than most need: the wire format allows that, and nothing has to be
 * moved or counted beforehand.
 */
uint8_t *sn_pb_open(struct sn_text *t, uint8_t tag);

/* Closes it: the content ends here. At most SN_PB_MESSAGE_MAX octets. */
void sn_pb_close(const struct sn_text *t, uint8_t *content);

/*
 * Opens text, or a message that is likely to be short: its length takes `width` octets, 1 or 2,
 * until it is closed. Returns where the length stands, NULL: no room.
 */
uint8_t *sn_pb_open_short(struct sn_text *t, uint8_t tag, unsigned width);

/* Closes it; a content of 128 octets (16384) or more is moved. */
void sn_pb_close_short(struct sn_text *t, uint8_t *length, unsigned width);

/* A string that is UTF-8, or made so. */
void sn_pb_string(struct sn_text *t, uint8_t tag, struct sn_span s);

/*
 * OpenTelemetry's KeyValue {string key = 1; AnyValue value = 2} with AnyValue {string string_value
 * = 1} and a text that the caller writes between open and close. key: the whole first field, with
 * SN_TEXT_SLACK readable octets behind it.
 */
struct sn_pb_pair {
	uint8_t *pair; /* where the length of the KeyValue stands; NULL: no room */
	uint8_t *text; /* that of the text; the AnyValue's is two octets before */
};

struct sn_pb_pair sn_pb_open_pair(struct sn_text *t, uint8_t tag, struct sn_span key);
void sn_pb_close_pair(struct sn_text *t, const struct sn_pb_pair *pair);

/* The whole of it. */
void sn_pb_pair(struct sn_text *t, uint8_t tag, const char *key, struct sn_span value);

#endif
