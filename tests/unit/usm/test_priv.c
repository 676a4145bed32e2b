/*
 * Ciphers of USM against NIST SP 800-38A, FIPS 81, NIST SP 800-67 and SSLeay's values, lengths that
 * are no whole blocks, IVs, salts, and both ways to lengthen a key. Behaviour of usm/priv.h.
 */
#include "usm/priv.h"

#include "support/bytes.h"
#include "support/suite.h"

#define ENGINE_ID "000000000000000000000002"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { LONGEST = 200 };

/*
 * NIST SP 800-38A F.3.13 to F.3.18, CFB128. The IV of its examples is 00 01 .. 0f, which as boots,
 * time and salt reads:
 */
enum { NIST_BOOTS = 0x00010203, NIST_TIME = 0x04050607 };
static const uint8_t nist_salt[SN_PRIV_SALT] = {8, 9, 10, 11, 12, 13, 14, 15};
static const char nist_plain[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
				 "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

static const struct {
	enum sn_priv_protocol proto;
	const char *key;
	const char *cipher;
} nist[] = {
	{SN_PRIV_AES128, "2b7e151628aed2a6abf7158809cf4f3c",
	 "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
	 "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6"},
	{SN_PRIV_AES192, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	 "cdc80d6fddf18cab34c25909c99a417467ce7f7f81173621961a2b70171d3d7a"
	 "2e1e8a1dd59b88b1c8e60fed1efac4c9c05f9f9ca9834fa042ae8fba584b09ff"},
	{SN_PRIV_AES192C, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	 "cdc80d6fddf18cab34c25909c99a417467ce7f7f81173621961a2b70171d3d7a"
	 "2e1e8a1dd59b88b1c8e60fed1efac4c9c05f9f9ca9834fa042ae8fba584b09ff"},
	{SN_PRIV_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	 "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
	 "df10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471"},
	{SN_PRIV_AES256C, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	 "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
	 "df10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471"},
};

static struct sn_cipher cipher(enum sn_priv_protocol proto, struct sn_span key)
{
	struct sn_cipher c;

	ck_assert_uint_eq(key.n, sn_priv_info(proto)->key);
	ck_assert_int_eq(sn_priv_init(&c, proto, key.p), SN_OK);
	return c;
}

/* Into a block of exactly the room that the interface asks for. */
static uint8_t *decrypted(const struct sn_cipher *c, uint32_t boots, uint32_t time,
			  const uint8_t *salt, struct sn_span in)
{
	uint8_t *out = malloc(in.n + 16);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(sn_priv_decrypt(c, boots, time, sn_span_make(salt, SN_PRIV_SALT), in, out),
			 SN_OK);
	return out;
}

/* CFB: the first n octets encrypt to the first n octets, whatever n. */
START_TEST(aes_gives_nists_values_at_every_length)
{
	struct sn_span plain = bytes_hex(nist_plain);

	for (size_t i = 0; i < COUNT(nist); i++) {
		struct sn_span secret = bytes_hex(nist[i].cipher);
		struct sn_cipher c = cipher(nist[i].proto, bytes_hex(nist[i].key));

		for (size_t n = 1; n <= plain.n; n++) {
			struct sn_span in = bytes_copy(secret.p, n);
			uint8_t *p = malloc(n);
			uint8_t *out = decrypted(&c, NIST_BOOTS, NIST_TIME, nist_salt, in);

			suite_expect(p);
			suite_expect(memcmp(out, plain.p, n) == 0);
			suite_expect(memcmp(in.p, secret.p, n) == 0);
			memcpy(p, plain.p, n);
			suite_expect(sn_priv_size(nist[i].proto, n) == n);
			sn_priv_encrypt(&c, NIST_BOOTS, NIST_TIME, nist_salt, p, n);
			suite_expect(memcmp(p, secret.p, n) == 0);
			free(out);
			free(p);
		}
		sn_priv_fini(&c);
	}
}
END_TEST

/* FIPS 81, table C1: key, IV, and "Now is the time for all " in CBC mode. */
START_TEST(des_gives_the_value_of_fips_81)
{
	static const char text[] = "Now is the time for all ";
	/* the IV of the example is pre-IV xor salt: the message can carry any part of it */
	struct sn_cipher c = cipher(SN_PRIV_DES, bytes_hex("0123456789abcdef 1234567800000000"));
	struct sn_span salt = bytes_hex("0000000090abcdef");
	struct sn_span secret = bytes_hex("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6");
	uint8_t *p = malloc(24);
	uint8_t *out = decrypted(&c, 1, 2, salt.p, secret);

	ck_assert_ptr_nonnull(p);
	memcpy(p, text, 24);
	sn_priv_encrypt(&c, 1, 2, salt.p, p, 24);
	ck_assert_mem_eq(p, secret.p, 24);
	ck_assert_mem_eq(out, text, 24);
	free(p);
	free(out);
	sn_priv_fini(&c);
}
END_TEST

/* SSLeay's destest.c: DES-EDE3-CBC, four blocks. */
START_TEST(triple_des_gives_the_value_of_ssleay)
{
	struct sn_cipher c = cipher(SN_PRIV_3DES, bytes_hex("0123456789abcdeff1e0d3c2b5a49786"
							    "fedcba98765432100000000000000000"));
	struct sn_span salt = bytes_hex("fedcba9876543210");
	struct sn_span plain = bytes_hex("37363534333231204e6f77206973207468652074696d6520"
					 "666f722000000000");
	struct sn_span secret = bytes_hex("3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d4"
					  "1c673812cfde9675");
	uint8_t p[32];
	uint8_t *out = decrypted(&c, 0, 0, salt.p, secret);

	/* without its four zeros at the end: those are the padding */
	memset(p, 0xff, sizeof(p));
	memcpy(p, plain.p, 28);
	ck_assert_uint_eq(sn_priv_size(SN_PRIV_3DES, 28), 32);
	sn_priv_encrypt(&c, 0, 0, salt.p, p, 28);
	ck_assert_mem_eq(p, secret.p, 32);
	ck_assert_mem_eq(out, plain.p, 32);
	free(out);
	sn_priv_fini(&c);
}
END_TEST

/* NIST SP 800-67, appendix B: three blocks in ECB mode, which is CBC with one block and IV 0. Here
 * the three keys differ, and the IV is 0 because pre-IV and salt are equal. */
START_TEST(triple_des_gives_the_values_of_nist)
{
	static const char text[] = "The qufck brown fox jump";
	struct sn_span secret = bytes_hex("a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900");
	struct sn_cipher c = cipher(SN_PRIV_3DES, bytes_hex("0123456789abcdef23456789abcdef01"
							    "456789abcdef01231111111111111111"));
	struct sn_span salt = bytes_hex("1111111111111111");

	for (size_t i = 0; i < 24; i += 8) {
		uint8_t p[8];
		uint8_t *out = decrypted(&c, 0, 0, salt.p, sn_span_make(secret.p + i, 8));

		memcpy(p, text + i, 8);
		sn_priv_encrypt(&c, 0, 0, salt.p, p, 8);
		ck_assert_mem_eq(p, secret.p + i, 8);
		ck_assert_mem_eq(out, text + i, 8);
		free(out);
	}
	sn_priv_fini(&c);
}
END_TEST

/* RFC 3414 §8.2.1: the least significant bit of each octet of the key is disregarded. */
START_TEST(parity_bits_of_a_des_key_do_not_matter)
{
	struct sn_cipher a = cipher(SN_PRIV_DES, bytes_hex("00000000000000000000000000000000"));
	struct sn_cipher b = cipher(SN_PRIV_DES, bytes_hex("01010101010101010000000000000000"));
	uint8_t p[8] = "12345678";
	uint8_t q[8] = "12345678";

	sn_priv_encrypt(&a, 0, 0, nist_salt, p, 8);
	sn_priv_encrypt(&b, 0, 0, nist_salt, q, 8);
	ck_assert_mem_eq(p, q, 8);
	sn_priv_fini(&a);
	sn_priv_fini(&b);
}
END_TEST

static void fill(uint8_t *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = (uint8_t)((i * i * 31 + seed * 17) >> 1);
	}
}

