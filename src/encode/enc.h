/*
 * The formats that are text, one file each: for the table in formats/encoder.c only.
 */
#ifndef SN_ENCODE_ENC_H
#define SN_ENCODE_ENC_H

#include "encode/encoder.h"

extern const struct sn_encoder sn_enc_influx; /* enc_influx.c */
extern const struct sn_encoder sn_enc_json;   /* enc_json.c */
extern const struct sn_encoder sn_enc_prom;   /* enc_prom.c */

#endif
