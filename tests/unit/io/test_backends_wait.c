/*
 * When a wait of the kernel back ends ends: deadline, datagram, wake from another thread, room for
 * sending; and which thread may do what. Behaviour of io/io.h.
 *
 * ctest: timeout=120 link=-Wl,--wrap=sendmmsg
 */
#include "support/suite.h"
#include "unit/io/pair.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

static _Atomic int fail_sends;	    /* calls of sendmmsg that fail */
static _Atomic int fail_sends_with; /* errno of these */

int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);

/* UDP over loopback never lacks room: the shortage is made here. */
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	if (fail_sends > 0) {
		fail_sends--;
		errno = fail_sends_with;
		return -1;
	}
	return __real_sendmmsg(fd, m, n, flags);
}

/* How long a wait of e takes, in us. */
static uint64_t timed_wait(struct end *e, uint64_t us)
{
	uint64_t start = sn_io_now(e->io);

	ck_assert_int_ge(sn_io_wait(e->io, start + us * SN_NS_PER_US), 0);
	return (sn_io_now(e->io) - start) / SN_NS_PER_US;
}

START_TEST(wait_returns_at_its_deadline)
{
	uint64_t shortest = UINT64_MAX;
	uint64_t nothing = UINT64_MAX;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	/* a machine with other things to do may be late, but not each time */
	for (unsigned i = 0; i < 5; i++) {
		uint64_t took = timed_wait(&a, 10000);

		ck_assert_uint_ge(took, 9999);
		shortest = took < shortest ? took : shortest;
		took = timed_wait(&a, 0);
		nothing = took < nothing ? took : nothing;
	}
	ck_assert_uint_lt(shortest, 400000);
	ck_assert_uint_lt(nothing, 400000);
	ck_assert_int_eq(sn_io_wait(a.io, 1), 0);
	close_pair();
}
END_TEST

START_TEST(coalescing_gathers_but_not_beyond_the_deadline)
{
	struct sn_addr to;
	uint64_t took;

	if (!open_pair(_i, 1, 0, 100000)) {
		return;
	}
	to = address_of(&b, 0);
	b.io->awaited = 256;
	ck_assert_int_eq(sn_io_wait(b.io, 0), 0);
	ck_assert(send_id(&a, 0, &to, 1, 64));
	sn_io_flush(a.io);
	took = timed_wait(&b, 5 * 1000 * 1000);
	ck_assert_uint_eq(b.got, 1);
	ck_assert_uint_ge(took, 90000);
	ck_assert_uint_lt(took, 2000 * 1000);
	sn_io_close(b.io);
	sn_io_close(a.io);
	ck_assert(open_pair(_i, 1, 0, 5 * 1000 * 1000));
	b.io->awaited = 256;
	ck_assert_uint_lt(timed_wait(&b, 10000), 2000 * 1000);
	close_pair();
}
END_TEST

START_TEST(coalescing_is_shorter_when_few_answers_are_awaited)
{
	/* of 10 s */
	static const struct {
		unsigned awaited; /* answers */
		uint64_t least;	  /* us that a wait with one datagram takes ... */
		uint64_t most;	  /* ... between these */
	} cases[] = {{0, 190, 5000 * 1000}, {1, 39000, 5000 * 1000}, {8, 300 * 1000, 5000 * 1000}};
	struct sn_addr to;

	if (!open_pair(_i, 1, 0, 10 * 1000 * 1000)) {
		return;
	}
	to = address_of(&b, 0);
	ck_assert_int_eq(sn_io_wait(b.io, 0), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t took;

		b.io->awaited = cases[i].awaited;
		ck_assert(send_id(&a, 0, &to, i + 1, 64));
		sn_io_flush(a.io);
		took = timed_wait(&b, 20 * 1000 * 1000);
		ck_assert_uint_eq(b.got, i + 1);
		ck_assert_uint_ge(took, cases[i].least);
		ck_assert_uint_lt(took, cases[i].most);
	}
	close_pair();
}
END_TEST

