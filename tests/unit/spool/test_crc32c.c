/*
 * CRC-32C: the published values, the table and the instruction alike, sums in parts. Behaviour of
 * spool/crc32c.h.
 */
#include "spool/crc32c.h"

#include "base/rng.h"
#include "support/suite.h"

#include <string.h>

typedef uint32_t sum_fn(uint32_t crc, const void *p, size_t n);

static sum_fn *const sums[] = {sn_crc32c, sn_crc32c_table};

/* RFC 3720 appendix B.4, and the polynomial's check value. */
START_TEST(gives_the_published_values)
{
	sum_fn *sum = sums[_i];
	uint8_t text[48];

	memset(text, 0, 32);
	ck_assert_uint_eq(sum(0, text, 32), 0x8a9136aa);
	memset(text, 0xff, 32);
	ck_assert_uint_eq(sum(0, text, 32), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++) {
		text[i] = (uint8_t)i;
	}
	ck_assert_uint_eq(sum(0, text, 32), 0x46dd794e);
	for (unsigned i = 0; i < 32; i++) {
		text[i] = (uint8_t)(31 - i);
	}
	ck_assert_uint_eq(sum(0, text, 32), 0x113fdb5c);
	ck_assert_uint_eq(sum(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(sum(0, NULL, 0), 0);
}
END_TEST

START_TEST(table_and_instruction_agree_at_all_lengths_and_places)
{
	uint8_t text[320];
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 7);
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (uint8_t)sn_rng_u64(&rng);
	}
	for (size_t at = 0; at < 9; at++) {
		for (size_t n = 0; n + at <= sizeof(text); n++) {
			suite_expect(sn_crc32c((uint32_t)n, text + at, n) ==
				     sn_crc32c_table((uint32_t)n, text + at, n));
		}
	}
}
END_TEST

START_TEST(goes_on_where_another_sum_ended)
{
	static const char text[] = "every record ends exactly once";
	uint32_t whole = sums[_i](0, text, sizeof(text));

	for (size_t n = 0; n <= sizeof(text); n++) {
		uint32_t part = sums[_i](0, text, n);

		suite_expect(sums[_i](part, text + n, sizeof(text) - n) == whole);
	}
}
END_TEST

START_TEST(every_single_bit_counts)
{
	uint8_t text[64] = "payload";
	uint32_t whole = sums[_i](0, text, sizeof(text));

	for (unsigned bit = 0; bit < 8 * sizeof(text); bit++) {
		text[bit / 8] ^= (uint8_t)(1u << bit % 8);
		suite_expect(sums[_i](0, text, sizeof(text)) != whole);
		text[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("crc32c");
	TCase *tc = tcase_create("crc32c");

	tcase_add_loop_test(tc, gives_the_published_values, 0, 2);
	tcase_add_test(tc, table_and_instruction_agree_at_all_lengths_and_places);
	tcase_add_loop_test(tc, goes_on_where_another_sum_ended, 0, 2);
	tcase_add_loop_test(tc, every_single_bit_counts, 0, 2);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
