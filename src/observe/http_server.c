/*
 * Beginning and end of a server, and what can be changed in between: everything of http.h that
 * needs neither libmicrohttpd nor a request. Any thread but the server's.
 */
#include "observe/http_int.h"

#include "base/clock.h"
#include "observe/http_listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

static const struct sn_http_web no_web;

static void free_extras(struct sn_http_extras *e)
{
	for (unsigned i = 0; i < e->n; i++) {
		free((void *)(uintptr_t)e->v[i].name);
		free((void *)(uintptr_t)e->v[i].value);
	}
	free(e->v);
	e->v = NULL;
	e->n = 0;
}

static int copy_extras(struct sn_http_extras *e, const struct sn_http_web *web)
{
	e->n = 0;
	e->v = calloc(web->nextras + 1, sizeof(*e->v));
	for (unsigned i = 0; e->v && i < web->nextras; i++) {
		e->v[i].name = strdup(web->extras[i].name);
		e->v[i].value = strdup(web->extras[i].value);
		e->n++;
		if (!e->v[i].name || !e->v[i].value) {
			free_extras(e);
			return SN_ENOMEM;
		}
	}
	return e->v ? SN_OK : SN_ENOMEM;
}

/* What auth's functions return, in words. */
static int explain(int rc, char *why)
{
	if (rc) {
		snprintf(why, SN_HTTP_WHY_MAX, "%s",
			 rc == SN_EINVAL ? "a user's hash is not bcrypt's" : "out of memory");
	}
	return rc;
}

/* Everything of h that was made so far, in any order. */
static void discard(struct sn_http *h)
{
	sn_http_auth_free(h->auth);
	sn_http_tls_unref(h->tls);
	free_extras(&h->extras);
	free(h->routes);
	h->auth = NULL;
	h->tls = NULL;
	h->routes = NULL;
}

/* What the thread of the clock does besides. */
static void carry(void *ctx)
{
	sn_http_deliver_all(ctx);
}

/* All but the daemon. */
static int prepare(struct sn_http *h, const struct sn_http_config *cfg, char *why)
{
	const struct sn_http_web *web = cfg->web ? cfg->web : &no_web;
	uint64_t period;
	int rc;

	if (web->tls && !sn_http_daemon_has_tls()) {
		snprintf(why, SN_HTTP_WHY_MAX, "this libmicrohttpd was built without TLS");
		return SN_ENOSYS;
	}
	h->routes = calloc(cfg->nroutes + 1, sizeof(*h->routes));
	if (!h->routes || copy_extras(&h->extras, web)) {
		return explain(SN_ENOMEM, why);
	}
	for (; h->nroutes < cfg->nroutes; h->nroutes++) {
		h->routes[h->nroutes] = cfg->routes[h->nroutes];
	}
	h->timeout_ns = (cfg->timeout_s ? cfg->timeout_s : SN_HTTP_TIMEOUT_S) * SN_NS_PER_SEC;
	rc = web->tls ? sn_http_tls_new(web->tls, &h->tls, why) : SN_OK;
	if (rc) {
		return rc;
	}
	rc = explain(sn_http_auth_new(web->users, web->nusers, sn_http_request_checked, &h->auth),
		     why);
	if (rc) {
		return rc;
	}
	/* late by a part of the time that a client has */
	period = h->timeout_ns / 8 < SN_NS_PER_SEC ? h->timeout_ns / 8 : SN_NS_PER_SEC;
	rc = sn_http_watch_start(period, h->event, carry, h, &h->watch);
	if (rc) {
		snprintf(why, SN_HTTP_WHY_MAX, "cannot start a thread");
	}
	return rc;
}

