/*
 * The arguments of /targets. Behaviour of serve/targets_query.h.
 */
#include "serve/targets_query.h"

#include "support/suite.h"

#include <string.h>

/* Name, value, name, value, ..., NULL. */
struct given {
	const char *v[16];
};

static const char *get(const void *ctx, const char *name)
{
	const struct given *g = ctx;

	for (unsigned i = 0; g->v[i]; i += 2) {
		if (strcmp(g->v[i], name) == 0) {
			return g->v[i + 1];
		}
	}
	return NULL;
}

static struct sn_targets_query q;
static char why[SN_ARGS_WHY_MAX];
static char sort[SN_TARGETS_SORT_MAX];

static int read_query(const struct given *given, const char *accept)
{
	const struct sn_args args = {get, given};

	why[0] = '\0';
	return sn_targets_query_read(&args, accept, &q, why);
}

START_TEST(without_arguments_people_see_what_is_wrong_and_programs_a_list)
{
	const struct given none = {{NULL}};

	ck_assert_int_eq(read_query(&none, NULL), SN_OK);
	ck_assert(!q.json);
	ck_assert_str_eq(sn_targets_query_sort(&q, sort), "-state");
	ck_assert_uint_eq(q.limit, SN_TARGETS_LIMIT);
	ck_assert_uint_eq(q.offset, 0);
	ck_assert_uint_eq(q.survey.nranks, 1);
	ck_assert_uint_eq(q.survey.rank[0].n, SN_TARGETS_LIMIT);
	ck_assert_uint_eq(q.survey.states, 0);
	ck_assert_str_eq(q.survey.text, "");
	ck_assert_int_eq(read_query(&none, "text/html, application/json;q=0.5"), SN_OK);
	ck_assert(q.json);
	ck_assert_str_eq(sn_targets_query_sort(&q, sort), "instance");
	ck_assert_int_eq(read_query(&none, "*/*"), SN_OK);
	ck_assert(!q.json);
}
END_TEST

START_TEST(every_argument_is_taken)
{
	const struct given all = {{"format", "json", "state", "down,slow", "q", "core sw", "module",
				   "if_mib", "sort", "-retries", "offset", "20", "limit", "5",
				   NULL}};
	const struct given html = {{"format", "html", "limit", "0", NULL}};

	ck_assert_int_eq(read_query(&all, "text/html"), SN_OK);
	ck_assert(q.json);
	ck_assert_uint_eq(q.survey.states, 1u << SN_TARGET_DOWN | 1u << SN_TARGET_SLOW);
	ck_assert_str_eq(q.survey.text, "core sw");
	ck_assert_str_eq(q.survey.module, "if_mib");
	ck_assert_str_eq(sn_targets_query_sort(&q, sort), "-retries");
	ck_assert_uint_eq(q.offset, 20);
	ck_assert_uint_eq(q.limit, 5);
	ck_assert_uint_eq(q.survey.rank[0].n, 25);
	ck_assert(q.survey.rank[0].descending);
	ck_assert_int_eq(read_query(&html, "application/json"), SN_OK);
	ck_assert(!q.json);
	ck_assert_uint_eq(q.survey.rank[0].n, 0);
}
END_TEST

START_TEST(every_state_and_column_has_a_name)
{
	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		const struct given g = {
			{"state", sn_target_state_name((enum sn_target_state)i), NULL}};

		ck_assert_int_eq(read_query(&g, NULL), SN_OK);
		ck_assert_uint_eq(q.survey.states, 1u << i);
	}
	for (unsigned i = 0; i < SN_SURVEY_KEYS; i++) {
		const struct given g = {{"sort", sn_survey_key_name((enum sn_survey_key)i), NULL}};

		ck_assert_int_eq(read_query(&g, NULL), SN_OK);
		ck_assert_uint_eq(q.survey.rank[0].key, i);
		ck_assert(!q.survey.rank[0].descending);
	}
}
END_TEST

START_TEST(what_is_wrong_is_told_with_what_was_expected)
{
	static char text[SN_SURVEY_TEXT_MAX + 1];
	const struct {
		const char *name, *value, *told;
	} cases[] = {
		{"state", "dwon", "state: \"dwon\" is no state (expected pending"},
		{"state", "up,,down", "state: \"\" is no state"},
		{"sort", "--state", "sort: \"--state\" is no column"},
		{"sort", "-", "sort: \"-\" is no column"},
		{"limit", "10001", "limit: \"10001\" is not valid (expected 0 to 10000)"},
		{"limit", "99999999999999999999", "limit: "},
		{"limit", "-1", "limit: \"-1\""},
		{"limit", "5x", "limit: \"5x\""},
		{"offset", "9999", "offset and limit go beyond row 10000"},
		{"format", "xml", "format: \"xml\" is unknown (expected json or html)"},
		{"q", text, "q: longer than 255 octets"},
		{"module", text, "module: longer than 255 octets"},
	};

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct given g = {{cases[i].name, cases[i].value, NULL}};

		ck_assert_msg(read_query(&g, NULL) == SN_EINVAL, "%s=%s", cases[i].name,
			      cases[i].value);
		ck_assert_msg(strstr(why, cases[i].told) == why, "%s", why);
	}
	text[sizeof(text) - 2] = '\0';
	{
		const struct given g = {{"q", text, NULL}};

		ck_assert_int_eq(read_query(&g, NULL), SN_OK);
		ck_assert_str_eq(q.survey.text, text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		without_arguments_people_see_what_is_wrong_and_programs_a_list,
		every_argument_is_taken, every_state_and_column_has_a_name,
		what_is_wrong_is_told_with_what_was_expected, NULL};

	return suite_run_tests("targets_query", tests, 0);
}