START_TEST(every_length_comes_back_and_padding_is_zeros)
{
	for (int proto = SN_PRIV_DES; proto < SN_PRIV_COUNT; proto++) {
		uint8_t key[SN_PRIV_KEY_MAX];
		struct sn_cipher c;

		fill(key, sizeof(key), (unsigned)proto);
		ck_assert_int_eq(sn_priv_init(&c, (enum sn_priv_protocol)proto, key), SN_OK);
		for (size_t n = 1; n <= LONGEST; n++) {
			size_t size = sn_priv_size((enum sn_priv_protocol)proto, n);
			uint8_t *p = malloc(size);
			uint8_t expected[LONGEST + SN_PRIV_PAD_MAX] = {0};
			uint8_t *out;

			suite_expect(p && size >= n && size - n <= SN_PRIV_PAD_MAX);
			fill(expected, n, 5);
			memset(p, 0xee, size);
			memcpy(p, expected, n);
			sn_priv_encrypt(&c, 3, 4, nist_salt, p, n);
			suite_expect(n < 8 || memcmp(p, expected, n) != 0);
			out = decrypted(&c, 3, 4, nist_salt, sn_span_make(p, size));
			suite_expect(memcmp(out, expected, size) == 0);
			free(out);
			free(p);
		}
		sn_priv_fini(&c);
	}
}
END_TEST

