/*
 * The list of targets against a plain set, and the calendar's part of a collector. Reloads with
 * rounds under way are in tests/replay/test_reload. Behaviour of collect/collector.h.
 *
 * ctest: one_thread link=-Wl,--wrap=sn_request_start
 */
#include "support/refuse.h"
#include "support/rig.h"
#include "usm/engine.h"

enum { TARGETS = 60, APPLIES = 400 };

static struct rig r;

static struct sn_target_spec *spec_of(uint32_t id)
{
	static struct sn_target_spec *cache[TARGETS];

	if (!cache[id]) {
		cache[id] = rig_spec(&r, id);
	}
	return cache[id];
}

/* A random subset of all targets becomes the configuration. */
static void apply_some(struct sn_rng *rng, bool *member)
{
	struct sn_target_spec *specs[TARGETS];
	uint64_t share = sn_rng_below(rng, 5);
	uint32_t n = 0;

	for (uint32_t id = 0; id < TARGETS; id++) {
		member[id] = sn_rng_below(rng, 4) < share;
		if (!member[id]) {
			continue;
		}
		specs[n] = sn_rng_below(rng, 3) ? spec_of(id) : rig_spec(&r, id);
		if (sn_rng_below(rng, 3) == 0) {
			specs[n] = rig_spec(&r, id);
			specs[n]->interval_ns = (10 + sn_rng_below(rng, 3)) * SN_NS_PER_SEC;
			specs[n]->window = 1 + (uint32_t)sn_rng_below(rng, 3);
		}
		specs[n]->fingerprint = specs[n]->interval_ns + specs[n]->window;
		n++;
	}
	ck_assert_int_eq(rig_apply_specs(&r, specs, n), SN_OK);
}

static void check_list(const bool *member)
{
	uint32_t n = 0;
	uint32_t jobs = 0;

	for (uint32_t id = 0; id < TARGETS; id++) {
		const char *name = spec_of(id)->origin.instance;
		const struct sn_target *t = sn_collector_find(&r.c, name);

		suite_expect((t != NULL) == member[id]);
		if (!t) {
			continue;
		}
		suite_expect(r.c.targets[n] == t);
		suite_expect(strcmp(t->spec->origin.instance, name) == 0);
		suite_expect(!t->removed);
		/* each has its next round before it: in the calendar, due, or under way */
		suite_expect(sn_timer_armed(&t->calendar) + !sn_list_empty(&t->ready) +
				     (t->job != NULL) ==
			     1);
		suite_expect(t->changed <= (t->job != NULL));
		suite_expect(t->changed || t->dev.window == t->spec->window);
		jobs += t->job != NULL;
		n++;
	}
	suite_expect(r.c.ntargets == n);
	suite_expect(r.c.jobs == jobs);
	suite_expect(r.c.target_slab.used == n);
	suite_expect(r.c.job_slab.used == jobs);
	suite_expect(r.c.old_jobs <= jobs);
}

START_TEST(any_sequence_of_reloads_gives_the_list_it_should)
{
	struct rig_config cfg = {.targets = TARGETS,
				 .rows = 5,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .interval_ns = 10 * SN_NS_PER_SEC,
				 .link = {.delay_ns = 300 * SN_NS_PER_MS,
					  .jitter_ns = 300 * SN_NS_PER_MS,
					  .loss_ppm = 50000}};
	bool member[TARGETS] = {false};
	struct sn_rng rng;

	rig_open(&r, &cfg);
	sn_rng_init_seed(&rng, 99);
	for (unsigned i = 0; i < APPLIES; i++) {
		apply_some(&rng, member);
		check_list(member);
		for (int k = 0; k < 5; k++) {
			rig_run(&r, sn_rng_below(&rng, 1500 * SN_NS_PER_MS));
			check_list(member);
		}
		suite_expect(r.released <= i + 1);
	}
	rig_finish(&r);
	ck_assert_uint_eq(r.released, APPLIES);
	ck_assert_uint_ge(r.by_status[SN_ROUND_OK], 1000);
	ck_assert_uint_ge(r.by_status[SN_ROUND_CANCELLED], 50);
	rig_close(&r);
}
END_TEST

