/*
 * Texts to values: durations, sizes, numbers, truth values, UTF-8. Behaviour of document/scalar.h.
 */
#include "document/scalar.h"

#include "support/suite.h"

#include <string.h>

START_TEST(reads_durations_of_go_and_prometheus)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{"0", 0},
		{"0s", 0},
		{"1ns", 1},
		{"1us", 1000},
		{"1\xc2\xb5s", 1000},
		{"1\xce\xbcs", 1000},
		{"200us", 200000},
		{"500ms", 500000000},
		{"30s", UINT64_C(30000000000)},
		{"1m30s", UINT64_C(90000000000)},
		{"1h2m3s4ms", UINT64_C(3723004000000)},
		{"1.5h", UINT64_C(5400000000000)},
		{".5s", 500000000},
		{"5.s", UINT64_C(5000000000)},
		{"0.000000001s", 1},
		{"0.1s", 100000000},
		{"1d", UINT64_C(86400000000000)},
		{"1w", UINT64_C(604800000000000)},
		{"1y", UINT64_C(31536000000000000)},
		{"9223372036854775807ns", INT64_MAX},
		{"292y", UINT64_C(292) * 365 * 86400 * 1000000000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ns = 7;

		ck_assert_msg(sn_scalar_duration(rows[i].text, &ns) == SN_OK, "%s", rows[i].text);
		ck_assert_msg(ns == rows[i].ns, "%s: %llu", rows[i].text, (unsigned long long)ns);
	}
}
END_TEST

START_TEST(refuses_what_is_no_duration)
{
	static const char *const rows[] = {"",	  "fast", "5",	  "5 s",  "s",	    "1m30",
					   "-1s", "+1s",  "1s ",  " 1s",  "1.2.3s", ".s",
					   "1S",  "1sec", "0x1s", "1e3s", "0.",	    "00"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ns;

		ck_assert_msg(sn_scalar_duration(rows[i], &ns) == SN_EINVAL, "'%s'", rows[i]);
	}
}
END_TEST

START_TEST(refuses_durations_beyond_63_bits)
{
	static const char *const rows[] = {"9223372036854775808ns", "99999999999999999999999ns",
					   "293y", "18446744073709551616s",
					   "9223372036854775807ns1ns"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ns;

		ck_assert_msg(sn_scalar_duration(rows[i], &ns) == SN_ERANGE, "'%s'", rows[i]);
	}
}
END_TEST

START_TEST(writes_durations_that_it_reads_back)
{
	static const char *const rows[] = {
		"0s", "1ns", "200us", "1m30s", "1h2m3s4ms", "24h", "2562047h47m16s854ms775us807ns"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[SN_SCALAR_TEXT_MAX];
		uint64_t ns;

		ck_assert_int_eq(sn_scalar_duration(rows[i], &ns), SN_OK);
		ck_assert_str_eq(sn_scalar_format_duration(text, ns), rows[i]);
	}
}
END_TEST

START_TEST(reads_sizes)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{"0", 0},
		{"1400", 1400},
		{"10B", 10},
		{"1kB", 1000},
		{"1KB", 1000},
		{"10MB", 10000000},
		{"2GB", 2000000000},
		{"1TB", UINT64_C(1000000000000)},
		{"64KiB", 65536},
		{"64 KiB", 65536},
		{"8MiB", 8388608},
		{"4GiB", UINT64_C(4294967296)},
		{"1TiB", UINT64_C(1099511627776)},
		{"1.5KiB", 1536},
		{"9223372036854775807", INT64_MAX},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t bytes = 7;

		ck_assert_msg(sn_scalar_size(rows[i].text, &bytes) == SN_OK, "%s", rows[i].text);
		ck_assert_msg(bytes == rows[i].bytes, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(writes_sizes_that_it_reads_back)
{
	static const char *const rows[] = {"0",	   "1",	   "1400", "1KiB",   "1536",
					   "8MiB", "3GiB", "2TiB", "2048TiB"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[SN_SCALAR_TEXT_MAX];
		uint64_t v;

		ck_assert_int_eq(sn_scalar_size(rows[i], &v), SN_OK);
		ck_assert_str_eq(sn_scalar_format_size(text, v), rows[i]);
	}
}
END_TEST

START_TEST(refuses_what_is_no_size)
{
	static const char *const bad[] = {"",	  "big",   "-1",  "1.5", "1.5B", "5m",
					  "5mib", "5KiBs", "KiB", "1 2", "5K"};
	static const char *const large[] = {"9223372036854775808", "8388608TiB",
					    "99999999999999999999"};
	uint64_t v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sn_scalar_size(bad[i], &v) == SN_EINVAL, "'%s'", bad[i]);
	}
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		ck_assert_msg(sn_scalar_size(large[i], &v) == SN_ERANGE, "'%s'", large[i]);
	}
}
END_TEST

