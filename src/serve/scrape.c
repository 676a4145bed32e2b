/*
 * The way of a scrape, see scrape.h: from the HTTP server's thread, perhaps by way of the resolver,
 * to a worker, and back by the thread that replies. A scrape belongs to one of them at a time; the
 * list of open ones, under a lock, is for the end only.
 */
#include "serve/scrape.h"

#include "base/clock.h"
#include "serve/scrape_int.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CHUNK = 4096 };

#define TEXT_TYPE "text/plain; charset=utf-8"

struct sn_scraper {
	const struct sn_serve_config *cfg; /* constant */
	struct sn_resolver *resolver;	   /* of targets' names */
	struct sn_inbox finished;	   /* scrapes to reply to, any worker pushes */
	int event_fd;			   /* and then adds 1 here */
	pthread_t thread;		   /* that replies */
	bool running;			   /* it was started */
	_Atomic bool stop;		   /* it is to end */
	pthread_mutex_t lock;		   /* of open */
	struct sn_scrape *open;		   /* not answered yet */
	_Atomic uint64_t requests;	   /* struct sn_scrape_stats */
	_Atomic uint64_t refused;
	_Atomic uint64_t failed;
	_Atomic uint64_t nopen;
	_Atomic uint64_t duplicates;
};

static void count(_Atomic uint64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static void link_open(struct sn_scrape *s)
{
	struct sn_scraper *sc = s->scraper;

	pthread_mutex_lock(&sc->lock);
	s->next = sc->open;
	s->at = &sc->open;
	if (s->next) {
		s->next->at = &s->next;
	}
	sc->open = s;
	pthread_mutex_unlock(&sc->lock);
	s->listed = true;
	count(&sc->nopen, 1);
}

static void unlink_open(struct sn_scrape *s)
{
	struct sn_scraper *sc = s->scraper;

	if (!s->listed) {
		return;
	}
	pthread_mutex_lock(&sc->lock);
	*s->at = s->next;
	if (s->next) {
		s->next->at = s->at;
	}
	pthread_mutex_unlock(&sc->lock);
	count(&sc->nopen, UINT64_MAX);
}

static void free_scrape(struct sn_scrape *s)
{
	unlink_open(s);
	sn_expose_free(s->expose);
	sn_arena_reset(&s->arena);
	sn_arena_pool_fini(&s->pool);
	sn_config_free(s->cfg);
	free(s);
}

static void reply_text(struct sn_scrape *s, unsigned status, const char *text)
{
	sn_http_reply(s->rq, status, TEXT_TYPE, text, strlen(text));
	free_scrape(s);
}

/* On the worker: rows of a table. */
static void take_rows(struct sn_probe *p, const struct sn_block *blk)
{
	struct sn_scrape *s = sn_container_of(p, struct sn_scrape, probe);

	s->nomem |= sn_expose_block(s->expose, blk) != SN_OK;
}

/* On the worker: whether a table was answered to its end. */
static void take_table(struct sn_probe *p, const struct sn_schema *schema, bool whole)
{
	sn_scrape_say_table(sn_container_of(p, struct sn_scrape, probe), schema, whole);
}

/* On the worker: the round is over. */
static void take_end(struct sn_probe *p)
{
	struct sn_scrape *s = sn_container_of(p, struct sn_scrape, probe);
	struct sn_scraper *sc = s->scraper;
	uint64_t one = 1;

	sn_inbox_push(&sc->finished, &s->finished);
	if (write(sc->event_fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: the thread is awake */
	}
}

static void reply_failure(struct sn_scrape *s)
{
	const struct sn_round *rd = &s->probe.round;
	char text[1024];

	count(&s->scraper->failed, 1);
	snprintf(text, sizeof(text),
		 "An error has occurred while serving metrics:\n\nerror getting target %s: %s: %s "
		 "(%u requests, %u retries)\n",
		 s->spec.origin.instance, sn_round_status_name(rd->status),
		 rd->reason ? rd->reason : "no answer", rd->requests, rd->retries);
	reply_text(s, 500, text);
}

/* Whether what came is worth a reply. An agent that answered all, if only to refuse it (tooBig,
 * genErr), is there, whatever little it gave: so snmp_exporter has it. */
static bool is_answer(const struct sn_scrape *s)
{
	const struct sn_round *rd = &s->probe.round;
	const bool refused = rd->timeouts == 0 &&
			     (rd->status == SN_ROUND_PARTIAL || rd->status == SN_ROUND_AGENT_ERROR);

	if (rd->status == SN_ROUND_OK) {
		return true;
	}
	return s->cfg->partial_scrapes && (rd->rows > 0 || refused);
}

static void reply(struct sn_scrape *s)
{
	const enum sn_expose_format format =
		s->openmetrics ? SN_EXPOSE_OPENMETRICS : SN_EXPOSE_TEXT;
	struct sn_span text;

	if (!is_answer(s)) {
		reply_failure(s);
		return;
	}
	if (sn_scrape_write(s, &text)) {
		count(&s->scraper->failed, 1);
		reply_text(s, 503, "out of memory\n");
		return;
	}
	count(&s->scraper->duplicates, sn_expose_duplicates(s->expose));
	sn_http_reply(s->rq, 200, sn_expose_content_type(format), text.p, text.n);
	free_scrape(s);
}

static void *run(void *arg)
{
	struct sn_scraper *sc = arg;

	while (!atomic_load_explicit(&sc->stop, memory_order_acquire)) {
		struct sn_inbox_node *n;
		uint64_t times;

		if (read(sc->event_fd, &times, sizeof(times)) < 0) {
			continue; /* interrupted */
		}
		n = sn_inbox_take(&sc->finished);
		while (n) {
			struct sn_inbox_node *next = n->next;

			reply(sn_container_of(n, struct sn_scrape, finished));
			n = next;
		}
	}
	return NULL;
}

/* The target has an address, or none was found. */
static void post(struct sn_scrape *s)
{
	const struct sn_serve_config *cfg = s->scraper->cfg;

	s->probe.collector = cfg->workers[s->spec.hash % cfg->nworkers].collector;
	sn_probe_post(&s->probe);
}

static void on_address(struct sn_resolve *q, bool found)
{
	struct sn_scrape *s = sn_container_of(q, struct sn_scrape, resolve);

	if (found) {
		s->spec.addr = q->addr;
		sn_addr_set_port(&s->spec.addr, s->port);
	} else {
		s->spec.resolve_err = SN_ENOENT;
	}
	post(s);
}

static struct sn_scrape *new_scrape(struct sn_scraper *sc, struct sn_http_request *rq)
{
	struct sn_scrape *s = calloc(1, sizeof(*s));
	const struct sn_expose_options opt = {
		.format = sn_http_pick_openmetrics(sn_http_header(rq, "Accept"))
				  ? SN_EXPOSE_OPENMETRICS
				  : SN_EXPOSE_TEXT,
		.wrap_counters = true};

	if (!s) {
		return NULL;
	}
	sn_arena_pool_init(&s->pool, CHUNK);
	sn_arena_init(&s->arena, &s->pool);
	s->scraper = sc;
	s->rq = rq;
	s->started = sn_clock_mono();
	s->openmetrics = opt.format == SN_EXPOSE_OPENMETRICS;
	s->expose = sn_expose_new(&opt);
	s->cfg = sc->cfg->snapshot(sc->cfg->ctx);
	s->probe.rows = take_rows;
	s->probe.table = take_table;
	s->probe.done = take_end;
	s->resolve.host = s->host;
	s->resolve.answer = on_address;
	return s;
}

void sn_scraper_handle(void *ctx, struct sn_http_request *rq)
{
	static const char busy[] = "out of memory\n";
	struct sn_scraper *sc = ctx;
	struct sn_scrape *s = new_scrape(sc, rq);
	int rc;

	count(&sc->requests, 1);
	if (!s) {
		sn_http_reply(rq, 503, TEXT_TYPE, busy, sizeof(busy) - 1);
		return;
	}
	rc = s->expose ? sn_scrape_read(s) : SN_ENOMEM;
	if (rc) {
		count(&sc->refused, 1);
		strncat(s->why, "\n", sizeof(s->why) - strlen(s->why) - 1);
		reply_text(s, rc == SN_EINVAL ? 400 : 503, rc == SN_EINVAL ? s->why : busy);
		return;
	}
	sn_http_suspend(rq);
	link_open(s);
	if (s->host[0]) {
		sn_resolver_ask(sc->resolver, &s->resolve);
	} else {
		post(s);
	}
}

struct sn_scraper *sn_scraper_new(const struct sn_serve_config *cfg)
{
	struct sn_scraper *sc = calloc(1, sizeof(*sc));

	if (!sc) {
		return NULL;
	}
	sc->cfg = cfg;
	pthread_mutex_init(&sc->lock, NULL);
	sn_inbox_init(&sc->finished);
	sc->event_fd = eventfd(0, EFD_CLOEXEC);
	sc->resolver = sn_resolver_new();
	if (sc->event_fd >= 0 && sc->resolver) {
		sc->running = pthread_create(&sc->thread, NULL, run, sc) == 0;
	}
	if (!sc->running) {
		sn_scraper_free(sc);
		return NULL;
	}
	return sc;
}

void sn_scraper_free(struct sn_scraper *sc)
{
	uint64_t one = 1;

	if (!sc) {
		return;
	}
	sn_resolver_free(sc->resolver);
	atomic_store_explicit(&sc->stop, true, memory_order_release);
	if (sc->running && write(sc->event_fd, &one, sizeof(one)) >= 0) {
		pthread_join(sc->thread, NULL);
	}
	while (sc->open) {
		struct sn_scrape *s = sc->open;

		sc->open = s->next;
		s->listed = false;
		reply_text(s, 503, "shutting down\n");
	}
	if (sc->event_fd >= 0) {
		close(sc->event_fd);
	}
	pthread_mutex_destroy(&sc->lock);
	free(sc);
}

void sn_scraper_stats_get(struct sn_scraper *sc, struct sn_scrape_stats *out)
{
	out->requests = atomic_load_explicit(&sc->requests, memory_order_relaxed);
	out->refused = atomic_load_explicit(&sc->refused, memory_order_relaxed);
	out->failed = atomic_load_explicit(&sc->failed, memory_order_relaxed);
	out->open = atomic_load_explicit(&sc->nopen, memory_order_relaxed);
	out->duplicates = atomic_load_explicit(&sc->duplicates, memory_order_relaxed);
}
