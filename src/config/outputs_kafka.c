/*
 * Outputs to Kafka: names of topics, properties of librdkafka and their secrets, checked by
 * librdkafka itself, see load.h. Called by outputs.c on the main or reload thread.
 */
#include "config/load.h"

#include <stdio.h>

static const char file_suffix[] = "_file";

/* A text in the snapshot; NULL stays NULL. Memory that runs out is noted. */
static const char *copy(struct sn_load *load, const char *text)
{
	const char *kept = text ? sn_arena_strndup(&load->snap->arena, text, strlen(text)) : NULL;

	if (text && !kept) {
		sn_diag_nomem(&load->diag);
	}
	return kept;
}

/* The place of a key below path. */
static const struct sn_node *place(const struct sn_node *map, const char *key)
{
	const struct sn_node *node = sn_node_find(map, key);

	return node ? node : map;
}

static void check_topic(struct sn_load *load, const struct sn_path *path, const struct sn_node *map,
			const char *key, const char *topic)
{
	struct sn_path here = {path, key, 0};
	char quoted[SN_DIAG_QUOTE_MAX];

	if (!sn_kafka_is_topic(topic)) {
		sn_path_error(&load->diag, &here, place(map, key),
			      "%s is no name of a topic (expected up to 249 letters, digits, dots, "
			      "underscores and dashes)",
			      sn_diag_quote(quoted, topic));
	}
}

/* The name of the property whose value is in a file that this key names; NULL: it is none. */
static const char *named_by_file(struct sn_load *load, const char *key)
{
	size_t n = strlen(key);
	size_t suffix = sizeof(file_suffix) - 1;
	char *name;

	if (n <= suffix || strcmp(key + n - suffix, file_suffix) != 0) {
		return NULL;
	}
	name = sn_arena_strndup(&load->scratch, key, n - suffix);
	if (!name) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	return sn_kafka_is_secret(name) ? name : NULL;
}

/* A secret, wiped with the snapshot; NULL: reported. */
static const char *read_secret(struct sn_load *load, const struct sn_path *path,
			       const struct sn_node *node, bool is_file)
{
	const struct sn_secret_key key = {.what = "secret", .max = SN_SECRET_MAX};
	struct sn_span text;
	struct sn_span kept;
	char *value;

	if (!is_file) {
		sn_secret_check_value(load, node);
	}
	if (sn_secret_read_value(load, path, node, is_file, &key, &text)) {
		return NULL;
	}
	if (memchr(text.p, 0, text.n)) {
		sn_path_error(&load->diag, path, node, "the secret has an octet 0 in it");
		return NULL;
	}
	/* with a NUL behind it, as librdkafka wants it */
	value = sn_arena_alloc(&load->scratch, text.n + 1);
	if (!value || sn_secret_add(&load->scratch, &load->scratch_secrets, value, text.n + 1)) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	memcpy(value, text.p, text.n);
	value[text.n] = '\0';
	if (sn_secret_keep(load, sn_span_make(value, text.n + 1), &kept)) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	return (const char *)kept.p;
}

/* One property, checked. False: reported. */
static bool read_property(struct sn_load *load, const struct sn_path *path,
			  const struct sn_node *key, struct sn_kafka_property *p)
{
	struct sn_path here = {path, key->text, 0};
	const char *by_file = named_by_file(load, key->text);
	const char *name = by_file ? by_file : key->text;
	char why[SN_KAFKA_WHY_MAX];

	p->name = copy(load, name);
	p->value = sn_kafka_is_secret(name) ? read_secret(load, &here, key->next, by_file != NULL)
					    : copy(load, key->next->text);
	if (!p->name || !p->value) {
		return false;
	}
	switch (sn_kafka_check_property(p->name, p->value, why)) {
	case SN_OK:
		return true;
	case SN_ENOENT:
		sn_path_error(&load->diag, &here, key, "%s", why);
		return false;
	default:
		sn_path_error(&load->diag, &here, key->next, "%s", why);
		return false;
	}
}

/* False: something was reported. SN_ENOMEM is noted. */
static bool read_properties(struct sn_load *load, const struct sn_path *path,
			    const struct sn_node *map, struct sn_config_output *out)
{
	/* before the user's, which are stronger: what may wait on disk has all the time it needs */
	static const struct sn_kafka_property patient = {"message.timeout.ms", "0"};
	struct sn_path here = {path, "properties", 0};
	bool some = map && map->kind == SN_NODE_MAP;
	struct sn_kafka_property *p;
	bool ok = true;

	p = sn_arena_zalloc(&load->snap->arena, ((some ? map->n : 0) + 1) * sizeof(*p));
	if (!p) {
		sn_diag_nomem(&load->diag);
		return false;
	}
	out->properties = p;
	if (out->spool.path) {
		p[out->nproperties++] = patient;
	}
	for (const struct sn_node *k = some ? map->first : NULL; k; k = k->next->next) {
		ok &= read_property(load, &here, k, &p[out->nproperties++]);
	}
	return ok;
}

/* Whether all of it goes together. */
static void check_whole(struct sn_load *load, const struct sn_path *path, const struct sn_node *at,
			struct sn_config_output *out)
{
	const struct sn_kafka_config cfg = {.brokers = out->brokers,
					    .topic = out->topic,
					    .status_topic = out->status_topic,
					    .content_type = "",
					    .properties = out->properties,
					    .nproperties = out->nproperties};
	char why[SN_KAFKA_WHY_MAX];
	size_t largest;

	if (sn_kafka_check(&cfg, &largest, why)) {
		sn_path_error(&load->diag, path, at, "%s", why);
	} else if (out->message_bytes > largest) {
		out->message_bytes = largest;
	}
}

int sn_outputs_finish_kafka(struct sn_load *load, const struct sn_path *path,
			    const struct sn_node *key, const struct sn_raw_output *raw,
			    struct sn_config_output *out)
{
	const struct sn_node *map = key->next;
	uint32_t errors = load->diag.errors;

	if (!out->brokers || out->brokers[0] == '\0') {
		sn_path_error(&load->diag, path, key, "brokers is missing");
	}
	if (!out->topic) {
		sn_path_error(&load->diag, path, key, "topic is missing");
	} else {
		check_topic(load, path, map, "topic", out->topic);
	}
	if (out->status_topic) {
		check_topic(load, path, map, "status_topic", out->status_topic);
	}
	out->brokers = copy(load, out->brokers);
	out->topic = copy(load, out->topic);
	out->status_topic = copy(load, out->status_topic);
	if (sn_outputs_read_spool(load, path, map, raw->spool, out) == SN_ENOMEM) {
		return SN_ENOMEM;
	}
	if (sn_outputs_read_registry(load, path, raw->registry, out) == SN_ENOMEM) {
		return SN_ENOMEM;
	}
	if (read_properties(load, path, raw->properties, out) && load->diag.errors == errors) {
		check_whole(load, path, key, out);
	}
	return load->diag.nomem ? SN_ENOMEM : SN_OK;
}
