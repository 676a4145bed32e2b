/*
 * Prometheus' tokens: names, label values, help texts, and numbers as Go prints them. Behaviour of
 * encode/promtext.h.
 *
 * ctest: one_thread
 */
#include "encode/promtext.h"

#include "base/rng.h"
#include "support/suite.h"

#include <float.h>
#include <math.h>

/* Text of a name in room of exactly its size. */
static void expect_name(enum sn_promtext_name what, const char *name, const char *expect)
{
	uint8_t out[64];
	struct sn_text t = sn_text_make(out, strlen(expect));

	sn_promtext_put_name(&t, what, name);
	ck_assert_msg(sn_text_result(&t, out) == (int)strlen(expect) &&
			      memcmp(out, expect, strlen(expect)) == 0,
		      "%s: %.*s", name, (int)(t.p - out), (const char *)out);
}

START_TEST(what_a_name_must_not_have_becomes_an_underscore)
{
	expect_name(SN_PROMTEXT_METRIC, "ifHCInOctets", "ifHCInOctets");
	expect_name(SN_PROMTEXT_METRIC, "job:x_1:rate", "job:x_1:rate");
	expect_name(SN_PROMTEXT_LABEL, "job:x_1:rate", "job_x_1_rate");
	expect_name(SN_PROMTEXT_METRIC, "9lives", "_lives");
	expect_name(SN_PROMTEXT_METRIC, "a.b-c d", "a_b_c_d");
	expect_name(SN_PROMTEXT_METRIC,
		    "gr\xc3\xb6\xc3\x9f"
		    "e",
		    "gr__e");
	expect_name(SN_PROMTEXT_METRIC, "x\xff\xfe", "x__");
	expect_name(SN_PROMTEXT_LABEL, "{", "_");
	expect_name(SN_PROMTEXT_LABEL, "", "_");
}
END_TEST

static void expect_value_text(const char *in, size_t n, const char *expect)
{
	uint8_t out[256];
	size_t len = strlen(expect);

	for (size_t cap = 0; cap <= len + 20; cap++) {
		struct sn_text t = sn_text_make(out, cap);

		sn_promtext_escape(&t, (const uint8_t *)in, n);
		if (cap < len) {
			ck_assert_int_eq(sn_text_result(&t, out), SN_ESPACE);
		} else {
			ck_assert_msg(sn_text_result(&t, out) == (int)len &&
					      memcmp(out, expect, len) == 0,
				      "cap %zu: %.*s", cap, (int)(t.p - out), (const char *)out);
		}
	}
}

START_TEST(values_escape_backslash_quote_and_line_feed_only)
{
	expect_value_text("", 0, "");
	expect_value_text("GigabitEthernet1/0/24", 21, "GigabitEthernet1/0/24");
	expect_value_text("say \"hi\"", 8, "say \\\"hi\\\"");
	expect_value_text("C:\\dir\\", 7, "C:\\\\dir\\\\");
	expect_value_text("a\nb\r\tc", 6, "a\\nb\r\tc");
	expect_value_text("12345678\"12345678\n1234567\\", 26,
			  "12345678\\\"12345678\\n1234567\\\\");
	expect_value_text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f", 11,
			  "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f");
}
END_TEST

