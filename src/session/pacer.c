/*
 * Rate limits of devices and prefixes, see pacer.h and pacer_int.h. Worker thread.
 *
 * Whoever is told that it may not go has its wake-up arranged: the timer of its own meter, or a
 * place in the line of its prefix, whose timer is armed while anybody is in it.
 */
#include "session/pacer_int.h"

#include <assert.h>
#include <stdlib.h>

enum { PACERS_PER_CHUNK = 64 };

/* Of the session's table. */
struct sn_prefix_entry {
	struct sn_prefix prefix;       /* first, see base/prefix.h */
	struct sn_prefix_pacer *pacer; /* NULL: no target of this worker is in it */
};

static bool is_lined_up(const struct sn_prefix_pacer *pp)
{
	return !sn_list_empty(&pp->urgent) || !sn_list_empty(&pp->waiting);
}

static void line_up(struct sn_session *s, struct sn_pacer *p)
{
	struct sn_prefix_pacer *pp = p->prefix;

	if (!sn_list_empty(&p->node)) {
		return; /* it has its place */
	}
	sn_list_push(sn_list_empty(&p->first) ? &pp->waiting : &pp->urgent, &p->node);
	if (!sn_timer_armed(&pp->timer)) {
		sn_wheel_arm(&s->w->wheel, &pp->timer, sn_meter_at(&pp->meter));
	}
}

/* The limits alone, whatever waits in front. */
static bool is_ready(struct sn_session *s, struct sn_pacer *p)
{
	struct sn_prefix_pacer *pp = p->prefix;
	uint64_t now = s->w->now;

	if (!sn_meter_conforms(&p->meter, now)) {
		if (!sn_timer_armed(&p->timer)) {
			sn_wheel_arm(&s->w->wheel, &p->timer, sn_meter_at(&p->meter));
		}
		return false;
	}
	if (!pp || (sn_meter_conforms(&pp->meter, now) && (pp->turn == p || !is_lined_up(pp)))) {
		return true;
	}
	line_up(s, p);
	return false;
}

bool sn_pacer_admits(struct sn_session *s, const struct sn_device *dev)
{
	return sn_list_empty(&dev->pace->first) && is_ready(s, dev->pace);
}

void sn_pacer_sent(struct sn_session *s, const struct sn_device *dev)
{
	struct sn_pacer *p = dev->pace;

	sn_meter_take(&p->meter, s->w->now);
	if (p->prefix) {
		sn_meter_take(&p->prefix->meter, s->w->now);
		p->prefix->turn = NULL; /* one request a turn */
	}
}

void sn_pacer_hold(struct sn_request *rq)
{
	struct sn_pacer *p = rq->dev->pace;

	sn_list_push(&p->first, &rq->node);
	if (!sn_list_empty(&p->node) && p->first.next == &rq->node) {
		sn_list_del(&p->node);
		sn_list_push(&p->prefix->urgent, &p->node);
	}
}

struct sn_request *sn_pacer_next(struct sn_session *s, const struct sn_device *dev)
{
	struct sn_pacer *p = dev->pace;

	if (sn_list_empty(&p->first) || !is_ready(s, p)) {
		return NULL;
	}
	return sn_container_of(sn_list_pop(&p->first), struct sn_request, node);
}

static void on_device(struct sn_timer *timer, uint64_t now)
{
	struct sn_pacer *p = sn_container_of(timer, struct sn_pacer, timer);

	(void)now;
	sn_requester_serve(p->session, p->dev);
}

static void on_prefix(struct sn_timer *timer, uint64_t now)
{
	struct sn_prefix_pacer *pp = sn_container_of(timer, struct sn_prefix_pacer, timer);
	struct sn_session *s = pp->session;

	(void)now;
	while (is_lined_up(pp) && sn_meter_conforms(&pp->meter, s->w->now)) {
		struct sn_list *n = sn_list_pop(&pp->urgent);

		n = n ? n : sn_list_pop(&pp->waiting);
		pp->turn = sn_container_of(n, struct sn_pacer, node);
		sn_requester_serve(s, pp->turn->dev); /* may line it up again */
		pp->turn = NULL;
	}
	if (is_lined_up(pp)) {
		sn_wheel_arm(&s->w->wheel, &pp->timer, sn_meter_at(&pp->meter));
	}
}

static void put_prefix(struct sn_prefix_pacer *pp)
{
	if (pp && --pp->refs == 0) {
		assert(!is_lined_up(pp));
		sn_wheel_cancel(&pp->session->w->wheel, &pp->timer);
		sn_slab_put(&pp->session->pacing.prefix_pacers, pp);
	}
}

static void free_table(struct sn_prefix_entry *v, uint32_t n)
{
	for (uint32_t i = 0; v && i < n; i++) {
		put_prefix(v[i].pacer);
	}
	free(v);
}

