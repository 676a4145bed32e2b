/*
 * Between the files of the tracer only: trace.c (a message and its circumstances), trace_text.c
 * (octets, values, PDUs) and trace_v3.c (what only SNMPv3 has).
 */
#ifndef SN_OBSERVE_TRACE_INT_H
#define SN_OBSERVE_TRACE_INT_H

#include "codec/pdu.h"

/* Text that grows to the right and stops at the end of its room. */
struct sn_trace_text {
	char *p;     /* next character */
	size_t left; /* room, NUL included, at least 1 */
};

/* Adds as printf does. */
void sn_trace_add(struct sn_trace_text *t, const char *fmt, ...) SN_PRINTF(2, 3);

/* Adds octets in hexadecimal; of many only the first and their number. */
void sn_trace_add_hex(struct sn_trace_text *t, struct sn_span s);

/* Adds octets in quotes if a person can read them, else in hexadecimal. */
void sn_trace_add_octets(struct sn_trace_text *t, struct sn_span s);

/* Adds a line for the PDU and one for each of its varbinds. */
void sn_trace_add_pdu(struct sn_trace_text *t, const struct sn_pdu *pdu);

/*
 * True for a datagram that is framed as SNMPv3 is: after msgVersion 3 comes a SEQUENCE, where v1
 * and v2c have their community. Nothing in such a message is secret as long as it stays encrypted.
 */
bool sn_trace_v3_is(struct sn_span data);

/* Adds the lines of such a datagram. scoped: its ScopedPDU in clear if it is encrypted and the
 * session could open it, else empty. */
void sn_trace_v3_add(struct sn_trace_text *t, struct sn_span data, struct sn_span scoped);

#endif
