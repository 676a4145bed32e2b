/*
 * Rates for the rows of a job, see rates.h: what the round knows of restarts and of the device.
 * Worker thread.
 */
#include "round/rates.h"

#include "base/clock.h"
#include "round/job.h"

/* A rate spans a few rounds at most, but so much in any case: counters may wrap unseen. */
enum { LONGEST_ROUNDS = 4, LONGEST_S = 300 };

static void look_at(const struct sn_job *job, bool whole, struct sn_rates_look *look)
{
	const struct sn_worker *w = job->env->session->w;
	const struct sn_reset *reset = &job->learned->reset;
	uint64_t rounds = LONGEST_ROUNDS * job->spec->interval_ns;
	uint64_t least = LONGEST_S * SN_NS_PER_SEC;

	*look = (struct sn_rates_look){.now = w->now,
				       .started = job->started,
				       .wall_offset = w->wall_offset,
				       .uptime_at = reset->seen_at,
				       .longest = rounds > least ? rounds : least,
				       .max_rows = job->spec->max_rows,
				       .way = (uintptr_t)job->course,
				       .has_uptime = job->round.has_uptime,
				       .knows_uptime = reset->has_uptime,
				       .reset = job->round.reset,
				       .retried = job->round.retries > 0,
				       .whole = whole};
}

void sn_rates_take(struct sn_job *job, const struct sn_plan_rates *plan, struct sn_block *blk,
		   bool whole)
{
	struct sn_learned *l = job->learned;
	struct sn_rates_look look;

	if (plan->n == 0 || !job->spec->rates || job->env->once) {
		return;
	}
	if (!l->rates) {
		l->rates = sn_rates_new();
	}
	if (!l->rates) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
		return;
	}
	look_at(job, whole, &look);
	sn_rates_device(l->rates, sn_device_identity(job->dev));
	if (sn_rates_rows(l->rates, &look, plan, blk)) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
}
