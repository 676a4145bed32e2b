/*
 * Bounded text and numbers without printf. Behaviour of encode/text.h.
 */
#include "encode/text.h"

#include "base/rng.h"
#include "support/suite.h"

#include <inttypes.h>
#include <math.h>

/* What was written, as a C string valid until the next call. */
static const char *written(const struct sn_text *t, const uint8_t *out)
{
	static char text[4096];
	int n = sn_text_result(t, out);

	suite_expect(n >= 0 && n < (int)sizeof(text));
	memcpy(text, out, (size_t)n);
	text[n] = '\0';
	return text;
}

static const char *u64(uint64_t v)
{
	uint8_t out[SN_DIGITS_ROOM];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_text_u64(&t, v);
	return written(&t, out);
}

static const char *i64(int64_t v)
{
	uint8_t out[SN_DIGITS_ROOM];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_text_i64(&t, v);
	return written(&t, out);
}

static const char *real(double d)
{
	uint8_t out[64];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_text_real(&t, d);
	return written(&t, out);
}

static const char *single(float f)
{
	uint8_t out[64];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_text_float(&t, f);
	return written(&t, out);
}

static void expect_u64(uint64_t v)
{
	char expect[32];

	snprintf(expect, sizeof(expect), "%" PRIu64, v);
	if (strcmp(u64(v), expect) != 0) {
		ck_abort_msg("%s was written as %s", expect, u64(v));
	}
}

START_TEST(whole_numbers_of_every_length)
{
	struct sn_rng rng;
	uint64_t p = 1;

	sn_rng_init_seed(&rng, 3);
	expect_u64(0);
	for (int digits = 1; digits <= 20; digits++) {
		expect_u64(p - 1);
		expect_u64(p);
		expect_u64(p + 1);
		for (int i = 0; i < 2000; i++) {
			expect_u64(sn_rng_below(&rng, p < UINT64_MAX / 10 ? p * 10 : UINT64_MAX));
		}
		p = p < UINT64_MAX / 10 ? p * 10 : UINT64_MAX - 1;
	}
	ck_assert_str_eq(u64(UINT64_MAX), "18446744073709551615");
	ck_assert_str_eq(i64(INT64_MAX), "9223372036854775807");
	ck_assert_str_eq(i64(INT64_MIN), "-9223372036854775808");
	ck_assert_str_eq(i64(-1), "-1");
	ck_assert_str_eq(i64(0), "0");
}
END_TEST

