/*
 * Texts of others in our pages. Behaviour of page/escape.h.
 */
#include "page/escape.h"

#include "support/suite.h"

#include <string.h>

static char text[256];

static const char *escaped(void (*how)(FILE *out, const char *s), const char *s)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	how(out, s);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(json_strings_stay_strings)
{
	ck_assert_str_eq(escaped(sn_escape_json, "a\"b\\c/d\n\t\x01\x7f"),
			 "\"a\\\"b\\\\c/d\\n\\t\\u0001\\u007f\"");
	ck_assert_str_eq(escaped(sn_escape_json, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x99\x82"),
			 "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x99\x82\"");
	ck_assert_str_eq(escaped(sn_escape_json, "\xc3(\xed\xa0\x80"),
			 "\"\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	ck_assert_str_eq(escaped(sn_escape_json, "\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	ck_assert_str_eq(escaped(sn_escape_json, ""), "\"\"");
	ck_assert_str_eq(escaped(sn_escape_json, NULL), "null");
}
END_TEST

START_TEST(html_stays_text)
{
	ck_assert_str_eq(escaped(sn_escape_html, "<script a='b' c=\"d\">&amp;"),
			 "&lt;script a=&#39;b&#39; c=&quot;d&quot;&gt;&amp;amp;");
	ck_assert_str_eq(escaped(sn_escape_html, "\x01\xff\xc3\xa9"),
			 "\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
}
END_TEST

START_TEST(queries_stay_one_value)
{
	ck_assert_str_eq(escaped(sn_escape_query, "a b&c=d+e%\"<\xc3\xa9#-._~"),
			 "a%20b%26c%3Dd%2Be%25%22%3C%C3%A9%23-._~");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {json_strings_stay_strings, html_stays_text,
				      queries_stay_one_value, NULL};

	return suite_run_tests("escape", tests, 0);
}
