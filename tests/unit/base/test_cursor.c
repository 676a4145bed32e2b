/*
 * Bounded reading with a sticky error. Behaviour of base/cursor.h; inputs are exact-size heap
 * copies, so that AddressSanitizer sees a read of one byte too many.
 */
#include "base/cursor.h"

#include "support/suite.h"

START_TEST(reads_bytes_in_order_and_stops_at_the_end)
{
	struct sn_cursor cur = sn_cursor_make(sn_span_str("ab"));

	ck_assert_uint_eq(sn_cursor_left(&cur), 2);
	ck_assert_int_eq(sn_cursor_u8(&cur), 'a');
	ck_assert_int_eq(sn_cursor_u8(&cur), 'b');
	ck_assert_uint_eq(sn_cursor_left(&cur), 0);
	ck_assert_int_eq(cur.err, SN_OK);
	ck_assert_int_eq(sn_cursor_u8(&cur), 0);
	ck_assert_int_eq(cur.err, SN_ETRUNC);
}
END_TEST

START_TEST(takes_exactly_what_is_there)
{
	uint8_t *heap = malloc(4);
	struct sn_cursor cur;
	struct sn_span s;

	ck_assert_ptr_nonnull(heap);
	memcpy(heap, "wxyz", 4);
	cur = sn_cursor_make(sn_span_make(heap, 4));
	s = sn_cursor_take(&cur, 3);
	ck_assert(sn_span_eq(s, sn_span_str("wxy")));
	s = sn_cursor_take(&cur, 1);
	ck_assert(sn_span_eq(s, sn_span_str("z")));
	s = sn_cursor_take(&cur, 0);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(cur.err, SN_OK);
	s = sn_cursor_take(&cur, 1);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(cur.err, SN_ETRUNC);
	free(heap);
}
END_TEST

START_TEST(refuses_a_length_that_would_wrap)
{
	struct sn_cursor cur = sn_cursor_make(sn_span_str("abc"));

	ck_assert_uint_eq(sn_cursor_take(&cur, SIZE_MAX).n, 0);
	ck_assert_int_eq(cur.err, SN_ETRUNC);
}
END_TEST

START_TEST(first_error_sticks_and_empties_the_cursor)
{
	struct sn_cursor cur = sn_cursor_make(sn_span_str("abc"));

	sn_cursor_fail(&cur, SN_ETAG);
	sn_cursor_fail(&cur, SN_ERANGE);
	ck_assert_int_eq(cur.err, SN_ETAG);
	ck_assert_uint_eq(sn_cursor_left(&cur), 0);
	ck_assert_int_eq(sn_cursor_u8(&cur), 0);
	ck_assert_uint_eq(sn_cursor_take(&cur, 2).n, 0);
	ck_assert_int_eq(cur.err, SN_ETAG);
}
END_TEST

START_TEST(an_empty_input_may_have_no_address)
{
	struct sn_cursor cur = sn_cursor_make(sn_span_make(NULL, 0));

	ck_assert_uint_eq(sn_cursor_left(&cur), 0);
	ck_assert_uint_eq(sn_cursor_take(&cur, 0).n, 0);
	ck_assert_int_eq(cur.err, SN_OK);
	ck_assert_int_eq(sn_cursor_u8(&cur), 0);
	ck_assert_int_eq(cur.err, SN_ETRUNC);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_bytes_in_order_and_stops_at_the_end,
				      takes_exactly_what_is_there,
				      refuses_a_length_that_would_wrap,
				      first_error_sticks_and_empties_the_cursor,
				      an_empty_input_may_have_no_address,
				      NULL};

	return suite_run_tests("cursor", tests, 0);
}
