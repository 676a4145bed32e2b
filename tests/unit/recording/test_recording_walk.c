/*
 * Net-SNMP's walk output as recordings. Behaviour of recording/recording.h as recording_walk.c
 * makes it.
 */
#include "recording_rig.h"

START_TEST(reads_every_type_that_snmpwalk_prints)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK,
		  ".1.3.1 = INTEGER: 1\n"
		  ".1.3.2 = INTEGER: up(1)\n"
		  ".1.3.3 = INTEGER: -60 seconds\n"
		  ".1.3.4 = STRING: \"quoted\"\n"
		  ".1.3.5 = STRING: not quoted \n"
		  ".1.3.6 = STRING: 0:1a:FF\n"
		  ".1.3.7 = Hex-STRING: 00 1A FF \n"
		  ".1.3.8 = BITS: 80 00 \n"
		  ".1.3.9 = BITS: C0 zero(0)\n"
		  ".1.3.10 = OID: .1.3.6.1\n"
		  ".1.3.11 = Timeticks: (6000) 0:01:00.00\n"
		  ".1.3.12 = 121722922\n"
		  ".1.3.13 = Counter32: 4294967295\n"
		  ".1.3.14 = Counter64: 18446744073709551615\n"
		  ".1.3.15 = Gauge32: 10000 milli-seconds\n"
		  ".1.3.16 = IpAddress: 192.0.2.1\n"
		  ".1.3.17 = Network Address: C0:00:02:01\n"
		  ".1.3.18 = \"\"\n"
		  ".1.3.19 = STRING:\n"
		  ".1.3.20 = STRING: \n"
		  ".1.3.21 = Hex-STRING:\n"
		  ".1.3.22 = NULL\n"
		  ".1.3.23 = Opaque: Float: 123.000000\n"
		  ".1.3.24 = OPAQUE: 9F 78 04 42 F6 00 00\n"
		  ".1.3.25 = Wrong Type (should be INTEGER): Gauge32: 7\n"
		  ".1.3.26 = UInteger32: 9\n"
		  ".1.3.27 = Opaque: Double: 1\n"
		  ".1.3.28 = integer: 5\n"
		  "iso.3.29 = OID: iso.3.6\n");
	ck_assert_str_eq(rig->report,
			 "name:9: value 'C0 zero(0)' of type 'BITS:', expected pairs of "
			 "hexadecimal digits\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n"
					"1.3.2 2 01\n"
					"1.3.3 2 c4\n"
					"1.3.4 4 71756f746564\n"
					"1.3.5 4 6e6f742071756f746564\n"
					"1.3.6 4 001aff\n"
					"1.3.7 4 001aff\n"
					"1.3.8 4 8000\n"
					"1.3.10 6 2b0601\n"
					"1.3.11 67 1770\n"
					"1.3.12 67 0741582a\n"
					"1.3.13 65 00ffffffff\n"
					"1.3.14 70 00ffffffffffffffff\n"
					"1.3.15 66 2710\n"
					"1.3.16 64 c0000201\n"
					"1.3.17 64 c0000201\n"
					"1.3.18 4 \n"
					"1.3.19 4 \n"
					"1.3.20 4 \n"
					"1.3.21 4 \n"
					"1.3.22 5 \n"
					"1.3.23 68 9f780442f60000\n"
					"1.3.24 68 9f780442f60000\n"
					"1.3.25 66 07\n"
					"1.3.26 71 09\n"
					"1.3.27 68 9f79083ff0000000000000\n"
					"1.3.28 2 05\n"
					"1.3.29 6 2b06\n");
	rig_free(rig);
}
END_TEST

START_TEST(joins_values_of_several_lines)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK,
		  ".1.3.1 = STRING: \"a\n"
		  "# b = c\n"
		  "\n"
		  "d\\\"\n"
		  "\"\n"
		  ".1.3.2 = STRING: first\r\n"
		  "second\n"
		  ".1.3.3 = Hex-STRING: 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F \n"
		  "10 11 \n"
		  ".1.3.4 = INTEGER: 4\n");
	ck_assert_str_eq(rig->report, "");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 4 610a232062203d20630a0a64220a\n"
					"1.3.2 4 66697273740d0a7365636f6e64\n"
					"1.3.3 4 000102030405060708090a0b0c0d0e0f1011\n"
					"1.3.4 2 04\n");
	ck_assert_uint_eq(rig->result.lines, 10);
	rig_free(rig);
}
END_TEST

