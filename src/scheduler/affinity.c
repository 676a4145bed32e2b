/*
 * CPU affinity, see affinity.h. Called by daemon before workers start and by each worker's thread.
 */
#include "scheduler/affinity.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

unsigned sn_affinity_count(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0) {
		return 1;
	}
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

int sn_affinity_pin(unsigned n)
{
	cpu_set_t allowed;
	cpu_set_t one;
	unsigned k;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
		return SN_ESYS;
	}
	k = n % sn_affinity_count();
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &allowed) && k-- == 0) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			return pthread_setaffinity_np(pthread_self(), sizeof(one), &one) == 0
				       ? SN_OK
				       : SN_ESYS;
		}
	}
	return SN_ESYS;
}
