/*
 * poll.prefix_limits: blocks of addresses with a rate each, as a table in which the targets find
 * theirs. Called by config.c and target_list.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/hash.h"

#include <stdlib.h>

/* A limit with its place. */
struct placed {
	struct sn_prefix_limit limit; /* first: the two are sorted alike */
	const struct sn_node *node;   /* its prefix */
	uint32_t index;		      /* in the list */
};

static const struct sn_path poll = {NULL, "poll", 0};
static const struct sn_path list = {&poll, "prefix_limits", 0};

static int by_prefix(const void *a, const void *b)
{
	const struct placed *x = a;
	const struct placed *y = b;
	int order = sn_prefix_order(&x->limit.prefix, &y->limit.prefix);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void read_prefix(struct sn_load *load, const struct sn_path *item, const char *text,
			struct placed *placed)
{
	struct sn_path path = {item, "prefix", 0};
	char right[SN_PREFIX_TEXT_MAX];
	char quoted[SN_DIAG_QUOTE_MAX];
	bool exact;

	sn_diag_quote(quoted, text);
	if (sn_prefix_parse(&placed->limit.prefix, text, &exact)) {
		sn_path_error(&load->diag, &path, placed->node,
			      "%s is not a prefix (expected address/bits, such as 10.0.0.0/8 or "
			      "2001:db8::/32)",
			      quoted);
	} else if (!exact) {
		sn_path_error(&load->diag, &path, placed->node,
			      "%s has bits set beyond its length (expected %s)", quoted,
			      sn_prefix_format(&placed->limit.prefix, right, sizeof(right)));
	}
}

static void read_limit(struct sn_load *load, const struct sn_path *item, const struct sn_node *node,
		       struct placed *placed)
{
	struct sn_raw_limit raw = {0};

	if (!sn_options_bind(&load->diag, &sn_level_limit, item, node, &raw)) {
		return;
	}
	if (!raw.prefix || raw.limit.rate == 0) {
		sn_path_error(&load->diag, item, node, "%s is missing",
			      raw.prefix ? "rate" : "prefix");
		return;
	}
	placed->limit = raw.limit;
	placed->node = sn_node_find(node, "prefix");
	read_prefix(load, item, raw.prefix, placed);
}

/* Reports those that are there twice. */
static void check_distinct(struct sn_load *load, const struct placed *v, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct sn_path item = {&list, NULL, v[i].index};
		struct sn_path path = {&item, "prefix", 0};
		char quoted[SN_DIAG_QUOTE_MAX];

		if (sn_prefix_order(&v[i - 1].limit.prefix, &v[i].limit.prefix) == 0) {
			sn_path_error(
				&load->diag, &path, v[i].node,
				"%s has a limit already (expected it only once, see %s:%u:%u)",
				sn_diag_quote(quoted, v[i].node->text), v[i - 1].node->at.file,
				v[i - 1].node->at.line, v[i - 1].node->at.column);
		}
	}
}

static int publish(struct sn_load *load, struct placed *v, uint32_t n)
{
	struct sn_prefix_limit *limits;

	limits = sn_arena_alloc(&load->snap->arena, n * sizeof(*limits) + 1);
	if (!limits) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		limits[i] = v[i].limit;
	}
	sn_prefix_link(limits, n, sizeof(*limits));
	load->raw.cfg.limits = limits;
	load->raw.cfg.nlimits = n;
	return SN_OK;
}

int sn_limits_read(struct sn_load *load)
{
	const struct sn_node *root = load->raw.limits;
	uint32_t errors = load->diag.errors;
	struct placed *v;
	uint32_t n = 0;

	if (!root || root->kind != SN_NODE_LIST || root->n == 0) {
		return SN_OK;
	}
	v = sn_arena_zalloc(&load->scratch, root->n * sizeof(*v));
	if (!v) {
		return SN_ENOMEM;
	}
	for (const struct sn_node *c = root->first; c; c = c->next) {
		struct sn_path item = {&list, NULL, n};

		v[n].index = n;
		read_limit(load, &item, c, &v[n++]);
	}
	if (load->diag.errors > errors) {
		return SN_OK;
	}
	qsort(v, n, sizeof(*v), by_prefix);
	check_distinct(load, v, n);
	return publish(load, v, n);
}

uint64_t sn_limits_mark(const struct sn_load *load, const struct sn_addr *addr, uint64_t hash)
{
	const struct sn_config *cfg = &load->raw.cfg;
	int64_t i = sn_prefix_find(cfg->limits, cfg->nlimits, sizeof(*cfg->limits), addr);

	/* not the rate: workers change that without the target */
	return i < 0 ? hash
		     : sn_hash_bytes(cfg->limits[i].prefix.key, sizeof(cfg->limits[i].prefix.key),
				     hash + cfg->limits[i].prefix.bits);
}
