/*
 * sonde simulate from its options to its exit status, see simulate.h. Main thread.
 */
#include "daemon/simulate_parts.h"

#include "store/synthetic.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DEFAULT_COMMUNITY "public"

enum {
	DEFAULT_INTERFACES = 48,
	ENTITIES = 12,	/* of a synthetic device: chassis, modules, ports, ... */
	PROCESSORS = 4, /* the same */
	TICK_MS = 100
};

/* How old the figures of --metrics may become. */
#define METRICS_NS (5 * SN_NS_PER_SEC)

/* 2026-01-01, Unix seconds: what has passed since then are restarts of every engine, see set_fleet.
 */
#define BOOTS_EPOCH UINT64_C(1767225600)

void sn_simulate_defaults(struct sn_simulate_options *opt)
{
	*opt = (struct sn_simulate_options){.interfaces = DEFAULT_INTERFACES,
					    .max_message = SN_IO_DATAGRAM_MAX};
}

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "sonde simulate: %s\n", line);
}

/* Who may ask: users, and a community that on loopback need not be given. */
static int load_accounts(struct sn_simulation *sim)
{
	const struct sn_simulate_options *opt = sim->opt;
	struct sn_fleet *f = &sim->fleet;
	const struct sn_accounts_request rq = {
		.path = opt->auths, .users = opt->users.v, .nusers = opt->users.n};
	bool local = sn_simulate_is_local(sim);

	f->community = opt->community;
	if (opt->auths || opt->users.n) {
		int rc = sn_accounts_load(&rq, print_line, NULL, &sim->accounts);

		if (rc) {
			return rc;
		}
		f->user = sim->accounts->users;
		f->nusers = sim->accounts->nusers;
		f->community = f->community ? f->community : sim->accounts->community;
		if (sim->accounts->unlocked) {
			sn_log(SN_LOG_WARNING, "keys of SNMPv3 users are in memory that cannot be "
					       "locked and may be swapped to disk");
		}
	}
	if (local && !f->community) {
		f->community = DEFAULT_COMMUNITY;
	}
	if (!f->community && !f->nusers) {
		fprintf(stderr,
			"sonde simulate: --listen: not only loopback, and nobody may ask (expected "
			"--community, --user or --auths; the community %s is for loopback)\n",
			DEFAULT_COMMUNITY);
		return SN_EINVAL;
	}
	if (!local && !opt->list) {
		sn_log(SN_LOG_WARNING,
		       "listening beyond loopback: whoever can send from forged addresses can have "
		       "large answers sent to others; let only pollers reach the port%s",
		       opt->max_message > 1472 ? ", or bound answers with --max-message" : "");
	}
	return SN_OK;
}

/* What devices know: recordings, something made up, or both. */
static int load_stores(struct sn_simulation *sim)
{
	const struct sn_simulate_options *opt = sim->opt;
	struct sn_synthetic_config sc = {.interfaces = opt->interfaces,
					 .entities = ENTITIES,
					 .processors = PROCESSORS,
					 .seed = opt->seed,
					 .reboot_every = opt->reboot_ns,
					 .reset_every = opt->reset_ns};
	int rc = opt->data.n ? sn_simulate_load(opt, &sim->data) : SN_OK;

	if (rc) {
		return rc;
	}
	sim->fleet.recording = sim->data.recording;
	sim->fleet.nrecordings = sim->data.n;
	if (sim->data.n && sn_fleet_sort(&sim->fleet)) {
		sn_log(SN_LOG_ERROR, "two recordings have one name");
		return SN_EINVAL;
	}
	if (opt->data.n && !opt->synthetic) {
		return SN_OK;
	}
	rc = sn_synthetic_new(&sc, &sim->synthetic);
	if (rc) {
		sn_log(SN_LOG_ERROR, "cannot make synthetic devices: %s", sn_err_text(rc));
	}
	sim->fleet.synthetic = sim->synthetic;
	return rc;
}

/*
 * An engine has the same ID in every run but nowhere to keep its boots (RFC 3414 §2.2): they begin
 * with the time of day, so that managers take each run for a restart and not for a replay.
 */
static void set_fleet(struct sn_simulation *sim)
{
	const struct sn_simulate_options *opt = sim->opt;
	struct sn_fleet *f = &sim->fleet;
	uint64_t seconds = sn_clock_wall() / SN_NS_PER_SEC;

	f->fault = opt->fault;
	f->has_faults = opt->has_faults;
	f->writable = opt->writable;
	f->seed = opt->seed;
	f->max_message = opt->max_message;
	f->boots = seconds > BOOTS_EPOCH ? (uint32_t)(seconds - BOOTS_EPOCH) : 0;
}

/* Everything but sockets. SN_OK, SN_ENOMEM, or something that was wrong with the options. */
static int prepare(struct sn_simulation *sim)
{
	int rc = sn_simulate_ranges(sim);

	rc = rc ? rc : load_accounts(sim);
	rc = rc ? rc : load_stores(sim);
	set_fleet(sim);
	return rc;
}

static int list(const struct sn_simulation *sim)
{
	for (uint32_t i = 0; i < sim->fleet.nranges; i++) {
		if (sn_addr_port(&sim->fleet.range[i].first) == 0) {
			fputs("sonde simulate: --list: the port is not known before it is open "
			      "(expected --listen with a port)\n",
			      stderr);
			return SN_EXIT_USAGE;
		}
	}
	return sn_simulate_print_list(sim) ? SN_EXIT_FAILED : SN_EXIT_OK;
}

