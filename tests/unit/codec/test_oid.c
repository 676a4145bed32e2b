/* Object identifiers: validity, order, text, arcs. Behaviour of codec/oid.h. *
 * ctest: one_thread
 */
#include "codec/oid.h"

#include "base/rng.h"

#include "support/bytes.h"
#include "support/suite.h"

#define FIVE_OCTETS "8f ff ff ff 7f" /* 4294967295 */

START_TEST(accepts_arcs_of_32_bits_and_refuses_wider_ones)
{
	static const struct {
		const char *hex; /* BER content */
		bool valid;	 /* expected */
	} rows[] = {
		{"", true},
		{"2b", true},
		{"2b 06 01", true},
		{"2b " FIVE_OCTETS, true},
		{"2b 90 80 80 80 00", false},
		{"2b 8f ff ff ff ff 7f", false},
		{"2b ff ff ff ff 7f", false},
		{"2b 80 80 80 80 01", true}, /* padded, still five octets */
		{"2b 80 80 80 80 80 01", false},
		{"2b 86", false}, /* does not end */
		{"2b 06 81", false},
		{"81", false},
		{"2b 8f ff ff ff ff", false},
		{"80", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(sn_oid_valid(bytes_hex(rows[i].hex)) == rows[i].valid, "%s",
			      rows[i].hex);
	}
}
END_TEST

/* X.690 §8.19.4: the first sub-identifier is 40 X + Y, and below 2 Y has no bound: up to 80 + 2^32
 * - 1. */
START_TEST(first_subidentifier_of_joint_oids_may_need_33_bits)
{
	static const struct {
		const char *text; /* dotted, NULL: not valid */
		const char *hex;  /* BER content */
	} rows[] = {
		{"0.0", "00"},
		{"0.39", "27"},
		{"1.0", "28"},
		{"1.39", "4f"},
		{"2.0", "50"},
		{"2.39", "77"},
		{"2.40", "78"},
		{"2.47", "7f"},
		{"2.48", "81 00"},
		{"2.999.3", "88 37 03"},
		{"2.4294967215", "8f ff ff ff 7f"},
		{"2.4294967216", "90 80 80 80 00"},
		{"2.4294967295", "90 80 80 80 4f"},
		{NULL, "90 80 80 80 50"},
		{NULL, "90 80 80 81 00"},
		{NULL, "91 80 80 80 00"},
		{NULL, "ff ff ff ff 7f"},
	};
	uint32_t arcs[SN_OID_MAX_ARCS];
	uint8_t ber[SN_OID_MAX_BER];
	char text[SN_OID_MAX_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_span s = bytes_hex(rows[i].hex);
		int n;

		if (!rows[i].text) {
			ck_assert_msg(!sn_oid_valid(s), "%s", rows[i].hex);
			ck_assert_int_eq(sn_oid_to_arcs(s, arcs, SN_OID_MAX_ARCS), SN_EOID);
			ck_assert_int_eq(sn_oid_to_text(s, text, sizeof(text)), SN_EOID);
			continue;
		}
		ck_assert_msg(sn_oid_valid(s), "%s", rows[i].hex);
		ck_assert_int_gt(sn_oid_to_text(s, text, sizeof(text)), 0);
		ck_assert_str_eq(text, rows[i].text);
		n = sn_oid_from_text(rows[i].text, ber, sizeof(ber));
		ck_assert_int_gt(n, 0);
		ck_assert(sn_span_eq(sn_span_make(ber, (size_t)n), s));
	}
}
END_TEST

/* The first arc of an index is not two in one: it ends at 32 bits like all others. */
START_TEST(an_index_is_validated_as_a_rest)
{
	ck_assert(sn_oid_index_valid(bytes_hex("")));
	ck_assert(sn_oid_index_valid(bytes_hex("7f")));
	ck_assert(!sn_oid_index_valid(bytes_hex("80")));
	ck_assert(sn_oid_index_valid(bytes_hex("01 " FIVE_OCTETS)));
	ck_assert(sn_oid_index_valid(bytes_hex(FIVE_OCTETS)));
	ck_assert(!sn_oid_index_valid(bytes_hex("90 80 80 80 00")));
	ck_assert(!sn_oid_index_valid(bytes_hex("01 86")));
}
END_TEST

START_TEST(allows_128_arcs_and_no_more)
{
	uint8_t ber[SN_OID_MAX_BER + 5];
	uint32_t arcs[SN_OID_MAX_ARCS + 1];
	char text[2 * SN_OID_MAX_TEXT] = "1.3";
	uint8_t out[SN_OID_MAX_BER + 5];

	memset(ber, 1, sizeof(ber));
	ck_assert(sn_oid_valid(sn_span_make(ber, 127)));
	ck_assert(!sn_oid_valid(sn_span_make(ber, 128)));
	ck_assert_int_eq(sn_oid_to_arcs(sn_span_make(ber, 127), arcs, 128), 128);
	ck_assert_int_eq(sn_oid_to_arcs(sn_span_make(ber, 128), arcs, 129), SN_EOID);
	ck_assert_int_eq(sn_oid_to_arcs(sn_span_make(ber, 127), arcs, 127), SN_ESPACE);
	ck_assert_int_eq(sn_oid_to_arcs(sn_span_make(ber, 1), arcs, 1), SN_ESPACE);
	for (int i = 2; i < 128; i++) {
		strcat(text, ".4294967295");
	}
	ck_assert_int_eq(sn_oid_from_text(text, out, sizeof(out)), 1 + 126 * 5);
	ck_assert_int_eq(sn_oid_from_text(text, out, SN_OID_MAX_BER), 1 + 126 * 5);
	strcat(text, ".1");
	ck_assert_int_eq(sn_oid_from_text(text, out, sizeof(out)), SN_EOID);
	ck_assert(sn_oid_index_valid(sn_span_make(ber, 128)));
	ck_assert(!sn_oid_index_valid(sn_span_make(ber, 129)));
	/* an index has no two arcs in one: 128 octets are 128 arcs */
	ck_assert_int_eq(sn_oid_index_to_text(sn_span_make(ber, 128), text, sizeof(text)), 255);
	ck_assert_int_eq(sn_oid_index_to_text(sn_span_make(ber, 129), text, sizeof(text)), SN_EOID);
}
END_TEST

START_TEST(refuses_text_that_is_no_oid)
{
	static const char *const rows[] = {"",
					   ".",
					   "1",
					   ".1",
					   "1.",
					   "1..3",
					   "1.3.",
					   "..1.3",
					   "1.3.-6",
					   "1.3.+6",
					   "1.3. 6",
					   " 1.3",
					   "1.3 ",
					   "1.3.6a",
					   "1.3.0x10",
					   "iso.3",
					   "3.1",
					   "0.40",
					   "1.40",
					   "1.3,6",
					   "1.3.4294967296",
					   "2.4294967296",
					   "4294967296.1",
					   "1.3\n",
					   "1.3.99999999999999999999999999"};
	uint8_t out[SN_OID_MAX_BER];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(sn_oid_from_text(rows[i], out, sizeof(out)) == SN_EOID, "'%s'",
			      rows[i]);
	}
}
END_TEST

