/*
 * /snmp: a device is polled because somebody asks, and the reply is what it said, as snmp_exporter
 * gives it. The HTTP server's thread reads the request, a worker polls and writes the series down,
 * a thread of our own puts them in order and replies.
 */
#ifndef SN_SERVE_SCRAPE_H
#define SN_SERVE_SCRAPE_H

#include "observe/http.h"
#include "serve/serve.h"

struct sn_scraper;

/* What /metrics says of them. */
struct sn_scrape_stats {
	uint64_t requests;   /* that arrived */
	uint64_t refused;    /* of these, that were no valid question */
	uint64_t failed;     /* of these, that brought nothing of the device */
	uint64_t open;	     /* not answered yet */
	uint64_t duplicates; /* series left out of replies: one of that name and labels was there */
};

/* Starts the threads. cfg and what it points at stay until sn_scraper_free. NULL: no memory, or no
 * threads. */
SN_MUST_USE struct sn_scraper *sn_scraper_new(const struct sn_serve_config *cfg);

/* A handler of sn_http_route; ctx: the scraper. */
void sn_scraper_handle(void *ctx, struct sn_http_request *rq);

/*
 * Ends the threads and refuses what was not answered. Workers' threads have been joined and
 * the HTTP server has been stopped. NULL is allowed.
 */
void sn_scraper_free(struct sn_scraper *s);

/* Any thread. */
void sn_scraper_stats_get(struct sn_scraper *s, struct sn_scrape_stats *out);

#endif
