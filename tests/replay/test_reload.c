/*
 * Reloads, drain and cancel with rounds under way: settings change with the next round, what went
 * is cut, snapshots are given back exactly once and not before nothing uses them.
 *
 * ctest: one_thread
 */
#include "support/rig.h"

#include "scheduler/calendar.h"

static struct rig r;

/* Specs of a snapshot in memory of their own, so that a use after its release is seen. */
struct snapshot {
	struct sn_target_spec **specs; /* n of them */
	uint32_t n;
};

/* Targets first .. first + n - 1. */
static struct snapshot snapshot_make(uint32_t first, uint32_t n)
{
	struct snapshot s = {.n = n, .specs = calloc(n + 1u, sizeof(struct sn_target_spec *))};

	ck_assert_ptr_nonnull(s.specs);
	for (uint32_t i = 0; i < n; i++) {
		const struct sn_target_spec *spec = rig_spec(&r, first + i);

		s.specs[i] = malloc(sizeof(*spec));
		ck_assert_ptr_nonnull(s.specs[i]);
		*s.specs[i] = *spec;
		s.specs[i]->origin.instance = strdup(spec->origin.instance);
		s.specs[i]->community = sn_span_str(strdup("public"));
	}
	return s;
}

/* As the owner does once it was released. */
static void snapshot_free(struct snapshot *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		union {
			const void *c;
			void *p;
		} instance = {.c = s->specs[i]->origin.instance}, /* from strdup above */
			community = {.c = s->specs[i]->community.p};

		free(instance.p);
		free(community.p);
		free(s->specs[i]);
	}
	free(s->specs);
	s->specs = NULL;
}

static void apply(struct snapshot *s)
{
	ck_assert_int_eq(rig_apply_specs(&r, s->specs, s->n), SN_OK);
}

/* Ends and checks a test whose last snapshot is s. */
static void close_with(struct snapshot *s)
{
	rig_finish(&r);
	rig_close(&r);
	snapshot_free(s);
}

/* A table that takes some seconds, so that rounds are under way whenever that is wanted. */
static struct rig_config slow(uint32_t targets)
{
	struct rig_config cfg = {.targets = targets,
				 .rows = 20,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .interval_ns = 20 * SN_NS_PER_SEC,
				 .link = {.delay_ns = 450 * SN_NS_PER_MS},
				 .window = 1};

	return cfg;
}

START_TEST(an_unchanged_configuration_disturbs_nobody)
{
	struct rig_config cfg = slow(40);
	struct snapshot old;
	struct snapshot fresh;

	rig_open(&r, &cfg);
	old = snapshot_make(0, 40);
	apply(&old);
	ck_assert_uint_eq(r.released, 1);
	for (unsigned i = 2; i < 30; i++) {
		rig_run(&r, 7 * SN_NS_PER_SEC);
		fresh = snapshot_make(0, 40);
		apply(&fresh);
		while (r.released < i) {
			rig_run(&r, 100 * SN_NS_PER_MS);
		}
		snapshot_free(&old);
		old = fresh;
	}
	rig_run(&r, 800 * SN_NS_PER_SEC - (rig_now(&r) - r.agents.began));
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 40 * 40);
	ck_assert_uint_eq(r.rounds, 40 * 40);
	ck_assert_uint_eq(r.skipped, 0);
	ck_assert_uint_eq(r.released, 29);
	close_with(&old);
}
END_TEST

/* Rounds under way that were begun with a spec of this snapshot. */
static unsigned users(const struct snapshot *s)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < r.c.ntargets; i++) {
		const struct sn_job *job = r.c.targets[i]->job;

		for (uint32_t k = 0; job && k < s->n; k++) {
			n += job->spec == s->specs[k];
		}
	}
	return n;
}

