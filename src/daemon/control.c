/*
 * The main thread's loop: signals, deadlines, progress, the way to the end; reloads are
 * refresh.h's. It never touches a worker's data but by messages.
 */
#include "daemon/parts.h"
#include "daemon/refresh.h"

#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TICK_MS = 100, GRACE_S = 10 };

/* Where the process is on its way to the end. */
enum phase { PHASE_RUNNING, PHASE_DRAINING, PHASE_CANCELLED };

struct control {
	struct sn_daemon *d;	   /* what it controls */
	enum phase phase;	   /* how far the end has come */
	uint64_t cancel_at;	   /* mono ns at which draining turns to cutting */
	uint64_t end_at;	   /* mono ns, --duration; SN_TIME_NEVER */
	struct sn_refresh refresh; /* how d->cfg is kept up to date */
	bool output_gone;	   /* every output's reader went away */
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
	sn_refresh_end(&ct->refresh);
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
	sn_refresh_end(&ct->refresh);
	sn_manager_set(&ct->d->manager, SN_MANAGER_STOPPING);
	sn_wire_command(ct->d, SN_COMMAND_CANCEL);
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
		sn_refresh_ask(&ct->refresh);
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

	if (m->state == SN_MANAGER_RELOADING && sn_refresh_is_idle(&ct->refresh)) {
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
	sn_refresh_turn(&ct->refresh, now);
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

	sn_refresh_init(&ct.refresh, d, now);
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
	sn_refresh_fini(&ct.refresh);
	if (signals >= 0) {
		close(signals);
	}
	return ct.output_gone;
}
