/*
 * Numbers of the schemas of Avro, of outputs to Kafka: given, or the registry that is to be asked
 * for them when the output starts, see load.h. Called by outputs_kafka.c and outputs.c on the main
 * or reload thread. Nobody is asked here.
 */
#include "config/load.h"

/* Where the registry is. *where: in the snapshot. SN_ECONFIG (reported), SN_ENOMEM. */
static int read_registry(struct sn_load *load, const struct sn_path *path,
			 const struct sn_node *node, const struct sn_registry **where)
{
	const struct sn_path here = {path, "registry", 0};
	struct sn_raw_registry raw = {0};
	struct sn_fetch_request ask = {0};
	char shown[SN_FETCH_URL_MAX];
	struct sn_registry *r;
	int rc;

	if (!sn_options_bind(&load->diag, &sn_level_registry, &here, node, &raw)) {
		return SN_ECONFIG;
	}
	if (!raw.url) {
		sn_path_error(&load->diag, &here, node, "url is missing");
		return SN_ECONFIG;
	}
	rc = sn_http_ask_url(load, &here, node, "url", &ask.url, shown);
	if (!rc && raw.basic_auth) {
		rc = sn_http_ask_basic(load, &here, raw.basic_auth, &ask);
	}
	if (!rc && raw.tls) {
		rc = sn_http_ask_tls(load, &here, raw.tls, &ask);
	}
	r = rc ? NULL : sn_arena_alloc(&load->snap->arena, sizeof(*r));
	if (!r) {
		return rc ? rc : SN_ENOMEM;
	}
	*r = (struct sn_registry){.url = ask.url,
				  .username = ask.username,
				  .password = ask.password,
				  .ca_file = ask.ca_file,
				  .cert_file = ask.cert_file,
				  .key_file = ask.key_file,
				  .insecure = ask.insecure,
				  .timeout_ns = raw.timeout_ns};
	*where = r;
	return SN_OK;
}

int sn_outputs_read_registry(struct sn_load *load, const struct sn_path *path,
			     const struct sn_node *node, struct sn_config_output *out)
{
	return node ? read_registry(load, path, node, &out->registry) : SN_OK;
}

bool sn_outputs_has_schemas(const struct sn_config_output *out)
{
	if (!out->encoder || strcmp(out->encoder->name, "avro") != 0 || out->registry) {
		return true;
	}
	return (!out->rows || out->options.schema_id) &&
	       (!out->rounds || out->options.round_schema_id);
}
