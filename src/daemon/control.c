/*
 * The main thread's loop: signals, deadlines, progress, reload. It never touches a worker's data
 * but by messages.
 */
#include "daemon/parts.h"

#include "base/log.h"
#include "config/reload.h"
#include "serve/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TICK_MS = 100, GRACE_S = 10, WRONG_MAX = 8192 };

/* Between two looks for the sake of names that a slow resolver has not answered yet. */
#define OPEN_NAMES_PAUSE_NS SN_NS_PER_SEC

/* After the first of the names is due again: most were asked together, so most are due then. */
#define NAMES_SLACK_NS (15 * SN_NS_PER_SEC)

/* Where the process is on its way to the end. */
enum phase { PHASE_RUNNING, PHASE_DRAINING, PHASE_CANCELLED };

struct control {
	struct sn_daemon *d;
	enum phase phase;	  /* how far the end has come */
	uint64_t cancel_at;	  /* mono ns at which draining turns to cutting */
	uint64_t end_at;	  /* mono ns, --duration; SN_TIME_NEVER */
	uint64_t refresh_at;	  /* mono ns, target files are looked at again; SN_TIME_NEVER */
	uint64_t names_at;	  /* mono ns, names are looked up again; SN_TIME_NEVER */
	uint64_t services_at;	  /* mono ns, services are asked again; SN_TIME_NEVER */
	struct sn_watch *watch;	  /* of target files, NULL: not possible */
	bool changed;		  /* it has noticed something */
	bool told_unwatched;	  /* that some files are not watched */
	struct sn_reload *reload; /* under way, NULL: none */
	bool reload_wanted;	  /* SIGHUP came while one was under way */
	bool said;		  /* the one under way was asked for */
	char wrong[WRONG_MAX];	  /* lines of what was wrong with it */
	bool output_gone;	  /* every output's reader went away */
};

static void drain(struct control *ct, uint64_t now, const char *why)
{
	if (ct->phase != PHASE_RUNNING) {
		return;
	}
	sn_report_clear(ct->d);
	if (!ct->d->opt->quiet) {
		sn_log(SN_LOG_INFO, "%s: finishing the rounds under way", why);
	}
	ct->phase = PHASE_DRAINING;
	sn_manager_set(&ct->d->manager, SN_MANAGER_STOPPING);
	ct->cancel_at = now + GRACE_S * SN_NS_PER_SEC;
	sn_wire_command(ct->d, SN_COMMAND_DRAIN);
}

static void cancel(struct control *ct, const char *why)
{
	if (ct->phase == PHASE_CANCELLED) {
		return;
	}
	sn_report_clear(ct->d);
	if (!ct->d->opt->quiet) {
		sn_log(SN_LOG_INFO, "%s: cutting the rounds under way", why);
	}
	ct->phase = PHASE_CANCELLED;
	sn_manager_set(&ct->d->manager, SN_MANAGER_STOPPING);
	sn_wire_command(ct->d, SN_COMMAND_CANCEL);
}

/* What a reload cannot change while workers run. */
static bool needs_restart(const struct sn_config *a, const struct sn_config *b)
{
	bool differs = a->threads != b->threads || a->in_flight != b->in_flight ||
		       a->pin != b->pin || a->io.backend != b->io.backend ||
		       a->io.rcvbuf != b->io.rcvbuf || a->io.sockets4 != b->io.sockets4 ||
		       a->io.sockets6 != b->io.sockets6 || a->io.min_wait_us != b->io.min_wait_us ||
		       a->noutputs != b->noutputs ||
		       strcmp(a->listen ? a->listen : "", b->listen ? b->listen : "") != 0;

	for (uint32_t i = 0; !differs && i < a->noutputs; i++) {
		const struct sn_config_output *x = &a->outputs[i];
		const struct sn_config_output *y = &b->outputs[i];

		differs = strcmp(x->type, y->type) != 0 || x->encoder != y->encoder ||
			  (x->path && y->path && strcmp(x->path, y->path) != 0) ||
			  (x->hash != y->hash && (x->topic || !sn_filter_is_empty(&x->filter) ||
						  !sn_filter_is_empty(&y->filter)));
	}
	return differs;
}

/* When names are looked up again. */
static uint64_t names_due(const struct sn_daemon *d, uint64_t now)
{
	uint64_t due = sn_name_cache_due(d->memory.names);

	if (sn_name_cache_open(d->memory.names)) {
		return now + OPEN_NAMES_PAUSE_NS;
	}
	if (due == SN_TIME_NEVER) {
		return due;
	}
	return (due > now ? due : now) + NAMES_SLACK_NS;
}

/* When sources of targets are looked at again. No load is under way. */
static void plan_refresh(struct control *ct, uint64_t now)
{
	const struct sn_daemon *d = ct->d;
	uint64_t refresh_ns = d->cfg->refresh_ns;

	if (d->opt->once) {
		ct->refresh_at = ct->names_at = ct->services_at = SN_TIME_NEVER;
		return;
	}
	ct->refresh_at = refresh_ns ? now + refresh_ns : SN_TIME_NEVER;
	ct->names_at = names_due(d, now);
	ct->services_at = sn_offer_cache_due(d->memory.lists);
}

