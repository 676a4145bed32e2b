/*
 * What outputs count, for /metrics: see metrics_int.h. Called by pages.c on its thread.
 */
#include "base/clock.h"
#include "serve/metrics_int.h"
#include "serve/outputs_page.h"

#include <stdlib.h>

enum { MOST_LABELS = 3 };

/* The outputs, all families from one look at each: what is written, lost, waiting is never more
 * than what was encoded. */
struct view {
	const struct sn_serve_config *cfg; /* whose outputs */
	const struct sn_pump_stats *stats; /* of each of them */
};

/* The labels of an output's samples. */
struct labels {
	struct sn_metrics_label v[MOST_LABELS]; /* output, sink, and a reason */
	char number[16];			/* the output's */
};

static void label(struct labels *l, const struct sn_serve_config *cfg, unsigned i)
{
	snprintf(l->number, sizeof(l->number), "%u", i);
	l->v[0] = (struct sn_metrics_label){"output", l->number};
	l->v[1] = (struct sn_metrics_label){"sink", sn_pump_label(cfg->pumps[i])};
}

static void write_count(FILE *out, const struct view *view, enum sn_family id, size_t offset)
{
	const char *name = sn_metrics_begin(out, id);

	for (unsigned i = 0; i < view->cfg->npumps; i++) {
		const struct sn_pump_stats *st = &view->stats[i];
		struct labels l;
		uint64_t v;

		label(&l, view->cfg, i);
		memcpy(&v, (const char *)st + offset, sizeof(v));
		if (id == SN_FAMILY_OUTPUT_UP) {
			v = st->state == SN_OK;
		} else if (id == SN_FAMILY_OUTPUT_IN_FLIGHT) {
			v = sn_outputs_rows_in_flight(st);
		}
		sn_metrics_uint(out, name, (struct sn_metrics_labels){l.v, 2}, v);
	}
}

/* By reason, of outputs of messages only. */
static void write_losses(FILE *out, const struct view *view, enum sn_family id, size_t offset)
{
	const char *name = sn_metrics_begin(out, id);

	for (unsigned i = 0; i < view->cfg->npumps; i++) {
		uint64_t v[SN_LOSSES];
		struct labels l;

		if (!sn_pump_has_messages(view->cfg->pumps[i])) {
			continue;
		}
		label(&l, view->cfg, i);
		memcpy(v, (const char *)&view->stats[i] + offset, sizeof(v));
		for (unsigned k = 0; k < SN_LOSSES; k++) {
			l.v[2] = (struct sn_metrics_label){"reason", sn_outputs_reasons[k]};
			sn_metrics_uint(out, name, (struct sn_metrics_labels){l.v, 3}, v[k]);
		}
	}
}

static void write_counts(FILE *out, const struct view *view)
{
#define COUNT(field) offsetof(struct sn_pump_stats, field)
	static const struct {
		enum sn_family id; /* of the family */
		size_t offset;	   /* of its figure */
	} counts[] = {
		{SN_FAMILY_OUTPUT_UP, 0},
		{SN_FAMILY_OUTPUT_ROWS, COUNT(rows_encoded)},
		{SN_FAMILY_OUTPUT_ROWS_DROPPED, COUNT(rows_dropped)},
		{SN_FAMILY_OUTPUT_ROWS_WRITTEN, COUNT(rows_written)},
		{SN_FAMILY_OUTPUT_ROWS_LOST, COUNT(rows_lost)},
		{SN_FAMILY_OUTPUT_ROUNDS, COUNT(rounds_encoded)},
		{SN_FAMILY_OUTPUT_ROUNDS_DROPPED, COUNT(rounds_dropped)},
		{SN_FAMILY_OUTPUT_ROUNDS_WRITTEN, COUNT(rounds_written)},
		{SN_FAMILY_OUTPUT_ROUNDS_LOST, COUNT(rounds_lost)},
		{SN_FAMILY_OUTPUT_IN_FLIGHT, 0},
		{SN_FAMILY_OUTPUT_BYTES, COUNT(bytes_written)},
		{SN_FAMILY_OUTPUT_ERRORS, COUNT(errors)},
		{SN_FAMILY_OUTPUT_MESSAGES, COUNT(messages_written)},
	};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		write_count(out, view, counts[i].id, counts[i].offset);
	}
	write_losses(out, view, SN_FAMILY_OUTPUT_LOST, COUNT(lost));
	write_losses(out, view, SN_FAMILY_OUTPUT_MESSAGES_LOST, COUNT(messages_lost));