void sn_pacer_init(struct sn_session *s)
{
	sn_slab_init(&s->pacing.pacers, sizeof(struct sn_pacer), PACERS_PER_CHUNK);
	sn_slab_init(&s->pacing.prefix_pacers, sizeof(struct sn_prefix_pacer), PACERS_PER_CHUNK);
}

void sn_pacer_fini(struct sn_session *s)
{
	free(s->pacing.prefix);
	sn_slab_fini(&s->pacing.pacers);
	sn_slab_fini(&s->pacing.prefix_pacers);
}

static struct sn_prefix_pacer *new_prefix(struct sn_session *s)
{
	struct sn_prefix_pacer *pp = sn_slab_get(&s->pacing.prefix_pacers);

	if (pp) {
		*pp = (struct sn_prefix_pacer){.session = s};
		sn_timer_init(&pp->timer, on_prefix);
		sn_list_init(&pp->urgent);
		sn_list_init(&pp->waiting);
	}
	return pp;
}

/* The pacer that the prefix has already, or a new one; NULL: no memory. Both tables are sorted:
 * *old goes along in the one in use. */
static struct sn_prefix_pacer *find_pacer(struct sn_session *s, const struct sn_prefix *prefix,
					  uint32_t *old)
{
	const struct sn_pacing *pacing = &s->pacing;
	int order = 1;

	while (*old < pacing->nprefixes &&
	       (order = sn_prefix_order(&pacing->prefix[*old].prefix, prefix)) < 0) {
		++*old;
	}
	if (*old < pacing->nprefixes && order == 0 && pacing->prefix[*old].pacer) {
		return pacing->prefix[*old].pacer;
	}
	return new_prefix(s);
}

static void set_share(struct sn_session *s, struct sn_prefix_pacer *pp,
		      const struct sn_prefix_limit *limit)
{
	double share = (double)limit->here / limit->targets;

	sn_meter_set(&pp->meter, limit->rate * share, limit->burst * share, s->w->now);
	if (sn_timer_armed(&pp->timer)) {
		sn_wheel_arm(&s->w->wheel, &pp->timer, sn_meter_at(&pp->meter));
	}
}

int sn_pacer_set_prefixes(struct sn_session *s, const struct sn_prefix_limit *limits, uint32_t n)
{
	struct sn_prefix_entry *v = n ? calloc(n, sizeof(*v)) : NULL;
	uint32_t old = 0;

	if (n && !v) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		v[i].prefix = limits[i].prefix;
		if (limits[i].here == 0) {
			continue;
		}
		v[i].pacer = find_pacer(s, &v[i].prefix, &old);
		if (!v[i].pacer) {
			free_table(v, i);
			return SN_ENOMEM;
		}
		v[i].pacer->refs++;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].pacer) {
			set_share(s, v[i].pacer, &limits[i]);
		}
	}
	free_table(s->pacing.prefix, s->pacing.nprefixes);
	s->pacing.prefix = v;
	s->pacing.nprefixes = n;
	return SN_OK;
}

/* NULL: none, or no limit. */
static struct sn_prefix_pacer *prefix_of(const struct sn_session *s, const struct sn_device *dev)
{
	const struct sn_pacing *pacing = &s->pacing;
	int64_t i = sn_prefix_find(pacing->prefix, pacing->nprefixes, sizeof(*pacing->prefix),
				   &dev->addr);

	return i < 0 ? NULL : pacing->prefix[i].pacer;
}

static struct sn_pacer *new_pacer(struct sn_session *s, struct sn_device *dev)
{
	struct sn_pacer *p = sn_slab_get(&s->pacing.pacers);

	if (p) {
		*p = (struct sn_pacer){.dev = dev, .session = s};
		sn_timer_init(&p->timer, on_device);
		sn_list_init(&p->node);
		sn_list_init(&p->first);
	}
	return p;
}

void sn_pacer_limit(struct sn_session *s, struct sn_device *dev, uint32_t rate)
{
	struct sn_prefix_pacer *pp = prefix_of(s, dev);
	struct sn_pacer *p = dev->pace;

	if (!pp && !rate) {
		sn_pacer_forget(s, dev);
		return;
	}
	if (!p) {
		p = new_pacer(s, dev);
		if (!p) {
			dev->sock = SN_DEVICE_UNPACED;
			return;
		}
		dev->pace = p;
	}
	assert(sn_list_empty(&p->first));
	sn_list_del(&p->node);
	sn_wheel_cancel(&s->w->wheel, &p->timer);
	if (pp) {
		pp->refs++;
	}
	put_prefix(p->prefix);
	p->prefix = pp;
	sn_meter_set(&p->meter, rate, dev->window, s->w->now);
}

void sn_pacer_forget(struct sn_session *s, struct sn_device *dev)
{
	struct sn_pacer *p = dev->pace;

	if (!p) {
		return;
	}
	assert(sn_list_empty(&p->first));
	sn_list_del(&p->node);
	sn_wheel_cancel(&s->w->wheel, &p->timer);
	put_prefix(p->prefix);
	sn_slab_put(&s->pacing.pacers, p);
	dev->pace = NULL;
}
