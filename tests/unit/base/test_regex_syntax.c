/*
 * Patterns and what they match, as Go's regexp package has it: every expectation here was checked
 * against it. Behaviour of base/regex.h.
 */
#include "base/regex.h"

#include "support/bytes.h"
#include "support/regex_text.h"

static void expect(const char *pattern, unsigned flags, const char *text, const char *expected)
{
	struct sn_regex *re = regex_compile(pattern, flags);
	const char *got = regex_text(re, bytes_copy(text, strlen(text)));

	ck_assert_msg(strcmp(got, expected) == 0, "%s on \"%s\": %s, not %s", pattern, text, got,
		      expected);
	sn_regex_free(re);
}

struct row {
	const char *pattern; /* RE2 */
	const char *text;    /* looked at */
	const char *groups;  /* as regex_text says */
};

static void expect_all(const struct row *rows, size_t n, unsigned flags)
{
	for (size_t i = 0; i < n; i++) {
		expect(rows[i].pattern, flags, rows[i].text, rows[i].groups);
	}
}

#define EXPECT_ALL(rows, flags) expect_all((rows), sizeof(rows) / sizeof((rows)[0]), (flags))

START_TEST(the_leftmost_match_is_found_and_there_the_first_alternative)
{
	static const struct row rows[] = {
		{"", "", "<>"},
		{"", "abc", "<>"},
		{"b", "abc", "<b>"},
		{"a|ab", "ab", "<a>"},
		{"(a|ab)(c|bcd)", "abcd", "<abcd><a><bcd>"},
		{"a*", "baa", "<>"},
		{"a+", "baab", "<aa>"},
		{"a+?", "baab", "<a>"},
		{"a??b", "ab", "<ab>"},
		{"(a)|b", "b", "<b>-"},
		{"(a)|(b)", "b", "<b>-<b>"},
		{"(a+)*", "aa", "<aa><aa>"},
		{"(a|b)*", "ab", "<ab><b>"},
		{"((a)|b)+", "ab", "<ab><b><a>"},
		{"x{2,3}", "xxxx", "<xxx>"},
		{"x{2,3}?", "xxxx", "<xx>"},
		{"x{2,}", "xxxx", "<xxxx>"},
		{"x{2}", "xxxx", "<xx>"},
		{"x{0}y", "xy", "<y>"},
		{"(x){0}y", "xy", "<y>-"},
		{"(|a)b", "ab", "<ab><a>"},
		{"d", "abc", "none"},
	};

	EXPECT_ALL(rows, 0);
}
END_TEST

START_TEST(anchored_means_all_of_the_text)
{
	static const struct row rows[] = {
		{"a|ab", "ab", "<ab>"},
		{"b", "abc", "none"},
		{"(\\d+)", "12", "<12><12>"},
		{"(\\d+)", "12\n", "none"},
		{"", "", "<>"},
		{"", "a", "none"},
		{".*", "a\nb", "none"},
		{"(?s).*", "a\nb", "<a\nb>"},
		/* it is a matter of text: ^(?:a)|(b)$ */
		{"a)|(b", "ax", "<a>-"},
		{"a)|(b", "xb", "<b><b>"},
	};

	EXPECT_ALL(rows, SN_REGEX_ANCHORED);
}
END_TEST

START_TEST(assertions_mean_what_they_mean_in_go)
{
	static const struct row rows[] = {
		{"^b", "a\nb", "none"},
		{"(?m)^b", "a\nb", "<b>"},
		{"(?m)^$", "a\n", "<>"},
		{"a$", "a\n", "none"},
		{"(?m)a$", "a\nb", "<a>"},
		{"a\\z", "a\n", "none"},
		{"(?m)a\\z", "a\nb", "none"},
		{"(?m)\\Ab", "a\nb", "none"},
		{"\\bb", "a b", "<b>"},
		{"\\Bb", "ab", "<b>"},
		{"\\bb",
		 "\xc3\xa4"
		 "b",
		 "<b>"},
		{"^*a", "a", "<a>"},
		{"(^|x)+a", "xa", "<xa><x>"},
		{"\\b+a", "a", "<a>"},
		{"$^", "", "<>"},
		{"(?m)^a|b$", "xb\na", "<b>"},
	};

	EXPECT_ALL(rows, 0);
}
END_TEST

START_TEST(sets_have_the_members_they_have_in_go)
{
	static const struct row rows[] = {
		{"[a-c]+", "xabcd", "<abc>"},
		{"[^a-c]+", "abxyc", "<xy>"},
		{"[^a]", "\n", "<\n>"},
		{"[]a]+", "a]", "<a]>"},
		{"[^]a]+", "]b", "<b>"},
		{"[a-]+", "a-b", "<a->"},
		{"[-a]+", "a-b", "<a->"},
		{"[a-c-e]+", "b-ed", "<b-e>"},
		{"[\\]\\-\\\\]+", "a]-\\", "<]-\\>"},
		{"[[:alpha:]]+", "1aZ_", "<aZ>"},
		{"[[:^alpha:]]+", "a1_b", "<1_>"},
		{"[[:word:]]+", "-a_1-", "<a_1>"},
		{"[[:space:]]+", "a \v\tb", "< \v\t>"},
		{"[[:alpha:][:digit:]-]+", "+a-1+", "<a-1>"},
		{"[[:xdigit:]]+", "xfF09g", "<fF09>"},
		{"[[:punct:]]+", "a!~b", "<!~>"},
		{"[[:foo]+", "[:fo", "<[:fo>"},
		{"[[.a.]]+", "[.a.]", "<.]>"},
		{"\\d+", "a12b", "<12>"},
		{"\\D+", "1ab2", "<ab>"},
		{"\\s+", "a \t\n\f\r\vb", "< \t\n\f\r>"},
		{"\\S+", " \va ", "<\va>"},
		{"\\w+", "-a_Z9\xc3\xa4", "<a_Z9>"},
		{"\\W+", "a-\xc3\xa4-b", "<-\xc3\xa4->"},
		{"[\\d.]+", "a1.2b", "<1.2>"},
		{"[\\D]+", "1a2", "<a>"},
		{"[^\\D]+", "a12b", "<12>"},
		{"[^\\x00-\\x{10FFFF}]", "a", "none"},
		{".", "\n", "none"},
		{"(?s).", "\n", "<\n>"},
		{".", "\xe2\x82\xac", "<\xe2\x82\xac>"},
	};

	EXPECT_ALL(rows, 0);
}
END_TEST

