/*
 * The end of the work on targets: sorted by instance, each once. Called by config.c, see load.h.
 * Main thread.
 */
#include "config/load.h"

#include "base/hash.h"

#include <stdlib.h>

/* By instance, then by place, so that of equal ones the first stays. */
static int by_instance(const void *a, const void *b)
{
	const struct sn_target_entry *x = a;
	const struct sn_target_entry *y = b;
	int c = strcmp(x->spec->origin.instance, y->spec->origin.instance);

	if (c != 0) {
		return c;
	}
	return (x->order > y->order) - (x->order < y->order);
}

static bool same_instance(const struct sn_target_entry *a, const struct sn_target_entry *b)
{
	return a->spec->hash == b->spec->hash &&
	       strcmp(a->spec->origin.instance, b->spec->origin.instance) == 0;
}

static void report_conflict(struct sn_load *load, const struct sn_target_entry *first,
			    const struct sn_target_entry *again)
{
	char quoted[SN_DIAG_QUOTE_MAX];

	sn_diag_error(&load->diag, &again->node->at,
		      "target %s has other settings here than at %s:%u:%u",
		      sn_diag_quote(quoted, again->spec->origin.instance), first->node->at.file,
		      first->node->at.line, first->node->at.column);
}

/* Reports or drops what is there twice; the number that stays. */
static uint32_t drop_doubles(struct sn_load *load)
{
	struct sn_target_entry *v = load->targets.v;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < load->targets.n; i++) {
		if (kept > 0 && same_instance(&v[kept - 1], &v[i])) {
			if (v[kept - 1].spec->fingerprint != v[i].spec->fingerprint) {
				report_conflict(load, &v[kept - 1], &v[i]);
			}
		} else {
			v[kept++] = v[i];
		}
	}
	return kept;
}

static uint32_t keep_only(struct sn_target_list *list, const char *only)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		if (strcmp(only, list->v[i].spec->origin.instance) == 0) {
			list->v[kept++] = list->v[i];
		}
	}
	return kept;
}

void sn_target_list_finish(struct sn_load *load, const char *only)
{
	struct sn_target_list *list = &load->targets;
	char quoted[SN_DIAG_QUOTE_MAX];

	if (list->n) {
		qsort(list->v, list->n, sizeof(*list->v), by_instance);
	}
	list->n = drop_doubles(load);
	if (only) {
		list->n = keep_only(list, only);
	}
	if (only && list->n == 0 && load->diag.errors == 0) {
		sn_diag_error(&load->diag, NULL, "target %s is not in the configuration",
			      sn_diag_quote(quoted, only));
	}
}

int sn_target_list_publish(struct sn_load *load)
{
	const struct sn_target_list *list = &load->targets;
	const struct sn_target_spec **specs;

	specs = sn_arena_alloc(&load->snap->arena, list->n * sizeof(*specs) + 1);
	if (!specs) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < list->n; i++) {
		struct sn_target_spec *spec = list->v[i].spec;

		spec->fingerprint =
			sn_hash_bytes(&spec->addr, sizeof(spec->addr), spec->fingerprint);
		specs[i] = spec;
	}
	load->raw.cfg.targets = specs;
	load->raw.cfg.ntargets = list->n;
	return SN_OK;
}