/* The IV: boots, time and salt with AES (RFC 3826 §3.1.2.1), the salt alone with DES. */
START_TEST(boots_time_and_salt_change_what_they_have_to)
{
	static const uint8_t zeros[SN_PRIV_SALT];

	for (int proto = SN_PRIV_DES; proto < SN_PRIV_COUNT; proto++) {
		bool des = proto == SN_PRIV_DES || proto == SN_PRIV_3DES;
		uint8_t key[SN_PRIV_KEY_MAX];
		uint8_t p[5][16] = {{0}};
		struct sn_cipher c;

		fill(key, sizeof(key), 9);
		ck_assert_int_eq(sn_priv_init(&c, (enum sn_priv_protocol)proto, key), SN_OK);
		sn_priv_encrypt(&c, 1, 1, nist_salt, p[0], 16);
		sn_priv_encrypt(&c, 2, 1, nist_salt, p[1], 16);
		sn_priv_encrypt(&c, 1, 2, nist_salt, p[2], 16);
		sn_priv_encrypt(&c, 1, 1, zeros, p[3], 16);
		sn_priv_encrypt(&c, 1, 1, nist_salt, p[4], 16);
		ck_assert_int_eq(memcmp(p[0], p[1], 16) == 0, des);
		ck_assert_int_eq(memcmp(p[0], p[2], 16) == 0, des);
		ck_assert_mem_ne(p[0], p[3], 16);
		ck_assert_mem_eq(p[0], p[4], 16);
		sn_priv_fini(&c);
	}
}
END_TEST

START_TEST(a_salt_is_a_counter_with_boots_before_it_only_for_des)
{
	uint8_t salt[SN_PRIV_SALT];

	for (int proto = SN_PRIV_DES; proto < SN_PRIV_COUNT; proto++) {
		bool des = proto == SN_PRIV_DES || proto == SN_PRIV_3DES;

		sn_priv_salt((enum sn_priv_protocol)proto, 0xa1b2c3d4, 0x0102030405060708, salt);
		ck_assert_mem_eq(salt, bytes_hex(des ? "a1b2c3d405060708" : "0102030405060708").p,
				 8);
	}
}
END_TEST

