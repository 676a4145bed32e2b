/*
 * The queue between one producer and one consumer: capacity, order, index wrap, two threads.
 * Behaviour of base/ring_spsc.h; the stress is meant for ThreadSanitizer.
 */
#include "base/ring_spsc.h"

#include "support/suite.h"

#include <pthread.h>

enum { STRESS = 200000 };

static struct sn_ring_spsc make(uint32_t capacity)
{
	struct sn_ring_spsc r;

	ck_assert_int_eq(sn_ring_spsc_init(&r, capacity), SN_OK);
	return r;
}

START_TEST(capacity_is_rounded_up_to_a_power_of_two)
{
	static const uint32_t asked[] = {0, 1, 2, 3, 4, 5, 100};
	static const uint32_t given[] = {2, 2, 2, 4, 4, 8, 128};

	for (int i = 0; i < 7; i++) {
		struct sn_ring_spsc r = make(asked[i]);
		char mark;
		uint32_t n = 0;

		while (sn_ring_spsc_push(&r, &mark)) {
			n++;
		}
		ck_assert_uint_eq(n, given[i]);
		sn_ring_spsc_fini(&r);
	}
}
END_TEST

START_TEST(pops_in_order_and_says_when_empty_or_full)
{
	struct sn_ring_spsc r = make(4);
	int v[5];

	ck_assert_ptr_null(sn_ring_spsc_pop(&r));
	for (int i = 0; i < 4; i++) {
		ck_assert(sn_ring_spsc_push(&r, &v[i]));
	}
	ck_assert(!sn_ring_spsc_push(&r, &v[4]));
	ck_assert_ptr_eq(sn_ring_spsc_pop(&r), &v[0]);
	ck_assert(sn_ring_spsc_push(&r, &v[4]));
	for (int i = 1; i < 5; i++) {
		ck_assert_ptr_eq(sn_ring_spsc_pop(&r), &v[i]);
	}
	ck_assert_ptr_null(sn_ring_spsc_pop(&r));
	sn_ring_spsc_fini(&r);
}
END_TEST

START_TEST(indexes_may_wrap_around_32_bits)
{
	struct sn_ring_spsc r = make(4);
	int v[4];

	atomic_store(&r.head, UINT32_MAX - 1);
	atomic_store(&r.tail, UINT32_MAX - 1);
	r.head_seen = UINT32_MAX - 1;
	r.tail_seen = UINT32_MAX - 1;
	for (int i = 0; i < 4; i++) {
		ck_assert(sn_ring_spsc_push(&r, &v[i]));
	}
	ck_assert(!sn_ring_spsc_push(&r, &v[0]));
	for (int i = 0; i < 4; i++) {
		ck_assert_ptr_eq(sn_ring_spsc_pop(&r), &v[i]);
	}
	ck_assert_ptr_null(sn_ring_spsc_pop(&r));
	sn_ring_spsc_fini(&r);
}
END_TEST

START_TEST(each_side_has_cache_lines_of_its_own)
{
	ck_assert_uint_ge(offsetof(struct sn_ring_spsc, tail), 64);
	ck_assert_uint_ge(offsetof(struct sn_ring_spsc, slot),
			  offsetof(struct sn_ring_spsc, tail) + 64);
}
END_TEST

struct pair {
	struct sn_ring_spsc there; /* filled buffers */
	struct sn_ring_spsc back;  /* buffers returned */
	uint64_t sum;		   /* consumer's check sum */
	uint64_t out_of_order;	   /* consumer's count of wrong places */
};

static void *consume(void *arg)
{
	struct pair *p = arg;
	uint64_t expect = 0;

	while (expect < STRESS) {
		uint64_t *buf = sn_ring_spsc_pop(&p->there);

		if (!buf) {
			continue;
		}
		p->out_of_order += *buf != expect;
		p->sum += *buf;
		expect++;
		while (!sn_ring_spsc_push(&p->back, buf)) {
		}
	}
	return NULL;
}

/* Buffers circle as between a worker and a sink: plain writes on each side, ordered by the rings
 * alone. */
START_TEST(two_threads_pass_buffers_to_and_fro)
{
	static uint64_t buffers[8];
	struct pair p = {.there = make(8), .back = make(8), .sum = 0, .out_of_order = 0};
	pthread_t thread;
	uint64_t sent = 0;

	for (int i = 0; i < 8; i++) {
		ck_assert(sn_ring_spsc_push(&p.back, &buffers[i]));
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, consume, &p), 0);
	while (sent < STRESS) {
		uint64_t *buf = sn_ring_spsc_pop(&p.back);

		if (buf) {
			*buf = sent++;
			suite_expect(sn_ring_spsc_push(&p.there, buf));
		}
	}
	pthread_join(thread, NULL);
	ck_assert_uint_eq(p.out_of_order, 0);
	ck_assert_uint_eq(p.sum, (uint64_t)STRESS * (STRESS - 1) / 2);
	sn_ring_spsc_fini(&p.there);
	sn_ring_spsc_fini(&p.back);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		capacity_is_rounded_up_to_a_power_of_two, pops_in_order_and_says_when_empty_or_full,
		indexes_may_wrap_around_32_bits,	  each_side_has_cache_lines_of_its_own,
		two_threads_pass_buffers_to_and_fro,	  NULL};

	return suite_run_tests("ring_spsc", tests, 30);
}
