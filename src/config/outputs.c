/*
 * The outputs of a configuration, or what the command line puts in their place. Called by config.c,
 * see load.h. Main thread.
 */
#include "config/load.h"

#include <stdio.h>

static const struct sn_path top = {NULL, "output", 0};

/* The format of a name; NULL: reported, at node or (NULL) for the command line. */
static const struct sn_encoder *find_format(struct sn_load *load, const char *name,
					    const struct sn_path *path, const struct sn_node *node)
{
	const struct sn_encoder *encoder = sn_encoder_find(name);
	char quoted[SN_DIAG_QUOTE_MAX];
	char names[128] = "";
	size_t n = 0;

	if (encoder) {
		return encoder;
	}
	for (unsigned i = 0; sn_encoder_at(i) && n < sizeof(names); i++) {
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
				      i == 0		     ? ""
				      : sn_encoder_at(i + 1) ? ", "
							     : " or ",
				      sn_encoder_at(i)->name);
	}
	sn_diag_quote(quoted, name);
	if (node) {
		sn_path_error(&load->diag, path, node,
			      "%s is not a format of this version (expected %s)", quoted, names);
	} else {
		sn_diag_error(&load->diag, NULL, "%s is not a format of this version (expected %s)",
			      quoted, names);
	}
	return NULL;
}

/* The texts of a list, in the snapshot; NULL: there are none, or memory ran out, which is noted. */
static const char *const *copy_texts(struct sn_load *load, const struct sn_path *path,
				     const char *key, const struct sn_node *list, uint32_t *n)
{
	struct sn_path here = {path, key, 0};
	const char **texts;
	uint32_t i = 0;

	if (!list || list->kind != SN_NODE_LIST) {
		return NULL;
	}
	if (list->n == 0) {
		sn_path_error(&load->diag, &here, list, "the list is empty");
		return NULL;
	}
	texts = sn_arena_alloc(&load->snap->arena, list->n * sizeof(*texts));
	for (const struct sn_node *c = list->first; texts && c; c = c->next) {
		texts[i] = sn_arena_strndup(&load->snap->arena, c->text, c->n);
		if (!texts[i++]) {
			texts = NULL;
		}
	}
	if (!texts) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	*n = i;
	return texts;
}

static void copy_labels(struct sn_load *load, const struct sn_node *map, struct sn_filter *f)
{
	struct sn_arena *arena = &load->snap->arena;
	struct sn_filter_label *labels;

	if (!map || map->kind != SN_NODE_MAP || map->n == 0) {
		return;
	}
	labels = sn_arena_zalloc(arena, map->n * sizeof(*labels));
	f->labels = labels;
	for (const struct sn_node *k = map->first; labels && k; k = k->next->next) {
		labels->name = sn_arena_strndup(arena, k->text, k->n);
		labels->pattern = sn_arena_strndup(arena, k->next->text, k->next->n);
		labels = labels->name && labels->pattern ? labels + 1 : NULL;
		f->nlabels++;
	}
	if (!labels) {
		sn_diag_nomem(&load->diag);
	}
}

static void read_filter(struct sn_load *load, const struct sn_path *path,
			const struct sn_node *node, struct sn_filter *f)
{
	struct sn_path here = {path, "filter", 0};
	struct sn_raw_output_filter raw = {0};

	if (node && sn_options_bind(&load->diag, &sn_level_output_filter, &here, node, &raw)) {
		f->modules = copy_texts(load, &here, "modules", raw.modules, &f->nmodules);
		f->metrics = copy_texts(load, &here, "metrics", raw.metrics, &f->nmetrics);
		copy_labels(load, raw.labels, f);
	}
}

