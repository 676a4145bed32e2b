/*
 * How the command line says as whom an agent is asked: Net-SNMP's option letters and what they
 * mean. For commands that have no sonde.yaml (load, simulate --record). Main thread.
 *
 * Secrets (-c, -A, -X): the text itself, which other users of the machine may see in the list of
 * processes until it is read and overwritten; ${NAME} for an environment variable; @FILE for the
 * first line of a file; @@ for a secret that begins with @.
 */
#ifndef SN_CONFIG_CREDENTIALS_H
#define SN_CONFIG_CREDENTIALS_H

#include "session/device.h"
#include "usm/keys.h"
#include "usm/user.h"

#define SN_CREDENTIAL_LETTERS "v:c:l:u:a:A:x:X:n:"

/* As given, or NULL. */
struct sn_credential_options {
	const char *version; /* -v */
	char *community;     /* -c */
	const char *level;   /* -l */
	const char *user;    /* -u */
	const char *auth;    /* -a */
	char *auth_password; /* -A */
	const char *priv;    /* -x */
	char *priv_password; /* -X */
	const char *context; /* -n */
};

struct sn_credentials {
	int32_t version;		    /* enum sn_version */
	struct sn_span community;	    /* version 1 and 2c */
	const struct sn_usm_access *access; /* version 3 */
	struct sn_keys memory;		    /* what they point at, locked */
};

/* Keeps the argument of one of the letters; false: it is none of them. */
bool sn_credentials_option(struct sn_credential_options *opt, int letter, char *text);

/*
 * Makes credentials of them; secrets that stood in the texts are overwritten there. SN_ECONFIG: an
 * error was printed, beginning with the command's name; SN_ENOMEM.
 */
SN_MUST_USE int sn_credentials_make(struct sn_credentials *cred,
				    const struct sn_credential_options *opt, const char *command);

/*
 * One secret of an option, by the same rules: NUL-terminated octets at secret, *n of them. The
 * caller wipes them. SN_ECONFIG: an error was printed.
 */
enum { SN_CREDENTIAL_SECRET_MAX = 255 };
SN_MUST_USE int sn_credentials_secret(char *text, const char *command, const char *option,
				      char *secret, size_t *n);

/* Wipes all. */
void sn_credentials_fini(struct sn_credentials *cred);

/* "SNMPv2c", "SNMPv3 as \"monitor\", authPriv": nothing secret. Returns out. */
const char *sn_credentials_describe(const struct sn_credentials *cred, char *out, size_t size);

#endif
