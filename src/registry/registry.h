/*
 * A schema registry with Confluent's REST interface: what number does a schema have under a
 * subject? It is registered there if it is not known yet. On the thread of a load, which it blocks.
 */
#ifndef SN_REGISTRY_REGISTRY_H
#define SN_REGISTRY_REGISTRY_H

#include "targets/fetch.h"

/* Where it is, and as whom to ask. All texts are borrowed; NULL means that there is none. */
struct sn_registry {
	const char *url;       /* http or https; subjects are below it */
	const char *username;  /* of basic authentication */
	const char *password;  /* the same */
	const char *ca_file;   /* whom to trust, PEM; NULL: whom the system trusts */
	const char *cert_file; /* our certificate, PEM */
	const char *key_file;  /* its key, PEM */
	bool insecure;	       /* believe any certificate */
	uint64_t timeout_ns;   /* for all of it */
};

/* A schema and what came of it. */
struct sn_registry_schema {
	const char *subject;	    /* such as "<topic>-value" */
	const char *text;	    /* the schema as JSON, without control characters */
	uint32_t id;		    /* out: its number; 0: see why */
	char why[SN_FETCH_WHY_MAX]; /* out: what is wrong, or "" */
};

enum { SN_REGISTRY_MOST = 4 }; /* schemas of one call */

/*
 * Asks for all n (at most SN_REGISTRY_MOST) at once. SN_OK: all have their numbers; SN_EIO: some
 * have not; SN_ENOMEM; SN_ECANCELED soon after *cancel (may be NULL) became true. Asking again is
 * harmless: a schema that is there keeps its number.
 */
SN_MUST_USE int sn_registry_register(const struct sn_registry *where, struct sn_registry_schema *v,
				     unsigned n, const _Atomic bool *cancel);

#endif
