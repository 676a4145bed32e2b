/*
 * Rounds added up by their modules. Behaviour of collect/tally.h.
 */
#include "collect/tally.h"

#include "support/suite.h"

#include <string.h>

static struct sn_tallies ts;

static const struct sn_tally *find(const char *modules)
{
	for (const struct sn_tally *t = sn_tallies_first(&ts); t; t = t->next) {
		if (strcmp(t->modules, modules) == 0) {
			return t;
		}
	}
	return NULL;
}

static unsigned count(void)
{
	unsigned n = 0;

	for (const struct sn_tally *t = sn_tallies_first(&ts); t; t = t->next) {
		n++;
	}
	return n;
}

START_TEST(each_list_of_modules_has_its_own_sums)
{
	const struct sn_round one = {.modules = "if_mib",
				     .status = SN_ROUND_OK,
				     .rows = 48,
				     .rows_partial = 2,
				     .varbinds = 1000,
				     .requests = 7,
				     .retries = 3,
				     .timeouts = 1,
				     .duration_ns = 5000};
	struct sn_round two = {.modules = "if_mib,system", .status = SN_ROUND_TIMEOUT};
	const struct sn_tally *t;

	ck_assert_uint_eq(count(), 0);
	sn_tallies_add(&ts, &one, 4);
	sn_tallies_add(&ts, &two, 0);
	sn_tallies_add(&ts, &one, 0);
	two.status = SN_ROUND_PARTIAL;
	sn_tallies_add(&ts, &two, 0);
	two.status = SN_ROUND_CANCELLED;
	sn_tallies_add(&ts, &two, 0);
	ck_assert_uint_eq(count(), 2);
	t = find("if_mib");
	ck_assert_ptr_nonnull(t);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROUNDS_OK), 2);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROWS), 96);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROWS_PARTIAL), 4);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_VARBINDS), 2000);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_REQUESTS), 14);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_RETRIES), 6);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_TIMEOUTS), 2);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_AGENT_ERRORS), 4);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_DURATION_NS), 10000);
	t = find("if_mib,system");
	ck_assert_ptr_nonnull(t);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROUNDS_OK), 0);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROUNDS_FAILED), 1);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROUNDS_PARTIAL), 1);
	ck_assert_uint_eq(sn_tally_get(t, SN_TALLY_ROUNDS_CANCELLED), 1);
	sn_tallies_fini(&ts);
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(past_the_limit_all_others_share_one)
{
	char name[32];
	struct sn_round rd = {.modules = name, .status = SN_ROUND_OK};

	for (int twice = 0; twice < 2; twice++) {
		for (unsigned i = 0; i < SN_TALLIES_MAX + 50; i++) {
			snprintf(name, sizeof(name), "module_%u", i);
			sn_tallies_add(&ts, &rd, 0);
		}
	}
	ck_assert_uint_eq(count(), SN_TALLIES_MAX + 1);
	ck_assert_uint_eq(sn_tally_get(find("module_0"), SN_TALLY_ROUNDS_OK), 2);
	ck_assert_uint_eq(sn_tally_get(find("module_999"), SN_TALLY_ROUNDS_OK), 2);
	ck_assert_uint_eq(sn_tally_get(find("(others)"), SN_TALLY_ROUNDS_OK), 100);
	sn_tallies_fini(&ts);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_list_of_modules_has_its_own_sums,
				      past_the_limit_all_others_share_one, NULL};

	return suite_run_tests("tally", tests, 0);
}