START_TEST(refuses_salts_and_lengths_that_cannot_be)
{
	uint8_t in[40] = {0};
	uint8_t out[56];

	for (int proto = SN_PRIV_DES; proto < SN_PRIV_COUNT; proto++) {
		bool des = proto == SN_PRIV_DES || proto == SN_PRIV_3DES;
		uint8_t key[SN_PRIV_KEY_MAX] = {1};
		struct sn_cipher c;

		ck_assert_int_eq(sn_priv_init(&c, (enum sn_priv_protocol)proto, key), SN_OK);
		for (size_t n = 0; n <= 40; n++) {
			int good = n == SN_PRIV_SALT ? SN_OK : SN_EDECRYPT;

			ck_assert_int_eq(sn_priv_decrypt(&c, 0, 0, sn_span_make(in, n),
							 sn_span_make(in, 16), out),
					 good);
			good = n == 0 || (des && n % 8 != 0) ? SN_EDECRYPT : SN_OK;
			ck_assert_int_eq(sn_priv_decrypt(&c, 0, 0, sn_span_make(in, 8),
							 sn_span_make(in, n), out),
					 good);
		}
		sn_priv_fini(&c);
	}
}
END_TEST

/*
 * Keys of maplesyrup at the engine of RFC 3414 A.3. From async-snmp, tests/kat.rs, and
 * snmp4j 2.3.4, TestPrivAES and TestPriv3DES. 3DES is Reeder's to 32 octets.
 */
static const struct {
	enum sn_priv_protocol proto;
	enum sn_auth_protocol auth;
	const char *key;
} extensions[] = {
	{SN_PRIV_AES192, SN_AUTH_MD5, "526f5eed9fcce26f8964c2930787d82bfa24a92467426c2f"},
	{SN_PRIV_AES192C, SN_AUTH_MD5, "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0"},
	{SN_PRIV_AES256, SN_AUTH_MD5,
	 "526f5eed9fcce26f8964c2930787d82bfa24a92467426c2f4b09192be10dfaec"},
	{SN_PRIV_AES256C, SN_AUTH_MD5,
	 "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12"},
	{SN_PRIV_3DES, SN_AUTH_MD5,
	 "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12"},
	{SN_PRIV_AES192, SN_AUTH_SHA1, "6695febc9288e36282235fc7151f128497b38f3f505e07eb"},
	{SN_PRIV_AES192C, SN_AUTH_SHA1, "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78"},
	{SN_PRIV_AES256, SN_AUTH_SHA1,
	 "6695febc9288e36282235fc7151f128497b38f3f505e07eb9af25568fa1f5dbe"},
	{SN_PRIV_AES256C, SN_AUTH_SHA1,
	 "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c"},
	{SN_PRIV_3DES, SN_AUTH_SHA1,
	 "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c"},
	{SN_PRIV_AES256, SN_AUTH_SHA224,
	 "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674e82d9bf0"},
	{SN_PRIV_AES256C, SN_AUTH_SHA224,
	 "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be68207567422c34be4"},
	/* long enough as they are */
	{SN_PRIV_AES192, SN_AUTH_SHA224,
	 "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674"},
	{SN_PRIV_AES128, SN_AUTH_MD5, "526f5eed9fcce26f8964c2930787d82b"},
	{SN_PRIV_DES, SN_AUTH_SHA1, "6695febc9288e36282235fc7151f128497b38f3f"},
	{SN_PRIV_AES256, SN_AUTH_SHA256,
	 "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b"},
	{SN_PRIV_AES256C, SN_AUTH_SHA256,
	 "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b"},
};

START_TEST(short_keys_are_lengthened_to_the_published_ones)
{
	struct sn_span engine_id = bytes_hex(ENGINE_ID);

	for (size_t i = 0; i < COUNT(extensions); i++) {
		enum sn_auth_protocol auth = extensions[i].auth;
		struct sn_span expected = bytes_hex(extensions[i].key);
		size_t n = sn_auth_info(auth)->digest;
		uint8_t *key = malloc(SN_AUTH_KEY_MAX);

		ck_assert_ptr_nonnull(key);
		memset(key, 0xee, SN_AUTH_KEY_MAX);
		ck_assert_int_eq(sn_auth_password_to_key(auth, sn_span_str("maplesyrup"), key),
				 SN_OK);
		sn_auth_localize(auth, key, engine_id, key);
		sn_priv_extend(extensions[i].proto, auth, engine_id, key, &n);
		ck_assert_uint_eq(n, expected.n);
		ck_assert_mem_eq(key, expected.p, n);
		free(key);
	}
}
END_TEST

