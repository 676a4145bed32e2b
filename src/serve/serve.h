/*
 * The pages of a running collector over HTTP: metrics, targets, health, reload, polls on demand.
 * Started and stopped by daemon on the main thread. What needs only a look at shared counters is
 * answered on the HTTP server's thread; what needs the workers goes to a thread of pages, which
 * asks them by message (survey.h) and never touches their memory.
 *
 * Order at the end: the workers' threads are joined, then sn_serve_stop, then outputs and workers
 * go.
 */
#ifndef SN_SERVE_SERVE_H
#define SN_SERVE_SERVE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct sn_collector;
struct sn_config;
struct sn_http_web;
struct sn_pump;
struct sn_serve;
struct sn_worker;

struct sn_serve_worker {
	struct sn_worker *worker;	/* messages go to it; its counters are read */
	struct sn_collector *collector; /* its histograms and tallies are read; all else by
					   message */
};

struct sn_serve_config {
	const char *listen;		       /* host:port, see observe/http.h */
	const struct sn_http_web *web;	       /* TLS, users, headers; NULL: none. Copied */
	const struct sn_serve_worker *workers; /* nworkers of them, copied */
	struct sn_pump *const *pumps;	       /* outputs, npumps of them; the array stays */
	unsigned nworkers;		       /* of workers */
	unsigned npumps;		       /* of pumps */
	const char *version;		       /* of the program */
	void *ctx;			       /* first argument of the calls below */
	/* Any thread: all workers run and have taken their first targets. */
	bool (*ready)(void *ctx);
	/*
	 * Any thread: somebody wants the configuration to be loaded again. Main then calls
	 * sn_serve_reload_begins and _ends, also when it will not load any more.
	 */
	void (*reload)(void *ctx);
	/* Any thread: the snapshot in force with a reference for the caller (sn_config_free). */
	const struct sn_config *(*snapshot)(void *ctx);
};

/*
 * SN_OK; else what sn_http_start returns, or SN_ENOMEM, SN_ESYS; why (SN_HTTP_WHY_MAX bytes, 256)
 * tells. What cfg points at stays unless it says that it is copied.
 */
SN_MUST_USE int sn_serve_start(const struct sn_serve_config *cfg, struct sn_serve **s, char *why);

/* See the order above. Requests that wait get 503, or nothing. NULL is allowed. */
void sn_serve_stop(struct sn_serve *s);

/* The port it listens on. Any thread. */
uint16_t sn_serve_port(const struct sn_serve *s);

/* As sn_http_set_web. NULL: neither TLS nor users. Main thread. */
SN_MUST_USE int sn_serve_set_web(struct sn_serve *s, const struct sn_http_web *web, char *why);

/*
 * A load of the configuration begins, whoever asked for it: its end is the answer to all who have
 * asked so far. Main thread; s NULL is allowed.
 */
void sn_serve_reload_begins(struct sn_serve *s);

/*
 * It has ended. snapshot: number of the one in force now, 0: the load failed. text: what was wrong,
 * lines as the log has them, or "". Main thread; s NULL is allowed.
 */
void sn_serve_reload_ends(struct sn_serve *s, uint64_t snapshot, const char *text);

#endif
