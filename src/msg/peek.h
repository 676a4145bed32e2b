/*
 * What a datagram says about itself before anything is believed: its msgVersion, which decides who
 * reads the rest (RFC 3412 §4.2.1). Pure function.
 */
#ifndef SN_MSG_PEEK_H
#define SN_MSG_PEEK_H

#include "base/err.h"
#include "base/span.h"

/* msgVersion on the wire. */
enum sn_version { SN_VERSION_1 = 0, SN_VERSION_2C = 1, SN_VERSION_3 = 3 };

/*
 * The version of a message of any SNMP version. SN_OK and any INTEGER in *version, known or not;
 * SN_ETAG, SN_ETRUNC, SN_ELENGTH, SN_ERANGE: no SNMP message.
 */
SN_MUST_USE int sn_peek_version(struct sn_span datagram, int32_t *version);

/*
 * A guess at the id by which an answer is matched: request-id, or msgID in version 3. For hints
 * only: nothing is checked, 0 when the datagram does not look usual.
 */
uint32_t sn_peek_id(struct sn_span datagram);

#endif
