/*
 * Services that give lists of targets (Prometheus' http_sd): asked when they are due, their answers
 * kept in the cache of lists, and on disk for the next start. Called by config while it loads and
 * between loads, on the thread of the load.
 */
#ifndef SN_TARGETS_SERVICES_H
#define SN_TARGETS_SERVICES_H

#include "document/diag.h"
#include "targets/fetch.h"
#include "targets/offers.h"

/* How soon a service is asked again of which there is no list at all. */
enum { SN_SERVICE_RETRY_S = 5 };

/* A service as configured; immutable, in the snapshot. */
struct sn_service {
	struct sn_fetch_request ask; /* whom and how */
	const char *shown;	     /* its URL without user and password: for messages */
	uint64_t interval_ns;	     /* between two questions */
	uint64_t key;		     /* name of its list: hash of whom is asked, no secrets */
	uint64_t how;		     /* hash of all about the questions, secrets included */
	const char *folder;	     /* where its list is kept, NULL: not kept */
	const char *file;	     /* in that folder */
};

/* What is known of it, with its list in the cache. */
struct sn_service_state {
	uint64_t due;			 /* mono ns of the next question, 0: at once */
	uint64_t how;			 /* struct sn_service.how of the last question */
	uint64_t kept;			 /* hash of the list on disk, 0: not known */
	uint64_t failed;		 /* questions in a row without a list */
	bool told;			 /* that it fails */
	bool unkept;			 /* it was told that its list cannot be written to disk */
	char etag[SN_FETCH_TAG_MAX];	 /* of the latest list */
	char modified[SN_FETCH_TAG_MAX]; /* the same */
};

/* Its list, now wanted; asked for at once if that is done in another way than before. NULL: out of
 * memory. */
SN_MUST_USE struct sn_offer *sn_service_want(struct sn_offer_cache *c, const struct sn_service *s);

/*
 * Asks those of n services that are due at now (mono ns). What is new is the latest text of their
 * lists; *changed becomes true if there is any that no load has taken up or refused. A service that
 * gives none is a warning, once; if there is no list of it at all, the one on disk is restored.
 * SN_ENOMEM, SN_ECANCELED.
 */
SN_MUST_USE int sn_services_ask(struct sn_offer_cache *c, const struct sn_service *v, unsigned n,
				uint64_t now, struct sn_diag *d, const _Atomic bool *cancel,
				bool *changed);

/*
 * The list that an earlier run has left on disk becomes the good one of l, which has none. *when:
 * Unix ns at which it was written, 0: there is none, or none that can be read (a warning).
 * SN_ENOMEM.
 */
SN_MUST_USE int sn_service_restore(const struct sn_service *s, struct sn_offer *l,
				   struct sn_diag *d, uint64_t *when);

/* Writes good lists that changed to disk; what cannot be written is a warning, once. */
void sn_services_keep(struct sn_offer_cache *c, const struct sn_service *v, unsigned n,
		      struct sn_diag *d);

#endif
