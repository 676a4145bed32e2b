/*
 * Numbers cut out of texts. Behaviour of plan/convert.h; every expectation was checked against
 * Go's Regexp.ExpandString and strconv.ParseFloat.
 */
#include "convert_rig.h"

#include <math.h>

/* The number that one entry finds, as %g; "none". */
static const char *extract(const char *pattern, const char *value, struct sn_span text)
{
	static char out[64];
	char why[SN_REGEX_WHY_MAX];
	struct sn_regex *re;
	struct sn_extract e = {.value = value};
	double d;
	int rc;

	ck_assert_msg(!sn_regex_compile(pattern, SN_REGEX_ANCHORED, &re, why, sizeof(why)),
		      "%s: %s", pattern, why);
	e.regex = re;
	rc = sn_convert_extract(&e, 1, text, &d);
	sn_regex_free(re);
	suite_expect(rc == SN_OK || rc == SN_ENOENT);
	snprintf(out, sizeof(out), "%.17g", d);
	return rc ? "none" : out;
}

/* What ParseFloat makes of a text. */
static const char *number(const char *text)
{
	return extract("(?s)(.*)", "$1", bytes_copy(text, strlen(text)));
}

START_TEST(numbers_are_what_go_reads)
{
	static const char *const rows[][2] = {
		{"0", "0"},
		{"12", "12"},
		{"+12", "12"},
		{"-12.5", "-12.5"},
		{".5", "0.5"},
		{"5.", "5"},
		{"1e3", "1000"},
		{"1E-3", "0.001"},
		{"1.e+3", "1000"},
		{"0x1p4", "16"},
		{"-0X1.8P1", "-3"},
		{"0x.8p0", "0.5"},
		{"0xap0", "10"},
		{"1_000", "1000"},
		{"1_23.50_0_0e+1_2", "123500000000000"},
		{"0x_1_2.3_4_5p+1_2", "74565"},
		{"inf", "inf"},
		{"+Inf", "inf"},
		{"-INFINITY", "-inf"},
		{"nan", "nan"},
		{"NaN", "nan"},
		{"1e-400", "0"},
		{"0e9999999", "0"},
		{"00012", "12"},
		{"0.1", "0.10000000000000001"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = number(rows[i][0]);

		ck_assert_msg(strcmp(got, rows[i][1]) == 0, "%s: %s", rows[i][0], got);
	}
}
END_TEST

START_TEST(all_else_is_no_number)
{
	static const char *const rows[] = {
		"",	" 1",	   "1 ",      "1\n",   "a",	 ".",	      "-",
		"+",	"1e",	   "1e+",     "e1",    "1.2.3",	 "--1",	      "0x1",
		"0x",	"0xp1",	   "0x1p",    "0x1e5", "1p4",	 "infi",      "+nan",
		"-nan", "infinit", "inf1",    "1e400", "-1e400", "0x1p99999", "_1",
		"1_",	"1__0",	   "1_.5",    "1._5",  "1e_5",	 "0b1",	      "0o7",
		"1,5",	"1f",	   "0x1p0x1", "1e5_",  "_",	 "0x1__2p1",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(strcmp(number(rows[i]), "none") == 0, "%s", rows[i]);
	}
	ck_assert_str_eq(extract("(?s)(.*)", "$1", sn_span_make("1\0", 2)), "none");
}
END_TEST

START_TEST(numbers_may_be_long_but_not_endless)
{
	char digits[1100];

	memset(digits, '0', sizeof(digits));
	digits[1022] = '7';
	digits[1023] = '\0';
	ck_assert_str_eq(number(digits), "7");
	memset(digits, '0', sizeof(digits));
	digits[1098] = '7';
	digits[1099] = '\0';
	ck_assert_str_eq(number(digits), "none");
	/* nor by a template that says them twice */
	digits[1023 - 300] = '\0';
	ck_assert_str_eq(extract("(.*)", "$1$1", sn_span_str(digits)), "none");
}
END_TEST

START_TEST(templates_are_expanded_as_in_go)
{
	static const struct {
		const char *pattern;  /* regex */
		const char *value;    /* template */
		const char *text;     /* looked at */
		const char *expected; /* number */
	} rows[] = {
		{"(\\d+)C", "$1", "42C", "42"},
		{"(\\d+)C", "${1}", "42C", "42"},
		{"(\\d+)C", "$1.5", "42C", "42.5"},
		{"(\\d+)C", "${1}5", "42C", "425"},
		{"(\\d+)C", "$1x", "42C", "none"},
		{"(?P<1x>\\d+)C", "$1x", "42C", "42"},
		{"(?P<t>\\d+)C", "$t", "42C", "42"},
		{"(?P<t>\\d+)C", "${t}1", "42C", "421"},
		{"(?P<t>\\d+)C", "$t1", "42C", "none"},
		{"(?P<t>\\d+)C", "-$t", "42C", "-42"},
		{"\\d+", "$0", "42", "42"},
		{"(?P<n>a)|(?P<n>\\d)", "$n", "7", "7"},
		{"(?P<n>a)|(?P<n>\\d)", "1$n", "a", "none"},
		{"(\\d)(\\d)", "$2$1", "42", "24"},
		{"(\\d)(\\d)", "$2.$1", "42", "2.3999999999999999"},
		{"(\\d+)C", "1", "42C", "1"},
		{"(\\d+)C", "", "42C", "none"},
		{"(\\d+)C", "$2", "42C", "none"},
		{"(\\d+)C", "1$2", "42C", "1"},
		{"(\\d+)C", "1$unknown", "42C", "1"},
		{"(\\d+)C", "1$01", "42C", "1"},
		{"(\\d+)C", "1$999999999999", "42C", "1"},
		{"(\\d+)|(x)", "1$1", "x", "1"},
		{"(\\d+)C", "1$$", "42C", "none"},
		{"(\\d+)C", "$", "42C", "none"},
		{"(\\d+)C", "1$ ", "42C", "none"},
		{"(\\d+)C", "${1", "42C", "none"},
		{"(\\d+)C", "${}", "42C", "none"},
		{"(\\d+)C", "${1}${1}", "42C", "4242"},
		{"(\\d+)C", "$1_", "42C", "none"},
		{"(\\d+)C", "1$\xc3\xa9", "42C", "1"},
		{"(\\d+)", "$1", "42C", "none"},
		{"up", "1", "up", "1"},
		{"up", "1", "down", "none"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = extract(rows[i].pattern, rows[i].value,
					  bytes_copy(rows[i].text, strlen(rows[i].text)));

		ck_assert_msg(strcmp(got, rows[i].expected) == 0, "%s, %s of \"%s\": %s, not %s",
			      rows[i].pattern, rows[i].value, rows[i].text, got, rows[i].expected);
	}
}
END_TEST

START_TEST(the_first_entry_that_gives_a_number_counts)
{
	static const char *const patterns[][2] = {
		{"(\\w+)", "$1"}, {"up", "2"}, {"(\\d+) rpm", "$1"}, {"(.*)", "3"}};
	struct sn_extract list[4];
	struct sn_regex *own[4];
	char why[SN_REGEX_WHY_MAX];
	double d = 0;

	for (int i = 0; i < 4; i++) {
		suite_expect(sn_regex_compile(patterns[i][0], SN_REGEX_ANCHORED, &own[i], why,
					      sizeof(why)) == SN_OK);
		list[i] = (struct sn_extract){.regex = own[i], .value = patterns[i][1]};
	}
	ck_assert_int_eq(sn_convert_extract(list, 4, sn_span_str("17"), &d), SN_OK);
	ck_assert_double_eq(d, 17);
	ck_assert_int_eq(sn_convert_extract(list, 4, sn_span_str("up"), &d), SN_OK);
	ck_assert_double_eq(d, 2);
	ck_assert_int_eq(sn_convert_extract(list, 4, sn_span_str("900 rpm"), &d), SN_OK);
	ck_assert_double_eq(d, 900);
	ck_assert_int_eq(sn_convert_extract(list, 4, sn_span_str("?"), &d), SN_OK);
	ck_assert_double_eq(d, 3);
	ck_assert_int_eq(sn_convert_extract(list, 3, sn_span_str("?"), &d), SN_ENOENT);
	ck_assert_int_eq(sn_convert_extract(list, 0, sn_span_str("17"), &d), SN_ENOENT);
	for (int i = 0; i < 4; i++) {
		sn_regex_free(own[i]);
	}
}
END_TEST

START_TEST(texts_of_any_octets_can_have_numbers)
{
	ck_assert_str_eq(extract("[^\\d]*(\\d+).*", "$1", bytes_hex("ff fe 34 32 c3 28")), "42");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {numbers_are_what_go_reads,
				      all_else_is_no_number,
				      numbers_may_be_long_but_not_endless,
				      templates_are_expanded_as_in_go,
				      the_first_entry_that_gives_a_number_counts,
				      texts_of_any_octets_can_have_numbers,
				      NULL};

	return suite_run_tests("convert_extract", tests, 0);
}
