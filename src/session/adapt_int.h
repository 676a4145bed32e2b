/*
 * Between the life of a request (requester.c) and what is known of its device's speed
 * (retransmit.h, window.h): when an attempt is over, and what became of it teaches.
 */
#ifndef SN_SESSION_ADAPT_INT_H
#define SN_SESSION_ADAPT_INT_H

#include "session/requester.h"

/* Mono ns at which the current attempt, sent now, is over. */
uint64_t sn_adapt_deadline(const struct sn_session *s, const struct sn_request *rq);

/*
 * The timer fired, but so late that the worker itself must have been away (stopped, or short of
 * CPU): an answer may be in the socket already. True: the attempt got as much more time, once, for
 * the socket to be read.
 */
bool sn_adapt_excuse(struct sn_session *s, struct sn_request *rq, uint64_t now);

/*
 * After a Report that nobody signed an attempt has all of the user's timeout: the Report may be
 * forged, and the answer on its way. True: it got the rest of it.
 */
bool sn_adapt_await_better(struct sn_session *s, struct sn_request *rq, uint64_t now);

/* Nobody answered the current attempt in its time; another one follows. */
void sn_adapt_lost(struct sn_request *rq);

/* Nobody answered any attempt. */
void sn_adapt_silent(struct sn_request *rq);

/* The attempt of this number was answered after rtt ns. */
void sn_adapt_answered(struct sn_session *s, const struct sn_request *rq, unsigned number,
		       uint64_t rtt);

#endif