START_TEST(real_numbers_have_their_shortest_text)
{
	static const struct {
		double d;	    /* number */
		const char *expect; /* text */
	} rows[] = {
		{0, "0"},
		{-0.0, "-0"},
		{1, "1"},
		{-1, "-1"},
		{0.1, "0.1"},
		{0.5, "0.5"},
		{-273.15, "-273.15"},
		{100, "100"},
		{23.3, "23.3"},
		{0.1 + 0.2, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"},
		{0.000000001, "0.000000001"},
		{0.0000000001, "1e-10"},
		{123456789.125, "123456789.125"},
		{999999999999999, "999999999999999"},
		{1e15, "1e+15"},
		{9007199254740994, "9007199254740994"},
		{1e22, "1e+22"},
		{18446744073709551615.0, "1.8446744073709552e+19"},
		{5e-324, "5e-324"},
		{2.2250738585072014e-308, "2.2250738585072014e-308"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{(double)NAN, "NaN"},
		{(double)INFINITY, "+Inf"},
		{-(double)INFINITY, "-Inf"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_str_eq(real(rows[i].d), rows[i].expect);
	}
}
END_TEST

START_TEST(floats_have_the_shortest_text_of_a_float)
{
	ck_assert_str_eq(single(21.3F), "21.3");
	ck_assert_str_eq(single(-0.1F), "-0.1");
	ck_assert_str_eq(single(0), "0");
	ck_assert_str_eq(single(16777216), "16777216");
	ck_assert_str_eq(single(3.4028234664e38F), "3.4028235e+38");
	ck_assert_str_eq(single(1.4e-45F), "1e-45");
	ck_assert_str_eq(single((float)INFINITY), "+Inf");
	ck_assert_str_eq(single((float)NAN), "NaN");
}
END_TEST

/* Significant digits of a text. */
static int digits_of(const char *s)
{
	int n = 0;
	int zeros = 0;

	for (; *s && *s != 'e'; s++) {
		if (*s == '0') {
			zeros += n ? 1 : 0;
		} else if (*s >= '1' && *s <= '9') {
			n += zeros + 1;
			zeros = 0;
		}
	}
	return n;
}

static bool same(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

START_TEST(random_reals_read_back_and_are_no_longer_than_printf_needs)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 4);
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = sn_rng_u64(&rng);
		double d;
		int need = 1;

		if (i % 2) { /* a reading: few decimals */
			d = (double)(int64_t)(bits >> 24) / pow(10, (double)(bits % 10));
			d = bits & 1 ? d : -d;
		} else {
			memcpy(&d, &bits, sizeof(d));
		}
		if (!isfinite(d)) {
			continue;
		}
		suite_expect(same(strtod(real(d), NULL), d));
		for (; need < 17; need++) {
			char s[64];

			snprintf(s, sizeof(s), "%.*e", need - 1, d);
			if (same(strtod(s, NULL), d)) {
				break;
			}
		}
		if (digits_of(real(d)) > need) {
			ck_abort_msg("%s needs %d digits", real(d), need);
		}
	}
}
END_TEST

START_TEST(random_floats_read_back)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 5);
	for (int i = 0; i < 20000; i++) {
		uint32_t bits = (uint32_t)sn_rng_u64(&rng);
		float f;

		memcpy(&f, &bits, sizeof(f));
		if (isfinite(f)) {
			suite_expect(same((double)strtof(single(f), NULL), (double)f));
		}
	}
}
END_TEST

START_TEST(milliseconds_have_up_to_three_decimals)
{
	static const struct {
		uint64_t ns;	    /* nanoseconds */
		const char *expect; /* text */
	} rows[] = {
		{0, "0"},
		{1, "0"},
		{499, "0"},
		{500, "0.001"},
		{12300000, "12.3"},
		{400000, "0.4"},
		{1000000, "1"},
		{1999999, "2"},
		{10020000, "10.02"},
		{2005000, "2.005"},
		{UINT64_C(86400000000000), "86400000"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t out[32];
		struct sn_text t = sn_text_make(out, sizeof(out));

		sn_text_ms(&t, rows[i].ns);
		ck_assert_str_eq(written(&t, out), rows[i].expect);
	}
}
END_TEST

START_TEST(takes_valid_utf8_and_replaces_the_rest)
{
	static const struct {
		const char *in;	    /* one or more bytes, the first above 0x7f */
		size_t taken;	    /* bytes of it */
		const char *expect; /* text */
	} rows[] = {
		{"\xc3\xa4x", 2, "\xc3\xa4"},
		{"\xe2\x82\xac", 3, "\xe2\x82\xac"},
		{"\xf0\x9f\x90\x9f", 4, "\xf0\x9f\x90\x9f"},
		{"\xed\x9f\xbf", 3, "\xed\x9f\xbf"},
		{"\xee\x80\x80", 3, "\xee\x80\x80"},
		{"\xf4\x8f\xbf\xbf", 4, "\xf4\x8f\xbf\xbf"},
		{"\x80", 1, "\xef\xbf\xbd"}, /* continuation alone */
		{"\xc3", 1, "\xef\xbf\xbd"}, /* ends early */
		{"\xe2\x82", 1, "\xef\xbf\xbd"},
		{"\xf0\x9f\x90", 1, "\xef\xbf\xbd"},
		{"\xc3x", 1, "\xef\xbf\xbd"},
		{"\xe2\x82x", 1, "\xef\xbf\xbd"},
		{"\xc0\xaf", 1, "\xef\xbf\xbd"}, /* overlong */
		{"\xc1\xbf", 1, "\xef\xbf\xbd"},
		{"\xe0\x9f\xbf", 1, "\xef\xbf\xbd"},
		{"\xf0\x8f\xbf\xbf", 1, "\xef\xbf\xbd"},
		{"\xed\xa0\x80", 1, "\xef\xbf\xbd"},	 /* surrogate */
		{"\xf4\x90\x80\x80", 1, "\xef\xbf\xbd"}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", 1, "\xef\xbf\xbd"},
		{"\xff", 1, "\xef\xbf\xbd"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].in);
		uint8_t *in = malloc(n); /* exact: reading past it is seen */
		uint8_t out[8];
		struct sn_text t = sn_text_make(out, sizeof(out));

		suite_expect(in != NULL);
		memcpy(in, rows[i].in, n);
		ck_assert_uint_eq(sn_text_utf8(&t, in, n), rows[i].taken);
		ck_assert_str_eq(written(&t, out), rows[i].expect);
		free(in);
	}
}
END_TEST

