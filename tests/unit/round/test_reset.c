/*
 * Did counters restart? Uptimes that wrap, go back, are too young; discontinuities of rows; memory
 * that does not grow with every interface that ever was. Behaviour of round/reset.h.
 *
 * ctest: one_thread link=-Wl,--wrap=calloc
 */
#include "round/reset.h"

#include "base/clock.h"
#include "base/rng.h"
#include "codec/oid.h"

#include "support/suite.h"

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static bool no_memory;
static unsigned callocs;

void *__wrap_calloc(size_t n, size_t size)
{
	callocs++;
	return no_memory ? NULL : __real_calloc(n, size);
}

#define TICKS_PER_DAY UINT64_C(8640000)
#define DAY (86400 * SN_NS_PER_SEC)

/* Two looks at a device: was it a reset? */
static bool twice(uint32_t first, uint32_t second, uint64_t passed)
{
	struct sn_reset r;
	bool reset;

	sn_reset_init(&r);
	ck_assert(!sn_reset_uptime(&r, first, 1000));
	reset = sn_reset_uptime(&r, second, 1000 + passed);
	sn_reset_fini(&r);
	return reset;
}

START_TEST(time_that_passes_is_no_reset)
{
	ck_assert(!twice(5000, 11000, 60 * SN_NS_PER_SEC));
	ck_assert(!twice(0, 6000, 60 * SN_NS_PER_SEC));
	ck_assert(!twice(5000, 5000, 0));
	/* clocks of agents are bad: one per cent slow or fast */
	ck_assert(!twice(5000, 5000 + 5940, 60 * SN_NS_PER_SEC));
	ck_assert(!twice(0, (uint32_t)(TICKS_PER_DAY * 99 / 100), DAY));
	ck_assert(!twice(0, (uint32_t)(TICKS_PER_DAY * 101 / 100), DAY));
	/* or stand still while an answer is cached */
	ck_assert(!twice(500000, 500000, 60 * SN_NS_PER_SEC));
}
END_TEST

START_TEST(an_uptime_that_goes_back_is_a_reset)
{
	ck_assert(twice(5000, 4999, 0));
	ck_assert(twice(TICKS_PER_DAY, 3000, 60 * SN_NS_PER_SEC));
	ck_assert(twice(UINT32_MAX / 2, 0, 60 * SN_NS_PER_SEC));
	ck_assert(twice(UINT32_MAX - 1000000, 100, 60 * SN_NS_PER_SEC));
}
END_TEST

START_TEST(an_uptime_younger_than_the_last_look_is_a_reset)
{
	/* higher than before, but a day has passed */
	ck_assert(twice(1000, 2000, DAY));
	ck_assert(twice(1000, (uint32_t)(TICKS_PER_DAY / 2), DAY));
	ck_assert(twice(0, (uint32_t)(TICKS_PER_DAY * 97 / 100), DAY));
}
END_TEST

START_TEST(the_wrap_after_497_days_is_no_reset)
{
	for (uint32_t before = 0; before < 6000; before += 100) {
		/* a minute between: wraps at any moment of it */
		ck_assert(!twice(UINT32_MAX - before, 5999 - before, 60 * SN_NS_PER_SEC));
		ck_assert(!twice(UINT32_MAX - before, 5999 - before + 50, 60 * SN_NS_PER_SEC));
	}
	/* the agent was not seen for a day around the wrap */
	ck_assert(!twice(UINT32_MAX - 100, (uint32_t)TICKS_PER_DAY, DAY));
	/* expected to wrap, but a bit behind */
	ck_assert(!twice(UINT32_MAX - 5900, UINT32_MAX - 50, 60 * SN_NS_PER_SEC));
}
END_TEST

START_TEST(a_reboot_near_the_wrap_is_seen_when_it_can_be)
{
	/* where time puts the counter after a day is far from 0 */
	ck_assert(twice(UINT32_MAX - 100, 3000, DAY));
	/* a minute before the wrap nobody can tell */
	ck_assert(!twice(UINT32_MAX - 3000, 100, 60 * SN_NS_PER_SEC));
}
END_TEST

