/*
 * Blocks of addresses: read, written, sorted, and the smallest one around an address, compared with
 * trying all of them. Behaviour of base/prefix.h.
 */
#include "base/prefix.h"
#include "base/rng.h"

#include "support/suite.h"

#include <stdlib.h>

START_TEST(reads_and_writes_prefixes)
{
	static const char *const texts[] = {"10.0.0.0/8",      "0.0.0.0/0", "192.0.2.1/32",
					    "192.0.2.128/25",  "::/0",	    "2001:db8::/32",
					    "2001:db8::1/128", "fe80::/10"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[SN_PREFIX_TEXT_MAX];
		struct sn_prefix p;
		bool exact = false;

		ck_assert_int_eq(sn_prefix_parse(&p, texts[i], &exact), SN_OK);
		ck_assert(exact);
		ck_assert_str_eq(sn_prefix_format(&p, text, sizeof(text)), texts[i]);
	}
}
END_TEST

START_TEST(clears_bits_beyond_the_length_and_says_so)
{
	static const char *const texts[][2] = {{"10.1.0.0/8", "10.0.0.0/8"},
					       {"192.0.2.129/25", "192.0.2.128/25"},
					       {"1.0.0.0/0", "0.0.0.0/0"},
					       {"2001:db8::1/127", "2001:db8::/127"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[SN_PREFIX_TEXT_MAX];
		struct sn_prefix p;
		bool exact = true;

		ck_assert_int_eq(sn_prefix_parse(&p, texts[i][0], &exact), SN_OK);
		ck_assert(!exact);
		ck_assert_str_eq(sn_prefix_format(&p, text, sizeof(text)), texts[i][1]);
	}
}
END_TEST

START_TEST(refuses_what_is_no_prefix)
{
	static const char *const texts[] = {
		"",
		"/",
		"10.0.0.0",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0/8",
		"10.0.0.0/8x",
		"10.0.0.0/ 8",
		"10.0.0.0/-1",
		"10.0.0.0/+1",
		"::/129",
		"host/8",
		"[2001::]/16",
		"/8",
		"10.0.0.0/8/8",
		"fe80::%1/64",
		"10.0.0.0/18446744073709551624",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/8"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sn_prefix p;
		bool exact;

		ck_assert_msg(sn_prefix_parse(&p, texts[i], &exact) == SN_EINVAL, "%s", texts[i]);
	}
}
END_TEST

/* An entry of a table, larger than the prefix. */
struct entry {
	struct sn_prefix prefix;
	uint32_t number;
};

static int by_prefix(const void *a, const void *b)
{
	return sn_prefix_order(&((const struct entry *)a)->prefix,
			       &((const struct entry *)b)->prefix);
}

static void make_table(struct entry *v, uint32_t n, const char *const *texts)
{
	for (uint32_t i = 0; i < n; i++) {
		bool exact;

		ck_assert_int_eq(sn_prefix_parse(&v[i].prefix, texts[i], &exact), SN_OK);
		v[i].number = i;
	}
	qsort(v, n, sizeof(*v), by_prefix);
	sn_prefix_link(v, n, sizeof(*v));
}

static int64_t number_of(const struct entry *v, uint32_t n, const char *text)
{
	struct sn_addr addr;
	int64_t i;

	ck_assert_int_eq(sn_addr_parse(&addr, text, 161), SN_OK);
	i = sn_prefix_find(v, n, sizeof(*v), &addr);
	return i < 0 ? i : (int64_t)v[i].number;
}

START_TEST(the_smallest_block_around_an_address_is_found)
{
	static const char *const texts[] = {"10.0.0.0/8",      "10.1.0.0/16",  "10.1.2.0/24",
					    "10.1.2.3/32",     "192.0.2.0/24", "2001:db8::/32",
					    "2001:db8:1::/48", "::/0"};
	struct entry v[8];
	const struct sn_addr none = {0};

	make_table(v, 8, texts);
	ck_assert_int_eq(number_of(v, 8, "10.0.0.0"), 0);
	ck_assert_int_eq(number_of(v, 8, "10.255.255.255"), 0);
	ck_assert_int_eq(number_of(v, 8, "10.1.1.9"), 1);
	ck_assert_int_eq(number_of(v, 8, "10.1.3.0"), 1);
	ck_assert_int_eq(number_of(v, 8, "10.1.2.2"), 2);
	ck_assert_int_eq(number_of(v, 8, "10.1.2.3"), 3);
	ck_assert_int_eq(number_of(v, 8, "10.1.2.4"), 2);
	ck_assert_int_eq(number_of(v, 8, "192.0.2.77"), 4);
	ck_assert_int_eq(number_of(v, 8, "9.255.255.255"), -1);
	ck_assert_int_eq(number_of(v, 8, "192.0.3.0"), -1);
	ck_assert_int_eq(number_of(v, 8, "2001:db8::1"), 5);
	ck_assert_int_eq(number_of(v, 8, "2001:db8:1::1"), 6);
	ck_assert_int_eq(number_of(v, 8, "2001:db8:2::1"), 5);
	ck_assert_int_eq(number_of(v, 8, "::1"), 7);
	ck_assert_int_eq(number_of(v, 8, "::ffff:10.0.0.1"), 7);
	ck_assert_int_eq(sn_prefix_find(v, 8, sizeof(*v), &none), -1);
	ck_assert_int_eq(sn_prefix_find(NULL, 0, sizeof(*v), &none), -1);
}
END_TEST

/* Whether p has addr, bit by bit. */
static bool has(const struct sn_prefix *p, const struct sn_addr *addr)
{
	const uint8_t *a = (const uint8_t *)&addr->in.sin_addr;

	for (unsigned i = 0; i < p->bits; i++) {
		if ((p->key[1 + i / 8] ^ a[i / 8]) & (0x80u >> i % 8)) {
			return false;
		}
	}
	return true;
}

START_TEST(random_tables_find_what_trying_all_finds)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 3);
	for (int round = 0; round < 300; round++) {
		struct entry v[60] = {0};
		uint32_t n = 0;

		for (int i = 0; i < 60; i++) {
			char text[64];
			bool exact;

			/* few different octets, so that many lie in each other */
			snprintf(text, sizeof(text), "%u.%u.%u.0/%u",
				 (unsigned)sn_rng_u64(&rng) % 2, (unsigned)sn_rng_u64(&rng) % 3,
				 (unsigned)sn_rng_u64(&rng) % 4 * 64,
				 (unsigned)sn_rng_u64(&rng) % 33);
			ck_assert_int_eq(sn_prefix_parse(&v[n].prefix, text, &exact), SN_OK);
			for (uint32_t k = 0; k <= n; k++) {
				if (k == n) {
					n++;
					break;
				}
				if (sn_prefix_order(&v[k].prefix, &v[n].prefix) == 0) {
					break;
				}
			}
		}
		qsort(v, n, sizeof(*v), by_prefix);
		sn_prefix_link(v, n, sizeof(*v));
		for (int i = 0; i < 200; i++) {
			struct sn_addr addr = {.in.sin_family = AF_INET};
			int64_t best = -1;
			uint8_t octets[4] = {(uint8_t)(sn_rng_u64(&rng) % 3),
					     (uint8_t)(sn_rng_u64(&rng) % 4),
					     (uint8_t)(sn_rng_u64(&rng) % 8 * 32),
					     (uint8_t)(sn_rng_u64(&rng) % 2)};

			memcpy(&addr.in.sin_addr, octets, 4);
			for (uint32_t k = 0; k < n; k++) {
				if (has(&v[k].prefix, &addr) &&
				    (best < 0 || v[k].prefix.bits > v[best].prefix.bits)) {
					best = k;
				}
			}
			suite_expect(sn_prefix_find(v, n, sizeof(*v), &addr) == best);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_and_writes_prefixes,
				      clears_bits_beyond_the_length_and_says_so,
				      refuses_what_is_no_prefix,
				      the_smallest_block_around_an_address_is_found,
				      random_tables_find_what_trying_all_finds,
				      NULL};

	return suite_run_tests("prefix", tests, 30);
}
