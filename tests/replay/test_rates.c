/*
 * Rates of counters (poll.rates) over io/fake. All counters of the agents grow by 1000 a second,
 * from values that differ from row to row: so a rate is right when it is 1000, and a value that is
 * taken for another row's, for one before a restart or for one of another moment shows at once.
 * Behaviour of round/rates.h through whole rounds.
 */
#include "support/rig.h"

#include "codec/oid.h"

#include <math.h>

#define SEC SN_NS_PER_SEC
#define MS SN_NS_PER_MS
#define RIGHT 1000.0

enum { MOST_ROWS = 512, COLUMNS = 32, COUNTERS = 3 };

static struct rig r;

/* What the rounds of agent 0 said since `forget`. */
static unsigned rates_seen;
static unsigned rates_exact;
static unsigned rates_wrong;
static unsigned rates_lacking;	       /* where the counter itself is there */
static unsigned lacking_of[MOST_ROWS]; /* the same by index, 0: of the scalars */

/* The same of the round before: what a rate goes by, unless that round lacked something. */
static struct last {
	uint64_t at;		 /* Unix ns */
	uint64_t value[COLUMNS]; /* by column */
} last[MOST_ROWS];

static void forget(void)
{
	rates_seen = 0;
	rates_exact = 0;
	rates_wrong = 0;
	rates_lacking = 0;
	memset(lacking_of, 0, sizeof(lacking_of));
}

static const struct sn_column *counter_of(const struct sn_schema *schema, uint32_t rate,
					  uint32_t *column)
{
	size_t n = strlen(schema->columns[rate].name) - strlen("_rate");

	for (*column = 0; *column < schema->ncolumns; ++*column) {
		const struct sn_column *c = &schema->columns[*column];

		if (strlen(c->name) == n && strncmp(c->name, schema->columns[rate].name, n) == 0) {
			return c;
		}
	}
	return NULL;
}

/* The growth since the round before by the row's own time, wrapped if it has to be. */
static bool is_exact(const struct last *was, const struct sn_row *row, uint32_t column,
		     const struct sn_value *counter, double rate)
{
	uint64_t grown = counter->u - was->value[column];
	double seconds = (double)(row->at - was->at) / (double)SEC;

	grown = counter->tag == SN_TAG_COUNTER32 ? (uint32_t)grown : grown;
	return fabs(rate - (double)grown / seconds) < 1e-6; /* rounded to that */
}

static void look_at_row(const struct sn_block *blk, const struct sn_row *row, uint32_t index)
{
	struct last *was = &last[index];

	suite_expect(index < MOST_ROWS && blk->schema->ncolumns <= COLUMNS);
	for (uint32_t c = 0; c < blk->schema->ncolumns; c++) {
		const struct sn_column *col = &blk->schema->columns[c];
		struct sn_value now;
		struct sn_value v;
		uint32_t counter;

		if (!strstr(col->name, "_rate")) {
			continue;
		}
		suite_expect(col->kind == SN_KIND_FLOAT && col->is_value);
		suite_expect(counter_of(blk->schema, c, &counter)->kind == SN_KIND_COUNTER);
		if (sn_block_get(blk, row, c, &v)) {
			suite_expect(v.tag == SN_TAG_DOUBLE && sn_block_tag(blk, row, counter));
			rates_seen++;
			sn_block_get(blk, row, counter, &now);
			rates_exact += is_exact(was, row, counter, &now, v.d);
			rates_wrong += fabs(v.d - RIGHT) > RIGHT / 50;
		} else if (sn_block_tag(blk, row, counter)) {
			rates_lacking++;
			lacking_of[index]++;
		}
	}
	for (uint32_t c = 0; c < blk->schema->ncolumns; c++) {
		struct sn_value v;

		was->value[c] = sn_block_get(blk, row, c, &v) ? v.u : 0;
	}
	was->at = row->at;
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	(void)ctx;
	for (uint32_t i = 0; i < blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(blk, i);
		struct sn_cursor cur =
			sn_cursor_make(sn_span_make(row->index->octet, row->index->n));

		look_at_row(blk, row, blk->schema->nindexes ? sn_oid_read_arc(&cur) : 0);
	}
}

static struct rig_config with_rates(int version, uint32_t rows)
{
	struct rig_config cfg = {.rows = rows,
				 .objects = AGENT_BIT(AGENT_SNMP_IN_PKTS) | AGENT_COLUMNS |
					    AGENT_BIT(AGENT_IF_DISCONTINUITY),
				 .v1 = version == 1,
				 .v3 = version == 2,
				 .rates = true};

