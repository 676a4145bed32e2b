/*
 * What a session knows about one agent: where it is, how to speak to it, how many requests it has
 * at the moment and how fast it answers. Owned by collect's target, lives on one worker.
 */
#ifndef SN_SESSION_DEVICE_H
#define SN_SESSION_DEVICE_H

#include "base/addr.h"
#include "base/list.h"
#include "base/span.h"
#include "session/retransmit.h"
#include "session/window.h"

struct sn_engine;
struct sn_pacer;
struct sn_usm_access;

/* In place of a socket. */
enum {
	SN_DEVICE_NO_SOCKET = -1, /* the host has none of the family */
	SN_DEVICE_UNPACED = -2	  /* there was no memory for its rate limit: it is not asked */
};

/* Of every target there is one, so it is kept small: two cache lines. */
struct sn_device {
	struct sn_addr addr; /* of the agent */
	int8_t version;	     /* enum sn_version */
	int8_t sock;	     /* io socket, or SN_DEVICE_... */
	bool any_source : 1; /* take answers from any address */
	bool suspect : 1;    /* version 3: fell silent; ask for its engine before anything else */
	bool fixed : 1;	     /* timers and window are as configured, whatever the device does */
	struct sn_span community;	    /* borrowed from the configuration snapshot */
	const struct sn_usm_access *access; /* version 3: as whom; borrowed as the community is */
	struct sn_engine *engine;    /* version 3: the agent's, once a message of it was believed */
	struct sn_engine *candidate; /* version 3: one the agent only claims to be */
	uint64_t resync_at;    /* mono ns before which no engine is given up again, 0: any time */
	struct sn_list parked; /* requests that wait for the window or for a rate limit */
	struct sn_retransmit rtt; /* round-trip times */
	uint32_t window;	  /* requests the user allows in flight, at least 1 */
	uint32_t in_flight;	  /* requests that hold a slot */
	struct sn_window aimd;	  /* requests the device was found to bear */
	struct sn_pacer *pace;	  /* rate limits (session/pacer.h), NULL: none */
};

_Static_assert(sizeof(struct sn_device) == 128, "two cache lines of every target");

struct sn_device_config {
	struct sn_addr addr;		    /* of the agent */
	int32_t version;		    /* enum sn_version */
	struct sn_span community;	    /* version 1 and 2c; must outlive the device */
	const struct sn_usm_access *access; /* version 3; must outlive the device */
	uint32_t window;		    /* at least 1 */
	bool any_source;		    /* take answers from any address */
	bool fixed;			    /* timers and window are not to adapt */
	int16_t sock;			    /* from sn_io_pick_socket */
};

void sn_device_init(struct sn_device *dev, const struct sn_device_config *cfg);

/*
 * New settings for a device without requests; what was learnt of its speed is kept if the address
 * is. Version 3: whoever calls this has made the session forget the engine (session/discovery.h).
 */
void sn_device_configure(struct sn_device *dev, const struct sn_device_config *cfg);

/*
 * Requests that may be in flight now: what the device bears, or one while the device's engine is
 * not known or in doubt, since the answer to that one decides how all others are to be sealed.
 */
static inline uint32_t sn_device_window(const struct sn_device *dev)
{
	if (dev->access && (!dev->engine || dev->suspect)) {
		return 1;
	}
	return dev->fixed ? dev->window : dev->aimd.size;
}

/* True when the agent's version has GETBULK (all but SNMPv1). */
bool sn_device_has_bulk(const struct sn_device *dev);

/* What the retransmission timers go by; NULL: they are fixed. */
static inline const struct sn_retransmit *sn_device_timing(const struct sn_device *dev)
{
	return dev->fixed ? NULL : &dev->rtt;
}

/*
 * A hash of what decides who answers and about what: address, version, community (agents tell
 * contexts by it), context. Equal before and after a change of other settings.
 */
uint64_t sn_device_identity(const struct sn_device *dev);

/* Octets of a usual answer of the device around its varbinds. */
uint32_t sn_device_overhead(const struct sn_device *dev);

#endif