START_TEST(takes_crlf_off_every_line_where_the_first_has_it)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK,
		  ".1.3.1 = INTEGER: 1\r\n.1.3.2 = STRING: \"a\r\nb\"\r\n.1.3.3 = \"\"\r\n");
	ck_assert_str_eq(rig->report, "");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.2 4 610a62\n1.3.3 4 \n");
	rig_free(rig);
}
END_TEST

START_TEST(undoes_the_backslashes_of_quoted_texts)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK,
		  ".1.3.1 = STRING: \"C:\\\\ \\\"x\\\"\"\n"
		  ".1.3.2 = STRING: C:\\ Label\n"
		  ".1.3.3 = STRING: \"ends with \\\\\"\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 4 433a5c20227822\n"
					"1.3.2 4 433a5c204c6162656c\n"
					"1.3.3 4 656e64732077697468205c\n");
	rig_free(rig);
}
END_TEST

START_TEST(ends_a_text_without_closing_quote_at_the_next_record)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK, ".1.3.1 = STRING: \"open\n.1.3.2 = INTEGER: 2\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 4 226f70656e\n1.3.2 2 02\n");
	rig_free(rig);
}
END_TEST

START_TEST(takes_times_and_addresses_with_colons_for_text)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK,
		  ".1.3.1 = STRING: fe80::1\n.1.3.2 = STRING: 100:20\n.1.3.3 = STRING: :1\n"
		  ".1.3.4 = STRING: g:1\n.1.3.5 = STRING: 10:\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 4 666538303a3a31\n1.3.2 4 3130303a3230\n"
					"1.3.3 4 3a31\n1.3.4 4 673a31\n1.3.5 4 31303a\n");
	rig_free(rig);
}
END_TEST

START_TEST(passes_over_lines_that_say_there_is_no_variable)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPWALK,
		  ".1.3.1 = INTEGER: 1\n"
		  ".1.3.2 = No Such Object available on this agent at this OID\n"
		  ".1.3.3 = No Such Instance currently exists at this OID\n"
		  ".1.3.1 = No more variables left in this MIB View (It is past the end of the "
		  "MIB tree)\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n");
	ck_assert_uint_eq(rig->result.bad, 0);
	rig_free(rig);
}
END_TEST

START_TEST(reports_bad_lines_and_keeps_the_others)
{
	static const struct {
		const char *line;
		const char *report;
	} rows[] = {
		{"no record", "line 'no record', expected NAME = TYPE: VALUE"},
		{"IF-MIB::ifIndex.1 = INTEGER: 1", "name 'IF-MIB::ifIndex.1', expected an OID"},
		{".1.3.6 = INTEGER: up", "value 'up' of type 'INTEGER:', expected a number"},
		{".1.3.6 = INTEGER: ", "value '' of type 'INTEGER:', expected a number"},
		{".1.3.6 = Gauge32: -1", "expected a number from 0 to 4294967295"},
		{".1.3.6 = Hex-STRING: 00 G0", "expected pairs of hexadecimal digits"},
		{".1.3.6 = Hex-STRING: 000102", "expected pairs of hexadecimal digits"},
		{".1.3.6 = IpAddress: 1.2.3", "expected an IPv4 address, dotted"},
		{".1.3.6 = Network Address: C0:00:02", "expected four octets, hexadecimal"},
		{".1.3.6 = OID: SNMPv2-SMI::zeroDotZero", "expected an OID in numbers"},
		{".1.3.6 = OID: iso.", "expected an OID in numbers"},
		{".1.3.6 = Opaque: Float: x", "expected a number"},
		{".1.3.6 = Something: x", "value 'Something: x', expected TYPE: VALUE"},
		{".1.3.6 = 1:2:3", "value '1:2:3' of type '', expected a number from 0"},
	};
	struct rig *rig = rig_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), ".1.3.1 = INTEGER: 1\n#\n%s\n.1.3.9 = INTEGER: 9\n",
			 rows[i].line);
		rig_parse(rig, SN_RECORDING_SNMPWALK, text);
		ck_assert_msg(strncmp(rig->report, "name:3: ", 8) == 0 &&
				      strstr(rig->report, rows[i].report),
			      "%s: %s", rows[i].line, rig->report);
		ck_assert_uint_eq(rig->result.bad, 1);
		ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.9 2 09\n");
	}
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_every_type_that_snmpwalk_prints,
		joins_values_of_several_lines,
		takes_crlf_off_every_line_where_the_first_has_it,
		undoes_the_backslashes_of_quoted_texts,
		ends_a_text_without_closing_quote_at_the_next_record,
		takes_times_and_addresses_with_colons_for_text,
		passes_over_lines_that_say_there_is_no_variable,
		reports_bad_lines_and_keeps_the_others,
		NULL,
	};

	return suite_run_tests("recording/recording_walk", tests, 0);
}
