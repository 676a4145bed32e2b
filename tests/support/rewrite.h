/*
 * A message that was read, written again by our encoder through its decoded values: the property
 * "decode, encode, decode gives the same" of the fuzz targets and the corpus tests.
 */
#ifndef TEST_SUPPORT_REWRITE_H
#define TEST_SUPPORT_REWRITE_H

#include "msg/community.h"

enum { REWRITE_MAX = 1 << 20 }; /* octets that any datagram needs when written again */

/*
 * Writes m (whose varbinds sn_pdu_check accepted) into the end of out, REWRITE_MAX octets. The span
 * is empty if a value cannot be read or the room does not do, which a test has to call a fault.
 */
struct sn_span rewrite_message(const struct sn_message *m, uint8_t *out);

/* Whether two messages say the same: head, names, decoded values; not their encoding. */
bool rewrite_equal(const struct sn_message *a, const struct sn_message *b);

#endif
