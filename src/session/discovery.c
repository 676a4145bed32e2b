/*
 * Engines of devices: discovered, proved, changed, doubted; see discovery.h. Worker thread.
 */
#include "session/discovery_int.h"

#include <stdlib.h>

/* How often a device may change its engine, or an engine's clock be given up. */
#define RESYNC_NS (60 * SN_NS_PER_SEC)

static void put_engine(struct sn_session *s, struct sn_engine **eng)
{
	if (*eng) {
		sn_engine_fini(*eng);
		sn_keys_put(&s->engines, *eng);
		*eng = NULL;
	}
}

void sn_discovery_forget(struct sn_session *s, struct sn_device *dev)
{
	put_engine(s, &dev->engine);
	put_engine(s, &dev->candidate);
	dev->resync_at = 0;
	dev->suspect = false;
}

/* Memory for an engine, NULL: none. Says when it is not as safe as it should be. */
static struct sn_engine *get_engine(struct sn_session *s)
{
	uint32_t unlocked = s->engines.unlocked;
	struct sn_engine *eng = sn_keys_get(&s->engines);

	sn_counter_add(&s->w->counters, SN_C_KEYS_UNLOCKED, s->engines.unlocked - unlocked);
	return eng;
}

/* The candidate becomes this one. SN_EINVAL: no engine ID; SN_ENOMEM. */
static int set_candidate(struct sn_session *s, struct sn_device *dev, struct sn_span id)
{
	struct sn_engine *eng;
	int rc;

	if (!s->scratch) {
		s->scratch = malloc(SN_SESSION_SCRATCH);
		if (!s->scratch) {
			return SN_ENOMEM;
		}
	}
	put_engine(s, &dev->candidate);
	eng = get_engine(s);
	if (!eng) {
		return SN_ENOMEM;
	}
	rc = sn_engine_init(eng, dev->access->user, id);
	if (rc) {
		sn_keys_put(&s->engines, eng);
		return rc;
	}
	dev->candidate = eng;
	return SN_OK;
}

int sn_discovery_choose(struct sn_session *s, struct sn_request *rq, struct sn_engine **eng)
{
	struct sn_device *dev = rq->dev;
	struct sn_span given = dev->access->user->engine_id;

	if (!dev->candidate) {
		rq->by_candidate = false; /* proved and in place by now, or given up */
	}
	if (dev->engine && !rq->by_candidate) {
		*eng = dev->suspect ? NULL : dev->engine;
		return SN_OK;
	}
	if (!dev->candidate && given.n) {
		int rc = set_candidate(s, dev, given);

		if (rc) {
			return rc;
		}
	}
	*eng = dev->candidate;
	return SN_OK;
}

struct sn_engine *sn_discovery_find(const struct sn_device *dev, struct sn_span id)
{
	if (dev->engine && sn_span_eq(sn_engine_id(dev->engine), id)) {
		return dev->engine;
	}
	if (dev->candidate && sn_span_eq(sn_engine_id(dev->candidate), id)) {
		return dev->candidate;
	}
	return NULL;
}

/* The candidate for a device whose engine is known already, which should be rare. */
static int challenge(struct sn_session *s, struct sn_device *dev, struct sn_span id)
{
	int rc;

	if (s->w->now < dev->resync_at) {
		return SN_EENGINE;
	}
	rc = set_candidate(s, dev, id);
	if (rc == SN_OK) {
		dev->resync_at = s->w->now + RESYNC_NS;
	}
	return rc;
}

int sn_discovery_learn(struct sn_session *s, struct sn_request *rq, const struct sn_usm_params *p)
{
	struct sn_device *dev = rq->dev;
	struct sn_engine *eng = sn_discovery_find(dev, p->engine_id);
	struct sn_span given = dev->access->user->engine_id;
	int rc = SN_OK;

	if (given.n && !sn_span_eq(given, p->engine_id)) {
		return SN_EENGINE;
	}
	if (eng && eng == dev->engine && rq->by_candidate) {
		put_engine(s, &dev->candidate); /* who is there does not know it */
	}
	if (!eng) {
		rc = dev->engine ? challenge(s, dev, p->engine_id)
				 : set_candidate(s, dev, p->engine_id);
	}
	if (rc) {
		return rc == SN_ENOMEM ? rc : SN_EENGINE;
	}
	dev->suspect = false;
	rq->discovered = true;
	rq->by_candidate = !eng || eng == dev->candidate;
	if (rq->by_candidate) {
		dev->candidate->hint_boots = p->boots;
		dev->candidate->hint_time = p->time;
		dev->candidate->hint_at = s->w->now;
	}
	return SN_OK;
}

void sn_discovery_confirm(struct sn_session *s, struct sn_device *dev, struct sn_engine *eng)
{
	dev->suspect = false;
	if (eng != dev->candidate) {
		return;
	}
	if (dev->engine) {
		sn_counter_add(&s->w->counters, SN_C_ENGINE_CHANGES, 1);
		put_engine(s, &dev->engine);
	}
	dev->engine = eng;
	dev->candidate = NULL;
}

bool sn_discovery_give_up_clock(struct sn_session *s, struct sn_device *dev, struct sn_engine *eng)
{
	if (s->w->now < dev->resync_at || eng->clock.boots == SN_ENGINE_BOOTS_MAX) {
		return false;
	}
	dev->resync_at = s->w->now + RESYNC_NS;
	memset(&eng->clock, 0, sizeof(eng->clock));
	eng->hint_boots = 0;
	eng->hint_time = 0;
	eng->hint_at = s->w->now;
	return true;
}

void sn_discovery_silent(struct sn_session *s, struct sn_request *rq)
{
	struct sn_device *dev = rq->dev;

	if (!dev->access) {
		return;
	}
	if (!dev->engine || rq->by_candidate) {
		put_engine(s, &dev->candidate); /* it never proved anything */
	} else {
		dev->suspect = true;
	}
}
