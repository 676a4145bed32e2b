/*
 * Scrambling: the same for the same key, never two to one, indexes only where it is certain.
 * Behaviour of recorder/scramble.h.
 */
#include "recorder/scramble.h"

#include "codec/value.h"

#include "support/suite.h"

static struct sn_scramble s;

static void setup(void)
{
	ck_assert_int_eq(sn_scramble_init(&s, sn_span_str("a key")), SN_OK);
}

static uint32_t ip4(uint32_t v)
{
	uint8_t ip[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	sn_scramble_ip4(&s, ip);
	return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

static int by_value(const void *a, const void *b)
{
	uint32_t v = *(const uint32_t *)a;
	uint32_t w = *(const uint32_t *)b;

	return (v > w) - (v < w);
}

START_TEST(two_addresses_never_become_one)
{
	enum { N = 65536 };
	static uint32_t seen[N];
	unsigned same = 0;

	for (uint32_t i = 0; i < N; i++) {
		seen[i] = ip4(0x0a000000 + i);
		same += seen[i] == 0x0a000000 + i;
	}
	ck_assert_uint_lt(same, 3);
	qsort(seen, N, sizeof(seen[0]), by_value);
	for (unsigned i = 1; i < N; i++) {
		suite_expect(seen[i] != seen[i - 1]);
	}
	/* and what comes out is an address as others are */
	ck_assert_uint_ne(seen[0] >> 24, 0);
	ck_assert_uint_lt(seen[N - 1] >> 24, 224);
}
END_TEST

START_TEST(addresses_with_a_meaning_and_netmasks_stay)
{
	static const uint32_t stay[] = {0,	    0x7f000001, 0xffffffff, 0xffffff00,
					0xfffffffc, 0xe0000001, 0x80000000, 0xc0000000};
	uint8_t mac[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t none[16] = {0};

	for (unsigned i = 0; i < sizeof(stay) / sizeof(stay[0]); i++) {
		ck_assert_uint_eq(ip4(stay[i]), stay[i]);
	}
	sn_scramble_mac(&s, mac);
	ck_assert_uint_eq(mac[0], 0xff);
	sn_scramble_ip6(&s, none);
	ck_assert_uint_eq(none[0], 0);
}
END_TEST

START_TEST(another_key_gives_other_addresses)
{
	uint32_t with_one = ip4(0x0a010203);
	uint8_t mac[6] = {0, 1, 2, 3, 4, 5};
	uint8_t again[6] = {0, 1, 2, 3, 4, 5};

	sn_scramble_mac(&s, mac);
	sn_scramble_mac(&s, again);
	ck_assert_mem_eq(mac, again, 6);
	ck_assert_uint_eq(mac[0] & 1, 0);
	ck_assert_uint_eq(ip4(0x0a010203), with_one);
	ck_assert_int_eq(sn_scramble_init(&s, sn_span_str("a kez")), SN_OK);
	ck_assert_uint_ne(ip4(0x0a010203), with_one);
	ck_assert_int_eq(sn_scramble_init(&s, sn_span_str("")), SN_EINVAL);
}
END_TEST

/* The name as text after scrambling. */
static const char *name(const char *text)
{
	static char out[SN_OID_MAX_TEXT];
	uint8_t ber[SN_OID_MAX_BER];
	uint8_t to[SN_OID_MAX_BER];
	int n = sn_oid_from_text(text, ber, sizeof(ber));

	ck_assert_int_gt(n, 0);
	n = (int)sn_scramble_name(&s, sn_span_make(ber, (size_t)n), to);
	ck_assert_int_gt(sn_oid_to_text(sn_span_make(to, (size_t)n), out, sizeof(out)), 0);
	return out;
}

static const char *ip_text(uint32_t v)
{
	static char out[32];

	v = ip4(v);
	snprintf(out, sizeof(out), "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
	return out;
}

START_TEST(an_index_has_the_address_that_values_have)
{
	char want[256];
	const char *ip = ip_text(0x0a010203);

	snprintf(want, sizeof(want), "1.3.6.1.2.1.4.20.1.2.%s", ip);
	ck_assert_str_eq(name("1.3.6.1.2.1.4.20.1.2.10.1.2.3"), want);
	snprintf(want, sizeof(want), "1.3.6.1.2.1.4.22.1.2.17.%s", ip);
	ck_assert_str_eq(name("1.3.6.1.2.1.4.22.1.2.17.10.1.2.3"), want);
	/* remote and local address of a connection, ports as they are */
	snprintf(want, sizeof(want), "1.3.6.1.2.1.6.13.1.1.127.0.0.1.22.%s.50000", ip);
	ck_assert_str_eq(name("1.3.6.1.2.1.6.13.1.1.127.0.0.1.22.10.1.2.3.50000"), want);
	/* InetAddressType, length, address */
	snprintf(want, sizeof(want), "1.3.6.1.2.1.4.34.1.3.1.4.%s", ip);
	ck_assert_str_eq(name("1.3.6.1.2.1.4.34.1.3.1.4.10.1.2.3"), want);
	ck_assert_ptr_nonnull(
		strstr(name("1.3.6.1.2.1.4.34.1.3.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1"),
		       "1.3.6.1.2.1.4.34.1.3.2.16.32.1.13.184."));
}
END_TEST

START_TEST(an_index_that_is_no_address_stays)
{
	static const char *const stay[] = {"1.3.6.1.2.1.2.2.1.10.10.1.2.3",    /* ifTable: whatever
										  that is */
					   "1.3.6.1.2.1.4.20.1.2.10.1.2",      /* cut */
					   "1.3.6.1.2.1.4.20.1.2.10.1.2.300",  /* no octet */
					   "1.3.6.1.2.1.4.34.1.3.1.7.1.2.3.4", /* an unknown length
										*/
					   "1.3.6.1.2.1.4.20.1", /* the entry itself */
					   "1.3.6.1.2.1.4.20.11.2.10.1.2.3"};

	for (unsigned i = 0; i < sizeof(stay) / sizeof(stay[0]); i++) {
		ck_assert_str_eq(name(stay[i]), stay[i]);
	}
}
END_TEST

/* The value of an instance after scrambling. */
static struct sn_span value(const char *oid, uint8_t tag, const char *content, size_t n,
			    uint8_t *room)
{
	uint8_t ber[SN_OID_MAX_BER];
	int len = sn_oid_from_text(oid, ber, sizeof(ber));

	ck_assert_int_gt(len, 0);
	return sn_scramble_value(&s, sn_span_make(ber, (size_t)len), tag, sn_span_make(content, n),
				 room);
}

START_TEST(names_and_serial_numbers_become_others_wherever_they_occur)
{
	uint8_t a[SN_SCRAMBLE_VALUE_MAX];
	uint8_t b[SN_SCRAMBLE_VALUE_MAX];
	struct sn_span sys = value("1.3.6.1.2.1.1.5.0", SN_TAG_OCTETS, "core1", 5, a);
	struct sn_span lldp = value("1.0.8802.1.1.2.1.4.1.1.9.0.1.1", SN_TAG_OCTETS, "core1", 5, b);
	static const char keep[] = "Linux core1";

	ck_assert(sn_span_eq(sys, lldp));
	ck_assert(!sn_span_eq(sys, sn_span_str("core1")));
	sys = value("1.3.6.1.2.1.47.1.1.1.1.11.5", SN_TAG_OCTETS, "FOC1234", 7, a);
	ck_assert_int_eq(memcmp(sys.p, "SN-", 3), 0);
	/* an empty one has nothing to hide, another object is none of ours */
	ck_assert_uint_eq(value("1.3.6.1.2.1.1.5.0", SN_TAG_OCTETS, "", 0, a).n, 0);
	sys = value("1.3.6.1.2.1.1.1.0", SN_TAG_OCTETS, keep, sizeof(keep) - 1, a);
	ck_assert(sn_span_eq(sys, sn_span_str(keep)));
}
END_TEST

START_TEST(addresses_in_values_keep_their_length_and_type)
{
	static const char mac[] = {0, 1, 2, 3, 4, 5};
	uint8_t a[SN_SCRAMBLE_VALUE_MAX];
	uint8_t b[SN_SCRAMBLE_VALUE_MAX];
	struct sn_span v = value("1.3.6.1.2.1.2.2.1.6.3", SN_TAG_OCTETS, mac, 6, a);
	struct sn_span w = value("1.0.8802.1.1.2.1.4.1.1.5.0.1.1", SN_TAG_OCTETS, mac, 6, b);

	ck_assert_uint_eq(v.n, 6);
	ck_assert(sn_span_eq(v, w));
	ck_assert_mem_ne(v.p, mac, 6);
	v = value("1.3.6.1.9.9.9", SN_TAG_IPADDRESS, "\x0a\x01\x02\x03", 4, a);
	ck_assert_uint_eq(v.n, 4);
	ck_assert_mem_ne(v.p, "\x0a\x01\x02\x03", 4);
	/* an engine's ID keeps its enterprise and its format */
	v = value("1.3.6.1.6.3.10.2.1.1.0", SN_TAG_OCTETS, "\x80\0\0\x09\x03\0\1\2\3\4\5", 11, a);
	ck_assert_uint_eq(v.n, 11);
	ck_assert_mem_eq(v.p, "\x80\0\0\x09\x03", 5);
	ck_assert_mem_ne(v.p + 5, "\0\1\2\3\4\5", 6);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {two_addresses_never_become_one,
				      addresses_with_a_meaning_and_netmasks_stay,
				      another_key_gives_other_addresses,
				      an_index_has_the_address_that_values_have,
				      an_index_that_is_no_address_stays,
				      names_and_serial_numbers_become_others_wherever_they_occur,
				      addresses_in_values_keep_their_length_and_type,
				      NULL};
	Suite *suite = suite_create("scramble");
	TCase *tc = tcase_create("scramble");

	tcase_add_checked_fixture(tc, setup, NULL);
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
