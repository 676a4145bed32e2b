/*
 * The pump's thread and its control, see pump.h: takes full buffers from the workers' rings in
 * turn, hands them to the sink, gives them back; how is in pump_stream.c and pump_message.c. The
 * sink may block here; nobody else waits for it. Reads the clock itself: it is a thread of its own
 * and no part of what io/fake simulates.
 */
#include "base/clock.h"
#include "base/log.h"
#include "output/futex.h"
#include "output/port.h"
#include "output/spooler_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t told_every = 10 * SN_NS_PER_SEC;	/* trouble that goes on, ... */
static const uint64_t told_seldom = 60 * SN_NS_PER_SEC; /* ... once it has gone on for so long */

enum {
	SINCE_TEXT = 128, /* octets of what was lost, and ... */
	WAITING_TEXT = 64 /* ... of what waits */
};

void sn_pump_nudge(struct sn_pump *pump)
{
	/* Acquire-release on both sides orders this after the push or flag, see
	 * docs/CONCURRENCY.md. */
	if (atomic_exchange_explicit(&pump->wake, SN_PUMP_AWAKE, memory_order_acq_rel) ==
	    SN_PUMP_ASLEEP) {
		sn_futex_wake(&pump->wake);
	}
}

/* Interrupts a pause of the pump's thread, and its sleep. */
static void control(struct sn_pump *pump)
{
	atomic_fetch_add_explicit(&pump->control, 1, memory_order_release);
	sn_futex_wake(&pump->control);
	sn_pump_nudge(pump);
}

bool sn_pump_out_of_time(const struct sn_pump *pump, uint64_t now)
{
	return atomic_load_explicit(&pump->stop, memory_order_acquire) &&
	       now >= atomic_load_explicit(&pump->deadline, memory_order_relaxed);
}

static void set_state(struct sn_pump *pump, int state)
{
	atomic_store_explicit(&pump->state, state, memory_order_relaxed);
}

/* For who asks later. */
static void keep_error(struct sn_pump *pump, const char *why)
{
	pthread_mutex_lock(&pump->error_lock);
	snprintf(pump->error, sizeof(pump->error), "%s", why);
	pump->error_at = sn_clock_wall();
	pthread_mutex_unlock(&pump->error_lock);
}

static uint64_t get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_acquire);
}

/* What was lost and dropped since this was last asked, as the end of a line. Of what a spool lost
 * it tells itself. */
static void text_of_losses(struct sn_pump *pump, char text[SINCE_TEXT])
{
	uint64_t lost = get(&pump->rows_lost) + get(&pump->rounds_lost);
	uint64_t dropped = 0;
	int n = 0;

	for (unsigned i = SN_LOSS_SPOOL_FULL; i <= SN_LOSS_SPOOL_UNWRITTEN; i++) {
		lost -= get(&pump->lost[i]);
	}
	for (unsigned i = 0; i < pump->nworkers; i++) {
		dropped += get(&pump->ports[i].counts.rows_dropped) +
			   get(&pump->ports[i].counts.rounds_dropped);
	}
	text[0] = '\0';
	if (lost != pump->told_lost) {
		n = snprintf(text, SINCE_TEXT, "; %llu rows and round records lost",
			     (unsigned long long)(lost - pump->told_lost));
	}
	if (dropped != pump->told_dropped) {
		snprintf(text + n, SINCE_TEXT - (size_t)n, "; %llu dropped, as its memory is full",
			 (unsigned long long)(dropped - pump->told_dropped));
	}
	pump->told_lost = lost;
	pump->told_dropped = dropped;
}

static uint64_t tell(struct sn_pump *pump, uint64_t now, const char *why, bool last)
{
	uint64_t every =
		pump->told && now - pump->trouble_since >= told_seldom ? told_seldom : told_every;
	char since[SINCE_TEXT];

	if (!pump->untold) {
		return SN_TIME_NEVER;
	}
	if (!last && pump->told_at && now - pump->told_at < every) {
		return pump->told_at + every;
	}
	text_of_losses(pump, since);
	sn_log(SN_LOG_ERROR, "output %s: %s%s%s", sn_pump_label(pump), why,
	       pump->messages ? "" : "; rows wait in memory until it works again", since);
	pump->told_at = now;
	pump->told = true;
	pump->untold = false;
	return SN_TIME_NEVER;
}