START_TEST(a_run_of_octets_that_are_no_utf8_becomes_one_replacement)
{
	expect_value_text("\xff", 1, "\xef\xbf\xbd");
	expect_value_text("\xff\xfe\xfd", 3, "\xef\xbf\xbd");
	expect_value_text("a\xff\xfe"
			  "b\xfd",
			  5,
			  "a\xef\xbf\xbd"
			  "b\xef\xbf\xbd");
	expect_value_text("\xff\xc3\xbc\xff", 4, "\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd");
	expect_value_text("\xff\\\xff", 3, "\xef\xbf\xbd\\\\\xef\xbf\xbd");
	expect_value_text("\xff\n\xff", 3, "\xef\xbf\xbd\\n\xef\xbf\xbd");
	expect_value_text("\xe2\x82", 2, "\xef\xbf\xbd");
	expect_value_text("\xed\xa0\x80x", 4, "\xef\xbf\xbdx");
	expect_value_text("\xef\xbf\xbd\xff", 4, "\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(help_texts_keep_their_quotes_but_in_openmetrics)
{
	const char *help = "a \"b\" \\ c\nd\xff\xff";
	uint8_t out[64];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_promtext_put_help(&t, help, false);
	*t.p = '\0';
	ck_assert_str_eq((const char *)out, "a \"b\" \\\\ c\\nd\xef\xbf\xbd");
	t = sn_text_make(out, sizeof(out));
	sn_promtext_put_help(&t, help, true);
	*t.p = '\0';
	ck_assert_str_eq((const char *)out, "a \\\"b\\\" \\\\ c\\nd\xef\xbf\xbd");
}
END_TEST

/* What FormatFloat(d, 'g', -1, 64) of Go gives. */
static const struct {
	double d;	  /* number */
	const char *text; /* as it is written */
	const char *om;	  /* by OpenMetrics, NULL: the same */
} numbers[] = {
	{0, "0", "0.0"},
	{-0.0, "0", "0.0"},
	{1, "1", "1.0"},
	{-1, "-1", "-1.0"},
	{9, "9", "9.0"},
	{100, "100", "100.0"},
	{99999, "99999", "99999.0"},
	{100000, "100000", "100000.0"},
	{999999, "999999", "999999.0"},
	{1000000, "1e+06", NULL},
	{-1000000, "-1e+06", NULL},
	{1000001, "1.000001e+06", NULL},
	{1234567, "1.234567e+06", NULL},
	{4294967295, "4.294967295e+09", NULL},
	{-2147483648, "-2.147483648e+09", NULL},
	{1000000000000, "1e+12", NULL},
	{1795377600123, "1.795377600123e+12", NULL},
	{9007199254740991, "9.007199254740991e+15", NULL},
	{9007199254740992, "9.007199254740992e+15", NULL},
	{9007199254740994, "9.007199254740994e+15", NULL},
	{1e17, "1e+17", NULL},
	{123456789012345678.0, "1.2345678901234568e+17", NULL},
	{18014398509481984, "1.8014398509481984e+16", NULL},
	{36028797018963968, "3.602879701896397e+16", NULL},
	{144115188075855872, "1.4411518807585587e+17", NULL},
	{1152921504606846976, "1.152921504606847e+18", NULL},
	{2305843009213693952, "2.305843009213694e+18", NULL},
	{9223372036854775808.0, "9.223372036854776e+18", NULL},
	{1e19, "1e+19", NULL},
	{18446744073709551615.0, "1.8446744073709552e+19", NULL},
	{18446744073709549568.0, "1.844674407370955e+19", NULL},
	{1e23, "1e+23", NULL},
	{1.7976931348623157e308, "1.7976931348623157e+308", NULL},
	{0.1, "0.1", NULL},
	{24.1, "24.1", NULL},
	{-0.5, "-0.5", NULL},
	{0.0001, "0.0001", NULL},
	{0.00012345, "0.00012345", NULL},
	{0.00001, "1e-05", NULL},
	{0.000012345, "1.2345e-05", NULL},
	{0.012345678, "0.012345678", NULL},
	{123456.789, "123456.789", NULL},
	{999999.5, "999999.5", NULL},
	{1234567.5, "1.2345675e+06", NULL},
	{1795377600.123, "1.795377600123e+09", NULL},
	{(double)21.3F, "21.299999237060547", NULL},
	{1.0 / 3, "0.3333333333333333", NULL},
	{3.141592653589793, "3.141592653589793", NULL},
	{1e-10, "1e-10", NULL},
	{5.684341886080802e-14, "5.684341886080802e-14", NULL}, /* 2^-44 */
	{2.2250738585072014e-308, "2.2250738585072014e-308", NULL},
	{5e-324, "5e-324", NULL},
	{1e100, "1e+100", NULL},
};

static void expect_number(double d, const char *expect, bool om)
{
	uint8_t out[SN_PROMTEXT_VALUE_ROOM];
	uint8_t *end = om ? sn_promtext_write_real(out, d) : sn_promtext_write_value(out, d);

	ck_assert_msg(
		(size_t)(end - out) == strlen(expect) && memcmp(out, expect, strlen(expect)) == 0,
		"%.17g: got %.*s, expected %s", d, (int)(end - out), (const char *)out, expect);
}

START_TEST(numbers_are_written_as_go_writes_them)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		expect_number(numbers[i].d, numbers[i].text, false);
		expect_number(numbers[i].d, numbers[i].om ? numbers[i].om : numbers[i].text, true);
	}
	for (int om = 0; om < 2; om++) {
		expect_number((double)NAN, "NaN", om);
		expect_number((double)INFINITY, "+Inf", om);
		expect_number(-(double)INFINITY, "-Inf", om);
	}
}
END_TEST