/* The files of the snapshot in use are watched, and no others. */
static void watch_files(struct control *ct, uint64_t now)
{
	const struct sn_config *cfg = ct->d->cfg;
	const char *folder;

	if (ct->watch && sn_watch_set(ct->watch, cfg->watch, cfg->nwatch, now, &folder) &&
	    !ct->told_unwatched) {
		ct->told_unwatched = true;
		sn_report_clear(ct->d);
		sn_log(SN_LOG_INFO,
		       "changes in the folder %s are noticed with the refresh_interval only: %s",
		       folder, strerror(errno));
	}
}

/*
 * A worker's command to take up targets may be on its way once only, the first one after the start
 * too, and so may a load.
 */
static bool may_reload(const struct control *ct)
{
	return !ct->reload && !ct->d->old_cfg && sn_handover_done(ct->d);
}

/* said: somebody asked for it, so it is told when all went well too; else nothing is loaded where
 * nothing has changed. */
static void begin_reload(struct control *ct, bool said)
{
	struct sn_daemon *d = ct->d;
	const struct sn_config *current = said ? NULL : d->cfg;

	if (ct->phase != PHASE_RUNNING) {
		sn_serve_reload_begins(d->serve);
		sn_serve_reload_ends(d->serve, 0, "shutting down\n");
		return; /* nothing new begins any more */
	}
	if (!may_reload(ct)) {
		ct->reload_wanted |= said;
		return;
	}
	ct->reload_wanted = false;
	ct->said = said;
	if (said) {
		sn_name_cache_doubt(d->memory.names);
		sn_offer_cache_doubt(d->memory.lists);
	}
	ct->wrong[0] = '\0';
	sn_serve_reload_begins(d->serve);
	if (said) {
		sn_manager_set(&d->manager, SN_MANAGER_RELOADING);
	}
	if (sn_reload_start(d->opt->config_path, &d->opt->override, &d->memory, current,
			    &ct->reload)) {
		sn_report_clear(d);
		sn_log(SN_LOG_ERROR, "out of memory; going on with the old configuration");
		sn_serve_reload_ends(d->serve, 0, "out of memory\n");
		/* not in every turn */
		ct->refresh_at = ct->names_at = ct->services_at = sn_clock_mono() + SN_NS_PER_SEC;
	}
}

/* Something is wrong with the load: kept for those who have asked for it. */
static void note(struct control *ct, const char *line)
{
	size_t n = strlen(ct->wrong);

	snprintf(ct->wrong + n, sizeof(ct->wrong) - n, "%s\n", line);
}

static void report_line(void *ctx, const char *line)
{
	struct control *ct = ctx;

	sn_report_clear(ct->d);
	sn_log(strstr(line, "warning: ") ? SN_LOG_WARNING : SN_LOG_ERROR, "%s", line);
	note(ct, line);
}

/* The workers get what was loaded. */
static void adopt(struct control *ct, const struct sn_config *fresh)
{
	struct sn_daemon *d = ct->d;

	sn_report_unlocked(d, fresh);
	if (needs_restart(d->cfg, fresh)) {
		sn_report_clear(d);
		sn_log(SN_LOG_WARNING,
		       "changes of threads, in_flight, io, output and listen take effect after a "
		       "restart");
	}
	d->old_cfg = d->cfg;
	sn_web_set_snapshot(d, fresh);
	if (sn_handover_give(d)) {
		sn_log(SN_LOG_ERROR, "out of memory; going on with the old configuration");
		sn_web_set_snapshot(d, d->old_cfg);
		d->old_cfg = NULL;
		sn_config_free(fresh);
		note(ct, "out of memory");
		return;
	}
	sn_web_reload(d);
	if (ct->said) {
		sn_report_clear(d);
		sn_log(SN_LOG_INFO, "configuration reloaded: %u targets", d->cfg->ntargets);
	}
}

/* All or nothing: a configuration that does not load changes nothing. */
static void end_reload(struct control *ct, uint64_t now)
{
	const struct sn_config *fresh = NULL;
	int rc = sn_reload_end(ct->reload, report_line, ct, &fresh);

	if (rc == SN_EAGAIN) {
		return;
	}
	ct->reload = NULL;
	if (rc && rc != SN_EEXIST) {
		sn_report_clear(ct->d);
		sn_log(SN_LOG_ERROR, "configuration not reloaded; going on with the old one");
	} else if (!rc && ct->phase == PHASE_RUNNING) {
		adopt(ct, fresh);
		rc = ct->d->cfg == fresh ? SN_OK : SN_ENOMEM;
	} else {
		sn_config_free(fresh);
	}
	sn_serve_reload_ends(ct->d->serve, rc && rc != SN_EEXIST ? 0 : ct->d->applies, ct->wrong);
	plan_refresh(ct, now);
	watch_files(ct, now);
}

