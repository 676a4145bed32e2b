/*
 * Fine histograms: percentiles against sorting, exact extremes, merging, clearing. Behaviour of
 * base/hdr.h.
 */
#include "base/hdr.h"

#include "base/rng.h"

#include "support/suite.h"

static struct sn_hdr a;
static struct sn_hdr b;

START_TEST(an_empty_histogram_gives_zero)
{
	ck_assert_uint_eq(sn_hdr_quantile(&a, 0.5), 0);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 1.0), 0);
}
END_TEST

START_TEST(small_values_are_exact)
{
	for (uint64_t v = 0; v < 1024; v++) {
		sn_hdr_add(&a, v);
	}
	for (unsigned k = 1; k <= 1024; k++) {
		ck_assert_uint_eq(sn_hdr_quantile(&a, k / 1024.0), k - 1);
	}
}
END_TEST

START_TEST(the_largest_value_has_a_bucket)
{
	sn_hdr_add(&a, UINT64_MAX);
	sn_hdr_add(&a, UINT64_MAX - 1);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 1.0), UINT64_MAX);
	ck_assert_uint_eq(a.least, UINT64_MAX - 1);
}
END_TEST

START_TEST(a_share_is_a_rank_and_not_a_rounded_one)
{
	for (uint64_t v = 1; v <= 100; v++) {
		sn_hdr_add(&a, v);
	}
	ck_assert_uint_eq(sn_hdr_quantile(&a, 0.0), 1);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 0.99), 99);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 0.991), 100);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 0.5), 50);
}
END_TEST

static int by_value(const void *x, const void *y)
{
	uint64_t v = *(const uint64_t *)x;
	uint64_t w = *(const uint64_t *)y;

	return (v > w) - (v < w);
}

START_TEST(percentiles_are_within_a_thousandth_of_the_sorted_list)
{
	enum { N = 10000 };
	static uint64_t v[N];
	struct sn_rng r;
	uint64_t sum = 0;

	sn_rng_init_seed(&r, 5);
	for (int i = 0; i < N; i++) {
		v[i] = sn_rng_u64(&r) >> (24 + sn_rng_below(&r, 30));
		sum += v[i];
		sn_hdr_add(&a, v[i]);
	}
	qsort(v, N, sizeof(v[0]), by_value);
	for (int p = 1; p <= N; p++) {
		uint64_t exact = v[p - 1];
		uint64_t got = sn_hdr_quantile(&a, (double)p / N);

		suite_expect(got >= exact);
		suite_expect(got - exact <= exact / 1024);
		p += p < 9900 ? 96 : 0; /* all of the tail */
	}
	ck_assert_uint_eq(a.n, N);
	ck_assert_uint_eq(a.sum, sum);
	ck_assert_uint_eq(a.least, v[0]);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 1.0), v[N - 1]);
}
END_TEST

START_TEST(merging_adds_counts_and_keeps_extremes)
{
	for (int i = 0; i < 99; i++) {
		sn_hdr_add(&a, 300);
	}
	sn_hdr_add(&b, 1000001);
	sn_hdr_merge(&b, &a);
	ck_assert_uint_eq(b.n, 100);
	ck_assert_uint_eq(b.least, 300);
	ck_assert_uint_eq(b.greatest, 1000001);
	ck_assert_uint_eq(sn_hdr_quantile(&b, 0.99), 300);
	ck_assert_uint_eq(sn_hdr_quantile(&b, 1.0), 1000001);
	/* what is empty changes nothing */
	sn_hdr_clear(&a);
	sn_hdr_merge(&b, &a);
	ck_assert_uint_eq(b.least, 300);
	ck_assert_uint_eq(sn_hdr_quantile(&a, 1.0), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_empty_histogram_gives_zero,
				      small_values_are_exact,
				      the_largest_value_has_a_bucket,
				      a_share_is_a_rank_and_not_a_rounded_one,
				      percentiles_are_within_a_thousandth_of_the_sorted_list,
				      merging_adds_counts_and_keeps_extremes,
				      NULL};

	return suite_run_tests("hdr", tests, 0);
}
