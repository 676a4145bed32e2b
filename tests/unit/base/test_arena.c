/*
 * Round memory: alignment, growth, reuse, and what happens when the N-th malloc fails. Behaviour of
 * base/arena.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "base/arena.h"

#include "support/suite.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool watching;	    /* inside a call of the arena: Check allocates as well */
static long mallocs;	    /* calls so far */
static long fail_from = -1; /* number of the first call that fails, -1 for none */

void *__wrap_malloc(size_t n)
{
	long call;

	if (!watching) {
		return __real_malloc(n);
	}
	call = mallocs++;
	return fail_from >= 0 && call >= fail_from ? NULL : __real_malloc(n);
}

static uint8_t *try_get(struct sn_arena *a, size_t n)
{
	uint8_t *p;

	watching = true;
	p = sn_arena_alloc(a, n);
	watching = false;
	return p;
}

static uint8_t *get(struct sn_arena *a, size_t n)
{
	uint8_t *p = try_get(a, n);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq((uintptr_t)p % 8, 0);
	memset(p, 0xa5, n); /* an overlap or overrun shows in the checks and under asan */
	return p;
}

START_TEST(hands_out_aligned_memory_that_does_not_overlap)
{
	struct sn_arena_pool pool;
	struct sn_arena a;
	uint8_t *p[200];

	sn_arena_pool_init(&pool, 512);
	sn_arena_init(&a, &pool);
	for (size_t i = 0; i < 200; i++) {
		p[i] = get(&a, i);
		memset(p[i], (int)i, i);
	}
	for (size_t i = 0; i < 200; i++) {
		for (size_t k = 0; k < i; k++) {
			ck_assert_uint_eq(p[i][k], (uint8_t)i);
		}
	}
	sn_arena_reset(&a);
	sn_arena_pool_fini(&pool);
	ck_assert_uint_eq(pool.held, 0);
}
END_TEST

START_TEST(second_round_of_the_same_size_allocates_nothing)
{
	struct sn_arena_pool pool;
	struct sn_arena a;
	long before;

	sn_arena_pool_init(&pool, 1024);
	sn_arena_init(&a, &pool);
	for (int i = 0; i < 100; i++) {
		get(&a, 100);
	}
	sn_arena_reset(&a);
	before = mallocs;
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 100; i++) {
			get(&a, 100);
		}
		sn_arena_reset(&a);
	}
	ck_assert_int_eq(mallocs, before);
	sn_arena_pool_fini(&pool);
}
END_TEST

START_TEST(arenas_share_the_chunks_of_one_pool)
{
	struct sn_arena_pool pool;
	struct sn_arena a;
	struct sn_arena b;
	uint8_t *pa;
	uint8_t *pb;

	sn_arena_pool_init(&pool, 256);
	sn_arena_init(&a, &pool);
	sn_arena_init(&b, &pool);
	pa = get(&a, 64);
	pb = get(&b, 64);
	memset(pa, 1, 64);
	memset(pb, 2, 64);
	ck_assert_uint_eq(pa[63], 1);
	ck_assert_uint_eq(pool.held, 512);
	sn_arena_reset(&a);
	get(&b, 200);
	ck_assert_uint_eq(pool.held, 512);
	sn_arena_reset(&b);
	sn_arena_pool_fini(&pool);
	ck_assert_uint_eq(pool.held, 0);
}
END_TEST

START_TEST(a_large_request_gets_a_chunk_of_its_own_and_keeps_the_current_one)
{
	struct sn_arena_pool pool;
	struct sn_arena a;
	uint8_t *first;
	uint8_t *big;
	uint8_t *second;

	sn_arena_pool_init(&pool, 256);
	sn_arena_init(&a, &pool);
	first = get(&a, 16);
	big = get(&a, 10000);
	second = get(&a, 16);
	ck_assert_ptr_eq(second, first + 16);
	ck_assert_uint_eq(big[9999], 0xa5);
	ck_assert_uint_gt(pool.held, 10000);
	sn_arena_reset(&a);
	get(&a, 5000); /* also as the very first request */
	get(&a, 8);
	sn_arena_reset(&a);
	sn_arena_pool_fini(&pool);
	ck_assert_uint_eq(pool.held, 0);
}
END_TEST