uint64_t sn_pump_tell(struct sn_pump *pump, uint64_t now, bool last)
{
	return tell(pump, now, pump->error, last); /* which this thread alone writes */
}

void sn_pump_trouble(struct sn_pump *pump, int err, const char *why)
{
	uint64_t now = sn_clock_mono();

	keep_error(pump, why);
	sn_port_count(&pump->errors, 1);
	if (!pump->trouble_since) {
		pump->trouble_since = now;
	}
	if (err != SN_EPIPE) {
		/* a stream tries the same again and again */
		pump->untold = pump->messages || !pump->told;
		tell(pump, now, why, false);
	} else if (sn_pump_state(pump) != SN_EPIPE) {
		sn_log(SN_LOG_WARNING, "output %s: closed by its reader", sn_pump_label(pump));
	}
	set_state(pump, err);
}

void sn_pump_trouble_over(struct sn_pump *pump)
{
	const struct sn_spooler *sp = pump->spooler;
	unsigned long long waiting = sp ? sp->own + sp->earlier : 0;
	char since[SINCE_TEXT];
	char spool[WAITING_TEXT] = "";

	if (!pump->trouble_since) {
		return;
	}
	if (pump->told) {
		text_of_losses(pump, since);
		if (waiting) {
			snprintf(spool, sizeof(spool), "; %llu messages wait in the spool",
				 waiting);
		}
		sn_log(SN_LOG_INFO, "output %s: works again after %.1f s%s%s", sn_pump_label(pump),
		       (double)(sn_clock_mono() - pump->trouble_since) / 1e9, since, spool);
	}
	pump->trouble_since = 0;
	pump->told = false;
	pump->untold = false;
	set_state(pump, SN_OK);
}

void sn_pump_pause(struct sn_pump *pump, uint64_t ns, uint32_t seen)
{
	uint64_t now = sn_clock_mono();
	uint64_t until = now + ns;

	if (atomic_load_explicit(&pump->stop, memory_order_acquire)) {
		uint64_t deadline = atomic_load_explicit(&pump->deadline, memory_order_relaxed);

		until = deadline < until ? deadline : until;
	}
	while (now < until && atomic_load_explicit(&pump->control, memory_order_acquire) == seen) {
		sn_futex_wait(&pump->control, seen, until - now);
		now = sn_clock_mono();
	}
}

/* Whether there was anything to do. */
static bool take_turn(struct sn_pump *pump)
{
	if (pump->messages) {
		return sn_pump_message_turn(pump);
	}
	sn_pump_stream_reopen(pump);
	return sn_pump_stream_turn(pump);
}

/* Nothing is queued, and nobody has nudged since. */
static void rest(struct sn_pump *pump)
{
	uint64_t timeout = pump->messages ? sn_pump_message_rest(pump) : sn_pump_stream_rest(pump);

	sn_futex_wait(&pump->wake, SN_PUMP_ASLEEP, timeout);
}

static bool is_late(const struct sn_pump *pump)
{
	return sn_pump_out_of_time(pump, sn_clock_mono());
}

/* Once it is to stop and the rings are empty: whether that is all. */
static bool is_over(struct sn_pump *pump)
{
	if (!pump->messages) {
		return true;
	}
	if (is_late(pump)) {
		sn_pump_message_abort(pump);
	}
	return !sn_pump_message_pending(pump);
}

static void *run(void *arg)
{
	struct sn_pump *pump = arg;

	for (;;) {
		/* Before the rings are looked at: what is pushed afterwards comes with a nudge of
		 * its own. */
		bool stop = atomic_load_explicit(&pump->stop, memory_order_acquire);

		if (take_turn(pump) && !(pump->messages && stop && is_late(pump))) {
			continue;
		}
		if (stop && is_over(pump)) {
			break;
		}
		/* Asleep is announced first and the rings searched once more, then slept on. */
		if (atomic_exchange_explicit(&pump->wake, SN_PUMP_ASLEEP, memory_order_acq_rel) ==
		    SN_PUMP_ASLEEP) {
			rest(pump);
		}
	}
	if (!pump->messages) {
		sn_pump_stream_flush(pump);
	} else {
		sn_pump_tell(pump, sn_clock_mono(), true);
	}
	if (pump->spooler) {
		sn_spooler_close(pump->spooler);
	}
	atomic_store_explicit(&pump->done, 1, memory_order_release);
	sn_futex_wake(&pump->done);
	return NULL;
}

