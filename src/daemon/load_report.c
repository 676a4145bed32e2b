/*
 * What a person reads of a load test: the plan before it starts and the progress on stderr, the
 * result on stdout. Main thread; reads what workers count.
 */
#include "daemon/load_parts.h"

#include "document/scalar.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_EVERY_MS = 1000, NAMES_SHOWN = 3 };

/* Share of late requests from which on the result is not the agents' alone. */
#define LATE_WORTH_SAYING 0.05

static const double shares[] = {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0};

enum { SHARES = sizeof(shares) / sizeof(shares[0]) };

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void print_targets(const struct sn_load *l)
{
	fprintf(stderr, "  to      ");
	for (uint32_t i = 0; i < l->ntargets && i < NAMES_SHOWN; i++) {
		fprintf(stderr, "%s%.60s", i ? ", " : "", l->names[i]);
	}
	if (l->ntargets > NAMES_SHOWN) {
		fprintf(stderr, ", ... (%" PRIu32 " targets)", l->ntargets);
	}
	fprintf(stderr, "; %" PRIu32 " outside this machine\n", l->outside);
}

static void print_mix(const struct sn_load *l)
{
	static const char *const verbs[SN_MIX_KINDS] = {"GET of", "GETNEXT of", "GETBULK of",
							"walk from"};

	fprintf(stderr, "  what    ");
	for (unsigned k = 0, n = 0; k < SN_MIX_KINDS; k++) {
		const struct sn_mix_op *op = &l->mix.op[k];

		if (op->weight == 0) {
			continue;
		}
		fprintf(stderr, "%s%s %" PRIu32 " OID%s", n++ ? ", " : "", verbs[k], op->noids,
			op->noids == 1 ? "" : "s");
		if (op->repetitions) {
			fprintf(stderr, " x %" PRIu32, op->repetitions);
		}
		fprintf(stderr, " (%.0f %%)", 100.0 * op->weight / l->mix.total);
	}
	fputc('\n', stderr);
}

/* Requests that cannot be exceeded. */
static double most_requests(const struct sn_load *l)
{
	const struct sn_load_values *v = &l->opt->v;
	double rate = v->rate > 0 ? v->rate : v->rate_max;
	double n = rate * (double)v->duration_ns / 1e9;

	return v->requests && v->requests < n ? v->requests : n;
}

static void print_how(const struct sn_load *l)
{
	const struct sn_load_values *v = &l->opt->v;
	char text[SN_SCALAR_TEXT_MAX];

	if (l->opt->find_max) {
		fprintf(stderr,
			"  how     steps of %s, from %.0f requests/s up by %g until more than "
			"%g %% are lost",
			sn_scalar_format_duration(text, v->step_ns), sn_load_first_rate(l),
			v->factor, v->loss_max);
		if (v->p99_max_ns) {
			fprintf(stderr, " or the p99 is above %s",
				sn_scalar_format_duration(text, v->p99_max_ns));
		}
		fprintf(stderr, ", then between; never above %.0f/s\n", v->rate_max);
		return;
	}
	if (v->rate > 0) {
		fprintf(stderr, "  how     open loop: %g requests/s, whatever comes back\n",
			v->rate);
	} else {
		fprintf(stderr,
			"  how     closed loop: %" PRIu32 " in flight, at most %g requests/s\n",
			l->in_flight, v->rate_max);
	}
	fprintf(stderr, "  long    %s, at most %.0f requests",
		sn_scalar_format_duration(text, v->duration_ns), most_requests(l));
	if (v->retries) {
		fprintf(stderr, ", each sent again up to %" PRIu32 " times if it is lost",
			v->retries);
	}
	fputc('\n', stderr);
}

void sn_load_report_plan(const struct sn_load *l)
{
	char text[128];

	fprintf(stderr, "sonde load: this will be sent:\n");
	print_targets(l);
	fprintf(stderr, "  as      %s\n", sn_credentials_describe(&l->cred, text, sizeof(text)));
	print_mix(l);
	print_how(l);
	if (l->cred.access) {
		fprintf(stderr, "  before  one GET of sysUpTime.0 to each target and thread, which "
				"settles the engines\n");
	}
}

void sn_load_report_clear(struct sn_load *l)
{
	if (l->line_open) {
		fputs("\r\033[K", stderr);
		l->line_open = false;
	}
}

