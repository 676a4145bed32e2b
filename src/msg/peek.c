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
