/*
 * sonde poll from its options to its exit status, see daemon.h. Main thread.
 */
#include "daemon/parts.h"

#include "base/log.h"
#include "document/scalar.h"
#include "observe/trace.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRACE_TEXT = 64 << 10, MMAP_THRESHOLD = 128 << 10 };

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

/* On the traced target's worker. */
static void on_trace(void *ctx, const struct sn_trace_event *ev)
{
	static _Thread_local char text[TRACE_TEXT];
	const struct sn_daemon *d = ctx;
	struct sn_trace_message m = {.wall = ev->wall,
				     .since_start =
					     ev->mono > d->started ? ev->mono - d->started : 0,
				     .peer = ev->peer,
				     .data = ev->data,
				     .scoped = ev->scoped,
				     .note = ev->note,
				     .rtt_ns = ev->rtt_ns,
				     .sent = ev->sent};
	size_t n = sn_trace_format(&m, text, sizeof(text));

	if (write(STDERR_FILENO, text, n) < 0) {
		return; /* nobody reads the trace */
	}
}

/* Workers have not started: their sessions may be touched. */
static int set_tracer(struct sn_daemon *d)
{
	for (uint32_t i = 0; i < d->cfg->ntargets; i++) {
		const struct sn_target_spec *spec = d->cfg->targets[i];

		if (strcmp(spec->origin.instance, d->opt->trace) == 0) {
			struct sn_daemon_worker *dw = &d->workers[spec->hash % d->nworkers];

			dw->collector.session.tracer =
				(struct sn_tracer){.ctx = d, .event = on_trace, .addr = spec->addr};
			return SN_OK;
		}
	}
	return SN_ENOENT;
}

/* Threads inherit what is blocked; signalfd reads it. */
static void block_signals(int one, int other)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, one);
	sigaddset(&set, other);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void ignore_signals(void)
{
	signal(SIGPIPE, SIG_IGN); /* a write that fails says so: outputs and messages go on */
	signal(SIGXFSZ, SIG_IGN);
}

static int check_only(const struct sn_config *cfg, const char *path)
{
	uint32_t unresolved = 0;

	for (uint32_t i = 0; i < cfg->ntargets; i++) {
		unresolved += cfg->targets[i]->resolve_err != SN_OK;
	}
	fprintf(stderr, "%s: ok: %u targets%s, %u outputs", path, cfg->ntargets,
		cfg->ntargets ? "" : " (nothing would be polled)", cfg->noutputs);
	if (unresolved) {
		fprintf(stderr, "; %u names have no address", unresolved);
	}
	fputc('\n', stderr);
	return SN_EXIT_OK;
}

static int exit_status(const struct sn_daemon *d, int rc, bool output_gone)
{
	uint64_t missed = sn_report_sum(d, SN_C_ROUNDS_FAILED) +
			  sn_report_sum(d, SN_C_ROUNDS_PARTIAL) +
			  sn_report_sum(d, SN_C_ROUNDS_CANCELLED);

	for (unsigned i = 0; i < d->npumps; i++) {
		const struct sn_pump_stats *st = &d->final[i];

		if (st->rows_lost || st->rows_dropped || st->rounds_lost || st->rounds_dropped) {
			return SN_EXIT_FAILED;
		}
	}
	return rc || output_gone || (d->opt->once && missed) ? SN_EXIT_FAILED : SN_EXIT_OK;
}

/*
 * Large pieces of memory go back to the system when they are freed: a snapshot of a million targets
 * is, after every reload. By itself glibc stops that with the first such piece.
 */
static void set_up_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
}

/* The exit status when there is nothing to run; -1: d->cfg is there. */
static int load(struct sn_daemon *d)
{
	const struct sn_daemon_options *opt = d->opt;
	struct sn_config_overrides over = opt->override;
	int rc;

	over.check = opt->check;
	d->memory.keys = sn_key_cache_new();
	d->memory.names = sn_name_cache_new(NULL);
	d->memory.lists = sn_offer_cache_new();
	rc = d->memory.keys && d->memory.names && d->memory.lists
		     ? sn_config_load(opt->config_path, &over, &d->memory, print_line, NULL,
				      &d->cfg)
		     : SN_ENOMEM;
	if (rc == SN_ECONFIG) {
		return SN_EXIT_USAGE;
	}
	if (rc) {
		fprintf(stderr, "sonde poll: %s: %s\n", opt->config_path, sn_err_text(rc));
		return SN_EXIT_FAILED;
	}
	sn_report_unlocked(d, d->cfg);
	return opt->check ? check_only(d->cfg, opt->config_path) : -1;
}

/* The service manager hears that all runs, and from here on watches the workers. */
static void tell_ready(struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		struct sn_daemon_worker *dw = &d->workers[i];

		if (sn_manager_watch(&d->manager, &dw->worker, &dw->running)) {
			sn_log(SN_LOG_WARNING, "no memory to watch worker %u", i);
		}
	}
	sn_manager_set(&d->manager, SN_MANAGER_READY);
}

/* From the first worker to the last. */
static int run(struct sn_daemon *d)
{
	const struct sn_daemon_options *opt = d->opt;
	bool failed = false;
	bool output_gone;
	int status;
	int rc;

	d->started = sn_clock_mono();
	d->last_line = d->started;
	d->interactive = !opt->quiet && !opt->trace && isatty(STDERR_FILENO);
	rc = sn_wire_open(d);
	if (rc == SN_OK && opt->trace && set_tracer(d)) {
		fprintf(stderr, "sonde: --trace: no target is called \"%s\"\n", opt->trace);
		sn_wire_abandon(d);
		return SN_EXIT_USAGE;
	}
	if (rc || sn_wire_start(d)) {
		sn_wire_abandon(d);
		return SN_EXIT_FAILED;
	}
	if (sn_web_start(d)) {
		failed = true;
		sn_wire_command(d, SN_COMMAND_CANCEL);
	} else {
		tell_ready(d);
	}
	output_gone = sn_control_run(d);
	rc = sn_wire_stop(d);
	sn_report_summary(d);
	status = failed ? SN_EXIT_FAILED : exit_status(d, rc, output_gone);
	sn_wire_free(d);
	return status;
}

int sn_daemon_poll(const struct sn_daemon_options *opt)
{
	struct sn_daemon d = {.opt = opt, .event_fd = -1};
	int status;

	if (opt->duration &&
	    (sn_scalar_duration(opt->duration, &d.duration_ns) || d.duration_ns == 0)) {
		fprintf(stderr,
			"sonde poll: --duration: \"%s\" is not valid (expected a time above 0, "
			"such as 30s, 1m30s, 500ms)\n",
			opt->duration);
		return SN_EXIT_USAGE;
	}
	pthread_mutex_init(&d.snapshot_lock, NULL);
	set_up_memory();
	/* Loading may take long (names are looked up, passwords hashed): who asks for a reload or
	 * the state meanwhile must not kill us, who wants the end must not wait. */
	block_signals(SIGHUP, SIGUSR1);
	if (!opt->check) {
		sn_manager_open(&d.manager);
		sn_manager_say(&d.manager, "loading the configuration");
	}
	status = load(&d);
	if (status < 0) {
		block_signals(SIGTERM, SIGINT);
		ignore_signals();
		status = run(&d);
	}
	sn_manager_close(&d.manager);
	sn_config_free(d.cfg);
	sn_config_free(d.old_cfg);
	sn_key_cache_free(d.memory.keys);
	sn_name_cache_free(d.memory.names);
	sn_offer_cache_free(d.memory.lists);
	pthread_mutex_destroy(&d.snapshot_lock);
	return status;
}
