/*
 * What the spool costs: records appended and committed in groups of 1, 64 and 1,000 into a real
 * directory, beside the same octets written and synced with nothing around them; records read back
 * and acknowledged; checksums by instruction and by table. Medians of several runs. What comes back
 * must be what was appended.
 *
 *   bench_spool [--quick] [--dir DIRECTORY] [--repeats N]
 *
 * The disk decides: name a directory on the one that is meant. The default is the current one.
 */
#include "base/clock.h"
#include "spool/crc32c.h"
#include "spool/disk.h"
#include "spool/spool.h"

#include "support/runs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_REPEATS = 101, BUFFER = 4 << 20, LONGEST = 64 << 10 };

/* One way to append. */
struct shape {
	unsigned group;	 /* records committed together */
	unsigned groups; /* in one run */
	size_t record;	 /* octets of payload */
};

static const struct shape shapes[] = {
	{1, 200, 1024},	 {64, 100, 1024}, {1000, 40, 1024},
	{1, 200, 10240}, {64, 50, 10240}, {1000, 10, 10240},
};

enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* Seconds of one shape's runs. */
struct times {
	double append[MAX_REPEATS]; /* appended and committed */
	double cpu[MAX_REPEATS];    /* of that: CPU */
	double bare[MAX_REPEATS];   /* the same octets written and synced */
	double replay[MAX_REPEATS]; /* read and acknowledged */
};

static uint8_t payload[LONGEST];
static char dir[4096];

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "bench_spool: %s\n", what);
	exit(1);
}

static void empty_dir(void)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d) {
		closedir(d);
	}
}

static struct sn_spool *open_spool(void)
{
	struct sn_spool_config cfg = {.boot = 1};
	struct sn_disk *disk;
	struct sn_spool *sp;

	if (sn_disk_dir_new(dir, &disk) || sn_spool_open(disk, &cfg, 1, &sp)) {
		die("the directory cannot be used");
	}
	return sp;
}

static double now(clockid_t id)
{
	return (double)sn_clock_read(id) / 1e9;
}

static void append(struct sn_spool *sp, const struct shape *s, unsigned groups)
{
	struct sn_spool_entry e = {.key = sn_span_str("192.0.2.117"),
				   .payload = sn_span_make(payload, s->record),
				   .rows = 48};

	for (unsigned g = 0; g < groups; g++) {
		for (unsigned i = 0; i < s->group; i++) {
			if (sn_spool_append(sp, &e, 1, NULL)) {
				die("append failed");
			}
		}
		if (sn_spool_commit(sp)) {
			die("commit failed");
		}
	}
}

static void replay(struct sn_spool *sp, const struct shape *s, unsigned groups)
{
	struct sn_spool_record r;
	unsigned n = 0;

	while (sn_spool_read(sp, &r) == SN_OK) {
		if (!sn_span_eq(r.payload, sn_span_make(payload, s->record)) ||
		    sn_spool_ack(sp, r.number)) {
			die("something else came back");
		}
		n++;
	}
	if (n != groups * s->group) {
		die("records are missing");
	}
}

/* The same octets in the same groups, written and synced. */
static void write_bare(const struct shape *s, unsigned groups)
{
	static uint8_t buffer[BUFFER];
	char name[4200];
	uint64_t at = 0;
	int fd;

	snprintf(name, sizeof(name), "%s/bare", dir);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		die("no file for the comparison");
	}
	for (unsigned g = 0; g < groups; g++) {
		size_t left = s->group * (s->record + 72);

		while (left) {
			size_t n = left < sizeof(buffer) ? left : sizeof(buffer);

			if (pwrite(fd, buffer, n, (off_t)at) != (ssize_t)n || fdatasync(fd)) {
				die("the comparison failed");
			}
			at += n;
			left -= n;
		}
	}
	close(fd);
}

