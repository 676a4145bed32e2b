/*
 * Questions to web servers, see fetch.h. One multi handle a call: it drives all transfers on the
 * calling thread and ends with it, so nothing is shared between calls.
 */
#include "targets/fetch.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIRST_ROOM = 64 << 10, LOOK_MS = 100, HEADER_MAX = 512 };

/* One question under way. */
struct transfer {
	struct sn_fetch *f;	     /* whose */
	CURL *easy;		     /* its handle */
	struct curl_slist *headers;  /* of the request */
	size_t cap;		     /* room at f->body, that of the NUL included */
	bool too_large;		     /* the document is */
	bool exhausted;		     /* no memory for it */
	char error[CURL_ERROR_SIZE]; /* libcurl's words */
};

/* The signal that a write to a closed connection raises in TLS libraries, kept from the process. */
struct pipe_guard {
	sigset_t before; /* the thread's mask */
	bool pending;	 /* it was waiting already: not ours */
};

static void guard_begin(struct pipe_guard *g)
{
	sigset_t set;

	sigpending(&set);
	g->pending = sigismember(&set, SIGPIPE) == 1;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, &g->before);
}

static void guard_end(const struct pipe_guard *g)
{
	static const struct timespec now;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	while (!g->pending && sigtimedwait(&set, NULL, &now) == SIGPIPE) {
	}
	pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

static int global_rc; /* of curl_global_init; written once */

static void init_once(void)
{
	global_rc = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? SN_OK : SN_ENOMEM;
}

static int init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_once);
	return global_rc;
}

static int set_url(CURLU *u, const char *text, char *shown)
{
	char *scheme = NULL;
	char *url = NULL;
	bool known;

	if (curl_url_set(u, CURLUPART_URL, text, 0) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0)) {
		return SN_EINVAL;
	}
	known = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
	curl_free(scheme);
	if (!known) {
		return SN_EINVAL;
	}
	if (curl_url_set(u, CURLUPART_USER, NULL, 0) ||
	    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) ||
	    curl_url_get(u, CURLUPART_URL, &url, 0)) {
		return SN_ENOMEM;
	}
	snprintf(shown, SN_FETCH_URL_MAX, "%s", url);
	curl_free(url);
	return SN_OK;
}

int sn_fetch_check_url(const char *text, char *shown)
{
	CURLU *u = init() ? NULL : curl_url();
	int rc = u ? set_url(u, text, shown) : SN_ENOMEM;

	curl_url_cleanup(u);
	return rc;
}

