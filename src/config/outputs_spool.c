/*
 * Spools of outputs to Kafka: what the option table can't say of them, see load.h. Called by
 * outputs_kafka.c and outputs.c on the main or reload thread. Whether the folder can be used is
 * found out when the output starts: `check` touches no disk.
 */
#include "config/load.h"

#include "base/clock.h"

#include <stdio.h>

/* Largest body of a message: the spool takes 1 MiB, key and headers are in it too. */
#define BODY_MAX ((size_t)(1024 - 8) << 10)

/* The folder in the snapshot, without slashes at its end; NULL: no memory. */
static const char *make_path(struct sn_load *load, const struct sn_node *node)
{
	const char *path = sn_files_relative(&load->files, node->at.file, node->text);
	size_t n = path ? strlen(path) : 0;

	while (n > 1 && path[n - 1] == '/') {
		n--;
	}
	return path ? sn_arena_strndup(&load->snap->arena, path, n) : NULL;
}

/* A message longer than the spool's records could never wait there. */
static void check_size(struct sn_load *load, const struct sn_path *path,
		       const struct sn_node *kafka, const struct sn_config_output *out)
{
	const struct sn_node *node = sn_node_find(kafka, "max_message_bytes");

	if (out->message_bytes > BODY_MAX) {
		sn_path_error(&load->diag, path, node ? node : kafka,
			      "max_message_bytes is too large for spool (expected 1016KiB at most, "
			      "or no spool)");
	}
}

/* What the table can't say of the keys at node. */
static void check_modes(struct sn_load *load, const struct sn_path *here,
			const struct sn_node *node, const struct sn_raw_spool *raw)
{
	const struct sn_path replay = {here, "replay", 0};

	if (raw->mode == SN_SPOOL_ALWAYS && raw->replay == SN_SPOOL_INTERLEAVED) {
		sn_path_error(&load->diag, &replay, sn_node_find(node, "replay"),
			      "interleaved needs the mode overflow: with always nothing passes by "
			      "the spool (expected ordered)");
	}
}

static void store(const struct sn_raw_spool *raw, struct sn_config_output *out)
{
	out->spool.mode = (enum sn_spool_mode)raw->mode;
	out->spool.replay = (enum sn_spool_replay)raw->replay;
	out->spool.max_bytes = raw->max_bytes;
	out->spool.max_age_ms = (raw->max_age_ns + SN_NS_PER_MS - 1) / SN_NS_PER_MS;
}

int sn_outputs_read_spools(struct sn_load *load)
{
	const struct sn_path here = {NULL, "spool", 0};
	const struct sn_node *node = load->raw.spool;

	if (!node || !sn_options_bind(&load->diag, &sn_level_spools, &here, node, &load->spool)) {
		return SN_OK;
	}
	if (!load->spool.path) {
		sn_path_error(&load->diag, &here, node, "dir is missing");
		return SN_OK;
	}
	check_modes(load, &here, node, &load->spool);
	load->spool.path = make_path(load, sn_node_find(node, "dir"));
	return load->spool.path ? SN_OK : SN_ENOMEM;
}

/* A folder of its own, by the topic's name, in that of all spools. */
static int take_common(struct sn_load *load, struct sn_config_output *out)
{
	const char *dir = load->spool.path;
	size_t size = strlen(dir) + 1 + strlen(out->topic) + 1;
	char *path = sn_arena_alloc(&load->snap->arena, size);

	if (!path) {
		return SN_ENOMEM;
	}
	snprintf(path, size, "%s/%s", dir, out->topic);
	store(&load->spool, out);
	out->spool.path = path;
	out->spool_dir = dir;
	out->hash = sn_node_hash(load->raw.spool, out->hash); /* a change needs a restart, too */
	return SN_OK;
}

int sn_outputs_read_spool(struct sn_load *load, const struct sn_path *path,
			  const struct sn_node *kafka, const struct sn_node *node,
			  struct sn_config_output *out)
{
	const struct sn_path here = {path, "spool", 0};
	struct sn_raw_spool raw = {0};

	if (!node && !(load->spool.path && out->topic)) {
		return SN_OK;
	}
	check_size(load, path, kafka, out);
	if (!node) {
		return take_common(load, out);
	}
	if (!sn_options_bind(&load->diag, &sn_level_spool, &here, node, &raw)) {
		return SN_OK;
	}
	if (!raw.path) {
		sn_path_error(&load->diag, &here, node, "path is missing");
		return SN_OK;
	}
	check_modes(load, &here, node, &raw);
	store(&raw, out);
	out->spool.path = make_path(load, sn_node_find(node, "path"));
	return out->spool.path ? SN_OK : SN_ENOMEM;
}

void sn_outputs_check_spool(struct sn_load *load, const struct sn_path *item,
			    const struct sn_config_output *outs, uint32_t i,
			    const struct sn_node *node)
{
	for (uint32_t j = 0; outs[i].spool.path && j < i; j++) {
		if (outs[j].spool.path && strcmp(outs[i].spool.path, outs[j].spool.path) == 0) {
			sn_path_error(&load->diag, item, node,
				      "the same path of a spool as output[%u] (expected one of its "
				      "own for each)",
				      j);
			return;
		}
	}
}
