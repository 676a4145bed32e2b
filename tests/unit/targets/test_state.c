/*
 * Files of state: whole or not at all, for nobody else. Behaviour of targets/state.h.
 */
#include "targets/state.h"

#include "base/clock.h"
#include "support/config_files.h"
#include "support/suite.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

START_TEST(what_was_written_is_read)
{
	uint64_t before = sn_clock_wall();
	struct stat st;
	uint64_t when;
	size_t n = 0;
	char *p;

	ck_assert_int_eq(sn_state_prepare("s", true), SN_OK);
	ck_assert_int_eq(stat("s", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(sn_state_write("s", "a.json", "one\0two", 7), SN_OK);
	ck_assert_int_eq(stat("s/a.json", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert(!exists("s/a.json.new"));
	ck_assert_int_eq(sn_state_read("s", "a.json", 7, &p, &n, &when), SN_OK);
	ck_assert_uint_eq(n, 7);
	ck_assert_mem_eq(p, "one\0two", 8);
	/* clocks of file systems are behind by a few milliseconds */
	ck_assert_uint_ge(when + SN_NS_PER_SEC, before);
	free(p);
	ck_assert_int_eq(sn_state_write("s", "a.json", "", 0), SN_OK);
	ck_assert_int_eq(sn_state_read("s", "a.json", 7, &p, &n, &when), SN_OK);
	ck_assert_uint_eq(n, 0);
	free(p);
}
END_TEST

START_TEST(a_folder_that_is_there_is_used)
{
	ck_assert_int_eq(mkdir("s", 0750), 0);
	ck_assert_int_eq(sn_state_prepare("s", true), SN_OK);
	config_files_write("file", "");
	ck_assert_int_eq(sn_state_prepare("file", true), SN_ESYS);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(sn_state_prepare("none/s", true), SN_ESYS);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(whether_a_folder_could_be_used_is_told_without_making_it)
{
	ck_assert_int_eq(sn_state_prepare("s", false), SN_OK);
	ck_assert(!exists("s"));
	ck_assert_int_eq(sn_state_prepare("./s/", false), SN_OK);
	ck_assert_int_eq(sn_state_prepare("none/s", false), SN_ESYS);
	ck_assert_int_eq(errno, ENOENT);
	config_files_write("file", "");
	ck_assert_int_eq(sn_state_prepare("file", false), SN_ESYS);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(sn_state_prepare("file/s", false), SN_ESYS);
}
END_TEST

START_TEST(a_write_that_fails_leaves_what_was_there)
{
	uint64_t when;
	size_t n;
	char *p;

	ck_assert_int_eq(sn_state_prepare("s", true), SN_OK);
	ck_assert_int_eq(sn_state_write("s", "a", "old", 3), SN_OK);
	/* a folder in the way of the new file */
	ck_assert_int_eq(mkdir("s/a.new", 0700), 0);
	ck_assert_int_eq(sn_state_write("s", "a", "new", 3), SN_ESYS);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(sn_state_read("s", "a", 100, &p, &n, &when), SN_OK);
	ck_assert_str_eq(p, "old");
	free(p);
	ck_assert_int_eq(rmdir("s/a.new"), 0);
	/* what an interrupted try left is written over, a link is not followed */
	config_files_write_mode("s/a.new", "half of a much longer text", 0644);
	ck_assert_int_eq(sn_state_write("s", "a", "new", 3), SN_OK);
	ck_assert_int_eq(sn_state_read("s", "a", 100, &p, &n, &when), SN_OK);
	ck_assert_str_eq(p, "new");
	free(p);
	config_files_write("victim", "v");
	ck_assert_int_eq(symlink("../victim", "s/a.new"), 0);
	ck_assert_int_eq(sn_state_write("s", "a", "newer", 5), SN_ESYS);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(sn_state_write("none", "a", "x", 1), SN_ESYS);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(what_cannot_be_read_is_told_by_kind)
{
	uint64_t when;
	size_t n;
	char *p;

	ck_assert_int_eq(sn_state_read("s", "a", 100, &p, &n, &when), SN_ENOENT);
	ck_assert_int_eq(sn_state_prepare("s", true), SN_OK);
	ck_assert_int_eq(sn_state_read("s", "a", 100, &p, &n, &when), SN_ENOENT);
	ck_assert_int_eq(sn_state_write("s", "a", "12345678", 8), SN_OK);
	ck_assert_int_eq(sn_state_read("s", "a", 7, &p, &n, &when), SN_ERANGE);
	ck_assert_int_eq(mkdir("s/d", 0700), 0);
	ck_assert_int_eq(sn_state_read("s", "d", 1 << 20, &p, &n, &when), SN_ESYS);
	ck_assert_int_eq(errno, EISDIR);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_was_written_is_read,
				      whether_a_folder_could_be_used_is_told_without_making_it,
				      a_folder_that_is_there_is_used,
				      a_write_that_fails_leaves_what_was_there,
				      what_cannot_be_read_is_told_by_kind,
				      NULL};

	return config_files_run("state", tests);
}