START_TEST(find_knows_every_target_and_no_other)
{
	struct rig_config cfg = {.targets = 1000};

	rig_open(&r, &cfg);
	ck_assert_ptr_null(sn_collector_find(&r.c, "t0000001"));
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	for (uint32_t i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "t%07u", i);
		ck_assert_ptr_nonnull(sn_collector_find(&r.c, name));
		snprintf(name, sizeof(name), "t%07ux", i);
		ck_assert_ptr_null(sn_collector_find(&r.c, name));
	}
	ck_assert_ptr_null(sn_collector_find(&r.c, ""));
	ck_assert_ptr_null(sn_collector_find(&r.c, "t0001000"));
	ck_assert_ptr_null(sn_collector_find(&r.c, "zzz"));
	rig_close(&r);
}
END_TEST

START_TEST(a_reload_of_one_target_leaves_the_others_calendars_alone)
{
	struct rig_config cfg = {.targets = 20};
	struct sn_target_spec *specs[20];
	uint64_t due[20];

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 90 * SN_NS_PER_SEC);
	for (uint32_t i = 0; i < 20; i++) {
		due[i] = r.c.targets[i]->due;
		specs[i] = rig_spec(&r, i);
	}
	specs[7]->fingerprint = 2;
	specs[7]->interval_ns = 7 * SN_NS_PER_SEC;
	ck_assert_int_eq(rig_apply_specs(&r, specs, 20), SN_OK);
	for (uint32_t i = 0; i < 20; i++) {
		ck_assert_int_eq(r.c.targets[i]->due == due[i], i != 7);
	}
	rig_finish(&r);
	rig_close(&r);
}
END_TEST

START_TEST(lateness_and_duration_are_recorded_for_each_round)
{
	struct rig_config cfg = {.targets = 10};
	uint64_t n = 0;

	rig_open(&r, &cfg);
	r.agents.agent[3].dead = true;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 600 * SN_NS_PER_SEC);
	rig_finish(&r);
	for (unsigned i = 0; i < SN_HIST_BUCKETS; i++) {
		n += r.c.lateness.bucket[i];
	}
	ck_assert_uint_eq(n, 100);
	n = 0;
	for (unsigned i = 0; i < SN_HIST_BUCKETS; i++) {
		n += r.c.duration.bucket[i];
	}
	ck_assert_uint_eq(n, 90); /* of those that were answered */
	ck_assert_uint_le(sn_hist_quantile(&r.c.lateness, 1), 2 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

START_TEST(a_collector_ended_in_mid_round_gives_all_memory_back)
{
	struct rig_config cfg = {
		.targets = 20, .once = true, .rows = 50, .objects = AGENT_SCALARS | AGENT_COLUMNS};
	struct sn_collector_config again;

	/* what the leak checker would see; as when the worker's io failed */
	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 3 * SN_NS_PER_MS);
	ck_assert_uint_ge(r.c.jobs, 10);
	again = r.c.cfg;
	sn_collector_fini(&r.c);
	ck_assert_uint_ge(r.w.arenas.held, 1);
	sn_collector_init(&r.c, &r.w, &again); /* for rig_close */
	rig_close(&r);
	ck_assert_uint_eq(r.w.arenas.held, 0);
}
END_TEST

enum { MINUTES_A_DAY = 24 * 60 };

/* Whole minutes between the ends of a target's rounds i - 1 and i; timers fire within 2 ms. */
static uint64_t minutes_before(const struct rig_target *rt, uint64_t i)
{
	const uint64_t minute = 60 * SN_NS_PER_SEC;
	uint64_t distance = rt->at[i] - rt->at[i - 1] + 2 * SN_NS_PER_MS;

	suite_expect(distance % minute < 4 * SN_NS_PER_MS);
	return distance / minute;
}

/* Ends the rig as rig_close does; its checks know nothing of the refusals made here. */
static void close_refused(void)
{
	refuse_err = SN_OK;
	refuse_after = 0;
	rig_close(&r);
}

