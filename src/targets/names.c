/*
 * A hash table of host names and the threads that ask for them, see names.h.
 */
#include "targets/names.h"

#include "base/clock.h"
#include "base/hash.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 32, FIRST_SLOTS = 64 };

struct sn_name_cache {
	sn_name_ask_fn *ask;	/* the resolver */
	struct sn_name **slots; /* open addressing; heap */
	uint32_t nslots;	/* a power of two, or 0 */
	uint32_t used;		/* of them */
	uint64_t changes;	/* answers that differed from the ones before */
};

/* One look-up. */
struct round {
	sn_name_ask_fn *ask;	    /* the resolver */
	struct sn_name **v;	    /* whom to ask for */
	uint32_t n;		    /* of them */
	_Atomic uint32_t next;	    /* first that nobody has taken */
	uint64_t deadline;	    /* mono ns after which no more are begun */
	const _Atomic bool *cancel; /* the same, once true; NULL */
	_Atomic uint32_t changes;   /* answers that differ from the ones before */
};

static int ask_system(const char *host, struct sn_addr *addr)
{
	static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	int err = getaddrinfo(host, NULL, &hints, &found);

	if (err) {
		return err;
	}
	/* the resolver has sorted them: RFC 6724 */
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, found->ai_addr,
	       found->ai_addrlen < sizeof(*addr) ? found->ai_addrlen : sizeof(*addr));
	freeaddrinfo(found);
	return 0;
}

struct sn_name_cache *sn_name_cache_new(sn_name_ask_fn *ask)
{
	struct sn_name_cache *c = calloc(1, sizeof(*c));

	if (c) {
		c->ask = ask ? ask : ask_system;
	}
	return c;
}

void sn_name_cache_free(struct sn_name_cache *c)
{
	for (uint32_t i = 0; c && i < c->nslots; i++) {
		free(c->slots[i]);
	}
	if (c) {
		free(c->slots);
	}
	free(c);
}

/* The slot of a host, or the free one where it belongs. */
static struct sn_name **find(struct sn_name **slots, uint32_t nslots, const char *host)
{
	uint32_t i = (uint32_t)sn_hash_bytes(host, strlen(host), 0);

	while (slots[i & (nslots - 1)] && strcmp(slots[i & (nslots - 1)]->host, host) != 0) {
		i++;
	}
	return &slots[i & (nslots - 1)];
}

/* Puts all that is (or all that is wanted) into a table of nslots. */
static int rehash(struct sn_name_cache *c, uint32_t nslots, bool only_wanted)
{
	struct sn_name **slots = calloc(nslots, sizeof(struct sn_name *));

	if (!slots) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < c->nslots; i++) {
		struct sn_name *name = c->slots[i];

		if (name && only_wanted && !name->wanted) {
			free(name);
			c->used--;
		} else if (name) {
			*find(slots, nslots, name->host) = name;
		}
	}
	free(c->slots);
	c->slots = slots;
	c->nslots = nslots;
	return SN_OK;
}

void sn_name_cache_begin(struct sn_name_cache *c)
{
	for (uint32_t i = 0; i < c->nslots; i++) {
		if (c->slots[i]) {
			c->slots[i]->wanted = false;
		}
	}
}

struct sn_name *sn_name_cache_want(struct sn_name_cache *c, const char *host)
{
	size_t n = strlen(host) + 1;
	struct sn_name **slot;

	if (c->used >= c->nslots / 2 && rehash(c, c->nslots ? c->nslots * 2 : FIRST_SLOTS, false)) {
		return NULL;
	}
	slot = find(c->slots, c->nslots, host);
	if (!*slot) {
		*slot = calloc(1, sizeof(**slot) + n);
		if (!*slot) {
			return NULL;
		}
		memcpy((*slot)->host, host, n);
		c->used++;
	}
	(*slot)->wanted = true;
	return *slot;
}

static bool is_due(const struct sn_name *name, uint64_t now)
{
	return name->asked == 0 || now >= name->asked + SN_NAME_TTL_S * SN_NS_PER_SEC;
}

