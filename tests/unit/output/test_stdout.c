/*
 * The sink for an inherited descriptor: pipes and sockets, blocking or not, that fill up, break or
 * stop. Behaviour of sn_sink_stdout_new of output/sink.h.
 */
#include "output/sink.h"

#include "base/err.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SIZE = 300000 }; /* several times what a pipe holds */

/* Text of which every part tells where it is. */
static struct sn_span pattern(size_t n)
{
	static uint8_t text[SIZE];

	for (size_t i = 0; i < n; i++) {
		text[i] = (uint8_t)('a' + (i * 7 + i / 251) % 26);
	}
	return sn_span_make(text, n);
}

struct reader {
	int fd;	       /* read to its end */
	uint8_t *data; /* what came, SIZE bytes of room */
	size_t n;      /* of them */
};

/* Reads in odd pieces, each only once the pipe has something. */
static void *read_all(void *arg)
{
	struct reader *r = arg;

	for (;;) {
		size_t room = SIZE - r->n < 3001 ? SIZE - r->n : 3001;
		struct pollfd pfd = {.fd = r->fd, .events = POLLIN};
		ssize_t n;

		poll(&pfd, 1, 1000);
		n = read(r->fd, r->data + r->n, room);
		if (n > 0) {
			r->n += (size_t)n;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			return NULL;
		}
	}
}

/* Writes SIZE bytes to fds[1], reads them from fds[0], compares. Closes both. */
static void expect_through(int fds[2])
{
	struct reader r = {.fd = fds[0], .data = malloc(SIZE)};
	struct sn_sink *sink = sn_sink_stdout_new(fds[1]);
	pthread_t thread;

	suite_expect(r.data && sink);
	suite_expect(pthread_create(&thread, NULL, read_all, &r) == 0);
	ck_assert_int_eq(sink->ops->write(sink, pattern(SIZE / 2)), SN_OK);
	ck_assert_int_eq(sink->ops->write(sink, sn_span_make(pattern(SIZE).p + SIZE / 2, SIZE / 2)),
			 SN_OK);
	ck_assert_int_eq(sink->ops->write(sink, sn_span_make(NULL, 0)), SN_OK);
	ck_assert_int_eq(sink->ops->flush(sink), SN_OK);
	sink->ops->free(sink);
	close(fds[1]);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(r.n, SIZE);
	ck_assert_mem_eq(r.data, pattern(SIZE).p, SIZE);
	close(fds[0]);
	free(r.data);
}

START_TEST(writes_all_to_a_blocking_pipe_and_leaves_its_flags)
{
	int fds[2];

	suite_expect(pipe(fds) == 0);
	{
		struct sn_sink *sink = sn_sink_stdout_new(fds[1]);

		suite_expect(sink != NULL);
		ck_assert_str_eq(sink->label, "stdout");
		ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
		sink->ops->free(sink);
	}
	expect_through(fds);
}
END_TEST

START_TEST(writes_all_to_a_non_blocking_pipe)
{
	int fds[2];

	suite_expect(pipe2(fds, O_NONBLOCK) == 0);
	expect_through(fds);
}
END_TEST

