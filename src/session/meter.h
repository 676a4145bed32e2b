/*
 * Whether one more datagram is within a rate: the generic cell rate algorithm in its virtual
 * scheduling form (ITU-T I.371 annex A). Up to `burst` at once, and over any time no more than that
 * and rate times the time. Pure arithmetic, called by pacer.c on the worker's thread.
 *
 * (The name pace is taken: load/pace.h plans when requests are due, which is the opposite of
 * holding them back.)
 */
#ifndef SN_SESSION_METER_H
#define SN_SESSION_METER_H

#include <stdbool.h>
#include <stdint.h>

struct sn_meter {
	uint64_t gap_ns;   /* between datagrams at the full rate, 0: no limit */
	uint64_t slack_ns; /* how far ahead of that one may be: burst - 1 gaps */
	uint64_t tat;	   /* theoretical arrival time of the next one, mono ns */
};

/*
 * Sets the limit: rate in datagrams a second, 0: none; burst in datagrams, what is below 1 counts
 * as 1. What was used up of the burst under the limit before stays used up. now: mono ns.
 */
void sn_meter_set(struct sn_meter *m, double rate, double burst, uint64_t now);

/* Mono ns from which on one more may be sent. */
static inline uint64_t sn_meter_at(const struct sn_meter *m)
{
	return m->tat > m->slack_ns ? m->tat - m->slack_ns : 0;
}

static inline bool sn_meter_conforms(const struct sn_meter *m, uint64_t now)
{
	return now >= sn_meter_at(m);
}

/* One is sent at mono ns now. */
static inline void sn_meter_take(struct sn_meter *m, uint64_t now)
{
	m->tat = (m->tat > now ? m->tat : now) + m->gap_ns;
}

#endif