/* Loading may take long: who asks for the state meanwhile must not kill us. */
static void block_usr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Signals that the main loop reads. Threads inherit what is blocked. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* a write that fails says so */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reads what signals came. True: the end is wanted. */
static bool take_signals(const struct sn_simulation *sim, int signals)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGUSR1) {
			sn_simulate_report_state(sim);
		} else {
			end = true;
		}
	}
	return end;
}

/* ms till the next thing to do, at least till somebody looks again. */
static int wait_ms(uint64_t now, uint64_t a, uint64_t b)
{
	uint64_t until = a < b ? a : b;
	uint64_t ms = until > now ? (until - now + SN_NS_PER_MS - 1) / SN_NS_PER_MS : 0;

	return ms < TICK_MS ? (int)ms : TICK_MS;
}

/* The service manager hears that all runs, and from here on watches the workers. */
static void tell_ready(struct sn_simulation *sim)
{
	for (unsigned i = 0; i < sim->nworkers; i++) {
		struct sn_simulate_worker *sw = &sim->workers[i];

		if (sn_manager_watch(&sim->manager, &sw->worker, &sw->running)) {
			sn_log(SN_LOG_WARNING, "no memory to watch worker %u", i);
		}
	}
	sn_manager_set(&sim->manager, SN_MANAGER_READY);
}

static void tell_manager(struct sn_simulation *sim, uint64_t now)
{
	char text[SN_MANAGER_TEXT_MAX];

	if (sn_manager_wants_status(&sim->manager, now)) {
		struct sn_simulate_totals t;

		sn_simulate_take(sim, &t);
		snprintf(text, sizeof(text), "%u devices, %llu answers, %llu varbinds",
			 sim->fleet.devices, (unsigned long long)t.v[SN_C_AGENT_RESPONSES],
			 (unsigned long long)t.v[SN_C_AGENT_VARBINDS]);
		sn_manager_say(&sim->manager, text);
	}
	sn_manager_turn(&sim->manager, now);
}

/* Till a signal, the end of the duration or of a worker. SN_OK; SN_EPIPE: nobody reads stdout. */
static int watch(struct sn_simulation *sim, int signals)
{
	const struct sn_simulate_options *opt = sim->opt;
	uint64_t now = sn_clock_mono();
	uint64_t end_at = opt->duration_ns ? now + opt->duration_ns : SN_TIME_NEVER;
	uint64_t stats_at = opt->stats_ns ? now + opt->stats_ns : SN_TIME_NEVER;
	uint64_t metrics_at = opt->metrics ? now + METRICS_NS : SN_TIME_NEVER;

	while (sn_simulate_running(sim) && now < end_at) {
		struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
				       {.fd = sim->event_fd, .events = POLLIN}};

		if (poll(fds, 2, wait_ms(now, end_at, stats_at)) < 0 && errno != EINTR) {
			return SN_ESYS;
		}
		if (take_signals(sim, signals)) {
			return SN_OK;
		}
		now = sn_clock_mono();
		tell_manager(sim, now);
		if (opt->stats_ns && now >= stats_at) {
			sn_simulate_report_stats(sim);
			stats_at += opt->stats_ns * ((now - stats_at) / opt->stats_ns + 1);
		}
		if (now >= metrics_at) {
			(void)!sn_simulate_write_metrics(sim); /* it has said so; next time may do
								*/
			metrics_at = now + METRICS_NS;
		}
		if (ferror(stdout)) {
			sn_log(SN_LOG_ERROR, "standard output: cannot be written to");
			return SN_EPIPE;
		}
	}
	return SN_OK;
}

/* From the first socket to the last. */
static int run(struct sn_simulation *sim, int signals)
{
	int status;
	int rc;

	sim->fleet.began = sn_clock_mono();
	if (sn_simulate_open(sim)) {
		return SN_EXIT_FAILED;
	}
	if ((sim->opt->targets && sn_simulate_write_targets(sim)) ||
	    (sim->opt->metrics && sn_simulate_write_metrics(sim)) || sn_simulate_start(sim)) {
		return SN_EXIT_FAILED;
	}
	sim->ready = sn_clock_mono();
	sn_simulate_take(sim, &sim->at_ready);
	sim->last = sim->at_ready;
	sn_simulate_report_ready(sim);
	tell_ready(sim);
	status = watch(sim, signals) ? SN_EXIT_FAILED : SN_EXIT_OK;
	sn_manager_set(&sim->manager, SN_MANAGER_STOPPING);
	rc = sn_simulate_stop(sim);
	if (sim->opt->metrics && sn_simulate_write_metrics(sim)) {
		status = SN_EXIT_FAILED;
	}
	sn_simulate_report_summary(sim);
	if (rc || sim->data.failed || ferror(stdout)) {
		status = SN_EXIT_FAILED;
	}
	return status;
}

int sn_daemon_simulate(const struct sn_simulate_options *opt)
{
	struct sn_simulation sim = {.opt = opt, .event_fd = -1, .started = sn_clock_mono()};
	int status = SN_EXIT_OK;
	int rc;

	block_usr1();
	if (!opt->list) {
		sn_manager_open(&sim.manager);
	}
	rc = prepare(&sim);
	if (rc) {
		status = rc == SN_ENOMEM ? SN_EXIT_FAILED : SN_EXIT_USAGE;
	} else if (opt->list) {
		status = list(&sim);
	} else {
		int signals = open_signals();

		status = run(&sim, signals);
		sn_simulate_close(&sim);
		if (signals >= 0) {
			close(signals);
		}
	}
	sn_manager_close(&sim.manager);
	sn_simulate_unload(&sim.data);
	sn_store_free(sim.synthetic);
	sn_accounts_free(sim.accounts);
	return status;
}
