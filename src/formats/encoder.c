/*
 * The table of formats, see encode/encoder.h. Called by config and cli; any thread.
 */
#include "encode/encoder.h"

#include "encode/enc.h"
#include "formats/enc.h"

static const struct sn_encoder *const encoders[] = {&sn_enc_influx, &sn_enc_json, &sn_enc_samples,
						    &sn_enc_prom,   &sn_enc_otlp, &sn_enc_avro};

const struct sn_encoder *sn_encoder_find(const char *name)
{
	const struct sn_encoder *e;

	for (unsigned i = 0; (e = sn_encoder_at(i)); i++) {
		if (strcmp(e->name, name) == 0) {
			return e;
		}
	}
	return NULL;
}

const struct sn_encoder *sn_encoder_at(unsigned i)
{
	return i < sizeof(encoders) / sizeof(encoders[0]) ? encoders[i] : NULL;
}
