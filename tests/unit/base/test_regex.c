/*
 * Regular expressions as Go's regexp package has them: every expectation here was checked against
 * it. Behaviour of base/regex.h.
 */
#include "base/regex.h"

#include "support/bytes.h"
#include "support/suite.h"

#include <pthread.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED
/* In place of libc's, for PCRE2 too, which is a shared library: counts. */
void *__libc_malloc(size_t n);

static _Thread_local unsigned long mallocs;

__attribute__((visibility("default"))) void *malloc(size_t n)
{
	mallocs++;
	return __libc_malloc(n);
}
#endif

static struct sn_regex *compile(const char *pattern, unsigned flags)
{
	char why[SN_REGEX_WHY_MAX];
	struct sn_regex *re;
	int rc = sn_regex_compile(pattern, flags, &re, why, sizeof(why));

	ck_assert_msg(rc == SN_OK, "%s: %s", pattern, why);
	return re;
}

/* What the groups of a match are, "<whole><1>..." with "-" for those that took no part. */
static const char *match(const struct sn_regex *re, struct sn_span text)
{
	static char out[4096];
	struct sn_span groups[SN_REGEX_GROUPS_MAX];
	uint32_t n = sn_regex_groups(re);
	size_t len = 0;
	int rc = sn_regex_match(re, text, groups, n);

	if (rc) {
		suite_expect(rc == SN_ENOENT);
		return "none";
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!groups[i].p) {
			len += (size_t)snprintf(out + len, sizeof(out) - len, "-");
			continue;
		}
		len += (size_t)snprintf(out + len, sizeof(out) - len, "<%.*s>", (int)groups[i].n,
					(const char *)groups[i].p);
	}
	suite_expect(len < sizeof(out));
	return out;
}

static void expect(const char *pattern, unsigned flags, const char *text, const char *expected)
{
	struct sn_regex *re = compile(pattern, flags);
	const char *got = match(re, bytes_copy(text, strlen(text)));

	ck_assert_msg(strcmp(got, expected) == 0, "%s on \"%s\": %s, not %s", pattern, text, got,
		      expected);
	sn_regex_free(re);
}

struct row {
	const char *pattern; /* RE2 */
	const char *text;    /* looked at */
	const char *groups;  /* as match() says */
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

START_TEST(groups_are_found_by_name)
{
	struct sn_regex *re = compile("(?P<one>a)(b)(?<2nd>c)(?P<_x9>d)?(?P<one>)", 0);

	ck_assert_uint_eq(sn_regex_groups(re), 6);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("one"), 0), 1);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("one"), 1), 5);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("one"), 5), SN_ENOENT);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("2nd"), 0), 3);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("_x9"), 0), 4);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("on"), 0), SN_ENOENT);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str(""), 0), SN_ENOENT);
	ck_assert_str_eq(match(re, sn_span_str("abc")), "<abc><a><b><c>-<>");
	sn_regex_free(re);
	sn_regex_free(NULL);
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
	re = compile(pattern, 0);
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

START_TEST(octets_that_are_not_utf8_are_matched_as_replacement_characters)
{
	struct sn_regex *re = compile("(.)(\\d+)(.)", SN_REGEX_ANCHORED);
	struct sn_span text = bytes_hex("ff fe 31 32 c3");

	ck_assert_str_eq(match(re, text), "<\xef\xbf\xbd"
					  "12\xef\xbf\xbd><\xef\xbf\xbd><12><\xef\xbf\xbd>");
	/* and again with a longer text, and a shorter one */
	ck_assert_str_eq(match(re, bytes_hex("ff fe 31 32 33 34 35 36 37 38 39 c3")),
			 "<\xef\xbf\xbd"
			 "123456789\xef\xbf\xbd><\xef\xbf\xbd><123456789><\xef\xbf\xbd>");
	ck_assert_str_eq(match(re, bytes_hex("ff 31 c3")), "<\xef\xbf\xbd"
							   "1\xef\xbf\xbd><\xef\xbf\xbd><1><\xef"
							   "\xbf\xbd>");
	ck_assert_str_eq(match(re, bytes_hex("ff 31")), "none");
	sn_regex_free(re);
}
END_TEST

START_TEST(texts_may_have_nul_and_no_address)
{
	struct sn_regex *re = compile("a.b", 0);
	struct sn_regex *empty = compile("x*", SN_REGEX_ANCHORED);
	struct sn_span group;

	ck_assert_int_eq(sn_regex_match(re, sn_span_make("a\0b", 3), &group, 1), SN_OK);
	ck_assert_uint_eq(group.n, 3);
	ck_assert_int_eq(sn_regex_match(empty, sn_span_make(NULL, 0), &group, 1), SN_OK);
	ck_assert_ptr_nonnull(group.p);
	ck_assert_uint_eq(group.n, 0);
	ck_assert_int_eq(sn_regex_match(re, sn_span_make(NULL, 0), NULL, 0), SN_ENOENT);
	sn_regex_free(re);
	sn_regex_free(empty);
}
END_TEST

