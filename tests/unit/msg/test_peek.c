/*
 * The version of a datagram of any kind, and what is no SNMP message at all. Behaviour of
 * msg/peek.h.
 */
#include "msg/peek.h"

#include "support/bytes.h"
#include "support/suite.h"

START_TEST(tells_any_integer_as_the_version)
{
	static const struct {
		const char *hex; /* the datagram */
		int32_t version; /* expected */
	} rows[] = {
		{"30 03 02 01 00", 0},
		{"30 05 02 01 01 04 00", 1},
		{"30 03 02 01 03", 3},
		{"30 03 02 01 02", 2},
		{"30 03 02 01 ff", -1},
		{"30 06 02 04 7f ff ff ff", INT32_MAX},
		{"30 06 02 04 80 00 00 00", INT32_MIN},
		/* lengths and numbers longer than need be */
		{"30 81 03 02 01 03", 3},
		{"30 84 00 00 00 08 02 84 00 00 00 02 00 03", 3},
		{"30 07 02 05 00 00 00 00 03", 3},
		/* octets behind the message */
		{"30 03 02 01 03 00 00", 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int32_t version = 77;
		int rc = sn_peek_version(bytes_hex(rows[i].hex), &version);

		ck_assert_msg(rc == SN_OK, "row %zu: %s", i, sn_err_text(rc));
		ck_assert_int_eq(version, rows[i].version);
	}
}
END_TEST

START_TEST(refuses_what_is_no_snmp_message)
{
	static const struct {
		const char *hex; /* the datagram */
		int rc;		 /* expected */
	} rows[] = {
		{"", SN_ETRUNC},
		{"30", SN_ETRUNC},
		{"30 00", SN_ETRUNC},
		{"30 03 02", SN_ETRUNC},
		{"30 03 02 01", SN_ETRUNC},
		{"30 04 02 01 03", SN_ETRUNC},
		{"30 02 02 01 03", SN_ETRUNC},
		{"30 84 ff ff ff ff 02 01 03", SN_ETRUNC},
		{"31 03 02 01 03", SN_ETAG},
		{"30 03 04 01 03", SN_ETAG},
		{"30 80 02 01 03 00 00", SN_ELENGTH},
		{"30 85 00 00 00 00 03 02 01 03", SN_ELENGTH},
		{"30 02 02 00", SN_ELENGTH},
		{"30 07 02 05 01 00 00 00 03", SN_ERANGE},
		{"30 0b 02 09 7f 00 00 00 00 00 00 00 03", SN_ERANGE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int32_t version;
		int rc = sn_peek_version(bytes_hex(rows[i].hex), &version);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
	{
		int32_t version;

		ck_assert_int_eq(sn_peek_version(sn_span_make(NULL, 0), &version), SN_ETRUNC);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {tells_any_integer_as_the_version,
				      refuses_what_is_no_snmp_message, NULL};

	return suite_run_tests("peek", tests, 0);
}
