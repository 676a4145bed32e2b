/*
 * The tokens of JSON (RFC 8259) as all formats that are JSON write them. Defined in enc_json.c;
 * pure, any thread.
 */
#ifndef SN_ENCODE_JSON_H
#define SN_ENCODE_JSON_H

#include "encode/encoder.h"
#include "encode/text.h"

/* The inside of a string, an escape as in render.h: what is no UTF-8 becomes U+FFFD. */
void sn_json_escape(struct sn_text *t, const uint8_t *s, size_t n);

/* A string with its quotes. */
void sn_json_quote(struct sn_text *t, const char *s);

/* Numbers; beyond 2^53 as strings if the options say so, real ones that are not finite as null. */
void sn_json_unsigned(const struct sn_encoder_options *opt, struct sn_text *t, uint64_t u);
void sn_json_signed(const struct sn_encoder_options *opt, struct sn_text *t, int64_t i);
void sn_json_real(struct sn_text *t, double d);

#endif
