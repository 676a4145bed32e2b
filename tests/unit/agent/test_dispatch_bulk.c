/*
 * GETBULK over a store: non-repeaters, repetitions, their end, and what is left out where the
 * answer is full (RFC 3416 §4.2.3). Behaviour of agent/dispatch.h.
 */
#include "agent/dispatch.h"
#include "msg/peek.h"

#include "support/bytes.h"
#include "support/desk.h"
#include "support/suite.h"

START_TEST(getbulk_repeats_each_column)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT_BULK(k, 1, 2,
			 "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10 1.3.2.2.1=20 1.3.2.1.2=11 "
			 "1.3.2.2.2=21",
			 "1.3.1.1=", "1.3.2.1=", "1.3.2.2=");
	ck_assert_uint_eq(k->d.varbinds, 5);
	DESK_EXPECT_BULK(k, 0, 1, "noError 0 1.3.2.1.1=10", "1.3.2.1=");
	DESK_EXPECT_BULK(k, 3, 5, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5", "1.3.1.1=", "1.3.1.2=");
}
END_TEST

START_TEST(getbulk_takes_negative_and_zero_numbers_as_zero)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT_BULK(k, INT32_MIN, 1, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5",
			 "1.3.1=", "1.3.1.2=");
	DESK_EXPECT_BULK(k, -1, 1, "noError 0 1.3.1.1.0=abc", "1.3.1=");
	DESK_EXPECT_BULK(k, 1, 0, "noError 0 1.3.1.1.0=abc", "1.3.1=", "1.3.1.2=");
	DESK_EXPECT_BULK(k, 0, 0, "noError 0", "1.3.1=");
	DESK_EXPECT_BULK(k, 1, INT32_MIN, "noError 0 1.3.1.1.0=abc", "1.3.1=", "1.3.1.2=");
	DESK_EXPECT_BULK(k, INT32_MAX, INT32_MAX, "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10",
			 "1.3.1=", "1.3.2=");
}
END_TEST

/* RFC 3416 §4.2.3: columns that ended repeat their last name; a whole row of ends is the last. */
START_TEST(getbulk_ends_with_a_repetition_of_ends)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT_BULK(k, 0, 10,
			 "noError 0 1.3.5.1.0=7 1.3.5.2.0=4294967295 1.3.9.0=endOfMibView "
			 "1.3.5.2.0=4294967295 1.3.5.2.0=endOfMibView 1.3.9.0=endOfMibView "
			 "1.3.5.2.0=endOfMibView 1.3.5.2.0=endOfMibView 1.3.9.0=endOfMibView",
			 "1.3.4.1.0=", "1.3.5.1.0=", "1.3.9.0=");
	DESK_EXPECT_BULK(k, 0, 5, "noError 0 1.3.9.0=endOfMibView", "1.3.9.0=");
	DESK_EXPECT_BULK(k, 1, 5,
			 "noError 0 1.3.9.0=endOfMibView 1.3.5.2.0=4294967295 "
			 "1.3.5.2.0=endOfMibView",
			 "1.3.9.0=", "1.3.5.1.0=");
}
END_TEST

START_TEST(getbulk_fails_for_an_error_in_the_first_repetition_only)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT_BULK(k, 0, 3, "genErr 1 1.3.2.2.3=", "1.3.2.2.3=");
	DESK_EXPECT_BULK(k, 0, 3, "genErr 2 1.3.1= 1.3.2.2.3=", "1.3.1=", "1.3.2.2.3=");
	DESK_EXPECT_BULK(k, 1, 3, "genErr 1 1.3.2.2.3= 1.3.1=", "1.3.2.2.3=", "1.3.1=");
	/* later on it ends the answer: one repetition is complete */
	DESK_EXPECT_BULK(k, 0, 5, "noError 0 1.3.2.2.2=21 1.3.2.2.3=22", "1.3.2.2.1=");
	DESK_EXPECT_BULK(k, 0, 5, "noError 0 1.3.2.2.3=22 1.3.2.1.1=10",
			 "1.3.2.2.2=", "1.3.1.2.0=");
}
END_TEST

START_TEST(getbulk_stops_at_the_most_varbinds_there_may_be)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	k->d.max_varbinds = 3;
	DESK_EXPECT_BULK(k, 0, 9, "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10 1.3.1.2.0=-5",
			 "1.3.1=", "1.3.2=");
	k->d.max_varbinds = 1;
	DESK_EXPECT_BULK(k, 1, 9, "noError 0 1.3.1.1.0=abc", "1.3.1=", "1.3.2=");
}
END_TEST

/* All sizes from none to enough: the answer is as long as fits, and the same as far as it goes. */
START_TEST(getbulk_is_cut_after_any_whole_varbind)
{
	struct desk *k = desk_open(SN_VERSION_2C);
	struct sn_pdu rq =
		desk_request(SN_PDU_GETBULK, DESK_VARBINDS("1.3.2.1=", "1.3.2.2=", "1.3.5.2="));
	uint8_t all[DESK_ROOM];
	size_t n;
	size_t longest = 0;

	rq.index = 3;
	desk_ask(k, &rq);
	ck_assert_uint_eq(k->d.varbinds, 9);
	n = k->answer.vbs.n;
	memcpy(all, k->answer.vbs.p, n);
	for (k->d.room = 0; k->d.room <= n; k->d.room++) {
		struct sn_cursor cur = sn_cursor_make(sn_span_make(all, n));
		struct sn_varbind vb;
		size_t fits = 0;

		k->d.buf = (uint8_t *)(uintptr_t)bytes_copy(all, k->d.room).p;
		while (sn_varbind_next(&cur, &vb) && (size_t)(cur.p - all) <= k->d.room) {
			fits = (size_t)(cur.p - all);
		}
		suite_expect(sn_dispatch(&k->d, &rq, &k->answer) == SN_OK);
		suite_expect(k->answer.status == 0);
		suite_expect(k->answer.vbs.n == fits && memcmp(k->answer.vbs.p, all, fits) == 0);
		longest = fits;
	}
	ck_assert_uint_eq(longest, n);
}
END_TEST

/* An answer may not leave a name out of the middle of a repetition: the manager counts. */
START_TEST(getbulk_of_very_many_names_completes_one_repetition)
{
	struct desk *k = desk_open(SN_VERSION_2C);
	struct sn_pdu rq;

	for (unsigned n = 60; n < 70; n++) {
		rq = desk_request(SN_PDU_GETBULK, desk_many("1.3.2.1", n));
		rq.index = 2;
		desk_ask(k, &rq);
		ck_assert_int_eq(k->answer.status, 0);
		ck_assert_uint_eq(k->d.varbinds, n <= 64 ? 2 * n : n);
	}
	rq = desk_request(SN_PDU_GETBULK, desk_many("1.3.2.1", 256));
	rq.status = 200;
	rq.index = 2;
	desk_ask(k, &rq);
	ck_assert_uint_eq(k->d.varbinds, 200 + 2 * 56);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		getbulk_repeats_each_column,
		getbulk_takes_negative_and_zero_numbers_as_zero,
		getbulk_ends_with_a_repetition_of_ends,
		getbulk_fails_for_an_error_in_the_first_repetition_only,
		getbulk_stops_at_the_most_varbinds_there_may_be,
		getbulk_is_cut_after_any_whole_varbind,
		getbulk_of_very_many_names_completes_one_repetition,
		NULL,
	};

	return suite_run_tests("agent/dispatch_bulk", tests, 30);
}
