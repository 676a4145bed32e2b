/*
 * The targets of a collector one by one: scheduled, changed, removed, found; see collector.h. How a
 * list of them replaces another is in apply.c. Worker thread.
 */
#include "collect/targets_int.h"
#include "scheduler/calendar.h"
#include "session/discovery.h"

struct sn_device_config sn_collector_device_config(const struct sn_collector *c,
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
	struct sn_device_config cfg = sn_collector_device_config(c, t->spec);

	sn_discovery_forget(&c->session, &t->dev);
	sn_device_configure(&t->dev, &cfg);
	sn_pacer_limit(&c->session, &t->dev, t->spec->rate_limit);
	sn_learned_forget(&t->learned);
	t->refusals = 0;
	t->changed = false;
}

void sn_collector_drop_target(struct sn_collector *c, struct sn_target *t)
{
	sn_list_del(&t->ready);
	sn_wheel_cancel(&c->w->wheel, &t->calendar);
	sn_discovery_forget(&c->session, &t->dev);
	sn_pacer_forget(&c->session, &t->dev);
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

void sn_collector_add_target(struct sn_collector *c, struct sn_target *t,
			     const struct sn_target_spec *spec)
{
	struct sn_device_config cfg = sn_collector_device_config(c, spec);

	memset(t, 0, sizeof(*t));
	sn_timer_init(&t->calendar, sn_collector_on_due);
	sn_list_init(&t->ready);
	t->spec = spec;
	t->collector = c;
	sn_device_init(&t->dev, &cfg);
	sn_pacer_limit(&c->session, &t->dev, spec->rate_limit);
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

void sn_collector_replace_spec(struct sn_collector *c, struct sn_target *t,
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

void sn_collector_remove_target(struct sn_collector *c, struct sn_target *t)
{
	t->removed = true;
	if (t->job) {
		sn_job_cancel(t->job); /* its end drops the target */
	} else {
		c->once_left -= c->cfg.once && !sn_list_empty(&t->ready);
		sn_collector_drop_target(c, t);
	}
}

struct sn_target *sn_collector_find(struct sn_collector *c, const char *instance)
{
	uint32_t low = 0;
	uint32_t high;

	sn_collector_apply_finish(c);
	high = c->ntargets;
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