START_TEST(unicode_has_its_categories_and_scripts)
{
	static const struct row rows[] = {
		{"\\pL+", "1a\xc3\xa4\xce\xb1", "<a\xc3\xa4\xce\xb1>"},
		{"\\p{Greek}+", "a\xce\xb1\xce\xb2", "<\xce\xb1\xce\xb2>"},
		{"\\P{Greek}+",
		 "\xce\xb1"
		 "ab\xce\xb2",
		 "<ab>"},
		{"\\p{^Greek}+",
		 "\xce\xb1"
		 "ab",
		 "<ab>"},
		{"[\\p{Lu}\\d]+",
		 "a1\xc3\x84"
		 "b",
		 "<1\xc3\x84>"},
		{"[^\\pL]+", "a12", "<12>"},
		{"\\p{Any}+", "a\n", "<a\n>"},
		{"\\pN", "a\xc2\xb2", "<\xc2\xb2>"},
		{"(?i)\\p{Lu}+", "1aB", "<aB>"},
		{"(?i)[^\\p{Lu}]+", "1aB", "<1>"},
		{"(?i)\\x{e4}", "\xc3\x84", "<\xc3\x84>"},
		{"(?i)k+", "kK\xe2\x84\xaa", "<kK\xe2\x84\xaa>"},
		{"(?i)[^k]", "\xe2\x84\xaa", "none"},
		{"(?i)\\w+", "s\xc5\xbf", "<s\xc5\xbf>"},
		{"(?i)[\\W]", "\xc5\xbf", "none"},
		{"[\\W]", "\xc5\xbf", "<\xc5\xbf>"},
		{"(?i)[[:lower:]]+", "aB", "<aB>"},
		{"(?i)[[:^lower:]]+", "aB1", "<1>"},
	};

	EXPECT_ALL(rows, 0);
}
END_TEST

START_TEST(flags_count_from_where_they_are_to_the_end_of_the_group)
{
	static const struct row rows[] = {
		{"(?i)ab", "AB", "<AB>"},	{"a(?i)b", "aB", "<aB>"},
		{"a(?i)b", "AB", "none"},	{"(?i:a)b", "Ab", "<Ab>"},
		{"(?i:a)b", "AB", "none"},	{"(a(?i)b)c", "aBC", "none"},
		{"(a(?i)b|c)", "C", "<C><C>"},	{"(?i)a(?-i)b", "Ab", "<Ab>"},
		{"(?i)a(?-i)b", "AB", "none"},	{"(?U)a+", "aa", "<a>"},
		{"(?U)a+?", "aa", "<aa>"},	{"(?U)a{1,2}", "aa", "<a>"},
		{"(?is)A.b", "a\nB", "<a\nB>"}, {"(?s-i)a.b", "a\nb", "<a\nb>"},
		{"(?:(?i)a)b", "AB", "none"},	{"a*(?i)*b", "aaB", "<aaB>"},
		{"(?)a", "a", "<a>"},		{"(?i)[a-c]+", "aBC", "<aBC>"},
	};

	EXPECT_ALL(rows, 0);
}
END_TEST

START_TEST(escapes_and_quoted_text_stand_for_themselves)
{
	static const struct row rows[] = {
		{"\\.", "a.", "<.>"},
		{"\\_\\-\\#", "_-#", "<_-#>"},
		{"\\x41\\x{42}\\103", "ABC", "<ABC>"},
		{"\\0101", "\b1", "<\b1>"},
		{"\\n\\t\\r\\f\\v\\a", "\n\t\r\f\v\a", "<\n\t\r\f\v\a>"},
		{"\\Qa.b*\\E+", "a.b**", "<a.b**>"},
		{"\\Qa+", "a+", "<a+>"},
		{"\\Q\\E", "", "<>"},
		{"a\\Q\\E*", "aa", "<aa>"},
		{"a{", "a{", "<a{>"},
		{"a{,2}", "a{,2}", "<a{,2}>"},
		{"a{1", "a{1", "<a{1>"},
		{"a{01}", "a{01}", "<a{01}>"},
		{"a{1,2", "a{1,2", "<a{1,2>"},
		{"{", "{", "<{>"},
		{"]}", "]}", "<]}>"},
		{"#a b", "#a b", "<#a b>"},
		{"[[:alpha:]\\x2d\\n]+", "a-\n", "<a-\n>"},
	};

	EXPECT_ALL(rows, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_leftmost_match_is_found_and_there_the_first_alternative,
				      anchored_means_all_of_the_text,
				      assertions_mean_what_they_mean_in_go,
				      sets_have_the_members_they_have_in_go,
				      unicode_has_its_categories_and_scripts,
				      flags_count_from_where_they_are_to_the_end_of_the_group,
				      escapes_and_quoted_text_stand_for_themselves,
				      NULL};

	return suite_run_tests("regex_syntax", tests, 20);
}
