/*
 * Report-PDUs: each object of the table is written and recognized by its OID as the MIBs have it,
 * and everything else is "another object". Behaviour of usm/report.h.
 */
#include "usm/report.h"

#include "codec/oid.h"
#include "support/bytes.h"
#include "support/suite.h"

/* Independent of the table in report.h: names and numbers from RFC 3414 §5, RFC 3412 §5 and RFC
 * 3413 §4.1, codes from the meaning of each. */
static const struct {
	enum sn_report report; /* the row */
	const char *name;      /* of the object */
	const char *oid;       /* with its instance */
	int err;	       /* for the request */
} rows[] = {
	{SN_REPORT_UNSUPPORTED_SEC_LEVELS, "usmStatsUnsupportedSecLevels", "1.3.6.1.6.3.15.1.1.1.0",
	 SN_ELEVEL},
	{SN_REPORT_NOT_IN_TIME_WINDOWS, "usmStatsNotInTimeWindows", "1.3.6.1.6.3.15.1.1.2.0",
	 SN_ETIMEWINDOW},
	{SN_REPORT_UNKNOWN_USER_NAMES, "usmStatsUnknownUserNames", "1.3.6.1.6.3.15.1.1.3.0",
	 SN_EUSER},
	{SN_REPORT_UNKNOWN_ENGINE_IDS, "usmStatsUnknownEngineIDs", "1.3.6.1.6.3.15.1.1.4.0",
	 SN_EENGINE},
	{SN_REPORT_WRONG_DIGESTS, "usmStatsWrongDigests", "1.3.6.1.6.3.15.1.1.5.0", SN_EDIGEST},
	{SN_REPORT_DECRYPTION_ERRORS, "usmStatsDecryptionErrors", "1.3.6.1.6.3.15.1.1.6.0",
	 SN_EDECRYPT},
	{SN_REPORT_UNKNOWN_SECURITY_MODELS, "snmpUnknownSecurityModels", "1.3.6.1.6.3.11.2.1.1.0",
	 SN_EREPORT},
	{SN_REPORT_INVALID_MSGS, "snmpInvalidMsgs", "1.3.6.1.6.3.11.2.1.2.0", SN_EREPORT},
	{SN_REPORT_UNKNOWN_PDU_HANDLERS, "snmpUnknownPDUHandlers", "1.3.6.1.6.3.11.2.1.3.0",
	 SN_EREPORT},
	{SN_REPORT_UNAVAILABLE_CONTEXTS, "snmpUnavailableContexts", "1.3.6.1.6.3.12.1.4.0",
	 SN_ECONTEXT},
	{SN_REPORT_UNKNOWN_CONTEXTS, "snmpUnknownContexts", "1.3.6.1.6.3.12.1.5.0", SN_ECONTEXT},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* What a Report with one varbind of that name says. */
static enum sn_report read_name(const char *text)
{
	uint8_t oid[SN_OID_MAX_BER];
	uint8_t buf[SN_OID_MAX_BER + 32];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = 1};
	int n = sn_oid_from_text(text, oid, sizeof(oid));
	struct sn_pdu pdu = {.type = SN_PDU_REPORT};

	ck_assert_int_gt(n, 0);
	sn_varbind_write(&w, sn_span_make(oid, (size_t)n), &v);
	ck_assert_int_eq(w.err, SN_OK);
	pdu.vbs = bytes_copy(w.p, sn_writer_len(&w));
	return sn_report_read(&pdu);
}

START_TEST(knows_each_object_by_its_oid)
{
	ck_assert_int_eq(ROWS, SN_REPORT_OTHER);
	for (size_t i = 0; i < ROWS; i++) {
		ck_assert_int_eq(read_name(rows[i].oid), rows[i].report);
		ck_assert_str_eq(sn_report_name(rows[i].report), rows[i].name);
		ck_assert_int_eq(sn_report_err(rows[i].report), rows[i].err);
	}
}
END_TEST

START_TEST(the_object_counts_not_its_instance)
{
	ck_assert_int_eq(read_name("1.3.6.1.6.3.15.1.1.5"), SN_REPORT_WRONG_DIGESTS);
	ck_assert_int_eq(read_name("1.3.6.1.6.3.15.1.1.5.1"), SN_REPORT_WRONG_DIGESTS);
	ck_assert_int_eq(read_name("1.3.6.1.6.3.12.1.4"), SN_REPORT_UNAVAILABLE_CONTEXTS);
}
END_TEST

