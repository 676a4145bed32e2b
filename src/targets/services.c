/*
 * Questions to services and what becomes of the answers, see services.h.
 */
#include "targets/services.h"

#include "base/clock.h"
#include "targets/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WHEN_MAX = 40 };

static void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

struct sn_offer *sn_service_want(struct sn_offer_cache *c, const struct sn_service *s)
{
	struct sn_offer *l = sn_offer_cache_want(c, SN_OFFER_SERVICE, &s->key, sizeof(s->key));

	if (l && !l->service) {
		l->service = calloc(1, sizeof(*l->service));
	}
	if (!l || !l->service) {
		return NULL;
	}
	if (l->service->how != s->how) {
		l->service->how = s->how;
		l->service->due = 0;
		l->service->told = false;
		l->service->etag[0] = '\0';
		l->service->modified[0] = '\0';
	}
	return l;
}

static const char *format_when(char *out, uint64_t when)
{
	time_t seconds = (time_t)(when / SN_NS_PER_SEC);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, WHEN_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm);
	return out;
}

int sn_service_restore(const struct sn_service *s, struct sn_offer *l, struct sn_diag *d,
		       uint64_t *when)
{
	struct sn_place at = {s->shown, 0, 0};
	uint64_t written;
	size_t n = 0;
	char *p;
	int rc;

	*when = 0;
	if (!s->folder) {
		return SN_OK;
	}
	rc = sn_state_read(s->folder, s->file, s->ask.max, &p, &n, &written);
	if (rc == SN_OK) {
		rc = sn_offer_restore(l, p, n);
		l->service->kept = rc ? 0 : l->good->hash;
		*when = rc ? 0 : written;
	} else if (rc != SN_ENOENT && rc != SN_ENOMEM) {
		sn_diag_warn(d, &at, "its list in %s/%s cannot be read: %s", s->folder, s->file,
			     rc == SN_ERANGE ? "it is too large" : strerror(errno));
	}
	return rc == SN_ENOMEM ? rc : SN_OK;
}

static int on_failure(const struct sn_service *s, struct sn_offer *l, const char *why,
		      struct sn_diag *d)
{
	struct sn_place at = {s->shown, 0, 0};
	struct sn_service_state *state = l->service;
	char text[WHEN_MAX];
	uint64_t when = 0;
	int rc = l->latest || l->good ? SN_OK : sn_service_restore(s, l, d, &when);

	state->failed++;
	if (state->told) {
		return rc;
	}
	state->told = true;
	if (when) {
		sn_diag_warn(d, &at, "%s; going on with its list of %s", why,
			     format_when(text, when));
	} else if (l->latest || l->good) {
		sn_diag_warn(d, &at, "%s; its targets stay as they were", why);
	} else {
		sn_diag_warn(d, &at, "%s; there are no targets from it yet", why);
	}
	return rc;
}

/* What came of a question. */
static int settle(struct sn_offer_counts *counts, const struct sn_service *s, struct sn_offer *l,
		  struct sn_fetch *f, struct sn_diag *d)
{
	struct sn_service_state *state = l->service;
	bool differs = false;
	int rc;

	if (f->rc == SN_EIO) {
		count(&counts->failed);
		return on_failure(s, l, f->why, d);
	}
	if (f->rc == SN_EEXIST || f->rc == SN_OK) {
		state->failed = 0;
		state->told = false;
	}
	if (f->rc == SN_EEXIST) {
		count(&counts->unchanged);
		return SN_OK;
	}
	if (f->rc) {
		return f->rc;
	}
	rc = sn_offer_put(l, f->body, f->n, &differs);
	f->body = NULL;
	if (rc) {
		return rc;
	}
	memcpy(state->etag, f->etag, sizeof(state->etag));
	memcpy(state->modified, f->modified, sizeof(state->modified));
	if (!differs) {
		count(&counts->unchanged);
	}
	return SN_OK;
}

