/*
 * What the service manager hears of a process's life, and that its watchdog hears of nothing while
 * a worker does not turn. The manager's socket is the test's own, time is an argument, workers are
 * their counters. Behaviour of daemon/manager.h.
 */
#include "daemon/manager.h"

#include "base/clock.h"
#include "support/suite.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 2 };

#define PATIENCE (8 * SN_NS_PER_SEC) /* of the watchdog */

static struct sn_worker worker[WORKERS];
static struct sn_io io[WORKERS];
static _Atomic bool running[WORKERS];
static unsigned woken[WORKERS];
static int fd; /* the manager's */

static void count_wake(struct sn_io *which)
{
	woken[which - io]++;
}

static const struct sn_io_ops ops = {.name = "test", .wake = count_wake};

/* A manager that listens, named in the environment, with or without a watchdog; workers that run.
 */
static void set_up(struct sn_manager *m, bool watchdog)
{
	union {
		struct sockaddr sa;
		struct sockaddr_un un;
	} at = {.un = {.sun_family = AF_UNIX}};
	char name[64];
	size_t n = (size_t)snprintf(name, sizeof(name), "@sonde-test-manager-%ld", (long)getpid());

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	memcpy(at.un.sun_path + 1, name + 1, n - 1);
	ck_assert_int_eq(bind(fd, &at.sa, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	if (watchdog) {
		setenv("WATCHDOG_USEC", "8000000", 1);
	}
	sn_manager_open(m);
	for (unsigned i = 0; i < WORKERS; i++) {
		io[i].ops = &ops;
		worker[i].io = &io[i];
		worker[i].number = i;
		atomic_store(&running[i], true);
		ck_assert_int_eq(sn_manager_watch(m, &worker[i], &running[i]), SN_OK);
	}
}

static void tear_down(struct sn_manager *m)
{
	sn_manager_close(m);
	close(fd);
}

/* The next datagram that came; "" when there is none. */
static const char *heard(void)
{
	static char text[1024];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void turn_worker(unsigned i)
{
	sn_counter_add(&worker[i].counters, SN_C_LOOPS, 1);
}

START_TEST(a_life_is_told_once_and_in_order)
{
	struct sn_manager m;
	unsigned long long us;
	uint64_t before = sn_clock_mono() / SN_NS_PER_US;

	set_up(&m, false);
	sn_manager_say(&m, "loading");
	ck_assert_str_eq(heard(), "STATUS=loading");
	sn_manager_turn(&m, 1);
	ck_assert_str_eq(heard(), "");
	sn_manager_set(&m, SN_MANAGER_READY);
	sn_manager_set(&m, SN_MANAGER_READY);
	sn_manager_turn(&m, 2);
	ck_assert_str_eq(heard(), "READY=1");
	ck_assert_str_eq(heard(), "");
	sn_manager_set(&m, SN_MANAGER_RELOADING);
	ck_assert_int_eq(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%llu", &us), 1);
	ck_assert_uint_ge(us, before);
	ck_assert_uint_le(us, sn_clock_mono() / SN_NS_PER_US);
	sn_manager_set(&m, SN_MANAGER_READY);
	ck_assert_str_eq(heard(), "READY=1");
	sn_manager_set(&m, SN_MANAGER_STOPPING);
	ck_assert_str_eq(heard(), "STOPPING=1\nSTATUS=ending");
	/* a reload that ends only now makes nobody ready */
	sn_manager_set(&m, SN_MANAGER_READY);
	sn_manager_turn(&m, 3);
	ck_assert_str_eq(heard(), "");
	tear_down(&m);
}
END_TEST

START_TEST(what_a_busy_manager_did_not_take_is_told_later)
{
	struct sn_manager m;
	unsigned n = 0;

	set_up(&m, false);
	while (sn_sdnotify_tell(&m.sd, "X=1") == SN_OK) {
		n++;
	}
	sn_manager_set(&m, SN_MANAGER_READY);
	sn_manager_turn(&m, 1);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_str_eq(heard(), "X=1");
	}
	ck_assert_str_eq(heard(), "");
	sn_manager_turn(&m, 2);
	ck_assert_str_eq(heard(), "READY=1");
	tear_down(&m);
}
END_TEST

START_TEST(a_line_of_status_is_wanted_every_ten_seconds_by_a_manager)
{
	struct sn_manager m;
	uint64_t now = SN_NS_PER_SEC;

	set_up(&m, false);
	ck_assert(!sn_manager_wants_status(&m, now)); /* what it is doing was said */
	sn_manager_set(&m, SN_MANAGER_READY);
	ck_assert(sn_manager_wants_status(&m, now));
	ck_assert(!sn_manager_wants_status(&m, now));
	ck_assert(!sn_manager_wants_status(&m, now + 10 * SN_NS_PER_SEC - 1));
	ck_assert(sn_manager_wants_status(&m, now + 10 * SN_NS_PER_SEC));
	tear_down(&m);
	unsetenv("NOTIFY_SOCKET");
	sn_manager_open(&m);
	sn_manager_set(&m, SN_MANAGER_READY);
	ck_assert(!sn_manager_wants_status(&m, now));
	sn_manager_close(&m);
}
END_TEST

/* Workers without work sleep: each is woken for its turn. */
START_TEST(the_watchdog_hears_of_workers_that_turn_when_woken)
{
	struct sn_manager m;
	uint64_t now = SN_NS_PER_SEC;

	set_up(&m, true);
	sn_manager_set(&m, SN_MANAGER_READY);
	ck_assert_str_eq(heard(), "READY=1");
	for (unsigned round = 1; round <= 3; round++) {
		sn_manager_turn(&m, now);
		ck_assert_uint_eq(woken[0], round);
		ck_assert_uint_eq(woken[1], round);
		turn_worker(0);
		turn_worker(1);
		sn_manager_turn(&m, now + PATIENCE / 4 - 1);
		ck_assert_str_eq(heard(), "");
		sn_manager_turn(&m, now + PATIENCE / 4);
		ck_assert_str_eq(heard(), "WATCHDOG=1");
		sn_manager_turn(&m, now + PATIENCE / 2 - 1);
		ck_assert_uint_eq(woken[0], round);
		now += PATIENCE / 2;
	}
	ck_assert_str_eq(heard(), "");
	tear_down(&m);
}
END_TEST

START_TEST(the_watchdog_hears_nothing_while_one_worker_is_stuck)
{
	struct sn_manager m;
	uint64_t now = SN_NS_PER_SEC;

	set_up(&m, true);
	sn_manager_set(&m, SN_MANAGER_READY);
	ck_assert_str_eq(heard(), "READY=1");
	/* turns of the one before it was asked do not count, nor those of the other */
	turn_worker(1);
	for (; now < 10 * PATIENCE; now += SN_NS_PER_SEC / 10) {
		turn_worker(0);
		sn_manager_turn(&m, now);
	}
	ck_assert_str_eq(heard(), "");
	/* it was not asked over and over */
	ck_assert_uint_eq(woken[1], 1);
	turn_worker(1);
	sn_manager_turn(&m, now);
	ck_assert_str_eq(heard(), "WATCHDOG=1");
	tear_down(&m);
}
END_TEST

START_TEST(a_worker_that_has_ended_need_not_turn)
{
	struct sn_manager m;
	uint64_t now = SN_NS_PER_SEC;

	set_up(&m, true);
	sn_manager_set(&m, SN_MANAGER_READY);
	sn_manager_set(&m, SN_MANAGER_STOPPING);
	heard();
	heard();
	sn_manager_turn(&m, now);
	atomic_store(&running[0], false);
	sn_manager_turn(&m, now + PATIENCE / 4);
	ck_assert_str_eq(heard(), "");
	turn_worker(1);
	sn_manager_turn(&m, now + PATIENCE / 4);
	ck_assert_str_eq(heard(), "WATCHDOG=1");
	tear_down(&m);
}
END_TEST

START_TEST(a_manager_with_a_wrong_address_is_told_nothing)
{
	struct sn_manager m;

	setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
	setenv("WATCHDOG_USEC", "1000", 1);
	sn_manager_open(&m);
	sn_manager_set(&m, SN_MANAGER_READY);
	sn_manager_turn(&m, 1);
	ck_assert_int_eq(sn_manager_watch(&m, &worker[0], &running[0]), SN_OK);
	ck_assert_uint_eq(m.nworkers, 0);
	sn_manager_close(&m);
	sn_manager_close(&m);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_life_is_told_once_and_in_order,
				      what_a_busy_manager_did_not_take_is_told_later,
				      a_line_of_status_is_wanted_every_ten_seconds_by_a_manager,
				      the_watchdog_hears_of_workers_that_turn_when_woken,
				      the_watchdog_hears_nothing_while_one_worker_is_stuck,
				      a_worker_that_has_ended_need_not_turn,
				      a_manager_with_a_wrong_address_is_told_nothing,
				      NULL};

	return suite_run_tests("manager", tests, 0);
}