START_TEST(each_reset_is_told_once)
{
	struct sn_reset r;
	uint64_t now = 0;

	sn_reset_init(&r);
	ck_assert(!sn_reset_uptime(&r, 1000000, now));
	for (uint32_t i = 0; i < 10; i++) {
		now += 60 * SN_NS_PER_SEC;
		ck_assert(sn_reset_uptime(&r, 3000 + 6000 * i, now) == (i == 0));
	}
	sn_reset_fini(&r);
}
END_TEST

START_TEST(the_start_of_a_device_moves_only_when_it_starts_anew)
{
	const uint64_t wall = 1795377600 * SN_NS_PER_SEC;
	const uint64_t up = 100 * SN_NS_PER_SEC; /* of uptime at the first look */
	struct sn_reset r;

	sn_reset_init(&r);
	ck_assert(!sn_reset_uptime(&r, 10000, 1000));
	sn_reset_start(&r, wall, false);
	ck_assert_uint_eq(r.started, wall - up);
	/* a minute later the device has counted two seconds more than we have */
	ck_assert(!sn_reset_uptime(&r, 16200, 1000 + 60 * SN_NS_PER_SEC));
	sn_reset_start(&r, wall + 60 * SN_NS_PER_SEC, false);
	ck_assert_uint_eq(r.started, wall - up);
	ck_assert(sn_reset_uptime(&r, 500, 1000 + 120 * SN_NS_PER_SEC));
	sn_reset_start(&r, wall + 120 * SN_NS_PER_SEC, true);
	ck_assert_uint_eq(r.started, wall + 115 * SN_NS_PER_SEC);
	sn_reset_fini(&r);
}
END_TEST

START_TEST(a_device_older_than_unix_time_has_a_start)
{
	struct sn_reset r;

	sn_reset_init(&r);
	ck_assert(!sn_reset_uptime(&r, UINT32_MAX, 1000));
	sn_reset_start(&r, 5, false);
	ck_assert_uint_eq(r.started, 1);
	sn_reset_fini(&r);
}
END_TEST

START_TEST(two_years_of_looks_in_any_rhythm_show_no_reset)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 4);
	for (int run = 0; run < 50; run++) {
		uint64_t start = sn_rng_u64(&rng) >> 20; /* up to 203 days of uptime, in ns */
		uint64_t now = sn_rng_below(&rng, DAY);
		uint64_t begin = now;
		struct sn_reset r;

		sn_reset_init(&r);
		while (now - begin < 730 * DAY) {
			uint64_t ticks = (start + now - begin) / (10 * SN_NS_PER_MS);

			suite_expect(!sn_reset_uptime(&r, (uint32_t)ticks, now));
			now += sn_rng_below(&rng,
					    sn_rng_below(&rng, 10) ? 600 * SN_NS_PER_SEC : 3 * DAY);
		}
		sn_reset_fini(&r);
	}
}
END_TEST

/* A table of rows with their discontinuities. */
static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_block blk;
static struct sn_reset r;

static void table_begin(void)
{
	static const struct sn_index index = {.label = "ifIndex"};
	static const struct sn_column column = {.name = "ifCounterDiscontinuityTime"};
	static const struct sn_schema schema = {
		.columns = &column, .ncolumns = 1, .indexes = &index, .nindexes = 1};
	static const struct sn_origin origin = {.instance = "x"};

	sn_arena_reset(&arena);
	sn_block_init(&blk, &schema, &origin, &arena);
}

static void table_setup(void)
{
	sn_arena_pool_init(&pool, 65536);
	sn_arena_init(&arena, &pool);
	sn_reset_init(&r);
	table_begin();
}

static void table_end(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	sn_reset_fini(&r);
}

static struct sn_row *row_of(uint32_t index)
{
	uint8_t octets[5];
	struct sn_row *row = sn_block_get_row(
		&blk, sn_span_make(octets, sn_oid_write_arc(octets, index)), UINT32_MAX);

	suite_expect(row);
	return row;
}

static void put(uint32_t index, uint32_t value)
{
	struct sn_value v = {.tag = SN_TAG_TIMETICKS, .u = value};
	int rc = sn_block_set(&blk, row_of(index), 0, &v, 1);

	suite_expect(rc == 1);
}