/* A localized key that is given may be of any length: its hash's digest can be longer than the
 * room that is left. */
START_TEST(lengthening_never_writes_more_than_the_protocol_wants)
{
	uint8_t key[SN_AUTH_KEY_MAX];
	uint8_t guard[SN_AUTH_KEY_MAX];
	size_t n = 20;

	memset(key, 0xee, sizeof(key));
	memset(guard, 0xee, sizeof(guard));
	sn_priv_extend(SN_PRIV_AES192, SN_AUTH_SHA512, bytes_hex(ENGINE_ID), key, &n);
	ck_assert_uint_eq(n, 24);
	ck_assert_mem_eq(key + 24, guard, sizeof(key) - 24);
	ck_assert_mem_ne(key + 20, guard, 4);
}
END_TEST

START_TEST(an_ended_cipher_is_zeroed_and_can_be_ended_again)
{
	static const struct sn_cipher zero;

	for (int proto = SN_PRIV_NONE; proto < SN_PRIV_COUNT; proto++) {
		uint8_t key[SN_PRIV_KEY_MAX];
		struct sn_cipher c;

		memset(key, 0x77, sizeof(key));
		ck_assert_int_eq(sn_priv_init(&c, (enum sn_priv_protocol)proto, key), SN_OK);
		ck_assert_int_eq(c.proto, proto);
		ck_assert_int_eq(c.schedule != NULL, proto != SN_PRIV_NONE);
		sn_priv_fini(&c);
		ck_assert_mem_eq(&c, &zero, sizeof(c));
		sn_priv_fini(&c);
	}
}
END_TEST

START_TEST(the_table_has_names_and_lengths_nobody_mistakes)
{
	static const struct {
		const char *name;
		int key;
		enum sn_priv_extension extension;
	} rows[SN_PRIV_COUNT] = {
		{"none", 0, SN_EXTEND_NONE},	      {"DES", 16, SN_EXTEND_NONE},
		{"3DES", 32, SN_EXTEND_REEDER},	      {"AES", 16, SN_EXTEND_NONE},
		{"AES192", 24, SN_EXTEND_BLUMENTHAL}, {"AES192C", 24, SN_EXTEND_REEDER},
		{"AES256", 32, SN_EXTEND_BLUMENTHAL}, {"AES256C", 32, SN_EXTEND_REEDER}};

	for (int p = 0; p < SN_PRIV_COUNT; p++) {
		const struct sn_priv_info *info = sn_priv_info((enum sn_priv_protocol)p);

		ck_assert_str_eq(info->name, rows[p].name);
		ck_assert_int_eq(info->key, rows[p].key);
		ck_assert_int_eq(info->extension, rows[p].extension);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {aes_gives_nists_values_at_every_length,
				      des_gives_the_value_of_fips_81,
				      triple_des_gives_the_value_of_ssleay,
				      triple_des_gives_the_values_of_nist,
				      parity_bits_of_a_des_key_do_not_matter,
				      every_length_comes_back_and_padding_is_zeros,
				      boots_time_and_salt_change_what_they_have_to,
				      a_salt_is_a_counter_with_boots_before_it_only_for_des,
				      refuses_salts_and_lengths_that_cannot_be,
				      short_keys_are_lengthened_to_the_published_ones,
				      lengthening_never_writes_more_than_the_protocol_wants,
				      an_ended_cipher_is_zeroed_and_can_be_ended_again,
				      the_table_has_names_and_lengths_nobody_mistakes,
				      NULL};

	return suite_run_tests("priv", tests, 0);
}
