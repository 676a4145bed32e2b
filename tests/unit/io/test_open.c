/*
 * The choice of the back end, above all where io_uring is forbidden. Behaviour of sn_io_open.
 */
#include "io/io.h"

#include "support/suite.h"
#include "unit/io/deny.h"

#include <errno.h>
#include <sys/syscall.h>

/* What an open gave: packed into the result of a child. */
enum {
	NAME_URING = 1,
	NAME_MMSG = 2,
	HAS_REASON = 4,
	REASON_FITS = 8,
	ERR_PERM = 16,
	ERR_NOSYS = 32
};

/* The reason must name this call. */
struct attempt {
	enum sn_io_backend backend; /* asked for */
	const char *reason;	    /* part of the text, when there is one */
};

static int try_open(void *arg)
{
	const struct attempt *a = arg;
	struct sn_io_config cfg = {.backend = a->backend, .sockets4 = 1};
	struct sn_io *io;
	char why[128];
	int got = 0;
	int err;

	memset(why, 'x', sizeof(why));
	err = sn_io_open(&cfg, &io, why);
	if (err == SN_OK) {
		got |= strcmp(io->ops->name, "io_uring") == 0 ? NAME_URING : 0;
		got |= strcmp(io->ops->name, "recvmmsg") == 0 ? NAME_MMSG : 0;
		sn_io_close(io);
	}
	got |= err == SN_EPERM ? ERR_PERM : 0;
	got |= err == SN_ENOSYS ? ERR_NOSYS : 0;
	got |= why[0] ? HAS_REASON : 0;
	got |= memchr(why, '\0', sizeof(why)) && strstr(why, a->reason) ? REASON_FITS : 0;
	return got;
}

/* Whether this host lets us have io_uring at all. */
static bool have_uring(void)
{
	struct attempt a = {.backend = SN_IO_URING, .reason = ""};

	if (try_open(&a) & NAME_URING) {
		return true;
	}
	printf("skipped: io_uring is not available here\n");
	return false;
}

static void check_denied(uint32_t number, uint32_t error, const char *reason, int expect_explicit)
{
	struct deny d = {.number = number, .arg = -1, .error = error};
	struct attempt a = {.backend = SN_IO_AUTO, .reason = reason};
	int got;

	if (!have_uring()) {
		return;
	}
	got = deny_run(&d, try_open, &a);
	if (got == DENY_CHILD_UNAVAILABLE) {
		printf("skipped: no seccomp\n");
		return;
	}
	ck_assert_int_eq(got, NAME_MMSG | HAS_REASON | REASON_FITS);
	a.backend = SN_IO_URING;
	got = deny_run(&d, try_open, &a);
	ck_assert_int_eq(got, expect_explicit | HAS_REASON | REASON_FITS);
	a.backend = SN_IO_MMSG;
	a.reason = "";
	ck_assert_int_eq(deny_run(&d, try_open, &a), NAME_MMSG | REASON_FITS);
}

START_TEST(falls_back_where_setup_is_not_permitted)
{
	check_denied(__NR_io_uring_setup, EPERM, "io_uring_setup: Operation not permitted",
		     ERR_PERM);
}
END_TEST

START_TEST(falls_back_where_setup_is_unknown)
{
	check_denied(__NR_io_uring_setup, ENOSYS, "io_uring_setup: ", ERR_NOSYS);
}
END_TEST

START_TEST(falls_back_where_the_kernel_lacks_a_flag)
{
	check_denied(__NR_io_uring_setup, EINVAL, "Linux 6.1", ERR_NOSYS);
}
END_TEST

START_TEST(falls_back_where_memory_may_not_be_locked)
{
	check_denied(__NR_io_uring_setup, ENOMEM, "RLIMIT_MEMLOCK", ERR_PERM);
}
END_TEST

START_TEST(falls_back_where_registering_is_not_permitted)
{
	check_denied(__NR_io_uring_register, EPERM, "io_uring_register", ERR_PERM);
}
END_TEST

START_TEST(falls_back_where_entering_is_not_permitted)
{
	check_denied(__NR_io_uring_enter, EPERM, "io_uring_enter: ", ERR_PERM);
}
END_TEST

START_TEST(takes_io_uring_where_it_is_allowed)
{
	struct attempt a = {.backend = SN_IO_AUTO, .reason = ""};

	if (have_uring()) {
		ck_assert_int_eq(try_open(&a), NAME_URING | REASON_FITS);
	}
}
END_TEST

START_TEST(reason_may_be_left_out)
{
	struct sn_io_config cfg = {.backend = SN_IO_AUTO, .sockets4 = 1};
	struct sn_io *io;

	ck_assert_int_eq(sn_io_open(&cfg, &io, NULL), SN_OK);
	sn_io_close(io);
}
END_TEST

START_TEST(refuses_configurations_that_cannot_be)
{
	static const enum sn_io_backend backends[] = {SN_IO_AUTO, SN_IO_URING, SN_IO_MMSG};

	for (unsigned i = 0; i < 3; i++) {
		struct sn_io_config many4 = {.backend = backends[i], .sockets4 = 5};
		struct sn_io_config many6 = {.backend = backends[i], .sockets6 = 5};
		struct sn_io_config family = {.backend = backends[i], .sockets4 = 1};
		struct sn_io_config buffers = {
			.backend = backends[i], .sockets4 = 1, .rx_buffers = 32769};
		struct sn_io *io;

		family.bind4.sa.sa_family = AF_INET6;
		ck_assert_int_eq(sn_io_open(&many4, &io, NULL), SN_EINVAL);
		ck_assert_int_eq(sn_io_open(&many6, &io, NULL), SN_EINVAL);
		ck_assert_int_eq(sn_io_open(&family, &io, NULL), SN_EINVAL);
		ck_assert_int_eq(sn_io_open(&buffers, &io, NULL), SN_EINVAL);
	}
}
END_TEST

START_TEST(address_that_is_not_ours_is_an_error)
{
	struct sn_io_config cfg = {.backend = SN_IO_AUTO, .sockets4 = 1};
	struct sn_io *io;

	ck_assert_int_eq(sn_addr_parse(&cfg.bind4, "203.0.113.77", 0), SN_OK);
	ck_assert_int_eq(sn_io_open(&cfg, &io, NULL), SN_ESYS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		falls_back_where_setup_is_not_permitted,
		falls_back_where_setup_is_unknown,
		falls_back_where_the_kernel_lacks_a_flag,
		falls_back_where_memory_may_not_be_locked,
		falls_back_where_registering_is_not_permitted,
		falls_back_where_entering_is_not_permitted,
		takes_io_uring_where_it_is_allowed,
		reason_may_be_left_out,
		refuses_configurations_that_cannot_be,
		address_that_is_not_ours_is_an_error,
		NULL,
	};

	return suite_run_tests("open", tests, 20);
}
