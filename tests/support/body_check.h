/*
 * Readers of OTLP and Avro bodies that share nothing with the encoders and take nothing that the
 * definitions do not have: every octet must be accounted for, every text be UTF-8.
 */
#ifndef TEST_SUPPORT_BODY_CHECK_H
#define TEST_SUPPORT_BODY_CHECK_H

#include "base/span.h"

struct body_check {
	const char *why;    /* what is wrong, or NULL */
	unsigned metrics;   /* OTLP: metrics */
	unsigned values;    /* OTLP: points; Avro: values of rows */
	unsigned rows;	    /* Avro: rows */
	uint32_t schema_id; /* Avro: of the framing */
};

/* An ExportMetricsServiceRequest with one resource and one scope. False: see why. */
bool body_check_otlp(struct body_check *c, struct sn_span body);

/* A framed datum of SnmpTable. False: see why. */
bool body_check_avro(struct body_check *c, struct sn_span body);

#endif