START_TEST(rounds_of_a_target_that_refuses_grow_rare_and_stay_at_their_moment)
{
	struct rig_config cfg = {.targets = 1};
	const uint64_t minute = 60 * SN_NS_PER_SEC;
	uint64_t distance = 2;
	uint64_t minutes = 0;
	uint64_t rounds;

	rig_open(&r, &cfg);
	refuse_err = SN_EDIGEST;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, MINUTES_A_DAY * minute);
	rounds = r.target[0].rounds;
	for (uint64_t i = 1; i < rounds; i++) {
		ck_assert_uint_eq(minutes_before(&r.target[0], i), distance);
		minutes += distance;
		distance = distance == 32 ? 60 : distance < 32 ? 2 * distance : 60;
	}
	ck_assert_uint_ge(rounds, 27); /* 5 in the first hour, then one an hour */
	ck_assert_uint_le(rounds, 30);
	ck_assert_uint_lt(20 * rounds, MINUTES_A_DAY);
	ck_assert_uint_eq(r.skipped, 0);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_SKIPPED), 0);
	ck_assert_uint_eq(r.by_status[SN_ROUND_WRONG_DIGEST], rounds);
	ck_assert_uint_eq(rounds + rig_counter(&r, SN_C_ROUNDS_HELD), 1 + minutes);
	close_refused();
}
END_TEST

START_TEST(the_first_answer_ends_the_slow_retry_and_silence_does_not)
{
	struct rig_config cfg = {.targets = 1, .retries = RIG_NO_RETRIES};
	const uint64_t minute = 60 * SN_NS_PER_SEC;
	const struct rig_target *rt;

	rig_open(&r, &cfg);
	rt = &r.target[0];
	refuse_err = SN_EUSER;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	while (rt->rounds < 3) {
		rig_run(&r, minute);
	}
	ck_assert_uint_eq(r.c.targets[0]->held, 7);
	refuse_err = SN_ETIMEDOUT; /* neither doubles the distance nor ends it */
	while (rt->rounds < 5) {
		rig_run(&r, minute);
	}
	ck_assert_uint_eq(minutes_before(rt, 4), 8);
	ck_assert_uint_eq(r.c.targets[0]->held, 7);
	refuse_err = SN_OK;
	while (rt->rounds < 6) {
		rig_run(&r, minute);
	}
	ck_assert_uint_eq(rt->last.status, SN_ROUND_OK);
	ck_assert_uint_eq(r.c.targets[0]->held, 0);
	rig_run(&r, 10 * minute);
	ck_assert_uint_eq(rt->by_status[SN_ROUND_OK], 11);
	refuse_err = SN_EUSER;
	rig_run(&r, minute);
	ck_assert_uint_eq(r.c.targets[0]->held, 1); /* from the beginning */
	close_refused();
}
END_TEST

START_TEST(what_time_heals_is_asked_again_as_usual)
{
	struct rig_config cfg = {.targets = 1, .retries = RIG_NO_RETRIES};

	rig_open(&r, &cfg);
	refuse_err = _i ? SN_ETIMEWINDOW : SN_ETIMEDOUT;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].rounds, 60);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_HELD), 0);
	close_refused();
}
END_TEST

START_TEST(a_reload_that_changes_a_refusing_target_asks_it_at_its_next_moment)
{
	struct rig_config cfg = {.targets = 3};
	const uint64_t minute = 60 * SN_NS_PER_SEC;
	struct sn_target_spec *specs[3];
	uint64_t started;
	uint64_t held;
	uint64_t due[3];

	rig_open(&r, &cfg);
	refuse_err = SN_EDECRYPT;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 200 * minute);
	started = rig_counter(&r, SN_C_ROUNDS_STARTED);
	held = rig_counter(&r, SN_C_ROUNDS_HELD);
	for (uint32_t i = 0; i < 3; i++) {
		due[i] = r.c.targets[i]->due;
		ck_assert_uint_gt(due[i], rig_now(&r) + minute);
		specs[i] = rig_spec(&r, i);
	}
	specs[1]->fingerprint = 2;
	ck_assert_int_eq(rig_apply_specs(&r, specs, 3), SN_OK);
	ck_assert_uint_eq(r.c.targets[0]->due, due[0]);
	ck_assert_uint_eq(r.c.targets[2]->due, due[2]);
	ck_assert_uint_le(r.c.targets[1]->due, rig_now(&r) + minute);
	ck_assert_uint_eq((due[1] - r.c.targets[1]->due) % minute, 0);
	due[1] = (due[1] - r.c.targets[1]->due) / minute; /* rounds that are not left out now */
	rig_run(&r, minute);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_STARTED), started + 1);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_HELD), held + 59 - due[1]);
	ck_assert_uint_eq(r.c.targets[1]->held, 1);
	close_refused();
}
END_TEST

