/*
 * The limit of a meter, see meter.h. Worker thread.
 */
#include "session/meter.h"

/* Of a gap, ns: 13 days. Less than one in that time is not a rate. */
#define GAP_MAX_NS ((double)(UINT64_C(1) << 50))

/* Of what a full burst stands for, ns: 36 years, so that sums with the clock fit. */
#define SLACK_MAX_NS ((double)(UINT64_C(1) << 60))

static uint64_t round_up(double ns)
{
	uint64_t whole = (uint64_t)ns;

	return (double)whole < ns ? whole + 1 : whole;
}

void sn_meter_set(struct sn_meter *m, double rate, double burst, uint64_t now)
{
	double used = 0;
	double gap;
	double slack;

	if (rate <= 0) {
		*m = (struct sn_meter){0};
		return;
	}
	if (m->gap_ns && m->tat > now) {
		used = (double)(m->tat - now) / (double)m->gap_ns;
	}
	gap = 1e9 / rate;
	m->gap_ns = round_up(gap < GAP_MAX_NS ? gap : GAP_MAX_NS);
	slack = burst > 1 ? ((double)(uint64_t)burst - 1) * (double)m->gap_ns : 0;
	m->slack_ns = (uint64_t)(slack < SLACK_MAX_NS ? slack : SLACK_MAX_NS);
	m->tat = used > 0 ? now + round_up(used * (double)m->gap_ns) : 0;
}
