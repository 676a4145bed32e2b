/*
 * /targets written as JSON and for people: everything of a row is there, nothing of a row can be
 * more than text. Behaviour of serve/targets_page.h.
 */
#include "serve/targets_page.h"

#include "base/clock.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <string.h>

#define NOW UINT64_C(1795377600)

static const struct sn_label nasty[] = {{"site", "<b>&\"'\\\n"}, {"x", "\xff"}};

static struct sn_survey_row good = {.status = {.at = NOW - 5,
					       .good_at = NOW - 5,
					       .duration_us = 12345,
					       .rows = 48,
					       .retries = 1,
					       .round = SN_ROUND_OK,
					       .state = SN_TARGET_UP},
				    .instance = "192.0.2.1:1161",
				    .modules = "if_mib",
				    .interval_ns = 60 * SN_NS_PER_SEC,
				    .resolved = true,
				    .busy = true};

static struct sn_survey_row bad = {.status = {.reason = "no answer in time <script>",
					      .at = NOW - 3600 * 5,
					      .good_at = NOW - 86400 * 3,
					      .duration_us = 6000400,
					      .failures = 17,
					      .round = SN_ROUND_TIMEOUT,
					      .state = SN_TARGET_DOWN},
				   .instance = "<script>alert('x')</script>",
				   .modules = "if_mib,system",
				   .labels = nasty,
				   .nlabels = 2};

static struct sn_survey_row fresh = {.instance = "new.example.net", .modules = "if_mib"};

static struct sn_survey_row never = {.status = {.reason = "unknown user name",
						.at = NOW - 100,
						.good_at = NOW - 200,
						.round = SN_ROUND_UNKNOWN_USER,
						.state = SN_TARGET_REFUSED,
						.never = true},
				     .instance = "never",
				     .modules = "if_mib",
				     .resolved = true};

static const struct sn_survey_row *const rows[] = {&good, &bad, &fresh, &never};

static struct sn_targets_query query = {.survey = {.rank = {{SN_SURVEY_BY_DURATION, true, 0, 100}},
						   .nranks = 1},
					.offset = 100,
					.limit = 50};

static struct sn_targets_page page = {.query = &query,
				      .totals = {1, 20, 3, 400, 5, 0},
				      .matched = 200,
				      .rows = rows,
				      .n = 4,
				      .now = NOW};

static char text[1 << 16];

static const char *written(void (*how)(FILE *out, const struct sn_targets_page *page))
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	good.addr.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(1161)};
	ck_assert_int_eq(inet_pton(AF_INET, "192.0.2.1", &good.addr.in.sin_addr), 1);
	never.addr = good.addr;
	ck_assert_ptr_nonnull(out);
	how(out, &page);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	return text;
}

static void has(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s\nis not in\n%s", part, text);
}

static void lacks(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "%s\nis in\n%s", part, text);
}

START_TEST(json_has_all_of_every_row)
{
	written(sn_targets_json_write);
	has("{\"now\":1795377600,\"totals\":{\"all\":429,\"pending\":1,\"up\":20,\"slow\":3,"
	    "\"down\":400,\"refused\":5,\"unresolved\":0},\"matched\":200,\"offset\":100,"
	    "\"limit\":50,\"sort\":\"-duration\",\"targets\":[\n{");
	has("{\"instance\":\"192.0.2.1:1161\",\"state\":\"up\",\"modules\":\"if_mib\","
	    "\"address\":\"192.0.2.1:1161\",\"interval_s\":60,\"polling\":true,\"labels\":{},"
	    "\"last\":{\"at\":1795377595,\"status\":\"ok\",\"duration_ms\":12.345,\"rows\":48,"
	    "\"retries\":1,\"error\":null},\"last_success\":1795377595,\"failures\":0},\n");
	has("{\"instance\":\"<script>alert('x')</script>\",\"state\":\"down\","
	    "\"modules\":\"if_mib,system\",\"address\":null,\"interval_s\":0,\"polling\":false,"
	    "\"labels\":{\"site\":\"<b>&\\\"'\\\\\\n\",\"x\":\"\xef\xbf\xbd\"},\"last\":{");
	has("\"duration_ms\":6000.400,\"rows\":0,\"retries\":0,"
	    "\"error\":\"no answer in time <script>\"},\"last_success\":1795118400,"
	    "\"failures\":17},\n");
	has("{\"instance\":\"new.example.net\",\"state\":\"pending\"");
	has("\"labels\":{},\"last\":null,\"last_success\":null,\"failures\":0},\n");
	has("\"state\":\"refused\"");
	has("\"status\":\"unknownUserName\"");
	ck_assert_str_eq(text + strlen(text) - 4, "}]}\n");
}
END_TEST