void sn_load_report_progress(struct sn_load *l, uint64_t now)
{
	uint64_t every = l->opt->v.stats_ns ? l->opt->v.stats_ns : LINE_EVERY_MS * SN_NS_PER_MS;
	uint64_t requests;
	char line[200];

	if (l->opt->quiet || !l->phase || now - l->last_line < every ||
	    (!l->interactive && l->opt->v.stats_ns == 0)) {
		return;
	}
	sn_load_gather(l);
	requests = sn_load_result_sum(l->result, SN_LOAD_REQUESTS);
	snprintf(line, sizeof(line),
		 "%s %.0fs: %.0f/s, %" PRIu64 " sent, %" PRIu64 " answered, %" PRIu64
		 " lost, p50 %.3f ms, p99 %.3f ms",
		 l->phase, (double)(now - l->began) / 1e9,
		 (double)(requests - l->last_requests) * 1e9 / (double)(now - l->last_line),
		 requests, sn_load_result_sum(l->result, SN_LOAD_ANSWERS),
		 sn_load_result_sum(l->result, SN_LOAD_TIMEOUTS),
		 ms(sn_hdr_quantile(l->latency, 0.5)), ms(sn_hdr_quantile(l->latency, 0.99)));
	l->last_line = now;
	l->last_requests = requests;
	fprintf(stderr, l->interactive ? "\r\033[K%.110s" : "sonde load: %.180s\n", line);
	l->line_open = l->interactive;
}

void sn_load_report_step(struct sn_load *l, const struct sn_knee_step *step, bool good)
{
	sn_load_report_clear(l);
	if (!l->opt->quiet) {
		fprintf(stderr,
			"sonde load: %8.0f/s: sent %8.0f/s, lost %6.2f %%, p99 %9.3f ms: %s\n",
			step->rate, step->sent, 100 * step->loss, ms(step->p99),
			good ? "good" : "too much");
	}
}

static void print_latency(const char *name, const struct sn_hdr *h)
{
	uint64_t n = sn_load_get(&h->n);

	printf("%-8s %10" PRIu64, name, n);
	printf(" %9.3f", n ? ms(sn_load_get(&h->sum)) / (double)n : 0);
	for (unsigned i = 0; i < SHARES; i++) {
		printf(" %9.3f", ms(sn_hdr_quantile(h, shares[i])));
	}
	putchar('\n');
}

static void print_latencies(const struct sn_load *l)
{
	unsigned kinds = 0;

	printf("latency in ms, from %s\n",
	       l->asked > 0 ? "the time a request was due" : "the time a request was sent");
	printf("%-8s %10s %9s %9s %9s %9s %9s %9s %9s\n", "", "answers", "mean", "p50", "p90",
	       "p99", "p99.9", "p99.99", "max");
	print_latency("all", l->latency);
	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		kinds += l->mix.op[k].weight != 0;
	}
	for (unsigned k = 0; k < SN_MIX_KINDS && kinds > 1; k++) {
		if (l->mix.op[k].weight) {
			print_latency(sn_mix_name((enum sn_mix_kind)k),
				      &l->result->tally[k].latency);
		}
	}
}

/* Error-status by name, if there was any. */
static void print_statuses(const struct sn_load_result *r)
{
	bool any = false;

	for (unsigned i = 1; i < SN_STATUS_MAX + 2; i++) {
		uint64_t n = 0;

		for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
			n += sn_load_get(&r->tally[k].status[i]);
		}
		if (n) {
			printf("%s %s %" PRIu64, any ? "," : "errors    ",
			       i > SN_STATUS_MAX ? "unknown" : sn_pdu_status_name((int32_t)i), n);
			any = true;
		}
	}
	if (any) {
		putchar('\n');
	}
}

static void print_count(const char *name, const struct sn_load *l, enum sn_load_count id,
			bool always)
{
	uint64_t n = sn_load_result_sum(l->result, id);
	uint64_t all = sn_load_result_sum(l->result, SN_LOAD_REQUESTS);

	if (n || always) {
		printf("%-10s %10" PRIu64 "   %.3f %%\n", name, n,
		       all ? 100.0 * (double)n / (double)all : 0);
	}
}

double sn_load_late_share(const struct sn_load_result *r)
{
	uint64_t sent = sn_load_result_sum(r, SN_LOAD_REQUESTS);
	uint64_t late = sn_load_get(&r->late) + sn_load_get(&r->unsent);

	return sent + late ? (double)late / (double)(sent + sn_load_get(&r->unsent)) : 0;
}

