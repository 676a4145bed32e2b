/*
 * The frame of OTLP messages (opentelemetry-proto, collector/metrics/v1): request, resource, scope.
 * One resource and one scope a message. Shared by enc_otlp.c and otlp_round.c, on
 * workers' threads.
 */
#ifndef SN_FORMATS_OTLP_H
#define SN_FORMATS_OTLP_H

#include "encode/encoder.h"
#include "formats/pb.h"

enum { SN_OTLP_PREFIX = 4 }; /* octets before a message on a stream */

/* A message under way. */
struct sn_otlp_frame {
	uint8_t *start;	   /* of the message, behind the prefix of a stream */
	uint8_t *resource; /* content of ResourceMetrics; NULL: no room */
	uint8_t *scope;	   /* content of ScopeMetrics */
};

/* Opens a message up to the scope, which the caller puts next. */
void sn_otlp_open(struct sn_text *t, struct sn_otlp_frame *frame,
		  const struct sn_encoder_options *opt, const struct sn_origin *origin);

/* Closes it. */
void sn_otlp_close(const struct sn_text *t, const struct sn_otlp_frame *frame,
		   const struct sn_encoder_options *opt);

/* ScopeMetrics' field scope; table NULL: none. */
void sn_otlp_put_scope(struct sn_text *t, const char *module, const char *table);

/* sn_encoder.round. */
int sn_otlp_round(const struct sn_encoder_options *opt, const struct sn_round *round, uint8_t *out,
		  size_t cap);

#endif
