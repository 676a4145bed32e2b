/*
 * Matches by themselves: groups by name, texts that are no UTF-8 or have no end in sight, what a
 * match costs, and threads that share an expression. Behaviour of base/regex.h.
 */
#include "base/regex.h"

#include "support/bytes.h"
#include "support/regex_text.h"

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

START_TEST(groups_are_found_by_name)
{
	struct sn_regex *re = regex_compile("(?P<one>a)(b)(?<2nd>c)(?P<_x9>d)?(?P<one>)", 0);

	ck_assert_uint_eq(sn_regex_groups(re), 6);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("one"), 0), 1);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("one"), 1), 5);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("one"), 5), SN_ENOENT);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("2nd"), 0), 3);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("_x9"), 0), 4);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str("on"), 0), SN_ENOENT);
	ck_assert_int_eq(sn_regex_group(re, sn_span_str(""), 0), SN_ENOENT);
	ck_assert_str_eq(regex_text(re, sn_span_str("abc")), "<abc><a><b><c>-<>");
	sn_regex_free(re);
	sn_regex_free(NULL);
}
END_TEST

START_TEST(octets_that_are_not_utf8_are_matched_as_replacement_characters)
{
	struct sn_regex *re = regex_compile("(.)(\\d+)(.)", SN_REGEX_ANCHORED);
	struct sn_span text = bytes_hex("ff fe 31 32 c3");

	ck_assert_str_eq(regex_text(re, text), "<\xef\xbf\xbd"
					       "12\xef\xbf\xbd><\xef\xbf\xbd><12><\xef\xbf\xbd>");
	/* and again with a longer text, and a shorter one */
	ck_assert_str_eq(regex_text(re, bytes_hex("ff fe 31 32 33 34 35 36 37 38 39 c3")),
			 "<\xef\xbf\xbd"
			 "123456789\xef\xbf\xbd><\xef\xbf\xbd><123456789><\xef\xbf\xbd>");
	ck_assert_str_eq(regex_text(re, bytes_hex("ff 31 c3")),
			 "<\xef\xbf\xbd"
			 "1\xef\xbf\xbd><\xef\xbf\xbd><1><\xef"
			 "\xbf\xbd>");
	ck_assert_str_eq(regex_text(re, bytes_hex("ff 31")), "none");
	sn_regex_free(re);
}
END_TEST

START_TEST(texts_may_have_nul_and_no_address)
{
	struct sn_regex *re = regex_compile("a.b", 0);
	struct sn_regex *empty = regex_compile("x*", SN_REGEX_ANCHORED);
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
	struct sn_regex *re = regex_compile("(a|aa)+[bc]", SN_REGEX_ANCHORED);
	struct sn_regex *deep = regex_compile("(?:(a)|b)*", SN_REGEX_ANCHORED);
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
	struct sn_regex *small = regex_compile("(\\d+) rpm", 0);
	struct sn_regex *large = regex_compile("(?:(a)|(b)|(c)|(d)|.)*", 0);
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
	struct sn_regex *own[2] = {regex_compile("fan (\\d+) rpm", SN_REGEX_ANCHORED),
				   regex_compile("(.)an (\\d+) (rpm)", SN_REGEX_ANCHORED)};
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
		groups_are_found_by_name,
		octets_that_are_not_utf8_are_matched_as_replacement_characters,
		texts_may_have_nul_and_no_address,
		a_pattern_that_goes_back_for_ever_is_given_up,
		many_threads_share_one_expression,
#ifndef SANITIZED
		a_match_allocates_nothing_once_its_thread_has_matched,
#endif
		NULL};

	return suite_run_tests("regex_match", tests, 20);
}
