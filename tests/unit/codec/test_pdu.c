/*
 * Protocol data units of v1 and v2c: every type, its head, its varbinds, names. Behaviour of
 * codec/pdu.h.
 */
#include "codec/pdu.h"

#include "support/bytes.h"
#include "support/suite.h"

static int read_hex(const char *hex, struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(bytes_hex(hex));

	sn_pdu_read(&cur, pdu);
	return cur.err;
}

static const uint8_t types[] = {SN_PDU_GET,	SN_PDU_GETNEXT, SN_PDU_RESPONSE, SN_PDU_SET,
				SN_PDU_GETBULK, SN_PDU_INFORM,	SN_PDU_TRAP_V2,	 SN_PDU_REPORT};

START_TEST(reads_the_head_of_every_type)
{
	for (size_t i = 0; i < sizeof(types); i++) {
		char hex[100];
		struct sn_pdu pdu;

		snprintf(hex, sizeof(hex),
			 "%02x 15 02 04 12 34 56 78 02 01 05 02 01 02 30 07"
			 " 30 05 06 01 2b 05 00",
			 types[i]);
		ck_assert_int_eq(read_hex(hex, &pdu), SN_OK);
		ck_assert_uint_eq(pdu.type, types[i]);
		ck_assert_int_eq(pdu.request_id, 0x12345678);
		ck_assert_int_eq(pdu.status, 5);
		ck_assert_int_eq(pdu.index, 2);
		ck_assert_uint_eq(pdu.vbs.n, 7);
		ck_assert_int_eq(sn_pdu_check(&pdu), 1);
	}
}
END_TEST

START_TEST(reads_a_v1_trap)
{
	struct sn_pdu pdu;

	ck_assert_int_eq(read_hex("a4 1e 06 07 2b 06 01 04 01 87 67 40 04 c0 00 02 01 02 01 06"
				  " 02 02 03 e8 43 04 ff ff ff ff 30 00",
				  &pdu),
			 SN_OK);
	ck_assert_uint_eq(pdu.type, SN_PDU_TRAP_V1);
	ck_assert(sn_span_eq(pdu.trap.enterprise, bytes_hex("2b 06 01 04 01 87 67")));
	ck_assert(sn_span_eq(pdu.trap.agent_addr, bytes_hex("c0 00 02 01")));
	ck_assert_int_eq(pdu.trap.generic, 6);
	ck_assert_int_eq(pdu.trap.specific, 1000);
	ck_assert_uint_eq(pdu.trap.timestamp, UINT32_MAX);
	ck_assert_int_eq(pdu.request_id, 0);
	ck_assert_int_eq(sn_pdu_check(&pdu), 0);
}
END_TEST

