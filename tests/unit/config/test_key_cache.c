/*
 * Hashed passwords: each once, found again, kept and dropped, on several threads. Behaviour of
 * config/key_cache.h. The hash itself is counted, and replaced where thousands are asked for.
 *
 * ctest: link=-Wl,--wrap=sn_auth_password_to_key,--wrap=malloc,--wrap=calloc
 */
#include "config/key_cache.h"

#include "support/suite.h"

#include <stdatomic.h>

int __real_sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
				   uint8_t *ku);
int __wrap_sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
				   uint8_t *ku);
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

static _Atomic unsigned hashed; /* calls */
static bool quick;		/* no hash, but something of the password */
static bool no_memory;		/* allocations fail */

int __wrap_sn_auth_password_to_key(enum sn_auth_protocol proto, struct sn_span password,
				   uint8_t *ku)
{
	atomic_fetch_add(&hashed, 1);
	if (!quick) {
		return __real_sn_auth_password_to_key(proto, password, ku);
	}
	memset(ku, (int)proto, SN_AUTH_KEY_MAX);
	memcpy(ku, password.p, password.n < SN_AUTH_KEY_MAX ? password.n : SN_AUTH_KEY_MAX);
	return SN_OK;
}

void *__wrap_malloc(size_t n)
{
	return no_memory ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return no_memory ? NULL : __real_calloc(n, size);
}

static struct sn_key_cache *new_cache(void)
{
	struct sn_key_cache *c = sn_key_cache_new();

	ck_assert_ptr_nonnull(c);
	hashed = 0;
	return c;
}

static const uint8_t *ku_of(struct sn_key_cache *c, enum sn_auth_protocol proto,
			    const char *password)
{
	struct sn_key *key = sn_key_cache_want(c, proto, sn_span_str(password));

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(sn_key_cache_hash(c), SN_OK);
	return sn_key_cache_ku(key);
}

START_TEST(a_key_is_the_one_of_the_rfc)
{
	/* RFC 3414 A.3.1 and A.3.2 */
	static const uint8_t md5[] = {0x9f, 0xaf, 0x32, 0x83, 0x88, 0x4e, 0x92, 0x83,
				      0x4e, 0xbc, 0x98, 0x47, 0xd8, 0xed, 0xd9, 0x63};
	static const uint8_t sha[] = {0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b, 0x37, 0x93, 0x52,
				      0x89, 0x39, 0xff, 0x78, 0x8d, 0x5d, 0x79, 0x14, 0x52, 0x11};
	struct sn_key_cache *c = new_cache();

	ck_assert_mem_eq(ku_of(c, SN_AUTH_MD5, "maplesyrup"), md5, sizeof(md5));
	ck_assert_mem_eq(ku_of(c, SN_AUTH_SHA1, "maplesyrup"), sha, sizeof(sha));
	sn_key_cache_free(c);
}
END_TEST

START_TEST(a_password_is_hashed_once_for_each_protocol)
{
	struct sn_key_cache *c = new_cache();
	struct sn_key *key = sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str("password"));

	ck_assert_ptr_eq(sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str("password")), key);
	ck_assert_ptr_ne(sn_key_cache_want(c, SN_AUTH_SHA1, sn_span_str("password")), key);
	ck_assert_ptr_ne(sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str("password1")), key);
	ck_assert_ptr_ne(sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str("passwor")), key);
	ck_assert_uint_eq(sn_key_cache_missing(c), 4);
	ck_assert_int_eq(sn_key_cache_hash(c), SN_OK);
	ck_assert_uint_eq(hashed, 4);
	ck_assert_uint_eq(sn_key_cache_missing(c), 0);
	ck_assert_int_eq(sn_key_cache_hash(c), SN_OK);
	ck_assert_uint_eq(hashed, 4);
	sn_key_cache_free(c);
}
END_TEST

START_TEST(what_is_used_again_stays_and_the_rest_goes)
{
	struct sn_key_cache *c = new_cache();

	ku_of(c, SN_AUTH_SHA256, "stays, stays");
	ku_of(c, SN_AUTH_SHA256, "goes, goes, goes");
	sn_key_cache_end(c, true);
	ck_assert_uint_eq(sn_key_cache_count(c), 2);
	ku_of(c, SN_AUTH_SHA256, "stays, stays");
	ck_assert_uint_eq(hashed, 2);
	sn_key_cache_end(c, true);
	ck_assert_uint_eq(sn_key_cache_count(c), 1);
	ku_of(c, SN_AUTH_SHA256, "stays, stays");
	ck_assert_uint_eq(hashed, 2);
	ku_of(c, SN_AUTH_SHA256, "goes, goes, goes");
	ck_assert_uint_eq(hashed, 3);
	sn_key_cache_end(c, true);
	sn_key_cache_end(c, true);
	ck_assert_uint_eq(sn_key_cache_count(c), 0);
	sn_key_cache_free(c);
}
END_TEST

