/*
 * The options and the median of runs.h.
 */
#include "support/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool runs_read_options(struct runs_options *opt, const char *program, int argc, char **argv)
{
	*opt = (struct runs_options){.repeats = RUNS_USUAL};
	if (argc == 4 && strcmp(argv[1], "--callgrind") == 0) {
		opt->iterations = (unsigned)strtoul(argv[2], NULL, 10);
		opt->kernel = argv[3];
		return true;
	}
	if (argc == 3 && strcmp(argv[1], "--repeats") == 0) {
		opt->repeats = (unsigned)strtoul(argv[2], NULL, 10);
	} else if (argc == 2 && strcmp(argv[1], "--quick") == 0) {
		opt->repeats = 3;
	} else if (argc != 1) {
		opt->repeats = 0;
	}
	if (opt->repeats == 0 || opt->repeats > RUNS_MAX) {
		fprintf(stderr, "usage: %s [--quick | --repeats 1..%d | --callgrind N KERNEL]\n",
			program, RUNS_MAX);
		return false;
	}
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double runs_median(double *times, unsigned n)
{
	qsort(times, n, sizeof(times[0]), by_value);
	return n ? times[n / 2] : 0;
}