/* Streams have no messages: a format that needs them is reported, as by find_format. */
static void check_stream(struct sn_load *load, struct sn_config_output *out,
			 const struct sn_path *path, const struct sn_node *node)
{
	static const char text[] = "%s is a format of messages (expected a format of streams)";

	if (!out->type || strcmp(out->type, "kafka") == 0) {
		return;
	}
	out->options.stream = true;
	if (!out->encoder || out->encoder->framing != SN_FRAMING_MESSAGE) {
		return;
	}
	if (node) {
		sn_path_error(&load->diag, path, node, text, out->encoder->name);
	} else {
		sn_diag_error(&load->diag, NULL, text, out->encoder->name);
	}
}

/* Avro without the numbers of its schemas is reported, as by find_format. */
static void check_schemas(struct sn_load *load, const struct sn_config_output *out,
			  const struct sn_path *path, const struct sn_node *node)
{
	static const char text[] = "avro needs the numbers of its schemas (expected registry, or "
				   "schema_id for rows and round_schema_id for round records)";

	if (!out->type || strcmp(out->type, "kafka") != 0 || sn_outputs_has_schemas(out)) {
		return;
	}
	if (node) {
		sn_path_error(&load->diag, path, node, "%s", text);
	} else {
		sn_diag_error(&load->diag, NULL, "%s", text);
	}
}

/* Checks what the table can't say and stores the output. */
static int finish_output(struct sn_load *load, const struct sn_path *path,
			 const struct sn_node *key, struct sn_raw_output *raw,
			 struct sn_config_output *out)
{
	const struct sn_node *format = sn_node_find(key->next, "format");
	struct sn_path here = {path, "format", 0};
	bool file = strcmp(key->text, "file") == 0;
	bool kafka = strcmp(key->text, "kafka") == 0;

	raw->out.encoder = find_format(load, raw->format, &here, format ? format : key->next);
	raw->out.type = file ? "file" : kafka ? "kafka" : "stdout";
	check_stream(load, &raw->out, &here, format ? format : key->next);
	if (file && (!raw->out.path || raw->out.path[0] == '\0')) {
		sn_path_error(&load->diag, path, key, "path is missing");
		return SN_OK;
	}
	if (!raw->out.rows && !raw->out.rounds) {
		sn_path_error(&load->diag, path, key, "writes nothing: rows and rounds are false");
	}
	raw->out.hash = sn_node_hash(key->next, 0);
	read_filter(load, path, raw->filter, &raw->out.filter);
	*out = raw->out;
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	if (kafka) {
		uint32_t errors = load->diag.errors;
		int rc = sn_outputs_finish_kafka(load, path, key, raw, out);

		if (load->diag.errors == errors) {
			check_schemas(load, out, &here, format ? format : key->next);
		}
		return rc;
	}
	if (file) {
		out->path =
			sn_arena_strndup(&load->snap->arena, raw->out.path, strlen(raw->out.path));
	}
	return !file || out->path ? SN_OK : SN_ENOMEM;
}

/* One item of the list: a map with exactly one key. */
static int read_output(struct sn_load *load, const struct sn_path *item, const struct sn_node *node,
		       struct sn_config_output *out)
{
	const struct sn_option_level *level;
	struct sn_raw_output raw = {0};
	struct sn_raw_sink sink = {0};
	struct sn_path path = {item, NULL, 0};

	if (!sn_options_bind(&load->diag, &sn_level_sink, item, node, &sink)) {
		return SN_OK;
	}
	if (node->kind != SN_NODE_MAP || node->n != 1) {
		sn_path_error(&load->diag, item, node,
			      "expected exactly one of stdout, file, kafka");
		return SN_OK;
	}
	path.key = node->first->text;
	level = sink.to_file ? &sn_level_file : sink.to_kafka ? &sn_level_kafka : &sn_level_stdout;
	if (!sn_options_bind(&load->diag, level, &path, node->first->next, &raw)) {
		return SN_OK;
	}
	return finish_output(load, &path, node->first, &raw, out);
}

