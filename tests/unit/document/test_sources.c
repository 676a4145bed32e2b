/*
 * Whether the files of a configuration are as they were. Behaviour of document/sources.h.
 */
#include "document/sources.h"

#include "base/clock.h"
#include "support/config_files.h"
#include "support/suite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A file is old after this time. */
#define LATER (10 * SN_NS_PER_SEC)

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_sources sources;

/* As if it was read so many ns from now. */
static void add_file(const char *path, uint64_t later)
{
	static char text[256];
	struct stat st;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	n = read(fd, text, sizeof(text));
	close(fd);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(sn_sources_add_file(&sources, &arena, path, &st, sn_clock_wall() + later,
					     sn_span_make(text, n > 0 ? (size_t)n : 0)),
			 SN_OK);
}

static void add_pattern(const char *pattern, const char *const *paths, size_t n)
{
	ck_assert_int_eq(sn_sources_add_pattern(&sources, &arena, pattern, paths, n), SN_OK);
}

/* Two files of one size. */
static void begin(void)
{
	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	config_files_write("a.yml", "aaaa");
	config_files_write("b.yml", "bbbb");
}

static void end(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

/* The same times and the same size as before, whatever else happened. */
static void keep_mtime(const char *path, const struct stat *before)
{
	const struct timespec times[] = {before->st_atim, before->st_mtim};

	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(files_that_nobody_touched_are_the_same)
{
	begin();
	ck_assert(sn_sources_same(&sources));
	add_file("a.yml", LATER);
	add_file("b.yml", LATER);
	ck_assert(sn_sources_same(&sources));
	ck_assert(sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_file_that_was_written_is_another)
{
	begin();
	add_file("a.yml", LATER);
	add_file("b.yml", LATER);
	config_files_write("a.yml", "aaaaa");
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_file_in_place_of_another_is_another)
{
	struct stat before;

	begin();
	add_file("a.yml", LATER);
	ck_assert_int_eq(stat("a.yml", &before), 0);
	keep_mtime("b.yml", &before);
	ck_assert_int_eq(rename("b.yml", "a.yml"), 0);
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_file_that_went_is_another)
{
	begin();
	add_file("a.yml", LATER);
	ck_assert_int_eq(unlink("a.yml"), 0);
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

/* Times and size tell nothing of a file that was read right after its change: its text does. */
START_TEST(a_young_file_is_the_same_if_its_text_is)
{
	struct stat before;

	begin();
	ck_assert_int_eq(stat("a.yml", &before), 0);
	add_file("a.yml", 0);
	ck_assert(sn_sources_same(&sources));
	config_files_write("a.yml", "aaab");
	keep_mtime("a.yml", &before);
	ck_assert(!sn_sources_same(&sources));
	config_files_write("a.yml", "aaaa");
	ck_assert(sn_sources_same(&sources));
	ck_assert_int_eq(unlink("a.yml"), 0);
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_large_young_file_is_compared_to_its_end)
{
	enum { SIZE = 300000 };
	char *text = malloc(SIZE);
	struct stat st;

	begin();
	memset(text, 'x', SIZE);
	config_files_write_bytes("large.yml", text, SIZE);
	ck_assert_int_eq(stat("large.yml", &st), 0);
	ck_assert_int_eq(sn_sources_add_file(&sources, &arena, "large.yml", &st, sn_clock_wall(),
					     sn_span_make(text, SIZE)),
			 SN_OK);
	ck_assert(sn_sources_same(&sources));
	text[SIZE - 1] = 'y';
	config_files_write_bytes("large.yml", text, SIZE);
	ck_assert(!sn_sources_same(&sources));
	free(text);
	end();
}
END_TEST

START_TEST(a_file_that_was_not_there_is_another_once_it_is)
{
	begin();
	ck_assert_int_eq(sn_sources_add_absent(&sources, &arena, "c.yml"), SN_OK);
	ck_assert(sn_sources_same(&sources));
	config_files_write("c.yml", "");
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_pipe_cannot_be_read_again)
{
	begin();
	ck_assert_int_eq(mkfifo("p.yml", 0600), 0);
	add_file("p.yml", LATER);
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_pattern_is_the_same_as_long_as_its_files_are)
{
	static const char *const paths[] = {"a.yml", "b.yml"};

	begin();
	add_pattern("*.yml", paths, 2);
	add_pattern("*.json", NULL, 0);
	ck_assert(sn_sources_same(&sources));
	config_files_write("c.yml", "");
	ck_assert(!sn_sources_same(&sources));
	ck_assert_int_eq(unlink("c.yml"), 0);
	ck_assert(sn_sources_same(&sources));
	config_files_write("c.json", "");
	ck_assert(!sn_sources_same(&sources));
	ck_assert_int_eq(unlink("c.json"), 0);
	ck_assert_int_eq(rename("a.yml", "c.yml"), 0);
	ck_assert(!sn_sources_same(&sources));
	end();
}
END_TEST

START_TEST(a_load_notes_all_its_files)
{
	const struct sn_config *cfg;

	config_files_write("t/a.yml", "- targets: [192.0.2.1]\n");
	config_files_write("t/b.json", "[]");
	cfg = config_files_good(CONFIG_BASE
				"targets: [{file_sd: {files: ['t/*.yml', t/b.json]}}]\n");
	ck_assert(sn_config_is_current(cfg));
	config_files_write("t/c.yml", "");
	ck_assert(!sn_config_is_current(cfg));
	ck_assert_int_eq(unlink("t/c.yml"), 0);
	ck_assert(sn_config_is_current(cfg));
	config_files_write("t/b.json", "[ ]");
	ck_assert(!sn_config_is_current(cfg));
	sn_config_free(cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {files_that_nobody_touched_are_the_same,
				      a_file_that_was_written_is_another,
				      a_file_in_place_of_another_is_another,
				      a_file_that_went_is_another,
				      a_young_file_is_the_same_if_its_text_is,
				      a_large_young_file_is_compared_to_its_end,
				      a_file_that_was_not_there_is_another_once_it_is,
				      a_pipe_cannot_be_read_again,
				      a_pattern_is_the_same_as_long_as_its_files_are,
				      a_load_notes_all_its_files,
				      NULL};

	return config_files_run("sources", tests);
}
