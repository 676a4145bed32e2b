/*
 * Simulated devices: many addresses, each a device with a store, an SNMP engine, values of its own
 * that were set, and faults. The fleet is immutable and shared by all workers; what changes is in
 * sn_fleet_worker, and what a device needs of it is made when the device first needs it: one that
 * is only asked by v1 and v2c and has no faults takes a pointer.
 */
#ifndef SN_AGENT_FLEET_H
#define SN_AGENT_FLEET_H

#include "agent/fault.h"
#include "agent/overlay.h"
#include "session/responder.h"
#include "usm/keys.h"

enum { SN_FLEET_RANGES_MAX = 8, SN_FLEET_DEVICES_MAX = 4 << 20 };

/* Addresses with a device each, counted up from the first. */
struct sn_fleet_range {
	struct sn_addr first; /* with the port */
	uint32_t n;	      /* addresses */
	uint32_t device;      /* number of the first one's device */
	bool any;	      /* n is 1: one device, whatever address was asked under the port */
};

/* A recording by the name that a community or context gives it. */
struct sn_fleet_recording {
	const char *name;	      /* path below the data folder without its suffix */
	const struct sn_store *store; /* shared */
	char digest[33]; /* MD5 of the name in hexadecimal: the context snmpsim gives it */
};

/* What all devices are made of. Everything is borrowed and outlives the workers. */
struct sn_fleet {
	struct sn_fleet_range range[SN_FLEET_RANGES_MAX];
	uint32_t nranges;
	uint32_t devices;		      /* in all ranges */
	const char *community;		      /* of a device's own store; NULL: none */
	const struct sn_store *synthetic;     /* NULL: devices have recordings, in turn */
	struct sn_fleet_recording *recording; /* sorted by name after sn_fleet_sort */
	uint32_t nrecordings;
	const struct sn_usm_user *user; /* known to every engine */
	uint32_t nusers;
	struct sn_fault_spec fault; /* zeroed: none */
	bool has_faults;	    /* fault says anything */
	bool writable;		    /* SET is allowed */
	uint64_t seed;		    /* of faults and engines */
	uint64_t began;		    /* mono ns at which the simulation began */
	uint64_t age;		    /* ns that it counts as older than that */
	uint32_t boots;		    /* of every engine, before the simulation began */
	uint32_t max_message;	    /* octets of an answer, 484 to 65507 */
	uint32_t max_varbinds;	    /* of an answer to GETBULK; 0: as many as fit */
};

/* Sorts the recordings and fills in their digests. SN_EEXIST: two have one name. */
SN_MUST_USE int sn_fleet_sort(struct sn_fleet *f);

/* Number of the device at an address; SN_ENOENT (negative): none. */
int64_t sn_fleet_find(const struct sn_fleet *f, const struct sn_addr *to);

/* The address of a device. number is less than f->devices. */
struct sn_addr sn_fleet_addr(const struct sn_fleet *f, uint32_t number);

/* Where and when a device's store is asked; its boots go to *boots if that is not NULL. */
struct sn_store_place sn_fleet_place(const struct sn_fleet *f, uint32_t number, uint64_t now,
				     uint64_t wall, uint32_t *boots);

struct sn_fleet_device;

/* One worker's part. */
struct sn_fleet_worker {
	const struct sn_fleet *fleet;	 /* what there is */
	struct sn_worker *w;		 /* whose thread */
	struct sn_responder responder;	 /* takes requests in */
	struct sn_keys states;		 /* memory of devices' states: keys are in it */
	struct sn_fleet_device **device; /* by number; NULL: no state yet */
	uint32_t *made;			 /* numbers of those that have one */
	uint32_t nmade;			 /* of these */
	uint32_t made_room;
	struct sn_fault_fate fate; /* of the answer under way */
	uint8_t *vbs;		   /* varbinds of the answer under way */
};

/* Hooks into w's io. SN_ENOMEM. */
SN_MUST_USE int sn_fleet_worker_init(struct sn_fleet_worker *fw, const struct sn_fleet *f,
				     struct sn_worker *w);

void sn_fleet_worker_fini(struct sn_fleet_worker *fw);

#endif
