/*
 * The steerable sink, see probe_sink.h.
 */
#include "support/probe_sink.h"

#include "base/clock.h"
#include "base/err.h"
#include "support/suite.h"

#include <errno.h>
#include <string.h>

struct probe_sink {
	struct sn_sink base; /* first: the pump sees this */
	struct probe *probe; /* what it keeps, owned by the test */
};

void probe_init(struct probe *p)
{
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->change, NULL);
}

void probe_fini(struct probe *p)
{
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->lock);
	free(p->data);
}

/* Waits for a change or the next look at what no one announces; the lock is held. */
static void wait_a_little(struct probe *p)
{
	uint64_t until = sn_clock_wall() + 10 * SN_NS_PER_MS;
	struct timespec ts = {.tv_sec = (time_t)(until / SN_NS_PER_SEC),
			      .tv_nsec = (long)(until % SN_NS_PER_SEC)};

	pthread_cond_timedwait(&p->change, &p->lock, &ts);
}

static void keep(struct probe *p, struct sn_span data)
{
	if (p->n + data.n > p->cap) {
		p->cap = (p->n + data.n) * 2;
		p->data = realloc(p->data, p->cap);
		suite_expect(p->data != NULL);
	}
	memcpy(p->data + p->n, data.p, data.n);
	p->n += data.n;
}

static int write_locked(struct probe_sink *s, struct sn_span data)
{
	struct probe *p = s->probe;

	p->writes++;
	p->waiting++;
	pthread_cond_broadcast(&p->change);
	while (p->closed && !atomic_load_explicit(&s->base.abandon, memory_order_relaxed)) {
		wait_a_little(p);
	}
	p->waiting--;
	if (p->closed) {
		return SN_ECANCELED;
	}
	if (p->fails) {
		p->fails--;
		errno = p->err == SN_ENOSPC ? ENOSPC : EIO;
		return p->err;
	}
	keep(p, data);
	return SN_OK;
}

static int probe_write(struct sn_sink *sink, struct sn_span data)
{
	struct probe_sink *s = (struct probe_sink *)sink;
	int err;

	pthread_mutex_lock(&s->probe->lock);
	err = write_locked(s, data);
	pthread_cond_broadcast(&s->probe->change);
	pthread_mutex_unlock(&s->probe->lock);
	return err;
}

static void bump(struct sn_sink *sink, unsigned *counter)
{
	struct probe_sink *s = (struct probe_sink *)sink;

	pthread_mutex_lock(&s->probe->lock);
	++*counter;
	pthread_cond_broadcast(&s->probe->change);
	pthread_mutex_unlock(&s->probe->lock);
}

static int probe_flush(struct sn_sink *sink)
{
	struct probe *p = ((struct probe_sink *)sink)->probe;

	bump(sink, &p->flushes);
	return p->flush_err;
}

static int probe_reopen(struct sn_sink *sink)
{
	struct probe *p = ((struct probe_sink *)sink)->probe;

	if (!p->reopen_err) {
		probe_fail(p, SN_OK, 0);
	}
	bump(sink, &p->reopens);
	return p->reopen_err;
}

static void probe_free(struct sn_sink *sink)
{
	bump(sink, &((struct probe_sink *)sink)->probe->frees);
	free(sink);
}

struct sn_sink *probe_sink(struct probe *p)
{
	static const struct sn_sink_ops ops = {.name = "probe",
					       .write = probe_write,
					       .flush = probe_flush,
					       .reopen = probe_reopen,
					       .free = probe_free};
	struct probe_sink *s = calloc(1, sizeof(*s));

	suite_expect(s != NULL);
	s->base.ops = &ops;
	s->base.label = "probe";
	s->probe = p;
	return &s->base;
}

void probe_close(struct probe *p, bool closed)
{
	pthread_mutex_lock(&p->lock);
	p->closed = closed;
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
}

void probe_fail(struct probe *p, int err, unsigned times)
{
	pthread_mutex_lock(&p->lock);
	p->err = err;
	p->fails = times;
	pthread_mutex_unlock(&p->lock);
}

void probe_wait(struct probe *p, const unsigned *counter, unsigned n)
{
	uint64_t end = sn_clock_mono() + 20 * SN_NS_PER_SEC;

	pthread_mutex_lock(&p->lock);
	while (*counter < n) {
		suite_expect(sn_clock_mono() < end);
		wait_a_little(p);
	}
	pthread_mutex_unlock(&p->lock);
}
