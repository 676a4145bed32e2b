/*
 * Octets as text. Behaviour of record/octets.h.
 */
#include "record/octets.h"

#include "support/bytes.h"
#include "support/suite.h"

static const char *address(enum sn_kind kind, const char *hex)
{
	static char out[SN_OCTETS_ADDRESS_MAX + 1];
	uint32_t part[SN_OCTETS_PARTS_MAX];

	sn_octets_fill(part, bytes_hex(hex));
	out[sn_octets_address(out, kind, part)] = '\0';
	return out;
}

START_TEST(addresses_are_filled_up_and_cut_to_their_size)
{
	ck_assert_str_eq(address(SN_KIND_PHYS_ADDRESS48, "0012f3abcdef"), "00:12:F3:AB:CD:EF");
	ck_assert_str_eq(address(SN_KIND_PHYS_ADDRESS48, "0012"), "00:12:00:00:00:00");
	ck_assert_str_eq(address(SN_KIND_PHYS_ADDRESS48, "01020304050607"), "01:02:03:04:05:06");
	ck_assert_str_eq(address(SN_KIND_INET4, "c0000201"), "192.0.2.1");
	ck_assert_str_eq(address(SN_KIND_INET4, ""), "0.0.0.0");
	ck_assert_str_eq(address(SN_KIND_INET6, "20010db80000000000000000000000ff"),
			 "2001:0DB8:0000:0000:0000:0000:0000:00FF");
	ck_assert_str_eq(address(SN_KIND_INET6, "fe80"), "FE80:0000:0000:0000:0000:0000:0000:0000");
}
END_TEST

START_TEST(parts_that_are_no_octets_get_the_digits_they_need)
{
	uint32_t part[SN_OCTETS_PARTS_MAX];
	char *out = malloc(SN_OCTETS_ADDRESS_MAX);

	suite_expect(out != NULL);
	for (unsigned i = 0; i < SN_OCTETS_PARTS_MAX; i++) {
		part[i] = UINT32_MAX;
	}
	ck_assert_uint_eq(sn_octets_address(out, SN_KIND_INET4, part), 4 * 10 + 3);
	ck_assert_uint_eq(sn_octets_address(out, SN_KIND_PHYS_ADDRESS48, part), 6 * 8 + 5);
	ck_assert_uint_eq(sn_octets_address(out, SN_KIND_INET6, part), 16 * 8 + 7);
	part[0] = 256;
	sn_octets_address(out, SN_KIND_INET6, part);
	ck_assert_int_eq(strncmp(out, "100FFFFFFFF:", 12), 0);
	free(out);
}
END_TEST

START_TEST(only_addresses_of_a_fixed_size_have_parts)
{
	for (unsigned kind = 0; kind <= SN_KIND_LLDP_PORT_ID; kind++) {
		uint32_t parts = sn_octets_parts((enum sn_kind)kind);

		switch (kind) {
		case SN_KIND_PHYS_ADDRESS48:
			ck_assert_uint_eq(parts, 6);
			break;
		case SN_KIND_INET4:
			ck_assert_uint_eq(parts, 4);
			break;
		case SN_KIND_INET6:
			ck_assert_uint_eq(parts, 16);
			break;
		default:
			ck_assert_uint_eq(parts, 0);
			break;
		}
	}
}
END_TEST

START_TEST(hex_has_upper_case_digits_behind_0x)
{
	char out[16];

	ck_assert_int_eq(sn_octets_hex(out, bytes_hex("")) - out, 0);
	ck_assert_int_eq(sn_octets_hex(out, bytes_hex("0a1bff")) - out, 8);
	ck_assert_int_eq(memcmp(out, "0x0A1BFF", 8), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {addresses_are_filled_up_and_cut_to_their_size,
				      parts_that_are_no_octets_get_the_digits_they_need,
				      only_addresses_of_a_fixed_size_have_parts,
				      hex_has_upper_case_digits_behind_0x, NULL};

	return suite_run_tests("octets", tests, 0);
}
