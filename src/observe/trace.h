/*
 * --trace TARGET: every message to and from one agent, decoded and timed, as text a person can
 * read. Communities are masked. The text is written in one piece per message, so lines of several
 * threads never mix.
 */
#ifndef SN_OBSERVE_TRACE_H
#define SN_OBSERVE_TRACE_H

#include "base/addr.h"
#include "base/span.h"

/* One message and its circumstances. */
struct sn_trace_message {
	uint64_t wall;		    /* Unix ns */
	uint64_t since_start;	    /* ns since tracing began */
	const struct sn_addr *peer; /* the other side */
	struct sn_span data;	    /* the datagram */
	struct sn_span scoped;	    /* version 3 with privacy: the ScopedPDU in clear, else empty */
	const char *note;	    /* what became of it */
	uint64_t rtt_ns;	    /* of an answer that was taken, else 0 */
	bool sent;		    /* true: from us */
};

/*
 * Writes the message as text into out, NUL-terminated, cut at size. Names and values of all
 * varbinds are shown, those of an encrypted PDU if scoped is there; what does not decode is shown
 * in hexadecimal, but for a message of v1 or v2c whose community cannot be told apart. Keys and
 * passwords are in no message. Returns the length.
 */
size_t sn_trace_format(const struct sn_trace_message *m, char *out, size_t size);

#endif
