/*
 * Clocks of other engines and both time windows, every branch of RFC 3414 §3.2 7) at its edges.
 * Behaviour of usm/timeliness.h.
 */
#include "usm/timeliness.h"

#include "support/suite.h"

#define S UINT64_C(1000000000)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { MAX = SN_ENGINE_BOOTS_MAX };

/* A clock that took over boots and time at `at` s. */
static struct sn_engine_clock clock_at(uint32_t boots, uint32_t time, uint64_t at)
{
	struct sn_engine_clock c = {
		.at = at * S, .boots = boots, .time = time, .latest = time, .synced = true};

	return c;
}

START_TEST(a_clock_runs_on_by_itself)
{
	struct sn_engine_clock c = clock_at(7, 100, 50);
	uint32_t boots;
	uint32_t time;

	sn_engine_clock_read(&c, 50 * S, &boots, &time);
	ck_assert_uint_eq(boots, 7);
	ck_assert_uint_eq(time, 100);
	sn_engine_clock_read(&c, 51 * S - 1, &boots, &time);
	ck_assert_uint_eq(time, 100);
	sn_engine_clock_read(&c, 51 * S, &boots, &time);
	ck_assert_uint_eq(time, 101);
	sn_engine_clock_read(&c, 3650 * S, &boots, &time);
	ck_assert_uint_eq(boots, 7);
	ck_assert_uint_eq(time, 3700);
	/* a reader that is behind (another thread's idea of now) reads no time before */
	sn_engine_clock_read(&c, 49 * S, &boots, &time);
	ck_assert_uint_eq(time, 100);
}
END_TEST

START_TEST(time_that_would_exceed_its_maximum_counts_boots_up)
{
	struct sn_engine_clock c = clock_at(7, MAX - 1, 0);
	uint32_t boots;
	uint32_t time;

	sn_engine_clock_read(&c, 1 * S, &boots, &time);
	ck_assert_uint_eq(boots, 7);
	ck_assert_uint_eq(time, MAX);
	sn_engine_clock_read(&c, 2 * S, &boots, &time);
	ck_assert_uint_eq(boots, 8);
	ck_assert_uint_eq(time, 0);
	sn_engine_clock_read(&c, 12 * S, &boots, &time);
	ck_assert_uint_eq(boots, 8);
	ck_assert_uint_eq(time, 10);
}
END_TEST

START_TEST(boots_never_pass_their_maximum)
{
	struct sn_engine_clock c = clock_at(MAX - 1, MAX, 0);
	uint32_t boots;
	uint32_t time;

	sn_engine_clock_read(&c, 1 * S, &boots, &time);
	ck_assert_uint_eq(boots, MAX);
	ck_assert_uint_eq(time, 0);
	c = clock_at(MAX, MAX, 0);
	sn_engine_clock_read(&c, 1 * S, &boots, &time);
	ck_assert_uint_eq(boots, MAX);
}
END_TEST

/*
 * One message against a clock that took over boots 5 and time 1000 at 100 s, and 300 s later reads
 * 1300. Its latest received time is 1000.
 */
struct message {
	const char *what;
	uint32_t boots;
	uint32_t time;
	int err;	/* of the check */
	bool taken;	/* the clock takes the message's over */
	uint32_t reads; /* snmpEngineTime right after */
};

static const struct message messages[] = {
	{"on time", 5, 1300, SN_OK, true, 1300},
	{"a little behind", 5, 1299, SN_OK, true, 1299},
	{"just in the window", 5, 1150, SN_OK, true, 1150},
	/* newer than the latest one: taken over first, and then it is not behind (§3.2 7b) */
	{"newer, though behind by more", 5, 1149, SN_OK, true, 1149},
	{"newer by one", 5, 1001, SN_OK, true, 1001},
	{"the latest one again", 5, 1000, SN_ETIMEWINDOW, false, 1300},
	{"older", 5, 999, SN_ETIMEWINDOW, false, 1300},
	{"far ahead", 5, 2000000, SN_OK, true, 2000000},
	{"at the end of time", 5, MAX, SN_OK, true, MAX},
	{"rebooted", 6, 0, SN_OK, true, 0},
	{"rebooted often", 5000, 3, SN_OK, true, 3},
	{"before the reboot", 4, 1300, SN_ETIMEWINDOW, false, 1300},
	{"boots 0", 0, 0, SN_ETIMEWINDOW, false, 1300},
	{"latched", MAX, 1300, SN_ETIMEWINDOW, true, 1300},
};

START_TEST(a_manager_takes_over_what_is_newer_and_checks_then)
{
	for (size_t i = 0; i < COUNT(messages); i++) {
		const struct message *m = &messages[i];
		struct sn_engine_clock c = clock_at(5, 1000, 100);
		uint32_t boots;
		uint32_t time;
		int err = sn_engine_clock_check(&c, m->boots, m->time, 400 * S);

		sn_engine_clock_read(&c, 400 * S, &boots, &time);
		ck_assert_msg(err == m->err, "%s: %d", m->what, err);
		ck_assert_msg(boots == (m->taken ? m->boots : 5), "%s: boots %u", m->what, boots);
		ck_assert_msg(time == m->reads, "%s: time %u", m->what, time);
		ck_assert_msg(c.latest == (m->taken ? m->time : 1000), "%s: latest", m->what);
		ck_assert_msg(c.at == (m->taken ? 400 : 100) * S, "%s: at", m->what);
	}
}
END_TEST

