/*
 * When rounds start and what happens at their end, see collector.h. The targets are in
 * targets.c, changes of their list in apply.c. Worker thread.
 */
#include "collect/collector.h"

#include "round/outcome.h"
#include "collect/targets_int.h"
#include "scheduler/calendar.h"
#include "session/discovery.h"

#include <stdlib.h>

enum {
	CACHE_LINE = 64,	     /* octets */
	STARTS_PER_TURN = 256,	     /* rounds begun before the worker looks at its sockets again */
	RETRY_NS = 5 * 1000 * 1000,  /* how soon to ask them again */
	FLUSH_NS = 100 * 1000 * 1000 /* how long a row may wait in a buffer, at most twice */
};

static void turn(void *ctx, struct sn_worker *w);

static void on_wake(struct sn_timer *timer, uint64_t now)
{
	(void)timer; /* being awake is all: the turn hook does the work */
	(void)now;
}

static void emit_rows(struct sn_job *job, const struct sn_block *blk)
{
	sn_outputs_rows(job->env->outs, blk);
}

static void emit_round(struct sn_job *job, const struct sn_round *round)
{
	sn_outputs_round(job->env->outs, round);
}

/* Of rounds by the calendar: to the worker's outputs. */
static const struct sn_emit to_outputs = {.rows = emit_rows, .round = emit_round};

void sn_collector_init(struct sn_collector *c, struct sn_worker *w,
		       const struct sn_collector_config *cfg)
{
	memset(c, 0, sizeof(*c));
	c->w = w;
	c->cfg = *cfg;
	sn_session_init(&c->session, w);
	c->env = (struct sn_job_env){
		.session = &c->session,
		.outs = cfg->outs,
		.emit = cfg->outs ? &to_outputs : NULL,
		.counters = &w->counters,
		.once = cfg->once,
	};
	sn_slab_init(&c->target_slab, sizeof(struct sn_target), 64);
	sn_slab_init(&c->job_slab, sizeof(struct sn_job), 64);
	sn_list_init(&c->ready);
	sn_timer_init(&c->retry, on_wake);
	sn_timer_init(&c->flush, on_wake);
	sn_probes_init(&c->probes, c);
	w->hooks = (struct sn_worker_hooks){.ctx = c, .turn = turn};
}

void sn_collector_fini(struct sn_collector *c)
{
	sn_collector_apply_finish(c);
	sn_probes_fini(&c->probes);
	for (uint32_t i = 0; i < c->ntargets; i++) {
		sn_discovery_forget(&c->session, &c->targets[i]->dev);
		sn_learned_fini(&c->targets[i]->learned);
		if (c->targets[i]->job) {
			sn_job_fini(c->targets[i]->job);
		}
	}
	sn_session_fini(&c->session);
	free(c->targets);
	sn_slab_fini(&c->target_slab);
	sn_slab_fini(&c->job_slab);
	sn_tallies_fini(&c->tallies);
}

void sn_collector_on_due(struct sn_timer *timer, uint64_t now)
{
	struct sn_target *t = sn_container_of(timer, struct sn_target, calendar);

	(void)now;
	/* among a million targets all of this one is cold: let the misses overlap */
	for (size_t i = CACHE_LINE; i < sizeof(*t); i += CACHE_LINE) {
		__builtin_prefetch((const char *)t + i, 1);
	}
	for (size_t i = 0; i < sizeof(*t->spec) + CACHE_LINE; i += CACHE_LINE) {
		__builtin_prefetch((const char *)t->spec + i); /* and its name behind it */
	}
	sn_list_push(&t->collector->ready, &t->ready);
}

/* What the round just over says about the target's credentials. */
static void note_refusal(struct sn_target *t, const struct sn_job *job)
{
	if (job->answers) {
		t->refusals = 0;
	} else if (sn_outcome_is_final(job->round.status) && t->refusals < UINT8_MAX) {
		t->refusals++;
	}
}

/* The round just over was the target's. Schedules the one after it, if there is to be one. */
static void schedule_next(struct sn_collector *c, struct sn_target *t, bool answered)
{
	uint64_t skipped;

	if (c->cfg.once) {
		c->once_left--;
		return;
	}
	if (c->draining) {
		return;
	}
	if (t->rephase) {
		sn_collector_schedule_first(c, t);
		return;
	}
	t->due = sn_calendar_next(t->due, c->w->now, t->spec->interval_ns, &skipped);
	if (t->spec->interval_ns == 0 && !answered) {
		t->due += SN_COLLECTOR_REST_NS;
	}
	t->skipped = (uint32_t)skipped;
	t->held = sn_outcome_rounds_held(t->refusals, sn_collector_step(t));
	t->due += t->held * sn_collector_step(t);
	if (t->due <= c->w->now) {
		sn_list_push(&c->ready, &t->ready);
	} else {
		sn_wheel_arm(&c->w->wheel, &t->calendar, t->due);
	}
}

/* A round that could not even begin still has its record. */
static void record_unstarted(struct sn_collector *c, struct sn_target *t, uint8_t status,
			     const char *reason)
{
	struct sn_round round = {.origin = &t->spec->origin,
				 .modules = t->spec->modules,
				 .at = sn_worker_wall(c->w),
				 .began = sn_worker_wall(c->w),
				 .lateness_ns = c->w->now > t->due ? c->w->now - t->due : 0,
				 .skipped = t->skipped,
				 .status = status,
				 .reason = reason};

	sn_counter_add(&c->w->counters, SN_C_ROUNDS_STARTED, 1);
	sn_counter_add(&c->w->counters, SN_C_ROUNDS_FAILED, 1);
	sn_status_note(&t->status, t->spec, &round);
	sn_tallies_add(&c->tallies, &round, 0);
	if (c->cfg.outs) {
		sn_outputs_round(c->cfg.outs, &round);
	}
	c->emitted = true;
	schedule_next(c, t, false);
}