START_TEST(reads_whole_numbers)
{
	static const struct {
		const char *text;
		int rc;
		int64_t v;
	} rows[] = {
		{"0", SN_OK, 0},
		{"-5", SN_OK, -5},
		{"+5", SN_OK, 5},
		{"0010", SN_OK, 10},
		{"9223372036854775807", SN_OK, INT64_MAX},
		{"-9223372036854775808", SN_OK, INT64_MIN},
		{"9223372036854775808", SN_ERANGE, 0},
		{"", SN_EINVAL, 0},
		{"-", SN_EINVAL, 0},
		{" 5", SN_EINVAL, 0},
		{"5 ", SN_EINVAL, 0},
		{"0x10", SN_EINVAL, 0},
		{"1_000", SN_EINVAL, 0},
		{"1.0", SN_EINVAL, 0},
		{"--1", SN_EINVAL, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t v;

		ck_assert_msg(sn_scalar_int(rows[i].text, &v) == rows[i].rc, "'%s'", rows[i].text);
		ck_assert(rows[i].rc != SN_OK || v == rows[i].v);
	}
}
END_TEST

START_TEST(reads_finite_decimal_numbers_only)
{
	static const char *const bad[] = {"",	"x",  "nan", "inf", "1e999", "0x10",
					  " 1", "1 ", "-",   "1,5", "e5"};
	double v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sn_scalar_float(bad[i], &v) == SN_EINVAL, "'%s'", bad[i]);
	}
	ck_assert_int_eq(sn_scalar_float("0.001", &v), SN_OK);
	ck_assert_double_eq(v, 0.001);
	ck_assert_int_eq(sn_scalar_float("-2e3", &v), SN_OK);
	ck_assert_double_eq(v, -2000.0);
	ck_assert_int_eq(sn_scalar_float("10", &v), SN_OK);
	ck_assert_double_eq(v, 10.0);
}
END_TEST

START_TEST(reads_truth_values_of_yaml_1_1)
{
	static const char *const yes[] = {"true", "True", "TRUE", "yes", "on", "On"};
	static const char *const no[] = {"false", "False", "no", "off", "OFF"};
	static const char *const bad[] = {"", "1", "0", "t", "ja", "y"};
	bool v;

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		ck_assert(sn_scalar_bool(yes[i], &v) == SN_OK && v);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		ck_assert(sn_scalar_bool(no[i], &v) == SN_OK && !v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sn_scalar_bool(bad[i], &v), SN_EINVAL);
	}
}
END_TEST

START_TEST(tells_utf8_from_other_bytes)
{
	static const char *const good[] = {"",
					   "abc",
					   "\xc2\x80",
					   "\xdf\xbf",
					   "\xe0\xa0\x80",
					   "\xed\x9f\xbf",
					   "\xee\x80\x80",
					   "\xef\xbf\xbf",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf",
					   "a\xc3\xa4z"};
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xc2",
					  "\xc2z",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xe1\x80",
					  "\xe1\x80z",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xf1\x80\x80",
					  "\xff"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(sn_scalar_is_utf8(good[i]), "good %zu", i);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!sn_scalar_is_utf8(bad[i]), "bad %zu", i);
	}
}
END_TEST

START_TEST(reads_octets_in_hexadecimal_digits)
{
	static const uint8_t expected[] = {0x00, 0x9f, 0xAB, 0xcd, 0xef};
	static const char *const good[] = {"009fABcdef", "0x009fabCDEF", "0X009FaBcDeF"};
	uint8_t out[8];
	size_t n;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(out, 0x55, sizeof(out));
		ck_assert_int_eq(sn_scalar_hex(sn_span_str(good[i]), out, sizeof(out), &n), SN_OK);
		ck_assert_uint_eq(n, 5);
		ck_assert_mem_eq(out, expected, 5);
		ck_assert_uint_eq(out[5], 0x55);
	}
	ck_assert_int_eq(sn_scalar_hex(sn_span_str(""), out, sizeof(out), &n), SN_OK);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(sn_scalar_hex(sn_span_str("0x"), out, sizeof(out), &n), SN_OK);
	ck_assert_uint_eq(n, 0);
	/* what does not fit is counted */
	memset(out, 0x55, sizeof(out));
	ck_assert_int_eq(sn_scalar_hex(sn_span_str(good[0]), out, 3, &n), SN_OK);
	ck_assert_uint_eq(n, 5);
	ck_assert_mem_eq(out, expected, 3);
	ck_assert_uint_eq(out[3], 0x55);
}
END_TEST

START_TEST(refuses_what_is_not_hexadecimal)
{
	static const char *const bad[] = {"0",	"000", "0x0", "0g",    "g0", "00 ", " 00", "00:00",
					  "x0", "-1",  "0:",  "00\n0", "@@", "``",  "//",  "GG"};
	uint8_t out[8];
	size_t n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sn_scalar_hex(sn_span_str(bad[i]), out, sizeof(out), &n) == SN_EINVAL,
			      "%s", bad[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_durations_of_go_and_prometheus,
				      refuses_what_is_no_duration,
				      refuses_durations_beyond_63_bits,
				      writes_durations_that_it_reads_back,
				      reads_sizes,
				      writes_sizes_that_it_reads_back,
				      refuses_what_is_no_size,
				      reads_whole_numbers,
				      reads_finite_decimal_numbers_only,
				      reads_truth_values_of_yaml_1_1,
				      reads_octets_in_hexadecimal_digits,
				      refuses_what_is_not_hexadecimal,
				      tells_utf8_from_other_bytes,
				      NULL};

	return suite_run_tests("scalar", tests, 0);
}
