/*
 * `sonde load` as a library of one call: takes the command line's options, says what it will send,
 * sends it, says what came of it. Called by cli on the main thread, once per process.
 */
#ifndef SN_DAEMON_LOAD_H
#define SN_DAEMON_LOAD_H

#include "config/credentials.h"

/* Options with a value, other than those of the credentials. */
struct sn_load_values {
	const char *targets_file; /* --targets */
	const char *oids[4];	  /* --get, --getnext, --bulk, --walk; by enum sn_mix_kind */
	const char *mix;	  /* --mix */
	const char *histogram;	  /* --histogram */
	uint64_t duration_ns;	  /* --duration */
	uint64_t ramp_ns;	  /* --ramp */
	uint64_t timeout_ns;	  /* --timeout */
	uint64_t stats_ns;	  /* --stats, 0: on a terminal each second */
	uint64_t p99_max_ns;	  /* --max-p99, 0: no limit */
	uint64_t step_ns;	  /* --step */
	double rate;		  /* --rate, 0: closed loop */
	double rate_max;	  /* --max-rate */
	double loss_max;	  /* --max-loss, percent */
	double factor;		  /* --factor */
	uint32_t in_flight;	  /* --in-flight, 0: not given */
	uint32_t requests;	  /* --requests, 0: no limit */
	uint32_t repetitions;	  /* --repetitions */
	uint32_t retries;	  /* --retries */
	uint32_t threads;	  /* --threads */
	int backend;		  /* --io, enum sn_io_backend */
};

struct sn_load_options {
	struct sn_credential_options cred; /* as whom */
	struct sn_load_values v;	   /* set by sn_load_option_set */
	char *const *agents;		   /* arguments */
	int nagents;			   /* how many */
	bool find_max;			   /* look for the agents' knee */
	bool json;			   /* one JSON object instead of the table */
	bool yes;			   /* what needs a second thought had one */
	bool check;			   /* say what would be sent, end */
	bool quiet;			   /* results only */
};

/* The options with a value: their number, the name of each (without dashes). */
unsigned sn_load_option_count(void);
const char *sn_load_option_name(unsigned i);

/* Fills in what holds where nothing is said. */
void sn_load_option_defaults(struct sn_load_options *opt);

/* Sets the i-th to a text, which must live on. False: an error was printed. */
bool sn_load_option_set(struct sn_load_options *opt, unsigned i, const char *text);

/* Runs to the end; the exit status of the process. */
int sn_daemon_load(const struct sn_load_options *opt);

#endif