void sn_collector_release(struct sn_collector *c)
{
	while (c->old_jobs == 0 && c->releases_due) {
		c->releases_due--;
		if (c->cfg.outs) {
			sn_outputs_forget(c->cfg.outs); /* of schemas that may go now */
		}
		if (c->cfg.released) {
			c->cfg.released(c->cfg.ctx, c);
		}
	}
}

static void on_job_over(struct sn_job *job)
{
	struct sn_target *t = job->owner;
	struct sn_collector *c = t->collector;
	bool answered = job->answers > 0;

	note_refusal(t, job);
	sn_hist_add(&c->lateness, job->round.lateness_ns);
	if (answered) {
		sn_hist_add(&c->duration, job->round.duration_ns);
	}
	sn_status_note(&t->status, job->spec, &job->round);
	sn_tallies_add(&c->tallies, &job->round, job->errors);
	c->old_jobs -= job->snapshot != c->snapshot;
	sn_job_fini(job);
	sn_slab_put(&c->job_slab, job);
	t->job = NULL;
	c->jobs--;
	c->emitted = true;
	if (t->removed) {
		c->once_left -= c->cfg.once;
		sn_collector_drop_target(c, t);
	} else {
		if (t->changed) {
			sn_collector_configure_target(c, t); /* forgets the refusals as well */
		}
		schedule_next(c, t, answered);
	}
	sn_collector_release(c); /* last: the snapshot may go with it */
}

static void start_round(struct sn_collector *c, struct sn_target *t)
{
	struct sn_job *job;

	sn_counter_add(&c->w->counters, SN_C_ROUNDS_SKIPPED, t->skipped);
	sn_counter_add(&c->w->counters, SN_C_ROUNDS_HELD, t->held);
	if (t->spec->resolve_err) {
		record_unstarted(c, t, SN_ROUND_UNRESOLVED, "the name has no address");
		return;
	}
	job = sn_slab_get(&c->job_slab);
	if (job && sn_job_start(job, &c->env, t->spec, &t->dev, &t->learned, t->due)) {
		sn_slab_put(&c->job_slab, job);
		job = NULL;
	}
	if (!job) {
		record_unstarted(c, t, SN_ROUND_OVERLOAD, sn_err_text(SN_ENOMEM));
		return;
	}
	job->round.skipped = t->skipped;
	job->over = on_job_over;
	job->owner = t;
	job->snapshot = c->snapshot;
	t->job = job;
	c->jobs++;
}

/* Starts what is due, as far as memory for rounds, the network and the outputs allow. */
static void start_ready(struct sn_collector *c)
{
	for (unsigned n = 0; !sn_list_empty(&c->ready) && c->jobs < c->cfg.max_jobs; n++) {
		if (n == STARTS_PER_TURN) {
			c->w->hurry = true;
			return;
		}
		if ((c->cfg.outs && !sn_outputs_ready(c->cfg.outs)) || !sn_worker_has_room(c->w)) {
			sn_wheel_arm(&c->w->wheel, &c->retry, c->w->now + RETRY_NS);
			return;
		}
		start_round(c, sn_container_of(sn_list_pop(&c->ready), struct sn_target, ready));
	}
}

static bool is_idle(const struct sn_collector *c)
{
	return c->jobs == 0 && c->probes.running == 0 && !c->apply.list &&
	       (c->draining || (c->cfg.once && c->snapshot && c->once_left == 0));
}

/* Whatever was emitted up to now is old enough to be passed on when the timer fires. */
static void arm_flush(struct sn_collector *c)
{
	if ((c->jobs || c->emitted) && !sn_timer_armed(&c->flush)) {
		c->emitted = false;
		sn_wheel_arm(&c->w->wheel, &c->flush, c->w->now + FLUSH_NS);
	}
}

static void turn(void *ctx, struct sn_worker *w)
{
	struct sn_collector *c = ctx;
	bool idle;

	if (c->apply.list) {
		sn_collector_apply_slice(c);
	}
	if (!c->draining) {
		start_ready(c);
	}
	idle = is_idle(c);
	if (c->cfg.outs) {
		sn_outputs_flush(c->cfg.outs, w->now, idle);
		arm_flush(c);
	}
	if (idle && !c->idle_told) {
		c->idle_told = true;
		c->cfg.idle(c->cfg.ctx, c);
	}
}

void sn_collector_drain(struct sn_collector *c)
{
	sn_collector_apply_finish(c);
	c->draining = true;
	for (uint32_t i = 0; i < c->ntargets; i++) {
		/* due, but not begun: never counted as started */
		sn_list_del(&c->targets[i]->ready);
		sn_wheel_cancel(&c->w->wheel, &c->targets[i]->calendar);
	}
}

void sn_collector_cancel(struct sn_collector *c)
{
	sn_collector_drain(c);
	sn_probes_cancel(&c->probes);
	for (uint32_t i = 0; i < c->ntargets; i++) {
		if (c->targets[i]->job) {
			sn_job_cancel(c->targets[i]->job);
		}
	}
}