	return cfg;
}

/* Counters of an agent with so many rows. */
static unsigned counters(uint32_t rows)
{
	return 1 + rows * (r.cfg.v1 ? 1 : COUNTERS);
}

static void open_with(const struct rig_config *cfg)
{
	rig_open(&r, cfg);
	r.out.on_rows = on_rows;
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	forget();
}

/* Until so many more rounds are over. */
static void rounds(unsigned n)
{
	unsigned end = r.target[0].rounds + n;

	/* the rig counts rounds by the round records, which it sees itself */
	for (int i = 0; i < 100000 && r.target[0].rounds < end; i++) {
		rig_run(&r, 100 * MS);
	}
	ck_assert_uint_eq(r.target[0].rounds, end);
}

static void all_right(unsigned nrounds, uint32_t rows)
{
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_exact, nrounds * counters(rows));
	ck_assert_uint_eq(rates_seen, rates_exact);
}

static void none(unsigned nrounds, uint32_t rows)
{
	ck_assert_uint_eq(rates_seen, 0);
	ck_assert_uint_eq(rates_lacking, nrounds * counters(rows));
}

START_TEST(a_steady_counter_has_its_exact_rate_from_the_second_round_on)
{
	static const uint32_t rows_of[] = {1, 5, 48, 300};

	for (size_t i = 0; i < sizeof(rows_of) / sizeof(rows_of[0]); i++) {
		struct rig_config cfg = with_rates(_i, rows_of[i]);

		open_with(&cfg);
		rounds(1);
		none(1, rows_of[i]);
		forget();
		rounds(1);
		/* the first round asked in another way: what came first may come last now */
		ck_assert_uint_eq(rates_lacking, 0);
		ck_assert_uint_eq(rates_wrong, 0);
		rounds(1);
		forget();
		rounds(5);
		all_right(5, rows_of[i]);
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_device_that_takes_seconds_has_right_rates_too)
{
	struct rig_config cfg = with_rates(_i, 60);

	cfg.link.delay_ns = 200 * MS;
	cfg.window = 1;
	open_with(&cfg);
	rounds(1);
	forget();
	rounds(5);
	ck_assert_uint_eq(rates_wrong, 0);
	/* the second round asks by the course, so answers come in another order: not to be compared
	 */
	ck_assert_uint_ge(rates_seen, 4 * counters(60));
	rig_close(&r);
}
END_TEST

START_TEST(a_restart_between_rounds_has_no_rate_in_the_next_one)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	r.agents.agent[0].reboot_at = rig_now(&r) + 20 * SEC;
	forget();
	rounds(1);
	ck_assert_uint_eq(r.target[0].resets, 1);
	none(1, 60);
	forget();
	rounds(3);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, 0);
	rig_close(&r);
}
END_TEST

/* Whatever the moment: before, between and after the answers of a round that takes seconds. */
START_TEST(a_restart_during_a_round_never_makes_a_false_rate)
{
	/* a Counter32 that was at 36 million, and one that was beyond the half of its range */
	static const uint64_t hours[] = {10, 700};

	for (uint64_t ms = 0; ms<60000; ms += ms> 10000 ? 10000 : 130) {
		struct rig_config cfg = with_rates(_i, 60);

		cfg.link.delay_ns = 200 * MS;
		cfg.window = 1;
		open_with(&cfg);
		r.agents.agent[0].from_zero = true;
		r.agents.agent[0].boot_age = hours[ms / 130 % 2] * 3600 * SEC;
		rounds(3);
		forget();
		r.agents.agent[0].reboot_at = r.c.targets[0]->due + 1 + ms * MS;
		rounds(6);
		ck_assert_uint_eq(rates_wrong, 0);
		ck_assert_uint_ge(rates_lacking, counters(60));
		ck_assert_uint_le(rates_lacking, 4 * counters(60));
		rig_close(&r);
	}
}
END_TEST

START_TEST(a_discontinuity_of_a_row_takes_the_rates_of_that_row_only)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	r.agents.agent[0].discontinuity_index = 17;
	r.agents.agent[0].discontinuity_at = rig_now(&r) + 20 * SEC;
	forget();
	rounds(3);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, counters(1) - 1);
	ck_assert_uint_eq(lacking_of[17], rates_lacking);
	rig_close(&r);
}
END_TEST

/* Sets the agent's clock so that ifInOctets of a row wraps so many ns from now. */
static void wrap_in(uint32_t index, uint64_t ns)
{
	struct agent *a = &r.agents.agent[0];
	struct sn_value v;
	uint8_t buf[64];

	agent_value(&r.agents, a, AGENT_IF_IN_OCTETS, index, rig_now(&r) + ns, &v, buf);
	a->boot_age += (uint64_t)(uint32_t)-v.u * MS;
}

