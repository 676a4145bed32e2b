/*
 * Values as text, and addresses whose type is in another column. Behaviour of plan/convert.h.
 */
#include "convert_rig.h"

#include <math.h>

static const char *text(enum sn_kind kind, const char *hint, struct sn_value v)
{
	static char out[8192];
	struct sn_span s;

	suite_expect(sn_convert_text(kind, hint, &v, &rig_arena, &s) == SN_OK);
	suite_expect(s.n < sizeof(out));
	snprintf(out, sizeof(out), "%.*s", (int)s.n, s.p ? (const char *)s.p : "");
	return out;
}

static struct sn_value octets(uint8_t tag, const char *hex)
{
	return (struct sn_value){.tag = tag, .bytes = bytes_hex(hex)};
}

START_TEST(octets_are_text_as_their_kind_says)
{
	ck_assert_str_eq(text(SN_KIND_TEXT, NULL, octets(SN_TAG_OCTETS, "6162")), "ab");
	ck_assert_str_eq(text(SN_KIND_TEXT, "1x:", octets(SN_TAG_OCTETS, "6162")), "ab");
	ck_assert_str_eq(text(SN_KIND_TEXT, NULL, octets(SN_TAG_OCTETS, "")), "");
	ck_assert_str_eq(text(SN_KIND_HEX, NULL, octets(SN_TAG_OCTETS, "0aff")), "0x0AFF");
	ck_assert_str_eq(text(SN_KIND_HEX, NULL, octets(SN_TAG_OCTETS, "")), "");
	ck_assert_str_eq(text(SN_KIND_HEX, "1x:", octets(SN_TAG_OCTETS, "0aff")), "0A:FF");
	ck_assert_str_eq(text(SN_KIND_HEX, "1q", octets(SN_TAG_OCTETS, "0aff")), "0x0AFF");
	ck_assert_str_eq(text(SN_KIND_HEX, "", octets(SN_TAG_OCTETS, "0aff")), "0x0AFF");
	ck_assert_str_eq(text(SN_KIND_BITS, NULL, octets(SN_TAG_OCTETS, "80")), "0x80");
	ck_assert_str_eq(text(SN_KIND_GAUGE, NULL, octets(SN_TAG_OPAQUE, "80")), "0x80");
	ck_assert_str_eq(text(SN_KIND_PHYS_ADDRESS48, "1d", octets(SN_TAG_OCTETS, "0a0b")),
			 "0A:0B:00:00:00:00");
	ck_assert_str_eq(text(SN_KIND_INET4, NULL, octets(SN_TAG_OCTETS, "0a00000107")),
			 "10.0.0.1");
	ck_assert_str_eq(text(SN_KIND_INET6, NULL, octets(SN_TAG_OCTETS, "fe80")),
			 "FE80:0000:0000:0000:0000:0000:0000:0000");
}
END_TEST

START_TEST(other_values_are_text_whatever_the_kind)
{
	for (unsigned kind = 0; kind <= SN_KIND_LLDP_PORT_ID; kind++) {
		enum sn_kind k = (enum sn_kind)kind;
		struct sn_value v = {.tag = SN_TAG_INTEGER, .i = INT64_MIN};

		ck_assert_str_eq(text(k, "1x", v), "-9223372036854775808");
		v = (struct sn_value){.tag = SN_TAG_COUNTER64, .u = UINT64_MAX};
		ck_assert_str_eq(text(k, NULL, v), "18446744073709551615");
		ck_assert_str_eq(text(k, NULL, octets(SN_TAG_OID, "2b06010201")), "1.3.6.1.2.1");
		ck_assert_str_eq(text(k, NULL, octets(SN_TAG_IPADDRESS, "c0000201")), "192.0.2.1");
		v = (struct sn_value){.tag = SN_TAG_NULL};
		ck_assert_str_eq(text(k, NULL, v), "");
	}
}
END_TEST