static long status_of(const struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Room for n octets more and the NUL; the first with what the server says that it will send. */
static bool grow(struct transfer *t, size_t n)
{
	size_t cap = t->cap ? t->cap : FIRST_ROOM;
	char *p;

	if (t->cap - t->f->n > n) {
		return true;
	}
	while (cap - t->f->n <= n) {
		cap *= 2;
	}
	p = realloc(t->f->body, cap);
	if (!p) {
		t->exhausted = true;
		return false;
	}
	t->f->body = p;
	t->cap = cap;
	return true;
}

/* libcurl's: octets of the document. What is not all taken ends the transfer. */
static size_t on_body(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	n *= one;
	if (status_of(t) != 200) {
		return n; /* the text of an error */
	}
	if (n > t->f->request->max - t->f->n) {
		t->too_large = true;
		return 0;
	}
	if (!grow(t, n)) {
		return 0;
	}
	memcpy(t->f->body + t->f->n, p, n);
	t->f->n += n;
	return n;
}

static int add_header(struct transfer *t, const char *line)
{
	struct curl_slist *more = curl_slist_append(t->headers, line);

	if (!more) {
		return SN_ENOMEM;
	}
	t->headers = more;
	return SN_OK;
}

static int add_headers(struct transfer *t)
{
	const char *const *line = t->f->request->headers;
	char text[HEADER_MAX];
	int rc = SN_OK;

	for (; line && *line && !rc; line++) {
		rc = add_header(t, *line);
	}
	if (!rc && t->f->etag[0]) {
		snprintf(text, sizeof(text), "If-None-Match: %s", t->f->etag);
		rc = add_header(t, text);
	}
	if (!rc && t->f->modified[0]) {
		snprintf(text, sizeof(text), "If-Modified-Since: %s", t->f->modified);
		rc = add_header(t, text);
	}
	snprintf(text, sizeof(text), "Accept: %s", t->f->request->type);
	return rc ? rc : add_header(t, text);
}

/* The options that hold texts, which libcurl copies, and those that depend on them. */
static CURLcode set_texts(const struct transfer *t)
{
	const struct sn_fetch_request *rq = t->f->request;
	const struct {
		CURLoption option; /* of a text */
		const char *text;  /* NULL: its default */
	} rows[] = {
		{CURLOPT_URL, rq->url},
		{CURLOPT_USERNAME, rq->username},
		{CURLOPT_PASSWORD, rq->password},
		{CURLOPT_CAINFO, rq->ca_file},
		{CURLOPT_SSLCERT, rq->cert_file},
		{CURLOPT_SSLKEY, rq->key_file},
		{CURLOPT_COPYPOSTFIELDS, rq->post},
		{CURLOPT_PROXY, rq->proxy ? rq->proxy : ""},
		{CURLOPT_PROTOCOLS_STR, "http,https"},
		{CURLOPT_REDIR_PROTOCOLS_STR, "http,https"},
		{CURLOPT_ACCEPT_ENCODING, "gzip"},
		{CURLOPT_USERAGENT, "sonde"},
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !rc; i++) {
		if (rows[i].text) {
			rc = curl_easy_setopt(t->easy, rows[i].option, rows[i].text);
		}
	}
	return rc;
}

static CURLcode set_numbers(const struct transfer *t)
{
	const struct sn_fetch_request *rq = t->f->request;
	long ms = (long)(rq->timeout_ns / SN_NS_PER_MS);
	long connect = SN_FETCH_CONNECT_S * 1000L;
	const struct {
		CURLoption option; /* of a number */
		long value;
	} rows[] = {
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_FOLLOWLOCATION, !rq->stay},
		{CURLOPT_MAXREDIRS, SN_FETCH_REDIRECTS},
		{CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1},
		{CURLOPT_CONNECTTIMEOUT_MS, ms > 0 && ms < connect ? ms : connect},
		{CURLOPT_SSL_VERIFYPEER, !rq->insecure},
		{CURLOPT_SSL_VERIFYHOST, rq->insecure ? 0 : 2},
		{CURLOPT_HTTPAUTH, CURLAUTH_BASIC},
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !rc; i++) {
		rc = curl_easy_setopt(t->easy, rows[i].option, rows[i].value);
	}
	return rc;
}

static int begin(struct transfer *t, CURLM *multi)
{
	struct sn_fetch *f = t->f;
	CURLcode rc;

	f->body = NULL;
	f->n = 0;
	f->why[0] = '\0';
	f->rc = SN_ECANCELED; /* until it has come to an end */
	t->easy = curl_easy_init();
	if (!t->easy || add_headers(t)) {
		return SN_ENOMEM;
	}
	rc = set_texts(t);
	rc = rc ? rc : set_numbers(t);
	rc = rc ? rc : curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	rc = rc ? rc : curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	rc = rc ? rc : curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	rc = rc ? rc : curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	rc = rc ? rc : curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	return rc || curl_multi_add_handle(multi, t->easy) ? SN_ENOMEM : SN_OK;
}

/* A header of the last answer into a tag; "" when there is none, or a long one. */
static void keep_tag(const struct transfer *t, const char *name, char *tag)
{
	struct curl_header *h = NULL;

	tag[0] = '\0';
	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK &&
	    strlen(h->value) < SN_FETCH_TAG_MAX) {
		memcpy(tag, h->value, strlen(h->value) + 1);
	}
}

/* Whether the document is of the type that was asked for, and in UTF-8 if it says in what. */
static bool type_is_right(const struct transfer *t, const char **type)
{
	const char *want = t->f->request->type;
	size_t n = strlen(want);
	const char *s;

	*type = NULL;
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, type);
	if (!*type || strncasecmp(*type, want, n) != 0) {
		return false;
	}
	s = *type + n;
	s += strspn(s, " \t");
	if (*s == '\0') {
		return true;
	}
	if (*s++ != ';') {
		return false;
	}
	s += strspn(s, " \t");
	return strcasecmp(s, "charset=utf-8") == 0 || strcasecmp(s, "charset=\"utf-8\"") == 0;
}

