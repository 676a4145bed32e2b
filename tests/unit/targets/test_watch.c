/*
 * Folders that are watched: which changes are noticed, which are not, and when. Behaviour of
 * targets/watch.h. Time is the test's but for the kernel's events, which are there when the call
 * that made them returns.
 */
#include "targets/watch.h"

#include "base/clock.h"
#include "support/config_files.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUIET (SN_WATCH_QUIET_MS * SN_NS_PER_MS)
#define START (1000 * SN_NS_PER_SEC)

static struct sn_watch *w;
static uint64_t now;

/* Whether something was noticed since the last question. */
static bool noticed(void)
{
	bool early = sn_watch_changed(w, now);

	suite_expect(!early); /* it must be quiet first */
	return sn_watch_changed(w, now += QUIET);
}

/* Watches, and forgets that the folders are new. */
static void begin(const struct sn_watch_path *v, unsigned n)
{
	const char *folder;

	now = START;
	w = sn_watch_new();
	if (!w) {
		exit(SUITE_SKIP); /* no inotify here */
	}
	ck_assert_uint_eq(sn_watch_set(w, v, n, now, &folder), 0);
	ck_assert(noticed());
	ck_assert(!noticed());
}

static const struct sn_watch_path yml[] = {{".", "*.yml"}};

START_TEST(a_file_that_is_written_is_noticed)
{
	config_files_write("a.yml", "one");
	begin(yml, 1);
	config_files_write("a.yml", "two");
	ck_assert(noticed());
	ck_assert(!noticed());
	sn_watch_free(w);
}
END_TEST

START_TEST(a_file_that_comes_by_rename_or_goes_is_noticed)
{
	begin(yml, 1);
	config_files_write("a.tmp", "x");
	ck_assert(!noticed());
	ck_assert_int_eq(rename("a.tmp", "a.yml"), 0);
	ck_assert(noticed());
	ck_assert_int_eq(rename("a.yml", "a.bak"), 0);
	ck_assert(noticed());
	ck_assert_int_eq(rename("a.bak", "b.yml"), 0);
	ck_assert(noticed());
	ck_assert_int_eq(unlink("b.yml"), 0);
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

START_TEST(other_files_are_not_noticed)
{
	static const struct sn_watch_path v[] = {{"t", "*.json"}, {"t", "list\\[1].csv"}};

	config_files_write("t/x", "");
	begin(v, 2);
	config_files_write("t/a.yml", "x");
	config_files_write("t/list1.csv", "x");
	config_files_write("a.json", "x");
	ck_assert_int_eq(chmod("t/x", 0644), 0);
	ck_assert(!noticed());
	config_files_write("t/list[1].csv", "x");
	ck_assert(noticed());
	config_files_write("t/a.json", "x");
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

/* An empty file that somebody is about to fill is not looked at before it is closed. */
START_TEST(a_new_file_counts_once_it_is_complete)
{
	int fd;

	begin(yml, 1);
	fd = open("a.yml", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert(!noticed());
	close(fd);
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

START_TEST(links_are_complete_at_once)
{
	config_files_write("there", "x");
	begin(yml, 1);
	ck_assert_int_eq(symlink("there", "a.yml"), 0);
	ck_assert(noticed());
	ck_assert_int_eq(link("there", "b.yml"), 0);
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

/* ..data is a link to the folder with the files, and is replaced by a rename. */
START_TEST(a_kubernetes_volume_is_noticed)
{
	config_files_write("..1/a.yml", "x");
	config_files_write("..2/a.yml", "x");
	ck_assert_int_eq(symlink("..1", "..data"), 0);
	ck_assert_int_eq(symlink("..data/a.yml", "a.yml"), 0);
	begin(yml, 1);
	ck_assert_int_eq(symlink("..2", "..data_tmp"), 0);
	ck_assert_int_eq(rename("..data_tmp", "..data"), 0);
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

START_TEST(changes_are_told_when_they_are_over)
{
	begin(yml, 1);
	for (int i = 0; i < 5; i++) {
		config_files_write("a.yml", "x");
		ck_assert(!sn_watch_changed(w, now += QUIET / 2));
	}
	ck_assert(sn_watch_changed(w, now += QUIET));
	ck_assert(!sn_watch_changed(w, now += QUIET));
	sn_watch_free(w);
}
END_TEST

START_TEST(changes_without_an_end_are_told_after_a_while)
{
	uint64_t began;
	bool told = false;

	begin(yml, 1);
	began = now;
	while (!told && now < began + 100 * SN_NS_PER_SEC) {
		config_files_write("a.yml", "x");
		told = sn_watch_changed(w, now += QUIET / 2);
	}
	ck_assert(told);
	ck_assert_uint_ge(now - began, SN_WATCH_PATIENCE_MS * SN_NS_PER_MS);
	ck_assert_uint_lt(now - began, SN_WATCH_PATIENCE_MS * SN_NS_PER_MS + 2 * QUIET);
	sn_watch_free(w);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_told_and_watched_once_it_is)
{
	static const struct sn_watch_path v[] = {{".", "*.yml"}, {"none", "*.yml"}};
	const char *folder;

	begin(yml, 1);
	ck_assert_uint_eq(sn_watch_set(w, v, 2, now, &folder), 1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(folder, "none");
	ck_assert(!noticed());
	config_files_write("none/a.yml", "x");
	ck_assert(!noticed());
	ck_assert_uint_eq(sn_watch_set(w, v, 2, now, &folder), 0);
	ck_assert(noticed()); /* what happened before is not known */
	config_files_write("none/a.yml", "y");
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

START_TEST(a_folder_that_is_made_anew_is_watched_again)
{
	static const struct sn_watch_path v[] = {{"t", "*.yml"}};
	const char *folder;

	config_files_write("t/a.yml", "x");
	begin(v, 1);
	ck_assert_int_eq(rename("t", "old"), 0);
	ck_assert(noticed());
	config_files_write("t/a.yml", "x");
	ck_assert_uint_eq(sn_watch_set(w, v, 1, now, &folder), 0);
	ck_assert(noticed());
	config_files_write("old/a.yml", "y");
	ck_assert(!noticed());
	config_files_write("t/a.yml", "y");
	ck_assert(noticed());
	sn_watch_free(w);
}
END_TEST

START_TEST(what_is_not_wanted_any_more_is_not_watched)
{
	static const struct sn_watch_path both[] = {
		{".", "*.yml"}, {"t", "*.yml"}, {"t", "*.json"}};
	const char *folder;

	config_files_write("t/x", "");
	begin(both, 3);
	ck_assert_uint_eq(sn_watch_set(w, yml, 1, now, &folder), 0);
	ck_assert(!noticed());
	config_files_write("t/a.yml", "x");
	ck_assert(!noticed());
	config_files_write("a.yml", "x");
	ck_assert(noticed());
	ck_assert_uint_eq(sn_watch_set(w, NULL, 0, now, &folder), 0);
	config_files_write("a.yml", "y");
	ck_assert(!noticed());
	sn_watch_free(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_file_that_is_written_is_noticed,
				      a_file_that_comes_by_rename_or_goes_is_noticed,
				      other_files_are_not_noticed,
				      a_new_file_counts_once_it_is_complete,
				      links_are_complete_at_once,
				      a_kubernetes_volume_is_noticed,
				      changes_are_told_when_they_are_over,
				      changes_without_an_end_are_told_after_a_while,
				      a_folder_that_is_not_there_is_told_and_watched_once_it_is,
				      a_folder_that_is_made_anew_is_watched_again,
				      what_is_not_wanted_any_more_is_not_watched,
				      NULL};

	return config_files_run("watch", tests);
}
