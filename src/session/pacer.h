/*
 * Rate limits: how many datagrams a second, retransmissions included, may go to a device and to all
 * devices of a prefix. What may not go yet waits, in order, until it may. A device without a limit
 * costs one test of a pointer. collect says what limit a device has, daemon which prefixes have
 * one; requester.c asks (pacer_int.h). Worker thread.
 *
 * The limit of a prefix is for the whole program. Workers share nothing, so each has the share of
 * it that its targets are of all targets of the prefix.
 */
#ifndef SN_SESSION_PACER_H
#define SN_SESSION_PACER_H

#include "base/prefix.h"
#include "base/slab.h"

struct sn_device;
struct sn_session;
struct sn_prefix_entry;

enum {
	SN_PACER_RATE_MAX = 10000000, /* datagrams a second */
	SN_PACER_BURST_MAX = 1000000  /* datagrams */
};

/* Of all devices whose smallest prefix this is. */
struct sn_prefix_limit {
	struct sn_prefix prefix; /* first: an array of these is a table of prefixes */
	uint32_t rate;		 /* datagrams a second, at least 1 */
	uint32_t burst;		 /* datagrams at once, at least 1 */
	uint32_t targets;	 /* of the prefix, of all workers */
	uint32_t here;		 /* of these, on this worker */
};

/* A session's part of it. */
struct sn_pacing {
	struct sn_slab pacers;		/* memory of struct sn_pacer */
	struct sn_slab prefix_pacers;	/* memory of struct sn_prefix_pacer */
	struct sn_prefix_entry *prefix; /* table of those with a limit, heap */
	uint32_t nprefixes;		/* of them */
};

void sn_pacer_init(struct sn_session *s);

/* No request is under way any more. */
void sn_pacer_fini(struct sn_session *s);

/*
 * These prefixes have limits from now on, and no others. Devices keep the prefix they have until
 * sn_pacer_limit. SN_ENOMEM: nothing was changed.
 */
SN_MUST_USE int sn_pacer_set_prefixes(struct sn_session *s, const struct sn_prefix_limit *limits,
				      uint32_t n);

/*
 * Limits a device, configured and without requests, to so many datagrams a second (0: no limit of
 * its own), its window at once, and to what its prefix allows. Without memory for that the device
 * is not asked at all, requests end with SN_ENOMEM, until it is configured anew.
 */
void sn_pacer_limit(struct sn_session *s, struct sn_device *dev, uint32_t rate);

/* Lets go of what it has for a device, which goes away and has no requests. */
void sn_pacer_forget(struct sn_session *s, struct sn_device *dev);

#endif
