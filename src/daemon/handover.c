/*
 * A snapshot's way to the workers: its targets dealt out, taken up by each, sent again to whom had
 * no memory for them, and the snapshot before let go of. Main thread; sn_handover_take runs on the
 * workers.
 */
#include "daemon/parts.h"

#include "base/log.h"

#include <stdlib.h>

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
	if (sn_collector_apply_begin(&dw->collector, dw->apply.specs, dw->apply.nspecs)) {
		sn_handover_refused(dw);
	}
}

/* The targets of one worker. */
struct share {
	const struct sn_target_spec **specs; /* heap */
	uint32_t n;			     /* of them */
};

static void free_shares(struct share *shares, unsigned n)
{
	for (unsigned i = 0; shares && i < n; i++) {
		free(shares[i].specs);
	}
	free(shares);
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
