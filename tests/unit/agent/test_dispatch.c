/*
 * Requests over a store: what RFC 3416 §4.2 and, for SNMPv1, RFC 1157 §4.1 and RFC 3584 §4 say of
 * each. Behaviour of agent/dispatch.h over a small store of known content; the repetitions of
 * GETBULK: test_dispatch_bulk.c; SET: test_dispatch_set.c.
 */
#include "agent/dispatch.h"
#include "msg/peek.h"

#include "support/bytes.h"
#include "support/desk.h"
#include "support/gen.h"
#include "support/suite.h"

START_TEST(get_gives_values_and_exceptions)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_GET,
		    "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5 1.3.2.2.3=22 1.3.5.2.0=4294967295",
		    "1.3.1.1.0=", "1.3.1.2.0=", "1.3.2.2.3=", "1.3.5.2.0=");
	ck_assert_uint_eq(k->d.varbinds, 4);
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.2.1.9=noSuchInstance 1.3.9.1=noSuchObject",
		    "1.3.2.1.9=", "1.3.9.1=");
	/* a recording may hold exceptions */
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.4.1.0=noSuchInstance", "1.3.4.1.0=");
	/* what a request's values are does not matter */
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.2.0=-5", "1.3.1.2.0=99");
}
END_TEST

START_TEST(an_empty_request_has_an_empty_answer)
{
	struct desk *k = desk_open(SN_VERSION_2C);
	struct sn_pdu rq = desk_request(SN_PDU_GET, sn_span_make(NULL, 0));

	ck_assert_str_eq(desk_ask(k, &rq), "noError 0");
	rq.type = SN_PDU_GETBULK;
	rq.index = 10;
	ck_assert_str_eq(desk_ask(k, &rq), "noError 0");
	rq.type = SN_PDU_SET;
	ck_assert_str_eq(desk_ask(k, &rq), "noError 0");
}
END_TEST

START_TEST(getnext_gives_successors_and_the_end)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_GETNEXT,
		    "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10 1.3.2.2.1=20 1.3.5.2.0=endOfMibView",
		    "1.3.1=", "1.3.1.2.0=", "1.3.2.1.3=", "1.3.5.2.0=");
	DESK_EXPECT(k, SN_PDU_GETNEXT, "noError 0 1.3.4.1.0=noSuchInstance", "1.3.3.1.0=");
}
END_TEST

START_TEST(an_error_of_the_device_carries_the_requests_varbinds)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_GET, "genErr 2 1.3.1.1.0= 1.3.3.1.0= 1.3.1.2.0=", "1.3.1.1.0=",
		    "1.3.3.1.0=", "1.3.1.2.0=");
	ck_assert_uint_eq(k->d.varbinds, 0);
	DESK_EXPECT(k, SN_PDU_GETNEXT, "genErr 1 1.3.2.2.3=", "1.3.2.2.3=");
}
END_TEST

START_TEST(the_device_thinks_as_long_as_all_its_values_take)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.5.1.0=7 1.3.5.2.0=4294967295",
		    "1.3.5.1.0=", "1.3.5.2.0=");
	ck_assert_uint_eq(k->d.delay_ns, 1050);
	DESK_EXPECT(k, SN_PDU_GETNEXT, "noError 0 1.3.5.1.0=7", "1.3.4.1.0=");
	ck_assert_uint_eq(k->d.delay_ns, 1000);
	DESK_EXPECT_BULK(k, 0, 9,
			 "noError 0 1.3.5.1.0=7 1.3.5.2.0=4294967295 1.3.5.2.0=endOfMibView",
			 "1.3.4.1.0=");
	ck_assert_uint_eq(k->d.delay_ns, 1050);
}
END_TEST

