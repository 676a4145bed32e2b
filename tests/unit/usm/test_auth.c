/*
 * From passwords to localized keys and MACs: the vectors of RFC 3414 A.3 and A.5, values that other
 * implementations publish for RFC 7860 (which has none), captured packets, and what a MAC must be
 * refused for. Behaviour of usm/auth.h.
 */
#include "usm/auth.h"

#include "support/bytes.h"
#include "support/suite.h"

/* snmpEngineID of RFC 3414 A.3. */
#define ENGINE_ID "000000000000000000000002"

/* One password at that engine. ku: NULL where nobody publishes it. */
struct vector {
	enum sn_auth_protocol proto;
	const char *password;
	const char *ku;
	const char *kul;
};

static const struct vector vectors[] = {
	/* RFC 3414 A.3.1, A.3.2 */
	{SN_AUTH_MD5, "maplesyrup", "9faf3283884e92834ebc9847d8edd963",
	 "526f5eed9fcce26f8964c2930787d82b"},
	{SN_AUTH_SHA1, "maplesyrup", "9fb5cc0381497b3793528939ff788d5d79145211",
	 "6695febc9288e36282235fc7151f128497b38f3f"},
	/* RFC 3414 A.5.1, A.5.2 */
	{SN_AUTH_MD5, "newsyrup", "01add273107c4e596b4b00f82b1d42a7",
	 "87021d7bd9d101ba05ea6e3bf9d9bd4a"},
	{SN_AUTH_SHA1, "newsyrup", "3a51a6d736aa347b83dc4a87e3e55ee4d698ac71",
	 "78e2dcce79d59403b58c1bbaa5bff46391f1cd25"},
	/* python-snmp, test/security/usm/auth.py; SHA-256 also async-snmp, tests/kat.rs */
	{SN_AUTH_SHA224, "maplesyrup", NULL,
	 "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674"},
	{SN_AUTH_SHA256, "maplesyrup", NULL,
	 "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b"},
	{SN_AUTH_SHA384, "maplesyrup", NULL,
	 "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f0455a53689a3937eea0"
	 "7319a633d2ccba78"},
	{SN_AUTH_SHA512, "maplesyrup", NULL,
	 "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099ad1ea87a8db09671"
	 "4d9788bd544047c9021e4229ce27e4c0a69250adfcffbb0b"},
};

/* python-snmp, test/security/usm/auth.py: the MAC of a message that is nothing but the MAC's zeros,
 * under the localized key of maplesyrup. */
static const struct {
	enum sn_auth_protocol proto;
	const char *mac;
} zero_macs[] = {
	{SN_AUTH_MD5, "075f47b15795d11577df5819"},
	{SN_AUTH_SHA1, "60e38c0e8de18fe2b417fc4d"},
	{SN_AUTH_SHA224, "1d6f2bfed5dc449412ec4201727fd041"},
	{SN_AUTH_SHA256, "428bf96e69985ff63e871d0102530b44df57638099358f54"},
	{SN_AUTH_SHA384, "17c59bc6903de9a7eebb97a66ff2371b8d772a59951f8196c2542a197507b3af"},
	{SN_AUTH_SHA512,
	 "63119e454a1382fab690e034b63b599a4d5c1a40c0c6fb0e2dcb10c76c454e2914845a89a1cdb7424af5c7"
	 "0711c3b9f4"},
};

/* gosnmp, v3_usm_test.go: a Net-SNMP agent's users with password authkey1, a key and a whole packet
 * each. mac: where the MAC begins. */
