/*
 * Retransmission timers, see retransmit.h. Worker thread.
 */
#include "session/retransmit.h"

#include "base/clock.h"

/* Jitter is at most an eighth of the timer: 255 parts of 2^11. */
enum { JITTER_SHIFT = 11 };

/*
 * Of a device of which one round trip is known: its first answer is to a small GET, the next ones
 * to GETBULKs that may take it tens of ms. RFC 6298 has half of the sample. A dozen samples later
 * it does not matter any more.
 */
enum { FIRST_VARIATION_US = 50000 };

/* A longer round trip counts as this one, so that sums of eight fit 32 bits: 8 minutes. */
enum { SAMPLE_MAX_US = (1 << 29) - 1 };

void sn_retransmit_sample(struct sn_retransmit *rt, uint64_t rtt_ns)
{
	uint64_t us = (rtt_ns + SN_NS_PER_US - 1) / SN_NS_PER_US;
	uint32_t r = us > SAMPLE_MAX_US ? SAMPLE_MAX_US : (uint32_t)us;
	uint32_t diff;

	if (rt->srtt_us == 0) {
		rt->srtt_us = r ? r : 1; /* 0 would mean none */
		rt->rttvar_us = r / 2 > FIRST_VARIATION_US ? r / 2 : FIRST_VARIATION_US;
		return;
	}
	diff = rt->srtt_us > r ? rt->srtt_us - r : r - rt->srtt_us;
	rt->rttvar_us = (3 * rt->rttvar_us + diff) / 4;
	rt->srtt_us = (7 * rt->srtt_us + r) / 8;
	rt->srtt_us = rt->srtt_us ? rt->srtt_us : 1;
}

uint64_t sn_retransmit_rto(const struct sn_retransmit *rt, uint64_t timeout_ns)
{
	uint64_t variation = 4 * SN_NS_PER_US * rt->rttvar_us;
	uint64_t rto;

	if (rt->srtt_us == 0) {
		return timeout_ns;
	}
	rto = rt->srtt_us * SN_NS_PER_US +
	      (variation > SN_RETRANSMIT_MIN_NS ? variation : SN_RETRANSMIT_MIN_NS);
	return rto < timeout_ns ? rto : timeout_ns;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t sn_retransmit_deadline(const struct sn_retransmit *rt, const struct sn_attempt *at)
{
	uint64_t fixed = at->sent_at + at->timeout_ns;
	uint64_t wait;

	if (at->number >= at->max) {
		return later(fixed, at->give_up_at);
	}
	if (!rt || rt->srtt_us == 0) {
		return fixed;
	}
	wait = sn_retransmit_rto(rt, at->timeout_ns) << (at->number - 1);
	wait += (wait * (at->noise & 0xff)) >> JITTER_SHIFT;
	wait = wait < at->timeout_ns ? wait : at->timeout_ns;
	if (at->number + 1 == at->max && at->max > 2) {
		return later(at->sent_at + wait, at->give_up_at - at->timeout_ns);
	}
	return at->sent_at + wait;
}
