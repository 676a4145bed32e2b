/*
 * Text as it is, for formats that say how long it is and escape nothing (Protocol Buffers, Avro).
 * Called by their encoders on workers' threads; pure.
 */
#ifndef SN_FORMATS_VERBATIM_H
#define SN_FORMATS_VERBATIM_H

#include "encode/text.h"

/* An escape as in render.h: copies s; both formats want UTF-8 (RFC 3629), so each octet that is
 * none becomes U+FFFD. */
void sn_verbatim_put(struct sn_text *t, const uint8_t *s, size_t n);

#endif
