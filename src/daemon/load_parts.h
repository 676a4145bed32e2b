/*
 * The parts of sonde load among themselves: load.c leads, load_targets.c finds the targets,
 * load_threads.c runs the workers, load_report.c and load_json.c say what came of it. The main
 * thread owns everything here but the insides of a worker.
 */
#ifndef SN_DAEMON_LOAD_PARTS_H
#define SN_DAEMON_LOAD_PARTS_H

#include "daemon/daemon.h"
#include "daemon/load.h"
#include "load/generator.h"
#include "load/knee.h"

#include <pthread.h>
#include <stdalign.h>

enum {
	SN_LOAD_OUTSTANDING_MAX = SN_SLOT_MAX, /* requests at a time, all threads */
	SN_LOAD_THREADS_MAX = 64
};

struct sn_load;

enum sn_load_command_type {
	SN_LOAD_BEGIN,
	SN_LOAD_STOP,
	SN_LOAD_CUT,
	SN_LOAD_QUIT,
	SN_LOAD_COMMANDS
};

/* A message to a worker, one of each type at a time. */
struct sn_load_command {
	struct sn_worker_message message; /* in the inbox */
	struct sn_load_worker *lw;	  /* to whom */
	enum sn_load_command_type type;	  /* what to do */
};

/* Whole cache lines: what one worker writes in every turn shares none with its neighbour. */
struct sn_load_worker {
	alignas(64) struct sn_worker worker;	      /* its own thread's from start to join */
	struct sn_generator g;			      /* the same; others read its result */
	struct sn_load *load;			      /* main thread's */
	struct sn_run run;			      /* of the BEGIN under way */
	struct sn_load_command cmd[SN_LOAD_COMMANDS]; /* to this worker, by type */
	pthread_t thread;			      /* joined at the end */
	_Atomic bool busy;			      /* a run is under way */
	_Atomic uint64_t rx_bytes; /* octets received since the start, as of the end of a run */
	_Atomic uint64_t tx_bytes; /* the same, sent */
	_Atomic int err;	   /* why its loop ended; SN_OK: it runs */
	bool started;		   /* has a thread */
	char why[128];		   /* why io_uring is not used */
};

struct sn_load {
	const struct sn_load_options *opt; /* from the command line */
	struct sn_credentials cred;	   /* as whom */
	struct sn_mix mix;		   /* what to ask */
	struct sn_device_config *targets;  /* whom, ntargets of them */
	char **names;			   /* as they were given */
	uint32_t ntargets;
	uint32_t outside;		/* of them, not of this machine */
	struct sn_load_worker *workers; /* nworkers of them */
	unsigned nworkers;
	int event_fd;		       /* workers wake the main thread here */
	int signal_fd;		       /* SIGINT, SIGTERM */
	bool interactive;	       /* stderr is a terminal: live line */
	bool line_open;		       /* the live line is on the screen */
	unsigned interrupted;	       /* signals that asked for the end */
	const char *phase;	       /* for the live line */
	uint64_t began;		       /* mono ns: of the run */
	uint64_t last_line;	       /* mono ns of the last progress line */
	uint64_t last_requests;	       /* for the rate */
	struct sn_load_result *result; /* of the run, all workers */
	struct sn_hdr *latency;	       /* of all its operations */
	uint32_t in_flight;	       /* of a closed loop, all threads */
	double asked;		       /* requests/s of the run; 0: closed loop */
	double seconds;		       /* in which it sent */
	double cpu;		       /* s of CPU that this process spent on it */
	uint64_t rx_bytes;	       /* octets of UDP payload in the run */
	uint64_t tx_bytes;	       /* octets of UDP payload in the run */
};

/* load.c */

/* requests/s that a search begins with. */
double sn_load_first_rate(const struct sn_load *l);

/* A counter's sum over the workers. */
uint64_t sn_load_counter(const struct sn_load *l, enum sn_counter id);

/* Merges the workers' results so far into l->result and l->latency. */
void sn_load_gather(struct sn_load *l);

/* load_options.c: options that contradict each other; false: an error was printed. */
bool sn_load_option_check(const struct sn_load_options *opt);

/* load_targets.c */

/* Reads and resolves the targets. SN_ECONFIG: an error was printed; SN_ENOMEM. */
SN_MUST_USE int sn_load_targets_find(struct sn_load *l);
void sn_load_targets_free(struct sn_load *l);

/* load_threads.c */

/* Opens sockets and starts the workers' threads; an error was logged. Then sn_load_threads_stop. */
SN_MUST_USE int sn_load_threads_start(struct sn_load *l);

/* Runs on all workers; share fills in what is each worker's. True: all came to their end (signals
 * may have cut it short); false: a worker failed, which was logged. */
bool sn_load_threads_run(struct sn_load *l,
			 void (*share)(const struct sn_load *l, unsigned i, struct sn_run *run));

void sn_load_threads_stop(struct sn_load *l);

/* load_report.c: results to stdout, all else to stderr. */
void sn_load_report_plan(const struct sn_load *l);
void sn_load_report_progress(struct sn_load *l, uint64_t now);
void sn_load_report_clear(struct sn_load *l);
void sn_load_report_step(struct sn_load *l, const struct sn_knee_step *step, bool good);
void sn_load_report_result(const struct sn_load *l);
void sn_load_report_knee(const struct sn_load *l, const struct sn_knee *k);

/* The share of requests that were due and never sent, or sent late. */
double sn_load_late_share(const struct sn_load_result *r);

/* load_json.c: knee NULL: of one run. */
void sn_load_json_print(const struct sn_load *l, const struct sn_knee *knee);

/* The latency histogram as text: upper bound in ns, count. SN_EIO: errno. */
SN_MUST_USE int sn_load_json_histogram(const struct sn_load *l, const char *path);

#endif