/* The thread takes no signals: they are for the main thread. */
static int start_thread(struct sn_pump *pump)
{
	sigset_t all;
	sigset_t before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&pump->thread, NULL, run, pump);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		errno = err;
		return SN_ESYS;
	}
	pthread_setname_np(pump->thread, "sonde-output");
	return SN_OK;
}

void sn_pump_free(struct sn_pump *pump)
{
	for (unsigned i = 0; pump->ports && i < pump->nworkers; i++) {
		sn_port_fini(&pump->ports[i]);
	}
	if (pump->spooler) {
		sn_spooler_free(pump->spooler);
	}
	pthread_mutex_destroy(&pump->error_lock);
	free(pump->ports);
	free(pump->filter);
	free(pump);
}

/* Its ports, and its spool if it has one. */
static int fill(struct sn_pump *p)
{
	const struct sn_pump_config *cfg = &p->cfg;
	unsigned n = p->nworkers + !p->nworkers;
	int err = SN_OK;

	p->filter = sn_filter_is_empty(&cfg->filter) ? NULL : sn_filter_copy(&cfg->filter);
	p->ports = aligned_alloc(alignof(struct sn_port), n * sizeof(*p->ports));
	if (!p->ports || (!p->filter && !sn_filter_is_empty(&cfg->filter))) {
		free(p->ports);
		p->ports = NULL;
		return SN_ENOMEM;
	}
	memset(p->ports, 0, n * sizeof(*p->ports));
	for (unsigned i = 0; i < p->nworkers && !err; i++) {
		err = sn_port_init(&p->ports[i], p);
	}
	if (!err && p->messages && cfg->spool.path) {
		err = sn_spooler_new(&cfg->spool, p, &p->spooler);
	}
	return err;
}

int sn_pump_new(const struct sn_pump_config *cfg, unsigned nworkers, struct sn_pump **pump)
{
	struct sn_pump *p = aligned_alloc(alignof(struct sn_pump), sizeof(*p));
	int err;

	if (!p) {
		return SN_ENOMEM;
	}
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->error_lock, NULL);
	p->cfg = *cfg;
	p->messages = sn_sink_takes_messages(cfg->sink);
	p->nworkers = nworkers;
	sn_pump_message_init(p);
	err = fill(p);
	if (err) {
		sn_pump_free(p);
		return err;
	}
	cfg->sink->pump = p;
	*pump = p;
	return SN_OK;
}

int sn_pump_start(const struct sn_pump_config *cfg, unsigned nworkers, struct sn_pump **pump)
{
	struct sn_pump *p;
	int err = sn_pump_new(cfg, nworkers, &p);

	if (err) {
		return err;
	}
	err = start_thread(p);
	if (err) {
		sn_pump_free(p);
		return err;
	}
	*pump = p;
	return SN_OK;
}

/* Records still with a worker that did not flush: nobody will write them. */
static void lose_unflushed(struct sn_pump *pump)
{
	for (unsigned i = 0; i < pump->nworkers; i++) {
		const struct sn_buffer *b = pump->ports[i].cur;

		if (b) {
			sn_port_count(&pump->rows_lost, b->rows);
			sn_port_count(&pump->rounds_lost, b->rounds);
			sn_port_count(&pump->lost[SN_LOSS_SHUTDOWN], b->rows + b->rounds);
		}
	}
}

void sn_pump_end(struct sn_pump *pump, uint64_t timeout_ns)
{
	uint64_t now = sn_clock_mono();
	uint64_t deadline = timeout_ns < SN_TIME_NEVER - now ? now + timeout_ns : SN_TIME_NEVER;

	if (atomic_load_explicit(&pump->stop, memory_order_relaxed)) {
		return;
	}
	atomic_store_explicit(&pump->deadline, deadline, memory_order_relaxed);
	atomic_store_explicit(&pump->stop, true, memory_order_release);
	control(pump);
}

