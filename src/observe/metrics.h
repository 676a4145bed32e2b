/*
 * Counters as Prometheus reads them: its text format, names and help texts from the one table of
 * counters. Pure function, any thread.
 */
#ifndef SN_OBSERVE_METRICS_H
#define SN_OBSERVE_METRICS_H

#include "base/counter.h"

#include <stddef.h>

enum { SN_METRICS_MAX = 256 * SN_COUNTER_COUNT }; /* octets that are always enough */

/*
 * Writes all counters as "sonde_<name>" with HELP and TYPE into out, NUL-terminated. size is at
 * least SN_METRICS_MAX. Returns the length.
 */
size_t sn_metrics_write(const uint64_t v[SN_COUNTER_COUNT], char *out, size_t size);

#endif
