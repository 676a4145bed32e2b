/*
 * The parts of the web server's side among themselves: serve.c has the routes and what is answered
 * at once, pages.c a thread for pages that need the workers, reloads.c who waits for a load.
 */
#ifndef SN_SERVE_SERVE_INT_H
#define SN_SERVE_SERVE_INT_H

#include "base/inbox.h"
#include "observe/http.h"
#include "serve/survey.h"

#include <pthread.h>

struct sn_outputs_query;
struct sn_targets_query;

#define SN_SERVE_PLAIN "text/plain; charset=utf-8"

/* The thread of pages. */
struct sn_pages {
	pthread_t thread;      /* its own */
	int event_fd;	       /* wakes it: requests, ends of surveys, stop; -1: none */
	struct sn_inbox asked; /* requests; any thread pushes */
	_Atomic bool stop;     /* end soon */
	bool started;	       /* thread is to be joined */
	struct sn_survey *top; /* behind /metrics; NULL: none yet. The thread's, as all below */
	struct sn_survey *next_top;  /* to replace it; NULL: none is under way */
	struct sn_survey *abandoned; /* not waited for any longer; NULL: none */
	uint64_t top_at;	     /* mono ns when top was made */
	uint64_t top_wall;	     /* Unix ns of that */
};

struct sn_reload_wait;

/* Who waits for a load of the configuration, and what became of the last one. */
struct sn_reloads {
	struct sn_inbox asked;	       /* requests since the last load began; any thread pushes */
	struct sn_inbox_node *waiting; /* requests that the load under way answers; main's */
	_Atomic uint64_t snapshot;     /* number of the snapshot in force */
	_Atomic uint64_t loaded_at;    /* Unix ns when it was loaded */
	_Atomic bool ok;	       /* the last load went well */
};

struct sn_serve {
	struct sn_serve_config cfg; /* as given, with a copy of the workers */
	struct sn_http *http;	    /* the server */
	struct sn_pages pages;	    /* see there */
	struct sn_reloads reloads;  /* see there */
	struct sn_scraper *scraper; /* behind /snmp */
};

/* A reply of text. */
void sn_serve_reply(struct sn_http_request *rq, unsigned status, const char *type,
		    const char *text);

/* pages.c */

/* Before anybody asks. SN_ESYS; then sn_pages_stop all the same. */
SN_MUST_USE int sn_pages_init(struct sn_serve *s);

/* The thread, once there is an HTTP server. SN_ESYS; then sn_pages_stop all the same. */
SN_MUST_USE int sn_pages_start(struct sn_serve *s);

/* Nobody asks any more and the workers' threads have ended. */
void sn_pages_stop(struct sn_serve *s);

/* Has /targets (query) or /metrics (NULL) answered by the thread of pages. */
void sn_pages_ask(struct sn_serve *s, struct sn_http_request *rq,
		  const struct sn_targets_query *query);

/* The same for /outputs. */
void sn_pages_ask_outputs(struct sn_serve *s, struct sn_http_request *rq,
			  const struct sn_outputs_query *query);

/* reloads.c */

/* The snapshot that was loaded first is in force. */
void sn_reloads_init(struct sn_reloads *r);

/* Nobody asks any more: refuses all who wait. */
void sn_reloads_fini(struct sn_reloads *r);

/* Handler of POST /-/reload; ctx is the struct sn_serve. */
void sn_reloads_ask(void *ctx, struct sn_http_request *rq);

#endif
