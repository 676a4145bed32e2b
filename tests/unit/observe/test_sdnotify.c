/*
 * What goes to a service manager, and where to: the manager's socket is the test's own. Behaviour
 * of observe/sdnotify.h.
 */
#include "observe/sdnotify.h"

#include "support/suite.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SELF = 4711 };

static char folder[] = "/tmp/sonde-sdnotify-XXXXXX";

/* A manager at a path or at an abstract name; its socket. */
static int manager_at(const char *name)
{
	union {
		struct sockaddr sa;
		struct sockaddr_un un;
	} at = {.un = {.sun_family = AF_UNIX}};
	size_t n = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(n, sizeof(at.un.sun_path));
	memcpy(at.un.sun_path, name, n);
	if (name[0] == '@') {
		at.un.sun_path[0] = '\0';
	} else {
		unlink(name);
	}
	ck_assert_int_eq(
		bind(fd, &at.sa,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] != '@'))),
		0);
	return fd;
}

/* The next datagram that came; "" when there is none. */
static const char *heard(int fd)
{
	static char text[512];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static struct sn_sdnotify opened(const char *socket, const char *usec, const char *pid)
{
	const struct sn_sdnotify_env env = {
		.notify_socket = socket, .watchdog_usec = usec, .watchdog_pid = pid};
	struct sn_sdnotify sd;

	ck_assert_int_eq(sn_sdnotify_open(&sd, &env, SELF), SN_OK);
	return sd;
}

static const char *path_in_folder(void)
{
	static char path[sizeof(folder) + 16];

	if (!path[0]) {
		ck_assert_ptr_nonnull(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/notify", folder);
	}
	return path;
}

static void check_hears(const char *name)
{
	int fd = manager_at(name);
	struct sn_sdnotify sd = opened(name, NULL, NULL);

	ck_assert(sn_sdnotify_is_open(&sd));
	ck_assert_int_eq(sn_sdnotify_tell(&sd, "READY=1\nSTATUS=all well"), SN_OK);
	ck_assert_str_eq(heard(fd), "READY=1\nSTATUS=all well");
	ck_assert_str_eq(heard(fd), "");
	sn_sdnotify_close(&sd);
	ck_assert_int_eq(sn_sdnotify_tell(&sd, "READY=1"), SN_OK);
	ck_assert_str_eq(heard(fd), "");
	sn_sdnotify_close(&sd);
	close(fd);
}

START_TEST(a_manager_at_a_path_hears_each_text_as_one_datagram)
{
	check_hears(path_in_folder());
	unlink(path_in_folder());
	rmdir(folder);
}
END_TEST

START_TEST(a_manager_at_an_abstract_name_hears_it_too)
{
	char name[64];

	snprintf(name, sizeof(name), "@sonde-test-sdnotify-%ld", (long)getpid());
	check_hears(name);
}
END_TEST

/* The longest path there is has no room for a NUL more. */
START_TEST(addresses_of_other_kinds_are_refused)
{
	char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	const char *wrong[] = {"vsock:2:1234", "relative/path", "@", "/", longest};

	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct sn_sdnotify_env env = {.notify_socket = wrong[i],
						    .watchdog_usec = "1000"};
		struct sn_sdnotify sd;

		ck_assert_int_eq(sn_sdnotify_open(&sd, &env, SELF), SN_EINVAL);
		ck_assert(!sn_sdnotify_is_open(&sd));
		ck_assert_uint_eq(sd.watchdog_ns, 0);
	}
	longest[sizeof(longest) - 2] = '\0';
	{
		struct sn_sdnotify sd = opened(longest, NULL, NULL);

		ck_assert(sn_sdnotify_is_open(&sd));
		ck_assert_int_eq(sn_sdnotify_tell(&sd, "READY=1"), SN_ESYS);
		sn_sdnotify_close(&sd);
	}
}
END_TEST

START_TEST(without_a_manager_nothing_is_told_and_nothing_fails)
{
	struct sn_sdnotify sd = opened(NULL, "1000000", NULL);

	ck_assert(!sn_sdnotify_is_open(&sd));
	ck_assert_int_eq(sn_sdnotify_tell(&sd, "READY=1"), SN_OK);
	ck_assert_uint_eq(sd.watchdog_ns, 0);
	sd = opened("", "1000000", NULL);
	ck_assert(!sn_sdnotify_is_open(&sd));
	ck_assert_uint_eq(sd.watchdog_ns, 0);
}
END_TEST

START_TEST(a_manager_that_is_gone_is_an_error_and_no_more)
{
	char name[64];
	struct sn_sdnotify sd;

	snprintf(name, sizeof(name), "@sonde-test-nobody-%ld", (long)getpid());
	sd = opened(name, NULL, NULL);
	ck_assert_int_eq(sn_sdnotify_tell(&sd, "READY=1"), SN_ESYS);
	ck_assert_int_eq(errno, ECONNREFUSED);
	sn_sdnotify_close(&sd);
}
END_TEST

/* A manager that hangs must not hang us. */
START_TEST(a_manager_that_does_not_read_is_tried_again_later)
{
	char name[64];
	struct sn_sdnotify sd;
	int fd;
	int rc = SN_OK;
	int told = 0;

	snprintf(name, sizeof(name), "@sonde-test-slow-%ld", (long)getpid());
	fd = manager_at(name);
	sd = opened(name, NULL, NULL);
	while (rc == SN_OK && told < 100000) {
		rc = sn_sdnotify_tell(&sd, "WATCHDOG=1");
		told += rc == SN_OK;
	}
	ck_assert_int_eq(rc, SN_EAGAIN);
	ck_assert_int_gt(told, 0);
	ck_assert_str_eq(heard(fd), "WATCHDOG=1");
	ck_assert_int_eq(sn_sdnotify_tell(&sd, "STOPPING=1"), SN_OK);
	sn_sdnotify_close(&sd);
	close(fd);
}
END_TEST

START_TEST(the_watchdogs_time_is_for_the_process_it_names)
{
	static const struct {
		const char *usec;
		const char *pid;
		uint64_t ns;
	} rows[] = {
		{"30000000", NULL, UINT64_C(30000000000)},
		{"30000000", "4711", UINT64_C(30000000000)},
		{"30000000", "4712", 0},
		{"30000000", "", 0},
		{"30000000", "4711x", 0},
		{"30000000", "-4711", 0},
		{NULL, "4711", 0},
		{"", NULL, 0},
		{"0", NULL, 0},
		{"30s", NULL, 0},
		{" 30", NULL, 0},
		{"-1", NULL, 0},
		{"99999999999999999999999", NULL, 0},
		{"18446744073709551615", NULL, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sn_sdnotify sd = opened("@sonde-test", rows[i].usec, rows[i].pid);

		ck_assert_msg(sd.watchdog_ns == rows[i].ns, "row %zu", i);
		sn_sdnotify_close(&sd);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_manager_at_a_path_hears_each_text_as_one_datagram,
				      a_manager_at_an_abstract_name_hears_it_too,
				      addresses_of_other_kinds_are_refused,
				      without_a_manager_nothing_is_told_and_nothing_fails,
				      a_manager_that_is_gone_is_an_error_and_no_more,
				      a_manager_that_does_not_read_is_tried_again_later,
				      the_watchdogs_time_is_for_the_process_it_names,
				      NULL};

	return suite_run_tests("sdnotify", tests, 0);
}