START_TEST(a_counter32_that_wraps_has_its_rate)
{
	struct rig_config cfg = with_rates(_i, 2);

	/* all in one answer, with sysUpTime */
	open_with(&cfg);
	wrap_in(1, 270 * SEC);
	rounds(3);
	forget();
	rounds(4);
	if (r.cfg.v1) { /* which has no GETBULK: sysUpTime is always asked apart, before */
		ck_assert_uint_eq(rates_lacking, 1);
		ck_assert_uint_eq(rates_wrong, 0);
	} else {
		all_right(4, 2);
	}
	rig_close(&r);
}
END_TEST

START_TEST(a_wrap_that_might_be_a_restart_waits_for_the_next_round)
{
	struct rig_config cfg = with_rates(_i, 100);

	cfg.link.delay_ns = 20 * MS;
	cfg.window = 1;
	open_with(&cfg);
	wrap_in(90, 270 * SEC); /* its answer comes after that with sysUpTime */
	rounds(3);
	forget();
	rounds(4);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, 1);
	ck_assert_uint_eq(lacking_of[90], 1);
	ck_assert_uint_eq(rates_seen, 4 * counters(100) - 1);
	ck_assert_uint_eq(rates_exact, rates_seen - 1); /* one is that of two intervals */
	rig_close(&r);
}
END_TEST

/* Takes a row away, in all columns. */
static void hole(int spot, uint32_t index, bool is_hole)
{
	static const enum agent_object column[AGENT_SPOTS] = {AGENT_IF_IN_OCTETS, AGENT_IF_HC_IN,
							      AGENT_IF_HC_OUT, AGENT_IF_NAME};

	r.agents.agent[0].spots[spot] =
		(struct agent_spot){column[spot], index, is_hole ? AGENT_HOLE : AGENT_SOUND};
}

START_TEST(a_row_in_the_place_of_another_has_no_rate_until_it_was_there_twice)
{
	struct rig_config cfg = with_rates(_i, 60);

	cfg.objects = AGENT_BIT(AGENT_IF_IN_OCTETS) | AGENT_BIT(AGENT_IF_HC_IN) |
		      AGENT_BIT(AGENT_IF_HC_OUT) | AGENT_BIT(AGENT_SNMP_IN_PKTS);
	open_with(&cfg);
	for (int k = 0; k < 3; k++) {
		hole(k, 30, true);
	}
	rounds(4);
	forget();
	/* row 29 takes the leave of row 30, row 30 comes: the same places, other rows */
	for (int k = 0; k < 3; k++) {
		hole(k, 29, true);
	}
	rounds(1);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, counters(1) - 1);
	ck_assert_uint_eq(lacking_of[30], rates_lacking);
	/* and back again: row 29 was away, what it was before is forgotten */
	for (int k = 0; k < 3; k++) {
		hole(k, 30, true);
	}
	forget();
	rounds(3);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(lacking_of[29], counters(1) - 1);
	ck_assert_uint_eq(rates_lacking, lacking_of[29]);
	rig_close(&r);
}
END_TEST

START_TEST(a_row_that_is_new_has_no_rate_and_disturbs_no_other)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	r.agents.agent[0].rows = 80;
	forget();
	rounds(1);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, counters(20) - 1);
	forget();
	rounds(2);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, 0);
	r.agents.agent[0].rows = 40;
	rounds(1);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_wrong, 0);
	rig_close(&r);
}
END_TEST

START_TEST(lost_rounds_are_spanned)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	r.agents.agent[0].dead_from = rig_now(&r) + SEC;
	r.agents.agent[0].dead_until = rig_now(&r) + 150 * SEC;
	forget();
	rounds(4);
	ck_assert_uint_ge(r.target[0].by_status[SN_ROUND_TIMEOUT], 2);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_ge(rates_exact, counters(60));
	rig_close(&r);
}
END_TEST

START_TEST(after_too_long_a_silence_rates_begin_anew)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	r.agents.agent[0].dead_from = rig_now(&r) + SEC;
	r.agents.agent[0].dead_until = rig_now(&r) + 400 * SEC;
	forget();
	rounds(7);
	none(1, 60);
	forget();
	rounds(2);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_wrong, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_cell_that_is_missing_once_has_a_rate_over_two_intervals)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	r.agents.agent[0].spots[0] = (struct agent_spot){AGENT_IF_IN_OCTETS, 7, AGENT_UNDECODABLE};
	forget();
	rounds(1);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_seen, counters(60) - 1);
	r.agents.agent[0].spots[0].fault = AGENT_SOUND;
	forget();
	rounds(2);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_seen, 2 * counters(60));
	rig_close(&r);
}
END_TEST

