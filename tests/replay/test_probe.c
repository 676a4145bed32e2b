/*
 * Rounds on demand over io/fake: what they bring, what they leave for the next, how they wait for
 * each other, and how they end whatever happens. Behaviour of collect/probe.h; the rows are those
 * of other rounds, whose tests are elsewhere.
 */
#include "support/rig.h"

#define MS SN_NS_PER_MS
#define SEC SN_NS_PER_SEC

enum { PROBES = 8, INTERFACES = 20, TABLES = 2 };

/* A probe and what it came to. */
struct asked {
	struct sn_probe probe;
	uint32_t rows;	 /* handed out */
	uint32_t tables; /* told about */
	uint32_t whole;	 /* of these */
	uint32_t done;	 /* calls */
	uint64_t at;	 /* mono ns of the end */
};

static struct rig r;
static struct asked asked[PROBES];

static void on_rows(struct sn_probe *p, const struct sn_block *blk)
{
	struct asked *a = sn_container_of(p, struct asked, probe);

	suite_expect(a->done == 0);
	a->rows += blk->nrows;
}

static void on_table(struct sn_probe *p, const struct sn_schema *schema, bool whole)
{
	struct asked *a = sn_container_of(p, struct asked, probe);

	suite_expect(strcmp(schema->module, "rig") == 0);
	a->tables++;
	a->whole += whole;
}

static void on_done(struct sn_probe *p)
{
	struct asked *a = sn_container_of(p, struct asked, probe);

	a->done++;
	a->at = rig_now(&r);
}

static void open_rig(int i, uint32_t targets)
{
	struct rig_config cfg = {.targets = targets,
				 .rows = INTERFACES,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .v1 = i == 1,
				 .v3 = i == 2};

	rig_open(&r, &cfg);
	memset(asked, 0, sizeof(asked));
}

/* As if it came from another thread. */
static void ask(uint32_t number, const struct sn_target_spec *spec, uint64_t patience)
{
	struct sn_probe *p = &asked[number].probe;

	*p = (struct sn_probe){.collector = &r.c,
			       .spec = spec,
			       .deadline = patience ? rig_now(&r) + patience : 0,
			       .rows = on_rows,
			       .table = on_table,
			       .done = on_done};
	sn_probe_post(p);
}

static struct sn_target_spec *spec_of(uint32_t id)
{
	struct sn_target_spec *spec = rig_spec(&r, id);

	ck_assert_ptr_nonnull(spec);
	spec->fingerprint = 1000 + id;
	return spec;
}

START_TEST(a_probe_brings_what_a_round_brings)
{
	open_rig(_i, 1);
	ask(0, spec_of(0), 0);
	rig_run(&r, 5 * SEC);
	ck_assert_uint_eq(asked[0].done, 1);
	ck_assert_uint_eq(asked[0].probe.round.status, SN_ROUND_OK);
	ck_assert_uint_eq(asked[0].rows, INTERFACES + 1);
	ck_assert_uint_eq(asked[0].tables, TABLES);
	ck_assert_uint_eq(asked[0].whole, TABLES);
	ck_assert_uint_eq(asked[0].probe.round.rows, INTERFACES + 1);
	ck_assert_str_eq(asked[0].probe.round.origin->instance, "t0000000");
	/* nothing of it went to the outputs */
	ck_assert_uint_eq(r.out.rows, 0);
	ck_assert_uint_eq(r.out.rounds, 0);
	ck_assert_uint_eq(r.c.probes.running, 0);
	rig_close(&r);
}
END_TEST

