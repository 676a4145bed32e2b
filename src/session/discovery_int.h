/*
 * What requester.c and secure.c tell discovery.c, and ask it. See discovery.h for the rules.
 */
#ifndef SN_SESSION_DISCOVERY_INT_H
#define SN_SESSION_DISCOVERY_INT_H

#include "msg/usm_params.h"
#include "session/discovery.h"
#include "usm/engine.h"

/* The engine the request is to be sealed for; *eng NULL: it must be discovered first. SN_ENOMEM. */
SN_MUST_USE int sn_discovery_choose(struct sn_session *s, struct sn_request *rq,
				    struct sn_engine **eng);

/* The device's engine or candidate of this ID; NULL: neither. */
struct sn_engine *sn_discovery_find(const struct sn_device *dev, struct sn_span id);

/*
 * An unauthenticated Report answered rq with the ID of the engine that is there. SN_OK: sealing rq
 * anew makes sense. SN_EENGINE: it does not: no ID, the user's keys are bound to another, or the
 * device has changed its engine a moment ago; SN_ENOMEM.
 */
SN_MUST_USE int sn_discovery_learn(struct sn_session *s, struct sn_request *rq,
				   const struct sn_usm_params *p);

/* A message of this engine was believed: it is the device's from now on. */
void sn_discovery_confirm(struct sn_session *s, struct sn_device *dev, struct sn_engine *eng);

/*
 * A message with a right MAC was outside the engine's time window. True: its clock was given up and
 * will be learnt anew (RFC 3414 §4); that is allowed once a minute.
 */
bool sn_discovery_give_up_clock(struct sn_session *s, struct sn_device *dev, struct sn_engine *eng);

/* All attempts of rq stayed without an answer. */
void sn_discovery_silent(struct sn_session *s, struct sn_request *rq);

#endif
