/*
 * What all messages of a schema have in common in Avro: names of tables, labels and values as they
 * are written. Kept by layouts.h; private to enc_avro.c, on workers' threads.
 */
#ifndef SN_FORMATS_AVRO_PLAN_H
#define SN_FORMATS_AVRO_PLAN_H

#include "encode/layouts.h"

/* A label of a row. */
struct sn_avro_label {
	struct sn_span key; /* string */
	uint32_t ref;	    /* index label or column */
	bool is_lookup;	    /* ref is a column */
};

/* A value of a row. */
struct sn_avro_value {
	const uint8_t *key; /* string, SN_TEXT_SLACK readable octets behind it */
	uint32_t len;	    /* of key */
	uint32_t ref;	    /* column */
	uint8_t whole;	    /* numbers: mask, 0xff when whole ones are written as they are */
};

struct sn_avro_plan {
	const struct sn_schema *schema;	    /* as in struct sn_layouts_entry */
	const struct sn_avro_label *labels; /* nlabels: index labels, then look-ups */
	const struct sn_avro_value *values; /* nnumbers numbers, then ntexts texts */
	struct sn_span title;		    /* strings: module, table */
	uint32_t nlabels;		    /* labels */
	uint32_t nnumbers;		    /* columns of numbers */
	uint32_t ntexts;		    /* all others */
};

/* A sn_layouts_make. */
int sn_avro_plan_make(void *room, size_t size, const struct sn_schema *schema,
		      const struct sn_encoder_options *opt);

#endif
