/* BER reading and writing: what agents send is taken, what could overrun is refused. codec/ber.h.
 */
#include "codec/ber.h"

#include "support/bytes.h"
#include "support/suite.h"

/* Reads one TLV; returns the cursor's error and leaves tag and content. */
static int read_one(struct sn_span in, uint8_t *tag, struct sn_span *content, size_t *left)
{
	struct sn_cursor cur = sn_cursor_make(in);

	*content = sn_ber_read(&cur, tag);
	*left = sn_cursor_left(&cur);
	return cur.err;
}

static int read_hex(const char *hex, size_t *n)
{
	struct sn_span content;
	uint8_t tag;
	size_t left;
	int rc = read_one(bytes_hex(hex), &tag, &content, &left);

	*n = content.n;
	return rc;
}

START_TEST(reads_short_and_long_lengths)
{
	static const struct {
		const char *hex; /* input */
		size_t n;	 /* length of the content */
	} rows[] = {
		{"05 00", 0},	       {"04 01 aa", 1},		 {"04 81 01 aa", 1},
		{"04 82 00 01 aa", 1}, {"04 83 00 00 01 aa", 1}, {"04 84 00 00 00 01 aa", 1},
		{"04 81 00", 0},       {"04 84 00 00 00 00", 0}, {"04 02 aa bb cc", 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n;

		ck_assert_int_eq(read_hex(rows[i].hex, &n), SN_OK);
		ck_assert_uint_eq(n, rows[i].n);
	}
}
END_TEST

START_TEST(reads_every_content_length_up_to_70000)
{
	static uint8_t buf[70000 + 8];
	static uint8_t content[70000];

	for (size_t n = 0; n <= sizeof(content); n += n < 70 || n > 65000 ? 1 : 61) {
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));
		struct sn_span in;
		struct sn_span got;
		uint8_t tag;
		size_t left;

		sn_ber_write_tlv(&w, SN_TAG_OCTETS, sn_span_make(content, n));
		ck_assert_int_eq(w.err, SN_OK);
		in = sn_writer_span(&w);
		ck_assert_int_eq(read_one(in, &tag, &got, &left), SN_OK);
		ck_assert_uint_eq(got.n, n);
		ck_assert_uint_eq(left, 0);
		ck_assert_uint_eq(tag, SN_TAG_OCTETS);
		/* one byte less is too short */
		in.n--;
		ck_assert_int_eq(read_one(in, &tag, &got, &left), SN_ETRUNC);
		ck_assert_uint_eq(got.n, 0);
	}
}
END_TEST

START_TEST(refuses_indefinite_and_oversized_lengths)
{
	size_t n;

	ck_assert_int_eq(read_hex("04 85 00 00 00 00 01 aa", &n), SN_ELENGTH);
	ck_assert_int_eq(read_hex("04 88 00 00 00 00 00 00 00 01 aa", &n), SN_ELENGTH);
	ck_assert_int_eq(read_hex("04 ff 01 aa", &n), SN_ELENGTH);
	ck_assert_int_eq(read_hex("30 80 05 00 00 00", &n), SN_ELENGTH);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(refuses_a_length_past_the_end)
{
	static const char *const rows[] = {
		"04 01",	  "04 7f aa",	       "04 81 80 aa",	    "04 82 01 00 aa",
		"04 83 01 00 00", "04 84 7f ff ff ff", "04 84 ff ff ff ff", "04 84 80 00 00 00 aa"};
	size_t n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(read_hex(rows[i], &n), SN_ETRUNC);
		ck_assert_uint_eq(n, 0);
	}
}
END_TEST

START_TEST(refuses_a_header_that_is_cut)
{
	static const char *const rows[] = {"",	       "04",	      "04 81",
					   "04 82 00", "04 83 00 00", "04 84 00 00 00"};
	size_t n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(read_hex(rows[i], &n), SN_ETRUNC);
	}
}
END_TEST

/* The length alone must not promise more than is left, whoever reads the content. */
START_TEST(a_length_is_never_more_than_what_is_left)
{
	static const char *const rows[] = {"03 aa bb", "01", "81 03 aa bb", "84 00 00 00 01"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_cursor cur = sn_cursor_make(bytes_hex(rows[i]));

		ck_assert_uint_eq(sn_ber_read_length(&cur), 0);
		ck_assert_int_eq(cur.err, SN_ETRUNC);
	}
}
END_TEST

