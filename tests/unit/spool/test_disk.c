/*
 * The spool in a real directory: locks between processes, files of other kinds, limits of the
 * system, and no allocation while it runs. Behaviour of sn_disk_dir_new of spool/disk.h.
 *
 * ctest: link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "spool/disk.h"
#include "spool/spool.h"

#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/sonde-test-XXXXXX";
static char path[64];
static unsigned allocations; /* so far */
static unsigned fail_at;     /* the one that fails, 0: none */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return ++allocations == fail_at ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return ++allocations == fail_at ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return ++allocations == fail_at ? NULL : __real_realloc(p, n);
}

static void setup(void)
{
	suite_expect(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/spool", dir);
}

static void remove_name(void *ctx, const char *name)
{
	int *fd = ctx;

	if (unlinkat(*fd, name, 0) != 0) {
		unlinkat(*fd, name, AT_REMOVEDIR);
	}
}

static void teardown(void)
{
	struct sn_disk *disk;
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd >= 0 && sn_disk_dir_new(path, &disk) == SN_OK) {
		disk->ops->list(disk, remove_name, &fd);
		disk->ops->free(disk);
		close(fd);
	}
	rmdir(path);
	rmdir(dir);
}

static const struct sn_spool_config small = {
	.max_bytes = 256 << 10, .segment_bytes = 32 << 10, .batch_bytes = 16 << 10, .boot = 77};

static int open_spool(struct sn_spool **sp)
{
	struct sn_disk *disk;
	int rc = sn_disk_dir_new(path, &disk);

	return rc ? rc : sn_spool_open(disk, &small, 1000, sp);
}

static int put(struct sn_spool *sp, const char *text)
{
	struct sn_spool_entry e = {.key = sn_span_str("key"), .payload = sn_span_str(text)};

	return sn_spool_append(sp, &e, 1000, NULL);
}

/* Reads and settles one record that must be this. */
static void expect(struct sn_spool *sp, const char *text)
{
	struct sn_spool_record r;

	ck_assert_int_eq(sn_spool_read(sp, &r), SN_OK);
	ck_assert(sn_span_eq(r.payload, sn_span_str(text)));
	ck_assert_int_eq(sn_spool_ack(sp, r.number), SN_OK);
}

START_TEST(makes_the_directory_and_keeps_records_in_it)
{
	struct sn_spool *sp;
	struct stat st;

	umask(0);
	ck_assert_int_eq(open_spool(&sp), SN_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0750);
	ck_assert_int_eq(put(sp, "one"), SN_OK);
	ck_assert_int_eq(put(sp, "two"), SN_OK);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	strcat(path, "/0000000000000001.seg");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(st.st_size, 4096 + 2 * 64);
	path[strlen(dir) + 6] = '\0';
	ck_assert_int_eq(open_spool(&sp), SN_OK);
	expect(sp, "one");
	expect(sp, "two");
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}
END_TEST

