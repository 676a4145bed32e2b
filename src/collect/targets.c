/*
 * The list of targets of a collector and its replacement on reload, see collector.h. Both lists are
 * sorted by instance, so a reload is one merge. Worker thread.
 */
#include "collect/targets_int.h"
#include "scheduler/calendar.h"
#include "session/discovery.h"

#include <stdlib.h>

static struct sn_device_config device_config(const struct sn_collector *c,
					     const struct sn_target_spec *spec)
{
	struct sn_device_config cfg = {
		.addr = spec->addr,
		.version = spec->version,
		.community = spec->community,
		.access = spec->access,
		.window = spec->window,
		.any_source = spec->any_source,
		.fixed = spec->fixed,
		.sock = (int16_t)sn_io_pick_socket(c->w->io, spec->addr.sa.sa_family, spec->hash)};
	return cfg;
}

void sn_collector_configure_target(struct sn_collector *c, struct sn_target *t)
{
	struct sn_device_config cfg = device_config(c, t->spec);

	sn_discovery_forget(&c->session, &t->dev);
	sn_device_configure(&t->dev, &cfg);
	sn_learned_forget(&t->learned);
	t->refusals = 0;
	t->changed = false;
}

void sn_collector_drop_target(struct sn_collector *c, struct sn_target *t)
{
	sn_list_del(&t->ready);
	sn_wheel_cancel(&c->w->wheel, &t->calendar);
	sn_discovery_forget(&c->session, &t->dev);
	sn_learned_fini(&t->learned);
	sn_slab_put(&c->target_slab, t);
}

void sn_collector_schedule_first(struct sn_collector *c, struct sn_target *t)
{
	uint64_t now = c->w->now;

	t->rephase = false;
	t->skipped = 0;
	t->held = 0;
	if (c->draining) {
		return;
	}
	if (c->cfg.once || t->spec->interval_ns == 0) {
		t->due = now;
		sn_list_push(&c->ready, &t->ready);
		return;
	}
	t->due = sn_calendar_first(now, sn_worker_wall(c->w), t->spec->interval_ns, t->spec->hash);
	sn_wheel_arm(&c->w->wheel, &t->calendar, t->due);
}

static void add_target(struct sn_collector *c, struct sn_target *t,
		       const struct sn_target_spec *spec)
{
	struct sn_device_config cfg = device_config(c, spec);

	memset(t, 0, sizeof(*t));
	sn_timer_init(&t->calendar, sn_collector_on_due);
	sn_list_init(&t->ready);
	t->spec = spec;
	t->collector = c;
	sn_device_init(&t->dev, &cfg);
	sn_learned_init(&t->learned);
	c->once_left += c->cfg.once;
	sn_collector_schedule_first(c, t);
}

/* The next round comes when it would without the refusals: at the target's next moment. */
static void end_hold(struct sn_collector *c, struct sn_target *t)
{
	uint64_t step = sn_collector_step(t);
	uint64_t left = t->due > c->w->now ? (t->due - c->w->now) / step : 0;

	left = left < t->held ? left : t->held;
	if (left && sn_timer_armed(&t->calendar)) {
		sn_wheel_cancel(&c->w->wheel, &t->calendar);
		t->held -= (uint32_t)left;
		t->due -= left * step;
		sn_wheel_arm(&c->w->wheel, &t->calendar, t->due);
	}
}

/* The same target in the new snapshot. */
static void replace_spec(struct sn_collector *c, struct sn_target *t,
			 const struct sn_target_spec *spec)
{
	const struct sn_target_spec *old = t->spec;

	t->spec = spec;
	if (old->fingerprint == spec->fingerprint && !t->changed) {
		/* the same octets and the same user, in memory that stays */
		t->dev.community = spec->community;
		t->dev.access = spec->access;
		return;
	}
	t->changed = true;
	t->rephase |= old->interval_ns != spec->interval_ns;
	if (t->job) {
		return; /* the round goes on with the old settings; its end takes the new ones */
	}
	sn_collector_configure_target(c, t);
	if (t->rephase && sn_timer_armed(&t->calendar)) {
		sn_wheel_cancel(&c->w->wheel, &t->calendar);
		sn_collector_schedule_first(c, t);
	} else {
		end_hold(c, t);
	}
}

static void remove_target(struct sn_collector *c, struct sn_target *t)
{
	t->removed = true;
	if (t->job) {
		sn_job_cancel(t->job); /* its end drops the target */
	} else {
		c->once_left -= c->cfg.once && !sn_list_empty(&t->ready);
		sn_collector_drop_target(c, t);
	}
}

/* Memory for every new target first, so that a failure changes nothing. */
static int reserve(struct sn_collector *c, const struct sn_target_spec *const *specs, uint32_t n,
		   struct sn_target **list)
{
	uint32_t old = 0;

	for (uint32_t i = 0; i < n; i++) {
		int order = 1;

		while (old < c->ntargets && (order = strcmp(c->targets[old]->spec->origin.instance,
							    specs[i]->origin.instance)) < 0) {
			old++;
		}
		if (old < c->ntargets && order == 0) {
			list[i] = c->targets[old++];
			continue;
		}
		list[i] = sn_slab_get(&c->target_slab);
		if (!list[i]) {
			return SN_ENOMEM;
		}
		list[i]->collector = NULL; /* marks it as new */
	}
	return SN_OK;
}

static void unreserve(struct sn_collector *c, struct sn_target **list, uint32_t n)
{
	for (uint32_t i = 0; i < n && list[i]; i++) {
		if (!list[i]->collector) {
			sn_slab_put(&c->target_slab, list[i]);
		}
	}
}

static void retire_missing(struct sn_collector *c, struct sn_target *const *list, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t old = 0; old < c->ntargets; old++) {
		struct sn_target *t = c->targets[old];

		while (kept < n && (!list[kept]->collector)) {
			kept++;
		}
		if (kept < n && list[kept] == t) {
			kept++;
		} else {
			remove_target(c, t);
		}
	}
}

int sn_collector_apply(struct sn_collector *c, const struct sn_target_spec *const *specs,
		       uint32_t n)
{
	struct sn_target **list = calloc(n + 1u, sizeof(struct sn_target *));
	int rc = list ? reserve(c, specs, n, list) : SN_ENOMEM;
	uint32_t releases_due = c->releases_due + 1;

	if (rc) {
		if (list) {
			unreserve(c, list, n);
		}
		free(list);
		return rc;
	}
	/* all rounds under way belong to earlier snapshots from here on */
	c->old_jobs = c->jobs;
	c->snapshot++;
	c->releases_due = 0; /* not in the middle of this */
	retire_missing(c, list, n);
	for (uint32_t i = 0; i < n; i++) {
		if (list[i]->collector) {
			replace_spec(c, list[i], specs[i]);
		} else {
			add_target(c, list[i], specs[i]);
		}
	}
	free(c->targets);
	c->targets = list;
	c->ntargets = n;
	c->releases_due = releases_due;
	sn_collector_release(c);
	return SN_OK;
}

struct sn_target *sn_collector_find(struct sn_collector *c, const char *instance)
{
	uint32_t low = 0;
	uint32_t high = c->ntargets;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(c->targets[mid]->spec->origin.instance, instance);

		if (order == 0) {
			return c->targets[mid];
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return NULL;
}
