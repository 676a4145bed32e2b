/*
 * The server over libmicrohttpd, see http.h: the only file that knows it. libmicrohttpd calls from
 * its one thread, "the server's": a connection begins, a request has all of its headers (first call
 * of on_request), some of its body, is complete (last call), is over, the connection ends. A
 * request that has to wait is suspended; another thread leaves its answer and resumes it, and
 * on_request is called once more. What two threads touch is under h->lock, see http_int.h.
 */
#include "observe/http_int.h"

#include "base/addr.h"
#include "base/clock.h"
#include "base/log.h"
#include "observe/http_listen.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <microhttpd.h>

enum { DRAIN_RATE = 64 << 10 }; /* octets a second that a client has to take */

/* A connection, from accept to close. */
struct conn {
	struct sn_http_watched watched; /* its deadline */
	struct sn_http_tls *tls;	/* a hold on its certificate; NULL: plain */
};

static struct conn *conn_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void set_deadline(const struct sn_http *h, struct MHD_Connection *mc, uint64_t deadline)
{
	struct conn *c = conn_of(mc);

	if (c) {
		sn_http_watch_set(h->watch, &c->watched, deadline);
	}
}

/* As long as a client may take for the next thing it has to do. */
static uint64_t next_deadline(const struct sn_http *h)
{
	return sn_clock_mono() + 2 * h->timeout_ns;
}

static struct sn_addr client_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sn_addr a = {.sa = {.sa_family = AF_UNSPEC}};

	if (info && info->client_addr && info->client_addr->sa_family == AF_INET) {
		memcpy(&a.in, info->client_addr, sizeof(a.in));
	} else if (info && info->client_addr && info->client_addr->sa_family == AF_INET6) {
		memcpy(&a.in6, info->client_addr, sizeof(a.in6));
	}
	return a;
}

void sn_http_wake(struct sn_http_request *rq)
{
	if (rq->parked) {
		rq->parked = false;
		MHD_resume_connection(rq->conn);
	}
}

bool sn_http_park(struct sn_http_request *rq, enum sn_http_phase phase)
{
	struct sn_http *h = rq->h;
	bool parked = false;

	pthread_mutex_lock(&h->lock);
	if (rq->phase == phase && h->stopping) {
		sn_http_request_refuse(rq, 503, "503 the server stops\n");
	} else if (rq->phase == phase) {
		parked = true;
		rq->parked = true;
		MHD_suspend_connection(rq->conn);
	}
	pthread_mutex_unlock(&h->lock);
	return parked;
}

static struct MHD_Response *make_response(struct sn_http_request *rq)
{
	struct sn_http *h = rq->h;
	struct sn_http_answer *a = &rq->answer;
	struct MHD_Response *r;

	r = MHD_create_response_from_buffer(a->n, a->body,
					    a->n ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (!r) {
		return NULL;
	}
	if (a->n) {
		a->body = NULL; /* the response's now */
	}
	MHD_add_response_header(r, "Content-Type", a->type);
	if (a->packed) {
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	}
	if (a->varies) {
		MHD_add_response_header(r, "Vary", "Accept-Encoding");
	}
	if (a->extra_name) {
		MHD_add_response_header(r, a->extra_name, a->extra_value);
	}
	pthread_mutex_lock(&h->lock);
	for (unsigned i = 0; i < h->extras.n; i++) {
		MHD_add_response_header(r, h->extras.v[i].name, h->extras.v[i].value);
	}
	pthread_mutex_unlock(&h->lock);
	return r;
}

/* The server's thread has the answer to itself from here on. */
static enum MHD_Result send_reply(struct sn_http_request *rq)
{
	struct sn_http *h = rq->h;
	struct MHD_Response *r = make_response(rq);
	enum MHD_Result result = MHD_NO;
	unsigned digit = rq->answer.status / 100;

