/*
 * /metrics: the collector about itself, in Prometheus' text format. Reads counters that other
 * threads write; any thread.
 */
#ifndef SN_SERVE_METRICS_PAGE_H
#define SN_SERVE_METRICS_PAGE_H

#include "observe/http.h"
#include "serve/scrape.h"
#include "serve/survey.h"

#include <stdio.h>

enum { SN_METRICS_TOP = 10 }; /* targets in a list */

/* Rankings of the survey behind the page. */
enum { SN_METRICS_SLOWEST, SN_METRICS_MOST_RETRIES, SN_METRICS_DEAD_LONGEST };

struct sn_metrics_page {
	const struct sn_serve_config *cfg; /* workers, outputs, version */
	const struct sn_survey *survey;	   /* by sn_metrics_query, done; NULL: there is none yet */
	uint64_t survey_at;		   /* Unix ns of it */
	uint64_t now;			   /* Unix ns */
	uint64_t snapshot;		   /* number of the configuration in force */
	uint64_t loaded_at;		   /* Unix ns when it was loaded */
	bool load_ok;			   /* the last load went well */
	struct sn_http_stats http;	   /* of the server */
	struct sn_scrape_stats scrapes;	   /* of /snmp */
};

/* What the page has to know of the targets. */
void sn_metrics_query(struct sn_survey_query *q);

void sn_metrics_page_write(FILE *out, const struct sn_metrics_page *page);

#endif