START_TEST(large_chunks_are_kept_for_the_next_round_but_not_huge_ones)
{
	const size_t huge = (size_t)256 << SN_ARENA_CLASSES;
	struct sn_arena_pool pool;
	struct sn_arena a;
	size_t kept;
	long before;

	sn_arena_pool_init(&pool, 256);
	sn_arena_init(&a, &pool);
	for (size_t n = 100; n < huge - 100; n *= 3) {
		get(&a, n);
	}
	sn_arena_reset(&a);
	kept = pool.held;
	before = mallocs;
	for (size_t n = 100; n < huge - 100; n *= 3) {
		get(&a, n);
	}
	sn_arena_reset(&a);
	ck_assert_int_eq(mallocs, before);
	ck_assert_uint_eq(pool.held, kept);
	get(&a, huge);
	ck_assert_uint_gt(pool.held, kept + huge);
	sn_arena_reset(&a);
	ck_assert_uint_eq(pool.held, kept);
	sn_arena_pool_fini(&pool);
	ck_assert_uint_eq(pool.held, 0);
}
END_TEST

START_TEST(impossible_sizes_give_null)
{
	struct sn_arena_pool pool;
	struct sn_arena a;

	sn_arena_pool_init(&pool, 256);
	sn_arena_init(&a, &pool);
	for (size_t cut = 0; cut < 32; cut++) {
		ck_assert_ptr_null(sn_arena_alloc(&a, SIZE_MAX - cut));
	}
	get(&a, 8);
	for (size_t cut = 0; cut < 32; cut++) {
		ck_assert_ptr_null(sn_arena_alloc(&a, SIZE_MAX - cut));
	}
	ck_assert_ptr_null(sn_arena_zalloc(&a, SIZE_MAX));
	sn_arena_reset(&a);
	sn_arena_pool_fini(&pool);
}
END_TEST

START_TEST(zeroed_memory_and_copies_of_strings)
{
	struct sn_arena_pool pool;
	struct sn_arena a;
	uint8_t *z;
	char *s;

	sn_arena_pool_init(&pool, 256);
	sn_arena_init(&a, &pool);
	get(&a, 128);
	sn_arena_reset(&a);
	z = sn_arena_zalloc(&a, 128); /* the chunk the round before has written to */
	ck_assert_ptr_nonnull(z);
	for (int i = 0; i < 128; i++) {
		ck_assert_uint_eq(z[i], 0);
	}
	s = sn_arena_strndup(&a, "GigabitEthernet0/1", 7);
	ck_assert_str_eq(s, "Gigabit");
	s = sn_arena_strndup(&a, "", 0);
	ck_assert_str_eq(s, "");
	sn_arena_reset(&a);
	sn_arena_pool_fini(&pool);
}
END_TEST

START_TEST(every_failing_malloc_gives_null_and_loses_nothing)
{
	for (long n = 0; n < 6; n++) {
		struct sn_arena_pool pool;
		struct sn_arena a;
		long got = 0;

		sn_arena_pool_init(&pool, 256);
		sn_arena_init(&a, &pool);
		mallocs = 0;
		fail_from = n;
		for (int i = 0; i < 6; i++) {
			uint8_t *p = try_get(&a, i == 3 ? 1000 : 200);

			if (p) {
				memset(p, 1, 200);
				got++;
			}
		}
		ck_assert_int_eq(got, n);
		fail_from = -1;
		get(&a, 200);
		sn_arena_reset(&a);
		sn_arena_pool_fini(&pool);
		ck_assert_uint_eq(pool.held, 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hands_out_aligned_memory_that_does_not_overlap,
		second_round_of_the_same_size_allocates_nothing,
		arenas_share_the_chunks_of_one_pool,
		a_large_request_gets_a_chunk_of_its_own_and_keeps_the_current_one,
		large_chunks_are_kept_for_the_next_round_but_not_huge_ones,
		impossible_sizes_give_null,
		zeroed_memory_and_copies_of_strings,
		every_failing_malloc_gives_null_and_loses_nothing,
		NULL};

	return suite_run_tests("arena", tests, 0);
}