START_TEST(takes_text_with_a_leading_dot_and_leading_zeros)
{
	uint8_t a[SN_OID_MAX_BER];
	uint8_t b[SN_OID_MAX_BER];
	int n = sn_oid_from_text("1.3.6.1.2.1.1.3.0", a, sizeof(a));

	ck_assert_int_eq(n, 8);
	ck_assert(sn_span_eq(sn_span_make(a, 8), bytes_hex("2b 06 01 02 01 01 03 00")));
	ck_assert_int_eq(sn_oid_from_text(".1.3.06.1.2.1.1.003.0", b, sizeof(b)), n);
	ck_assert_mem_eq(a, b, 8);
}
END_TEST

START_TEST(says_when_the_output_is_too_small)
{
	struct sn_span s = bytes_hex("2b 06 01 04 01 87 67 " FIVE_OCTETS);
	static const char text[] = "1.3.6.1.4.1.999.4294967295";
	static const char index[] = "43.6.1.4.1.999.4294967295";
	char out[64];
	uint8_t ber[32];

	for (size_t size = 0; size < sizeof(text); size++) {
		ck_assert_int_eq(sn_oid_to_text(s, out, size), SN_ESPACE);
	}
	ck_assert_int_eq(sn_oid_to_text(s, out, sizeof(text)), (int)sizeof(text) - 1);
	ck_assert_str_eq(out, text);
	for (size_t size = 0; size < sizeof(index); size++) {
		ck_assert_int_eq(sn_oid_index_to_text(s, out, size), SN_ESPACE);
	}
	ck_assert_int_eq(sn_oid_index_to_text(s, out, sizeof(index)), (int)sizeof(index) - 1);
	ck_assert_str_eq(out, index);
	for (size_t size = 0; size < s.n; size++) {
		ck_assert_int_eq(sn_oid_from_text(text, ber, size), SN_ESPACE);
	}
	ck_assert_int_eq(sn_oid_from_text(text, ber, s.n), (int)s.n);
}
END_TEST

