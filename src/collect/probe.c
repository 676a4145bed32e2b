/*
 * Rounds on demand, see probe.h. Worker thread.
 */
#include "collect/probe.h"

#include "collect/targets_int.h"
#include "session/discovery.h"

#include <stdlib.h>

enum {
	BUCKETS_MIN = 64,
	DEVICES_MAX = 100000, /* kept for probes to come */
	PER_CHUNK = 16,
	IDLE_S = 600, /* unused, before a device is forgotten */
	LOOK_S = 60   /* between looks for such */
};

/* A device that was probed. */
struct sn_probe_target {
	struct sn_probe_target *next; /* in its bucket */
	struct sn_list idle;	      /* in sn_probes.idle */
	struct sn_list waiting;	      /* probes behind the one under way */
	struct sn_probe *probe;	      /* under way; NULL: none */
	struct sn_probes *probes;     /* whose */
	uint64_t fingerprint;	      /* of the settings */
	uint64_t used;		      /* mono ns of the last probe's end */
	struct sn_device dev;	      /* as of a target; what it borrows is the probe's */
	struct sn_learned learned;    /* what the rounds have taught */
	struct sn_job job;	      /* the round */
};

static void emit_rows(struct sn_job *job, const struct sn_block *blk)
{
	struct sn_probe_target *t = job->owner;

	t->probe->rows(t->probe, blk);
}

static void emit_table(struct sn_job *job, const struct sn_schema *schema, bool whole)
{
	struct sn_probe_target *t = job->owner;

	t->probe->table(t->probe, schema, whole);
}

static void emit_round(struct sn_job *job, const struct sn_round *round)
{
	struct sn_probe_target *t = job->owner;

	t->probe->round = *round;
}

static const struct sn_emit to_probe = {
	.rows = emit_rows, .table = emit_table, .round = emit_round};

static struct sn_probe_target **home(const struct sn_probes *ps, uint64_t fingerprint)
{
	return &ps->bucket[fingerprint & (ps->nbuckets - 1)];
}

static struct sn_probe_target *find(const struct sn_probes *ps, uint64_t fingerprint)
{
	struct sn_probe_target *t = ps->nbuckets ? *home(ps, fingerprint) : NULL;

	while (t && t->fingerprint != fingerprint) {
		t = t->next;
	}
	return t;
}

/* Room for one more. Without memory the buckets become long, unless there are none. */
static bool grow(struct sn_probes *ps)
{
	uint32_t nbuckets = ps->nbuckets ? 2 * ps->nbuckets : BUCKETS_MIN;
	struct sn_probe_target **old = ps->bucket;
	uint32_t nold = ps->nbuckets;
	struct sn_probe_target **bucket;

	if (ps->n < ps->nbuckets) {
		return true;
	}
	bucket = calloc(nbuckets, sizeof(struct sn_probe_target *));
	if (!bucket) {
		return nold > 0;
	}
	ps->bucket = bucket;
	ps->nbuckets = nbuckets;
	for (uint32_t i = 0; i < nold; i++) {
		struct sn_probe_target *t = old[i];

		while (t) {
			struct sn_probe_target *next = t->next;
			struct sn_probe_target **at = home(ps, t->fingerprint);

			t->next = *at;
			*at = t;
			t = next;
		}
	}
	free(old);
	return true;
}

static void drop(struct sn_probes *ps, struct sn_probe_target *t)
{
	struct sn_probe_target **at = home(ps, t->fingerprint);

	while (*at != t) {
		at = &(*at)->next;
	}
	*at = t->next;
	sn_list_del(&t->idle);
	sn_discovery_forget(&ps->c->session, &t->dev);
	sn_pacer_forget(&ps->c->session, &t->dev);
	sn_learned_fini(&t->learned);
	sn_slab_put(&ps->slab, t);
	ps->n--;
}

static struct sn_probe_target *oldest(const struct sn_probes *ps)
{
	return sn_list_empty(&ps->idle)
		       ? NULL
		       : sn_container_of(ps->idle.next, struct sn_probe_target, idle);
}

/* The device of a probe, made if missing. NULL: out of memory, or too many are being probed. */
static struct sn_probe_target *take(struct sn_probes *ps, const struct sn_target_spec *spec)
{
	struct sn_probe_target *t = find(ps, spec->fingerprint);
	struct sn_device_config cfg;

	if (t) {
		return t;
	}
	if (ps->n >= DEVICES_MAX && oldest(ps)) {
		drop(ps, oldest(ps));
	}
	t = ps->n < DEVICES_MAX && grow(ps) ? sn_slab_get(&ps->slab) : NULL;
	if (!t) {
		return NULL;
	}
	memset(t, 0, sizeof(*t));
	sn_list_init(&t->idle);
	sn_list_init(&t->waiting);
	t->probes = ps;
	t->fingerprint = spec->fingerprint;
	cfg = sn_collector_device_config(ps->c, spec);
	sn_device_init(&t->dev, &cfg);
	sn_pacer_limit(&ps->c->session, &t->dev, spec->rate_limit);
	sn_learned_init(&t->learned);
	t->next = *home(ps, t->fingerprint);
	*home(ps, t->fingerprint) = t;
	ps->n++;
	return t;
}

/* The probe has its round record. */
static void end(struct sn_probes *ps, struct sn_probe *p)
{
	sn_wheel_cancel(&ps->c->w->wheel, &p->timer);
	ps->running--;
	p->target = NULL;
	p->done(p); /* p may be gone */
}

