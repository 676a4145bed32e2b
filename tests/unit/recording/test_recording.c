/*
 * Files of recordings: names, compression, reports. Behaviour of recording/recording.h as
 * recording.c, gzip.c and bzip2.c make it. The compressed octets are of the programs gzip and
 * bzip2.
 */
#include "recording_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char plain[] = "1.3.1|2|1\n1.3.2|4|two\n";

/* printf '1.3.1|2|1\n1.3.2|4|two\n' | gzip -n */
static const uint8_t gzipped[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
				  0x33, 0xd4, 0x33, 0xd6, 0x33, 0xac, 0x31, 0xaa, 0x31, 0xe4,
				  0x32, 0x04, 0xb2, 0x8c, 0x6a, 0x4c, 0x6a, 0x4a, 0xca, 0xf3,
				  0xb9, 0x00, 0x99, 0x19, 0xa3, 0x03, 0x16, 0x00, 0x00, 0x00};

/* the same | bzip2 */
static const uint8_t bzipped[] = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59,
				  0xf6, 0x2b, 0x3d, 0x04, 0x00, 0x00, 0x03, 0xd9, 0x80, 0x00,
				  0x10, 0x00, 0x01, 0x3c, 0x00, 0x00, 0x00, 0x84, 0x84, 0x20,
				  0x00, 0x21, 0xa7, 0xa8, 0x98, 0x9e, 0x84, 0x00, 0xc3, 0x2a,
				  0xd0, 0x9f, 0x95, 0xc9, 0x03, 0x1f, 0xf0, 0x7c, 0x2e, 0xe4,
				  0x8a, 0x70, 0xa1, 0x21, 0xec, 0x56, 0x7a, 0x08};

static char folder[64];

static void enter_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/sonde-recording-XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
	ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

/* Writes the file, loads it, removes it. */
static int load(struct rig *rig, const char *path, const void *data, size_t n)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	int rc;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
	sn_store_free(rig->st);
	rig->st = NULL;
	rig->report[0] = '\0';
	rc = sn_recording_load(path, rig_report, rig, &rig->result, &rig->st);
	ck_assert_int_eq(unlink(path), 0);
	return rc;
}

