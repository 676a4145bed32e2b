/*
 * UTF-8 (RFC 3629): what is a character, and text without what is none. Called by base/regex.c on
 * workers' threads; pure.
 */
#ifndef SN_BASE_UTF8_H
#define SN_BASE_UTF8_H

#include "base/span.h"

/*
 * Octets of the character at s, of which n > 0 octets are there; 0: they are none (RFC 3629 §4: no
 * surrogate, nothing above U+10FFFF, nothing overlong).
 */
size_t sn_utf8_length(const uint8_t *s, size_t n);

/* The number of the character at s; n: its octets, as sn_utf8_length says. */
uint32_t sn_utf8_read(const uint8_t *s, size_t n);

/*
 * Copies s, with one U+FFFD in place of each run of octets that are no character, as snmp_exporter
 * does before it looks at a text. out: room for 3 * s.n octets. Returns the octets written.
 */
size_t sn_utf8_mend(uint8_t *out, struct sn_span s);

#endif
