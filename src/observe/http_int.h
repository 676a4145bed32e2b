/*
 * A request and its server from the inside: shared by http.c, which knows libmicrohttpd, and those
 * that do not. Who may touch what is said at the fields.
 */
#ifndef SN_OBSERVE_HTTP_INT_H
#define SN_OBSERVE_HTTP_INT_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/inbox.h"
#include "base/list.h"
#include "observe/http.h"
#include "observe/http_auth.h"
#include "observe/http_pack.h"
#include "observe/http_tls.h"
#include "observe/http_watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct MHD_Daemon;
struct MHD_Connection;

/* A header or an argument. */
struct sn_http_field {
	struct sn_http_field *next; /* in the order of the request */
	const char *name;	    /* in the request's arena, as value */
	const char *value;	    /* "" when there was none */
};

struct sn_http_fields {
	struct sn_http_field *first; /* NULL: none */
	struct sn_http_field **tail; /* where the next one goes */
};

/* How far a request is. */
enum sn_http_phase {
	SN_HTTP_NEW,	  /* being read; then: who asks? */
	SN_HTTP_CHECKING, /* its password is */
	SN_HTTP_ALLOWED,  /* who asks may do so */
	SN_HTTP_HANDLED,  /* a handler has it, or the thread that will reply */
	SN_HTTP_REPLIED,  /* the reply is there, to be sent */
};

/* A reply. */
struct sn_http_answer {
	void *body;		 /* heap, NULL: none */
	size_t n;		 /* octets of it */
	unsigned status;	 /* 200... */
	char type[128];		 /* Content-Type */
	bool packed;		 /* body is, with gzip */
	bool varies;		 /* with what the client takes it would be packed or not */
	const char *extra_name;	 /* one header more; NULL: none */
	const char *extra_value; /* its value, in the arena or static */
};

/*
 * Held by its connection, from its first header to the last octet of the reply, and from
 * sn_http_route.handle to sn_http_reply by who has to reply.
 */
struct sn_http_request {
	struct sn_list node;	       /* of h->live while there is a connection; h->lock */
	struct sn_http *h;	       /* its server; it stays while there are requests */
	struct MHD_Connection *conn;   /* h->lock; NULL: gone */
	struct sn_http_waiter waiter;  /* for its password */
	struct sn_http_answer answer;  /* h->lock; server's thread once REPLIED */
	struct sn_http_answer offer;   /* of who replies, until it is carried to `answer` */
	struct sn_inbox_node reply;    /* of h->replies */
	pthread_t thread;	       /* the server's */
	enum sn_http_phase phase;      /* h->lock */
	unsigned refs;		       /* h->lock: connection, handler */
	bool parked;		       /* h->lock: suspended in libmicrohttpd */
	bool later;		       /* h->lock: sn_http_suspend was called */
	struct sn_addr client;	       /* who asks */
	struct sn_arena_pool pool;     /* of arena */
	struct sn_arena arena;	       /* strings and fields: set before it is handled */
	struct sn_http_fields args;    /* of the query */
	struct sn_http_fields headers; /* all of them */
	const char *method;	       /* "GET" */
	const char *path;	       /* decoded */
	size_t body;		       /* octets of its body so far */
	uint64_t begun;		       /* mono ns */
};

/* Counters, each written by the server's thread. */
struct sn_http_counts {
	atomic_uint_fast64_t connections;   /* as in struct sn_http_stats, all of them */
	atomic_uint_fast64_t closed;	    /* connections that are gone */
	atomic_uint_fast64_t requests;	    /* ... */
	atomic_uint_fast64_t replies[6];    /* ... */
	atomic_uint_fast64_t auth_failures; /* ... */
	atomic_uint_fast64_t auth_busy;	    /* ... */
};

/* Headers of all replies. */
struct sn_http_extras {
	struct sn_http_extra *v; /* heap, as their strings */
	unsigned n;		 /* of them */
};

