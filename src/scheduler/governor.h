/*
 * How many answers a worker may wait for at a time: the brake between "in_flight slots" and what
 * sockets, network and devices can take. Asked by session before a request is sent and by collect
 * before a round begins, told by session what was sent and answered and by the worker what was
 * dropped. Pure arithmetic on the worker's thread.
 *
 * The limit begins small and grows with each answer, so that nobody gets more at once than twice
 * what was answered just before (RFC 5681 section 3.1 in spirit). Up to what the receive buffers
 * hold when all answers come at once it grows by one an answer, beyond that by one in sixteen;
 * never while it is not used up. Drops at our sockets halve it, and from there on growth is slow.
 *
 * It also ends where it is of no use: half as much again under way without a quarter more answers a
 * second only makes a queue longer, somewhere between here and the devices (or here). Then the
 * limit goes back a step and rests for a while, before growth is tried anew.
 *
 * Where round trips are long, what is sent is spread over them at twice the pace of the answers,
 * for else a burst that once arose would come back with each round trip, larger every time.
 *
 * What counts against the limit are the attempts that may still be answered, not the slots: an
 * attempt older than answers usually are (smoothed round trip and four variations, RFC 6298 section
 * 2, but 100 ms at least) is written off, else dead devices, which hold their slots for seconds,
 * would use it up and starve the healthy.
 */
#ifndef SN_SCHEDULER_GOVERNOR_H
#define SN_SCHEDULER_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SN_GOVERNOR_START = 1024,   /* first limit */
	SN_GOVERNOR_MIN = 64,	    /* it is never cut below */
	SN_GOVERNOR_AGE_SHIFT = 23, /* log2 of the ns that one entry of sent[] stands for: 8.4 ms */
	SN_GOVERNOR_AGES = 256,	    /* entries of sent[], so no attempt counts longer than 2.1 s */
	/* A receive buffer's share of one frame as the kernel counts it: 2,304 for 484 to 1,500
	   octets over loopback, and drivers take no less for small ones. */
	SN_GOVERNOR_FRAME_COST = 2304,
	SN_GOVERNOR_FRAME = 1472 /* octets of an answer that one frame holds */
};

/* Usual round trips from which on what is sent is paced. */
#define SN_GOVERNOR_PACED_NS UINT64_C(40000000)

struct sn_governor {
	uint32_t limit;	     /* answers that may be awaited */
	uint32_t max;	     /* it never grows beyond: the worker's slots */
	uint32_t held;	     /* answers that the receive buffers hold at once */
	uint32_t fast;	     /* it grows quickly up to here, if held is not less: half of it at the
				last cut */
	uint32_t awaited;    /* attempts of sent[] */
	uint32_t sixteens;   /* answers that count for the next step of slow growth */
	uint32_t rcvbuf;     /* octets of receive buffer of one family */
	uint32_t octets;     /* of a usual answer, smoothed; 0: not known */
	uint64_t age;	     /* number of the newest entry of sent[], since the clock began */
	uint64_t oldest;     /* number of the oldest that counts */
	uint64_t full_age;   /* number of the newest one in which the limit was reached; 0: none */
	uint64_t cut_at;     /* mono ns of the last cut, 0: none */
	uint64_t rest_until; /* mono ns before which it does not grow */
	uint64_t paced_at;   /* mono ns up to which credit was earned */
	uint32_t credit;   /* attempts that the pace allows now; only where round trips are long */
	uint64_t epoch_at; /* mono ns at which the present epoch began: a round trip or more */
	uint32_t epoch_limit;		 /* the limit then */
	uint32_t epoch_answers;		 /* since then */
	uint64_t judged_rate;		 /* answers a second ... */
	uint32_t judged_limit;		 /* ... with this limit; 0: nothing to compare with */
	uint64_t cuts;			 /* in all */
	uint64_t srtt_ns;		 /* smoothed round trip over all devices; 0: no sample */
	uint64_t rttvar_ns;		 /* its variation */
	uint32_t sent[SN_GOVERNOR_AGES]; /* attempts without an answer, by age modulo this */
};

/*
 * max: slots. rcvbuf: octets of receive buffer that one family's sockets have together, as the
 * kernel counts them; 0: no brake at all, it is open for ever.
 */
void sn_governor_init(struct sn_governor *g, uint32_t max, uint64_t rcvbuf, uint64_t now);

/* The rcvbuf that holds answers of one frame to max requests at once. */
uint64_t sn_governor_rcvbuf(uint32_t max);

/* Whether one more may be sent. */
static inline bool sn_governor_is_open(const struct sn_governor *g)
{
	return g->awaited < g->limit && (g->credit || g->srtt_ns < SN_GOVERNOR_PACED_NS);
}

/* Time passes: writes off attempts that are too old to be answered. */
void sn_governor_advance(struct sn_governor *g, uint64_t now);

/* An attempt, retransmissions too, went out at mono ns now. */
void sn_governor_sent(struct sn_governor *g, uint64_t now);

/* The attempt of mono ns sent_at was answered at now. */
void sn_governor_answered(struct sn_governor *g, uint64_t sent_at, uint64_t now);

/* n datagrams, octets in all, were received: what a usual answer takes of the receive buffer. */
void sn_governor_received(struct sn_governor *g, uint64_t n, uint64_t octets);

/* The kernel dropped datagrams at our sockets. The limit is halved at most every 200 ms, so that
 * what was sent before the cut is not held against it. */
void sn_governor_dropped(struct sn_governor *g, uint64_t now);

#endif
