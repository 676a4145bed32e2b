/*
 * What /outputs tells, gathered from the pumps, see outputs_page.h. Called by pages.c on its
 * thread, the query by serve.c on the HTTP server's.
 */
#include "serve/outputs_page.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

const char *const sn_outputs_causes[SN_SPOOL_CAUSES] = {
	[SN_SPOOL_FULL] = "full",
	[SN_SPOOL_AGE] = "age",
	[SN_SPOOL_DAMAGED] = "damaged",
	[SN_SPOOL_UNWRITTEN] = "unwritten",
};

const char *const sn_outputs_reasons[SN_LOSSES] = {
#define LOSS_NAME(id, name, help) name,
	SN_LOSS_TABLE(LOSS_NAME)
#undef LOSS_NAME
};

int sn_outputs_query_read(const struct sn_args *args, const char *accept,
			  struct sn_outputs_query *q, char *why)
{
	int rc = sn_args_format(args, accept, &q->json, why);

	return rc ? rc
		  : sn_args_number(args, "limit", SN_OUTPUTS_LIMIT, SN_OUTPUTS_LIMIT_MAX, &q->limit,
				   why);
}

/* All losses of an output while they come in. */
struct gathering {
	struct sn_output_loss *v; /* heap */
	uint32_t n;		  /* in use */
	uint32_t cap;		  /* room */
	bool nomem;		  /* memory ran out: nothing more is taken */
};

static bool make_room(struct gathering *g)
{
	uint32_t cap = g->cap ? 2 * g->cap : 64;
	struct sn_output_loss *v;

	if (g->n < g->cap) {
		return true;
	}
	v = reallocarray(g->v, cap, sizeof(*v));
	if (v) {
		g->v = v;
		g->cap = cap;
	}
	return v != NULL;
}

static void gather(void *ctx, const struct sn_spooler_loss *loss)
{
	struct gathering *g = ctx;
	char *target = !g->nomem && make_room(g) ? strdup(loss->target) : NULL;

	if (!target) {
		g->nomem = true;
		return;
	}
	g->v[g->n++] = (struct sn_output_loss){.target = target,
					       .rows = loss->rows,
					       .rounds = loss->rounds,
					       .messages = loss->messages};
}

/* Most rows first, then most messages, then by name. */
static int by_size(const void *a, const void *b)
{
	const struct sn_output_loss *x = a;
	const struct sn_output_loss *y = b;

	if (x->rows != y->rows) {
		return x->rows < y->rows ? 1 : -1;
	}
	if (x->messages != y->messages) {
		return x->messages < y->messages ? 1 : -1;
	}
	return strcmp(x->target, y->target);
}

static int view_losses(const struct sn_pump *pump, uint32_t limit, struct sn_output_view *view)
{
	struct gathering g = {0};

	sn_pump_spool_losses(pump, gather, &g);
	if (g.n) {
		qsort(g.v, g.n, sizeof(*g.v), by_size);
	}
	view->targets = g.n;
	for (uint32_t i = limit; i < g.n; i++) {
		free(g.v[i].target);
	}
	view->losses = g.v;
	view->nlosses = g.n < limit ? g.n : limit;
	return g.nomem ? SN_ENOMEM : SN_OK;
}

int sn_outputs_page_init(struct sn_outputs_page *page, const struct sn_serve_config *cfg,
			 uint32_t limit)
{
	page->n = 0;
	page->now = sn_clock_wall();
	page->outputs = calloc(cfg->npumps + 1u, sizeof(*page->outputs));
	if (!page->outputs) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; i < cfg->npumps; i++) {
		struct sn_output_view *view = &page->outputs[page->n++];

		sn_pump_report_get(cfg->pumps[i], &view->report);
		sn_pump_stats_get(cfg->pumps[i], &view->stats);
		view->kafka = sn_pump_figures(cfg->pumps[i], view->figures) == SN_KAFKA_FIGURES;
		if (view_losses(cfg->pumps[i], limit, view)) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

void sn_outputs_page_fini(struct sn_outputs_page *page)
{
	for (unsigned i = 0; i < page->n; i++) {
		for (uint32_t k = 0; k < page->outputs[i].nlosses; k++) {
			free(page->outputs[i].losses[k].target);
		}
		free(page->outputs[i].losses);
	}
	free(page->outputs);
}

double sn_outputs_lag(const struct sn_spooler_stats *st, uint64_t now)
{
	uint64_t ms = now / SN_NS_PER_MS;

	return st->oldest_ms && st->oldest_ms < ms ? (double)(ms - st->oldest_ms) / 1e3 : 0;
}

/* What is left of a sum whose parts were not read at one moment. */
static uint64_t rest(uint64_t all, uint64_t a, uint64_t b, uint64_t c)
{
	return all > a + b + c ? all - a - b - c : 0;
}

uint64_t sn_outputs_rows_in_flight(const struct sn_pump_stats *st)
{
	return rest(st->rows_encoded, st->rows_written, st->rows_lost, st->rows_waiting);
}

uint64_t sn_outputs_rounds_in_flight(const struct sn_pump_stats *st)
{
	return rest(st->rounds_encoded, st->rounds_written, st->rounds_lost, st->rounds_waiting);
}
