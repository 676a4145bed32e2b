/*
 * Another engine: which IDs it may have, keys localized to it, and which boots and time go into a
 * message to it. Behaviour of usm/engine.h.
 */
#include "usm/engine.h"

#include "support/bytes.h"
#include "support/suite.h"

#define S UINT64_C(1000000000)

static struct sn_usm_user user_of(uint8_t level)
{
	struct sn_usm_user u = {.name = sn_span_str("ops"),
				.level = level,
				.auth = SN_AUTH_SHA1,
				.priv = SN_PRIV_AES128,
				.auth_n = 20,
				.priv_n = 20};

	ck_assert_int_eq(sn_auth_password_to_key(SN_AUTH_SHA1, sn_span_str("maplesyrup"),
						 u.auth_key),
			 SN_OK);
	memcpy(u.priv_key, u.auth_key, 20);
	return u;
}

START_TEST(an_engine_id_has_5_to_32_octets)
{
	struct sn_usm_user user = user_of(0);
	uint8_t id[64];

	memset(id, 0x80, sizeof(id));
	for (size_t n = 0; n <= sizeof(id); n++) {
		static const struct sn_engine zero;
		struct sn_engine eng = zero;
		bool good = n >= 5 && n <= 32;
		struct sn_span span = bytes_copy(id, n);

		ck_assert_int_eq(sn_engine_init(&eng, &user, span), good ? SN_OK : SN_EINVAL);
		if (good) {
			ck_assert(sn_span_eq(sn_engine_id(&eng), span));
			sn_engine_fini(&eng);
		} else {
			ck_assert_mem_eq(&eng, &zero, sizeof(eng));
		}
	}
}
END_TEST

START_TEST(the_keys_are_those_of_its_id)
{
	struct sn_usm_user user = user_of(SN_V3_AUTH | SN_V3_PRIV);
	struct sn_span id = bytes_hex("000000000000000000000002");
	struct sn_engine eng = {.id_n = 0};
	struct sn_hmac hmac;
	/* RFC 3414 A.3.2 */
	struct sn_span kul = bytes_hex("6695febc9288e36282235fc7151f128497b38f3f");

	ck_assert_int_eq(sn_engine_init(&eng, &user, id), SN_OK);
	sn_auth_prepare(SN_AUTH_SHA1, kul.p, &hmac);
	ck_assert_mem_eq(&eng.keys.hmac, &hmac, sizeof(hmac));
	ck_assert_ptr_nonnull(eng.keys.cipher.schedule);
	ck_assert(!eng.clock.synced);
	sn_engine_fini(&eng);
}
END_TEST

START_TEST(a_user_whose_key_is_too_short_leaves_no_half_an_engine)
{
	struct sn_usm_user user = user_of(SN_V3_AUTH | SN_V3_PRIV);
	static const struct sn_engine zero;
	struct sn_engine eng = zero;

	user.priv_n = 19;
	ck_assert_int_eq(sn_engine_init(&eng, &user, sn_span_str("engine")), SN_EINVAL);
	ck_assert_mem_eq(&eng, &zero, sizeof(eng));
}
END_TEST

START_TEST(an_ended_engine_has_no_keys)
{
	struct sn_usm_user user = user_of(SN_V3_AUTH | SN_V3_PRIV);
	static const struct sn_usm_keys zero;
	struct sn_engine eng = {.id_n = 0};

	ck_assert_int_eq(sn_engine_init(&eng, &user, sn_span_str("engine")), SN_OK);
	ck_assert_mem_ne(&eng.keys, &zero, sizeof(zero));
	sn_engine_fini(&eng);
	ck_assert_mem_eq(&eng.keys, &zero, sizeof(zero));
}
END_TEST

static void now_is(const struct sn_engine *eng, uint64_t now, uint32_t boots, uint32_t time)
{
	uint32_t b = 1;
	uint32_t t = 1;

	sn_engine_now(eng, now, &b, &t);
	ck_assert_uint_eq(b, boots);
	ck_assert_uint_eq(t, time);
}

START_TEST(a_message_carries_the_clock_or_else_the_hint_or_else_zeros)
{
	struct sn_engine eng = {.id_n = 0};

	now_is(&eng, 77 * S, 0, 0);
	/* a Report that says 0 and 0 says nothing */
	eng.hint_at = 10 * S;
	now_is(&eng, 77 * S, 0, 0);
	eng.hint_boots = 3;
	eng.hint_time = 500;
	now_is(&eng, 10 * S, 3, 500);
	now_is(&eng, 14 * S, 3, 504);
	eng.hint_boots = 0;
	now_is(&eng, 14 * S, 0, 504);
	/* what is authentic counts, also if it is less */
	ck_assert_int_eq(sn_engine_clock_check(&eng.clock, 0, 7, 20 * S), SN_OK);
	eng.hint_boots = 9;
	now_is(&eng, 21 * S, 0, 8);
}
END_TEST

/* A target's cost in memory; a change is a decision. */
START_TEST(an_engine_fits_into_256_octets)
{
	ck_assert_uint_le(sizeof(struct sn_engine), 256);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_engine_id_has_5_to_32_octets,
				      the_keys_are_those_of_its_id,
				      a_user_whose_key_is_too_short_leaves_no_half_an_engine,
				      an_ended_engine_has_no_keys,
				      a_message_carries_the_clock_or_else_the_hint_or_else_zeros,
				      an_engine_fits_into_256_octets,
				      NULL};

	return suite_run_tests("engine", tests, 0);
}
