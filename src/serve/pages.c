/*
 * The thread of pages that need the workers: it takes requests one by one, has the workers
 * surveyed, writes the page and replies. A worker that does not answer in time (it has ended, or is
 * in trouble) costs the page, not the thread: its part of the survey stays until it is done or the
 * workers are gone.
 */
#include "serve/serve_int.h"

#include "base/clock.h"
#include "base/list.h"
#include "page/html.h"
#include "serve/metrics_page.h"
#include "serve/outputs_page.h"
#include "serve/targets_page.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How long a page waits for the workers. */
#define TARGETS_PATIENCE (10 * SN_NS_PER_SEC)
#define METRICS_PATIENCE (3 * SN_NS_PER_SEC)

/* The lists of /metrics are made anew at most this often. */
#define TOP_EVERY (10 * SN_NS_PER_SEC)

/* A request on its way to the thread. */
struct page_request {
	struct sn_inbox_node node;		 /* in the inbox */
	struct sn_http_request *rq;		 /* to be answered */
	enum { METRICS, TARGETS, OUTPUTS } page; /* which */
	struct sn_targets_query query;		 /* of TARGETS */
	struct sn_outputs_query outputs;	 /* of OUTPUTS */
};

static void wake(struct sn_pages *pg)
{
	const uint64_t one = 1;

	if (write(pg->event_fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: the thread is awake already */
	}
}

/* A request for the thread; NULL: refused. */
static struct page_request *make_request(struct sn_http_request *rq)
{
	struct page_request *ask = calloc(1, sizeof(*ask));

	if (!ask) {
		sn_serve_reply(rq, 503, SN_SERVE_PLAIN, "out of memory\n");
		return NULL;
	}
	ask->rq = rq;
	return ask;
}

static void hand_over(struct sn_serve *s, struct page_request *ask)
{
	sn_http_suspend(ask->rq);
	sn_inbox_push(&s->pages.asked, &ask->node);
	wake(&s->pages);
}

void sn_pages_ask(struct sn_serve *s, struct sn_http_request *rq,
		  const struct sn_targets_query *query)
{
	struct page_request *ask = make_request(rq);

	if (ask) {
		ask->page = query ? TARGETS : METRICS;
		if (query) {
			ask->query = *query;
		}
		hand_over(s, ask);
	}
}

void sn_pages_ask_outputs(struct sn_serve *s, struct sn_http_request *rq,
			  const struct sn_outputs_query *query)
{
	struct page_request *ask = make_request(rq);

	if (ask) {
		ask->page = OUTPUTS;
		ask->outputs = *query;
		hand_over(s, ask);
	}
}

static bool is_stopping(const struct sn_pages *pg)
{
	return atomic_load_explicit(&pg->stop, memory_order_acquire);
}

/* Waits for something to happen, until mono ns. */
static void wait_event(struct sn_pages *pg, uint64_t until)
{
	struct pollfd fd = {.fd = pg->event_fd, .events = POLLIN};
	uint64_t now = sn_clock_mono();
	uint64_t count;
	int ms = -1;

	if (until != SN_TIME_NEVER) {
		ms = until > now ? (int)((until - now) / SN_NS_PER_MS) + 1 : 0;
	}
	if (poll(&fd, 1, ms) > 0 && read(pg->event_fd, &count, sizeof(count)) < 0) {
		return; /* somebody's wake came for nothing */
	}
}

/* True: it is done. False: time is up, or the end is near. */
static bool wait_survey(struct sn_pages *pg, const struct sn_survey *survey, uint64_t patience)
{
	uint64_t until = sn_clock_mono() + patience;

	while (!sn_survey_done(survey)) {
		if (is_stopping(pg) || sn_clock_mono() >= until) {
			return false;
		}
		wait_event(pg, until);
	}
	return true;
}

/* A survey that is done; NULL: the workers did not answer, or there is no memory. */
static struct sn_survey *survey_targets(struct sn_serve *s, const struct sn_survey_query *query)
{
	struct sn_pages *pg = &s->pages;
	struct sn_survey *survey;

	if (pg->abandoned && !sn_survey_done(pg->abandoned)) {
		return NULL; /* a worker has not even answered the one before */
	}
	sn_survey_free(pg->abandoned);
	pg->abandoned = NULL;
	survey = sn_survey_start(query, s->cfg.workers, s->cfg.nworkers, pg->event_fd);
	if (survey && !wait_survey(pg, survey, TARGETS_PATIENCE)) {
		sn_survey_cancel(survey);
		pg->abandoned = survey;
		return NULL;
	}
	return survey;
}

/* Brings pg->top up to date, if the workers let it. */
static void survey_top(struct sn_serve *s)
{
	struct sn_pages *pg = &s->pages;
	struct sn_survey_query query;

	if (pg->top && sn_clock_mono() - pg->top_at < TOP_EVERY) {
		return;
	}
	if (!pg->next_top) {
		sn_metrics_query(&query);
		pg->next_top =
			sn_survey_start(&query, s->cfg.workers, s->cfg.nworkers, pg->event_fd);
	}
	if (pg->next_top && wait_survey(pg, pg->next_top, METRICS_PATIENCE)) {
		sn_survey_free(pg->top);
		pg->top = pg->next_top;
		pg->next_top = NULL;
		pg->top_at = sn_clock_mono();
		pg->top_wall = sn_clock_wall();
	}
}

/* Ends the page in out, which was made by open_memstream, and replies with it. */
static void reply_page(struct sn_http_request *rq, FILE *out, char *const *text, const size_t *n,
		       const char *type)
{
	bool bad = ferror(out);

	if (fclose(out) || bad) {
		sn_serve_reply(rq, 503, SN_SERVE_PLAIN, "out of memory\n");
	} else {
		sn_http_reply(rq, 200, type, *text, *n);
	}
	free(*text);
}

static void make_metrics(struct sn_serve *s, const struct page_request *ask)
{
	struct sn_pages *pg = &s->pages;
	struct sn_metrics_page page;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out) {
		sn_serve_reply(ask->rq, 503, SN_SERVE_PLAIN, "out of memory\n");
		return;
	}
	survey_top(s);
	page = (struct sn_metrics_page){
		.cfg = &s->cfg,
		.survey = pg->top,
		.survey_at = pg->top_wall,
		.now = sn_clock_wall(),
		.snapshot = atomic_load_explicit(&s->reloads.snapshot, memory_order_relaxed),
		.loaded_at = atomic_load_explicit(&s->reloads.loaded_at, memory_order_relaxed),
		.load_ok = atomic_load_explicit(&s->reloads.ok, memory_order_relaxed)};
	sn_http_read_stats(s->http, &page.http);
	sn_scraper_stats_get(s->scraper, &page.scrapes);
	sn_metrics_page_write(out, &page);
	reply_page(ask->rq, out, &text, &n, "text/plain; version=0.0.4; charset=utf-8");
}

