/*
 * Primitives against published values (FIPS 180-4, RFC 2202, RFC 4231, Net-SNMP's T020) and against
 * their definitions at every length. Behaviour of usm/crypto.h; ciphers are tested through priv.h.
 */
#include "usm/crypto.h"

#include "support/bytes.h"
#include "support/suite.h"

enum { LONGEST = 300 };

static const enum sn_auth_protocol hashes[] = {SN_AUTH_MD5,    SN_AUTH_SHA1,   SN_AUTH_SHA224,
					       SN_AUTH_SHA256, SN_AUTH_SHA384, SN_AUTH_SHA512};

enum { HASHES = sizeof(hashes) / sizeof(hashes[0]) };

/* The example messages of RFC 1321, FIPS 180-2 and its change notice: "abc", and a million "a". */
static const struct {
	enum sn_auth_protocol proto;
	const char *abc;
	const char *million;
} digests[] = {
	{SN_AUTH_MD5, "900150983cd24fb0d6963f7d28e17f72", "7707d6ae4e027c70eea2a935c2296f21"},
	{SN_AUTH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d",
	 "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
	{SN_AUTH_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
	 "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67"},
	{SN_AUTH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	{SN_AUTH_SHA384,
	 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	 "8086072ba1e7cc2358baeca134c825a7",
	 "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
	 "07b8b3dc38ecc4ebae97ddd87f3d8985"},
	{SN_AUTH_SHA512,
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	 "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
	 "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

/*
 * RFC 2202 §2 and §3, RFC 4231 §4: test cases 1 to 5; the others have keys longer than a block,
 * which no key of USM is. RFC 4231 prints only the first 16 octets of case 5.
 */
static const struct {
	enum sn_auth_protocol proto;
	int number;
	const char *mac;
} macs[] = {
	{SN_AUTH_MD5, 1, "9294727a3638bb1c13f48ef8158bfc9d"},
	{SN_AUTH_MD5, 2, "750c783e6ab0b503eaa86e310a5db738"},
	{SN_AUTH_MD5, 3, "56be34521d144c88dbb8c733f0e8b3f6"},
	{SN_AUTH_MD5, 4, "697eaf0aca3a3aea3a75164746ffaa79"},
	{SN_AUTH_MD5, 5, "56461ef2342edc00f9bab995690efd4c"},
	{SN_AUTH_SHA1, 1, "b617318655057264e28bc0b6fb378c8ef146be00"},
	{SN_AUTH_SHA1, 2, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	{SN_AUTH_SHA1, 3, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
	{SN_AUTH_SHA1, 4, "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
	{SN_AUTH_SHA1, 5, "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
	{SN_AUTH_SHA224, 1, "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"},
	{SN_AUTH_SHA224, 2, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"},
	{SN_AUTH_SHA224, 3, "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea"},
	{SN_AUTH_SHA224, 4, "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a"},
	{SN_AUTH_SHA224, 5, "0e2aea68a90c8d37c988bcdb9fca6fa8099cd857c7ec4a1815cac54c"},
	{SN_AUTH_SHA256, 1, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{SN_AUTH_SHA256, 2, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{SN_AUTH_SHA256, 3, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	{SN_AUTH_SHA256, 4, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
	{SN_AUTH_SHA256, 5, "a3b6167473100ee06e0c796c2955552bfa6f7c0a6a8aef8b93f860aab0cd20c5"},
	{SN_AUTH_SHA384, 1,
	 "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	 "faea9ea9076ede7f4af152e8b2fa9cb6"},
	{SN_AUTH_SHA384, 2,
	 "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	 "8e2240ca5e69e2c78b3239ecfab21649"},
	{SN_AUTH_SHA384, 3,
	 "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
	 "2a5ab39dc13814b94e3ab6e101a34f27"},
	{SN_AUTH_SHA384, 4,
	 "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
	 "6801dd23c4a7d679ccf8a386c674cffb"},
	{SN_AUTH_SHA384, 5,
	 "3abf34c3503b2a23a46efc619baef897f4c8e42c934ce55ccbae9740fcbc1af4"
	 "ca62269e2a37cd88ba926341efe4aeea"},
	{SN_AUTH_SHA512, 1,
	 "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	 "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
	{SN_AUTH_SHA512, 2,
	 "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	 "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	{SN_AUTH_SHA512, 3,
	 "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
	 "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
	{SN_AUTH_SHA512, 4,
	 "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
	 "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
	{SN_AUTH_SHA512, 5,
	 "415fad6271580a531d4179bc891d87a650188707922a4fbb36663a1eb16da008"
	 "711c5b50ddd0fc235084eb9d3364a1454fb2ef67cd1d29fe6773068ea266e96b"},
};

static struct sn_span filled(int octet, size_t n)
{
	uint8_t p[64];

	memset(p, octet, n);
	return bytes_copy(p, n);
}

static struct sn_span key_of(enum sn_auth_protocol proto, int number)
{
	size_t n = proto == SN_AUTH_MD5 ? 16 : 20;

	switch (number) {
	case 1:
		return filled(0x0b, n);
	case 2:
		return sn_span_str("Jefe");
	case 3:
		return filled(0xaa, n);
	case 4:
		return bytes_hex("0102030405060708090a0b0c0d0e0f10111213141516171819");
	default:
		return filled(0x0c, n);
	}
}

static struct sn_span message_of(int number)
{
	switch (number) {
	case 1:
		return sn_span_str("Hi There");
	case 2:
		return sn_span_str("what do ya want for nothing?");
	case 3:
		return filled(0xdd, 50);
	case 4:
		return filled(0xcd, 50);
	default:
		return sn_span_str("Test With Truncation");
	}
}

static void hmac(enum sn_auth_protocol proto, struct sn_span key, struct sn_span message,
		 uint8_t *digest)
{
	struct sn_hmac h;

	sn_crypto_hmac_prepare(proto, key, &h);
	sn_crypto_hmac(proto, &h, &message, 1, digest);
}

START_TEST(hashes_of_the_standards_examples)
{
	for (size_t i = 0; i < HASHES; i++) {
		size_t n = sn_auth_info(digests[i].proto)->digest;
		struct sn_span parts[] = {sn_span_str("a"), sn_span_str(""), sn_span_str("bc")};
		uint8_t digest[SN_AUTH_KEY_MAX];

		sn_crypto_hash(digests[i].proto, parts, 3, digest);
		ck_assert_mem_eq(digest, bytes_hex(digests[i].abc).p, n);
		sn_crypto_hash_repeated(digests[i].proto, parts[0], 1000000, digest);
		ck_assert_mem_eq(digest, bytes_hex(digests[i].million).p, n);
	}
}
END_TEST

START_TEST(macs_of_the_standards_examples)
{
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		enum sn_auth_protocol proto = macs[i].proto;
		struct sn_span expected = bytes_hex(macs[i].mac);
		uint8_t digest[SN_AUTH_KEY_MAX];

		ck_assert_uint_eq(expected.n, sn_auth_info(proto)->digest);
		hmac(proto, key_of(proto, macs[i].number), message_of(macs[i].number), digest);
		ck_assert_mem_eq(digest, expected.p, expected.n);
	}
}
END_TEST

/* Net-SNMP, testing/fulltests/unit-tests T020: HMAC over "wes hardaker" with a key of digits 5. */
START_TEST(macs_of_net_snmps_own_test)
{
	uint8_t digest[SN_AUTH_KEY_MAX];

	hmac(SN_AUTH_SHA1, filled('5', 20), sn_span_str("wes hardaker"), digest);
	ck_assert_mem_eq(digest, bytes_hex("4a552f65793a49353791511da08c7a455034d423").p, 20);
	hmac(SN_AUTH_MD5, filled('5', 16), sn_span_str("wes hardaker"), digest);
	ck_assert_mem_eq(digest, bytes_hex("e592fa4b06e627d7c818fa7ad082eb66").p, 16);
}
END_TEST

/* RFC 2104 §2 word by word: H(K xor opad, H(K xor ipad, text)). */
static void hmac_by_definition(enum sn_auth_protocol proto, struct sn_span key,
			       struct sn_span message, uint8_t *digest)
{
	size_t block = sn_auth_info(proto)->block;
	uint8_t inner[128];
	uint8_t outer[128];
	struct sn_span parts[2];

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < key.n; i++) {
		inner[i] ^= key.p[i];
		outer[i] ^= key.p[i];
	}
	parts[0] = sn_span_make(inner, block);
	parts[1] = message;
	sn_crypto_hash(proto, parts, 2, digest);
	parts[0] = sn_span_make(outer, block);
	parts[1] = sn_span_make(digest, sn_auth_info(proto)->digest);
	sn_crypto_hash(proto, parts, 2, digest);
}

START_TEST(a_mac_from_saved_states_is_the_defined_one_at_every_length)
{
	uint8_t message[LONGEST];

	for (size_t i = 0; i < sizeof(message); i++) {
		message[i] = (uint8_t)(i * 7);
	}
	for (size_t i = 0; i < HASHES; i++) {
		size_t digest_n = sn_auth_info(hashes[i])->digest;
		struct sn_span key = filled(0x5a, digest_n);

		for (size_t n = 0; n <= LONGEST; n++) {
			uint8_t expected[SN_AUTH_KEY_MAX];
			uint8_t digest[SN_AUTH_KEY_MAX];

			hmac_by_definition(hashes[i], key, sn_span_make(message, n), expected);
			hmac(hashes[i], key, sn_span_make(message, n), digest);
			suite_expect(memcmp(digest, expected, digest_n) == 0);
		}
		bytes_free_all();
	}
}
END_TEST

START_TEST(where_a_message_is_cut_into_parts_does_not_matter)
{
	uint8_t message[LONGEST] = {1, 2, 3};

	for (size_t i = 0; i < HASHES; i++) {
		size_t digest_n = sn_auth_info(hashes[i])->digest;
		uint8_t expected[SN_AUTH_KEY_MAX];
		struct sn_hmac h;

		sn_crypto_hmac_prepare(hashes[i], sn_span_str("key"), &h);
		hmac(hashes[i], sn_span_str("key"), sn_span_make(message, LONGEST), expected);
		for (size_t cut = 0; cut + 12 <= LONGEST; cut++) {
			struct sn_span parts[] = {
				sn_span_make(message, cut), sn_span_make(message + cut, 12),
				sn_span_make(message + cut + 12, LONGEST - cut - 12)};
			uint8_t digest[SN_AUTH_KEY_MAX];

			sn_crypto_hmac(hashes[i], &h, parts, 3, digest);
			suite_expect(memcmp(digest, expected, digest_n) == 0);
		}
	}
}
END_TEST

/* Lengths around every way a pattern is tiled: whole blocks, whole patterns, not at all. */
START_TEST(a_repeated_pattern_of_any_length_is_hashed_as_if_written_out)
{
	static const size_t lengths[] = {1,    2,    3,	    8,	   63,	 64,   65,
					 127,  500,  512,   2047,  2048, 2049, 4095,
					 4096, 4097, 10006, 10007, 20000};
	enum { TOTAL = 10007 };
	static uint8_t whole[TOTAL];
	static uint8_t pattern[20000];

	for (size_t i = 0; i < sizeof(pattern); i++) {
		pattern[i] = (uint8_t)(i * i >> 3);
	}
	for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
		struct sn_span part = sn_span_make(whole, TOTAL);

		for (size_t i = 0; i < TOTAL; i++) {
			whole[i] = pattern[i % lengths[k]];
		}
		for (size_t i = 0; i < HASHES; i++) {
			uint8_t expected[SN_AUTH_KEY_MAX];
			uint8_t digest[SN_AUTH_KEY_MAX];

			sn_crypto_hash(hashes[i], &part, 1, expected);
			sn_crypto_hash_repeated(hashes[i], bytes_copy(pattern, lengths[k]), TOTAL,
						digest);
			suite_expect(memcmp(digest, expected, sn_auth_info(hashes[i])->digest) ==
				     0);
		}
	}
}
END_TEST

START_TEST(comparison_sees_a_difference_in_any_octet)
{
	uint8_t a[SN_AUTH_MAC_MAX] = {0};
	uint8_t b[SN_AUTH_MAC_MAX] = {0};

	ck_assert(sn_crypto_same(a, b, sizeof(a)));
	for (size_t i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1U << i % 8);
		ck_assert(!sn_crypto_same(a, b, sizeof(a)));
		b[i / 8] = 0;
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {hashes_of_the_standards_examples,
				      macs_of_the_standards_examples,
				      macs_of_net_snmps_own_test,
				      a_mac_from_saved_states_is_the_defined_one_at_every_length,
				      where_a_message_is_cut_into_parts_does_not_matter,
				      a_repeated_pattern_of_any_length_is_hashed_as_if_written_out,
				      comparison_sees_a_difference_in_any_octet,
				      NULL};

	return suite_run_tests("crypto", tests, 0);
}
