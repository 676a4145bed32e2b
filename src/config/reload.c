/*
 * The thread of a load, see reload.h. Main thread, but for `work` and what it calls.
 */
#include "config/reload.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICENESS = 10 }; /* a tenth of a worker's share where both want the same CPU */

/* A line that the load reported. */
struct line {
	struct line *next; /* reported after it */
	char text[];	   /* NUL-terminated */
};

struct sn_reload {
	const char *path;		  /* as given */
	struct sn_config_overrides over;  /* as given */
	struct sn_config_context context; /* as given, with cancel */
	const struct sn_config *current;  /* as given */
	const struct sn_config *cfg;	  /* what was loaded */
	struct line *lines;		  /* what was reported, in order */
	struct line **tail;		  /* where the next line is linked */
	pthread_t thread;		  /* joined at the end */
	int rc;				  /* of the load */
	_Atomic bool cancel;		  /* end soon */
	_Atomic bool done;		  /* all of the above is there */
};

static void keep_line(void *ctx, const char *text)
{
	struct sn_reload *r = ctx;
	size_t n = strlen(text) + 1;
	struct line *l = malloc(sizeof(*l) + n);

	if (!l) {
		return; /* the load fails all the same */
	}
	l->next = NULL;
	memcpy(l->text, text, n);
	*r->tail = l;
	r->tail = &l->next;
}

/* SN_OK: something is not as it was for the snapshot in use; SN_EEXIST: all is. Other errors are
 * those of the questions. */
static int look(struct sn_reload *r)
{
	const struct sn_config_context *c = &r->context;
	const struct sn_config *cfg = r->current;
	struct sn_diag diag = {.report = keep_line, .ctx = r};
	uint64_t before = sn_name_cache_changes(c->names);
	uint64_t now = sn_clock_mono();
	bool changed = false;
	int rc = sn_name_cache_look_up(c->names, now, c->cancel);

	rc = rc ? rc
		: sn_services_ask(c->lists, cfg->services, cfg->nservices, now, &diag, c->cancel,
				  &changed);
	changed |= sn_name_cache_changes(c->names) != before || !sn_config_is_current(cfg);
	return rc || changed ? rc : SN_EEXIST;
}

static void *work(void *arg)
{
	struct sn_reload *r = arg;

	/* of this thread alone; where that is not allowed it goes at full speed */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	r->rc = r->current ? look(r) : SN_OK;
	if (r->rc == SN_OK) {
		r->rc = sn_config_load(r->path, &r->over, &r->context, keep_line, r, &r->cfg);
	}
	atomic_store_explicit(&r->done, true, memory_order_release);
	return NULL;
}

int sn_reload_start(const char *path, const struct sn_config_overrides *over,
		    const struct sn_config_context *context, const struct sn_config *current,
		    struct sn_reload **reload)
{
	struct sn_reload *r = calloc(1, sizeof(*r));

	if (!r) {
		return SN_ENOMEM;
	}
	r->path = path;
	r->over = *over;
	r->context = *context;
	r->context.cancel = &r->cancel;
	r->current = current;
	r->tail = &r->lines;
	if (pthread_create(&r->thread, NULL, work, r)) {
		free(r);
		return SN_ESYS;
	}
	*reload = r;
	return SN_OK;
}

static void free_lines(struct sn_reload *r)
{
	while (r->lines) {
		struct line *l = r->lines;

		r->lines = l->next;
		free(l);
	}
}

int sn_reload_end(struct sn_reload *r, sn_diag_report_fn *report, void *ctx,
		  const struct sn_config **cfg)
{
	int rc;

	if (!atomic_load_explicit(&r->done, memory_order_acquire)) {
		return SN_EAGAIN;
	}
	pthread_join(r->thread, NULL);
	for (const struct line *l = r->lines; l; l = l->next) {
		report(ctx, l->text);
	}
	*cfg = r->cfg;
	rc = r->rc;
	free_lines(r);
	free(r);
	return rc;
}

void sn_reload_cancel(struct sn_reload *r)
{
	if (!r) {
		return;
	}
	atomic_store_explicit(&r->cancel, true, memory_order_relaxed);
	pthread_join(r->thread, NULL);
	sn_config_free(r->cfg);
	free_lines(r);
	free(r);
}
