/*
 * Full writes to descriptors: where a failed one goes on. Behaviour of output/fdwrite.h; pipes,
 * sockets and files of all sorts are in test_stdout.c and test_file.c.
 */
#include "output/fdwrite.h"

#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
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

int main(void)
{
	const TTest *const tests[] = {the_same_data_goes_on_where_it_ended,
				      other_data_begins_at_its_start,
				      data_whose_beginning_was_taken_back_begins_anew,
				      no_data_is_written_without_a_call, NULL};

	return suite_run_tests("fdwrite", tests, 0);
}