START_TEST(a_second_process_is_refused)
{
	struct sn_spool *sp;
	int status = 0;
	pid_t pid;

	ck_assert_int_eq(open_spool(&sp), SN_OK);
	pid = fork();
	suite_expect(pid >= 0);
	if (pid == 0) {
		struct sn_spool *other;

		_exit(open_spool(&other) == SN_EEXIST ? 0 : 1);
	}
	suite_expect(waitpid(pid, &status, 0) == pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	ck_assert_int_eq(open_spool(&sp), SN_OK);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}
END_TEST

START_TEST(a_directory_that_cannot_be_is_an_error_with_errno)
{
	struct sn_disk *disk = NULL;

	ck_assert_int_eq(sn_disk_dir_new("/nonexistent/of/ours", &disk), SN_ENOENT);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(sn_disk_dir_new("/dev/null", &disk), SN_EIO);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_ptr_null(disk);
}
END_TEST

START_TEST(things_that_are_no_files_are_left_alone)
{
	char name[96];
	struct sn_spool *sp;
	struct sn_spool_stats st;
	struct stat there;

	suite_expect(mkdir(path, 0700) == 0);
	snprintf(name, sizeof(name), "%s/0000000000000003.seg", path);
	suite_expect(mkfifo(name, 0600) == 0);
	snprintf(name, sizeof(name), "%s/0000000000000004.seg", path);
	suite_expect(mkdir(name, 0700) == 0);
	snprintf(name, sizeof(name), "%s/0000000000000005.seg", path);
	suite_expect(symlink("/dev/zero", name) == 0);
	ck_assert_int_eq(open_spool(&sp), SN_OK);
	sn_spool_stats_get(sp, &st);
	ck_assert_uint_eq(st.foreign, 3);
	for (int i = 0; i < 8; i++) {
		char text[15000];

		memset(text, 'a' + i, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		ck_assert_int_eq(put(sp, text), SN_OK);
		ck_assert_int_eq(sn_spool_commit(sp), SN_OK);
		expect(sp, text);
	}
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	ck_assert_int_eq(lstat(name, &there), 0);
	ck_assert(S_ISLNK(there.st_mode));
}
END_TEST

START_TEST(a_limit_of_the_file_system_is_met_and_left_behind)
{
	struct rlimit limit;
	struct sn_spool *sp;
	struct sn_spool_stats st;
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	signal(SIGXFSZ, SIG_IGN);
	suite_expect(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	ck_assert_int_eq(open_spool(&sp), SN_OK);
	ck_assert_int_eq(put(sp, "first"), SN_OK);
	ck_assert_int_eq(sn_spool_commit(sp), SN_OK);
	limit.rlim_cur = 5000; /* in the middle of the next record */
	suite_expect(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	ck_assert_int_eq(put(sp, text), SN_OK);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(sn_spool_commit(sp), SN_ENOSPC);
	}
	sn_spool_stats_get(sp, &st);
	ck_assert_uint_eq(st.bytes, 4096 + 64);
	ck_assert_int_eq(st.os_error, EFBIG);
	limit.rlim_cur = limit.rlim_max;
	suite_expect(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	ck_assert_int_eq(sn_spool_commit(sp), SN_OK);
	expect(sp, "first");
	expect(sp, text);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}
END_TEST

START_TEST(no_memory_is_taken_and_no_descriptor_kept_while_it_runs)
{
	struct sn_spool *sp;
	char text[3000];
	unsigned before = 0;
	int fd = dup(0);
	int after;

	close(fd);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(open_spool(&sp), SN_OK);
	for (int i = 0; i < 300; i++) {
		struct sn_spool_record r;
		int rc = put(sp, text);

		if (i == 10) {
			before = allocations;
		}
		suite_expect(rc == SN_OK && sn_spool_commit(sp) == SN_OK);
		/* now and then nothing is settled, so that segments are dropped */
		for (int k = 0; k < 2 && i / 100 != 1; k++) {
			if (sn_spool_read(sp, &r) == SN_OK) {
				suite_expect(sn_spool_ack(sp, r.number) == SN_OK);
			}
		}
		suite_expect(sn_spool_tick(sp, 1000) == SN_OK);
	}
	ck_assert_uint_eq(allocations, before);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, fd);
}
END_TEST

START_TEST(without_memory_it_does_not_open_and_loses_nothing)
{
	struct sn_spool *sp;
	unsigned refused = 0;
	int rc = SN_ENOMEM;

	ck_assert_int_eq(open_spool(&sp), SN_OK);
	ck_assert_int_eq(put(sp, "kept"), SN_OK);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	while (rc == SN_ENOMEM) {
		fail_at = allocations + ++refused;
		rc = open_spool(&sp);
	}
	fail_at = 0;
	ck_assert_int_eq(rc, SN_OK);
	ck_assert_uint_gt(refused, 7); /* disk, spool, four buffers, two lists */
	expect(sp, "kept");
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {makes_the_directory_and_keeps_records_in_it,
				      a_second_process_is_refused,
				      a_directory_that_cannot_be_is_an_error_with_errno,
				      things_that_are_no_files_are_left_alone,
				      a_limit_of_the_file_system_is_met_and_left_behind,
				      no_memory_is_taken_and_no_descriptor_kept_while_it_runs,
				      without_memory_it_does_not_open_and_loses_nothing,
				      NULL};
	Suite *s = suite_create("disk");
	TCase *tc = tcase_create("disk");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
