/*
 * Which exposition format an Accept header asks for: sn_http_pick_openmetrics of observe/http.h.
 */
#include "observe/http.h"

#include "support/suite.h"

#define OPENMETRICS "application/openmetrics-text"

struct accept_case {
	const char *accept; /* header */
	bool openmetrics;   /* which it is */
};

static void check(const struct accept_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_msg(sn_http_pick_openmetrics(cases[i].accept) == cases[i].openmetrics,
			      "%s", cases[i].accept ? cases[i].accept : "(none)");
	}
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

START_TEST(what_scrapers_send_gets_what_they_prefer)
{
	const struct accept_case cases[] = {
		/* Prometheus 3 */
		{OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
			     ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;"
			     "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 true},
		/* with native histograms: protobuf first, which nobody here writes */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;q=0.6," OPENMETRICS
		 ";version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 true},
		/* Prometheus 2.5 to 2.33: another version of it */
		{OPENMETRICS "; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false},
		/* told to prefer text */
		{"text/plain;version=0.0.4;q=0.6," OPENMETRICS ";version=1.0.0;q=0.5", false},
		/* a browser */
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
		/* curl */
		{"*/*", false},
		{NULL, false},
		{"", false},
	};

	CHECK(cases);
}
END_TEST

START_TEST(the_heaviest_counts_and_of_equals_the_first)
{
	const struct accept_case cases[] = {
		{OPENMETRICS ",text/plain", true},
		{"text/plain," OPENMETRICS, false},
		{"text/plain;q=0.9," OPENMETRICS, true},
		{"text/plain;q=0.2," OPENMETRICS ";q=0.3", true},
		{"text/plain;q=0.30," OPENMETRICS ";q=0.3", false},
		{OPENMETRICS ";q=0.001,text/plain;q=0", true},
		{OPENMETRICS ";q=0", false},
		{OPENMETRICS ";q=0,text/plain;q=0", false},
		{"text/plain;q=7," OPENMETRICS ";q=5", false},
	};

	CHECK(cases);
}
END_TEST

START_TEST(spaces_case_and_quotes_do_not_matter)
{
	const struct accept_case cases[] = {
		{"  " OPENMETRICS "  ;  version = 1.0.0 ; q = 0.5 , text/plain ; q=0.4", true},
		{"APPLICATION/OpenMetrics-Text;VERSION=1.0.0;Q=1", true},
		{OPENMETRICS ";version=\"1.0.0\"", true},
		{OPENMETRICS ";escaping=\"a,b;c\\\"d\";version=1.0.0", true},
		{"text/html;note=\"," OPENMETRICS ",\"", false},
	};

	CHECK(cases);
}
END_TEST

START_TEST(what_is_malformed_is_no_wish)
{
	const struct accept_case cases[] = {
		{",,,;;;,=,q=1", false},
		{";version=1.0.0", false},
		{OPENMETRICS "x", false},
		{"x" OPENMETRICS, false},
		{OPENMETRICS ";version=", false},
		{OPENMETRICS ";version=1.0.0x", false},
		{OPENMETRICS ";q=", true},
		{OPENMETRICS ";q=-1", true},
		{OPENMETRICS ";", true},
		{"text/plain;\"" OPENMETRICS, false},
		{"\"\\", false},
	};

	CHECK(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_scrapers_send_gets_what_they_prefer,
				      the_heaviest_counts_and_of_equals_the_first,
				      spaces_case_and_quotes_do_not_matter,
				      what_is_malformed_is_no_wish, NULL};

	return suite_run_tests("http_accept", tests, 0);
}
