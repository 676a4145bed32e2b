/*
 * Random sources: the seeded one repeats, the system one does not, ranges hold. Behaviour of
 * base/rng.h.
 */
#include "base/rng.h"

#include "support/suite.h"

#include <string.h>

START_TEST(same_seed_same_stream)
{
	struct sn_rng a;
	struct sn_rng b;
	struct sn_rng c;
	int equal = 0;

	sn_rng_init_seed(&a, 42);
	sn_rng_init_seed(&b, 42);
	sn_rng_init_seed(&c, 43);
	for (int i = 0; i < 1000; i++) {
		uint64_t v = sn_rng_u64(&a);

		ck_assert_uint_eq(v, sn_rng_u64(&b));
		equal += v == sn_rng_u64(&c);
	}
	ck_assert_int_eq(equal, 0);
}
END_TEST

/*
 * The first outputs of xoshiro256** (Blackman and Vigna) whose state splitmix64 fills from 1,
 * computed by an independent program: recorded seeds of failing replays must mean the same in every
 * release.
 */
START_TEST(seeded_stream_is_the_published_algorithm)
{
	static const uint64_t expect[] = {UINT64_C(0xb3f2af6d0fc710c5),
					  UINT64_C(0x853b559647364cea),
					  UINT64_C(0x92f89756082a4514),
					  UINT64_C(0x642e1c7bc266a3a7)};
	struct sn_rng r;

	sn_rng_init_seed(&r, 1);
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(sn_rng_u64(&r), expect[i]);
	}
}
END_TEST

START_TEST(system_source_never_repeats_in_a_few_blocks)
{
	enum { N = 200 };
	struct sn_rng r;
	uint64_t v[N];

	sn_rng_init_system(&r);
	for (int i = 0; i < N; i++) {
		v[i] = sn_rng_u64(&r);
		for (int k = 0; k < i; k++) {
			suite_expect(v[i] != v[k]);
		}
	}
}
END_TEST

START_TEST(drawn_words_do_not_stay_in_memory)
{
	struct sn_rng r;
	uint64_t v;

	sn_rng_init_system(&r);
	v = sn_rng_u64(&r);
	for (int i = 0; i < 32; i++) {
		ck_assert_uint_ne(r.block[i], v);
	}
	sn_rng_fini(&r);
	for (int i = 0; i < 32; i++) {
		ck_assert_uint_eq(r.block[i], 0);
	}
	ck_assert_uint_eq(r.left, 0);
}
END_TEST

static void check_range(struct sn_rng *r, uint64_t n)
{
	unsigned low = 0;

	for (int i = 0; i < 4000; i++) {
		uint64_t v = sn_rng_below(r, n);

		suite_expect(v < n);
		low += v < n / 2 + n % 2;
	}
	/* one half of the range gets about half of the draws; 6 sigma is 190 */
	if (n > 1000) {
		ck_assert_uint_gt(low, 1800);
		ck_assert_uint_lt(low, 2200);
	}
}

START_TEST(below_stays_below_and_reaches_everything)
{
	struct sn_rng r;
	bool seen[6] = {false};

	sn_rng_init_seed(&r, 7);
	check_range(&r, 1);
	check_range(&r, 2);
	check_range(&r, 1001);
	check_range(&r, UINT64_C(1) << 63);
	check_range(&r, UINT64_MAX);
	for (int i = 0; i < 1000; i++) {
		seen[sn_rng_below(&r, 6)] = true;
	}
	for (int i = 0; i < 6; i++) {
		ck_assert(seen[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {same_seed_same_stream,
				      seeded_stream_is_the_published_algorithm,
				      system_source_never_repeats_in_a_few_blocks,
				      drawn_words_do_not_stay_in_memory,
				      below_stays_below_and_reaches_everything,
				      NULL};

	return suite_run_tests("rng", tests, 0);
}
