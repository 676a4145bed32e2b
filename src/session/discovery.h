/*
 * What a session learns about the engines behind its SNMPv3 devices (RFC 3414 §4, §2.3): discovery,
 * candidates that must prove themselves, engines that changed, and clocks that went wrong. Worker
 * thread.
 *
 * Nothing unauthenticated changes what is known of an engine that once proved itself: a Report
 * that nobody signed only names a candidate, with which the exchange it answers goes on. The first
 * authenticated message of the candidate puts it in place. A user without authentication has
 * nothing better than an answer that fits.
 */
#ifndef SN_SESSION_DISCOVERY_H
#define SN_SESSION_DISCOVERY_H

#include "session/requester.h"

/* Forgets the engine of a device without requests: its settings change, or it goes. */
void sn_discovery_forget(struct sn_session *s, struct sn_device *dev);

#endif
