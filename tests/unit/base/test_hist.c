/*
 * Log-linear histograms: error bound of a percentile, merging, edges of the range. Behaviour of
 * base/hist.h.
 */
#include "base/hist.h"

#include "base/rng.h"

#include "support/suite.h"

#include <string.h>

static struct sn_hist *hist_new(void)
{
	static struct sn_hist h[2];
	static int next;

	next = !next;
	memset(&h[next], 0, sizeof(h[next]));
	return &h[next];
}

START_TEST(an_empty_histogram_gives_zero)
{
	struct sn_hist *h = hist_new();

	ck_assert_uint_eq(sn_hist_quantile(h, 0.5), 0);
	ck_assert_uint_eq(sn_hist_quantile(h, 1.0), 0);
}
END_TEST

START_TEST(small_values_are_exact)
{
	struct sn_hist *h = hist_new();

	for (uint64_t v = 0; v < 16; v++) {
		sn_hist_add(h, v);
	}
	for (unsigned k = 1; k <= 16; k++) {
		ck_assert_uint_eq(sn_hist_quantile(h, k / 16.0), k - 1);
	}
	ck_assert_uint_eq(sn_hist_quantile(h, 0.0), 0);
}
END_TEST

/* Every power of two, less and more one: never below the value, at most one sixteenth above it. */
START_TEST(a_single_value_is_off_by_a_sixteenth_at_most)
{
	for (unsigned i = 0; i < 64 * 3; i++) {
		struct sn_hist *h = hist_new();
		uint64_t v = (UINT64_C(1) << i / 3) + i % 3 - 1;
		uint64_t got;

		sn_hist_add(h, v);
		got = sn_hist_quantile(h, 0.5);
		ck_assert_uint_ge(got, v);
		ck_assert_uint_le(got - v, v / 16);
	}
}
END_TEST

START_TEST(the_largest_value_has_a_bucket)
{
	struct sn_hist *h = hist_new();

	sn_hist_add(h, UINT64_MAX);
	ck_assert_uint_eq(sn_hist_quantile(h, 1.0), UINT64_MAX);
}
END_TEST

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

START_TEST(percentiles_agree_with_sorting)
{
	enum { N = 10000 };
	static uint64_t v[N];
	struct sn_hist *h = hist_new();
	struct sn_rng r;

	sn_rng_init_seed(&r, 5);
	for (int i = 0; i < N; i++) {
		v[i] = sn_rng_u64(&r) >> sn_rng_below(&r, 60);
		sn_hist_add(h, v[i]);
	}
	qsort(v, N, sizeof(v[0]), by_value);
	for (int p = 1; p <= 100; p++) {
		uint64_t exact = v[(uint64_t)p * N / 100 - 1];
		uint64_t got = sn_hist_quantile(h, p / 100.0);

		ck_assert_uint_ge(got, exact);
		ck_assert_uint_le(got - exact, exact / 16);
	}
}
END_TEST

START_TEST(merging_adds_counts)
{
	struct sn_hist *a = hist_new();
	struct sn_hist *b = hist_new();

	for (int i = 0; i < 99; i++) {
		sn_hist_add(a, 3);
	}
	sn_hist_add(b, 1000000);
	sn_hist_merge(a, b);
	ck_assert_uint_eq(sn_hist_quantile(a, 0.99), 3);
	ck_assert_uint_ge(sn_hist_quantile(a, 1.0), 1000000);
	/* the source is left as it was */
	ck_assert_uint_ge(sn_hist_quantile(b, 0.01), 1000000);
}
END_TEST

START_TEST(counts_up_to_a_bound_never_fall_and_end_with_all)
{
	struct sn_hist *h = hist_new();
	uint64_t before = 0;

	for (uint64_t v = 1; v <= 1000; v++) {
		sn_hist_add(h, v * 1000);
	}
	for (uint64_t bound = 0; bound <= 1100000; bound += 500) {
		uint64_t n = sn_hist_count(h, bound);
		uint64_t exact = bound / 1000 < 1000 ? bound / 1000 : 1000;

		ck_assert_uint_ge(n, before);
		ck_assert_uint_le(n, exact);
		ck_assert_uint_ge(n + exact / 16 + 1, exact);
		before = n;
	}
	ck_assert_uint_eq(sn_hist_count(h, UINT64_MAX), 1000);
	sn_hist_add(h, UINT64_MAX);
	ck_assert_uint_eq(sn_hist_count(h, UINT64_MAX), 1001);
}
END_TEST

START_TEST(sums_are_exact_and_merged)
{
	struct sn_hist *a = hist_new();
	struct sn_hist *b = hist_new();

	sn_hist_add(a, 3);
	sn_hist_add(a, 1000001);
	sn_hist_add(b, 7);
	sn_hist_merge(a, b);
	ck_assert_uint_eq(a->sum, 1000011);
	ck_assert_uint_eq(b->sum, 7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_empty_histogram_gives_zero,
				      small_values_are_exact,
				      a_single_value_is_off_by_a_sixteenth_at_most,
				      the_largest_value_has_a_bucket,
				      percentiles_agree_with_sorting,
				      merging_adds_counts,
				      counts_up_to_a_bound_never_fall_and_end_with_all,
				      sums_are_exact_and_merged,
				      NULL};

	return suite_run_tests("hist", tests, 0);
}