static unsigned look(bool complete)
{
	unsigned marked = sn_reset_rows(&r, &blk, 0, complete);
	unsigned seen = 0;

	for (uint32_t i = 0; i < blk.nrows; i++) {
		seen += (sn_block_row(&blk, i)->flags & SN_ROW_RESET) != 0;
	}
	suite_expect(seen == marked);
	return marked;
}

static bool is_marked(uint32_t index)
{
	return row_of(index)->flags & SN_ROW_RESET;
}

START_TEST(a_discontinuity_that_moves_marks_its_row_once)
{
	table_setup();
	for (int round = 0; round < 10; round++) {
		table_begin();
		for (uint32_t i = 1; i <= 100; i++) {
			/* zero for most; 7 and 60 move */
			put(i, i == 7 && round >= 3 ? 4711 : (i == 60 ? (round >= 5 ? 2 : 1) : 0));
		}
		ck_assert_uint_eq(look(true), round == 3 || round == 5 ? 1 : 0);
		ck_assert_int_eq(is_marked(7), round == 3);
		ck_assert_int_eq(is_marked(60), round == 5);
	}
	ck_assert_uint_eq(r.nrows, 2); /* zeros take no memory */
	table_end();
}
END_TEST

START_TEST(nothing_is_known_at_the_first_look)
{
	table_setup();
	for (uint32_t i = 1; i <= 100; i++) {
		put(i, i);
	}
	ck_assert_uint_eq(look(true), 0);
	table_end();
}
END_TEST

START_TEST(a_discontinuity_that_goes_back_to_zero_has_moved)
{
	table_setup();
	put(1, 5);
	look(true);
	table_begin();
	put(1, 0);
	ck_assert_uint_eq(look(true), 1);
	table_begin();
	put(1, 0);
	ck_assert_uint_eq(look(true), 0);
	table_end();
}
END_TEST

START_TEST(equal_indexes_of_two_tables_are_two_rows)
{
	table_setup();
	put(1, 5);
	ck_assert_uint_eq(sn_reset_rows(&r, &blk, 0, true), 0);
	table_begin();
	put(1, 6);
	/* nothing was known of this one */
	ck_assert_uint_eq(sn_reset_rows(&r, &blk, 1, true), 0);
	table_begin();
	put(1, 5);
	ck_assert_uint_eq(sn_reset_rows(&r, &blk, 0, true), 0);
	table_begin();
	put(1, 7);
	ck_assert_uint_eq(sn_reset_rows(&r, &blk, 1, true), 1);
	table_end();
}
END_TEST

START_TEST(rows_that_were_lost_in_a_round_are_still_known_after_it)
{
	table_setup();
	for (uint32_t i = 1; i <= 50; i++) {
		put(i, i);
	}
	look(true);
	for (int round = 0; round < 20; round++) {
		table_begin();
		put(3, 3);
		ck_assert_uint_eq(look(false), 0);
	}
	table_begin();
	for (uint32_t i = 1; i <= 50; i++) {
		put(i, i);
	}
	ck_assert_uint_eq(look(true), 0);
	table_end();
}
END_TEST

START_TEST(values_of_another_type_are_no_discontinuity)
{
	struct sn_value v = {.tag = SN_TAG_INTEGER, .i = 5};

	table_setup();
	ck_assert_int_eq(sn_block_set(&blk, row_of(1), 0, &v, 1), 1);
	row_of(2); /* no value at all */
	ck_assert_uint_eq(look(true), 0);
	ck_assert_uint_eq(r.nrows, 0);
	table_end();
}
END_TEST

START_TEST(interfaces_that_come_and_go_for_years_do_not_fill_the_memory)
{
	const uint32_t alive = 300;

	table_setup();
	for (uint32_t round = 0; round < 5000; round++) {
		unsigned marked;

		table_begin();
		/* 50 go and 50 come with each round, none of which ever comes back */
		for (uint32_t i = 0; i < alive; i++) {
			put(50 * round + i, 1000 + i);
		}
		marked = sn_reset_rows(&r, &blk, 0, true);
		/* all values move: each row's place changes with the round */
		suite_expect(round == 0 ? marked == 0 : marked == alive);
		suite_expect(r.nrows <= 3 * alive);
		suite_expect(r.cap <= 2048);
	}
	table_end();
}
END_TEST

