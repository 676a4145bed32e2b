/*
 * What the kernel tells about this process: the figures that every exporter has as process_*. Read
 * anew at each call from /proc; any thread.
 */
#ifndef SN_OBSERVE_PROCESS_H
#define SN_OBSERVE_PROCESS_H

#include <stdint.h>

struct sn_process {
	double cpu_s;	       /* user and system time of all threads, s */
	double start_s;	       /* Unix s at which it began */
	uint64_t resident;     /* bytes in memory */
	uint64_t virtual_size; /* bytes of address space */
	uint64_t open_fds;     /* descriptors in use */
	uint64_t max_fds;      /* it may have so many; UINT64_MAX: any number */
	uint64_t threads;      /* running */
};

/* What cannot be read stays 0. */
void sn_process_read(struct sn_process *p);

#endif
