/*
 * sonde load from its options to its exit status, see load.h. Main thread.
 */
#include "daemon/load_parts.h"

#include "msg/peek.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	IN_FLIGHT = 16, /* of a closed loop, if nothing is said */
	LEAD_MS = 2,	/* between the command to begin and the first request */
	SETTLE_MS = 500 /* between two steps of a search */
};

#define FIRST_RATE 100.0 /* of a search, if nothing is said */
#define KNEE_PRECISION 0.05

static const char default_oid[] = "1.3.6.1.2.1.1.3.0"; /* sysUpTime.0: every agent has it */

double sn_load_first_rate(const struct sn_load *l)
{
	double rate = l->opt->v.rate > 0 ? l->opt->v.rate : FIRST_RATE;

	return rate < l->opt->v.rate_max ? rate : l->opt->v.rate_max;
}

uint64_t sn_load_counter(const struct sn_load *l, enum sn_counter id)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < l->nworkers; i++) {
		sum += sn_counter_get(&l->workers[i].worker.counters, id);
	}
	return sum;
}

void sn_load_gather(struct sn_load *l)
{
	sn_load_result_clear(l->result);
	sn_hdr_clear(l->latency);
	for (unsigned i = 0; i < l->nworkers; i++) {
		sn_load_result_merge(l->result, &l->workers[i].g.result);
	}
	sn_load_result_latency(l->result, l->latency);
}

static int make_mix(struct sn_load *l)
{
	const struct sn_load_values *v = &l->opt->v;
	bool bulk = l->cred.version != SN_VERSION_1;
	char why[SN_MIX_WHY_MAX];

	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		if (v->oids[k] && sn_mix_add(&l->mix, (enum sn_mix_kind)k, v->oids[k],
					     v->repetitions, bulk, why)) {
			fprintf(stderr, "sonde load: --%s: %s\n", sn_mix_name((enum sn_mix_kind)k),
				why);
			return SN_ECONFIG;
		}
	}
	if (l->mix.total == 0) {
		return sn_mix_add(&l->mix, SN_MIX_GET, default_oid, 0, bulk, why);
	}
	if (v->mix && sn_mix_weigh(&l->mix, v->mix, why)) {
		fprintf(stderr, "sonde load: --mix: %s\n", why);
		return SN_ECONFIG;
	}
	return SN_OK;
}

/* What somebody might do by mistake and others would suffer from. */
static bool is_agreed(const struct sn_load *l)
{
	const char *what = l->outside > 1 ? "more than one target outside this machine"
			   : l->outside && l->opt->find_max
				   ? "looking for the limit of an agent that is not on this machine"
				   : NULL;

	if (!what || l->opt->yes || l->opt->check) {
		return true;
	}
	fprintf(stderr,
		"sonde load: %s: nothing was sent (if that is what you want and may do: --yes)\n",
		what);
	return false;
}

/* The i-th of n parts of a number that adds up. */
static uint64_t part(uint64_t all, unsigned i, unsigned n)
{
	return all * (i + 1) / n - all * i / n;
}

static void share_meeting(const struct sn_load *l, unsigned i, struct sn_run *run)
{
	(void)l;
	(void)i;
	*run = (struct sn_run){.kind = SN_RUN_MEET};
}

/* One worker's part of the run. */
static void share(const struct sn_load *l, unsigned i, struct sn_run *run)
{
	const struct sn_load_values *v = &l->opt->v;

	*run = (struct sn_run){.start = l->began,
			       .duration_ns = l->opt->find_max ? v->step_ns : v->duration_ns,
			       .requests = v->requests > i ? (v->requests - i - 1) / l->nworkers + 1
							   : 0};
	if (l->asked > 0) {
		run->kind = SN_RUN_OPEN;
		sn_pace_init(&run->pace, l->asked, v->ramp_ns, i, l->nworkers);
	} else {
		run->kind = SN_RUN_CLOSED;
		run->in_flight = (uint32_t)part(l->in_flight, i, l->nworkers);
		run->ramp_ns = v->ramp_ns;
		run->cap = v->rate_max / l->nworkers;
	}
	if (v->requests && run->requests == 0) {
		run->kind = SN_RUN_IDLE;
	}
}