/* The transfer went through: what the server said. */
static int judge_answer(struct transfer *t)
{
	struct sn_fetch *f = t->f;
	bool asked = f->etag[0] || f->modified[0];
	long status = status_of(t);
	const char *type;

	if (status == 304 && asked) {
		return SN_EEXIST;
	}
	if (status != 200) {
		snprintf(f->why, sizeof(f->why),
			 "the server answers with status %ld (expected 200)", status);
		return SN_EIO;
	}
	if (!type_is_right(t, &type)) {
		snprintf(f->why, sizeof(f->why), "the answer is %s%.100s (expected %s in UTF-8)",
			 type ? "of the type " : "without a type", type ? type : "",
			 f->request->type);
		return SN_EIO;
	}
	if (!grow(t, 0)) {
		return SN_ENOMEM;
	}
	f->body[f->n] = '\0';
	keep_tag(t, "ETag", f->etag);
	keep_tag(t, "Last-Modified", f->modified);
	return SN_OK;
}

static void judge(struct transfer *t, CURLcode rc)
{
	struct sn_fetch *f = t->f;

	if (t->exhausted || rc == CURLE_OUT_OF_MEMORY) {
		f->rc = SN_ENOMEM;
	} else if (t->too_large) {
		snprintf(f->why, sizeof(f->why), "the answer is larger than %zu octets",
			 f->request->max);
		f->rc = SN_EIO;
	} else if (rc) {
		snprintf(f->why, sizeof(f->why), "%s",
			 t->error[0] ? t->error : curl_easy_strerror(rc));
		f->rc = SN_EIO;
	} else {
		f->rc = judge_answer(t);
	}
	if (f->rc) {
		free(f->body);
		f->body = NULL;
		f->n = 0;
	}
}

static void collect_ended(CURLM *multi)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		if (m->msg == CURLMSG_DONE) {
			CURLcode rc = m->data.result;
			char *t = NULL;

			curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
			judge((struct transfer *)(void *)t, rc);
		}
	}
}

static int drive(CURLM *multi, const _Atomic bool *cancel)
{
	int running = 1;

	while (running > 0) {
		if (cancel && atomic_load_explicit(cancel, memory_order_relaxed)) {
			return SN_ECANCELED;
		}
		if (curl_multi_perform(multi, &running) ||
		    (running > 0 && curl_multi_poll(multi, NULL, 0, LOOK_MS, NULL))) {
			return SN_ENOMEM;
		}
		collect_ended(multi);
	}
	return SN_OK;
}

static void end(struct transfer *t, CURLM *multi)
{
	if (t->easy) {
		curl_multi_remove_handle(multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
}

/* n of at least one, everything at hand. */
static int run(struct sn_fetch *v, unsigned n, struct transfer *transfers, CURLM *multi,
	       const _Atomic bool *cancel)
{
	struct pipe_guard guard;
	int rc = SN_OK;

	guard_begin(&guard);
	for (unsigned i = 0; i < n && !rc; i++) {
		transfers[i].f = &v[i];
		rc = begin(&transfers[i], multi);
	}
	rc = rc ? rc : drive(multi, cancel);
	for (unsigned i = 0; i < n; i++) {
		end(&transfers[i], multi);
		if (rc && transfers[i].f) {
			free(v[i].body);
			v[i].body = NULL;
		}
	}
	guard_end(&guard);
	return rc;
}

int sn_fetch_run(struct sn_fetch *v, unsigned n, const _Atomic bool *cancel)
{
	struct transfer *transfers = n ? calloc(n, sizeof(*transfers)) : NULL;
	CURLM *multi = transfers && !init() ? curl_multi_init() : NULL;
	int rc = n ? SN_ENOMEM : SN_OK;

	if (multi) {
		rc = run(v, n, transfers, multi, cancel);
		curl_multi_cleanup(multi);
	}
	free(transfers);
	return rc;
}