START_TEST(an_empty_list_is_json_too)
{
	page.n = 0;
	written(sn_targets_json_write);
	has("\"targets\":[]}\n");
}
END_TEST

START_TEST(people_see_all_of_every_row)
{
	written(sn_targets_html_write);
	has("<td class=\"state up\">up</td><td title=\"192.0.2.1:1161\">192.0.2.1:1161</td>");
	has("<td class=\"n\">12.3 ms</td><td class=\"n\">48</td><td class=\"n\">1</td>"
	    "<td class=\"n\">0</td>");
	has(">5 s ago</time>");
	has("<td class=\"state down\">down</td><td title=\"no address\">");
	has("<b>timeout</b>: no answer in time &lt;script&gt;</td>");
	has(">5 h ago</time>");
	has("title=\"2026-11-19T20:00:00Z\">3 d ago</time>");
	has("<td class=\"state pending\">pending</td>");
	has("<b>unknownUserName</b>: unknown user name");
	has("never</td>");
	has("site=&lt;b&gt;&amp;&quot;&#39;\\\n</span>");
	has("101 to 104 of 200");
}
END_TEST

START_TEST(nothing_of_a_row_is_markup)
{
	written(sn_targets_html_write);
	lacks("alert('x')");
	lacks("<b>&");
	lacks("time <script>");
	has("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
}
END_TEST

START_TEST(a_query_comes_back_escaped_in_form_and_links)
{
	strcpy(query.survey.text, "\"><script>&x=1");
	query.survey.states = 1u << SN_TARGET_DOWN | 1u << SN_TARGET_SLOW;
	written(sn_targets_html_write);
	lacks("\"><script>&");
	has("name=\"q\" value=\"&quot;&gt;&lt;script&gt;&amp;x=1\"");
	has("targets?state=slow,down&amp;q=%22%3E%3Cscript%3E%26x%3D1&amp;module=&amp;"
	    "sort=-duration&amp;limit=50&amp;offset=50\">&#9664; before");
	has("offset=104\">next");
}
END_TEST

START_TEST(columns_sort_and_the_one_in_use_turns_round)
{
	written(sn_targets_html_write);
	has("aria-sort=\"descending\"><a href=\"targets?state=&amp;q=&amp;module=&amp;"
	    "sort=duration&amp;limit=50\">Duration &#9660;</a>");
	has("sort=-retries&amp;limit=50\">Retries</a>");
	has("sort=instance&amp;limit=50\">Instance</a>");
	query.survey.rank[0].descending = false;
	written(sn_targets_html_write);
	has("aria-sort=\"ascending\"><a href=\"targets?state=&amp;q=&amp;module=&amp;"
	    "sort=-duration&amp;limit=50\">Duration &#9650;</a>");
}
END_TEST

START_TEST(the_page_needs_nothing_from_elsewhere)
{
	written(sn_targets_html_write);
	lacks("http:");
	lacks("https:");
	lacks("//");
	lacks(" style=");
	lacks(" onclick");
	has("<link rel=\"stylesheet\" href=\"assets/page.css\">");
	has("<form method=\"get\" action=\"targets\">");
}
END_TEST

START_TEST(the_state_in_use_is_marked)
{
	query.survey.states = 1u << SN_TARGET_DOWN;
	written(sn_targets_html_write);
	has("<option value=\"down\" selected>");
	has("class=\"here\"><b>400</b><span class=\"down\">down</span>");
	lacks("class=\"here\"><b>429</b>");
	query.survey.states = 0;
	written(sn_targets_html_write);
	has("class=\"here\"><b>429</b><span class=\"\">all</span>");
}
END_TEST

START_TEST(the_last_page_leads_nowhere)
{
	page.matched = 104;
	written(sn_targets_html_write);
	lacks("next &#9654;");
	query.offset = 0;
	page.n = 0;
	page.matched = 0;
	written(sn_targets_html_write);
	lacks("before</a>");
	has("None of 0");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {json_has_all_of_every_row,
				      an_empty_list_is_json_too,
				      people_see_all_of_every_row,
				      nothing_of_a_row_is_markup,
				      a_query_comes_back_escaped_in_form_and_links,
				      columns_sort_and_the_one_in_use_turns_round,
				      the_page_needs_nothing_from_elsewhere,
				      the_state_in_use_is_marked,
				      the_last_page_leads_nowhere,
				      NULL};

	return suite_run_tests("targets_page", tests, 0);
}
