/*
 * The resolver of requests, see resolve.h. A mutex guards everything; it is held for moments only.
 */
#include "serve/resolve.h"

#include "base/clock.h"
#include "base/hash.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	THREADS = 4,	 /* questions to the system at a time */
	SLOTS = 4096,	 /* answers kept, by hash of the host: a later one takes the place */
	FOUND_S = 60,	 /* how long an answer holds */
	NOT_FOUND_S = 10 /* the same for none */
};

struct answer {
	char *host;	     /* heap, NULL: empty */
	struct sn_addr addr; /* when found */
	uint64_t until;	     /* mono ns */
	bool found;	     /* it has an address */
};

struct sn_resolver {
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;  /* there is a question, or the end */
	pthread_t thread[THREADS];
	unsigned nthreads;	   /* running */
	bool end;		   /* no more questions */
	struct sn_resolve *first;  /* waiting */
	struct sn_resolve **last;  /* where the next one is hung in */
	struct answer slot[SLOTS]; /* kept */
};

static struct answer *home(struct sn_resolver *r, const char *host)
{
	return &r->slot[sn_hash_bytes(host, strlen(host), 0) % SLOTS];
}

/* Under the lock. True: answered from what is kept. */
static bool find(struct sn_resolver *r, struct sn_resolve *q, bool *found)
{
	const struct answer *a = home(r, q->host);

	if (!a->host || strcmp(a->host, q->host) != 0 || a->until < sn_clock_mono()) {
		return false;
	}
	q->addr = a->addr;
	*found = a->found;
	return true;
}

/* Under the lock. Without memory it is not kept. */
static void keep(struct sn_resolver *r, const struct sn_resolve *q, bool found)
{
	struct answer *a = home(r, q->host);
	char *host = strdup(q->host);

	if (!host) {
		return;
	}
	free(a->host);
	*a = (struct answer){.host = host,
			     .addr = q->addr,
			     .found = found,
			     .until = sn_clock_mono() +
				      (found ? FOUND_S : NOT_FOUND_S) * SN_NS_PER_SEC};
}

/* Asks the system: IPv4 or IPv6, as it prefers. */
static bool ask(struct sn_resolve *q)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	bool found = false;

	if (getaddrinfo(q->host, NULL, &hints, &list)) {
		return false;
	}
	for (const struct addrinfo *ai = list; ai && !found; ai = ai->ai_next) {
		if ((ai->ai_family == AF_INET || ai->ai_family == AF_INET6) &&
		    ai->ai_addrlen <= sizeof(q->addr)) {
			memset(&q->addr, 0, sizeof(q->addr));
			memcpy(&q->addr, ai->ai_addr, ai->ai_addrlen);
			found = true;
		}
	}
	freeaddrinfo(list);
	return found;
}

static void *run(void *arg)
{
	struct sn_resolver *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->end) {
		struct sn_resolve *q = r->first;
		bool found;

		if (!q) {
			pthread_cond_wait(&r->work, &r->lock);
			continue;
		}
		r->first = q->next;
		if (!r->first) {
			r->last = &r->first;
		}
		if (!find(r, q, &found)) {
			pthread_mutex_unlock(&r->lock);
			found = ask(q);
			pthread_mutex_lock(&r->lock);
			keep(r, q, found);
		}
		pthread_mutex_unlock(&r->lock);
		q->answer(q, found);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct sn_resolver *sn_resolver_new(void)
{
	struct sn_resolver *r = calloc(1, sizeof(*r));

	if (!r) {
		return NULL;
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	r->last = &r->first;
	while (r->nthreads < THREADS &&
	       pthread_create(&r->thread[r->nthreads], NULL, run, r) == 0) {
		r->nthreads++;
	}
	if (r->nthreads == 0) {
		sn_resolver_free(r);
		return NULL;
	}
	return r;
}

void sn_resolver_ask(struct sn_resolver *r, struct sn_resolve *q)
{
	bool found = false;
	bool known;

	q->next = NULL;
	pthread_mutex_lock(&r->lock);
	known = r->end || find(r, q, &found);
	if (!known) {
		*r->last = q;
		r->last = &q->next;
		pthread_cond_signal(&r->work);
	}
	pthread_mutex_unlock(&r->lock);
	if (known) {
		q->answer(q, found);
	}
}

void sn_resolver_free(struct sn_resolver *r)
{
	if (!r) {
		return;
	}
	pthread_mutex_lock(&r->lock);
	r->end = true;
	pthread_cond_broadcast(&r->work);
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->nthreads; i++) {
		pthread_join(r->thread[i], NULL);
	}
	while (r->first) {
		struct sn_resolve *q = r->first;

		r->first = q->next;
		q->answer(q, false);
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		free(r->slot[i].host);
	}
	pthread_cond_destroy(&r->work);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
