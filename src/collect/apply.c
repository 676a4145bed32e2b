/*
 * A new list of targets in place of the one in use, see collector.h. Both are sorted by instance,
 * so it is one merge, done twice: first memory for every new target is reserved, so that a failure
 * changes nothing; then the targets take their new specs. A million targets take a tenth of a
 * second, so both go on slice by slice, a slice a turn, with rounds in between. Worker thread.
 */
#include "collect/targets_int.h"

#include <stdlib.h>

enum { SLICE = 1024 }; /* targets; 0.2 to 0.5 ms */

/* Some steps of the first pass. The new list is made; the one in use is only read. */
static int reserve(struct sn_collector *c, uint32_t *steps)
{
	struct sn_apply *ap = &c->apply;

	for (; ap->next<ap->n && * steps> 0; ap->next++, --*steps) {
		const char *instance = ap->specs[ap->next]->origin.instance;
		struct sn_target *t = NULL;
		int order = 1;

		while (ap->old < c->ntargets &&
		       (order = strcmp(c->targets[ap->old]->spec->origin.instance, instance)) < 0) {
			ap->old++;
		}
		if (ap->old < c->ntargets && order == 0) {
			t = c->targets[ap->old++];
		} else {
			t = sn_slab_get(&c->target_slab);
			if (!t) {
				return SN_ENOMEM;
			}
			t->collector = NULL; /* marks it as new */
		}
		ap->list[ap->next] = t;
	}
	if (ap->next == ap->n) {
		ap->reserved = true;
		ap->next = 0;
		ap->old = 0;
	}
	return SN_OK;
}

/* As if it had not begun. */
static void give_up(struct sn_collector *c)
{
	struct sn_apply *ap = &c->apply;

	for (uint32_t i = 0; i < ap->next; i++) {
		if (!ap->list[i]->collector) {
			sn_slab_put(&c->target_slab, ap->list[i]);
		}
	}
	free(ap->list);
	ap->list = NULL;
}

/* The new list is the one in use from here on. */
static void complete(struct sn_collector *c)
{
	free(c->targets);
	c->targets = c->apply.list;
	c->ntargets = c->apply.n;
	c->apply.list = NULL;
	/* of the rounds under way some may use the specs before */
	c->old_jobs = c->jobs;
	c->snapshot++;
	c->releases_due++;
	sn_collector_release(c);
}

/* Some steps of the second pass. */
static void take_effect(struct sn_collector *c, uint32_t *steps)
{
	struct sn_apply *ap = &c->apply;

	for (; *steps > 0 && (ap->next < ap->n || ap->old < c->ntargets); --*steps) {
		struct sn_target *t = ap->next < ap->n ? ap->list[ap->next] : NULL;

		if (t && !t->collector) {
			sn_collector_add_target(c, t, ap->specs[ap->next++]);
		} else if (t && c->targets[ap->old] == t) {
			ap->old++;
			sn_collector_replace_spec(c, t, ap->specs[ap->next++]);
		} else {
			sn_collector_remove_target(c, c->targets[ap->old++]);
		}
	}
	if (ap->next == ap->n && ap->old == c->ntargets) {
		complete(c);
	}
}

/* SN_ENOMEM: given up. */
static int advance(struct sn_collector *c, uint32_t steps)
{
	if (!c->apply.reserved && reserve(c, &steps)) {
		give_up(c);
		return SN_ENOMEM;
	}
	if (c->apply.reserved) {
		take_effect(c, &steps);
	}
	return SN_OK;
}

static int finish(struct sn_collector *c)
{
	int rc = SN_OK;

	while (c->apply.list && !rc) {
		rc = advance(c, UINT32_MAX);
	}
	return rc;
}

static void tell_refused(struct sn_collector *c)
{
	if (c->cfg.refused) {
		c->cfg.refused(c->cfg.ctx, c);
	}
}

void sn_collector_apply_slice(struct sn_collector *c)
{
	if (advance(c, SLICE)) {
		tell_refused(c);
	}
	c->w->hurry |= c->apply.list != NULL;
}

void sn_collector_apply_finish(struct sn_collector *c)
{
	if (finish(c)) {
		tell_refused(c);
	}
}

int sn_collector_apply_begin(struct sn_collector *c, const struct sn_target_spec *const *specs,
			     uint32_t n)
{
	struct sn_target **list = malloc((n + 1u) * sizeof(*list));

	if (!list) {
		return SN_ENOMEM;
	}
	sn_collector_apply_finish(c);
	c->apply = (struct sn_apply){.specs = specs, .list = list, .n = n};
	return SN_OK;
}

int sn_collector_apply(struct sn_collector *c, const struct sn_target_spec *const *specs,
		       uint32_t n)
{
	int rc = sn_collector_apply_begin(c, specs, n);

	return rc ? rc : finish(c);
}
