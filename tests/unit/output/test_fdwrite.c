/*
 * Full writes to descriptors: where a failed one goes on. Behaviour of output/fdwrite.h; pipes,
 * sockets and files of all sorts are in test_stdout.c and test_file.c.
 */
#include "output/fdwrite.h"

#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SIZE = 200000 }; /* more than a pipe holds */

static _Atomic bool stop_waiting = true;
static uint8_t text[SIZE];

/* A non-blocking pipe with a writer that does not wait. */
static struct sn_fdwrite open_pipe(int fds[2])
{
	suite_expect(pipe2(fds, O_NONBLOCK) == 0);
	for (size_t i = 0; i < SIZE; i++) {
		text[i] = (uint8_t)(i * 7 + i / 251);
	}
	return (struct sn_fdwrite){.fd = fds[1], .abandon = &stop_waiting};
}

/* Reads what is there and checks that it is text from `at` on. */
static size_t drain(int fd, size_t at)
{
	uint8_t buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		suite_expect(memcmp(buf, text + at, (size_t)n) == 0);
		at += (size_t)n;
	}
	return at;
}

START_TEST(the_same_data_goes_on_where_it_ended)
{
	int fds[2];
	struct sn_fdwrite w = open_pipe(fds);
	size_t at = 0;
	int turns = 1;

	while (sn_fdwrite_all(&w, sn_span_make(text, SIZE)) == SN_ECANCELED) {
		size_t before = at;

		at = drain(fds[0], at);
		ck_assert_uint_gt(at, before);
		ck_assert_uint_eq(w.done, at);
		turns++;
	}
	ck_assert_uint_eq(drain(fds[0], at), SIZE);
	ck_assert_int_gt(turns, 2);
	ck_assert_uint_eq(w.done, 0);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(other_data_begins_at_its_start)
{
	int fds[2];
	struct sn_fdwrite w = open_pipe(fds);

	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make(text, SIZE)), SN_ECANCELED);
	drain(fds[0], 0);
	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make(text, 100)), SN_OK);
	ck_assert_uint_eq(drain(fds[0], 0), 100);
	/* and the first one is forgotten by then */
	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make(text, SIZE)), SN_ECANCELED);
	ck_assert_uint_eq(drain(fds[0], 0), w.done);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(data_whose_beginning_was_taken_back_begins_anew)
{
	int fds[2];
	struct sn_fdwrite w = open_pipe(fds);

	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make(text, SIZE)), SN_ECANCELED);
	drain(fds[0], 0);
	w.done = 0;
	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make(text, SIZE)), SN_ECANCELED);
	ck_assert_uint_eq(drain(fds[0], 0), w.done);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(no_data_is_written_without_a_call)
{
	struct sn_fdwrite w = {.fd = -1, .abandon = &stop_waiting};

	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make(NULL, 0)), SN_OK);
	ck_assert_int_eq(sn_fdwrite_all(&w, sn_span_make("x", 1)), SN_EIO);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

static _Atomic unsigned interrupted; /* signals handled by the writer */

static void on_alarm(int signo)
{
	(void)signo;
	interrupted++;
}

/* Once the pipe is full interrupts the writer, which waits, a few times; then reads everything. */
static void *interrupt_and_read(void *arg)
{
	static uint8_t all[SIZE];
	const int *fds = arg;
	size_t at = 0;
	int held = 0;
	ssize_t n;

	while (held < 56 * 1024) {
		suite_expect(ioctl(fds[0], FIONREAD, &held) == 0);
		sched_yield();
	}
	for (unsigned i = 1; i <= 20; i++) {
		kill(getpid(), SIGALRM);
		while (interrupted < i) {
			sched_yield();
		}
	}
	while ((n = read(fds[0], all + at, SIZE - at)) > 0) {
		at += (size_t)n;
	}
	return at == SIZE && memcmp(all, text, SIZE) == 0 ? arg : NULL;
}

START_TEST(an_interrupted_write_is_repeated)
{
	const struct sigaction sa = {.sa_handler = on_alarm}; /* without SA_RESTART */
	int fds[2];
	struct sn_fdwrite w = open_pipe(fds);
	pthread_t thread;
	sigset_t alarm_only;
	void *good;

	/* blocking both ways, and the signals are for the writer */
	suite_expect(fcntl(fds[0], F_SETFL, 0) == 0 && fcntl(fds[1], F_SETFL, 0) == 0);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	suite_expect(sigaction(SIGALRM, &sa, NULL) == 0);
	pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
	suite_expect(pthread_create(&thread, NULL, interrupt_and_read, fds) == 0);
	pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
	for (size_t i = 0; i < 50; i++) {
		struct sn_span part = sn_span_make(text + i * (SIZE / 50), SIZE / 50);

		suite_expect(sn_fdwrite_all(&w, part) == SN_OK);
	}
	close(fds[1]);
	pthread_join(thread, &good);
	ck_assert_ptr_nonnull(good);
	close(fds[0]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_same_data_goes_on_where_it_ended,
				      other_data_begins_at_its_start,
				      data_whose_beginning_was_taken_back_begins_anew,
				      no_data_is_written_without_a_call,
				      an_interrupted_write_is_repeated,
				      NULL};

	return suite_run_tests("fdwrite", tests, 0);
}
