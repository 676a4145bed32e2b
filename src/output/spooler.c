/*
 * The life of a spooler and its turns, see spooler.h: opens the spool, again if the disk fails,
 * and has everything else done in its order. On the pump's thread, but for new and free.
 */
#include "output/spooler.h"

#include "base/clock.h"
#include "base/log.h"
#include "output/spooler_parts.h"
#include "spool/disk.h"
#include "spool/format.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TRIES = 10,	 /* to open it before what cannot be read is given up */
	MARK_ACKS = 500, /* acknowledged records that are marked without waiting for the second */
	WINDOW = 1 << 20 /* records read and not acknowledged: memory is what bounds them */
};

static const uint64_t mark_pause = 100 * SN_NS_PER_MS; /* between such marks at least */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int open_disk(const struct sn_spooler *sp, struct sn_disk **disk)
{
	return sp->cfg.disk ? sp->cfg.disk(sp->cfg.disk_ctx, sp->cfg.path, disk)
			    : sn_disk_dir_new(sp->cfg.path, disk);
}

/* Whether an errno tells of a path that is wrong, and not of a disk that is sick. */
static bool is_of_path(int e)
{
	return e == EACCES || e == EPERM || e == ENOENT || e == ENOTDIR || e == ELOOP ||
	       e == ENAMETOOLONG;
}

/* What no disk is to blame for: SN_OK if the directory may be used, as far as rights go; else
 * SN_EPERM and errno. */
