/*
 * The query of /targets: its arguments checked and turned into a survey's. Pure; any thread.
 */
#ifndef SN_SERVE_TARGETS_QUERY_H
#define SN_SERVE_TARGETS_QUERY_H

#include "page/args.h"
#include "serve/survey.h"

enum { SN_TARGETS_LIMIT = 100 }; /* rows when the query does not say */

struct sn_targets_query {
	struct sn_survey_query survey; /* with one ranking */
	uint32_t offset;	       /* rows left out before the first */
	uint32_t limit;		       /* rows wanted */
	bool json;		       /* in place of a page for people */
};

/*
 * accept: the request's Accept header, NULL: none. SN_OK; SN_EINVAL: why (SN_ARGS_WHY_MAX bytes)
 * says what is wrong and what was expected.
 */
SN_MUST_USE int sn_targets_query_read(const struct sn_args *args, const char *accept,
				      struct sn_targets_query *q, char *why);

/* "-state" for descending by state; out has SN_TARGETS_SORT_MAX bytes; returns out. */
enum { SN_TARGETS_SORT_MAX = 16 };
const char *sn_targets_query_sort(const struct sn_targets_query *q, char *out);

#endif
