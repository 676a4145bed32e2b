/*
 * Requests without libmicrohttpd: their memory, arguments and headers, and their way from the last
 * octet read to the reply: who asks, which route it is, who answers. Server's thread, but for those
 * functions of http.h that any thread may call.
 */
#include "observe/http_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { REQUEST_CHUNK = 4 << 10, LOG_PATH_MAX = 200 };

static void init_fields(struct sn_http_fields *f)
{
	f->first = NULL;
	f->tail = &f->first;
}

struct sn_http_request *sn_http_request_new(struct sn_http *h, struct MHD_Connection *conn,
					    const char *method, const char *path)
{
	struct sn_http_request *rq = calloc(1, sizeof(*rq));

	if (!rq) {
		return NULL;
	}
	sn_arena_pool_init(&rq->pool, REQUEST_CHUNK);
	sn_arena_init(&rq->arena, &rq->pool);
	init_fields(&rq->args);
	init_fields(&rq->headers);
	rq->method = sn_arena_strndup(&rq->arena, method, strlen(method));
	rq->path = sn_arena_strndup(&rq->arena, path, strlen(path));
	if (!rq->method || !rq->path) {
		sn_arena_reset(&rq->arena);
		sn_arena_pool_fini(&rq->pool);
		free(rq);
		return NULL;
	}
	rq->h = h;
	rq->conn = conn;
	rq->thread = pthread_self();
	rq->refs = 1;
	rq->begun = sn_clock_mono();
	sn_list_init(&rq->waiter.node);
	atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
	pthread_mutex_lock(&h->lock);
	sn_list_push(&h->live, &rq->node);
	pthread_mutex_unlock(&h->lock);
	return rq;
}

int sn_http_request_add(struct sn_http_request *rq, struct sn_http_fields *fields,
			struct sn_span name, struct sn_span value)
{
	struct sn_http_field *f;

	if ((name.n && memchr(name.p, '\0', name.n)) ||
	    (value.n && memchr(value.p, '\0', value.n))) {
		return SN_EINVAL;
	}
	f = sn_arena_alloc(&rq->arena, sizeof(*f));
	if (!f) {
		return SN_ENOMEM;
	}
	f->next = NULL;
	f->name = sn_arena_strndup(&rq->arena, (const char *)name.p, name.n);
	f->value = sn_arena_strndup(&rq->arena, value.n ? (const char *)value.p : "", value.n);
	if (!f->name || !f->value) {
		return SN_ENOMEM;
	}
	*fields->tail = f;
	fields->tail = &f->next;
	return SN_OK;
}

void sn_http_unref(struct sn_http *h)
{
	if (atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) == 1) {
		sn_http_packer_free(atomic_load_explicit(&h->packer, memory_order_acquire));
		close(h->event);
		pthread_mutex_destroy(&h->lock);
		free(h);
	}
}

void sn_http_request_put(struct sn_http_request *rq)
{
	struct sn_http *h = rq->h;
	bool last = --rq->refs == 0;

	pthread_mutex_unlock(&h->lock);
	if (!last) {
		return;
	}
	free(rq->answer.body);
	for (struct sn_http_field *f = rq->headers.first; f; f = f->next) {
		/* passwords */
		explicit_bzero((void *)(uintptr_t)f->value, strlen(f->value));
	}
	sn_arena_reset(&rq->arena);
	sn_arena_pool_fini(&rq->pool);
	free(rq);
	sn_http_unref(h);
}

void sn_http_request_refuse(struct sn_http_request *rq, unsigned status, const char *text)
{
	struct sn_http_answer *a = &rq->answer;

	free(a->body);
	a->body = strdup(text);
	a->n = a->body ? strlen(text) : 0;
	a->status = status;
	snprintf(a->type, sizeof(a->type), "text/plain; charset=utf-8");
	rq->phase = SN_HTTP_REPLIED;
}