static const struct {
	enum sn_auth_protocol proto;
	const char *kul;
	size_t mac;
	const char *packet;
} packets[] = {
	{SN_AUTH_SHA224, "f2a2ebaa9677ad286255596286ca4fb7ec22f52405cb0aac334c5f15", 69,
	 "308184020103300e02025f84020205c0040105020103043f303d040e80004fb805636c6f75644dab22cc"
	 "02012b0203203ea5040f7573722d7368613232342d6e6f6e65041066cd2d9b04cd48b02a9df0c77dc341"
	 "5d0400302e040e80004fb805636c6f75644dab22cc0400a01a02023ced020100020100300e300c06082b"
	 "060102010101000500"},
	{SN_AUTH_SHA512,
	 "c336e5e6396926813d623984610e8f0cd7f419da75c82ac50927c84fd92027f7cdd849ce983036dca67b"
	 "fb1e8fde2a8c2d45cd2f0d3e0b0b929f7dda462a58cf",
	 69,
	 "3081a4020103300e0202366e020205c0040105020103045f305d040e80004fb805636c6f75644dab22cc"
	 "02012b0203203eea040f7573722d7368613531322d6e6f6e65043026f8087ced336a394642b8698eba98"
	 "10929a9bfa44afbf43975a7ad6c4cc55bd279b549a77ec56d791467612747d6f570400302e040e80004f"
	 "b805636c6f75644dab22cc0400a01a020214d9020100020100300e300c06082b06010201010100050"
	 "0"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void localized(enum sn_auth_protocol proto, const char *password, const char *engine_id,
		      uint8_t *kul)
{
	ck_assert_int_eq(sn_auth_password_to_key(proto, sn_span_str(password), kul), SN_OK);
	sn_auth_localize(proto, kul, bytes_hex(engine_id), kul);
}

static struct sn_hmac prepared(enum sn_auth_protocol proto)
{
	uint8_t kul[SN_AUTH_KEY_MAX];
	struct sn_hmac hmac;

	localized(proto, "maplesyrup", ENGINE_ID, kul);
	sn_auth_prepare(proto, kul, &hmac);
	return hmac;
}

START_TEST(passwords_become_the_published_keys)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		size_t n = sn_auth_info(v->proto)->digest;
		uint8_t ku[SN_AUTH_KEY_MAX];
		uint8_t kul[SN_AUTH_KEY_MAX];

		ck_assert_int_eq(sn_auth_password_to_key(v->proto, sn_span_str(v->password), ku),
				 SN_OK);
		if (v->ku) {
			ck_assert_mem_eq(ku, bytes_hex(v->ku).p, n);
		}
		sn_auth_localize(v->proto, ku, bytes_hex(ENGINE_ID), kul);
		ck_assert_uint_eq(bytes_hex(v->kul).n, n);
		ck_assert_mem_eq(kul, bytes_hex(v->kul).p, n);
		sn_auth_localize(v->proto, ku, bytes_hex(ENGINE_ID), ku);
		ck_assert_mem_eq(ku, kul, n);
	}
}
END_TEST

/* RFC 3414 A.2 without any cleverness: one octet of the password after the other. */
START_TEST(any_length_of_password_from_one_octet_on_is_taken)
{
	static const size_t lengths[] = {1, 7, 8, 64, 65, 4097, 1048575, 1048576, 1048577};
	static uint8_t password[1048577];
	static uint8_t whole[1048576];

	for (size_t i = 0; i < sizeof(password); i++) {
		password[i] = (uint8_t)(i * i >> 5);
	}
	for (size_t k = 0; k < COUNT(lengths); k++) {
		uint8_t ku[SN_AUTH_KEY_MAX];
		uint8_t kul[SN_AUTH_KEY_MAX];
		uint8_t expected[SN_AUTH_KEY_MAX];

		for (size_t i = 0; i < sizeof(whole); i++) {
			whole[i] = password[i % lengths[k]];
		}
		ck_assert_int_eq(sn_auth_password_to_key(SN_AUTH_SHA1,
							 sn_span_make(password, lengths[k]), ku),
				 SN_OK);
		/* a "password" of a whole mebibyte is hashed as it is */
		ck_assert_int_eq(sn_auth_password_to_key(SN_AUTH_SHA1,
							 sn_span_make(whole, sizeof(whole)),
							 expected),
				 SN_OK);
		ck_assert_mem_eq(ku, expected, 20);
		sn_auth_localize(SN_AUTH_SHA1, ku, sn_span_make(NULL, 0), kul);
		ck_assert_mem_ne(ku, kul, 20);
	}
}
END_TEST

