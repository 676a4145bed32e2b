/*
 * Full writes to descriptors: where a failed one goes on. Behaviour of output/fdwrite.h; pipes,
 * sockets and files of all sorts are in test_stdout.c and test_file.c.
 *
 * ctest: link=-Wl,--wrap=write
 */
#include "output/fdwrite.h"

#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

enum { SIZE = 200000 }; /* more than a pipe holds, see open_pipe */

static _Atomic bool stop_waiting = true;
static uint8_t text[SIZE];

/*
 * A non-blocking pipe with a writer that does not wait. It holds what the kernel is asked for: by
 * default that is little for a user who has many pipes, and a lot where pages are large.
 */
static struct sn_fdwrite open_pipe(int fds[2])
{
	suite_expect(pipe2(fds, O_NONBLOCK) == 0);
	suite_expect(fcntl(fds[1], F_SETPIPE_SZ, 1) > 0);
	suite_expect(fcntl(fds[1], F_GETPIPE_SZ) < SIZE / 2);
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

static _Atomic unsigned interrupted; /* writes that a signal has ended before they wrote anything */

ssize_t __real_write(int fd, const void *buf, size_t n);
ssize_t __wrap_write(int fd, const void *buf, size_t n);

ssize_t __wrap_write(int fd, const void *buf, size_t n)
{
	ssize_t done = __real_write(fd, buf, n);

	if (done < 0 && errno == EINTR) {
		interrupted++;
	}
	return done;
}

static void on_signal(int signo)
{
	(void)signo;
}

struct interrupter {
	int fd;		  /* read from */
	pthread_t writer; /* gets the signals */
};

/*
 * Interrupts the writer, which has filled the pipe or will soon, until several writes have ended
 * with EINTR; then reads everything. The signals go on until then: one that arrives just before the
 * call that waits ends nothing, and a sanitizer keeps its handler back until that call is over.
 */
static void *interrupt_and_read(void *arg)
{
	static uint8_t all[SIZE];
	const struct interrupter *in = arg;
	size_t at = 0;
	ssize_t n;

	while (interrupted < 20) {
		pthread_kill(in->writer, SIGUSR1);
		sched_yield();
	}
	while ((n = read(in->fd, all + at, SIZE - at)) > 0) {
		at += (size_t)n;
	}
	return at == SIZE && memcmp(all, text, SIZE) == 0 ? arg : NULL;
}

START_TEST(an_interrupted_write_is_repeated)
{
	const struct sigaction sa = {.sa_handler = on_signal}; /* without SA_RESTART */
	int fds[2];
	struct sn_fdwrite w = open_pipe(fds);
	struct interrupter in = {.fd = fds[0], .writer = pthread_self()};
	pthread_t thread;
	void *good;

	/* blocking both ways */
	suite_expect(fcntl(fds[0], F_SETFL, 0) == 0 && fcntl(fds[1], F_SETFL, 0) == 0);
	suite_expect(sigaction(SIGUSR1, &sa, NULL) == 0);
	suite_expect(pthread_create(&thread, NULL, interrupt_and_read, &in) == 0);
	/* parts that a pipe takes whole or not at all: an interrupted one has written nothing */
	for (size_t i = 0; i < 50; i++) {
		struct sn_span part = sn_span_make(text + i * (SIZE / 50), SIZE / 50);

		suite_expect(sn_fdwrite_all(&w, part) == SN_OK);
	}
	close(fds[1]);
	pthread_join(thread, &good);
	ck_assert_ptr_nonnull(good);
	ck_assert_uint_ge(interrupted, 20);
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
