/*
 * Which CPUs this process may use, and binding a thread to one of them.
 */
#ifndef SN_SCHEDULER_AFFINITY_H
#define SN_SCHEDULER_AFFINITY_H

#include "base/err.h"

/* CPUs the process may run on, at least 1. Any thread. */
unsigned sn_affinity_count(void);

/* Binds the calling thread to the n-th of these CPUs (modulo their number). SN_ESYS when the kernel
 * refuses. */
SN_MUST_USE int sn_affinity_pin(unsigned n);

#endif
