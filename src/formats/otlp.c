/*
 * The frame of OTLP messages, see otlp.h. Called by enc_otlp.c and otlp_round.c, on
 * workers' threads.
 */
#include "formats/otlp.h"

static void put_resource(struct sn_text *t, const struct sn_origin *origin)
{
	uint8_t *resource = sn_pb_open(t, SN_PB_LEN(1));

	sn_pb_pair(t, SN_PB_LEN(1), "snmp.target", sn_span_str(origin->instance));
	for (uint32_t i = 0; i < origin->nlabels; i++) {
		const struct sn_label *label = &origin->labels[i];

		/* an attribute's key occurs once */
		if (strcmp(label->name, "snmp.target") != 0) {
			sn_pb_pair(t, SN_PB_LEN(1), label->name, sn_span_str(label->value));
		}
	}
	sn_pb_close(t, resource);
}

void sn_otlp_open(struct sn_text *t, struct sn_otlp_frame *frame,
		  const struct sn_encoder_options *opt, const struct sn_origin *origin)
{
	if (opt->stream) {
		sn_text_put(t, "\0\0\0\0", SN_OTLP_PREFIX);
	}
	frame->start = t->p;
	frame->resource = sn_pb_open(t, SN_PB_LEN(1));
	put_resource(t, origin);
	frame->scope = sn_pb_open(t, SN_PB_LEN(2));
}

void sn_otlp_close(const struct sn_text *t, const struct sn_otlp_frame *frame,
		   const struct sn_encoder_options *opt)
{
	sn_pb_close(t, frame->scope);
	sn_pb_close(t, frame->resource);
	if (opt->stream && !t->full) {
		uint32_t n = htobe32((uint32_t)(t->p - frame->start));

		memcpy(frame->start - SN_OTLP_PREFIX, &n, SN_OTLP_PREFIX);
	}
}

void sn_otlp_put_scope(struct sn_text *t, const char *module, const char *table)
{
	uint8_t *scope = sn_pb_open(t, SN_PB_LEN(1));

	sn_pb_string(t, SN_PB_LEN(1), sn_span_str("sonde"));
	sn_pb_pair(t, SN_PB_LEN(3), "snmp.module", sn_span_str(module));
	if (table) {
		sn_pb_pair(t, SN_PB_LEN(3), "snmp.table", sn_span_str(table));
	}
	sn_pb_close(t, scope);
}
