/*
 * The search of --find-max, see knee.h.
 */
#include "load/knee.h"

/* It is not the agent that is measured: less sent than this share of what was asked, or a step that
 * is bad while more requests than this left late. */
#define SENT_MIN 0.95
#define LATE_MAX 0.2

void sn_knee_init(struct sn_knee *k, const struct sn_knee_config *cfg)
{
	k->cfg = *cfg;
	k->state = SN_KNEE_RISING;
	k->rate = cfg->start < cfg->max ? cfg->start : cfg->max;
	k->again = false;
	k->good = 0;
	k->bad = 0;
}

bool sn_knee_is_good(const struct sn_knee *k, const struct sn_knee_step *step)
{
	return step->loss <= k->cfg.loss_max &&
	       (k->cfg.p99_max == 0 || step->p99 <= k->cfg.p99_max);
}

/* The gap is small enough, or there is none. */
static bool is_narrow(const struct sn_knee *k)
{
	return k->bad <= k->good * (1 + k->cfg.precision);
}

static bool end(struct sn_knee *k, enum sn_knee_state state)
{
	k->state = state;
	return false;
}

bool sn_knee_next(struct sn_knee *k, const struct sn_knee_step *step)
{
	bool good = sn_knee_is_good(k, step);
	bool ours = step->sent < SENT_MIN * step->rate || (!good && step->late > LATE_MAX);

	if ((!good || ours) && !k->again) {
		k->again = true;
		return true;
	}
	k->again = false;
	if (ours) {
		return end(k, SN_KNEE_OURS);
	}
	if (good) {
		k->good = step->rate;
	} else {
		k->bad = step->rate;
	}
	if (k->bad <= 0) {
		if (k->good >= k->cfg.max) {
			return end(k, SN_KNEE_ABOVE);
		}
		k->rate = k->good * k->cfg.factor;
		k->rate = k->rate < k->cfg.max ? k->rate : k->cfg.max;
		return true;
	}
	k->state = SN_KNEE_HALVING;
	if (k->good <= 0) {
		/* look below the start, but not for ever */
		if (k->bad <= k->cfg.start / 64) {
			return end(k, SN_KNEE_BELOW);
		}
		k->rate = k->bad / k->cfg.factor;
		return true;
	}
	if (is_narrow(k)) {
		return end(k, SN_KNEE_FOUND);
	}
	k->rate = (k->good + k->bad) / 2;
	return true;
}
