/*
 * One scrape among scrape.c (its way), scrape_spec.c (what it asks for) and scrape_text.c (what it
 * says of itself).
 */
#ifndef SN_SERVE_SCRAPE_INT_H
#define SN_SERVE_SCRAPE_INT_H

#include "base/inbox.h"
#include "collect/collector.h"
#include "config/config.h"
#include "encode/expose.h"
#include "serve/resolve.h"
#include "serve/scrape.h"

enum { SN_SCRAPE_WHY_MAX = 256 };

struct sn_scrape {
	struct sn_probe probe;	       /* to the worker */
	struct sn_resolve resolve;     /* of the target's name */
	struct sn_inbox_node finished; /* to the thread that replies */
	struct sn_scrape *next;	       /* in the list of those not answered */
	struct sn_scrape **at;	       /* where that list holds it */
	bool listed;		       /* it is in that list */
	struct sn_scraper *scraper;    /* whose */
	struct sn_http_request *rq;    /* to be answered */
	const struct sn_config *cfg;   /* referenced */
	struct sn_arena_pool pool;     /* memory of arena */
	struct sn_arena arena;	       /* of what the spec points at */
	struct sn_target_spec spec;    /* what to ask */
	struct sn_usm_access access;   /* version 3 */
	char host[256];		       /* of the target, when it is a name */
	uint16_t port;		       /* of the target, when it is a name */
	struct sn_expose *expose;      /* what came */
	bool openmetrics;	       /* the format of the reply */
	bool nomem;		       /* something of it got lost */
	uint64_t started;	       /* mono ns */
	char why[SN_SCRAPE_WHY_MAX];   /* of a refusal */
};

/*
 * From the arguments of the request to the spec. SN_OK: spec is complete but for the address if
 * host is not "". SN_EINVAL: why tells what is wrong with the question. SN_ENOMEM.
 */
SN_MUST_USE int sn_scrape_read(struct sn_scrape *s);

/* Notes whether a table was answered to its end. The worker's thread. */
void sn_scrape_say_table(struct sn_scrape *s, const struct sn_schema *schema, bool whole);

/* The text of the reply, which the exposition owns. SN_OK, SN_ENOMEM: now or on the worker. */
SN_MUST_USE int sn_scrape_write(struct sn_scrape *s, struct sn_span *text);

#endif
