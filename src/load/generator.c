/*
 * Sending and counting, see generator.h. daemon runs one per thread, tests over io/fake.
 */
#include "load/generator.h"

#include "load/walker.h"
#include "session/discovery.h"

#include <assert.h>
#include <stdlib.h>

enum {
	PER_CHUNK = 64,		    /* requests that one allocation makes */
	MEETINGS = 256,		    /* at a time */
	MEET_ATTEMPTS = 3,	    /* for a target that is to take part */
	CAP_SLACK_NS = 10 * 1000000 /* what a cap lets be made up for */
};

/* sysUpTime.0: every agent has it. */
static const uint8_t meet_vbs[] = {0x30, 12, 0x06, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0, 0x05, 0};

static void fill(struct sn_generator *g);

static void init_devices(struct sn_generator *g)
{
	for (uint32_t i = 0; i < g->cfg.ntargets; i++) {
		struct sn_device_config dc = g->cfg.target[i];

		/* how many are in flight is the run's business, and when to ask again the user's */
		dc.window = UINT32_MAX;
		dc.fixed = true;
		dc.sock = (int16_t)sn_io_pick_socket(g->w->io, dc.addr.sa.sa_family, i);
		sn_device_init(&g->devices[i], &dc);
		g->live[i] = &g->devices[i];
	}
	g->nlive = g->cfg.ntargets;
}

int sn_generator_init(struct sn_generator *g, struct sn_worker *w,
		      const struct sn_generator_config *cfg)
{
	if (cfg->ntargets == 0) {
		return SN_EINVAL;
	}
	memset(g, 0, sizeof(*g));
	g->turn = cfg->first % cfg->ntargets;
	g->devices = calloc(cfg->ntargets, sizeof(*g->devices));
	g->live = calloc(cfg->ntargets, sizeof(struct sn_device *));
	if (!g->devices || !g->live) {
		free(g->devices);
		free(g->live);
		return SN_ENOMEM;
	}
	g->w = w;
	g->cfg = *cfg;
	g->cfg.target = NULL;
	sn_session_init(&g->session, w);
	sn_slab_init(&g->requests, sizeof(struct sn_generator_request), PER_CHUNK);
	sn_slab_init(&g->walkers, sizeof(struct sn_walker), PER_CHUNK);
	sn_list_init(&g->waiting);
	sn_list_init(&g->asked);
	g->cfg.target = cfg->target;
	init_devices(g);
	g->cfg.target = NULL; /* the caller's may go now */
	return SN_OK;
}

static struct sn_load_tally *tally_of(struct sn_generator *g, enum sn_mix_kind kind)
{
	return &g->result.tally[kind];
}

static void put(struct sn_generator *g, struct sn_generator_request *r)
{
	sn_list_del(&r->node);
	sn_slab_put(&g->requests, r);
	g->outstanding--;
}

/* Over as soon as nothing is to come any more. */
static void check_over(struct sn_generator *g)
{
	if (g->running && g->stopped && g->outstanding == 0) {
		g->running = false;
		g->cfg.over(g->cfg.ctx, g);
	}
}

/* Sends nothing more. What was due and never sent must not be forgotten. */
static void stop(struct sn_generator *g, uint64_t end)
{
	uint64_t due;

	if (g->stopped) {
		return;
	}
	g->stopped = true;
	g->stopped_at = end;
	if (g->run.kind != SN_RUN_OPEN || end <= g->run.start) {
		return;
	}
	due = sn_pace_count(&g->run.pace, end - g->run.start);
	due = g->run.requests && due > g->run.requests ? g->run.requests : due;
	if (due > g->sent) {
		atomic_store_explicit(&g->result.unsent, due - g->sent, memory_order_relaxed);
	}
}

/* A request of this kind, not started. NULL: no memory. */
static struct sn_generator_request *get(struct sn_generator *g, enum sn_mix_kind kind,
					struct sn_device *dev)
{
	struct sn_generator_request *r = sn_slab_get(&g->requests);

	if (!r) {
		return NULL;
	}
	sn_request_init(&r->rq);
	r->g = g;
	r->walk = NULL;
	r->kind = kind;
	r->rq.dev = dev;
	r->rq.timeout_ns = g->cfg.timeout_ns;
	r->rq.attempts_max = g->cfg.attempts;
	sn_list_init(&r->node);
	sn_list_push(&g->asked, &r->node);
	g->outstanding++;
	return r;
}

static struct sn_device *next_device(struct sn_generator *g)
{
	struct sn_device *dev = g->live[g->turn];

	g->turn = g->turn + 1 == g->nlive ? 0 : g->turn + 1;
	return dev;
}

/* A walk that waits for its next request, or a new one. NULL: no memory. */
static struct sn_walker *get_walker(struct sn_generator *g)
{
	struct sn_list *n = sn_list_pop(&g->waiting);
	struct sn_walker *wk;

