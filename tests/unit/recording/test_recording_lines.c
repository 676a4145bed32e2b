/*
 * Formats with one record a line. Behaviour of recording/recording.h as recording_lines.c and
 * recording_text.c make it.
 */
#include "recording_rig.h"

START_TEST(reads_every_type_of_snmprec)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|2|-129\n"
		  "1.3.2|4|a|b \t\n"
		  "1.3.3|5|\n"
		  "1.3.4|6|.1.3.6.1.4294967295\n"
		  "1.3.5|64|192.0.2.255\n"
		  "1.3.6|64x|c0000201\n"
		  "1.3.7|65|4294967295\n"
		  "1.3.8|66|128\n"
		  "1.3.9|67|0\n"
		  "1.3.10|68x|9f780442f60000\n"
		  "1.3.11|70|18446744073709551615\n"
		  "1.3.12|71|7\n"
		  "1.3.13|128|\n"
		  "1.3.14|129|\n"
		  "1.3.15|130|\n"
		  "1.3.16|4|\n"
		  "1.3.17|68|Float: 0.1\n"
		  "1.3.18|64|J}M|\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 ff7f\n"
					"1.3.2 4 617c62\n"
					"1.3.3 5 \n"
					"1.3.4 6 2b06018fffffff7f\n"
					"1.3.5 64 c00002ff\n"
					"1.3.6 64 c0000201\n"
					"1.3.7 65 00ffffffff\n"
					"1.3.8 66 0080\n"
					"1.3.9 67 00\n"
					"1.3.10 68 9f780442f60000\n"
					"1.3.11 70 00ffffffffffffffff\n"
					"1.3.12 71 07\n"
					"1.3.13 128 \n"
					"1.3.14 129 \n"
					"1.3.15 130 \n"
					"1.3.16 4 \n"
					"1.3.17 68 466c6f61743a20302e31\n"
					"1.3.18 64 4a7d4d7c\n");
	ck_assert_uint_eq(rig->result.bad, 0);
	ck_assert_uint_eq(rig->result.lines, 18);
	rig_free(rig);
}
END_TEST

START_TEST(skips_comments_and_blank_lines_and_takes_crlf)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "# 1.3.1|2|1\r\n\r\n  \t\r\n  # x\r\n .1.3.2|4|two\r\n1.3.3|4|three");
	ck_assert_str_eq(rig_walk(rig), "1.3.2 4 74776f\n1.3.3 4 7468726565\n");
	ck_assert_uint_eq(rig->result.lines, 6);
	ck_assert_uint_eq(rig->result.bad, 0);
	rig_free(rig);
}
END_TEST

START_TEST(undoes_hexadecimal_and_python_escapes)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|4x|00fFA0\n"
		  "1.3.2|4e|\\x04\\x88_\\xAA\\\\\\'\\\"\\a\\b\\f\\n\\r\\t\\v|\n"
		  "1.3.3|64e|\\x0a\\x00\\x00A\n"
		  "1.3.4|4x|\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 4 00ffa0\n"
					"1.3.2 4 04885faa5c2722"
					"07080c0a0d090b7c\n"
					"1.3.3 64 0a000041\n"
					"1.3.4 4 \n");
	rig_free(rig);
}
END_TEST

START_TEST(reports_bad_lines_and_keeps_the_others)
{
	static const struct {
		const char *line;
		const char *report;
	} rows[] = {
		{"1.3.6|4", "record '1.3.6|4', expected OID|TAG|VALUE"},
		{"nothing", "record 'nothing', expected OID|TAG|VALUE"},
		{"|4|x", "name '', expected an OID in numbers"},
		{"1.3.4294967296|2|1", "name '1.3.4294967296', expected an OID in numbers"},
		{"1.3.a|2|1", "name '1.3.a', expected an OID in numbers"},
		{"3.1|2|1", "name '3.1', expected an OID in numbers"},
		{"1.3.6||x", "tag '', expected"},
		{"1.3.6|40|1.2.3.4", "tag '40', expected"},
		{"1.3.6|4xx|00", "tag '4xx', expected"},
		{"1.3.6|2x|00", "tag '2x', expected"},
		{"1.3.6|04|a", "tag '04', expected"},
		{"1.3.6|4 |a", "tag '4 ', expected"},
		{"1.3.6|9999999999|a", "tag '9999999999', expected"},
		{"1.3.6|2|2147483648", "value '2147483648' of type INTEGER, expected a number"},
		{"1.3.6|2|-2147483649", "expected a number from -2147483648 to 2147483647"},
		{"1.3.6|2|", "value '' of type INTEGER, expected a number"},
		{"1.3.6|2|1 2", "value '1 2' of type INTEGER, expected a number"},
		{"1.3.6|65|-1", "expected a number from 0 to 4294967295"},
		{"1.3.6|67|4294967296", "of type TimeTicks, expected a number from 0"},
		{"1.3.6|70|18446744073709551616", "expected a number from 0 to 184467440737"},
		{"1.3.6|64|<private>", "value '<private>' of type IpAddress, expected an IPv4"},
		{"1.3.6|64|1.2.3", "expected an IPv4 address, dotted"},
		{"1.3.6|64|1.2.3.256", "expected an IPv4 address, dotted"},
		{"1.3.6|64x|c00002", "expected four octets"},
		{"1.3.6|64e|abc", "expected four octets"},
		{"1.3.6|4x|abc", "expected two hexadecimal digits for each octet"},
		{"1.3.6|4x|zz", "expected hexadecimal digits"},
		{"1.3.6|4e|\\q", "expected an escape"},
		{"1.3.6|4e|\\x4", "expected an escape"},
		{"1.3.6|4e|x\\", "expected an escape"},
		{"1.3.6|5|x", "of type NULL, expected no value"},
		{"1.3.6|6|", "expected an OID in numbers"},
		{"1.3.6|6|1", "expected an OID in numbers"},
		{"1.3.6|4:sql|x", "variation module 'sql', expected numeric, delay, error"},
		{"1.3.6|:multiplex|x", "variation module 'multiplex', expected"},
	};
	struct rig *rig = rig_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "1.3.1|2|1\n#\n%s\n1.3.9|2|9\n", rows[i].line);
		rig_parse(rig, SN_RECORDING_SNMPREC, text);
		ck_assert_msg(strncmp(rig->report, "name:3: ", 8) == 0 &&
				      strstr(rig->report, rows[i].report),
			      "%s: %s", rows[i].line, rig->report);
		ck_assert_uint_eq(rig->reports, 1);
		ck_assert_uint_eq(rig->result.bad, 1);
		ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.9 2 09\n");
	}
	rig_free(rig);
}
END_TEST

