/*
 * The version of a datagram, see peek.h. session calls it for each datagram received, on worker
 * threads.
 */
#include "msg/peek.h"

#include "codec/ber.h"

int sn_peek_version(struct sn_span datagram, int32_t *version)
{
	struct sn_cursor outer = sn_cursor_make(datagram);
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));

	*version = sn_ber_read_int32(&cur);
	return outer.err ? outer.err : cur.err;
}

/* Octets of a length, short or long. */
static size_t length_octets(uint8_t first)
{
	return first < 0x80 ? 1 : 1 + (first & 0x7fu);
}

uint32_t sn_peek_id(struct sn_span datagram)
{
	const uint8_t *p = datagram.p;
	size_t at;

	if (datagram.n < 32) {
		return 0;
	}
	at = 1 + length_octets(p[1]) + 3; /* behind the version */
	at = at < 16 ? at : 0;
	if (p[at] == SN_TAG_OCTETS) {
		at += 2 + p[at + 1]; /* the community, then the PDU */
	}
	if (at + 16 > datagram.n) {
		return 0;
	}
	at += 1 + length_octets(p[at + 1]);
	if (at + 6 > datagram.n || p[at] != SN_TAG_INTEGER || p[at + 1] != 4) {
		return 0;
	}
	return (uint32_t)sn_ber_be(p + at + 2, 4);
}
