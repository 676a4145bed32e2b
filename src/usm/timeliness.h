/*
 * snmpEngineBoots and snmpEngineTime: a local notion of another engine's clock that runs on by
 * itself, and the time window of RFC 3414 §3.2 7) for both roles. Pure functions; now is mono ns.
 */
#ifndef SN_USM_TIMELINESS_H
#define SN_USM_TIMELINESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SN_WINDOW_S = 150,		  /* of RFC 3414 §2.2.3 */
	SN_ENGINE_BOOTS_MAX = 0x7fffffff, /* latched: nothing is authentic any more */
	SN_ENGINE_TIME_MAX = 0x7fffffff
};

/* What is known of an engine's clock (RFC 3414 §2.3). Zeroed: nothing. */
struct sn_engine_clock {
	uint64_t at;	 /* mono ns at which `time` was right */
	uint32_t boots;	 /* snmpEngineBoots */
	uint32_t time;	 /* snmpEngineTime at `at`, s */
	uint32_t latest; /* latestReceivedEngineTime */
	bool synced;	 /* set by an authenticated message */
};

/* The engine's boots and time now; time runs over into boots (RFC 3414 §2.2.2). */
void sn_engine_clock_read(const struct sn_engine_clock *c, uint64_t now, uint32_t *boots,
			  uint32_t *time);

/*
 * §3.2 7b, we are not authoritative: takes over what is newer (boots greater, or equal and time >
 * latest), then checks. Only for messages whose MAC was right. SN_ETIMEWINDOW: not in the window
 * (boots smaller than known or 2^31-1, or time more than 150 s behind); then only what was newer
 * has been taken over.
 */
SN_MUST_USE int sn_engine_clock_check(struct sn_engine_clock *c, uint32_t boots, uint32_t time,
				      uint64_t now);

/* §3.2 7a, we are authoritative. SN_ETIMEWINDOW. */
SN_MUST_USE int sn_timeliness_check_own(uint32_t own_boots, uint32_t own_time, uint32_t boots,
					uint32_t time);

#endif