START_TEST(a_snapshot_is_released_when_its_last_round_is_over)
{
	struct rig_config cfg = slow(10);
	struct snapshot old;
	struct snapshot fresh;

	rig_open(&r, &cfg);
	old = snapshot_make(0, 10);
	apply(&old);
	while (r.c.jobs < 3) {
		rig_run(&r, 10 * SN_NS_PER_MS);
	}
	fresh = snapshot_make(0, 10);
	apply(&fresh);
	ck_assert_uint_eq(r.released, 1);
	ck_assert_uint_ge(users(&old), 3);
	/* rounds of the new one end before those of the old one */
	for (uint32_t i = 0; i < 10; i++) {
		r.agents.agent[i].delay_ns = r.c.targets[i]->job ? 900 * SN_NS_PER_MS : 0;
		r.agents.agent[i].rows = r.c.targets[i]->job ? 100 : 0;
	}
	while (users(&old) > 0) {
		ck_assert_uint_eq(r.released, 1);
		rig_run(&r, 10 * SN_NS_PER_MS);
	}
	ck_assert_uint_ge(users(&fresh) + r.rounds, 6);
	ck_assert_uint_eq(r.released, 2);
	snapshot_free(&old);
	rig_run(&r, 60 * SN_NS_PER_SEC);
	close_with(&fresh);
}
END_TEST

START_TEST(two_reloads_during_one_round_release_both_snapshots_once)
{
	struct rig_config cfg = slow(10);
	struct snapshot s[4];

	rig_open(&r, &cfg);
	s[0] = snapshot_make(0, 10);
	apply(&s[0]);
	while (r.c.jobs < 3) {
		rig_run(&r, 10 * SN_NS_PER_MS);
	}
	for (int i = 1; i < 4; i++) {
		s[i] = snapshot_make(0, 10);
		apply(&s[i]);
		rig_run(&r, SN_NS_PER_MS);
	}
	ck_assert_uint_eq(r.released, 1);
	while (r.c.old_jobs > 0) {
		ck_assert_uint_eq(r.released, 1);
		rig_run(&r, 10 * SN_NS_PER_MS);
	}
	ck_assert_uint_eq(r.released, 4);
	for (int i = 0; i < 3; i++) {
		snapshot_free(&s[i]);
	}
	rig_run(&r, 60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.released, 4);
	close_with(&s[3]);
}
END_TEST

START_TEST(a_reload_that_removes_the_last_round_of_another_releases_at_its_end)
{
	struct rig_config cfg = slow(10);
	struct snapshot s[3];

	rig_open(&r, &cfg);
	s[0] = snapshot_make(0, 10);
	apply(&s[0]);
	while (r.c.jobs < 1) {
		rig_run(&r, 10 * SN_NS_PER_MS);
	}
	s[1] = snapshot_make(0, 10);
	apply(&s[1]); /* its release waits for the round under way */
	ck_assert_uint_eq(r.released, 1);
	s[2] = snapshot_make(0, 0);
	apply(&s[2]); /* which is cut by this */
	ck_assert_uint_eq(r.released, 3);
	snapshot_free(&s[0]);
	snapshot_free(&s[1]);
	ck_assert_uint_eq(r.by_status[SN_ROUND_CANCELLED], r.rounds);
	rig_run(&r, 60 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.c.ntargets, 0);
	ck_assert_uint_eq(r.c.target_slab.used, 0);
	ck_assert_uint_eq(r.c.job_slab.used, 0);
	close_with(&s[2]);
}
END_TEST

START_TEST(removed_targets_are_cut_and_added_ones_begin)
{
	struct rig_config cfg = slow(60);
	struct snapshot old;
	struct snapshot fresh;
	uint32_t cut = 0;

	rig_open(&r, &cfg);
	old = snapshot_make(0, 40);
	apply(&old);
	rig_run(&r, 31 * SN_NS_PER_SEC);
	ck_assert_uint_ge(r.c.jobs, 3);
	fresh = snapshot_make(20, 40); /* 0-19 go, 20-39 stay, 40-59 come */
	apply(&fresh);
	for (uint32_t i = 0; i < 20; i++) {
		cut += r.target[i].by_status[SN_ROUND_CANCELLED];
		if (r.target[i].by_status[SN_ROUND_CANCELLED]) {
			ck_assert_str_eq(r.target[i].reason, "cancelled");
		}
		ck_assert_ptr_null(sn_collector_find(&r.c, old.specs[i]->origin.instance));
	}
	ck_assert_uint_ge(cut, 1);
	ck_assert_uint_eq(r.by_status[SN_ROUND_CANCELLED], cut);
	for (uint32_t i = 0; i < 40; i++) {
		const char *name = fresh.specs[i]->origin.instance;

		ck_assert_ptr_nonnull(sn_collector_find(&r.c, name));
	}
	while (r.released < 2) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	snapshot_free(&old);
	rig_run(&r, 400 * SN_NS_PER_SEC - (rig_now(&r) - r.agents.began));
	for (uint32_t i = 0; i < 60; i++) {
		uint32_t rounds = r.target[i].rounds;

		if (i < 20) {
			ck_assert_uint_le(rounds, 2);
		} else if (i < 40) {
			ck_assert(rounds == 19 || rounds == 20);
		} else {
			ck_assert(rounds >= 17 && rounds <= 19);
		}
	}
	close_with(&fresh);
}
END_TEST

