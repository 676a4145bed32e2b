/*
 * Nothing of a key is left in memory when its time is over: not in the pools, not on the heap where
 * the ciphers' contexts were, not on the stack of whoever made or used it. All writable memory of
 * the process is searched. Over usm/user.h, auth.h, priv.h and keys.h.
 *
 * What is tested runs on threads whose stacks are left alone afterwards, so that what it left there
 * is still there when it is looked for; what is searched for is kept inverted, so that the search
 * does not find itself. The first call of a function of a library would save the vector registers,
 * and with them a digest, on the stack: as in a release, all are resolved at the start.
 *
 * ctest: link=-Wl,-z,now
 */
#include "usm/keys.h"
#include "usm/user.h"

#include "msg/v3.h"

#include "support/suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum {
	NEEDLE = 8, /* octets searched for: a key of DES */
	STACKS = 7,
	STACK = 64 * 1024,
	MAPS = 256 * 1024
};

/* Keys of maplesyrup (authentication) and newsyrup (privacy) at the engine of RFC 3414 A.3: their
 * first octets. */
enum needle {
	AUTH_KU,
	AUTH_KUL,
	AUTH_INNER,
	AUTH_OUTER, /* the key's block, padded (RFC 2104) */
	PRIV_KU,
	PRIV_KUL,
	BLUMENTHAL, /* what lengthens it */
	REEDER_KU,
	REEDER,
	AUTH_PASSWORD, /* repeated, as it is hashed */
	PRIV_PASSWORD,
	STATE_INNER,
	STATE_OUTER, /* the states that a user's keys consist of */
	NEEDLES
};

static const char *const names[NEEDLES] = {
	"Ku for authentication",
	"Kul for authentication",
	"Kul xor ipad",
	"Kul xor opad",
	"Ku for privacy",
	"Kul for privacy",
	"Blumenthal's part of the key",
	"Ku for Reeder's part of the key",
	"Reeder's part of the key",
	"password",
	"password for privacy",
	"inner state of the HMAC",
	"outer state of the HMAC",
};

static volatile uint8_t inverted[NEEDLES][NEEDLE];
static unsigned hits[NEEDLES];	  /* as they are */
static unsigned swapped[NEEDLES]; /* each word of 32 bits the other way round, as hashes work */
static char maps[MAPS];
static _Alignas(64) uint8_t stacks[STACKS][STACK];

/* What outlives the threads. */
static struct sn_keys users;
static struct sn_keys engines;
static struct sn_usm_user *user;
static struct sn_usm_keys *keys;
static uint8_t *kul; /* one localized key by itself, and what is prepared from it */
static enum sn_priv_protocol priv;
static int result;
static uint8_t message[128];
static uint8_t plain[128 + 16];

static void needle_set(enum needle needle, const char *hex, uint8_t mask)
{
	for (size_t i = 0; i < NEEDLE; i++) {
		unsigned octet = 0;

		for (size_t k = 0; k < 2; k++) {
			unsigned c = (unsigned char)hex[2 * i + k];

			octet = octet << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
		}
		inverted[needle][i] = (uint8_t)(~octet ^ mask);
	}
}

static void needles_set(void)
{
	/* RFC 3414 A.3.2 and A.5.2 */
	needle_set(AUTH_KU, "9fb5cc0381497b37", 0);
	needle_set(AUTH_KUL, "6695febc9288e362", 0);
	needle_set(AUTH_INNER, "6695febc9288e362", 0x36);
	needle_set(AUTH_OUTER, "6695febc9288e362", 0x5c);
	needle_set(PRIV_KU, "3a51a6d736aa347b", 0);
	needle_set(PRIV_KUL, "78e2dcce79d59403", 0);
	/* by the definitions of the extensions, with Python's hashlib */
	needle_set(BLUMENTHAL, "f78279f80632dde1", 0);
	needle_set(REEDER_KU, "8699fa2efefc6ec6", 0);
	needle_set(REEDER, "97743555f9fcf94a", 0);
	/* "syrupmap" and "syrupnew" */
	needle_set(AUTH_PASSWORD, "73797275706d6170", 0);
	needle_set(PRIV_PASSWORD, "73797275706e6577", 0);
}

