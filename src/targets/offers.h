/*
 * Lists of targets as their sources gave them last, and as they were last good, kept over loads of
 * the configuration: when a file becomes wrong or a service goes down, the targets stay as they
 * were. What is kept is the text, so that a new configuration (other modules, other labels of the
 * source) applies to it too. Owned by daemon, used by one load at a time, on its thread.
 */
#ifndef SN_TARGETS_OFFERS_H
#define SN_TARGETS_OFFERS_H

#include "base/err.h"
#include "base/span.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a list came from; part of its identity. */
enum sn_offer_kind { SN_OFFER_FILE, SN_OFFER_PATTERN, SN_OFFER_SERVICE };

/* A text that several may hold. */
struct sn_offer_text {
	uint32_t holders; /* freed with the last */
	uint64_t hash;	  /* of the octets */
	size_t n;	  /* octets */
	char *p;	  /* heap; a NUL behind them */
};

struct sn_service_state;

struct sn_offer {
	struct sn_offer *next;		  /* in its bucket */
	uint64_t key;			  /* which list it is */
	struct sn_offer_text *latest;	  /* as the source gave it last; of a file, in this load */
	struct sn_offer_text *good;	  /* that the targets in use are from; NULL: none yet */
	struct sn_offer_text *taken;	  /* that the targets of the load under way are from */
	struct sn_service_state *service; /* of services.c; NULL: none */
	uint64_t told;			  /* hash of the text whose faults were told, 0: none */
	bool wanted; /* by the load under way, else by the last that was used */
	bool known;  /* by the last load that was used */
};

struct sn_offer_cache;

/* Counts since the start; single values, relaxed, for any thread. */
struct sn_offer_counts {
	_Atomic uint64_t asked;	    /* questions to services */
	_Atomic uint64_t failed;    /* of these, without a list for an answer */
	_Atomic uint64_t unchanged; /* of these, answered with 304 or the same list */
	_Atomic uint64_t refused;   /* lists, of files too, whose text could not be used */
};

/* NULL when memory is exhausted. */
SN_MUST_USE struct sn_offer_cache *sn_offer_cache_new(void);

/* NULL is harmless. */
void sn_offer_cache_free(struct sn_offer_cache *c);

/* As long as the cache. */
struct sn_offer_counts *sn_offer_cache_counts(struct sn_offer_cache *c);

/* A load begins: nothing is wanted yet. */
void sn_offer_cache_begin(struct sn_offer_cache *c);

/* The list of a kind and a name (n octets: all that tells it from others), valid until
 * sn_offer_cache_end. NULL when memory is exhausted. */
SN_MUST_USE struct sn_offer *sn_offer_cache_want(struct sn_offer_cache *c, enum sn_offer_kind kind,
						 const void *name, size_t n);

/* Makes p (heap, n octets and a NUL) the latest text; it is the list's from now on, freed too when
 * memory is exhausted. *changed (may be NULL): it differs from the one before. SN_ENOMEM. */
SN_MUST_USE int sn_offer_put(struct sn_offer *l, char *p, size_t n, bool *changed);

/* Makes p, as above, the good text of a list that has none. SN_ENOMEM. */
SN_MUST_USE int sn_offer_restore(struct sn_offer *l, char *p, size_t n);

/* The targets of this load are from this text, its latest or its good one. */
void sn_offer_take(struct sn_offer *l, struct sn_offer_text *text);

/*
 * A load ended. used: its targets are the ones in use, so what it took is good, and lists that it
 * did not want go. What else was read of files is forgotten.
 */
void sn_offer_cache_end(struct sn_offer_cache *c, bool used);

/* Somebody asks for a reload: faults are told again, services are due. */
void sn_offer_cache_doubt(struct sn_offer_cache *c);

/* Mono ns at which the first wanted service is due, SN_TIME_NEVER: there is none. */
uint64_t sn_offer_cache_due(const struct sn_offer_cache *c);

#endif
