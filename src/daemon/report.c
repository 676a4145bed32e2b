/*
 * What the operator sees on stderr: a live line on a terminal or a plain line every ten seconds
 * elsewhere, the state on SIGUSR1, the summary at the end. Main thread; reads counters that workers
 * write.
 */
#include "daemon/parts.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_EVERY_TTY_MS = 500, LINE_EVERY_PLAIN_S = 10 };

uint64_t sn_report_sum(const struct sn_daemon *d, enum sn_counter id)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < d->nworkers; i++) {
		sum += sn_counter_get(&d->workers[i].worker.counters, id);
	}
	return sum;
}

/* As printf wants it. */
static unsigned long long sum(const struct sn_daemon *d, enum sn_counter id)
{
	return sn_report_sum(d, id);
}

static uint64_t rounds_over(const struct sn_daemon *d)
{
	return sn_report_sum(d, SN_C_ROUNDS_OK) + sn_report_sum(d, SN_C_ROUNDS_PARTIAL) +
	       sn_report_sum(d, SN_C_ROUNDS_FAILED) + sn_report_sum(d, SN_C_ROUNDS_CANCELLED);
}

void sn_report_clear(struct sn_daemon *d)
{
	if (d->line_open) {
		fputs("\r\033[K", stderr);
		d->line_open = false;
	}
}

void sn_report_unlocked(struct sn_daemon *d, const struct sn_config *cfg)
{
	if (!cfg->unlocked || d->told_unlocked) {
		return;
	}
	d->told_unlocked = true;
	sn_report_clear(d);
	sn_log(SN_LOG_WARNING, "keys of SNMPv3 users are in memory that cannot be locked and may "
			       "be swapped to disk (raise the limit: ulimit -l, or LimitMEMLOCK= "
			       "of the service)");
}

void sn_report_progress(struct sn_daemon *d, uint64_t now)
{
	uint64_t every = d->interactive ? LINE_EVERY_TTY_MS * SN_NS_PER_MS
					: LINE_EVERY_PLAIN_S * SN_NS_PER_SEC;
	uint64_t varbinds = sn_report_sum(d, SN_C_VARBINDS);
	char line[256];
	double rate;

	if (d->opt->quiet || now - d->last_line < every) {
		return;
	}
	rate = (double)(varbinds - d->last_varbinds) * 1e9 / (double)(now - d->last_line);
	d->last_line = now;
	d->last_varbinds = varbinds;
	snprintf(line, sizeof(line),
		 "%.0fs: %u targets, %llu rounds (%llu ok, %llu partial, %llu failed), "
		 "%llu under way, %llu rows, %.0f varbinds/s",
		 (double)(now - d->started) / 1e9, d->cfg->ntargets,
		 (unsigned long long)rounds_over(d), sum(d, SN_C_ROUNDS_OK),
		 sum(d, SN_C_ROUNDS_PARTIAL), sum(d, SN_C_ROUNDS_FAILED),
		 (unsigned long long)(sn_report_sum(d, SN_C_ROUNDS_STARTED) - rounds_over(d)),
		 sum(d, SN_C_ROWS), rate);
	if (d->interactive) {
		fprintf(stderr, "\r\033[K%.100s", line);
		d->line_open = true;
	} else {
		sn_log(SN_LOG_INFO, "%s", line);
	}
}

/* Below its output. */
static void print_spool(const struct sn_pump_stats *st)
{
	const struct sn_spooler_stats *sp = &st->spool;
	uint64_t rows = 0;
	uint64_t messages = 0;

	for (unsigned i = 0; i < SN_SPOOL_CAUSES; i++) {
		rows += sp->lost_rows[i];
		messages += sp->lost_messages[i];
	}
	fprintf(stderr,
		"    spool              %llu messages waiting (%llu bytes on disk) with %llu rows, "
		"%llu round records of this run; %llu spooled, %llu of earlier runs delivered; "
		"%llu messages lost with %llu rows%s\n",
		(unsigned long long)sp->messages_waiting, (unsigned long long)sp->bytes,
		(unsigned long long)st->rows_waiting, (unsigned long long)st->rounds_waiting,
		(unsigned long long)sp->messages_spooled,
		(unsigned long long)sp->messages_recovered, (unsigned long long)messages,
		(unsigned long long)rows, sp->working ? "" : "; its disk does not work");
}