START_TEST(knows_formats_by_name)
{
	static const struct {
		const char *path;
		int rc;
		enum sn_recording_format format;
	} rows[] = {
		{"a.snmprec", SN_OK, SN_RECORDING_SNMPREC},
		{"dir.d/a.b.snmprec.gz", SN_OK, SN_RECORDING_SNMPREC},
		{"/a.snmprec.bz2", SN_OK, SN_RECORDING_SNMPREC},
		{"a.snmpwalk", SN_OK, SN_RECORDING_SNMPWALK},
		{"a.sapwalk.bz2", SN_OK, SN_RECORDING_SAPWALK},
		{"a.dump", SN_OK, SN_RECORDING_DUMP},
		{"a.MVC.gz", SN_OK, SN_RECORDING_DUMP},
		{"a.snmprec.xz", SN_ENOENT, 0},
		{"a.snmprec.gz.gz", SN_ENOENT, 0},
		{"a.txt", SN_ENOENT, 0},
		{"snmprec", SN_ENOENT, 0},
		{".gz", SN_ENOENT, 0},
		{"", SN_ENOENT, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum sn_recording_format format = 0;

		ck_assert_msg(sn_recording_format(rows[i].path, &format) == rows[i].rc, "%s",
			      rows[i].path);
		ck_assert_msg(format == rows[i].format, "%s", rows[i].path);
	}
}
END_TEST

START_TEST(loads_plain_and_compressed_files)
{
	struct rig *rig = rig_new();
	uint8_t twice[2 * sizeof(gzipped) + 2 * sizeof(bzipped)];

	enter_folder();
	ck_assert_int_eq(load(rig, "a.snmprec", plain, sizeof(plain) - 1), SN_OK);
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.2 4 74776f\n");
	ck_assert_int_eq(load(rig, "a.snmprec.gz", gzipped, sizeof(gzipped)), SN_OK);
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.2 4 74776f\n");
	ck_assert_int_eq(load(rig, "a.snmprec.bz2", bzipped, sizeof(bzipped)), SN_OK);
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.2 4 74776f\n");
	memcpy(twice, gzipped, sizeof(gzipped));
	memcpy(twice + sizeof(gzipped), gzipped, sizeof(gzipped));
	ck_assert_int_eq(load(rig, "a.snmprec.gz", twice, 2 * sizeof(gzipped)), SN_OK);
	ck_assert_uint_eq(rig->result.doubled, 2);
	memcpy(twice, bzipped, sizeof(bzipped));
	memcpy(twice + sizeof(bzipped), bzipped, sizeof(bzipped));
	ck_assert_int_eq(load(rig, "a.snmprec.bz2", twice, 2 * sizeof(bzipped)), SN_OK);
	ck_assert_uint_eq(rig->result.doubled, 2);
	ck_assert_int_eq(load(rig, "a.snmprec", plain, 0), SN_OK);
	ck_assert_str_eq(rig->report, "");
	leave_folder();
	rig_free(rig);
}
END_TEST

START_TEST(refuses_damaged_and_cut_files)
{
	struct rig *rig = rig_new();
	uint8_t bad[sizeof(gzipped) + sizeof(bzipped)];

	enter_folder();
	for (size_t n = 0; n < sizeof(gzipped); n++) {
		ck_assert_int_eq(load(rig, "a.snmprec.gz", gzipped, n), SN_EIO);
		ck_assert_str_eq(rig->report, "a.snmprec.gz: damaged, cut, or larger than 1 GiB\n");
		ck_assert(rig->st == NULL);
	}
	for (size_t n = 0; n < sizeof(bzipped); n++) {
		ck_assert_int_eq(load(rig, "a.snmprec.bz2", bzipped, n), SN_EIO);
	}
	memcpy(bad, gzipped, sizeof(gzipped));
	bad[sizeof(gzipped) - 5] ^= 1; /* the checksum's last octet */
	ck_assert_int_eq(load(rig, "a.snmprec.gz", bad, sizeof(gzipped)), SN_EIO);
	memcpy(bad, bzipped, sizeof(bzipped));
	bad[12] ^= 1; /* the block's checksum */
	ck_assert_int_eq(load(rig, "a.snmprec.bz2", bad, sizeof(bzipped)), SN_EIO);
	ck_assert_int_eq(load(rig, "a.snmprec.gz", plain, sizeof(plain)), SN_EIO);
	ck_assert_int_eq(load(rig, "a.snmprec.bz2", plain, sizeof(plain)), SN_EIO);
	leave_folder();
	rig_free(rig);
}
END_TEST

START_TEST(says_why_a_file_cannot_be_read)
{
	struct rig *rig = rig_new();

	enter_folder();
	ck_assert_int_eq(sn_recording_load("none.snmprec", rig_report, rig, &rig->result, &rig->st),
			 SN_ESYS);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(rig->report, "none.snmprec: No such file or directory\n");
	rig->report[0] = '\0';
	ck_assert_int_eq(mkdir("dir.snmprec", 0700), 0);
	ck_assert_int_eq(sn_recording_load("dir.snmprec", rig_report, rig, &rig->result, &rig->st),
			 SN_ESYS);
	ck_assert_str_eq(rig->report, "dir.snmprec: Is a directory\n");
	ck_assert_int_eq(rmdir("dir.snmprec"), 0);
	rig->report[0] = '\0';
	ck_assert_int_eq(sn_recording_load("a.txt", rig_report, rig, &rig->result, &rig->st),
			 SN_ENOENT);
	ck_assert(strstr(rig->report, "a.txt: no recording, expected a name that ends in"));
	ck_assert_int_eq(sn_recording_load("a.txt", NULL, NULL, &rig->result, &rig->st), SN_ENOENT);
	leave_folder();
	rig_free(rig);
}
END_TEST

START_TEST(tells_twenty_bad_lines_and_how_many_more)
{
	struct rig *rig = rig_new();
	char text[1000];
	size_t n = (size_t)snprintf(text, sizeof(text), "1.3|2|1\n");

	for (int i = 0; i < 23; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "bad\n");
	}
	rig_parse(rig, SN_RECORDING_SNMPREC, text);
	ck_assert_uint_eq(rig->result.bad, 23);
	ck_assert_uint_eq(rig->reports, 21);
	ck_assert(strstr(rig->report, "name:21: record 'bad', expected"));
	ck_assert(strstr(rig->report, "name:22: ") == NULL);
	ck_assert(strstr(rig->report, "\nname: 3 more lines left out\n"));
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		knows_formats_by_name,
		loads_plain_and_compressed_files,
		refuses_damaged_and_cut_files,
		says_why_a_file_cannot_be_read,
		tells_twenty_bad_lines_and_how_many_more,
		NULL,
	};

	return suite_run_tests("recording/recording", tests, 0);
}
