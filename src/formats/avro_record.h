/*
 * What the records of Avro have in common, and round records. Shared by enc_avro.c and
 * avro_round.c, on workers' threads.
 */
#ifndef SN_FORMATS_AVRO_RECORD_H
#define SN_FORMATS_AVRO_RECORD_H

#include "formats/avro.h"
#include "encode/encoder.h"

/* The five octets before a datum, and its first fields: ts, cycle, instance. at: Unix ns; began:
 * the same, of the round. */
void sn_avro_put_head(struct sn_text *t, uint32_t schema_id, uint64_t at, uint64_t began,
		      const struct sn_origin *origin);

/* The map of the target's labels. */
void sn_avro_put_origin_labels(struct sn_text *t, const struct sn_origin *origin);

/* null or the ticks. */
void sn_avro_put_uptime(struct sn_text *t, bool known, uint64_t uptime);

/* sn_encoder.round. */
int sn_avro_round(const struct sn_encoder_options *opt, const struct sn_round *round, uint8_t *out,
		  size_t cap);

#endif