START_TEST(wake_before_a_wait_ends_it_and_only_it)
{
	uint64_t took;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	for (unsigned i = 0; i < 5; i++) {
		sn_io_wake(a.io);
		sn_io_wake(a.io);
		ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
		took = timed_wait(&a, 5000);
		ck_assert_uint_ge(took, 4999);
	}
	close_pair();
}
END_TEST

static atomic_uint turns; /* waits of a that ended */

/* Wakes a once a turn, at a moment that differs a little each time. */
static void *wake_often(void *arg)
{
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned k = 0; k < i % 30; k++) {
			sched_yield();
		}
		sn_io_wake(a.io);
		while (atomic_load(&turns) <= i) {
			sched_yield();
		}
	}
	return arg;
}

START_TEST(wake_from_another_thread_ends_a_wait)
{
	pthread_t th;

	if (!open_pair(_i, 1, 0, _i % 2 ? 0 : 100)) {
		return;
	}
	ck_assert_int_eq(pthread_create(&th, NULL, wake_often, NULL), 0);
	for (unsigned i = 0; i < 300; i++) {
		ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
		atomic_fetch_add(&turns, 1);
	}
	ck_assert_int_eq(pthread_join(th, NULL), 0);
	close_pair();
}
END_TEST

static atomic_bool woken; /* the only reason for a's wait to end has come */

/* Wakes a after a while; b's wait measures it. */
static void *wake_late(void *arg)
{
	MUST(sn_io_wait(b.io, sn_clock_mono() + 30 * SN_NS_PER_MS) == 0);
	atomic_store(&woken, true);
	sn_io_wake(a.io);
	return arg;
}

START_TEST(wait_without_deadline_lasts_until_there_is_a_reason)
{
	pthread_t th;

	/* Coalescing is on: its end is no reason. */
	if (!open_pair(_i, 1, 0, 100)) {
		return;
	}
	atomic_store(&woken, false);
	ck_assert_int_eq(pthread_create(&th, NULL, wake_late, NULL), 0);
	ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
	ck_assert(atomic_load(&woken));
	ck_assert_int_eq(pthread_join(th, NULL), 0);
	close_pair();
}
END_TEST

static atomic_bool stop_b;

static void *serve(void *arg)
{
	while (!atomic_load(&stop_b)) {
		MUST(sn_io_wait(b.io, SN_TIME_NEVER) >= 0);
		MUST(sn_io_flush(b.io) >= 0);
	}
	return arg;
}

START_TEST(io_opened_here_works_on_another_thread)
{
	struct sn_addr to;
	pthread_t th;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	ck_assert_int_eq(pthread_create(&th, NULL, serve, NULL), 0);
	for (uint32_t id = 1; id <= 500; id++) {
		ck_assert(send_id(&a, 0, &to, id, 64));
		sn_io_flush(a.io);
		wait_for(&a, id);
	}
	atomic_store(&stop_b, true);
	sn_io_wake(b.io);
	ck_assert_int_eq(pthread_join(th, NULL), 0);
	ck_assert_uint_eq(b.got, 500);
	close_pair();
}
END_TEST

static void retries_after(int error)
{
	struct sn_addr to = address_of(&b, 0);

	fail_sends_with = error;
	fail_sends = 3;
	for (uint32_t id = 0; id < 10; id++) {
		ck_assert(send_id(&a, 0, &to, id, 64));
	}
	ck_assert_int_eq(sn_io_flush(a.io), SN_EAGAIN);
	ck_assert_uint_eq(a.io->stats.tx_datagrams, 0);
	ck_assert_uint_ge(a.io->stats.tx_busy, 1);
	/* The wait has no reason to end but the queue. */
	while (fail_sends > 0) {
		ck_assert_int_eq(sn_io_wait(a.io, SN_TIME_NEVER), 0);
		ck_assert_uint_eq(a.io->stats.tx_datagrams, 0);
	}
	ck_assert_int_eq(sn_io_wait(a.io, 0), 0);
	ck_assert_uint_eq(a.io->stats.tx_datagrams, 10);
	wait_for(&b, 10);
	wait_for(&a, 10);
	ck_assert_uint_eq(a.io->stats.tx_errors, 0);
}