static int check_rights(const struct sn_spooler *sp)
{
	struct stat st;

	if (sp->cfg.disk) {
		return SN_OK;
	}
	/* the second try to make it says why the first one failed */
	if (mkdir(sp->cfg.path, 0750) && errno != EEXIST) {
		return is_of_path(errno) ? SN_EPERM : SN_OK;
	}
	if (stat(sp->cfg.path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return SN_EPERM;
	}
	return access(sp->cfg.path, R_OK | W_OK | X_OK) && is_of_path(errno) ? SN_EPERM : SN_OK;
}

/* Opens it. SN_OK, or as sn_spool_open and open_disk. */
static int open_spool(struct sn_spooler *sp, uint64_t now)
{
	struct sn_spool_config cfg = {
		.max_bytes = sp->cfg.max_bytes,
		.max_age_ms = sp->cfg.max_age_ms,
		.window = WINDOW,
		.boot = sp->boot,
		.accept_unreadable = sp->tries >= TRIES,
		.lost = sn_spooler_lost,
		.foreign = sn_spooler_foreign,
		.ctx = sp,
	};
	struct sn_spool_stats st;
	struct sn_disk *disk;
	int rc = sn_spool_config_complete(&cfg);

	sp->batch_bytes = cfg.batch_bytes; /* how much its memory holds decides when it is written
					    */
	rc = rc ? rc : open_disk(sp, &disk);
	rc = rc ? rc : sn_spool_open(disk, &cfg, sn_spooler_time(sp, now), &sp->spool);
	if (rc) {
		sp->spool = NULL;
		sp->tries++;
		return rc;
	}
	sn_spool_stats_get(sp->spool, &st);
	sp->stats.max_bytes = cfg.max_bytes;
	sp->stats.messages_found = st.found;
	sp->earlier = st.pending;
	sp->drained = st.pending == 0;
	sp->unmarked = true;
	if (st.pending) {
		sn_log(SN_LOG_INFO, "output %s: spool %s: %llu messages of earlier runs wait",
		       sn_pump_label(sp->pump), sp->cfg.path, (unsigned long long)st.pending);
	}
	return SN_OK;
}

/* One more try to open. */
static void open_again(struct sn_spooler *sp, uint64_t now)
{
	int rc = open_spool(sp, now);

	if (rc) {
		sn_spooler_fails(sp, SN_SPOOLER_CLOSED, rc);
		sp->retry_at = now + SN_NS_PER_SEC;
	} else {
		sn_spooler_works(sp, SN_SPOOLER_CLOSED);
		sp->changed = true;
	}
	sn_spooler_judge(sp);
}

static struct sn_spooler *spooler_alloc(const struct sn_spooler_config *cfg, struct sn_pump *pump)
{
	struct sn_spooler *sp = calloc(1, sizeof(*sp));

	if (!sp) {
		return NULL;
	}
	pthread_mutex_init(&sp->lock, NULL);
	sp->cfg = *cfg;
	sp->cfg.path = strdup(cfg->path);
	sp->scratch = malloc(SN_FORMAT_PAYLOAD_MAX);
	sp->losses = sn_spooler_losses_new();
	sp->pump = pump;
	sp->ordered = cfg->replay == SN_SPOOL_ORDERED;
	sp->always = cfg->mode == SN_SPOOL_ALWAYS;
	sp->drained = true;
	sp->first_own = UINT64_MAX;
	sp->drop.event = 1;
	if (!sp->cfg.path || !sp->scratch || !sp->losses) {
		sn_spooler_free(sp);
		return NULL;
	}
	return sp;
}

int sn_spooler_new(const struct sn_spooler_config *cfg, struct sn_pump *pump,
		   struct sn_spooler **spooler)
{
	struct sn_spooler *sp = spooler_alloc(cfg, pump);
	int rc;

	if (!sp) {
		return SN_ENOMEM;
	}
	sp->mono = sn_clock_mono();
	sp->wall = sn_clock_wall() / SN_NS_PER_MS;
	if (getrandom(&sp->boot, sizeof(sp->boot), 0) != (ssize_t)sizeof(sp->boot)) {
		sn_spooler_free(sp);
		return SN_ESYS;
	}
	rc = open_spool(sp, sp->mono);
	if (rc == SN_EEXIST || rc == SN_ENOMEM || rc == SN_EINVAL ||
	    (rc && (rc = check_rights(sp)) != SN_OK)) {
		int why = errno;

		sn_spooler_free(sp);
		errno = why;
		return rc;
	}
	if (!sp->spool) {
		sn_spooler_fails(sp, SN_SPOOLER_CLOSED, SN_EIO);
		sp->retry_at = sp->mono + SN_NS_PER_SEC;
	}
	sn_spooler_tell_drops(sp, sp->mono, false);
	sn_spooler_judge(sp);
	sn_spooler_publish(sp);
	*spooler = sp;
	return SN_OK;
}

void sn_spooler_close(struct sn_spooler *sp)
{
	struct sn_spool *spool = sp->spool;

	if (spool) {
		sn_spooler_withdraw(sp);
		sn_spooler_publish(sp);
		(void)sn_spool_close(spool); /* what could not be written is told and counted */
		sp->spool = NULL;
		sn_spooler_publish(sp);
	}
	sn_spooler_tell_drops(sp, sn_clock_mono(), true);
}

void sn_spooler_free(struct sn_spooler *sp)
{
	sn_spooler_close(sp);
	sn_spooler_chunks_free(sp);
	if (sp->losses) {
		sn_spooler_losses_free(sp->losses);
	}
	pthread_mutex_destroy(&sp->lock);
	free(sp->scratch);
	free((char *)(uintptr_t)sp->cfg.path);
	free(sp);
}

/* Whether a stop waits until the spool is empty. */
static bool drains(const struct sn_spooler *sp)
{
	return sp->cfg.drain || sp->always;
}

bool sn_spooler_pending(const struct sn_spooler *sp)
{
	return drains(sp) && !sp->aborting && sp->spool &&
	       (!sp->drained || sp->rewind_due || sp->offer);
}

static uint64_t tick(struct sn_spooler *sp, uint64_t now)
{
	int rc;

	if (!sp->unmarked && sp->own + sp->earlier == 0 && !(sp->trouble & SN_SPOOLER_MARK)) {
		return SN_TIME_NEVER;
	}
	/* what is not marked comes again after a crash: during a replay that is soon a lot */
	if (now >= sp->tick_at ||
	    (sp->acked >= MARK_ACKS && now + SN_NS_PER_SEC >= sp->tick_at + mark_pause)) {
		sp->tick_at = now + SN_NS_PER_SEC;
		sp->acked = 0;
		rc = sn_spool_tick(sp->spool, sn_spooler_time(sp, now));
		if (rc) {
			sn_spooler_fails(sp, SN_SPOOLER_MARK, rc);
		} else {
			sn_spooler_works(sp, SN_SPOOLER_MARK);
			sp->unmarked = false;
		}
		sp->changed = true;
	}
	return sp->tick_at;
}

/* The next try to do what the disk refused. */
static uint64_t retry(struct sn_spooler *sp, uint64_t now)
{
	if (!(sp->trouble & (SN_SPOOLER_CLOSED | SN_SPOOLER_WRITE))) {
		return SN_TIME_NEVER;
	}
	if (now < sp->retry_at) {
		return sp->retry_at;
	}
	if (!sp->spool) {
		open_again(sp, now);
	} else {
		sn_spooler_commit(sp);
	}
	return sp->trouble & (SN_SPOOLER_CLOSED | SN_SPOOLER_WRITE) ? sp->retry_at : 0;
}

/* Into the spool what is to go there. Returns when there may be more to do. */
static uint64_t put(struct sn_spooler *sp)
{
	if (sp->diverting && sp->writable && sn_spooler_is_bare(sp)) {
		sn_spooler_shadow(sp);
		return 0;
	}
	sp->diverting = false;
	sn_spooler_put_queue(sp);
	if (sp->appended.first) {
		sn_spooler_commit(sp);
	}
	return sp->diverting ? 0 : SN_TIME_NEVER;
}

uint64_t sn_spooler_serve(struct sn_spooler *sp, uint64_t now)
{
	uint64_t due = retry(sp, now);

	sp->ending = !drains(sp) && atomic_load_explicit(&sp->pump->stop, memory_order_acquire);
	if (sp->spool) {
		due = least(due, put(sp));
		if (sp->ending) {
			sn_spooler_withdraw(sp);
		} else {
			due = least(due, sn_spooler_replay(sp, now));
		}
		due = least(due, tick(sp, now));
		sn_spooler_judge(sp);
	}
	sp->turn_bytes = 0;
	if (sp->changed) {
		sn_spooler_publish(sp);
	}
	return least(due, sn_spooler_tell_drops(sp, now, false));
}
