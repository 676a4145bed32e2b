/*
 * `sonde poll` as a library of one call: loads the configuration, starts workers and outputs, runs
 * until told to end, prints a summary. Called by cli on the main thread, once per process.
 */
#ifndef SN_DAEMON_DAEMON_H
#define SN_DAEMON_DAEMON_H

#include "config/config.h"

/* Exit statuses, DESIGN §4.1. */
enum sn_exit {
	SN_EXIT_OK = 0,	    /* all well */
	SN_EXIT_FAILED = 1, /* the job ran but something failed */
	SN_EXIT_USAGE = 2   /* usage or configuration error */
};

struct sn_daemon_options {
	const char *config_path;	     /* sonde.yaml */
	struct sn_config_overrides override; /* from the command line */
	const char *trace;		     /* instance to trace, NULL: none */
	const char *duration;		     /* end after this, such as "60s"; NULL: run on */
	bool once;			     /* one round of each target */
	bool check;			     /* load the configuration, say what it is, end */
	bool quiet;			     /* no progress, no summary */
};

/* Runs to the end; the exit status of the process. */
int sn_daemon_poll(const struct sn_daemon_options *opt);

#endif