START_TEST(refuses_a_broken_v1_trap)
{
	static const struct {
		const char *hex; /* the PDU */
		int err;	 /* expected */
	} rows[] = {
		/* agent-addr of 3 and of 5 octets, another tag */
		{"a4 13 06 01 2b 40 03 c0 00 02 02 01 06 02 01 01 43 01 01 30 00", SN_ELENGTH},
		{"a4 15 06 01 2b 40 05 c0 00 02 01 01 02 01 06 02 01 01 43 01 01 30 00",
		 SN_ELENGTH},
		{"a4 14 06 01 2b 04 04 c0 00 02 01 02 01 06 02 01 01 43 01 01 30 00", SN_ETAG},
		/* enterprise that does not end, time-stamp that is empty or too large */
		{"a4 14 06 01 86 40 04 c0 00 02 01 02 01 06 02 01 01 43 01 01 30 00", SN_EOID},
		{"a4 13 06 01 2b 40 04 c0 00 02 01 02 01 06 02 01 01 43 00 30 00", SN_ELENGTH},
		{"a4 18 06 01 2b 40 04 c0 00 02 01 02 01 06 02 01 01 43 05 01 00 00 00 00 30 00",
		 SN_ERANGE},
		/* cut behind the time-stamp */
		{"a4 12 06 01 2b 40 04 c0 00 02 01 02 01 06 02 01 01 43 01 01", SN_ETRUNC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_pdu pdu;
		int err = read_hex(rows[i].hex, &pdu);

		ck_assert_msg(err == rows[i].err, "row %zu: %s", i, sn_err_text(err));
	}
}
END_TEST

START_TEST(refuses_tags_that_are_no_pdu)
{
	for (unsigned tag = 0; tag < 256; tag++) {
		char hex[100];
		struct sn_pdu pdu;

		if (tag >= SN_PDU_GET && tag <= SN_PDU_REPORT) {
			continue;
		}
		snprintf(hex, sizeof(hex), "%02x 0b 02 01 01 02 01 00 02 01 00 30 00", tag);
		ck_assert_int_eq(read_hex(hex, &pdu), SN_ETAG);
		ck_assert_str_eq(sn_pdu_type_name((uint8_t)tag), "unknown PDU");
	}
}
END_TEST

/* RFC 1157 does not bound these integers; agents pad them or send a request-id unsigned. */
START_TEST(head_integers_wider_than_32_bits_keep_their_low_bits)
{
	struct sn_pdu pdu;

	ck_assert_int_eq(read_hex("a2 1a 02 05 00 ff ff ff fe 02 08 ff ff ff ff ff ff ff fd"
				  " 02 05 01 00 00 00 07 30 00",
				  &pdu),
			 SN_OK);
	ck_assert_int_eq(pdu.request_id, -2);
	ck_assert_int_eq(pdu.status, -3);
	ck_assert_int_eq(pdu.index, 7);
	ck_assert_int_eq(
		read_hex("a2 14 02 0a 00 00 00 00 00 00 12 34 56 78 02 01 00 02 01 00 30 00", &pdu),
		SN_OK);
	ck_assert_int_eq(pdu.request_id, 0x12345678);
	ck_assert_int_eq(read_hex("a2 13 02 09 01 00 00 00 00 00 00 00 00 02 01 00 02 01 00 30 00",
				  &pdu),
			 SN_ERANGE);
	ck_assert_int_eq(read_hex("a2 0a 02 00 02 01 00 02 01 00 30 00", &pdu), SN_ELENGTH);
}
END_TEST

START_TEST(every_cut_of_a_pdu_is_refused)
{
	struct sn_span whole = bytes_hex("a2 15 02 01 01 02 01 00 02 01 00"
					 " 30 0a 30 08 06 03 2b 06 01 02 01 05");
	struct sn_pdu pdu;
	struct sn_cursor cur = sn_cursor_make(whole);

	sn_pdu_read(&cur, &pdu);
	ck_assert_int_eq(cur.err, SN_OK);
	for (size_t n = 0; n < whole.n; n++) {
		cur = sn_cursor_make(bytes_copy(whole.p, n));
		sn_pdu_read(&cur, &pdu);
		ck_assert_int_eq(cur.err, SN_ETRUNC);
	}
}
END_TEST

START_TEST(octets_behind_the_varbinds_are_ignored)
{
	struct sn_pdu pdu;

	ck_assert_int_eq(read_hex("a2 0f 02 01 01 02 01 00 02 01 00 30 00 de ad be ef", &pdu),
			 SN_OK);
	ck_assert_int_eq(sn_pdu_check(&pdu), 0);
}
END_TEST

START_TEST(check_finds_what_the_walk_does_not_look_at)
{
	static const struct {
		const char *hex; /* content of the list */
		int rc;		 /* expected */
	} rows[] = {
		{"", 0},
		{"30 05 06 01 2b 05 00", 1},
		{"30 05 06 01 2b 05 00 30 04 06 00 05 00", 2},
		{"30 05 06 01 86 05 00", SN_EOID},
		{"30 05 06 01 2b 02 00", SN_ELENGTH},
		{"30 05 06 01 2b 03 00", SN_ETAG},
		{"30 0a 06 01 2b 41 05 01 00 00 00 00", SN_ERANGE},
		{"30 05 06 01 2b 05 00 30 05 06 01 2b 05", SN_ETRUNC},
		{"30 06 06 01 2b 05 00 00", SN_ELENGTH},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_pdu pdu = {.type = SN_PDU_RESPONSE, .vbs = bytes_hex(rows[i].hex)};
		int rc = sn_pdu_check(&pdu);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %d", i, rc);
	}
}
END_TEST

START_TEST(writes_what_it_reads)
{
	static const char *const rows[] = {
		"a0 15 02 04 7f ff ff ff 02 01 00 02 01 00 30 07 30 05 06 01 2b 05 00",
		"a5 0d 02 01 80 02 01 0a 02 03 00 ff ff 30 00",
		"a8 0b 02 01 00 02 01 00 02 01 00 30 00",
		"a4 16 06 01 2b 40 04 c0 00 02 01 02 01 06 02 01 07 43 03 00 ff ff 30 00",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_span in = bytes_hex(rows[i]);
		struct sn_pdu pdu;
		uint8_t buf[64];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));

		ck_assert_int_eq(read_hex(rows[i], &pdu), SN_OK);
		sn_pdu_write(&w, &pdu);
		ck_assert_msg(sn_span_eq(sn_writer_span(&w), in), "row %zu", i);
	}
}
END_TEST

START_TEST(names_are_those_of_the_rfc)
{
	ck_assert_str_eq(sn_pdu_type_name(SN_PDU_GET), "GetRequest");
	ck_assert_str_eq(sn_pdu_type_name(SN_PDU_TRAP_V1), "Trap");
	ck_assert_str_eq(sn_pdu_type_name(SN_PDU_GETBULK), "GetBulkRequest");
	ck_assert_str_eq(sn_pdu_type_name(SN_PDU_REPORT), "Report");
	ck_assert_str_eq(sn_pdu_status_name(0), "noError");
	ck_assert_str_eq(sn_pdu_status_name(1), "tooBig");
	ck_assert_str_eq(sn_pdu_status_name(5), "genErr");
	ck_assert_str_eq(sn_pdu_status_name(16), "authorizationError");
	ck_assert_str_eq(sn_pdu_status_name(18), "inconsistentName");
	ck_assert_str_eq(sn_pdu_status_name(19), "unknown error-status");
	ck_assert_str_eq(sn_pdu_status_name(-1), "unknown error-status");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_the_head_of_every_type,
				      reads_a_v1_trap,
				      refuses_a_broken_v1_trap,
				      refuses_tags_that_are_no_pdu,
				      head_integers_wider_than_32_bits_keep_their_low_bits,
				      every_cut_of_a_pdu_is_refused,
				      octets_behind_the_varbinds_are_ignored,
				      check_finds_what_the_walk_does_not_look_at,
				      writes_what_it_reads,
				      names_are_those_of_the_rfc,
				      NULL};

	return suite_run_tests("pdu", tests, 0);
}