START_TEST(get_and_getnext_that_do_not_fit_are_too_big)
{
	struct desk *k = desk_open(SN_VERSION_2C);
	size_t n;

	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.9=noSuchObject",
		    "1.3.1.1.0=", "1.3.1.9=");
	n = k->answer.vbs.n;
	for (k->d.room = 0; k->d.room < n; k->d.room++) {
		DESK_EXPECT(k, SN_PDU_GET, "tooBig 0", "1.3.1.1.0=", "1.3.1.9=");
	}
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.9=noSuchObject",
		    "1.3.1.1.0=", "1.3.1.9=");
	k->d.room = 8;
	DESK_EXPECT(k, SN_PDU_GETNEXT, "tooBig 0", "1.3.1=");
	DESK_EXPECT(k, SN_PDU_GETNEXT, "tooBig 0", "1.3.5.2.0=");
	k->d.version = SN_VERSION_1;
	DESK_EXPECT(k, SN_PDU_GETNEXT, "tooBig 0 1.3.1=", "1.3.1=");
}
END_TEST

START_TEST(more_names_than_any_manager_sends_are_too_big)
{
	struct desk *k = desk_open(SN_VERSION_2C);
	struct sn_pdu rq = desk_request(SN_PDU_GET, desk_many("1.3.1", 256));

	desk_ask(k, &rq);
	ck_assert_int_eq(k->answer.status, 0);
	ck_assert_uint_eq(k->d.varbinds, 256);
	rq = desk_request(SN_PDU_GET, desk_many("1.3.1", 257));
	ck_assert_str_eq(desk_ask(k, &rq), "tooBig 0");
	k->d.version = SN_VERSION_1;
	desk_ask(k, &rq);
	ck_assert_int_eq(k->answer.status, SN_STATUS_TOO_BIG);
	ck_assert_uint_eq(k->answer.vbs.n, rq.vbs.n);
}
END_TEST

START_TEST(v1_has_errors_in_place_of_exceptions)
{
	struct desk *k = desk_open(SN_VERSION_1);

	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc", "1.3.1.1.0=");
	DESK_EXPECT(k, SN_PDU_GET, "noSuchName 2 1.3.1.1.0= 1.3.9=", "1.3.1.1.0=", "1.3.9=");
	DESK_EXPECT(k, SN_PDU_GET, "noSuchName 1 1.3.2.1.9=", "1.3.2.1.9=");
	DESK_EXPECT(k, SN_PDU_GET, "noSuchName 1 1.3.4.1.0=", "1.3.4.1.0=");
	DESK_EXPECT(k, SN_PDU_GETNEXT, "noSuchName 2 1.3.1= 1.3.5.2.0=", "1.3.1=", "1.3.5.2.0=");
	DESK_EXPECT(k, SN_PDU_GET, "genErr 1 1.3.3.1.0=", "1.3.3.1.0=");
}
END_TEST

/* RFC 3584 §4.2.2.1: as if a Counter64 were not there. */
START_TEST(v1_does_not_see_what_it_cannot_say)
{
	struct desk *k = desk_open(SN_VERSION_1);

	DESK_EXPECT(k, SN_PDU_GET, "noSuchName 1 1.3.2.2.1=", "1.3.2.2.1=");
	/* over Counter64s to the next object, which has an error of its own */
	DESK_EXPECT(k, SN_PDU_GETNEXT, "genErr 1 1.3.2.1.3=", "1.3.2.1.3=");
	/* over an exception of a recording */
	DESK_EXPECT(k, SN_PDU_GETNEXT, "noError 0 1.3.5.1.0=7", "1.3.3.1.0=");
}
END_TEST

START_TEST(answers_no_getbulk_of_v1_and_no_pdu_that_asks_nothing)
{
	struct desk *k = desk_open(SN_VERSION_1);
	static const uint8_t types[] = {SN_PDU_RESPONSE, SN_PDU_TRAP_V1, SN_PDU_INFORM,
					SN_PDU_TRAP_V2, SN_PDU_REPORT};
	struct sn_pdu rq = desk_request(SN_PDU_GETBULK, DESK_VARBINDS("1.3.1="));

	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_EINVAL);
	k->d.version = SN_VERSION_2C;
	for (size_t i = 0; i < sizeof(types); i++) {
		rq.type = types[i];
		ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_EINVAL);
	}
}
END_TEST

