/*
 * The formats of this folder, one file each: for the table in encoder.c only.
 */
#ifndef SN_FORMATS_ENC_H
#define SN_FORMATS_ENC_H

#include "encode/encoder.h"

extern const struct sn_encoder sn_enc_samples; /* enc_samples.c */
extern const struct sn_encoder sn_enc_otlp;    /* enc_otlp.c */
extern const struct sn_encoder sn_enc_avro;    /* enc_avro.c */

#endif
