/*
 * Time: uptimes that wrap or restart, interfaces whose counters restart, a wall clock that steps,
 * rounds that take longer than their interval, no interval at all.
 *
 * ctest: one_thread timeout=120
 */
#include "support/rig.h"

static struct rig r;

#define HOUR (3600 * SN_NS_PER_SEC)
#define DAY (24 * HOUR)
/* 2^32 hundredths of a second: 497.1 days */
#define UPTIME_WRAP ((UINT64_C(1) << 32) * 10 * SN_NS_PER_MS)

START_TEST(an_uptime_that_wraps_after_497_days_is_no_reset)
{
	struct rig_config cfg = {.targets = 10, .interval_ns = 300 * SN_NS_PER_SEC};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 10; i++) {
		r.agents.agent[i].boot_age = UPTIME_WRAP - i * 400 * SN_NS_PER_SEC;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 2 * HOUR);
	rig_finish(&r);
	for (uint32_t i = 0; i < 10; i++) {
		ck_assert_uint_eq(r.target[i].rounds, 24);
		ck_assert_uint_eq(r.target[i].resets, 0);
		ck_assert_uint_le(r.target[i].last.uptime, 2 * 360000);
	}
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESETS), 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_reboot_is_one_reset_exactly_once)
{
	struct rig_config cfg = {.targets = 20,
				 .rows = 4,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 20; i++) {
		struct agent *a = &r.agents.agent[i];

		/* young and old ones, down for a moment or for some rounds */
		a->boot_age = i % 2 ? 30 * SN_NS_PER_SEC : 100 * DAY;
		a->reboot_at = rig_now(&r) + 600 * SN_NS_PER_SEC + i * 7 * SN_NS_PER_SEC;
		a->dead_until = a->reboot_at;
		a->dead_from = a->reboot_at - (i % 4) * 100 * SN_NS_PER_SEC;
		a->dead_from = i % 4 ? a->dead_from : 0;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, HOUR);
	rig_finish(&r);
	for (uint32_t i = 0; i < 20; i++) {
		ck_assert_uint_eq(r.target[i].rounds, 60);
		ck_assert_uint_eq(r.target[i].resets, 1);
	}
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESETS), 20);
	rig_close(&r);
}
END_TEST

START_TEST(a_reboot_marks_every_row_of_its_round)
{
	struct rig_config cfg = {.rows = 3,
				 .json = true,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	r.agents.agent[0].reboot_at = rig_now(&r) + 200 * SN_NS_PER_SEC;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 600 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.rounds, 10);
	/* three interfaces, the scalars, the round record */
	ck_assert_uint_eq(capture_count(&r.out, "\"reset\":true"), 5);
	ck_assert_uint_eq(capture_count(&r.out, "\"reset\":false"), 9 * 5);
	rig_close(&r);
}
END_TEST

START_TEST(a_discontinuity_marks_its_row_and_no_other)
{
	struct rig_config cfg = {.targets = 6,
				 .rows = 40,
				 .json = true,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS |
					    AGENT_BIT(AGENT_IF_DISCONTINUITY),
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 6; i++) {
		struct agent *a = &r.agents.agent[i];

		a->discontinuity = i % 2 ? 4711 : 0; /* of all interfaces so far */
		a->discontinuity_index = 17;
		a->discontinuity_at = i < 4 ? rig_now(&r) + 250 * SN_NS_PER_SEC : 0;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 900 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESETS), 4);
	ck_assert_uint_eq(capture_count(&r.out, "\"reset\":true"), 4);
	for (uint32_t i = 0; i < 6; i++) {
		ck_assert_uint_eq(r.target[i].resets, 0); /* not the device's */
		ck_assert_uint_eq(r.target[i].all_rows_reset, i < 4 ? 1 : 0);
	}
	rig_close(&r);
}
END_TEST

START_TEST(a_step_of_the_wall_clock_loses_and_doubles_no_round)
{
	struct rig_config cfg = {.targets = 50};

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 1000 * SN_NS_PER_SEC);
	sn_fake_step_wall(r.net, (int64_t)HOUR);
	rig_run(&r, 1000 * SN_NS_PER_SEC);
	sn_fake_step_wall(r.net, -2 * (int64_t)HOUR);
	rig_run(&r, 1000 * SN_NS_PER_SEC);
	rig_finish(&r);
	for (uint32_t i = 0; i < 50; i++) {
		const struct rig_target *rt = &r.target[i];

		ck_assert_uint_eq(rt->rounds, 50);
		ck_assert_uint_eq(rt->skipped, 0);
		for (uint32_t k = 1; k < 50; k++) {
			uint64_t gap = rt->at[k] - rt->at[k - 1];

			/* on the minute, to a tick of the wheel */
			ck_assert_uint_ge(gap, 60 * SN_NS_PER_SEC - 2 * SN_NS_PER_MS);
			ck_assert_uint_le(gap, 60 * SN_NS_PER_SEC + 2 * SN_NS_PER_MS);
		}
	}
	rig_close(&r);
}
END_TEST