START_TEST(an_empty_password_and_no_protocol_give_no_key)
{
	uint8_t ku[SN_AUTH_KEY_MAX] = {0};
	uint8_t zero[SN_AUTH_KEY_MAX] = {0};

	ck_assert_int_eq(sn_auth_password_to_key(SN_AUTH_SHA1, sn_span_str(""), ku), SN_EINVAL);
	ck_assert_int_eq(sn_auth_password_to_key(SN_AUTH_NONE, sn_span_str("maplesyrup"), ku),
			 SN_EINVAL);
	ck_assert_mem_eq(ku, zero, sizeof(ku));
}
END_TEST

START_TEST(a_message_of_zeros_gets_the_published_mac)
{
	for (size_t i = 0; i < COUNT(zero_macs); i++) {
		enum sn_auth_protocol proto = zero_macs[i].proto;
		struct sn_span expected = bytes_hex(zero_macs[i].mac);
		struct sn_hmac hmac = prepared(proto);
		/* what is there before does not count */
		uint8_t message[SN_AUTH_MAC_MAX] = "anything";

		ck_assert_uint_eq(expected.n, sn_auth_info(proto)->mac);
		sn_auth_sign(proto, &hmac, sn_span_make(message, expected.n), message);
		ck_assert_mem_eq(message, expected.p, expected.n);
	}
}
END_TEST

START_TEST(captured_packets_are_authentic_until_a_bit_changes)
{
	for (size_t i = 0; i < COUNT(packets); i++) {
		enum sn_auth_protocol proto = packets[i].proto;
		struct sn_span whole = bytes_hex(packets[i].packet);
		struct sn_span mac =
			sn_span_make(whole.p + packets[i].mac, sn_auth_info(proto)->mac);
		uint8_t kul[SN_AUTH_KEY_MAX];
		struct sn_hmac hmac;

		localized(proto, "authkey1", "80004fb805636c6f75644dab22cc", kul);
		ck_assert_mem_eq(kul, bytes_hex(packets[i].kul).p, sn_auth_info(proto)->digest);
		sn_auth_prepare(proto, kul, &hmac);
		ck_assert_int_eq(sn_auth_check(proto, &hmac, whole, mac), SN_OK);
		for (size_t bit = 0; bit < 8 * whole.n; bit++) {
			uint8_t changed[256];

			memcpy(changed, whole.p, whole.n);
			changed[bit / 8] ^= (uint8_t)(1U << bit % 8);
			mac.p = changed + packets[i].mac;
			suite_expect(sn_auth_check(proto, &hmac, sn_span_make(changed, whole.n),
						   mac) == SN_EDIGEST);
		}
	}
}
END_TEST

/* At the front, in the middle, at the end, and nothing else of the message changes. */
START_TEST(what_was_signed_checks_wherever_the_mac_is)
{
	for (int p = SN_AUTH_MD5; p < SN_AUTH_COUNT; p++) {
		enum sn_auth_protocol proto = (enum sn_auth_protocol)p;
		size_t mac_n = sn_auth_info(proto)->mac;
		struct sn_hmac hmac = prepared(proto);

		for (size_t at = 0; at + mac_n <= 200; at++) {
			uint8_t message[200];
			uint8_t before[200];
			struct sn_span whole = sn_span_make(message, sizeof(message));

			memset(message, 0xa5, sizeof(message));
			memcpy(before, message, sizeof(before));
			sn_auth_sign(proto, &hmac, whole, message + at);
			suite_expect(memcmp(message, before, at) == 0);
			suite_expect(memcmp(message + at, before + at, mac_n) != 0);
			suite_expect(memcmp(message + at + mac_n, before + at + mac_n,
					    sizeof(message) - at - mac_n) == 0);
			memcpy(before, message, sizeof(before));
			suite_expect(sn_auth_check(proto, &hmac, whole,
						   sn_span_make(message + at, mac_n)) == SN_OK);
			suite_expect(memcmp(message, before, sizeof(before)) == 0);
		}
	}
}
END_TEST