START_TEST(a_pattern_that_goes_back_for_ever_is_given_up)
{
	struct sn_regex *re = compile("(a|aa)+[bc]", SN_REGEX_ANCHORED);
	struct sn_regex *deep = compile("(?:(a)|b)*", SN_REGEX_ANCHORED);
	static char text[65000];

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(sn_regex_match(re, sn_span_make(text, 60), NULL, 0), SN_ENOENT);
	ck_assert_int_eq(sn_regex_match(re, sn_span_make(text, sizeof(text)), NULL, 0), SN_ENOENT);
	ck_assert_int_eq(sn_regex_match(deep, sn_span_make(text, sizeof(text)), NULL, 0),
			 SN_ENOENT);
	/* what is usual is far from the limits */
	ck_assert_int_eq(sn_regex_match(deep, sn_span_make(text, 4000), NULL, 0), SN_OK);
	text[59] = 'b';
	ck_assert_int_eq(sn_regex_match(re, sn_span_make(text, 60), NULL, 0), SN_OK);
	sn_regex_free(re);
	sn_regex_free(deep);
}
END_TEST

#ifndef SANITIZED
START_TEST(a_match_allocates_nothing_once_its_thread_has_matched)
{
	struct sn_regex *small = compile("(\\d+) rpm", 0);
	struct sn_regex *large = compile("(?:(a)|(b)|(c)|(d)|.)*", 0);
	struct sn_span groups[5];
	unsigned long before;

	for (int i = 0; i < 3; i++) {
		before = mallocs;
		for (int k = 0; k < 100; k++) {
			suite_expect(!sn_regex_match(small, sn_span_str("x 12 rpm"), groups, 2));
			suite_expect(
				!sn_regex_match(large, sn_span_str("abcd\xff\xff"), groups, 5));
		}
		if (i) {
			ck_assert_uint_eq(mallocs, before);
		} else {
			ck_assert_uint_gt(mallocs, before); /* it does count */
		}
	}
	sn_regex_free(small);
	sn_regex_free(large);
}
END_TEST
#endif

enum { THREADS = 4, MATCHES = 2000 };

static void *match_often(void *arg)
{
	const struct sn_regex *const *re = arg;
	struct sn_span groups[4];
	uintptr_t wrong = 0;

	for (int i = 0; i < MATCHES; i++) {
		char text[32];
		int n = snprintf(text, sizeof(text), "fan %d rpm", i);

		wrong += sn_regex_match(re[0], sn_span_make(text, (size_t)n), groups, 2) != SN_OK;
		wrong += strtol((const char *)groups[1].p, NULL, 10) != i;
		text[0] = (char)0xff;
		wrong += sn_regex_match(re[1], sn_span_make(text, (size_t)n), groups, 4) != SN_OK;
		wrong += groups[3].n != 3 || memcmp(groups[3].p, "rpm", 3) != 0;
	}
	return (void *)wrong; // NOLINT(performance-no-int-to-ptr)
}

START_TEST(many_threads_share_one_expression)
{
	struct sn_regex *own[2] = {compile("fan (\\d+) rpm", SN_REGEX_ANCHORED),
				   compile("(.)an (\\d+) (rpm)", SN_REGEX_ANCHORED)};
	pthread_t threads[THREADS];
	void *wrong;

	for (int i = 0; i < THREADS; i++) {
		suite_expect(pthread_create(&threads[i], NULL, match_often, own) == 0);
	}
	for (int i = 0; i < THREADS; i++) {
		suite_expect(pthread_join(threads[i], &wrong) == 0);
		ck_assert_ptr_null(wrong);
	}
	sn_regex_free(own[0]);
	sn_regex_free(own[1]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_leftmost_match_is_found_and_there_the_first_alternative,
		anchored_means_all_of_the_text,
		assertions_mean_what_they_mean_in_go,
		sets_have_the_members_they_have_in_go,
		unicode_has_its_categories_and_scripts,
		flags_count_from_where_they_are_to_the_end_of_the_group,
		escapes_and_quoted_text_stand_for_themselves,
		what_re2_refuses_is_refused_with_a_reason,
		messages_are_one_line_whatever_the_pattern,
		groups_are_found_by_name,
		many_groups_and_deep_ones_have_limits,
		a_pattern_larger_than_pcre2_takes_is_an_error,
		octets_that_are_not_utf8_are_matched_as_replacement_characters,
		texts_may_have_nul_and_no_address,
		a_pattern_that_goes_back_for_ever_is_given_up,
		many_threads_share_one_expression,
#ifndef SANITIZED
		a_match_allocates_nothing_once_its_thread_has_matched,
#endif
		NULL};

	return suite_run_tests("regex", tests, 20);
}
