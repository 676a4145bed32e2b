/*
 * Addresses of the hosts that requests name: asked of the system's resolver by threads of our own,
 * since it may take seconds, and kept for a minute. Whoever asks is called back.
 */
#ifndef SN_SERVE_RESOLVE_H
#define SN_SERVE_RESOLVE_H

#include "base/addr.h"
#include "base/err.h"

struct sn_resolver;

/* A question; the caller's until it was answered. */
struct sn_resolve {
	struct sn_resolve *next; /* in the queue */
	const char *host;	 /* name without port */
	/* On a thread of the resolver's, or on the caller's: found tells whether addr is set. */
	void (*answer)(struct sn_resolve *q, bool found);
	struct sn_addr addr; /* the answer, port 0 */
};

/* Starts the threads. NULL: no memory, or no threads. */
SN_MUST_USE struct sn_resolver *sn_resolver_new(void);

/* Any thread. The answer may come before this returns. */
void sn_resolver_ask(struct sn_resolver *r, struct sn_resolve *q);

/* Ends the threads: a question that is being asked is waited for, others are answered with not
 * found. NULL is allowed. */
void sn_resolver_free(struct sn_resolver *r);

#endif
