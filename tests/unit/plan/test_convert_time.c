/*
 * Times as octets. Behaviour of plan/convert.h; the expectations come from date -u -d ... +%s
 * and, for what is no date, from Go's time.Date.
 */
#include "convert_rig.h"

static const char *date(const char *hex)
{
	return rig_octets((struct sn_convert_spec){.how = SN_CONVERT_DATE_AND_TIME}, hex, 0);
}

START_TEST(eight_octets_are_a_date_in_utc)
{
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00"), "0");
	ck_assert_str_eq(date("07e4 02 1d 17 3b 3b 09"), "1583020799"); /* 2020-02-29 23:59:59 */
	ck_assert_str_eq(date("07b1 0c 1f 17 3b 3b 00"), "-1");
	ck_assert_str_eq(date("0834 03 01 00 00 00 00"), "4107542400"); /* 2100-03-01 */
	ck_assert_str_eq(date("07d0 02 1d 00 00 00 00"), "951782400");
	ck_assert_str_eq(date("076c 03 01 00 00 00 00"), "-2203891200"); /* 1900-03-01 */
	ck_assert_str_eq(date("0001 01 01 00 00 00 00"), "-62135596800");
}
END_TEST

START_TEST(eleven_octets_have_a_time_zone)
{
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 01 00"), "-3600");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2d 05 1e"), "19800");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 00 00"), "0");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 18 3c"), "-90000");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 19 00"), "dropped");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 00 3d"), "dropped");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 00 00 00"), "dropped");
}
END_TEST

START_TEST(fields_beyond_their_range_count_on)
{
	ck_assert_str_eq(date("0000 00 00 00 00 00 00"), "-62169984000");
	ck_assert_str_eq(date("07b2 00 01 00 00 00 00"), "-2678400"); /* December before */
	ck_assert_str_eq(date("07b2 0d 01 00 00 00 00"), "31536000"); /* January behind */
	ck_assert_str_eq(date("07b2 01 00 00 00 00 00"), "-86400");
	ck_assert_str_eq(date("07b2 02 1e 00 00 00 00"), "5184000"); /* 30 February */
	ck_assert_str_eq(date("07b2 01 01 18 3c 3c 00"), "90060");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 19"), "2"); /* 2.5 s */
	ck_assert_str_eq(date("ffff ff ff ff ff ff ff"), "2006608360780");
}
END_TEST

START_TEST(other_sizes_and_types_are_dropped)
{
	struct sn_value v;

	ck_assert_str_eq(date(""), "dropped");
	ck_assert_str_eq(date("07b2 01 01 00 00 00"), "dropped");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b"), "dropped");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 00"), "dropped");
	ck_assert_str_eq(date("07b2 01 01 00 00 00 00 2b 00 00 00"), "dropped");
	for (int how = SN_CONVERT_DATE_AND_TIME; how <= SN_CONVERT_NTP_TIME_STAMP; how += 2) {
		struct sn_convert_spec spec = {.how = (enum sn_convert)how};

		v = (struct sn_value){.tag = SN_TAG_INTEGER, .i = 5};
		ck_assert_str_eq(rig_convert(spec, &v, 0), "dropped");
		v = (struct sn_value){.tag = SN_TAG_OID, .bytes = bytes_hex("07b2010100000000")};
		ck_assert_str_eq(rig_convert(spec, &v, 0), "dropped");
		v.tag = SN_TAG_IPADDRESS;
		ck_assert_str_eq(rig_convert(spec, &v, 0), "dropped");
		v.tag = SN_TAG_OPAQUE;
		ck_assert_str_ne(rig_convert(spec, &v, 0), "dropped");
	}
}
END_TEST

START_TEST(ntp_counts_whole_seconds_from_1900)
{
	const struct sn_convert_spec ntp = {.how = SN_CONVERT_NTP_TIME_STAMP};

	ck_assert_str_eq(rig_octets(ntp, "83aa7e80 00000000", 0), "0");
	ck_assert_str_eq(rig_octets(ntp, "83aa7e81 ffffffff", 0), "1");
	ck_assert_str_eq(rig_octets(ntp, "00000000 00000000", 0), "-2208988800");
	ck_assert_str_eq(rig_octets(ntp, "ffffffff 80000000 00", 0), "2085978495");
	ck_assert_str_eq(rig_octets(ntp, "83aa7e80 000000", 0), "dropped");
	ck_assert_str_eq(rig_octets(ntp, "", 0), "dropped");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		eight_octets_are_a_date_in_utc,	    eleven_octets_have_a_time_zone,
		fields_beyond_their_range_count_on, other_sizes_and_types_are_dropped,
		ntp_counts_whole_seconds_from_1900, NULL};

	rig_init();
	return rig_fini(suite_run_tests("convert_time", tests, 0));
}
