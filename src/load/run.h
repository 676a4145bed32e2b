/*
 * What one worker of a load test is to do from begin to over. Made by daemon; pure functions.
 */
#ifndef SN_LOAD_RUN_H
#define SN_LOAD_RUN_H

#include "load/pace.h"

enum sn_run_kind {
	SN_RUN_IDLE,   /* nothing: fewer requests than threads */
	SN_RUN_MEET,   /* one uncounted request to each target, which settles SNMPv3's engines;
			  targets without an answer are left out of all runs that follow */
	SN_RUN_CLOSED, /* so many in flight */
	SN_RUN_OPEN    /* so many a second */
};

/* What one worker is to do. */
struct sn_run {
	enum sn_run_kind kind; /* how requests follow each other */
	uint64_t start;	       /* mono ns; the past: now */
	uint64_t duration_ns;  /* nothing is sent after it; 0: no limit */
	uint64_t requests;     /* at most so many; 0: no limit */
	uint32_t in_flight;    /* closed: requests at a time, at least 1 */
	uint64_t ramp_ns;      /* closed: time in which their number grows from 1 */
	double cap;	       /* closed: no more than so many requests/s; 0: no limit */
	struct sn_pace pace;   /* open: when they are due */
};

/* Requests that a closed loop has in flight at mono ns now, at least 1. */
static inline uint32_t sn_run_allowed(const struct sn_run *run, uint64_t now)
{
	uint64_t since = now - run->start;

	if (since >= run->ramp_ns) {
		return run->in_flight;
	}
	return 1 + (uint32_t)((double)(run->in_flight - 1) * (double)since / (double)run->ramp_ns);
}

#endif
