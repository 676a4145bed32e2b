/*
 * Deadlines of connections. libmicrohttpd ends those that are silent, but one that sends an octet
 * now and then lives for ever; here a thread of its own shuts down the socket of each that is past
 * its deadline, and libmicrohttpd finds it closed. The same thread does what others leave it to do.
 * Called by http.c on the server's thread.
 */
#ifndef SN_OBSERVE_HTTP_WATCH_H
#define SN_OBSERVE_HTTP_WATCH_H

#include "base/err.h"
#include "base/list.h"

#include <stdint.h>

struct sn_http_watch;

/* A connection, in its owner's memory. */
struct sn_http_watched {
	struct sn_list node; /* the watch's */
	uint64_t deadline;   /* mono ns; the watch's */
	int fd;		     /* socket */
};

/*
 * Starts the thread, which looks every period_ns, a millisecond or more, and calls work whenever
 * something was written to event, an eventfd that stays the caller's. SN_ENOMEM, SN_ESYS: no
 * thread.
 */
SN_MUST_USE int sn_http_watch_start(uint64_t period_ns, int event, void (*work)(void *ctx),
				    void *ctx, struct sn_http_watch **w);

/* Ends and frees it; nothing is watched any more. NULL is allowed. */
void sn_http_watch_stop(struct sn_http_watch *w);

/* Begins with a connection, which has no deadline yet. */
void sn_http_watch_add(struct sn_http_watch *w, struct sn_http_watched *c, int fd);

/* Sets its deadline, mono ns or SN_TIME_NEVER. */
void sn_http_watch_set(struct sn_http_watch *w, struct sn_http_watched *c, uint64_t deadline);

/* Ends with it; due before the socket is closed. */
void sn_http_watch_remove(struct sn_http_watch *w, struct sn_http_watched *c);

/* Connections that were cut so far. Any thread. */
uint64_t sn_http_watch_cut(struct sn_http_watch *w);

#endif
