/*
 * Between collector.c (rounds), targets.c (targets) and apply.c (lists of targets) only.
 */
#ifndef SN_COLLECT_TARGETS_INT_H
#define SN_COLLECT_TARGETS_INT_H

#include "base/clock.h"
#include "collect/collector.h"

/* After a round without an answer, when there is no interval. */
#define SN_COLLECTOR_REST_NS SN_NS_PER_SEC

/* The distance of a silent target's rounds, ns. */
static inline uint64_t sn_collector_step(const struct sn_target *t)
{
	return t->spec->interval_ns ? t->spec->interval_ns : SN_COLLECTOR_REST_NS;
}

/* Fired by a target's calendar timer: the target is due. */
void sn_collector_on_due(struct sn_timer *timer, uint64_t now);

/*
 * Brings the device of an idle target in line with its spec. What was learned of its engine and the
 * refusals are forgotten: they were answers to the old settings.
 */
void sn_collector_configure_target(struct sn_collector *c, struct sn_target *t);

/* How to speak to the device of a target. */
struct sn_device_config sn_collector_device_config(const struct sn_collector *c,
						   const struct sn_target_spec *spec);

/* Chooses the phase anew and schedules the target's next round by it. */
void sn_collector_schedule_first(struct sn_collector *c, struct sn_target *t);

/* Tells that earlier snapshots are not used any more, if that is so and was not told yet. */
void sn_collector_release(struct sn_collector *c);

/* Makes t, memory from the slab, the target of spec and schedules its first round. */
void sn_collector_add_target(struct sn_collector *c, struct sn_target *t,
			     const struct sn_target_spec *spec);

/* The same target in the new snapshot. */
void sn_collector_replace_spec(struct sn_collector *c, struct sn_target *t,
			       const struct sn_target_spec *spec);

/* Cuts the target's round, if there is one, and frees it. */
void sn_collector_remove_target(struct sn_collector *c, struct sn_target *t);

/* One slice of an apply under way. */
void sn_collector_apply_slice(struct sn_collector *c);

/* All that is left of an apply under way, if any; without memory for it, as if it had not begun. */
void sn_collector_apply_finish(struct sn_collector *c);

/* Frees a target that is no longer in the list and has no round. */
void sn_collector_drop_target(struct sn_collector *c, struct sn_target *t);

#endif