START_TEST(expect_takes_only_its_tag)
{
	struct sn_cursor cur = sn_cursor_make(bytes_hex("04 01 aa 05 00"));

	ck_assert_uint_eq(sn_ber_expect(&cur, SN_TAG_OCTETS).n, 1);
	ck_assert_int_eq(cur.err, SN_OK);
	ck_assert_uint_eq(sn_ber_expect(&cur, SN_TAG_OCTETS).n, 0);
	ck_assert_int_eq(cur.err, SN_ETAG);
	ck_assert_uint_eq(sn_cursor_left(&cur), 0);
}
END_TEST

START_TEST(reads_signed_integers_of_any_width)
{
	static const struct {
		const char *hex; /* content */
		int rc;		 /* expected code */
		int64_t v;	 /* expected value */
	} rows[] = {
		{"00", SN_OK, 0},
		{"7f", SN_OK, 127},
		{"80", SN_OK, -128},
		{"ff", SN_OK, -1},
		{"00 80", SN_OK, 128},
		{"ff 7f", SN_OK, -129},
		{"00 00 00 05", SN_OK, 5},
		{"ff ff ff ff ff ff ff ff", SN_OK, -1},
		{"80 00 00 00", SN_OK, INT32_MIN},
		{"7f ff ff ff", SN_OK, INT32_MAX},
		{"00 ff ff ff ff", SN_OK, INT64_C(0xffffffff)},
		{"7f ff ff ff ff ff ff ff", SN_OK, INT64_MAX},
		{"80 00 00 00 00 00 00 00", SN_OK, INT64_MIN},
		{"00 7f ff ff ff ff ff ff ff", SN_OK, INT64_MAX},
		{"ff ff ff 80 00 00 00 00 00 00 00", SN_OK, INT64_MIN},
		{"00 00 00 00 00 00 00 00 00 00 00 2a", SN_OK, 42},
		{"00 80 00 00 00 00 00 00 00", SN_ERANGE, 0},
		{"ff 7f ff ff ff ff ff ff ff", SN_ERANGE, 0},
		{"01 00 00 00 00 00 00 00 00", SN_ERANGE, 0},
		{"00 01 00 00 00 00 00 00 00 00", SN_ERANGE, 0},
		{"ff fe ff ff ff ff ff ff ff ff", SN_ERANGE, 0},
		{"", SN_ELENGTH, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t v = 77;

		ck_assert_msg(sn_ber_int(bytes_hex(rows[i].hex), &v) == rows[i].rc, "%s",
			      rows[i].hex);
		ck_assert_msg(v == rows[i].v, "%s", rows[i].hex);
	}
}
END_TEST

START_TEST(reads_unsigned_values_with_or_without_leading_zeros)
{
	static const struct {
		const char *hex; /* content */
		unsigned bits;	 /* 32 or 64 */
		int rc;		 /* expected code */
		uint64_t v;	 /* expected value */
	} rows[] = {
		{"00", 32, SN_OK, 0},
		{"7f", 32, SN_OK, 127},
		{"00 80", 32, SN_OK, 128},
		{"80", 32, SN_OK, 128}, /* leading zero missing */
		{"c8", 64, SN_OK, 200},
		{"ff ff ff ff", 32, SN_OK, UINT32_MAX},
		{"00 ff ff ff ff", 32, SN_OK, UINT32_MAX},
		{"00 00 00 00 00 00 00 00 00 00 01", 32, SN_OK, 1}, /* padded */
		{"ff ff ff ff ff", 32, SN_OK, UINT32_MAX},	    /* -1 of a signed encoder */
		{"ff 80 00 00 00", 32, SN_OK, UINT32_C(0x80000000)},
		{"ff 7f ff ff ff", 32, SN_ERANGE, 0},
		{"01 00 00 00 00", 32, SN_ERANGE, 0},
		{"00 01 00 00 00 00", 32, SN_ERANGE, 0},
		{"ff fe ff ff ff ff", 32, SN_ERANGE, 0},
		{"", 32, SN_ELENGTH, 0},
		{"", 64, SN_ELENGTH, 0},
		{"ff ff ff ff ff ff ff ff", 64, SN_OK, UINT64_MAX},
		{"00 ff ff ff ff ff ff ff ff", 64, SN_OK, UINT64_MAX},
		{"00 00 ff ff ff ff ff ff ff ff", 64, SN_OK, UINT64_MAX},
		{"ff ff ff ff ff ff ff ff ff", 64, SN_OK, UINT64_MAX},
		{"01 00 00 00 00 00 00 00 00", 64, SN_ERANGE, 0},
		{"01 02 03 04 05", 64, SN_OK, UINT64_C(0x0102030405)},
		{"01 02 03 04 05 06 07 08", 64, SN_OK, UINT64_C(0x0102030405060708)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t v = 77;

		ck_assert_msg(sn_ber_uint(bytes_hex(rows[i].hex), rows[i].bits, &v) == rows[i].rc,
			      "%s", rows[i].hex);
		ck_assert_msg(v == rows[i].v, "%s", rows[i].hex);
	}
}
END_TEST

START_TEST(read_int32_refuses_what_does_not_fit)
{
	static const struct {
		const char *hex; /* the TLV */
		int rc;		 /* expected error of the cursor */
		int32_t v;	 /* expected value */
	} rows[] = {
		{"02 01 05", SN_OK, 5},
		{"02 01 7f", SN_OK, 127},
		{"02 01 80", SN_OK, -128},
		{"02 01 ff", SN_OK, -1},
		{"02 02 ff 00", SN_OK, -256},
		{"02 04 12 34 56 78", SN_OK, 0x12345678},
		{"02 04 80 00 00 00", SN_OK, INT32_MIN},
		{"02 05 00 7f ff ff ff", SN_OK, INT32_MAX},
		{"02 05 00 80 00 00 00", SN_ERANGE, 0},
		{"02 05 ff 7f ff ff ff", SN_ERANGE, 0},
		{"02 00", SN_ELENGTH, 0},
		{"04 01 05", SN_ETAG, 0},
		{"02 02 05", SN_ETRUNC, 0},
		{"02 01", SN_ETRUNC, 0},
		{"02 04 12 34 56", SN_ETRUNC, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_cursor cur = sn_cursor_make(bytes_hex(rows[i].hex));

		ck_assert_int_eq(sn_ber_read_int32(&cur), rows[i].v);
		ck_assert_int_eq(cur.err, rows[i].rc);
	}
}
END_TEST

/* 2^width, less one, more one: every boundary of every length. */
static uint64_t edge(unsigned width, unsigned which)
{
	uint64_t one = width < 64 ? UINT64_C(1) << width : 0;

	return which == 0 ? one : (which == 1 ? one - 1 : one + 1);
}

START_TEST(writes_the_shortest_signed_form_and_reads_it_back)
{
	for (unsigned i = 0; i < 65 * 6; i++) {
		uint64_t u = edge(i / 6, i % 3);
		int64_t v = (int64_t)(i % 6 < 3 ? u : UINT64_C(0) - u);
		uint8_t buf[16];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));
		struct sn_span s;
		int64_t back;

		sn_ber_write_int(&w, SN_TAG_INTEGER, v);
		ck_assert_int_eq(w.err, SN_OK);
		s = sn_writer_span(&w);
		ck_assert_uint_eq(s.p[0], SN_TAG_INTEGER);
		ck_assert_uint_eq(s.p[1], s.n - 2);
		ck_assert_int_eq(sn_ber_int(sn_span_from(s, 2), &back), SN_OK);
		ck_assert_int_eq(back, v);
		/* shortest: the first nine bits are not all equal */
		if (s.n > 3) {
			ck_assert(!(s.p[2] == 0x00 && !(s.p[3] & 0x80)));
			ck_assert(!(s.p[2] == 0xff && (s.p[3] & 0x80)));
		}
	}
}
END_TEST

START_TEST(writes_the_shortest_unsigned_form_and_reads_it_back)
{
	for (unsigned i = 0; i < 65 * 3; i++) {
		uint64_t v = edge(i / 3, i % 3);
		uint8_t buf[16];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));
		struct sn_span s;
		uint64_t back;
		int64_t as_signed;

		sn_ber_write_uint(&w, SN_TAG_COUNTER64, v);
		s = sn_writer_span(&w);
		ck_assert_uint_eq(s.p[1], s.n - 2);
		ck_assert_int_eq(sn_ber_uint(sn_span_from(s, 2), 64, &back), SN_OK);
		ck_assert_uint_eq(back, v);
		/* never negative to a reader that is strict, never longer than needed */
		ck_assert_uint_eq(s.p[2] & 0x80, 0);
		if (s.n > 3) {
			ck_assert(!(s.p[2] == 0x00 && !(s.p[3] & 0x80)));
		}
		if (v <= INT64_MAX) {
			ck_assert_int_eq(sn_ber_int(sn_span_from(s, 2), &as_signed), SN_OK);
			ck_assert_int_eq(as_signed, (int64_t)v);
		}
	}
}
END_TEST

