/*
 * Borrowed runs of bytes: equality, prefix, rest. Behaviour of base/span.h.
 */
#include "base/span.h"

#include "support/suite.h"

START_TEST(equal_spans_have_the_same_bytes)
{
	char other[] = "public";

	ck_assert(sn_span_eq(sn_span_str("public"), sn_span_str(other)));
	ck_assert(!sn_span_eq(sn_span_str("public"), sn_span_str("publik")));
	ck_assert(!sn_span_eq(sn_span_str("public"), sn_span_str("publi")));
}
END_TEST

START_TEST(empty_spans_are_equal_wherever_they_point)
{
	ck_assert(sn_span_eq(sn_span_make(NULL, 0), sn_span_str("")));
	ck_assert(!sn_span_eq(sn_span_make(NULL, 0), sn_span_str("a")));
}
END_TEST

START_TEST(prefix_may_be_empty_or_the_whole)
{
	struct sn_span s = sn_span_str("abc");

	ck_assert(sn_span_is_prefix(sn_span_make(NULL, 0), s));
	ck_assert(sn_span_is_prefix(sn_span_str("ab"), s));
	ck_assert(sn_span_is_prefix(s, s));
	ck_assert(!sn_span_is_prefix(sn_span_str("abcd"), s));
	ck_assert(!sn_span_is_prefix(sn_span_str("b"), s));
	ck_assert(sn_span_is_prefix(sn_span_make(NULL, 0), sn_span_make(NULL, 0)));
}
END_TEST

START_TEST(one_bit_anywhere_makes_a_difference)
{
	for (size_t n = 1; n < 40; n++) {
		uint8_t *a = calloc(n, 1); /* exact size: asan sees a read too far */
		uint8_t *b = calloc(n, 1);

		ck_assert(a && b);
		ck_assert(sn_span_eq(sn_span_make(a, n), sn_span_make(b, n)));
		for (size_t i = 0; i < n; i++) {
			b[i] = 0x10;
			ck_assert(!sn_span_eq(sn_span_make(a, n), sn_span_make(b, n)));
			ck_assert(!sn_span_is_prefix(sn_span_make(a, n), sn_span_make(b, n)));
			ck_assert(sn_span_is_prefix(sn_span_make(a, i), sn_span_make(b, n)));
			b[i] = 0;
		}
		free(a);
		free(b);
	}
}
END_TEST

START_TEST(rest_starts_behind_the_cut)
{
	struct sn_span s = sn_span_str("abc");

	ck_assert(sn_span_eq(sn_span_from(s, 1), sn_span_str("bc")));
	ck_assert_uint_eq(sn_span_from(s, 3).n, 0);
	ck_assert(sn_span_eq(sn_span_from(s, 0), s));
}
END_TEST

START_TEST(a_string_counts_without_its_terminator)
{
	ck_assert_uint_eq(sn_span_str("").n, 0);
	ck_assert_uint_eq(sn_span_str("abc").n, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {equal_spans_have_the_same_bytes,
				      empty_spans_are_equal_wherever_they_point,
				      one_bit_anywhere_makes_a_difference,
				      prefix_may_be_empty_or_the_whole,
				      rest_starts_behind_the_cut,
				      a_string_counts_without_its_terminator,
				      NULL};

	return suite_run_tests("span", tests, 0);
}