START_TEST(real_numbers_have_no_exponent_and_no_digit_too_many)
{
	static const struct {
		double d;	    /* number */
		const char *text;   /* of a double */
		const char *single; /* of a float */
	} rows[] = {
		{0, "0", "0"},
		{1, "1", "1"},
		{-2.5, "-2.5", "-2.5"},
		{0.1, "0.1", "0.1"},
		{1e21, "1000000000000000000000", "1000000000000000000000"},
		{123456789012, "123456789012", "123456790000"},
		{1e-7, "0.0000001", "0.0000001"},
		{-1.25e-5, "-0.0000125", "-0.0000125"},
		{100, "100", "100"},
		{(double)21.3F, "21.299999237060547", "21.3"},
		{INFINITY, "+Inf", "+Inf"},
		{-INFINITY, "-Inf", "-Inf"},
		{NAN, "NaN", "NaN"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_value v = {.tag = SN_TAG_DOUBLE, .d = rows[i].d};

		ck_assert_str_eq(text(SN_KIND_TEXT, NULL, v), rows[i].text);
		v = (struct sn_value){.tag = SN_TAG_FLOAT, .d = (double)(float)rows[i].d};
		ck_assert_str_eq(text(SN_KIND_TEXT, NULL, v), rows[i].single);
	}
	ck_assert_uint_eq(strlen(text(SN_KIND_TEXT, NULL,
				      (struct sn_value){.tag = SN_TAG_DOUBLE, .d = 1.5e308})),
			  309);
	ck_assert_uint_eq(strlen(text(SN_KIND_TEXT, NULL,
				      (struct sn_value){.tag = SN_TAG_DOUBLE, .d = -5e-324})),
			  3 + 324);
}
END_TEST

START_TEST(addresses_follow_the_type_beside_them)
{
	const struct sn_convert_spec inet = {.how = SN_CONVERT_INET};
	const struct sn_convert_spec sizeless = {.how = SN_CONVERT_INET_MISSING_SIZE};
	const struct sn_convert_spec port = {.how = SN_CONVERT_LLDP_PORT_ID};

	ck_assert_str_eq(rig_octets(inet, "c0000201", 1), "192.0.2.1");
	ck_assert_str_eq(rig_octets(inet, "20010db80000000000000000000000ff", 2),
			 "2001:0DB8:0000:0000:0000:0000:0000:00FF");
	ck_assert_str_eq(rig_octets(inet, "c0000201", 0), "0xC0000201");
	ck_assert_str_eq(rig_octets(inet, "6162", 16), "0x6162");
	ck_assert_str_eq(rig_octets(inet, "", 1), "0.0.0.0");
	ck_assert_str_eq(rig_octets(sizeless, "c0000201", 1), "192.0.2.1");
	ck_assert_str_eq(rig_octets(sizeless, "c0000201", -1), "0xC0000201");
	ck_assert_str_eq(rig_octets(port, "4769302f31", 5), "Gi0/1");
	ck_assert_str_eq(rig_octets(port, "0012f3abcdef", 3), "00:12:F3:AB:CD:EF");
	ck_assert_str_eq(rig_octets(port, "4769302f31", 4), "0x4769302F31");
	ck_assert_str_eq(rig_octets(port, "4769302f31", 0), "0x4769302F31");
}
END_TEST

START_TEST(an_address_of_unknown_type_may_have_a_display_hint)
{
	const struct sn_convert_spec hinted = {.how = SN_CONVERT_INET, .text = "1d."};

	ck_assert_str_eq(rig_octets(hinted, "010203", 0), "1.2.3");
	ck_assert_str_eq(rig_octets(hinted, "c0000201", 1), "192.0.2.1");
}
END_TEST

START_TEST(an_address_of_another_wire_type_is_what_it_says)
{
	const struct sn_convert_spec inet = {.how = SN_CONVERT_INET, .lookup = true};
	struct sn_value v = {.tag = SN_TAG_IPADDRESS, .bytes = bytes_hex("c0000201")};

	ck_assert_str_eq(rig_convert(inet, &v, 2), "192.0.2.1");
	v = (struct sn_value){.tag = SN_TAG_INTEGER, .i = 7};
	ck_assert_str_eq(rig_convert(inet, &v, 1), "7");
	ck_assert_str_eq(rig_convert(inet, &v, 0), "7");
}
END_TEST

START_TEST(a_lookup_of_unknown_type_reads_the_octets_as_an_index)
{
	const struct sn_convert_spec inet = {.how = SN_CONVERT_INET, .lookup = true, .text = "1d."};
	const struct sn_convert_spec sizeless = {.how = SN_CONVERT_INET_MISSING_SIZE,
						 .lookup = true};
	const struct sn_convert_spec port = {.how = SN_CONVERT_LLDP_PORT_ID, .lookup = true};

	ck_assert_str_eq(rig_octets(inet, "c0000201", 1), "192.0.2.1");
	ck_assert_str_eq(rig_octets(inet, "0a000001", 0), "0x0A00");
	ck_assert_str_eq(rig_octets(inet, "0104c0000201", 0), "192.0.2.1");
	ck_assert_str_eq(rig_octets(sizeless, "01c0000201", 0), "192.0.2.1");
	ck_assert_str_eq(rig_octets(sizeless, "0a000001", 0), "0x0A000001");
	ck_assert_str_eq(rig_octets(port, "05000261626364", 0), "ab");
	ck_assert_str_eq(rig_octets(port, "0306010203040506", 9), "01:02:03:04:05:06");
	ck_assert_str_eq(rig_octets(port, "", 0), "0x0000");
	ck_assert_str_eq(rig_octets(sizeless, "", 0), "");
}
END_TEST

START_TEST(text_longer_than_any_buffer_is_kept)
{
	struct sn_value v = {.tag = SN_TAG_OCTETS};
	uint8_t *many = malloc(65000);
	struct sn_span s;

	suite_expect(many != NULL);
	memset(many, 0xab, 65000);
	v.bytes = sn_span_make(many, 65000);
	ck_assert_int_eq(sn_convert_text(SN_KIND_HEX, NULL, &v, &rig_arena, &s), SN_OK);
	ck_assert_uint_eq(s.n, 2 + 2 * 65000);
	ck_assert_int_eq(memcmp(s.p + s.n - 4, "ABAB", 4), 0);
	ck_assert_int_eq(sn_convert_text(SN_KIND_HEX, "1d ", &v, &rig_arena, &s), SN_OK);
	ck_assert_uint_eq(s.n, 4 * 65000 - 1);
	free(many);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {octets_are_text_as_their_kind_says,
				      other_values_are_text_whatever_the_kind,
				      real_numbers_have_no_exponent_and_no_digit_too_many,
				      addresses_follow_the_type_beside_them,
				      an_address_of_unknown_type_may_have_a_display_hint,
				      an_address_of_another_wire_type_is_what_it_says,
				      a_lookup_of_unknown_type_reads_the_octets_as_an_index,
				      text_longer_than_any_buffer_is_kept,
				      NULL};

	rig_init();
	return rig_fini(suite_run_tests("convert", tests, 0));
}