START_TEST(everything_else_is_another_object)
{
	static const char *const others[] = {"1.3.6.1.6.3.15.1.1",     "1.3.6.1.6.3.15.1.1.0",
					     "1.3.6.1.6.3.15.1.1.7.0", "1.3.6.1.6.3.15.1.1.133",
					     "1.3.6.1.6.3.11.2.1.4",   "1.3.6.1.6.3.12.1.3.0",
					     "1.3.6.1.2.1.1.3.0",      "1.3.6.1.6.3.15.1.2.5.0"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_eq(read_name(others[i]), SN_REPORT_OTHER);
	}
	ck_assert_str_eq(sn_report_name(SN_REPORT_OTHER), "another object");
	ck_assert_int_eq(sn_report_err(SN_REPORT_OTHER), SN_EREPORT);
}
END_TEST

START_TEST(a_report_without_a_readable_varbind_says_nothing)
{
	static const char *const lists[] = {
		"", "30", "30 00", "30 0c 06 0a 2b 06 01 06 03 0f 01 01 05 00",
		/* cut behind the name, and octets left over in the varbind */
		"30 0f 06 0a 2b 06 01 06 03 0f 01 01 05 00 41",
		"30 10 06 0a 2b 06 01 06 03 0f 01 01 05 00 41 01 01 00"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct sn_pdu pdu = {.type = SN_PDU_REPORT, .vbs = bytes_hex(lists[i])};

		ck_assert_int_eq(sn_report_read(&pdu), SN_REPORT_OTHER);
	}
}
END_TEST

START_TEST(the_first_varbind_decides)
{
	struct sn_pdu pdu = {.type = SN_PDU_REPORT,
			     .vbs = bytes_hex(
				     "30 0f 06 0a 2b 06 01 06 03 0f 01 01 02 00 41 01 01"
				     " 30 0f 06 0a 2b 06 01 06 03 0f 01 01 05 00 41 01 01")};

	ck_assert_int_eq(sn_report_read(&pdu), SN_REPORT_NOT_IN_TIME_WINDOWS);
}
END_TEST

START_TEST(writes_the_counter_as_instance_0)
{
	static const uint32_t counts[] = {0, 127, 128, 0x7fffffff, 0xffffffff};

	for (size_t i = 0; i < ROWS; i++) {
		uint32_t count = counts[i % (sizeof(counts) / sizeof(counts[0]))];
		uint8_t buf[64];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));
		struct sn_cursor cur;
		struct sn_varbind vb;
		struct sn_value v;
		char text[SN_OID_MAX_TEXT];

		sn_report_write_vbs(&w, rows[i].report, count);
		ck_assert_int_eq(w.err, SN_OK);
		cur = sn_cursor_make(sn_writer_span(&w));
		ck_assert(sn_varbind_next(&cur, &vb));
		ck_assert_uint_eq(sn_cursor_left(&cur), 0);
		ck_assert_int_gt(sn_oid_to_text(vb.name, text, sizeof(text)), 0);
		ck_assert_str_eq(text, rows[i].oid);
		ck_assert_int_eq(sn_value_read(vb.tag, vb.value, &v), SN_OK);
		ck_assert_uint_eq(v.tag, SN_TAG_COUNTER32);
		ck_assert_uint_eq(v.u, count);
	}
}
END_TEST

START_TEST(writes_into_exactly_the_room_it_needs)
{
	for (size_t size = 0; size <= 17; size++) {
		uint8_t *exact = malloc(size ? size : 1);
		struct sn_writer w;

		ck_assert_ptr_nonnull(exact);
		w = sn_writer_make(exact, size);
		sn_report_write_vbs(&w, SN_REPORT_WRONG_DIGESTS, 1);
		ck_assert_int_eq(w.err, size == 17 ? SN_OK : SN_ESPACE);
		free(exact);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {knows_each_object_by_its_oid,
				      the_object_counts_not_its_instance,
				      everything_else_is_another_object,
				      a_report_without_a_readable_varbind_says_nothing,
				      the_first_varbind_decides,
				      writes_the_counter_as_instance_0,
				      writes_into_exactly_the_room_it_needs,
				      NULL};

	return suite_run_tests("report", tests, 0);
}
