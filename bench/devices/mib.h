/*
 * What all devices of bench_devices have: a system group and an ifTable and ifXTable, as a sorted
 * array of VarBinds that are BER already. Immutable after mib_init.
 */
#ifndef BENCH_DEVICES_MIB_H
#define BENCH_DEVICES_MIB_H

#include "codec/varbind.h"

struct mib_entry {
	struct sn_span name;	/* OID, BER content */
	struct sn_span varbind; /* whole VarBind */
};

struct mib {
	struct mib_entry *entry; /* sorted by name */
	uint32_t n;
	uint32_t room;
};

/* interfaces: at least 1. SN_ENOMEM. */
SN_MUST_USE int mib_init(struct mib *mib, uint32_t interfaces);
void mib_fini(struct mib *mib);

/* Number of the first entry whose name is greater than (or, with equal, not less than) this one;
 * mib->n: none. */
uint32_t mib_find(const struct mib *mib, struct sn_span name, bool equal);

#endif
