/*
 * The daemon's side of the web server: it starts and ends with the workers, and asks for the
 * snapshot in force and for reloads from threads of its own. Main thread, but for the calls that
 * sn_serve_config describes.
 */
#include "daemon/parts.h"

#include "base/log.h"
#include "observe/http.h"
#include "serve/serve.h"
#include "sonde_build.h"

#include <stdlib.h>
#include <unistd.h>

static bool is_ready(void *ctx)
{
	struct sn_daemon *d = ctx;

	for (unsigned i = 0; i < d->nworkers; i++) {
		if (atomic_load_explicit(&d->workers[i].released, memory_order_acquire) == 0 ||
		    !atomic_load_explicit(&d->workers[i].running, memory_order_acquire)) {
			return false;
		}
	}
	return true;
}

static void ask_reload(void *ctx)
{
	struct sn_daemon *d = ctx;
	uint64_t one = 1;

	atomic_store_explicit(&d->reload_asked, true, memory_order_release);
	if (write(d->event_fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: the main thread is awake already */
	}
}

static const struct sn_config *take_snapshot(void *ctx)
{
	struct sn_daemon *d = ctx;
	const struct sn_config *cfg;

	pthread_mutex_lock(&d->snapshot_lock);
	cfg = sn_config_ref(d->cfg);
	pthread_mutex_unlock(&d->snapshot_lock);
	return cfg;
}

void sn_web_set_snapshot(struct sn_daemon *d, const struct sn_config *cfg)
{
	pthread_mutex_lock(&d->snapshot_lock);
	d->cfg = cfg;
	pthread_mutex_unlock(&d->snapshot_lock);
}

int sn_web_start(struct sn_daemon *d)
{
	struct sn_serve_config sc = {.listen = d->cfg->listen,
				     .web = d->cfg->web,
				     .pumps = d->pumps,
				     .nworkers = d->nworkers,
				     .npumps = d->npumps,
				     .version = SONDE_VERSION,
				     .ctx = d,
				     .ready = is_ready,
				     .reload = ask_reload,
				     .snapshot = take_snapshot};
	struct sn_serve_worker *workers;
	char why[SN_HTTP_WHY_MAX];
	int rc;

	if (!d->cfg->listen || d->opt->once) {
		return SN_OK;
	}
	workers = calloc(d->nworkers, sizeof(*workers));
	if (!workers) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; i < d->nworkers; i++) {
		workers[i] = (struct sn_serve_worker){.worker = &d->workers[i].worker,
						      .collector = &d->workers[i].collector};
	}
	sc.workers = workers;
	rc = sn_serve_start(&sc, &d->serve, why);
	free(workers);
	if (rc) {
		sn_log(SN_LOG_ERROR, "listen %s: %s", d->cfg->listen, why);
		return rc;
	}
	if (!d->opt->quiet) {
		sn_log(SN_LOG_INFO, "listening on %s, port %u", d->cfg->listen,
		       sn_serve_port(d->serve));
	}
	return SN_OK;
}

void sn_web_stop(struct sn_daemon *d)
{
	sn_serve_stop(d->serve);
	d->serve = NULL;
}

void sn_web_reload(struct sn_daemon *d)
{
	char why[SN_HTTP_WHY_MAX];

	if (d->serve && sn_serve_set_web(d->serve, d->cfg->web, why)) {
		sn_report_clear(d);
		sn_log(SN_LOG_WARNING, "web_config_file: %s; TLS and users stay as they were", why);
	}
}
