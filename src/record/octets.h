/*
 * Octets as snmp_exporter writes them: hex, and addresses of a fixed size. Called where rows are
 * written (output) and where odd values become text (collect/convert.c), on workers' threads; pure.
 */
#ifndef SN_RECORD_OCTETS_H
#define SN_RECORD_OCTETS_H

#include "record/schema.h"

enum {
	SN_OCTETS_PARTS_MAX = 16,    /* of an address */
	SN_OCTETS_ADDRESS_MAX = 144, /* characters of an address; no NUL */
};

/* Parts of an address of this kind: octets, or arcs of an index. 0: the kind has no fixed size. */
static inline uint32_t sn_octets_parts(enum sn_kind kind)
{
	switch (kind) {
	case SN_KIND_PHYS_ADDRESS48:
		return 6;
	case SN_KIND_INET4:
		return 4;
	case SN_KIND_INET6:
		return 16;
	default:
		return 0;
	}
}

/*
 * Writes an address of a kind that has parts: AA:BB:.., dotted quad, eight groups of four digits.
 * Parts above 255, which only an index can have, get the digits they need. out: room for
 * SN_OCTETS_ADDRESS_MAX. Returns the characters written.
 */
size_t sn_octets_address(char *out, enum sn_kind kind, const uint32_t *part);

/* The parts of an address from its octets: missing ones 0, more left out. */
void sn_octets_fill(uint32_t part[SN_OCTETS_PARTS_MAX], struct sn_span s);

/* Writes upper-case hex digits behind 0x, nothing for no octets. out: room for 2 + 2 * s.n.
 * Returns the end of what is written. */
char *sn_octets_hex(char *out, struct sn_span s);

#endif
