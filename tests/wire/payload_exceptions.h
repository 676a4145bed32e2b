/*
 * The datagrams of the payload corpus where we differ from what Net-SNMP and pysnmp agree on, one
 * by one. All of them are of the PROTOS suite; none comes from a real device.
 */
#ifndef TEST_WIRE_PAYLOAD_EXCEPTIONS_H
#define TEST_WIRE_PAYLOAD_EXCEPTIONS_H

enum exception {
	/*
	 * Both accept, we refuse with SN_ELENGTH: a length in eight octets (88 00 00 00 00 00 00 00
	 * 01). More than four length octets are refused unseen, since no message is that long and
	 * overflows start there.
	 */
	REFUSED_LENGTH_OF_LENGTH,
	/*
	 * All accept, the number differs: an INTEGER below -2^31, which RFC 3416 does not allow. We
	 * keep its low 32 bits; Net-SNMP negates them, pysnmp keeps the whole number.
	 */
	LOW_BITS_OF_NEGATIVE
};

static const struct {
	size_t number;	     /* in the corpus */
	enum exception kind; /* how we differ */
} exceptions[] = {
	{14605, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, version */
	{14847, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, error-status */
	{14910, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, error-index */
	{15333, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, INTEGER value */
	{15452, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, Counter32 value */
	{15513, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, Gauge32 value */
	{15573, REFUSED_LENGTH_OF_LENGTH}, /* GetRequest, TimeTicks value */
	{22511, REFUSED_LENGTH_OF_LENGTH}, /* GetNextRequest, error-status */
	{22574, REFUSED_LENGTH_OF_LENGTH}, /* GetNextRequest, error-index */
	{22998, REFUSED_LENGTH_OF_LENGTH}, /* GetNextRequest, INTEGER value */
	{23118, REFUSED_LENGTH_OF_LENGTH}, /* GetNextRequest, Counter32 value */
	{23179, REFUSED_LENGTH_OF_LENGTH}, /* GetNextRequest, Gauge32 value */
	{23240, REFUSED_LENGTH_OF_LENGTH}, /* GetNextRequest, TimeTicks value */
	{29207, REFUSED_LENGTH_OF_LENGTH}, /* SetRequest, error-status */
	{29266, REFUSED_LENGTH_OF_LENGTH}, /* SetRequest, error-index */
	{29679, REFUSED_LENGTH_OF_LENGTH}, /* SetRequest, INTEGER value */
	{29797, REFUSED_LENGTH_OF_LENGTH}, /* SetRequest, Counter32 value */
	{29856, REFUSED_LENGTH_OF_LENGTH}, /* SetRequest, Gauge32 value */
	{29915, REFUSED_LENGTH_OF_LENGTH}, /* SetRequest, TimeTicks value */
	{50755, REFUSED_LENGTH_OF_LENGTH}, /* Trap, version */
	{51050, REFUSED_LENGTH_OF_LENGTH}, /* Trap, generic-trap */
	{51109, REFUSED_LENGTH_OF_LENGTH}, /* Trap, specific-trap */
	{51404, REFUSED_LENGTH_OF_LENGTH}, /* Trap, INTEGER value */
	{51699, REFUSED_LENGTH_OF_LENGTH}, /* Trap, Counter32 value */
	{51758, REFUSED_LENGTH_OF_LENGTH}, /* Trap, Gauge32 value */
	{791, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, request-id -142929835591 */
	{792, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, request-id -142929835592 */
	{796, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, request-id -285960729237 */
	{797, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, request-id -285960729238 */
	{798, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, request-id -285960729239 */
	{1238, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, error-status -142929835591 */
	{1239, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, error-status -142929835592 */
	{1240, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, error-status -142929835592 */
	{1244, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, error-status -285960729237 */
	{1245, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, error-status -285960729238 */
	{1246, LOW_BITS_OF_NEGATIVE},	   /* GetRequest, error-status -285960729239 */
	{7906, LOW_BITS_OF_NEGATIVE},	   /* GetNextRequest, error-status -142929835591 */
	{7907, LOW_BITS_OF_NEGATIVE},	   /* GetNextRequest, error-status -142929835592 */
	{7908, LOW_BITS_OF_NEGATIVE},	   /* GetNextRequest, error-status -142929835592 */
	{7912, LOW_BITS_OF_NEGATIVE},	   /* GetNextRequest, error-status -285960729237 */
	{7913, LOW_BITS_OF_NEGATIVE},	   /* GetNextRequest, error-status -285960729238 */
	{7914, LOW_BITS_OF_NEGATIVE},	   /* GetNextRequest, error-status -285960729239 */
	{9635, LOW_BITS_OF_NEGATIVE},	   /* SetRequest, error-status -142929835591 */
	{9636, LOW_BITS_OF_NEGATIVE},	   /* SetRequest, error-status -142929835592 */
	{9637, LOW_BITS_OF_NEGATIVE},	   /* SetRequest, error-status -142929835592 */
	{9641, LOW_BITS_OF_NEGATIVE},	   /* SetRequest, error-status -285960729237 */
	{9642, LOW_BITS_OF_NEGATIVE},	   /* SetRequest, error-status -285960729238 */
	{9643, LOW_BITS_OF_NEGATIVE},	   /* SetRequest, error-status -285960729239 */
};

#endif
