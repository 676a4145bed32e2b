/*
 * CPUs of the process and pinning to one. Behaviour of scheduler/affinity.h.
 */
#include "scheduler/affinity.h"

#include "support/suite.h"

#include <pthread.h>
#include <sched.h>

/* On a thread of its own, so that the test process keeps its CPUs. */
static void *pin_and_look(void *arg)
{
	unsigned n = *(unsigned *)arg;
	cpu_set_t set;

	ck_assert_int_eq(sn_affinity_pin(n), SN_OK);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	ck_assert_int_eq(CPU_COUNT(&set), 1);
	ck_assert_int_ne(CPU_ISSET((size_t)sched_getcpu(), &set), 0);
	ck_assert_uint_eq(sn_affinity_count(), 1);
	return NULL;
}

START_TEST(counts_the_cpus_this_process_may_use)
{
	cpu_set_t set;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	ck_assert_uint_eq(sn_affinity_count(), (unsigned)CPU_COUNT(&set));
}
END_TEST

START_TEST(binds_a_thread_to_one_cpu_whatever_the_number)
{
	unsigned count = sn_affinity_count();
	unsigned numbers[] = {0, count - 1, count, 1000 * count + count / 2};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, pin_and_look, &numbers[i]), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
	ck_assert_uint_eq(sn_affinity_count(), count);
}
END_TEST

START_TEST(neighbours_get_different_cpus)
{
	unsigned count = sn_affinity_count();
	cpu_set_t mine;
	cpu_set_t first;

	if (count < 2) {
		return; /* nothing to tell apart here */
	}
	ck_assert_int_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	ck_assert_int_eq(sn_affinity_pin(0), SN_OK);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(first), &first), 0);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(mine), &mine), 0);
	ck_assert_int_eq(sn_affinity_pin(1), SN_OK);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	ck_assert_int_eq(CPU_EQUAL(&mine, &first), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {counts_the_cpus_this_process_may_use,
				      binds_a_thread_to_one_cpu_whatever_the_number,
				      neighbours_get_different_cpus, NULL};

	return suite_run_tests("affinity", tests, 0);
}