/* A probe that could not even begin has its record as well. */
static void refuse(struct sn_probes *ps, struct sn_probe *p, uint8_t status, const char *reason)
{
	p->round = (struct sn_round){.origin = &p->spec->origin,
				     .modules = p->spec->modules,
				     .at = sn_worker_wall(ps->c->w),
				     .began = sn_worker_wall(ps->c->w),
				     .status = status,
				     .reason = reason};
	end(ps, p);
}

static void arm_expiry(struct sn_probes *ps)
{
	if (!sn_timer_armed(&ps->expiry) && ps->n && !ps->c->draining) {
		sn_wheel_arm(&ps->c->w->wheel, &ps->expiry, ps->c->w->now + LOOK_S * SN_NS_PER_SEC);
	}
}

static void expire(struct sn_timer *timer, uint64_t now)
{
	struct sn_probes *ps = sn_container_of(timer, struct sn_probes, expiry);
	struct sn_probe_target *t;

	while ((t = oldest(ps)) && now - t->used > IDLE_S * SN_NS_PER_SEC) {
		drop(ps, t);
	}
	arm_expiry(ps);
}

static void on_over(struct sn_job *job);

/* p is in no list. False: there was no memory, it has had its end. */
static bool start(struct sn_probe_target *t, struct sn_probe *p)
{
	struct sn_probes *ps = t->probes;

	/* the same octets and the same user as before, in the memory of this probe */
	t->dev.community = p->spec->community;
	t->dev.access = p->spec->access;
	t->probe = p;
	t->job.over = on_over;
	t->job.owner = t;
	t->job.snapshot = 0;
	if (sn_job_start(&t->job, &ps->env, p->spec, &t->dev, &t->learned, ps->c->w->now)) {
		t->probe = NULL;
		refuse(ps, p, SN_ROUND_OVERLOAD, sn_err_text(SN_ENOMEM));
		return false;
	}
	return true;
}

/* Nothing is under way at the device: the next probe that waits, or none. */
static void go_on(struct sn_probe_target *t)
{
	struct sn_probes *ps = t->probes;

	while (!sn_list_empty(&t->waiting)) {
		if (start(t, sn_container_of(sn_list_pop(&t->waiting), struct sn_probe, waiting))) {
			return;
		}
	}
	sn_list_push(&ps->idle, &t->idle);
	arm_expiry(ps);
}

static void on_over(struct sn_job *job)
{
	struct sn_probe_target *t = job->owner;
	struct sn_probe *p = t->probe;

	sn_job_fini(job);
	t->probe = NULL;
	t->used = t->probes->c->w->now;
	end(t->probes, p);
	go_on(t);
}

static void on_deadline(struct sn_timer *timer, uint64_t now)
{
	struct sn_probe *p = sn_container_of(timer, struct sn_probe, timer);
	struct sn_probe_target *t = p->target;

	(void)now;
	if (t->probe == p) {
		sn_job_cancel(&t->job);
		return;
	}
	sn_list_del(&p->waiting);
	refuse(t->probes, p, SN_ROUND_CANCELLED, "an earlier probe of the device took too long");
}

/* On the worker: the message has arrived. */
static void begin(struct sn_worker *w, struct sn_worker_message *message)
{
	struct sn_probe *p = sn_container_of(message, struct sn_probe, message);
	struct sn_probes *ps = &p->collector->probes;
	struct sn_probe_target *t;

	ps->running++;
	sn_list_init(&p->waiting);
	sn_timer_init(&p->timer, on_deadline);
	if (ps->c->draining) {
		refuse(ps, p, SN_ROUND_CANCELLED, "shutting down");
		return;
	}
	if (p->spec->resolve_err) {
		refuse(ps, p, SN_ROUND_UNRESOLVED, "the name has no address");
		return;
	}
	t = take(ps, p->spec);
	if (!t) {
		refuse(ps, p, SN_ROUND_OVERLOAD, sn_err_text(SN_ENOMEM));
		return;
	}
	p->target = t;
	if (p->deadline) {
		sn_wheel_arm(&w->wheel, &p->timer, p->deadline);
	}
	if (t->probe) {
		sn_list_push(&t->waiting, &p->waiting);
		return;
	}
	sn_list_del(&t->idle);
	if (!start(t, p)) {
		go_on(t);
	}
}

void sn_probe_post(struct sn_probe *p)
{
	p->message.run = begin;
	sn_worker_post(p->collector->w, &p->message);
}

void sn_probes_init(struct sn_probes *ps, struct sn_collector *c)
{
	memset(ps, 0, sizeof(*ps));
	ps->c = c;
	ps->env = c->env;
	ps->env.emit = &to_probe;
	ps->env.once = false;
	ps->env.any_type = true; /* as snmp_exporter has it */
	sn_slab_init(&ps->slab, sizeof(struct sn_probe_target), PER_CHUNK);
	sn_list_init(&ps->idle);
	sn_timer_init(&ps->expiry, expire);
}

void sn_probes_fini(struct sn_probes *ps)
{
	while (oldest(ps)) {
		drop(ps, oldest(ps));
	}
	free(ps->bucket);
	sn_slab_fini(&ps->slab);
}

void sn_probes_cancel(struct sn_probes *ps)
{
	for (uint32_t i = 0; i < ps->nbuckets; i++) {
		for (struct sn_probe_target *t = ps->bucket[i]; t; t = t->next) {
			while (!sn_list_empty(&t->waiting)) {
				refuse(ps,
				       sn_container_of(sn_list_pop(&t->waiting), struct sn_probe,
						       waiting),
				       SN_ROUND_CANCELLED, "shutting down");
			}
			if (t->probe) {
				sn_job_cancel(&t->job);
			}
		}
	}
}
