/*
 * When requests are due: a fixed rate, reached over a ramp if one is wanted. The k-th of all
 * requests has one due time, whatever happened to those before it: an agent that stalls does not
 * slow the plan down, so the wait of every request it holds up is counted ("coordinated omission"
 * is what load tests suffer from that measure otherwise). Pure arithmetic.
 */
#ifndef SN_LOAD_PACE_H
#define SN_LOAD_PACE_H

#include <stdint.h>

struct sn_pace {
	double gap;	/* ns between requests at the full rate */
	double ramp;	/* ns in which the rate grows from 0, evenly; 0: at once */
	double ramped;	/* requests due in that time */
	uint32_t first; /* this thread's first request among those of all threads, ... */
	uint32_t every; /* ... of which every so-manyth is its own; at least 1 */
};

/* rate: requests/s of all threads, above 0. Thread number `first` of `every` threads. */
void sn_pace_init(struct sn_pace *p, double rate, uint64_t ramp_ns, uint32_t first, uint32_t every);

/* ns after the start at which this thread's k-th request (from 0) is due. */
uint64_t sn_pace_due(const struct sn_pace *p, uint64_t k);

/* How many requests of this thread are due before t ns after the start. */
uint64_t sn_pace_count(const struct sn_pace *p, uint64_t t);

#endif
