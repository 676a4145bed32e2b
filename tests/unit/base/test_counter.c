/*
 * The counter table: names fit for an exposition, values add up. Behaviour of base/counter.h.
 */
#include "base/counter.h"

#include "support/suite.h"

#include <string.h>

START_TEST(names_are_unique_and_fit_for_prometheus)
{
	for (int i = 0; i < SN_COUNTER_COUNT; i++) {
		const char *name = sn_counter_name((enum sn_counter)i);
		size_t n = strlen(name);

		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"), n);
		ck_assert_uint_gt(n, 6);
		/* the gauges */
		ck_assert(i == SN_C_GOVERNOR_LIMIT || i == SN_C_IN_FLIGHT ||
			  strcmp(name + n - 6, "_total") == 0);
		ck_assert_uint_gt(strlen(sn_counter_help((enum sn_counter)i)), 10);
		for (int k = 0; k < i; k++) {
			ck_assert_str_ne(name, sn_counter_name((enum sn_counter)k));
		}
	}
}
END_TEST

START_TEST(each_counter_adds_up_alone)
{
	static struct sn_counters c;

	for (int i = 0; i < SN_COUNTER_COUNT; i++) {
		sn_counter_add(&c, (enum sn_counter)i, (uint64_t)i);
		sn_counter_add(&c, (enum sn_counter)i, UINT64_C(1) << 40);
	}
	for (int i = 0; i < SN_COUNTER_COUNT; i++) {
		ck_assert_uint_eq(sn_counter_get(&c, (enum sn_counter)i),
				  (UINT64_C(1) << 40) + (uint64_t)i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {names_are_unique_and_fit_for_prometheus,
				      each_counter_adds_up_alone, NULL};

	return suite_run_tests("counter", tests, 0);
}