static void print_outputs(const struct sn_daemon *d, bool final)
{
	for (unsigned i = 0; i < d->npumps; i++) {
		struct sn_pump_stats st;

		if (final) {
			st = d->final[i];
		} else {
			sn_pump_stats_get(d->pumps[i], &st);
		}
		fprintf(stderr,
			"  output %-18s rows %llu written, %llu lost, %llu dropped; "
			"round records %llu written, %llu lost, %llu dropped; %llu bytes%s%s\n",
			final ? d->cfg->outputs[i].type : sn_pump_label(d->pumps[i]),
			(unsigned long long)st.rows_written, (unsigned long long)st.rows_lost,
			(unsigned long long)st.rows_dropped, (unsigned long long)st.rounds_written,
			(unsigned long long)st.rounds_lost, (unsigned long long)st.rounds_dropped,
			(unsigned long long)st.bytes_written, st.state ? "; " : "",
			st.state ? sn_err_text(st.state) : "");
		if (st.spools) {
			print_spool(&st);
		}
	}
}

static void print_durations(const struct sn_daemon *d)
{
	static struct sn_hist lateness; /* static for its size only: main thread */
	static struct sn_hist duration;

	memset(&lateness, 0, sizeof(lateness));
	memset(&duration, 0, sizeof(duration));
	for (unsigned i = 0; i < d->nworkers; i++) {
		sn_hist_merge(&lateness, &d->workers[i].collector.lateness);
		sn_hist_merge(&duration, &d->workers[i].collector.duration);
	}
	fprintf(stderr,
		"  round duration       p50 %.2f ms, p99 %.2f ms; "
		"lateness p50 %.2f ms, p99 %.2f ms\n",
		(double)sn_hist_quantile(&duration, 0.5) / 1e6,
		(double)sn_hist_quantile(&duration, 0.99) / 1e6,
		(double)sn_hist_quantile(&lateness, 0.5) / 1e6,
		(double)sn_hist_quantile(&lateness, 0.99) / 1e6);
}

/* What SNMPv3 cost besides requests and answers; not a word when all devices speak v1 or v2c. */
static void print_secure(const struct sn_daemon *d)
{
	if (sn_report_sum(d, SN_C_DISCOVERIES) + sn_report_sum(d, SN_C_RESYNCS) +
	    sn_report_sum(d, SN_C_REFUSED) + sn_report_sum(d, SN_C_ROUNDS_HELD)) {
		fprintf(stderr,
			"  SNMPv3               %llu discoveries, %llu requests sealed anew, "
			"%llu refused; %llu engines changed; %llu rounds left out for refusals\n",
			sum(d, SN_C_DISCOVERIES), sum(d, SN_C_RESYNCS), sum(d, SN_C_REFUSED),
			sum(d, SN_C_ENGINE_CHANGES), sum(d, SN_C_ROUNDS_HELD));
	}
}

/* What the summary's lines say already, or what comes with each device in health. */
static bool is_told(enum sn_counter id)
{
	switch (id) {
	case SN_C_REPORT_UNKNOWN_ENGINE:
	case SN_C_DISCOVERIES:
	case SN_C_RESYNCS:
	case SN_C_ENGINE_CHANGES:
	case SN_C_REFUSED:
	case SN_C_ROUNDS_HELD:
	case SN_C_GOVERNOR_LIMIT: /* of no use when all is over */
	case SN_C_IN_FLIGHT:
		return true;
	default:
		return id < SN_C_RX_PARSE_ERRORS;
	}
}

