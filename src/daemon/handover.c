/*
 * A snapshot's way to the workers: its targets dealt out, taken up by each, sent again to whom had
 * no memory for them, and the snapshot before let go of. Main thread; sn_handover_take runs on the
 * workers.
 */
#include "daemon/parts.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

void sn_handover_refused(struct sn_daemon_worker *dw)
{
	if (!dw->complained) {
		sn_log(SN_LOG_ERROR, "worker %u: out of memory, targets unchanged so far",
		       dw->worker.number);
	}
	dw->complained = true;
	atomic_store_explicit(&dw->refused, true, memory_order_release);
}

void sn_handover_taken(struct sn_daemon_worker *dw)
{
	dw->complained = false;
	atomic_store_explicit(&dw->targets, dw->collector.ntargets, memory_order_relaxed);
}

void sn_handover_take(struct sn_daemon_worker *dw)
{
	const struct sn_command *cmd = &dw->apply;

	/* the limits first: targets find theirs as they are taken up */
	if (sn_pacer_set_prefixes(&dw->collector.session, cmd->limits, cmd->nlimits) ||
	    sn_collector_apply_begin(&dw->collector, cmd->specs, cmd->nspecs)) {
		sn_handover_refused(dw);
	}
}

/* The targets of one worker. */
struct share {
	const struct sn_target_spec **specs; /* heap */
	uint32_t n;			     /* of them */
	struct sn_prefix_limit *limits;	     /* heap, NULL: there are none */
};

static void free_shares(struct share *shares, unsigned n)
{
	for (unsigned i = 0; shares && i < n; i++) {
		free(shares[i].specs);
		free(shares[i].limits);
	}
	free(shares);
}

/* Every worker's part of the limits of prefixes. False: memory is exhausted. */
static bool deal_limits(const struct sn_daemon *d, struct share *shares)
{
	const struct sn_config *cfg = d->cfg;
	size_t size = sizeof(*cfg->limits);

	for (unsigned i = 0; i < d->nworkers && cfg->nlimits; i++) {
		shares[i].limits = calloc(cfg->nlimits, size);
		if (!shares[i].limits) {
			return false;
		}
		memcpy(shares[i].limits, cfg->limits, cfg->nlimits * size);
	}
	for (uint32_t i = 0; i < cfg->ntargets && cfg->nlimits; i++) {
		const struct sn_target_spec *spec = cfg->targets[i];
		int64_t k = sn_prefix_find(cfg->limits, cfg->nlimits, size, &spec->addr);

		if (k < 0) {
			continue;
		}
		shares[spec->hash % d->nworkers].limits[k].here++;
		for (unsigned j = 0; j < d->nworkers; j++) {
			shares[j].limits[k].targets++;
		}
	}
	return true;
}

/* d->cfg's targets as nworkers shares; NULL when memory is exhausted. */
static struct share *deal(const struct sn_daemon *d)
{
	const struct sn_config *cfg = d->cfg;
	struct share *shares = calloc(d->nworkers, sizeof(*shares));

	for (uint32_t i = 0; shares && i < cfg->ntargets; i++) {
		shares[cfg->targets[i]->hash % d->nworkers].n++;
	}
	for (unsigned i = 0; shares && i < d->nworkers; i++) {
		shares[i].specs = calloc(shares[i].n + 1u, sizeof(*shares[i].specs));
		shares[i].n = 0;
		if (!shares[i].specs) {
			free_shares(shares, i);
			return NULL;
		}
	}
	for (uint32_t i = 0; shares && i < cfg->ntargets; i++) {
		struct share *share = &shares[cfg->targets[i]->hash % d->nworkers];

		share->specs[share->n++] = cfg->targets[i];
	}
	if (shares && !deal_limits(d, shares)) {
		free_shares(shares, d->nworkers);
		return NULL;
	}
	return shares;
}

int sn_handover_give(struct sn_daemon *d)
{
	struct share *shares = deal(d);

	/* all memory is there before anything changes: a worker's arrays are of one snapshot */
	if (!shares) {
		return SN_ENOMEM;
	}
	d->applies++;
	for (unsigned i = 0; i < d->nworkers; i++) {
		struct sn_daemon_worker *dw = &d->workers[i];

		free(dw->old_specs);
		dw->old_specs = dw->specs;
		dw->specs = shares[i].specs;
		dw->apply.specs = dw->specs;
		dw->apply.nspecs = shares[i].n;
		free(dw->limits); /* the apply before is done, and whoever took it has a copy */
		dw->limits = shares[i].limits;
		dw->apply.limits = dw->limits;
		dw->apply.nlimits = d->cfg->nlimits;
		sn_worker_post(&dw->worker, &dw->apply.message);
	}
	free(shares);
	return SN_OK;
}

void sn_handover_repeat(struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		struct sn_daemon_worker *dw = &d->workers[i];

		if (atomic_exchange_explicit(&dw->refused, false, memory_order_acquire)) {
			sn_worker_post(&dw->worker, &dw->apply.message);
		}
	}
}

bool sn_handover_done(const struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		if (atomic_load_explicit(&d->workers[i].released, memory_order_acquire) !=
		    d->applies) {
			return false;
		}
	}
	return true;
}
