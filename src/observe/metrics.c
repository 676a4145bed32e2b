/*
 * Prometheus' text format, see metrics.h. Called by daemon, on the main thread.
 */
#include "observe/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* By its name: counters, which end in _total, and gauges, which do not. */
static const char *type_of(const char *name)
{
	size_t n = strlen(name);

	return n > 6 && strcmp(name + n - 6, "_total") == 0 ? "counter" : "gauge";
}

size_t sn_metrics_write(const uint64_t v[SN_COUNTER_COUNT], char *out, size_t size)
{
	size_t n = 0;

	assert(size >= SN_METRICS_MAX);
	out[0] = '\0';
	for (unsigned id = 0; id < SN_COUNTER_COUNT && n < size; id++) {
		const char *name = sn_counter_name((enum sn_counter)id);

		/* help texts have neither a backslash nor a line end, which would need escapes */
		n += (size_t)snprintf(out + n, size - n,
				      "# HELP sonde_%s %s.\n# TYPE sonde_%s %s\n"
				      "sonde_%s %" PRIu64 "\n",
				      name, sn_counter_help((enum sn_counter)id), name,
				      type_of(name), name, v[id]);
	}
	return n < size ? n : size - 1;
}
