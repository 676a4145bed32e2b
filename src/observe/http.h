/*
 * The HTTP server: routes, requests with their arguments, replies now or later from any thread;
 * with a web configuration TLS and passwords too. It knows no SNMP. One thread of its own reads and
 * writes (libmicrohttpd, epoll), one looks after the clock, one checks passwords when there are
 * any. Called by serve, which has the pages.
 *
 * What a client may take: max_connections (others wait in the backlog), 32 KiB of headers, 64 KiB
 * of body, timeout_s of silence, twice that to get a request across however slowly it drips, and as
 * much and a second for each 64 KiB to take the reply.
 */
#ifndef SN_OBSERVE_HTTP_H
#define SN_OBSERVE_HTTP_H

#include "base/err.h"
#include "observe/http_web.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SN_HTTP_WHY_MAX = 256,		/* bytes of an explanation, NUL included */
	SN_HTTP_CONNECTIONS = 512,	/* when max_connections is 0 */
	SN_HTTP_TIMEOUT_S = 30,		/* when timeout_s is 0 */
	SN_HTTP_HEADERS_MAX = 32 << 10, /* octets of a request without its body */
	SN_HTTP_BODY_MAX = 64 << 10,	/* octets of a request's body, which nobody looks at */
};

struct sn_http;
struct sn_http_request;

/*
 * Answers a request, on the server's thread: calls sn_http_reply before it returns, or
 * sn_http_suspend and has another thread do so, once, in either case.
 */
typedef void sn_http_handler(void *ctx, struct sn_http_request *rq);

struct sn_http_route {
	const char *method;	 /* "GET", which also answers HEAD, or "POST" */
	const char *path;	 /* all of it: "/snmp" */
	sn_http_handler *handle; /* who answers */
	void *ctx;		 /* its first argument */
};

struct sn_http_config {
	const char *listen; /* "127.0.0.1:9116", "[::1]:9116", ":9116" (all addresses), "name:0" */
	const struct sn_http_web *web;	    /* TLS and users; NULL: neither. Copied */
	const struct sn_http_route *routes; /* copied; their strings must stay */
	unsigned nroutes;		    /* of routes */
	unsigned max_connections;	    /* at a time; 0: SN_HTTP_CONNECTIONS */
	unsigned timeout_s;		    /* of silence; 0: SN_HTTP_TIMEOUT_S */
};

/* What it did so far. */
struct sn_http_stats {
	uint64_t connections;	/* begun */
	uint64_t open;		/* of these still there */
	uint64_t requests;	/* whose headers arrived */
	uint64_t replies[6];	/* by the first digit of the status */
	uint64_t auth_failures; /* wrong user or password */
	uint64_t auth_busy;	/* passwords not looked at, too many were waiting */
	uint64_t slow;		/* connections cut because their client was too slow */
};

/*
 * Listens and serves from now on. SN_OK; SN_EINVAL: listen is no such address, or the certificates
 * do not fit; SN_ESYS: the address is in use or not ours; SN_ENOSYS: no TLS in this libmicrohttpd;
 * SN_ENOMEM. why (SN_HTTP_WHY_MAX bytes) tells, for all but SN_OK. Any thread.
 */
SN_MUST_USE int sn_http_start(const struct sn_http_config *cfg, struct sn_http **h, char *why);

/* The port it listens on, useful when 0 was asked for. Any thread. */
uint16_t sn_http_port(const struct sn_http *h);

/*
 * From now on other users, headers and certificates; connections that are there keep their
 * certificate, users who are gone are so at once. SN_OK; SN_EINVAL: what the certificate files hold
 * does not fit, or TLS would be turned on or off, which takes another start; SN_ENOMEM. In these
 * cases all is as it was and why (SN_HTTP_WHY_MAX bytes) tells. Any thread but the server's, one at
 * a time.
 */
SN_MUST_USE int sn_http_set_web(struct sn_http *h, const struct sn_http_web *web, char *why);

/*
 * Ends it: waits for a handler that runs, refuses requests that wait for their reply, closes all
 * connections. Replies that come later are dropped; until then their requests can be read. Not on
 * the server's thread. NULL is allowed.
 */
void sn_http_stop(struct sn_http *h);

/* Any thread. */
void sn_http_read_stats(struct sn_http *h, struct sn_http_stats *out);

/*
 * A request: its strings stay until the reply, on whatever thread that is. Arguments are those of
 * the query, decoded; one without a value has "".
 */

/* The first argument of a name; NULL: there is none. */
const char *sn_http_arg(const struct sn_http_request *rq, const char *name);

/* The next one of that name: behind `after`, which this function returned; NULL: the first. */
const char *sn_http_arg_next(const struct sn_http_request *rq, const char *name, const char *after);

/* The first header of a name, in any case; NULL: there is none. */
const char *sn_http_header(const struct sn_http_request *rq, const char *name);

/* The reply comes later: for the handler, before or after it has told the other thread. */
void sn_http_suspend(struct sn_http_request *rq);

/*
 * The reply, n octets at body, which are copied as is content_type. rq is gone after it. Dropped in
 * silence when the client has gone or the server has stopped. Any thread; no lock is taken, memory
 * for the copy is. Text of some size is packed here if the client takes gzip, a millisecond for a
 * megabyte or two: nothing for a worker's thread, and for the server's own not if it is large.
 */
void sn_http_reply(struct sn_http_request *rq, unsigned status, const char *content_type,
		   const void *body, size_t n);

/*
 * Whether an Accept header (NULL: none) takes application/openmetrics-text version 1.0.0 and does
 * not take text/plain. Who names both gets text whatever their weights, since in OpenMetrics most
 * counters of SNMP are of unknown type: docs/HTTP.md. Pure. http_accept.c
 */
bool sn_http_pick_openmetrics(const char *accept);

#endif
