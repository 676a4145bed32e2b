/*
 * What goes wrong with simulated devices: decided by a seed, the device and the number of its
 * request, so that a run repeats. Pure functions over caller's memory; one thread per device.
 */
#ifndef SN_AGENT_FAULT_H
#define SN_AGENT_FAULT_H

#include "base/err.h"
#include "base/span.h"

enum {
	SN_FAULT_ALL = 1000000, /* parts per million */
	SN_FAULT_QUEUE = 256,	/* requests that wait for a slow CPU; more are lost, as they are
				   when a socket's buffer is full */
	SN_FAULT_WHY = 160	/* octets of the text that says what is wrong */
};

/* What an answer's way can be hit by; parts per million of answers, but for `share`. */
struct sn_fault_spec {
	uint32_t share_ppm;   /* of the devices that have these faults; 1,000,000: all */
	uint32_t dead_ppm;    /* of those devices: never answer */
	uint32_t loss_ppm;    /* not answered */
	uint32_t dup_ppm;     /* answered twice */
	uint32_t reorder_ppm; /* held back by reorder_ns */
	uint64_t reorder_ns;
	uint64_t delay_ns;     /* every answer: at least this */
	uint64_t jitter_ns;    /* plus a log-normal share whose median this is */
	uint32_t wrong_id_ppm; /* another request-id and msgID */
	uint32_t garbage_ppm;  /* random octets in place of the answer */
	uint32_t cut_ppm;      /* the answer without its end */
	uint32_t stall_ppm;    /* of requests: the device is silent for stall_ns from then on */
	uint64_t stall_ns;
	uint64_t service_ns;  /* CPU time of a request: requests queue behind each other */
	uint32_t rate;	      /* requests a second beyond which the device drops; 0: any */
	uint32_t max_message; /* octets of the largest answer; 0: no limit of its own */
	bool nonincreasing;   /* one column of the tables runs in a circle */
	bool forgets_boots;   /* snmpEngineBoots is 1 after every restart */
};

/* What a device remembers for its faults. Zeroed at first. */
struct sn_fault_state {
	uint64_t busy_until; /* mono ns: the CPU has work till then */
	uint64_t stalled;    /* mono ns: silent till then */
	uint64_t second;     /* mono s that `requests` counts */
	uint32_t requests;   /* in that second */
	uint32_t count;	     /* requests so far */
};

/* What happens to one answer. */
struct sn_fault_fate {
	bool dropped;	   /* no answer at all */
	uint8_t copies;	   /* 1 or 2; 0: dropped */
	uint64_t delay_ns; /* before it leaves */
	bool wrong_id;
	bool garbage;
	bool cut;
};

/*
 * Reads "loss=2%,delay=20ms,jitter=5ms,share=30%,dead=10%,..." as --fault takes it: each name as
 * in struct sn_fault_spec without its unit, once; shares as percent (%) or parts per million
 * (ppm), times with ns, us, ms, s, m or h, rate and max_message as whole numbers, flags without a
 * value. reorder and stall have both, how often and how long: "reorder=1%,reorder=50ms". What is
 * not named is off; share: all devices. SN_EINVAL: why (SN_FAULT_WHY octets) says what and what was
 * expected.
 */
SN_MUST_USE int sn_fault_parse(const char *text, struct sn_fault_spec *spec, char *why);

/* True when the device is one of those that have the faults. */
bool sn_fault_applies(const struct sn_fault_spec *spec, uint64_t seed, uint32_t device);

/*
 * Decides about the answer to a request that arrived now; a device that the faults do not apply to
 * only thinks. think_ns: the store's own delay, which keeps no CPU busy.
 */
void sn_fault_decide(const struct sn_fault_spec *spec, uint64_t seed, uint32_t device,
		     struct sn_fault_state *state, uint64_t now, uint64_t think_ns,
		     struct sn_fault_fate *fate);

/* Spoils a message in place: garbage and cut, by seed and what was in it. Returns its new length.
 */
size_t sn_fault_spoil(const struct sn_fault_fate *fate, uint64_t seed, uint8_t *msg, size_t n);

#endif
