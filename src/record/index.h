/*
 * The index of a row, taken apart: which arcs belong to which index label. After snmp_exporter's
 * rules (its indexes, RFC 2578 §7.7), under which arcs that are missing read as 0. Called where
 * labels are written and where other rows are found by them; pure.
 */
#ifndef SN_RECORD_INDEX_H
#define SN_RECORD_INDEX_H

#include "record/schema.h"

enum { SN_INDEX_ARCS = 128 }; /* of an OID, RFC 2578 §3.5 */

/* The arcs of one index label. All positions are at most the number of arcs that are there. */
struct sn_index_part {
	uint8_t from;  /* first arc it takes, those of type and length included */
	uint8_t used;  /* arcs it takes; some may be missing */
	uint8_t first; /* first arc of what it says */
	uint8_t count; /* arcs of what it says; some may be missing */
	uint8_t kind;  /* enum sn_kind of what it says: GAUGE, ENUM, TEXT, HEX, an address */
};

/*
 * Arcs of an index or of an OID's rest (base-128 numbers). Stops at SN_INDEX_ARCS, and before one
 * that does not end. *first: the first one in full, which in an OID's content may have 33 bits.
 * Returns how many.
 */
uint32_t sn_index_read(struct sn_span ber, uint64_t *first, uint32_t arc[SN_INDEX_ARCS]);

/*
 * What an address of a kind that depends on a number is, the one of InetAddressType (RFC 4001) or
 * LldpPortIdSubtype beside it: INET4, INET6, TEXT, PHYS_ADDRESS48; HEX for numbers that are
 * unknown.
 */
enum sn_kind sn_index_kind(enum sn_kind kind, int64_t type);

/* Slow part of sn_index_take: all that is no plain number. */
void sn_index_take_other(const struct sn_index *index, const uint32_t *arc, uint32_t narcs,
			 uint32_t *at, struct sn_index_part *part);

/* What the label takes of narcs arcs (at most SN_INDEX_ARCS) from *at on, which moves behind it. */
static inline void sn_index_take(const struct sn_index *index, const uint32_t *arc, uint32_t narcs,
				 uint32_t *at, struct sn_index_part *part)
{
	if (!sn_kind_is_number(index->kind)) {
		sn_index_take_other(index, arc, narcs, at, part);
		return;
	}
	part->from = part->first = (uint8_t)*at;
	part->used = part->count = 1;
	part->kind = (uint8_t)index->kind;
	*at += *at < narcs;
}

#endif
