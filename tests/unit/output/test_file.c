/*
 * The file sink: appending, half-written records, rotation, and paths that are no regular files.
 * Behaviour of sn_sink_file_new of output/sink.h.
 */
#include "output/sink.h"

#include "base/err.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/sonde-test-XXXXXX";
static char path[64];
static char other[64];

static void setup(void)
{
	suite_expect(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/rows.json", dir);
	snprintf(other, sizeof(other), "%s/rows.json.1", dir);
}

static void teardown(void)
{
	unlink(path);
	unlink(other);
	rmdir(dir);
}

static struct sn_sink *open_sink(const char *name)
{
	struct sn_sink *sink = NULL;

	ck_assert_int_eq(sn_sink_file_new(name, &sink), SN_OK);
	return sink;
}

static int put(struct sn_sink *sink, const char *s)
{
	return sink->ops->write(sink, sn_span_str(s));
}

/* What the file holds, valid until the next call. */
static const char *content(const char *name)
{
	static char text[200000];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	suite_expect(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	suite_expect(n >= 0);
	close(fd);
	text[n] = '\0';
	return text;
}

static void limit_size(rlim_t most)
{
	struct rlimit limit;

	suite_expect(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
	suite_expect(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

START_TEST(makes_the_file_and_appends)
{
	struct sn_sink *sink;
	struct stat st;

	umask(0);
	sink = open_sink(path);
	ck_assert_int_eq(put(sink, "one\n"), SN_OK);
	ck_assert_int_eq(put(sink, ""), SN_OK);
	ck_assert_int_eq(put(sink, "two\n"), SN_OK);
	ck_assert_str_eq(content(path), "one\ntwo\n"); /* visible without a flush */
	ck_assert_int_eq(sink->ops->flush(sink), SN_OK);
	sink->ops->free(sink);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);

	sink = open_sink(path);
	ck_assert_int_eq(put(sink, "three\n"), SN_OK);
	sink->ops->free(sink);
	ck_assert_str_eq(content(path), "one\ntwo\nthree\n");
}
END_TEST

START_TEST(the_label_names_the_path)
{
	struct sn_sink *sink = open_sink(path);
	char label[80];

	snprintf(label, sizeof(label), "file %s", path);
	ck_assert_str_eq(sink->label, label);
	ck_assert_str_eq(sink->ops->name, "file");
	sink->ops->free(sink);
}
END_TEST

START_TEST(a_write_that_fails_half_way_leaves_no_half_record)
{
	static char text[3001];
	char expect[6100];
	struct sn_sink *sink = open_sink(path);

	memset(text, 'x', 2999);
	text[2999] = '\n';
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(put(sink, "begin\n"), SN_OK);
	for (rlim_t most = 6; most < 3000; most += 997) {
		limit_size(most);
		ck_assert_int_eq(put(sink, text), SN_ENOSPC);
		ck_assert_int_eq(errno, EFBIG);
		ck_assert_str_eq(content(path), "begin\n");
	}
	limit_size(4000);
	ck_assert_int_eq(put(sink, text), SN_OK);
	ck_assert_int_eq(put(sink, text), SN_ENOSPC);
	limit_size(RLIM_INFINITY);
	ck_assert_int_eq(put(sink, text), SN_OK);
	ck_assert_int_eq(put(sink, "end\n"), SN_OK);
	sink->ops->free(sink);
	snprintf(expect, sizeof(expect), "begin\n%s%send\n", text, text);
	ck_assert_str_eq(content(path), expect);
}
END_TEST

START_TEST(reopening_goes_on_in_a_new_file)
{
	struct sn_sink *sink = open_sink(path);

	ck_assert_int_eq(put(sink, "old\n"), SN_OK);
	suite_expect(rename(path, other) == 0);
	ck_assert_int_eq(put(sink, "still old\n"), SN_OK);
	ck_assert_int_eq(sink->ops->reopen(sink), SN_OK);
	ck_assert_int_eq(put(sink, "new\n"), SN_OK);
	sink->ops->free(sink);
	ck_assert_str_eq(content(other), "old\nstill old\n");
	ck_assert_str_eq(content(path), "new\n");
}
END_TEST

START_TEST(a_failed_reopening_keeps_the_old_file)
{
	struct sn_sink *sink = open_sink(path);

	ck_assert_int_eq(put(sink, "one\n"), SN_OK);
	suite_expect(rename(path, other) == 0 && mkdir(path, 0700) == 0);
	ck_assert_int_eq(sink->ops->reopen(sink), SN_EIO);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(put(sink, "two\n"), SN_OK);
	sink->ops->free(sink);
	ck_assert_str_eq(content(other), "one\ntwo\n");
	rmdir(path);
}
END_TEST

START_TEST(no_descriptor_is_left_open)
{
	int before = dup(0);
	int after;

	close(before);
	for (int i = 0; i < 5; i++) {
		struct sn_sink *sink = open_sink(path);

		ck_assert_int_eq(sink->ops->reopen(sink), SN_OK);
		sink->ops->free(sink);
		ck_assert_int_eq(sn_sink_file_new(dir, &sink), SN_EIO);
	}
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}
END_TEST

START_TEST(what_cannot_be_opened_is_an_error_with_errno)
{
	struct sn_sink *sink = NULL;
	char missing[80];

	snprintf(missing, sizeof(missing), "%s/no/such", dir);
	ck_assert_int_eq(sn_sink_file_new(missing, &sink), SN_EIO);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(sn_sink_file_new(dir, &sink), SN_EIO);
	ck_assert_int_eq(errno, EISDIR);
	suite_expect(mkfifo(path, 0600) == 0);
	ck_assert_int_eq(sn_sink_file_new(path, &sink), SN_EIO);
	ck_assert_int_eq(errno, ENXIO); /* a FIFO that nobody reads is not waited for */
	ck_assert_ptr_null(sink);
}
END_TEST

START_TEST(a_fifo_works_until_its_reader_goes)
{
	struct sn_sink *sink;
	char text[8] = "";
	int fd;

	signal(SIGPIPE, SIG_IGN);
	suite_expect(mkfifo(path, 0600) == 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	suite_expect(fd >= 0);
	sink = open_sink(path);
	ck_assert_int_eq(put(sink, "one\n"), SN_OK);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "one\n");
	ck_assert_int_eq(sink->ops->flush(sink), SN_OK);
	close(fd);
	ck_assert_int_eq(put(sink, "two\n"), SN_EPIPE);
	sink->ops->free(sink);
}
END_TEST

START_TEST(devices_take_or_refuse)
{
	struct sn_sink *sink = open_sink("/dev/null");

	ck_assert_int_eq(put(sink, "one\n"), SN_OK);
	ck_assert_int_eq(sink->ops->flush(sink), SN_OK);
	sink->ops->free(sink);
	sink = open_sink("/dev/full");
	ck_assert_int_eq(put(sink, "one\n"), SN_ENOSPC);
	ck_assert_int_eq(put(sink, "one\n"), SN_ENOSPC);
	ck_assert_int_eq(errno, ENOSPC);
	sink->ops->free(sink);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {makes_the_file_and_appends,
				      the_label_names_the_path,
				      a_write_that_fails_half_way_leaves_no_half_record,
				      reopening_goes_on_in_a_new_file,
				      a_failed_reopening_keeps_the_old_file,
				      no_descriptor_is_left_open,
				      what_cannot_be_opened_is_an_error_with_errno,
				      a_fifo_works_until_its_reader_goes,
				      devices_take_or_refuse,
				      NULL};
	Suite *s = suite_create("file");
	TCase *tc = tcase_create("file");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