const char *sn_http_arg_next(const struct sn_http_request *rq, const char *name, const char *after)
{
	const struct sn_http_field *f = rq->args.first;

	while (f && after) {
		if (f->value == after) {
			after = NULL;
		}
		f = f->next;
	}
	while (f && strcmp(f->name, name) != 0) {
		f = f->next;
	}
	return f ? f->value : NULL;
}

const char *sn_http_arg(const struct sn_http_request *rq, const char *name)
{
	return sn_http_arg_next(rq, name, NULL);
}

const char *sn_http_header(const struct sn_http_request *rq, const char *name)
{
	for (const struct sn_http_field *f = rq->headers.first; f; f = f->next) {
		if (strcasecmp(f->name, name) == 0) {
			return f->value;
		}
	}
	return NULL;
}

/* Who asks, for the shares of the password check: an IPv4 address, or an IPv6 network. */
static uint64_t network_of(const struct sn_addr *client)
{
	const struct sn_addr a = *client;
	uint64_t net = 0;

	if (a.sa.sa_family == AF_INET) {
		return a.in.sin_addr.s_addr;
	}
	if (a.sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a.in6.sin6_addr)) {
		memcpy(&net, a.in6.sin6_addr.s6_addr + 12, 4);
	} else if (a.sa.sa_family == AF_INET6) {
		memcpy(&net, a.in6.sin6_addr.s6_addr, 8);
	}
	return net;
}

/* Only the path: arguments may be nobody's business. */
void sn_http_request_log(const struct sn_http_request *rq)
{
	char from[SN_ADDR_TEXT_MAX] = "?";
	char path[LOG_PATH_MAX];

	snprintf(path, sizeof(path), "%s %s", rq->method, rq->path);
	for (char *s = path; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f || *s == '"') {
			*s = '?';
		}
	}
	if (rq->client.sa.sa_family != AF_UNSPEC) {
		sn_addr_format(&rq->client, from, sizeof(from));
	}
	sn_log(SN_LOG_DEBUG, "http: %s \"%s\" %u, %zu octets, %.3f s", from, path,
	       rq->answer.status, rq->answer.n,
	       (double)(sn_clock_mono() - rq->begun) / (double)SN_NS_PER_SEC);
}

/* HEAD is a GET whose reply stays without its body, which libmicrohttpd sees to. */
static bool fits(const struct sn_http_route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* The methods of a path, as the header Allow has them (RFC 9110 section 10.2.1). */
static const char *allowed(struct sn_http_request *rq)
{
	char text[128] = "";
	size_t n = 0;
	const char *copy;

	for (unsigned i = 0; i < rq->h->nroutes; i++) {
		const struct sn_http_route *r = &rq->h->routes[i];

		if (strcmp(r->path, rq->path) == 0 && n < sizeof(text)) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s", n ? ", " : "",
					      r->method,
					      strcmp(r->method, "GET") == 0 ? ", HEAD" : "");
		}
	}
	copy = sn_arena_strndup(&rq->arena, text, strlen(text));
	return copy ? copy : "";
}

/* The route of a request; NULL: the refusal is set. Under h->lock. */
static const struct sn_http_route *find_route(struct sn_http_request *rq)
{
	bool known = false;

	for (unsigned i = 0; i < rq->h->nroutes; i++) {
		const struct sn_http_route *r = &rq->h->routes[i];

		if (strcmp(r->path, rq->path) == 0) {
			if (fits(r, rq->method)) {
				return r;
			}
			known = true;
		}
	}
	if (known) {
		rq->answer.extra_name = "Allow";
		rq->answer.extra_value = allowed(rq);
		sn_http_request_refuse(rq, 405, "405 method not allowed\n");
	} else {
		sn_http_request_refuse(rq, 404, "404 page not found\n");
	}
	return NULL;
}

/* The phase now, which another thread may have changed. */
static enum sn_http_phase phase_of(struct sn_http_request *rq)
{
	enum sn_http_phase phase;

	pthread_mutex_lock(&rq->h->lock);
	phase = rq->phase;
	pthread_mutex_unlock(&rq->h->lock);
	return phase;
}

