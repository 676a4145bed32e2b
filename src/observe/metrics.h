/*
 * Prometheus' text format (version 0.0.4): the counters of the one table with their help texts, and
 * families of samples with labels for all else that a program tells about itself. Names and help
 * texts are the program's own and need no escapes; values of labels may be anything. Any thread.
 */
#ifndef SN_OBSERVE_METRICS_H
#define SN_OBSERVE_METRICS_H

#include "base/counter.h"
#include "base/hist.h"

#include <stddef.h>
#include <stdio.h>

enum { SN_METRICS_MAX = 320 * SN_COUNTER_COUNT }; /* octets that are always enough */

/* Of a sample. */
struct sn_metrics_label {
	const char *name;  /* as Prometheus allows it */
	const char *value; /* any octets; what is not UTF-8 becomes U+FFFD */
};

/* A sample's labels; n 0: none. */
struct sn_metrics_labels {
	const struct sn_metrics_label *v; /* in the order in which they are written */
	unsigned n;			  /* of them */
};

/*
 * Writes all counters as "sonde_<name>" with HELP and TYPE into out, NUL-terminated. size is at
 * least SN_METRICS_MAX. Returns the length.
 */
size_t sn_metrics_write(const uint64_t v[SN_COUNTER_COUNT], char *out, size_t size);

/* "counter" for names that end in _total, else "gauge". */
const char *sn_metrics_type(const char *name);

/* HELP (a full stop is added) and TYPE; the samples follow. */
void sn_metrics_family(FILE *out, const char *name, const char *type, const char *help);

/* One sample of a whole number. */
void sn_metrics_uint(FILE *out, const char *name, struct sn_metrics_labels labels, uint64_t v);

/* One sample of a real number, with up to 15 digits. */
void sn_metrics_real(FILE *out, const char *name, struct sn_metrics_labels labels, double v);

/*
 * The samples of a histogram of nanoseconds, in seconds: buckets from 1 ms to 5 minutes, sum and
 * count. Values less than a sixteenth below a bound may be counted in the next bucket.
 */
void sn_metrics_durations(FILE *out, const char *name, const struct sn_hist *h);

#endif