static void ask(struct round *r, struct sn_name *name)
{
	const struct sn_name before = *name;
	struct sn_addr addr;

	name->error = r->ask(name->host, &addr);
	name->asked = sn_clock_mono();
	if (name->error == 0) {
		name->addr = addr;
		name->known = true;
		name->told = false;
	} else if (name->error == EAI_NONAME) {
		name->known = false; /* an answer: there is no such host */
	}
	if (before.asked == 0 || before.known != name->known ||
	    (name->known && !sn_addr_equal(&before.addr, &name->addr))) {
		atomic_fetch_add_explicit(&r->changes, 1, memory_order_relaxed);
	}
}

static void *work(void *arg)
{
	struct round *r = arg;
	uint32_t i = 0;

	while (sn_clock_mono() < r->deadline &&
	       !(r->cancel && atomic_load_explicit(r->cancel, memory_order_relaxed)) &&
	       (i = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed)) < r->n) {
		ask(r, r->v[i]);
	}
	return NULL;
}

/* This thread works too, so that it goes on where no thread can be had. */
static void run(struct round *r)
{
	pthread_t threads[THREADS];
	uint32_t n = 0;

	while (n < THREADS && n + 1 < r->n && pthread_create(&threads[n], NULL, work, r) == 0) {
		n++;
	}
	work(r);
	while (n > 0) {
		pthread_join(threads[--n], NULL);
	}
}

static int by_age(const void *a, const void *b)
{
	const struct sn_name *const *x = a;
	const struct sn_name *const *y = b;

	return ((*x)->asked > (*y)->asked) - ((*x)->asked < (*y)->asked);
}

int sn_name_cache_look_up(struct sn_name_cache *c, uint64_t now, const _Atomic bool *cancel)
{
	struct round r = {.ask = c->ask,
			  .deadline = sn_clock_mono() + SN_NAME_LOOK_UP_S * SN_NS_PER_SEC,
			  .cancel = cancel};

	if (c->used == 0) {
		return SN_OK;
	}
	r.v = calloc(c->used, sizeof(struct sn_name *));
	if (!r.v) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < c->nslots; i++) {
		if (c->slots[i] && c->slots[i]->wanted && is_due(c->slots[i], now)) {
			r.v[r.n++] = c->slots[i];
		}
	}
	qsort(r.v, r.n, sizeof(struct sn_name *), by_age);
	run(&r);
	c->changes += atomic_load_explicit(&r.changes, memory_order_relaxed);
	free(r.v);
	return SN_OK;
}

uint64_t sn_name_cache_changes(const struct sn_name_cache *c)
{
	return c->changes;
}

uint32_t sn_name_cache_open(const struct sn_name_cache *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->nslots; i++) {
		n += c->slots[i] && c->slots[i]->wanted && c->slots[i]->asked == 0;
	}
	return n;
}

uint64_t sn_name_cache_due(const struct sn_name_cache *c)
{
	uint64_t due = UINT64_MAX;

	for (uint32_t i = 0; i < c->nslots; i++) {
		const struct sn_name *name = c->slots[i];
		uint64_t own =
			name && name->asked ? name->asked + SN_NAME_TTL_S * SN_NS_PER_SEC : 0;

		if (name && name->wanted && own < due) {
			due = own;
		}
	}
	return due;
}

void sn_name_cache_end(struct sn_name_cache *c, bool used)
{
	uint32_t wanted = 0;

	for (uint32_t i = 0; i < c->nslots && !used; i++) {
		if (c->slots[i]) {
			c->slots[i]->wanted = true;
		}
	}
	if (!used) {
		return;
	}
	for (uint32_t i = 0; i < c->nslots; i++) {
		wanted += c->slots[i] && c->slots[i]->wanted;
	}
	/* without memory for it they stay for the next time */
	if (c->nslots && wanted < c->used && rehash(c, c->nslots, true)) {
		return;
	}
}

void sn_name_cache_doubt(struct sn_name_cache *c)
{
	for (uint32_t i = 0; i < c->nslots; i++) {
		if (c->slots[i] && c->slots[i]->error) {
			c->slots[i]->asked = 0;
		}
	}
}