START_TEST(changed_settings_hold_from_the_next_round_on)
{
	struct rig_config cfg = slow(30);
	struct snapshot old;
	struct snapshot fresh;

	rig_open(&r, &cfg);
	old = snapshot_make(0, 30);
	apply(&old);
	rig_run(&r, 31 * SN_NS_PER_SEC);
	ck_assert_uint_ge(r.c.jobs, 3);
	fresh = snapshot_make(0, 30);
	for (uint32_t i = 0; i < 30; i++) {
		struct sn_target_spec *spec = fresh.specs[i];

		spec->version = SN_VERSION_1;
		spec->window = 1;
		spec->fingerprint = 2;
		/* its agent speaks v1 only from its next round on: so is the asking */
	}
	r.cfg.version = SN_VERSION_2C;
	apply(&fresh);
	ck_assert_uint_ge(r.c.old_jobs, 3);
	while (r.released < 2) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	snapshot_free(&old);
	for (uint32_t i = 0; i < 30; i++) {
		const struct sn_target *t =
			sn_collector_find(&r.c, fresh.specs[i]->origin.instance);

		ck_assert_int_eq(t->dev.version, SN_VERSION_1);
		ck_assert_uint_eq(t->dev.window, 1);
		r.agents.agent[i].only_v1 = true;
		r.agents.agent[i].missing = AGENT_BIT(AGENT_IF_HC_IN) | AGENT_BIT(AGENT_IF_HC_OUT);
	}
	rig_run(&r, 60 * SN_NS_PER_SEC);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
	for (uint32_t i = 0; i < 30; i++) {
		ck_assert_uint_ge(r.agents.agent[i].by_type[SN_PDU_GETNEXT & 15], 20);
		ck_assert_uint_eq(r.agents.agent[i].strangers, 0);
	}
	close_with(&fresh);
}
END_TEST

START_TEST(a_target_that_moves_keeps_nothing_of_the_old_address)
{
	struct rig_config cfg = slow(2);
	struct snapshot old;
	struct snapshot fresh;

	rig_open(&r, &cfg);
	old = snapshot_make(0, 1);
	apply(&old);
	rig_run(&r, 30 * SN_NS_PER_SEC);
	ck_assert_uint_ge(r.c.targets[0]->dev.rtt.srtt_us, 1);
	rig_run(&r, 5 * SN_NS_PER_SEC);
	while (r.c.jobs) {
		rig_run(&r, SN_NS_PER_SEC);
	}
	fresh = snapshot_make(0, 1);
	fresh.specs[0]->addr = agent_addr(1);
	fresh.specs[0]->fingerprint = 2;
	apply(&fresh);
	ck_assert_uint_eq(r.c.targets[0]->dev.rtt.srtt_us, 0);
	snapshot_free(&old);
	rig_run(&r, 20 * SN_NS_PER_SEC);
	ck_assert_uint_ge(r.agents.agent[1].heard, 5);
	/* the values are the other agent's: the rig notices */
	ck_assert_uint_ge(r.values_wrong, 1);
	r.values_wrong = 0;
	close_with(&fresh);
}
END_TEST

