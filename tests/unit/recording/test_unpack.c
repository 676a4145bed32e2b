/*
 * Unpacking of .gz and .bz2 in memory, each test for both. Behaviour of recording/unpack.h.
 */
#include "recording/unpack.h"

#include "support/suite.h"

/* head -c 100000 /dev/zero | gzip -n -9 */
static const uint8_t zeroes_gz[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00,
	0x00, 0x00, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x0d, 0x0f, 0xa0, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x80, 0x57, 0x03, 0x7d, 0x95, 0x11, 0xd4, 0xa0, 0x86, 0x01, 0x00};

/* head -c 100000 /dev/zero | bzip2 */
static const uint8_t zeroes_bz2[] = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59,
				     0xbe, 0xa9, 0x88, 0x2b, 0x00, 0x00, 0xc4, 0x50, 0x00, 0xc0,
				     0x00, 0x04, 0x00, 0x00, 0x08, 0x20, 0x00, 0x30, 0xcc, 0x05,
				     0x29, 0xa6, 0x10, 0xb6, 0x22, 0x17, 0x8b, 0xb9, 0x22, 0x9c,
				     0x28, 0x48, 0x5f, 0x54, 0xc4, 0x15, 0x80};

enum { SIZE = 100000, FORMATS = 2, PACKED_MAX = sizeof(zeroes_gz) };

_Static_assert(sizeof(zeroes_bz2) <= PACKED_MAX, "room for either");

/* By _i: one format each. */
static const struct format {
	int (*unpack)(struct sn_span in, size_t max, uint8_t **out, size_t *n);
	const uint8_t *zeroes; /* SIZE zeros, packed */
	size_t n;	       /* octets of that */
} formats[FORMATS] = {{sn_gzip_unpack, zeroes_gz, sizeof(zeroes_gz)},
		      {sn_bzip2_unpack, zeroes_bz2, sizeof(zeroes_bz2)}};

/* Unpacks an allocation of exactly n octets, so that a sanitizer sees a read past the end. */
static int unpack(const struct format *f, const uint8_t *packed, size_t n, size_t max, size_t *got)
{
	uint8_t *copy = malloc(n ? n : 1);
	uint8_t *out = NULL;
	int rc;

	ck_assert(copy != NULL);
	memcpy(copy, packed, n);
	rc = f->unpack(sn_span_make(copy, n), max, &out, got);
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
	const struct format *f = &formats[_i];
	static const size_t above[] = {SIZE, SIZE + 1, (size_t)2 * SIZE, 1 << 30};
	static const size_t below[] = {0, 1, 2, 1000, SIZE / 2, SIZE - 1};
	size_t n;

	for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		ck_assert_int_eq(unpack(f, f->zeroes, f->n, above[i], &n), SN_OK);
		ck_assert_uint_eq(n, SIZE);
	}
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		ck_assert_int_eq(unpack(f, f->zeroes, f->n, below[i], &n), SN_EIO);
	}
}
END_TEST

START_TEST(unpacks_streams_one_after_the_other)
{
	const struct format *f = &formats[_i];
	uint8_t twice[2 * PACKED_MAX];
	size_t n;

	memcpy(twice, f->zeroes, f->n);
	memcpy(twice + f->n, f->zeroes, f->n);
	ck_assert_int_eq(unpack(f, twice, 2 * f->n, 1 << 30, &n), SN_OK);
	ck_assert_uint_eq(n, (size_t)2 * SIZE);
	ck_assert_int_eq(unpack(f, twice, 2 * f->n, (size_t)2 * SIZE - 1, &n), SN_EIO);
	ck_assert_int_eq(unpack(f, twice, 2 * f->n - 1, 1 << 30, &n), SN_EIO);
}
END_TEST

START_TEST(refuses_what_is_cut_and_never_gives_anything_else)
{
	const struct format *f = &formats[_i];
	uint8_t bad[PACKED_MAX];
	size_t refused = 0;
	size_t n;

	for (size_t cut = 0; cut < f->n; cut++) {
		ck_assert_int_eq(unpack(f, f->zeroes, cut, 1 << 30, &n), SN_EIO);
	}
	for (size_t bit = 0; bit < 8 * f->n; bit++) {
		memcpy(bad, f->zeroes, f->n);
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (unpack(f, bad, f->n, 1 << 20, &n) == SN_EIO) {
			refused++;
		} else { /* a bit that says nothing, or from where a zero is copied */
			ck_assert_uint_eq(n, SIZE);
		}
	}
	ck_assert_uint_ge(refused, 4 * f->n);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unpack");
	TCase *tc = tcase_create("unpack");

	tcase_add_loop_test(tc, unpacks_up_to_the_limit_and_not_beyond, 0, FORMATS);
	tcase_add_loop_test(tc, unpacks_streams_one_after_the_other, 0, FORMATS);
	tcase_add_loop_test(tc, refuses_what_is_cut_and_never_gives_anything_else, 0, FORMATS);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
