/*
 * Rounds with filters and instances in which the N-th allocation fails, for every N, once or from
 * then on: no crash, rows and records that say what is missing, and all is well again when there is
 * memory. Rounds in which nothing is new allocate nothing.
 *
 * ctest: one_thread timeout=120 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "support/named.h"
#include "support/suite.h"

#include <limits.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool watching;	 /* a round runs: Check allocates as well */
static long allocations; /* tried so far */
static long fail_from;	 /* first one to fail */
static long fail_to;	 /* first one to succeed again */
static long failed;	 /* so far */

static bool fails(void)
{
	bool fail = watching && allocations >= fail_from && allocations < fail_to;

	allocations += watching;
	failed += fail;
	return fail;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

/* A round in which allocations from..to fail. */
static void starved_round(long from, long to)
{
	allocations = 0;
	failed = 0;
	fail_from = from;
	fail_to = to;
	watching = true;
	named_run_round();
	watching = false;
}

static void make(void)
{
	named_add_table(2, 3);
	named_add_table(0, 2);
	named_add_filter(0);
	named_add_target(0, 0, 2);
	named_add_target(0, 0, 3);
	named_add_target(0, 1, 1);
	named_add_instance(0, 4, "\7");
	named_add_instance(1, 0, "\3");
	for (uint8_t row = 1; row <= 120; row++) {
		named_put_row(0, named_arc(row), row % 3 ? "no" : "yes");
		named_put_row(1, named_arc(row), "");
	}
}

START_TEST(whatever_allocation_fails_the_next_rounds_are_well)
{
	long n = 0;

	do {
		named_teardown();
		named_setup();
		make();
		named_start();
		named.silent_after = _i < 2 ? 0 : 3 + (uint32_t)_i;
		starved_round(n, _i == 1 ? LONG_MAX : n + 1);
		named.silent_after = 0;
		if (!failed && _i < 2) {
			ck_assert_uint_eq(named.last.status, SN_ROUND_OK);
		}
		named_one_round();
		named_good_rounds(2);
		named_finish();
		n++;
	} while (failed);
	ck_assert_int_gt(n, 5);
}
END_TEST

START_TEST(a_steady_round_allocates_nothing)
{
	make();
	named_start();
	named_good_rounds(3);
	starved_round(0, 0);
	ck_assert_int_eq(allocations, 0);
	ck_assert_uint_eq(named.last.status, SN_ROUND_OK);
	named_finish();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("filters_nomem");
	TCase *tc = tcase_create("filters_nomem");

	tcase_add_checked_fixture(tc, named_setup, named_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, whatever_allocation_fails_the_next_rounds_are_well, 0, 7);
	tcase_add_test(tc, a_steady_round_allocates_nothing);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