	if (n) {
		return sn_container_of(n, struct sn_walker, node);
	}
	wk = sn_slab_get(&g->walkers);
	if (wk) {
		sn_list_init(&wk->node);
		sn_walker_begin(wk, next_device(g), sn_mix_content(&g->cfg.mix->op[SN_MIX_WALK]));
	}
	return wk;
}

/* The walk goes on, or a new one begins in its place. */
static void continue_walk(struct sn_generator *g, struct sn_walker *wk,
			  const struct sn_answer *answer)
{
	struct sn_load_tally *t = tally_of(g, SN_MIX_WALK);
	enum sn_walker_verdict verdict =
		answer->err ? SN_WALKER_CUT : sn_walker_take(wk, answer->pdu);

	if (verdict != SN_WALKER_ON) {
		sn_load_count(t, verdict == SN_WALKER_END ? SN_LOAD_WALKS : SN_LOAD_WALKS_CUT, 1);
		sn_walker_begin(wk, next_device(g), wk->root);
	}
	sn_list_push(&g->waiting, &wk->node);
}

static void on_done(struct sn_request *rq, const struct sn_answer *answer)
{
	struct sn_generator_request *r = sn_container_of(rq, struct sn_generator_request, rq);
	struct sn_generator *g = r->g;
	struct sn_load_tally *t = tally_of(g, r->kind);

	if (rq->attempts > 1) {
		sn_load_count(t, SN_LOAD_RETRIES, rq->attempts - 1u);
	}
	if (answer->err) {
		sn_load_count(t, sn_load_count_of(answer->err), 1);
	} else {
		sn_load_count_answer(t, answer->pdu, answer->octets, g->w->now - r->due);
	}
	/* a session asks a silent agent who it is before all else: right for a poller, but a load
	 * test is to go on as it began */
	rq->dev->suspect = false;
	if (r->walk) {
		continue_walk(g, r->walk, answer);
	}
	put(g, r);
	fill(g);
	check_over(g);
}

static void start_request(struct sn_generator *g, uint64_t due)
{
	enum sn_mix_kind kind =
		sn_mix_pick(g->cfg.mix, sn_rng_below(&g->w->rng, g->cfg.mix->total));
	const struct sn_mix_op *op = &g->cfg.mix->op[kind];
	struct sn_walker *wk = kind == SN_MIX_WALK ? get_walker(g) : NULL;
	struct sn_generator_request *r = NULL;

	if (kind != SN_MIX_WALK || wk) {
		r = get(g, kind, wk ? wk->dev : next_device(g));
	}
	g->sent++;
	sn_load_count(tally_of(g, kind), SN_LOAD_REQUESTS, 1);
	if (!r) {
		sn_load_count(tally_of(g, kind), SN_LOAD_UNSENDABLE, 1);
		if (wk) {
			sn_list_push(&g->waiting, &wk->node);
		}
		return;
	}
	r->walk = wk;
	r->due = due;
	r->rq.done = on_done;
	r->rq.type = op->type;
	r->rq.index = (int32_t)op->repetitions;
	r->rq.vbs = wk ? sn_walker_ask(wk) : sn_mix_content(op);
	sn_request_start(&g->session, &r->rq);
}

static bool limit_reached(const struct sn_generator *g)
{
	return g->run.requests && g->sent >= g->run.requests;
}

static void fill_closed(struct sn_generator *g)
{
	uint64_t now = g->w->now;
	uint32_t target = sn_run_allowed(&g->run, now);

	while (g->outstanding < target && !limit_reached(g)) {
		if (g->run.cap > 0) {
			uint64_t floor = now - CAP_SLACK_NS;

			if (g->next > now) {
				atomic_fetch_add_explicit(&g->result.capped, 1,
							  memory_order_relaxed);
				return;
			}
			g->next =
				(g->next < floor ? floor : g->next) + (uint64_t)(1e9 / g->run.cap);
		}
		start_request(g, now);
	}
}

static void note_lateness(struct sn_generator *g, uint64_t late)
{
	struct sn_load_result *r = &g->result;

	if (late > SN_LOAD_LATE_NS) {
		atomic_fetch_add_explicit(&r->late, 1, memory_order_relaxed);
	}
	if (late > sn_load_get(&r->latest)) {
		atomic_store_explicit(&r->latest, late, memory_order_relaxed);
	}
}

static void fill_open(struct sn_generator *g)
{
	uint64_t now = g->w->now;

	while (g->next <= now && g->next < g->end && !limit_reached(g) &&
	       g->outstanding < g->cfg.outstanding) {
		uint64_t due = g->next;

		note_lateness(g, now - due);
		start_request(g, due);
		g->next = g->run.start + sn_pace_due(&g->run.pace, g->sent);
	}
}

static void on_met(struct sn_request *rq, const struct sn_answer *answer)
{
	struct sn_generator_request *r = sn_container_of(rq, struct sn_generator_request, rq);
	struct sn_generator *g = r->g;

	rq->dev->suspect = false;
	if (answer->err == SN_OK) {
		g->live[g->nlive++] = rq->dev;
	} else if (g->meet_err == SN_OK) {
		g->meet_err = answer->err;
	}
	put(g, r);
	fill(g);
	check_over(g);
}