START_TEST(the_second_probe_knows_what_the_first_has_learned)
{
	open_rig(_i, 1);
	ask(0, spec_of(0), 0);
	rig_run(&r, 5 * SEC);
	/* the settings are the same ones in other memory, as in another snapshot */
	ask(1, spec_of(0), 0);
	rig_run(&r, 5 * SEC);
	ck_assert_uint_eq(asked[1].probe.round.status, SN_ROUND_OK);
	ck_assert_uint_eq(asked[1].rows, INTERFACES + 1);
	if (_i != 1) { /* SNMPv1 has no courses */
		ck_assert_uint_lt(asked[1].probe.round.requests, asked[0].probe.round.requests);
	}
	ck_assert_uint_eq(r.c.probes.n, 1);
	/* other settings are another device */
	ask(2, spec_of(0), 0);
	((struct sn_target_spec *)(uintptr_t)asked[2].probe.spec)->fingerprint = 7;
	rig_run(&r, 5 * SEC);
	ck_assert_uint_eq(r.c.probes.n, 2);
	ck_assert_uint_eq(asked[2].probe.round.status, SN_ROUND_OK);
	rig_close(&r);
}
END_TEST

START_TEST(probes_of_one_device_follow_each_other)
{
	open_rig(_i, 2);
	r.agents.agent[0].delay_ns = 50 * MS;
	for (uint32_t i = 0; i < 3; i++) {
		ask(i, spec_of(0), 0);
	}
	ask(3, spec_of(1), 0);
	rig_run(&r, 30 * SEC);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(asked[i].done, 1);
		ck_assert_uint_eq(asked[i].probe.round.status, SN_ROUND_OK);
		ck_assert_uint_eq(asked[i].rows, INTERFACES + 1);
	}
	ck_assert_uint_lt(asked[0].at, asked[1].at);
	ck_assert_uint_lt(asked[1].at, asked[2].at);
	/* another device does not wait */
	ck_assert_uint_lt(asked[3].at, asked[0].at);
	rig_close(&r);
}
END_TEST

START_TEST(a_probe_of_a_silent_device_ends_with_its_attempts)
{
	open_rig(_i, 1);
	r.agents.agent[0].dead = true;
	ask(0, spec_of(0), 0);
	rig_run(&r, 30 * SEC);
	ck_assert_uint_eq(asked[0].done, 1);
	ck_assert_uint_eq(asked[0].probe.round.status, SN_ROUND_TIMEOUT);
	ck_assert_uint_eq(asked[0].rows, 0);
	ck_assert_uint_eq(asked[0].whole, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_probe_is_cut_at_its_deadline)
{
	open_rig(_i, 1);
	r.agents.agent[0].delay_ns = 300 * MS;
	ask(0, spec_of(0), 1 * SEC);
	ask(1, spec_of(0), 500 * MS); /* has not even begun by then */
	rig_run(&r, 2 * SEC);
	ck_assert_uint_eq(asked[0].done, 1);
	ck_assert_uint_eq(asked[0].probe.round.status, SN_ROUND_CANCELLED);
	ck_assert_uint_eq(asked[1].done, 1);
	ck_assert_uint_eq(asked[1].probe.round.status, SN_ROUND_CANCELLED);
	ck_assert_uint_eq(asked[1].rows, 0);
	ck_assert_ptr_nonnull(strstr(asked[1].probe.round.reason, "earlier probe"));
	ck_assert_uint_le(asked[0].at - asked[1].at, 510 * MS);
	/* the device can be probed again */
	r.agents.agent[0].delay_ns = 0;
	ask(2, spec_of(0), 0);
	rig_run(&r, 10 * SEC);
	ck_assert_uint_eq(asked[2].probe.round.status, SN_ROUND_OK);
	rig_close(&r);
}
END_TEST

START_TEST(who_drains_takes_no_more_probes_and_waits_for_those_under_way)
{
	open_rig(_i, 1);
	r.agents.agent[0].delay_ns = 100 * MS;
	ask(0, spec_of(0), 0);
	rig_run(&r, 50 * MS);
	sn_collector_drain(&r.c);
	ask(1, spec_of(0), 0);
	rig_run(&r, 60 * MS);
	ck_assert_uint_eq(asked[1].done, 1);
	ck_assert_uint_eq(asked[1].probe.round.status, SN_ROUND_CANCELLED);
	ck_assert_uint_eq(asked[0].done, 0);
	ck_assert_uint_eq(r.idle, 0);
	ck_assert(rig_run_idle(&r, 30 * SEC));
	ck_assert_uint_eq(asked[0].probe.round.status, SN_ROUND_OK);
	rig_close(&r);
}
END_TEST

START_TEST(cancelling_ends_all_probes_at_once)
{
	open_rig(_i, 2);
	r.agents.agent[0].dead = true;
	ask(0, spec_of(0), 0);
	ask(1, spec_of(0), 0);
	ask(2, spec_of(1), 0);
	rig_run(&r, 1);
	sn_collector_cancel(&r.c);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(asked[i].done, 1);
		ck_assert_uint_eq(asked[i].probe.round.status, SN_ROUND_CANCELLED);
	}
	ck_assert_uint_eq(r.c.probes.running, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_device_that_nobody_asks_for_is_forgotten)
{
	open_rig(_i, 2);
	ask(0, spec_of(0), 0);
	rig_run(&r, 400 * SEC);
	ask(1, spec_of(1), 0);
	rig_run(&r, 150 * SEC);
	ck_assert_uint_eq(r.c.probes.n, 2);
	rig_run(&r, 150 * SEC);
	ck_assert_uint_eq(r.c.probes.n, 1);
	rig_run(&r, 600 * SEC);
	ck_assert_uint_eq(r.c.probes.n, 0);
	/* it begins anew */
	ask(2, spec_of(0), 0);
	rig_run(&r, 5 * SEC);
	ck_assert_uint_eq(asked[2].probe.round.status, SN_ROUND_OK);
	ck_assert_uint_eq(asked[2].probe.round.requests, asked[0].probe.round.requests);
	rig_close(&r);
}
END_TEST

START_TEST(probes_and_rounds_by_the_calendar_do_not_disturb_each_other)
{
	open_rig(_i, 3);
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	for (uint32_t i = 0; i < PROBES; i++) {
		ask(i, spec_of(i % 3), 0);
		rig_run(&r, 40 * SEC);
	}
	for (uint32_t i = 0; i < PROBES; i++) {
		ck_assert_uint_eq(asked[i].probe.round.status, SN_ROUND_OK);
		ck_assert_uint_eq(asked[i].rows, INTERFACES + 1);
	}
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
	ck_assert_uint_ge(r.rounds, 3 * 5);
	ck_assert_uint_eq(r.records_wrong + r.values_wrong, 0);
	/* the counters are the worker's: of both */
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_STARTED), r.rounds + PROBES);
	rig_close(&r);
}
END_TEST

