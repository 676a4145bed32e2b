/*
 * Reloads of the configuration, see refresh.h: when one begins, what is made of what it loaded, and
 * who hears of it. Called by control.c, on the main thread.
 */
#include "daemon/refresh.h"

#include "daemon/parts.h"

#include "base/log.h"
#include "config/reload.h"
#include "serve/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Between two looks for the sake of names that a slow resolver has not answered yet. */
#define OPEN_NAMES_PAUSE_NS SN_NS_PER_SEC

/* After the first of the names is due again: most were asked together, so most are due then. */
#define NAMES_SLACK_NS (15 * SN_NS_PER_SEC)

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
static void plan(struct sn_refresh *rf, uint64_t now)
{
	const struct sn_daemon *d = rf->d;
	uint64_t refresh_ns = d->cfg->refresh_ns;

	if (d->opt->once) {
		rf->look_at = rf->names_at = rf->services_at = SN_TIME_NEVER;
		return;
	}
	rf->look_at = refresh_ns ? now + refresh_ns : SN_TIME_NEVER;
	rf->names_at = names_due(d, now);
	rf->services_at = sn_offer_cache_due(d->memory.lists);
}

/* The files of the snapshot in use are watched, and no others. */
static void watch_files(struct sn_refresh *rf, uint64_t now)
{
	const struct sn_config *cfg = rf->d->cfg;
	const char *folder;

	if (rf->watch && sn_watch_set(rf->watch, cfg->watch, cfg->nwatch, now, &folder) &&
	    !rf->told_unwatched) {
		rf->told_unwatched = true;
		sn_report_clear(rf->d);
		sn_log(SN_LOG_INFO,
		       "changes in the folder %s are noticed with the refresh_interval only: %s",
		       folder, strerror(errno));
	}
}

/*
 * A worker's command to take up targets may be on its way once only, the first one after the start
 * too, and so may a load.
 */
static bool may_reload(const struct sn_refresh *rf)
{
	return !rf->reload && !rf->d->old_cfg && sn_handover_done(rf->d);
}

/* said: somebody asked for it, so it is told when all went well too; else nothing is loaded where
 * nothing has changed. */
static void begin_reload(struct sn_refresh *rf, bool said)
{
	struct sn_daemon *d = rf->d;
	const struct sn_config *current = said ? NULL : d->cfg;

	if (rf->ended) {
		sn_serve_reload_begins(d->serve);
		sn_serve_reload_ends(d->serve, 0, "shutting down\n");
		return; /* nothing new begins any more */
	}
	if (!may_reload(rf)) {
		rf->wanted |= said;
		return;
	}
	rf->wanted = false;
	rf->said = said;
	if (said) {
		sn_name_cache_doubt(d->memory.names);
		sn_offer_cache_doubt(d->memory.lists);
	}
	rf->wrong[0] = '\0';
	sn_serve_reload_begins(d->serve);
	if (said) {
		sn_manager_set(&d->manager, SN_MANAGER_RELOADING);
	}
	if (sn_reload_start(d->opt->config_path, &d->opt->override, &d->memory, current,
			    &rf->reload)) {
		sn_report_clear(d);
		sn_log(SN_LOG_ERROR, "out of memory; going on with the old configuration");
		sn_serve_reload_ends(d->serve, 0, "out of memory\n");
		/* not in every turn */
		rf->look_at = rf->names_at = rf->services_at = sn_clock_mono() + SN_NS_PER_SEC;
	}
}

/* Something is wrong with the load: kept for those who have asked for it. */
static void note(struct sn_refresh *rf, const char *line)
{
	size_t n = strlen(rf->wrong);

	snprintf(rf->wrong + n, sizeof(rf->wrong) - n, "%s\n", line);
}

static void report_line(void *ctx, const char *line)
{
	struct sn_refresh *rf = ctx;

	sn_report_clear(rf->d);
	sn_log(strstr(line, "warning: ") ? SN_LOG_WARNING : SN_LOG_ERROR, "%s", line);
	note(rf, line);
}

/* The workers get what was loaded. */
static void adopt(struct sn_refresh *rf, const struct sn_config *fresh)
{
	struct sn_daemon *d = rf->d;

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
		note(rf, "out of memory");
		return;
	}
	sn_web_reload(d);
	if (rf->said) {
		sn_report_clear(d);
		sn_log(SN_LOG_INFO, "configuration reloaded: %u targets", d->cfg->ntargets);
	}
}

/* All or nothing: a configuration that does not load changes nothing. */
static void end_reload(struct sn_refresh *rf, uint64_t now)
{
	const struct sn_config *fresh = NULL;
	int rc = sn_reload_end(rf->reload, report_line, rf, &fresh);

	if (rc == SN_EAGAIN) {
		return;
	}
	rf->reload = NULL;
	if (rc && rc != SN_EEXIST) {
		sn_report_clear(rf->d);
		sn_log(SN_LOG_ERROR, "configuration not reloaded; going on with the old one");
	} else if (!rc && !rf->ended) {
		adopt(rf, fresh);
		rc = rf->d->cfg == fresh ? SN_OK : SN_ENOMEM;
	} else {
		sn_config_free(fresh);
	}
	sn_serve_reload_ends(rf->d->serve, rc && rc != SN_EEXIST ? 0 : rf->d->applies, rf->wrong);
	plan(rf, now);
	watch_files(rf, now);
}

/* Where targets come from is looked at when it is time, or when a file of theirs has changed. */
static void look(struct sn_refresh *rf, uint64_t now)
{
	rf->changed |= rf->watch && sn_watch_changed(rf->watch, now);
	if (rf->ended || !may_reload(rf) ||
	    !(rf->changed || now >= rf->look_at || now >= rf->names_at || now >= rf->services_at)) {
		return;
	}
	rf->changed = false;
	begin_reload(rf, false);
}

void sn_refresh_init(struct sn_refresh *rf, struct sn_daemon *d, uint64_t now)
{
	*rf = (struct sn_refresh){.d = d};
	rf->watch = d->opt->once ? NULL : sn_watch_new();
	plan(rf, now);
	watch_files(rf, now);
}

void sn_refresh_fini(struct sn_refresh *rf)
{
	sn_reload_cancel(rf->reload);
	sn_watch_free(rf->watch);
}

void sn_refresh_ask(struct sn_refresh *rf)
{
	begin_reload(rf, true);
}

void sn_refresh_end(struct sn_refresh *rf)
{
	rf->ended = true;
}

bool sn_refresh_is_idle(const struct sn_refresh *rf)
{
	return may_reload(rf) && !rf->wanted;
}

void sn_refresh_turn(struct sn_refresh *rf, uint64_t now)
{
	if (rf->reload) {
		end_reload(rf, now);
	}
	if (atomic_exchange_explicit(&rf->d->reload_asked, false, memory_order_acquire) ||
	    rf->wanted) {
		begin_reload(rf, true);
	}
	look(rf, now);
}