START_TEST(a_new_interval_starts_a_new_phase_whatever_the_target_does)
{
	struct rig_config cfg = slow(60);
	struct snapshot old;
	struct snapshot fresh;
	uint64_t changed;

	rig_open(&r, &cfg);
	old = snapshot_make(0, 60);
	apply(&old);
	rig_run(&r, 31 * SN_NS_PER_SEC);
	ck_assert_uint_ge(r.c.jobs, 3); /* some idle, some in their round */
	r.out.blocked = true;
	rig_run(&r, SN_NS_PER_SEC); /* some due and waiting */
	ck_assert(!sn_list_empty(&r.c.ready));
	fresh = snapshot_make(0, 60);
	for (uint32_t i = 0; i < 60; i++) {
		fresh.specs[i]->interval_ns = 100 * SN_NS_PER_SEC;
		fresh.specs[i]->fingerprint = 2;
	}
	apply(&fresh);
	changed = rig_now(&r);
	r.out.blocked = false;
	while (r.released < 2) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	snapshot_free(&old);
	rig_run(&r, 1000 * SN_NS_PER_SEC - (rig_now(&r) - changed));
	for (uint32_t i = 0; i < 60; i++) {
		const struct sn_target *t =
			sn_collector_find(&r.c, fresh.specs[i]->origin.instance);
		uint64_t wall = t->due + r.w.wall_offset;
		uint64_t first = sn_calendar_first(0, 0, 100 * SN_NS_PER_SEC, t->spec->hash);

		/* on the phase that a restart would give it */
		ck_assert_uint_eq(wall % (100 * SN_NS_PER_SEC), first);
		ck_assert_uint_ge(r.target[i].rounds, 1 + 9);
		ck_assert_uint_le(r.target[i].rounds, 2 + 1 + 10);
	}
	close_with(&fresh);
}
END_TEST

START_TEST(a_new_interval_forgets_what_the_old_one_left_out)
{
	struct rig_config cfg = {.interval_ns = 5 * SN_NS_PER_SEC, .timeout_ns = 4 * SN_NS_PER_SEC};
	struct snapshot old;
	struct snapshot fresh;
	uint32_t skipped;

	/* 12 s of timeouts every 5 s: each round leaves two intervals out */
	rig_open(&r, &cfg);
	r.agents.agent[0].dead = true;
	old = snapshot_make(0, 1);
	apply(&old);
	while (r.target[0].last.skipped == 0 || r.c.jobs == 0) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	fresh = snapshot_make(0, 1);
	fresh.specs[0]->interval_ns = 300 * SN_NS_PER_SEC;
	fresh.specs[0]->fingerprint = 2;
	apply(&fresh);
	while (r.c.jobs) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	snapshot_free(&old);
	skipped = r.target[0].skipped;
	rig_run(&r, 900 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.target[0].skipped, skipped);
	close_with(&fresh);
}
END_TEST

START_TEST(drain_ends_what_is_under_way_and_starts_nothing)
{
	struct rig_config cfg = slow(50);
	uint64_t rounds;
	uint32_t jobs;

	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 31 * SN_NS_PER_SEC);
	rounds = r.rounds;
	jobs = r.c.jobs;
	ck_assert_uint_ge(jobs, 3);
	sn_collector_drain(&r.c);
	ck_assert(rig_run_idle(&r, 100 * SN_NS_PER_SEC));
	ck_assert_uint_eq(r.rounds, rounds + jobs);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
	rig_run(&r, 100 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.idle, 1);
	ck_assert_uint_eq(r.rounds, rounds + jobs);
	ck_assert_uint_ge(r.out.forced, 1); /* outputs flushed before idle */
	rig_check(&r);
	rig_close(&r);
}
END_TEST

START_TEST(cancel_cuts_every_round_and_leaves_partial_rows)
{
	struct rig_config cfg = slow(50);
	uint64_t sent;
	uint32_t jobs;

	cfg.v1 = _i == 1;
	cfg.v3 = _i == 2;
	cfg.window = 2;
	cfg.max_reply = 484;
	rig_open(&r, &cfg);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	rig_run(&r, 31 * SN_NS_PER_SEC);
	jobs = r.c.jobs;
	ck_assert_uint_ge(jobs, 3);
	sent = r.w.io->stats.tx_datagrams;
	sn_collector_cancel(&r.c);
	ck_assert_uint_eq(r.by_status[SN_ROUND_CANCELLED], jobs);
	ck_assert_uint_eq(r.c.jobs, 0);
	/* room made by a request taken back is not used to send another one */
	ck_assert_uint_eq(r.w.io->stats.tx_datagrams, sent);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.idle, 1);
	/* what was on the wire comes back to nobody */
	ck_assert_uint_ge(rig_counter(&r, SN_C_RX_UNMATCHED), jobs / 2);
	rig_check(&r);
	rig_close(&r);
}
END_TEST

