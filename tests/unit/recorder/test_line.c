/*
 * Lines of a recording: every tag, what goes in hexadecimal, what is refused. Behaviour of
 * recorder/line.h; that snmpsim reads them is interop/record.py's business.
 */
#include "recorder/line.h"

#include "codec/oid.h"

#include "support/suite.h"

/* The line for the name 1.3.6.1.2; its length or error. */
static int line(uint8_t tag, const char *content, size_t n, char *out, size_t size)
{
	static const uint8_t name[] = {0x2b, 6, 1, 2};

	return sn_line_write(sn_span_make(name, sizeof(name)), tag, sn_span_make(content, n), out,
			     size);
}

START_TEST(each_type_has_its_tag_and_its_way_to_be_written)
{
	static const struct {
		uint8_t tag;
		const char *content;
		size_t n;
		const char *text;
	} rows[] = {
		{SN_TAG_INTEGER, "\xff", 1, "1.3.6.1.2|2|-1"},
		{SN_TAG_INTEGER, "\x7f\xff\xff\xff", 4, "1.3.6.1.2|2|2147483647"},
		{SN_TAG_OCTETS, "a b|c:d", 7, "1.3.6.1.2|4|a b|c:d"},
		{SN_TAG_OCTETS, "", 0, "1.3.6.1.2|4|"},
		{SN_TAG_OCTETS, "\x00\x0a\xff", 3, "1.3.6.1.2|4x|000aff"},
		{SN_TAG_OCTETS, " a", 2, "1.3.6.1.2|4x|2061"},
		{SN_TAG_OCTETS, "a ", 2, "1.3.6.1.2|4x|6120"},
		{SN_TAG_OCTETS, "a\n", 2, "1.3.6.1.2|4x|610a"},
		{SN_TAG_OCTETS, "\xc3\xa9", 2, "1.3.6.1.2|4x|c3a9"},
		{SN_TAG_NULL, "", 0, "1.3.6.1.2|5|"},
		{SN_TAG_OID, "\x2b\x06\x01", 3, "1.3.6.1.2|6|1.3.6.1"},
		{SN_TAG_OID, "", 0, "1.3.6.1.2|6|0.0"},
		{SN_TAG_IPADDRESS, "\xc0\x00\x02\x01", 4, "1.3.6.1.2|64|192.0.2.1"},
		{SN_TAG_COUNTER32, "\x00\xff\xff\xff\xff", 5, "1.3.6.1.2|65|4294967295"},
		{SN_TAG_GAUGE32, "\x05", 1, "1.3.6.1.2|66|5"},
		{SN_TAG_UINTEGER32, "\x05", 1, "1.3.6.1.2|66|5"},
		{SN_TAG_TIMETICKS, "\x01\x00", 2, "1.3.6.1.2|67|256"},
		{SN_TAG_OPAQUE, "\x04\x01\x61", 3, "1.3.6.1.2|68x|040161"},
		{SN_TAG_OPAQUE, "\x9f\x78\x04\x3f\x80\x00\x00", 7, "1.3.6.1.2|68x|9f78043f800000"},
		{SN_TAG_COUNTER64, "\x00\xff\xff\xff\xff\xff\xff\xff\xff", 9,
		 "1.3.6.1.2|70|18446744073709551615"},
	};
	char out[128];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = line(rows[i].tag, rows[i].content, rows[i].n, out, sizeof(out));

		ck_assert_int_eq(n, (int)strlen(rows[i].text));
		ck_assert_str_eq(out, rows[i].text);
	}
}
END_TEST

START_TEST(refuses_values_that_their_type_cannot_have)
{
	char out[128];

	ck_assert_int_eq(line(SN_TAG_INTEGER, "", 0, out, sizeof(out)), SN_ELENGTH);
	ck_assert_int_lt(line(SN_TAG_IPADDRESS, "\x01\x02\x03", 3, out, sizeof(out)), 0);
	ck_assert_int_lt(line(SN_TAG_OID, "\x2b\x86", 2, out, sizeof(out)), 0);
	ck_assert_int_eq(line(SN_TAG_NO_SUCH_OBJECT, "", 0, out, sizeof(out)), SN_ETAG);
	ck_assert_int_eq(line(SN_TAG_SEQUENCE, "", 0, out, sizeof(out)), SN_ETAG);
}
END_TEST

START_TEST(says_when_there_is_no_room)
{
	static const char text[] = "abcdefgh";
	static const char octets[] = "\x01\x02\x03\x04\x05\x06\x07\x08";
	char out[64];
	int plain = line(SN_TAG_OCTETS, text, 8, out, sizeof(out));
	int hex = line(SN_TAG_OCTETS, octets, 8, out, sizeof(out));

	for (int size = 1; size <= plain; size++) {
		ck_assert_int_eq(line(SN_TAG_OCTETS, text, 8, out, (size_t)size), SN_ESPACE);
	}
	for (int size = 1; size <= hex; size++) {
		ck_assert_int_eq(line(SN_TAG_OCTETS, octets, 8, out, (size_t)size), SN_ESPACE);
	}
	ck_assert_int_eq(line(SN_TAG_OCTETS, text, 8, out, (size_t)plain + 1), plain);
	ck_assert_int_eq(line(SN_TAG_OCTETS, octets, 8, out, (size_t)hex + 1), hex);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_type_has_its_tag_and_its_way_to_be_written,
				      refuses_values_that_their_type_cannot_have,
				      says_when_there_is_no_room, NULL};

	return suite_run_tests("line", tests, 0);
}