void sn_pump_stop(struct sn_pump *pump, uint64_t timeout_ns, struct sn_pump_stats *stats)
{
	struct sn_sink *sink = pump->cfg.sink;
	uint64_t now = sn_clock_mono();
	uint64_t deadline;

	sn_pump_end(pump, timeout_ns);
	deadline = atomic_load_explicit(&pump->deadline, memory_order_relaxed);
	while (!atomic_load_explicit(&pump->done, memory_order_acquire) && now < deadline) {
		sn_futex_wait(&pump->done, 0, deadline - now);
		now = sn_clock_mono();
	}
	atomic_store_explicit(&sink->abandon, true, memory_order_relaxed);
	pthread_join(pump->thread, NULL);
	lose_unflushed(pump);
	if (stats) {
		sn_pump_stats_get(pump, stats);
	}
	sink->ops->free(sink);
	sn_pump_free(pump);
}

void sn_pump_stats_get(const struct sn_pump *pump, struct sn_pump_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->rows_written = get(&pump->rows_written);
	stats->rows_lost = get(&pump->rows_lost);
	stats->rounds_written = get(&pump->rounds_written);
	stats->rounds_lost = get(&pump->rounds_lost);
	stats->bytes_written = get(&pump->bytes_written);
	stats->messages_written = get(&pump->messages_written);
	for (unsigned i = 0; i < SN_LOSSES; i++) {
		stats->messages_lost[i] = get(&pump->messages_lost[i]);
		stats->lost[i] = get(&pump->lost[i]);
	}
	stats->rows_waiting = get(&pump->rows_waiting);
	stats->rounds_waiting = get(&pump->rounds_waiting);
	stats->errors = get(&pump->errors);
	stats->state = sn_pump_state(pump);
	for (unsigned i = 0; i < pump->nworkers; i++) {
		const struct sn_port_counts *c = &pump->ports[i].counts;

		stats->rows_encoded += get(&c->rows_encoded);
		stats->rows_dropped += get(&c->rows_dropped);
		stats->rounds_encoded += get(&c->rounds_encoded);
		stats->rounds_dropped += get(&c->rounds_dropped);
	}
	stats->spools = sn_pump_spool_stats(pump, &stats->spool);
}

void sn_pump_report_get(struct sn_pump *pump, struct sn_pump_report *report)
{
	memset(report, 0, sizeof(*report));
	report->label = sn_pump_label(pump);
	report->format = pump->cfg.encoder->name;
	report->messages = pump->messages;
	report->state = sn_pump_state(pump);
	for (unsigned i = 0; i < pump->nworkers; i++) {
		report->memory += sn_port_in_use(&pump->ports[i]);
		report->memory_max += pump->ports[i].budget;
	}
	pthread_mutex_lock(&pump->error_lock);
	report->error_at = pump->error_at;
	memcpy(report->error, pump->error, sizeof(report->error));
	pthread_mutex_unlock(&pump->error_lock);
}

bool sn_pump_spool_stats(const struct sn_pump *pump, struct sn_spooler_stats *stats)
{
	if (pump->spooler) {
		sn_spooler_stats_get(pump->spooler, stats);
	}
	return pump->spooler != NULL;
}

bool sn_pump_spool_losses(const struct sn_pump *pump, sn_spooler_loss_fn *each, void *ctx)
{
	if (pump->spooler) {
		sn_spooler_losses_each(pump->spooler, each, ctx);
	}
	return pump->spooler != NULL;
}

void sn_pump_reopen(struct sn_pump *pump)
{
	atomic_store_explicit(&pump->reopen, true, memory_order_release);
	control(pump);
}

const char *sn_pump_label(const struct sn_pump *pump)
{
	return pump->cfg.sink->label;
}

bool sn_pump_has_messages(const struct sn_pump *pump)
{
	return pump->messages;
}

unsigned sn_pump_figures(const struct sn_pump *pump, uint64_t *v)
{
	const struct sn_sink *sink = pump->cfg.sink;

	return sink->ops->figures ? sink->ops->figures(sink, v) : 0;
}
