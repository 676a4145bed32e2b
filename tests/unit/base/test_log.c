/*
 * Messages for the operator: one line each, cut where too long, filtered by level. Behaviour of
 * base/log.h.
 */
#include "base/log.h"

#include "support/suite.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static int pipe_end[2]; /* [0]: what the test reads back */

static void capture(void)
{
	ck_assert_int_eq(pipe(pipe_end), 0);
	ck_assert_int_ge(dup2(pipe_end[1], STDERR_FILENO), 0);
}

/* One write(2) is one read here: a line must come in a single piece. */
static const char *line_written(char *out, size_t size)
{
	ssize_t n = read(pipe_end[0], out, size - 1);

	ck_assert_int_gt(n, 0);
	out[n] = '\0';
	return out;
}

START_TEST(a_line_has_program_level_and_text)
{
	char line[256];

	unsetenv("JOURNAL_STREAM");
	capture();
	sn_log(SN_LOG_ERROR, "cannot open %s", "x");
	ck_assert_str_eq(line_written(line, sizeof(line)), "sonde: error: cannot open x\n");
	sn_log(SN_LOG_WARNING, "w");
	ck_assert_str_eq(line_written(line, sizeof(line)), "sonde: warning: w\n");
	sn_log(SN_LOG_INFO, "%d targets", 3);
	ck_assert_str_eq(line_written(line, sizeof(line)), "sonde: 3 targets\n");
}
END_TEST

START_TEST(lines_above_the_level_are_dropped)
{
	char line[256];

	unsetenv("JOURNAL_STREAM");
	capture();
	sn_log(SN_LOG_DEBUG, "not this one");
	sn_log_set_level(SN_LOG_ERROR);
	sn_log(SN_LOG_WARNING, "nor this");
	sn_log(SN_LOG_ERROR, "this");
	ck_assert_str_eq(line_written(line, sizeof(line)), "sonde: error: this\n");
}
END_TEST

START_TEST(the_journal_gets_a_priority)
{
	char line[256];

	setenv("JOURNAL_STREAM", "8:1", 1);
	capture();
	sn_log(SN_LOG_WARNING, "w");
	ck_assert_str_eq(line_written(line, sizeof(line)), "<4>sonde: warning: w\n");
}
END_TEST

START_TEST(a_long_line_is_cut_but_ends)
{
	char text[5000];
	char line[5000];

	unsetenv("JOURNAL_STREAM");
	capture();
	memset(text, 'a', sizeof(text));
	for (size_t n = 2000; n < 2100; n++) {
		text[n] = '\0';
		sn_log(SN_LOG_INFO, "%s", text);
		line_written(line, sizeof(line));
		ck_assert_uint_le(strlen(line), 2048);
		ck_assert_uint_ge(strlen(line), 2000);
		ck_assert_int_eq(line[strlen(line) - 1], '\n');
		text[n] = 'a';
	}
}
END_TEST

START_TEST(a_closed_stderr_is_no_reason_to_stop)
{
	close(STDERR_FILENO);
	sn_log(SN_LOG_ERROR, "nobody reads this");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_line_has_program_level_and_text,    lines_above_the_level_are_dropped,
		the_journal_gets_a_priority,	      a_long_line_is_cut_but_ends,
		a_closed_stderr_is_no_reason_to_stop, NULL};

	return suite_run_tests("log", tests, 0);
}
