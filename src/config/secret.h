/*
 * Secrets of a configuration: where one comes from (text, environment, file), who else may read it,
 * and that every place it passed through is overwritten in the end. Called by auths.c, users.c and
 * config.c. Main thread.
 */
#ifndef SN_CONFIG_SECRET_H
#define SN_CONFIG_SECRET_H

#include "base/arena.h"
#include "base/span.h"
#include "document/options.h"

struct sn_load;

enum { SN_SECRET_MAX = 1024 }; /* octets of the longest secret */

/* A run of secret bytes that is overwritten before its memory goes. */
struct sn_secret {
	struct sn_secret *next; /* earlier one */
	void *p;		/* first byte */
	size_t n;		/* bytes */
};

/* One way to give a secret: as text, or in a file. */
struct sn_secret_key {
	const char *text; /* key whose value it is: "password" */
	const char *file; /* key whose value names a file that holds it: "password_file" */
	const char *what; /* for messages: "password" */
	size_t max;	  /* octets, at most SN_SECRET_MAX */
};

/* A secret as it was found. */
struct sn_secret_found {
	struct sn_span text;	    /* in the scratch arena */
	const char *key;	    /* which of the two it was */
	const struct sn_node *node; /* the value under it */
};

/* Marks bytes of an arena to be overwritten. SN_ENOMEM. */
SN_MUST_USE int sn_secret_add(struct sn_arena *arena, struct sn_secret **list, const void *p,
			      size_t n);

/* Overwrites all secrets of a list. */
void sn_secret_wipe(struct sn_secret *list);

/*
 * Looks at what a map holds under the keys of its level that are for secrets: overwritten with the
 * tree; and if one stands there in clear, others should not be able to read the file.
 */
void sn_secret_check(struct sn_load *load, const struct sn_option_level *level,
		     const struct sn_node *map);

/*
 * Checks that at most one of n ways is taken in a map. The number of that way, n when none is, or
 * SN_ECONFIG: reported.
 */
SN_MUST_USE int sn_secret_choose(struct sn_load *load, const struct sn_path *path,
				 const struct sn_node *map, const struct sn_secret_key *keys,
				 int n);

/*
 * Reads the secret that a map gives one way, which is there: 1 to key->max octets. SN_ECONFIG
 * (reported), SN_ENOMEM.
 */
SN_MUST_USE int sn_secret_read(struct sn_load *load, const struct sn_path *path,
			       const struct sn_node *map, const struct sn_secret_key *key,
			       struct sn_secret_found *found);

/* The same for a value that stands for itself, or names a file that holds it. */
SN_MUST_USE int sn_secret_read_value(struct sn_load *load, const struct sn_path *path,
				     const struct sn_node *node, bool is_file,
				     const struct sn_secret_key *key, struct sn_span *text);

/* Looks at a value that is a secret, as sn_secret_check does. */
void sn_secret_check_value(struct sn_load *load, const struct sn_node *node);

/* A copy of bytes in the snapshot, overwritten with it. SN_ENOMEM. */
SN_MUST_USE int sn_secret_keep(struct sn_load *load, struct sn_span bytes, struct sn_span *out);

#endif