START_TEST(forgetting_rows_of_one_table_keeps_those_of_another)
{
	table_setup();
	for (uint32_t i = 0; i < 40; i++) {
		put(i, 9);
	}
	sn_reset_rows(&r, &blk, 1, true);
	for (uint32_t round = 0; round < 100; round++) {
		table_begin();
		for (uint32_t i = 0; i < 40; i++) {
			put(1000 * round + i, 7);
		}
		sn_reset_rows(&r, &blk, 0, true);
	}
	ck_assert_uint_le(r.nrows, 3 * 80);
	table_begin();
	for (uint32_t i = 0; i < 40; i++) {
		put(i, 9);
	}
	ck_assert_uint_eq(sn_reset_rows(&r, &blk, 1, true), 0);
	table_end();
}
END_TEST

START_TEST(a_hundred_thousand_rows_are_told_apart)
{
	table_setup();
	for (int round = 0; round < 2; round++) {
		table_begin();
		for (uint32_t i = 0; i < 100000; i++) {
			put(i, 1 + i % 1000);
		}
		/* with 32 bits of a hash one pair at least would flap for ever */
		ck_assert_uint_eq(sn_reset_rows(&r, &blk, 0, true), 0);
	}
	ck_assert_uint_eq(r.nrows, 100000);
	table_end();
}
END_TEST

START_TEST(steady_rows_allocate_nothing)
{
	unsigned before = 0;

	table_setup();
	for (int round = 0; round < 100; round++) {
		table_begin();
		for (uint32_t i = 0; i < 1000; i++) {
			put(i, 1 + i + (uint32_t)round * (i == 5));
		}
		sn_reset_rows(&r, &blk, 0, true);
		before = round == 0 ? callocs : before;
	}
	ck_assert_uint_eq(callocs, before);
	table_end();
}
END_TEST

START_TEST(without_memory_rows_stay_unmarked_and_nothing_is_lost)
{
	table_setup();
	put(1, 5);
	look(true);
	no_memory = true;
	table_begin();
	for (uint32_t i = 1; i <= 1000; i++) {
		put(i, i == 1 ? 6 : i);
	}
	/* what there is room for is a new row, the rest is left alone */
	ck_assert_uint_le(look(true), 12);
	ck_assert(is_marked(1));
	ck_assert(!is_marked(1000));
	no_memory = false;
	(void)sn_reset_rows(&r, &blk, 0, true);
	table_begin();
	for (uint32_t i = 1; i <= 1000; i++) {
		put(i, i == 1 ? 6 : i);
	}
	ck_assert_uint_eq(look(true), 0);
	table_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {time_that_passes_is_no_reset,
				      an_uptime_that_goes_back_is_a_reset,
				      an_uptime_younger_than_the_last_look_is_a_reset,
				      the_wrap_after_497_days_is_no_reset,
				      a_reboot_near_the_wrap_is_seen_when_it_can_be,
				      each_reset_is_told_once,
				      the_start_of_a_device_moves_only_when_it_starts_anew,
				      a_device_older_than_unix_time_has_a_start,
				      two_years_of_looks_in_any_rhythm_show_no_reset,
				      a_discontinuity_that_moves_marks_its_row_once,
				      nothing_is_known_at_the_first_look,
				      a_discontinuity_that_goes_back_to_zero_has_moved,
				      equal_indexes_of_two_tables_are_two_rows,
				      rows_that_were_lost_in_a_round_are_still_known_after_it,
				      values_of_another_type_are_no_discontinuity,
				      interfaces_that_come_and_go_for_years_do_not_fill_the_memory,
				      forgetting_rows_of_one_table_keeps_those_of_another,
				      a_hundred_thousand_rows_are_told_apart,
				      steady_rows_allocate_nothing,
				      without_memory_rows_stay_unmarked_and_nothing_is_lost,
				      NULL};

	return suite_run_tests("reset", tests, 60);
}