START_TEST(many_devices_are_found_again)
{
	enum { DEVICES = 300 };
	static struct asked many[2][DEVICES];

	open_rig(0, DEVICES);
	memset(many, 0, sizeof(many));
	for (unsigned turn = 0; turn < 2; turn++) {
		for (uint32_t i = 0; i < DEVICES; i++) {
			struct sn_probe *p = &many[turn][i].probe;

			*p = (struct sn_probe){.collector = &r.c,
					       .spec = spec_of(i),
					       .rows = on_rows,
					       .table = on_table,
					       .done = on_done};
			sn_probe_post(p);
		}
		rig_run(&r, 10 * SEC);
	}
	ck_assert_uint_eq(r.c.probes.n, DEVICES);
	for (uint32_t i = 0; i < DEVICES; i++) {
		ck_assert_uint_eq(many[0][i].probe.round.status, SN_ROUND_OK);
		ck_assert_uint_eq(many[1][i].probe.round.status, SN_ROUND_OK);
		ck_assert_uint_eq(many[1][i].rows, INTERFACES + 1);
	}
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {a_probe_brings_what_a_round_brings,
				     the_second_probe_knows_what_the_first_has_learned,
				     probes_of_one_device_follow_each_other,
				     a_probe_of_a_silent_device_ends_with_its_attempts,
				     a_probe_is_cut_at_its_deadline,
				     who_drains_takes_no_more_probes_and_waits_for_those_under_way,
				     cancelling_ends_all_probes_at_once,
				     a_device_that_nobody_asks_for_is_forgotten,
				     probes_and_rounds_by_the_calendar_do_not_disturb_each_other,
				     NULL};
	const TTest *const single[] = {many_devices_are_found_again, NULL};

	return rig_main("probe", each, single, 0);
}
