/*
 * Hashing of short keys: stable values, every byte counts, even spread. Behaviour of base/hash.h.
 */
#include "base/hash.h"

#include "support/suite.h"

static uint64_t hash_text(const char *s, uint64_t seed)
{
	return sn_hash_bytes(s, strlen(s), seed);
}

/*
 * Worker and phase of a target derive from these values: a change would move every target at an
 * upgrade. The numbers were written down when the function was made.
 */
START_TEST(values_do_not_change_between_releases)
{
	ck_assert_uint_eq(hash_text("", 0), UINT64_C(0x223d11c0efedec83));
	ck_assert_uint_eq(hash_text("192.0.2.1", 0), UINT64_C(0x8ac1051c2bf63469));
	ck_assert_uint_eq(hash_text("[2001:db8::1]:1161", 7), UINT64_C(0xad4bc3ab2bc40927));
}
END_TEST

START_TEST(seed_length_and_every_bit_count)
{
	uint8_t key[23] = {0};

	for (size_t n = 0; n <= sizeof(key); n++) {
		uint64_t h = sn_hash_bytes(key, n, 1);

		ck_assert_uint_ne(h, sn_hash_bytes(key, n, 2));
		for (size_t bit = 0; bit < 8 * n; bit++) {
			key[bit / 8] ^= (uint8_t)(1u << bit % 8);
			suite_expect(h != sn_hash_bytes(key, n, 1));
			key[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		if (n > 0) {
			ck_assert_uint_ne(h, sn_hash_bytes(key, n - 1, 1));
		}
	}
}
END_TEST

START_TEST(reads_nothing_outside_the_key_and_ignores_its_alignment)
{
	uint64_t expect = hash_text("abcdefghijk", 0);

	for (size_t shift = 0; shift < 8; shift++) {
		uint8_t *heap = malloc(shift + 11);

		ck_assert_ptr_nonnull(heap);
		memcpy(heap + shift, "abcdefghijk", 11);
		ck_assert_uint_eq(sn_hash_bytes(heap + shift, 11, 0), expect);
		free(heap);
	}
}
END_TEST

/* Chi-squared of target names over buckets, from low bits and from high bits as the calendar uses
 * them. */
START_TEST(target_names_spread_evenly)
{
	enum { NAMES = 64000, BUCKETS = 64 };
	unsigned low[BUCKETS] = {0};
	unsigned high[BUCKETS] = {0};
	double chi_low = 0;
	double chi_high = 0;
	double expect = (double)NAMES / BUCKETS;

	for (unsigned i = 0; i < NAMES; i++) {
		char name[32];
		uint64_t h;

		snprintf(name, sizeof(name), "10.%u.%u.%u", i >> 12, i >> 6 & 63, i & 63);
		h = hash_text(name, 0);
		low[h % BUCKETS]++;
		high[h >> 58]++;
	}
	for (int i = 0; i < BUCKETS; i++) {
		chi_low += (low[i] - expect) * (low[i] - expect) / expect;
		chi_high += (high[i] - expect) * (high[i] - expect) / expect;
	}
	/* 63 degrees of freedom: 120 is beyond the 99.999th percentile */
	ck_assert(chi_low < 120);
	ck_assert(chi_high < 120);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {values_do_not_change_between_releases,
				      seed_length_and_every_bit_count,
				      reads_nothing_outside_the_key_and_ignores_its_alignment,
				      target_names_spread_evenly, NULL};

	return suite_run_tests("hash", tests, 0);
}
