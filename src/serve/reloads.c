/*
 * POST /-/reload: who asks waits for the outcome of the next load, see serve.h. Requests come on
 * the HTTP server's thread; loads begin and end on the main thread.
 */
#include "serve/serve_int.h"

#include "base/clock.h"
#include "base/list.h"

#include <stdlib.h>

/* A request that waits. */
struct sn_reload_wait {
	struct sn_inbox_node node;  /* in asked, then in waiting */
	struct sn_http_request *rq; /* to be answered */
};

void sn_reloads_init(struct sn_reloads *r)
{
	sn_inbox_init(&r->asked);
	r->waiting = NULL;
	atomic_init(&r->snapshot, 1);
	atomic_init(&r->loaded_at, sn_clock_wall());
	atomic_init(&r->ok, true);
}

/* A browser says when another site's page made it ask; programs say nothing. */
static bool is_from_elsewhere(const struct sn_http_request *rq)
{
	const char *site = sn_http_header(rq, "Sec-Fetch-Site");

	return site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}

void sn_reloads_ask(void *ctx, struct sn_http_request *rq)
{
	struct sn_serve *s = ctx;
	struct sn_reload_wait *wait;

	if (is_from_elsewhere(rq)) {
		sn_serve_reply(rq, 403, SN_SERVE_PLAIN, "not by another site's page\n");
		return;
	}
	wait = malloc(sizeof(*wait));
	if (!wait) {
		sn_serve_reply(rq, 503, SN_SERVE_PLAIN, "out of memory\n");
		return;
	}
	wait->rq = rq;
	sn_http_suspend(rq);
	sn_inbox_push(&s->reloads.asked, &wait->node);
	s->cfg.reload(s->cfg.ctx);
}

static void answer(struct sn_inbox_node *list, unsigned status, const char *text)
{
	while (list) {
		struct sn_inbox_node *next = list->next;
		struct sn_reload_wait *wait = sn_container_of(list, struct sn_reload_wait, node);

		sn_serve_reply(wait->rq, status, SN_SERVE_PLAIN, text);
		free(wait);
		list = next;
	}
}

void sn_reloads_fini(struct sn_reloads *r)
{
	answer(r->waiting, 503, "shutting down\n");
	answer(sn_inbox_take(&r->asked), 503, "shutting down\n");
	r->waiting = NULL;
}

void sn_serve_reload_begins(struct sn_serve *s)
{
	struct sn_inbox_node **end;

	if (!s) {
		return;
	}
	end = &s->reloads.waiting;
	while (*end) {
		end = &(*end)->next;
	}
	*end = sn_inbox_take(&s->reloads.asked);
}

void sn_serve_reload_ends(struct sn_serve *s, uint64_t snapshot, const char *text)
{
	struct sn_reloads *r;

	if (!s) {
		return;
	}
	r = &s->reloads;
	atomic_store_explicit(&r->ok, snapshot != 0, memory_order_relaxed);
	if (snapshot) {
		atomic_store_explicit(&r->snapshot, snapshot, memory_order_relaxed);
		atomic_store_explicit(&r->loaded_at, sn_clock_wall(), memory_order_relaxed);
	}
	answer(r->waiting, snapshot ? 200 : 500, text);
	r->waiting = NULL;
}
