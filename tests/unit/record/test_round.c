/*
 * Names of round outcomes: they are part of the output format. Behaviour of record/round.h.
 */
#include "record/round.h"

#include "support/suite.h"

START_TEST(every_status_has_its_name)
{
	static const char *const names[] = {"ok",
					    "partial",
					    "timeout",
					    "unreachable",
					    "unresolved",
					    "agentError",
					    "wrongDigest",
					    "unknownUserName",
					    "unsupportedSecLevel",
					    "decryptionError",
					    "notInTimeWindow",
					    "unknownEngineID",
					    "unknownContext",
					    "refused",
					    "ignored",
					    "overload",
					    "cancelled"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_str_eq(sn_round_status_name(i), names[i]);
	}
	ck_assert_int_eq(SN_ROUND_CANCELLED, sizeof(names) / sizeof(names[0]) - 1);
}
END_TEST

START_TEST(what_is_no_status_is_unknown)
{
	ck_assert_str_eq(sn_round_status_name(SN_ROUND_CANCELLED + 1), "unknown");
	ck_assert_str_eq(sn_round_status_name(255), "unknown");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_status_has_its_name, what_is_no_status_is_unknown,
				      NULL};

	return suite_run_tests("round", tests, 0);
}
