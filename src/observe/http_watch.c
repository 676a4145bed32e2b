/*
 * The thread that cuts connections of slow clients, see http_watch.h.
 */
#include "observe/http_watch.h"

#include "base/clock.h"
#include "observe/http_int.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct sn_http_watch {
	pthread_mutex_t lock;	 /* of all, deadlines and cut */
	pthread_t thread;	 /* that looks */
	uint64_t period_ns;	 /* between two looks */
	int event;		 /* there is work, or stop */
	void (*work)(void *ctx); /* what to do when there is */
	void *ctx;		 /* its argument */
	struct sn_list all;	 /* struct sn_http_watched */
	uint64_t cut;		 /* connections that were */
	atomic_bool stop;	 /* it is to end */
};

/* Under the lock. A socket is closed by its owner only after sn_http_watch_remove. */
static void cut_late(struct sn_http_watch *w, uint64_t now)
{
	for (struct sn_list *n = w->all.next; n != &w->all; n = n->next) {
		struct sn_http_watched *c = sn_container_of(n, struct sn_http_watched, node);

		if (c->deadline <= now) {
			shutdown(c->fd, SHUT_RDWR);
			c->deadline = SN_TIME_NEVER;
			w->cut++;
		}
	}
}

static void *run(void *arg)
{
	struct sn_http_watch *w = arg;
	uint64_t next = sn_clock_mono() + w->period_ns;

	while (!atomic_load_explicit(&w->stop, memory_order_acquire)) {
		struct pollfd pfd = {.fd = w->event, .events = POLLIN};
		uint64_t now = sn_clock_mono();
		uint64_t drop;

		if (now < next) {
			poll(&pfd, 1, (int)((next - now) / SN_NS_PER_MS) + 1);
		} else {
			pthread_mutex_lock(&w->lock);
			cut_late(w, now);
			pthread_mutex_unlock(&w->lock);
			next = now + w->period_ns;
		}
		/* before the work: what comes meanwhile is seen on the next turn */
		if (read(w->event, &drop, sizeof(drop)) > 0) {
			w->work(w->ctx);
		}
	}
	return NULL;
}

int sn_http_watch_start(uint64_t period_ns, int event, void (*work)(void *ctx), void *ctx,
			struct sn_http_watch **out)
{
	struct sn_http_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return SN_ENOMEM;
	}
	w->period_ns = period_ns;
	w->event = event;
	w->work = work;
	w->ctx = ctx;
	sn_list_init(&w->all);
	pthread_mutex_init(&w->lock, NULL);
	if (sn_http_spawn(&w->thread, run, w, "sonde-http-time")) {
		pthread_mutex_destroy(&w->lock);
		free(w);
		return SN_ESYS;
	}
	*out = w;
	return SN_OK;
}

void sn_http_watch_stop(struct sn_http_watch *w)
{
	const uint64_t one = 1;

	if (!w) {
		return;
	}
	atomic_store_explicit(&w->stop, true, memory_order_release);
	if (write(w->event, &one, sizeof(one)) < 0) {
		/* the count is full: it is awake */
	}
	pthread_join(w->thread, NULL);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void sn_http_watch_add(struct sn_http_watch *w, struct sn_http_watched *c, int fd)
{
	c->fd = fd;
	c->deadline = SN_TIME_NEVER;
	pthread_mutex_lock(&w->lock);
	sn_list_push(&w->all, &c->node);
	pthread_mutex_unlock(&w->lock);
}

void sn_http_watch_set(struct sn_http_watch *w, struct sn_http_watched *c, uint64_t deadline)
{
	pthread_mutex_lock(&w->lock);
	c->deadline = deadline;
	pthread_mutex_unlock(&w->lock);
}

void sn_http_watch_remove(struct sn_http_watch *w, struct sn_http_watched *c)
{
	pthread_mutex_lock(&w->lock);
	sn_list_del(&c->node);
	pthread_mutex_unlock(&w->lock);
}

uint64_t sn_http_watch_cut(struct sn_http_watch *w)
{
	uint64_t cut;

	pthread_mutex_lock(&w->lock);
	cut = w->cut;
	pthread_mutex_unlock(&w->lock);
	return cut;
}
