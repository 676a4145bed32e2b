/*
 * What all messages of a schema have in common in OTLP: its metrics up to their points, the keys of
 * their attributes, the scope. Names, kinds and label sets are those of the Prometheus series
 * (series.h). Kept by layouts.h; private to enc_otlp.c, on workers' threads.
 */
#ifndef SN_FORMATS_OTLP_PLAN_H
#define SN_FORMATS_OTLP_PLAN_H

#include "encode/layouts.h"
#include "encode/series.h"

/* An attribute of the points of a row. */
struct sn_otlp_attr {
	struct sn_span key; /* first field of the KeyValue */
	uint32_t ref;	    /* index label or column */
	uint16_t source;    /* enum sn_series_source, no constant */
	bool own_row;	    /* of a look-up: see struct sn_lookup */
};

/* Attributes that the points of some metrics have in common. */
struct sn_otlp_set {
	const struct sn_otlp_attr *attrs; /* nattrs, sorted by name */
	uint32_t nattrs;		  /* attributes */
	uint32_t points;		  /* that a row has with this set, at most */
};

/* A metric. */
struct sn_otlp_column {
	const struct sn_series_column *series; /* its column */
	struct sn_span head; /* fields of the Metric before its points: name, description */
	struct sn_span own;  /* first field of the KeyValue that is its own; p NULL: none */
	uint8_t whole;	     /* mask, 0xff when whole numbers are written as they are */
	bool is_sum;	     /* a Sum, else a Gauge */
};

struct sn_otlp_plan {
	const struct sn_schema *schema;	      /* as in struct sn_layouts_entry */
	const struct sn_otlp_column *columns; /* ncolumns: the metrics */
	const struct sn_otlp_set *sets;	      /* nsets */
	struct sn_series_plan series;	      /* of the schema, without an origin */
	struct sn_span scope;		      /* the InstrumentationScope, field of ScopeMetrics */
	const uint32_t *texts; /* ntexts: numbers of metrics whose own attribute is a text */
	size_t heads;	       /* octets of all metrics without their points */
	size_t states; /* octets that the own attributes of a row need, without those of texts */
	uint32_t ncolumns; /* metrics */
	uint32_t ntexts;   /* of them */
	uint32_t nsets;	   /* different sets */
};

enum { SN_OTLP_PAIR = 14 }; /* octets of a KeyValue beside its key field and its text, at most */

/* A sn_layouts_make. */
int sn_otlp_plan_make(void *room, size_t size, const struct sn_schema *schema,
		      const struct sn_encoder_options *opt);

#endif
