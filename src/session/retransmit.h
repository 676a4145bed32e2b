/*
 * When a request that is not answered is sent again: the retransmission timer of RFC 6298 for one
 * device, with exponential back-off, inside the user's timeout. Pure arithmetic, called by device.c
 * and requester.c on the worker's thread.
 *
 * The timers say when to ask again, never when to give up: that is where the user's fixed timers
 * would give up. Of three attempts or more the last one is not sent before the fixed timers would
 * send it, so that an agent that is away for a while is found again as it would be with them.
 */
#ifndef SN_SESSION_RETRANSMIT_H
#define SN_SESSION_RETRANSMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A timer is longer than the usual round trip by this at least: G of RFC 6298 §2.3, which stands
 * for what the last answers did not show, and has its 1 s of §2.4 for TCP, where a retransmission
 * that was not needed costs a slow start. tests/replay/test_loss.c has the figures behind it.
 */
#define SN_RETRANSMIT_MIN_NS (UINT64_C(10) * 1000000)

enum sn_retransmit_mode {
	SN_RETRANSMIT_ADAPTIVE, /* timers and window follow the device */
	SN_RETRANSMIT_FIXED	/* timers and window are the user's */
};

/* What a device's round-trip times were so far. */
struct sn_retransmit {
	uint32_t srtt_us;   /* SRTT of RFC 6298, 0: no sample */
	uint32_t rttvar_us; /* RTTVAR of RFC 6298 */
};

/* One attempt of a request. */
struct sn_attempt {
	uint64_t sent_at;    /* mono ns */
	uint64_t timeout_ns; /* the user's, of one attempt */
	uint64_t give_up_at; /* mono ns, the end of the user's patience with the request */
	uint32_t noise;	     /* anything random: keeps devices apart that were lost together */
	unsigned number;     /* from 1 */
	unsigned max;	     /* attempts that the request may make */
};

/* One round-trip time (RFC 6298 §2.2, §2.3). */
void sn_retransmit_sample(struct sn_retransmit *rt, uint64_t rtt_ns);

/* RTO, ns (RFC 6298 §2.3, §2.4); at most timeout_ns, which it is before the first sample (§2.1). */
uint64_t sn_retransmit_rto(const struct sn_retransmit *rt, uint64_t timeout_ns);

/*
 * Mono ns at which the attempt is over: the next one is due, or the request is given up.
 * rt NULL: the fixed timers.
 */
uint64_t sn_retransmit_deadline(const struct sn_retransmit *rt, const struct sn_attempt *at);

#endif