	if (r) {
		result = MHD_queue_response(rq->conn, rq->answer.status, r);
		MHD_destroy_response(r);
	}
	sn_http_count(&h->counts.replies[digit < 6 ? digit : 0]);
	sn_http_request_log(rq);
	set_deadline(h, rq->conn, next_deadline(h) + rq->answer.n / DRAIN_RATE * SN_NS_PER_SEC);
	return result;
}

/* A list of fields while libmicrohttpd goes through them. */
struct gathering {
	struct sn_http_request *rq;    /* whose they are */
	struct sn_http_fields *fields; /* where they go */
	int rc;			       /* of sn_http_request_add */
};

static enum MHD_Result gather(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_n,
			      const char *value, size_t value_n)
{
	struct gathering *g = cls;

	(void)kind;
	g->rc = sn_http_request_add(g->rq, g->fields, sn_span_make(key, key_n),
				    sn_span_make(value, value ? value_n : 0));
	return g->rc ? MHD_NO : MHD_YES;
}

/* Whether a request announces a body that is too long. */
static bool is_too_long(const struct sn_http_request *rq)
{
	const char *length = sn_http_header(rq, "Content-Length");

	return length && strtoull(length, NULL, 10) > SN_HTTP_BODY_MAX;
}

/* The headers are there. */
static enum MHD_Result begin(struct sn_http *h, struct MHD_Connection *mc, const char *url,
			     const char *method, void **context)
{
	struct sn_http_request *rq = sn_http_request_new(h, mc, method, url);
	struct gathering args = {.rq = rq};
	struct gathering headers = {.rq = rq};

	*context = rq;
	if (!rq) {
		return MHD_NO;
	}
	rq->client = client_of(mc);
	sn_http_count(&h->counts.requests);
	args.fields = &rq->args;
	headers.fields = &rq->headers;
	MHD_get_connection_values_n(mc, MHD_GET_ARGUMENT_KIND, gather, &args);
	MHD_get_connection_values_n(mc, MHD_HEADER_KIND, gather, &headers);
	if (args.rc == SN_ENOMEM || headers.rc == SN_ENOMEM) {
		return MHD_NO;
	}
	set_deadline(h, mc, next_deadline(h)); /* of the body */
	if (args.rc || headers.rc) {
		sn_http_request_refuse(rq, 400, "400 a NUL in a header or an argument\n");
		return send_reply(rq);
	}
	if (is_too_long(rq)) {
		sn_http_request_refuse(rq, 413, "413 the request's body is too long\n");
		return send_reply(rq);
	}
	return MHD_YES;
}

/* MHD_AccessHandlerCallback */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *mc, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_n, void **context)
{
	struct sn_http *h = cls;
	struct sn_http_request *rq = *context;

	(void)version;
	(void)body;
	if (!rq) {
		return begin(h, mc, url, method, context);
	}
	if (*body_n) {
		/* of chunks nobody says beforehand how long they will be: the connection ends */
		rq->body += *body_n;
		*body_n = 0;
		return rq->body > SN_HTTP_BODY_MAX ? MHD_NO : MHD_YES;
	}
	set_deadline(h, mc, SN_TIME_NEVER); /* it is our turn */
	return sn_http_request_advance(rq) ? send_reply(rq) : MHD_YES;
}

/* MHD_RequestCompletedCallback: the connection lets go of a request, sent or not. */
static void on_over(void *cls, struct MHD_Connection *mc, void **context,
		    enum MHD_RequestTerminationCode how)
{
	struct sn_http *h = cls;
	struct sn_http_request *rq = *context;

	(void)how;
	if (!rq) {
		return;
	}
	*context = NULL;
	set_deadline(h, mc, next_deadline(h)); /* of the next request */
	pthread_mutex_lock(&h->lock);
	sn_list_del(&rq->node);
	rq->conn = NULL;
	sn_http_request_put(rq);
}