static void fill_meeting(struct sn_generator *g)
{
	while (g->outstanding < MEETINGS && g->outstanding < g->cfg.outstanding &&
	       g->met < g->cfg.ntargets) {
		struct sn_generator_request *r = get(g, SN_MIX_GET, &g->devices[g->met]);

		g->met++;
		if (!r) {
			g->meet_err = SN_ENOMEM;
			continue;
		}
		r->rq.done = on_met;
		r->rq.type = SN_PDU_GET;
		r->rq.attempts_max = MEET_ATTEMPTS;
		r->rq.vbs = sn_span_make(meet_vbs, sizeof(meet_vbs));
		sn_request_start(&g->session, &r->rq);
	}
	if (g->met == g->cfg.ntargets) {
		g->stopped = true;
	}
}

/* Sends all that may be sent now. */
static void fill(struct sn_generator *g)
{
	if (!g->running || g->stopped || g->w->now < g->run.start) {
		return;
	}
	if (g->run.kind == SN_RUN_MEET) {
		fill_meeting(g);
		return;
	}
	if (g->run.kind == SN_RUN_OPEN) {
		fill_open(g);
	}
	if (g->run.kind == SN_RUN_IDLE || g->w->now >= g->end || limit_reached(g) ||
	    g->nlive == 0) {
		stop(g, g->w->now < g->end ? g->w->now : g->end);
	} else if (g->run.kind == SN_RUN_CLOSED) {
		fill_closed(g);
	}
}

/* The time of the next thing to do that no answer or timer brings. */
static uint64_t next_event(const struct sn_generator *g)
{
	uint64_t at = g->end;

	if (!g->running || g->stopped || g->run.kind == SN_RUN_MEET) {
		return SN_TIME_NEVER;
	}
	if (g->w->now < g->run.start) {
		return g->run.start;
	}
	if (g->run.kind == SN_RUN_OPEN) {
		return g->outstanding < g->cfg.outstanding && g->next < at ? g->next : at;
	}
	if (g->outstanding < sn_run_allowed(&g->run, g->w->now)) {
		return g->next < at ? g->next : at; /* held by the cap */
	}
	if (g->w->now - g->run.start < g->run.ramp_ns) {
		uint64_t step = g->run.ramp_ns / g->run.in_flight + 1;

		return g->w->now + step < at ? g->w->now + step : at;
	}
	return at;
}

void sn_generator_begin(struct sn_generator *g, const struct sn_run *run)
{
	assert(!g->running && g->outstanding == 0);
	sn_load_result_clear(&g->result);
	g->run = *run;
	if (g->run.start < g->w->now) {
		g->run.start = g->w->now;
	}
	g->running = true;
	g->stopped = false;
	g->sent = 0;
	g->next = g->run.start;
	g->end = run->duration_ns ? g->run.start + run->duration_ns : SN_TIME_NEVER;
	if (run->kind == SN_RUN_OPEN) {
		g->next += sn_pace_due(&run->pace, 0);
	} else if (run->kind == SN_RUN_MEET) {
		g->nlive = 0;
		g->met = 0;
		g->meet_err = SN_OK;
		g->turn = 0;
	}
	g->w->hurry = true; /* what is due is found out at the next turn */
}

void sn_generator_stop(struct sn_generator *g)
{
	if (g->running) {
		stop(g, g->w->now < g->end ? g->w->now : g->end);
		check_over(g);
	}
}

/* Takes all requests back. */
static void drop(struct sn_generator *g)
{
	struct sn_list *n;

	while ((n = g->asked.next) != &g->asked) {
		struct sn_generator_request *r =
			sn_container_of(n, struct sn_generator_request, node);

		sn_request_cancel(&r->rq);
		sn_load_count(tally_of(g, r->kind), SN_LOAD_TIMEOUTS, 1);
		if (r->walk) {
			sn_list_push(&g->waiting, &r->walk->node);
		}
		put(g, r);
	}
}

void sn_generator_cut(struct sn_generator *g)
{
	if (g->running) {
		stop(g, g->w->now < g->end ? g->w->now : g->end);
		drop(g);
		check_over(g);
	}
}

int sn_generator_turn(struct sn_generator *g, uint64_t until)
{
	uint64_t next;

	g->w->now = sn_io_now(g->w->io);
	fill(g);
	check_over(g);
	next = next_event(g);
	return sn_worker_turn(g->w, next < until ? next : until);
}

void sn_generator_fini(struct sn_generator *g)
{
	drop(g);
	for (uint32_t i = 0; i < g->cfg.ntargets; i++) {
		sn_discovery_forget(&g->session, &g->devices[i]);
	}
	sn_session_fini(&g->session);
	sn_slab_fini(&g->requests);
	sn_slab_fini(&g->walkers);
	free(g->devices);
	free(g->live);
}
