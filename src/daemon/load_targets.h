/*
 * Agents as the command line names them. Main thread.
 */
#ifndef SN_DAEMON_LOAD_TARGETS_H
#define SN_DAEMON_LOAD_TARGETS_H

#include "base/addr.h"

/* The address of host, host:port or [v6]:port; names are looked up. SN_ECONFIG: an error was
 * printed, beginning with the command's name; also for addresses that are many hosts'. */
SN_MUST_USE int sn_load_targets_resolve(const char *command, const char *name,
					struct sn_addr *addr);

#endif