int sn_http_start(const struct sn_http_config *cfg, struct sn_http **out, char *why)
{
	struct sn_http *h = calloc(1, sizeof(*h));
	int fd;
	int rc;

	if (!h) {
		return explain(SN_ENOMEM, why);
	}
	h->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->event < 0) {
		snprintf(why, SN_HTTP_WHY_MAX, "eventfd: %s", strerror(errno));
		free(h);
		return SN_ESYS;
	}
	pthread_mutex_init(&h->lock, NULL);
	sn_list_init(&h->live);
	sn_inbox_init(&h->replies);
	atomic_init(&h->refs, 1);
	rc = prepare(h, cfg, why);
	rc = rc ? rc : sn_http_listen(cfg->listen, &fd, &h->port, why);
	rc = rc ? rc : sn_http_daemon_start(h, cfg, fd, why);
	if (rc) {
		sn_http_watch_stop(h->watch);
		discard(h);
		sn_http_unref(h);
		return rc;
	}
	*out = h;
	return SN_OK;
}

uint16_t sn_http_port(const struct sn_http *h)
{
	return h->port;
}

int sn_http_set_web(struct sn_http *h, const struct sn_http_web *web, char *why)
{
	struct sn_http_extras extras = {0};
	struct sn_http_extras old_extras;
	struct sn_http_tls *tls = NULL;
	struct sn_http_tls *old_tls;
	int rc;

	web = web ? web : &no_web;
	if (!web->tls != !h->tls) {
		snprintf(why, SN_HTTP_WHY_MAX, "TLS cannot be turned %s without a restart",
			 web->tls ? "on" : "off");
		return SN_EINVAL;
	}
	rc = web->tls ? sn_http_tls_new(web->tls, &tls, why) : SN_OK;
	rc = rc ? rc : explain(copy_extras(&extras, web), why);
	/* last, since it cannot be taken back */
	rc = rc ? rc : explain(sn_http_auth_set_users(h->auth, web->users, web->nusers), why);
	if (rc) {
		sn_http_tls_unref(tls);
		free_extras(&extras);
		return rc;
	}
	pthread_mutex_lock(&h->lock);
	old_tls = h->tls;
	old_extras = h->extras;
	h->tls = tls;
	h->extras = extras;
	pthread_mutex_unlock(&h->lock);
	sn_http_tls_unref(old_tls);
	free_extras(&old_extras);
	return SN_OK;
}

/* Refuses what waits, so that nothing is suspended when libmicrohttpd ends, as it demands. */
static void refuse_parked(struct sn_http *h)
{
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	for (struct sn_list *n = h->live.next; n != &h->live; n = n->next) {
		struct sn_http_request *rq = sn_container_of(n, struct sn_http_request, node);

		if (rq->parked) {
			sn_http_request_refuse(rq, 503, "503 the server stops\n");
			sn_http_wake(rq);
		}
	}
	pthread_mutex_unlock(&h->lock);
}

void sn_http_stop(struct sn_http *h)
{
	if (!h) {
		return;
	}
	/* first: what it would tell are requests that the next step sends away */
	sn_http_auth_stop(h->auth);
	refuse_parked(h);
	sn_http_daemon_stop(h);
	sn_http_watch_stop(h->watch);
	/* who replies from now on is his own carrier; who has left a reply is found here */
	atomic_exchange_explicit(&h->stopped, 1, memory_order_acq_rel);
	sn_http_deliver_all(h);
	discard(h);
	sn_http_unref(h);
}

void sn_http_read_stats(struct sn_http *h, struct sn_http_stats *out)
{
	const struct sn_http_counts *c = &h->counts;
	uint64_t closed = atomic_load_explicit(&c->closed, memory_order_relaxed);

	out->connections = atomic_load_explicit(&c->connections, memory_order_relaxed);
	out->open = out->connections - closed;
	out->requests = atomic_load_explicit(&c->requests, memory_order_relaxed);
	for (int i = 0; i < 6; i++) {
		out->replies[i] = atomic_load_explicit(&c->replies[i], memory_order_relaxed);
	}
	out->auth_failures = atomic_load_explicit(&c->auth_failures, memory_order_relaxed);
	out->auth_busy = atomic_load_explicit(&c->auth_busy, memory_order_relaxed);
	out->slow = sn_http_watch_cut(h->watch);
}
