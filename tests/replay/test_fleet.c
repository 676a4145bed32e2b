/*
 * Many targets at once: dead ones among them, fewer slots than targets, fewer rounds at once than
 * targets, windows. Nobody starves, nothing is asked twice, limits hold at every moment.
 *
 * ctest: one_thread timeout=120
 */
#include "support/rig.h"

static struct rig r;

/* The most that was under way at any turn. */
static uint32_t most_slots;
static uint32_t most_jobs;
static uint32_t most_in_flight; /* at one device */

static void look(void)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < r.c.ntargets; i++) {
		const struct sn_device *dev = &r.c.targets[i]->dev;

		most_in_flight = dev->in_flight > most_in_flight ? dev->in_flight : most_in_flight;
		suite_expect(dev->in_flight <= dev->window);
		sum += dev->in_flight;
	}
	/* who has the window has a slot, or waits for one */
	suite_expect(sum >= r.w.slots.used);
	suite_expect(sum == r.w.slots.used || r.w.slots.used == r.w.slots.n);
	most_slots = r.w.slots.used > most_slots ? r.w.slots.used : most_slots;
	most_jobs = r.c.jobs > most_jobs ? r.c.jobs : most_jobs;
}

/* As rig_run_idle, with a look at every turn. */
static void run_watched(uint64_t ns)
{
	uint64_t end = rig_now(&r) + ns;

	while (!r.idle && rig_now(&r) < end) {
		ck_assert_int_eq(sn_worker_turn(&r.w, end), SN_OK);
		look();
	}
	ck_assert_uint_eq(r.idle, 1);
	rig_check(&r);
}

START_TEST(of_a_thousand_devices_three_hundred_are_dead)
{
	struct rig_config cfg = {.targets = 1000,
				 .rows = 8,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .once = true,
				 .in_flight = 5000,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 1000; i++) {
		r.agents.agent[i].dead = i % 10 < 3;
	}
	rig_round(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 700);
	ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 300);
	for (uint32_t i = 0; i < 1000; i++) {
		const struct rig_target *rt = &r.target[i];

		ck_assert_uint_eq(rt->rounds, 1);
		if (i % 10 < 3) {
			/* three attempts of one small request: all a dead device costs */
			ck_assert_uint_eq(rt->last.requests, 1);
			ck_assert_uint_eq(rt->last.retries, 2);
			ck_assert_uint_eq(rt->last.rows, 0);
			ck_assert_str_eq(rt->reason, "no answer in time");
		} else {
			ck_assert_uint_eq(rt->last.rows, 9);
			ck_assert_uint_eq(rt->last.retries, 0);
		}
	}
	ck_assert_uint_eq(rig_counter(&r, SN_C_RETRIES), 600);
	ck_assert_uint_eq(rig_counter(&r, SN_C_TIMEOUTS), 300);
	rig_close(&r);
}
END_TEST

/* p99 lateness of the living over some minutes. */
static uint64_t lateness(uint32_t dead_of_ten)
{
	struct rig_config cfg = {.targets = 1000,
				 .rows = 4,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .in_flight = 5000};
	uint64_t p99;

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < cfg.targets; i++) {
		r.agents.agent[i].dead = i % 10 < dead_of_ten;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 300 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 5 * 100 * dead_of_ten);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 5 * 100 * (10 - dead_of_ten));
	p99 = sn_hist_quantile(&r.c.lateness, 0.99);
	rig_close(&r);
	return p99;
}

START_TEST(dead_devices_make_nobody_late)
{
	uint64_t none = lateness(0);
	uint64_t some = lateness(3);

	printf("p99 lateness: none dead %.3f ms, 30 %% dead %.3f ms\n", (double)none / 1e6,
	       (double)some / 1e6);
	ck_assert_uint_le(some, none * 11 / 10);
	ck_assert_uint_le(none, 2 * SN_NS_PER_MS); /* a tick and a bucket */
}
END_TEST

