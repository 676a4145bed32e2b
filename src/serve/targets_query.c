/*
 * Arguments of /targets, see targets_query.h. Called by serve.c on the HTTP server's thread.
 */
#include "serve/targets_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names separated by commas, each a bit. */
static int read_states(const char *text, uint32_t *states, char *why)
{
	*states = 0;
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, ",");
		unsigned i = 0;

		while (i < SN_TARGET_STATES &&
		       (strlen(sn_target_state_name((enum sn_target_state)i)) != n ||
			memcmp(sn_target_state_name((enum sn_target_state)i), s, n) != 0)) {
			i++;
		}
		if (i == SN_TARGET_STATES) {
			snprintf(why, SN_ARGS_WHY_MAX,
				 "state: \"%.*s\" is no state (expected pending, up, slow, down, "
				 "refused or unresolved, several separated by commas)",
				 (int)(n < 32 ? n : 32), s);
			return SN_EINVAL;
		}
		*states |= 1u << i;
		s += n;
		s += *s == ',';
	}
	return SN_OK;
}

static int read_text(const char *name, const char *text, char *out, char *why)
{
	size_t n = strlen(text);

	if (n >= SN_SURVEY_TEXT_MAX) {
		snprintf(why, SN_ARGS_WHY_MAX, "%s: longer than %d octets", name,
			 SN_SURVEY_TEXT_MAX - 1);
		return SN_EINVAL;
	}
	memcpy(out, text, n + 1);
	return SN_OK;
}

static int read_sort(const char *text, struct sn_survey_ranking *rank, char *why)
{
	const char *name = text + (text[0] == '-');

	rank->descending = name != text;
	for (unsigned i = 0; i < SN_SURVEY_KEYS; i++) {
		if (strcmp(sn_survey_key_name((enum sn_survey_key)i), name) == 0) {
			rank->key = (enum sn_survey_key)i;
			return SN_OK;
		}
	}
	snprintf(why, SN_ARGS_WHY_MAX,
		 "sort: \"%.32s\" is no column (expected instance, state, module, error, duration, "
		 "retries, rows, failures, last or success, with - before it for descending)",
		 text);
	return SN_EINVAL;
}

int sn_targets_query_read(const struct sn_args *args, const char *accept,
			  struct sn_targets_query *q, char *why)
{
	struct sn_survey_ranking *rank = &q->survey.rank[0];
	const char *sort = sn_args_get(args, "sort");
	int rc;

	memset(q, 0, sizeof(*q));
	rc = sn_args_format(args, accept, &q->json, why);
	rc = rc ? rc : read_states(sn_args_get(args, "state"), &q->survey.states, why);
	rc = rc ? rc : read_text("q", sn_args_get(args, "q"), q->survey.text, why);
	rc = rc ? rc : read_text("module", sn_args_get(args, "module"), q->survey.module, why);
	rc = rc ? rc : sn_args_number(args, "offset", 0, SN_SURVEY_ROWS_MAX, &q->offset, why);
	rc = rc ? rc
		: sn_args_number(args, "limit", SN_TARGETS_LIMIT, SN_SURVEY_ROWS_MAX, &q->limit,
				 why);
	if (!sort[0]) {
		sort = q->json ? "instance" : "-state"; /* people look for what is wrong */
	}
	rc = rc ? rc : read_sort(sort, rank, why);
	if (rc) {
		return rc;
	}
	if (q->offset + q->limit > SN_SURVEY_ROWS_MAX) {
		snprintf(why, SN_ARGS_WHY_MAX,
			 "offset and limit go beyond row %d (narrow the query by state, q or "
			 "module)",
			 SN_SURVEY_ROWS_MAX);
		return SN_EINVAL;
	}
	rank->n = q->offset + q->limit;
	q->survey.nranks = 1;
	return SN_OK;
}

const char *sn_targets_query_sort(const struct sn_targets_query *q, char *out)
{
	const struct sn_survey_ranking *rank = &q->survey.rank[0];

	snprintf(out, SN_TARGETS_SORT_MAX, "%s%s", rank->descending ? "-" : "",
		 sn_survey_key_name(rank->key));
	return out;
}
