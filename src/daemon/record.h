/*
 * `sonde simulate --record AGENT` as a library of one call: walks a device into a recording that
 * sonde simulate and snmpsim serve. Called by cli on the main thread, once per process.
 */
#ifndef SN_DAEMON_RECORD_H
#define SN_DAEMON_RECORD_H

#include "config/credentials.h"

struct sn_record_options {
	struct sn_credential_options cred; /* as whom */
	const char *agent;		   /* host, host:port, [v6]:port */
	const char *output;		   /* -o: file, "-": stdout */
	const char *start;		   /* --start: OID; NULL: 1.3.6 */
	const char *stop;		   /* --stop: OID; NULL: none */
	const char *timeout;		   /* --timeout, such as "2s"; NULL: 2s */
	char *scramble;			   /* --scramble: key, ${NAME} or @FILE; NULL: do not */
	bool quiet;			   /* no progress, no summary */
};

/* Runs to the end; the exit status of the process: 0 recorded to the end, 1 not to the end (what
 * there is was written, a note says why), 2 usage. */
int sn_record_run(const struct sn_record_options *opt);

#endif