/* Agents send 06 00 for 0.0: printers, see the payload corpus. */
START_TEST(an_empty_oid_means_zero_dot_zero)
{
	char out[8];
	uint32_t arcs[2];

	ck_assert_int_eq(sn_oid_to_text(bytes_hex(""), out, sizeof(out)), 3);
	ck_assert_str_eq(out, "0.0");
	ck_assert_int_eq(sn_oid_to_arcs(bytes_hex(""), arcs, 2), 0);
	ck_assert_int_eq(sn_oid_index_to_text(bytes_hex(""), out, sizeof(out)), 0);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(from_arcs_refuses_what_has_no_encoding)
{
	static const uint32_t bad[][3] = {{3, 0, 0}, {0, 40, 0}, {1, 40, 0}, {UINT32_MAX, 0, 0}};
	static const uint32_t good[] = {2, UINT32_MAX, UINT32_MAX};
	uint32_t many[SN_OID_MAX_ARCS + 1] = {1};
	uint8_t out[SN_OID_MAX_BER];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sn_oid_from_arcs(bad[i], 3, out, sizeof(out)), SN_EOID);
	}
	ck_assert_int_eq(sn_oid_from_arcs(good, 1, out, sizeof(out)), SN_EOID);
	ck_assert_int_eq(sn_oid_from_arcs(good, 3, out, sizeof(out)), 10);
	ck_assert_int_eq(sn_oid_from_arcs(many, SN_OID_MAX_ARCS, out, sizeof(out)),
			 SN_OID_MAX_ARCS - 1);
	ck_assert_int_eq(sn_oid_from_arcs(many, SN_OID_MAX_ARCS + 1, out, sizeof(out)), SN_EOID);
}
END_TEST

START_TEST(arcs_are_written_and_read_one_by_one)
{
	static const uint32_t arcs[] = {0,	 1,	  127,	     128,	16383,	   16384,
					2097151, 2097152, 268435455, 268435456, UINT32_MAX};
	static const size_t octets[] = {1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};

	for (size_t i = 0; i < sizeof(arcs) / sizeof(arcs[0]); i++) {
		uint8_t out[5];
		struct sn_cursor cur;

		ck_assert_uint_eq(sn_oid_write_arc(out, arcs[i]), octets[i]);
		cur = sn_cursor_make(bytes_copy(out, octets[i]));
		ck_assert_uint_eq(sn_oid_read_arc(&cur), arcs[i]);
		ck_assert_int_eq(cur.err, SN_OK);
		ck_assert_uint_eq(sn_cursor_left(&cur), 0);
		if (octets[i] > 1) {
			cur = sn_cursor_make(bytes_copy(out, octets[i] - 1));
			ck_assert_uint_eq(sn_oid_read_arc(&cur), 0);
			ck_assert_int_eq(cur.err, SN_ETRUNC);
		}
	}
}
END_TEST

START_TEST(read_arc_refuses_more_than_32_bits)
{
	static const char *const rows[] = {"90 80 80 80 00", "ff ff ff ff 7f", "8f ff ff ff ff 7f",
					   "90 80 80 80 4f"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_cursor cur = sn_cursor_make(bytes_hex(rows[i]));

		ck_assert_uint_eq(sn_oid_read_arc(&cur), 0);
		ck_assert_int_eq(cur.err, SN_EOID);
	}
}
END_TEST

/* Random arcs, small ones and the edges of each length favoured, prefixes of each other often. */
static size_t random_arcs(struct sn_rng *r, uint32_t *arcs, const uint32_t *near, size_t near_n)
{
	size_t n = 2 + sn_rng_below(r, sn_rng_below(r, 8) ? 10 : 127);

	for (size_t i = 0; i < n; i++) {
		unsigned shift = (unsigned)sn_rng_below(r, 32);
		uint32_t v = (uint32_t)sn_rng_u64(r) >> shift;

		if (sn_rng_below(r, 4) == 0) {
			v = (UINT32_C(1) << 7 * sn_rng_below(r, 5)) - (uint32_t)sn_rng_below(r, 2);
		}
		if (i < near_n && sn_rng_below(r, 16)) {
			v = near[i];
		}
		arcs[i] = i == 0 ? v % 3 : v;
		if (i == 1 && arcs[0] < 2) {
			arcs[i] = v % 40;
		}
	}
	return n;
}

static int cmp_arcs(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
	for (size_t i = 0; i < an && i < bn; i++) {
		if (a[i] != b[i]) {
			return a[i] < b[i] ? -1 : 1;
		}
	}
	return an == bn ? 0 : (an < bn ? -1 : 1);
}