/* Two outputs that would write into each other. */
static void check_distinct(struct sn_load *load, const struct sn_config_output *outs, uint32_t i,
			   const struct sn_node *node)
{
	struct sn_path item = {&top, NULL, i};

	sn_outputs_check_spool(load, &item, outs, i, node);
	for (uint32_t j = 0; outs[i].type && j < i; j++) {
		if (!outs[j].type || strcmp(outs[i].type, outs[j].type) != 0 || outs[i].topic) {
			continue; /* several to one topic may be wanted: formats, filters */
		}
		if (!outs[i].path || strcmp(outs[i].path, outs[j].path) == 0) {
			sn_path_error(&load->diag, &item, node, "the same %s as output[%u]",
				      outs[i].path ? "file" : "stdout", j);
			return;
		}
	}
}

static int read_list(struct sn_load *load, const struct sn_node *list)
{
	struct sn_config_output *outs;
	int rc = SN_OK;
	uint32_t i = 0;

	outs = sn_arena_zalloc(&load->snap->arena, list->n * sizeof(*outs));
	if (!outs) {
		return SN_ENOMEM;
	}
	for (const struct sn_node *c = list->first; c && !rc; c = c->next) {
		struct sn_path item = {&top, NULL, i};

		rc = read_output(load, &item, c, &outs[i]);
		if (!rc) {
			check_distinct(load, outs, i, c);
		}
		i++;
	}
	load->raw.cfg.outputs = outs;
	load->raw.cfg.noutputs = i;
	return rc;
}

/* The standard output, or the file of the command line, with all defaults. */
static int make_single(struct sn_load *load, const char *name)
{
	struct sn_raw_output raw = {0};
	struct sn_config_output *out = sn_arena_zalloc(&load->snap->arena, sizeof(*out));
	static const struct sn_node nothing = {.text = "", .plain = true};

	if (!out || !sn_options_bind(&load->diag, &sn_level_stdout, NULL, &nothing, &raw)) {
		return SN_ENOMEM;
	}
	*out = raw.out;
	out->encoder = find_format(load, raw.format, NULL, NULL);
	out->options.stream = true;
	out->type = "stdout";
	if (strcmp(name, "stdout") != 0) {
		out->type = "file";
		out->path = sn_arena_strndup(&load->snap->arena, name, strlen(name));
	}
	load->raw.cfg.outputs = out;
	load->raw.cfg.noutputs = 1;
	return strcmp(name, "stdout") == 0 || out->path ? SN_OK : SN_ENOMEM;
}

/* --format holds for all outputs. */
static int override_format(struct sn_load *load, const char *name)
{
	const struct sn_config *cfg = &load->raw.cfg;
	const struct sn_encoder *encoder = find_format(load, name, NULL, NULL);
	size_t bytes = cfg->noutputs * sizeof(*cfg->outputs);
	struct sn_config_output *outs = sn_arena_alloc(&load->snap->arena, bytes);

	if (!outs) {
		return SN_ENOMEM;
	}
	memcpy(outs, cfg->outputs, bytes);
	for (uint32_t i = 0; i < cfg->noutputs; i++) {
		outs[i].encoder = encoder;
		check_stream(load, &outs[i], NULL, NULL);
		check_schemas(load, &outs[i], NULL, NULL);
	}
	load->raw.cfg.outputs = outs;
	return SN_OK;
}

int sn_outputs_read(struct sn_load *load, const struct sn_config_overrides *over)
{
	const struct sn_node *list = load->raw.output;
	bool given = list && list->kind == SN_NODE_LIST;
	int rc = SN_OK;

	if (given && list->n == 0) {
		sn_path_error(&load->diag, &top, list, "the list is empty");
		return SN_OK;
	}
	rc = sn_outputs_read_spools(load);
	if (given && !rc) {
		rc = read_list(load, list);
	}
	if (!rc && (!given || over->output)) {
		rc = make_single(load, over->output ? over->output : "stdout");
	}
	return rc || !over->format ? rc : override_format(load, over->format);
}