static double cpu_seconds(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static void sum_bytes(const struct sn_load *l, uint64_t *rx, uint64_t *tx)
{
	*rx = 0;
	*tx = 0;
	for (unsigned i = 0; i < l->nworkers; i++) {
		*rx += sn_load_get(&l->workers[i].rx_bytes);
		*tx += sn_load_get(&l->workers[i].tx_bytes);
	}
}

/* One run at a rate (0: closed loop), its result in l. False: a worker failed. */
static bool run_once(struct sn_load *l, double rate, const char *phase, uint64_t lead_ms)
{
	double cpu = cpu_seconds();
	uint64_t rx;
	uint64_t tx;
	bool well;

	sum_bytes(l, &rx, &tx);
	l->asked = rate;
	l->phase = phase;
	l->began = sn_clock_mono() + lead_ms * SN_NS_PER_MS;
	l->last_line = l->began;
	l->last_requests = 0;
	well = sn_load_threads_run(l, share);
	l->phase = NULL;
	sn_load_report_clear(l);
	l->cpu = cpu_seconds() - cpu;
	sum_bytes(l, &l->rx_bytes, &l->tx_bytes);
	l->rx_bytes -= rx;
	l->tx_bytes -= tx;
	l->seconds = 0;
	for (unsigned i = 0; i < l->nworkers; i++) {
		const struct sn_generator *g = &l->workers[i].g;
		double s = (double)(g->stopped_at - g->run.start) / 1e9;

		l->seconds = s > l->seconds ? s : l->seconds;
	}
	sn_load_gather(l);
	return well;
}

/* SNMPv3: every target's engine is settled, or the target left out. False: none is left. */
static bool meet(struct sn_load *l)
{
	const struct sn_generator *g = &l->workers[0].g;

	if (!l->cred.access) {
		return true;
	}
	if (!sn_load_threads_run(l, share_meeting)) {
		return false;
	}
	for (unsigned i = 0; i < l->nworkers; i++) {
		if (l->workers[i].g.nlive < g->nlive) {
			g = &l->workers[i].g;
		}
	}
	if (g->nlive < l->ntargets) {
		fprintf(stderr, "sonde load: %u of %u targets are left out: %s\n",
			l->ntargets - g->nlive, l->ntargets, sn_err_text(g->meet_err));
	}
	return g->nlive > 0;
}

static bool search(struct sn_load *l, struct sn_knee *k)
{
	const struct sn_load_values *v = &l->opt->v;
	struct sn_knee_config kc = {.start = sn_load_first_rate(l),
				    .factor = v->factor,
				    .max = v->rate_max,
				    .loss_max = v->loss_max / 100,
				    .p99_max = v->p99_max_ns,
				    .precision = KNEE_PRECISION};
	bool more = true;

	sn_knee_init(k, &kc);
	while (more && !l->interrupted) {
		struct sn_knee_step step = {.rate = k->rate};
		double n;

		if (!run_once(l, k->rate, "step", SETTLE_MS)) {
			return false;
		}
		n = (double)sn_load_result_sum(l->result, SN_LOAD_REQUESTS);
		step.sent = l->seconds > 0 ? n / l->seconds : 0;
		step.loss =
			n > 0 ? 1 - (double)sn_load_result_sum(l->result, SN_LOAD_ANSWERS) / n : 1;
		step.late = sn_load_late_share(l->result);
		step.p99 = sn_hdr_quantile(l->latency, 0.99);
		if (l->interrupted) {
			break; /* half a step says nothing */
		}
		sn_load_report_step(l, &step, sn_knee_is_good(k, &step));
		more = sn_knee_next(k, &step);
	}
	return true;
}

static int show(struct sn_load *l, const struct sn_knee *k)
{
	const char *path = l->opt->v.histogram;
	int status = sn_load_result_sum(l->result, SN_LOAD_ANSWERS) ? SN_EXIT_OK : SN_EXIT_FAILED;

	if (l->opt->json) {
		sn_load_json_print(l, k);
	} else {
		sn_load_report_result(l);
		if (k) {
			sn_load_report_knee(l, k);
		}
	}
	if (path && sn_load_json_histogram(l, path)) {
		fprintf(stderr, "sonde load: --histogram %s: %s\n", path, strerror(errno));
		status = SN_EXIT_FAILED;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "sonde load: stdout: %s\n", strerror(errno));
		status = SN_EXIT_FAILED;
	}
	return status;
}

/* With sockets and threads. */
static int run(struct sn_load *l)
{
	struct sn_knee k;

	if (!meet(l) || l->interrupted) {
		return SN_EXIT_FAILED;
	}
	if (l->opt->find_max) {
		return search(l, &k) ? show(l, &k) : SN_EXIT_FAILED;
	}
	return run_once(l, l->opt->v.rate, "load", LEAD_MS) ? show(l, NULL) : SN_EXIT_FAILED;
}

/* The exit status when there is nothing to run; -1: all is there. */
static int prepare(struct sn_load *l)
{
	const struct sn_load_options *opt = l->opt;
	int rc;

	if (!sn_load_option_check(opt)) {
		return SN_EXIT_USAGE;
	}
	rc = sn_credentials_make(&l->cred, &opt->cred, "load");
	rc = rc ? rc : make_mix(l);
	rc = rc ? rc : sn_load_targets_find(l);
	if (rc == SN_ECONFIG || (rc == SN_OK && !is_agreed(l))) {
		return SN_EXIT_USAGE;
	}
	l->result = calloc(1, sizeof(*l->result));
	l->latency = calloc(1, sizeof(*l->latency));
	if (rc || !l->result || !l->latency) {
		fprintf(stderr, "sonde load: %s\n", sn_err_text(rc ? rc : SN_ENOMEM));
		return SN_EXIT_FAILED;
	}
	l->in_flight = opt->v.in_flight ? opt->v.in_flight : IN_FLIGHT;
	l->in_flight = l->in_flight < opt->v.threads ? opt->v.threads : l->in_flight;
	if (!opt->quiet) {
		sn_load_report_plan(l);
	}
	return opt->check ? SN_EXIT_OK : -1;
}

int sn_daemon_load(const struct sn_load_options *opt)
{
	struct sn_load l = {.opt = opt, .event_fd = -1, .signal_fd = -1};
	int status = prepare(&l);

	if (status < 0) {
		signal(SIGPIPE, SIG_IGN); /* a write that fails says so */
		l.interactive = !opt->quiet && isatty(STDERR_FILENO);
		status = sn_load_threads_start(&l) ? SN_EXIT_FAILED : run(&l);
		sn_load_threads_stop(&l);
	}
	sn_load_targets_free(&l);
	sn_credentials_fini(&l.cred);
	free(l.result);
	free(l.latency);
	return status;
}