START_TEST(shows_no_control_characters_in_reports)
{
	struct rig *rig = rig_new();
	static const char text[] = "1.3.6|2|\x1b[2J\x7f\xc3\0x\n1.3.7|2|1\n";

	ck_assert_int_eq(rig_try(rig, SN_RECORDING_SNMPREC, sn_span_make(text, sizeof(text) - 1)),
			 SN_OK);
	ck_assert_str_eq(rig->report, "name:1: value '?[2J???x' of type INTEGER, expected a number "
				      "from -2147483648 to 2147483647\n");
	rig_free(rig);
}
END_TEST

START_TEST(takes_values_of_65535_octets_and_no_more)
{
	struct rig *rig = rig_new();
	char *text = malloc(70000);

	ck_assert(text != NULL);
	for (size_t octets = 65535; octets <= 65536; octets++) {
		sprintf(text, "1.3.6|4|");
		memset(text + 8, 'x', octets);
		ck_assert_int_eq(rig_try(rig, SN_RECORDING_SNMPREC, sn_span_make(text, octets + 8)),
				 octets == 65535 ? SN_OK : SN_EINVAL);
	}
	ck_assert(strstr(rig->report, "expected at most 65535 octets"));
	free(text);
	rig_free(rig);
}
END_TEST

START_TEST(reads_sapwalk)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SAPWALK,
		  "1.3.1   , OctetString , a, b\r\n"
		  "1.3.2   , OctetString , 0x00fF\r\n"
		  "1.3.3   , ObjectID    , 1.3.6\r\n"
		  "1.3.4   , TimeTicks   , 7\r\n"
		  "1.3.5   , Counter     , 4294967295\r\n"
		  "1.3.6   , Counter64   , 1\r\n"
		  "1.3.7,Gauge,2\r\n"
		  "1.3.8,Integer,-1\r\n"
		  "1.3.9,IpAddress,10.0.0.1\r\n"
		  "1.3.10, OctetString, \r\n"
		  "1.3.11, Nothing, 1\r\n"
		  "1.3.12, Integer\r\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 4 612c2062\n"
					"1.3.2 4 00ff\n"
					"1.3.3 6 2b06\n"
					"1.3.4 67 07\n"
					"1.3.5 65 00ffffffff\n"
					"1.3.6 70 01\n"
					"1.3.7 66 02\n"
					"1.3.8 2 ff\n"
					"1.3.9 64 0a000001\n"
					"1.3.10 4 \n");
	ck_assert(strstr(rig->report, "name:11: type 'Nothing', expected Counter"));
	ck_assert(strstr(rig->report, "name:12: record '1.3.12, Integer', expected OID, TYPE"));
	rig_free(rig);
}
END_TEST

START_TEST(reads_dump)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_DUMP,
		  "1.3.1|0|1\n1.3.2|1|2\n1.3.3|2|-3\n1.3.4|3|10.0.0.1\n1.3.5|4|what\n"
		  "1.3.6|5|1.3\n1.3.7|6|\"a|b\"\n1.3.8|6|hex: 0a.0B.0\n1.3.9|7|9\n1.3.10|8|10\n"
		  "1.3.11|9|11\n1.3.12|6|plain\n1.3.13|a|1\n1.3.14|6|hex: 0a.xx\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 65 01\n1.3.2 66 02\n1.3.3 2 fd\n1.3.4 64 0a000001\n"
					"1.3.5 5 \n1.3.6 6 2b\n1.3.7 4 617c62\n1.3.8 4 0a0b00\n"
					"1.3.9 67 09\n1.3.10 65 0a\n1.3.11 70 0b\n"
					"1.3.12 4 706c61696e\n");
	ck_assert(strstr(rig->report, "name:13: type 'a', expected a digit"));
	ck_assert(strstr(rig->report, "name:14: value 'xx', expected two hexadecimal digits"));
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_every_type_of_snmprec,
		skips_comments_and_blank_lines_and_takes_crlf,
		undoes_hexadecimal_and_python_escapes,
		reports_bad_lines_and_keeps_the_others,
		shows_no_control_characters_in_reports,
		takes_values_of_65535_octets_and_no_more,
		reads_sapwalk,
		reads_dump,
		NULL,
	};

	return suite_run_tests("recording/recording_lines", tests, 0);
}