START_TEST(answers_nothing_that_does_not_decode)
{
	struct desk *k = desk_open(SN_VERSION_2C);
	struct sn_pdu rq = desk_request(SN_PDU_GET, bytes_hex("30 06 06 02 2b 01 05"));

	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_ETRUNC);
	rq.vbs = bytes_hex("30 06 06 02 2b 81 05 00");
	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_EOID);
	rq.vbs = bytes_hex("30 06 04 02 2b 01 05 00");
	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_ETAG);
	rq.vbs = bytes_hex("30 08 06 02 2b 01 40 02 0a 00");
	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_ELENGTH);
}
END_TEST

/* Random requests: every answer decodes, fits, and has as many varbinds as it should. */
START_TEST(answers_any_request_within_its_room)
{
	struct sn_rng r;
	struct desk *k = desk_open(SN_VERSION_2C);

	sn_rng_init_seed(&r, 3);
	for (int turn = 0; turn < 20000; turn++) {
		static const uint8_t types[] = {SN_PDU_GET, SN_PDU_GETNEXT, SN_PDU_GETBULK,
						SN_PDU_SET};
		struct gen_message g;
		uint8_t wire[GEN_WIRE];
		struct sn_pdu rq;
		int n;
		int asked;

		gen_message(&r, &g);
		g.m.pdu.type = SN_PDU_GET;
		for (int i = 0; i < g.n; i++) {
			size_t row = sn_rng_below(&r, 2 * DESK_ROWS);

			if (row < DESK_ROWS) {
				struct sn_span name = desk_name(row);

				memcpy(g.vb[i].name, name.p, name.n);
				g.vb[i].name_n = name.n - sn_rng_below(&r, 2);
			}
		}
		rq = desk_request(types[sn_rng_below(&r, 4)], sn_span_make(NULL, 0));
		{
			struct sn_writer wr = sn_writer_make(wire, sizeof(wire));

			for (int i = g.n; i-- > 0;) {
				sn_varbind_write(&wr, sn_span_make(g.vb[i].name, g.vb[i].name_n),
						 &g.vb[i].v);
			}
			suite_expect(wr.err == SN_OK);
			rq.vbs = sn_writer_span(&wr);
		}
		if (rq.type == SN_PDU_GETBULK) {
			rq.status = (int32_t)sn_rng_below(&r, 6) - 1;
			rq.index = (int32_t)sn_rng_below(&r, 30) - 1;
		}
		k->d.version = rq.type != SN_PDU_GETBULK && sn_rng_below(&r, 2) ? SN_VERSION_1
										: SN_VERSION_2C;
		k->d.room = sn_rng_below(&r, 3) ? DESK_ROOM : sn_rng_below(&r, 200);
		asked = sn_pdu_check(&rq);
		suite_expect(asked == g.n);
		suite_expect(sn_dispatch(&k->d, &rq, &k->answer) == SN_OK);
		n = sn_pdu_check(&k->answer);
		suite_expect(n >= 0);
		if (k->answer.status) {
			suite_expect(k->answer.status == SN_STATUS_TOO_BIG
					     ? k->answer.index == 0
					     : k->answer.index > 0 && k->answer.index <= asked);
		} else if (rq.type == SN_PDU_GETBULK) {
			suite_expect(k->answer.vbs.n <= k->d.room);
		} else {
			suite_expect(n == asked && k->answer.vbs.n <= k->d.room);
		}
	}
	sn_overlay_fini(&k->overlay);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		get_gives_values_and_exceptions,
		an_empty_request_has_an_empty_answer,
		getnext_gives_successors_and_the_end,
		an_error_of_the_device_carries_the_requests_varbinds,
		the_device_thinks_as_long_as_all_its_values_take,
		get_and_getnext_that_do_not_fit_are_too_big,
		more_names_than_any_manager_sends_are_too_big,
		v1_has_errors_in_place_of_exceptions,
		v1_does_not_see_what_it_cannot_say,
		answers_no_getbulk_of_v1_and_no_pdu_that_asks_nothing,
		answers_nothing_that_does_not_decode,
		answers_any_request_within_its_room,
		NULL,
	};

	return suite_run_tests("agent/dispatch", tests, 30);
}
