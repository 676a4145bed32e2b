/*
 * What of a table's counters is remembered from round to round, and when a rate is made of it: each
 * rule of round/rates.h by itself, on rows that are made by hand.
 *
 * ctest: link=-Wl,--wrap=calloc,--wrap=realloc
 */
#include "round/rates.h"

#include "base/clock.h"

#include "support/suite.h"

#include <math.h>

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool no_memory;
static unsigned allocations;

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return no_memory ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	allocations++;
	return no_memory ? NULL : __real_realloc(p, size);
}

#define SEC SN_NS_PER_SEC
#define WALL (UINT64_C(1795377600) * SEC)

enum { ROWS = 64, NO_RATE = -1 };

static const struct sn_column columns[] = {{.name = "a", .kind = SN_KIND_COUNTER},
					   {.name = "b", .kind = SN_KIND_COUNTER},
					   {.name = "a_rate", .kind = SN_KIND_FLOAT},
					   {.name = "b_rate", .kind = SN_KIND_FLOAT}};
static const struct sn_schema schema = {
	.module = "m", .table = "t", .columns = columns, .ncolumns = 4, .discontinuity = -1};
static const struct sn_plan_rate pairs[] = {{0, 2}, {1, 3}};
static const struct sn_plan_rates plan = {.v = pairs, .n = 2, .layout = 77};

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_block blk;
static struct sn_rates *rates;
static struct sn_rates_look look;

static void begin(void)
{
	no_memory = false;
	sn_arena_pool_init(&pool, 64 * 1024);
	sn_arena_init(&arena, &pool);
	rates = sn_rates_new();
	ck_assert_ptr_nonnull(rates);
	look = (struct sn_rates_look){.now = 1000 * SEC,
				      .started = 1000 * SEC,
				      .wall_offset = WALL,
				      .uptime_at = 1000 * SEC,
				      .longest = 300 * SEC,
				      .max_rows = ROWS,
				      .has_uptime = true,
				      .knows_uptime = true,
				      .whole = true};
	sn_block_init(&blk, &schema, NULL, &arena);
}