/* A right MAC that is cut short would let one in 256 guesses through at one octet, all at none. */
START_TEST(a_mac_of_any_other_length_is_refused)
{
	for (int p = SN_AUTH_MD5; p < SN_AUTH_COUNT; p++) {
		enum sn_auth_protocol proto = (enum sn_auth_protocol)p;
		size_t mac_n = sn_auth_info(proto)->mac;
		struct sn_hmac hmac = prepared(proto);
		uint8_t message[200] = {0};
		struct sn_span whole = sn_span_make(message, sizeof(message));

		sn_auth_sign(proto, &hmac, whole, message + 60);
		for (size_t n = 0; n <= SN_AUTH_KEY_MAX; n++) {
			ck_assert_int_eq(sn_auth_check(proto, &hmac, whole,
						       sn_span_make(message + 60, n)),
					 n == mac_n ? SN_OK : SN_EDIGEST);
		}
		ck_assert_int_eq(sn_auth_check(proto, &hmac, whole, sn_span_make(NULL, 0)),
				 SN_EDIGEST);
	}
}
END_TEST

START_TEST(without_a_protocol_nothing_is_authentic)
{
	struct sn_hmac hmac = {.inner = {0}};
	uint8_t message[32] = {0};
	struct sn_span whole = sn_span_make(message, sizeof(message));

	ck_assert_int_eq(sn_auth_check(SN_AUTH_NONE, &hmac, whole, sn_span_make(message, 0)),
			 SN_EDIGEST);
	ck_assert_int_eq(sn_auth_check(SN_AUTH_NONE, &hmac, whole, sn_span_make(message, 12)),
			 SN_EDIGEST);
}
END_TEST

START_TEST(the_key_of_another_engine_or_user_does_not_fit)
{
	struct sn_hmac hmac = prepared(SN_AUTH_SHA1);
	struct sn_hmac other;
	uint8_t kul[SN_AUTH_KEY_MAX];
	uint8_t message[100] = {0};
	struct sn_span whole = sn_span_make(message, sizeof(message));
	struct sn_span mac = sn_span_make(message + 40, 12);

	sn_auth_sign(SN_AUTH_SHA1, &hmac, whole, message + 40);
	ck_assert_int_eq(sn_auth_check(SN_AUTH_SHA1, &hmac, whole, mac), SN_OK);
	localized(SN_AUTH_SHA1, "maplesyrup", "000000000000000000000003", kul);
	sn_auth_prepare(SN_AUTH_SHA1, kul, &other);
	ck_assert_int_eq(sn_auth_check(SN_AUTH_SHA1, &other, whole, mac), SN_EDIGEST);
	localized(SN_AUTH_SHA1, "maplesyruq", ENGINE_ID, kul);
	sn_auth_prepare(SN_AUTH_SHA1, kul, &other);
	ck_assert_int_eq(sn_auth_check(SN_AUTH_SHA1, &other, whole, mac), SN_EDIGEST);
	/* same length of MAC, other hash */
	other = prepared(SN_AUTH_MD5);
	ck_assert_int_eq(sn_auth_check(SN_AUTH_MD5, &other, whole, mac), SN_EDIGEST);
}
END_TEST

/* Lengths of MACs: RFC 3414 §6.1 and §7.1, RFC 7860 §4.1. */
START_TEST(the_table_has_the_lengths_of_the_standards)
{
	static const struct {
		const char *name;
		int digest;
		int mac;
	} rows[SN_AUTH_COUNT] = {{"none", 0, 0},     {"MD5", 16, 12},	 {"SHA", 20, 12},
				 {"SHA224", 28, 16}, {"SHA256", 32, 24}, {"SHA384", 48, 32},
				 {"SHA512", 64, 48}};

	for (int p = 0; p < SN_AUTH_COUNT; p++) {
		const struct sn_auth_info *info = sn_auth_info((enum sn_auth_protocol)p);

		ck_assert_str_eq(info->name, rows[p].name);
		ck_assert_int_eq(info->digest, rows[p].digest);
		ck_assert_int_eq(info->mac, rows[p].mac);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {passwords_become_the_published_keys,
				      any_length_of_password_from_one_octet_on_is_taken,
				      an_empty_password_and_no_protocol_give_no_key,
				      a_message_of_zeros_gets_the_published_mac,
				      captured_packets_are_authentic_until_a_bit_changes,
				      what_was_signed_checks_wherever_the_mac_is,
				      a_mac_of_any_other_length_is_refused,
				      without_a_protocol_nothing_is_authentic,
				      the_key_of_another_engine_or_user_does_not_fit,
				      the_table_has_the_lengths_of_the_standards,
				      NULL};

	return suite_run_tests("auth", tests, 0);
}
