/*
 * The error table: numbers, texts and their agreement. Behaviour of base/err.h.
 */
#include "base/err.h"

#include "support/suite.h"

#include <string.h>

static const int codes[] = {
#define CODE(name, value, text) SN_##name,
	SN_ERR_TABLE(CODE)
#undef CODE
};

enum { CODES = sizeof(codes) / sizeof(codes[0]) };

START_TEST(success_is_zero_and_errors_are_negative)
{
	ck_assert_int_eq(codes[0], 0);
	for (int i = 1; i < CODES; i++) {
		ck_assert_int_lt(codes[i], 0);
	}
}
END_TEST

START_TEST(codes_and_texts_are_unique)
{
	for (int i = 0; i < CODES; i++) {
		ck_assert_uint_gt(strlen(sn_err_text(codes[i])), 0);
		for (int k = 0; k < i; k++) {
			ck_assert_int_ne(codes[i], codes[k]);
			ck_assert_str_ne(sn_err_text(codes[i]), sn_err_text(codes[k]));
		}
	}
}
END_TEST

START_TEST(numbers_outside_the_table_have_a_text_too)
{
	ck_assert_str_eq(sn_err_text(3), "success");
	ck_assert_str_eq(sn_err_text(-9999), "unknown error");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {success_is_zero_and_errors_are_negative,
				      codes_and_texts_are_unique,
				      numbers_outside_the_table_have_a_text_too, NULL};

	return suite_run_tests("err", tests, 0);
}
