/*
 * The plan of an open loop, see pace.h. Called by generator.c.
 */
#include "load/pace.h"

#include <math.h>

void sn_pace_init(struct sn_pace *p, double rate, uint64_t ramp_ns, uint32_t first, uint32_t every)
{
	p->gap = 1e9 / rate;
	p->ramp = (double)ramp_ns;
	p->ramped = p->ramp / p->gap / 2; /* on average half the rate */
	p->first = first;
	p->every = every;
}

uint64_t sn_pace_due(const struct sn_pace *p, uint64_t k)
{
	double n = (double)k * p->every + p->first;

	if (n < p->ramped) {
		/* the ramp's n(t) = t^2 / (2 ramp gap), turned round */
		return (uint64_t)sqrt(2 * n * p->ramp * p->gap);
	}
	return (uint64_t)(p->ramp + (n - p->ramped) * p->gap);
}

uint64_t sn_pace_count(const struct sn_pace *p, uint64_t t)
{
	double since = (double)t - p->ramp;
	double all = since < 0 ? (double)t * (double)t / (2 * p->ramp * p->gap)
			       : p->ramped + since / p->gap;
	double own = (all - p->first) / p->every;
	uint64_t n = own > 0 ? (uint64_t)own : 0;

	/* the fraction at hand is a rounded one: let due times decide */
	while (n > 0 && sn_pace_due(p, n - 1) >= t) {
		n--;
	}
	while (sn_pace_due(p, n) < t) {
		n++;
	}
	return n;
}
