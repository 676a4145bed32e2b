/*
 * What a spool dropped, by target, see spooler_losses.h: a hash table with open addressing, doubled
 * when half full. Memory is taken as targets lose something, never for messages that are well.
 */
#include "output/spooler_losses.h"

#include "output/murmur2.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

struct entry {
	struct sn_spooler_loss loss; /* the target's name behind this struct */
	uint64_t event;		     /* last one */
	uint32_t hash;		     /* of the name */
	char name[];		     /* with NUL */
};

struct sn_spooler_losses {
	pthread_mutex_t lock; /* of all below */
	struct entry **slot;  /* NULL: free */
	size_t slots;	      /* a power of two, 0: none yet */
	size_t n;	      /* entries */
	struct entry *others; /* of all that have none of their own */
};

static struct entry *entry_new(struct sn_span name, uint32_t hash)
{
	struct entry *e = calloc(1, sizeof(*e) + name.n + 1);

	if (e) {
		if (name.n) {
			memcpy(e->name, name.p, name.n);
		}
		e->loss.target = e->name;
		e->hash = hash;
	}
	return e;
}

struct sn_spooler_losses *sn_spooler_losses_new(void)
{
	struct sn_spooler_losses *l = calloc(1, sizeof(*l));

	if (!l) {
		return NULL;
	}
	l->others = entry_new(sn_span_make(NULL, 0), 0);
	if (!l->others) {
		free(l);
		return NULL;
	}
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void sn_spooler_losses_free(struct sn_spooler_losses *l)
{
	for (size_t i = 0; i < l->slots; i++) {
		free(l->slot[i]);
	}
	pthread_mutex_destroy(&l->lock);
	free(l->slot);
	free(l->others);
	free(l);
}

/* The slot of a name, or the free one where it belongs. */
static struct entry **find(struct entry **slot, size_t slots, struct sn_span name, uint32_t hash)
{
	size_t i = hash & (slots - 1);

	while (slot[i] && (slot[i]->hash != hash || strlen(slot[i]->name) != name.n ||
			   memcmp(slot[i]->name, name.p, name.n) != 0)) {
		i = (i + 1) & (slots - 1);
	}
	return &slot[i];
}

/* Room for one more entry; false: there is none. */
static bool make_room(struct sn_spooler_losses *l)
{
	size_t slots = l->slots ? 2 * l->slots : FIRST_SLOTS;
	struct entry **slot;

	if (l->n >= SN_SPOOLER_TARGETS) {
		return false;
	}
	if (2 * l->n < l->slots) {
		return true;
	}
	slot = calloc(slots, sizeof(*slot));
	if (!slot) {
		return false;
	}
	for (size_t i = 0; i < l->slots; i++) {
		struct entry *e = l->slot[i];

		if (e) {
			*find(slot, slots, sn_span_str(e->name), e->hash) = e;
		}
	}
	free(l->slot);
	l->slot = slot;
	l->slots = slots;
	return true;
}

static struct entry *entry_of(struct sn_spooler_losses *l, struct sn_span name)
{
	uint32_t hash = sn_murmur2(name);
	struct entry **at = l->slots ? find(l->slot, l->slots, name, hash) : NULL;

	if (at && *at) {
		return *at;
	}
	if (name.n == 0 || memchr(name.p, '\0', name.n) || !make_room(l)) {
		return l->others;
	}
	at = find(l->slot, l->slots, name, hash);
	*at = entry_new(name, hash);
	if (!*at) {
		return l->others;
	}
	l->n++;
	return *at;
}

bool sn_spooler_losses_add(struct sn_spooler_losses *l, struct sn_span target,
			   const struct sn_spooler_loss *loss, uint64_t event)
{
	struct entry *e;
	bool first;

	pthread_mutex_lock(&l->lock);
	e = entry_of(l, target);
	e->loss.rows += loss->rows;
	e->loss.rounds += loss->rounds;
	e->loss.messages += loss->messages;
	first = e->event != event;
	e->event = event;
	pthread_mutex_unlock(&l->lock);
	return first;
}

void sn_spooler_losses_tell(struct sn_spooler_losses *l, sn_spooler_loss_fn *each, void *ctx)
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->slots; i++) {
		if (l->slot[i]) {
			each(ctx, &l->slot[i]->loss);
		}
	}
	if (l->others->loss.messages) {
		each(ctx, &l->others->loss);
	}
	pthread_mutex_unlock(&l->lock);
}