START_TEST(a_safe_run_stops_at_each_unsafe_byte_in_each_place)
{
	for (int c = 0; c < 256; c++) {
		bool safe = c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != ',';

		for (size_t at = 0; at < 20; at++) {
			uint8_t in[20];
			uint8_t out[20];
			struct sn_text t = sn_text_make(out, sizeof(out));
			size_t n;

			memset(in, 'a', sizeof(in));
			in[at] = (uint8_t)c;
			n = sn_text_safe_run(&t, in, sizeof(in), 0x20, '"', '\\', ',');
			suite_expect(n == (safe ? sizeof(in) : at));
			suite_expect(t.p == out + n && memcmp(in, out, n) == 0);
		}
	}
}
END_TEST

START_TEST(a_safe_run_ends_where_the_room_ends)
{
	for (size_t cap = 0; cap < 24; cap++) {
		uint8_t *out = malloc(cap + !cap);
		struct sn_text t = sn_text_make(out, cap);

		suite_expect(out != NULL);
		suite_expect(sn_text_safe_run(&t, (const uint8_t *)"0123456789abcdefghijklmn", 24,
					      0x20, '"', '"', '"') == cap);
		suite_expect(!t.full);
		free(out);
	}
}
END_TEST

START_TEST(a_fragment_fits_to_the_byte)
{
	static const uint8_t text[64 + SN_TEXT_SLACK] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

	for (size_t n = 0; n <= 64; n++) {
		for (size_t cap = 0; cap < 64 + 20; cap++) {
			uint8_t *out = malloc(cap + !cap);
			struct sn_text t = sn_text_make(out, cap);

			suite_expect(out != NULL);
			sn_text_frag(&t, text, n);
			suite_expect(t.full == (n > cap));
			suite_expect(t.full || (t.p == out + n && memcmp(out, text, n) == 0));
			free(out);
		}
	}
}
END_TEST

START_TEST(overflow_sticks)
{
	uint8_t out[3];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_text_put(&t, "abcd", 4);
	sn_text_char(&t, 'x');
	ck_assert(t.full);
	ck_assert_int_eq(sn_text_result(&t, out), SN_ESPACE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {whole_numbers_of_every_length,
				      real_numbers_have_their_shortest_text,
				      floats_have_the_shortest_text_of_a_float,
				      random_reals_read_back_and_are_no_longer_than_printf_needs,
				      random_floats_read_back,

				      milliseconds_have_up_to_three_decimals,
				      takes_valid_utf8_and_replaces_the_rest,
				      a_safe_run_stops_at_each_unsafe_byte_in_each_place,
				      a_safe_run_ends_where_the_room_ends,
				      a_fragment_fits_to_the_byte,
				      overflow_sticks,
				      NULL};

	return suite_run_tests("text", tests, 30);
}
