/*
 * Arguments of pages. Behaviour of page/args.h.
 */
#include "page/args.h"

#include "support/suite.h"

#include <string.h>

/* One argument: name, value. */
static const char *get(const void *ctx, const char *name)
{
	const char *const *v = ctx;

	return v[0] && strcmp(v[0], name) == 0 ? v[1] : NULL;
}

static char why[SN_ARGS_WHY_MAX];

START_TEST(a_value_that_is_not_there_is_empty)
{
	const char *const v[] = {"q", "x"};
	const struct sn_args args = {get, v};

	ck_assert_str_eq(sn_args_get(&args, "q"), "x");
	ck_assert_str_eq(sn_args_get(&args, "p"), "");
}
END_TEST

START_TEST(numbers_are_taken_up_to_the_most)
{
	const char *v[] = {"limit", "0"};
	const struct sn_args args = {get, v};
	uint32_t n = 7;

	ck_assert_int_eq(sn_args_number(&args, "limit", 20, 50, &n, why), SN_OK);
	ck_assert_uint_eq(n, 0);
	v[1] = "50";
	ck_assert_int_eq(sn_args_number(&args, "limit", 20, 50, &n, why), SN_OK);
	ck_assert_uint_eq(n, 50);
	v[1] = "";
	ck_assert_int_eq(sn_args_number(&args, "limit", 20, 50, &n, why), SN_OK);
	ck_assert_uint_eq(n, 20);
	ck_assert_int_eq(sn_args_number(&args, "offset", 3, 50, &n, why), SN_OK);
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(what_is_no_number_is_explained)
{
	static const char *const wrong[] = {"51", "-1", "1x", " 1", "4294967297", "0000000001"};
	const char *v[] = {"limit", NULL};
	const struct sn_args args = {get, v};
	uint32_t n;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[SN_ARGS_WHY_MAX];

		v[1] = wrong[i];
		ck_assert_int_eq(sn_args_number(&args, "limit", 20, 50, &n, why), SN_EINVAL);
		snprintf(text, sizeof(text), "limit: \"%s\" is not valid (expected 0 to 50)",
			 wrong[i]);
		ck_assert_str_eq(why, text);
	}
}
END_TEST

START_TEST(the_format_is_the_argument_or_what_the_client_takes)
{
	const char *v[] = {"format", "json"};
	const struct sn_args args = {get, v};
	bool json = false;

	ck_assert_int_eq(sn_args_format(&args, "text/html", &json, why), SN_OK);
	ck_assert(json);
	v[1] = "html";
	ck_assert_int_eq(sn_args_format(&args, "application/json", &json, why), SN_OK);
	ck_assert(!json);
	v[0] = NULL;
	ck_assert_int_eq(sn_args_format(&args, "text/html, application/json;q=0.5", &json, why),
			 SN_OK);
	ck_assert(json);
	ck_assert_int_eq(sn_args_format(&args, NULL, &json, why), SN_OK);
	ck_assert(!json);
	v[0] = "format";
	v[1] = "xml";
	ck_assert_int_eq(sn_args_format(&args, NULL, &json, why), SN_EINVAL);
	ck_assert_str_eq(why, "format: \"xml\" is unknown (expected json or html)");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_value_that_is_not_there_is_empty,
				      numbers_are_taken_up_to_the_most,
				      what_is_no_number_is_explained,
				      the_format_is_the_argument_or_what_the_client_takes, NULL};

	return suite_run_tests("args", tests, 0);
}
