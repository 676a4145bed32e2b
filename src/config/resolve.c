/*
 * Names of targets to addresses. The resolver answers one question at a time and may take seconds
 * for each that has no answer, so several threads ask, and the whole ends after a while even when
 * no server answers at all: what is still open then counts as unresolved. Called by config.c on the
 * main thread; the threads end before it returns.
 */
#include "config/load.h"

#include "base/clock.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { RESOLVE_THREADS = 32, RESOLVE_SECONDS = 30 };

/* The result of one look-up that did not take place. */
enum { RESOLVE_SKIPPED = -1000 };

struct query {
	const struct sn_target_entry *entry; /* whose name */
	int error;			     /* of getaddrinfo, 0: found; RESOLVE_SKIPPED */
};

struct resolver {
	struct query *v;       /* all queries */
	uint32_t n;	       /* queries */
	_Atomic uint32_t next; /* first that nobody has taken */
	uint64_t deadline;     /* mono ns after which no more are begun */
};

static int look_up(const struct query *q)
{
	static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct sn_addr *addr = &q->entry->spec->addr;
	in_port_t port = addr->in.sin_port;
	struct addrinfo *found;
	int err = getaddrinfo(q->entry->name, NULL, &hints, &found);

	if (err) {
		return err;
	}
	/* the resolver has sorted them: RFC 6724 */
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, found->ai_addr,
	       found->ai_addrlen < sizeof(*addr) ? found->ai_addrlen : sizeof(*addr));
	addr->in.sin_port = port; /* at the same offset for both families */
	freeaddrinfo(found);
	q->entry->spec->resolve_err = SN_OK;
	return 0;
}

static void *work(void *arg)
{
	struct resolver *r = arg;

	for (;;) {
		uint32_t i = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed);

		if (i >= r->n) {
			return NULL;
		}
		r->v[i].error = sn_clock_mono() < r->deadline ? look_up(&r->v[i]) : RESOLVE_SKIPPED;
	}
}

/* This thread works too, so that it goes on where no thread can be had. */
static void run(struct resolver *r)
{
	pthread_t threads[RESOLVE_THREADS];
	uint32_t n = 0;

	while (n < RESOLVE_THREADS && n + 1 < r->n &&
	       pthread_create(&threads[n], NULL, work, r) == 0) {
		n++;
	}
	work(r);
	while (n > 0) {
		pthread_join(threads[--n], NULL);
	}
}

static void report(struct sn_load *load, const struct resolver *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		const struct query *q = &r->v[i];
		char quoted[SN_DIAG_QUOTE_MAX];

		if (q->error) {
			sn_diag_warn(&load->diag, &q->entry->node->at, "%s has no address: %s",
				     sn_diag_quote(quoted, q->entry->name),
				     q->error == RESOLVE_SKIPPED ? "the resolver is too slow"
								 : gai_strerror(q->error));
		}
	}
}

int sn_resolve_names(struct sn_load *load)
{
	const struct sn_target_list *list = &load->targets;
	struct resolver r = {0};

	for (uint32_t i = 0; i < list->n; i++) {
		r.n += list->v[i].name != NULL;
	}
	if (r.n == 0) {
		return SN_OK;
	}
	r.v = sn_arena_alloc(&load->scratch, r.n * sizeof(*r.v));
	if (!r.v) {
		return SN_ENOMEM;
	}
	r.n = 0;
	for (uint32_t i = 0; i < list->n; i++) {
		if (list->v[i].name) {
			r.v[r.n].entry = &list->v[i];
			r.v[r.n++].error = RESOLVE_SKIPPED;
		}
	}
	r.deadline = sn_clock_mono() + RESOLVE_SECONDS * SN_NS_PER_SEC;
	run(&r);
	report(load, &r);
	return SN_OK;
}
