/*
 * The cache of hashed passwords, see key_cache.h: a hash table of objects in locked memory, and the
 * threads that fill it.
 */
#include "config/key_cache.h"

#include "base/rng.h"
#include "scheduler/affinity.h"
#include "usm/keys.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	BUCKETS_MIN = 64,
	THREADS_MAX = 64,
	DIGEST = 24, /* octets of an HMAC-SHA-256 as sn_auth_sign gives it */
};

struct sn_key {
	struct sn_key *next;	 /* in its bucket */
	struct sn_span password; /* wanted and not hashed: borrowed; else empty */
	uint8_t digest[DIGEST];	 /* of protocol and password */
	uint8_t ku[SN_AUTH_KEY_MAX];
	uint8_t proto; /* enum sn_auth_protocol */
	bool ready;    /* ku is there */
	bool wanted;   /* since the last end */
};

struct sn_key_cache {
	struct sn_keys pool;	 /* of struct sn_key */
	struct sn_keys secrets;	 /* of struct sn_hmac, one */
	struct sn_hmac *secret;	 /* under which passwords are digested */
	struct sn_key **buckets; /* nbuckets lists; heap */
	uint32_t nbuckets;	 /* power of two */
	uint32_t n;		 /* keys in them */
};

static int make_secret(struct sn_key_cache *c)
{
	uint64_t words[SN_AUTH_KEY_MAX / sizeof(uint64_t)];
	struct sn_rng rng;

	sn_keys_init(&c->secrets, sizeof(*c->secret));
	c->secret = sn_keys_get(&c->secrets);
	if (!c->secret) {
		return SN_ENOMEM;
	}
	sn_rng_init_system(&rng);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		words[i] = sn_rng_u64(&rng);
	}
	sn_rng_fini(&rng);
	sn_auth_prepare(SN_AUTH_SHA256, (const uint8_t *)words, c->secret);
	sn_keys_wipe(words, sizeof(words));
	return SN_OK;
}

struct sn_key_cache *sn_key_cache_new(void)
{
	struct sn_key_cache *c = calloc(1, sizeof(*c));

	if (!c) {
		return NULL;
	}
	sn_keys_init(&c->pool, sizeof(struct sn_key));
	c->nbuckets = BUCKETS_MIN;
	c->buckets = calloc(c->nbuckets, sizeof(*c->buckets));
	if (!c->buckets || make_secret(c)) {
		sn_key_cache_free(c);
		return NULL;
	}
	return c;
}

void sn_key_cache_free(struct sn_key_cache *c)
{
	if (!c) {
		return;
	}
	sn_keys_fini(&c->pool);
	sn_keys_fini(&c->secrets);
	free(c->buckets);
	free(c);
}

/* HMAC over kind, secret and the place of the MAC itself, which counts as zeros: no two inputs run
 * into each other, since the MAC is always last. */
static void digest_of(const struct sn_key_cache *c, uint8_t kind, struct sn_span secret,
		      uint8_t digest[DIGEST])
{
	uint8_t text[1 + SN_KEY_PASSWORD_MAX + DIGEST];

	text[0] = kind;
	memcpy(text + 1, secret.p, secret.n);
	sn_auth_sign(SN_AUTH_SHA256, c->secret, sn_span_make(text, 1 + secret.n + DIGEST),
		     text + 1 + secret.n);
	memcpy(digest, text + 1 + secret.n, DIGEST);
	sn_keys_wipe(text, 1 + secret.n);
}

uint64_t sn_key_cache_mark(const struct sn_key_cache *c, struct sn_span secret)
{
	uint8_t digest[DIGEST];
	uint64_t mark;

	/* no protocol: what this gives out is not what the table is searched by */
	digest_of(c, SN_AUTH_NONE, secret, digest);
	memcpy(&mark, digest, sizeof(mark));
	return mark;
}

static struct sn_key **bucket_of(struct sn_key **buckets, uint32_t n, const uint8_t digest[DIGEST])
{
	uint32_t h;

	memcpy(&h, digest, sizeof(h));
	return &buckets[h & (n - 1)];
}

/* Twice the buckets; without memory for them the lists just grow longer. */
static void widen(struct sn_key_cache *c)
{
	uint32_t n = c->nbuckets * 2;
	struct sn_key **buckets = calloc(n, sizeof(*buckets));

	if (!buckets) {
		return;
	}
	for (uint32_t i = 0; i < c->nbuckets; i++) {
		while (c->buckets[i]) {
			struct sn_key *key = c->buckets[i];
			struct sn_key **to = bucket_of(buckets, n, key->digest);

			c->buckets[i] = key->next;
			key->next = *to;
			*to = key;
		}
	}
	free(c->buckets);
	c->buckets = buckets;
	c->nbuckets = n;
}