START_TEST(writes_headers_in_the_shortest_form)
{
	static const struct {
		size_t n;	 /* length of the content */
		const char *hex; /* expected header */
	} rows[] = {
		{0, "30 00"},
		{1, "30 01"},
		{127, "30 7f"},
		{128, "30 81 80"},
		{255, "30 81 ff"},
		{256, "30 82 01 00"},
		{65535, "30 82 ff ff"},
		{65536, "30 83 01 00 00"},
		{0x1000000, "30 84 01 00 00 00"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[8];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));

		sn_ber_write_header(&w, SN_TAG_SEQUENCE, rows[i].n);
		ck_assert(sn_span_eq(sn_writer_span(&w), bytes_hex(rows[i].hex)));
	}
}
END_TEST

static void write_sample(struct sn_writer *w)
{
	const uint8_t *mark = w->p;

	sn_ber_write_raw(w, sn_span_make(NULL, 0));
	sn_ber_write_uint(w, SN_TAG_GAUGE32, 4000000000u);
	sn_ber_write_int(w, SN_TAG_INTEGER, -70000);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, sn_span_str("public"));
	sn_ber_write_tlv(w, SN_TAG_NULL, sn_span_make(NULL, 0));
	sn_ber_write_raw(w, sn_span_make("\x05\x00", 2));
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}

