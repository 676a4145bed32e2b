/*
 * Unpacking of .bz2 in memory. Behaviour of recording/unpack.h as bzip2.c makes it.
 */
#include "recording/unpack.h"

#include "support/suite.h"

/* head -c 100000 /dev/zero | bzip2 */
static const uint8_t zeroes[] = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59,
				 0xbe, 0xa9, 0x88, 0x2b, 0x00, 0x00, 0xc4, 0x50, 0x00, 0xc0,
				 0x00, 0x04, 0x00, 0x00, 0x08, 0x20, 0x00, 0x30, 0xcc, 0x05,
				 0x29, 0xa6, 0x10, 0xb6, 0x22, 0x17, 0x8b, 0xb9, 0x22, 0x9c,
				 0x28, 0x48, 0x5f, 0x54, 0xc4, 0x15, 0x80};

enum { SIZE = 100000 };

/* Unpacks an allocation of exactly n octets, so that a sanitizer sees a read past the end. */
static int unpack(const uint8_t *packed, size_t n, size_t max, size_t *got)
{
	uint8_t *copy = malloc(n ? n : 1);
	uint8_t *out = NULL;
	int rc;

	ck_assert(copy != NULL);
	memcpy(copy, packed, n);
	rc = sn_bzip2_unpack(sn_span_make(copy, n), max, &out, got);
	ck_assert(rc == SN_OK || out == NULL);
	for (size_t i = 0; rc == SN_OK && i < *got; i++) {
		suite_expect(out[i] == 0);
	}
	free(out);
	free(copy);
	return rc;
}

START_TEST(unpacks_up_to_the_limit_and_not_beyond)
{
	static const size_t above[] = {SIZE, SIZE + 1, (size_t)2 * SIZE, 1 << 30};
	static const size_t below[] = {0, 1, 2, 1000, SIZE / 2, SIZE - 1};
	size_t n;

	for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		ck_assert_int_eq(unpack(zeroes, sizeof(zeroes), above[i], &n), SN_OK);
		ck_assert_uint_eq(n, SIZE);
	}
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		ck_assert_int_eq(unpack(zeroes, sizeof(zeroes), below[i], &n), SN_EIO);
	}
}
END_TEST

START_TEST(unpacks_streams_one_after_the_other)
{
	uint8_t twice[2 * sizeof(zeroes)];
	size_t n;

	memcpy(twice, zeroes, sizeof(zeroes));
	memcpy(twice + sizeof(zeroes), zeroes, sizeof(zeroes));
	ck_assert_int_eq(unpack(twice, sizeof(twice), 1 << 30, &n), SN_OK);
	ck_assert_uint_eq(n, (size_t)2 * SIZE);
	ck_assert_int_eq(unpack(twice, sizeof(twice), (size_t)2 * SIZE - 1, &n), SN_EIO);
	ck_assert_int_eq(unpack(twice, sizeof(twice) - 1, 1 << 30, &n), SN_EIO);
}
END_TEST

START_TEST(refuses_what_is_cut_and_never_gives_anything_else)
{
	uint8_t bad[sizeof(zeroes)];
	size_t refused = 0;
	size_t n;

	for (size_t cut = 0; cut < sizeof(zeroes); cut++) {
		ck_assert_int_eq(unpack(zeroes, cut, 1 << 30, &n), SN_EIO);
	}
	for (size_t bit = 0; bit < 8 * sizeof(zeroes); bit++) {
		memcpy(bad, zeroes, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (unpack(bad, sizeof(bad), 1 << 20, &n) == SN_EIO) {
			refused++;
		} else { /* a bit that says nothing, or from where a zero is copied */
			ck_assert_uint_eq(n, SIZE);
		}
	}
	ck_assert_uint_ge(refused, 4 * sizeof(zeroes));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		unpacks_up_to_the_limit_and_not_beyond,
		unpacks_streams_one_after_the_other,
		refuses_what_is_cut_and_never_gives_anything_else,
		NULL,
	};

	return suite_run_tests("recording/bzip2", tests, 0);
}
