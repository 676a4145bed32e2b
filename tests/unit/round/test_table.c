/*
 * Tables of a round: how columns are split into walks, when rows leave, what is marked. Behaviour
 * of round/table.h.
 */
#include "support/rig.h"

static struct rig r;

/* What left the worker, in order: the module of each block, and R for the round record. */
static char left[32];
static void (*rig_on_rows)(void *ctx, const struct sn_block *blk);
static void (*rig_on_round)(void *ctx, const struct sn_round *round);

static void note(char c)
{
	size_t n = strlen(left);

	suite_expect(n + 1 < sizeof(left));
	left[n] = c;
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	note(blk->schema->module[0]);
	rig_on_rows(ctx, blk);
}

static void on_round(void *ctx, const struct sn_round *round)
{
	note('R');
	rig_on_round(ctx, round);
}

/* A target of two modules: `long` with many columns and `short` with one. */
static void open_two_tables(struct rig_config *cfg)
{
	static struct sn_plan plan;
	static const struct sn_plan *plans[2];
	struct sn_target_spec *spec;

	cfg->objects = AGENT_BIT(AGENT_IF_OPER) | AGENT_BIT(AGENT_IF_DISCONTINUITY);
	rig_open(&r, cfg);
	ck_assert_int_eq(rig_plan(&r, "long", AGENT_COLUMNS | AGENT_BIT(AGENT_IF_DISCONTINUITY),
				  &plan),
			 SN_OK);
	plans[0] = &plan;
	plans[1] = &r.plan;
	spec = rig_spec(&r, 0);
	spec->plans = plans;
	spec->nplans = 2;
	spec->scalars = sn_scalars_build(plans, 2, NULL, &r.arena);
	ck_assert_ptr_nonnull(spec->scalars);
	rig_on_rows = r.out.on_rows;
	rig_on_round = r.out.on_round;
	r.out.on_rows = on_rows;
	r.out.on_round = on_round;
	memset(left, 0, sizeof(left));
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
}

START_TEST(a_table_leaves_as_soon_as_it_is_complete)
{
	struct rig_config cfg = {.once = true, .rows = 100, .window = 16};

	open_two_tables(&cfg);
	ck_assert(rig_run_idle(&r, 600 * SN_NS_PER_SEC));
	rig_check(&r);
	ck_assert_str_eq(left, "rlR"); /* the module `rig` is the short one */
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], 1);
	ck_assert_uint_eq(r.target[0].rows, 200);
	rig_close(&r);
}
END_TEST

START_TEST(what_is_cut_leaves_once_before_the_record)
{
	struct rig_config cfg = {.once = true, .rows = 100, .window = 16, .v1 = _i == 1};

	open_two_tables(&cfg);
	r.agents.agent[0].dies_after = 6;
	ck_assert(rig_run_idle(&r, 600 * SN_NS_PER_SEC));
	rig_check(&r);
	ck_assert(strcmp(left, "rlR") == 0 || strcmp(left, "lrR") == 0);
	ck_assert_uint_eq(r.by_status[SN_ROUND_PARTIAL], 1);
	rig_close(&r);
}
END_TEST

START_TEST(discontinuities_of_two_tables_are_kept_apart)
{
	struct rig_config cfg = {.rows = 30, .v1 = _i == 1};

	open_two_tables(&cfg);
	r.agents.agent[0].discontinuity = 9;
	r.agents.agent[0].discontinuity_index = 4;
	r.agents.agent[0].discontinuity_at = rig_now(&r) + 150 * SN_NS_PER_SEC;
	rig_run(&r, 480 * SN_NS_PER_SEC);
	rig_finish(&r);
	/* the row of one interface in both tables, once */
	ck_assert_uint_eq(r.target[0].all_rows_reset, 2);
	ck_assert_uint_eq(rig_counter(&r, SN_C_RESETS), 2);
	rig_close(&r);
}
END_TEST

/* Requests for a table of so many rows, with all columns. */
static uint32_t requests_of(uint32_t rows, uint32_t max_reply, uint32_t max_repetitions)
{
	struct rig_config cfg = {.once = true,
				 .rows = rows,
				 .objects = AGENT_COLUMNS,
				 .max_reply = max_reply,
				 .max_repetitions = max_repetitions};
	uint32_t n;

	rig_open(&r, &cfg);
	r.agents.agent[0].max_message = 60000;
	rig_round(&r);
	n = r.target[0].last.requests;
	rig_close(&r);
	return n;
}

START_TEST(the_split_of_columns_is_near_the_fewest_packets_there_can_be)
{
	static const struct {
		uint32_t rows;	/* interfaces */
		uint32_t reply; /* budget */
	} cases[] = {{48, 1400}, {48, 8000}, {200, 1400}, {1000, 1400}, {1000, 8000}};

	for (int i = 0; i < 5; i++) {
		struct rig_config cfg = {.once = true,
					 .rows = cases[i].rows,
					 .objects = AGENT_COLUMNS,
					 .max_repetitions = 1};
		uint32_t least;
		uint32_t n;

		/* row by row nothing is sent in vain: octets of the varbinds, over a packet's */
		rig_open(&r, &cfg);
		rig_round(&r);
		least = (uint32_t)((r.w.io->stats.rx_bytes - 40 * r.target[0].last.requests) /
				   (cases[i].reply - 40)) +
			1;
		rig_close(&r);
		n = requests_of(cases[i].rows, cases[i].reply, 1000);
		printf("%u rows, %u octets: %u requests, %u at the least\n", cases[i].rows,
		       cases[i].reply, n, least);
		ck_assert_uint_le(n, least + least / 4 + 4);
	}
}
END_TEST

START_TEST(few_repetitions_mean_more_columns_a_request)
{
	/* one repetition: all ten columns together, a request a row */
	ck_assert_uint_le(requests_of(48, 1400, 1), 1 + 49 + 2);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {what_is_cut_leaves_once_before_the_record,
				     discontinuities_of_two_tables_are_kept_apart, NULL};
	const TTest *const single[] = {a_table_leaves_as_soon_as_it_is_complete,
				       the_split_of_columns_is_near_the_fewest_packets_there_can_be,
				       few_repetitions_mean_more_columns_a_request, NULL};

	return rig_main("table", both, single, 10);
}
