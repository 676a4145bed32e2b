/*
 * Addresses of host names, kept over reloads: a resolver answers one question at a time, may take
 * seconds for each that has no answer, and a configuration may have a hundred thousand names. Each
 * name is asked once, by several threads at a time; the whole ends after a while even when no
 * server answers at all, and the next load goes on where this one ended. Owned by daemon, used by
 * one load of the configuration at a time, on its thread; the asking threads live while
 * sn_name_cache_look_up does.
 */
#ifndef SN_TARGETS_NAMES_H
#define SN_TARGETS_NAMES_H

#include "base/addr.h"

#include <stdatomic.h>
#include <stdbool.h>

/* How long an answer holds, found or not; DNS' own times do not come through getaddrinfo. */
enum { SN_NAME_TTL_S = 300 };

/* How long one look-up of all that is open may take; what was asked by then is waited for. */
enum { SN_NAME_LOOK_UP_S = 10 };

/* Asks for one host, blocking, on any thread, several at a time. 0, or an error of getaddrinfo. */
typedef int sn_name_ask_fn(const char *host, struct sn_addr *addr);

struct sn_name {
	struct sn_addr addr; /* the last that was found, port 0 */
	bool known;	     /* there is one; it stays while the resolver only fails to answer */
	bool wanted;	     /* by the load under way, or by the one before */
	bool told;	     /* that it has none; free for the caller's use, cleared when found */
	int error;	     /* of the last answer, 0: found */
	uint64_t asked;	     /* mono ns of the last answer, 0: none yet */
	char host[];	     /* NUL-terminated */
};

struct sn_name_cache;

/* ask: NULL for getaddrinfo. NULL when memory is exhausted. */
SN_MUST_USE struct sn_name_cache *sn_name_cache_new(sn_name_ask_fn *ask);

/* NULL is harmless. */
void sn_name_cache_free(struct sn_name_cache *c);

/* A load begins: nothing is wanted yet. */
void sn_name_cache_begin(struct sn_name_cache *c);

/* The entry of a host, valid until sn_name_cache_end. NULL when memory is exhausted. */
SN_MUST_USE struct sn_name *sn_name_cache_want(struct sn_name_cache *c, const char *host);

/*
 * Asks for what is wanted and has no answer that still holds at now (mono ns): first for what was
 * never answered, then for the oldest. Ends early when *cancel becomes true (may be NULL). May be
 * called between loads too. SN_ENOMEM.
 */
SN_MUST_USE int sn_name_cache_look_up(struct sn_name_cache *c, uint64_t now,
				      const _Atomic bool *cancel);

/* How often an answer differed from the one before, first answers included, since the start. */
uint64_t sn_name_cache_changes(const struct sn_name_cache *c);

/* Wanted names that were never answered. */
uint32_t sn_name_cache_open(const struct sn_name_cache *c);

/* Mono ns at which the first wanted answer ceases to hold; UINT64_MAX: nothing is wanted. */
uint64_t sn_name_cache_due(const struct sn_name_cache *c);

/* A load ended. used: what it did not want goes; else all stays, and stays wanted. */
void sn_name_cache_end(struct sn_name_cache *c, bool used);

/* Names without an address will be asked again by the next look-up, however fresh the answer. */
void sn_name_cache_doubt(struct sn_name_cache *c);

#endif
