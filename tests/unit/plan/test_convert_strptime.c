/*
 * Dates in texts. Behaviour of plan/convert.h; every expectation was checked against
 * timefmt-go's Parse.
 */
#include "convert_rig.h"

struct row {
	const char *text;    /* a device's */
	const char *pattern; /* a module's */
	const char *result;  /* Unix seconds or "dropped" */
};

static void expect_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sn_convert_spec spec = {.how = SN_CONVERT_PARSE_DATE_AND_TIME,
					       .text = rows[i].pattern};
		struct sn_value v = {.tag = SN_TAG_OCTETS,
				     .bytes = bytes_copy(rows[i].text, strlen(rows[i].text))};
		const char *got = rig_convert(spec, &v, 0);

		ck_assert_msg(strcmp(got, rows[i].result) == 0, "\"%s\" by \"%s\": %s, not %s",
			      rows[i].text, rows[i].pattern, got, rows[i].result);
	}
}

#define EXPECT_ALL(rows) expect_all((rows), sizeof(rows) / sizeof((rows)[0]))

START_TEST(dates_of_devices_are_understood)
{
	static const struct row rows[] = {
		{"2020-07-24 09:07:29", "%Y-%m-%d %H:%M:%S", "1595581649"},
		{"Fri Jul 24 09:07:29 2020", "%c", "1595581649"},
		{"Fri Jul  4 09:07:29 2020", "%a %b %e %H:%M:%S %Y", "1593853649"},
		{"2020-07-24T09:07:29Z", "%FT%T%z", "1595581649"},
		{"2020-07-24T09:07:29+02:00", "%FT%T%z", "1595574449"},
		{"07/24/20", "%D", "1595548800"},
		{"24-Jul-2020", "%v", "1595548800"},
		{"09:07", "%R", "-2208955980"},
		{"09:07:29 PM", "%r", "-2208912751"},
		{"Friday, 24 July 2020", "%A, %d %B %Y", "1595548800"},
		{"Fri Jul 24 09:07:29 UTC 2020", "%+", "1595581649"},
		{"1595581649", "%s", "1595581649"},
		{"-1", "%s", "-1"},
		{"20200724", "%Y%m%d", "1595548800"},
		{"  24", "%t%d", "-2207001600"},
		{"", "", "-2208988800"},
		{"100%", "100%%", "-2208988800"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(numbers_have_their_ranges)
{
	static const struct row rows[] = {
		{"13", "%m", "dropped"},
		{"0", "%m", "dropped"},
		{"32", "%d", "dropped"},
		{"24", "%H", "dropped"},
		{"60", "%M", "dropped"},
		{"60", "%S", "-2208988740"},
		{"61", "%S", "dropped"},
		{"13", "%I", "dropped"},
		{"12 AM", "%I %p", "-2208988800"},
		{"12 pm", "%I %P", "-2208945600"},
		{"2021 366", "%Y %j", "1640995200"},
		{"2020 060", "%Y %j", "1582934400"},
		{"0 2020", "%j %Y", "dropped"},
		{"68", "%y", "3092601600"},
		{"69", "%y", "-31536000"},
		{"20 20", "%C %y", "1577836800"},
		{"19 70", "%C %y", "0"},
		{"-1 20", "%C %y", "dropped"},
		{"-0044-03-15", "%F", "-63549360000"},
		{"2021-02-31", "%F", "1614729600"},
		{"12345-01-01", "%F", "dropped"},
		{"5", "%d", "-2208643200"},
		{" 5", "%e", "-2208643200"},
		{" 5", "%d", "dropped"},
		{"  5", "%e", "dropped"},
		{" 7: 8", "%k: %M", "-2208963120"},
		{" 7 AM", "%l %p", "-2208963600"},
		{".123", ".%f", "-2208988800"},
		{".1234567", ".%f", "dropped"},
		{"4611686018427387903", "%s", "4611686018427387903"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(names_are_read_in_any_case)
{
	static const struct row rows[] = {
		{"JULY 2020", "%B %Y", "1593561600"}, {"jul 2020", "%h %Y", "1593561600"},
		{"May 2020", "%B %Y", "1588291200"},  {"July 2020", "%b %Y", "dropped"},
		{"Ju 2020", "%b %Y", "dropped"},      {"XYZ", "%b", "dropped"},
		{"saturday", "%A", "-2208988800"},    {"satur", "%A", "dropped"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(weeks_are_counted_in_three_ways)
{
	static const struct row rows[] = {
		{"2020 29 5", "%Y %U %w", "1595548800"},
		{"2020 29 Fri", "%Y %W %a", "1595548800"},
		{"2020-W30-5", "%G-W%V-%u", "1595548800"},
		{"2020-W30-7", "%G-W%V-%u", "1595721600"},
		{"2020 00", "%Y %U", "1577577600"},
		{"2020 29", "%Y %U", "1595116800"},
		{"2020 29", "%Y %W", "1595203200"},
		{"2020 53", "%G %V", "1609113600"},
		{"2020 30", "%Y %V", "dropped"},
		{"2020 30", "%G %U", "dropped"},
		{"2020 100", "%G %j", "dropped"},
		{"20 30", "%g %V", "1595203200"},
		{"2020 30 24", "%Y %U %d", "1579824000"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(zones_are_offsets_or_names_that_mean_utc)
{
	static const struct row rows[] = {
		{"1970 +0100", "%Y %z", "-3600"},
		{"1970 -0130", "%Y %z", "5400"},
		{"1970 +01", "%Y %z", "-3600"},
		{"1970 +1", "%Y %z", "dropped"},
		{"1970 +01:00", "%Y %z", "-3600"},
		{"1970 +01:00:01", "%Y %z", "-3601"},
		{"1970 +01:", "%Y %z", "dropped"},
		{"1970 +24:00", "%Y %z", "dropped"},
		{"1970 Z", "%Y %z", "0"},
		{"1970 X", "%Y %z", "dropped"},
		{"1970 ", "%Y %z", "dropped"},
		{"1970 +01:02", "%Y %:z", "-3720"},
		{"1970 +0102", "%Y %:z", "dropped"},
		{"1970 +01", "%Y %:z", "dropped"},
		{"1970 +01:02:03", "%Y %:z", "dropped"},
		{"1970 +01:02:03", "%Y %::z", "-3723"},
		{"1970 +01:02", "%Y %::z", "dropped"},
		{"1970 +01", "%Y %:::z", "-3600"},
		{"1970 -005", "%Y %:::z%m", "10368300"},
		{"1970 +01:02", "%Y %:::z", "-3720"},
		{"1970 +01:02:03", "%Y %:::z", "-3723"},
		{"1970 +01", "%Y %::::z", "dropped"},
		{"1970 :", "%Y %:", "dropped"},
		{"1970 UTC", "%Y %Z", "0"},
		{"1970 CEST", "%Y %Z", "0"},
		{"1970 GMT", "%Y %Z", "0"},
		{"1970 WITA", "%Y %Z", "0"},
		{"1970 UTCX", "%Y %Z", "dropped"},
		{"1970 GMTT", "%Y %Z", "dropped"},
		{"1970 ABCD", "%Y %Z", "dropped"},
		{"1970 ABCDT", "%Y %Z", "0"},
		{"1970 ABCDE", "%Y %Z", "dropped"},
		{"1970 ABCDET", "%Y %Z", "dropped"},
		{"1970 AB", "%Y %Z", "dropped"},
		{"1970 cest", "%Y %Z", "dropped"},
		{"1970 +0200 CEST", "%Y %z %Z", "-7200"},
		{"1970 CEST +0200", "%Y %Z %z", "-7200"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(text_and_pattern_must_fit_to_the_last_character)
{
	static const struct row rows[] = {
		{"2020x", "%Y", "dropped"},
		{"2020", "%Yx", "dropped"},
		{"2020", "%Y%", "dropped"},
		{"2020", "%Q", "dropped"},
		{"2020", "%EY", "dropped"},
		{"7", "%-d", "dropped"},
		{"2020", "%Y ", "dropped"},
		{"2020", "%Y%n", "dropped"},
		{"2020 \t\n", "%Y%n", "1577836800"},
		{"", "%Y", "dropped"},
		{"x", "%%", "dropped"},
	};
	struct sn_convert_spec none = {.how = SN_CONVERT_PARSE_DATE_AND_TIME};
	struct sn_value v = {.tag = SN_TAG_INTEGER, .i = 1970};

	EXPECT_ALL(rows);
	ck_assert_str_eq(rig_octets(none, "32", 0), "dropped");
	none.text = "%Y";
	ck_assert_str_eq(rig_convert(none, &v, 0), "0");
	ck_assert_str_eq(rig_octets(none, "3230323000", 0), "dropped");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {dates_of_devices_are_understood,
				      numbers_have_their_ranges,
				      names_are_read_in_any_case,
				      weeks_are_counted_in_three_ways,
				      zones_are_offsets_or_names_that_mean_utc,
				      text_and_pattern_must_fit_to_the_last_character,
				      NULL};

	rig_init();
	return rig_fini(suite_run_tests("convert_strptime", tests, 0));
}
