/*
 * Random SNMP messages for property tests, from a seeded source, and an encoder that shares nothing
 * with the product's: it goes forward and can choose long lengths and padded numbers as real agents
 * do.
 */
#ifndef TEST_SUPPORT_GEN_H
#define TEST_SUPPORT_GEN_H

#include "base/rng.h"
#include "codec/oid.h"
#include "msg/community.h"

enum { GEN_VARBINDS = 12, GEN_BYTES = 400, GEN_WIRE = 16384 };

struct gen_varbind {
	uint8_t name[SN_OID_MAX_BER]; /* OID, BER content */
	size_t name_n;		      /* octets of name */
	uint8_t bytes[GEN_BYTES];     /* storage of a value that is bytes */
	struct sn_value v;	      /* the value */
};

struct gen_message {
	struct sn_message m;		     /* m.pdu.vbs is empty: see vb */
	uint8_t community[300];		     /* storage */
	uint8_t enterprise[64];		     /* storage, v1 trap */
	uint8_t agent_addr[4];		     /* storage, v1 trap */
	struct gen_varbind vb[GEN_VARBINDS]; /* the varbinds */
	int n;				     /* varbinds in use */
};

/* How gen_encode writes. */
enum gen_style {
	GEN_SHORTEST, /* as RFC 3417 wants it */
	GEN_LENIENT   /* long length forms, padded numbers, leading zeros missing, octets behind the
			 message */
};

/* A valid BER OID of at least two arcs; returns its octets (at most size, at least 64). */
size_t gen_oid(struct sn_rng *r, uint8_t *out, size_t size);

/* A value of a random type; bytes is its storage, GEN_BYTES large. */
void gen_value(struct sn_rng *r, struct sn_value *v, uint8_t *bytes);

/* A message of v1 or v2c with a PDU that its version has. */
void gen_message(struct sn_rng *r, struct gen_message *g);

/* Encodes g forward into out (GEN_WIRE octets); returns the length. r is used by GEN_LENIENT only.
 */
size_t gen_encode(struct sn_rng *r, const struct gen_message *g, enum gen_style style,
		  uint8_t *out);

/* Encodes g with the product's writer into the end of buf; the span of the message. */
struct sn_span gen_write(const struct gen_message *g, uint8_t *buf, size_t size);

/* Whether two values are the same: tag, number bit by bit, bytes. */
bool gen_value_equal(const struct sn_value *a, const struct sn_value *b);

#endif