/* All that are not 0; in the summary only those that it does not tell in words. */
static void print_counters(const struct sn_daemon *d, bool final)
{
	for (unsigned id = 0; id < SN_COUNTER_COUNT; id++) {
		uint64_t v = sn_report_sum(d, (enum sn_counter)id);

		if (v && !(final && is_told((enum sn_counter)id))) {
			fprintf(stderr, "  %-32s %12llu  %s\n",
				sn_counter_name((enum sn_counter)id), (unsigned long long)v,
				sn_counter_help((enum sn_counter)id));
		}
	}
}

void sn_report_state(struct sn_daemon *d)
{
	sn_report_clear(d);
	fprintf(stderr, "sonde: state after %.1f s: %u targets, %u workers (%s)\n",
		(double)(sn_clock_mono() - d->started) / 1e9, d->cfg->ntargets, d->nworkers,
		d->workers[0].worker.io->ops->name);
	for (unsigned i = 0; i < d->nworkers; i++) {
		fprintf(stderr, "  worker %u: %u targets\n", i,
			atomic_load_explicit(&d->workers[i].targets, memory_order_relaxed));
	}
	print_durations(d);
	print_outputs(d, false);
	print_counters(d, false);
}

void sn_report_summary(struct sn_daemon *d)
{
	double seconds = (double)(sn_clock_mono() - d->started) / 1e9;
	uint64_t varbinds = sn_report_sum(d, SN_C_VARBINDS);

	sn_report_clear(d);
	if (d->opt->quiet) {
		return;
	}
	fprintf(stderr,
		"sonde: %u targets, %llu rounds in %.1f s: "
		"%llu ok, %llu partial, %llu failed, %llu cancelled\n",
		d->cfg->ntargets, sum(d, SN_C_ROUNDS_STARTED), seconds, sum(d, SN_C_ROUNDS_OK),
		sum(d, SN_C_ROUNDS_PARTIAL), sum(d, SN_C_ROUNDS_FAILED),
		sum(d, SN_C_ROUNDS_CANCELLED));
	fprintf(stderr,
		"  %llu requests, %llu retries, %llu varbinds (%.0f/s), %llu rows; "
		"by %s on %u workers\n",
		sum(d, SN_C_REQUESTS), sum(d, SN_C_RETRIES), (unsigned long long)varbinds,
		(double)varbinds / seconds, sum(d, SN_C_ROWS), d->workers[0].worker.io->ops->name,
		d->nworkers);
	print_durations(d);
	print_outputs(d, true);
	print_secure(d);
	print_counters(d, true);
}

/* What cannot be passed on: rows that wait, rows that are gone. n: octets of text so far. */
static size_t add_output(char *text, size_t size, size_t n, const struct sn_pump *pump)
{
	struct sn_pump_stats st;
	uint64_t gone;
	uint64_t behind;

	sn_pump_stats_get(pump, &st);
	gone = st.rows_lost + st.rows_dropped;
	behind = st.rows_encoded - st.rows_written - st.rows_lost;
	n += (size_t)snprintf(text + n, size - n, "; %s: ", sn_pump_label(pump));
	if (n < size) {
		n += (size_t)snprintf(text + n, size - n, "%llu rows behind",
				      (unsigned long long)behind);
	}
	if (gone && n < size) {
		n += (size_t)snprintf(text + n, size - n, ", %llu lost", (unsigned long long)gone);
	}
	if (st.state && n < size) {
		n += (size_t)snprintf(text + n, size - n, ", %s", sn_err_text(st.state));
	}
	return n;
}

void sn_report_standing(const struct sn_daemon *d, char *text, size_t size)
{
	size_t n = (size_t)snprintf(
		text, size,
		"%u targets, %llu rounds (%llu ok, %llu partial, %llu failed), %llu left out",
		d->cfg->ntargets, (unsigned long long)rounds_over(d), sum(d, SN_C_ROUNDS_OK),
		sum(d, SN_C_ROUNDS_PARTIAL), sum(d, SN_C_ROUNDS_FAILED),
		sum(d, SN_C_ROUNDS_SKIPPED));

	for (unsigned i = 0; i < d->npumps && n < size; i++) {
		n = add_output(text, size, n, d->pumps[i]);
	}
}