static void run(const struct shape *s, unsigned groups, struct times *t, unsigned i)
{
	struct sn_spool *sp;
	double begin;
	double cpu;

	empty_dir();
	sp = open_spool();
	begin = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	append(sp, s, groups);
	t->append[i] = now(CLOCK_MONOTONIC) - begin;
	t->cpu[i] = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	begin = now(CLOCK_MONOTONIC);
	replay(sp, s, groups);
	t->replay[i] = now(CLOCK_MONOTONIC) - begin;
	if (sn_spool_close(sp)) {
		die("closing failed");
	}
	begin = now(CLOCK_MONOTONIC);
	write_bare(s, groups);
	t->bare[i] = now(CLOCK_MONOTONIC) - begin;
}

static void report(const struct shape *s, struct times *t, unsigned repeats)
{
	double records = (double)s->group * s->groups;
	double mb = records * (double)s->record / 1e6;
	double append_s = runs_median(t->append, repeats);
	double replay_s = runs_median(t->replay, repeats);

	printf("%6zu %6u %11.0f %8.1f %8.2f %10.2f %12.0f %8.1f\n", s->record, s->group,
	       records / append_s, mb / append_s, runs_median(t->bare, repeats) / append_s,
	       runs_median(t->cpu, repeats) / records * 1e6, records / replay_s, mb / replay_s);
}

/* GB/s of a sum over so many octets at a time. */
static double sum_speed(uint32_t (*sum)(uint32_t, const void *, size_t), size_t n, unsigned turns)
{
	double best = 0;
	uint32_t crc = 0;

	for (int i = 0; i < 5; i++) {
		double begin = now(CLOCK_MONOTONIC);
		double speed;

		for (unsigned k = 0; k < turns; k++) {
			crc = sum(crc, payload, n);
		}
		speed = (double)n * turns / (now(CLOCK_MONOTONIC) - begin) / 1e9;
		best = speed > best ? speed : best;
	}
	return crc == 1 ? 0 : best;
}

static void report_sums(void)
{
	static const size_t lengths[] = {64, 1024, 10240};

	printf("\nCRC-32C, GB/s (%s)\n%6s %8s %8s\n",
	       sn_crc32c_hardware() ? "by instruction" : "no instruction here", "octets", "used",
	       "table");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned turns = (unsigned)((64 << 20) / lengths[i]);

		printf("%6zu %8.2f %8.2f\n", lengths[i], sum_speed(sn_crc32c, lengths[i], turns),
		       sum_speed(sn_crc32c_table, lengths[i], turns));
	}
}

int main(int argc, char **argv)
{
	const char *parent = ".";
	unsigned repeats = 7;
	bool quick = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0) {
			quick = true;
		} else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
			parent = argv[++i];
		} else if (strcmp(argv[i], "--repeats") == 0 && i + 1 < argc) {
			repeats = (unsigned)strtoul(argv[++i], NULL, 10);
		} else {
			fprintf(stderr, "usage: bench_spool [--quick] [--dir DIRECTORY] "
					"[--repeats N]\n");
			return 2;
		}
	}
	repeats = repeats < 1 ? 1 : repeats > MAX_REPEATS ? MAX_REPEATS : repeats;
	snprintf(dir, sizeof(dir), "%s/bench-spool-XXXXXX", parent);
	if (!mkdtemp(dir)) {
		die("no directory of its own");
	}
	for (size_t i = 0; i < sizeof(payload); i++) {
		payload[i] = (uint8_t)(i * 2654435761u >> 13);
	}
	if (!quick) {
		printf("%6s %6s %11s %8s %8s %10s %12s %8s\n", "octets", "group", "appended/s",
		       "MB/s", "of bare", "us CPU/rec", "replayed/s", "MB/s");
	}
	for (size_t k = 0; k < SHAPES; k++) {
		static struct times t;

		for (unsigned i = 0; i < (quick ? 1 : repeats); i++) {
			run(&shapes[k], quick ? 2 : shapes[k].groups, &t, i);
		}
		if (!quick) {
			report(&shapes[k], &t, repeats);
		}
	}
	empty_dir();
	rmdir(dir);
	if (!quick) {
		report_sums();
	}
	return 0;
}
