/*
 * Credentials for who answers rather than asks: the users and the community that snmp_exporter's
 * auths in a file and options of the command line name. Called by daemon on the main thread; what
 * is loaded is immutable and read by all threads.
 */
#ifndef SN_CONFIG_ACCOUNTS_H
#define SN_CONFIG_ACCOUNTS_H

#include "document/diag.h"
#include "usm/user.h"

struct sn_accounts_request {
	const char *path;	  /* file with auths: at its top; NULL: none */
	const char *const *users; /* NAME[:AUTH:PASSWORD[:PRIV:PASSWORD]], ${ENV} allowed in it */
	uint32_t nusers;	  /* of these */
};

struct sn_accounts {
	const struct sn_usm_user *users; /* each name once; in locked memory */
	uint32_t nusers;		 /* of these */
	const char *community;		 /* that the file's auths of version 1 and 2 share; NULL */
	bool unlocked;			 /* some keys are in memory that could not be locked */
};

/*
 * Reads the file and the options, hashes the passwords. SN_OK, or SN_ECONFIG after report was
 * called for every error; SN_ENOMEM. To be freed by sn_accounts_free.
 */
SN_MUST_USE int sn_accounts_load(const struct sn_accounts_request *rq, sn_diag_report_fn *report,
				 void *ctx, const struct sn_accounts **accounts);

/* Wipes secrets and frees. NULL is allowed. */
void sn_accounts_free(const struct sn_accounts *accounts);

#endif
