/*
 * Mixes: texts to requests, weights, refusals. Behaviour of load/mix.h.
 */
#include "load/mix.h"

#include "codec/oid.h"

#include "support/suite.h"

static struct sn_mix m;
static char why[SN_MIX_WHY_MAX];

START_TEST(names_come_out_in_the_order_they_were_given)
{
	static const char *const oids[] = {"1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0", "2.999.1"};
	struct sn_cursor cur;
	struct sn_varbind vb;
	char text[SN_OID_MAX_TEXT];
	unsigned n = 0;

	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_GET, "1.3.6.1.2.1.1.3.0,.1.3.6.1.2.1.1.5.0,2.999.1",
				    0, true, why),
			 SN_OK);
	cur = sn_cursor_make(sn_mix_content(&m.op[SN_MIX_GET]));
	while (sn_varbind_next(&cur, &vb)) {
		ck_assert_int_gt(sn_oid_to_text(vb.name, text, sizeof(text)), 0);
		ck_assert_str_eq(text, oids[n++]);
		ck_assert_uint_eq(vb.tag, SN_TAG_NULL);
	}
	ck_assert_int_eq(cur.err, SN_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(m.op[SN_MIX_GET].noids, 3);
	ck_assert_uint_eq(m.op[SN_MIX_GET].type, SN_PDU_GET);
}
END_TEST

START_TEST(weights_decide_how_often_a_kind_is_picked)
{
	unsigned n[SN_MIX_KINDS] = {0};

	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_GET, "1.3.6", 0, true, why), SN_OK);
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_BULK, "1.3.6", 20, true, why), SN_OK);
	ck_assert_uint_eq(m.total, 2);
	ck_assert_int_eq(sn_mix_weigh(&m, "bulk=20,get=80", why), SN_OK);
	ck_assert_uint_eq(m.total, 100);
	for (uint64_t t = 0; t < m.total; t++) {
		n[sn_mix_pick(&m, t)]++;
	}
	ck_assert_uint_eq(n[SN_MIX_GET], 80);
	ck_assert_uint_eq(n[SN_MIX_BULK], 20);
	ck_assert_uint_eq(m.op[SN_MIX_BULK].repetitions, 20);
}
END_TEST

START_TEST(snmpv1_walks_by_getnext_and_has_no_bulk)
{
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_WALK, "1.3.6.1", 10, false, why), SN_OK);
	ck_assert_uint_eq(m.op[SN_MIX_WALK].type, SN_PDU_GETNEXT);
	ck_assert_uint_eq(m.op[SN_MIX_WALK].repetitions, 0);
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_BULK, "1.3.6.1", 10, false, why), SN_EINVAL);
	ck_assert_str_eq(why, "SNMPv1 has no GETBULK");
}
END_TEST

START_TEST(refuses_what_is_no_oid_and_says_so)
{
	static const char *const bad[] = {
		"", "sysUpTime.0", "1.3.6,,1.3.6", "1.3.6,", "1.3.6.-1", "1.3.6.4294967296", "7"};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		ck_assert_int_eq(sn_mix_add(&m, SN_MIX_GET, bad[i], 0, true, why), SN_EINVAL);
		ck_assert_ptr_nonnull(strstr(why, "no object identifier"));
		ck_assert_uint_eq(m.total, 0);
	}
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_WALK, "1.3.6,1.3.7", 0, true, why), SN_EINVAL);
}
END_TEST

START_TEST(refuses_more_names_than_a_request_has_room_for)
{
	char text[8 * (SN_MIX_OIDS_MAX + 1) + 1] = "";

	for (int i = 0; i < SN_MIX_OIDS_MAX + 1; i++) {
		strcat(text, i ? ",1.3.6.1" : "1.3.6.1");
	}
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_GET, text, 0, true, why), SN_EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "more than 128"));
	text[8 * SN_MIX_OIDS_MAX - 1] = '\0';
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_GET, text, 0, true, why), SN_OK);
	ck_assert_uint_eq(m.op[SN_MIX_GET].noids, SN_MIX_OIDS_MAX);
}
END_TEST

START_TEST(refuses_shares_that_fit_no_operation)
{
	static const char *const bad[] = {"get=0", "get=",   "get=1,get=2", "get=1,bulk=1",
					  "put=1", "get=1x", "get=999999",  "get",
					  "",	   "get=1,", "getnext=1"};

	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_GET, "1.3.6", 0, true, why), SN_OK);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sn_mix_weigh(&m, bad[i], why), SN_EINVAL);
	}
	ck_assert_int_eq(sn_mix_weigh(&m, "get=7", why), SN_OK);
	ck_assert_uint_eq(m.total, 7);
	ck_assert_int_eq(sn_mix_add(&m, SN_MIX_WALK, "1.3.6", 1, true, why), SN_OK);
	ck_assert_int_eq(sn_mix_weigh(&m, "get=7", why), SN_EINVAL);
	ck_assert_str_eq(why, "walk has no share");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {names_come_out_in_the_order_they_were_given,
				      weights_decide_how_often_a_kind_is_picked,
				      snmpv1_walks_by_getnext_and_has_no_bulk,
				      refuses_what_is_no_oid_and_says_so,
				      refuses_more_names_than_a_request_has_room_for,
				      refuses_shares_that_fit_no_operation,
				      NULL};

	return suite_run_tests("mix", tests, 0);
}