static void set_verdict(struct sn_http_request *rq, enum sn_http_verdict verdict)
{
	switch (verdict) {
	case SN_HTTP_AUTH_YES:
		rq->phase = SN_HTTP_ALLOWED;
		break;
	case SN_HTTP_AUTH_WAIT:
		rq->phase = SN_HTTP_NEW; /* asks again */
		break;
	case SN_HTTP_AUTH_BUSY:
		sn_http_count(&rq->h->counts.auth_busy);
		rq->answer.extra_name = "Retry-After";
		rq->answer.extra_value = "1";
		sn_http_request_refuse(rq, 429, "429 too many passwords to check\n");
		break;
	case SN_HTTP_AUTH_NO:
		sn_http_count(&rq->h->counts.auth_failures);
		__attribute__((fallthrough));
	case SN_HTTP_AUTH_NONE:
		rq->answer.extra_name = "WWW-Authenticate";
		rq->answer.extra_value = "Basic realm=\"sonde\", charset=\"UTF-8\"";
		sn_http_request_refuse(rq, 401, "401 unauthorized\n");
		break;
	}
}

void sn_http_request_checked(struct sn_http_waiter *w, enum sn_http_verdict verdict)
{
	struct sn_http_request *rq = sn_container_of(w, struct sn_http_request, waiter);
	struct sn_http *h = rq->h;

	/* it is there: its connection cannot end while it is suspended, nor before it was */
	pthread_mutex_lock(&h->lock);
	if (rq->phase == SN_HTTP_CHECKING) {
		set_verdict(rq, verdict);
		sn_http_wake(rq);
	}
	pthread_mutex_unlock(&h->lock);
}

static void authorize(struct sn_http_request *rq)
{
	struct sn_http *h = rq->h;
	const char *header = sn_http_header(rq, "Authorization");
	enum sn_http_verdict verdict;

	pthread_mutex_lock(&h->lock);
	rq->phase = SN_HTTP_CHECKING; /* before sn_http_request_checked may be called */
	pthread_mutex_unlock(&h->lock);
	verdict = sn_http_auth_check(h->auth, header, network_of(&rq->client), &rq->waiter);
	if (verdict != SN_HTTP_AUTH_WAIT) {
		pthread_mutex_lock(&h->lock);
		set_verdict(rq, verdict);
		pthread_mutex_unlock(&h->lock);
	}
}

/* Whether a handler has returned without a reply and without a word. */
static bool is_forgotten(struct sn_http_request *rq)
{
	bool forgotten;

	pthread_mutex_lock(&rq->h->lock);
	forgotten = rq->phase == SN_HTTP_HANDLED && !rq->later;
	pthread_mutex_unlock(&rq->h->lock);
	return forgotten;
}

/* Hands a request to its route. */
static void dispatch(struct sn_http_request *rq)
{
	struct sn_http *h = rq->h;
	const struct sn_http_route *route;

	pthread_mutex_lock(&h->lock);
	route = find_route(rq);
	if (route) {
		rq->phase = SN_HTTP_HANDLED;
		rq->refs++;
	}
	pthread_mutex_unlock(&h->lock);
	if (!route) {
		return;
	}
	route->handle(route->ctx, rq);
	if (is_forgotten(rq)) {
		sn_http_reply(rq, 500, "text/plain; charset=utf-8", "500 no reply\n", 13);
	}
}

bool sn_http_request_advance(struct sn_http_request *rq)
{
	for (;;) {
		enum sn_http_phase phase = phase_of(rq);

		switch (phase) {
		case SN_HTTP_NEW:
			authorize(rq);
			break;
		case SN_HTTP_ALLOWED:
			dispatch(rq);
			break;
		case SN_HTTP_CHECKING:
		case SN_HTTP_HANDLED:
			if (sn_http_park(rq, phase)) {
				return false;
			}
			break;
		case SN_HTTP_REPLIED:
			return true;
		}
	}
}
