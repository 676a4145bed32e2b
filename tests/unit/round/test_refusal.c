/*
 * Error-statuses of answers to requests with several names. Behaviour of round/refusal.h.
 */
#include "round/refusal.h"

#include "support/suite.h"

static struct sn_counters counters;
static struct sn_job_env env;
static struct sn_job job;

static struct sn_refusal read(int32_t status, int32_t index, uint32_t n)
{
	const struct sn_pdu pdu = {.type = SN_PDU_RESPONSE, .status = status, .index = index};

	memset(&counters, 0, sizeof(counters));
	memset(&job, 0, sizeof(job));
	env.counters = &counters;
	job.env = &env;
	return sn_refusal_read(&job, &pdu, n);
}

START_TEST(the_index_names_the_culprit)
{
	for (int32_t i = 1; i <= 3; i++) {
		struct sn_refusal rf = read(SN_STATUS_GEN_ERR, i, 3);

		ck_assert_uint_eq(rf.culprit, (uint32_t)i - 1);
		ck_assert_str_eq(rf.reason, "genErr");
		ck_assert(!rf.too_big);
		ck_assert_uint_eq(job.errors, 1);
		ck_assert_uint_eq(sn_counter_get(&counters, SN_C_AGENT_ERRORS), 1);
	}
}
END_TEST

START_TEST(an_index_that_is_none_names_nobody)
{
	static const int32_t indexes[] = {0, 4, -1, INT32_MIN, INT32_MAX};

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		ck_assert_uint_eq(read(SN_STATUS_GEN_ERR, indexes[i], 3).culprit, 3);
	}
}
END_TEST

START_TEST(no_such_name_is_no_error)
{
	struct sn_refusal rf = read(SN_STATUS_NO_SUCH_NAME, 2, 3);

	ck_assert_ptr_null(rf.reason);
	ck_assert_uint_eq(rf.culprit, 1);
	ck_assert_uint_eq(job.errors, 0);
	ck_assert_uint_eq(sn_counter_get(&counters, SN_C_AGENT_ERRORS), 0);
}
END_TEST

START_TEST(too_big_is_nobodys_unless_there_is_one_name)
{
	struct sn_refusal rf = read(SN_STATUS_TOO_BIG, 2, 3);

	ck_assert(rf.too_big);
	ck_assert_uint_eq(rf.culprit, 3);
	ck_assert_str_eq(rf.reason, "tooBig");
	ck_assert_uint_eq(job.errors, 0);
	ck_assert_uint_eq(sn_counter_get(&counters, SN_C_AGENT_TOO_BIG), 1);
	ck_assert(read(SN_STATUS_TOO_BIG, 0, 1).too_big);
	ck_assert_uint_eq(job.errors, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_index_names_the_culprit,
				      an_index_that_is_none_names_nobody, no_such_name_is_no_error,
				      too_big_is_nobodys_unless_there_is_one_name, NULL};

	return suite_run_tests("refusal", tests, 0);
}
