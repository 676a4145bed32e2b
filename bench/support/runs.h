/*
 * What benchmarks of kernels share: the options of their command lines, and the order of the times
 * that they measured.
 */
#ifndef BENCH_SUPPORT_RUNS_H
#define BENCH_SUPPORT_RUNS_H

#include <stdbool.h>

enum {
	RUNS_MAX = 1001, /* runs to take the median of, at most */
	RUNS_USUAL = 201 /* without an option */
};

/* What a command line asks for. */
struct runs_options {
	unsigned repeats;    /* runs to time of each kernel; 1 to RUNS_MAX */
	unsigned iterations; /* of kernel */
	const char *kernel;  /* the only one to run, once, for callgrind; NULL: time all */
};

/*
 * Reads `[--quick | --repeats N | --callgrind N KERNEL]`. False: it is something else, and the
 * usage was said on stderr.
 */
bool runs_read_options(struct runs_options *opt, const char *program, int argc, char **argv);

/* Sorts n times, the shortest first, and returns the median; of none: 0. */
double runs_median(double *times, unsigned n);

#endif
