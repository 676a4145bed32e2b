/*
 * The frame of every Check program: a list of test cases, one suite, a main that runs it. Each case
 * runs in a process of its own (Check forks), so a crash or a sanitizer report is one failed case.
 */
#ifndef TEST_SUPPORT_SUITE_H
#define TEST_SUPPORT_SUITE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Exit status of a test that cannot run here. */
enum { SUITE_SKIP = 77 };

/*
 * ck_assert for loops of many turns: it costs nothing while it holds, whereas Check's own writes a
 * record to a pipe each time.
 */
#define suite_expect(cond)                                                                         \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			ck_abort_msg("expected: %s", #cond);                                       \
		}                                                                                  \
	} while (0)

/* Runs the suite and returns the exit status for main. */
static inline int suite_run(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Runs one case made of the NULL-terminated list of tests; timeout in seconds, 0 for Check's own.
 */
static inline int suite_run_tests(const char *name, const TTest *const *tests, double timeout)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);

	if (timeout > 0) {
		tcase_set_timeout(tc, timeout);
	}
	for (; *tests; tests++) {
		tcase_add_test(tc, *tests);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

#endif