/* Where targets come from is looked at when it is time, or when a file of theirs has changed. */
static void refresh(struct control *ct, uint64_t now)
{
	ct->changed |= ct->watch && sn_watch_changed(ct->watch, now);
	if (ct->phase != PHASE_RUNNING || !may_reload(ct) ||
	    !(ct->changed || now >= ct->refresh_at || now >= ct->names_at ||
	      now >= ct->services_at)) {
		return;
	}
	ct->changed = false;
	begin_reload(ct, false);
}

static void reopen_outputs(struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->npumps; i++) {
		sn_pump_reopen(d->pumps[i]);
	}
}

static void on_signal(struct control *ct, uint32_t signo, uint64_t now)
{
	switch (signo) {
	case SIGTERM:
	case SIGINT:
		if (ct->phase == PHASE_RUNNING) {
			drain(ct, now, signo == SIGTERM ? "SIGTERM" : "interrupted");
		} else {
			cancel(ct, "second signal");
		}
		break;
	case SIGHUP:
		reopen_outputs(ct->d);
		begin_reload(ct, true);
		break;
	case SIGUSR1:
		sn_report_state(ct->d);
		break;
	default:
		break;
	}
}

static void watch_outputs(struct control *ct)
{
	struct sn_pump_stats st;
	unsigned gone = 0;

	for (unsigned i = 0; i < ct->d->npumps; i++) {
		sn_pump_stats_get(ct->d->pumps[i], &st);
		gone += st.state == SN_EPIPE;
	}
	if (gone == ct->d->npumps && !ct->output_gone) {
		ct->output_gone = true;
		cancel(ct, "output closed by its reader");
	}
}

static void watch_workers(struct control *ct)
{
	for (unsigned i = 0; i < ct->d->nworkers; i++) {
		struct sn_daemon_worker *dw = &ct->d->workers[i];

		if (!atomic_load_explicit(&dw->running, memory_order_acquire) && dw->err) {
			cancel(ct, "a worker failed");
		}
	}
}

/* The service manager hears how it goes; a reload is over for it when the workers have what came of
 * it. */
static void tell_manager(struct control *ct, uint64_t now)
{
	struct sn_manager *m = &ct->d->manager;
	char text[SN_MANAGER_TEXT_MAX];

	if (m->state == SN_MANAGER_RELOADING && may_reload(ct) && !ct->reload_wanted) {
		sn_manager_set(m, SN_MANAGER_READY);
	}
	if (sn_manager_wants_status(m, now)) {
		sn_report_standing(ct->d, text, sizeof(text));
		sn_manager_say(m, text);
	}
	sn_manager_turn(m, now);
}

/* Everything that depends on time or on what other threads did. */
static void tick(struct control *ct)
{
	struct sn_daemon *d = ct->d;
	uint64_t now = sn_clock_mono();

	watch_outputs(ct);
	watch_workers(ct);
	if (now >= ct->end_at) {
		drain(ct, now, "duration is over");
	}
	if (ct->phase == PHASE_DRAINING && now >= ct->cancel_at) {
		cancel(ct, "still not done");
	}
	if (ct->phase == PHASE_RUNNING) {
		sn_handover_repeat(d);
	}
	if (d->old_cfg && sn_handover_done(d)) {
		sn_config_free(d->old_cfg);
		d->old_cfg = NULL;
	}
	if (ct->reload) {
		end_reload(ct, now);
	}
	if (atomic_exchange_explicit(&d->reload_asked, false, memory_order_acquire) ||
	    ct->reload_wanted) {
		begin_reload(ct, true);
	}
	refresh(ct, now);
	tell_manager(ct, now);
	sn_report_progress(d, now);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool sn_control_run(struct sn_daemon *d)
{
	uint64_t now = sn_clock_mono();
	struct control ct = {.d = d,
			     .end_at = d->duration_ns ? now + d->duration_ns : SN_TIME_NEVER};
	int signals = open_signals();

	ct.watch = d->opt->once ? NULL : sn_watch_new();
	plan_refresh(&ct, now);
	watch_files(&ct, now);
	while (sn_wire_running(d)) {
		struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
				       {.fd = d->event_fd, .events = POLLIN}};
		struct signalfd_siginfo info;
		uint64_t count;

		if (poll(fds, 2, TICK_MS) < 0 && errno != EINTR) {
			cancel(&ct, "poll failed");
		}
		while (signals >= 0 &&
		       read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
			on_signal(&ct, info.ssi_signo, sn_clock_mono());
		}
		if (read(d->event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
			cancel(&ct, "eventfd failed");
		}
		tick(&ct);
	}
	sn_reload_cancel(ct.reload);
	sn_watch_free(ct.watch);
	if (signals >= 0) {
		close(signals);
	}
	return ct.output_gone;
}