/* Significant digits of a text, without zeros at the end. */
static int count_digits(const char *s)
{
	int n = 0;
	int zeros = 0;

	for (; *s && *s != 'e'; s++) {
		if (*s < '0' || *s > '9' || (n == 0 && *s == '0')) {
			continue;
		}
		zeros = *s == '0' ? zeros + 1 : 0;
		n++;
	}
	return n - zeros;
}

/* The text must read back, and no text with fewer digits may. */
static void expect_shortest(double d)
{
	char out[SN_PROMTEXT_VALUE_ROOM + 1];
	uint8_t *end = sn_promtext_write_value((uint8_t *)out, d);
	char other[64];
	double back;
	int digits;
	int e;

	*end = '\0';
	back = strtod(out, NULL);
	ck_assert_msg(!(back < d || back > d), "%s is not %.17g", out, d);
	digits = count_digits(out);
	if (digits < 2) {
		return;
	}
	snprintf(other, sizeof(other), "%.*e", digits - 2, d);
	back = strtod(other, NULL);
	ck_assert_msg(back < d || back > d, "%s is shorter than %s", other, out);
	if (fabs(frexp(d, &e)) > 0.5) { /* next to a power of two the nearest digits may not do */
		double mine = strtod(out, NULL);

		snprintf(other, sizeof(other), "%.*e", digits - 1, d);
		back = strtod(other, NULL);
		ck_assert_msg(!(back < mine || back > mine), "%s is nearer than %s", other, out);
	}
}

START_TEST(numbers_are_as_short_as_they_can_be)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 7);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t bits = sn_rng_u64(&rng);
		double d;

		memcpy(&d, &bits, sizeof(d));
		if (isfinite(d)) {
			expect_shortest(d);
		}
		expect_shortest((double)(bits >> sn_rng_below(&rng, 64)));
		expect_shortest((double)(int64_t)bits);
		expect_shortest((double)(bits >> 34) / 1000);
		expect_shortest((double)(float)((double)(bits >> 40) / 100));
	}
	for (int e = -1074; e < 1024; e++) {
		expect_shortest(ldexp(1, e));
	}
}
END_TEST

START_TEST(a_number_needs_no_more_room_than_it_has)
{
	uint8_t out[32];

	for (size_t cap = 0; cap < sizeof(out); cap++) {
		struct sn_text t = sn_text_make(out, cap);

		sn_promtext_put_value(&t, -2147483648.0);
		ck_assert_int_eq(sn_text_result(&t, out), cap < 16 ? SN_ESPACE : 16);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_a_name_must_not_have_becomes_an_underscore,
				      values_escape_backslash_quote_and_line_feed_only,
				      a_run_of_octets_that_are_no_utf8_becomes_one_replacement,
				      help_texts_keep_their_quotes_but_in_openmetrics,
				      numbers_are_written_as_go_writes_them,
				      numbers_are_as_short_as_they_can_be,
				      a_number_needs_no_more_room_than_it_has,
				      NULL};

	return suite_run_tests("promtext", tests, 60);
}