/* Answers of one moment overtake each other: not newer, but in the window, and the clock stays. */
START_TEST(a_message_that_was_overtaken_is_good_for_150_seconds)
{
	struct sn_engine_clock c = clock_at(5, 1000, 100);

	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 1000, 100 * S), SN_OK);
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 990, 101 * S), SN_OK);
	ck_assert_uint_eq(c.latest, 1000);
	ck_assert_uint_eq(c.at, 100 * S);
	/* the clock reads 1010 */
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 860, 110 * S), SN_OK);
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 859, 110 * S), SN_ETIMEWINDOW);
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 0, 110 * S), SN_ETIMEWINDOW);
	/* early in an engine's life there is nothing 150 s behind */
	c = clock_at(5, 149, 0);
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 0, 1 * S), SN_OK);
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, 0, 2 * S), SN_ETIMEWINDOW);
}
END_TEST

START_TEST(the_first_authentic_message_sets_the_clock_whatever_it_says)
{
	static const uint32_t boots[] = {0, 1, 77, MAX - 1};

	for (size_t i = 0; i < COUNT(boots); i++) {
		struct sn_engine_clock c = {.at = 0};

		ck_assert_int_eq(sn_engine_clock_check(&c, boots[i], 0, 9 * S), SN_OK);
		ck_assert(c.synced);
		ck_assert_uint_eq(c.boots, boots[i]);
		ck_assert_uint_eq(c.at, 9 * S);
	}
}
END_TEST

START_TEST(an_engine_with_latched_boots_is_never_authentic_again)
{
	struct sn_engine_clock c = {.at = 0};

	ck_assert_int_eq(sn_engine_clock_check(&c, MAX, 5, 1 * S), SN_ETIMEWINDOW);
	ck_assert(c.synced);
	ck_assert_int_eq(sn_engine_clock_check(&c, MAX, 6, 2 * S), SN_ETIMEWINDOW);
	ck_assert_int_eq(sn_engine_clock_check(&c, 1, 0, 3 * S), SN_ETIMEWINDOW);
	ck_assert_uint_eq(c.boots, MAX);
}
END_TEST

/* Our notion ran over a second before the engine's own clock does: it is not the one to be wrong.
 */
START_TEST(an_engine_whose_time_did_not_run_over_yet_is_believed)
{
	struct sn_engine_clock c = clock_at(5, MAX - 10, 0);

	ck_assert_int_eq(sn_engine_clock_check(&c, 5, MAX, 11 * S), SN_OK);
	ck_assert_uint_eq(c.boots, 5);
	ck_assert_uint_eq(c.latest, MAX);
	ck_assert_int_eq(sn_engine_clock_check(&c, 6, 0, 12 * S), SN_OK);
	/* and what is of before is old now */
	ck_assert_int_eq(sn_engine_clock_check(&c, 5, MAX, 12 * S), SN_ETIMEWINDOW);
}
END_TEST

START_TEST(an_authority_takes_150_seconds_on_either_side_and_its_own_boots_only)
{
	static const struct {
		uint32_t own_boots;
		uint32_t own_time;
		uint32_t boots;
		uint32_t time;
		int err;
	} rows[] = {
		{5, 1000, 5, 1000, SN_OK},
		{5, 1000, 5, 850, SN_OK},
		{5, 1000, 5, 849, SN_ETIMEWINDOW},
		{5, 1000, 5, 1150, SN_OK},
		{5, 1000, 5, 1151, SN_ETIMEWINDOW},
		{5, 1000, 4, 1000, SN_ETIMEWINDOW},
		{5, 1000, 6, 1000, SN_ETIMEWINDOW},
		{5, 1000, 0, 0, SN_ETIMEWINDOW},
		{5, 100, 5, 0, SN_OK},
		{5, 151, 5, 0, SN_ETIMEWINDOW},
		{5, 0, 5, 150, SN_OK},
		{5, 0, 5, MAX, SN_ETIMEWINDOW},
		{5, MAX, 5, MAX, SN_OK},
		{5, MAX, 5, 0, SN_ETIMEWINDOW},
		{MAX - 1, 9, MAX - 1, 9, SN_OK},
		{MAX, 9, MAX, 9, SN_ETIMEWINDOW},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int err = sn_timeliness_check_own(rows[i].own_boots, rows[i].own_time,
						  rows[i].boots, rows[i].time);

		ck_assert_msg(err == rows[i].err, "row %zu: %d", i, err);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_clock_runs_on_by_itself,
		time_that_would_exceed_its_maximum_counts_boots_up,
		boots_never_pass_their_maximum,
		a_manager_takes_over_what_is_newer_and_checks_then,
		a_message_that_was_overtaken_is_good_for_150_seconds,
		the_first_authentic_message_sets_the_clock_whatever_it_says,
		an_engine_with_latched_boots_is_never_authentic_again,
		an_engine_whose_time_did_not_run_over_yet_is_believed,
		an_authority_takes_150_seconds_on_either_side_and_its_own_boots_only,
		NULL};

	return suite_run_tests("timeliness", tests, 0);
}
