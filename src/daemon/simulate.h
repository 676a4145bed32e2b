/*
 * `sonde simulate` as a library of one call: makes devices of recordings or of nothing, answers for
 * them until told to end, prints a summary. Called by cli on the main thread, once per process.
 */
#ifndef SN_DAEMON_SIMULATE_H
#define SN_DAEMON_SIMULATE_H

#include "agent/fault.h"
#include "daemon/daemon.h"
#include "document/scalar.h" /* what options are read with */

enum { SN_SIMULATE_MANY_MAX = 64 }; /* --listen, --data and --user, each */

/* An option that may come several times. */
struct sn_simulate_texts {
	const char *v[SN_SIMULATE_MANY_MAX]; /* borrowed */
	uint32_t n;			     /* of these */
};

enum sn_simulate_list { SN_SIMULATE_RUN, SN_SIMULATE_LIST_LINES, SN_SIMULATE_LIST_FILE_SD };

struct sn_simulate_options {
	struct sn_simulate_texts listen; /* ADDR[/BITS][:PORT] */
	struct sn_simulate_texts data;	 /* folders and files with recordings */
	struct sn_simulate_texts users;	 /* NAME[:AUTH:PASSWORD[:PRIV:PASSWORD]] */
	uint32_t devices;		 /* 0: as many as --listen has addresses */
	uint32_t interfaces;		 /* of a synthetic device */
	const char *community;		 /* NULL: not given */
	const char *auths;		 /* file of auths; NULL: none */
	struct sn_fault_spec fault;	 /* what goes wrong */
	bool has_faults;		 /* fault was given */
	uint64_t seed;			 /* of values, faults and engines */
	bool synthetic;			 /* devices are synthetic although there are recordings */
	bool writable;			 /* SET is allowed */
	uint32_t max_message;		 /* octets of an answer */
	uint64_t reboot_ns;		 /* between restarts of a device; 0: never */
	uint64_t reset_ns;		 /* between discontinuities of counters; 0: never */
	uint32_t threads;		 /* 0: one per CPU */
	enum sn_io_backend backend;	 /* interface to the kernel */
	uint64_t duration_ns;		 /* end after this; 0: run on */
	uint64_t stats_ns;		 /* between two lines of statistics; 0: none */
	bool json;			 /* statistics and summary as JSON on stdout */
	bool quiet;			 /* no progress, no summary */
	enum sn_simulate_list list;	 /* print the devices and end */
	const char *targets;		 /* file for the devices' addresses; NULL: none */
	const char *metrics;		 /* file for counters in Prometheus' format; NULL: none */
};

/* What options are before any is given. */
void sn_simulate_defaults(struct sn_simulate_options *opt);

/* Runs to the end; the exit status of the process. */
int sn_daemon_simulate(const struct sn_simulate_options *opt);

#endif