START_TEST(writes_all_to_sockets)
{
	int fds[2];

	suite_expect(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	expect_through(fds);
	suite_expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	expect_through(fds);
}
END_TEST

static void on_alarm(int signo)
{
	(void)signo;
}

START_TEST(signals_in_between_lose_nothing)
{
	const struct sigaction sa = {.sa_handler = on_alarm}; /* without SA_RESTART */
	const struct itimerval often = {{0, 200}, {0, 200}};
	const struct itimerval off = {{0, 0}, {0, 0}};
	int fds[2];

	suite_expect(pipe(fds) == 0 && sigaction(SIGALRM, &sa, NULL) == 0);
	setitimer(ITIMER_REAL, &often, NULL);
	expect_through(fds);
	setitimer(ITIMER_REAL, &off, NULL);
}
END_TEST

START_TEST(a_reader_that_is_gone_is_epipe)
{
	int fds[2];
	struct sn_sink *sink;

	signal(SIGPIPE, SIG_IGN);
	suite_expect(pipe(fds) == 0);
	sink = sn_sink_stdout_new(fds[1]);
	suite_expect(sink != NULL);
	ck_assert_int_eq(sink->ops->write(sink, pattern(10)), SN_OK);
	close(fds[0]);
	ck_assert_int_eq(sink->ops->write(sink, pattern(10)), SN_EPIPE);
	sink->ops->free(sink);
	/* now it is gone before the sink is made */
	sink = sn_sink_stdout_new(fds[1]);
	suite_expect(sink != NULL);
	ck_assert_int_eq(sink->ops->write(sink, pattern(10)), SN_EPIPE);
	sink->ops->free(sink);
	close(fds[1]);

	suite_expect(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	sink = sn_sink_stdout_new(fds[1]);
	close(fds[0]);
	ck_assert_int_eq(sink->ops->write(sink, pattern(10)), SN_EPIPE);
	sink->ops->free(sink);
	close(fds[1]);
}
END_TEST

START_TEST(a_reader_that_breaks_off_is_epipe)
{
	int fds[2];
	struct sn_sink *sink;

	signal(SIGPIPE, SIG_IGN);
	suite_expect(pipe(fds) == 0);
	sink = sn_sink_stdout_new(fds[1]);
	suite_expect(sink != NULL);
	atomic_store(&sink->abandon, true);
	ck_assert_int_eq(sink->ops->write(sink, pattern(SIZE)), SN_ECANCELED); /* the pipe is full
										  now */
	atomic_store(&sink->abandon, false);
	close(fds[0]);
	ck_assert_int_eq(sink->ops->write(sink, pattern(SIZE)), SN_EPIPE);
	sink->ops->free(sink);
	close(fds[1]);
}
END_TEST

static void *abandon(void *arg)
{
	struct sn_sink *sink = arg;

	atomic_store(&sink->abandon, true);
	return NULL;
}

START_TEST(waiting_for_a_stopped_reader_can_be_abandoned)
{
	int fds[2];
	pthread_t thread;
	struct sn_sink *sink;

	for (int kind = 0; kind < 2; kind++) {
		suite_expect((kind ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds)) == 0);
		sink = sn_sink_stdout_new(fds[1]);
		suite_expect(sink != NULL);
		suite_expect(pthread_create(&thread, NULL, abandon, sink) == 0);
		ck_assert_int_eq(sink->ops->write(sink, pattern(SIZE)), SN_ECANCELED);
		pthread_join(thread, NULL);
		sink->ops->free(sink);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

START_TEST(after_a_failure_it_goes_on_in_mid_record)
{
	char path[] = "/tmp/sonde-test-XXXXXX";
	int fd = mkstemp(path);
	struct sn_sink *sink = sn_sink_stdout_new(fd);
	struct rlimit limit;
	uint8_t *back = malloc(SIZE);

	suite_expect(fd >= 0 && sink && back);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	for (size_t most = 1000; most < 100000; most += 30000) {
		const struct rlimit small = {most, limit.rlim_max};

		suite_expect(setrlimit(RLIMIT_FSIZE, &small) == 0);
		ck_assert_int_eq(sink->ops->write(sink, pattern(100000)), SN_ENOSPC);
		ck_assert_int_eq(errno, EFBIG);
	}
	suite_expect(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	ck_assert_int_eq(sink->ops->write(sink, pattern(100000)), SN_OK);
	ck_assert_int_eq(sink->ops->write(sink, pattern(100000)), SN_OK); /* done with: from the
									     start again */
	sink->ops->free(sink);
	ck_assert_int_eq(pread(fd, back, SIZE, 0), 200000);
	ck_assert_mem_eq(back, pattern(100000).p, 100000);
	ck_assert_mem_eq(back + 100000, pattern(100000).p, 100000);
	close(fd);
	unlink(path);
	free(back);
}
END_TEST

START_TEST(a_full_device_and_a_bad_descriptor_are_errors)
{
	int fd = open("/dev/full", O_WRONLY);
	struct sn_sink *sink = sn_sink_stdout_new(fd);

	suite_expect(fd >= 0 && sink);
	ck_assert_int_eq(sink->ops->write(sink, pattern(10)), SN_ENOSPC);
	ck_assert_int_eq(errno, ENOSPC);
	sink->ops->free(sink);
	close(fd);
	sink = sn_sink_stdout_new(-1);
	suite_expect(sink != NULL);
	ck_assert_int_eq(sink->ops->write(sink, pattern(10)), SN_EIO);
	ck_assert_int_eq(errno, EBADF);
	sink->ops->free(sink);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {writes_all_to_a_blocking_pipe_and_leaves_its_flags,
				      writes_all_to_a_non_blocking_pipe,
				      writes_all_to_sockets,
				      signals_in_between_lose_nothing,
				      a_reader_that_is_gone_is_epipe,
				      a_reader_that_breaks_off_is_epipe,
				      waiting_for_a_stopped_reader_can_be_abandoned,
				      after_a_failure_it_goes_on_in_mid_record,
				      a_full_device_and_a_bad_descriptor_are_errors,
				      NULL};

	return suite_run_tests("stdout", tests, 20);
}
