/*
 * Patterns that are refused, as Go's regexp package refuses them or because they are too large, and
 * the reasons that are given. Behaviour of base/regex.h.
 */
#include "base/regex.h"

#include "support/regex_text.h"

START_TEST(what_re2_refuses_is_refused_with_a_reason)
{
	static const char *const rows[][2] = {
		{"(?=a)", "look-ahead"},
		{"(?!a)", "look-ahead"},
		{"(?<=a)b", "look-behind"},
		{"(?<!a)b", "look-behind"},
		{"(a)\\1", "backreferences"},
		{"(?>a)", "Perl syntax: `(?>`"},
		{"(?P=n)", "Perl syntax"},
		{"(?P>n)", "Perl syntax"},
		{"(?|a)", "Perl syntax"},
		{"(?#a)", "Perl syntax"},
		{"(?x)a", "Perl syntax"},
		{"(?i", "Perl syntax"},
		{"(?i-)", "Perl syntax"},
		{"(?", "Perl syntax"},
		{"(?R)", "Perl syntax"},
		{"(?1)", "Perl syntax"},
		{"(*UTF)a", "missing argument to repetition operator: `*`"},
		{"a++", "nested repetition operator: `+`"},
		{"a*+", "nested repetition"},
		{"a**", "nested repetition"},
		{"a???", "nested repetition"},
		{"a{2}{3}", "nested repetition"},
		{"*", "missing argument"},
		{"(+)", "missing argument"},
		{"a|*", "missing argument"},
		{"(?i)*", "missing argument"},
		{"a{1001}", "invalid repeat count: `{1001}`"},
		{"a{2,1}", "invalid repeat count"},
		{"a{99999999999}", "invalid repeat count"},
		{"(a{100}){11}", "invalid repeat count"},
		{"((a{10}b){10}|c){11}", "invalid repeat count"},
		{"a)", "unexpected )"},
		{"(a", "missing closing ): `(a`"},
		{"(?:a", "missing closing )"},
		{"[a", "missing closing ]: `[a`"},
		{"[]", "missing closing ]"},
		{"[^", "missing closing ]"},
		{"[z-a]", "character class range: `z-a`"},
		{"[a-\\d]", "escape sequence: `\\d`"},
		{"[[:foo:]]", "character class range: `[:foo:]`"},
		{"[\\b]", "escape"},
		{"\\p{Klingon}", ""},
		{"\\p{", "character class range"},
		{"\\p{}", "character class range"},
		{"\\p", "character class range"},
		{"\\pX", ""},
		{"\\", "trailing backslash"},
		{"\\8", "escape sequence: `\\8`"},
		{"\\e", "escape"},
		{"\\K", "escape"},
		{"\\G", "escape"},
		{"\\R", "escape"},
		{"\\X", "escape"},
		{"\\h", "escape"},
		{"\\N", "escape"},
		{"\\Z", "escape"},
		{"\\C", "escape"},
		{"\\E", "escape"},
		{"\\g1", "escape"},
		{"\\k<n>", "escape"},
		{"\\u0041", "escape"},
		{"\\x4", "escape"},
		{"\\x{}", "escape"},
		{"\\x{110000}", "escape"},
		{"\\x{41", "escape"},
		{"(?P<>a)", "named capture"},
		{"(?P<a-b>a)", "named capture"},
		{"(?P<n", "named capture"},
		{"(?'n'a)", "Perl syntax"},
		{"a\xff", "UTF-8"},
	};
	char why[SN_REGEX_WHY_MAX];
	struct sn_regex *re;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(why, 0, sizeof(why));
		ck_assert_msg(sn_regex_compile(rows[i][0], 0, &re, why, sizeof(why)) == SN_EINVAL,
			      "%s", rows[i][0]);
		ck_assert_ptr_null(re);
		ck_assert_msg(why[0] && strstr(why, rows[i][1]), "%s: %s", rows[i][0], why);
	}
	/* with the anchors around it */
	ck_assert_int_eq(sn_regex_compile("\\Qa", SN_REGEX_ANCHORED, &re, why, sizeof(why)),
			 SN_EINVAL);
	/* no room for a message */
	ck_assert_int_eq(sn_regex_compile("(", 0, &re, NULL, 0), SN_EINVAL);
	ck_assert_int_eq(sn_regex_compile("(", 0, &re, why, 5), SN_EINVAL);
	ck_assert_str_eq(why, "miss");
}
END_TEST

START_TEST(messages_are_one_line_whatever_the_pattern)
{
	char pattern[4000];
	char why[SN_REGEX_WHY_MAX];
	struct sn_regex *re;

	memset(pattern, '\n', sizeof(pattern));
	pattern[0] = '(';
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert_int_eq(sn_regex_compile(pattern, 0, &re, why, sizeof(why)), SN_EINVAL);
	ck_assert_ptr_null(strchr(why, '\n'));
	ck_assert_uint_lt(strlen(why), sizeof(why) - 1);
}
END_TEST

START_TEST(many_groups_and_deep_ones_have_limits)
{
	char pattern[4100] = "";
	char why[SN_REGEX_WHY_MAX];
	struct sn_regex *re;
	struct sn_span groups[SN_REGEX_GROUPS_MAX];

	for (int i = 0; i < 255; i++) {
		strcat(pattern, "(a)");
	}
	re = regex_compile(pattern, 0);
	memset(why, 0, sizeof(why));
	sn_regex_free(re);
	strcat(pattern, "(a)");
	ck_assert_int_eq(sn_regex_compile(pattern, 0, &re, why, sizeof(why)), SN_EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "255"));

	for (unsigned depth = 499; depth <= 501; depth++) {
		bool fits = depth <= 500;
		int rc;

		memset(pattern, 0, sizeof(pattern));
		for (unsigned i = 0; i < depth; i++) {
			memcpy(pattern + 3 * i, "(?:", 3);
		}
		pattern[3 * depth] = 'a';
		memset(pattern + 3 * depth + 1, ')', depth);
		rc = sn_regex_compile(pattern, 0, &re, why, sizeof(why));
		ck_assert_msg(rc == (fits ? SN_OK : SN_EINVAL), "%u: %s", depth, why);
		if (fits) {
			ck_assert_int_eq(sn_regex_match(re, sn_span_str("a"), groups, 1), SN_OK);
			sn_regex_free(re);
		}
	}
	ck_assert_ptr_nonnull(strstr(why, "nests too deeply"));
}
END_TEST

START_TEST(a_pattern_larger_than_pcre2_takes_is_an_error)
{
	char why[SN_REGEX_WHY_MAX] = "";
	struct sn_regex *re;

	ck_assert_int_eq(sn_regex_compile("(?:[ab][cd][ef][gh]){1000}", 0, &re, why, sizeof(why)),
			 SN_EINVAL);
	ck_assert_str_ne(why, "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_re2_refuses_is_refused_with_a_reason,
				      messages_are_one_line_whatever_the_pattern,
				      many_groups_and_deep_ones_have_limits,
				      a_pattern_larger_than_pcre2_takes_is_an_error, NULL};

	return suite_run_tests("regex_refusal", tests, 20);
}