START_TEST(a_reload_during_the_refused_round_counts_as_well)
{
	struct rig_config cfg = {.targets = 1};
	struct sn_target_spec *spec;

	rig_open(&r, &cfg);
	refuse_err = SN_EDIGEST;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	while (r.c.jobs == 0) {
		rig_run(&r, SN_NS_PER_MS / 4);
	}
	spec = rig_spec(&r, 0);
	spec->fingerprint = 2;
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
	rig_run(&r, SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].by_status[SN_ROUND_WRONG_DIGEST], 1);
	ck_assert_uint_eq(r.c.targets[0]->held, 0); /* that was the old password */
	ck_assert_uint_eq(r.c.targets[0]->refusals, 0);
	close_refused();
}
END_TEST

/* As if the target's agent had proved its engine. */
static void give_engine(struct sn_target *t, const struct sn_usm_user *user)
{
	static const uint8_t id[] = {0x80, 0, 0, 0, 1, 2, 3};

	t->dev.engine = sn_keys_get(&r.c.session.engines);
	ck_assert_ptr_nonnull(t->dev.engine);
	ck_assert_int_eq(sn_engine_init(t->dev.engine, user, sn_span_make(id, sizeof(id))), SN_OK);
}

START_TEST(an_engine_lives_as_long_as_its_target_goes_unchanged)
{
	static const struct sn_usm_user user = {.name = {.p = (const uint8_t *)"u", .n = 1}};
	static const struct sn_usm_access access[2] = {{.user = &user}, {.user = &user}};
	struct rig_config cfg = {.targets = 3};
	struct sn_target_spec *specs[3];

	rig_open(&r, &cfg);
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 3; i++) {
			specs[i] = rig_spec(&r, i);
			specs[i]->version = SN_VERSION_3;
			specs[i]->access = &access[round];
		}
		specs[1]->fingerprint += round;
		ck_assert_int_eq(rig_apply_specs(&r, specs, round ? 2 : 3), SN_OK);
		for (uint32_t i = 0; i < r.c.ntargets; i++) {
			ck_assert_ptr_eq(r.c.targets[i]->dev.access, &access[round]);
			if (round == 0) {
				give_engine(r.c.targets[i], &user);
			}
		}
	}
	ck_assert_uint_eq(r.c.ntargets, 2);
	ck_assert_ptr_nonnull(r.c.targets[0]->dev.engine); /* the same as before */
	ck_assert_ptr_null(r.c.targets[1]->dev.engine);	   /* changed */
	ck_assert_uint_eq(r.c.session.engines.used, 1);	   /* the third is gone */
	rig_close(&r);
}
END_TEST

START_TEST(without_an_interval_a_refusing_target_is_left_alone_as_well)
{
	struct rig_config cfg = {.targets = 1, .interval_ns = RIG_NO_INTERVAL};

	rig_open(&r, &cfg);
	refuse_err = SN_EREPORT;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 3600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].rounds, 11); /* at 0, 2, 6, 14, ..., 2046 s */
	rig_run(&r, 82800 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].rounds, 11 + 23);
	close_refused();
}
END_TEST

START_TEST(once_a_refusing_target_is_over)
{
	struct rig_config cfg = {.targets = 5, .once = true};

	rig_open(&r, &cfg);
	refuse_err = SN_ELEVEL;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	ck_assert(rig_run_idle(&r, 10 * SN_NS_PER_SEC));
	ck_assert_uint_eq(r.by_status[SN_ROUND_UNSUPPORTED_LEVEL], 5);
	ck_assert_uint_eq(r.idle, 1);
	close_refused();
}
END_TEST

