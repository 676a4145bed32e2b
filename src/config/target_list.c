/*
 * The end of the work on targets: sorted by instance, each once, names replaced by addresses (of
 * names.c). Called by config.c, see load.h.
 */
#include "config/load.h"

#include "base/clock.h"
#include "base/hash.h"

#include <netdb.h>
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

/* What a service says is no fault of the configuration: then the first counts. */
static void report_conflict(struct sn_load *load, const struct sn_target_entry *first,
			    const struct sn_target_entry *again)
{
	char quoted[SN_DIAG_QUOTE_MAX];

	if (first->offered || again->offered) {
		sn_diag_warn(&load->diag, &again->at,
			     "target %s has other settings here than at %s:%u:%u, which count",
			     sn_diag_quote(quoted, again->spec->origin.instance), first->at.file,
			     first->at.line, first->at.column);
		return;
	}
	sn_diag_error(&load->diag, &again->at, "target %s has other settings here than at %s:%u:%u",
		      sn_diag_quote(quoted, again->spec->origin.instance), first->at.file,
		      first->at.line, first->at.column);
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

/* The names of list->v in order, as entries of the cache; others are skipped. SN_ENOMEM. */
static int want_names(struct sn_load *load, struct sn_name **names)
{
	const struct sn_target_list *list = &load->targets;
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		if (!list->v[i].name) {
			continue;
		}
		names[n] = sn_name_cache_want(load->names, list->v[i].name);
		if (!names[n++]) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* The address of the host, the port of the target; a warning, once a name, if there is none. */
static void take_address(struct sn_load *load, const struct sn_target_entry *e,
			 struct sn_name *name)
{
	in_port_t port = e->spec->addr.in.sin_port;
	char quoted[SN_DIAG_QUOTE_MAX];

	if (name->known) {
		e->spec->addr = name->addr;
		e->spec->addr.in.sin_port = port; /* at the same offset for both families */
		e->spec->resolve_err = SN_OK;
	} else if (name->asked && !name->told) {
		name->told = true;
		sn_diag_warn(&load->diag, &e->at, "%s has no address: %s",
			     sn_diag_quote(quoted, e->name), gai_strerror(name->error));
	}
}

int sn_target_list_resolve(struct sn_load *load)
{
	const struct sn_target_list *list = &load->targets;
	struct sn_name **names;
	uint32_t n = 0;
	int rc;

	for (uint32_t i = 0; i < list->n; i++) {
		n += list->v[i].name != NULL;
	}
	names = sn_arena_alloc(&load->scratch, n * sizeof(struct sn_name *) + 1);
	if (!names) {
		return SN_ENOMEM;
	}
	sn_name_cache_begin(load->names);
	rc = want_names(load, names);
	rc = rc ? rc : sn_name_cache_look_up(load->names, sn_clock_mono(), load->cancel);
	load->raw.cfg.open_names = sn_name_cache_open(load->names);
	if (load->raw.cfg.open_names) {
		sn_diag_warn(&load->diag, NULL,
			     "%u names are not looked up yet: the resolver is slow",
			     load->raw.cfg.open_names);
	}
	for (uint32_t i = 0, k = 0; i < list->n && !rc; i++) {
		if (list->v[i].name) {
			take_address(load, &list->v[i], names[k++]);
		}
	}
	return rc;
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
		spec->fingerprint = sn_limits_mark(load, &spec->addr, spec->fingerprint);
		specs[i] = spec;
	}
	load->raw.cfg.targets = specs;
	load->raw.cfg.ntargets = list->n;
	return SN_OK;
}