struct sn_http {
	pthread_mutex_t lock;	      /* of what says so; taken before libmicrohttpd's own */
	struct MHD_Daemon *daemon;    /* libmicrohttpd */
	struct sn_http_auth *auth;    /* passwords */
	struct sn_http_watch *watch;  /* slow clients */
	struct sn_http_tls *tls;      /* lock; NULL: plain HTTP */
	struct sn_http_extras extras; /* lock */
	struct sn_http_route *routes; /* heap */
	unsigned nroutes;	      /* of them */
	struct sn_list live;	      /* lock: requests with a connection */
	struct sn_inbox replies;      /* struct sn_http_request.reply, from any thread */
	int event;		      /* eventfd: there are some */
	_Atomic(struct sn_http_packer *) packer; /* that nobody uses now; NULL: all are in use */
	atomic_uint stopped;			 /* not 0: nobody carries replies any more */
	atomic_uint refs;			 /* one for each request, one until the stop */
	bool stopping;				 /* lock: nothing is parked any more */
	uint16_t port;				 /* of the listening socket */
	uint64_t timeout_ns;			 /* of silence */
	pthread_t starter;			 /* the thread that starts libmicrohttpd */
	char *why; /* that thread's: what libmicrohttpd says at start; else NULL */
	struct sn_http_counts counts; /* what it did */
};

static inline void sn_http_count(atomic_uint_fast64_t *c)
{
	atomic_fetch_add_explicit(c, 1, memory_order_relaxed);
}

/* Starts a thread that takes no signals: they are for the main thread. SN_ESYS. */
static inline int sn_http_spawn(pthread_t *thread, void *(*run)(void *), void *arg,
				const char *name)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc) {
		return SN_ESYS;
	}
	pthread_setname_np(*thread, name);
	return SN_OK;
}

/* http_request.c */

/* A request of a connection, which holds it; on h->live. NULL: out of memory. Server's thread. */
struct sn_http_request *sn_http_request_new(struct sn_http *h, struct MHD_Connection *conn,
					    const char *method, const char *path);

/*
 * Adds a field; value may be NULL. SN_EINVAL: there is a NUL inside; SN_ENOMEM. Server's thread,
 * before it is handled.
 */
SN_MUST_USE int sn_http_request_add(struct sn_http_request *rq, struct sn_http_fields *fields,
				    struct sn_span name, struct sn_span value);

/* Drops one hold, under h->lock, which is released; the last frees. */
void sn_http_request_put(struct sn_http_request *rq);

/* Sets a reply of the server's own, one line of text. Under h->lock or before it is handled. */
void sn_http_request_refuse(struct sn_http_request *rq, unsigned status, const char *text);

/* Takes a complete request as far as it gets. True: its reply is to be sent; false: it is parked,
 * and this is due again once it goes on. Server's thread. */
bool sn_http_request_advance(struct sn_http_request *rq);

/* What a check of its password said: sn_http_auth_done. */
void sn_http_request_checked(struct sn_http_waiter *w, enum sn_http_verdict verdict);

/* One line for its reply, at debug level. Server's thread. */
void sn_http_request_log(const struct sn_http_request *rq);

/* Drops a hold on h; the last frees what is left of it after its stop. Any thread. */
void sn_http_unref(struct sn_http *h);

/* http_reply.c */

/* Carries the replies that were left to their requests. The clock's thread, any after the stop. */
void sn_http_deliver_all(struct sn_http *h);

/* http.c */

/*
 * Suspends a request for as long as it stays in this phase. False: it has left it already. Once the
 * server stops nothing may be suspended; then it is refused. Server's thread.
 */
bool sn_http_park(struct sn_http_request *rq, enum sn_http_phase phase);

/* Sets a request going again if it is suspended. Under h->lock. */
void sn_http_wake(struct sn_http_request *rq);

/* Starts libmicrohttpd on a listening socket, which is its own then and closed else. SN_ESYS and
 * why. */
SN_MUST_USE int sn_http_daemon_start(struct sn_http *h, const struct sn_http_config *cfg, int fd,
				     char *why);

/* Ends it; nothing is parked any more. */
void sn_http_daemon_stop(struct sn_http *h);

/* Whether this libmicrohttpd can do TLS. */
bool sn_http_daemon_has_tls(void);

#endif