#undef COUNT
}

/* A figure of Kafka outputs; unit: what one is worth in seconds, 0: it is no time. */
static void write_figure(FILE *out, const struct view *view, enum sn_family id,
			 enum sn_kafka_figure figure, double unit)
{
	const char *name = sn_metrics_begin(out, id);

	for (unsigned i = 0; i < view->cfg->npumps; i++) {
		uint64_t v[SN_SINK_FIGURES_MAX];
		struct labels l;

		if (sn_pump_figures(view->cfg->pumps[i], v) != SN_KAFKA_FIGURES) {
			continue;
		}
		label(&l, view->cfg, i);
		if (unit > 0) {
			sn_metrics_real(out, name, (struct sn_metrics_labels){l.v, 2},
					(double)v[figure] * unit);
		} else {
			sn_metrics_uint(out, name, (struct sn_metrics_labels){l.v, 2}, v[figure]);
		}
	}
}

static void write_kafka(FILE *out, const struct view *view)
{
	static const struct {
		enum sn_family id;	     /* of the family */
		enum sn_kafka_figure figure; /* its figure */
		double unit;		     /* as write_figure's */
	} figures[] = {
		{SN_FAMILY_KAFKA_PRODUCERS, SN_KAFKA_PRODUCERS, 0},
		{SN_FAMILY_KAFKA_REQUEUED, SN_KAFKA_REQUEUED, 0},
		{SN_FAMILY_KAFKA_QUEUE_MESSAGES, SN_KAFKA_QUEUE_MESSAGES, 0},
		{SN_FAMILY_KAFKA_QUEUE_BYTES, SN_KAFKA_QUEUE_BYTES, 0},
		{SN_FAMILY_KAFKA_REQUESTS, SN_KAFKA_REQUESTS, 0},
		{SN_FAMILY_KAFKA_SENT_BYTES, SN_KAFKA_SENT_BYTES, 0},
		{SN_FAMILY_KAFKA_MESSAGES, SN_KAFKA_MESSAGES, 0},
		{SN_FAMILY_KAFKA_MESSAGE_BYTES, SN_KAFKA_MESSAGE_BYTES, 0},
		{SN_FAMILY_KAFKA_RETRIES, SN_KAFKA_RETRIES, 0},
		{SN_FAMILY_KAFKA_ERRORS, SN_KAFKA_ERRORS, 0},
		{SN_FAMILY_KAFKA_TIMEOUTS, SN_KAFKA_TIMEOUTS, 0},
		{SN_FAMILY_KAFKA_DISCONNECTS, SN_KAFKA_DISCONNECTS, 0},
		{SN_FAMILY_KAFKA_BROKERS, SN_KAFKA_BROKERS, 0},
		{SN_FAMILY_KAFKA_BROKERS_UP, SN_KAFKA_BROKERS_UP, 0},
		{SN_FAMILY_KAFKA_RTT, SN_KAFKA_RTT_US, 1e-6},
		{SN_FAMILY_KAFKA_RTT_P99, SN_KAFKA_RTT_P99_US, 1e-6},
		{SN_FAMILY_KAFKA_LINGER, SN_KAFKA_LINGER_US, 1e-6},
		{SN_FAMILY_KAFKA_THROTTLE, SN_KAFKA_THROTTLE_MS, 1e-3},
	};

	for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		write_figure(out, view, figures[i].id, figures[i].figure, figures[i].unit);
	}
}

/* A figure of spools, NULL: how long the oldest message has waited, or whether the disk works. */
static void write_spool(FILE *out, const struct view *view, enum sn_family id, size_t offset)
{
	const char *name = sn_metrics_begin(out, id);

	for (unsigned i = 0; i < view->cfg->npumps; i++) {
		const struct sn_spooler_stats *st = &view->stats[i].spool;
		struct labels l;
		uint64_t v;

		if (!view->stats[i].spools) {
			continue;
		}
		label(&l, view->cfg, i);
		memcpy(&v, (const char *)st + offset, sizeof(v));
		if (id == SN_FAMILY_SPOOL_LAG) {
			sn_metrics_real(out, name, (struct sn_metrics_labels){l.v, 2},
					sn_outputs_lag(st, sn_clock_wall()));
			continue;
		}
		if (id == SN_FAMILY_SPOOL_WORKING) {
			v = st->working;
		}
		sn_metrics_uint(out, name, (struct sn_metrics_labels){l.v, 2}, v);
	}
}