/* What was our own doing. */
static void print_ours(const struct sn_load *l)
{
	const struct sn_load_result *r = l->result;

	if (l->asked > 0) {
		printf("late sends %10" PRIu64 "   more than 1 ms after they were due, the latest "
		       "%.3f ms\n",
		       sn_load_get(&r->late), ms(sn_load_get(&r->latest)));
	}
	if (sn_load_get(&r->unsent)) {
		printf("unsent     %10" PRIu64 "   due, but too many requests were outstanding\n",
		       sn_load_get(&r->unsent));
	}
	if (sn_load_get(&r->capped)) {
		printf("held       %10" PRIu64
		       "   times by --max-rate %g: the agents were faster\n",
		       sn_load_get(&r->capped), l->opt->v.rate_max);
	}
	if (sn_load_late_share(r) > LATE_WORTH_SAYING) {
		printf("this machine did not keep up: the figures are its own as much as the "
		       "agents'\n");
	}
}

static void print_reports(const struct sn_load *l)
{
	for (int id = SN_C_REPORT_UNSUPPORTED_LEVEL; id <= SN_C_REPORT_OTHER; id++) {
		uint64_t n = sn_load_counter(l, (enum sn_counter)id);

		if (n) {
			printf("reports    %10" PRIu64 "   %s\n", n,
			       sn_counter_help((enum sn_counter)id));
		}
	}
}

void sn_load_report_result(const struct sn_load *l)
{
	uint64_t requests = sn_load_result_sum(l->result, SN_LOAD_REQUESTS);
	double n = requests ? (double)requests : 1;

	printf("requests   %10" PRIu64 "   %.1f/s", requests,
	       l->seconds > 0 ? (double)requests / l->seconds : 0);
	if (l->asked > 0) {
		printf(" of %.1f/s asked", l->asked);
	}
	printf(", %.3f s\n", l->seconds);
	print_count("answers", l, SN_LOAD_ANSWERS, true);
	print_count("timeouts", l, SN_LOAD_TIMEOUTS, true);
	print_count("refused", l, SN_LOAD_REFUSED, false);
	print_count("unsendable", l, SN_LOAD_UNSENDABLE, false);
	print_count("retries", l, SN_LOAD_RETRIES, false);
	print_count("malformed", l, SN_LOAD_MALFORMED, false);
	print_statuses(l->result);
	printf("varbinds   %10" PRIu64 "   %" PRIu64 " of them noSuchObject, noSuchInstance or "
	       "endOfMibView\n",
	       sn_load_result_sum(l->result, SN_LOAD_VARBINDS),
	       sn_load_result_sum(l->result, SN_LOAD_EXCEPTIONS));
	if (l->mix.op[SN_MIX_WALK].weight) {
		printf("walks      %10" PRIu64 "   to their end, %" PRIu64 " given up\n",
		       sn_load_result_sum(l->result, SN_LOAD_WALKS),
		       sn_load_result_sum(l->result, SN_LOAD_WALKS_CUT));
	}
	print_reports(l);
	printf("octets     %10" PRIu64 " sent, %" PRIu64 " received\n", l->tx_bytes, l->rx_bytes);
	printf("our CPU    %10.2f us for each request\n", l->cpu * 1e6 / n);
	print_ours(l);
	print_latencies(l);
}

void sn_load_report_knee(const struct sn_load *l, const struct sn_knee *k)
{
	switch (k->state) {
	case SN_KNEE_FOUND:
		printf("knee: %.0f requests/s are answered within the limits, %.0f are not\n",
		       k->good, k->bad);
		break;
	case SN_KNEE_BELOW:
		printf("knee: none: not even %.0f requests/s are answered within the limits\n",
		       k->bad);
		break;
	case SN_KNEE_ABOVE:
		printf("knee: above %.0f requests/s, the most that --max-rate allows\n", k->good);
		break;
	case SN_KNEE_OURS:
		printf("knee: above %.0f requests/s: this machine cannot send any faster (more "
		       "--threads?)\n",
		       k->good);
		break;
	default:
		printf("knee: not found: interrupted; %.0f requests/s were good so far\n", k->good);
		break;
	}
	(void)l;
}
