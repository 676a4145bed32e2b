/*
 * Display hints. Behaviour of plan/convert.h; the expectations are those of RFC 2579 §3.1 and,
 * where it is silent, of snmp_exporter.
 */
#include "convert_rig.h"

struct row {
	const char *hint;   /* DISPLAY-HINT */
	const char *hex;    /* octets */
	const char *result; /* text */
};

static void expect_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sn_convert_spec spec = {.how = SN_CONVERT_DISPLAY_HINT,
					       .text = rows[i].hint};
		const char *got = rig_octets(spec, rows[i].hex, 0);

		ck_assert_msg(strcmp(got, rows[i].result) == 0, "\"%s\" of %s: %s, not %s",
			      rows[i].hint, rows[i].hex, got, rows[i].result);
	}
}

#define EXPECT_ALL(rows) expect_all((rows), sizeof(rows) / sizeof((rows)[0]))

START_TEST(octets_are_written_as_the_hint_says)
{
	static const struct row rows[] = {
		{"1d.1d.1d.1d", "c0a80101", "192.168.1.1"},
		{"1x:", "001a2b3c4d5e", "00:1A:2B:3C:4D:5E"},
		{"255a", "48656c6c6f", "Hello"},
		{"255t", "c3a4", "\xc3\xa4"},
		{"1o ", "0810ff", "10 20 377"},
		{"2x:", "0102030405", "0102:0304:05"},
		{"2d-1d-1d,1d:1d:1d.1d", "07e8031a0d1e0f00", "2024-3-26,13:30:15.0"},
		{"2d-1d-1d,1d:1d:1d.1d,1a1d:1d", "07e8031a0d1e0f002b0200",
		 "2024-3-26,13:30:15.0,+2:0"},
		{"4d", "ffffffff", "4294967295"},
		{"8d", "ffffffffffffffff", "18446744073709551615"},
		{"8o", "ffffffffffffffff", "1777777777777777777777"},
		{"1d", "010203", "123"},
		{"1d1x", "010a0b0c",
		 "1"
		 "0A0B0C"},
		{"0a1d", "05", "5"},
		{"4294967296999999999a", "6162", "ab"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(a_star_takes_its_count_from_the_value)
{
	static const struct row rows[] = {
		{"*1x:", "020a0b", "0A:0B"},
		{"*1x:/1d", "020a0b05", "0A:0B/5"},
		{"*1d./1d",
		 "00"
		 "05",
		 "/5"},
		{"*1d.", "050102", "1.2"},
		{"*1d", "00", ""},
		{"*0d,1d", "0307", "0,0,0,7"},
		{"*1d./*1d.",
		 "010201"
		 "03",
		 "2/3"},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(hints_that_do_not_fit_leave_hex)
{
	static const struct row rows[] = {
		{"", "0102", "0x0102"},
		{"d", "0102", "0x0102"},
		{"d-2", "0102", "0x0102"},
		{"1", "0102", "0x0102"},
		{"1q", "0102", "0x0102"},
		{"*", "0102", "0x0102"},
		{"*x", "0102", "0x0102"},
		{"0d", "0102", "0x0102"},
		{"1d0x", "0102", "0x0102"},
		{"9d", "010203040506070809", "0x010203040506070809"},
		{"9o", "010203040506070809", "0x010203040506070809"},
		{"1d.q", "0102", "0x0102"},
		{"1d.", "", ""},
	};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(what_is_not_reached_is_not_checked)
{
	static const struct row rows[] = {{"1d.nonsense", "07", "7"}, {"1d*", "07", "7"}};

	EXPECT_ALL(rows);
}
END_TEST

START_TEST(numbers_have_no_display_hint)
{
	struct sn_convert_spec spec = {.how = SN_CONVERT_DISPLAY_HINT, .text = "d-2"};
	struct sn_value v = {.tag = SN_TAG_INTEGER, .i = 1234};

	ck_assert_str_eq(rig_convert(spec, &v, 0), "1234");
}
END_TEST

START_TEST(a_text_out_of_all_proportion_is_given_up)
{
	struct sn_convert_spec spec = {.how = SN_CONVERT_DISPLAY_HINT, .text = "*0d,"};
	struct sn_value v = {.tag = SN_TAG_OCTETS};
	uint8_t *many = malloc(60000);
	struct sn_value out;

	suite_expect(many != NULL);
	memset(many, 0xff, 60000);
	v.bytes = sn_span_make(many, 60000);
	ck_assert_int_eq(sn_convert(&spec, &v, 0, &rig_arena, &out), SN_OK);
	ck_assert_uint_eq(out.bytes.n, 2 + 2 * 60000);
	free(many);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {octets_are_written_as_the_hint_says,
				      a_star_takes_its_count_from_the_value,
				      hints_that_do_not_fit_leave_hex,
				      what_is_not_reached_is_not_checked,
				      numbers_have_no_display_hint,
				      a_text_out_of_all_proportion_is_given_up,
				      NULL};

	rig_init();
	return rig_fini(suite_run_tests("convert_hint", tests, 0));
}
