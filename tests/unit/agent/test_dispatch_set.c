/*
 * SET over a store: what it changes, all or nothing, and why not (RFC 3416 §4.2.5; for SNMPv1 RFC
 * 3584 §4.4). Behaviour of agent/dispatch.h; where the values are kept: test_overlay.c.
 */
#include "agent/dispatch.h"
#include "msg/peek.h"

#include "support/desk.h"
#include "support/suite.h"

START_TEST(set_changes_what_get_getnext_and_getbulk_show)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_SET, "noError 0 1.3.1.1.0=xyzzy 1.3.1.2.0=12", "1.3.1.1.0=xyzzy",
		    "1.3.1.2.0=12");
	ck_assert_uint_eq(k->d.varbinds, 2);
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.2.0=12 1.3.1.1.0=xyzzy",
		    "1.3.1.2.0=", "1.3.1.1.0=");
	DESK_EXPECT(k, SN_PDU_GETNEXT, "noError 0 1.3.1.1.0=xyzzy", "1.3.1=");
	DESK_EXPECT_BULK(k, 0, 3, "noError 0 1.3.1.1.0=xyzzy 1.3.1.2.0=12 1.3.2.1.1=10", "1.3.1=");
	sn_overlay_fini(&k->overlay);
}
END_TEST

START_TEST(set_is_all_or_nothing)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_SET, "notWritable 3 1.3.1.1.0=one 1.3.1.2.0=2 1.3.2.1.1=1",
		    "1.3.1.1.0=one", "1.3.1.2.0=2", "1.3.2.1.1=ctr");
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5",
		    "1.3.1.1.0=", "1.3.1.2.0=");
	/* and what was refused does not come back with the next one */
	DESK_EXPECT(k, SN_PDU_SET, "noError 0 1.3.1.2.0=3", "1.3.1.2.0=3");
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=3",
		    "1.3.1.1.0=", "1.3.1.2.0=");
	sn_overlay_fini(&k->overlay);
}
END_TEST

START_TEST(set_says_why_it_cannot)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	DESK_EXPECT(k, SN_PDU_SET, "wrongType 1 1.3.1.2.0=x", "1.3.1.2.0=x");
	DESK_EXPECT(k, SN_PDU_SET, "noCreation 1 1.3.1.3.0=1", "1.3.1.3.0=1");
	DESK_EXPECT(k, SN_PDU_SET, "wrongValue 1 1.3.2.1.2=1", "1.3.2.1.2=ctr");
	k->d.writable = false;
	DESK_EXPECT(k, SN_PDU_SET, "noAccess 1 1.3.1.2.0=1", "1.3.1.2.0=1");
	k->d.writable = true;
	k->d.overlay = NULL;
	DESK_EXPECT(k, SN_PDU_SET, "noAccess 1 1.3.1.2.0=1", "1.3.1.2.0=1");
}
END_TEST

/* RFC 3584 §4.4. */
START_TEST(v1_has_fewer_reasons)
{
	struct desk *k = desk_open(SN_VERSION_1);

	DESK_EXPECT(k, SN_PDU_SET, "noError 0 1.3.1.2.0=1", "1.3.1.2.0=1");
	DESK_EXPECT(k, SN_PDU_SET, "badValue 1 1.3.1.2.0=x", "1.3.1.2.0=x");
	DESK_EXPECT(k, SN_PDU_SET, "badValue 1 1.3.2.1.2=1", "1.3.2.1.2=ctr");
	DESK_EXPECT(k, SN_PDU_SET, "noSuchName 1 1.3.1.3.0=1", "1.3.1.3.0=1");
	DESK_EXPECT(k, SN_PDU_SET, "noSuchName 1 1.3.2.1.1=1", "1.3.2.1.1=ctr");
	DESK_EXPECT(k, SN_PDU_SET, "genErr 1 1.3.2.1.3=1", "1.3.2.1.3=ctr");
	k->d.writable = false;
	DESK_EXPECT(k, SN_PDU_SET, "noSuchName 1 1.3.1.2.0=1", "1.3.1.2.0=1");
	sn_overlay_fini(&k->overlay);
}
END_TEST

/* RFC 3416 §4.2.5: decided before anything is set. */
START_TEST(a_set_whose_answer_does_not_fit_sets_nothing)
{
	struct desk *k = desk_open(SN_VERSION_2C);

	k->d.room = 10;
	DESK_EXPECT(k, SN_PDU_SET, "tooBig 0", "1.3.1.1.0=too long");
	k->d.room = DESK_ROOM;
	DESK_EXPECT(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc", "1.3.1.1.0=");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		set_changes_what_get_getnext_and_getbulk_show,
		set_is_all_or_nothing,
		set_says_why_it_cannot,
		v1_has_fewer_reasons,
		a_set_whose_answer_does_not_fit_sets_nothing,
		NULL,
	};

	return suite_run_tests("agent/dispatch_set", tests, 30);
}