/* A reload: agent `id` under the name of the first target. */
static void reload(uint64_t interval_ns, uint32_t id, bool rates, uint64_t fingerprint)
{
	struct sn_target_spec *spec = rig_spec(&r, 0);

	spec->interval_ns = interval_ns;
	spec->addr = agent_addr(id);
	spec->rates = rates;
	spec->fingerprint = fingerprint;
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
}

START_TEST(a_reload_keeps_them_and_so_does_another_interval)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(4);
	forget();
	reload(60 * SEC, 0, true, 1);
	rounds(1);
	reload(10 * SEC, 0, true, 2);
	reload(10 * SEC, 0, true, 3); /* without a round between */
	rounds(5);
	reload(45 * SEC, 0, true, 4);
	rounds(4);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, 0);
	ck_assert_uint_eq(rates_seen, 10 * counters(60));
	rig_close(&r);
}
END_TEST

START_TEST(another_device_under_the_same_name_has_no_rate_at_first)
{
	struct rig_config cfg = with_rates(_i, 60);

	cfg.targets = 2;
	rig_open(&r, &cfg);
	r.out.on_rows = on_rows;
	r.agents.agent[1].boot_age = r.agents.agent[0].boot_age; /* no restart to be seen */
	reload(60 * SEC, 0, true, 1);
	rounds(4);
	reload(60 * SEC, 1, true, 2);
	forget();
	rounds(1);
	none(1, 60);
	forget();
	rounds(2);
	ck_assert_uint_eq(rates_wrong, 0);
	ck_assert_uint_eq(rates_lacking, 0);
	rig_close(&r);
}
END_TEST

START_TEST(nothing_is_remembered_when_they_are_off)
{
	struct rig_config cfg = with_rates(_i, 60);

	open_with(&cfg);
	rounds(3);
	ck_assert_ptr_nonnull(r.c.targets[0]->learned.rates);
	/* 56 octets of rates for 3 counters: 24 for the row, 8 for each, and one state */
	ck_assert_uint_le(sn_rates_octets(r.c.targets[0]->learned.rates), 60 * 56 + 56 + 200);
	reload(60 * SEC, 0, false, 2);
	rounds(1);
	ck_assert_ptr_null(r.c.targets[0]->learned.rates);
	forget();
	rounds(2);
	ck_assert_uint_eq(rates_seen, 0);
	rig_close(&r);
}
END_TEST

START_TEST(loss_and_late_answers_make_gaps_but_no_false_rates)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct rig_config cfg = with_rates(_i, 100);
		unsigned all;

		cfg.seed = seed;
		cfg.link.loss_ppm = 20000;
		cfg.link.jitter_ns = 50 * MS;
		open_with(&cfg);
		rounds(2);
		forget();
		rounds(60);
		all = 60 * counters(100);
		ck_assert_uint_eq(rates_wrong, 0);
		/* a request for each cell of v1: nearly no round without one that is lost */
		ck_assert_uint_ge(rates_seen, r.cfg.v1 ? all / 4 : all / 10 * 9);
		rig_close(&r);
	}
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		a_steady_counter_has_its_exact_rate_from_the_second_round_on,
		a_device_that_takes_seconds_has_right_rates_too,
		a_restart_between_rounds_has_no_rate_in_the_next_one,
		a_restart_during_a_round_never_makes_a_false_rate,
		a_discontinuity_of_a_row_takes_the_rates_of_that_row_only,
		a_row_in_the_place_of_another_has_no_rate_until_it_was_there_twice,
		a_row_that_is_new_has_no_rate_and_disturbs_no_other,
		lost_rounds_are_spanned,
		after_too_long_a_silence_rates_begin_anew,
		a_cell_that_is_missing_once_has_a_rate_over_two_intervals,
		a_reload_keeps_them_and_so_does_another_interval,
		another_device_under_the_same_name_has_no_rate_at_first,
		nothing_is_remembered_when_they_are_off,
		loss_and_late_answers_make_gaps_but_no_false_rates,
		a_counter32_that_wraps_has_its_rate,
		a_wrap_that_might_be_a_restart_waits_for_the_next_round,
		NULL};
	const TTest *const single[] = {NULL};

	return rig_main("rates", each, single, 60);
}
