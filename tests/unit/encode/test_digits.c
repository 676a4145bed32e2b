/*
 * Digits by the eight and sixteen, against printf. Behaviour of encode/digits.h; numbers of every
 * length are in test_text.c.
 */
#include "encode/digits.h"

#include "base/rng.h"
#include "support/suite.h"

#include <inttypes.h>

START_TEST(eight_digits_are_exact)
{
	/* both halves of four digits are worked out alike and apart: all of each proves all */
	for (uint32_t i = 0; i < 10000; i++) {
		char expect[16];
		uint8_t got[8];

		snprintf(expect, sizeof(expect), "%08" PRIu32, i * 10000 + 9999 - i);
		sn_digits_put(got, sn_digits_eight(i * 10000 + 9999 - i), 0);
		suite_expect(memcmp(got, expect, 8) == 0);
	}
}
END_TEST

static void expect_sixteen(uint64_t v)
{
	char expect[24];
	uint8_t got[16];
	uint64_t high;
	uint64_t low;

	snprintf(expect, sizeof(expect), "%016" PRIu64, v);
	sn_digits_sixteen(v, &high, &low);
	sn_digits_put(sn_digits_put(got, high, 0), low, 0);
	if (memcmp(got, expect, 16) != 0) {
		ck_abort_msg("%s was written as %.16s", expect, (const char *)got);
	}
}

START_TEST(sixteen_digits_are_exact)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 5);
	for (uint64_t i = 0; i < 10000; i++) {
		expect_sixteen(i * UINT64_C(1000100010001)); /* the same four times */
		expect_sixteen(i * UINT64_C(100000001) + (9999 - i) * 10000); /* mixed */
		expect_sixteen(i * UINT64_C(1000000010000) + 9999);
	}
	for (uint64_t i = 0; i < 100000; i++) {
		expect_sixteen(sn_rng_below(&rng, UINT64_C(10000000000000000)));
	}
	expect_sixteen(UINT64_C(9999999999999999));
	expect_sixteen(UINT64_C(9999999900000000));
}
END_TEST

START_TEST(writes_no_more_than_its_room)
{
	uint8_t out[SN_DIGITS_ROOM + 1];

	for (uint64_t v = UINT64_MAX;; v /= 3) {
		char expect[SN_DIGITS_ROOM];
		int n = snprintf(expect, sizeof(expect), "%" PRIu64, v);

		out[SN_DIGITS_ROOM] = 0xa5;
		suite_expect(sn_digits_write(out, v) == out + n);
		suite_expect(memcmp(out, expect, (size_t)n) == 0);
		suite_expect(out[SN_DIGITS_ROOM] == 0xa5);
		if (v == 0) {
			break;
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {eight_digits_are_exact, sixteen_digits_are_exact,
				      writes_no_more_than_its_room, NULL};

	return suite_run_tests("digits", tests, 0);
}
