/*
 * What the records of Avro have in common, and round records: record SnmpRound (avro_schema.c).
 * Called by enc_avro.c and through the table in encoder.c, on workers' threads.
 */
#include "formats/avro_record.h"

#include "base/clock.h"

#define NS_PER_MS 1e6

void sn_avro_put_head(struct sn_text *t, uint32_t schema_id, uint64_t at, uint64_t began,
		      const struct sn_origin *origin)
{
	uint32_t id = htobe32(schema_id);

	sn_text_char(t, 0);
	sn_text_put(t, &id, sizeof(id));
	sn_avro_long(t, (int64_t)(at / SN_NS_PER_US));
	sn_avro_long(t, (int64_t)began);
	sn_avro_string(t, sn_span_str(origin->instance));
}

void sn_avro_put_origin_labels(struct sn_text *t, const struct sn_origin *origin)
{
	struct sn_avro_items items = {.count = NULL};

	for (uint32_t i = 0; i < origin->nlabels; i++) {
		sn_avro_item(t, &items);
		sn_avro_string(t, sn_span_str(origin->labels[i].name));
		sn_avro_string(t, sn_span_str(origin->labels[i].value));
	}
	sn_avro_end(t);
}

void sn_avro_put_uptime(struct sn_text *t, bool known, uint64_t uptime)
{
	sn_avro_branch(t, known);
	if (known) {
		sn_avro_long(t, (int64_t)(uptime & INT64_MAX));
	}
}

int sn_avro_round(const struct sn_encoder_options *opt, const struct sn_round *r, uint8_t *out,
		  size_t cap)
{
	struct sn_text t = sn_text_make(out, cap);

	sn_avro_put_head(&t, opt->round_schema_id, r->at, r->began, r->origin);
	sn_avro_string(&t, sn_span_str(r->modules));
	sn_avro_put_origin_labels(&t, r->origin);
	sn_avro_string(&t, sn_span_str(sn_round_status_name(r->status)));
	sn_avro_branch(&t, r->reason);
	if (r->reason) {
		sn_avro_string(&t, sn_span_str(r->reason));
	}
	sn_avro_long(&t, r->requests);
	sn_avro_long(&t, r->retries);
	sn_avro_long(&t, r->timeouts);
	sn_avro_long(&t, r->varbinds);
	sn_avro_long(&t, r->rows);
	sn_avro_long(&t, r->rows_partial);
	sn_avro_long(&t, r->skipped);
	sn_avro_double(&t, (double)r->duration_ns / NS_PER_MS);
	sn_avro_double(&t, (double)r->lateness_ns / NS_PER_MS);
	sn_avro_branch(&t, r->rtt_ns != 0);
	if (r->rtt_ns) {
		sn_avro_double(&t, (double)r->rtt_ns / NS_PER_MS);
	}
	sn_avro_put_uptime(&t, r->has_uptime, r->uptime);
	sn_avro_boolean(&t, r->reset);
	return sn_text_result(&t, out);
}