struct sn_key *sn_key_cache_want(struct sn_key_cache *c, enum sn_auth_protocol proto,
				 struct sn_span password)
{
	uint8_t digest[DIGEST];
	struct sn_key **list;
	struct sn_key *key;

	digest_of(c, (uint8_t)proto, password, digest);
	list = bucket_of(c->buckets, c->nbuckets, digest);
	for (key = *list; key && memcmp(key->digest, digest, DIGEST) != 0;) {
		key = key->next;
	}
	if (!key) {
		key = sn_keys_get(&c->pool);
		if (!key) {
			return NULL;
		}
		memcpy(key->digest, digest, DIGEST);
		key->proto = (uint8_t)proto;
		key->password = password;
		key->next = *list;
		*list = key;
		c->n++;
		if (c->n > c->nbuckets) {
			widen(c);
		}
	}
	key->wanted = true;
	return key;
}

/* The first key at or after a place in the table, which is moved behind it; NULL: no more. */
struct walk {
	uint32_t bucket;    /* next to look into */
	struct sn_key *key; /* next of the current one */
};

static struct sn_key *walk_next(const struct sn_key_cache *c, struct walk *w)
{
	struct sn_key *key;

	while (!w->key && w->bucket < c->nbuckets) {
		w->key = c->buckets[w->bucket++];
	}
	key = w->key;
	w->key = key ? key->next : NULL;
	return key;
}

uint32_t sn_key_cache_missing(const struct sn_key_cache *c)
{
	struct walk w = {0};
	uint32_t n = 0;

	for (const struct sn_key *key; (key = walk_next(c, &w));) {
		n += !key->ready;
	}
	return n;
}

struct crew {
	struct sn_key **v;     /* keys to make */
	uint32_t n;	       /* of them */
	_Atomic uint32_t next; /* first that nobody has taken */
};

/* On a hashing thread. */
static void *work(void *arg)
{
	struct crew *crew = arg;

	for (;;) {
		uint32_t i = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed);
		struct sn_key *key;

		if (i >= crew->n) {
			return NULL;
		}
		key = crew->v[i];
		key->ready = sn_auth_password_to_key((enum sn_auth_protocol)key->proto,
						     key->password, key->ku) == SN_OK;
	}
}

/* This thread works too, so that it goes on where no thread can be had. */
static void run(struct crew *crew)
{
	unsigned cpus = sn_affinity_count();
	pthread_t threads[THREADS_MAX];
	unsigned n = 0;

	while (n < THREADS_MAX && n + 1 < cpus && n + 1 < crew->n &&
	       pthread_create(&threads[n], NULL, work, crew) == 0) {
		n++;
	}
	work(crew);
	while (n > 0) {
		pthread_join(threads[--n], NULL);
	}
}

int sn_key_cache_hash(struct sn_key_cache *c)
{
	struct crew crew = {0};
	struct walk w = {0};
	uint32_t n = sn_key_cache_missing(c);

	if (n == 0) {
		return SN_OK;
	}
	crew.v = calloc(n, sizeof(*crew.v));
	if (!crew.v) {
		return SN_ENOMEM;
	}
	for (struct sn_key *key; (key = walk_next(c, &w));) {
		if (!key->ready) {
			crew.v[crew.n++] = key;
		}
	}
	run(&crew);
	free(crew.v);
	return SN_OK;
}

const uint8_t *sn_key_cache_ku(const struct sn_key *key)
{
	assert(key->ready);
	return key->ku;
}

void sn_key_cache_end(struct sn_key_cache *c, bool used)
{
	for (uint32_t i = 0; i < c->nbuckets; i++) {
		for (struct sn_key **p = &c->buckets[i]; *p;) {
			struct sn_key *key = *p;

			if (key->ready && (key->wanted || !used)) {
				key->password = sn_span_make(NULL, 0);
				key->wanted = false;
				p = &key->next;
			} else {
				*p = key->next;
				sn_keys_put(&c->pool, key);
				c->n--;
			}
		}
	}
}

uint32_t sn_key_cache_count(const struct sn_key_cache *c)
{
	return c->n;
}

bool sn_key_cache_unlocked(const struct sn_key_cache *c)
{
	return c->pool.unlocked > 0 || c->secrets.unlocked > 0;
}