/* The states are nobody's publication: from where they have to be. */
static void needles_of_states(void)
{
	const volatile uint8_t *inner = (const volatile uint8_t *)keys->hmac.inner;
	const volatile uint8_t *outer = (const volatile uint8_t *)keys->hmac.outer;

	for (size_t i = 0; i < NEEDLE; i++) {
		inverted[STATE_INNER][i] = (uint8_t)~inner[i];
		inverted[STATE_OUTER][i] = (uint8_t)~outer[i];
	}
}

static bool found_at(const uint8_t *p, const volatile uint8_t *needle, size_t swap)
{
	for (size_t i = 0; i < NEEDLE; i++) {
		if ((p[i ^ swap] ^ needle[i]) != 0xff) {
			return false;
		}
	}
	return true;
}

static void search(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + NEEDLE <= n; i++) {
		for (int k = 0; k < NEEDLES; k++) {
			hits[k] += found_at(p + i, inverted[k], 0);
			swapped[k] += found_at(p + i, inverted[k], 3);
		}
	}
}

static const char *read_hex(const char *p, uintptr_t *v)
{
	for (*v = 0;; p++) {
		if (*p >= '0' && *p <= '9') {
			*v = *v << 4 | (uintptr_t)(*p - '0');
		} else if (*p >= 'a' && *p <= 'f') {
			*v = *v << 4 | (uintptr_t)(*p - 'a' + 10);
		} else {
			return p;
		}
	}
}

/* All writable memory, without a call that takes memory itself: it would get what was freed. */
static void search_all(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	ck_assert_int_ge(fd, 0);
	while ((got = read(fd, maps + n, sizeof(maps) - 1 - n)) > 0) {
		n += (size_t)got;
	}
	close(fd);
	suite_expect(n > 0 && n < sizeof(maps) - 1);
	memset(hits, 0, sizeof(hits));
	memset(swapped, 0, sizeof(swapped));
	for (const char *p = maps; *p; p = strchr(p, '\n') + 1) {
		uintptr_t from;
		uintptr_t to;

		p = read_hex(p, &from);
		p = read_hex(p + 1, &to);
		if (p[1] == 'r' && p[2] == 'w') {
			/* NOLINTNEXTLINE(performance-no-int-to-ptr): it is an address */
			search((const uint8_t *)from, to - from);
		}
	}
}

static void (*step)(void);

/* A step far down on its stack, where the end of the thread does not write over what it left. */
static void *run_deep(void *arg)
{
	volatile uint8_t above[STACK / 4];

	above[0] = 0;
	step();
	above[sizeof(above) - 1] = above[0];
	return arg;
}

static void run(void (*f)(void), int stack)
{
	pthread_attr_t attr;
	pthread_t thread;

	step = f;
	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstack(&attr, stacks[stack], STACK), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, run_deep, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
}

static struct sn_span engine_id(void)
{
	static const uint8_t id[12] = {[11] = 2};

	return sn_span_make(id, sizeof(id));
}

/* At load: passwords become the user's master keys. */
static void make_user(void)
{
	user = sn_keys_get(&users);
	user->level = SN_V3_AUTH | SN_V3_PRIV;
	user->auth = SN_AUTH_SHA1;
	user->priv = (uint8_t)priv;
	user->auth_n = 20;
	user->priv_n = 20;
	result |= sn_auth_password_to_key(SN_AUTH_SHA1, sn_span_str("maplesyrup"), user->auth_key);
	result |= sn_auth_password_to_key(SN_AUTH_SHA1, sn_span_str("newsyrup"), user->priv_key);
}

/* The steps of localizing, each on a stack of its own: the next one would write over what it left.
 */
static void localize_one(void)
{
	kul = sn_keys_get(&engines);
	sn_auth_localize(SN_AUTH_SHA1, user->auth_key, engine_id(), kul);
}

static void prepare_one(void)
{
	/* an object has room for both */
	sn_auth_prepare(SN_AUTH_SHA1, kul, (struct sn_hmac *)(void *)(kul + 32));
}

static void end_one(void)
{
	sn_keys_put(&engines, kul);
}

/* At the first contact with an engine. */
static void make_keys(void)
{
	keys = sn_keys_get(&engines);
	result |= sn_usm_user_localize(user, engine_id(), keys);
}

