/*
 * The end of the work on targets: sorted by instance, each once, names looked up. The resolver
 * answers one question at a time and may take seconds for each that has no answer, so several
 * threads ask, and the whole ends after a while even when no server answers at all: what is still
 * open then counts as unresolved. Called by config.c on the main thread; the threads end before it
 * returns.
 */
#include "config/load.h"

#include "base/clock.h"
#include "base/hash.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* By instance, then by place, so that of equal ones the first stays. */
static int by_instance(const void *a, const void *b)
{
	const struct sn_target_entry *x = a;
	const struct sn_target_entry *y = b;
	int c = strcmp(x->spec->origin.instance, y->spec->origin.instance);

	if (c != 0) {
		return c;
	}
	return (x->order > y->order) - (x->order < y->order);
}

static bool same_instance(const struct sn_target_entry *a, const struct sn_target_entry *b)
{
	return a->spec->hash == b->spec->hash &&
	       strcmp(a->spec->origin.instance, b->spec->origin.instance) == 0;
}

static void report_conflict(struct sn_load *load, const struct sn_target_entry *first,
			    const struct sn_target_entry *again)
{
	char quoted[SN_DIAG_QUOTE_MAX];

	sn_diag_error(&load->diag, &again->at, "target %s has other settings here than at %s:%u:%u",
		      sn_diag_quote(quoted, again->spec->origin.instance), first->at.file,
		      first->at.line, first->at.column);
}

/* Reports or drops what is there twice; the number that stays. */
static uint32_t drop_doubles(struct sn_load *load)
{
	struct sn_target_entry *v = load->targets.v;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < load->targets.n; i++) {
		if (kept > 0 && same_instance(&v[kept - 1], &v[i])) {
			if (v[kept - 1].spec->fingerprint != v[i].spec->fingerprint) {
				report_conflict(load, &v[kept - 1], &v[i]);
			}
		} else {
			v[kept++] = v[i];
		}
	}
	return kept;
}

static uint32_t keep_only(struct sn_target_list *list, const char *only)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		if (strcmp(only, list->v[i].spec->origin.instance) == 0) {
			list->v[kept++] = list->v[i];
		}
	}
	return kept;
}

void sn_target_list_finish(struct sn_load *load, const char *only)
{
	struct sn_target_list *list = &load->targets;
	char quoted[SN_DIAG_QUOTE_MAX];

	if (list->n) {
		qsort(list->v, list->n, sizeof(*list->v), by_instance);
	}
	list->n = drop_doubles(load);
	if (only) {
		list->n = keep_only(list, only);
	}
	if (only && list->n == 0 && load->diag.errors == 0) {
		sn_diag_error(&load->diag, NULL, "target %s is not in the configuration",
			      sn_diag_quote(quoted, only));
	}
}

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
			sn_diag_warn(&load->diag, &q->entry->at, "%s has no address: %s",
				     sn_diag_quote(quoted, q->entry->name),
				     q->error == RESOLVE_SKIPPED ? "the resolver is too slow"
								 : gai_strerror(q->error));
		}
	}
}

int sn_target_list_resolve(struct sn_load *load)
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

int sn_target_list_publish(struct sn_load *load)
{
	const struct sn_target_list *list = &load->targets;
	const struct sn_target_spec **specs;

	specs = sn_arena_alloc(&load->snap->arena, list->n * sizeof(*specs) + 1);
	if (!specs) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < list->n; i++) {
		struct sn_target_spec *spec = list->v[i].spec;

		spec->fingerprint =
			sn_hash_bytes(&spec->addr, sizeof(spec->addr), spec->fingerprint);
		specs[i] = spec;
	}
	load->raw.cfg.targets = specs;
	load->raw.cfg.ntargets = list->n;
	return SN_OK;
}
