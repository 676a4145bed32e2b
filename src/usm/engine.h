/*
 * What we know of another engine: its ID, its clock, the largest message it takes, and our user's
 * keys localized for it. One per (device, engine), so that two devices that wrongly share an ID
 * never disturb each other. Lives in locked memory of one worker.
 */
#ifndef SN_USM_ENGINE_H
#define SN_USM_ENGINE_H

#include "msg/v3.h"
#include "usm/timeliness.h"
#include "usm/user.h"

struct sn_engine {
	struct sn_usm_keys keys;      /* of the device's user */
	struct sn_engine_clock clock; /* set by authenticated messages only */
	uint64_t hint_at;	      /* mono ns at which the hint was right */
	uint32_t hint_boots; /* what an unauthenticated Report said; used in requests until */
	uint32_t hint_time;  /* the clock is set, believed never */
	int32_t max_size;    /* msgMaxSize of its last message, 0: none came yet */
	uint8_t id_n;	     /* octets of id */
	uint8_t id[SN_V3_ENGINE_ID_MAX]; /* snmpEngineID */
};

/* Sets the ID and localizes the keys in zeroed memory. SN_EINVAL: not 5 to 32 octets; SN_ENOMEM. */
SN_MUST_USE int sn_engine_init(struct sn_engine *eng, const struct sn_usm_user *user,
			       struct sn_span id);

/* Wipes the keys. */
void sn_engine_fini(struct sn_engine *eng);

static inline struct sn_span sn_engine_id(const struct sn_engine *eng)
{
	return sn_span_make(eng->id, eng->id_n);
}

/* boots and time to put into a message now: the clock's, else the hint's, else 0 and 0. */
void sn_engine_now(const struct sn_engine *eng, uint64_t now, uint32_t *boots, uint32_t *time);

#endif