static void write_targets(const struct page_request *ask, const struct sn_survey *survey,
			  const struct sn_survey_row **rows)
{
	const struct sn_targets_query *q = &ask->query;
	struct sn_targets_page page = {.query = q,
				       .matched = sn_survey_matched(survey),
				       .rows = rows,
				       .now = sn_clock_wall() / SN_NS_PER_SEC};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out) {
		sn_serve_reply(ask->rq, 503, SN_SERVE_PLAIN, "out of memory\n");
		return;
	}
	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		page.totals[i] = sn_survey_total(survey, (enum sn_target_state)i);
	}
	page.n = sn_survey_rows(survey, 0, q->offset, rows, q->limit);
	if (q->json) {
		sn_targets_json_write(out, &page);
		reply_page(ask->rq, out, &text, &n, "application/json");
	} else {
		sn_targets_html_write(out, &page);
		reply_page(ask->rq, out, &text, &n, SN_HTML_TYPE);
	}
}

static void make_targets(struct sn_serve *s, const struct page_request *ask)
{
	const struct sn_survey_row **rows =
		malloc((ask->query.limit + 1u) * sizeof(const struct sn_survey_row *));
	struct sn_survey *survey = rows ? survey_targets(s, &ask->query.survey) : NULL;

	if (survey) {
		write_targets(ask, survey, rows);
	} else {
		sn_serve_reply(ask->rq, 503, SN_SERVE_PLAIN,
			       is_stopping(&s->pages) ? "shutting down\n"
						      : "the workers do not answer\n");
	}
	sn_survey_free(survey);
	free(rows);
}

static void make_outputs(struct sn_serve *s, const struct page_request *ask)
{
	struct sn_outputs_page page;
	char *text = NULL;
	size_t n = 0;
	int rc = sn_outputs_page_init(&page, &s->cfg, ask->outputs.limit);
	FILE *out = rc ? NULL : open_memstream(&text, &n);

	if (!out) {
		sn_serve_reply(ask->rq, 503, SN_SERVE_PLAIN, "out of memory\n");
	} else if (ask->outputs.json) {
		sn_outputs_json_write(out, &page);
		reply_page(ask->rq, out, &text, &n, "application/json");
	} else {
		sn_outputs_html_write(out, &page);
		reply_page(ask->rq, out, &text, &n, SN_HTML_TYPE);
	}
	sn_outputs_page_fini(&page);
}

static void make_page(struct sn_serve *s, struct page_request *ask)
{
	if (is_stopping(&s->pages)) {
		sn_serve_reply(ask->rq, 503, SN_SERVE_PLAIN, "shutting down\n");
	} else if (ask->page == TARGETS) {
		make_targets(s, ask);
	} else if (ask->page == OUTPUTS) {
		make_outputs(s, ask);
	} else {
		make_metrics(s, ask);
	}
	free(ask);
}

static void *pages_main(void *arg)
{
	struct sn_serve *s = arg;
	bool last = false;

	while (!last) {
		struct sn_inbox_node *n;

		/* what was asked before the stop is still answered */
		last = is_stopping(&s->pages);
		n = sn_inbox_take(&s->pages.asked);
		if (!n && !last) {
			wait_event(&s->pages, SN_TIME_NEVER);
		}
		while (n) {
			struct sn_inbox_node *next = n->next;

			make_page(s, sn_container_of(n, struct page_request, node));
			n = next;
		}
	}
	return NULL;
}

int sn_pages_init(struct sn_serve *s)
{
	sn_inbox_init(&s->pages.asked);
	s->pages.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return s->pages.event_fd < 0 ? SN_ESYS : SN_OK;
}

int sn_pages_start(struct sn_serve *s)
{
	struct sn_pages *pg = &s->pages;

	if (pthread_create(&pg->thread, NULL, pages_main, s)) {
		return SN_ESYS;
	}
	pthread_setname_np(pg->thread, "sonde-pages");
	pg->started = true;
	return SN_OK;
}

void sn_pages_stop(struct sn_serve *s)
{
	struct sn_pages *pg = &s->pages;

	atomic_store_explicit(&pg->stop, true, memory_order_release);
	if (pg->started) {
		wake(pg);
		pthread_join(pg->thread, NULL);
	} else {
		pages_main(s); /* refuses what was asked of a thread that never began */
	}
	sn_survey_free(pg->top);
	sn_survey_free(pg->next_top);
	sn_survey_free(pg->abandoned);
	if (pg->event_fd >= 0) {
		close(pg->event_fd);
	}
}
