/*
 * The child with the brokers, see mock_kafka.h.
 */
#include "support/mock_kafka.h"

#include "support/suite.h"

#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* One line of the child's, without its end. */
static void read_line(struct mock_kafka *m, char *line, size_t size)
{
	suite_expect(fgets(line, (int)size, m->from) != NULL);
	line[strcspn(line, "\n")] = '\0';
}

static void child(const int *in, const int *out, unsigned brokers)
{
	const char *folder = getenv("SONDE_BUILD_DIR");
	char path[1024];
	char number[16];

	snprintf(path, sizeof(path), "%s/tests/tools/mock_kafka", folder ? folder : ".");
	snprintf(number, sizeof(number), "%u", brokers);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	close(in[1]);
	close(out[0]);
	execl(path, path, number, (char *)NULL);
	fprintf(stderr, "cannot start %s\n", path);
	_exit(127);
}

void mock_kafka_start(struct mock_kafka *m, unsigned brokers)
{
	int in[2];
	int out[2];

	suite_expect(pipe(in) == 0 && pipe(out) == 0);
	m->pid = fork();
	suite_expect(m->pid >= 0);
	if (m->pid == 0) {
		child(in, out, brokers);
	}
	close(in[0]);
	close(out[1]);
	m->to = fdopen(in[1], "w");
	m->from = fdopen(out[0], "r");
	suite_expect(m->to && m->from);
	read_line(m, m->brokers, sizeof(m->brokers));
}

void mock_kafka_say(struct mock_kafka *m, const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vfprintf(m->to, fmt, args);
	va_end(args);
	fputc('\n', m->to);
	fflush(m->to);
	read_line(m, line, sizeof(line));
	ck_assert_str_eq(line, "ok");
}

void mock_kafka_stop(struct mock_kafka *m)
{
	int status;

	fclose(m->to);
	waitpid(m->pid, &status, 0);
	fclose(m->from);
}