static void open_conn(struct sn_http *h, struct MHD_Connection *mc, void **context)
{
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *session =
		MHD_get_connection_info(mc, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	struct conn *c = fd ? calloc(1, sizeof(*c)) : NULL;

	sn_http_count(&h->counts.connections);
	*context = c;
	if (c) {
		pthread_mutex_lock(&h->lock);
		c->tls = h->tls ? sn_http_tls_ref(h->tls) : NULL;
		pthread_mutex_unlock(&h->lock);
		sn_http_watch_add(h->watch, &c->watched, fd->connect_fd);
		sn_http_watch_set(h->watch, &c->watched, next_deadline(h));
	}
	if (session && session->tls_session) {
		sn_http_tls_begin(c ? c->tls : NULL, session->tls_session);
	}
}

/* MHD_NotifyConnectionCallback */
static void on_connection(void *cls, struct MHD_Connection *mc, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct sn_http *h = cls;
	struct conn *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		open_conn(h, mc, context);
		return;
	}
	sn_http_count(&h->counts.closed);
	if (c) {
		sn_http_watch_remove(h->watch, &c->watched);
		sn_http_tls_unref(c->tls);
		free(c);
	}
}

/* MHD_LogCallback: what clients do wrong, mostly; on the thread that starts it, what went wrong. */
SN_PRINTF(2, 0)
static void on_message(void *cls, const char *fmt, va_list args)
{
	const struct sn_http *h = cls;
	char text[SN_HTTP_WHY_MAX];
	int n = vsnprintf(text, sizeof(text), fmt, args);

	for (size_t i = n < 0 ? 0 : strlen(text); i > 0 && text[i - 1] == '\n'; i--) {
		text[i - 1] = '\0';
	}
	if (pthread_equal(pthread_self(), h->starter) && h->why) {
		/* what comes first says most */
		if (!h->why[0]) {
			snprintf(h->why, SN_HTTP_WHY_MAX, "%s", text);
		}
		return;
	}
	sn_log(SN_LOG_DEBUG, "http: %s", text);
}

bool sn_http_daemon_has_tls(void)
{
	return MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES;
}

/* Closes the listening socket after a failed start, unless libmicrohttpd has done so. */
static void close_listener(int fd, const struct stat *before)
{
	struct stat now;

	if (fstat(fd, &now) == 0 && now.st_ino == before->st_ino && now.st_dev == before->st_dev) {
		close(fd);
	}
}

int sn_http_daemon_start(struct sn_http *h, const struct sn_http_config *cfg, int fd, char *why)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG | (h->tls ? MHD_USE_TLS : 0);
	unsigned limit = cfg->max_connections ? cfg->max_connections : SN_HTTP_CONNECTIONS;
	unsigned seconds = (unsigned)(h->timeout_ns / SN_NS_PER_SEC);
	const struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK2, 0,
					      (void *)(uintptr_t)sn_http_tls_retrieve},
					     {MHD_OPTION_END, 0, NULL}};
	const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
	struct stat before = {0};
	sigset_t all;
	sigset_t mask;

	fstat(fd, &before);
	why[0] = '\0';
	h->starter = pthread_self();
	h->why = why;
	/* its thread takes no signals: they are for the main thread */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	h->daemon =
		MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
				 on_message, h, MHD_OPTION_LISTEN_SOCKET, fd,
				 MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT,
				 seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				 (size_t)SN_HTTP_HEADERS_MAX, MHD_OPTION_NOTIFY_COMPLETED, on_over,
				 h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
				 MHD_OPTION_ARRAY, h->tls ? tls : plain, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	h->why = NULL;
	if (!h->daemon) {
		close_listener(fd, &before);
		if (!why[0]) {
			snprintf(why, SN_HTTP_WHY_MAX, "libmicrohttpd does not start");
		}
		return SN_ESYS;
	}
	return SN_OK;
}

void sn_http_daemon_stop(struct sn_http *h)
{
	MHD_stop_daemon(h->daemon);
	h->daemon = NULL;
}