static void plan_next(const struct sn_service *s, const struct sn_offer *l, uint64_t now)
{
	uint64_t pause = s->interval_ns;

	if (!l->latest && !l->good && pause > SN_SERVICE_RETRY_S * SN_NS_PER_SEC) {
		pause = SN_SERVICE_RETRY_S * SN_NS_PER_SEC;
	}
	l->service->due = now + pause;
}

/* The services that are asked in one go; the arrays have the same numbers. */
struct round {
	struct sn_offer_cache *cache;	/* where the lists are */
	const struct sn_service **whom; /* n of them */
	struct sn_offer **lists;	/* theirs */
	struct sn_fetch *fetches;	/* the questions */
	unsigned n;			/* of them */
};

static void free_round(struct round *r)
{
	for (unsigned i = 0; r->fetches && i < r->n; i++) {
		free(r->fetches[i].body);
	}
	free(r->whom);
	free(r->lists);
	free(r->fetches);
}

/* Those of n that are due. SN_ENOMEM. */
static int choose(struct round *r, const struct sn_service *v, unsigned n, uint64_t now)
{
	r->whom = calloc(n + 1u, sizeof(*r->whom));
	r->lists = calloc(n + 1u, sizeof(*r->lists));
	r->fetches = calloc(n + 1u, sizeof(*r->fetches));
	if (!r->whom || !r->lists || !r->fetches) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; i < n; i++) {
		struct sn_offer *l = sn_service_want(r->cache, &v[i]);
		struct sn_fetch *f = &r->fetches[r->n];

		if (!l) {
			return SN_ENOMEM;
		}
		if (l->service->due > now) {
			continue;
		}
		f->request = &v[i].ask;
		memcpy(f->etag, l->service->etag, sizeof(f->etag));
		memcpy(f->modified, l->service->modified, sizeof(f->modified));
		r->whom[r->n] = &v[i];
		r->lists[r->n++] = l;
	}
	return SN_OK;
}

/* Its latest list has not been taken up, nor refused: the load that was to do that has failed. */
static bool is_pending(const struct sn_offer *l)
{
	return l->latest && !(l->good && l->good->hash == l->latest->hash) &&
	       l->told != l->latest->hash;
}

int sn_services_ask(struct sn_offer_cache *c, const struct sn_service *v, unsigned n, uint64_t now,
		    struct sn_diag *d, const _Atomic bool *cancel, bool *changed)
{
	struct sn_offer_counts *counts = sn_offer_cache_counts(c);
	struct round r = {.cache = c};
	int rc = choose(&r, v, n, now);

	rc = rc ? rc : sn_fetch_run(r.fetches, r.n, cancel);
	for (unsigned i = 0; i < r.n && !rc; i++) {
		count(&counts->asked);
		rc = settle(counts, r.whom[i], r.lists[i], &r.fetches[i], d);
		plan_next(r.whom[i], r.lists[i], now);
	}
	free_round(&r);
	for (unsigned i = 0; i < n && !rc; i++) {
		const struct sn_offer *l = sn_service_want(c, &v[i]);

		*changed |= l && is_pending(l);
	}
	return rc;
}

void sn_services_keep(struct sn_offer_cache *c, const struct sn_service *v, unsigned n,
		      struct sn_diag *d)
{
	for (unsigned i = 0; i < n; i++) {
		const struct sn_service *s = &v[i];
		struct sn_offer *l = s->folder ? sn_service_want(c, s) : NULL;
		struct sn_place at = {s->shown, 0, 0};

		if (!l || !l->good || l->service->kept == l->good->hash) {
			continue;
		}
		if (sn_state_write(s->folder, s->file, l->good->p, l->good->n) == SN_OK) {
			l->service->kept = l->good->hash;
			l->service->unkept = false;
		} else if (!l->service->unkept) {
			l->service->unkept = true;
			sn_diag_warn(d, &at, "its list cannot be kept in %s/%s: %s", s->folder,
				     s->file, strerror(errno));
		}
	}
}