static void end(void)
{
	sn_rates_free(rates);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

/* The next round, so many seconds later. */
static void next(unsigned seconds)
{
	look.now += seconds * SEC;
	look.started = look.now;
	look.uptime_at = look.now;
	sn_arena_reset(&arena);
	sn_block_init(&blk, &schema, NULL, &arena);
}

static struct sn_row *cell(uint8_t index, uint32_t column, uint8_t tag, uint64_t value)
{
	const struct sn_value v = {.tag = tag, .u = value};
	struct sn_row *row = sn_block_get_row(&blk, sn_span_make(&index, 1), 0);

	ck_assert_int_eq(sn_block_set(&blk, row, column, &v, WALL + look.now), 1);
	return row;
}

static struct sn_row *c32(uint8_t index, uint32_t value)
{
	return cell(index, 0, SN_TAG_COUNTER32, value);
}

static struct sn_row *c64(uint8_t index, uint64_t value)
{
	return cell(index, 1, SN_TAG_COUNTER64, value);
}

static void run(void)
{
	ck_assert_int_eq(sn_rates_rows(rates, &look, &plan, &blk), SN_OK);
}

static double rate_of(uint8_t index, uint32_t column)
{
	struct sn_value v;

	if (!sn_block_get(&blk, sn_block_find(&blk, sn_span_make(&index, 1)), column, &v)) {
		return NO_RATE;
	}
	ck_assert_int_eq(v.tag, SN_TAG_DOUBLE);
	return v.d;
}

static void expect(uint8_t index, double a, double b)
{
	ck_assert_double_eq(rate_of(index, 2), a);
	ck_assert_double_eq(rate_of(index, 3), b);
}

START_TEST(growth_is_divided_by_the_time_between_the_answers)
{
	begin();
	c32(1, 4000000000u);
	c64(1, UINT64_C(1) << 60);
	run();
	expect(1, NO_RATE, NO_RATE);
	next(10);
	c32(1, 4000000000u);
	c64(1, (UINT64_C(1) << 60) + 12345);
	run();
	expect(1, 0, 1234.5);
	next(60);
	c32(1, 4000000000u + 60);
	c64(1, UINT64_C(1) << 61);
	run();
	expect(1, 1, ((double)(UINT64_C(1) << 60) - 12345) / 60);
	end();
}
END_TEST

START_TEST(what_goes_back_has_no_rate)
{
	begin();
	c32(1, 1000);
	c64(1, 1000);
	run();
	next(10);
	c32(1, 999); /* no wrap: nothing counts 4294967295 in between */
	c64(1, 999);
	run();
	expect(1, NO_RATE, NO_RATE);
	next(10);
	c32(1, 1009);
	c64(1, 1009);
	run();
	expect(1, 1, 1);
	end();
}
END_TEST

START_TEST(a_wrap_counts_when_the_uptime_was_read_no_earlier)
{
	begin();
	c32(1, UINT32_MAX - 99);
	run();
	next(10);
	c32(1, 100);
	run();
	expect(1, 20, NO_RATE);
	end();
}
END_TEST

START_TEST(a_wrap_that_may_be_a_restart_waits_and_is_not_lost)
{
	for (int restart = 0; restart < 2; restart++) {
		begin();
		c32(1, UINT32_MAX - 99);
		c64(1, 0);
		run();
		next(10);
		look.uptime_at = look.now - 1;
		c32(1, 100);
		c64(1, 50);
		run();
		expect(1, NO_RATE, 5);
		next(10);
		look.reset = restart;
		look.uptime_at = look.now - 1;
		c32(1, 300);
		c64(1, 100);
		run();
		expect(1, restart ? NO_RATE : 20, restart ? NO_RATE : 5);
		next(10);
		look.reset = false;
		c32(1, 400);
		c64(1, 150);
		run();
		expect(1, 10, 5);
		end();
	}
}
END_TEST

START_TEST(a_restart_that_no_row_saw_makes_older_values_useless)
{
	begin();
	c32(1, 100);
	c64(1, 100);
	run();
	next(10);
	sn_rates_restarted(rates, look.started);
	next(10);
	c32(1, 200);
	c64(1, 200);
	run();
	expect(1, NO_RATE, NO_RATE);
	end();
}
END_TEST

START_TEST(a_counter_that_becomes_another_type_begins_anew)
{
	begin();
	c32(1, 100);
	run();
	next(10);
	cell(1, 0, SN_TAG_COUNTER64, (UINT64_C(1) << 40) + 100);
	run();
	expect(1, NO_RATE, NO_RATE);
	next(10);
	cell(1, 0, SN_TAG_COUNTER64, (UINT64_C(1) << 40) + 200);
	run();
	expect(1, 10, NO_RATE);
	next(10);
	cell(1, 0, SN_TAG_INTEGER, 300); /* of a type that does not count */
	run();
	expect(1, NO_RATE, NO_RATE);
	end();
}
END_TEST

/* The order of the rows is not what they are known by. */
START_TEST(rows_are_known_by_their_index)
{
	begin();
	for (uint8_t i = 1; i <= 20; i++) {
		c64(i, 1000000u * i);
	}
	run();
	next(10);
	for (uint8_t i = 22; i > 1; i--) { /* the other way round, 1 is gone, 21 and 22 are new */
		c64(i, 1000000u * i + 10);
	}
	run();
	for (uint8_t i = 2; i <= 22; i++) {
		expect(i, NO_RATE, i <= 20 ? 1 : NO_RATE);
	}
	next(10);
	for (uint8_t i = 1; i <= 22; i++) {
		c64(i, 1000000u * i + 20);
	}
	run();
	for (uint8_t i = 1; i <= 22; i++) {
		expect(i, NO_RATE, i == 1 ? NO_RATE : 1);
	}
	end();
}
END_TEST

START_TEST(rows_that_were_not_answered_are_kept_while_they_are_of_use)
{
	begin();
	c64(1, 100);
	c64(2, 200);
	run();
	for (int i = 0; i < 2; i++) {
		next(100);
		look.whole = false;
		c64(1, 100);
		c64((uint8_t)(3 + i), 100); /* and new ones come, so that memory moves */
		run();
	}
	next(100);
	c64(1, 100);
	c64(2, 500);
	run();
	expect(2, NO_RATE, 1); /* over 300 s */
	for (int i = 0; i < 4; i++) {
		next(100);
		c64(1, 100);
		c64((uint8_t)(13 + i), 100);
		run();
	}
	/* rows 1, the last one, and three that are still of use */
	ck_assert_uint_le(sn_rates_octets(rates), 5 * 48 + 200);
	next(1);
	c64(2, 900);
	run();
	expect(2, NO_RATE, NO_RATE);
	end();
}
END_TEST

START_TEST(no_more_rows_are_kept_than_a_table_may_have)
{
	begin();
	look.max_rows = 10;
	look.whole = false;
	for (uint8_t i = 0; i < 200; i++) {
		next(1);
		c64(i, 1);
		run();
		ck_assert_uint_le(sn_rates_octets(rates), 11 * 48 + 200);
	}
	end();
}
END_TEST

START_TEST(answers_that_came_far_apart_wait_for_a_longer_span)
{
	begin();
	c64(1, 0);
	run();
	next(10);
	look.retried = true;
	look.started -= SEC; /* some value of the row may be a second older than the others */
	c64(1, 100);
	run();
	expect(1, NO_RATE, NO_RATE);
	next(90);
	look.started -= SEC;
	c64(1, 1000);
	run();
	expect(1, NO_RATE, 10);
	/* the same distance in every round is no harm */
	look.retried = false;
	for (int i = 0; i < 3; i++) {
		next(10);
		look.started -= SEC;
		c64(1, 1100 + 100 * (uint64_t)i);
		run();
		expect(1, NO_RATE, 10);
	}
	/* until the rows are asked for in another way */
	next(10);
	look.started -= SEC;
	look.way++;
	c64(1, 1400);
	run();
	expect(1, NO_RATE, NO_RATE);
	end();
}
END_TEST

START_TEST(a_round_without_uptime_says_nothing_if_there_was_one)
{
	begin();
	c64(1, 100);
	run();
	next(10);
	look.has_uptime = false;
	c64(1, 200);
	run();
	expect(1, NO_RATE, NO_RATE);
	next(10);
	look.has_uptime = true;
	c64(1, 300);
	run();
	expect(1, NO_RATE, 10);
	end();
	/* who never has one is believed, but not that it wrapped */
	begin();
	look.has_uptime = false;
	look.knows_uptime = false;
	c32(1, UINT32_MAX);
	c64(1, 100);
	run();
	next(10);
	c32(1, 9);
	c64(1, 200);
	run();
	expect(1, NO_RATE, 10);
	end();
}
END_TEST

START_TEST(a_wall_clock_that_is_set_during_a_round_spoils_nothing)
{
	begin();
	c64(1, 100);
	run();
	next(10);
	c64(1, 200);
	look.wall_offset += 3600 * SEC; /* after the answer */
	run();
	expect(1, NO_RATE, NO_RATE);
	next(10);
	{
		uint8_t index = 1;
		const struct sn_value v = {.tag = SN_TAG_COUNTER64, .u = 300};
		struct sn_row *row = sn_block_get_row(&blk, sn_span_make(&index, 1), 0);

		ck_assert_int_eq(sn_block_set(&blk, row, 1, &v, look.wall_offset + look.now), 1);
	}
	run();
	expect(1, NO_RATE, 10);
	end();
}
END_TEST

START_TEST(without_memory_what_is_known_has_its_rates)
{
	begin();
	c64(1, 100);
	run();
	next(10);
	c64(1, 200);
	c64(2, 200);
	no_memory = true;
	ck_assert_int_eq(sn_rates_rows(rates, &look, &plan, &blk), SN_ENOMEM);
	no_memory = false;
	expect(1, NO_RATE, 10);
	next(10);
	c64(1, 300);
	c64(2, 300);
	run();
	expect(1, NO_RATE, 10);
	expect(2, NO_RATE, NO_RATE); /* was not remembered */
	end();
}
END_TEST

START_TEST(the_same_rows_again_allocate_nothing)
{
	begin();
	for (unsigned round = 0; round < 10; round++) {
		next(10);
		for (uint8_t i = 0; i < 50; i++) {
			c32(i, round * 10);
			c64(i, round * 20);
		}
		allocations = 0;
		run();
		ck_assert(round == 0 || allocations == 0);
		expect(49, round ? 1 : NO_RATE, round ? 2 : NO_RATE);
	}
	end();
}
END_TEST

START_TEST(tables_that_are_not_polled_any_more_are_forgotten)
{
	begin();
	c64(1, 100);
	run();
	sn_rates_doubt(rates);
	sn_rates_doubt(rates);
	next(10);
	c64(1, 200);
	run();
	expect(1, NO_RATE, 10);
	ck_assert(!sn_rates_prune(rates));
	sn_rates_doubt(rates);
	ck_assert(sn_rates_prune(rates));
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {growth_is_divided_by_the_time_between_the_answers,
				      what_goes_back_has_no_rate,
				      a_wrap_counts_when_the_uptime_was_read_no_earlier,
				      a_wrap_that_may_be_a_restart_waits_and_is_not_lost,
				      a_restart_that_no_row_saw_makes_older_values_useless,
				      a_counter_that_becomes_another_type_begins_anew,
				      rows_are_known_by_their_index,
				      rows_that_were_not_answered_are_kept_while_they_are_of_use,
				      no_more_rows_are_kept_than_a_table_may_have,
				      answers_that_came_far_apart_wait_for_a_longer_span,
				      a_round_without_uptime_says_nothing_if_there_was_one,
				      a_wall_clock_that_is_set_during_a_round_spoils_nothing,
				      without_memory_what_is_known_has_its_rates,
				      the_same_rows_again_allocate_nothing,
				      tables_that_are_not_polled_any_more_are_forgotten,
				      NULL};

	return suite_run_tests("rates", tests, 60);
}
