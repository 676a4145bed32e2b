/*
 * Which exposition format an Accept header asks for, and whether an Accept-Encoding header takes
 * gzip: sn_http_pick_openmetrics of observe/http.h, sn_http_codings of observe/http_pack.h.
 */
#include "observe/http.h"
#include "observe/http_pack.h"

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

START_TEST(who_takes_text_gets_text_and_who_takes_openmetrics_alone_gets_that)
{
	const struct accept_case cases[] = {
		/* Prometheus 3 */
		{OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
			     ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;"
			     "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 false},
		/* Prometheus 2.34 to 2.48 */
		{OPENMETRICS ";version=1.0.0," OPENMETRICS
			     ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 false},
		/* Prometheus with scrape_protocols: [OpenMetricsText1.0.0] */
		{OPENMETRICS ";version=1.0.0;q=0.5,*/*;q=0.4", true},
		/* with native histograms: protobuf first, which nobody here writes */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;q=0.6," OPENMETRICS
		 ";version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 false},
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

START_TEST(weights_do_not_matter_but_zero)
{
	const struct accept_case cases[] = {
		{OPENMETRICS, true},
		{OPENMETRICS ",text/plain", false},
		{"text/plain," OPENMETRICS, false},
		{"text/plain;q=0.001," OPENMETRICS, false},
		{"text/plain;q=0," OPENMETRICS ";q=0.3", true},
		{OPENMETRICS ";q=0.001,text/plain;q=0", true},
		{OPENMETRICS ";q=0.001,text/plain;version=2.0.0", true},
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
		{"  " OPENMETRICS "  ;  version = 1.0.0 ; q = 0.5 , text/plain ; q=0.0", true},
		{"  " OPENMETRICS "  ;  version = 1.0.0 ; q = 0.5 , text/plain ; q=0.4", false},
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

struct coding_case {
	const char *first;  /* header */
	const char *second; /* another of that name; NULL: there is none */
	bool gzip;	    /* is taken */
};

static void check_codings(const struct coding_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sn_http_codings c;

		sn_http_codings_init(&c);
		sn_http_codings_read(&c, cases[i].first);
		sn_http_codings_read(&c, cases[i].second);
		ck_assert_msg(sn_http_codings_gzip(&c) == cases[i].gzip, "%s",
			      cases[i].first ? cases[i].first : "(none)");
	}
}

#define CHECK_CODINGS(cases) check_codings(cases, sizeof(cases) / sizeof((cases)[0]))

START_TEST(gzip_is_for_who_names_it_and_does_not_refuse_it)
{
	const struct coding_case cases[] = {
		/* Prometheus, curl, browsers */
		{"gzip", NULL, true},
		{"deflate, gzip", NULL, true},
		{"gzip, deflate, br, zstd", NULL, true},
		{"gzip;q=0.001", NULL, true},
		{"gzip;q=0", NULL, false},
		{"gzip;q=0.000", NULL, false},
		{"gzip; q=0, deflate", NULL, false},
		{"deflate, br", NULL, false},
		{"identity", NULL, false},
		{"", NULL, false},
		{NULL, NULL, false},
		/* RFC 9110 section 8.4.1.3 */
		{"x-gzip", NULL, true},
		{"X-GZip", NULL, true},
	};

	CHECK_CODINGS(cases);
}
END_TEST

START_TEST(an_asterisk_is_what_is_not_named)
{
	const struct coding_case cases[] = {
		{"*", NULL, true},
		{"*;q=0", NULL, false},
		{"*;q=0, gzip", NULL, true},
		{"gzip;q=0, *", NULL, false},
		{"*, gzip;q=0", NULL, false},
		{"identity;q=0, *;q=0.1", NULL, true},
		{"br, *;q=0.1", NULL, true},
	};

	CHECK_CODINGS(cases);
}
END_TEST

START_TEST(identity_wins_only_where_it_weighs_more)
{
	const struct coding_case cases[] = {
		{"gzip, identity", NULL, true},
		{"identity, gzip", NULL, true},
		{"gzip;q=0.5, identity;q=0.4", NULL, true},
		{"gzip;q=0.5, identity", NULL, false},
		{"gzip;q=0.5, identity;q=0.6", NULL, false},
		{"gzip;q=0.5, *;q=0.6", NULL, false},
		{"gzip;q=0.1, identity;q=0", NULL, true},
		{"identity;q=0", NULL, false},
	};

	CHECK_CODINGS(cases);
}
END_TEST

START_TEST(several_headers_are_one_list)
{
	const struct coding_case cases[] = {
		{"br", "gzip", true},
		{"gzip;q=0.5", "identity", false},
		{"*;q=0", "gzip", true},
		{"deflate", "br", false},
	};

	CHECK_CODINGS(cases);
}
END_TEST

START_TEST(a_malformed_coding_is_none)
{
	const struct coding_case cases[] = {
		{",,;;=,q=1", NULL, false},
		{"gzipped", NULL, false},
		{"gzi", NULL, false},
		{"gzip p", NULL, false},
		{"deflate\";gzip", NULL, false},
		{";q=1", NULL, false},
		{"gzip;", NULL, true},
		{"gzip;q", NULL, true},
		{"gzip;q=x", NULL, true},
		{" ,\tgzip ", NULL, true},
	};

	CHECK_CODINGS(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_takes_text_gets_text_and_who_takes_openmetrics_alone_gets_that,
		weights_do_not_matter_but_zero,
		spaces_case_and_quotes_do_not_matter,
		what_is_malformed_is_no_wish,
		gzip_is_for_who_names_it_and_does_not_refuse_it,
		an_asterisk_is_what_is_not_named,
		identity_wins_only_where_it_weighs_more,
		several_headers_are_one_list,
		a_malformed_coding_is_none,
		NULL};

	return suite_run_tests("http_accept", tests, 0);
}
