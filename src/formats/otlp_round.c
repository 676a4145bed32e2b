/*
 * Round records as OTLP messages: a gauge for each figure. Called through the table in encoder.c,
 * on workers' threads.
 */
#include "formats/otlp.h"

/* A point of a round. */
struct sample {
	const char *name;   /* of the metric */
	const char *unit;   /* of a real number; NULL: the value is whole */
	const char *status; /* attributes; NULL: none */
	const char *reason; /* NULL: none */
	uint64_t value;	    /* as it is written */
};

static void put_sample(struct sn_text *t, const struct sample *s, uint64_t at)
{
	uint8_t *metric = sn_pb_open(t, SN_PB_LEN(2));
	uint8_t *gauge;
	uint8_t *point;

	sn_pb_string(t, SN_PB_LEN(1), sn_span_str(s->name));
	if (s->unit) {
		sn_pb_string(t, SN_PB_LEN(3), sn_span_str(s->unit));
	}
	gauge = sn_pb_open(t, SN_PB_LEN(5));
	point = sn_pb_open(t, SN_PB_LEN(1));
	if (s->status) {
		sn_pb_pair(t, SN_PB_LEN(7), "status", sn_span_str(s->status));
	}
	if (s->reason) {
		sn_pb_pair(t, SN_PB_LEN(7), "reason", sn_span_str(s->reason));
	}
	sn_pb_fixed64(t, SN_PB_FIXED64(3), at);
	sn_pb_fixed64(t, s->unit ? SN_PB_FIXED64(4) : SN_PB_FIXED64(6), s->value);
	sn_pb_close(t, point);
	sn_pb_close(t, gauge);
	sn_pb_close(t, metric);
}

static uint64_t seconds(uint64_t n, double a_second)
{
	return sn_pb_double((double)n / a_second);
}

int sn_otlp_round(const struct sn_encoder_options *opt, const struct sn_round *r, uint8_t *out,
		  size_t cap)
{
	const struct sample samples[] = {
		{.name = "sonde.round.status",
		 .status = sn_round_status_name(r->status),
		 .reason = r->reason,
		 .value = 1},
		{.name = "sonde.round.requests", .value = r->requests},
		{.name = "sonde.round.retries", .value = r->retries},
		{.name = "sonde.round.timeouts", .value = r->timeouts},
		{.name = "sonde.round.varbinds", .value = r->varbinds},
		{.name = "sonde.round.rows", .value = r->rows},
		{.name = "sonde.round.rows_partial", .value = r->rows_partial},
		{.name = "sonde.round.skipped", .value = r->skipped},
		{.name = "sonde.round.reset", .value = r->reset},
		{.name = "sonde.round.duration",
		 .unit = "s",
		 .value = seconds(r->duration_ns, 1e9)},
		{.name = "sonde.round.lateness",
		 .unit = "s",
		 .value = seconds(r->lateness_ns, 1e9)},
		{.name = r->rtt_ns ? "sonde.round.rtt" : NULL,
		 .unit = "s",
		 .value = seconds(r->rtt_ns, 1e9)},
		{.name = r->has_uptime ? "sonde.round.uptime" : NULL,
		 .unit = "s",
		 .value = seconds(r->uptime, 100)},
	};
	struct sn_text t = sn_text_make(out, cap < SN_PB_MESSAGE_MAX ? cap : SN_PB_MESSAGE_MAX);
	struct sn_otlp_frame frame;

	sn_otlp_open(&t, &frame, opt, r->origin);
	sn_otlp_put_scope(&t, r->modules, NULL);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		if (samples[i].name) {
			put_sample(&t, &samples[i], r->at);
		}
	}
	sn_otlp_close(&t, &frame, opt);
	return sn_text_result(&t, out);
}