START_TEST(time_stamps_follow_the_wall_clock_within_a_second)
{
	struct rig_config cfg = {.targets = 1, .interval_ns = 10 * SN_NS_PER_SEC};
	uint64_t wall;

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 100 * SN_NS_PER_SEC);
	wall = r.target[0].last.at;
	sn_fake_step_wall(r.net, (int64_t)HOUR);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_ge(r.target[0].last.at - wall, HOUR + 9 * SN_NS_PER_SEC);
	ck_assert_uint_le(r.target[0].last.at - wall, HOUR + 11 * SN_NS_PER_SEC);
	rig_finish(&r);
	rig_close(&r);
}
END_TEST

START_TEST(rounds_longer_than_the_interval_leave_intervals_out)
{
	struct rig_config cfg = {
		.targets = 4, .interval_ns = 5 * SN_NS_PER_SEC, .timeout_ns = 4 * SN_NS_PER_SEC};

	rig_open(&r, &cfg);
	r.agents.agent[0].dead = true; /* 3 * 4 s: every third interval */
	r.agents.agent[1].delay_ns = 3900 * SN_NS_PER_MS;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 300 * SN_NS_PER_SEC);
	rig_finish(&r);
	/* then, given up for dead, one attempt a round */
	ck_assert_uint_ge(r.target[0].rounds, 3 + 50);
	ck_assert_uint_le(r.target[0].rounds, 3 + 51);
	ck_assert_uint_eq(r.target[0].skipped, 3 * 2);
	for (uint32_t i = 1; i < 4; i++) {
		ck_assert_uint_eq(r.target[i].rounds, 60);
		ck_assert_uint_eq(r.target[i].skipped, 0);
	}
	rig_close(&r);
}
END_TEST

START_TEST(without_an_interval_round_follows_round)
{
	struct rig_config cfg = {.targets = 3,
				 .interval_ns = RIG_NO_INTERVAL,
				 .objects = AGENT_SCALARS,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	r.agents.agent[1].dead = true;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 40 * SN_NS_PER_SEC);
	rig_finish(&r);
	/* 2 ms a round */
	ck_assert_uint_ge(r.target[0].rounds, 19960);
	ck_assert_uint_ge(r.target[2].rounds, 19960);
	/* 3 s of timeouts and 1 s of rest, three times; then 1 s and 1 s */
	ck_assert_uint_ge(r.target[1].rounds, 3 + 13);
	ck_assert_uint_le(r.target[1].rounds, 3 + 15);
	ck_assert_uint_eq(r.skipped, 0);
	rig_close(&r);
}
END_TEST

START_TEST(without_an_interval_what_fails_at_once_does_not_spin)
{
	struct rig_config cfg = {.targets = 2, .interval_ns = RIG_NO_INTERVAL};
	struct sn_target_spec *specs[2];

	rig_open(&r, &cfg);
	specs[0] = rig_spec(&r, 0);
	specs[0]->resolve_err = SN_ENOENT;
	specs[1] = rig_spec(&r, 1);
	ck_assert_int_eq(sn_addr_parse(&specs[1]->addr, "[2001:db8::1]:161", 161), SN_OK);
	ck_assert_int_eq(rig_apply_specs(&r, specs, 2), SN_OK);
	rig_run(&r, 100 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_ge(r.target[0].rounds, 99);
	ck_assert_uint_le(r.target[0].rounds, 102);
	ck_assert_uint_ge(r.target[1].rounds, 99);
	ck_assert_uint_le(r.target[1].rounds, 102);
	rig_close(&r);
}
END_TEST

START_TEST(first_rounds_come_at_their_phase_after_every_restart)
{
	uint64_t at[20];

	for (int run = 0; run < 3; run++) {
		struct rig_config cfg = {.targets = 20};

		rig_open(&r, &cfg);
		/* each start at another time of day */
		rig_run(&r, (uint64_t)run * 12345 * SN_NS_PER_MS + 1);
		ck_assert_int_eq(rig_apply(&r), SN_OK);
		rig_run(&r, 60 * SN_NS_PER_SEC);
		ck_assert_uint_eq(r.rounds, 20);
		for (uint32_t i = 0; i < 20; i++) {
			uint64_t phase = r.target[i].last.at % (60 * SN_NS_PER_SEC);

			/* the wheel's ticks lie elsewhere each time */
			if (run > 0) {
				ck_assert_uint_le(phase > at[i] ? phase - at[i] : at[i] - phase,
						  2 * SN_NS_PER_MS);
			}
			at[i] = phase;
		}
		rig_finish(&r);
		rig_close(&r);
	}
}
END_TEST

int main(void)
{
	const TTest *const both[] = {a_reboot_is_one_reset_exactly_once,
				     a_reboot_marks_every_row_of_its_round,
				     a_discontinuity_marks_its_row_and_no_other,
				     without_an_interval_round_follows_round, NULL};
	const TTest *const single[] = {an_uptime_that_wraps_after_497_days_is_no_reset,
				       a_step_of_the_wall_clock_loses_and_doubles_no_round,
				       time_stamps_follow_the_wall_clock_within_a_second,
				       rounds_longer_than_the_interval_leave_intervals_out,
				       without_an_interval_what_fails_at_once_does_not_spin,
				       first_rounds_come_at_their_phase_after_every_restart,
				       NULL};

	return rig_main("clock", both, single, 60);
}
