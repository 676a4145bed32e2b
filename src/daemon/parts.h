/*
 * The parts of the daemon among themselves: wire.c starts and stops workers, wire_output.c outputs,
 * handover.c brings them their targets, control.c runs the main thread's loop, refresh.c reloads
 * the configuration, report.c prints. The main thread owns everything here but the insides of a
 * worker.
 */
#ifndef SN_DAEMON_PARTS_H
#define SN_DAEMON_PARTS_H

#include "collect/collector.h"
#include "daemon/daemon.h"
#include "daemon/manager.h"

#include <pthread.h>
#include <stdalign.h>

struct sn_daemon;
struct sn_serve;

enum sn_command_type { SN_COMMAND_NONE, SN_COMMAND_APPLY, SN_COMMAND_DRAIN, SN_COMMAND_CANCEL };

/* A message to a worker. One apply, one drain and one cancel can be under way at a time, so they
 * are part of the worker. */
struct sn_command {
	struct sn_worker_message message;	   /* in the inbox */
	struct sn_daemon_worker *dw;		   /* to whom */
	enum sn_command_type type;		   /* what to do */
	const struct sn_target_spec *const *specs; /* APPLY: the worker's targets; array stays until
						      released */
	uint32_t nspecs;
	const struct sn_prefix_limit *limits; /* APPLY: of prefixes, with the worker's share */
	uint32_t nlimits;
};

/* Whole cache lines: what one worker writes in every turn shares none with its neighbour. */
struct sn_daemon_worker {
	alignas(64) struct sn_worker worker;	 /* its own thread's from start to join */
	struct sn_collector collector;		 /* the same */
	struct sn_outputs *outs;		 /* the same */
	struct sn_daemon *daemon;		 /* main thread's */
	const struct sn_target_spec **specs;	 /* targets of the current snapshot */
	const struct sn_target_spec **old_specs; /* of the one before, until released */
	struct sn_prefix_limit *limits;		 /* of the current snapshot; NULL: none */
	struct sn_command apply;		 /* to this worker */
	struct sn_command drain;
	struct sn_command cancel;
	pthread_t thread;	   /* joined by wire.c */
	_Atomic bool running;	   /* thread is in its loop */
	_Atomic uint32_t released; /* snapshots given back */
	_Atomic bool refused;	   /* no memory for the targets of `apply`: send it again */
	bool complained;	   /* that was said; the worker's own */
	_Atomic uint32_t targets;  /* targets it has */
	int err;		   /* why the loop ended; after join */
	char why[128];		   /* why io_uring is not used; "" when it is or was not wanted */
};

struct sn_daemon {
	const struct sn_daemon_options *opt; /* from the command line */
	const struct sn_config *cfg;	     /* current snapshot; written under snapshot_lock */
	const struct sn_config *old_cfg;     /* the one before, until all workers released it */
	struct sn_config_context memory;  /* passwords, names and lists of the current snapshot */
	struct sn_daemon_worker *workers; /* nworkers of them */
	struct sn_pump **pumps;		  /* npumps of them */
	unsigned nworkers;
	unsigned npumps;
	struct sn_serve *serve;	       /* the web server, NULL: none */
	pthread_mutex_t snapshot_lock; /* of cfg, for other threads */
	_Atomic bool reload_asked;     /* by a request; any thread */
	uint32_t applies;	       /* snapshots handed to workers */
	uint64_t started;	       /* mono ns */
	uint64_t duration_ns;	       /* of --duration, 0: none */
	int event_fd;		       /* workers wake the main thread here */
	bool interactive;	       /* stderr is a terminal: live line */
	bool line_open;		       /* the live line is on the screen */
	bool told_unlocked;	       /* sn_report_unlocked has warned */
	uint64_t last_line;	       /* mono ns of the last progress line */
	uint64_t last_varbinds;	       /* for the rate */
	struct sn_pump_stats *final;   /* of each pump, after it stopped */
	struct sn_manager manager;     /* who started us and wants to be told */
};

/* wire_output.c */

/* Starts all outputs, each with a port for every worker; what is wrong is logged. Those that began
 * are in d->pumps. */
SN_MUST_USE int sn_wire_open_outputs(struct sn_daemon *d, unsigned nworkers);

/* Says why the start fails and returns rc; errno is that of the failed call when rc is SN_ESYS. */
int sn_wire_failed(const char *what, int rc);

/* wire.c */

/* Starts the outputs and opens the workers' sockets for d->cfg. An error was logged; then
 * sn_wire_abandon. */
SN_MUST_USE int sn_wire_open(struct sn_daemon *d);

/* Deals out the targets and starts the workers' threads. On an error none runs; then
 * sn_wire_abandon. */
SN_MUST_USE int sn_wire_start(struct sn_daemon *d);

/* Undoes sn_wire_open. */
void sn_wire_abandon(struct sn_daemon *d);

void sn_wire_command(struct sn_daemon *d, enum sn_command_type type);

/* True while any worker's thread is in its loop. */
bool sn_wire_running(const struct sn_daemon *d);

/* Joins the workers, then writes out and closes the outputs. The workers must have been told to
 * end. SN_OK or a worker's error. */
int sn_wire_stop(struct sn_daemon *d);

void sn_wire_free(struct sn_daemon *d);

/* handover.c */

/* Hands d->cfg's targets to the workers. SN_ENOMEM: nothing was changed. */
SN_MUST_USE int sn_handover_give(struct sn_daemon *d);

/* Hands them once more to the workers that had no memory for them. */
void sn_handover_repeat(struct sn_daemon *d);

/* True when every worker has let go of the snapshot before the current one. */
bool sn_handover_done(const struct sn_daemon *d);

/* On the worker: begins to take up what it was handed, some in each turn. */
void sn_handover_take(struct sn_daemon_worker *dw);

/* On the worker: it has. */
void sn_handover_taken(struct sn_daemon_worker *dw);

/* On the worker: without memory for that it goes on with the targets it has, so it cannot let go of
 * their snapshot: main sends the command again. */
void sn_handover_refused(struct sn_daemon_worker *dw);

/* web.c */

/* Starts the web server if there is to be one. An error was logged. */
SN_MUST_USE int sn_web_start(struct sn_daemon *d);

/* Ends it; the workers' threads have been joined. */
void sn_web_stop(struct sn_daemon *d);

/* TLS and users are those of the current snapshot; what cannot be had is warned of and stays as it
 * was. */
void sn_web_reload(struct sn_daemon *d);

/* Another snapshot is the current one. */
void sn_web_set_snapshot(struct sn_daemon *d, const struct sn_config *cfg);

/* control.c: signals, deadlines, the end. Returns when the workers have ended. True: an output's
 * reader went away. */
bool sn_control_run(struct sn_daemon *d);

/* report.c: all to stderr. */
uint64_t sn_report_sum(const struct sn_daemon *d, enum sn_counter id);
void sn_report_progress(struct sn_daemon *d, uint64_t now);
void sn_report_state(struct sn_daemon *d);
void sn_report_summary(struct sn_daemon *d);

/* How it is doing, in one line: for the service manager, not for stderr. */
void sn_report_standing(const struct sn_daemon *d, char *text, size_t size);

/* Warns, once, when a snapshot's keys are in memory that could not be locked. */
void sn_report_unlocked(struct sn_daemon *d, const struct sn_config *cfg);

/* Ends the live line before something else is printed. */
void sn_report_clear(struct sn_daemon *d);

#endif
