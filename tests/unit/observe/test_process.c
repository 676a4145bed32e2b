/*
 * The figures of this process. Behaviour of observe/process.h.
 */
#include "observe/process.h"

#include "base/clock.h"
#include "support/suite.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

START_TEST(figures_are_those_of_this_process)
{
	struct sn_process p;
	struct rlimit limit;
	double now = (double)sn_clock_wall() / 1e9;

	sn_process_read(&p);
	ck_assert(p.cpu_s >= 0 && p.cpu_s < 3600);
	/* the kernel tells the time of boot in whole seconds */
	ck_assert(p.start_s <= now + 1 && p.start_s > now - 3600);
	ck_assert_uint_ge(p.resident, 100 << 10);
	ck_assert_uint_gt(p.virtual_size, p.resident);
	ck_assert_uint_ge(p.threads, 1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(p.max_fds, limit.rlim_cur);
}
END_TEST

START_TEST(descriptors_are_counted)
{
	struct sn_process before;
	struct sn_process after;

	sn_process_read(&before);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_ge(open("/dev/null", O_RDONLY), 0);
	}
	sn_process_read(&after);
	ck_assert_uint_eq(after.open_fds, before.open_fds + 5);
	ck_assert_uint_ge(before.open_fds, 3);
}
END_TEST

START_TEST(time_spent_grows)
{
	struct sn_process before;
	struct sn_process after;
	uint64_t end;

	sn_process_read(&before);
	end = sn_clock_read(CLOCK_PROCESS_CPUTIME_ID) + 20 * SN_NS_PER_MS;
	while (sn_clock_read(CLOCK_PROCESS_CPUTIME_ID) < end) {
	}
	sn_process_read(&after);
	ck_assert(after.cpu_s >= before.cpu_s + 0.02);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {figures_are_those_of_this_process, descriptors_are_counted,
				      time_spent_grows, NULL};

	return suite_run_tests("process", tests, 0);
}