START_TEST(once_means_one_round_of_each_target)
{
	struct rig_config cfg = {
		.targets = 200, .once = true, .rows = 3, .objects = AGENT_SCALARS | AGENT_COLUMNS};

	rig_open(&r, &cfg);
	rig_run(&r, SN_NS_PER_SEC); /* no targets yet: not idle for that */
	ck_assert_uint_eq(r.idle, 0);
	rig_round(&r);
	ck_assert_uint_eq(r.rounds, 200);
	/* at once, not at their phases */
	ck_assert_uint_le(rig_now(&r) - r.agents.began, 1200 * SN_NS_PER_MS);
	rig_run(&r, 600 * SN_NS_PER_SEC);
	ck_assert_uint_eq(r.rounds, 200);
	ck_assert_uint_eq(r.idle, 1);
	rig_close(&r);
}
END_TEST

START_TEST(once_without_targets_is_idle_at_once)
{
	struct rig_config cfg = {.once = true};
	struct snapshot none;

	rig_open(&r, &cfg);
	none = snapshot_make(0, 0);
	apply(&none);
	ck_assert(rig_run_idle(&r, SN_NS_PER_SEC));
	close_with(&none);
}
END_TEST

START_TEST(once_and_a_reload_still_means_one_round_of_each)
{
	struct rig_config cfg = slow(30);
	struct snapshot old;
	struct snapshot fresh;

	cfg.once = true;
	cfg.max_jobs = 3;
	rig_open(&r, &cfg);
	old = snapshot_make(0, 20);
	apply(&old);
	while (r.rounds < 5) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	/* of 2-19 some had their round, some are in it, some wait; another interval besides */
	fresh = snapshot_make(2, 28);
	for (uint32_t i = 0; i < 28; i++) {
		fresh.specs[i]->interval_ns = SN_NS_PER_SEC;
		fresh.specs[i]->fingerprint = 2;
	}
	apply(&fresh);
	ck_assert(rig_run_idle(&r, 600 * SN_NS_PER_SEC));
	snapshot_free(&old);
	for (uint32_t i = 0; i < 30; i++) {
		ck_assert_uint_eq(r.target[i].rounds, 1);
	}
	close_with(&fresh);
}
END_TEST

START_TEST(once_and_targets_removed_before_their_round_ends)
{
	struct rig_config cfg = slow(20);
	struct snapshot old;
	struct snapshot fresh;

	cfg.once = true;
	cfg.max_jobs = 2;
	rig_open(&r, &cfg);
	old = snapshot_make(0, 20);
	apply(&old);
	while (r.rounds < 4) {
		rig_run(&r, 100 * SN_NS_PER_MS);
	}
	ck_assert_uint_eq(r.idle, 0);
	fresh = snapshot_make(15, 5); /* 0-14 go: done, under way and waiting ones */
	apply(&fresh);
	snapshot_free(&old);
	ck_assert(rig_run_idle(&r, 600 * SN_NS_PER_SEC));
	for (uint32_t i = 15; i < 20; i++) {
		ck_assert_uint_eq(r.target[i].by_status[SN_ROUND_OK], 1);
	}
	close_with(&fresh);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {cancel_cuts_every_round_and_leaves_partial_rows, NULL};
	const TTest *const single[] = {
		an_unchanged_configuration_disturbs_nobody,
		a_snapshot_is_released_when_its_last_round_is_over,
		two_reloads_during_one_round_release_both_snapshots_once,
		a_reload_that_removes_the_last_round_of_another_releases_at_its_end,
		removed_targets_are_cut_and_added_ones_begin,
		changed_settings_hold_from_the_next_round_on,
		a_target_that_moves_keeps_nothing_of_the_old_address,
		a_new_interval_starts_a_new_phase_whatever_the_target_does,
		a_new_interval_forgets_what_the_old_one_left_out,
		drain_ends_what_is_under_way_and_starts_nothing,
		once_means_one_round_of_each_target,
		once_without_targets_is_idle_at_once,
		once_and_a_reload_still_means_one_round_of_each,
		once_and_targets_removed_before_their_round_ends,
		NULL};

	return rig_main("reload", both, single, 60);
}