START_TEST(full_send_buffer_is_retried_by_wait)
{
	if (open_pair(_i, 1, 0, 0)) {
		retries_after(EAGAIN);
		close_pair();
	}
}
END_TEST

START_TEST(lack_of_memory_for_sending_is_retried_by_wait)
{
	if (open_pair(_i, 1, 0, 0)) {
		retries_after(ENOBUFS);
		close_pair();
	}
}
END_TEST

START_TEST(reserve_gives_nothing_while_nothing_can_be_sent)
{
	struct sn_addr to;
	uint32_t id = 0;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	to = address_of(&b, 0);
	fail_sends_with = EAGAIN;
	fail_sends = 1000;
	while (send_id(&a, 0, &to, id, 64)) {
		ck_assert_uint_lt(id++, 1000);
	}
	ck_assert_uint_eq(id, SN_IO_BATCH);
	fail_sends = 0;
	ck_assert(send_id(&a, 0, &to, id, 64));
	ck_assert_int_eq(sn_io_flush(a.io), 1);
	wait_for(&b, SN_IO_BATCH + 1);
	close_pair();
}
END_TEST

START_TEST(wait_sends_and_reports_what_was_not_flushed)
{
	struct sn_addr good;
	struct sn_addr bad;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	good = address_of(&b, 0);
	bad = good;
	bad.in.sin_port = 0;
	a.resend = &good;
	ck_assert(send_id(&a, 0, &good, 1, 64));
	ck_assert(send_id(&a, 0, &bad, 2, 64));
	(void)sn_io_wait(a.io, 0);
	ck_assert_uint_eq(a.errors, 1);
	ck_assert_uint_eq(a.error_id, 2);
	/* What the handler queued meanwhile goes out with the next wait. */
	(void)sn_io_wait(a.io, 0);
	wait_for(&b, 2);
	ck_assert_uint_eq(b.sum, 1 + 3);
	close_pair();
}
END_TEST

START_TEST(one_thread_may_own_many)
{
	/* A thread can register 16 ring descriptors; the others are used without. */
	enum { IOS = 20 };
	struct sn_io_config cfg = {.backend = backends[_i], .sockets4 = 1};
	static struct end many[IOS];
	struct sn_addr to;

	if (!open_pair(_i, 1, 0, 0)) {
		return;
	}
	for (unsigned i = 0; i < IOS; i++) {
		ck_assert(open_end(&many[i], &cfg));
		ck_assert_int_eq(sn_io_wait(many[i].io, 0), 0);
	}
	for (unsigned i = 0; i < IOS; i++) {
		to = address_of(&many[i], 0);
		ck_assert(send_id(&a, 0, &to, i, 64));
	}
	sn_io_flush(a.io);
	for (unsigned i = 0; i < IOS; i++) {
		wait_for(&many[i], 1);
		ck_assert_uint_eq(many[i].sum, i);
		sn_io_close(many[i].io);
	}
	close_pair();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		wait_returns_at_its_deadline,
		coalescing_gathers_but_not_beyond_the_deadline,
		coalescing_is_shorter_when_few_answers_are_awaited,
		wake_before_a_wait_ends_it_and_only_it,
		wake_from_another_thread_ends_a_wait,
		wait_without_deadline_lasts_until_there_is_a_reason,
		io_opened_here_works_on_another_thread,
		full_send_buffer_is_retried_by_wait,
		lack_of_memory_for_sending_is_retried_by_wait,
		reserve_gives_nothing_while_nothing_can_be_sent,
		wait_sends_and_reports_what_was_not_flushed,
		one_thread_may_own_many,
	};

	return pair_run("backends_wait", tests, sizeof(tests) / sizeof(tests[0]));
}
