/*
 * The figures of this process, see process.h and proc(5). Called by serve for /metrics.
 */
#include "observe/process.h"

#include "base/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Unix s at which the system began, 0: not known. */
static double boot_time(void)
{
	FILE *f = fopen("/proc/stat", "re");
	unsigned long long s = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "btime %llu", &s) == 1) {
			break;
		}
	}
	if (f) {
		fclose(f);
	}
	return (double)s;
}

/* /proc/self/stat: the name may hold anything, so reading begins behind its parenthesis. */
static void read_stat(struct sn_process *p)
{
	const double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	unsigned long long threads;
	unsigned long long start;
	unsigned long long size;
	long long pages;
	char text[1024];
	const char *rest;
	FILE *f = fopen("/proc/self/stat", "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f) {
		fclose(f);
	}
	text[n] = '\0';
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest,
			    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			    "%*d %*d %llu %*d %llu %llu %lld",
			    &threads, &start, &size, &pages) != 4) {
		return;
	}
	p->start_s = boot_time() + (double)start * tick;
	p->threads = threads;
	p->virtual_size = size;
	p->resident = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!d) {
		return 0;
	}
	for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
		n += e->d_name[0] != '.';
	}
	closedir(d);
	return n - 1; /* without the one that was opened for counting */
}

void sn_process_read(struct sn_process *p)
{
	struct rlimit limit;

	memset(p, 0, sizeof(*p));
	read_stat(p);
	p->cpu_s = (double)sn_clock_read(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
	p->open_fds = count_fds();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		p->max_fds = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
	}
}
