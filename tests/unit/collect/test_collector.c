/*
 * The list of targets against a plain set, and the calendar's part of a collector. Reloads with
 * rounds under way are in tests/replay/test_reload. Behaviour of collect/collector.h.
 */
#include "support/rig.h"

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

	/* what the leak checker would see; as when the worker's io failed */
	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 3 * SN_NS_PER_MS);
	ck_assert_uint_ge(r.c.jobs, 10);
	sn_collector_fini(&r.c);
	r.c.ntargets = 0;
	r.c.targets = NULL;
	ck_assert_uint_ge(r.w.arenas.held, 1);
	rig_close(&r);
	ck_assert_uint_eq(r.w.arenas.held, 0);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {NULL};
	const TTest *const single[] = {any_sequence_of_reloads_gives_the_list_it_should,
				       find_knows_every_target_and_no_other,
				       a_reload_of_one_target_leaves_the_others_calendars_alone,
				       lateness_and_duration_are_recorded_for_each_round,
				       a_collector_ended_in_mid_round_gives_all_memory_back,
				       NULL};

	return rig_main("collector", both, single, 60);
}
