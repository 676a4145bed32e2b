/*
 * One line of a recording (.snmprec, as snmpsim reads it): OID|tag|value. Pure functions.
 */
#ifndef SN_RECORDER_LINE_H
#define SN_RECORDER_LINE_H

#include "codec/value.h"

/*
 * Writes "1.3.6.1.2.1.1.5.0|4|name" without line end. Octets that are not all printable, or begin
 * or end with a blank, go in hexadecimal (tag 4x). Returns the length; SN_ESPACE: more than size;
 * SN_EOID, SN_ETAG: what the format has no tag for; SN_ELENGTH, SN_ERANGE: no value of its type.
 */
SN_MUST_USE int sn_line_write(struct sn_span name, uint8_t tag, struct sn_span content, char *out,
			      size_t size);

#endif