START_TEST(order_and_text_agree_with_arcs_on_random_oids)
{
	struct sn_rng r;
	uint32_t a[SN_OID_MAX_ARCS];
	uint32_t b[SN_OID_MAX_ARCS];
	uint32_t back[SN_OID_MAX_ARCS];
	uint8_t out[SN_OID_MAX_BER];
	char text[SN_OID_MAX_TEXT];
	int seen[3] = {0};
	size_t an = random_arcs((sn_rng_init_seed(&r, 11), &r), a, NULL, 0);

	for (int i = 0; i < 100000; i++) {
		size_t bn = random_arcs(&r, b, a, an);
		int na = sn_oid_from_arcs(a, an, out, sizeof(out));
		struct sn_span sa = bytes_copy(out, (size_t)na);
		int nb = sn_oid_from_arcs(b, bn, out, sizeof(out));
		struct sn_span sb = bytes_copy(out, (size_t)nb);
		int expect = cmp_arcs(a, an, b, bn);

		suite_expect(sn_oid_valid(sa) && sn_oid_valid(sb));
		suite_expect(sn_oid_cmp(sa, sb) == expect);
		suite_expect(sn_oid_cmp(sb, sa) == -expect);
		suite_expect(sn_oid_cmp(sa, sa) == 0);
		seen[expect + 1]++;
		suite_expect(sn_oid_to_arcs(sb, back, SN_OID_MAX_ARCS) == (int)bn);
		suite_expect(memcmp(back, b, bn * sizeof(b[0])) == 0);
		suite_expect(sn_oid_to_text(sb, text, sizeof(text)) > 0);
		suite_expect(sn_oid_from_text(text, out, sizeof(out)) == nb);
		suite_expect(sn_span_eq(sn_span_make(out, (size_t)nb), sb));
		memcpy(a, b, sizeof(a));
		an = bn;
		bytes_free_all();
	}
	/* a redundantly encoded arc is never equal to the short one */
	suite_expect(sn_oid_cmp(bytes_hex("2b 06 80 01"), bytes_hex("2b 06 01")) > 0);
	suite_expect(sn_oid_cmp(bytes_hex("2b 06 01"), bytes_hex("2b 06 80 01")) < 0);
	/* the generator made all three cases, equality included */
	suite_expect(seen[0] > 1000);
	suite_expect(seen[1] > 100);
	suite_expect(seen[2] > 1000);
}
END_TEST

/* Validity, conversion and single arcs must never disagree, whatever the octets. */
START_TEST(random_octets_are_judged_the_same_everywhere)
{
	struct sn_rng r;
	int valid = 0;

	sn_rng_init_seed(&r, 12);
	for (int i = 0; i < 200000; i++) {
		uint8_t raw[12];
		uint32_t arcs[SN_OID_MAX_ARCS];
		char text[SN_OID_MAX_TEXT];
		size_t n = sn_rng_below(&r, sizeof(raw) + 1);
		struct sn_span s;
		int rc;

		for (size_t k = 0; k < n; k++) {
			raw[k] = (uint8_t)(sn_rng_u64(&r) | (sn_rng_below(&r, 3) ? 0x80 : 0));
		}
		raw[n ? n - 1 : 0] &= (uint8_t)sn_rng_u64(&r);
		s = bytes_copy(raw, n);
		rc = sn_oid_to_arcs(s, arcs, SN_OID_MAX_ARCS);
		suite_expect(sn_oid_valid(s) == (rc >= 0));
		suite_expect((sn_oid_to_text(s, text, sizeof(text)) >= 0) == (rc >= 0));
		valid += rc >= 0;
		bytes_free_all();
	}
	suite_expect(valid > 5000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {accepts_arcs_of_32_bits_and_refuses_wider_ones,
				      first_subidentifier_of_joint_oids_may_need_33_bits,
				      an_index_is_validated_as_a_rest,
				      allows_128_arcs_and_no_more,
				      refuses_text_that_is_no_oid,
				      takes_text_with_a_leading_dot_and_leading_zeros,
				      says_when_the_output_is_too_small,
				      an_empty_oid_means_zero_dot_zero,
				      from_arcs_refuses_what_has_no_encoding,
				      arcs_are_written_and_read_one_by_one,
				      read_arc_refuses_more_than_32_bits,
				      order_and_text_agree_with_arcs_on_random_oids,
				      random_octets_are_judged_the_same_everywhere,
				      NULL};

	return suite_run_tests("oid", tests, 60);
}
