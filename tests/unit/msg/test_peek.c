/*
 * The version of a datagram of any kind, and what is no SNMP message at all. Behaviour of
 * msg/peek.h.
 */
#include "msg/peek.h"

#include "base/rng.h"
#include "support/bytes.h"
#include "support/suite.h"

#include <stdlib.h>

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

START_TEST(guesses_the_id_of_usual_messages)
{
	/* a response of 2c and one of version 3, lengths in all forms */
	ck_assert_uint_eq(sn_peek_id(bytes_hex("30 26 02 01 01 04 06 70 75 62 6c 69 63"
					       "a2 19 02 04 12 34 56 78 02 01 00 02 01 00"
					       "30 0b 30 09 06 05 2b 06 01 02 01 05 00")),
			  0x12345678);
	ck_assert_uint_eq(
		sn_peek_id(bytes_hex("30 82 00 2c 02 01 01 04 06 70 75 62 6c 69 63"
				     "a2 81 1d 02 04 12 34 56 79 02 01 00 02 01 00"
				     "30 82 00 0d 30 0b 06 05 2b 06 01 02 01 02 02 00 01")),
		0x12345679);
	ck_assert_uint_eq(sn_peek_id(bytes_hex("30 3a 02 01 03 30 0f 02 04 7f 00 00 01 02 02 05 dc"
					       "04 01 00 02 01 03 04 24 30 22 04 05 80 00 00 00 01"
					       "02 01 01 02 01 01")),
			  0x7f000001);
	ck_assert_uint_eq(sn_peek_id(bytes_hex("30 03 02 01 01")), 0);
}
END_TEST

START_TEST(a_guess_reads_nothing_outside)
{
	struct sn_rng r;

	sn_rng_init_seed(&r, 5);
	for (int i = 0; i < 200000; i++) {
		static const uint8_t likely[] = {0x30, 2, 1, 3, 4, 0x81, 0x82, 0x84, 0xff, 0, 0xa2};
		size_t n = sn_rng_below(&r, 80);
		uint8_t *exact = malloc(n ? n : 1); /* a sanitizer sees what is read beyond */

		ck_assert_ptr_nonnull(exact);
		for (size_t k = 0; k < n; k++) {
			exact[k] = likely[sn_rng_below(&r, sizeof(likely))];
		}
		(void)sn_peek_id(sn_span_make(exact, n));
		free(exact);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {tells_any_integer_as_the_version,
				      refuses_what_is_no_snmp_message,
				      guesses_the_id_of_usual_messages,
				      a_guess_reads_nothing_outside, NULL};

	return suite_run_tests("peek", tests, 0);
}
