/*
 * The parts of the simulation among themselves: simulate_range.c reads addresses, simulate_data.c
 * loads recordings, simulate_wire.c starts and stops workers, simulate_report.c and
 * simulate_list.c print, simulate.c leads. The main thread owns everything here but the insides of
 * a worker.
 */
#ifndef SN_DAEMON_SIMULATE_PARTS_H
#define SN_DAEMON_SIMULATE_PARTS_H

#include "agent/fleet.h"
#include "config/accounts.h"
#include "daemon/manager.h"
#include "daemon/simulate.h"
#include "scheduler/worker.h"

#include <pthread.h>
#include <stdalign.h>

struct sn_simulation;

/* Whole cache lines: what one worker writes in every turn shares none with its neighbour. */
struct sn_simulate_worker {
	alignas(64) struct sn_worker worker; /* its own thread's from start to join */
	struct sn_fleet_worker fleet;	     /* the same */
	struct sn_simulation *sim;	     /* main thread's */
	struct sn_worker_message stop;	     /* to this worker */
	pthread_t thread;		     /* joined by simulate_wire.c */
	_Atomic bool running;		     /* thread is in its loop */
	int err;			     /* why the loop ended; after join */
	char why[128];			     /* why io_uring is not used; "" when it is */
};

/* Recordings as they were loaded. */
struct sn_simulate_data {
	struct sn_fleet_recording *recording; /* of those that could be loaded */
	uint32_t n;			      /* of these */
	uint32_t failed;		      /* files that could not */
	uint32_t bad_lines;		      /* left out of the others */
	uint64_t bytes;			      /* in memory */
	uint64_t instances;		      /* in all of them */
};

/* What had been counted at a moment. */
struct sn_simulate_totals {
	uint64_t at;		      /* mono ns */
	uint64_t v[SN_COUNTER_COUNT]; /* of all workers */
	uint64_t cpu_ns;	      /* user and system, of the process */
};

struct sn_simulation {
	const struct sn_simulate_options *opt;	  /* from the command line */
	struct sn_fleet fleet;			  /* devices */
	struct sn_addr listen[SN_IO_SOCKETS_MAX]; /* sockets of each worker */
	unsigned nlisten;			  /* of these */
	uint8_t socket[SN_FLEET_RANGES_MAX];	  /* of each range of the fleet */
	struct sn_simulate_data data;		  /* recordings */
	struct sn_store *synthetic;		  /* store of synthetic devices; NULL */
	const struct sn_accounts *accounts;	  /* users; NULL */
	struct sn_simulate_worker *workers;	  /* nworkers of them */
	unsigned nworkers;			  /* of these */
	int event_fd;				  /* workers wake the main thread here */
	struct sn_manager manager;		  /* who started us and wants to be told */
	uint64_t started;			  /* mono ns, start of the process's work */
	uint64_t ready;				  /* mono ns, sockets open */
	struct sn_simulate_totals at_ready;	  /* what it took till then */
	struct sn_simulate_totals last;		  /* as of the last line of statistics */
};

/* simulate_range.c */

/* Reads --listen and --devices into sim->fleet and sim->listen. SN_EINVAL: said. */
SN_MUST_USE int sn_simulate_ranges(struct sn_simulation *sim);

/* Every address of the fleet is 127.0.0.0/8 or ::1. */
bool sn_simulate_is_local(const struct sn_simulation *sim);

/* simulate_data.c */

/* Loads all recordings of --data, on all CPUs. SN_EINVAL: there is none (said); SN_ENOMEM (said).
 */
SN_MUST_USE int sn_simulate_load(const struct sn_simulate_options *opt,
				 struct sn_simulate_data *data);
void sn_simulate_unload(struct sn_simulate_data *data);

/* simulate_wire.c */

/* Opens the workers' sockets. An error was logged; then sn_simulate_close. */
SN_MUST_USE int sn_simulate_open(struct sn_simulation *sim);

/* Starts the threads. An error was logged and none runs; then sn_simulate_close. */
SN_MUST_USE int sn_simulate_start(struct sn_simulation *sim);

/* Ends and joins the threads. SN_OK or a worker's error (logged). */
int sn_simulate_stop(struct sn_simulation *sim);

/* True while every worker's thread is in its loop. */
bool sn_simulate_running(const struct sn_simulation *sim);

void sn_simulate_close(struct sn_simulation *sim);

/* simulate_list.c */

/* Prints the devices' addresses to stdout. SN_EIO. */
SN_MUST_USE int sn_simulate_print_list(const struct sn_simulation *sim);

/* Writes them into the file of --targets, in one step. SN_EIO: said. */
SN_MUST_USE int sn_simulate_write_targets(const struct sn_simulation *sim);

/* The same with the counters and the file of --metrics. SN_EIO: said. */
SN_MUST_USE int sn_simulate_write_metrics(const struct sn_simulation *sim);

/* simulate_report.c: the ready line, statistics, the summary; to stderr, or as JSON to stdout. */
void sn_simulate_take(const struct sn_simulation *sim, struct sn_simulate_totals *t);
void sn_simulate_report_ready(const struct sn_simulation *sim);
void sn_simulate_report_stats(struct sn_simulation *sim);
void sn_simulate_report_state(const struct sn_simulation *sim);
void sn_simulate_report_summary(const struct sn_simulation *sim);

#endif
