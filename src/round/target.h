/*
 * A target as configured (struct sn_target_spec, immutable, in the snapshot). What a worker
 * remembers about it is in collector.h.
 */
#ifndef SN_ROUND_TARGET_H
#define SN_ROUND_TARGET_H

#include "base/addr.h"
#include "plan/scalars.h"
#include "record/block.h"

struct sn_usm_access;

struct sn_target_spec {
	struct sn_origin origin;  /* instance and labels; the name that phase and worker derive from
				   */
	struct sn_addr addr;	  /* where to send */
	uint8_t version;	  /* enum sn_version */
	uint8_t retries;	  /* attempts after the first, at most 7 */
	bool any_source : 1;	  /* take answers from any address */
	bool fixed : 1;		  /* timers and window are not to adapt (session/device.h) */
	bool rates : 1;		  /* values are remembered for the rates that the plans have */
	int8_t resolve_err;	  /* SN_OK, or SN_ENOENT: the name has no address; rounds end as
				   * unresolved
				   */
	struct sn_span community; /* version 1 and 2c; secret */
	const struct sn_usm_access *access; /* version 3: as whom, and in which context; else NULL
					     */
	const struct sn_plan *const *plans; /* modules, in order */
	const struct sn_scalars *scalars;   /* of these plans */
	const char *modules;		    /* their names, comma-separated */
	uint32_t nplans;		    /* of plans */
	uint32_t max_reply;		    /* octets of answer to aim at */
	uint32_t max_rows;		    /* of one table */
	uint32_t window;		    /* requests in flight at this target */
	uint32_t labels_ttl_s;		    /* labels are read so often; 0: in every round */
	uint32_t rate_limit;		    /* datagrams a second to it at most, 0: any */
	uint64_t interval_ns;		    /* 0: round after round */
	uint64_t timeout_ns;		    /* of one attempt */
	uint64_t hash;			    /* of the instance name: worker, phase */
	uint64_t fingerprint; /* of everything above and the plans' text: equal means unchanged on
				 reload */
};

_Static_assert(sizeof(struct sn_target_spec) == 160, "a reload has a million of them twice");

#endif