START_TEST(writes_backward_into_exactly_the_room_it_needs)
{
	struct sn_span expect =
		bytes_hex("30 18 05 00 05 00 04 06 70 75 62 6c 69 63 02 03 fe ee 90 42 05"
			  " 00 ee 6b 28 00");

	for (size_t size = 0; size <= expect.n + 1; size++) {
		uint8_t *buf = malloc(size + 1);
		struct sn_writer w;

		ck_assert_ptr_nonnull(buf);
		w = sn_writer_make(buf, size);
		write_sample(&w);
		if (size < expect.n) {
			ck_assert_int_eq(w.err, SN_ESPACE);
			/* sticky: a later small write changes nothing */
			sn_ber_write_header(&w, SN_TAG_NULL, 0);
			ck_assert_int_eq(w.err, SN_ESPACE);
			ck_assert_ptr_null(sn_writer_reserve(&w, 0));
		} else {
			ck_assert_int_eq(w.err, SN_OK);
			ck_assert(sn_span_eq(sn_writer_span(&w), expect));
			ck_assert_uint_eq(sn_writer_len(&w), expect.n);
		}
		free(buf);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_short_and_long_lengths,
				      reads_every_content_length_up_to_70000,
				      refuses_indefinite_and_oversized_lengths,
				      refuses_a_length_past_the_end,
				      refuses_a_header_that_is_cut,
				      a_length_is_never_more_than_what_is_left,
				      expect_takes_only_its_tag,
				      reads_signed_integers_of_any_width,
				      reads_unsigned_values_with_or_without_leading_zeros,
				      read_int32_refuses_what_does_not_fit,
				      writes_the_shortest_signed_form_and_reads_it_back,
				      writes_the_shortest_unsigned_form_and_reads_it_back,
				      writes_headers_in_the_shortest_form,
				      writes_backward_into_exactly_the_room_it_needs,
				      NULL};

	return suite_run_tests("ber", tests, 20);
}
