/*
 * A hash table of lists, see offers.h.
 */
#include "targets/offers.h"

#include "base/clock.h"
#include "base/hash.h"
#include "targets/services.h"

#include <stdlib.h>

enum { BUCKETS = 1024 };

struct sn_offer_cache {
	struct sn_offer *buckets[BUCKETS]; /* by the low bits of the key */
	struct sn_offer_counts counts;	   /* for any thread */
};

static void drop(struct sn_offer_text **text)
{
	if (*text && --(*text)->holders == 0) {
		free((*text)->p);
		free(*text);
	}
	*text = NULL;
}

static void hold(struct sn_offer_text **where, struct sn_offer_text *text)
{
	if (text) {
		text->holders++;
	}
	drop(where);
	*where = text;
}

static void free_list(struct sn_offer *l)
{
	drop(&l->latest);
	drop(&l->good);
	drop(&l->taken);
	free(l->service);
	free(l);
}

struct sn_offer_cache *sn_offer_cache_new(void)
{
	return calloc(1, sizeof(struct sn_offer_cache));
}

void sn_offer_cache_free(struct sn_offer_cache *c)
{
	for (unsigned i = 0; c && i < BUCKETS; i++) {
		while (c->buckets[i]) {
			struct sn_offer *l = c->buckets[i];

			c->buckets[i] = l->next;
			free_list(l);
		}
	}
	free(c);
}

struct sn_offer_counts *sn_offer_cache_counts(struct sn_offer_cache *c)
{
	return &c->counts;
}

void sn_offer_cache_begin(struct sn_offer_cache *c)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct sn_offer *l = c->buckets[i]; l; l = l->next) {
			l->wanted = false;
			drop(&l->taken);
		}
	}
}

struct sn_offer *sn_offer_cache_want(struct sn_offer_cache *c, enum sn_offer_kind kind,
				     const void *name, size_t n)
{
	uint64_t key = sn_hash_bytes(name, n, (uint64_t)kind);
	struct sn_offer **bucket = &c->buckets[key % BUCKETS];
	struct sn_offer *l = *bucket;

	while (l && l->key != key) {
		l = l->next;
	}
	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l) {
			return NULL;
		}
		l->key = key;
		l->next = *bucket;
		*bucket = l;
	}
	l->wanted = true;
	return l;
}

/* p is the text's, or freed. NULL: out of memory. */
static struct sn_offer_text *new_text(char *p, size_t n)
{
	struct sn_offer_text *text = malloc(sizeof(*text));

	if (!text) {
		free(p);
		return NULL;
	}
	*text = (struct sn_offer_text){.hash = sn_hash_bytes(p, n, 0), .n = n, .p = p};
	return text;
}

int sn_offer_put(struct sn_offer *l, char *p, size_t n, bool *changed)
{
	struct sn_offer_text *text = new_text(p, n);

	if (!text) {
		return SN_ENOMEM;
	}
	if (changed) {
		*changed = !l->latest || l->latest->hash != text->hash || l->latest->n != n;
	}
	hold(&l->latest, text);
	return SN_OK;
}

int sn_offer_restore(struct sn_offer *l, char *p, size_t n)
{
	struct sn_offer_text *text = new_text(p, n);

	hold(&l->good, text);
	return text ? SN_OK : SN_ENOMEM;
}

void sn_offer_take(struct sn_offer *l, struct sn_offer_text *text)
{
	hold(&l->taken, text);
}

static void end_list(struct sn_offer *l, bool used)
{
	if (used && l->taken) {
		hold(&l->good, l->taken);
	}
	l->known |= used;
	l->wanted = l->known;
	drop(&l->taken);
	if (!l->service) {
		drop(&l->latest);
	}
}

void sn_offer_cache_end(struct sn_offer_cache *c, bool used)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct sn_offer **where = &c->buckets[i];

		while (*where) {
			struct sn_offer *l = *where;

			if (used && !l->wanted) {
				*where = l->next;
				free_list(l);
			} else {
				end_list(l, used);
				where = &l->next;
			}
		}
	}
}

void sn_offer_cache_doubt(struct sn_offer_cache *c)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct sn_offer *l = c->buckets[i]; l; l = l->next) {
			l->told = 0;
			if (l->service) {
				l->service->due = 0;
				l->service->told = false;
			}
		}
	}
}

uint64_t sn_offer_cache_due(const struct sn_offer_cache *c)
{
	uint64_t due = SN_TIME_NEVER;

	for (unsigned i = 0; i < BUCKETS; i++) {
		for (const struct sn_offer *l = c->buckets[i]; l; l = l->next) {
			if (l->wanted && l->service && l->service->due < due) {
				due = l->service->due;
			}
		}
	}
	return due;
}
