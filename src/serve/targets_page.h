/*
 * What a survey found, written as a page for people or as JSON. Pure; any thread.
 */
#ifndef SN_SERVE_TARGETS_PAGE_H
#define SN_SERVE_TARGETS_PAGE_H

#include "serve/targets_query.h"

#include <stdio.h>

struct sn_targets_page {
	const struct sn_targets_query *query;	 /* what was asked */
	uint64_t totals[SN_TARGET_STATES];	 /* targets by state, whatever the query */
	uint64_t matched;			 /* of these, the query lets pass */
	const struct sn_survey_row *const *rows; /* from query->offset on */
	uint32_t n;				 /* rows */
	uint64_t now;				 /* Unix s */
};

/* One object, see docs/HTTP.md. */
void sn_targets_json_write(FILE *out, const struct sn_targets_page *page);

/* A whole document. */
void sn_targets_html_write(FILE *out, const struct sn_targets_page *page);

#endif
