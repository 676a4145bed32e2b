/*
 * The steerable sink of messages, see postbox.h.
 */
#include "support/postbox.h"

#include "base/clock.h"
#include "base/err.h"
#include "output/port.h"
#include "support/suite.h"

struct postbox_sink {
	struct sn_sink base; /* first: the pump sees this */
	struct postbox *box; /* what it keeps, owned by the test */
};

static void copy(char *out, size_t size, struct sn_span text)
{
	size_t n = text.n < size ? text.n : size - 1;

	memcpy(out, text.p, n);
	out[n] = '\0';
}

static void keep(struct postbox *p, const struct sn_output_message *m)
{
	struct posted *v;

	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		p->v = realloc(p->v, p->cap * sizeof(*p->v));
		suite_expect(p->v != NULL);
	}
	v = &p->v[p->n++];
	copy(v->key, sizeof(v->key), sn_message_key(m));
	copy(v->module, sizeof(v->module), sn_message_module(m));
	copy(v->table, sizeof(v->table), sn_message_table(m));
	copy(v->status, sizeof(v->status), sn_span_str(m->status));
	v->n = m->body;
	v->body = malloc(v->n + 1);
	suite_expect(v->body != NULL);
	memcpy(v->body, sn_message_body(m).p, v->n);
	v->body[v->n] = '\0';
	v->began = m->began;
	v->rows = m->rows;
	v->rounds = m->rounds;
	v->hash = m->hash;
	v->part = m->part;
	v->topic = m->topic;
	v->last = m->last;
	v->buffer = (const uint8_t *)m - m->offset;
}

static int postbox_take(struct sn_sink *sink, struct sn_output_message *m)
{
	struct postbox *p = ((struct postbox_sink *)sink)->box;
	int err = SN_OK;

	pthread_mutex_lock(&p->lock);
	if (p->full) {
		p->refusals++;
		err = SN_EAGAIN;
	} else {
		keep(p, m);
		m->next = p->held;
		p->held = m;
		p->nheld++;
	}
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
	return err;
}

static void settle_all(struct postbox *p, enum sn_loss why)
{
	struct sn_output_message *m;

	while ((m = p->held)) {
		p->held = m->next;
		p->nheld--;
		sn_message_settle(m, why);
	}
}

static uint64_t postbox_serve(struct sn_sink *sink, uint64_t now)
{
	struct postbox *p = ((struct postbox_sink *)sink)->box;

	(void)now;
	pthread_mutex_lock(&p->lock);
	if (!p->hold) {
		settle_all(p, p->fate);
	}
	pthread_mutex_unlock(&p->lock);
	return SN_TIME_NEVER;
}

static void postbox_abort(struct sn_sink *sink)
{
	struct postbox *p = ((struct postbox_sink *)sink)->box;

	pthread_mutex_lock(&p->lock);
	if (!p->deaf) {
		settle_all(p, SN_LOSS_SHUTDOWN);
	}
	p->held = NULL;
	p->aborts++;
	pthread_mutex_unlock(&p->lock);
}

static void postbox_free(struct sn_sink *sink)
{
	((struct postbox_sink *)sink)->box->frees++;
	free(sink);
}

void postbox_init(struct postbox *p)
{
	static const struct sn_sink_ops ops = {.name = "postbox",
					       .take = postbox_take,
					       .serve = postbox_serve,
					       .abort = postbox_abort,
					       .free = postbox_free};
	struct postbox_sink *s = calloc(1, sizeof(*s));

	suite_expect(s != NULL);
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->change, NULL);
	p->fate = SN_LOSS_NONE;
	s->base.ops = &ops;
	s->base.label = "postbox";
	s->box = p;
	p->sink = &s->base;
}

void postbox_fini(struct postbox *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		free(p->v[i].body);
	}
	free(p->v);
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->lock);
}

static void steer(struct postbox *p, bool *what, bool value)
{
	pthread_mutex_lock(&p->lock);
	*what = value;
	pthread_mutex_unlock(&p->lock);
	sn_pump_nudge(p->sink->pump);
}

void postbox_hold(struct postbox *p, bool hold)
{
	steer(p, &p->hold, hold);
}

void postbox_fill(struct postbox *p, bool full)
{
	steer(p, &p->full, full);
}

void postbox_wait(struct postbox *p, const unsigned *counter, unsigned n)
{
	uint64_t end = sn_clock_mono() + 20 * SN_NS_PER_SEC;

	pthread_mutex_lock(&p->lock);
	while (*counter < n) {
		uint64_t until = sn_clock_wall() + 10 * SN_NS_PER_MS;
		struct timespec ts = {.tv_sec = (time_t)(until / SN_NS_PER_SEC),
				      .tv_nsec = (long)(until % SN_NS_PER_SEC)};

		suite_expect(sn_clock_mono() < end);
		pthread_cond_timedwait(&p->change, &p->lock, &ts);
	}
	pthread_mutex_unlock(&p->lock);
}