START_TEST(fewer_slots_than_targets_only_make_it_slower)
{
	struct rig_config cfg = {.targets = 300,
				 .rows = 8,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .once = true,
				 .in_flight = 7,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 300; i++) {
		r.agents.agent[i].dead = i % 100 == 0;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	run_watched(3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 297);
	ck_assert_uint_eq(r.by_status[SN_ROUND_TIMEOUT], 3);
	ck_assert_uint_eq(most_slots, 7);
	ck_assert_uint_eq(r.retries, 6); /* waiting for a slot is no timeout */
	rig_close(&r);
}
END_TEST

START_TEST(waiting_for_a_slot_is_fair)
{
	struct rig_config cfg = {.targets = 100, .once = true, .in_flight = 1};
	uint64_t last = 0;

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	run_watched(3600 * SN_NS_PER_SEC);
	/* one request a target and one slot: first come, first served, 2 ms each */
	for (uint32_t i = 0; i < 100; i++) {
		ck_assert_uint_gt(r.target[i].at[0], last);
		last = r.target[i].at[0];
	}
	ck_assert_uint_eq(last - r.agents.began, 100 * 2 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

START_TEST(rounds_at_once_are_limited)
{
	struct rig_config cfg = {.targets = 500, .once = true, .max_jobs = 20};

	most_jobs = 0;
	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 500; i++) {
		r.agents.agent[i].delay_ns = i * SN_NS_PER_MS; /* not all over at the same time */
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	run_watched(3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 500);
	ck_assert_uint_eq(most_jobs, 20);
	rig_close(&r);
}
END_TEST

START_TEST(a_device_never_has_more_requests_than_its_window)
{
	for (uint32_t window = 1; window <= 8; window++) {
		struct rig_config cfg = {.targets = 3,
					 .rows = 500,
					 .objects = AGENT_SCALARS | AGENT_COLUMNS,
					 .once = true,
					 .window = window,
					 .max_reply = 484,
					 .v1 = _i == 1,
					 .v3 = _i == 2};
		uint32_t seen = 0;

		most_in_flight = 0;
		rig_open(&r, &cfg);
		for (uint32_t i = 0; i < 3; i++) {
			r.agents.agent[i].delay_ns = 20 * SN_NS_PER_MS;
		}
		ck_assert_int_eq(rig_apply(&r), SN_OK);
		run_watched(3600 * SN_NS_PER_SEC);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 3);
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t pending = r.agents.agent[i].most_pending;

			ck_assert_uint_le(pending, window);
			seen = pending > seen ? pending : seen;
		}
		if (!cfg.v1 && window <= 2) {
			ck_assert_uint_eq(seen, window); /* and it is used */
			ck_assert_uint_eq(most_in_flight, window);
		}
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_closed_window_and_a_single_slot_end_well_when_the_device_dies)
{
	struct rig_config cfg = {.targets = 5,
				 .rows = 200,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .once = true,
				 .window = 2,
				 .in_flight = 3,
				 .max_reply = 484,
				 .v1 = _i == 1,
				 .v3 = _i == 2};

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 5; i++) {
		r.agents.agent[i].dies_after = 2 + 3 * i;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	run_watched(3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.by_status[SN_ROUND_PARTIAL], 5);
	rig_close(&r);
}
END_TEST

START_TEST(outputs_that_are_behind_stop_new_rounds_and_lose_none)
{
	struct rig_config cfg = {.targets = 100, .interval_ns = 10 * SN_NS_PER_SEC};
	uint64_t before;

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 20 * SN_NS_PER_SEC);
	r.out.blocked = true;
	rig_run(&r, SN_NS_PER_SEC);
	before = rig_counter(&r, SN_C_ROUNDS_STARTED);
	rig_run(&r, 34 * SN_NS_PER_SEC);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_STARTED), before);
	/* asked every 5 ms, not all the time */
	ck_assert_uint_le(r.out.asked, 1000000);
	r.out.blocked = false;
	rig_run(&r, 25 * SN_NS_PER_SEC);
	rig_finish(&r);
	/* 80 s: each of the 100 has 8 intervals, had or left out */
	ck_assert_uint_eq(r.rounds + r.skipped, 800);
	ck_assert_uint_ge(r.skipped, 200);
	rig_close(&r);
}
END_TEST

START_TEST(outputs_are_asked_again_every_5_ms_until_they_are_ready)
{
	struct rig_config cfg = {.once = true};

	rig_open(&r, &cfg);
	r.out.blocked_asks = 100;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.rounds, 1);
	ck_assert_uint_ge(r.target[0].at[0] - r.agents.began, 500 * SN_NS_PER_MS);
	ck_assert_uint_le(r.target[0].at[0] - r.agents.began, 620 * SN_NS_PER_MS);
	rig_check(&r);
	rig_close(&r);
}
END_TEST

START_TEST(a_record_without_a_round_does_not_stay_in_a_buffer)
{
	struct rig_config cfg = {.targets = 1};
	struct sn_target_spec *spec;

	rig_open(&r, &cfg);
	spec = rig_spec(&r, 0);
	spec->resolve_err = SN_ENOENT;
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
	rig_run(&r, 600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.rounds, 10);
	ck_assert_uint_le(r.out.longest, 210 * SN_NS_PER_MS);
	rig_finish(&r);
	rig_close(&r);
}
END_TEST

START_TEST(what_was_emitted_does_not_stay_in_a_buffer)
{
	struct rig_config cfg = {.targets = 3};

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.rounds, 30);
	ck_assert_uint_ge(r.out.longest, 90 * SN_NS_PER_MS);
	ck_assert_uint_le(r.out.longest, 210 * SN_NS_PER_MS);
	ck_assert(!r.out.pending);
	/* and nobody wakes up for a buffer that is empty: a round takes a dozen turns */
	ck_assert_uint_le(rig_counter(&r, SN_C_LOOPS), 30 * 15);
	rig_finish(&r);
	ck_assert_uint_ge(r.out.forced, 1);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		of_a_thousand_devices_three_hundred_are_dead,
		fewer_slots_than_targets_only_make_it_slower,
		a_device_never_has_more_requests_than_its_window,
		a_closed_window_and_a_single_slot_end_well_when_the_device_dies, NULL};
	const TTest *const single[] = {dead_devices_make_nobody_late,
				       waiting_for_a_slot_is_fair,
				       rounds_at_once_are_limited,
				       outputs_that_are_behind_stop_new_rounds_and_lose_none,
				       outputs_are_asked_again_every_5_ms_until_they_are_ready,
				       a_record_without_a_round_does_not_stay_in_a_buffer,
				       what_was_emitted_does_not_stay_in_a_buffer,
				       NULL};

	return rig_main("fleet", both, single, 60);
}