START_TEST(a_thousand_mistyped_passwords_cost_one_message_an_hour_each)
{
	struct rig_config cfg = {.targets = 1000, .no_outputs = true};
	const uint64_t hour = 3600 * SN_NS_PER_SEC;
	uint64_t before;

	rig_open(&r, &cfg);
	refuse_err = SN_EDIGEST;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 2 * hour);
	before = rig_counter(&r, SN_C_REQUESTS);
	rig_run(&r, 4 * hour);
	ck_assert_uint_eq(rig_counter(&r, SN_C_REQUESTS) - before, 4000); /* not 240,000 */
	close_refused();
}
END_TEST

START_TEST(each_round_leaves_its_status_and_counts_for_its_modules)
{
	struct rig_config cfg = {.targets = 3};
	struct sn_target_spec *specs[3];
	const struct sn_status *st;
	uint64_t ok = 0;
	uint64_t failed = 0;

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < 3; i++) {
		specs[i] = rig_spec(&r, i);
	}
	specs[1]->resolve_err = SN_ENOENT;
	specs[1]->modules = "other";
	ck_assert_int_eq(rig_apply_specs(&r, specs, 3), SN_OK);
	st = &r.c.targets[0]->status;
	ck_assert_uint_eq(st->state, SN_TARGET_PENDING);
	rig_run(&r, 150 * SN_NS_PER_SEC);
	ck_assert_uint_eq(st->state, SN_TARGET_UP);
	ck_assert_uint_eq(st->round, SN_ROUND_OK);
	ck_assert_uint_eq(st->at, r.target[0].last.at / SN_NS_PER_SEC);
	ck_assert_uint_eq(st->good_at, st->at);
	ck_assert_uint_eq(st->rows, r.target[0].last.rows);
	ck_assert_uint_eq(st->duration_us, r.target[0].last.duration_ns / SN_NS_PER_US);
	st = &r.c.targets[1]->status;
	ck_assert_uint_eq(st->state, SN_TARGET_UNRESOLVED);
	ck_assert_str_eq(st->reason, "the name has no address");
	ck_assert_uint_eq(st->failures, r.target[1].rounds);
	ck_assert(st->never);
	for (const struct sn_tally *t = sn_tallies_first(&r.c.tallies); t; t = t->next) {
		ck_assert(strcmp(t->modules, "rig") == 0 || strcmp(t->modules, "other") == 0);
		ok += sn_tally_get(t, SN_TALLY_ROUNDS_OK);
		failed += sn_tally_get(t, SN_TALLY_ROUNDS_FAILED);
		ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_VARBINDS) > 0, t->modules[0] == 'r');
	}
	ck_assert_uint_eq(ok, r.by_status[SN_ROUND_OK]);
	ck_assert_uint_eq(failed, r.by_status[SN_ROUND_UNRESOLVED]);
	ck_assert_uint_ge(failed, 2);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {what_time_heals_is_asked_again_as_usual, NULL};
	const TTest *const single[] = {
		any_sequence_of_reloads_gives_the_list_it_should,
		find_knows_every_target_and_no_other,
		a_reload_of_one_target_leaves_the_others_calendars_alone,
		lateness_and_duration_are_recorded_for_each_round,
		a_collector_ended_in_mid_round_gives_all_memory_back,
		rounds_of_a_target_that_refuses_grow_rare_and_stay_at_their_moment,
		the_first_answer_ends_the_slow_retry_and_silence_does_not,
		a_reload_that_changes_a_refusing_target_asks_it_at_its_next_moment,
		a_reload_during_the_refused_round_counts_as_well,
		an_engine_lives_as_long_as_its_target_goes_unchanged,
		without_an_interval_a_refusing_target_is_left_alone_as_well,
		once_a_refusing_target_is_over,
		a_thousand_mistyped_passwords_cost_one_message_an_hour_each,
		each_round_leaves_its_status_and_counts_for_its_modules,
		NULL};

	return rig_main("collector", both, single, 60);
}