START_TEST(what_failed_takes_no_key_away_and_leaves_no_half_one)
{
	struct sn_key_cache *c = new_cache();

	ku_of(c, SN_AUTH_MD5, "in use, in use");
	sn_key_cache_end(c, true);
	ku_of(c, SN_AUTH_MD5, "hashed, not used");
	ck_assert_ptr_nonnull(sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str("not even hashed")));
	sn_key_cache_end(c, false);
	ck_assert_uint_eq(sn_key_cache_count(c), 2);
	ck_assert_uint_eq(sn_key_cache_missing(c), 0);
	ku_of(c, SN_AUTH_MD5, "in use, in use");
	ku_of(c, SN_AUTH_MD5, "hashed, not used");
	ck_assert_uint_eq(hashed, 2);
	/* what a failed load wanted is not what the next one wants */
	sn_key_cache_end(c, false);
	ku_of(c, SN_AUTH_MD5, "in use, in use");
	sn_key_cache_end(c, true);
	ck_assert_uint_eq(sn_key_cache_count(c), 1);
	sn_key_cache_free(c);
}
END_TEST

START_TEST(a_mark_tells_secrets_apart_and_caches_too)
{
	struct sn_key_cache *c = new_cache();
	struct sn_key_cache *other = new_cache();
	uint64_t mark = sn_key_cache_mark(c, sn_span_str("a secret"));

	ck_assert_uint_eq(sn_key_cache_mark(c, sn_span_str("a secret")), mark);
	ck_assert_uint_ne(sn_key_cache_mark(c, sn_span_str("a secres")), mark);
	ck_assert_uint_ne(sn_key_cache_mark(c, sn_span_make("a secret", 9)), mark);
	ck_assert_uint_ne(sn_key_cache_mark(c, sn_span_str("")), mark);
	ck_assert_uint_ne(sn_key_cache_mark(other, sn_span_str("a secret")), mark);
	sn_key_cache_free(c);
	sn_key_cache_free(other);
}
END_TEST

START_TEST(the_longest_password_is_a_password)
{
	static char text[SN_KEY_PASSWORD_MAX + 1];
	struct sn_key_cache *c = new_cache();
	struct sn_key *key;

	memset(text, 'x', SN_KEY_PASSWORD_MAX);
	key = sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str(text));
	text[SN_KEY_PASSWORD_MAX - 1] = 'y';
	ck_assert_ptr_ne(sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str(text)), key);
	sn_key_cache_free(c);
}
END_TEST

enum { MANY = 20000 };

START_TEST(thousands_are_found_again_each_hashed_once)
{
	static char text[MANY][16];
	static struct sn_key *keys[MANY];
	struct sn_key_cache *c = new_cache();

	quick = true;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "password-%u", i);
		keys[i] = sn_key_cache_want(c, SN_AUTH_SHA512, sn_span_str(text[i]));
		suite_expect(keys[i] != NULL);
	}
	ck_assert_uint_eq(sn_key_cache_missing(c), MANY);
	ck_assert_int_eq(sn_key_cache_hash(c), SN_OK);
	ck_assert_uint_eq(hashed, MANY);
	sn_key_cache_end(c, true);
	ck_assert_uint_eq(sn_key_cache_count(c), MANY);
	for (unsigned i = 0; i < MANY; i++) {
		struct sn_key *key = sn_key_cache_want(c, SN_AUTH_SHA512, sn_span_str(text[i]));

		suite_expect(key == keys[i]);
		suite_expect(memcmp(sn_key_cache_ku(key), text[i], strlen(text[i])) == 0);
	}
	ck_assert_uint_eq(sn_key_cache_missing(c), 0);
	sn_key_cache_free(c);
}
END_TEST

START_TEST(without_memory_nothing_is_lost)
{
	struct sn_key_cache *c = new_cache();
	struct sn_key *key = sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str("password"));
	struct sn_key_cache *none;
	int rc;

	no_memory = true;
	none = sn_key_cache_new();
	rc = sn_key_cache_hash(c);
	no_memory = false;
	ck_assert_ptr_null(none);
	ck_assert_int_eq(rc, SN_ENOMEM);
	ck_assert_uint_eq(hashed, 0);
	ck_assert_int_eq(sn_key_cache_hash(c), SN_OK);
	ck_assert_uint_eq(hashed, 1);
	ck_assert_ptr_nonnull(sn_key_cache_ku(key));
	sn_key_cache_free(c);
}
END_TEST

START_TEST(lists_grow_longer_where_the_table_cannot_grow)
{
	static char text[200][16];
	struct sn_key_cache *c = new_cache();

	quick = true;
	no_memory = true;
	for (unsigned i = 0; i < 200; i++) {
		snprintf(text[i], sizeof(text[i]), "password-%u", i);
		suite_expect(sn_key_cache_want(c, SN_AUTH_MD5, sn_span_str(text[i])) != NULL);
	}
	no_memory = false;
	ck_assert_int_eq(sn_key_cache_hash(c), SN_OK);
	ck_assert_uint_eq(hashed, 200);
	sn_key_cache_end(c, true);
	ck_assert_uint_eq(sn_key_cache_count(c), 200);
	sn_key_cache_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_key_is_the_one_of_the_rfc,
				      a_password_is_hashed_once_for_each_protocol,
				      what_is_used_again_stays_and_the_rest_goes,
				      what_failed_takes_no_key_away_and_leaves_no_half_one,
				      a_mark_tells_secrets_apart_and_caches_too,
				      the_longest_password_is_a_password,
				      thousands_are_found_again_each_hashed_once,
				      without_memory_nothing_is_lost,
				      lists_grow_longer_where_the_table_cannot_grow,
				      NULL};

	return suite_run_tests("key_cache", tests, 0);
}