/* For each message. */
static void use_keys(void)
{
	static const uint8_t salt[SN_PRIV_SALT] = {1};
	struct sn_span whole = sn_span_make(message, sizeof(message));
	struct sn_span mac = sn_span_make(message + 50, 12);

	sn_priv_encrypt(&keys->cipher, 1, 2, salt, message, sizeof(message));
	result |= sn_priv_decrypt(&keys->cipher, 1, 2, sn_span_make(salt, sizeof(salt)), whole,
				  plain);
	sn_auth_sign(SN_AUTH_SHA1, &keys->hmac, whole, message + 50);
	result |= sn_auth_check(SN_AUTH_SHA1, &keys->hmac, whole, mac);
	message[0] ^= 1;
	result |= sn_auth_check(SN_AUTH_SHA1, &keys->hmac, whole, mac) != SN_EDIGEST;
}

static void end_all(void)
{
	sn_usm_keys_fini(keys);
	sn_keys_put(&engines, keys);
	sn_keys_put(&users, user);
}

static void found_times(enum needle needle, unsigned times)
{
	ck_assert_msg(hits[needle] == times, "%s: found %u times, not %u", names[needle],
		      hits[needle], times);
}

static void nowhere_swapped(void)
{
	for (int i = 0; i < NEEDLES; i++) {
		ck_assert_msg(swapped[i] == 0, "%s, swapped: found %u times", names[i], swapped[i]);
	}
}

/* What a key consists of is in the context of AES as it is, once; not so with DES. */
static void living_keys_are_in_one_place(void)
{
	bool aes = priv != SN_PRIV_DES && priv != SN_PRIV_3DES;

	found_times(AUTH_KU, 1);
	found_times(PRIV_KU, 1);
	found_times(STATE_INNER, 1);
	found_times(STATE_OUTER, 1);
	found_times(PRIV_KUL, aes);
	found_times(BLUMENTHAL, priv == SN_PRIV_AES256);
	found_times(REEDER, priv == SN_PRIV_AES256C);
	found_times(REEDER_KU, 0);
	found_times(AUTH_KUL, 0);
	found_times(AUTH_INNER, 0);
	found_times(AUTH_OUTER, 0);
	found_times(AUTH_PASSWORD, 0);
	found_times(PRIV_PASSWORD, 0);
	nowhere_swapped();
}

static void nothing_is_found(void)
{
	for (int i = 0; i < NEEDLES; i++) {
		found_times((enum needle)i, 0);
	}
	nowhere_swapped();
}

static void life_of_keys(enum sn_priv_protocol proto)
{
	priv = proto;
	needles_set();
	sn_keys_init(&users, sizeof(*user));
	sn_keys_init(&engines, sizeof(*keys));
	ck_assert_uint_ge(engines.obj_size, 32 + sizeof(struct sn_hmac));
	run(make_user, 0);
	run(localize_one, 1);
	run(prepare_one, 2);
	run(end_one, 3);
	run(make_keys, 4);
	run(use_keys, 5);
	ck_assert_int_eq(result, 0);
	needles_of_states();
	search_all();
	living_keys_are_in_one_place();
	run(end_all, 6);
	/* the pools are still there: their pages would be gone otherwise, wiped or not */
	search_all();
	nothing_is_found();
	sn_keys_fini(&users);
	sn_keys_fini(&engines);
}

START_TEST(nothing_is_left_of_keys_for_aes)
{
	life_of_keys(SN_PRIV_AES128);
}
END_TEST

START_TEST(nothing_is_left_of_keys_that_were_lengthened)
{
	life_of_keys(SN_PRIV_AES256);
}
END_TEST

START_TEST(nothing_is_left_of_keys_that_were_lengthened_by_way_of_a_password)
{
	life_of_keys(SN_PRIV_AES256C);
}
END_TEST

START_TEST(nothing_is_left_of_keys_for_des)
{
	life_of_keys(SN_PRIV_DES);
}
END_TEST

START_TEST(nothing_is_left_of_keys_for_triple_des)
{
	life_of_keys(SN_PRIV_3DES);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_is_left_of_keys_for_aes,
		nothing_is_left_of_keys_that_were_lengthened,
		nothing_is_left_of_keys_that_were_lengthened_by_way_of_a_password,
		nothing_is_left_of_keys_for_des,
		nothing_is_left_of_keys_for_triple_des,
		NULL};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	puts("wipe: skipped, the sanitizer's own memory holds copies and cannot be searched");
	return SUITE_SKIP;
#endif
	return suite_run_tests("wipe", tests, 60);
}