/* What spools lost, by cause. */
static void write_spool_losses(FILE *out, const struct view *view, enum sn_family id, size_t offset)
{
	const char *name = sn_metrics_begin(out, id);

	for (unsigned i = 0; i < view->cfg->npumps; i++) {
		uint64_t v[SN_SPOOL_CAUSES];
		struct labels l;

		if (!view->stats[i].spools) {
			continue;
		}
		label(&l, view->cfg, i);
		memcpy(v, (const char *)&view->stats[i].spool + offset, sizeof(v));
		for (unsigned k = 0; k < SN_SPOOL_CAUSES; k++) {
			l.v[2] = (struct sn_metrics_label){"reason", sn_outputs_causes[k]};
			sn_metrics_uint(out, name, (struct sn_metrics_labels){l.v, 3}, v[k]);
		}
	}
}

static void write_spools(FILE *out, const struct view *view)
{
#define FIGURE(field) offsetof(struct sn_spooler_stats, field)
	static const struct {
		enum sn_family id; /* of the family */
		size_t offset;	   /* of its figure */
	} figures[] = {
		{SN_FAMILY_SPOOL_WORKING, 0},
		{SN_FAMILY_SPOOL_BYTES, FIGURE(bytes)},
		{SN_FAMILY_SPOOL_MAX_BYTES, FIGURE(max_bytes)},
		{SN_FAMILY_SPOOL_SEGMENTS, FIGURE(segments)},
		{SN_FAMILY_SPOOL_WAITING, FIGURE(messages_waiting)},
		{SN_FAMILY_SPOOL_ROWS_WAITING, FIGURE(rows_waiting)},
		{SN_FAMILY_SPOOL_ROUNDS_WAITING, FIGURE(rounds_waiting)},
		{SN_FAMILY_SPOOL_LAG, 0},
		{SN_FAMILY_SPOOL_MESSAGES, FIGURE(messages_spooled)},
		{SN_FAMILY_SPOOL_ROWS, FIGURE(rows_spooled)},
		{SN_FAMILY_SPOOL_ROUNDS, FIGURE(rounds_spooled)},
		{SN_FAMILY_SPOOL_FOUND, FIGURE(messages_found)},
		{SN_FAMILY_SPOOL_RECOVERED, FIGURE(messages_recovered)},
		{SN_FAMILY_SPOOL_REFUSED, FIGURE(messages_refused)},
		{SN_FAMILY_SPOOL_ROWS_RECOVERED, FIGURE(rows_recovered)},
		{SN_FAMILY_SPOOL_ROUNDS_RECOVERED, FIGURE(rounds_recovered)},
		{SN_FAMILY_SPOOL_BYPASSED, FIGURE(messages_bypassed)},
		{SN_FAMILY_SPOOL_COMMITS, FIGURE(commits)},
		{SN_FAMILY_SPOOL_ERRORS, FIGURE(errors)},
		{SN_FAMILY_SPOOL_TORN, FIGURE(torn_bytes)},
		{SN_FAMILY_SPOOL_FOREIGN, FIGURE(foreign)},
	};

	for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		write_spool(out, view, figures[i].id, figures[i].offset);
	}
	write_spool_losses(out, view, SN_FAMILY_SPOOL_LOST_MESSAGES, FIGURE(lost_messages));
	write_spool_losses(out, view, SN_FAMILY_SPOOL_LOST_ROWS, FIGURE(lost_rows));
	write_spool_losses(out, view, SN_FAMILY_SPOOL_LOST_ROUNDS, FIGURE(lost_rounds));
#undef FIGURE
}

void sn_metrics_write_outputs(FILE *out, const struct sn_serve_config *cfg)
{
	struct sn_pump_stats *stats = calloc(cfg->npumps, sizeof(*stats));
	const struct view view = {cfg, stats};

	if (!stats) {
		return; /* no outputs, or no memory: the next scrape has them again */
	}
	for (unsigned i = 0; i < cfg->npumps; i++) {
		sn_pump_stats_get(cfg->pumps[i], &stats[i]);
		/* the spool's own figures are a moment older */
		stats[i].spool.rows_waiting = stats[i].rows_waiting;
		stats[i].spool.rounds_waiting = stats[i].rounds_waiting;
	}
	write_counts(out, &view);
	write_spools(out, &view);
	write_kafka(out, &view);
	free(stats);
}
