/*
 * Operator messages, see log.h. Called by daemon, config and sink threads.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum sn_log_level log_level = SN_LOG_INFO;

void sn_log_set_level(enum sn_log_level level)
{
	log_level = level;
}

void sn_log(enum sn_log_level level, const char *fmt, ...)
{
	static const char *const names[] = {"error: ", "warning: ", "", "debug: "};
	static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"};
	char line[2048];
	va_list ap;
	int n;
	int m;

	if (level > log_level) {
		return;
	}
	n = snprintf(line, sizeof(line), "%ssonde: %s",
		     getenv("JOURNAL_STREAM") ? journal[level] : "", names[level]);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (m < 0) {
		return;
	}
	n += m;
	if (n > (int)sizeof(line) - 2) {
		n = (int)sizeof(line) - 2;
	}
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0) {
		return; /* stderr is gone: there is nobody left to tell */
	}
}
