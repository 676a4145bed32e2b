/*
 * Object identifiers. Inside sonde an OID is its BER content octets, from the configuration to the
 * wire and back, so that the poll path neither encodes nor decodes one. Arcs (sub-identifiers) are
 * 32-bit unsigned, at most 128 (RFC 2578 §3.5). Pure functions over caller's memory.
 */
#ifndef SN_CODEC_OID_H
#define SN_CODEC_OID_H

#include "base/cursor.h"

#include <stdbool.h>

enum {
	SN_OID_MAX_ARCS = 128,
	SN_OID_MAX_BER = 5 * SN_OID_MAX_ARCS,
	SN_OID_MAX_TEXT = 11 * SN_OID_MAX_ARCS + 1 /* "4294967295." each, and a NUL */
};

/*
 * True when every arc ends, takes at most five octets, fits in 32 bits, and there are at most 128.
 * An empty span is valid and means 0.0: agents send it.
 */
bool sn_oid_valid(struct sn_span ber);

/* Slow part of sn_oid_index_valid: more than one octet. */
bool sn_oid_long_index_valid(struct sn_span index);

/*
 * The same for an index or any other rest of an OID, whose first arc is an arc like all others.
 * Most indexes are one octet, and each varbind of a walk has one.
 */
static inline bool sn_oid_index_valid(struct sn_span index)
{
	return index.n == 1 ? index.p[0] < 0x80 : sn_oid_long_index_valid(index);
}

/*
 * Order of RFC 3416 §4.2.2: arc by arc, a prefix comes first. -1, 0, 1. Both must be valid and
 * minimally encoded; a redundantly encoded arc sorts after all others of its kind, which a walk
 * then sees as "not increasing".
 */
int sn_oid_cmp(struct sn_span a, struct sn_span b);

/*
 * One arc of an OID's rest (after the first two arcs, or of an index). Fails the cursor with
 * SN_EOID (above 32 bits) or SN_ETRUNC (continuation bit on the last octet).
 */
uint32_t sn_oid_read_arc(struct sn_cursor *cur);

/* Writes one arc to out (5 bytes of room), returns the number of bytes. */
size_t sn_oid_write_arc(uint8_t *out, uint32_t arc);

/*
 * Arcs of a whole OID, the first two split. Returns their number (2 or more, 0 for an empty span);
 * SN_EOID: not valid; SN_ESPACE: more than max.
 */
SN_MUST_USE int sn_oid_to_arcs(struct sn_span ber, uint32_t *arcs, size_t max);

/* BER content of arcs. Returns its length; SN_EOID: fewer than 2 or more than 128 arcs, first > 2;
 * SN_ESPACE. */
SN_MUST_USE int sn_oid_from_arcs(const uint32_t *arcs, size_t n, uint8_t *out, size_t size);

/*
 * Dotted decimal, with or without a leading dot, to BER content. Returns the length; SN_EOID: not
 * an OID (a single arc, empty arc, arc above 2^32-1, sign, letter); SN_ESPACE. size: SN_OID_MAX_BER
 * is always enough.
 */
SN_MUST_USE int sn_oid_from_text(const char *text, uint8_t *out, size_t size);

/*
 * Dotted decimal without a leading dot, NUL-terminated; "0.0" for an empty span. Returns its
 * length; SN_EOID, SN_ESPACE.
 */
SN_MUST_USE int sn_oid_to_text(struct sn_span ber, char *out, size_t size);

/* The same for an index: all arcs as they stand, the first is not split. An empty index gives "".
 */
SN_MUST_USE int sn_oid_index_to_text(struct sn_span ber, char *out, size_t size);

#endif
