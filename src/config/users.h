/*
 * Version 3: the steps of a load (load.h) that make users of auths and ways to access an agent of
 * users. Called by auths.c, settings.c and config.c. Main thread.
 */
#ifndef SN_CONFIG_USERS_H
#define SN_CONFIG_USERS_H

#include "config/load.h"

/* A way to speak to targets with version 3, as it was asked for. */
struct sn_built_access {
	struct sn_usm_access access; /* first, so that a target's access leads here */
	uint64_t hash;		     /* of auth and contexts */
};

/* Prepares the memory of users. */
void sn_users_init(struct sn_snapshot *snap);

/* Checks what of an auth of version 3 can be checked without reading its secrets; false: reported.
 */
bool sn_users_check(struct sn_load *load, const struct sn_path *path,
		    const struct sn_definition *def, const struct sn_raw_auth *raw);

/* Makes the user of an auth of version 3 that sn_users_check passed, its passwords' keys excepted,
 * and the auth's contexts and hash. SN_ECONFIG (reported), SN_ENOMEM. */
SN_MUST_USE int sn_users_build(struct sn_load *load, const struct sn_path *path,
			       const struct sn_definition *def, const struct sn_raw_auth *raw,
			       struct sn_auth *auth);

/* The access for targets of an auth of version 3. context, context_engine (in hex): what their
 * labels say in place of the auth's, or NULL. Equal ones are one. SN_ENOMEM. */
SN_MUST_USE int sn_users_access(struct sn_load *load, const struct sn_auth *auth,
				const char *context, const char *context_engine,
				const struct sn_built_access **access);

/* Has sn_users_finish complete the user of an auth of version 3, whether or not a target has it. */
void sn_users_want(const struct sn_auth *auth);

/* Completes the users of the targets that are left with the keys of their passwords. SN_ENOMEM. */
SN_MUST_USE int sn_users_finish(struct sn_load *load);

#endif
