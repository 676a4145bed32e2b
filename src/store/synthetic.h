/*
 * Made-up devices: system group, IF-MIB with any number of interfaces, entities, host tables. Every
 * value is a pure function of device, instance and time, so that a poller's values can be checked
 * and not only counted, and a hundred thousand devices need no memory. Immutable; any thread.
 *
 * Of a place only device and uptime count, and of uptime only hundredths of a second: whoever
 * fetched sysUpTime in the same answer can compute each value of the answer exactly. After a
 * restart the counters begin anew. The 32-bit counters are the low halves of the 64-bit ones.
 */
#ifndef SN_STORE_SYNTHETIC_H
#define SN_STORE_SYNTHETIC_H

#include "store/store.h"

enum { SN_SYNTHETIC_ROWS_MAX = 1000000 }; /* of a table */

struct sn_synthetic_config {
	uint32_t interfaces;   /* rows of ifTable and ifXTable, at least 1 */
	uint32_t entities;     /* rows of entPhysicalTable, 0: no such table */
	uint32_t processors;   /* rows of hrProcessorTable, 0: no HOST-RESOURCES-MIB */
	uint64_t seed;	       /* another seed, other values */
	uint64_t reboot_every; /* ns between restarts of a device, at a phase of its own; 0: never
				*/
	uint64_t reset_every;  /* ns between discontinuities of an interface's counters; 0: never */
	bool fast_wrap; /* Counter32s of octets wrap every 1 to 5 minutes, as on fast links; all
			   others do so once, as long after the device's start */
};

/* SN_EINVAL: rows, or a period below 1/100 s; SN_ENOMEM. */
SN_MUST_USE int sn_synthetic_new(const struct sn_synthetic_config *cfg, struct sn_store **st);

/*
 * When the device's management system last started, as ns before `age`, the ns since the simulation
 * began (below 2^62); and how often it did, counting from 1 (snmpEngineBoots). When the simulation
 * begins a device has been up for some time: any part of reboot_every, or without restarts any part
 * of the 497 days that sysUpTime can tell, so that one in 43 million wraps each 1/100 s.
 */
uint64_t sn_synthetic_uptime(const struct sn_store *st, uint32_t device, uint64_t age,
			     uint32_t *boots);

#endif
